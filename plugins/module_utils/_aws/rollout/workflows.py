# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress of the workflows of an image, and what their steps say about each target."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from ..._distribution.rollout import step_outputs
from .. import api
from ..errors import describe
from ..errors import ImageBuilderError
from ..errors import missing_action
from ..errors import remedy
from ..module import Connection

# Steps in these states have no outputs.
_WITHOUT_OUTPUTS = frozenset(["PENDING", "SKIPPED"])


class Workflows(NamedTuple):
    """The workflows of an image.

    C(listed): {C(type), C(status), C(total_steps), C(finished_steps), C(message)} of each, and C(steps), with {C(name),
    C(status), C(message)} of each; C(failures): from step_outputs.failures(); C(warnings): texts.
    """

    listed: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    warnings: list[str]


def workflows(connection: Connection, arn: str) -> Workflows:
    """The workflows of an image, without those that a retry superseded. What cannot be read becomes a warning."""
    result = Workflows([], [], [])
    try:
        executions = api.list_workflow_executions(connection, arn)
    except ImageBuilderError as error:
        result.warnings.append(f"The progress of workflows in {connection.region} is not shown: {_why(error)}")
        return result
    for item in executions:
        if item.get("retried"):
            continue
        steps: list[dict[str, Any]] = []
        try:
            if item.get("workflowExecutionId"):
                steps = api.list_workflow_steps(connection, item["workflowExecutionId"])
        except ImageBuilderError as error:
            result.warnings.append(
                f"The steps of workflows in {connection.region} are counted, not named: {_why(error)}"
            )
        _read_outputs(connection, steps, result)
        result.listed.append(
            {
                "type": item.get("type"),
                "status": item.get("status"),
                "total_steps": item.get("totalStepCount", 0),
                "finished_steps": item.get("totalStepsSucceeded", 0) + item.get("totalStepsSkipped", 0),
                "steps": [{key: step.get(key) for key in ("name", "status", "message")} for step in steps],
                "message": item.get("message"),
            }
        )
    return result


def _read_outputs(connection: Connection, steps: list[dict[str, Any]], result: Workflows) -> None:
    """Adds the failures from the outputs of steps that have begun."""
    for step in steps:
        if not step.get("stepExecutionId") or step.get("status") in _WITHOUT_OUTPUTS:
            continue
        try:
            execution = api.get_workflow_step(connection, step["stepExecutionId"])
        except ImageBuilderError as error:
            result.warnings.append(
                f"Failures in {connection.region} are shown when the rollout has ended, not before: {_why(error)}"
            )
            return
        result.failures.extend(step_outputs.failures(execution.get("outputs"), step.get("name")))


def _why(error: ImageBuilderError) -> str:
    action = missing_action(error.exception)
    advice = f"That takes {action}" if action else error.exception and remedy(error.exception)
    return (describe(error.exception) if error.exception else str(error)) + (f". {advice}" if advice else "")
