"""The checks of keys, launch templates and what an entry writes to: each answer of AWS, and the verdict on it."""

from __future__ import annotations

import json

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import findings
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.questions import CHECKS

from tests.unit import stubbed

SOURCE = stubbed.ACCOUNT
TARGET = "111122223333"
REGION = "eu-west-1"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:{REGION}:{SOURCE}:key/{KEY_ID}"
ALIAS = f"arn:aws:kms:{REGION}:{SOURCE}:alias/images"
TEMPLATE = "lt-0ab1234c56d789012"
LICENSE = f"arn:aws:license-manager:{REGION}:{SOURCE}:license-configuration:lic-{'0' * 32}"
ORGANIZATION = f"arn:aws:organizations::{SOURCE}:organization/o-a1b2c3d4e5"
UNIT = f"arn:aws:organizations::{SOURCE}:ou/o-a1b2c3d4e5/ou-ab12-11111111"
TAG = {"Key": "CreatedBy", "Value": "EC2 Image Builder"}


@pytest.fixture
def stubs():
    accounts = stubbed.StubbedAccounts()
    yield accounts
    accounts.finish()


@pytest.fixture
def verdict(stubs):
    """Asks one question and gives the verdict."""
    asking = findings.Asking(stubs, stubbed.connection(stubs))

    def ask(check, *subject, region=REGION, account_id=SOURCE):
        found = CHECKS[check](asking, findings.Question(check, region, account_id, subject))
        assert (found.remedy is None) == (found.status == "ok"), found
        return found

    ask.asking = asking
    return ask


# -- keys ----------------------------------------------------------------------------------------------------------


def metadata(**more):
    usual = {"KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT"}
    return {"KeyMetadata": {"KeyId": KEY_ID, "Arn": KEY, "AWSAccountId": SOURCE, **usual, **more}}


def test_a_key_by_alias_is_resolved(stubs, verdict):
    stubs.answer("kms", "describe_key", metadata(), region=REGION, KeyId=ALIAS)
    assert verdict("kms_key", ALIAS) == findings.ok(f"the KMS key {ALIAS} ({KEY}) is enabled")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"KeyState": "Disabled"}, "is Disabled"),
        ({"KeyState": "PendingDeletion"}, "is PendingDeletion"),
        ({"KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048"}, "is for SIGN_VERIFY with RSA_2048"),
        ({"KeySpec": "RSA_2048"}, "is for ENCRYPT_DECRYPT with RSA_2048"),
    ],
)
def test_a_key_that_cannot_be_used(stubs, verdict, more, text):
    stubs.answer("kms", "describe_key", metadata(**more), region=REGION)
    found = verdict("kms_key", KEY)
    assert found.status == "error"
    assert text in found.message


@pytest.mark.parametrize("code", ["NotFoundException", "InvalidArnException"])
def test_a_key_that_does_not_exist(stubs, verdict, code):
    stubs.refuse("kms", "describe_key", code, region=REGION)
    found = verdict("kms_key", KEY)
    assert found.status == "error"
    assert f"{KEY} does not exist in {REGION} for account {SOURCE}" in found.message
    assert "full ARN" not in found.remedy


def test_a_key_that_is_no_arn_is_looked_for_where_the_copy_is_made(stubs, verdict):
    stubs.refuse("kms", "describe_key", "NotFoundException", region=REGION, account_id=TARGET)
    found = verdict("kms_key", KEY_ID, account_id=TARGET)
    assert found.status == "error"
    assert "other accounts find a key only by its full ARN" in found.remedy


def test_a_key_of_another_region_is_not_asked_about(verdict):
    found = verdict("kms_key", KEY.replace(REGION, "eu-central-1"))
    assert found.status == "error"
    assert "is a key of eu-central-1" in found.message


def policy(*actions, principal=f"arn:aws:iam::{TARGET}:root", **condition):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions), "Resource": "*"}
    if condition:
        statement["Condition"] = condition
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def paths(*patterns):
    condition = {"aws:PrincipalOrgPaths": list(patterns)}
    return policy("kms:*", principal="*", **{"ForAnyValue:StringLike": condition})


