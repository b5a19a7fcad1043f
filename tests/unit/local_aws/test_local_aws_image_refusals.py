"""What EC2, SSM, KMS and VM Import/Export refuse while a distribution runs."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import ec2_of
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import failures
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import make_template
from tests.unit.local_aws.stage import record
from tests.unit.local_aws.stage import SERVICE_TRUST
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import TARGET
from tests.unit.local_aws.stage import trust

EXPORT = {"roleName": "vmimport", "diskImageFormat": "VMDK", "s3Bucket": "vm-images"}


def ready_to_export(stage: ImageStage, region: str = AWAY) -> None:
    boto3.client("s3", region).create_bucket(
        Bucket="vm-images", CreateBucketConfiguration={"LocationConstraint": region}
    )
    stage.put_role("vmimport", trust({"Service": "vmie.amazonaws.com"}, StringEquals={"sts:Externalid": "vmimport"}))


def test_an_export(stage: ImageStage) -> None:
    ready_to_export(stage)
    image = stage.run({**entry(AWAY), "s3ExportConfiguration": EXPORT})
    assert image["state"] == {"status": "AVAILABLE"}
    assert record(SOURCE, stage.ami(image).id) == {"exports": [EXPORT]}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ({"platform": "windows"}, "AWS-licensed software"),
        ({"details": "Linux with SQL Server Web"}, "AWS-licensed software"),
        ({"product_codes": {"abc"}}, "third-party software"),
    ],
)
def test_images_that_ec2_does_not_export(stage: ImageStage, source: dict[str, Any], text: str) -> None:
    ready_to_export(stage)
    vars(stage.source).update(source)
    failed = stage.run({**entry(AWAY), "s3ExportConfiguration": EXPORT})
    (failure,) = failures(failed)
    assert failure["imageConfigurationStep"] == "EXPORT_AMI"
    assert text in failure["errorMessage"]
    # The copy remains.
    assert stage.ami(failed).state == "available"


def test_encrypted_images_are_not_exported(stage: ImageStage) -> None:
    ready_to_export(stage)
    stage.source.ebs_snapshot.encrypted = True
    failed = stage.run({**entry(AWAY), "s3ExportConfiguration": EXPORT})
    assert "encrypted snapshots" in failures(failed)[0]["errorMessage"]


def test_the_bucket_of_an_export_must_be_in_the_region(stage: ImageStage) -> None:
    ready_to_export(stage, "eu-central-1")
    failed = stage.run({**entry(AWAY), "s3ExportConfiguration": EXPORT})
    assert "not in the Region eu-west-1" in failures(failed)[0]["errorMessage"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("runner/ami/id", "must be a fully qualified name"),
        ("/" + "/".join("abcdefghijklmnop"), "maximum of 15 levels"),
        ("/aws/images", "prefixed with aws or ssm"),
        ("SSMimages", "prefixed with aws or ssm"),
        ("/" + "/".join("abcdefghijklmno"), ""),
        ("runner.ami-id", ""),
    ],
)
def test_names_that_ssm_refuses(stage: ImageStage, name: str, text: str) -> None:
    run = stage.run({**entry(AWAY), "ssmParameterConfigurations": [{"parameterName": name}]})
    if text == "":
        assert run["state"] == {"status": "AVAILABLE"}
        return
    (failure,) = failures(run)
    assert failure["imageConfigurationStep"] == "PUT_SSM_PARAMETERS"
    assert text in failure["errorMessage"]


@pytest.mark.parametrize(
    ("source", "permission", "text"),
    [
        ({}, {"userGroups": ["everybody"]}, "UserGroup is invalid"),
        ({"watermarks": ["approved"]}, {"userGroups": ["all"]}, "watermarks"),
        ({"product_codes": {"abc"}}, {"userGroups": ["all"]}, "product codes"),
        ({"product_codes": {"abc"}}, {"userIds": [TARGET]}, None),
        ({}, {"userGroups": ["all"]}, None),
    ],
)
def test_launch_permissions_that_ec2_refuses(
    stage: ImageStage, source: dict[str, Any], permission: dict[str, Any], text: str | None
) -> None:
    vars(stage.source).update(source)
    run = stage.run(entry(AWAY, launchPermission=permission))
    if text is None:
        assert run["state"] == {"status": "AVAILABLE"}
    else:
        assert text in failures(run)[0]["errorMessage"]


@pytest.mark.parametrize("permission", [{"userGroups": ["all"]}, {"userIds": [TARGET]}])
def test_encrypted_images_are_shared_under_a_customers_key_and_never_public(
    stage: ImageStage, permission: dict[str, Any]
) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    key = boto3.client("kms", AWAY).create_key(Policy=policy)["KeyMetadata"]["Arn"]
    run = stage.run(entry(AWAY, kmsKeyId=key, launchPermission=permission))
    if "userIds" in permission:
        assert run["state"] == {"status": "AVAILABLE"}
    else:
        assert "encrypted snapshots" in failures(run)[0]["errorMessage"]


def test_an_ami_that_is_not_available_is_not_copied(stage: ImageStage) -> None:
    stage.source.state = "pending"
    failed = stage.run(entry(AWAY))
    assert "is pending and not available" in failures(failed)[0]["errorMessage"]


@pytest.mark.parametrize(
    ("platform", "launch", "text"),
    [
        (None, {}, "Windows"),
        ("windows", {"maxParallelLaunches": 5}, "6 or greater"),
        ("windows", {"accountId": TARGET}, "owner"),
        ("windows", {"launchTemplate": {"launchTemplateName": "unknown"}}, "does not exist"),
        (
            "windows",
            {"launchTemplate": {"launchTemplateName": f"web-{SOURCE}", "launchTemplateVersion": "7"}},
            "version 7",
        ),
    ],
)
def test_fast_launch_that_ec2_refuses(stage: ImageStage, platform: Any, launch: dict[str, Any], text: str) -> None:
    stage.source.platform = platform
    make_template(SOURCE)
    failed = stage.run({**entry(AWAY), "fastLaunchConfigurations": [{"enabled": True, **launch}]})
    (failure,) = failures(failed)
    assert failure["imageConfigurationStep"] == "UPDATE_FAST_LAUNCH_CONFIGURATIONS"
    assert text in failure["errorMessage"]


@pytest.mark.parametrize("missing", ["role", "trust", "bucket"])
def test_exports_that_lack_something(stage: ImageStage, missing: str) -> None:
    if missing != "role":
        principal = SERVICE_TRUST if missing == "trust" else {"Service": "vmie.amazonaws.com"}
        stage.put_role("vmimport", trust(principal))
    export = {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "vm-images"}
    failed = stage.run({**entry(AWAY), "s3ExportConfiguration": export})
    (failure,) = failures(failed)
    assert failure["imageConfigurationStep"] == "EXPORT_AMI"
    expected = {"role": "'vmimport' does not exist", "trust": "does not trust", "bucket": "vm-images does not exist"}
    assert expected[missing].replace("'vmimport'", "").strip() in failure["errorMessage"]


def test_region_that_does_not_exist(stage: ImageStage) -> None:
    failed = stage.run(entry("eu-wst-1"), entry(AWAY))
    (failure,) = failures(failed)
    assert failure["region"] == "eu-wst-1"
    assert stage.ami(failed) is not None


def test_a_source_that_was_deregistered(stage: ImageStage) -> None:
    arn = stage.start(entry(AWAY))
    ec2_of(SOURCE, HOME).deregister_image(stage.source.id)
    assert stage.source.id in failures(stage.finish(arn))[0]["errorMessage"]
