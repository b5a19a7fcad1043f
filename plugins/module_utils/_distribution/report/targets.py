# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every Region and account that receives something, with its status: the targets of a report."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from ..differences import value
from ..plain_text import plain
from ..plain_text import without_request_id
from ..rollout.image_status import CANCELLED
from ..rollout.image_status import FAILED as IMAGE_FAILED
from ..rollout.image_status import is_final
from ..targets import target_of
from .model import Look
from .model import Result


class Status(NamedTuple):
    """The status of a target: its letter in a cell, its word, and its kind of colour."""

    letter: str
    word: str
    colour: str


IN_SYNC = Status("S", "in sync", "good")
FAILED = Status("F", "failed", "bad")
MISSING = Status("M", "missing", "bad")
DRIFTED = Status("D", "drifted", "warn")
UNFINISHED = Status("U", "unfinished", "busy")
NOT_BEGUN = Status("N", "not started", "none")
UNKNOWN = Status("?", "unknown", "dim")
PLANNED = Status("P", "would receive it", "none")
CONFIGURED = Status("C", "configured", "none")
LAUNCH = Status("L", "may launch", "dim")

# The worst first. If several configurations have a target, its cell shows the worst status.
ORDER = (FAILED, MISSING, DRIFTED, UNKNOWN, UNFINISHED, NOT_BEGUN, IN_SYNC, PLANNED, CONFIGURED, LAUNCH)
# The statuses that mean that AWS was asked.
_SEEN = (IN_SYNC, DRIFTED, MISSING, FAILED, UNFINISHED, NOT_BEGUN, UNKNOWN)


class ReportTarget(NamedTuple):
    """One Region and account of one configuration. C(anchor): the id of its row in the HTML page."""

    configuration: str | None
    wave: int | None
    region: str
    account_id: str | None
    who: str
    status: Status
    ami_id: str | None
    differences: list[str]
    seconds: int | None
    anchor: str = ""


def targets_of(result: Result) -> list[ReportTarget]:
    """Returns all targets, in the order of the spec's recipients."""
    looks = _looks(result)
    seconds = _seconds(result)
    all_targets = []
    for recipient in result["recipients"]:
        key = (recipient.get("configuration"), recipient["region"], recipient.get("account_id"))
        look, live = looks.pop(key, (None, None))
        wave = _wave_of(result, recipient["configuration"], recipient["region"])
        if live is not None and look is not None:
            all_targets.append(_seen(result, look, live, wave, seconds, recipient))
        else:
            status = _unseen(result, recipient, wave)
            all_targets.append(
                ReportTarget(key[0], wave, key[1], key[2], who(recipient, result), status, None, [], None)
            )
    # Targets that are live but not in this spec, for example if a drift run got another spec.
    for look, live in looks.values():
        all_targets.append(_seen(result, look, live, look["wave"], seconds, None))
    return [target._replace(anchor=f"t{index}") for index, target in enumerate(all_targets)]


def tally(all_targets: list[ReportTarget]) -> list[tuple[Status, int]]:
    """Returns (status, number of targets) of each status that was seen in AWS."""
    pairs = ((status, sum(target.status == status for target in all_targets)) for status in _SEEN)
    return [(status, number) for status, number in pairs if number]


def seen(all_targets: list[ReportTarget]) -> list[ReportTarget]:
    """Returns the targets whose status was seen in AWS."""
    return [target for target in all_targets if target.status in _SEEN]


def worst(all_targets: list[ReportTarget]) -> Status:
    """Returns the worst status of several targets."""
    return min((target.status for target in all_targets), key=ORDER.index)


def who(recipient: Mapping[str, Any], result: Result) -> str:
    """Names a recipient, in words."""
    account, principal = recipient.get("account_id"), str(recipient.get("principal") or "")
    if account:
        return f"{account} (own)" if account == result["account_id"] else str(account)
    if principal == "all":
        return "everybody (public)"
    kinds = (("organization", ":organization/"), ("OU", ":ou/"))
    return next((f"{kind} {principal.rsplit('/', 1)[-1]}" for kind, part in kinds if part in principal), principal)


def receives(recipient: Mapping[str, Any]) -> str:
    """Says what a recipient receives, in words."""
    words = {"ami": "AMI of its own", "launch_permission": "may launch", "container_image": "container image"}
    return ", ".join(words.get(one, str(one)) for one in recipient.get("receives") or ())


def also_updated(recipient: Mapping[str, Any]) -> str:
    """Says what a rollout updates in addition to the AMI, in words."""
    number = recipient.get("license_configurations") or 0
    parts = [f"launch template {one}" for one in recipient.get("launch_template_ids") or ()]
    parts += [f"SSM parameter {one}" for one in recipient.get("ssm_parameters") or ()]
    parts += [f"{number} licence configuration{'s' if number > 1 else ''}"] if number else []
    parts += ["Fast Launch"] if recipient.get("fast_launch") else []
    return ", ".join(parts + ([f"export to {recipient['s3_export']}"] if recipient.get("s3_export") else []))


