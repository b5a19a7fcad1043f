"""The requests to EC2, KMS, SSM and License Manager for one target, and the drift that follows from the answers."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout import live_state
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import drift

from tests.unit import images
from tests.unit.images import ACCOUNT
from tests.unit.images import REGION

TARGET = "111122223333"
AMI, FOREIGN_AMI = "ami-0123456789abcdef0", "ami-0fedcba9876543210"
THERE = {"region": "eu-west-1"}
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALIAS = f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/images"
IMAGE = images.arn()
TEMPLATE = "lt-0ab1234c56d789012"


@pytest.fixture
def script():
    made = images.Script()
    yield made
    made.is_read()


def look(script, account=ACCOUNT, state="AVAILABLE", amis=None, arn=IMAGE, amis_without_target=(), **settings):
    entry = {
        "region": "eu-west-1",
        "amiDistributionConfiguration": settings.pop("ami", {"description": "web"}),
        **settings,
    }
    if amis is None:
        amis = {("eu-west-1", ACCOUNT): AMI, ("eu-west-1", TARGET): FOREIGN_AMI}
    context = live_state.Context(script, ACCOUNT, "aws", amis, frozenset([ACCOUNT]), arn, state, amis_without_target)
    target = next(item for item in drift.wanted_targets([entry], ACCOUNT, REGION) if item.account_id == account)
    return live_state.compare_target(context, target)


def shows(script, account=ACCOUNT, ami_id=AMI, permissions=(), **image):
    """EC2 shows the AMI and its permissions."""
    where = {"service": "ec2", "account_id": account, **THERE}
    shown = {"ImageId": ami_id, "State": "available", "Description": "web", **image}
    script.answers("describe_images", {"Images": [shown]}, {"ImageIds": [ami_id], "IncludeDisabled": True}, **where)
    expected = {"ImageId": ami_id, "Attribute": "launchPermission"}
    script.answers("describe_image_attribute", {"LaunchPermissions": list(permissions)}, expected, **where)
    return script


def snapshots(script, *keys):
    ids = [f"snap-{number}" for number in range(len(keys))]
    snapshots = [{"SnapshotId": name, **({"KmsKeyId": key} if key else {})} for name, key in zip(ids, keys)]
    script.answers("describe_snapshots", {"Snapshots": snapshots}, {"SnapshotIds": ids}, service="ec2", **THERE)
    return [{"DeviceName": f"/dev/{name}", "Ebs": {"SnapshotId": name}} for name in ids]


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


def test_all_that_drifted_is_told(script):
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


def test_an_ami_without_its_place_may_be_the_one_that_is_looked_for(script):
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


def test_an_account_that_cannot_be_entered_is_never_in_sync(script):
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


def test_an_ami_that_may_not_be_looked_at_is_unknown_and_not_missing(script):
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


# -- keys ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("found", "status"), [([KEY, KEY], "in_sync"), ([KEY, None], "drifted"), ([], "unknown")])
def test_the_key_is_read_from_the_snapshots(script, found, status):
    blocks = [{"DeviceName": "ephemeral", "VirtualName": "ephemeral0"}]
    if found:
        blocks += [{"DeviceName": f"/dev/{n}", "Ebs": {"SnapshotId": f"snap-{n}"}} for n in range(len(found))]
    shows(script, BlockDeviceMappings=blocks)
    if found:
        snapshots(script, *found)
    assert look(script, ami={"kmsKeyId": KEY})["status"] == status


@pytest.mark.parametrize("alias", [ALIAS, "alias/images"])
def test_an_alias_is_resolved_where_the_copy_is(script, alias):
    shows(script, BlockDeviceMappings=[{"DeviceName": "/dev/a", "Ebs": {"SnapshotId": "snap-0"}}])
    snapshots(script, KEY)
    script.answers(
        "describe_key", {"KeyMetadata": {"KeyId": "k", "Arn": KEY}}, {"KeyId": alias}, service="kms", **THERE
    )
    assert look(script, ami={"kmsKeyId": alias})["status"] == "in_sync"


def test_an_alias_that_the_target_account_may_not_see_is_resolved_by_its_own(script):
    shows(script, TARGET, FOREIGN_AMI, BlockDeviceMappings=[{"DeviceName": "/dev/a", "Ebs": {"SnapshotId": "snap-0"}}])
    where = {"account_id": TARGET, **THERE}
    script.answers("describe_snapshots", {"Snapshots": [{"KmsKeyId": KEY}]}, service="ec2", **where)
    script.refuses("describe_key", "AccessDeniedException", service="kms", **where)
    script.answers(
        "describe_key", {"KeyMetadata": {"KeyId": "k", "Arn": KEY}}, {"KeyId": ALIAS}, service="kms", **THERE
    )
    settings = {"kmsKeyId": ALIAS, "targetAccountIds": [TARGET]}
    assert look(script, TARGET, ami=settings)["status"] == "in_sync"


def test_an_alias_that_nobody_may_resolve_leaves_the_target_unknown(script):
    shows(script, BlockDeviceMappings=[{"DeviceName": "/dev/a", "Ebs": {"SnapshotId": "snap-0"}}])
    snapshots(script, KEY)
    script.refuses("describe_key", "AccessDeniedException", service="kms", **THERE)
    result = look(script, ami={"kmsKeyId": ALIAS})
    assert result["status"] == "unknown"
    assert "needs kms:DescribeKey" in result["reason"]


# -- launch templates, parameters ------------------------------------------------------------------------------


def templates(script, default, *ids, account=ACCOUNT):
    where = {"service": "ec2", "account_id": account, **THERE}
    templates = {"LaunchTemplates": [{"LaunchTemplateId": TEMPLATE, "DefaultVersionNumber": default}]}
    script.answers("describe_launch_templates", templates, {"LaunchTemplateIds": [TEMPLATE]}, **where)
    versions = [
        {"VersionNumber": number, "LaunchTemplateData": {"ImageId": ami_id}} for number, ami_id in enumerate(ids, 1)
    ]
    # Two pages.
    first = {"LaunchTemplateVersions": versions[:1], "NextToken": "more"}
    script.answers("describe_launch_template_versions", first, {"LaunchTemplateId": TEMPLATE}, **where)
    more = {"LaunchTemplateId": TEMPLATE, "NextToken": "more"}
    script.answers("describe_launch_template_versions", {"LaunchTemplateVersions": versions[1:]}, more, **where)


def test_every_version_of_a_template_is_read(script):
    templates(shows(script), 1, "ami-0aaa", AMI)
    result = look(script, launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE}])
    assert result["drift"] == [
        {"field": f"launch_template_configurations[{TEMPLATE}].default_version", "wanted": 2, "found": 1}
    ]


def foreign_template(script, *permissions):
    """A launch template of another account whose default version holds the source account's AMI."""
    other = "444455556666"
    templates(script, 2, "ami-0aaa", AMI, account=other)
    expected = {"ImageId": AMI, "Attribute": "launchPermission"}
    answer = {"LaunchPermissions": list(permissions)}
    script.answers("describe_image_attribute", answer, expected, service="ec2", **THERE)
    return {"launchTemplateId": TEMPLATE, "accountId": other}


