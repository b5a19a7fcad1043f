"""The checks of keys, launch templates, pipelines and other resources: each answer of AWS, and the result."""

from __future__ import annotations

import json

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import findings
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import resources
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.reader import Unchecked
from botocore.exceptions import ClientError

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


# -- keys ----------------------------------------------------------------------------------------------------------


def metadata(**more):
    usual = {"KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT"}
    return {"KeyMetadata": {"KeyId": KEY_ID, "Arn": KEY, "AWSAccountId": SOURCE, **usual, **more}}


def test_a_key_by_alias_is_resolved(stubs, run_check):
    stubs.answer("kms", "describe_key", metadata(), region=REGION, KeyId=ALIAS)
    assert run_check("kms_key", ALIAS) == findings.ok(f"the KMS key {ALIAS} ({KEY}) is enabled")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"KeyState": "Disabled"}, "is Disabled"),
        ({"KeyState": "PendingDeletion"}, "is PendingDeletion"),
        ({"KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048"}, "is for SIGN_VERIFY with RSA_2048"),
        ({"KeySpec": "RSA_2048"}, "is for ENCRYPT_DECRYPT with RSA_2048"),
    ],
)
def test_a_key_that_cannot_be_used(stubs, run_check, more, text):
    stubs.answer("kms", "describe_key", metadata(**more), region=REGION)
    result = run_check("kms_key", KEY)
    assert result.status == "error"
    assert text in result.message


@pytest.mark.parametrize("code", ["NotFoundException", "InvalidArnException"])
def test_a_key_that_does_not_exist(stubs, run_check, code):
    stubs.refuse("kms", "describe_key", code, region=REGION)
    result = run_check("kms_key", KEY)
    assert result.status == "error"
    assert f"{KEY} does not exist in {REGION} for account {SOURCE}" in result.message
    assert "full ARN" not in result.remedy


def test_a_key_without_arn_is_looked_up_where_the_copy_is_made(stubs, run_check):
    stubs.refuse("kms", "describe_key", "NotFoundException", region=REGION, account_id=TARGET)
    result = run_check("kms_key", KEY_ID, account_id=TARGET)
    assert result.status == "error"
    assert "other accounts find a key only by its full ARN" in result.remedy


def test_a_key_of_another_region_is_not_asked_about(run_check):
    result = run_check("kms_key", KEY.replace(REGION, "eu-central-1"))
    assert result.status == "error"
    assert "is a key of eu-central-1" in result.message


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
def test_the_policy_of_a_key(stubs, run_check, document, status, text):
    stubs.answer("kms", "describe_key", metadata(), region=REGION)
    stubs.answer("kms", "get_key_policy", document, region=REGION, KeyId=KEY, PolicyName="default")
    result = run_check("kms_key_policy", ALIAS, "copy", SOURCE, account_id=TARGET)
    assert result.status == status
    assert text in result.message
    if status == "error":
        assert f"arn:aws:iam::{TARGET}:root" in result.remedy


def test_an_account_that_only_launches_needs_less(stubs, run_check):
    stubs.answer("kms", "describe_key", metadata(), region=REGION)
    actions = ("kms:DescribeKey", "kms:ReEncrypt*", "kms:CreateGrant", "kms:Decrypt")
    stubs.answer("kms", "get_key_policy", policy(*actions), region=REGION)
    assert run_check("kms_key_policy", KEY, "launch", SOURCE, account_id=TARGET).status == "ok"
    # The same key and policy, for an account that they do not name: the AMI is distributed, but cannot be launched.
    result = run_check("kms_key_policy", KEY, "launch", SOURCE, account_id="444455556666")
    assert result.status == "warning"
    assert "444455556666 to launch AMIs" in result.message


def test_the_policy_is_read_in_the_account_of_the_key(stubs, run_check):
    arn = KEY.replace(SOURCE, TARGET)
    stubs.answer("kms", "describe_key", metadata(Arn=arn, AWSAccountId=TARGET), region=REGION)
    stubs.answer("kms", "get_key_policy", policy("kms:*", principal=SOURCE), region=REGION, account_id=TARGET)
    assert run_check("kms_key_policy", arn, "copy", SOURCE, account_id=SOURCE).status == "ok"
    assert run_check("kms_key_policy", arn, "copy", SOURCE, account_id=TARGET).message.startswith(
        f"account {TARGET} owns"
    )


