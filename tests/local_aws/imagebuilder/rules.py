"""What the service refuses in a distribution configuration beyond its model. Texts as seen in the wild where known."""

from __future__ import annotations

import re
from typing import Any

from .exceptions import InvalidParameterCombinationException
from .exceptions import InvalidParameterValueException

_BUILD_DATE = re.compile(r"\{\{\s*imagebuilder:buildDate\s*\}\}")


def check_distributions(distributions: list[dict[str, Any]]) -> None:
    """Raise InvalidParameterValueException or InvalidParameterCombinationException for the first broken rule."""
    regions = set()
    for index, entry in enumerate(distributions):
        path = f"distributions[{index}]"
        if entry["region"] in regions:
            raise InvalidParameterValueException(
                "distributions", f"The Region '{entry['region']}' is specified more than once."
            )
        regions.add(entry["region"])
        if not any(value for name, value in entry.items() if name != "region"):
            raise InvalidParameterValueException(
                path, "One or more outputs should be provided for each region in a distribution configuration."
            )
        _check_ami_name(entry, path)
        _check_fast_launch(entry, path)


def _check_ami_name(entry: dict[str, Any], path: str) -> None:
    name = (entry.get("amiDistributionConfiguration") or {}).get("name")
    if name is not None and not _BUILD_DATE.search(name):
        raise InvalidParameterValueException(
            f"{path}.amiDistributionConfiguration.name",
            "The EC2 AMI name must contain '{{ imagebuilder:buildDate }}' to ensure that the name will be unique.",
        )


def _check_fast_launch(entry: dict[str, Any], path: str) -> None:
    for index, settings in enumerate(entry.get("fastLaunchConfigurations") or []):
        template = settings.get("launchTemplate")
        if template is None:
            continue
        where = f"{path}.fastLaunchConfigurations[{index}].launchTemplate"
        named = [key for key in ("launchTemplateId", "launchTemplateName") if template.get(key) is not None]
        if len(named) != 1:
            raise InvalidParameterCombinationException(
                f"Exactly one of launchTemplateId and launchTemplateName must be specified in '{where}'."
            )
