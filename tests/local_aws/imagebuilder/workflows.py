"""Workflow executions of an image: the managed distribution workflow with its three steps."""

from __future__ import annotations

import uuid
from typing import Any

from moto.utilities.utils import get_partition

from .resources import now

STEPS = ("DistributeImage", "ModifyImageAttributes", "ApplyImageConfigurations")
_DESCRIPTIONS = {
    "DistributeImage": "Copies the image to its Regions and accounts",
    "ModifyImageAttributes": "Sets the launch permissions of the copies",
    "ApplyImageConfigurations": "Applies what follows the copies",
}
_FINISHED = ("COMPLETED", "FAILED", "CANCELLED", "SKIPPED")


class Workflow:
    """One run of the distribution workflow; a retry begins another."""

    def __init__(self, region: str, finished: tuple[str, ...] = ()) -> None:
        self.arn = (
            f"arn:{get_partition(region)}:imagebuilder:{region}:aws:workflow/distribution/distribute-image/1.0.0/1"
        )
        self.identifier = f"wf-{uuid.uuid4()}"
        self.status = "PENDING"
        self.retried = False
        self.message: str | None = None
        self.start_time = now()
        self.end_time: str | None = None
        self.steps: list[dict[str, Any]] = [
            {
                "stepExecutionId": f"step-{uuid.uuid4()}",
                "name": name,
                "description": _DESCRIPTIONS[name],
                "action": name,
                "status": "SKIPPED" if name in finished else "PENDING",
                "attemptNumber": 1,
                "maxAttempts": 1,
            }
            for name in STEPS
        ]

    def step(self, name: str) -> dict[str, Any]:
        """One of the three steps."""
        return next(step for step in self.steps if step["name"] == name)

    def start(self, name: str) -> None:
        """A step begins."""
        self.status = "RUNNING"
        step = self.step(name)
        if step["status"] == "PENDING":
            step.update(status="RUNNING", startTime=now())

    def finish(self, name: str, status: str = "COMPLETED", message: str | None = None) -> None:
        """A step ends; with a status other than COMPLETED the whole run does."""
        step = self.step(name)
        step.update(status=status, endTime=now())
        if message:
            step["message"] = message[:500]
        if status != "COMPLETED" or name == STEPS[-1]:
            self.end(status, message)

    def end(self, status: str, message: str | None = None) -> None:
        """The run ends. A step that was running ends with it."""
        self.status = status
        self.message = message[:500] if message else None
        self.end_time = now()
        for step in self.steps:
            if step["status"] == "RUNNING":
                step.update(status=status, endTime=now())

    def shown(self) -> dict[str, Any]:
        """What ListWorkflowExecutions answers."""
        statuses = [step["status"] for step in self.steps]
        shown: dict[str, Any] = {
            "workflowBuildVersionArn": self.arn,
            "workflowExecutionId": self.identifier,
            "type": "DISTRIBUTION",
            "status": self.status,
            "totalStepCount": len(statuses),
            "totalStepsSucceeded": statuses.count("COMPLETED"),
            "totalStepsFailed": statuses.count("FAILED"),
            "totalStepsSkipped": statuses.count("SKIPPED"),
            "startTime": self.start_time,
            "retried": self.retried,
        }
        if self.message:
            shown["message"] = self.message
        if self.end_time:
            shown["endTime"] = self.end_time
        return shown
