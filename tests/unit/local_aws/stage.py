"""Accounts, roles and a source AMI in moto, and distributions that use them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from typing import TYPE_CHECKING

import boto3

from tests.world import account_root
from tests.world import DESTINATION_ROLE
from tests.world import document
from tests.world import EUROPE
from tests.world import EVERYTHING
from tests.world import HOME
from tests.world import IMAGE_BUILDER
from tests.world import ONE
from tests.world import SOURCE
from tests.world import trusting

if TYPE_CHECKING:
    from tests.local_aws.imagebuilder.image_operations import AmiRecord
    from tests.local_aws.imagebuilder.images import RegionFailure

AWAY, TARGET = EUROPE, ONE
SERVICE_TRUST = IMAGE_BUILDER
NAME = "web {{ imagebuilder:buildDate }}"
LICENSE = f"arn:aws:license-manager:{AWAY}:{SOURCE}:license-configuration:lic-" + "0a" * 16


def trust(principal: Any, **condition: Any) -> dict[str, Any]:
    """A trust policy. condition: operator to keys."""
    return document(trusting(principal, **condition))


def but(*denied: str) -> tuple[dict[str, Any], ...]:
    """Statements that allow everything but some actions."""
    return (EVERYTHING, {"Effect": "Deny", "Action": list(denied), "Resource": "*"})


@cache
def aws_managed_policies() -> dict[str, Any]:
    """All policies that AWS manages, by name, as moto has them. Reading the two megabytes takes longer than a test."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    return policies


def aws_managed(name: str) -> Any:
    """The document of a policy that AWS manages."""
    return aws_managed_policies()[name]["Document"]


def entry(region: str = HOME, accounts: Any = None, **members: Any) -> dict[str, Any]:
    """A Region's entry with a name for its AMI. members: of the AMI configuration."""
    settings = {"name": NAME, **members}
    if accounts:
        settings["targetAccountIds"] = list(accounts)
    return {"region": region, "amiDistributionConfiguration": settings}


def put_role(
    name: str, trust_policy: Any, *documents: Any, account: str = SOURCE, path: str = "/", boundary: Any = None
) -> Any:
    """Create a role. It replaces one with the same name."""
    from moto.iam.models import iam_backends

    backend = iam_backends[account]["aws"]
    for old in [role for role in backend.roles.values() if role.name == name]:
        del backend.roles[old.id]
    role = backend.create_role(name, json.dumps(trust_policy), path, None, "", [], "3600")
    role.policies = {f"policy-{number}": json.dumps(one) for number, one in enumerate(documents)}
    if boundary:
        made = backend.create_policy("", "/", json.dumps(boundary), f"{name}-boundary", [])
        role.permissions_boundary_arn = made.arn
    return role


class ImageStage:
    """What a distribution needs. The execution role ``dist`` may do everything until a test says otherwise."""

    def __init__(self, client: Any, home: str = HOME) -> None:
        from moto.imagebuilder import moto_resources

        self.client = client
        self.moto_resources = moto_resources
        self.source = moto_resources.plant_ami(SOURCE, home, "web server")
        # The keys of a caller who may do less, if a test creates one: access_key, secret_key.
        self.caller: dict[str, str] = {}
        self.role = self.put_role("dist", trust(SERVICE_TRUST), document(EVERYTHING))

    put_role = staticmethod(put_role)

    def plant_license(self, arn: str) -> str:
        """Create a licence configuration with this ARN. Returns the ARN."""
        from moto.licensemanager import licensemanager_backends

        region, account = arn.split(":")[3:5]
        licensemanager_backends[account][region].plant(arn)
        return arn

    def allow(self, *statements: dict[str, Any]) -> None:
        """Allow the execution role only this."""
        self.role.policies = {"policy": json.dumps(document(*statements))}

    def admit(self, account: str = TARGET, *statements: dict[str, Any], trusting: Any = None) -> Any:
        """Create the cross-account role in an account. Without statements it may do everything."""
        trusting = trusting or trust(account_root(SOURCE))
        return self.put_role(DESTINATION_ROLE, trusting, document(*(statements or [EVERYTHING])), account=account)

    def configure(self, *entries: dict[str, Any], name: str = "web") -> str:
        """Create a distribution configuration. Returns its ARN."""
        answer = self.client.create_distribution_configuration(name=name, distributions=list(entries))
        return str(answer["distributionConfigurationArn"])

    def start(self, *entries: dict[str, Any], **members: Any) -> str:
        """Begin to distribute the source AMI with a configuration of these entries. Returns the image's ARN."""
        if entries:
            members["distributionConfigurationArn"] = self.configure(*entries)
        request = {"sourceImage": self.source.id, "executionRole": "dist", "clientToken": "one", **members}
        return str(self.client.distribute_image(**request)["imageBuildVersionArn"])

    def get(self, arn: str) -> dict[str, Any]:
        """GetImage."""
        image: dict[str, Any] = self.client.get_image(imageBuildVersionArn=arn)["image"]
        return image

    def finish(self, arn: str) -> dict[str, Any]:
        """GetImage until the image has ended. Returns the image."""
        for _poll in range(20):
            image = self.get(arn)
            if image["state"]["status"] not in ("PENDING", "DISTRIBUTING", "INTEGRATING"):
                return image
        raise AssertionError(f"{arn} never ended")

    def run(self, *entries: dict[str, Any], **members: Any) -> dict[str, Any]:
        """Distribute to the end. Returns the image."""
        return self.finish(self.start(*entries, **members))

    def ami(self, image: dict[str, Any], region: str = AWAY, account: str = SOURCE) -> Any:
        """moto's model of an image's AMI in a Region and account; None if there is none."""
        for output in image["outputResources"]["amis"]:
            if (output["region"], output["accountId"]) == (region, account):
                return self.moto_resources.find_ami(account, region, output["image"])
        return None


