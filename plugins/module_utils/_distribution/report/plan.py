# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the steps did or would do, item by item: the lines of the plan as data."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from ..arns import account_of
from ..arns import name_of
from ..differences import Change
from ..differences import fields
from ..differences import value
from .model import Item
from .steps import StepEntry

CREATE, CHANGE, REMOVE, UNCHANGED, KEPT, FAILED = "create", "change", "remove", "unchanged", "kept", "failed"
ACTIONS = (CREATE, CHANGE, REMOVE, UNCHANGED, KEPT, FAILED)

# Action in the results of modules -> action of the item.
_MEANING = {
    "created": CREATE,
    "adopted": CHANGE,
    "updated": CHANGE,
    "changed": CHANGE,
    "deleted": REMOVE,
    "removed": REMOVE,
    "released": CHANGE,
    "kept": KEPT,
    "failed": FAILED,
    "repaired": CHANGE,
    "not_possible": KEPT,
    "started": CREATE,
    "restarted": CREATE,
    "retried": CHANGE,
    "cancelled": CHANGE,
    "refused": FAILED,
}


def items(entries: Mapping[str, list[StepEntry]], regions: Mapping[str, list[str]]) -> list[Item]:
    """Returns everything that the steps managed, in the order of the steps.

    :param entries: what steps.read() returned.
    :param regions: configuration -> its Regions, which are shown for new configurations.
    """
    all_items: list[Item] = []
    for step, read in _READERS.items():
        for entry in entries.get(step, ()):
            own = list(read(entry))
            # A rollout that is still running after wait_timeout has not failed.
            went_wrong = entry.result.get("failed") and not entry.result.get("under_way")
            if went_wrong and not any(item["action"] == FAILED for item in own):
                own.append(_item(FAILED, step, _KINDS[step], _name(entry), reason=_text(entry.result)))
            all_items += own
    for item in all_items:
        if item["kind"] == _KINDS["distribution"] and item["action"] == CREATE:
            item["reason"] = ", ".join(regions.get(item["name"], ())) or None
    return all_items


def changes(all_items: list[Item]) -> bool:
    """Whether any item changes."""
    return any(item["action"] in (CREATE, CHANGE, REMOVE) for item in all_items)


def counts(all_items: list[Item]) -> dict[str, int]:
    """Returns the number of items with each action."""
    return {action: sum(item["action"] == action for item in all_items) for action in ACTIONS}


def _execution_role(entry: StepEntry) -> Iterator[Item]:
    result = entry.result
    role = result.get("execution_role") or {}
    diff = _diff(result)
    before, after = diff.get("before") or {}, diff.get("after") or {}
    arn = role.get("arn") or result.get("removed_role_arn") or after.get("arn") or before.get("arn") or ""
    if not arn:
        return
    if not result.get("changed"):
        action = UNCHANGED
    elif role.get("created"):
        action = CREATE
    elif not role or (before and not after):
        action = REMOVE
    else:
        action = CHANGE
    reason = None
    if action in (CREATE, CHANGE) and role.get("policy_name"):
        reason = f"policy {role['policy_name']}"
    changes = fields(before, after) if action == CHANGE and before else []
    item = _item(action, entry.step, _KINDS[entry.step], name_of(arn), account_of(arn), changes, reason)
    yield {**item, "rights": _rights(role)}


def _accounts(entry: StepEntry) -> Iterator[Item]:
    diffs = _diffs(entry.result)
    for account in entry.result.get("accounts") or ():
        account_id = str(account.get("account_id"))
        diff = next((one for header, one in diffs if account_id in header), {})
        action = _MEANING.get(account.get("action") or "", UNCHANGED)
        before, after = diff.get("before") or {}, diff.get("after") or {}
        changes = fields(before, after) if action == CHANGE and before and after else []
        name = str(account.get("role_arn") or "").rsplit("/", 1)[-1] or "EC2ImageBuilderDistributionCrossAccountRole"
        item = _item(action, entry.step, _KINDS[entry.step], name, account_id, changes, account.get("error"))
        yield {**item, "rights": _rights(account)}


def _configurations(entry: StepEntry) -> Iterator[Item]:
    for outcome in entry.result.get("outcomes") or ():
        action = _MEANING.get(outcome["action"], UNCHANGED)
        name = outcome.get("name") or outcome.get("arn") or ""
        yield _item(action, entry.step, _KINDS[entry.step], name, None, outcome.get("changes"), outcome.get("error"))


def _pipelines(entry: StepEntry) -> Iterator[Item]:
    pipeline = entry.result.get("image_pipeline")
    if pipeline and not entry.result.get("failed"):
        diff = _diff(entry.result)
        changes = fields(diff.get("before") or {}, diff.get("after") or {})
        action = CHANGE if entry.result.get("changed") else UNCHANGED
        yield _item(action, entry.step, _KINDS[entry.step], pipeline.get("name") or pipeline["arn"], None, changes)


