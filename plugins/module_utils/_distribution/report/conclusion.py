# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The beginning and the end of a report: the conclusion, and what to run next."""

from __future__ import annotations

from ..plain_text import counted
from ..plain_text import plain
from . import plan
from . import targets
from .model import Conclusion
from .model import Failure
from .model import Result
from .steps import in_words
from .targets import ReportTarget

DISTRIBUTED = "distributed"
PARTLY = "partly"
UNCHANGED = "unchanged"
CHANGED = "changed"
WOULD_CHANGE = "would_change"
FAILED = "failed"
DRIFTED = "drifted"
RUNNING = "running"
CHECKED = "checked"
REMOVED = "removed"

# Kind of conclusion -> kind of colour, as in targets.Status.
COLOURS = {
    DISTRIBUTED: "good",
    PARTLY: "busy",
    UNCHANGED: "good",
    CHANGED: "good",
    WOULD_CHANGE: "busy",
    FAILED: "bad",
    DRIFTED: "warn",
    RUNNING: "busy",
    CHECKED: "good",
    REMOVED: "good",
}


def conclusion(result: Result) -> Conclusion:
    """Returns the conclusion on a run, in one short text."""
    seen = targets.seen(targets.targets_of(result))
    if result["failures"]:
        if _only_running(result):
            return {"kind": RUNNING, "text": _with_targets("Still running", seen)}
        return {"kind": FAILED, "text": _failed(result, seen)}
    if any(rollout["running"] for rollout in result["rollouts"]):
        return {"kind": RUNNING, "text": _with_targets("Still running", seen)}
    differing = [target for target in seen if target.status not in (targets.IN_SYNC, targets.NOT_BEGUN)]
    waiting = [target for target in seen if target.status == targets.NOT_BEGUN]
    if result["check_mode"] and _changes(result):
        return {"kind": WOULD_CHANGE, "text": f"Would change: {counts(result)}"}
    if differing:
        return {"kind": _kind_of(differing), "text": _differing_text(seen)}
    if result["state"] == "absent":
        return {"kind": REMOVED, "text": _removed(result)}
    if waiting:
        done = len(seen) - len(waiting)
        return {
            "kind": PARTLY,
            "text": f"Distributed to {done} of {counted(len(seen), 'target')}, the others not started",
        }
    if seen:
        return {"kind": DISTRIBUTED, "text": f"Distributed: {_all(len(seen))} in sync"}
    if _changes(result):
        return {"kind": CHANGED, "text": f"Done: {counts(result)}"}
    if result["items"]:
        return {"kind": UNCHANGED, "text": f"Nothing {'would change' if result['check_mode'] else 'changed'}"}
    if result["findings"]:
        return {"kind": CHECKED, "text": "Checked, no errors"}
    return {"kind": CHECKED, "text": "Only listed, nothing was checked"}


def counts(result: Result) -> str:
    """Says how many items were or would be created, changed, removed and so on."""
    words = _WOULD if result["check_mode"] else _DONE
    parts = [f"{result['counts'][action]} {word}" for action, word in words if result["counts"][action]]
    return ", ".join(parts) or "nothing to do"


def next_steps(result: Result) -> list[str]:
    """Returns what to run next, in order; empty if nothing is left to do."""
    all_targets = targets.targets_of(result)
    statuses = {target.status for target in all_targets}
    advice = []
    failed = {failure["step"] for failure in result["failures"]}
    if _only_running(result) or any(rollout["running"] for rollout in result["rollouts"]):
        advice.append("Run the same again to continue waiting. Nothing is started twice.")
    elif "preflight" in failed:
        advice.append("Nothing was written. Correct what the errors name, then run the same again.")
    elif failed:
        advice.append("Fix the cause, then run the same again; it continues from here.")
        if any(rollout["state"] in ("FAILED", "CANCELLED") for rollout in result["rollouts"]):
            advice.append(
                "If a retry does not help, distribution_rollout_on_failed: restart starts a new rollout, which "
                "copies again what is incomplete."
            )
    elif result["check_mode"] and _changes(result):
        advice.append("Run the same without --check to make these changes.")
    if not failed or failed <= {"drift"}:
        advice += _after_drift(result, statuses)
    return advice