def test_in_china_the_name_of_the_service_is_not_judged(stubs, reader, run_check):
    reader.partition = "aws-cn"
    stubs.answer("kms", "describe_key", metadata(), region=REGION)
    document = policy("kms:*", StringLike={"kms:ViaService": "ec2.*.amazonaws.com.cn"})
    stubs.answer("kms", "get_key_policy", document, region=REGION)
    assert run_check("kms_key_policy", KEY, "copy", SOURCE, account_id=TARGET).status == "warning"


@pytest.mark.parametrize("principal", [None, ORGANIZATION, UNIT])
def test_a_key_managed_by_aws_cannot_be_shared(stubs, run_check, principal):
    more, account_id = ((principal,), SOURCE) if principal else ((), TARGET)
    stubs.answer("kms", "describe_key", metadata(KeyManager="AWS"), region=REGION)
    # The reserved alias tells that the key belongs to AWS, even if it does not exist yet.
    for name in (KEY, "alias/aws/ebs", f"arn:aws:kms:{REGION}:{SOURCE}:alias/aws/ebs"):
        result = run_check("kms_key_policy", name, "launch", SOURCE, *more, account_id=account_id)
        assert result.status == "error"
        assert f"{principal or TARGET} needs it" in result.message


def test_a_misspelt_key_of_aws_is_a_key_that_does_not_exist(stubs, run_check):
    """KMS creates the key of a predefined alias when it is described, so a correct alias is always found."""
    stubs.refuse("kms", "describe_key", "NotFoundException", region=REGION)
    assert run_check("kms_key", "alias/aws/ebz").status == "error"


EVERYBODY = "*"


