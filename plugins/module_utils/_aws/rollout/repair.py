# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repairs drift without a new copy: launch permissions, tags, SSM parameters and launch templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:
    BotoCoreError = ClientError = Exception  # AnsibleAWSModule fails with a clear message.

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from ..._distribution.rollout import repair_plan
from ..._distribution.rollout.repair_plan import Repair
from ..._distribution.targets import Target
from ..accounts import Accounts
from ..accounts import RoleNotAssumed
from ..errors import error_text
from ..errors import ImageBuilderError
from ..responses import reading
from ..uncertain import OutcomeUnknown
from ..uncertain import write_once
from ..workers import in_parallel
from .distributed_image import Comparison
from .set_reference import set_reference


def repair(
    accounts: Accounts, compared: Comparison, workers: int, check_mode: bool
) -> tuple[dict[str, Any], list[str]]:
    """Compares, repairs what can be repaired without a new copy, and compares again.

    :param compared: what the options ask for.
    :param workers: how many targets to repair at once.
    :param check_mode: writes nothing.
    :returns: (the module's result, warnings).
    :raises: ImageBuilderError, if nothing was written yet.
    """
    live, warnings = compared.compare(), []
    planned = repair_plan.plan(live["targets"], compared.distributions, compared.account_id, compared.image_state)
    if any(one.kind != repair_plan.NOT_POSSIBLE for one in planned):
        # The comparison may have taken minutes.
        running = compared.check_again()
        planned = [repair_plan.postponed(one, running) for one in planned] if running else planned
    repairs = carry_out(accounts, planned, check_mode, workers)
    changed = any(one["changed"] for one in repairs)
    if changed and not check_mode:
        try:
            live = compared.compare()
        except ImageBuilderError as error:
            warnings.append(
                f"The state after the repairs could not be read, so targets shows the state before: {error}"
            )
    result = {**live, "changed": changed, "repairs": repairs, "summary": _summary(repairs)}
    return {**result, "diff": repair_plan.diff(repairs)}, warnings


def carry_out(accounts: Accounts, planned: list[Repair], check_mode: bool, workers: int) -> list[dict[str, Any]]:
    """Repairs every field, even if others fail.

    Works on the fields of a target one after the other, and on targets in parallel.

    :param planned: from repair_plan.plan().
    :param check_mode: writes nothing.
    :param workers: how many targets to repair at once.
    :returns: the result C(repairs), in the same order.
    """
    of_target: dict[Target, list[int]] = {}
    for number, one in enumerate(planned):
        of_target.setdefault(Target(one.region, one.account_id), []).append(number)
    done: dict[int, dict[str, Any]] = {}

    def work(numbers: list[int]) -> None:
        for number in numbers:
            done[number] = _result(planned[number], *_repair(accounts, planned[number], check_mode))

    in_parallel(work, list(of_target.values()), workers)
    return [done[number] for number in range(len(planned))]


def _summary(repairs: list[dict[str, Any]]) -> dict[str, int]:
    """How many fields have each action."""
    actions = (repair_plan.REPAIRED, repair_plan.FAILED, repair_plan.NOT_POSSIBLE)
    return {action: sum(one["action"] == action for one in repairs) for action in actions}


def failure(repairs: list[dict[str, Any]]) -> str | None:
    """What failed, one per line; None if nothing failed."""
    failed = [one for one in repairs if one["action"] == repair_plan.FAILED]
    if not failed:
        return None
    lines = [f"- {one['region']} {one['account_id']} {one['field']}: {one['reason']}" for one in failed]
    tried = sum(one["action"] != repair_plan.NOT_POSSIBLE for one in repairs)
    return "\n".join([f"{len(failed)} of {tried} repairs failed; the others were made:", *lines])


def _result(one: Repair, action: str, changed: bool, reason: str | None) -> dict[str, Any]:
    return {
        "region": one.region,
        "account_id": one.account_id,
        "field": one.field,
        "action": action,
        "reason": reason,
        "changed": changed,
        "before": one.before,
        "after": one.after,
    }


def _repair(accounts: Accounts, one: Repair, check_mode: bool) -> tuple[str, bool, str | None]:
    """(action, changed, reason)."""
    if one.kind == repair_plan.NOT_POSSIBLE:
        return repair_plan.NOT_POSSIBLE, False, one.reason
    try:
        if one.kind in (repair_plan.PARAMETER, repair_plan.TEMPLATE):
            reference = {"region": one.region, "account_id": one.account_id, "found": one.before, **one.details}
            done = set_reference(accounts, reference, check_mode)
            action = repair_plan.FAILED if done["error"] else repair_plan.REPAIRED
            return action, done["changed"], done["error"]
        write = _permissions if one.kind == repair_plan.PERMISSION else _tags
        return _written(lambda: write(accounts.client("ec2", one.region, one.account_id), one.details, check_mode))
    except Exception as error:
        # Any exception: a bug in this collection must not lose the results of other targets.
        return repair_plan.FAILED, False, f"{type(error).__name__}: {error}"


def _written(write: Callable[[], None]) -> tuple[str, bool, str | None]:
    try:
        write()
    except OutcomeUnknown as error:
        return repair_plan.FAILED, True, str(error)
    except RoleNotAssumed as error:
        return repair_plan.FAILED, False, f"{error}. {error.remedy}"
    except (BotoCoreError, ClientError) as error:
        return repair_plan.FAILED, getattr(error, "written", False), error_text(error)
    except ImageBuilderError as error:
        return repair_plan.FAILED, False, str(error)
    return repair_plan.REPAIRED, True, None


def _permissions(ec2: Any, details: dict[str, Any], check_mode: bool) -> None:
    """Adds and removes launch permissions of an AMI; all others stay."""
    ami_id, add, remove = details["ami_id"], details["add"], details["remove"]
    body = {key: value for key, value in (("Add", add), ("Remove", remove)) if value}

    def is_done() -> bool:
        answer = ec2.describe_image_attribute(ImageId=ami_id, Attribute="launchPermission")
        with reading("DescribeImageAttribute"):
            found = answer["LaunchPermissions"]
        return all(one in found for one in add) and not any(one in found for one in remove)

    if not check_mode:
        write_once(lambda: ec2.modify_image_attribute(ImageId=ami_id, LaunchPermission=body), is_done)


def _tags(ec2: Any, details: dict[str, Any], check_mode: bool) -> None:
    """Sets tags of an AMI; all others stay."""
    ami_id, tags = details["ami_id"], details["tags"]

    def is_done() -> bool:
        answer = ec2.describe_images(ImageIds=[ami_id])
        with reading("DescribeImages"):
            found: dict[str, str] = boto3_tag_list_to_ansible_dict(answer["Images"][0].get("Tags", []))
        return bool(tags.items() <= found.items())

    if not check_mode:
        write_once(lambda: ec2.create_tags(Resources=[ami_id], Tags=ansible_dict_to_boto3_tag_list(tags)), is_done)
