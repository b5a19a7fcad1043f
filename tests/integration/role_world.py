"""What the tests of the role share: the world it is run in, and what it left there, seen with boto3."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.integration.playbooks import Run
from tests.local_aws.server import LocalAws
from tests.local_aws.server import SOURCE_ACCOUNT as SOURCE
from tests.local_aws.server import TARGET_ACCOUNTS

ROLE = "goldimage.aws.distribution_rollout"
ONE, TWO = TARGET_ACCOUNTS
HOME, WEST, EUROPE = "us-east-1", "us-west-2", "eu-west-1"
DESTINATION_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
DESTINATION_POLICY = "arn:aws:iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess"
SERVICE_TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "imagebuilder.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": SOURCE}},
}

_READS = ("Get", "List", "Describe", "Head", "AssumeRole", "Simulate", "Lookup")


@dataclass
class StoredRole:
    """A role as IAM stores it. `inline` is policy name -> document."""

    arn: str
    trust: list[dict[str, Any]]
    inline: dict[str, Any]
    managed: list[str]
    tags: dict[str, str]
    profiles: list[str]


class World:
    """The local AWS as the role meets it."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws

    def key(self, region: str, alias: str = "golden") -> str:
        """The ARN of the alias of a new key that source and target accounts may use."""
        kms = self.aws.client("kms", region)
        roots = [f"arn:aws:iam::{account}:root" for account in (SOURCE, ONE, TWO)]
        statement = {"Effect": "Allow", "Principal": {"AWS": roots}, "Action": "kms:*", "Resource": "*"}
        made = kms.create_key(
            Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}), KeyUsage="ENCRYPT_DECRYPT"
        )
        kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=made["KeyMetadata"]["KeyId"])
        return f"arn:aws:kms:{region}:{SOURCE}:alias/{alias}"

    def template(self, region: str, account: str) -> str:
        """The id of a new launch template, tagged as AWS asks for in other accounts."""
        return self.aws.client("ec2", region, account).create_launch_template(
            LaunchTemplateName="web",
            LaunchTemplateData={"ImageId": "ami-0abcdef1234567890"},
            TagSpecifications=[
                {"ResourceType": "launch-template", "Tags": [{"Key": "CreatedBy", "Value": "EC2 Image Builder"}]}
            ],
        )["LaunchTemplate"]["LaunchTemplateId"]

    def pipeline(self, name: str = "web", **more: Any) -> str:
        """The ARN of a new image pipeline without distribution configuration, unless `more` names one."""
        return self.aws.client("imagebuilder").create_image_pipeline(
            name=name,
            description="builds every night",
            imageRecipeArn=f"arn:aws:imagebuilder:{HOME}:{SOURCE}:image-recipe/web/1.0.0",
            infrastructureConfigurationArn=f"arn:aws:imagebuilder:{HOME}:{SOURCE}:infrastructure-configuration/web",
            schedule={"scheduleExpression": "cron(0 3 * * ? *)"},
            **more,
        )["imagePipelineArn"]

    def create_role(
        self,
        name: str,
        trust: list[dict[str, Any]],
        account: str = SOURCE,
        inline: dict[str, Any] | None = None,
        managed: tuple[str, ...] = (),
        **more: Any,
    ) -> None:
        """A role that somebody else made."""
        iam = self.aws.client("iam", HOME, account)
        document = {"Version": "2012-10-17", "Statement": trust}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document), **more)
        for policy, content in (inline or {}).items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(content))
        for arn in managed:
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    def role(self, name: str, account: str = SOURCE, region: str = HOME) -> StoredRole | None:
        """A role as it is stored, None where there is none."""
        iam = self.aws.client("iam", region, account)
        try:
            found = iam.get_role(RoleName=name)["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
        names = iam.list_role_policies(RoleName=name)["PolicyNames"]
        return StoredRole(
            arn=found["Arn"],
            trust=found["AssumeRolePolicyDocument"]["Statement"],
            inline={one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in names},
            managed=sorted(
                one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
            ),
            tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
            profiles=[
                one["InstanceProfileName"]
                for one in iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]
            ],
        )

    def destination(self, account: str) -> StoredRole | None:
        """The destination role in a target account."""
        return self.role(DESTINATION_ROLE, account)

    def configurations(self, region: str = HOME, account: str = SOURCE) -> list[str]:
        """The names of all distribution configurations."""
        listed = self.aws.client("imagebuilder", region, account).list_distribution_configurations()
        return sorted(one["name"] for one in listed["distributionConfigurationSummaryList"])

    def writes(self) -> list[str]:
        """The requests since the log was cleared that changed something: account and operation."""
        return [
            f"{call['account']} {call['operation']}"
            for call in self.aws.requests()
            if not call["operation"].startswith(_READS) and call["status"] < 300
        ]


def sid(spec: str, account: str = SOURCE, region: str = HOME) -> str:
    """The Sid of a spec's statement in the trust policies of destination roles."""
    return f"Goldimage{account}X{spec}X{region}".replace("-", "X")


def statement(spec: str, account: str = SOURCE, region: str = HOME) -> dict[str, Any]:
    """That statement, where the whole account is trusted."""
    return {
        "Sid": sid(spec, account, region),
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }


def result_of(run: Run) -> dict[str, Any]:
    """The result that the role left last."""
    return run.results(f"{ROLE} : Keep the result")[-1]["ansible_facts"]["distribution_rollout_result"]


def include(entry: str = "main", **variables: Any) -> list[dict[str, Any]]:
    """Tasks that run the role, or one step of it, and show its result."""
    return [
        {
            "name": "Role",
            "ansible.builtin.include_role": {"name": ROLE, "tasks_from": entry},
            "vars": {f"distribution_rollout_{name}": value for name, value in variables.items()},
        },
        {"name": "Result", "ansible.builtin.debug": {"var": "distribution_rollout_result"}},
    ]
