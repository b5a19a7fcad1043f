"""The answer of GetImage as modules return it, and failures with their remedies."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import image_status

from tests.unit import images
from tests.unit.images import ACCOUNT
from tests.unit.images import ami

TARGET = "111122223333"
THREE = [
    {"region": "us-west-2", "amiDistributionConfiguration": {"description": "at home"}},
    {"region": "eu-west-1", "amiDistributionConfiguration": {"targetAccountIds": [ACCOUNT, TARGET]}},
]
PUBLIC = (
    "EC2 Client Error: 'You can\u2019t publicly share this image because block public access for AMIs is enabled for"
    " this account. To publicly share the image, you must call the DisableImageBlockPublicAccess API.' when"
    f" distributing the image from the source account (ID: {ACCOUNT}) to the destination account (ID: {{account}}) in"
    " Region {region}."
)
DENIED_THERE = (
    f"User: arn:aws:sts::{TARGET}:assumed-role/EC2ImageBuilderDistributionCrossAccountRole/x is not authorized to"
    " perform: ec2:CopyImage"
)


def failed(amis=(), status="FAILED", distributions=None, **context):
    state = {"reason": context.pop("reason", "Not all distribution jobs are completed.")}
    if context:
        state["failureContext"] = context
    return images.image(status, state=state, amis=amis, distributions=distributions or THREE)


def test_the_amis_are_sorted_by_region_and_account():
    shown = images.image(amis=[ami("us-west-2"), ami("eu-west-1", TARGET), ami("eu-west-1")])
    targets = [(item["region"], item["account_id"]) for item in image_status.report(shown)["amis"]]
    assert targets == [("eu-west-1", TARGET), ("eu-west-1", ACCOUNT), ("us-west-2", ACCOUNT)]


@pytest.mark.parametrize("status", sorted((image_status.FINAL | image_status.UNDER_WAY) - {"FAILED", "CANCELLED"}))
def test_only_what_failed_or_was_cancelled_has_failures(status):
    assert image_status.report(failed(status=status))["failures"] == []


def test_each_region_and_account_with_its_step_and_text():
    failures = [
        {"region": "us-west-2", "status": "FAILED", "errorMessage": "Copy did not work"},
        {
            "region": "eu-west-1",
            "status": "FAILED",
            "imageConfigurationStep": "PUT_SSM_PARAMETERS",
            "targetAccountId": TARGET,
            "errorMessage": "not authorized to perform: ssm:PutParameter",
        },
        {"region": "ap-south-1", "status": "TIMED_OUT"},
    ]
    amis = [ami(), ami("us-west-2", state="FAILED", reason="never finished"), ami("eu-west-1", TARGET)]
    report = image_status.report(failed(amis, distributionFailure={"regionFailures": failures}))
    shown = [(item["region"], item["account_id"], item["step"], item["message"]) for item in report["failures"]]
    assert shown == [
        ("ap-south-1", ACCOUNT, None, "TIMED_OUT"),
        ("eu-west-1", TARGET, "PUT_SSM_PARAMETERS", "not authorized to perform: ssm:PutParameter"),
        ("us-west-2", ACCOUNT, None, "Copy did not work"),
    ]


def test_the_workflow_step_is_used_if_aws_does_not_name_a_step():
    context = {"failedStep": "ModifyImageAttributes", "distributionFailure": {}}
    context["distributionFailure"]["regionFailures"] = [{"region": "us-west-2", "status": "FAILED"}]
    assert image_status.failures(failed(**context))[-1]["step"] == "ModifyImageAttributes"


def test_regions_and_accounts_are_read_from_a_text_without_fields():
    first, second = (
        PUBLIC.format(account=ACCOUNT, region="us-west-2"),
        PUBLIC.format(account=TARGET, region="eu-west-1"),
    )
    failures = image_status.failures(
        failed([ami()], reason=f"Not all distribution jobs are completed. 1) {first} 2) {second}")
    )
    assert [(item["region"], item["account_id"], item["message"]) for item in failures] == [
        ("eu-west-1", TARGET, second),
        ("us-west-2", ACCOUNT, first),
    ]
    assert "Account 111122223333 does not allow public AMIs in eu-west-1" in failures[0]["remedy"]


def test_a_failure_before_any_region():
    failures = image_status.failures(failed(reason="The role cannot be assumed: sts:AssumeRole"))
    assert [item["region"] for item in failures] == [None, "eu-west-1", "eu-west-1", "us-west-2"]
    assert failures[0]["message"] == "The role cannot be assumed: sts:AssumeRole"
    assert failures[1]["message"] == "the rollout ended before an AMI was there"


def test_an_ami_that_failed_is_a_failure_of_its_target():
    amis = [ami(), ami("eu-west-1", TARGET), ami("us-west-2", state="FAILED", reason="snapshot gone")]
    failures = image_status.failures(failed(amis, distributionFailure={"regionFailures": []}, reason="x"))
    assert [(item["region"], item["message"]) for item in failures] == [
        (None, "x"),
        ("us-west-2", "ami-0123456789abcdef0 is FAILED: snapshot gone"),
    ]


def test_a_cancelled_rollout_names_what_was_not_distributed():
    failures = image_status.failures(failed([ami(), ami("us-west-2")], "CANCELLED"))
    assert [(item["region"], item["account_id"]) for item in failures] == [("eu-west-1", TARGET)]


@pytest.mark.parametrize(
    ("message", "account", "part"),
    [
        (PUBLIC, ACCOUNT, "DisableImageBlockPublicAccess"),
        (
            "Snapshots encrypted with the AWS Managed CMK can\u2019t be shared. Specify another.",
            TARGET,
            "customer managed key",
        ),
        (
            "AMI snapshot copy failed with error: The specified keyId abc is invalid",
            ACCOUNT,
            "full ARN of a key in eu-west-1",
        ),
        ("AMI Copy Reported Failure For ami-1", ACCOUNT, "the execution role in the key policies"),
        ("AMI Copy Reported Failure For ami-1", TARGET, "EC2ImageBuilderDistributionCrossAccountRole in account 1111"),
        (
            "User: x is not authorized to perform: ssm:PutParameter on y",
            ACCOUNT,
            "Allow the execution role ssm:PutParameter",
        ),
        ("User: x is not authorized to perform: sts:AssumeRole on y", TARGET, "trust policy allow the source account"),
        ("User: x is not authorized to perform: ec2:CopyImage on y", ACCOUNT, "Allow the execution role ec2:CopyImage"),
        (
            DENIED_THERE,
            TARGET,
            "Allow EC2ImageBuilderDistributionCrossAccountRole in account 111122223333 ec2:CopyImage",
        ),
        ("You are not authorized. Encoded message: abc", TARGET, "imagebuilder_distribution_preflight_info"),
    ],
)
def test_what_to_do_about_the_texts_that_are_known(message, account, part):
    assert part in image_status.remedy(message, "eu-west-1", account, ACCOUNT)


def test_no_remedy_is_made_up():
    assert image_status.remedy("Something else broke", "eu-west-1", ACCOUNT, ACCOUNT) is None


def test_the_text_of_a_failure_says_what_failed_what_to_do_and_what_is_distributed():
    failures = [{"region": "us-west-2", "status": "FAILED", "errorMessage": "AMI Copy Reported Failure For x."}]
    text = image_status.failure_text(
        image_status.report(failed([ami(), ami("eu-west-1", TARGET)], distributionFailure={"regionFailures": failures}))
    )
    first, second, out, advice = text.splitlines()
    assert first == f"The rollout {images.arn()} is FAILED: Not all distribution jobs are completed."
    assert second.startswith("- us-west-2, account 123456789012: AMI Copy Reported Failure For x. Usually a perm")
    assert out.startswith("These AMIs are distributed and are not removed: eu-west-1/111122223333 (ami-01")
    assert "on_failed: restart" in advice


def test_a_thousand_failures_do_not_flood_the_error():
    accounts = [str(100000000000 + number) for number in range(1000)]
    entry = {"region": "eu-west-1", "amiDistributionConfiguration": {"targetAccountIds": accounts}}
    report = image_status.report(failed(distributions=[entry], reason="no"))
    assert len(report["failures"]) == 1001
    text = image_status.failure_text(report)
    assert len(text.splitlines()) < 30
    assert "and 981 more" in text


def test_what_is_still_running_is_not_called_failed():
    text = image_status.still_running_text(images.arn(), "DISTRIBUTING", "wait_timeout: too long")
    assert "is still running, it has not failed" in text
    assert f"image_build_version_arn: {images.arn()}" in text
    assert "get-image --region us-west-2" in text
