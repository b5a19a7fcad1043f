"""Images: what Image Builder keeps of one distribution, and how it shows it."""

from __future__ import annotations

import copy
import re
from datetime import datetime
from typing import Any
from typing import TypedDict

from moto.core.utils import utcnow
from moto.ec2.models.amis import Ami

from .resources import Resource
from .workflows import Workflow

NOT_IN_NAMES = re.compile(r"[^-_A-Za-z0-9 ]+")
# Creation ends in one of the first three; later actions lead to the others.
ENDED = ("AVAILABLE", "FAILED", "CANCELLED", "DEPRECATED", "DELETED", "DISABLED")
RETRIED = ("FAILED", "CANCELLED")


class _Failure(TypedDict):
    region: str
    status: str
    errorMessage: str
    targetAccountId: str


class RegionFailure(_Failure, total=False):
    """What could not be done in a Region for an account, as ``failureContext`` lists it."""

    imageConfigurationStep: str


class Source:
    """The AMI that is distributed: moto's model of it, its account and its Region."""

    def __init__(self, ami: Ami, account: str, region: str) -> None:
        self.ami = ami
        self.account = account
        self.region = region


class Image(Resource):
    """One build version of an image: here always a distribution of an AMI that exists, or one that a test planted.

    version: such as ``1.0.0/2``. configuration: the distribution configuration as it was when the image began.
    outputs: (Region, account) -> an entry of ``outputResources.amis``. done: steps that need not be repeated.
    """

    def __init__(self, arn: str, name: str, settings: dict[str, Any], tags: dict[str, str], sequence: int) -> None:
        super().__init__(arn, name, settings, tags, sequence)
        self.version = "/".join(arn.rsplit("/", 2)[1:])
        self.source: Source
        self.configuration: dict[str, Any] = {}
        self.began: datetime = utcnow()
        self.status = "PENDING"
        self.reason: str | None = None
        self.failure_context: dict[str, Any] | None = None
        self.outputs: dict[tuple[str, str], dict[str, Any]] = {}
        self.done: set[tuple[str, ...]] = set()
        self.workflows: list[Workflow] = []
        self.trusted = False
        # The life cycle: how often this state was shown, where it stops, and whether it is being cancelled.
        self.shown_times = 0
        self.held_in: str | None = None
        self.cancelling = False
        self.failed_in: str | None = None
        self.copies_tried = False
        self.copy_failures: list[RegionFailure] = []
        # How many requests will still not find it.
        self.hidden = 0

    @property
    def version_arn(self) -> str:
        """The ARN without the build number."""
        return self.arn.rpartition("/")[0]

    @property
    def ended(self) -> bool:
        """Whether its state is a terminal one."""
        return self.status in ENDED

    def state(self) -> dict[str, Any]:
        """The state as the service shows it."""
        shown: dict[str, Any] = {"status": self.status}
        if self.reason:
            shown["reason"] = self.reason
        if self.failure_context:
            shown["failureContext"] = self.failure_context
        return shown

    def summary(self) -> dict[str, Any]:
        """What ListImageBuildVersions answers, members in the order of the service model."""
        shown: dict[str, Any] = {
            "arn": self.arn,
            "name": self.name,
            "type": "AMI",
            "version": self.version,
            "platform": "Windows" if self.source.ami.platform == "windows" else "Linux",
            "state": self.state(),
            "owner": self.arn.split(":")[4],
            "dateCreated": self.date_created,
            "outputResources": {"amis": copy.deepcopy(list(self.outputs.values()))},
            "buildType": "SCHEDULED" if "sourcePipelineArn" in self.settings else "USER_INITIATED",
            "imageSource": "CUSTOM",
        }
        if self.tags:
            shown["tags"] = self.tags
        if "loggingConfiguration" in self.settings:
            shown["loggingConfiguration"] = self.settings["loggingConfiguration"]
        return shown

    def shown(self) -> dict[str, Any]:
        """What GetImage answers under ``image``."""
        shown = self.summary()
        del shown["owner"]
        for member in ("executionRole", "sourcePipelineArn"):
            if member in self.settings:
                shown[member] = self.settings[member]
        shown["enhancedImageMetadataEnabled"] = False
        shown["distributionConfiguration"] = self.configuration
        return {**shown, "tags": self.tags}

    def version_summary(self) -> dict[str, Any]:
        """What ListImages answers of the version that this is a build of."""
        summary = self.summary()
        wanted = ("name", "type", "platform", "owner", "dateCreated", "buildType", "imageSource")
        version = {"arn": self.version_arn, "version": self.version.partition("/")[0]}
        return {**{member: summary[member] for member in wanted}, **version}


def name_of_image(ami_name: str | None) -> str:
    """The name that a distribution gives its image: that of the source AMI, in the characters that names may have."""
    name = NOT_IN_NAMES.sub("-", ami_name or "")[:128].strip(" ")
    return name if len(name) >= 3 else f"image-{name}"