def failures(image: dict[str, Any]) -> list[RegionFailure]:
    """regionFailures of a failed image."""
    context = image["state"]["failureContext"]
    listed: list[RegionFailure] = context["distributionFailure"]["regionFailures"]
    return listed


def switch(**values: Any) -> None:
    """Set switches of the local Image Builder until the end of the test."""
    from moto.imagebuilder.switches import switches

    switches.set(**values)


def trouble(step: str, **members: Any) -> int:
    """Make a step fail. Returns an identifier for the failure."""
    from moto.imagebuilder.trouble import troubles

    return int(troubles.add(step=step, **members)["identifier"])


def ec2_of(account: str, region: str = AWAY) -> Any:
    """moto's EC2 in an account and Region."""
    from moto.ec2.models import ec2_backends

    return ec2_backends[account][region]


def make_template(account: str, region: str = AWAY, **tags: str) -> Any:
    """A launch template with the tag that the service asks for, or with these tags."""
    ec2 = ec2_of(account, region)
    template = ec2.create_launch_template(f"web-{account}", "", {"InstanceType": "t3.micro", "ImageId": "ami-old"}, {})
    template.add_tags(tags or {"CreatedBy": "EC2 Image Builder"})
    return template


def record(account: str, ami_id: str) -> AmiRecord:
    """What was done to an AMI that moto cannot store."""
    from moto.imagebuilder import imagebuilder_backends

    records: dict[str, AmiRecord] = imagebuilder_backends[account][AWAY].records
    return records.get(ami_id, {})


def with_(one: dict[str, Any], **members: Any) -> dict[str, Any]:
    """An entry with more members."""
    return {**one, **members}


def message(image: dict[str, Any]) -> str:
    """The message of an image's only failure."""
    (failure,) = failures(image)
    return failure["errorMessage"]


def prepared(stage: ImageStage, wanted: dict[str, Any], account: str) -> dict[str, Any]:
    """An entry that asks for this in this account. Everything that it needs exists, except for permissions."""
    stage.source.platform = "windows"
    one = {**entry(AWAY, [account], **wanted.get("ami", {})), **{k: v for k, v in wanted.items() if k != "ami"}}
    template = ec2_of(account).create_launch_template("web", "", {"ImageId": "ami-old"}, {})
    template.add_tags({"CreatedBy": "EC2 Image Builder"})
    if one.get("launchTemplateConfigurations") == "own":
        one["launchTemplateConfigurations"] = [{"launchTemplateId": template.id, "accountId": account}]
    if one.get("fastLaunchConfigurations") == "own":
        named = {"launchTemplateId": template.id}
        one["fastLaunchConfigurations"] = [{"enabled": True, "launchTemplate": named}]
    for arn in one.get("licenseConfigurationArns", []):
        stage.plant_license(arn)
    for parameter in one.get("ssmParameterConfigurations", []):
        one["ssmParameterConfigurations"] = [{**parameter, "amiAccountId": account}]
    if "s3ExportConfiguration" in one:
        stage.put_role("vmimport", trust({"Service": "vmie.amazonaws.com"}))
        boto3.client("s3", HOME).create_bucket(Bucket="vm-images")
    return one
