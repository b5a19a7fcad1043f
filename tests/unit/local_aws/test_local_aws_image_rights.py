"""Who may distribute: roles, trusts, boundaries, keys, and each permission that a step needs."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import aws_managed
from tests.unit.local_aws.stage import but
from tests.unit.local_aws.stage import DESTINATION_ROLE
from tests.unit.local_aws.stage import document
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import EVERYTHING
from tests.unit.local_aws.stage import failures
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import message
from tests.unit.local_aws.stage import prepared
from tests.unit.local_aws.stage import SERVICE_TRUST
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import switch
from tests.unit.local_aws.stage import TARGET
from tests.unit.local_aws.stage import trust
from tests.world import TWO as OTHER

ROLES = f"arn:aws:iam::{SOURCE}:role/"


CREATED_BY = {"CreatedBy": "EC2 Image Builder"}


@pytest.mark.parametrize(
    "role",
    ["dist", f"arn:aws:iam::{SOURCE}:role/dist", "pathed", f"arn:aws:iam::{SOURCE}:role/team/pathed", "team/pathed"],
)
def test_execution_role_by_name_or_arn(stage: ImageStage, role: str) -> None:
    stage.put_role("pathed", trust(SERVICE_TRUST), document(EVERYTHING), path="/team/")
    assert stage.run(entry(AWAY), executionRole=role)["executionRole"] == role


@pytest.mark.parametrize(
    "role", ["unknown", f"arn:aws:iam::{TARGET}:role/dist", f"{ROLES}team/dist", f"{ROLES}pathed", "ec2-only"]
)
def test_execution_role_that_cannot_be_assumed(stage: ImageStage, role: str) -> None:
    stage.put_role("pathed", trust(SERVICE_TRUST), document(EVERYTHING), path="/team/")
    stage.put_role("ec2-only", trust({"Service": "ec2.amazonaws.com"}), document(EVERYTHING))
    configuration = stage.configure(entry(AWAY))
    with pytest.raises(ClientError, match="'executionRole' is not valid") as caught:
        stage.start(distributionConfigurationArn=configuration, executionRole=role)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert stage.client.list_image_build_versions()["imageSummaryList"] == []
    switch(role_checked_at_once=False)
    failed = stage.run(distributionConfigurationArn=configuration, executionRole=role)
    assert failed["state"]["status"] == "FAILED"
    assert "cannot assume the execution role" in failed["state"]["reason"]
    assert "regionFailures" not in failed["state"]["failureContext"]["distributionFailure"]


@pytest.mark.parametrize(("account", "works"), [(SOURCE, True), (TARGET, False)])
def test_conditions_of_the_trust(stage: ImageStage, account: str, works: bool) -> None:
    condition = {"aws:SourceAccount": account, "aws:SourceArn": f"arn:aws:imagebuilder:*:{account}:image/*"}
    trusting = trust(SERVICE_TRUST, StringEquals={"aws:SourceAccount": account}, ArnLike=condition)
    del trusting["Statement"][0]["Condition"]["ArnLike"]["aws:SourceAccount"]
    stage.put_role("dist", trusting, document(EVERYTHING))
    if works:
        assert stage.run(entry(AWAY))["state"] == {"status": "AVAILABLE"}
        return
    with pytest.raises(ClientError, match="executionRole"):
        stage.start(entry(AWAY))


@pytest.mark.parametrize("code", ["InvalidParameterValueException", "AccessDeniedException"])
def test_a_role_that_is_too_new(stage: ImageStage, code: str) -> None:
    switch(role_propagation_calls=2, role_propagation_code=code)
    configuration = stage.configure(entry(AWAY))
    for _call in range(2):
        with pytest.raises(ClientError) as caught:
            stage.start(distributionConfigurationArn=configuration)
        assert caught.value.response["Error"]["Code"] == code
    assert stage.run(distributionConfigurationArn=configuration)["state"] == {"status": "AVAILABLE"}
    stage.put_role("new", trust(SERVICE_TRUST), document(EVERYTHING))
    with pytest.raises(ClientError):
        stage.start(distributionConfigurationArn=configuration, executionRole="new", clientToken="two")


def test_service_linked_role_has_its_policy(stage: ImageStage) -> None:
    from moto.iam.models import iam_backends

    role = iam_backends[SOURCE]["aws"].create_service_linked_role("imagebuilder.amazonaws.com", "", "")
    role.name = "AWSServiceRoleForImageBuilder"
    arn = f"arn:aws:iam::{SOURCE}:role/aws-service-role/imagebuilder.amazonaws.com/{role.name}"
    inside = {"ssmParameterConfigurations": [{"parameterName": "/imagebuilder/web"}]}
    assert stage.run({**entry(AWAY), **inside}, executionRole=arn)["state"] == {"status": "AVAILABLE"}
    outside = {"ssmParameterConfigurations": [{"parameterName": "/golden/web"}]}
    configuration = stage.configure({**entry(AWAY), **outside}, name="outside")
    failed = stage.run(distributionConfigurationArn=configuration, executionRole=arn, clientToken="two")
    assert "ssm:PutParameter" in message(failed)


def test_boundary_and_explicit_deny(stage: ImageStage) -> None:
    stage.put_role("dist", trust(SERVICE_TRUST), document(*but("ec2:CopyImage")))
    configuration = stage.configure(entry(AWAY))
    assert "with an explicit deny in an identity-based policy" in message(
        stage.run(distributionConfigurationArn=configuration)
    )
    boundary = document({"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"})
    stage.put_role("dist", trust(SERVICE_TRUST), document(EVERYTHING), boundary=boundary)
    failed = stage.run(distributionConfigurationArn=configuration, clientToken="two")
    assert message(failed) == (
        "EC2 Client Error: 'You are not authorized to perform this operation. User: "
        f"arn:aws:sts::{SOURCE}:assumed-role/dist/Ec2ImageBuilder is not authorized to perform: ec2:CopyImage on "
        f"resource: arn:aws:ec2:{HOME}::image/{stage.source.id} because no permissions boundary allows the "
        "ec2:CopyImage action'"
    )


COPY: dict[str, Any] = {}


# What each step needs: without this permission it fails, and nothing else does
SHARE = {"ami": {"launchPermission": {"userIds": [OTHER]}}}


TEMPLATE = {"launchTemplateConfigurations": "own"}


PARAMETER = {"ssmParameterConfigurations": [{"parameterName": "/golden/web"}]}


LICENSE = {
    "licenseConfigurationArns": [f"arn:aws:license-manager:{AWAY}:{SOURCE}:license-configuration:lic-" + "0a" * 16]
}


EXPORT = {"s3ExportConfiguration": {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "vm-images"}}


FAST_LAUNCH = {"fastLaunchConfigurations": "own"}


BARE_FAST_LAUNCH = {"fastLaunchConfigurations": [{"enabled": True}]}


DEMANDS = [
    ("ec2:DescribeImages", COPY, None),
    ("ec2:CopyImage", COPY, None),
    ("ec2:CreateTags", COPY, None),
    ("ec2:ModifyImageAttribute", SHARE, None),
    ("license-manager:UpdateLicenseSpecificationsForResource", LICENSE, "ASSOCIATE_LICENSES"),
    ("ec2:DescribeLaunchTemplates", TEMPLATE, "UPDATE_LAUNCH_TEMPLATES"),
    ("ec2:CreateLaunchTemplateVersion", TEMPLATE, "UPDATE_LAUNCH_TEMPLATES"),
    ("ec2:ModifyLaunchTemplate", TEMPLATE, "UPDATE_LAUNCH_TEMPLATES"),
    ("ssm:PutParameter", PARAMETER, "PUT_SSM_PARAMETERS"),
    ("ec2:EnableFastLaunch", FAST_LAUNCH, "UPDATE_FAST_LAUNCH_CONFIGURATIONS"),
    ("ec2:RunInstances", FAST_LAUNCH, "UPDATE_FAST_LAUNCH_CONFIGURATIONS"),
    ("iam:CreateServiceLinkedRole", FAST_LAUNCH, "UPDATE_FAST_LAUNCH_CONFIGURATIONS"),
    ("ec2:EnableFastLaunch", BARE_FAST_LAUNCH, "UPDATE_FAST_LAUNCH_CONFIGURATIONS"),
    ("ec2:CreateVpc", BARE_FAST_LAUNCH, "UPDATE_FAST_LAUNCH_CONFIGURATIONS"),
    ("ec2:CreateLaunchTemplate", BARE_FAST_LAUNCH, "UPDATE_FAST_LAUNCH_CONFIGURATIONS"),
    ("ec2:ExportImage", EXPORT, "EXPORT_AMI"),
    ("ec2:DescribeExportImageTasks", EXPORT, "EXPORT_AMI"),
    ("iam:PassRole", EXPORT, "EXPORT_AMI"),
]


@pytest.mark.parametrize(("action", "wanted", "step"), DEMANDS)
def test_execution_role_needs_each_permission(
    stage: ImageStage, action: str, wanted: dict[str, Any], step: str | None
) -> None:
    one = prepared(stage, wanted, SOURCE)
    stage.allow(*but(action))
    (failure,) = failures(stage.run(one))
    assert f"is not authorized to perform: {action}" in failure["errorMessage"]
    assert failure.get("imageConfigurationStep") == step
    assert (failure["region"], failure["targetAccountId"]) == (AWAY, SOURCE)


@pytest.mark.parametrize("action", ["sts:AssumeRole", "ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute"])
def test_execution_role_needs_more_for_other_accounts(stage: ImageStage, action: str) -> None:
    stage.admit()
    stage.allow(*but(action))
    assert f"dist/Ec2ImageBuilder is not authorized to perform: {action}" in message(stage.run(entry(AWAY, [TARGET])))


@pytest.mark.parametrize(
    ("action", "wanted", "step"),
    [
        ("ec2:DescribeImages", COPY, None),
        ("ec2:CopyImage", COPY, None),
        ("ec2:CreateTags", COPY, None),
        ("ec2:ModifyImageAttribute", SHARE, None),
        ("ec2:DescribeLaunchTemplates", TEMPLATE, "UPDATE_LAUNCH_TEMPLATES"),
        ("ec2:CreateLaunchTemplateVersion", TEMPLATE, "UPDATE_LAUNCH_TEMPLATES"),
        ("ec2:ModifyLaunchTemplate", TEMPLATE, "UPDATE_LAUNCH_TEMPLATES"),
        ("ssm:PutParameter", PARAMETER, "PUT_SSM_PARAMETERS"),
    ],
)
def test_destination_role_needs_each_permission(
    stage: ImageStage, action: str, wanted: dict[str, Any], step: str | None
) -> None:
    one = prepared(stage, wanted, TARGET)
    stage.admit(TARGET, *but(action))
    (failure,) = failures(stage.run(one))
    assert f"assumed-role/{DESTINATION_ROLE}/" in failure["errorMessage"]
    assert f"is not authorized to perform: {action}" in failure["errorMessage"]
    assert failure.get("imageConfigurationStep") == step
    assert (failure["region"], failure["targetAccountId"]) == (AWAY, TARGET)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        *(
            ("ec2:RunInstances", f"arn:aws:ec2:*:*:{kind}/*")
            for kind in ("image", "subnet", "security-group", "network-interface", "instance", "volume")
        ),
        *(("ec2:CreateTags", f"arn:aws:ec2:*:*:{kind}/*") for kind in ("instance", "volume")),
        # The dependent actions of EnableFastLaunch.
        *(
            (f"ec2:Describe{name}", "*")
            for name in (
                "Instances",
                "InstanceAttribute",
                "InstanceStatus",
                "InstanceTypeOfferings",
                "LaunchTemplates",
                "LaunchTemplateVersions",
                "Snapshots",
                "Subnets",
            )
        ),
        *(("ec2:CreateSnapshot", f"arn:aws:ec2:*:*:{kind}/*") for kind in ("volume", "snapshot")),
        ("ec2:DeleteSnapshot", "*"),
        ("ec2:StopInstances", "*"),
        ("ec2:TerminateInstances", "*"),
    ],
)
@pytest.mark.parametrize("wanted", [FAST_LAUNCH, BARE_FAST_LAUNCH], ids=["template", "bare"])
def test_fast_launch_needs_the_right_to_launch(
    stage: ImageStage, action: str, resource: str, wanted: dict[str, Any]
) -> None:
    one = prepared(stage, wanted, SOURCE)
    stage.allow(EVERYTHING, {"Effect": "Deny", "Action": action, "Resource": resource})
    (failure,) = failures(stage.run(one))
    assert f"is not authorized to perform: {action}" in failure["errorMessage"]
    assert failure["imageConfigurationStep"] == "UPDATE_FAST_LAUNCH_CONFIGURATIONS"


def test_no_managed_policy_suffices_for_fast_launch(stage: ImageStage) -> None:
    one = prepared(stage, FAST_LAUNCH, SOURCE)
    policy = aws_managed("EC2ImageBuilderExecutionPolicy")
    stage.put_role("dist", trust(SERVICE_TRUST), policy)
    assert "ec2:CreateSnapshot" in message(stage.run(one))
    bare = stage.configure({**one, **BARE_FAST_LAUNCH}, name="bare")
    assert "ec2:CreateVpc" in message(stage.run(distributionConfigurationArn=bare, clientToken="two"))
    stage.put_role("dist", trust(SERVICE_TRUST), policy, aws_managed("EC2FastLaunchFullAccess"))
    assert "ec2:CreateSnapshot" in message(stage.run(distributionConfigurationArn=bare, clientToken="three"))
    # They lack what EC2's service role for Fast Launch may do.
    policies = [policy, aws_managed("EC2FastLaunchFullAccess"), aws_managed("EC2FastLaunchServiceRolePolicy")]
    stage.put_role("dist", trust(SERVICE_TRUST), *policies)
    image = stage.run(distributionConfigurationArn=bare, clientToken="four")
    assert image["state"] == {"status": "AVAILABLE"}


def test_fast_launch_passes_the_role_of_the_launch_template(stage: ImageStage) -> None:
    from moto.ec2.models import ec2_backends

    iam = boto3.client("iam")
    iam.create_instance_profile(InstanceProfileName="servers")
    stage.put_role("servers", trust({"Service": "ec2.amazonaws.com"}))
    iam.add_role_to_instance_profile(InstanceProfileName="servers", RoleName="servers")
    one = prepared(stage, FAST_LAUNCH, SOURCE)
    (template,) = ec2_backends[SOURCE][AWAY].launch_templates.values()
    template.create_version({"ImageId": "ami-old", "IamInstanceProfile": {"Name": "servers"}}, "")
    template.default_version_number = 2
    stage.allow(*but("iam:PassRole"))
    assert f"iam:PassRole on resource: arn:aws:iam::{SOURCE}:role/servers" in message(stage.run(one))


def test_an_image_parameter_never_appears_if_the_role_may_not_describe_images(stage: ImageStage) -> None:
    from moto.ssm.models import ssm_backends

    wanted = [{"parameterName": "/golden/web", "dataType": "aws:ec2:image"}]
    arn = stage.start({**entry(AWAY), "ssmParameterConfigurations": wanted})
    while stage.get(arn)["state"]["status"] != "INTEGRATING":
        pass
    stage.allow(*but("ec2:DescribeImages"))
    assert stage.finish(arn)["state"] == {"status": "AVAILABLE"}
    assert ssm_backends[SOURCE][AWAY].get_parameter("/golden/web") is None


def test_ssm_names_in_tags_are_read_by_the_execution_role(stage: ImageStage) -> None:
    stage.moto_resources.put_parameter(SOURCE, HOME, "/golden/owner", "team web", "text")
    stage.allow(*but("ssm:GetParameter"))
    tags = {"Owner": "{{ ssm:/golden/owner }}"}
    assert "ssm:GetParameter" in message(stage.run(entry(AWAY, amiTags=tags)))


# AWS's managed policies


def test_managed_policies_suffice_for_copies(stage: ImageStage) -> None:
    stage.put_role("dist", trust(SERVICE_TRUST), aws_managed("EC2ImageBuilderExecutionPolicy"))
    destination = aws_managed("Ec2ImageBuilderCrossAccountDistributionAccess")
    stage.admit(TARGET, *destination["Statement"])
    for built in (stage.source, stage.source.ebs_snapshot):
        built.add_tags(CREATED_BY)
    share = {"launchPermission": {"userIds": [OTHER]}}
    image = stage.run(entry(HOME, **share), entry(AWAY, [SOURCE, TARGET], **share))
    assert image["state"] == {"status": "AVAILABLE"}


def test_the_managed_policy_shares_only_amis_of_image_builder(stage: ImageStage) -> None:
    stage.put_role("dist", trust(SERVICE_TRUST), aws_managed("EC2ImageBuilderExecutionPolicy"))
    stage.admit()
    failed = stage.run(entry(HOME, launchPermission={"userIds": [OTHER]}), entry(AWAY, [TARGET]))
    assert "ec2:ModifyImageAttribute" in message(failed)
    assert failures(failed)[0]["targetAccountId"] == TARGET
    configuration = stage.configure(entry(HOME, launchPermission={"userIds": [OTHER]}), name="home")
    failed = stage.run(distributionConfigurationArn=configuration, clientToken="two")
    assert "ec2:ModifyImageAttribute" in message(failed)


def test_the_managed_policy_of_target_accounts_allows_copies_only(stage: ImageStage) -> None:
    destination = aws_managed("Ec2ImageBuilderCrossAccountDistributionAccess")
    for number, wanted in enumerate((TEMPLATE, PARAMETER)):
        one = prepared(stage, wanted, TARGET) if number == 0 else {**entry(AWAY, [TARGET]), **_of(TARGET, wanted)}
        stage.admit(TARGET, *destination["Statement"])
        configuration = stage.configure(one, name=f"web-{number}")
        failed = stage.run(distributionConfigurationArn=configuration, clientToken=str(number))
        assert "is not authorized" in message(failed)


def _of(account: str, wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: [{**one, "amiAccountId": account} for one in several] for name, several in wanted.items()}


# The caller


def test_the_caller_must_pass_the_role_if_iam_is_enforced(
    stage: ImageStage, make_client: Any, monkeypatch: Any
) -> None:
    from moto import settings
    from moto.core.authorization import ActionAuthenticatorMixin

    configuration = stage.configure(entry(AWAY))
    iam = boto3.client("iam")
    iam.create_user(UserName="somebody")
    key = iam.create_access_key(UserName="somebody")["AccessKey"]
    client = make_client(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    request = {"sourceImage": stage.source.id, "distributionConfigurationArn": configuration, "executionRole": "dist"}
    work = {"Effect": "Allow", "Action": ["imagebuilder:*", "ec2:DescribeImages"], "Resource": "*"}
    role = f"arn:aws:iam::{SOURCE}:role/dist"
    to_service = {"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}}
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": to_service}
    for statements, works in (
        ((work,), False),
        ((work, {**passing, "Resource": f"{role}-x"}), False),
        ((work, passing), True),
    ):
        iam.put_user_policy(UserName="somebody", PolicyName="p", PolicyDocument=json.dumps(document(*statements)))
        with monkeypatch.context() as patch:
            patch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
            patch.setattr(ActionAuthenticatorMixin, "request_count", 0)
            if works:
                client.distribute_image(**request, clientToken="one")
                continue
            with pytest.raises(client.exceptions.AccessDeniedException, match="iam:PassRole on resource"):
                client.distribute_image(**request, clientToken="one")


@pytest.mark.parametrize(
    ("group", "allowed", "written"), [(None, False, True), ("/golden", False, False), ("/golden", True, True)]
)
def test_logs(stage: ImageStage, group: str | None, allowed: bool, written: bool) -> None:
    settings = {"loggingConfiguration": {"logGroupName": group}} if group else {}
    stage.allow(*((EVERYTHING,) if allowed else but("logs:PutLogEvents")))
    image = stage.run(entry(AWAY), **settings)
    assert image["state"] == {"status": "AVAILABLE"}
    logs = boto3.client("logs", HOME)
    groups = [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]]
    expected = group or "/aws/imagebuilder/web server"
    assert (expected in groups) is written
    if written:
        events = logs.get_log_events(logGroupName=expected, logStreamName="1.0.0/1")["events"]
        assert [event["message"].split()[2] for event in events] == [
            "DistributeImage",
            "ModifyImageAttributes",
            "ApplyImageConfigurations",
        ]
