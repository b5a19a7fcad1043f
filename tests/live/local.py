"""The local AWS as an account to ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.live.sandbox import AskedAccount
from tests.local_aws.server import LocalAws
from tests.local_aws.server import SOURCE_ACCOUNT
from tests.local_aws.server import TARGET_ACCOUNTS

REGION = "us-east-1"
OTHER_REGION = "us-west-2"
ROLE = "live-execution-role"


def prepare(aws: LocalAws) -> AskedAccount:
    """Make what the questions need. Returns the account, which lends all of it."""
    principal = {"Service": "imagebuilder.amazonaws.com"}
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam = aws.client("iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(everything))
    organization = aws.client("organizations").create_organization(FeatureSet="ALL")["Organization"]

    def client(service: str, region: str) -> Any:
        return aws.client(service, region_name=region)

    return AskedAccount(
        client,
        SOURCE_ACCOUNT,
        "aws",
        REGION,
        OTHER_REGION,
        source_image=aws.plant_ami("live"),
        execution_role=ROLE,
        copies=True,
        account_without_role=TARGET_ACCOUNTS[0],
        organization=organization["Arn"],
        pause=lambda seconds: None,
    )


@contextmanager
def local_account() -> Iterator[AskedAccount]:
    """An account of a local AWS that ends with the block."""
    with LocalAws() as aws:
        yield prepare(aws)
