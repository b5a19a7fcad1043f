# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was done about a rollout, for the result of a module."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from ..._distribution.rollout.image_status import AVAILABLE
from ..._distribution.rollout.image_status import CANCELLED
from ..._distribution.rollout.image_status import expected_targets
from ..._distribution.rollout.image_status import FAILED
from ..._distribution.rollout.image_status import failure_text
from ..._distribution.rollout.image_status import is_final
from ..._distribution.rollout.image_status import report
from ..._distribution.rollout.image_status import status_of
from ..._distribution.rollout.rollout_options import CANCELLED as CANCEL
from ..._distribution.rollout.rollouts import CONTENT_TAG
from ..._distribution.rollout.rollouts import Decision
from ..._distribution.rollout.rollouts import SOURCE_TAG
from .workflows import Workflows


class RolloutOutcome(NamedTuple):
    """What was done, or in check mode would be.

    C(image): last answer of GetImage, None if there is none; C(before), C(after): for the diff; C(source_image): the
    AMI id, None if it is not known; C(warnings): texts.
    """

    decision: Decision
    image: dict[str, Any] | None
    before: dict[str, Any]
    after: dict[str, Any]
    source_image: str | None
    warnings: list[str]


class StillRunning(Exception):
    """The rollout has not ended, but the waiting has. C(outcome): so far; the text says how to resume."""

    def __init__(self, text: str, outcome: RolloutOutcome) -> None:
        super().__init__(text)
        self.outcome = outcome


def failure(outcome: RolloutOutcome, state: str, of_steps: list[dict[str, Any]]) -> str | None:
    """Why the module fails, None if it does not.

    :param state: the option.
    :param of_steps: from step_outputs.failures().
    """
    status = status_of(outcome.image)
    if state == CANCEL or not outcome.image or status == AVAILABLE or not is_final(status):
        return None
    if outcome.decision.action == "refused" and status not in (FAILED, CANCELLED):
        return f"Nothing was done: {outcome.decision.reason}."
    return failure_text(report(outcome.image, of_steps))


def result(outcome: RolloutOutcome, progress: Workflows) -> dict[str, Any]:
    """The outcome as the module returns it.

    :param progress: the workflows of its image.
    """
    image = outcome.image
    return {
        "changed": outcome.decision.changes,
        "outcome": outcome.decision.action,
        "reason": outcome.decision.reason,
        "source_image": outcome.source_image,
        "image": report(image, progress.failures) if image else None,
        "targets": [{"region": region, "account_id": account} for region, account in expected_targets(image or {})],
        "workflows": progress.listed,
        "still_running": bool(image) and not is_final(status_of(image)),
        "diff": {"before": outcome.before, "after": outcome.after},
    }


def shown(image: dict[str, Any] | None) -> dict[str, Any]:
    """One rollout for the diff, an empty map if there is none."""
    if not image:
        return {}
    tags = image.get("tags", {})
    return {
        "arn": image["arn"],
        "state": status_of(image),
        "source_image": tags.get(SOURCE_TAG),
        "distributions_sha256": tags.get(CONTENT_TAG),
    }
