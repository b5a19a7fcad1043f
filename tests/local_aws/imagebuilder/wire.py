"""Requests on the wire -> parameters held against the service model, and answers -> the wire."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from .exceptions import InvalidParameterException
from .exceptions import InvalidParameterValueException
from .exceptions import InvalidRequestException
from .models import imagebuilder_backends
from .models import ImageBuilderBackend
from .routing import route
from .validation import read_parameters
from .validation import validate

_CREDENTIAL_SCOPE = re.compile(r"Credential=[^/,\s]+/[0-9]{8}/([^/,\s]+)/")
_TAG_OPERATIONS = {"TagResource", "UntagResource", "ListTagsForResource"}

# Status, headers and body.
Answer = tuple[int, dict[str, str], str]


class WireResponse(BaseResponse):
    """What the operations have in common. moto makes one for each request."""

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

    def serialized(self, action_result: ActionResult) -> Answer:
        """An error as this service writes it: the code in a header, nothing but ``message`` in the body."""
        error: Any = action_result.result
        status = get_service_model("imagebuilder").shape_for(error.code).metadata["error"]["httpStatusCode"]
        headers = {"Content-Type": "application/json", "x-amzn-errortype": error.code}
        return status, headers, json.dumps({"message": error.message})

    def call_action(self) -> TYPE_RESPONSE:
        """Carry the request out, with the same request id in the header of the answer and in its body."""
        status, headers, body = super().call_action()
        headers["x-amzn-requestid"] = self.request_id
        headers.pop("status", None)
        return status, headers, body

    def _parameters(self) -> dict[str, Any]:
        routed = route(self.method, self.raw_path)
        # moto calls a method of this object only for an operation that exists.
        assert routed is not None
        operation, path_parameters = routed
        parameters = read_parameters(operation, path_parameters, self.parsed_url.query, self.body)
        error = InvalidParameterException if operation.name in _TAG_OPERATIONS else InvalidParameterValueException
        validate(parameters, operation, error)
        return parameters

    def _answer(self, **members: Any) -> Answer:
        present = {name: value for name, value in members.items() if value is not None}
        return 200, {"Content-Type": "application/json"}, json.dumps(present)

    def _answer_with_id(self, **members: Any) -> Answer:
        return self._answer(requestId=self.request_id, **members)
