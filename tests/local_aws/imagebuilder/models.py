"""The resources of Image Builder in one account and Region: distribution configurations and image pipelines."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from typing import TypeVar

import boto3
from moto.core.base_backend import BackendDict

from .exceptions import DryRunOperationException
from .exceptions import IdempotentParameterMismatchException
from .exceptions import InvalidParameterCombinationException
from .exceptions import InvalidParameterException
from .exceptions import InvalidParameterValueException
from .exceptions import ResourceAlreadyExistsException
from .exceptions import ResourceDependencyException
from .exceptions import ServiceQuotaExceededException
from .listing import page_of
from .recipes import RecipeOperations
from .resources import DistributionConfiguration
from .resources import ImagePipeline
from .resources import LifecyclePolicy
from .resources import Resource
from .rules import check_distributions
from .state_updates import StateUpdates
from .switches import switches

_Created = TypeVar("_Created", bound=Resource)

MAXIMUM_TAGS = 50

# AWS does not document how many an account may have; no test needs so many.
LIFECYCLE_POLICIES = 1000


class ImageBuilderBackend(StateUpdates, RecipeOperations):
    """Image Builder in one account and Region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lifecycle_policies: dict[str, LifecyclePolicy] = {}
        self.tokens: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}

    def once(
        self,
        operation: str,
        parameters: dict[str, Any],
        carry_out: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> dict[str, Any]:
        """Carry a request out, or repeat the first answer if its client token is known.

        carry_out takes the parameters and returns the answer; what it raises leaves no trace of the token.
        Raises IdempotentParameterMismatchException for a known token with other parameters.
        """
        key = (operation, parameters["clientToken"])
        asked = {name: value for name, value in parameters.items() if name != "clientToken"}
        fingerprint = sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        with self.lock:
            if key in self.tokens:
                known, answer = self.tokens[key]
                if known != fingerprint:
                    raise IdempotentParameterMismatchException(parameters["clientToken"])
                return answer
            answer = carry_out(parameters)
            self.tokens[key] = (fingerprint, answer)
            return answer

    # Distribution configurations

    def create_distribution_configuration(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """CreateDistributionConfiguration; parameters as the model has them, already validated against it."""
        check_distributions(parameters["distributions"])
        arn = self._create(
            self.distribution_configurations,
            DistributionConfiguration,
            "distribution-configuration",
            switches.distribution_configuration_quota,
            parameters,
        )
        return {"clientToken": parameters["clientToken"], "distributionConfigurationArn": arn}

    def update_distribution_configuration(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """UpdateDistributionConfiguration: what the request leaves out is removed."""
        arn = parameters["distributionConfigurationArn"]
        configuration = self.get_distribution_configuration(arn)
        check_distributions(parameters["distributions"])
        configuration.replace(parameters)
        return {"clientToken": parameters["clientToken"], "distributionConfigurationArn": arn}

    def get_distribution_configuration(self, arn: str) -> DistributionConfiguration:
        """The stored configuration. Raises ResourceNotFoundException."""
        return self._find(self.distribution_configurations, arn)

    def delete_distribution_configuration(self, arn: str) -> None:
        """Raises ResourceDependencyException as long as a pipeline uses the configuration."""
        with self.lock:
            self.get_distribution_configuration(arn)
            if any(pipeline.distribution_configuration_arn == arn for pipeline in self.image_pipelines.values()):
                raise ResourceDependencyException(arn)
            del self.distribution_configurations[arn]

    def list_distribution_configurations(self, parameters: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """Summaries of one page, and the token of the next one."""
        page, token = page_of(self.distribution_configurations, parameters, ("name",))
        return [configuration.summary() for configuration in page], token

    def plant_distribution_configuration(self, stored: dict[str, Any]) -> str:
        """Store a configuration unchecked. Returns its ARN.

        stored: the form of Get, at least ``name``; an ``arn`` that is missing is made from the name.
        """
        with self.lock:
            self.sequence += 1
            stored = {"arn": self._arn("distribution-configuration", stored["name"]), **stored}
            planted = DistributionConfiguration.from_dict(stored, self.sequence)
            self.distribution_configurations[planted.arn] = planted
            return planted.arn

    # Image pipelines

    def create_image_pipeline(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """CreateImagePipeline. Recipes, infrastructure configurations and roles are not looked up."""
        self._check_pipeline(parameters)
        arn = self._create(
            self.image_pipelines, ImagePipeline, "image-pipeline", switches.image_pipeline_quota, parameters
        )
        return {"clientToken": parameters["clientToken"], "imagePipelineArn": arn}

    def update_image_pipeline(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """UpdateImagePipeline: what the request leaves out is removed or gets its default."""
        arn = parameters["imagePipelineArn"]
        pipeline = self.get_image_pipeline(arn)
        self._check_pipeline(parameters)
        if any((key in parameters) != (key in pipeline.settings) for key in ("imageRecipeArn", "containerRecipeArn")):
            raise InvalidParameterCombinationException(
                "The recipe must be of the same type, image or container, as the pipeline's current recipe."
            )
        pipeline.replace(parameters)
        return {"clientToken": parameters["clientToken"], "imagePipelineArn": arn}

    def get_image_pipeline(self, arn: str) -> ImagePipeline:
        """The stored pipeline. Raises ResourceNotFoundException."""
        return self._find(self.image_pipelines, arn)

    def delete_image_pipeline(self, arn: str) -> None:
        """Raises ResourceNotFoundException."""
        with self.lock:
            del self.image_pipelines[self.get_image_pipeline(arn).arn]

    def list_image_pipelines(self, parameters: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """Pipelines of one page, and the token of the next one."""
        names = (
            "description",
            "distributionConfigurationArn",
            "imageRecipeArn",
            "infrastructureConfigurationArn",
            "name",
            "status",
        )
        page, token = page_of(self.image_pipelines, parameters, names)
        return [pipeline.shown() for pipeline in page], token

    def _check_pipeline(self, parameters: dict[str, Any]) -> None:
        if ("imageRecipeArn" in parameters) == ("containerRecipeArn" in parameters):
            raise InvalidParameterCombinationException(
                "Exactly one of imageRecipeArn and containerRecipeArn must be specified."
            )
        if "workflows" in parameters and "executionRole" not in parameters:
            raise InvalidParameterCombinationException("An execution role is required to provide workflows")
        arn = parameters.get("distributionConfigurationArn")
        if arn is not None and arn not in self.distribution_configurations:
            raise InvalidParameterValueException(
                "distributionConfigurationArn", f"The resource with ARN '{arn}' does not exist."
            )

    # Lifecycle policies

    def create_lifecycle_policy(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """CreateLifecyclePolicy. What the policy would do is only stored."""
        arn = self._create(
            self.lifecycle_policies,
            LifecyclePolicy,
            "lifecycle-policy",
            LIFECYCLE_POLICIES,
            parameters,
        )
        return {"clientToken": parameters["clientToken"], "lifecyclePolicyArn": arn}

    def list_lifecycle_policies(self, parameters: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """Lifecycle policies of one page, and the token of the next one."""
        page, token = page_of(self.lifecycle_policies, parameters, ("name", "resourceType", "status"))
        return [policy.shown() for policy in page], token

    # Tags

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Add tags or overwrite their values."""
        with self.lock:
            resource = self._taggable(arn)
            merged = {**resource.tags, **tags}
            if len(merged) > MAXIMUM_TAGS:
                raise InvalidParameterException("tags", f"A resource must have at most {MAXIMUM_TAGS} tags")
            resource.tags = merged

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        """Remove tags; keys that the resource does not have do not matter."""
        with self.lock:
            resource = self._taggable(arn)
            resource.tags = {key: value for key, value in resource.tags.items() if key not in tag_keys}

    def list_tags_for_resource(self, arn: str) -> dict[str, str]:
        """Tag keys to values."""
        return self._taggable(arn).tags

    def _taggable(self, arn: str) -> Resource:
        taggable: dict[str, Resource] = {**self.distribution_configurations, **self.image_pipelines, **self.images}
        return self._find(taggable, arn)

    # Common to all types

    def _create(
        self,
        resources: dict[str, _Created],
        factory: type[_Created],
        resource_type: str,
        quota: int,
        parameters: dict[str, Any],
    ) -> str:
        arn = self._arn(resource_type, parameters["name"])
        with self.lock:
            if arn in resources:
                raise ResourceAlreadyExistsException(factory.__name__, arn)
            if len(resources) >= quota:
                raise ServiceQuotaExceededException(factory.__name__, quota)
            if parameters.get("dryRun"):
                raise DryRunOperationException()
            self.sequence += 1
            settings = factory.settings_of(parameters)
            resources[arn] = factory(arn, parameters["name"], settings, dict(parameters.get("tags", {})), self.sequence)
        return arn


def ec2_regions() -> list[str]:
    """EC2's Regions of all partitions: boto3 lists none for Image Builder itself."""
    session = boto3.Session()
    return [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition_name=partition)
    ]


imagebuilder_backends = BackendDict(
    ImageBuilderBackend, "imagebuilder", use_boto3_regions=False, additional_regions=ec2_regions()
)
