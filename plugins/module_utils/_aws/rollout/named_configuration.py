# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the distribution configuration that the options of a rollout name."""

from __future__ import annotations

from typing import Any

from ..._distribution.arns import name_of
from ..._distribution.configuration import comparison
from ..._distribution.configuration.conversion import distributions_to_api
from ..._distribution.forms import ApiDistribution
from ..._distribution.rollout.rollout_options import CANCELLED as CANCEL
from ..configuration.configurations import selected
from ..errors import ImageBuilderError
from ..module import Connection


def named_configuration(
    connection: Connection, params: dict[str, Any], check_mode: bool, warnings: list[str]
) -> dict[str, Any]:
    """The distribution configuration that the options name.

    :param warnings: texts are added to it.
    :returns: the API's map, at least C(arn), C(name) and C(distributions), which are empty if it does not exist. In
        check mode with the option C(distributions), they are what an earlier task would write, and C(predicted) tells
        whether that differs.
    :raises: ImageBuilderError.
    """
    arn, found = selected(connection, params)
    name = params["name"] or name_of(arn)
    if check_mode and params.get("distributions"):
        return _predicted(name, arn, distributions_to_api(params["distributions"]), found)
    if found:
        return found
    missing: dict[str, Any] = {"arn": arn, "name": name, "distributions": []}
    if params["state"] == CANCEL:
        # A rollout can still be cancelled after its configuration was deleted.
        return missing
    text = f"The distribution configuration {arn} does not exist"
    if not check_mode:
        raise ImageBuilderError(message=text + "; check name, Region and account, or create it first")
    # In check mode, an earlier task of the play has not created it.
    warnings.append(text + ". If an earlier task creates it, this one will start a rollout")
    return missing


def _predicted(name: str, arn: str, wanted: list[ApiDistribution], found: dict[str, Any] | None) -> dict[str, Any]:
    """The configuration as an earlier task would leave it."""
    switches = {"state": "present", "purge_distributions": True, "purge_accounts": True}
    plan = comparison.plan({**switches, "name": name, "distributions": wanted}, found)
    tags = (found or {}).get("tags") or {}
    return {"arn": arn, "name": name, "distributions": plan.distributions, "tags": tags, "predicted": plan.rewrite}
