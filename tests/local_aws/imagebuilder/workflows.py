"""Workflow executions of an image: the managed distribution workflow with its three steps."""

from __future__ import annotations

import uuid
from typing import Any
from typing import TYPE_CHECKING

from moto.utilities.utils import get_partition

from .resources import now

if TYPE_CHECKING:
    from .images import RegionFailure

STEPS = ("DistributeImage", "ModifyImageAttributes", "ApplyImageConfigurations")
_DESCRIPTIONS = {
    "DistributeImage": "Copies the image to its Regions and accounts",
    "ModifyImageAttributes": "Sets the launch permissions of the copies",
    "ApplyImageConfigurations": "Applies what follows the copies",
}
# The list that each step outputs. Source: user guide, step actions of workflow documents.
OUTPUTS = {
    "DistributeImage": "distributedImages",
    "ModifyImageAttributes": "modifiedImages",
    "ApplyImageConfigurations": "configuredImages",
}
_STATUSES = {"FAILED": "Failed", "CANCELLED": "Cancelled", "TIMED_OUT": "TimedOut"}
# Where a target stopped: by the failure's imageConfigurationStep, or by the step itself.
_STOPPED = {
    "DistributeImage": "CopyAmiRunning",
    "ModifyImageAttributes": "ModifyAmiRunning",
    "ASSOCIATE_LICENSES": "AssociateLicensesRunning",
    "UPDATE_LAUNCH_TEMPLATES": "UpdateLaunchTemplateRunning",
    "PUT_SSM_PARAMETERS": "PutSsmParametersRunning",
    "UPDATE_FAST_LAUNCH_CONFIGURATIONS": "UpdateFastLaunchConfiguration",
    "EXPORT_AMI": "ExportAmiRunning",
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
        """A step ends. With a status other than COMPLETED the whole run ends."""
        step = self.step(name)
        step.update(status=status, endTime=now())
        if message:
            step["message"] = message[:500]
        if status != "COMPLETED" or name == STEPS[-1]:
            self.end(status, message)

    def record_outputs(self, name: str, amis: list[dict[str, Any]], failures: list[RegionFailure]) -> None:
        """Record what a step outputs for each Region and account. Whether AWS shows it this early is not certain.

        amis: of ``outputResources``. failures: of ``regionFailures``.
        """
        failed = {(failure["region"], failure["targetAccountId"]): failure for failure in failures}
        by_target = {(ami["region"], ami["accountId"]): ami for ami in amis}
        targets = []
        for region, account in [*by_target, *(target for target in failed if target not in by_target)]:
            ami, failure = by_target.get((region, account), {}), failed.get((region, account))
            target = {"region": region, "accountId": account, "dateStarted": self.start_time}
            target.update({key: ami[member] for key, member in (("amiId", "image"), ("name", "name")) if member in ami})
            if failure is None:
                target.update(status="Completed", step="Completed", dateStopped=now())
            else:
                stopped = _STOPPED[failure.get("imageConfigurationStep", name)]
                target.update(status=_STATUSES[failure["status"]], step=stopped, errorMessage=failure["errorMessage"])
            targets.append(target)
        self.step(name)["outputs"] = {OUTPUTS[name]: targets}

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