@pytest.mark.parametrize(
    ("document", "whole", "unit"),
    [
        (policy("kms:*", principal=EVERYBODY), "ok", "ok"),
        (policy("kms:*", principal=EVERYBODY, StringEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"}), "ok", "ok"),
        (policy("kms:*", principal=EVERYBODY, StringEquals={"aws:PrincipalOrgID": "o-zzzzzzzzzz"}), "no", "no"),
        # Some accounts are not the whole organization.
        (policy("kms:*", principal=TARGET), "no", "no"),
        (paths("o-a1b2c3d4e5/*"), "ok", "ok"),
        (paths("o-a1b2c3d4e5/r-ab12/*"), "ok", "ok"),
        (paths("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"), "no", "ok"),
        (paths("o-a1b2c3d4e5/*/ou-ab12-11111111/*"), "no", "ok"),
        # It may be the parent of this OU.
        (paths("o-a1b2c3d4e5/r-ab12/ou-ab12-22222222/*"), "no", "open"),
        (paths("o-zzzzzzzzzz/*"), "no", "no"),
    ],
)
def test_the_policy_of_a_key_and_an_organization(stubs, run_check, document, whole, unit):
    stubs.answer("kms", "describe_key", metadata(), region=REGION)
    stubs.answer("kms", "get_key_policy", document, region=REGION, KeyId=KEY, PolicyName="default")
    for principal, expected in ((ORGANIZATION, whole), (UNIT, unit)):
        result = run_check("kms_key_policy", KEY, "launch", SOURCE, principal)
        assert result.status == ("ok" if expected == "ok" else "warning"), result
        if expected == "no":
            assert (
                f"does not allow all of the {'OU' if principal == UNIT else 'organization'} {principal}"
                in result.message
            )
        if expected == "open":
            assert "conditions that are not evaluated here: aws:PrincipalOrgPaths" in result.message


@pytest.mark.parametrize(
    ("organization", "status"), [("o-a1b2c3d4e5", "ok"), ("o-zzzzzzzzzz", "error"), (None, "warning")]
)
def test_an_account_is_admitted_by_its_organization(stubs, run_check, organization, status):
    stubs.answer("kms", "describe_key", metadata(), region=REGION)
    document = policy("kms:*", principal=EVERYBODY, StringEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"})
    stubs.answer("kms", "get_key_policy", document, region=REGION)
    if organization:
        answer = {"Organization": {"Id": organization}}
        stubs.answer("organizations", "describe_organization", answer, account_id=TARGET)
    else:
        stubs.refuse("organizations", "describe_organization", "AccessDeniedException", account_id=TARGET)
    assert run_check("kms_key_policy", KEY, "copy", SOURCE, account_id=TARGET).status == status


def test_without_a_key_there_is_no_policy(stubs, run_check):
    stubs.refuse("kms", "describe_key", "NotFoundException", region=REGION)
    with pytest.raises(Unchecked, match="the key was not found"):
        run_check("kms_key_policy", KEY, "copy", SOURCE, account_id=TARGET)


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


def test_a_launch_template_in_the_account_that_owns_it(stubs, run_check):
    stubs.answer("ec2", "describe_launch_templates", templates(TAG), REGION, TARGET, LaunchTemplateIds=[TEMPLATE])
    image = versions("ami-0abcdef1234567890")
    asked = {"LaunchTemplateId": TEMPLATE, "Versions": ["$Default", "$Latest"]}
    stubs.answer("ec2", "describe_launch_template_versions", image, REGION, TARGET, **asked)
    for check in ("launch_template", "launch_template_tag", "launch_template_image"):
        assert run_check(check, TEMPLATE, account_id=TARGET).status == "ok"


@pytest.mark.parametrize("empty", [True, False])
def test_a_launch_template_that_does_not_exist(stubs, run_check, empty):
    if empty:
        stubs.answer("ec2", "describe_launch_templates", {"LaunchTemplates": []}, region=REGION)
    else:
        stubs.refuse("ec2", "describe_launch_templates", "InvalidLaunchTemplateId.NotFound", region=REGION)
    result = run_check("launch_template", TEMPLATE)
    assert result.status == "error"
    assert f"{TEMPLATE} does not exist in {REGION} in account {SOURCE}" in result.message
    assert "account_id" in result.remedy
    for check in ("launch_template_tag", "launch_template_image"):
        with pytest.raises(Unchecked, match="was not found"):
            run_check(check, TEMPLATE)


@pytest.mark.parametrize(
    "tags", [(), ({"Key": "CreatedBy", "Value": "me"},), ({"Key": "createdby", "Value": TAG["Value"]},)]
)
def test_a_launch_template_without_the_tag(stubs, run_check, tags):
    stubs.answer("ec2", "describe_launch_templates", templates(*tags), REGION, TARGET)
    result = run_check("launch_template_tag", TEMPLATE, account_id=TARGET)
    assert result.status == "error"
    assert f"Tag {TEMPLATE} with CreatedBy=EC2 Image Builder in {REGION} in account {TARGET}" in result.remedy


def test_a_launch_template_without_an_ami(stubs, run_check):
    stubs.answer("ec2", "describe_launch_templates", templates(), region=REGION)
    stubs.answer("ec2", "describe_launch_template_versions", versions("ami-0abcdef1234567890", None), region=REGION)
    result = run_check("launch_template_image", TEMPLATE)
    assert result.status == "warning"
    assert "does not name an AMI in version 2" in result.message


def test_the_launch_template_of_fast_launch(stubs, run_check):
    stubs.answer("ec2", "describe_launch_templates", templates(TAG), REGION, LaunchTemplateNames=["windows"])
    asked = {"LaunchTemplateId": TEMPLATE, "Versions": ["2"]}
    stubs.answer("ec2", "describe_launch_template_versions", versions(None), REGION, **asked)
    assert run_check("fast_launch_template", "windows", "2").status == "ok"
    stubs.refuse("ec2", "describe_launch_template_versions", "InvalidLaunchTemplateId.VersionNotFound", region=REGION)
    result = run_check("fast_launch_template", "windows", "9")
    assert result.status == "error"
    assert "has no version 9" in result.message


def test_fast_launch_without_template_or_tag(stubs, run_check):
    stubs.refuse("ec2", "describe_launch_templates", "InvalidLaunchTemplateName.NotFoundException", region=REGION)
    assert run_check("fast_launch_template", "windows", None).status == "error"
    stubs.answer("ec2", "describe_launch_templates", templates(), region=REGION)
    result = run_check("fast_launch_template", TEMPLATE, None)
    assert result.status == "warning"
    assert "CreatedBy=EC2 Image Builder" in result.remedy


# -- what an entry writes to ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [True, False])
def test_a_bucket_in_the_region(stubs, run_check, own):
    stubs.answer("s3", "head_bucket", {"BucketRegion": REGION}, region=REGION, Bucket="example-images")
    asked = {"Bucket": "example-images", "ExpectedBucketOwner": SOURCE}
    if own:
        stubs.answer("s3", "head_bucket", {"BucketRegion": REGION}, region=REGION, **asked)
    else:
        stubs.refuse("s3", "head_bucket", "403", region=REGION)
    result = run_check("s3_bucket", "example-images")
    assert result.status == ("ok" if own else "error")
    assert own or f"belongs to another account, and EC2 exports AMIs of account {SOURCE}" in result.message


def test_a_bucket_that_an_older_botocore_describes(stubs, run_check):
    answer = {"ResponseMetadata": {"HTTPHeaders": {"x-amz-bucket-region": "eu-central-1"}}}
    stubs.answer("s3", "head_bucket", answer, region=REGION)
    result = run_check("s3_bucket", "example-images")
    assert result.status == "error"
    assert "is in eu-central-1, and EC2 exports AMIs in eu-west-1 only to buckets there" in result.message


def test_a_bucket_that_is_not_there_or_not_to_be_seen(stubs, run_check):
    stubs.refuse("s3", "head_bucket", "404", region=REGION)
    assert run_check("s3_bucket", "example-images").message == "the bucket example-images does not exist"
    stubs.answer("s3", "head_bucket", {}, region=REGION)
    with pytest.raises(Unchecked, match="did not say where"):
        run_check("s3_bucket", "other-images")


@pytest.mark.parametrize(
    ("arn", "answer", "status"),
    [
        (LICENSE, {"Status": "AVAILABLE"}, "ok"),
        (LICENSE, {"Status": "DISABLED"}, "warning"),
        # A rule without a request checks its Region.
        (LICENSE.replace(REGION, "us-east-1"), {"Status": "AVAILABLE"}, "ok"),
        (LICENSE, None, "error"),
    ],
)
def test_a_licence_configuration(stubs, run_check, arn, answer, status):
    region = arn.split(":")[3]
    if answer:
        expected = {"LicenseConfigurationArn": arn}
        stubs.answer("license-manager", "get_license_configuration", answer, region=region, **expected)
    else:
        stubs.refuse("license-manager", "get_license_configuration", "InvalidParameterValueException", region=region)
    result = run_check("license_configuration", arn)
    assert result.status == status
    assert arn in result.message


@pytest.mark.parametrize(
    ("there", "data_type", "status", "text"),
    [
        ([], "text", "ok", "does not exist in eu-west-1 yet, so its type cannot conflict"),
        ([{"Type": "String", "DataType": "aws:ec2:image"}], "aws:ec2:image", "ok", "can be written"),
        ([{"Type": "String"}], "text", "ok", "can be written"),
        ([{"Type": "String", "DataType": "text"}], "aws:ec2:image", "error", "data type text, and SSM does not let"),
        ([{"Type": "String", "DataType": "aws:ec2:image"}], "text", "error", "has the data type aws:ec2:image"),
        ([{"Type": "SecureString", "DataType": "text"}], "text", "error", "is a SecureString"),
        ([{"Type": "StringList", "DataType": "text"}], "text", "error", "is a StringList"),
    ],
)
def test_an_ssm_parameter(stubs, run_check, there, data_type, status, text):
    wanted = [{"Key": "Name", "Option": "Equals", "Values": ["/images/web"]}]
    answer = {"Parameters": [{"Name": "/images/web", **one} for one in there]}
    stubs.answer("ssm", "describe_parameters", answer, REGION, TARGET, ParameterFilters=wanted)
    result = run_check("ssm_parameter", "/images/web", data_type, account_id=TARGET)
    assert result.status == status
    assert text in result.message


def test_a_container_repository(stubs, run_check):
    stubs.answer("ecr", "describe_repositories", {"repositories": []}, region=REGION, repositoryNames=["team/web"])
    assert run_check("container_repository", "team/web").status == "ok"
    stubs.refuse("ecr", "describe_repositories", "RepositoryNotFoundException", region=REGION)
    assert run_check("container_repository", "team/other").status == "warning"


# -- pipelines -----------------------------------------------------------------------------------------------------


def test_pipelines_are_named(run_check, monkeypatch):
    arn = f"arn:aws:imagebuilder:{REGION}:{SOURCE}:distribution-configuration/web"
    pipelines = [{"name": name, "arn": f"arn of {name}"} for name in ("web", "api")]
    monkeypatch.setattr(resources.api, "list_pipelines", lambda dummy, asked: pipelines if asked == arn else None)
    assert run_check("pipelines", arn).message.endswith("as it is then: api (arn of api), web (arn of web)")
    pipelines.clear()
    assert run_check("pipelines", arn).message == f"no pipeline uses {arn}"


def test_pipelines_that_cannot_be_listed(run_check, monkeypatch):
    def list_pipelines(*dummy):
        response = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        raise ImageBuilderError(message="x", exception=ClientError(response, "ListImagePipelines"))

    monkeypatch.setattr(resources.api, "list_pipelines", list_pipelines)
    with pytest.raises(Unchecked, match="imagebuilder:ListImagePipelines in account 123456789012 is missing"):
        run_check("pipelines", "any")