COPYING = [f"kms:{name}" for name in ("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey")]


@pytest.mark.parametrize(
    ("document", "status", "text"),
    [
        (policy("kms:*"), "ok", "allows account 111122223333"),
        (policy("kms:*", principal=TARGET), "ok", "allows account 111122223333"),
        (policy("kms:*", principal="*"), "ok", "allows account 111122223333"),
        (policy(*COPYING, "kms:CreateGrant"), "ok", "allows account 111122223333"),
        (policy("kms:*", Bool={"kms:GrantIsForAWSResource": "true"}), "ok", "allows account 111122223333"),
        (policy("kms:*", StringLike={"kms:ViaService": "ec2.*.amazonaws.com"}), "ok", "allows account 111122223333"),
        (policy("kms:*", StringEquals={"kms:ViaService": "rds.eu-west-1.amazonaws.com"}), "error", "kms:CreateGrant"),
        (policy("kms:*", StringEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"}), "warning", "aws:PrincipalOrgID"),
        (policy(*COPYING), "error", "does not allow account 111122223333 to copy AMIs: kms:CreateGrant missing"),
        (policy("kms:*", principal=f"arn:aws:iam::{SOURCE}:root"), "error", "kms:ReEncryptTo missing"),
    ],
)
def test_the_policy_of_a_key(stubs, verdict, document, status, text):
    stubs.answer("kms", "describe_key", metadata(), region=REGION)
    stubs.answer("kms", "get_key_policy", document, region=REGION, KeyId=KEY, PolicyName="default")
    found = verdict("kms_key_policy", ALIAS, "copy", SOURCE, account_id=TARGET)
    assert found.status == status
    assert text in found.message
    if status == "error":
        assert f"arn:aws:iam::{TARGET}:root" in found.remedy


def test_an_account_that_only_launches_needs_less(stubs, verdict):
    stubs.answer("kms", "describe_key", metadata(), region=REGION)
    actions = ("kms:DescribeKey", "kms:ReEncrypt*", "kms:CreateGrant", "kms:Decrypt")
    stubs.answer("kms", "get_key_policy", policy(*actions), region=REGION)
    assert verdict("kms_key_policy", KEY, "launch", SOURCE, account_id=TARGET).status == "ok"
    # The same key and policy, for an account that they do not name: the AMI is distributed, but cannot be launched.
    found = verdict("kms_key_policy", KEY, "launch", SOURCE, account_id="444455556666")
    assert found.status == "warning"
    assert "444455556666 to launch AMIs" in found.message


def test_the_policy_is_read_in_the_account_of_the_key(stubs, verdict):
    arn = KEY.replace(SOURCE, TARGET)
    stubs.answer("kms", "describe_key", metadata(Arn=arn, AWSAccountId=TARGET), region=REGION)
    stubs.answer("kms", "get_key_policy", policy("kms:*", principal=SOURCE), region=REGION, account_id=TARGET)
    assert verdict("kms_key_policy", arn, "copy", SOURCE, account_id=SOURCE).status == "ok"
    assert verdict("kms_key_policy", arn, "copy", SOURCE, account_id=TARGET).message.startswith(
        f"account {TARGET} owns"
    )


def test_in_china_the_name_of_the_service_is_not_judged(stubs, verdict):
    verdict.asking.partition = "aws-cn"
    stubs.answer("kms", "describe_key", metadata(), region=REGION)
    document = policy("kms:*", StringLike={"kms:ViaService": "ec2.*.amazonaws.com.cn"})
    stubs.answer("kms", "get_key_policy", document, region=REGION)
    assert verdict("kms_key_policy", KEY, "copy", SOURCE, account_id=TARGET).status == "warning"


@pytest.mark.parametrize("principal", [None, ORGANIZATION, UNIT])
def test_a_key_managed_by_aws_cannot_be_shared(stubs, verdict, principal):
    more, account_id = ((principal,), SOURCE) if principal else ((), TARGET)
    stubs.answer("kms", "describe_key", metadata(KeyManager="AWS"), region=REGION)
    # By its reserved alias it is known even where there is none yet.
    for name in (KEY, "alias/aws/ebs", f"arn:aws:kms:{REGION}:{SOURCE}:alias/aws/ebs"):
        found = verdict("kms_key_policy", name, "launch", SOURCE, *more, account_id=account_id)
        assert found.status == "error"
        assert f"{principal or TARGET} needs it" in found.message


def test_a_misspelt_key_of_aws_is_a_key_that_does_not_exist(stubs, verdict):
    """KMS makes the key of a predefined alias when it is described, so no other answer is to be had for a right one."""
    stubs.refuse("kms", "describe_key", "NotFoundException", region=REGION)
    assert verdict("kms_key", "alias/aws/ebz").status == "error"


EVERYBODY = "*"


@pytest.mark.parametrize(
    ("document", "whole", "unit"),
    [
        (policy("kms:*", principal=EVERYBODY), "ok", "ok"),
        (policy("kms:*", principal=EVERYBODY, StringEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"}), "ok", "ok"),
        (policy("kms:*", principal=EVERYBODY, StringEquals={"aws:PrincipalOrgID": "o-zzzzzzzzzz"}), "no", "no"),
        # Some accounts are not all.
        (policy("kms:*", principal=TARGET), "no", "no"),
        (paths("o-a1b2c3d4e5/*"), "ok", "ok"),
        (paths("o-a1b2c3d4e5/r-ab12/*"), "ok", "ok"),
        (paths("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"), "no", "ok"),
        (paths("o-a1b2c3d4e5/*/ou-ab12-11111111/*"), "no", "ok"),
        # It may be the parent of the OU that is meant.
        (paths("o-a1b2c3d4e5/r-ab12/ou-ab12-22222222/*"), "no", "open"),
        (paths("o-zzzzzzzzzz/*"), "no", "no"),
    ],
)
def test_the_policy_of_a_key_and_an_organization(stubs, verdict, document, whole, unit):
    stubs.answer("kms", "describe_key", metadata(), region=REGION)
    stubs.answer("kms", "get_key_policy", document, region=REGION, KeyId=KEY, PolicyName="default")
    for principal, expected in ((ORGANIZATION, whole), (UNIT, unit)):
        found = verdict("kms_key_policy", KEY, "launch", SOURCE, principal)
        assert found.status == ("ok" if expected == "ok" else "warning"), found
        if expected == "no":
            assert (
                f"does not allow all of the {'OU' if principal == UNIT else 'organization'} {principal}"
                in found.message
            )
        if expected == "open":
            assert "conditions that are not evaluated here: aws:PrincipalOrgPaths" in found.message


@pytest.mark.parametrize(
    ("organization", "status"), [("o-a1b2c3d4e5", "ok"), ("o-zzzzzzzzzz", "error"), (None, "warning")]
)
def test_an_account_is_admitted_by_its_organization(stubs, verdict, organization, status):
    stubs.answer("kms", "describe_key", metadata(), region=REGION)
    document = policy("kms:*", principal=EVERYBODY, StringEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"})
    stubs.answer("kms", "get_key_policy", document, region=REGION)
    if organization:
        answer = {"Organization": {"Id": organization}}
        stubs.answer("organizations", "describe_organization", answer, account_id=TARGET)
    else:
        stubs.refuse("organizations", "describe_organization", "AccessDeniedException", account_id=TARGET)
    assert verdict("kms_key_policy", KEY, "copy", SOURCE, account_id=TARGET).status == status


def test_without_a_key_there_is_no_policy(stubs, verdict):
    stubs.refuse("kms", "describe_key", "NotFoundException", region=REGION)
    with pytest.raises(findings.Unchecked, match="the key was not found"):
        verdict("kms_key_policy", KEY, "copy", SOURCE, account_id=TARGET)


# -- launch templates ----------------------------------------------------------------------------------------------


def templates(*tags, identifier=TEMPLATE):
    return {"LaunchTemplates": [{"LaunchTemplateId": identifier, "Tags": list(tags)}]}


def versions(*images):
    return {
        "LaunchTemplateVersions": [
            {"VersionNumber": number, "LaunchTemplateData": {"ImageId": image} if image else {}}
            for number, image in enumerate(images, 1)
        ]
    }


def test_a_launch_template_in_the_account_that_owns_it(stubs, verdict):
    stubs.answer("ec2", "describe_launch_templates", templates(TAG), REGION, TARGET, LaunchTemplateIds=[TEMPLATE])
    image = versions("ami-0abcdef1234567890")
    asked = {"LaunchTemplateId": TEMPLATE, "Versions": ["$Default", "$Latest"]}
    stubs.answer("ec2", "describe_launch_template_versions", image, REGION, TARGET, **asked)
    for check in ("launch_template", "launch_template_tag", "launch_template_image"):
        assert verdict(check, TEMPLATE, account_id=TARGET).status == "ok"


@pytest.mark.parametrize("empty", [True, False])
def test_a_launch_template_that_does_not_exist(stubs, verdict, empty):
    if empty:
        stubs.answer("ec2", "describe_launch_templates", {"LaunchTemplates": []}, region=REGION)
    else:
        stubs.refuse("ec2", "describe_launch_templates", "InvalidLaunchTemplateId.NotFound", region=REGION)
    found = verdict("launch_template", TEMPLATE)
    assert found.status == "error"
    assert f"{TEMPLATE} does not exist in {REGION} in account {SOURCE}" in found.message
    assert "account_id" in found.remedy
    for check in ("launch_template_tag", "launch_template_image"):
        with pytest.raises(findings.Unchecked, match="was not found"):
            verdict(check, TEMPLATE)


@pytest.mark.parametrize(
    "tags", [(), ({"Key": "CreatedBy", "Value": "me"},), ({"Key": "createdby", "Value": TAG["Value"]},)]
)
def test_a_launch_template_without_the_tag(stubs, verdict, tags):
    stubs.answer("ec2", "describe_launch_templates", templates(*tags), REGION, TARGET)
    found = verdict("launch_template_tag", TEMPLATE, account_id=TARGET)
    assert found.status == "error"
    assert f"Tag {TEMPLATE} with CreatedBy=EC2 Image Builder in {REGION} in account {TARGET}" in found.remedy


def test_a_launch_template_without_an_ami(stubs, verdict):
    stubs.answer("ec2", "describe_launch_templates", templates(), region=REGION)
    stubs.answer("ec2", "describe_launch_template_versions", versions("ami-0abcdef1234567890", None), region=REGION)
    found = verdict("launch_template_image", TEMPLATE)
    assert found.status == "warning"
    assert "does not name an AMI in version 2" in found.message


def test_the_launch_template_of_fast_launch(stubs, verdict):
    stubs.answer("ec2", "describe_launch_templates", templates(TAG), REGION, LaunchTemplateNames=["windows"])
    asked = {"LaunchTemplateId": TEMPLATE, "Versions": ["2"]}
    stubs.answer("ec2", "describe_launch_template_versions", versions(None), REGION, **asked)
    assert verdict("fast_launch_template", "windows", "2").status == "ok"
    stubs.refuse("ec2", "describe_launch_template_versions", "InvalidLaunchTemplateId.VersionNotFound", region=REGION)
    found = verdict("fast_launch_template", "windows", "9")
    assert found.status == "error"
    assert "has no version 9" in found.message


def test_fast_launch_without_template_or_tag(stubs, verdict):
    stubs.refuse("ec2", "describe_launch_templates", "InvalidLaunchTemplateName.NotFoundException", region=REGION)
    assert verdict("fast_launch_template", "windows", None).status == "error"
    stubs.answer("ec2", "describe_launch_templates", templates(), region=REGION)
    found = verdict("fast_launch_template", TEMPLATE, None)
    assert found.status == "warning"
    assert "CreatedBy=EC2 Image Builder" in found.remedy


# -- what an entry writes to ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [True, False])
def test_a_bucket_in_the_region(stubs, verdict, own):
    stubs.answer("s3", "head_bucket", {"BucketRegion": REGION}, region=REGION, Bucket="example-images")
    asked = {"Bucket": "example-images", "ExpectedBucketOwner": SOURCE}
    if own:
        stubs.answer("s3", "head_bucket", {"BucketRegion": REGION}, region=REGION, **asked)
    else:
        stubs.refuse("s3", "head_bucket", "403", region=REGION)
    found = verdict("s3_bucket", "example-images")
    assert found.status == ("ok" if own else "error")
    assert own or f"belongs to another account, and EC2 exports AMIs of account {SOURCE}" in found.message


def test_a_bucket_that_an_older_botocore_describes(stubs, verdict):
    answer = {"ResponseMetadata": {"HTTPHeaders": {"x-amz-bucket-region": "eu-central-1"}}}
    stubs.answer("s3", "head_bucket", answer, region=REGION)
    found = verdict("s3_bucket", "example-images")
    assert found.status == "error"
    assert "is in eu-central-1, and EC2 exports AMIs in eu-west-1 only to buckets there" in found.message


def test_a_bucket_that_is_not_there_or_not_to_be_seen(stubs, verdict):
    stubs.refuse("s3", "head_bucket", "404", region=REGION)
    assert verdict("s3_bucket", "example-images").message == "the bucket example-images does not exist"
    stubs.answer("s3", "head_bucket", {}, region=REGION)
    with pytest.raises(findings.Unchecked, match="did not say where"):
        verdict("s3_bucket", "other-images")


@pytest.mark.parametrize(
    ("arn", "answer", "status"),
    [
        (LICENSE, {"Status": "AVAILABLE"}, "ok"),
        (LICENSE, {"Status": "DISABLED"}, "warning"),
        # That AMIs need one of their own Region says a rule that needs no request.
        (LICENSE.replace(REGION, "us-east-1"), {"Status": "AVAILABLE"}, "ok"),
        (LICENSE, None, "error"),
    ],
)
def test_a_licence_configuration(stubs, verdict, arn, answer, status):
    region = arn.split(":")[3]
    if answer:
        expected = {"LicenseConfigurationArn": arn}
        stubs.answer("license-manager", "get_license_configuration", answer, region=region, **expected)
    else:
        stubs.refuse("license-manager", "get_license_configuration", "InvalidParameterValueException", region=region)
    found = verdict("license_configuration", arn)
    assert found.status == status
    assert arn in found.message


@pytest.mark.parametrize(
    ("there", "data_type", "status", "text"),
    [
        ([], "text", "ok", "does not exist in eu-west-1 yet, so no type stands in the way"),
        ([{"Type": "String", "DataType": "aws:ec2:image"}], "aws:ec2:image", "ok", "can be written"),
        ([{"Type": "String"}], "text", "ok", "can be written"),
        ([{"Type": "String", "DataType": "text"}], "aws:ec2:image", "error", "data type text, and SSM does not let"),
        ([{"Type": "String", "DataType": "aws:ec2:image"}], "text", "error", "has the data type aws:ec2:image"),
        ([{"Type": "SecureString", "DataType": "text"}], "text", "error", "is a SecureString"),
        ([{"Type": "StringList", "DataType": "text"}], "text", "error", "is a StringList"),
    ],
)
def test_an_ssm_parameter(stubs, verdict, there, data_type, status, text):
    wanted = [{"Key": "Name", "Option": "Equals", "Values": ["/images/web"]}]
    answer = {"Parameters": [{"Name": "/images/web", **one} for one in there]}
    stubs.answer("ssm", "describe_parameters", answer, REGION, TARGET, ParameterFilters=wanted)
    found = verdict("ssm_parameter", "/images/web", data_type, account_id=TARGET)
    assert found.status == status
    assert text in found.message


def test_a_container_repository(stubs, verdict):
    stubs.answer("ecr", "describe_repositories", {"repositories": []}, region=REGION, repositoryNames=["team/web"])
    assert verdict("container_repository", "team/web").status == "ok"
    stubs.refuse("ecr", "describe_repositories", "RepositoryNotFoundException", region=REGION)
    assert verdict("container_repository", "team/other").status == "warning"
