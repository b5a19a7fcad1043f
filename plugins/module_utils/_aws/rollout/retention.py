# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the newest rollouts of a configuration and retires the rest, with their AMIs and snapshots."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ..._distribution.arns import account_of
from ..._distribution.arns import region_of
from ..._distribution.forms import ApiDistribution
from ..._distribution.ownership import WAVES_TAG
from ..._distribution.rollout import retention
from ..._distribution.rollout.image_status import status_of
from ..._distribution.rollout.rollouts import age_key
from ..._distribution.rollout.rollouts import CONFIGURATION_TAG
from ..._distribution.rollout.rollouts import SOURCE_TAG
from ..._distribution.rollout.waves import is_whole_or_wave
from ..._distribution.targets import targets
from .. import api
from ..accounts import Accounts
from ..accounts import RoleNotAssumed
from ..configuration.configurations import selected
from ..errors import ImageBuilderError
from ..interruption import Interruption
from ..module import Connection
from ..reading import understood
from ..reading import Unreadable
from ..responses import MalformedAnswer
from ..responses import reading
from ..workers import in_parallel
from .lifecycle import InUse
from .lifecycle import Lifecycle
from .references import References
from .references import references

# [(image, why it is kept)]
Kept = list[tuple[dict[str, Any], str]]

# Seconds after which somebody else may have begun to use what is to be retired, so it is searched again.
_SEARCH_LASTS = 300


