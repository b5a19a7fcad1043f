"""The keys, launch templates and SSM parameters of one target, and the drift that follows from them."""

from __future__ import annotations

import pytest

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
def test_a_template_of_an_account_without_an_ami_is_a_separate_target(script, permission):
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


def test_references_to_an_ami_that_does_not_exist(script):
    result = look(
        script,
        amis={("eu-west-1", TARGET): FOREIGN_AMI},
        ami={"targetAccountIds": [TARGET]},
        launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE}],
        ssmParameterConfigurations=[{"parameterName": "/images/web"}],
    )
    assert result["status"] == "unknown"
    assert "not known which AMI the SSM parameter /images/web should hold" in result["reason"]
