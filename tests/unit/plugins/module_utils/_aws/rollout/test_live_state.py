"""The requests for one target, the drift that follows from the answers, and what cannot always be read."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout import live_state

from tests.unit.images import ACCOUNT
from tests.unit.plugins.module_utils._aws.rollout.one_target import ALIAS
from tests.unit.plugins.module_utils._aws.rollout.one_target import AMI
from tests.unit.plugins.module_utils._aws.rollout.one_target import FOREIGN_AMI
from tests.unit.plugins.module_utils._aws.rollout.one_target import KEY
from tests.unit.plugins.module_utils._aws.rollout.one_target import look
from tests.unit.plugins.module_utils._aws.rollout.one_target import shows
from tests.unit.plugins.module_utils._aws.rollout.one_target import snapshots
from tests.unit.plugins.module_utils._aws.rollout.one_target import TARGET
from tests.unit.plugins.module_utils._aws.rollout.one_target import TEMPLATE
from tests.unit.plugins.module_utils._aws.rollout.one_target import THERE


def test_a_target_in_sync(script):
    assert look(shows(script)) == {
        "region": "eu-west-1",
        "account_id": ACCOUNT,
        "ami_id": AMI,
        "status": "in_sync",
        "drift": [],
        "not_checked": [],
        "reason": None,
    }


def test_all_drift_is_reported(script):
    shows(script, State="disabled", Tags=[{"Key": "Team", "Value": "db"}], permissions=[{"Group": "all"}])
    result = look(script, ami={"amiTags": {"Team": "web"}, "description": "web"})
    assert (result["status"], result["reason"]) == ("drifted", None)
    assert [item["field"].split(".")[-1] for item in result["drift"]] == ["state", "ami_tags", "user_groups"]


@pytest.mark.parametrize("code", ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"])
def test_an_ami_that_is_gone(script, code):
    script.refuses("describe_images", code, service="ec2", **THERE)
    result = look(script)
    assert (result["status"], result["ami_id"]) == ("missing", AMI)
    assert "does not exist any more" in result["reason"]


@pytest.mark.parametrize("answer", [[], [{"ImageId": AMI, "State": "deregistered"}]])
def test_an_ami_that_is_shown_no_more(script, answer):
    script.answers("describe_images", {"Images": answer}, service="ec2", **THERE)
    assert look(script)["status"] == "missing"


def test_a_rollout_that_never_came_here(script):
    result = look(script, amis={}, state="FAILED")
    assert (result["status"], result["ami_id"]) == ("missing", None)
    assert "(FAILED) has no AMI here" in result["reason"]


def test_a_complete_rollout_of_which_no_ami_is_named_is_unknown_and_not_missing(script):
    result = look(script, amis={})
    assert (result["status"], "does not name any AMI" in result["reason"]) == ("unknown", True)
    # The image has AMIs in other targets, but none in this one.
    assert look(script, amis={("ap-south-1", ACCOUNT): AMI})["status"] == "missing"


def test_an_ami_without_region_may_be_the_one_of_the_target(script):
    result = look(script, amis={("ap-south-1", ACCOUNT): AMI}, amis_without_target=("ami-0aaa",))
    assert (result["status"], "ami-0aaa" in result["reason"]) == ("unknown", True)


@pytest.mark.parametrize(
    ("method", "answer", "settings", "part"),
    [
        ("describe_images", {}, {}, "DescribeImages: the answer lacks Images"),
        ("describe_images", {"Images": [{"ImageId": AMI}]}, {}, "DescribeImages: the answer lacks State"),
        ("describe_snapshots", {}, {"ami": {"kmsKeyId": KEY}}, "DescribeSnapshots: the answer lacks Snapshots"),
        ("describe_snapshots", {"Snapshots": []}, {"ami": {"kmsKeyId": KEY}}, "does not show all of the snapshots"),
        ("describe_key", {"KeyMetadata": {"KeyId": "k"}}, {"ami": {"kmsKeyId": ALIAS}}, "DescribeKey: the answer"),
        (
            "describe_launch_templates",
            {},
            {"launchTemplateConfigurations": [{"launchTemplateId": TEMPLATE}]},
            "the answer lacks LaunchTemplates",
        ),
        ("get_parameter", {}, {"ssmParameterConfigurations": [{"parameterName": "/a"}]}, "the answer lacks Parameter"),
    ],
)
def test_an_answer_that_lacks_what_was_asked_for_is_unknown(script, method, answer, settings, part):
    where = {"service": "ec2", **THERE}
    if method == "describe_images":
        script.answers(method, answer, **where)
        if answer:
            script.answers("describe_image_attribute", {}, **where)
    else:
        shows(script, BlockDeviceMappings=[{"Ebs": {"SnapshotId": "snap-0"}}])
        if method == "describe_key":
            snapshots(script, KEY)
        service = {"describe_key": "kms", "get_parameter": "ssm"}.get(method, "ec2")
        script.answers(method, answer, service=service, **THERE)
    result = look(script, **{"ami": {"description": "web"}, **settings} if method != "describe_images" else {"ami": {}})
    assert (result["status"], result["drift"]) == ("unknown", [])
    assert part in result["reason"]


def test_nothing_was_distributed_yet(script):
    assert look(script, amis={}, arn=None)["status"] == "missing"


def test_an_account_without_role_is_never_in_sync(script):
    script.closed.add(TARGET)
    result = look(script, TARGET, ami={"targetAccountIds": [TARGET]})
    assert (result["status"], result["ami_id"]) == ("unknown", FOREIGN_AMI)
    assert result["reason"] == "no role could be assumed in account 111122223333: no role is named for it. Name one"


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "AuthFailure", "RequestLimitExceeded"])
def test_what_cannot_be_read_is_never_in_sync(script, code):
    where = {"service": "ec2", **THERE}
    script.answers(
        "describe_images", {"Images": [{"ImageId": AMI, "State": "available", "Description": "web"}]}, **where
    )
    script.refuses("describe_image_attribute", code, **where)
    result = look(script)
    assert result["status"] == "unknown"
    assert f"DescribeImageAttribute: {code}: planned (request id 11112222-3333)" in result["reason"]
    assert ("needs ec2:DescribeImageAttribute" in result["reason"]) == (code == "UnauthorizedOperation")


def test_an_ami_that_cannot_be_read_is_unknown_and_not_missing(script):
    script.refuses("describe_images", "UnauthorizedOperation", service="ec2", **THERE)
    assert look(script)["status"] == "unknown"


def test_drift_counts_even_where_something_else_cannot_be_read(script):
    where = {"service": "ec2", **THERE}
    script.answers(
        "describe_images", {"Images": [{"ImageId": AMI, "State": "disabled", "Description": "web"}]}, **where
    )
    script.refuses("describe_image_attribute", "UnauthorizedOperation", **where)
    result = look(script)
    assert (result["status"], bool(result["reason"])) == ("drifted", True)


LICENCE = f"arn:aws:license-manager:eu-west-1:{ACCOUNT}:license-configuration:lic-" + "0a" * 16
FAST = {"enabled": True, "maxParallelLaunches": 8}


def test_licences_and_fast_launch_are_compared_where_they_can_be_read(script):
    where = {"service": "license-manager", **THERE}
    method = "list_license_specifications_for_resource"
    asked = {"ResourceArn": f"arn:aws:ec2:eu-west-1::image/{AMI}"}
    script.answers(method, {"LicenseSpecifications": [], "NextToken": "more"}, asked, **where)
    licences = {"LicenseSpecifications": [{"LicenseConfigurationArn": LICENCE}]}
    script.answers(method, licences, {**asked, "NextToken": "more"}, **where)
    shows(script).answers(
        "describe_fast_launch_images",
        {"FastLaunchImages": [{"ImageId": AMI, "State": "enabled", "MaxParallelLaunches": 6}]},
        {"ImageIds": [AMI]},
        service="ec2",
        **THERE,
    )
    result = look(script, licenseConfigurationArns=[LICENCE], fastLaunchConfigurations=[FAST, {"enabled": False}])
    assert result["not_checked"] == []
    assert result["drift"] == [{"field": "fast_launch_configurations.max_parallel_launches", "wanted": 8, "found": 6}]


def test_they_are_not_checked_where_they_cannot(script):
    shows(script).refuses("describe_fast_launch_images", "UnauthorizedOperation", service="ec2", **THERE)
    script.refuses(
        "list_license_specifications_for_resource", "AccessDeniedException", service="license-manager", **THERE
    )
    script.refuses("describe_export_image_tasks", "UnauthorizedOperation", service="ec2", **THERE)
    result = look(
        script,
        licenseConfigurationArns=[LICENCE],
        fastLaunchConfigurations=[FAST],
        s3ExportConfiguration={"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "images"},
        containerDistributionConfiguration={"targetRepository": {"service": "ECR", "repositoryName": "web"}},
    )
    assert result["status"] == "in_sync"
    assert [text.split(" ")[0] for text in result["not_checked"]] == [
        "license_configuration_arns",
        "fast_launch_configurations",
        "s3_export_configuration",
        "container_distribution_configuration",
    ]
    assert "needs license-manager:ListLicenseSpecificationsForResource" in result["not_checked"][0]


EXPORT = {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "images", "s3Prefix": "web/"}


@pytest.mark.parametrize(
    ("task", "drifts", "checked"),
    [
        ({"Status": "completed"}, False, True),
        ({"Status": "active"}, False, True),
        ({"Status": "deleted", "StatusMessage": "no space"}, True, True),
        # EC2 does not keep tasks for ever, may leave out the AMI, and others may export it elsewhere.
        (None, False, False),
        ({"Status": "completed", "ImageId": None}, False, False),
        ({"Status": "deleted", "ImageId": "ami-0aaa"}, False, False),
        ({"Status": "deleted", "S3ExportLocation": {"S3Bucket": "others"}}, False, False),
    ],
)
def test_an_export_is_compared_where_ec2_lists_its_task(script, task, drifts, checked):
    usual = {"ExportImageTaskId": "export-ami-1", "ImageId": AMI}
    usual["S3ExportLocation"] = {"S3Bucket": "images", "S3Prefix": "web/"}
    tasks = [{key: value for key, value in {**usual, **task}.items() if value}] if task else []
    where = {"service": "ec2", **THERE}
    shows(script).answers("describe_export_image_tasks", {"ExportImageTasks": tasks}, {}, **where)
    result = look(script, s3ExportConfiguration=EXPORT)
    assert result["status"] == ("drifted" if drifts else "in_sync")
    assert (result["not_checked"] == []) == checked
    if drifts:
        assert result["drift"] == [
            {
                "field": "s3_export_configuration",
                "wanted": "s3://images/web/",
                "found": "export-ami-1 deleted no space",
            }
        ]


def test_they_are_not_compared_in_other_accounts(script):
    shows(script, TARGET, FOREIGN_AMI)
    settings = {"targetAccountIds": [TARGET], "description": "web"}
    fast = {**FAST, "accountId": TARGET}
    result = look(script, TARGET, ami=settings, licenseConfigurationArns=[LICENCE], fastLaunchConfigurations=[fast])
    assert result["status"] == "in_sync"
    assert [text.split(" ", 1)[1] for text in result["not_checked"]] == 2 * ["(not checked in another account)"]


def test_a_leftover_is_reported_only_while_it_exists(script):
    left = {"region": "eu-west-1", "account_id": ACCOUNT, "ami_id": AMI, "name": "web", "state": "AVAILABLE"}
    where = {"service": "ec2", **THERE}
    script.answers("describe_images", {"Images": [{"ImageId": AMI, "State": "available"}]}, **where)
    script.refuses("describe_images", "InvalidAMIID.NotFound", **where)
    script.refuses("describe_images", "UnauthorizedOperation", **where)
    assert live_state.leftover(script, left) == {
        "region": "eu-west-1",
        "account_id": ACCOUNT,
        "ami_id": AMI,
        "name": "web",
        "status": "present",
        "reason": None,
    }
    assert live_state.leftover(script, left) is None
    unknown = live_state.leftover(script, left)
    assert (unknown["status"], "needs ec2:DescribeImages" in unknown["reason"]) == ("unknown", True)
    script.closed.add(ACCOUNT)
    assert live_state.leftover(script, left)["status"] == "unknown"
    assert live_state.leftover(script, {**left, "region": None})["status"] == "unknown"
