"""The resources themselves: what is stored of a request, and how the service shows it."""

from __future__ import annotations

import copy
from datetime import datetime
from datetime import timedelta
from typing import Any

from moto.core.common_models import BaseModel
from moto.core.utils import utcnow

from .switches import switches


def folded(name: str) -> str:
    """The form of a resource's name in its ARN: lower case, hyphens for spaces and underscores."""
    return name.lower().replace(" ", "-").replace("_", "-")


def now() -> str:
    """The current time as the service writes dates: RFC 3339 in UTC with milliseconds."""
    return utcnow().isoformat(timespec="milliseconds") + "Z"


def later_than(date: str) -> str:
    """The current time, but at least a millisecond after a date, so that dates show what came first."""
    present = now()
    if present > date:
        return present
    moment = datetime.fromisoformat(date.removesuffix("Z")) + timedelta(milliseconds=1)
    return moment.isoformat(timespec="milliseconds") + "Z"


class Resource(BaseModel):
    """Something with a name, an ARN and tags. ``settings`` are the members of the request, as they came."""

    # Members of a request that are not settings: how to carry it out, which resource, what is stored separately.
    NO_SETTINGS = frozenset({"clientToken", "dryRun", "tags", "name"})

    def __init__(self, arn: str, name: str, settings: dict[str, Any], tags: dict[str, str], sequence: int) -> None:
        self.arn = arn
        self.name = name
        self.settings = settings
        self.tags = tags
        self.sequence = sequence
        self.date_created = now()
        self.date_updated: str | None = None

    @classmethod
    def settings_of(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        """What is stored of a request's parameters."""
        return {name: value for name, value in parameters.items() if name not in cls.NO_SETTINGS}

    def replace(self, parameters: dict[str, Any]) -> None:
        """Replace all settings with those of a request; name, tags and date of creation remain."""
        self.settings = self.settings_of(parameters)
        self.date_updated = now()

    def to_dict(self) -> dict[str, Any]:
        """The resource as the service shows it, unset members left out."""
        shown = {"arn": self.arn, "name": self.name, **self.settings}
        if self.date_created:
            shown["dateCreated"] = self.date_created
        if self.date_updated:
            shown["dateUpdated"] = self.date_updated
        shown["tags"] = self.tags
        return shown


class DistributionConfiguration(Resource):
    """Where images go and what happens to them there."""

    NO_SETTINGS = Resource.NO_SETTINGS | {"distributionConfigurationArn"}

    @classmethod
    def from_dict(cls, stored: dict[str, Any], sequence: int) -> DistributionConfiguration:
        """The inverse of to_dict, for what a test plants: members that no model knows are kept."""
        own = {"arn", "name", "tags", "dateCreated", "dateUpdated"}
        settings = {key: value for key, value in stored.items() if key not in own}
        created = cls(stored["arn"], stored["name"], settings, dict(stored.get("tags") or {}), sequence)
        created.date_created = stored.get("dateCreated", created.date_created) or ""
        created.date_updated = stored.get("dateUpdated")
        return created

    def shown(self) -> dict[str, Any]:
        """What GetDistributionConfiguration answers: what was stored, changed only where a switch says so."""
        answer = self.to_dict()
        if switches.timeout_minutes is not None:
            answer["timeoutMinutes"] = switches.timeout_minutes
        if switches.echo_empty_lists or switches.echo_set_default_version:
            answer["distributions"] = [_echo(entry) for entry in answer.get("distributions", [])]
        return answer

    def summary(self) -> dict[str, Any]:
        """What ListDistributionConfigurations answers."""
        answer = self.to_dict()
        distributions = answer.pop("distributions", [])
        wanted = ("arn", "name", "description", "dateCreated", "dateUpdated", "tags")
        summary = {key: answer[key] for key in wanted if key in answer}
        summary["regions"] = [entry["region"] for entry in distributions]
        return summary


def _echo(entry: dict[str, Any]) -> dict[str, Any]:
    entry = copy.deepcopy(entry)
    if switches.echo_empty_lists:
        entry.setdefault("launchTemplateConfigurations", [])
        entry.setdefault("fastLaunchConfigurations", [])
        if "amiDistributionConfiguration" in entry:
            entry["amiDistributionConfiguration"].setdefault("targetAccountIds", [])
    if switches.echo_set_default_version:
        for template in entry.get("launchTemplateConfigurations", []):
            template.setdefault("setDefaultVersion", True)
    return entry


class LifecyclePolicy(Resource):
    """A rule for old images, to the extent that it names the role that carries it out."""

    def shown(self) -> dict[str, Any]:
        """What ListLifecyclePolicies answers, without what the policy selects and does."""
        left_out = ("policyDetails", "resourceSelection")
        return {"status": "ENABLED", **{key: value for key, value in self.to_dict().items() if key not in left_out}}


class ImagePipeline(Resource):
    """What builds images, to the extent that it refers to distribution configurations."""

    NO_SETTINGS = Resource.NO_SETTINGS | {"imagePipelineArn"}

    def shown(self) -> dict[str, Any]:
        """What GetImagePipeline and ListImagePipelines answer, the documented defaults filled in."""
        answer = self.to_dict()
        answer.setdefault("enhancedImageMetadataEnabled", True)
        answer.setdefault("status", "ENABLED")
        answer["imageTestsConfiguration"] = {
            "imageTestsEnabled": True,
            "timeoutMinutes": 720,
            **answer.get("imageTestsConfiguration", {}),
        }
        return answer

    @property
    def distribution_configuration_arn(self) -> str | None:
        """The configuration that the pipeline uses, if any."""
        return self.settings.get("distributionConfigurationArn")
