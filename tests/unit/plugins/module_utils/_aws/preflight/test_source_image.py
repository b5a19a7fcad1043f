"""The checks of the image that will be distributed: each answer of AWS, and the result."""

from __future__ import annotations

import json

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import findings
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import questions
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.reader import Unchecked

from tests.unit import stubbed

SOURCE, TARGET, OTHER = stubbed.ACCOUNT, "111122223333", "444455556666"
HOME, AWAY = stubbed.REGION, "eu-west-1"
AMI = "ami-0abcdef1234567890"
SNAPSHOT = "snap-0abcdef1234567890"
KEY = f"arn:aws:kms:{HOME}:{SOURCE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ORGANIZATION = f"arn:aws:organizations::{SOURCE}:organization/o-a1b2c3d4e5"


@pytest.fixture
def run_check(answer_to):
    """Makes a check of the source image."""

    def ask(name, *more, source=AMI, region=HOME, account_id=SOURCE):
        return answer_to(findings.Question(name, region, account_id, (source, *more)))

    return ask


def image(stubs, **more):
    ami = {"ImageId": AMI, "OwnerId": SOURCE, "State": "available", "PlatformDetails": "Linux/UNIX", **more}
    ami["BlockDeviceMappings"] = [{"Ebs": {"SnapshotId": SNAPSHOT}}, {"VirtualName": "ephemeral0"}]
    stubs.answer("ec2", "describe_images", {"Images": [ami]}, ImageIds=[AMI], IncludeDisabled=True)


def snapshot(stubs, key=None):
    description = {"SnapshotId": SNAPSHOT, "Encrypted": key is not None, **({"KmsKeyId": key} if key else {})}
    stubs.answer("ec2", "describe_snapshots", {"Snapshots": [description]}, SnapshotIds=[SNAPSHOT])


def key(stubs, **more):
    usual = {"KeyId": KEY, "Arn": KEY, "AWSAccountId": SOURCE, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}
    stubs.answer("kms", "describe_key", {"KeyMetadata": {**usual, **more}}, KeyId=KEY)


# -- by itself -----------------------------------------------------------------------------------------------------


def test_an_ami_that_can_be_distributed(stubs, run_check):
    image(stubs)
    assert run_check("source_image") == findings.ok(f"the AMI {AMI} is available in {HOME}")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"OwnerId": TARGET}, f"belongs to account {TARGET}"),
        ({"State": "pending"}, f"is pending in {HOME}"),
        ({"State": "disabled"}, "is disabled"),
        ({"State": "failed", "StateReason": {"Message": "Copy failed"}}, "is failed (Copy failed) in us-west-2"),
    ],
)
def test_an_ami_that_cannot(stubs, run_check, more, text):
    image(stubs, **more)
    result = run_check("source_image")
    assert result.status == "error"
    assert text in result.message


@pytest.mark.parametrize("code", ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "AuthFailure"])
def test_an_ami_that_does_not_exist(stubs, run_check, code):
    stubs.refuse("ec2", "describe_images", code)
    result = run_check("source_image")
    assert result.status == "error"
    assert f"{AMI} does not exist in {HOME} for account {SOURCE}" in result.message
    # The checks that depend on it say so without another request.
    for check in ("source_image_key", "source_image_export", "source_image_public", "source_image_fast_launch"):
        with pytest.raises(Unchecked, match="was not found"):
            run_check(check)


def test_a_parameter_that_holds_the_ami(stubs, run_check):
    stubs.answer("ssm", "get_parameter", {"Parameter": {"Value": AMI}}, Name="/images/web")
    image(stubs)
    result = run_check("source_image", source="ssm:/images/web")
    assert result == findings.ok(f"the AMI {AMI} (ssm:/images/web) is available in {HOME}")
    # The name is resolved once.
    image_again = run_check("source_image", source="ssm:/images/web")
    assert image_again == result


@pytest.mark.parametrize("value", [None, "i-0123456789"])
def test_a_parameter_that_leads_nowhere(stubs, run_check, value):
    if value:
        stubs.answer("ssm", "get_parameter", {"Parameter": {"Value": value}})
    else:
        stubs.refuse("ssm", "get_parameter", "ParameterNotFound")
    for _again in range(2):
        result = run_check("source_image", source="ssm:/images/web")
        assert result.status == "error"
        assert "the SSM parameter /images/web" in result.message


def test_a_parameter_that_may_not_be_read(stubs, run_check):
    stubs.refuse("ssm", "get_parameter", "AccessDeniedException")
    for _again in range(2):
        with pytest.raises(Unchecked, match="the permission ssm:GetParameter"):
            run_check("source_image", source="ssm:/images/web")


# -- its keys ------------------------------------------------------------------------------------------------------


def test_an_ami_without_encryption(stubs, run_check):
    image(stubs)
    snapshot(stubs)
    for check, more in (("source_image_key", ()), ("source_image_key_policy", ("read", TARGET))):
        assert run_check(check, *more) == findings.ok(f"the snapshots of {AMI} are not encrypted")


@pytest.mark.parametrize(
    ("state", "status"), [("Enabled", "ok"), ("Disabled", "error"), ("PendingDeletion", "error"), (None, "error")]
)
def test_the_key_of_the_ami(stubs, run_check, state, status):
    image(stubs)
    snapshot(stubs, KEY)
    if state:
        key(stubs, KeyState=state)
    else:
        stubs.refuse("kms", "describe_key", "NotFoundException")
    result = run_check("source_image_key")
    assert result.status == status
    assert KEY in result.message


