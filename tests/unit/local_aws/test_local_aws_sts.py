"""STS of the local AWS: which roles can be assumed."""

from __future__ import annotations

import json

import boto3
import moto
import pytest
from botocore.exceptions import ClientError

from tests.local_aws import attach

TARGET = "111122223333"


@pytest.fixture
def role(monkeypatch):
    """The ARN of a role with a path in another account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-access-key-that-opens-nothing-at-all")
    attach()
    with moto.mock_aws():
        monkeypatch.setenv("MOTO_ACCOUNT_ID", TARGET)
        there = boto3.client("iam", region_name="us-east-1")
        made = there.create_role(RoleName="Auditor", Path="/audit/", AssumeRolePolicyDocument=json.dumps({}))
        monkeypatch.delenv("MOTO_ACCOUNT_ID")
        yield made["Role"]["Arn"]


def assume(arn):
    return boto3.client("sts", region_name="us-east-1").assume_role(RoleArn=arn, RoleSessionName="test")


def test_a_role_that_exists_is_assumed(role):
    assert role == f"arn:aws:iam::{TARGET}:role/audit/Auditor"
    assert assume(role)["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{TARGET}:assumed-role/Auditor/test"


@pytest.mark.parametrize("name", ["Auditor", "audit/auditor", "audit/Other"])
def test_one_that_does_not_exist_is_refused_in_the_words_of_sts(role, name):
    arn = f"arn:aws:iam::{TARGET}:role/{name}"
    with pytest.raises(ClientError) as caught:
        assume(arn)
    answer = caught.value.response
    assert answer["Error"]["Code"] == "AccessDenied"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403
    said = answer["Error"]["Message"]
    assert said.startswith("User: arn:aws:")
    assert said.endswith(f" is not authorized to perform: sts:AssumeRole on resource: {arn}")
