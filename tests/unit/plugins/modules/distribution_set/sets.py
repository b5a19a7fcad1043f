"""What the tests of the set give to it and read from its results."""

from __future__ import annotations

from typing import Any

MODULE = "imagebuilder_distribution_set"
PLUGINS = "ansible_collections.goldimage.aws.plugins"
ACCOUNT, REGION = "123456789012", "us-west-2"
ARN = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:distribution-configuration/"
AMI = {"amiDistributionConfiguration": {"name": "image {{ imagebuilder:buildDate }}"}}
ENTRY = {"region": REGION, "ami_distribution_configuration": {"name_prefix": "image"}}


def image(name: str, **more: Any) -> dict[str, Any]:
    """A configuration with one Region."""
    return {"name": name, "distributions": [ENTRY], **more}


def names(backend: Any) -> list[str]:
    """The names of the stored configurations."""
    return sorted(one.name for one in backend.distribution_configurations.values())


def actions(result: dict[str, Any]) -> list[tuple[str, str]]:
    """The name and action of each outcome."""
    return [(outcome["name"], outcome["action"]) for outcome in result["outcomes"]]