@pytest.mark.parametrize("principal", [TARGET, ORGANIZATION])
@pytest.mark.parametrize("purpose", ["read", "launch"])
def test_an_ami_under_a_key_managed_by_aws_cannot_be_shared(stubs, run_check, purpose, principal):
    image(stubs)
    snapshot(stubs, KEY)
    key(stubs, KeyManager="AWS")
    result = run_check("source_image_key_policy", purpose, principal)
    assert result.status == "error"
    assert "is managed by AWS, and no other account can use it" in result.message
    # The account that owns the key can use it.
    assert run_check("source_image_key").status == "ok"


@pytest.mark.parametrize(
    ("purpose", "principal", "status"),
    [("read", TARGET, "ok"), ("launch", TARGET, "ok"), ("read", OTHER, "error"), ("launch", OTHER, "warning")],
)
def test_the_policy_of_its_key(stubs, run_check, purpose, principal, status):
    image(stubs)
    snapshot(stubs, KEY)
    key(stubs)
    statement = {"Effect": "Allow", "Principal": {"AWS": TARGET}, "Action": "kms:*", "Resource": "*"}
    stubs.answer("kms", "get_key_policy", {"Policy": json.dumps({"Statement": [statement]})})
    assert run_check("source_image_key_policy", purpose, principal).status == status


# -- what is done with it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"Platform": "windows"}, "contains Windows"),
        ({"PlatformDetails": "Windows with SQL Server Standard"}, "contains Windows with SQL Server Standard"),
        ({"PlatformDetails": "Linux with SQL Server Web"}, "contains Linux with SQL Server Web"),
        ({"ProductCodes": [{"ProductCodeId": "abc123", "ProductCodeType": "marketplace"}]}, "product codes abc123"),
    ],
)
def test_an_ami_that_ec2_does_not_export(stubs, run_check, more, text):
    image(stubs, **more)
    result = run_check("source_image_export", region=AWAY)
    assert result.status == "error"
    assert text in result.message
    assert AWAY in result.remedy


@pytest.mark.parametrize("check", ["source_image_export", "source_image_public"])
@pytest.mark.parametrize("encrypted", [True, False])
def test_an_encrypted_ami_is_neither_exported_nor_public(stubs, run_check, check, encrypted):
    image(stubs)
    snapshot(stubs, KEY if encrypted else None)
    result = run_check(check)
    assert result.status == ("error" if encrypted else "ok")
    assert not encrypted or "and its copies have encrypted snapshots" in result.message


@pytest.mark.current_botocore
def test_an_ami_with_watermarks_cannot_be_public(stubs, run_check):
    image(stubs, ImageWatermarks=[{"WatermarkKey": "approved"}])
    result = run_check("source_image_public")
    assert result.status == "error"
    assert "watermarks approved" in result.message


def test_an_ami_of_the_marketplace_cannot_be_public(stubs, run_check):
    image(stubs, ProductCodes=[{"ProductCodeId": "abc123", "ProductCodeType": "marketplace"}])
    result = run_check("source_image_public")
    assert result.status == "error"
    assert "product codes abc123" in result.message


@pytest.mark.parametrize(
    ("more", "status"),
    [({}, "error"), ({"Platform": "windows"}, "ok"), ({"PlatformDetails": "Windows BYOL"}, "ok")],
)
def test_fast_launch_is_for_windows(stubs, run_check, more, status):
    image(stubs, **more)
    assert run_check("source_image_fast_launch").status == status


# -- what is asked -------------------------------------------------------------------------------------------------


def asked(*entries):
    raised = questions.source_questions(list(entries), SOURCE, HOME, AMI)
    return [(one.check, one.region, one.account_id, *one.subject[1:]) for one in raised][2:]


def entry(region=HOME, targets=(), permission=None, **more):
    ami = {"name": "x", **({"targetAccountIds": list(targets)} if targets else {})}
    if permission:
        ami["launchPermission"] = permission
    return {"region": region, "amiDistributionConfiguration": ami, **more}


def test_accounts_with_copies_must_read_it_and_others_launch_the_ami_at_home():
    shared = {"userIds": [OTHER], "organizationArns": [ORGANIZATION]}
    assert asked(entry(permission=shared), entry(AWAY, [SOURCE, TARGET], permission=shared)) == [
        ("source_image_key_policy", HOME, TARGET, "read", TARGET),
        ("source_image_key_policy", HOME, OTHER, "launch", OTHER),
        ("source_image_key_policy", HOME, SOURCE, "launch", ORGANIZATION),
    ]
    # Copies have other keys.
    assert asked(entry(AWAY, permission=shared)) == []


def test_each_use_is_asked_about_where_it_is():
    windows = [{"enabled": True}, {"enabled": True, "accountId": TARGET}]
    export = {"roleName": "vmimport", "s3Bucket": "images", "diskImageFormat": "RAW"}
    assert asked(
        entry(permission={"userGroups": ["all"]}),
        entry(AWAY, fastLaunchConfigurations=windows, s3ExportConfiguration=export),
    ) == [
        ("source_image_public", HOME, SOURCE),
        ("source_image_export", AWAY, SOURCE),
        ("source_image_fast_launch", AWAY, SOURCE),
    ]
    assert asked(entry(AWAY, fastLaunchConfigurations=[{"enabled": False}, windows[1]])) == []
