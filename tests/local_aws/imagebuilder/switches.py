"""Behaviour of the service that is not certain, or that a test wants to reach without a thousand requests."""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import fields
from typing import Any


@dataclass
class Switches:
    """Settings for the whole process; the defaults are the likeliest behaviour.

    echo_empty_lists: reads show ``[]`` for target accounts, launch templates and Fast Launch settings that are unset.
    echo_set_default_version: reads show ``setDefaultVersion: true`` for launch templates stored without it.
    timeout_minutes: reads show this value for ``timeoutMinutes``; None leaves the member out.
    page_limit: a page never holds more than this, whatever was asked for; the caller has to follow nextToken.
    distribution_configuration_quota, image_pipeline_quota: how many an account may have in one Region.
    """

    echo_empty_lists: bool = False
    echo_set_default_version: bool = False
    timeout_minutes: int | None = None
    page_limit: int = 100
    distribution_configuration_quota: int = 1000
    image_pipeline_quota: int = 75

    def set(self, **values: Any) -> None:
        """Change some switches. Raises ValueError for a name that is no switch."""
        known = {field.name for field in fields(self)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"no such switch: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
        for name, value in values.items():
            setattr(self, name, value)

    def reset(self) -> None:
        """Back to the defaults."""
        for field in fields(self):
            setattr(self, field.name, field.default)

    def as_dict(self) -> dict[str, Any]:
        """All switches and their values."""
        return asdict(self)


switches = Switches()
