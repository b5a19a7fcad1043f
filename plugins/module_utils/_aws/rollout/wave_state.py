# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a wave has been distributed, by the rollouts of several configurations, and what is left."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from ..._distribution.arns import configuration_arn
from ..._distribution.forms import ApiDistribution
from ..._distribution.rollout import remainder
from ..._distribution.rollout import waves
from ..._distribution.rollout.drift import wanted_targets
from ..._distribution.rollout.drift import WantedTarget
from ..._distribution.rollout.image_status import COMPLETE
from ..._distribution.rollout.remainder import Candidate
from ..._distribution.rollout.rollouts import age_key
from ..._distribution.rollout.rollouts import CONFIGURATION_TAG
from ..._distribution.rollout.rollouts import CONTENT_TAG
from ..._distribution.rollout.rollouts import contradiction
from ..._distribution.rollout.rollouts import fingerprint
from ..._distribution.rollout.rollouts import SOURCE_TAG
from ..._distribution.targets import Target
from ..._distribution.targets import target_of
from .. import api
from ..accounts import Accounts
from ..module import Connection
from ..workers import in_parallel
from .live_state import compare_target
from .live_state import Context
from .live_state import IN_SYNC
from .live_state import MISSING


class WaveState(NamedTuple):
    """The state of all targets of a wave.

    C(source_image): the AMI id that was asked for, else the one that was distributed last, None for none; C(targets):
    as imagebuilder_image_distribution_info returns them, each with C(image_build_version_arn) and C(image_state) of the
    rollout that made its AMI; C(complete): the targets that need no new copy; C(unfinished): a rollout of exactly this
    that is still running, failed or was cancelled, None if there is none; C(left): what is still to be distributed, in
    API form; C(needs_new_rollout): whether AMIs of a complete rollout were deleted, so that only a new one helps.
    """

    source_image: str | None
    targets: list[dict[str, Any]]
    complete: set[Target]
    unfinished: dict[str, Any] | None
    left: list[ApiDistribution]
    needs_new_rollout: bool

    @property
    def in_sync(self) -> bool:
        """Whether every target is in sync."""
        return all(target["status"] == IN_SYNC for target in self.targets)

    @property
    def due(self) -> bool:
        """Whether there is a rollout to start, to retry or to wait for."""
        return bool(self.left or self.unfinished)

    @property
    def incomplete(self) -> list[dict[str, Any]]:
        """The targets that still need a copy."""
        return [target for target in self.targets if target_of(target) not in self.complete]


def wave_state(
    connection: Connection,
    target_accounts: Accounts,
    wave: waves.Wave,
    source: str | None,
    sharing: set[str],
    workers: int,
) -> WaveState:
    """Reads the state of all targets of a wave.

    :param target_accounts: clients for the accounts.
    :param source: the AMI id that is distributed; None for the one that was distributed last.
    :param sharing: the accounts that get copies in some Region, and so may launch the AMI of the home Region.
    :param workers: how many targets to read at once.
    :raises: ImageBuilderError.
    """
    own, partition = connection.identity
    home = connection.region
    arn, whole = (configuration_arn(name, partition, home, own) for name in (wave.name, wave.whole))
    wanted = [entry for entry in wave.distributions if entry["region"] in wave.regions]

    images: list[dict[str, Any]] = []
    candidates: dict[Target, Candidate] = {}
    for more in _images(connection, lambda one: waves.is_whole_or_wave(one, whole), source, workers):
        images += more
        candidates = remainder.candidates(images, wanted, source, own, home)
        if not source and len(candidates) == len(wanted_targets(wanted, own, home)):
            break  # No older rollout matters.
    base = Context(target_accounts, own, partition, _live(candidates), frozenset(sharing), None, None)
    states = in_parallel(
        lambda target: _state(base, candidates.get(target.key), target, source),
        wanted_targets(wanted, own, home),
        workers,
    )
    complete = {
        target_of(state)
        for state in states
        if remainder.needs_no_copy(candidates.get(target_of(state)), state["status"])
    }
    left = remainder.remaining_entries(wave.distributions, wave.regions, complete, own, wave.whole, home)
    return WaveState(
        source_image=source or _newest_source(images, candidates),
        targets=states,
        complete=complete,
        unfinished=remainder.resumable(images, arn, wanted, source, complete, own) if source else None,
        left=left,
        # If AWS names no AMI of a complete rollout, a new one would end the same way and copy everything each time.
        needs_new_rollout=any(state["ami_id"] and state["status"] == MISSING for state in states)
        and bool(left)
        and _done_before(images, arn, source, left),
    )


def _images(
    connection: Connection, counts: Callable[[str | None], bool], source: str | None, workers: int
) -> Iterator[list[dict[str, Any]]]:
    """The images of rollouts from GetImage, the newest first, in batches.

    With a source image, older rollouts than all of its own are left out, because they do not matter.

    :param counts: takes the ARN of a configuration; returns whether its rollouts matter.
    """
    summaries = [
        summary
        for summary in api.list_image_builds(connection)
        if counts(summary.get("tags", {}).get(CONFIGURATION_TAG))
    ]
    summaries.sort(key=age_key, reverse=True)
    if source:
        own = [index for index, summary in enumerate(summaries) if summary["tags"].get(SOURCE_TAG) == source]
        summaries = summaries[: max(own, default=-1) + 1]
    for start in range(0, len(summaries), workers):
        some = summaries[start : start + workers]
        images = in_parallel(lambda one: api.get_image(connection, one["arn"]), some, workers)
        yield [image for image in images if image and not contradiction(image)]


def _live(candidates: dict[Target, Candidate]) -> dict[Target, str]:
    """Target -> AMI id, also for accounts that are not targets of the wave."""
    live: dict[Target, str] = {}
    for (region, _account), candidate in candidates.items():
        for target, ami_id in candidate.live.items():
            if target[0] == region:
                live.setdefault(target, ami_id)
    live.update({target: candidate.ami_id for target, candidate in candidates.items() if candidate.ami_id})
    return live


def _state(base: Context, candidate: Candidate | None, target: WantedTarget, source: str | None) -> dict[str, Any]:
    if candidate is None:
        return {
            "region": target.region,
            "account_id": target.account_id,
            "ami_id": None,
            "status": MISSING,
            "drift": [],
            "not_checked": [],
            "reason": f"{source} was not distributed here with these settings"
            if source
            else "nothing was distributed here",
            "image_build_version_arn": None,
            "image_state": None,
        }
    state = compare_target(base._replace(image_arn=candidate.arn, image_state=candidate.state), target)
    return {**state, "image_build_version_arn": candidate.arn, "image_state": candidate.state}


def _newest_source(images: list[dict[str, Any]], candidates: dict[Target, Candidate]) -> str | None:
    """The AMI id that was distributed last, None for none."""
    arns = {candidate.arn for candidate in candidates.values()}
    return next((image.get("tags", {}).get(SOURCE_TAG) for image in images if image["arn"] in arns), None)


def _done_before(images: list[dict[str, Any]], arn: str, source: str | None, left: list[ApiDistribution]) -> bool:
    """Whether a rollout of exactly this is complete, so that only a new one restores deleted AMIs."""
    for image in images:
        tags = image.get("tags", {})
        if (tags.get(CONFIGURATION_TAG), tags.get(SOURCE_TAG)) == (arn, source):
            return image["state"].get("status") in COMPLETE and tags.get(CONTENT_TAG) == fingerprint(left)
    return False
