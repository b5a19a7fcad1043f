"""What the cases ask for, as options of the modules, and what the service then has to hold, written out by hand."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

FRIEND, PARTNER = "111122223333", "444455556666"


class Wish(NamedTuple):
    """options: of imagebuilder_distribution. stored: what the service holds afterwards, None for nothing."""

    options: dict[str, Any]
    stored: dict[str, Any] | None

    @property
    def name(self) -> str:
        """The name, which is in its folded form already."""
        return self.options["name"]


def wish(
    name: str, *regions: str, text: str | None = "Web servers", tags: dict[str, str] | None = None, **more: Any
) -> Wish:
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
    return Wish(options, {"name": name, "description": text, "tags": tags, "distributions": entries(name, *regions)})


def entries(name: str, *regions: str) -> list[dict[str, Any]]:
    """The entries of a wish as the API has them."""
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


def gone(name: str) -> Wish:
    """No such configuration."""
    return Wish({"name": name, "state": "absent"}, None)
