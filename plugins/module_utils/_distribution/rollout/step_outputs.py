# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outputs of a distribution workflow's steps -> what failed in each Region and account of a running rollout.

Source: Image Builder user guide, step actions of workflow documents: outputs of DistributeImage, ModifyImageAttributes
and ApplyImageConfigurations.
"""

from __future__ import annotations

import json
from typing import Any

# The lists in the outputs of the three actions.
_LISTS = ("distributedImages", "modifiedImages", "configuredImages")

_COMPLETED = "completed"

# Where a step stopped -> the API's ImageConfigurationStep, which GetImage returns after the rollout has ended.
_STEPS = {
    "AssociateLicensesRunning": "ASSOCIATE_LICENSES",
    "UpdateLaunchTemplateRunning": "UPDATE_LAUNCH_TEMPLATES",
    "PutSsmParametersRunning": "PUT_SSM_PARAMETERS",
    "UpdateFastLaunchConfiguration": "UPDATE_FAST_LAUNCH_CONFIGURATIONS",
    "ExportAmiQueued": "EXPORT_AMI",
    "ExportAmiRunning": "EXPORT_AMI",
}


def failures(outputs: str | None, step: str | None) -> list[dict[str, Any]]:
    """Returns what failed according to the outputs of one step.

    :param outputs: JSON text. If a whole step failed, AWS returns its error instead.
    :param step: the name of the step in the workflow.
    :returns: a list of {C(region), C(account_id), C(step), C(message)}; empty if the outputs do not show failures.
    """
    try:
        content = json.loads(outputs or "{}")
    except ValueError:
        return []
    if not isinstance(content, dict):
        return []
    items = [item for name in _LISTS if isinstance(content.get(name), list) for item in content[name]]
    return [
        {
            "region": _text(item.get("region")),
            "account_id": _text(item.get("accountId")),
            "step": _STEPS.get(str(item.get("step")), step),
            "message": _text(item.get("errorMessage")) or _text(item.get("status")),
        }
        for item in items
        if isinstance(item, dict) and str(item.get("status") or _COMPLETED).lower() != _COMPLETED
    ]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
