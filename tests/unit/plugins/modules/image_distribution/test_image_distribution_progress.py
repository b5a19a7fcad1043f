"""The workflows of a rollout: steps, failures while it is running, and what may not be read."""

from __future__ import annotations

import json

import pytest

from tests.unit import images
from tests.unit.plugins.modules.image_distribution.rollout import image

pytestmark = pytest.mark.current_botocore


EXECUTION = "wf-11112222-3333-4444-5555-666677778888"
RUNNING = {
    "workflowExecutionId": EXECUTION,
    "type": "DISTRIBUTION",
    "status": "RUNNING",
    "totalStepCount": 3,
    "totalStepsSucceeded": 1,
    "totalStepsSkipped": 1,
    "totalStepsFailed": 0,
}


def test_progress_reads_the_workflows_but_for_superseded_ones(run, script):
    script.shows(image("DISTRIBUTING")).workflows(
        {"type": "DISTRIBUTION", "status": "FAILED", "retried": True}, RUNNING, {"type": "TEST", "status": "PENDING"}
    )
    steps = [{"name": "DistributeImage", "status": "COMPLETED", "action": "DistributeImage"}]
    asked = {"maxResults": 100, "workflowExecutionId": EXECUTION}
    script.answers("list_workflow_step_executions", {"steps": steps}, asked)
    result = run({"image_build_version_arn": images.arn(), "wait": False, "progress": True})
    # Without an id, its steps cannot be read.
    assert result["workflows"].pop()["steps"] == []
    assert result["workflows"] == [
        {
            "type": "DISTRIBUTION",
            "status": "RUNNING",
            "total_steps": 3,
            "finished_steps": 2,
            "steps": [{"name": "DistributeImage", "status": "COMPLETED", "message": None}],
            "message": None,
        }
    ]


STEP = "step-11112222-3333-4444-5555-666677778888"


def with_steps(script, **more):
    """One that has begun, and one that has not and is not asked for."""
    steps = [
        {"name": "DistributeImage", "status": "RUNNING", "stepExecutionId": STEP, **more},
        {"name": "ModifyImageAttributes", "status": "PENDING", "stepExecutionId": STEP},
    ]
    return script.workflows(RUNNING).answers("list_workflow_step_executions", {"steps": steps})


def test_failures_are_reported_while_the_rollout_is_running(run, script):
    target = {"region": "eu-west-1", "accountId": "111122223333", "status": "Failed", "step": "CopyAmiRunning"}
    outputs = json.dumps({"distributedImages": [{**target, "errorMessage": "no such key"}]})
    with_steps(script.shows(image("DISTRIBUTING")))
    script.answers("get_workflow_step_execution", {"outputs": outputs}, {"stepExecutionId": STEP})
    result = run({"image_build_version_arn": images.arn(), "wait": False, "progress": True})
    assert result["image"]["failures"] == [
        {
            "region": "eu-west-1",
            "account_id": "111122223333",
            "step": "DistributeImage",
            "message": "no such key",
            "remedy": None,
        }
    ]
    assert (result["still_running"], "failed" in result, "warnings" in result) == (True, False, False)


def test_outputs_that_may_not_be_read_are_a_warning(run, script):
    with_steps(script.shows(image("DISTRIBUTING"))).refuses("get_workflow_step_execution", "AccessDeniedException")
    result = run({"image_build_version_arn": images.arn(), "wait": False, "progress": True})
    assert "are shown when the rollout has ended, not before" in result["warnings"][0]
    assert "imagebuilder:GetWorkflowStepExecution" in result["warnings"][0]


def test_steps_that_may_not_be_listed_are_a_warning(run, script):
    script.shows(image()).workflows(RUNNING).refuses("list_workflow_step_executions", "AccessDeniedException")
    result = run({"image_build_version_arn": images.arn(), "progress": True})
    assert (result["workflows"][0]["steps"], "counted, not named" in result["warnings"][0]) == ([], True)


def test_workflows_that_may_not_be_read_are_a_warning(run, script):
    script.shows(image()).refuses("list_workflow_executions", "AccessDeniedException", "no")
    result = run({"image_build_version_arn": images.arn(), "progress": True})
    assert (result["workflows"], "AccessDenied" in result["warnings"][0]) == ([], True)