class Retention:
    """One run of the module, from its options to its result.

    :param params: the options, without retention.retention_option_errors().
    :param check_mode: starts nothing.
    :param interruption: a signal ends the waiting, and nothing more is started.
    """

    def __init__(
        self,
        connection: Connection,
        accounts: Accounts,
        params: dict[str, Any],
        check_mode: bool,
        interruption: Interruption,
    ) -> None:
        self._connection = connection
        self._accounts = accounts
        self._params = params
        self._check_mode = check_mode
        self._interruption = interruption
        self._lifecycle = Lifecycle(connection, accounts, params, interruption)
        # When the references were searched last, by one worker for all, and what was found.
        self._lock = threading.Lock()
        self._searched = 0.0
        self._search: Callable[[], References]
        self._used: References
        self._going: set[str] = set()
        self._listed: list[dict[str, Any]] = []
        self.warnings: list[str] = []

    def run(self) -> dict[str, Any]:
        """Retires the rollouts that need not be kept.

        :returns: the module's result; items of C(retired) with an C(error) failed.
        :raises: ImageBuilderError, before anything was written.
        """
        arn, distributions = self._configuration()
        kept, leaving = self._sort_out(arn, distributions)
        limit = self._params["retire_limit"]
        if len(leaving) > limit:
            arns = ", ".join(image["arn"] for image in leaving)
            raise ImageBuilderError(
                message=f"retire_limit: {limit}: {len(leaving)} rollouts would be retired, so none was: {arns}."
                " Raise retire_limit to retire them, or keep more"
            )
        done = in_parallel(self._retire, leaving, self._params["workers"])
        retired = [one for one in done if not isinstance(one, str)]
        kept = _newest_first(kept + [(image, one) for image, one in zip(leaving, done) if isinstance(one, str)])
        return {
            "changed": any(one["changed"] for one in retired),
            "distribution_configuration_arn": arn,
            "retired": retired,
            "kept": [{**_shown(image), "reason": reason} for image, reason in kept],
            "diff": {
                "before": {one["image"]: one["state"] for one in retired if one["changed"]},
                "after": {one["image"]: one["state_after"] for one in retired if one["changed"]},
            },
        }

    # -- reading -------------------------------------------------------------------------------------------------

    def _configuration(self) -> tuple[str, list[ApiDistribution] | None]:
        """(ARN, distributions); None if the configuration no longer exists."""
        arn, configuration = selected(self._connection, self._params)
        if not configuration:
            self.warnings.append(f"{arn} does not exist; its settings are taken from the copies in its rollouts")
            return arn, None
        return arn, configuration.get("distributions", [])

    def _sort_out(self, arn: str, distributions: list[ApiDistribution] | None) -> tuple[Kept, list[dict[str, Any]]]:
        """(kept images with reasons, images to retire), both with the newest first."""
        listed = api.list_image_builds(self._connection)
        of_others = self._waves_of_others(listed, arn)
        mine = [summary for summary in listed if self._counts(summary, arn, of_others)]
        mine.sort(key=age_key, reverse=True)
        workers = self._params["workers"]
        read = in_parallel(lambda summary: api.get_image(self._connection, summary["arn"]), mine, workers)
        images = [image for image in read if image]
        try:
            with reading("GetImage"):
                return self._judge(images, listed, arn, distributions)
        except MalformedAnswer as error:
            raise ImageBuilderError(message="Failed to find out what may be retired", exception=error) from error

    def _judge(
        self,
        images: list[dict[str, Any]],
        listed: list[dict[str, Any]],
        arn: str,
        distributions: list[ApiDistribution] | None,
    ) -> tuple[Kept, list[dict[str, Any]]]:
        """As _sort_out(), for images that were read."""
        workers = self._params["workers"]
        own, home = account_of(arn), region_of(arn)
        wanted = targets(distributions or [], own)
        kept: Kept = [(image, reason) for image in images for reason in [retention.not_a_rollout(image)] if reason]
        images = [image for image in images if not retention.not_a_rollout(image)]
        sorted_out = retention.reasons_to_keep(images, wanted, self._params["keep"], self._params["action"])
        leaving = [image for image, reason in sorted_out if reason is None]
        copies = [image.get("distributionConfiguration", {}).get("distributions", []) for image in images]
        more = sorted(self._params["target_account_roles"] or {})
        search_targets = retention.search_targets(leaving, [distributions or [], *copies], own, home, more)
        ids = retention.ami_ids(leaving)
        self._going = {image["arn"] for image in leaving}
        self._search = lambda: references(self._accounts, search_targets, ids, self._connection, workers)
        self._note(listed)
        self.warnings += self._used.notes
        retiring: list[dict[str, Any]] = []
        for image, reason in sorted_out:
            if reason is None:
                reason = self._reason_to_keep(image)
            if reason is None:
                retiring.append(image)
            else:
                kept.append((image, reason))
        return self._without_unretirable(kept, retiring)

    def _note(self, listed: list[dict[str, Any]]) -> None:
        """Searches what refers to the AMIs of the images that may be retired.

        :param listed: summaries of all images of the account in the Region.
        """
        self._used, self._listed, self._searched = self._search(), listed, time.monotonic()

    def _reason_to_keep(self, image: dict[str, Any]) -> str | None:
        """Why an image must be kept because somebody uses it, by the last search."""
        used = self._used
        others = [summary for summary in (*self._listed, *used.builds) if summary["arn"] not in self._going]
        reason = retention.used_elsewhere(image, others)
        return reason or retention.referenced(image, used.by_image, used.unreadable, self._listed)

    def _used_meanwhile(self, image: dict[str, Any]) -> str | None:
        """Why an image must be kept now. AWS deletes an AMI without asking who uses it.

        Retiring the images before it may have taken hours, so this task searches again unless it has just done so.
        """
        with self._lock:
            if time.monotonic() - self._searched > _SEARCH_LASTS:
                self._note(api.list_image_builds(self._connection))
        return self._reason_to_keep(image)

    def _without_unretirable(self, kept: Kept, leaving: list[dict[str, Any]]) -> tuple[Kept, list[dict[str, Any]]]:
        """As _judge(), but also keeps what the lifecycle cannot retire, or only together with the source image."""
        reasons = in_parallel(self._lifecycle.reason_to_keep, leaving, self._params["workers"])
        kept = kept + [(image, reason) for image, reason in zip(leaving, reasons) if reason]
        return _newest_first(kept), [image for image, reason in zip(leaving, reasons) if not reason]

    def _counts(self, summary: dict[str, Any], arn: str, of_others: set[str]) -> bool:
        used = summary.get("tags", {}).get(CONFIGURATION_TAG)
        return used == arn or (self._params["waves"] and is_whole_or_wave(used, arn) and used not in of_others)

    def _waves_of_others(self, listed: list[dict[str, Any]], arn: str) -> set[str]:
        """The ARNs of configurations with the name of a wave that are none. Deleted ones count as waves."""
        named = {summary.get("tags", {}).get(CONFIGURATION_TAG) for summary in listed} - {arn}
        waves = sorted(one for one in named if self._params["waves"] and is_whole_or_wave(one, arn))
        answers = in_parallel(lambda one: api.get_configuration(self._connection, one), waves, self._params["workers"])
        return {one for one, answer in zip(waves, answers) if answer and WAVES_TAG not in (answer[0].get("tags") or {})}

    # -- retiring ------------------------------------------------------------------------------------------------

    def _retire(self, image: dict[str, Any]) -> dict[str, Any] | str:
        """Retires one rollout. Returns its entry of the result, with errors, or why it is kept after all."""
        entry: dict[str, Any] = {
            **_shown(image),
            "action": self._params["action"],
            "changed": self._check_mode,
            "state_after": status_of(image),
            "lifecycle_execution_id": None,
            "amis": [_ami(ami) for ami in retention.own_amis(image)],
            "error": None,
        }
        if self._check_mode:
            return {**entry, "state_after": retention.STATES[self._params["action"]]}
        if self._interruption.name:
            return {**entry, "error": f"not started: the task was interrupted by {self._interruption.name}"}
        try:
            understood(lambda: self._lifecycle.retire(image, entry, self._used_meanwhile))
        except InUse as error:
            return str(error)
        except (RoleNotAssumed, ImageBuilderError, Unreadable) as error:
            entry["changed"] = entry["changed"] or getattr(error, "changed", False)
            entry["error"] = str(error)
        return entry


def _newest_first(kept: Kept) -> Kept:
    return sorted(kept, key=lambda one: age_key(one[0]), reverse=True)


def _ami(ami: dict[str, Any]) -> dict[str, Any]:
    """An AMI of the result that has not been retired yet."""
    address = {key: ami[key] for key in ("region", "account_id", "ami_id")}
    return {**address, "status": None, "reason": None, "snapshots": []}


def _shown(image: dict[str, Any]) -> dict[str, Any]:
    return {
        "image": image["arn"],
        "state": status_of(image),
        "source_image": image.get("tags", {}).get(SOURCE_TAG),
        "date_created": image.get("dateCreated"),
    }


def failure_text(retired: list[dict[str, Any]]) -> str | None:
    """What failed, one per line; None if nothing failed."""
    failed = [one for one in retired if one["error"]]
    if not failed:
        return None
    lines = [f"- {one['image']}: {one['error']}" for one in failed]
    return "\n".join([f"{len(failed)} of {len(retired)} rollouts could not be retired:", *lines])
