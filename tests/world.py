"""What tests create in AWS and read afterwards, in the local AWS or with moto in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from typing import NamedTuple
from typing import Protocol

from tests.local_aws.environment import DEFAULT_ACCOUNT
from tests.local_aws.faults import LoggedCall

SOURCE = DEFAULT_ACCOUNT
ONE, TWO = "111122223333", "444455556666"
HOME, WEST, EUROPE, SYDNEY = "us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2"
DESTINATION_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
DESTINATION_POLICY = "arn:aws:iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess"
IMAGE_BUILDER = {"Service": "imagebuilder.amazonaws.com"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}

# The tag that AWS requires on the launch templates of other accounts.
_CREATED_BY = {"CreatedBy": "EC2 Image Builder"}
_READS = ("Get", "List", "Describe", "Head", "AssumeRole", "Simulate", "Lookup")


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trusting(principal: dict[str, Any], **condition: Any) -> dict[str, Any]:
    """The statement of a trust policy. condition: operator to keys."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {**statement, "Condition": condition} if condition else statement


def account_root(account: str) -> dict[str, Any]:
    """The principal that means a whole account."""
    return {"AWS": f"arn:aws:iam::{account}:root"}


SERVICE_TRUST = trusting(IMAGE_BUILDER, StringEquals={"aws:SourceAccount": SOURCE})


class Key(NamedTuple):
    """The ARNs of a KMS key and its alias."""

    alias: str
    arn: str


@dataclass
class StoredRole:
    """A role as IAM stores it. `inline` is policy name -> document."""

    arn: str
    path: str
    trust: list[dict[str, Any]]
    inline: dict[str, Any]
    managed: list[str]
    tags: dict[str, str]
    profiles: list[str]
    boundary: str | None


class WorldAws(Protocol):
    """The AWS of a world, such as LocalAws. One in this process may lack the log, which only writes() reads."""

    def client(self, service: str, region: str, account: str, /) -> Any:
        """A client of boto3."""

    def requests(self) -> list[LoggedCall]:
        """The requests since the log was cleared."""


class World:
    """The accounts of `aws`. By default everything is created in the home Region and the source account."""

    def __init__(self, aws: WorldAws, home: str = HOME) -> None:
        self.aws = aws
        self.home = home
        self.imagebuilder = aws.client("imagebuilder", home, SOURCE)

    def key(self, region: str, alias: str = "golden", admitted: tuple[str, ...] = (ONE, TWO), **more: Any) -> Key:
        """Create a key that the source account and the `admitted` accounts may use."""
        kms = self.aws.client("kms", region, SOURCE)
        roots = [account_root(account)["AWS"] for account in (SOURCE, *admitted)]
        policy = document({**EVERYTHING, "Principal": {"AWS": roots}, "Action": "kms:*"})
        arn = kms.create_key(Policy=json.dumps(policy), **more)["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=arn)
        return Key(f"arn:aws:kms:{region}:{SOURCE}:alias/{alias}", arn)

    def template(self, region: str, account: str = SOURCE, name: str = "web", tagged: bool = True, **data: Any) -> str:
        """Create a launch template with the tag that AWS requires in other accounts. Returns its id."""
        tags = [{"Key": key, "Value": value} for key, value in _CREATED_BY.items()]
        made = self.aws.client("ec2", region, account).create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData=data or {"ImageId": "ami-0abcdef1234567890"},
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}] if tagged else [],
        )
        return str(made["LaunchTemplate"]["LaunchTemplateId"])

    def pipeline(self, name: str = "web", **more: Any) -> str:
        """Create an image pipeline, without distribution configuration unless `more` names one. Returns its ARN."""
        prefix = f"arn:aws:imagebuilder:{self.home}:{SOURCE}"
        made = self.imagebuilder.create_image_pipeline(
            name=name,
            description="builds every night",
            imageRecipeArn=f"{prefix}:image-recipe/web/1.0.0",
            infrastructureConfigurationArn=f"{prefix}:infrastructure-configuration/web",
            schedule={"scheduleExpression": "cron(0 3 * * ? *)"},
            **more,
        )
        return str(made["imagePipelineArn"])

    def configure(self, *distributions: dict[str, Any], name: str = "web") -> str:
        """Create a configuration, or replace its distributions. Returns its ARN."""
        arn = f"arn:aws:imagebuilder:{self.home}:{SOURCE}:distribution-configuration/{name}"
        try:
            self.imagebuilder.create_distribution_configuration(name=name, distributions=distributions)
        except self.imagebuilder.exceptions.ResourceAlreadyExistsException:
            self.imagebuilder.update_distribution_configuration(
                distributionConfigurationArn=arn, distributions=distributions
            )
        return arn

    def configurations(self, region: str = "", account: str = SOURCE) -> list[str]:
        """The names of all distribution configurations."""
        client = self.aws.client("imagebuilder", region or self.home, account)
        pages = client.get_paginator("list_distribution_configurations").paginate()
        return sorted(one["name"] for page in pages for one in page["distributionConfigurationSummaryList"])

    def create_role(
        self,
        name: str,
        trust: list[dict[str, Any]],
        account: str = SOURCE,
        inline: dict[str, Any] | None = None,
        managed: tuple[str, ...] = (),
        **more: Any,
    ) -> str:
        """Create an IAM role, as somebody else might have. Returns its ARN."""
        iam = self.aws.client("iam", self.home, account)
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document(*trust)), **more)
        for policy, content in (inline or {}).items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(content))
        for arn in managed:
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        return str(made["Role"]["Arn"])

    def create_able_role(self, name: str, principal: dict[str, Any], account: str = SOURCE, **more: Any) -> str:
        """Create an IAM role that may do everything. Returns its ARN."""
        return self.create_role(name, [trusting(principal)], account, {"all": document(EVERYTHING)}, **more)

    def role(self, name: str, account: str = SOURCE, region: str = "") -> StoredRole | None:
        """An IAM role as it is stored, None if it does not exist."""
        iam = self.aws.client("iam", region or self.home, account)
        try:
            role = iam.get_role(RoleName=name)["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
        names = iam.list_role_policies(RoleName=name)["PolicyNames"]
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        profiles = iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]
        return StoredRole(
            arn=role["Arn"],
            path=role["Path"],
            trust=role["AssumeRolePolicyDocument"]["Statement"],
            inline={one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in names},
            managed=sorted(one["PolicyArn"] for one in attached),
            tags={tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
            profiles=[one["InstanceProfileName"] for one in profiles],
            boundary=(role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
        )

    def destination(self, account: str) -> StoredRole | None:
        """The destination role in a target account."""
        return self.role(DESTINATION_ROLE, account)

    def writes(self) -> list[str]:
        """The successful writes since the log was cleared: account and operation."""
        return [
            f"{call['account']} {call['operation']}"
            for call in self.aws.requests()
            if not call["operation"].startswith(_READS) and (call["status"] or 500) < 300
        ]
