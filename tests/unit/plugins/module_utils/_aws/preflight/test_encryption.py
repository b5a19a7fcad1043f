"""Copies without a kms_key_id: the key with which EBS encrypts them, and what it rules out."""

from __future__ import annotations

import json

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import findings

from tests.unit import stubbed

SOURCE, TARGET = stubbed.ACCOUNT, "111122223333"
AWAY = "eu-west-1"
AMI = "ami-0abcdef1234567890"
KEY = f"arn:aws:kms:{AWAY}:{SOURCE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def run_check(answer_to):
    def ask(others=(), public=False, exported=False, source=None):
        return answer_to(findings.Question("copy_encryption", AWAY, SOURCE, (others, public, exported, source)))

    return ask


def by_default(stubs, value):
    stubs.answer("ec2", "get_ebs_encryption_by_default", {"EbsEncryptionByDefault": value}, region=AWAY)


def source(stubs, encrypted):
    image = {"ImageId": AMI, "OwnerId": SOURCE, "BlockDeviceMappings": [{"Ebs": {"SnapshotId": "snap-1"}}]}
    stubs.answer("ec2", "describe_images", {"Images": [image]})
    stubs.answer("ec2", "describe_snapshots", {"Snapshots": [{"SnapshotId": "snap-1", "Encrypted": encrypted}]})


@pytest.mark.parametrize("given", [True, False])
def test_what_is_not_encrypted_may_be_shared(stubs, run_check, given):
    by_default(stubs, False)
    if given:
        source(stubs, False)
    for use in ({"others": (TARGET,)}, {"public": True}, {"exported": True}):
        assert run_check(**use, source=AMI if given else None).status == "ok"


@pytest.mark.parametrize("why", ["by default", "source"])
@pytest.mark.parametrize(
    ("use", "text"),
    [
        ({"others": (TARGET,)}, f"get the key alias/aws/ebs that AWS manages in account {SOURCE}"),
        ({"public": True}, "AMIs with encrypted snapshots cannot be public"),
        ({"exported": True}, "EC2 does not export AMIs with encrypted snapshots"),
    ],
)
def test_what_is_encrypted_may_not(stubs, run_check, why, use, text):
    by_default(stubs, why == "by default")
    if why == "source":
        source(stubs, True)
    if "others" in use:
        stubs.answer("ec2", "get_ebs_default_kms_key_id", {"KmsKeyId": "alias/aws/ebs"}, region=AWAY)
    result = run_check(**use, source=AMI if why == "source" else None)
    assert result.status == "error"
    assert text in result.message


@pytest.mark.parametrize(
    ("manager", "principal", "status"),
    [("AWS", TARGET, "error"), ("CUSTOMER", TARGET, "ok"), ("CUSTOMER", "444455556666", "warning")],
)
def test_a_default_key_of_ones_own_may_be_shared(stubs, run_check, manager, principal, status):
    by_default(stubs, True)
    stubs.answer("ec2", "get_ebs_default_kms_key_id", {"KmsKeyId": KEY}, region=AWAY)
    metadata = {"KeyId": KEY, "Arn": KEY, "AWSAccountId": SOURCE, "KeyManager": manager}
    stubs.answer("kms", "describe_key", {"KeyMetadata": metadata}, region=AWAY)
    if manager == "CUSTOMER":
        statement = {"Effect": "Allow", "Principal": {"AWS": TARGET}, "Action": "kms:*", "Resource": "*"}
        stubs.answer("kms", "get_key_policy", {"Policy": json.dumps({"Statement": [statement]})}, region=AWAY)
    assert run_check(others=(principal,)).status == status
