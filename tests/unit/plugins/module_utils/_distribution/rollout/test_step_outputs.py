"""Failures from the outputs of a workflow's steps."""

from __future__ import annotations

import json

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import image_status
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import step_outputs

from tests.unit import images

HERE = {"region": "eu-west-1", "accountId": "111122223333", "amiId": "ami-1", "name": "web"}


def output(name, *targets):
    return json.dumps({name: list(targets)})


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "TimedOut", "FAILED"])
@pytest.mark.parametrize(
    ("name", "stopped", "step"),
    [
        ("distributedImages", "CopyAmiRunning", "Mine"),
        ("modifiedImages", "ModifyAmiRunning", "Mine"),
        ("configuredImages", "AssociateLicensesRunning", "ASSOCIATE_LICENSES"),
        ("configuredImages", "UpdateLaunchTemplateRunning", "UPDATE_LAUNCH_TEMPLATES"),
        ("configuredImages", "PutSsmParametersRunning", "PUT_SSM_PARAMETERS"),
        ("configuredImages", "UpdateFastLaunchConfiguration", "UPDATE_FAST_LAUNCH_CONFIGURATIONS"),
        ("configuredImages", "ExportAmiQueued", "EXPORT_AMI"),
        ("configuredImages", "ExportAmiRunning", "EXPORT_AMI"),
    ],
)
def test_failures_have_their_region_and_account(status, name, stopped, step):
    failed = {**HERE, "status": status, "step": stopped, "errorMessage": "no"}
    text = output(name, failed, {**HERE, "region": "us-east-1", "status": "Completed", "step": "Completed"})
    assert step_outputs.failures(text, "Mine") == [
        {"region": "eu-west-1", "account_id": "111122223333", "step": step, "message": "no"}
    ]


@pytest.mark.parametrize(
    "text",
    [None, "", "The step failed: no role", "[]", "5", '{"distributedImages": 5}', '{"distributedImages": ["x", null]}']
    + ['{"otherImages": [{"status": "Failed"}]}', output("distributedImages", HERE)],
)
def test_outputs_without_targets_are_ignored(text):
    assert step_outputs.failures(text, "Mine") == []


def test_values_of_other_types_become_strings():
    (failure,) = step_outputs.failures(output("distributedImages", {"status": "TimedOut", "accountId": 1}), None)
    assert failure == {"region": None, "account_id": "1", "step": None, "message": "TimedOut"}


STEP = {"region": "eu-west-1", "account_id": images.ACCOUNT, "step": "DistributeImage", "message": "kms:CreateGrant"}


def test_failures_of_a_running_rollout_have_remedies():
    (failure,) = image_status.failures(images.image("DISTRIBUTING"), [STEP])
    assert (failure["step"], "Usually a permission on a key is missing" in failure["remedy"]) == (
        "DistributeImage",
        True,
    )
    assert image_status.failures(images.image("DISTRIBUTING")) == []


def test_what_aws_reports_of_an_image_that_has_ended_is_reported_once():
    """By target: for targets that the image does not mention, the steps know the cause."""
    region = {"region": "eu-west-1", "status": "FAILED", "errorMessage": "kms:CreateGrant"}
    state = {"failureContext": {"distributionFailure": {"regionFailures": [region]}}}
    entries = [images.ENTRY, {**images.ENTRY, "region": "us-east-1"}]
    image = images.image("FAILED", distributions=entries, state=state)
    failures = image_status.failures(image, [STEP, {**STEP, "region": "us-east-1", "message": "no such key"}])
    assert [(one["region"], one["message"]) for one in failures] == [
        ("eu-west-1", "kms:CreateGrant"),
        ("us-east-1", "no such key"),
    ]