def _after_drift(result: Result, statuses: set[targets.Status]) -> list[str]:
    advice = []
    if targets.DRIFTED in statuses:
        if "repair" not in result["steps"]:
            advice.append(
                "ansible-playbook goldimage.aws.repair with the same spec, first with --check, repairs launch"
                " permissions, tags, parameters and default versions without new copies."
            )
        elif any(repair["action"] == "not_possible" for repair in result["repairs"]):
            advice.append("What cannot be repaired in place needs another rollout: run the step rollout with an image.")
    if {targets.MISSING, targets.FAILED} & statuses:
        advice.append("What is missing needs a rollout: run the step rollout with distribution_rollout_image.")
    if targets.UNFINISHED in statuses and not any(rollout["running"] for rollout in result["rollouts"]):
        advice.append("What is unfinished is still running: check later, or run the step rollout to wait for it.")
    if targets.NOT_BEGUN in statuses and not result["check_mode"]:
        begun = {rollout["wave"] for rollout in result["rollouts"]}
        waves = sorted({int(wave["wave"]) for wave in result["waves"]} - begun)
        if waves and begun:
            advice.append(
                f"For the next wave: distribution_rollout_wave: {waves[0]}; for all remaining waves: leave it out."
            )
        else:
            advice.append("What has not started needs a rollout: run the step rollout with distribution_rollout_image.")
    return advice


def first_cause(result: Result) -> Failure:
    """Returns the failure with which a report begins."""
    return result["failures"][0]


def where(failure: Failure) -> str:
    """Says where something failed, in words; empty if that is unknown."""
    wave = f", wave {failure['wave']}" if failure["wave"] else ""
    name = f"{failure['configuration']}{wave}" if failure["configuration"] else ""
    account = f"account {failure['account_id']}" if failure["account_id"] else ""
    return plain(", ".join(part for part in (name, failure["region"] or "", account) if part))


_WOULD = (
    ("failed", "failed"),
    ("create", "to create"),
    ("change", "to change"),
    ("remove", "to remove"),
    ("kept", "not to remove"),
    ("unchanged", "unchanged"),
)
_DONE = (
    ("failed", "failed"),
    ("create", "created"),
    ("change", "changed"),
    ("remove", "removed"),
    ("kept", "kept"),
    ("unchanged", "unchanged"),
)


def _changes(result: Result) -> bool:
    return plan.changes(result["items"])


def _only_running(result: Result) -> bool:
    """Whether the only failures are rollouts that are still running after wait_timeout."""
    running = {(one["configuration"], one["wave"]) for one in result["rollouts"] if one["running"]}
    return bool(running) and all(
        failure["step"] == "rollout" and (failure["configuration"], failure["wave"]) in running
        for failure in result["failures"]
    )


def _failed(result: Result, seen: list[ReportTarget]) -> str:
    failure = first_cause(result)
    what = in_words(failure["step"])
    if failure["step"] == "rollout" and seen:
        return _with_targets("Failed", seen)
    number = len(result["failures"])
    return f"Failed: {what}" + (f", {number} errors" if number > 1 else "")


def _with_targets(word: str, seen: list[ReportTarget]) -> str:
    if not seen:
        return word
    done = sum(target.status == targets.IN_SYNC for target in seen)
    rest = ", ".join(f"{number} {status.word}" for status, number in targets.tally(seen) if status != targets.IN_SYNC)
    return f"{word}: {done} of {counted(len(seen), 'target')} in sync" + (f", {rest}" if rest else "")


def _differing_text(seen: list[ReportTarget]) -> str:
    parts = [(status, number) for status, number in targets.tally(seen) if status != targets.IN_SYNC]
    (status, number), rest = parts[0], parts[1:]
    first = f"{number} of {counted(len(seen), 'target')} {status.word}"
    return ", ".join([first, *(f"{number} {status.word}" for status, number in rest)])


def _kind_of(differing: list[ReportTarget]) -> str:
    statuses = {target.status for target in differing}
    if statuses & {targets.FAILED}:
        return FAILED
    return RUNNING if statuses == {targets.UNFINISHED} else DRIFTED


def _all(number: int) -> str:
    return "the only target is" if number == 1 else f"all {number} targets are"


def _removed(result: Result) -> str:
    if not _changes(result):
        return "Nothing to remove" + (", but not everything was removed" if result["leftovers"] else "")
    number = len(result["leftovers"])
    return "Removed" + (f", {counted(number, 'thing')} not removed" if number else "")