@pytest.mark.parametrize("permission", [{"UserId": "444455556666"}, {"Group": "all"}])
def test_a_template_of_an_account_without_an_ami_is_a_target_of_its_own(script, permission):
    template = foreign_template(script, permission)
    result = look(script, "444455556666", launchTemplateConfigurations=[template])
    assert (result["ami_id"], result["status"]) == (None, "in_sync")


@pytest.mark.parametrize("permissions", [[], [{"UserId": TARGET}]])
def test_a_template_whose_account_may_not_launch_the_ami_of_the_source_account_drifted(script, permissions):
    template = foreign_template(script, *permissions)
    result = look(script, "444455556666", launchTemplateConfigurations=[template])
    assert result["status"] == "drifted"
    assert result["drift"] == [
        {
            "field": f"launch_template_configurations[{TEMPLATE}].launch_permission",
            "wanted": ["444455556666"],
            "found": [permission["UserId"] for permission in permissions],
        }
    ]


@pytest.mark.parametrize(("shown", "status"), [([{"ImageId": AMI, "State": "available"}], "in_sync"), ([], "drifted")])
def test_an_account_of_an_organization_says_itself_what_it_may_launch(script, shown, status):
    template = foreign_template(script, {"OrganizationArn": "arn:aws:organizations::1:organization/o-1"})
    where = {"service": "ec2", "account_id": "444455556666", **THERE}
    script.answers("describe_images", {"Images": shown}, **where)
    result = look(script, "444455556666", launchTemplateConfigurations=[template])
    assert result["status"] == status


