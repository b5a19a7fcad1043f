# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The essentials of a result for C(set_stats), which a job shows as artifacts and passes to the next one."""

from __future__ import annotations

from typing import Any

from .model import Result


def essentials(result: Result) -> dict[str, Any]:
    """Returns the essentials by account, Region and spec, so that those of several hosts and jobs can be merged."""
    own = _essentials(result)
    return {"distribution_rollout": {result["account_id"]: {result["region"]: {result["spec_id"]: own}}}}


def _essentials(result: Result) -> dict[str, Any]:
    findings = [finding["status"] for finding in result["findings"]]
    return {
        "state": result["state"],
        "conclusion": result["conclusion"]["kind"],
        "changed": result["changed"],
        "failed": result["failed"],
        "counts": dict(result["counts"]),
        "configurations": {one["name"]: one["arn"] for one in result["configurations"]},
        "execution_role_arn": (result["execution_role"] or {}).get("arn"),
        "destination_accounts": [one["account_id"] for one in result["destination_accounts"]],
        "regions": list(dict.fromkeys(recipient["region"] for recipient in result["recipients"])),
        "errors": findings.count("error"),
        "warnings": findings.count("warning"),
        "not_checked": findings.count("skipped"),
        "images": {look["configuration"]: look["image_build_version_arn"] for look in result["drift"]},
        "in_sync": all(look["in_sync"] for look in result["drift"]) if result["drift"] else None,
        "retired": [
            image["image"] for one in result["retention"] for image in one["retired"] if not image.get("error")
        ],
        "leftovers": list(result["leftovers"]),
    }
