"""Requests on the wire -> the backend of the right account and Region -> answers on the wire."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from .callers import check_changing_pipeline
from .callers import check_configuring
from .callers import check_passing
from .exceptions import InvalidParameterException
from .exceptions import InvalidParameterValueException
from .exceptions import InvalidRequestException
from .image_responses import ImageResponses
from .models import imagebuilder_backends
from .models import ImageBuilderBackend
from .routing import route
from .validation import read_parameters
from .validation import validate

_CREDENTIAL_SCOPE = re.compile(r"Credential=[^/,\s]+/[0-9]{8}/([^/,\s]+)/")
_TAG_OPERATIONS = {"TagResource", "UntagResource", "ListTagsForResource"}


class ImageBuilderResponse(ImageResponses, BaseResponse):
    """One method for each operation, named as moto names them."""

    def __init__(self) -> None:
        super().__init__(service_name="imagebuilder")
        self.request_id = str(uuid.uuid4())

    def get_region_from_url(self, request: Any, full_url: str) -> str:
        """The Region that the request was signed for: one endpoint may serve them all."""
        scope = _CREDENTIAL_SCOPE.search(request.headers.get("Authorization", ""))
        return scope.group(1) if scope else super().get_region_from_url(request, full_url)

    def _get_action(self) -> str:
        routed = route(self.method, self.raw_path)
        return routed[0].name if routed else ""

    @property
    def backend(self) -> ImageBuilderBackend:
        """Image Builder in the account and Region of the request."""
        try:
            return imagebuilder_backends[self.current_account][self.region]
        except KeyError:
            raise InvalidRequestException(f"There is no Region '{self.region}'.") from None

    def serialized(self, action_result: Any) -> tuple[int, dict[str, str], str]:
        """An error as this service writes it: the code in a header, nothing but ``message`` in the body."""
        error = action_result.result
        status = get_service_model("imagebuilder").shape_for(error.code).metadata["error"]["httpStatusCode"]
        headers = {"Content-Type": "application/json", "x-amzn-errortype": error.code}
        return status, headers, json.dumps({"message": error.message})

    def _enrich_response(self, headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        # The same request id in the header and in the body.
        headers["x-amzn-requestid"] = self.request_id
        headers.pop("status", None)
        return headers, body

    def _parameters(self) -> dict[str, Any]:
        operation, path_parameters = route(self.method, self.raw_path)
        parameters = read_parameters(operation, path_parameters, self.parsed_url.query, self.body)
        error = InvalidParameterException if operation.name in _TAG_OPERATIONS else InvalidParameterValueException
        validate(parameters, operation, error)
        return parameters

    def _answer(self, **members: Any) -> tuple[int, dict[str, str], str]:
        present = {name: value for name, value in members.items() if value is not None}
        return 200, {"Content-Type": "application/json"}, json.dumps(present)

    def _answer_with_id(self, **members: Any) -> tuple[int, dict[str, str], str]:
        return self._answer(requestId=self.request_id, **members)

    # Distribution configurations

    def create_distribution_configuration(self) -> tuple[int, dict[str, str], str]:
        backend, parameters = self.backend, self._parameters()
        check_configuring(self, parameters)
        answer = backend.once("CreateDistributionConfiguration", parameters, backend.create_distribution_configuration)
        return self._answer_with_id(**answer)

    def update_distribution_configuration(self) -> tuple[int, dict[str, str], str]:
        backend, parameters = self.backend, self._parameters()
        check_configuring(self, parameters)
        answer = backend.once("UpdateDistributionConfiguration", parameters, backend.update_distribution_configuration)
        return self._answer_with_id(**answer)

    def get_distribution_configuration(self) -> tuple[int, dict[str, str], str]:
        arn = self._parameters()["distributionConfigurationArn"]
        configuration = self.backend.get_distribution_configuration(arn)
        return self._answer_with_id(distributionConfiguration=configuration.shown())

    def delete_distribution_configuration(self) -> tuple[int, dict[str, str], str]:
        arn = self._parameters()["distributionConfigurationArn"]
        self.backend.delete_distribution_configuration(arn)
        return self._answer_with_id(distributionConfigurationArn=arn)

    def list_distribution_configurations(self) -> tuple[int, dict[str, str], str]:
        summaries, token = self.backend.list_distribution_configurations(self._parameters())
        return self._answer_with_id(distributionConfigurationSummaryList=summaries, nextToken=token)

    # Image pipelines

    def create_image_pipeline(self) -> tuple[int, dict[str, str], str]:
        backend, parameters = self.backend, self._parameters()
        if "executionRole" in parameters:
            check_passing(self, parameters["executionRole"])
        return self._answer_with_id(**backend.once("CreateImagePipeline", parameters, backend.create_image_pipeline))

    def update_image_pipeline(self) -> tuple[int, dict[str, str], str]:
        backend, parameters = self.backend, self._parameters()
        check_changing_pipeline(self, parameters)
        return self._answer_with_id(**backend.once("UpdateImagePipeline", parameters, backend.update_image_pipeline))

    def get_image_pipeline(self) -> tuple[int, dict[str, str], str]:
        pipeline = self.backend.get_image_pipeline(self._parameters()["imagePipelineArn"])
        return self._answer_with_id(imagePipeline=pipeline.shown())

    def delete_image_pipeline(self) -> tuple[int, dict[str, str], str]:
        arn = self._parameters()["imagePipelineArn"]
        self.backend.delete_image_pipeline(arn)
        return self._answer_with_id(imagePipelineArn=arn)

    def list_image_pipelines(self) -> tuple[int, dict[str, str], str]:
        pipelines, token = self.backend.list_image_pipelines(self._parameters())
        return self._answer_with_id(imagePipelineList=pipelines, nextToken=token)

    # Lifecycle policies

    def create_lifecycle_policy(self) -> tuple[int, dict[str, str], str]:
        backend, parameters = self.backend, self._parameters()
        created = backend.once("CreateLifecyclePolicy", parameters, backend.create_lifecycle_policy)
        return self._answer_with_id(**created)

    def list_lifecycle_policies(self) -> tuple[int, dict[str, str], str]:
        policies, token = self.backend.list_lifecycle_policies(self._parameters())
        return self._answer_with_id(lifecyclePolicySummaryList=policies, nextToken=token)

    # Tags

    def tag_resource(self) -> tuple[int, dict[str, str], str]:
        parameters = self._parameters()
        self.backend.tag_resource(parameters["resourceArn"], parameters["tags"])
        return self._answer()

    def untag_resource(self) -> tuple[int, dict[str, str], str]:
        parameters = self._parameters()
        self.backend.untag_resource(parameters["resourceArn"], parameters["tagKeys"])
        return self._answer()

    def list_tags_for_resource(self) -> tuple[int, dict[str, str], str]:
        parameters = self._parameters()
        return self._answer(tags=self.backend.list_tags_for_resource(parameters["resourceArn"]))
