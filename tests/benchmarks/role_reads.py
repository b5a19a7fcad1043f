"""A handwritten script that reads everything that the role reads: a boto3 thread pool.

``python -m tests.benchmarks.role_reads WORKERS FILE``; FILE holds accounts, regions and keys (Region -> ARN) as JSON.
It makes the reads of a second run of the role, each once, compares nothing, and retries as boto3 does.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

HOME = "us-east-1"
EXECUTION, DESTINATION = "goldimage-web", "EC2ImageBuilderDistributionCrossAccountRole"
ADMIN = "ImageAdmin"
QUOTA = {"ServiceCode": "ec2", "QuotaCode": "L-B665C33B"}
# What the IAM roles do in each Region except the home Region; each statement is one request to the simulator.
EXECUTION_ACTIONS = (
    ["ec2:CopyImage"],
    ["ec2:CreateTags"],
    ["ec2:ModifyImageAttribute"],
    ["ec2:DescribeImages"],
    ["kms:DescribeKey"],
    ["kms:CreateGrant"],
    ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
    ["ssm:PutParameter"],
)
DESTINATION_ACTIONS = (["ec2:CopyImage", "ec2:CreateTags"], ["kms:DescribeKey", "kms:CreateGrant"])

Read = Callable[[], Any]


class Reader:
    """One client for each account, service and Region, made under a lock because sessions are not thread-safe."""

    def __init__(self, workers: int) -> None:
        self.config = Config(max_pool_connections=workers)
        self.lock = threading.Lock()
        self.clients: dict[tuple[str, str, str | None], Any] = {}
        self.source = boto3.Session()
        self.account = self.client("sts").get_caller_identity()["Account"]
        self.sessions: dict[str, boto3.Session] = {self.account: self.source}

    def client(self, service: str, region: str = HOME, account: str | None = None) -> Any:
        """A client with credentials for an account."""
        wanted = (service, region, account)
        with self.lock:
            if wanted not in self.clients:
                session = self.sessions[account] if account else self.source
                self.clients[wanted] = session.client(service, region_name=region, config=self.config)
            return self.clients[wanted]

    def assume(self, account: str) -> None:
        """Make a session in a target account."""
        arn = f"arn:aws:iam::{account}:role/{ADMIN}"
        given = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="by-hand")["Credentials"]
        with self.lock:
            self.sessions[account] = boto3.Session(
                given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=HOME
            )

    def of_configurations(self) -> None:
        """The configuration, and the pipelines that use it."""
        client = self.client("imagebuilder")
        arn = client.list_distribution_configurations()["distributionConfigurationSummaryList"][0]["arn"]
        client.get_distribution_configuration(distributionConfigurationArn=arn)
        client.list_image_pipelines()

    def of_account(self, account: str) -> None:
        """The Regions of an account, and the role of Image Builder in it."""
        self.client("ec2", HOME, account).describe_regions(AllRegions=True)
        iam, name = self.client("iam", HOME, account), EXECUTION if account == self.account else DESTINATION
        iam.get_role(RoleName=name)
        iam.list_attached_role_policies(RoleName=name)
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.get_role_policy(RoleName=name, PolicyName=policy)

    def of_target(self, account: str, region: str) -> None:
        """The AMIs of an account in a Region, and its quota if it differs from the default."""
        self.client("ec2", region, account).describe_images(Owners=["self"], IncludeDisabled=True)
        quotas = self.client("service-quotas", region, account)
        with contextlib.suppress(quotas.exceptions.NoSuchResourceException):
            quotas.get_service_quota(**QUOTA)

    def of_region(self, region: str, key: str | None) -> None:
        """The default quota, the parameter and the key of a Region."""
        self.client("service-quotas", region).get_aws_default_service_quota(**QUOTA)
        names = [{"Key": "Name", "Values": ["/images/web"]}]
        self.client("ssm", region).describe_parameters(ParameterFilters=names)
        if key:
            kms = self.client("kms", region)
            kms.get_key_policy(KeyId=kms.describe_key(KeyId=key)["KeyMetadata"]["KeyId"], PolicyName="default")

    def simulate(self, account: str, actions: list[str], region: str) -> None:
        """Whether the role of Image Builder may do this in a Region."""
        name = EXECUTION if account == self.account else DESTINATION
        context = {"ContextKeyName": "aws:RequestedRegion", "ContextKeyType": "string", "ContextKeyValues": [region]}
        answer = self.client("iam", HOME, account).simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{account}:role/{name}", ActionNames=actions, ContextEntries=[context]
        )
        if not answer["EvaluationResults"]:
            print(f"{name} in account {account}: no answer about {actions}")


def reads(reader: Reader, wanted: dict[str, Any]) -> Iterator[Read]:
    """Everything to read once the sessions exist."""
    yield reader.of_configurations
    for region in wanted["regions"]:
        yield functools.partial(reader.of_region, region, wanted["keys"].get(region))
    for account in (reader.account, *wanted["accounts"]):
        yield functools.partial(reader.of_account, account)
        statements = EXECUTION_ACTIONS if account == reader.account else DESTINATION_ACTIONS
        for region in wanted["regions"]:
            yield functools.partial(reader.of_target, account, region)
            if region != HOME:
                for actions in statements:
                    yield functools.partial(reader.simulate, account, actions, region)


def main(workers: str, file: str) -> None:
    """Make all reads, and print how many there were."""
    with open(file) as text:
        wanted = json.load(text)
    reader = Reader(int(workers))
    with ThreadPoolExecutor(reader.config.max_pool_connections) as pool:
        list(pool.map(reader.assume, wanted["accounts"]))
        done = list(pool.map(lambda read: read(), reads(reader, wanted)))
    print(len(done))


if __name__ == "__main__":
    main(*sys.argv[1:])
