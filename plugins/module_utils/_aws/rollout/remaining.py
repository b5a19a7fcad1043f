# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a wave is there already, over the rollouts of several configurations, and what is left to distribute."""

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
from ..workers import each
from .live_state import Context
from .live_state import IN_SYNC
from .live_state import look
from .live_state import MISSING


class Remaining(NamedTuple):
    """What a look at every target of a wave found.

    C(source_image): the AMI id that was looked for, else the one that was distributed last, None for none; C(rows): the
    targets as imagebuilder_image_distribution_info returns them, each with C(image_build_version_arn), the rollout that
    it has its AMI from, and C(image_state), the state of that; C(out): the (Region, account id) that need no new copy;
    C(unfinished): a rollout of just this that is still running, failed or was cancelled, None where there is none;
    C(left): what is still to be distributed, in API form; C(again): whether AMIs were deleted that AWS has as
    distributed, so that only a new rollout brings them back.
    """

    source_image: str | None
    rows: list[dict[str, Any]]
    out: set[Target]
    unfinished: dict[str, Any] | None
    left: list[ApiDistribution]
    again: bool

    @property
    def in_sync(self) -> bool:
        """Whether every target is in sync."""
        return all(row["status"] == IN_SYNC for row in self.rows)

    @property
    def due(self) -> bool:
        """Whether there is a rollout to start, to retry or to wait for."""
        return bool(self.left or self.unfinished)

    @property
    def without(self) -> list[dict[str, Any]]:
        """The rows of the targets that still need a copy."""
        return [row for row in self.rows if target_of(row) not in self.out]


def remaining(
    connection: Connection,
    target_accounts: Accounts,
    wave: waves.Wave,
    source: str | None,
    sharing: set[str],
    workers: int,
) -> Remaining:
    """Looks at every target of a wave.

    :param target_accounts: clients for the accounts.
    :param source: the AMI id that is distributed; None: whatever was distributed last counts.
    :param sharing: the accounts that get copies somewhere, which may launch the AMI of the home Region.
    :param workers: how many Regions and accounts are looked at at once.
    :raises: ImageBuilderError.
    """
    own, partition = connection.identity
    home = connection.region
    arn, whole = (configuration_arn(name, partition, home, own) for name in (wave.name, wave.whole))
    wanted = [entry for entry in wave.distributions if entry["region"] in wave.regions]

    images: list[dict[str, Any]] = []
    found: dict[Target, Candidate] = {}
    for more in _images(connection, lambda one: waves.is_whole_or_wave(one, whole), source, workers):
        images += more
        found = remainder.candidates(images, wanted, source, own, home)
        if not source and len(found) == len(wanted_targets(wanted, own, home)):
            break  # Whatever was distributed last is known.
    base = Context(target_accounts, own, partition, _live(found), frozenset(sharing), None, None)
    rows = each(
        lambda target: _row(base, found.get(target.key), target, source),
        wanted_targets(wanted, own, home),
        workers,
    )
    out = {target_of(row) for row in rows if remainder.needs_no_copy(found.get(target_of(row)), row["status"])}
    left = remainder.rest(wave.distributions, wave.regions, out, own, wave.whole, home)
    return Remaining(
        source_image=source or _common(images, found),
        rows=rows,
        out=out,
        unfinished=remainder.resumable(images, arn, wanted, source, out, own) if source else None,
        left=left,
        # Target AWS names no AMI of a complete rollout, another one would end like it, and copy everything each time.
        again=any(row["ami_id"] and row["status"] == MISSING for row in rows)
        and bool(left)
        and _done_before(images, arn, source, left),
    )


def _images(
    connection: Connection, counts: Callable[[str | None], bool], source: str | None, workers: int
) -> Iterator[list[dict[str, Any]]]:
    """The rollouts of the configurations that count, the newest first, as GetImage shows them, so many at a time.

    With a source image without those that are older than all of its own, which say nothing of it.
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
        images = each(lambda one: api.get_image(connection, one["arn"]), some, workers)
        yield [image for image in images if image and not contradiction(image)]


def _live(found: dict[Target, Candidate]) -> dict[Target, str]:
    """(Region, account id) -> AMI id, over all images that count; also of accounts that are no target themselves."""
    live: dict[Target, str] = {}
    for (region, _account), candidate in found.items():
        for target, ami_id in candidate.live.items():
            if target[0] == region:
                live.setdefault(target, ami_id)
    live.update({target: candidate.ami_id for target, candidate in found.items() if candidate.ami_id})
    return live


def _row(base: Context, candidate: Candidate | None, target: WantedTarget, source: str | None) -> dict[str, Any]:
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
    row = look(base._replace(image_arn=candidate.arn, image_state=candidate.state), target)
    return {**row, "image_build_version_arn": candidate.arn, "image_state": candidate.state}


def _common(images: list[dict[str, Any]], found: dict[Target, Candidate]) -> str | None:
    """The AMI id that was distributed last, None where nothing was."""
    arns = {candidate.arn for candidate in found.values()}
    return next((image.get("tags", {}).get(SOURCE_TAG) for image in images if image["arn"] in arns), None)


def _done_before(images: list[dict[str, Any]], arn: str, source: str | None, left: list[ApiDistribution]) -> bool:
    """Whether AWS has this very rollout as complete, so that only a new one helps where its AMIs are gone."""
    for image in images:
        tags = image.get("tags", {})
        if (tags.get(CONFIGURATION_TAG), tags.get(SOURCE_TAG)) == (arn, source):
            return image["state"].get("status") in COMPLETE and tags.get(CONTENT_TAG) == fingerprint(left)
    return False