def test_a_template_that_holds_the_accounts_own_ami_is_in_sync(script):
    shows(script, TARGET, FOREIGN_AMI)
    templates(script, 2, AMI, FOREIGN_AMI, account=TARGET)
    template = {"launchTemplateId": TEMPLATE, "accountId": TARGET}
    ami = {"description": "web", "targetAccountIds": [ACCOUNT, TARGET]}
    assert look(script, TARGET, ami=ami, launchTemplateConfigurations=[template])["status"] == "in_sync"


@pytest.mark.parametrize("code", ["InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound"])
def test_a_template_that_is_gone(script, code):
    shows(script).refuses("describe_launch_templates", code, service="ec2", **THERE)
    result = look(script, launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE}])
    assert result["drift"][0]["found"] is None


def test_a_parameter(script):
    where = {"service": "ssm", **THERE}
    shows(script).answers(
        "get_parameter", {"Parameter": {"Value": "ami-0aaa", "DataType": "text"}}, {"Name": "/images/web"}, **where
    )
    result = look(script, ssmParameterConfigurations=[{"parameterName": "/images/web"}])
    field = "ssm_parameter_configurations[/images/web].value"
    assert result["drift"] == [{"field": field, "wanted": AMI, "found": "ami-0aaa"}]


@pytest.mark.parametrize(("code", "status"), [("ParameterNotFound", "drifted"), ("AccessDeniedException", "unknown")])
def test_a_parameter_that_is_not_there_and_one_that_may_not_be_read(script, code, status):
    shows(script).refuses("get_parameter", code, service="ssm", **THERE)
    result = look(script, ssmParameterConfigurations=[{"parameterName": "/images/web"}])
    assert result["status"] == status


def test_what_shall_show_an_ami_that_is_nowhere(script):
    result = look(
        script,
        amis={("eu-west-1", TARGET): FOREIGN_AMI},
        ami={"targetAccountIds": [TARGET]},
        launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE}],
        ssmParameterConfigurations=[{"parameterName": "/images/web"}],
    )
    assert result["status"] == "unknown"
    assert "not known which AMI the SSM parameter /images/web should hold" in result["reason"]


# -- what cannot always be read --------------------------------------------------------------------------------

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


def test_they_are_not_looked_at_in_other_accounts(script):
    shows(script, TARGET, FOREIGN_AMI)
    settings = {"targetAccountIds": [TARGET], "description": "web"}
    fast = {**FAST, "accountId": TARGET}
    result = look(script, TARGET, ami=settings, licenseConfigurationArns=[LICENCE], fastLaunchConfigurations=[fast])
    assert result["status"] == "in_sync"
    assert [text.split(" ", 1)[1] for text in result["not_checked"]] == 2 * ["(not checked in another account)"]


# -- leftovers -------------------------------------------------------------------------------------------------


def test_a_leftover_is_told_only_while_it_is_there(script):
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
