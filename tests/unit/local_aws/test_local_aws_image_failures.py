"""Failures on demand, and what the steps of the workflow report of each target."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import failures
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import LICENSE
from tests.unit.local_aws.stage import make_template
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import TARGET
from tests.world import TWO as OTHER


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        ("COPY_AMI", {}),
        ("MODIFY_IMAGE_ATTRIBUTES", {"launchPermission": {"userIds": [OTHER]}}),
    ],
)
def test_failures_on_demand_strike_where_they_are_asked_for(
    stage: ImageStage, step: str, wanted: dict[str, Any]
) -> None:
    from moto.imagebuilder.trouble import troubles

    stage.admit()
    troubles.add(step=step, region=AWAY, account=TARGET, message="luck ran out", status="TIMED_OUT", times=1)
    configuration = stage.configure(entry(AWAY, [SOURCE, TARGET], **wanted), entry("eu-west-2", [TARGET], **wanted))
    failed = stage.run(distributionConfigurationArn=configuration)
    assert failures(failed) == [
        {"region": AWAY, "status": "TIMED_OUT", "errorMessage": "luck ran out", "targetAccountId": TARGET}
    ]
    assert stage.ami(failed) is not None
    again = stage.run(distributionConfigurationArn=configuration, clientToken="two")
    assert again["state"] == {"status": "AVAILABLE"}, "it should strike once"
    assert troubles.as_list()[0]["struck"] == 1


def test_every_step_can_be_made_to_fail(stage: ImageStage) -> None:
    from moto.imagebuilder.trouble import STEPS
    from moto.imagebuilder.trouble import troubles

    stage.source.platform = "windows"
    stage.plant_license(LICENSE)
    template = make_template(SOURCE)
    one = {
        **entry(AWAY),
        "licenseConfigurationArns": [LICENSE],
        "launchTemplateConfigurations": [{"launchTemplateId": template.id}],
        "ssmParameterConfigurations": [{"parameterName": "/golden/web"}],
        "fastLaunchConfigurations": [{"enabled": True}],
        "s3ExportConfiguration": {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "vm-images"},
    }
    configuration = stage.configure(one)
    for step in STEPS[2:]:
        identifier = troubles.add(step=step, message=f"no {step}")["identifier"]
        (failure,) = failures(stage.run(distributionConfigurationArn=configuration, clientToken=step))
        assert (failure["imageConfigurationStep"], failure["errorMessage"]) == (step, f"no {step}")
        troubles.clear(identifier)
    for members in ({"step": "COPY"}, {"step": "COPY_AMI", "status": "GONE"}):
        with pytest.raises(ValueError, match="one of"):
            troubles.add(**members)


def _steps(stage: ImageStage, arn: str) -> list[dict[str, Any]]:
    """The steps of the only workflow of an image, each as GetWorkflowStepExecution shows it."""
    (workflow,) = stage.client.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    steps = stage.client.list_workflow_step_executions(workflowExecutionId=workflow["workflowExecutionId"])["steps"]
    assert not any("outputs" in step for step in steps)
    return [stage.client.get_workflow_step_execution(stepExecutionId=step["stepExecutionId"]) for step in steps]


def test_the_steps_output_what_became_of_each_target(stage: ImageStage) -> None:
    from moto.imagebuilder.trouble import troubles

    stage.admit()
    troubles.add(step="COPY_AMI", region=AWAY, account=TARGET, message="no key", times=1)
    arn = stage.start(entry(HOME), entry(AWAY, [SOURCE, TARGET]))
    stage.finish(arn)
    first, second, _third = _steps(stage, arn)
    assert (first["name"], first["status"], first["imageBuildVersionArn"]) == ("DistributeImage", "FAILED", arn)
    targets = {(one["region"], one["accountId"]): one for one in json.loads(first["outputs"])["distributedImages"]}
    assert targets[AWAY, SOURCE]["status"] == targets[HOME, SOURCE]["status"] == "Completed"
    assert targets[AWAY, SOURCE]["amiId"].startswith("ami-")
    failed = targets[AWAY, TARGET]
    assert (failed["status"], failed["step"], failed["errorMessage"]) == ("Failed", "CopyAmiRunning", "no key")
    assert "outputs" not in second


def test_the_last_step_says_where_it_stopped(stage: ImageStage) -> None:
    from moto.imagebuilder.trouble import troubles

    troubles.add(step="PUT_SSM_PARAMETERS", message="no right", times=1)
    arn = stage.start({**entry(AWAY), "ssmParameterConfigurations": [{"parameterName": "/web"}]})
    stage.finish(arn)
    (target,) = json.loads(_steps(stage, arn)[2]["outputs"])["configuredImages"]
    assert (target["status"], target["step"]) == ("Failed", "PutSsmParametersRunning")
