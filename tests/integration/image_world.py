"""What the tests of rollouts share: roles, keys, templates and an AMI in three accounts, and what came of them."""

from __future__ import annotations

import json
from typing import Any

from tests.local_aws.server import LocalAws
from tests.local_aws.server import SOURCE_ACCOUNT as SOURCE
from tests.local_aws.server import TARGET_ACCOUNTS

ONE, TWO = TARGET_ACCOUNTS
HOME, EUROPE, SYDNEY = "us-east-1", "eu-west-1", "ap-southeast-2"
ROLE = "imagebuilder-distribution"
DESTINATION_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
MODULE = "goldimage.aws.imagebuilder_image_distribution"
INFO = "goldimage.aws.imagebuilder_image_distribution_info"
NAME = "web {{ imagebuilder:buildDate }}"


class ImageWorld:
    """The local AWS with everything that a rollout needs, and the configuration `web`."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.imagebuilder = aws.client("imagebuilder", HOME)
        self.role(ROLE)
        for account in (ONE, TWO):
            self._role(DESTINATION_ROLE, {"AWS": f"arn:aws:iam::{SOURCE}:root"}, account)
        self.source = aws.plant_ami("web", tags={"Team": "web"})
        self.arn = ""

    def role(self, name: str) -> None:
        """An execution role that may do everything."""
        self._role(name, {"Service": "imagebuilder.amazonaws.com"}, SOURCE)

    def _role(self, name: str, principal: dict[str, str], account: str) -> None:
        iam = self.aws.client("iam", HOME, account)
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        rights = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=_document(rights))

    def configure(self, *distributions: dict[str, Any], name: str = "web") -> str:
        """Create the configuration, or replace what it asks for. Returns its ARN."""
        arn = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/{name}"
        if self.aws.stored(arn):
            self.imagebuilder.update_distribution_configuration(
                distributionConfigurationArn=arn, distributions=list(distributions)
            )
        else:
            self.imagebuilder.create_distribution_configuration(name=name, distributions=list(distributions))
        return arn

    def key(self, region: str) -> tuple[str, str]:
        """A new key that all accounts may use. Returns the ARN of an alias, and its own."""
        kms = self.aws.client("kms", region)
        roots = [f"arn:aws:iam::{account}:root" for account in (SOURCE, ONE, TWO)]
        statement = {"Effect": "Allow", "Principal": {"AWS": roots}, "Action": "kms:*", "Resource": "*"}
        made = kms.create_key(Policy=_document(statement))["KeyMetadata"]
        kms.create_alias(AliasName="alias/images", TargetKeyId=made["KeyId"])
        return f"arn:aws:kms:{region}:{SOURCE}:alias/images", made["Arn"]

    def template(self, region: str, account: str) -> str:
        """The id of a new launch template, tagged as AWS asks for in other accounts."""
        tags = [{"Key": "CreatedBy", "Value": "EC2 Image Builder"}]
        made = self.aws.client("ec2", region, account).create_launch_template(
            LaunchTemplateName="web",
            LaunchTemplateData={"ImageId": "ami-0abcdef1234567890"},
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
        )
        return made["LaunchTemplate"]["LaunchTemplateId"]

    def images(self) -> list[dict[str, Any]]:
        """All builds that Image Builder knows, oldest first, as its list shows them."""
        found = self.imagebuilder.list_image_build_versions()["imageSummaryList"]
        return sorted(found, key=lambda image: int(image["arn"].rpartition("/")[2]))

    def calls(self, operation: str) -> int:
        """How often Image Builder was asked for something that it carried out."""
        calls = self.aws.requests("imagebuilder", operation)
        return len([call for call in calls if call["status"] == 200 or call["fault"] == "lost_answer"])


def entry(region: str, **more: Any) -> dict[str, Any]:
    """The entry of a Region in the API's form; `ami` are its AMI settings."""
    return {"region": region, "amiDistributionConfiguration": {"name": NAME, **more.pop("ami", {})}, **more}


def put(task: str = "Put", **options: Any) -> dict[str, Any]:
    """A task that puts the source image out, given as the variable `source`; keywords of tasks go through as `_x`."""
    keywords = {key[1:]: options.pop(key) for key in list(options) if key.startswith("_")}
    usual = {"source_image": "{{ source }}", "name": "web", "execution_role": ROLE, "wait_delay": 1}
    if "image_build_version_arn" in options:
        usual = {"wait_delay": 1}
    return {"name": task, MODULE: {**usual, **options}, **keywords}


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
