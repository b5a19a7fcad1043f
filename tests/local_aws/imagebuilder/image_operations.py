"""The operations on images, as one part of the backend of an account and Region."""

from __future__ import annotations

import copy
import re
from typing import Any
from typing import TypedDict

from . import life_cycle
from . import moto_resources
from .exceptions import AccessDeniedException
from .exceptions import InvalidParameterValueException
from .exceptions import InvalidRequestException
from .exceptions import ResourceInUseException
from .exceptions import ResourceNotFoundException
from .images import Image
from .images import name_of_image
from .images import RETRIED
from .images import Source
from .listing import page_of
from .resources import later_than
from .roles import execution_role
from .roles import RoleUnusable
from .store import ResourceStore
from .switches import switches
from .workflows import Workflow

_BUILD = re.compile(r"(.+):image/([^/]+)/([^/]+)/([0-9]+)")
_FILTERS = ("name", "osVersion", "platform", "type", "version")


class AmiRecord(TypedDict, total=False):
    """What Image Builder does to an AMI that moto cannot store; the last two as the configuration asks for them."""

    licenses: list[str]
    deprecated: bool
    fast_launch: dict[str, Any]
    exports: list[dict[str, Any]]


class ImageOperations(ResourceStore):
    """What ImageBuilderBackend knows of images."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.images: dict[str, Image] = {}
        # By AMI.
        self.records: dict[str, AmiRecord] = {}
        self.block_public_access = False
        self.calls_with_role: dict[str, int] = {}

    def record(self, ami_id: str) -> AmiRecord:
        """What was done to an AMI of this account and Region that moto cannot store. The caller may add to it."""
        return self.records.setdefault(ami_id, {})

    # Begin, cancel, try again

    def distribute_image(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """DistributeImage; parameters as the model has them, already validated against it."""
        arn = parameters["distributionConfigurationArn"]
        configuration = self._configuration_in_this_region(arn)
        source, name, version = self._resolve(parameters["sourceImage"])
        arn = self._next_build(name, version)
        self._check_role(parameters["executionRole"], arn)
        kept = ("executionRole", "loggingConfiguration")
        settings: dict[str, Any] = {member: parameters[member] for member in kept if member in parameters}
        image = self._store(arn, name, settings, parameters.get("tags", {}), source, configuration)
        life_cycle.begin(image, self.backends)
        image.hidden = switches.looks_before_shown
        return {"clientToken": parameters["clientToken"], "imageBuildVersionArn": arn}

    def retry_image(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """RetryImage: the same build version continues where it failed."""
        image = self._image(parameters["imageBuildVersionArn"])
        if image.status not in RETRIED:
            raise InvalidRequestException(
                f"The image '{image.arn}' is in the state {image.status}. Only images in the states FAILED and "
                "CANCELLED can be retried."
            )
        life_cycle.retry(image, self.backends)
        return {"clientToken": parameters["clientToken"], "imageBuildVersionArn": image.arn}

    def cancel_image_creation(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """CancelImageCreation: begins to cancel. What was distributed remains."""
        image = self._find(self.images, parameters["imageBuildVersionArn"])
        if image.hidden:
            raise self._not_yet(image)
        if image.ended:
            raise InvalidRequestException(
                f"The image '{image.arn}' is in the state {image.status}. Its creation can not be cancelled any more."
            )
        life_cycle.cancel(image)
        return {"clientToken": parameters["clientToken"], "imageBuildVersionArn": image.arn}

    # Read

    def get_image(self, arn: str) -> Image:
        """The image of a build version ARN, or the newest AVAILABLE one that a version ARN with wildcards fits.

        Reading it moves it to its next state. Raises ResourceNotFoundException.
        """
        image = self._image(arn) if _BUILD.fullmatch(arn) else self._newest_available(arn)
        with self.lock:
            life_cycle.look(image, self.backends)
        return image

    def list_images(self, parameters: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """The versions of the account's images, one page. Images of other owners do not exist here."""
        newest: dict[str, Image] = {}
        if parameters.get("owner", "Self") == "Self":
            for image in list(self.images.values()):
                newest[image.version_arn] = image
        page, token = page_of(newest, parameters, _FILTERS)
        return [image.version_summary() for image in page], token

    def list_image_build_versions(self, parameters: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """Builds of one version, or of all if none is named, one page."""
        wanted = parameters.get("imageVersionArn")
        shown = {arn: image for arn, image in list(self.images.items()) if not image.hidden}
        builds = {arn: image for arn, image in shown.items() if wanted in (None, image.version_arn)}
        page, token = page_of(builds, parameters, _FILTERS)
        return [image.summary() for image in page], token

    def list_image_pipeline_images(self, parameters: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """Images that a pipeline made, one page. Raises ResourceNotFoundException for an unknown pipeline."""
        arn = self._find(self.image_pipelines, parameters["imagePipelineArn"]).arn
        made = {
            key: image for key, image in list(self.images.items()) if image.settings.get("sourcePipelineArn") == arn
        }
        page, token = page_of(made, parameters, ("name", "version"))
        return [image.summary() for image in page], token

    def workflow_executions(self, arn: str) -> list[Workflow]:
        """The runs of the distribution workflow for an image, newest first."""
        return self._image(arn).workflows[::-1]

    def find_workflow(self, identifier: str) -> tuple[Image, Workflow]:
        """One run, and its image. Raises ResourceNotFoundException."""
        for image in list(self.images.values()):
            for workflow in image.workflows:
                if workflow.identifier == identifier:
                    return image, workflow
        raise ResourceNotFoundException(identifier)

    def find_step(self, identifier: str) -> tuple[Image, Workflow, dict[str, Any]]:
        """One step of a run, its run and its image. Raises ResourceNotFoundException."""
        for image in list(self.images.values()):
            for workflow in image.workflows:
                for step in workflow.steps:
                    if step["stepExecutionId"] == identifier:
                        return image, workflow, step
        raise ResourceNotFoundException(identifier)

    def latest_references(self, image: Image) -> dict[str, str]:
        """``latestVersionReferences`` of GetImage."""
        name = image.version_arn.rpartition("/")[0]
        major, minor, patch = image.version.partition("/")[0].split(".")
        return {
            "latestVersionArn": f"{name}/x.x.x",
            "latestMajorVersionArn": f"{name}/{major}.x.x",
            "latestMinorVersionArn": f"{name}/{major}.{minor}.x",
            "latestPatchVersionArn": f"{name}/{major}.{minor}.{patch}",
        }

    # For tests

    def plant_image(
        self,
        source_image: str,
        configuration: dict[str, Any],
        pipeline_arn: str | None = None,
        name: str | None = None,
        version: str = "1.0.0",
        tags: dict[str, str] | None = None,
        execution_role: str | None = None,
    ) -> str:
        """Store an image as if a pipeline had built and distributed it, with all permissions. Returns its ARN.

        source_image: the AMI that was built, in this account and Region. configuration: the form of Get.
        """
        source, own_name, _version = self._resolve(source_image)
        arn = self._next_build(name or own_name, version)
        settings = {"sourcePipelineArn": pipeline_arn, "executionRole": execution_role}
        settings = {member: value for member, value in settings.items() if value}
        image = self._store(arn, name or own_name, settings, tags or {}, source, configuration)
        image.trusted = True
        # Unlike an AMI that is merely distributed, one that a pipeline built has the service's tags.
        source.ami.add_tags({"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": arn})
        image.workflows.append(Workflow(self.region_name))
        life_cycle.run(image, self.backends)
        return arn

    # Within

    def _image(self, arn: str) -> Image:
        image = self._find(self.images, arn)
        if image.hidden:
            image.hidden -= 1
            raise ResourceNotFoundException(arn)
        return image

    def _not_yet(self, image: Image) -> Exception:
        # Seen on a real account: any of the three, for up to a minute after the start.
        image.hidden -= 1
        return [
            ResourceNotFoundException(image.arn),
            ResourceInUseException(f"The image '{image.arn}' is being created."),
            InvalidRequestException(f"The image '{image.arn}' can not be cancelled yet."),
        ][image.hidden % 3]

    def _newest_available(self, arn: str) -> Image:
        asked, _slash, pattern = arn.rpartition("/")
        candidates = []
        for image in list(self.images.values()):
            name, _slash, version = image.version_arn.rpartition("/")
            if name == asked and image.status == "AVAILABLE" and _fits(version, pattern):
                candidates.append(image)
        if not candidates:
            raise ResourceNotFoundException(arn)
        return max(candidates, key=lambda image: [int(part) for part in re.split("[./]", image.version)])

    def _configuration_in_this_region(self, arn: str) -> dict[str, Any]:
        if arn.split(":")[3] != self.region_name:
            raise InvalidParameterValueException(
                "distributionConfigurationArn", f"The distribution configuration must be in {self.region_name}."
            )
        return copy.deepcopy(self._find(self.distribution_configurations, arn).shown())

    def _resolve(self, text: str) -> tuple[Source, str, str]:
        # The source AMI, and name and version of the image that distributes it.
        ami_id, name, version = text, None, "1.0.0"
        if text.startswith("ssm:"):
            ami_id = moto_resources.read_parameter(self.account_id, self.region_name, text.removeprefix("ssm:")) or ""
        elif text.startswith("arn:"):
            image = self._image_as_source(text)
            ami_id = image.outputs.get((self.region_name, self.account_id), {}).get("image", "")
            name, version = image.name, image.version.partition("/")[0]
        ami = moto_resources.find_ami(self.account_id, self.region_name, ami_id)
        if ami is None:
            raise InvalidParameterValueException(
                "sourceImage", f"'{text}' does not lead to an AMI in {self.region_name}."
            )
        if ami.owner_id != self.account_id:
            raise InvalidParameterValueException("sourceImage", f"'{text}' belongs to the account {ami.owner_id}.")
        return Source(ami, self.account_id, self.region_name), name or name_of_image(ami.name), version

    def _image_as_source(self, arn: str) -> Image:
        parts = arn.split(":")
        try:
            backend = self.backends[parts[4]][parts[3]]
            image: Image | None = backend._image(arn) if _BUILD.fullmatch(arn) else backend._newest_available(arn)
        except (KeyError, IndexError, ResourceNotFoundException):
            image = None
        if image is None or image.status != "AVAILABLE":
            raise InvalidParameterValueException("sourceImage", f"'{arn}' is not an image that is AVAILABLE.")
        return image

    def _check_role(self, role: str, image_arn: str) -> None:
        calls = self.calls_with_role[role] = self.calls_with_role.get(role, 0) + 1
        reason = f"The execution role '{role}' does not exist, or Image Builder is not allowed to assume it."
        if calls <= switches.role_propagation_calls:
            if switches.role_propagation_code == "AccessDeniedException":
                raise AccessDeniedException(reason)
            raise InvalidParameterValueException("executionRole", reason)
        if switches.role_checked_at_once:
            try:
                execution_role(role, self.account_id, self.region_name, image_arn)
            except RoleUnusable:
                raise InvalidParameterValueException("executionRole", reason) from None

    def _next_build(self, name: str, version: str) -> str:
        prefix = f"{self._arn('image', name)}/{version}"
        taken = [
            int(image.arn.rpartition("/")[2]) for image in list(self.images.values()) if image.version_arn == prefix
        ]
        return f"{prefix}/{max(taken, default=0) + 1}"

    def _store(
        self,
        arn: str,
        name: str,
        settings: dict[str, Any],
        tags: dict[str, str],
        source: Source,
        configuration: dict[str, Any],
    ) -> Image:
        self.sequence += 1
        image = Image(arn, name, settings, dict(tags), self.sequence)
        image.source, image.configuration = source, configuration
        image.date_created = later_than(max((one.date_created for one in self.images.values()), default=""))
        self.images[arn] = image
        return image


def _fits(version: str, pattern: str) -> bool:
    # Whether 1.2.3 is meant by a pattern such as 1.x.x.
    have, want = version.split("."), pattern.split(".")
    return len(have) == len(want) and all(one in ("x", other) for one, other in zip(want, have, strict=True))
