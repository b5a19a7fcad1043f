# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which configurations of a spec's waves to write and remove, given those that exist.

They have a tag with the id of the spec. It identifies those of an earlier, longer list of waves.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from ..arns import fold_name
from ..ownership import Owner
from ..ownership import owner_of
from ..ownership import WAVE_NAME
from ..ownership import WAVES_TAG

Maps = list[dict[str, Any]]


class Writes(NamedTuple):
    """What to write for the waves.

    C(entries): entries for imagebuilder_distribution_set; C(errors): texts that say why nothing must be written;
    C(findings): findings in the form of a preflight.
    """

    entries: Maps
    errors: list[str]
    findings: Maps


def writes(existing: Maps, plan: dict[str, Any]) -> Writes:
    """Returns what to write for the waves.

    :param existing: the configurations in the account and home Region: C(name), C(tags), C(pipelines).
    :param plan: what steps.plan() returned.
    """
    by_name = {fold_name(one["name"]): one for one in existing}
    waves = [wave["settings"] for wave in plan["waves"]]
    names = {fold_name(wave["name"]) for wave in waves}
    entries = [*waves]
    # The waves of an earlier list are removed.
    entries += [
        {"name": one["name"], "state": "absent"}
        for folded, one in by_name.items()
        if _is_wave_of(one, plan) and folded not in names and WAVE_NAME.fullmatch(folded)
    ]
    untagged = [one["name"] for folded, one in by_name.items() if folded in names and not _is_wave_of(one, plan)]
    errors = [
        f"distribution_rollout_waves: {', '.join(untagged)} in {plan['region']} would be written for a wave, but"
        f" without the tag {WAVES_TAG}={plan['spec_id']} may belong to somebody else. Choose another"
        " distribution_rollout_name, or set that tag on those of this spec"
    ]
    return Writes(entries, errors if untagged else [], _bypasses(by_name, names, plan))


def _is_wave_of(one: dict[str, Any], plan: dict[str, Any]) -> bool:
    """Whether a configuration is a wave of this spec. Configurations that another spec owns are not."""
    tags = one.get("tags") or {}
    own = Owner(plan["spec_id"], plan["account_id"], plan["region"])
    return tags.get(WAVES_TAG) == plan["spec_id"] and owner_of(tags) in (None, own)


def _bypasses(by_name: dict[str, Any], waves: set[str], plan: dict[str, Any]) -> Maps:
    """Returns a warning about pipelines that distribute to all Regions at once, bypassing the waves."""
    names = waves | {fold_name(one["name"]) for one in plan["configurations"]}
    users = {
        pipeline["arn"] for folded, one in by_name.items() if folded in names for pipeline in one.get("pipelines") or []
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
            "message": "What these pipelines build goes to all Regions of their configuration at once, bypassing the "
            "waves: " + ", ".join(sorted(users)),
            "remedy": "Detach the configuration from them, so that they build only in the home Region, and "
            "distribute what they build with distribution_rollout_image",
        }
    ]
