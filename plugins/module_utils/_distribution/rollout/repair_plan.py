# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift -> the repairs that need no new copies, and why the rest cannot be repaired."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from ..configuration.comparison import DEFAULT_DATA_TYPE
from ..configuration.conversion import placeholders_to_api
from ..forms import ApiDistribution
from ..targets import Target
from ..targets import target_of
from .image_status import COMPLETE

# The results of a repair.
REPAIRED = "repaired"
FAILED = "failed"
NOT_POSSIBLE = "not_possible"

# What a repair writes.
PERMISSION = "launch_permission"
TAGS = "ami_tags"
PARAMETER = "ssm_parameter"
TEMPLATE = "launch_template"

_AMI = "ami_distribution_configuration."
_PERMISSION = f"{_AMI}launch_permission."
_TAGS = f"{_AMI}ami_tags"
_ITEM = re.compile(r"(ssm_parameter_configurations|launch_template_configurations)\[(.+)\]\.(\w+)")

# Option -> key in EC2's launch permissions.
_PRINCIPALS = {
    "user_ids": "UserId",
    "user_groups": "Group",
    "organization_arns": "OrganizationArn",
    "organizational_unit_arns": "OrganizationalUnitArn",
}

_NEEDS_A_COPY = "only a new copy has it; distribute the image again"
_BY_HAND = "cannot be repaired in place; distribute the image again, or repair it by hand"
_PLACEHOLDER = "only AWS knows what a placeholder stands for; distribute the image again"
_REASONS = {
    "state": "what EC2 does with the AMI cannot be undone here; enable it again, or distribute the image again",
    f"{_AMI}name": "the name of an AMI cannot be changed; distribute the image again",
    f"{_AMI}kms_key_id": f"a snapshot keeps its key, {_NEEDS_A_COPY}",
    "data_type": "the next rollout writes it; until then the parameter keeps the type that others may rely on",
    "image_id": "no version of the launch template holds the AMI; distribute the image again, which adds one",
    "launch_template_id": "the launch template does not exist; create it with the tag CreatedBy: EC2 Image Builder, and"
    " put its id into the configuration",
    "launch_permission": "AWS writes the source account's AMI into a launch template of another account, which cannot"
    " launch it; share it with user_ids of launch_permission, or use an SSM parameter and resolve:ssm: in the template",
}


class Repair(NamedTuple):
    """The repair of one field of one target.

    C(field): the field as in the drift, None for the whole target; C(kind): what is written, NOT_POSSIBLE if nothing
    can be; C(before), C(after): the live and the wanted value; C(details): what the write needs, depending on the kind;
    C(reason): why a repair is not possible.
    """

    region: str
    account_id: str
    field: str | None
    kind: str
    before: Any = None
    after: Any = None
    details: dict[str, Any] = {}
    reason: str | None = None


def plan(
    targets: list[dict[str, Any]], distributions: list[ApiDistribution], account_id: str, image_state: str | None
) -> list[Repair]:
    """Returns what to repair, and what cannot be repaired and why.

    :param targets: C(targets) of imagebuilder_image_distribution_info.
    :param distributions: the entries that they were compared with, in API form.
    :param account_id: the account of the configuration.
    :param image_state: the state of the rollout; None if each target has its own.
    :returns: a Repair for each field, in the order of the targets.
    """
    entries = {entry["region"]: entry for entry in distributions}
    return [
        one
        for target in targets
        if target["status"] != "in_sync"
        for one in _repairs_of_target(
            target, entries.get(target["region"]), account_id, target.get("image_state") or image_state
        )
    ]


