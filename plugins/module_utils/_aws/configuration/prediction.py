# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode: what a change would do, and whether AWS would accept it."""

from __future__ import annotations

import re
import uuid
from typing import Any

from ..._distribution.configuration import comparison
from .. import api
from ..errors import DENIED_CODES
from ..errors import describe
from ..errors import EXPIRED_CODES
from ..errors import ImageBuilderError
from ..errors import missing_action
from ..errors import THROTTLING_CODES
from ..errors import TRANSIENT_CODES
from .change import ConfigurationChange
from .change import create_body
from .change import Outcome
from .writing import in_use_text
from .writing import name_taken

# Errors of a dry run that do not mean that the values are wrong.
_MISSING_DEPENDENCY_CODES = frozenset(["ResourceNotFoundException", "ClientException"])
_MISSING_DEPENDENCY_TEXT = re.compile(r"do(es)? not exist|not found|could not find|cannot find", re.IGNORECASE)


def predict(change: ConfigurationChange, plan: comparison.Plan, found: dict[str, Any] | None) -> Outcome:
    """The outcome that a plan would have.

    :param found: the configuration that the plan is for.
    :raises: ImageBuilderError, if AWS would refuse it.
    """
    if plan.action == "created":
        _dry_run(change, plan)
    if plan.action == "deleted":
        try:
            pipelines = api.list_pipelines(change.connection, change.arn)
        except ImageBuilderError as error:
            if error.code in EXPIRED_CODES:
                raise
            pipelines = []
            change.warn(f"It is not known whether pipelines still use the configuration: {error}")
        if pipelines:
            raise ImageBuilderError(
                message=f"{in_use_text(pipelines)} AWS would refuse to delete {change.arn}.", in_use=True
            )
    predicted = None
    if plan.action != "deleted":
        predicted = {
            "arn": change.arn,
            "dateCreated": (found or {}).get("dateCreated"),
            "dateUpdated": (found or {}).get("dateUpdated"),
            **create_body(plan),
        }
    return change.outcome(plan, predicted)


def _dry_run(change: ConfigurationChange, plan: comparison.Plan) -> None:
    if not change.connection.knows_input("CreateDistributionConfiguration", "dryRun"):
        return
    try:
        api.create_configuration(change.connection, str(uuid.uuid4()), dryRun=True, **create_body(plan))
    except ImageBuilderError as error:
        if error.code == "DryRunOperationException":
            return
        _judge_dry_run(change, error)


def _judge_dry_run(change: ConfigurationChange, error: ImageBuilderError) -> None:
    said = describe(error.exception)
    if error.code in DENIED_CODES:
        change.warn(
            f"AWS did not allow these credentials to try the creation, which needs {missing_action(error.exception)}:"
            f" {said}"
        )
    elif error.code in _MISSING_DEPENDENCY_CODES or _MISSING_DEPENDENCY_TEXT.search(said):
        change.warn(f"AWS would refuse to create it now, because something that it refers to is missing: {said}")
    elif error.code is None or error.code in TRANSIENT_CODES or error.code in THROTTLING_CODES:
        change.warn(f"AWS could not be asked whether it would create it: {said}")
    else:
        raise name_taken(change, error)