def duration(seconds: int | None) -> str:
    """Returns a duration, in words."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def difference(one: Mapping[str, Any]) -> str:
    """Says how a field differs, in words."""
    field = str(one["field"]).replace("ami_distribution_configuration.", "", 1)
    wanted, found = one.get("wanted"), one.get("found")
    if isinstance(wanted, Mapping):
        tags = found if isinstance(found, Mapping) else {}
        parts = [f"{key} wanted {value(wanted[key])}, found {value(tags.get(key))}" for key in wanted]
        return plain(f"{field}: {'; '.join(parts)}")
    if isinstance(wanted, (list, tuple)):
        found_items = found if isinstance(found, (list, tuple)) else []
        missing = [item for item in wanted if item not in found_items]
        additional = [item for item in found_items if item not in wanted]
        parts = ([f"lacks {value(missing)}"] if missing else []) + (
            [f"also has {value(additional)}"] if additional else []
        )
        return plain(f"{field}: {' and '.join(parts)}")
    return plain(f"{field}: wanted {value(wanted)}, found {value(found)}")


def _looks(result: Result) -> dict[tuple[Any, Any, Any], tuple[Look, Mapping[str, Any]]]:
    looks: dict[tuple[Any, Any, Any], tuple[Look, Mapping[str, Any]]] = {}
    for look in result["drift"]:
        for target in look["targets"]:
            looks[(look["configuration"], target["region"], target["account_id"])] = (look, target)
    return looks


def _seen(
    result: Result,
    look: Look,
    live: Mapping[str, Any],
    wave: int | None,
    seconds: Mapping[tuple[Any, Any, Any], int],
    recipient: Mapping[str, Any] | None,
) -> ReportTarget:
    region, account = live["region"], live["account_id"]
    status = _status(result, look, live)
    texts = [difference(one) for one in live.get("drift") or ()]
    if live.get("reason"):
        texts.append(plain(without_request_id(live["reason"])))
    texts += [f"not checked: {plain(text)}" for text in live.get("not_checked") or ()]
    if status == FAILED:
        texts = list(_causes(result, look["configuration"], region, account)) or texts
    took = seconds.get((look["configuration"], region, account))
    name = who(recipient or live, result)
    return ReportTarget(look["configuration"], wave, region, account, name, status, live.get("ami_id"), texts, took)


def _status(result: Result, look: Look, live: Mapping[str, Any]) -> Status:
    status = live["status"]
    if status == "in_sync":
        return IN_SYNC
    if status == "drifted":
        return DRIFTED
    if status != "missing":
        return UNKNOWN
    arn = live.get("image_build_version_arn") or look["image_build_version_arn"]
    state = live.get("image_state") or look["image_state"]
    region, account = live["region"], live["account_id"]
    if any(True for _cause in _causes(result, look["configuration"], region, account)):
        return FAILED
    if not arn:
        return NOT_BEGUN
    if state in (IMAGE_FAILED, CANCELLED):
        return FAILED
    return UNFINISHED if state and not is_final(state) else MISSING


def _unseen(result: Result, recipient: Mapping[str, Any], wave: int | None) -> Status:
    if "ami" not in (recipient.get("receives") or ()):
        # An account that may only launch the AMI has nothing to compare.
        return LAUNCH
    own = [
        one for one in result["rollouts"] if one["configuration"] == recipient["configuration"] and one["wave"] == wave
    ]
    if own and result["check_mode"]:
        return PLANNED
    if any(
        True for _cause in _causes(result, recipient["configuration"], recipient["region"], recipient["account_id"])
    ):
        return FAILED
    if any(target_of(recipient) in _available(one) for one in own):
        return UNKNOWN
    if any(one["running"] for one in own):
        return UNFINISHED
    if any(one["failed"] and not one["failures"] for one in own):
        return FAILED if any(one["image_build_version_arn"] for one in own) else NOT_BEGUN
    if result["rollouts"] and not own and wave:
        return NOT_BEGUN
    return UNKNOWN if own else CONFIGURED


def _available(rollout: Mapping[str, Any]) -> set[tuple[Any, Any]]:
    return {(ami.get("region"), ami.get("account_id")) for ami in rollout["amis"] if ami.get("state") == "AVAILABLE"}


def _causes(result: Result, configuration: Any, region: Any, account: Any) -> Iterator[str]:
    for failure in result["failures"]:
        target = (failure["configuration"], failure["region"], failure["account_id"])
        if failure["step"] == "rollout" and target == (configuration, region, account):
            at = f"{failure['at']}: " if failure["at"] else ""
            yield plain(f"{at}{without_request_id(failure['message'])}")


def _wave_of(result: Result, configuration: Any, region: str) -> int | None:
    for wave in result["waves"]:
        if wave.get("configuration") == configuration and region in (wave.get("regions") or ()):
            return int(wave["wave"])
    return None


def _seconds(result: Result) -> dict[tuple[Any, Any, Any], int]:
    seconds = {}
    for rollout in result["rollouts"]:
        for one in [*rollout["targets"], *rollout["amis"]]:
            if one.get("seconds") is not None:
                seconds[(rollout["configuration"], one.get("region"), one.get("account_id"))] = int(one["seconds"])
    return seconds