def _repairs_of_target(
    target: dict[str, Any], entry: ApiDistribution | None, own_account: str, image_state: str | None
) -> Iterator[Repair]:
    region_and_account = target_of(target)
    if image_state is not None and image_state not in COMPLETE:
        text = f"the rollout is {image_state}; nothing is repaired before it is complete"
        yield Repair(*region_and_account, None, NOT_POSSIBLE, reason=text)
        return
    if target["status"] != "drifted":
        yield Repair(*region_and_account, None, NOT_POSSIBLE, reason=target["reason"] or target["status"])
        return
    for one in target["drift"]:
        yield from _repairs_of_field(region_and_account, one, target["ami_id"], entry, own_account)


def _repairs_of_field(
    target: Target,
    difference: dict[str, Any],
    ami_id: str | None,
    entry: ApiDistribution | None,
    own_account: str,
) -> Iterator[Repair]:
    field, wanted, found = difference["field"], difference["wanted"], difference["found"]
    if field.startswith(_PERMISSION):
        yield Repair(*target, field, PERMISSION, found, wanted, _principals(field, wanted, found, ami_id))
        return
    if field == _TAGS:
        known = {key: value for key, value in wanted.items() if not _has_placeholder(value)}
        before = {key: found.get(key) for key in known}
        if known:
            yield Repair(*target, field, TAGS, before, known, {"ami_id": ami_id, "tags": known})
        if len(known) < len(wanted):
            yield Repair(*target, field, NOT_POSSIBLE, reason=_PLACEHOLDER)
        return
    item = _ITEM.fullmatch(field)
    member = item.group(3) if item else field
    if item and member == "value":
        data_type = _data_type(entry, item.group(2), target.account_id, own_account)
        details = {"parameter_name": item.group(2), "value": wanted, "data_type": data_type}
        yield Repair(*target, field, PARAMETER, found, wanted, details)
    elif item and member == "default_version":
        details = {"launch_template_id": item.group(2), "version": wanted}
        yield Repair(*target, field, TEMPLATE, found, wanted, details)
    else:
        yield Repair(*target, field, NOT_POSSIBLE, found, wanted, reason=_REASONS.get(member, _BY_HAND))


def postponed(repair: Repair, reason: str) -> Repair:
    """Returns a repair that is not made now."""
    return repair if repair.kind == NOT_POSSIBLE else repair._replace(kind=NOT_POSSIBLE, details={}, reason=reason)


def _principals(field: str, wanted: list[str], found: list[str], ami_id: str | None) -> dict[str, Any]:
    """Returns who is added and removed, in EC2's form. Principals that may stay are not in the drift."""
    key = _PRINCIPALS[field[len(_PERMISSION) :]]
    add = [{key: principal} for principal in sorted(set(wanted) - set(found))]
    remove = [{key: principal} for principal in sorted(set(found) - set(wanted))]
    return {"ami_id": ami_id, "add": add, "remove": remove}


def _has_placeholder(text: str) -> bool:
    return "{{" in (placeholders_to_api(text) or "")


def _data_type(entry: ApiDistribution | None, name: str, account_id: str, own_account: str) -> str:
    for parameter in entry.get("ssmParameterConfigurations", []) if entry else []:
        if parameter["parameterName"] == name and (parameter.get("amiAccountId") or own_account) == account_id:
            return parameter.get("dataType") or DEFAULT_DATA_TYPE
    return DEFAULT_DATA_TYPE


def diff(repairs: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Returns what changed, for Ansible's C(--diff): a block for each target, and a line for each field.

    :param repairs: C(repairs) of the module.
    """
    blocks: dict[str, list[str]] = {}
    for repair in repairs:
        if repair["changed"]:
            field = repair["field"].replace(_AMI, "", 1)
            lines = blocks.setdefault(f"{repair['region']} {repair['account_id']}", [])
            lines.append(f"  {field}: {_shown(repair['before'])} -> {_shown(repair['after'])}")
    return [{"prepared": "\n".join([target, *lines, ""])} for target, lines in blocks.items()]


def _shown(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9:/._-]+", value):
        return value
    # JSON escapes all control characters except this one.
    return json.dumps(value, sort_keys=True).replace("\x7f", "\\u007f")
