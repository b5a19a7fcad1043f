"""What the tests of the preflight share: what distributions refer to, and how findings are read."""

from __future__ import annotations

from typing import Any

from tests.world import account_root
from tests.world import DESTINATION_POLICY
from tests.world import DESTINATION_ROLE
from tests.world import document
from tests.world import EVERYTHING
from tests.world import ONE
from tests.world import SERVICE_TRUST
from tests.world import SOURCE
from tests.world import trusting
from tests.world import TWO
from tests.world import World

MODULE = "goldimage.aws.imagebuilder_distribution_preflight_info"
HOME, WEST, CENTRAL, NORTH, SOUTH = "us-east-1", "eu-west-1", "eu-central-1", "eu-north-1", "sa-east-1"
NOT_ENABLED = "ap-east-1"
EXPORTS = {"Service": "vmie.amazonaws.com"}


class PreflightWorld(World):
    """Also creates licences, buckets, parameters and an organization."""

    def licenses(self, region: str, switched_off: bool = False) -> str:
        """A licence configuration. Returns its ARN."""
        manager = self.aws.client("license-manager", region)
        made = manager.create_license_configuration(Name="web", LicenseCountingType="vCPU")
        arn: str = made["LicenseConfigurationArn"]
        if switched_off:
            manager.update_license_configuration(LicenseConfigurationArn=arn, LicenseConfigurationStatus="DISABLED")
        return arn

    def bucket(self, name: str, region: str) -> str:
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self.aws.client("s3", region).create_bucket(Bucket=name, **where)
        return name

    def parameter(self, name: str, region: str, account: str, kind: str = "String", data_type: str = "text") -> str:
        ssm = self.aws.client("ssm", region, account)
        ssm.put_parameter(Name=name, Value="ami-0abcdef1234567890", Type=kind, DataType=data_type)
        return name

    def organization(self) -> tuple[str, str]:
        organizations = self.aws.client("organizations")
        arn = organizations.create_organization(FeatureSet="ALL")["Organization"]["Arn"]
        root = organizations.list_roots()["Roots"][0]["Id"]
        unit = organizations.create_organizational_unit(ParentId=root, Name="images")["OrganizationalUnit"]
        return arn, unit["Arn"]


def image(**more: Any) -> dict[str, Any]:
    return {"name_prefix": "web", **more}


def task(title: str, **options: Any) -> dict[str, Any]:
    return {"name": title, MODULE: options}


def found(result: dict[str, Any], *statuses: str) -> dict[tuple[str, str | None, str], str]:
    """(check, Region, account) -> status and message of the findings."""
    return {
        (one["check"], one["region"], one["account_id"]): f"{one['status']}: {one['message']}"
        for one in result["findings"]
        if one["status"] in statuses or not statuses
    }


def names_all(expected: dict[tuple[str, str | None, str], str], seen: dict[tuple[str, str | None, str], str]) -> None:
    """Assert that exactly these findings were reported, each with this text in its message."""
    assert sorted(expected, key=str) == sorted(seen, key=str)
    for target, text in expected.items():
        assert text in seen[target], (target, text, seen[target])


def ready(world: PreflightWorld) -> list[dict[str, Any]]:
    """Distributions that use every feature, with everything that they need except IAM roles."""
    keys = {region: world.key(region, "images").arn for region in (HOME, WEST, CENTRAL)}
    own = world.template(HOME, name="own", tagged=False)
    theirs = world.template(WEST, ONE, "theirs")
    fast = world.template(HOME, name="fast", InstanceType="t3.large")
    world.aws.client("ecr", SOUTH).create_repository(repositoryName="team/web")
    organization, unit = world.organization()
    world.create_role("vmimport", [trusting(EXPORTS, StringEquals={"sts:Externalid": "vmimport"})])
    return [
        {
            "region": HOME,
            "ami_distribution_configuration": image(
                launch_permission={"organization_arns": [organization], "organizational_unit_arns": [unit]}
            ),
            "launch_template_configurations": [{"launch_template_id": own}],
            "fast_launch_configurations": [
                {"enabled": True, "launch_template": {"launch_template_id": fast, "launch_template_version": "1"}}
            ],
            "license_configuration_arns": [world.licenses(HOME)],
        },
        {
            "region": WEST,
            "ami_distribution_configuration": image(
                kms_key_id=f"arn:aws:kms:{WEST}:{SOURCE}:alias/images",
                target_account_ids=[SOURCE, ONE, TWO],
                # Whose launch template names the AMI of the source account.
                launch_permission={"user_ids": [ONE]},
            ),
            "launch_template_configurations": [{"launch_template_id": theirs, "account_id": ONE}],
            "ssm_parameter_configurations": [
                {
                    "parameter_name": world.parameter("/images/web", WEST, ONE, data_type="aws:ec2:image"),
                    "ami_account_id": ONE,
                },
                {"parameter_name": "/images/not-there-yet", "ami_account_id": TWO, "data_type": "text"},
            ],
        },
        {
            "region": CENTRAL,
            "ami_distribution_configuration": image(kms_key_id=keys[CENTRAL], launch_permission={"user_ids": [TWO]}),
        },
        {
            "region": NORTH,
            "ami_distribution_configuration": image(),
            "s3_export_configuration": {
                "role_name": "vmimport",
                "disk_image_format": "RAW",
                "s3_bucket": world.bucket("example-images-north", NORTH),
            },
        },
        {
            "region": SOUTH,
            "container_distribution_configuration": {
                "target_repository": {"service": "ECR", "repository_name": "team/web"}
            },
        },
    ]


def roles(world: PreflightWorld) -> str:
    """Create the IAM roles of AWS's guide. Returns the ARN of the execution role."""
    may = {"may": document(EVERYTHING)}
    execution = world.create_role("ImageDistribution", [SERVICE_TRUST], inline=may, Path="/images/")
    for account in (ONE, TWO):
        world.create_able_role(DESTINATION_ROLE, account_root(SOURCE), account, managed=(DESTINATION_POLICY,))
    return execution
