"""What the cases ask for, as options, and what the service must then store, written by hand."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple
from typing import TypedDict

FRIEND, PARTNER = "111122223333", "444455556666"


class StoredConfiguration(TypedDict):
    """A configuration as the service stores it, in API form and without its dates."""

    name: str
    description: str | None
    distributions: list[dict[str, Any]]
    tags: dict[str, str]


class WantedConfiguration(NamedTuple):
    """options: of imagebuilder_distribution. stored: what the service stores afterwards, or None."""

    options: dict[str, Any]
    stored: StoredConfiguration | None

    @property
    def name(self) -> str:
        """The name, already in its folded form."""
        return str(self.options["name"])


def wanted_configuration(
    name: str, *regions: str, text: str | None = "Web servers", tags: dict[str, str] | None = None, **more: Any
) -> WantedConfiguration:
    """A configuration with one entry for each Region, and exactly these tags."""
    tags = {"Team": "web"} if tags is None else tags
    options: dict[str, Any] = {"name": name, "tags": tags, **more}
    if text is not None:
        options["description"] = text
    options["distributions"] = [
        {
            "region": region,
            "ami_distribution_configuration": {
                "name_prefix": name,
                "launch_permission": {"user_ids": [FRIEND, PARTNER]},
            },
        }
        for region in regions
    ]
    return WantedConfiguration(options, stored_configuration(name, *regions, text=text, tags=tags))


def stored_configuration(
    name: str, *regions: str, text: str | None = "Web servers", tags: dict[str, str] | None = None
) -> StoredConfiguration:
    """What the service stores of a wanted configuration."""
    tags = {"Team": "web"} if tags is None else tags
    return {"name": name, "description": text, "tags": tags, "distributions": entries(name, *regions)}


def entries(name: str, *regions: str) -> list[dict[str, Any]]:
    """The entries of a wanted configuration in API form."""
    return [
        {
            "region": region,
            "amiDistributionConfiguration": {
                "name": f"{name} {{{{ imagebuilder:buildDate }}}}",
                "launchPermission": {"userIds": [FRIEND, PARTNER]},
            },
        }
        for region in regions
    ]


def gone(name: str) -> WantedConfiguration:
    """A configuration that must not exist."""
    return WantedConfiguration({"name": name, "state": "absent"}, None)
