# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks that stop a change of a configuration before any write, or warn about it."""

from __future__ import annotations

from typing import Any

from ..._distribution.configuration import comparison
from ..._distribution.forms import ApiDistribution
from ..._distribution.option_reader import shown
from ..._distribution.ownership import belongs_to_other_spec
from ..._distribution.ownership import other_spec_text
from ..._distribution.validation.checks import distribution_errors
from ..._distribution.validation.checks import distribution_warnings
from ..._distribution.validation.checks import rollout_errors
from ..._distribution.validation.model import value_errors
from ..errors import ImageBuilderError
from .change import ConfigurationChange


def check(change: ConfigurationChange, plan: comparison.Plan, found: dict[str, Any] | None, unknown: list[str]) -> None:
    """Refuses a plan that AWS or a rollout would refuse, or that loses something; adds warnings to the task.

    :param found: the configuration that the plan is for.
    :param unknown: the paths of its members that botocore does not know.
    :raises: ImageBuilderError.
    """
    _judge_rollouts(change, plan, found)
    _warn_about(change, plan, found)
    if plan.action == "updated" and plan.rewrite:
        refuse_unknown_members(change.arn, unknown, "configuration")
        _refuse_merged(change, plan)
    if plan.set_tags:
        _refuse_merged_tags(change, plan)


def refuse_other_name(change: ConfigurationChange, found: dict[str, Any] | None) -> None:
    """Refuses a name that AWS treats as the same as that of another configuration."""
    name = change.wanted.get("name")
    if found and name is not None and found["name"] != name:
        raise ImageBuilderError(
            message=f"{name!r} and the existing configuration {found['name']!r} are the same name to AWS; both "
            f"have the ARN {found['arn']}; use the existing spelling, or choose another name",
            option="name",
        )


def refuse_other_owner(change: ConfigurationChange, found: dict[str, Any] | None) -> None:
    """Refuses a configuration that another spec has taken over since this task listed all of them."""
    owner = change.wanted.get("owner")
    if found and owner and belongs_to_other_spec(found, owner):
        raise ImageBuilderError(message=other_spec_text(found))


def refuse_incomplete(change: ConfigurationChange, found: dict[str, Any] | None) -> None:
    """Refuses to create a configuration without all options that it needs."""
    if found or change.wanted["state"] == "absent":
        return
    if change.wanted.get("was_read"):
        raise ImageBuilderError(
            message=f"Somebody else deleted {change.arn} after this task had read it. If it is still needed, create it"
            " again",
            deleted=True,
        )
    if not change.wanted.get("name"):
        raise ImageBuilderError(
            message=f"{change.arn} does not exist in {change.connection.region}; check"
            " Region and account, or give name to create a configuration",
            option="distribution_configuration_arn",
        )
    if change.wanted.get("distributions") is None:
        raise ImageBuilderError(
            message=f"is needed to create {change.wanted['name']!r}, which does not exist in"
            f" {change.connection.region}",
            option="distributions",
        )


def refuse_unknown_members(arn: str, unknown: list[str], kind: str) -> None:
    """Refuses an update that would erase members, because botocore does not know them and so does not send them.

    :param kind: what the ARN names: C(configuration) or C(pipeline).
    """
    if unknown:
        raise ImageBuilderError(
            message=f"{arn} has fields that the installed botocore does not know: {', '.join(unknown)}. An"
            f" update replaces the whole {kind} and would erase them; nothing was written. Install a newer botocore"
            " on the host where this module runs"
        )


def _refuse_merged_tags(change: ConfigurationChange, plan: comparison.Plan) -> None:
    """Refuses tags that are invalid together with those that purge_tags keeps. Tags of AWS itself do not count."""
    shape = change.connection.model.operation_model("TagResource").input_shape.members["tags"]
    tags = {key: value for key, value in plan.tags.items() if not key.startswith("aws:")}
    errors = value_errors(shape, tags, change.path_of("tags"))
    if errors:
        raise ImageBuilderError(
            message="\n- ".join(["Together with what purge_tags keeps, AWS would refuse:", *map(str, errors)])
        )


def _refuse_merged(change: ConfigurationChange, plan: comparison.Plan) -> None:
    """Refuses listed entries that become too large with what is kept in them. AWS has accepted the other entries."""
    if change.wanted.get("distributions") is None or plan.distributions == change.wanted["distributions"]:
        return
    listed, dummy = _listed(change, plan)
    errors = distribution_errors(listed, change.connection.model, change.path_of("distributions"))
    errors = [error for error in errors if not error.kept]
    if errors:
        raise ImageBuilderError(
            message="\n- ".join(["Together with what purge_accounts keeps, AWS would refuse:", *map(str, errors)])
        )


def _judge_rollouts(change: ConfigurationChange, plan: comparison.Plan, found: dict[str, Any] | None) -> None:
    """Refuses what makes rollouts fail; only warns if AWS has it already, since users may feed back what they read."""
    if change.wanted.get("judged"):
        return
    if change.wanted["state"] == "absent" or not change.wanted.get("distributions"):
        return
    existing = (found or {}).get("distributions", [])
    listed, dummy = _listed(change, plan)
    new, same = rollout_errors(listed, existing, change.connection.region, change.account_id)
    prefix = f"{change.path}." if change.path else ""
    if new:
        first, *others = new
        text = first.text if first.value is None else f"{shown(first.value)}: {first.text}"
        raise ImageBuilderError(message="\n- ".join([text, *(f"{prefix}{one}" for one in others)]), option=first.path)
    change.warnings += [f"{prefix}{one}. Rollouts will fail, but AWS already has it, so it is kept" for one in same]


def _warn_about(change: ConfigurationChange, plan: comparison.Plan, found: dict[str, Any] | None) -> None:
    """Warns about what AWS may accept but probably does not do as intended, judged by the result of the change."""
    if change.wanted["state"] != "present" or change.wanted.get("distributions") is None:
        return
    listed, kept = _listed(change, plan)
    path = change.path_of("distributions")
    regions = [entry["region"] for entry in kept]
    doubtful = distribution_warnings(listed, change.connection.region, change.account_id, path, regions)
    change.warnings += [str(warning) for warning in doubtful]
    before, after = (found or {}).get("distributions"), plan.distributions
    if plan.rewrite and before and after and before[0]["region"] != after[0]["region"]:
        change.warnings.append(
            f"{path}[0].region: the first Region, which Image Builder treats as the build Region, changes from"
            f" {before[0]['region']} to {after[0]['region']}"
        )


def _listed(change: ConfigurationChange, plan: comparison.Plan) -> tuple[list[ApiDistribution], list[ApiDistribution]]:
    """(the entries of the Regions that the user lists, in that order and with what is kept in them; the others)."""
    entries = {entry["region"]: entry for entry in plan.distributions or []}
    return [entries.pop(entry["region"]) for entry in change.wanted["distributions"]], list(entries.values())
