# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configurations of a spec's waves, by what is there already.

They bear a tag with the id of the spec, by which those of an earlier, longer list of waves are known.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from .arns import fold_name
from .ownership import WAVES_TAG

Found = list[dict[str, Any]]


class Writes(NamedTuple):
    """C(entries): for imagebuilder_distribution_set; C(problems): texts, what forbids any write; C(findings): as a
    preflight has them."""

    entries: Found
    problems: list[str]
    findings: Found


def writes(found: Found, plan: dict[str, Any]) -> Writes:
    """What is to be written for the waves.

    :param found: the configurations of the account and home Region: C(name), C(tags), C(pipelines).
    :param plan: of role_spec_steps.plan().
    """
    there = {fold_name(one["name"]): one for one in found}
    waves = [wave["settings"] for wave in plan["waves"]]
    names = {fold_name(wave["name"]) for wave in waves}
    entries = [*waves]
    # Those of an earlier list.
    entries += [
        {"name": one["name"], "state": "absent"}
        for folded, one in there.items()
        if _is_wave_of(one, plan["spec_id"]) and folded not in names
    ]
    foreign = [
        one["name"] for folded, one in there.items() if folded in names and not _is_wave_of(one, plan["spec_id"])
    ]
    problems = [
        f"distribution_rollout_waves: {', '.join(foreign)} in {plan['region']} would be written for a wave, but without"
        f" the tag {WAVES_TAG}={plan['spec_id']} may be somebody else's. Choose another distribution_rollout_name, or"
        " set that tag on what belongs to this spec"
    ]
    return Writes(entries, problems if foreign else [], _bypasses(there, names, plan))


def _is_wave_of(one: dict[str, Any], spec_id: str) -> bool:
    return (one.get("tags") or {}).get(WAVES_TAG) == spec_id


def _bypasses(there: dict[str, Any], waves: set[str], plan: dict[str, Any]) -> Found:
    """A warning of pipelines that distribute to all Regions at once, past the waves."""
    names = waves | {fold_name(one["name"]) for one in plan["configurations"]}
    users = {
        pipeline["arn"] for folded, one in there.items() if folded in names for pipeline in one.get("pipelines") or []
    }
    users.update(one["image_pipeline_arn"] for one in plan["pipelines"])
    if not waves or not users:
        return []
    return [
        {
            "check": "pipelines_bypass_waves",
            "region": plan["region"],
            "account_id": plan["account_id"],
            "status": "warning",
            "message": "What these pipelines build goes to all Regions of their configuration at once, past the waves: "
            + ", ".join(sorted(users)),
            "remedy": "Take the configuration off them, so that they build in the home Region alone, and distribute"
            " what they built with distribution_rollout_image",
        }
    ]