def _rollouts(entry: StepEntry) -> Iterator[Item]:
    result = entry.result
    if "outcome" not in result:
        return
    action = _MEANING.get(result["outcome"], UNCHANGED)
    running = result.get("under_way")
    reason = None
    if result.get("failed") and not running:
        action, reason = FAILED, _text(result)
    elif action == UNCHANGED and result["outcome"] == "resumed":
        reason = "was already running"
    elif action in (CREATE, CHANGE):
        reason = result["outcome"]
    if running:
        reason = f"{result['outcome']}, still running"
    yield _item(action, entry.step, _KINDS[entry.step], _name(entry), None, [], reason)


def _repairs(entry: StepEntry) -> Iterator[Item]:
    for repair in entry.result.get("repairs") or ():
        action = _MEANING.get(repair["action"], UNCHANGED)
        if repair["action"] == "repaired" and not repair.get("changed", True):
            action = UNCHANGED
        changes: list[Change] = []
        if action == CHANGE and ("before" in repair or "after" in repair):
            changes = fields(repair.get("before"), repair.get("after"), repair.get("field") or "")
        where = f"{repair.get('region')}" + (f" {repair['field']}" if repair.get("field") and not changes else "")
        yield _item(action, entry.step, _KINDS[entry.step], where, repair["account_id"], changes, repair.get("reason"))


def _retired(entry: StepEntry) -> Iterator[Item]:
    for image in entry.result.get("retired") or ():
        action = FAILED if image.get("error") else REMOVE if image.get("changed", True) else UNCHANGED
        reason = image.get("error") or _RETIRED.get(image.get("action"))
        yield _item(action, entry.step, _KINDS[entry.step], image["image"].split("/", 1)[-1], None, [], reason)
    for image in entry.result.get("kept") or ():
        yield _item(UNCHANGED, entry.step, _KINDS[entry.step], image["image"].split("/", 1)[-1], None, [], None)


def _checks(_entry: StepEntry) -> Iterator[Item]:
    """Yields nothing: a step that only reads has findings but no items."""
    return iter(())


_RETIRED = {"deprecate": "deprecated", "disable": "disabled"}
_KINDS = {
    "preflight": "check",
    "execution_role": "execution role",
    "destination_accounts": "IAM role",
    "preflight_roles": "check",
    "distribution": "configuration",
    "pipelines": "pipeline",
    "rollout": "rollout",
    "drift": "comparison",
    "repair": "target",
    "retention": "image",
}
_READERS = {
    "preflight": _checks,
    "execution_role": _execution_role,
    "destination_accounts": _accounts,
    "preflight_roles": _checks,
    "distribution": _configurations,
    "pipelines": _pipelines,
    "rollout": _rollouts,
    "drift": _checks,
    "repair": _repairs,
    "retention": _retired,
}


def _item(
    action: str,
    step: str,
    kind: str,
    name: str,
    account_id: str | None = None,
    changes: list[Change] | None = None,
    reason: str | None = None,
) -> Item:
    return {
        "action": action,
        "step": step,
        "kind": kind,
        "name": name,
        "account_id": account_id,
        "changes": list(changes or []) if action == CHANGE else [],
        "reason": reason,
        "rights": [],
    }


def _rights(role: Mapping[str, Any]) -> list[str]:
    """Returns one line for each statement in the policies of a role."""
    lines = []
    for word, name in (("trusts", "trust_policy"), ("may", "policy")):
        document = role.get(name)
        for statement in document.get("Statement") or () if isinstance(document, Mapping) else ():
            whom = statement.get("Principal") or statement.get("Resource")
            if isinstance(whom, Mapping) and len(whom) == 1:
                whom = next(iter(whom.values()))
            what = "" if word == "trusts" else f" {value(statement.get('Action'))} on"
            condition = statement.get("Condition")
            lines.append(f"{word}{what} {value(whom)}" + (f" if {value(condition)}" if condition else ""))
    return lines


def _name(entry: StepEntry) -> str:
    """Returns the name of what a result is about: the image and configuration, or the pipeline of a loop's item."""
    source = entry.result.get("source_image")
    wave = f", wave {entry.wave}" if entry.wave else ""
    if entry.configuration:
        return (f"of {source} with " if source else "with " if entry.step == "rollout" else "") + (
            f"{entry.configuration}{wave}"
        )
    item = entry.result.get("item")
    return str(item.get("image_pipeline_arn", "")) if isinstance(item, Mapping) else ""


def _text(result: Mapping[str, Any]) -> str | None:
    return str(result["msg"]) if result.get("msg") else None


def _diff(result: Mapping[str, Any]) -> Mapping[str, Any]:
    diff = result.get("diff")
    if isinstance(diff, (list, tuple)):
        diff = diff[0] if diff else None
    return diff if isinstance(diff, Mapping) else {}


def _diffs(result: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    diff = result.get("diff")
    listed = diff if isinstance(diff, (list, tuple)) else [diff]
    return [
        (f"{one.get('before_header')} {one.get('after_header')}", one) for one in listed if isinstance(one, Mapping)
    ]
