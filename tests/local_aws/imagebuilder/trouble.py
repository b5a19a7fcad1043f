"""Failures of a distribution on demand: this step, in this Region, for this account."""

from __future__ import annotations

import itertools
from dataclasses import asdict
from dataclasses import dataclass
from typing import Any

COPY = "COPY_AMI"
PERMISSIONS = "MODIFY_IMAGE_ATTRIBUTES"
LICENSES = "ASSOCIATE_LICENSES"
TEMPLATES = "UPDATE_LAUNCH_TEMPLATES"
PARAMETERS = "PUT_SSM_PARAMETERS"
FAST_LAUNCH = "UPDATE_FAST_LAUNCH_CONFIGURATIONS"
EXPORT = "EXPORT_AMI"
# Not a step of a distribution: what happens to an AMI later.
RETIRE = "UPDATE_STATE"
# The last five are the service model's ImageConfigurationStep; the first two have no name there.
STEPS = (COPY, PERMISSIONS, LICENSES, TEMPLATES, PARAMETERS, FAST_LAUNCH, EXPORT)
STATUSES = ("FAILED", "CANCELLED", "TIMED_OUT")


class StepRefused(Exception):
    """A step of a distribution that AWS did not carry out.

    message: as failureContext shows it. status: of the Region, as in the model's RegionFailureStatus.
    """

    def __init__(self, message: str, status: str = "FAILED") -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass
class Trouble:
    """A step that fails wherever its conditions apply; None means any. times: None means until it is cleared."""

    step: str
    region: str | None = None
    account: str | None = None
    message: str = "A failure made on demand."
    status: str = "FAILED"
    times: int | None = None
    identifier: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.step not in (*STEPS, RETIRE):
            raise ValueError(f"a step is one of {', '.join((*STEPS, RETIRE))}, not {self.step}")
        if self.status not in STATUSES:
            raise ValueError(f"a status is one of {', '.join(STATUSES)}, not {self.status}")


class TroubleBook:
    """All failures on demand."""

    def __init__(self) -> None:
        self._troubles: list[Trouble] = []
        self._identifiers = itertools.count(1)

    def add(self, **members: Any) -> dict[str, Any]:
        """Ask for a failure. Returns it, with an identifier. Raises ValueError for an unknown step or status."""
        trouble = Trouble(**members, identifier=next(self._identifiers))
        self._troubles.append(trouble)
        return asdict(trouble)

    def clear(self, identifier: int | None = None) -> None:
        """Remove one, or all."""
        self._troubles = [one for one in self._troubles if identifier not in (None, one.identifier)]

    def as_list(self) -> list[dict[str, Any]]:
        """All failures, and how often each struck."""
        return [asdict(trouble) for trouble in self._troubles]

    def strike(self, step: str, region: str, account: str) -> None:
        """Raise StepRefused if this step must fail here."""
        for trouble in self._troubles:
            spent = trouble.times is not None and trouble.struck >= trouble.times
            here = trouble.region in (None, region) and trouble.account in (None, account)
            if trouble.step == step and here and not spent:
                trouble.struck += 1
                raise StepRefused(trouble.message, trouble.status)


troubles = TroubleBook()
