"""The preflight with real ansible-playbook: one source account and two target accounts in three Regions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.server import LocalAws
from tests.world import account_root
from tests.world import DESTINATION_POLICY
from tests.world import DESTINATION_ROLE
from tests.world import document
from tests.world import EVERYTHING
from tests.world import IMAGE_BUILDER
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


class Landscape(World):
    """Sets up what distributions refer to beside that, in any account and Region."""

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


@pytest.fixture
def world(aws: LocalAws) -> Landscape:
    return Landscape(aws)


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
    """Every finding, no other one, and what each message says."""
    assert sorted(expected, key=str) == sorted(seen, key=str)
    for place, text in expected.items():
        assert text in seen[place], (place, text, seen[place])


def ready(world: Landscape) -> list[dict[str, Any]]:
    """Distributions of every feature, with all that they need, the roles aside."""
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


def roles(world: Landscape) -> str:
    """The roles as AWS's guide has them. Returns the ARN of the execution role."""
    may = {"may": document(EVERYTHING)}
    execution = world.create_role("ImageDistribution", [SERVICE_TRUST], inline=may, Path="/images/")
    for account in (ONE, TWO):
        world.create_able_role(DESTINATION_ROLE, account_root(SOURCE), account, managed=(DESTINATION_POLICY,))
    return execution


@pytest.mark.oldest
def test_what_a_user_without_any_preparation_sees(ansible):
    """On this ansible-core and on the oldest."""
    ansible.target("imagebuilder_distribution_preflight_info", home_region="us-west-2")


def test_all_is_ready(world, aws, ansible):
    distributions = ready(world)
    execution = roles(world)
    arn = world.aws.client("imagebuilder", HOME).create_distribution_configuration(
        name="Web Image",
        distributions=[{"region": HOME, "ssmParameterConfigurations": [{"parameterName": "/any"}]}],
    )["distributionConfigurationArn"]
    pipeline = world.pipeline(distributionConfigurationArn=arn)
    aws.clear_requests()
    assuming = {"target_account_role_name": "audit/ImageReader", "target_account_external_id": "no-log-this-1d"}
    run = ansible.playbook(
        [
            task("First", distributions=distributions, name="Web Image", **assuming),
            task("With roles", distributions=distributions, execution_role=execution, **assuming),
        ],
        "-vvv",
    )
    result = run["First"]
    assert (result["changed"], result["passed"]) == (False, True)
    seen = found(result)
    assert not any(check.startswith(("execution_role", "destination_role")) for check, _region, _account in seen)
    assert {place: text for place, text in seen.items() if not text.startswith("ok")} == {}
    expected = {
        *(("region", region, SOURCE) for region in (HOME, CENTRAL, NORTH, SOUTH)),
        *(("quota_images", region, SOURCE) for region in (HOME, CENTRAL, NORTH)),
        *(("quota_images", WEST, account) for account in (SOURCE, ONE, TWO)),
        *(("quota_image_sharing", region, SOURCE) for region in (HOME, CENTRAL)),
        *(("quota_image_sharing", WEST, account) for account in (SOURCE, ONE, TWO)),
        ("copy_encryption", NORTH, SOURCE),
        ("s3_export_passing", None, SOURCE),
        *(("region", WEST, account) for account in (SOURCE, ONE, TWO)),
        *(("launch_template", region, account) for region, account in ((HOME, SOURCE), (WEST, ONE))),
        *(("launch_template_image", region, account) for region, account in ((HOME, SOURCE), (WEST, ONE))),
        ("launch_template_tag", WEST, ONE),
        ("fast_launch_template", HOME, SOURCE),
        ("license_configuration", HOME, SOURCE),
        ("organization", None, SOURCE),
        ("organizational_unit", None, SOURCE),
        *(("kms_key", region, SOURCE) for region in (WEST, CENTRAL)),
        *(("kms_key_policy", region, account) for region, account in ((WEST, ONE), (WEST, TWO), (CENTRAL, TWO))),
        *(("ssm_parameter", WEST, account) for account in (ONE, TWO)),
        ("s3_bucket", NORTH, SOURCE),
        ("s3_export_role", None, SOURCE),
        ("container_repository", SOUTH, SOURCE),
        ("pipelines", HOME, SOURCE),
    }
    assert set(seen) == expected
    assert f"web ({pipeline})" in seen["pipelines", HOME, SOURCE]
    assert all((one["remedy"] is None) == (one["status"] == "ok") for one in result["findings"])

    more = found(run["With roles"], "ok", "warning", "error")
    about_roles = {place: text for place, text in more.items() if "tion_role" in place[0]}
    assert about_roles == {
        ("execution_role", None, SOURCE): f"ok: the role {execution} exists",
        ("execution_role_trust", None, SOURCE): f"ok: {execution} trusts imagebuilder.amazonaws.com",
        **{
            (
                "execution_role_permissions",
                region,
                SOURCE,
            ): f"ok: {execution} may do what the distributions need in {region or 'global services'}"
            for region in (None, HOME, WEST, CENTRAL, NORTH, SOUTH)
        },
        **{
            (
                "destination_role_permissions",
                WEST,
                account,
            ): f"ok: arn:aws:iam::{account}:role/{DESTINATION_ROLE} may do what the distributions need in {WEST}"
            for account in (ONE, TWO)
        },
        **{
            (check, None, account): text % {"role": f"arn:aws:iam::{account}:role/{DESTINATION_ROLE}"}
            for account in (ONE, TWO)
            for check, text in {
                "destination_role": "ok: the role %(role)s exists",
                "destination_role_trust": f"ok: %(role)s trusts account {SOURCE} or {execution}",
                "destination_role_managed_policies": "ok: %(role)s has the managed policies arn:aws:iam::aws:policy/"
                "Ec2ImageBuilderCrossAccountDistributionAccess",
            }.items()
        },
    }
    assert run["With roles"]["passed"] is True

    # Nothing was written, and no account was asked twice which Regions it has.
    reading = ("Get", "List", "Describe", "Head", "AssumeRole", "SimulatePrincipalPolicy")
    assert [request for request in aws.requests() if not request["operation"].startswith(reading)] == []
    assert len(aws.requests("ec2", "DescribeRegions")) == 2 * 3
    assert len(aws.requests("sts", "AssumeRole")) == 2 * 2
    # Neither in the result nor in what a log keeps of the options.
    assert "no-log-this-1d" not in f"{run.stdout}{run.stderr}"


def test_each_fault_is_found(world, aws, ansible):
    disabled = world.key(NORTH, "disabled", ()).arn
    aws.client("kms", NORTH).disable_key(KeyId=disabled.split("/")[1])
    world.key(CENTRAL, "signing", (), KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    closed = world.key(WEST, "closed", ()).arn
    sixteen = world.template(WEST, ONE, "untagged", tagged=False, InstanceType="t3.micro")
    world.template(HOME, name="untagged-fast", tagged=False, InstanceType="t3.large")
    organization, unit = world.organization()
    for name in ("wrong-service", "ImageDistribution"):
        world.create_role(name, [trusting({"Service": "ec2.amazonaws.com"})])
    # The trust in a role of that name with another path is a trust in somebody else.
    elsewhere = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{SOURCE}:role/other/ImageDistribution"}}
    world.create_role(DESTINATION_ROLE, [trusting({"AWS": SOURCE}, **elsewhere)], ONE)
    missing_unit = unit[:-8] + "00000000"
    missing_template = "lt-00000000000000000"
    distributions = [
        {
            "region": HOME,
            "ami_distribution_configuration": image(
                launch_permission={
                    "organization_arns": [organization.replace("/o-", "/o-0")],
                    "organizational_unit_arns": [missing_unit],
                },
            ),
            "launch_template_configurations": [{"launch_template_id": missing_template}],
            "fast_launch_configurations": [
                {"enabled": True, "launch_template": {"launch_template_name": "untagged-fast"}}
            ],
            "s3_export_configuration": {
                "role_name": "wrong-service",
                "disk_image_format": "RAW",
                "s3_bucket": world.bucket("example-images-west", WEST),
            },
        },
        {
            "region": WEST,
            "ami_distribution_configuration": image(
                kms_key_id=closed, target_account_ids=[SOURCE, ONE, TWO], launch_permission={"user_ids": [ONE]}
            ),
            "launch_template_configurations": [{"launch_template_id": sixteen, "account_id": ONE}],
            "ssm_parameter_configurations": [
                {"parameter_name": world.parameter("/images/text", WEST, ONE), "ami_account_id": ONE},
                {
                    "parameter_name": world.parameter("/images/secret", WEST, TWO, "SecureString"),
                    "ami_account_id": TWO,
                    "data_type": "text",
                },
            ],
        },
        {
            "region": CENTRAL,
            "ami_distribution_configuration": image(kms_key_id=f"arn:aws:kms:{CENTRAL}:{SOURCE}:alias/signing"),
            "s3_export_configuration": {
                "role_name": "not-there",
                "disk_image_format": "RAW",
                "s3_bucket": "example-images-nowhere",
            },
            "container_distribution_configuration": {
                "target_repository": {"service": "ECR", "repository_name": "team/nowhere"}
            },
        },
        {"region": NORTH, "ami_distribution_configuration": image(kms_key_id=disabled)},
        {"region": NOT_ENABLED, "ami_distribution_configuration": image(kms_key_id="alias/any")},
        {"region": "eu-wset-1", "ami_distribution_configuration": image()},
    ]
    # What the credentials may not do, and an account that lets nobody in.
    aws.fault("ec2", "DescribeLaunchTemplateVersions", code="UnauthorizedOperation", status=403)
    aws.fault("sts", "AssumeRole", code="AccessDenied", status=403, message="You shall not.", containing="Locked")
    assuming = {
        "target_account_role_name": "ImageReader",
        "target_account_roles": {TWO: f"arn:aws:iam::{TWO}:role/ImageReader"},
    }
    run = ansible.playbook(
        [
            task("All", distributions=distributions, execution_role="ImageDistribution", **assuming),
            task("Locked out", distributions=distributions[1:2], target_account_role_name="Locked"),
            task("No role", distributions=distributions[1:2]),
        ]
    )
    result = run["All"]
    assert result["passed"] is False
    names_all(
        {
            ("kms_key", NORTH, SOURCE): f"error: the KMS key {disabled} is Disabled",
            ("organization", None, SOURCE): f"warning: account {SOURCE} belongs to {organization}",
            ("organizational_unit", None, SOURCE): f"error: the OU {missing_unit} does not exist",
            (
                "launch_template",
                HOME,
                SOURCE,
            ): f"error: the launch template {missing_template} does not exist in",
            (
                "fast_launch_template",
                HOME,
                SOURCE,
            ): "warning: the launch template untagged-fast lacks the tag",
            ("s3_bucket", HOME, SOURCE): f"error: the bucket example-images-west is in {WEST}",
            ("kms_key_policy", WEST, ONE): f"error: the policy of {closed} does not allow account {ONE} to copy AMIs",
            ("kms_key_policy", WEST, TWO): f"error: the policy of {closed} does not allow account {TWO} to copy AMIs",
            ("launch_template_tag", WEST, ONE): f"error: the launch template {sixteen} lacks the tag CreatedBy",
            ("ssm_parameter", WEST, ONE): "error: the parameter /images/text has the data type text",
            ("ssm_parameter", WEST, TWO): "error: the parameter /images/secret is a SecureString",
            ("kms_key", CENTRAL, SOURCE): "is for SIGN_VERIFY with RSA_2048; EBS takes symmetric encryption keys only",
            ("s3_bucket", CENTRAL, SOURCE): "error: the bucket example-images-nowhere does not exist",
            # Two roles, both wrong: what was seen last.
            ("s3_export_role", None, SOURCE): "error: the role not-there does not exist",
            ("container_repository", CENTRAL, SOURCE): "warning: the repository team/nowhere does not exist",
            ("region", NOT_ENABLED, SOURCE): f"error: {NOT_ENABLED} is not enabled for account {SOURCE}",
            ("region", "eu-wset-1", SOURCE): "error: eu-wset-1 is not a Region of the partition aws",
            ("region", CENTRAL, SOURCE): "warning: distributions[2]: 'eu-central-1': has an AMI and a container block",
            ("execution_role_trust", None, SOURCE): "does not trust imagebuilder.amazonaws.com",
            ("destination_role_trust", None, ONE): f"{DESTINATION_ROLE} does not trust account {SOURCE}",
            ("destination_role_managed_policies", None, ONE): "warning: arn:aws:iam::111122223333:role/EC2Image",
            # They have no policies at all.
            ("execution_role_permissions", None, SOURCE): "is denied in global services",
            **{
                ("execution_role_permissions", region, SOURCE): f"is denied in {region}"
                for region in (HOME, WEST, CENTRAL, NORTH)
            },
            ("destination_role_permissions", WEST, ONE): "is denied in eu-west-1: ",
            ("destination_role", None, TWO): f"error: the role {DESTINATION_ROLE} does not exist in account {TWO}",
        },
        found(result, "warning", "error"),
    )
    assert all(one["remedy"] for one in result["findings"] if one["status"] != "ok")
    assert any("wrong-service does not trust vmie" in one["message"] for one in result["findings"])
    skipped = found(result, "skipped")
    assert "ec2:DescribeLaunchTemplateVersions in account 111122223333" in skipped["launch_template_image", WEST, ONE]
    assert "the launch template was not found" in skipped["launch_template_image", HOME, SOURCE]
    assert "is not enabled" in skipped["kms_key", NOT_ENABLED, SOURCE]
    assert "the role does not exist" in skipped["destination_role_trust", None, TWO]
    # Nothing was asked in Regions that could not have answered.
    assert {request["region"] for request in aws.requests()} == {HOME, WEST, CENTRAL, NORTH}

    for title, text in (
        ("Locked out", "the permission sts:AssumeRole on arn:aws:iam::%s:role/Locked is missing"),
        ("No role", "no role could be assumed in account %s: no role is named for it"),
    ):
        skipped = found(run[title], "skipped")
        for account in (ONE, TWO):
            for check in ("region", "ssm_parameter"):
                assert text % account in skipped[check, WEST, account]
        assert not [one for one in run[title]["findings"] if one["status"] == "ok" and one["account_id"] != SOURCE]


DISTRIBUTE = "goldimage.aws.imagebuilder_image_distribution"


def test_a_source_image_that_cannot_be_distributed(world, aws, ansible):
    """Neither preflight nor check mode is green, and nothing is started."""
    execution = world.create_able_role("ImageDistribution", IMAGE_BUILDER)
    distributions = [{"region": HOME, "amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}"}}]
    aws.client("imagebuilder", HOME).create_distribution_configuration(name="web", distributions=distributions)
    sources = {
        "ami-0123456789abcdef0": f"does not exist in {HOME} for account {SOURCE}",
        aws.plant_ami("pending", state="pending"): f"is pending in {HOME}",
        aws.plant_ami("foreign", owner_id=ONE): f"belongs to account {ONE}",
        "ssm:/images/nowhere": "the SSM parameter /images/nowhere",
    }
    well = aws.plant_ami("well")
    tasks = []
    for source in (*sources, well):
        tasks.append({**task(f"Preflight {source}", name="web", source_image=source)})
        rollout = {"name": "web", "source_image": source, "execution_role": execution, "wait": False}
        for mode in (True, False):
            title = f"{'Check' if mode else 'Distribute'} {source}"
            tasks.append({"name": title, DISTRIBUTE: rollout, "check_mode": mode, "ignore_errors": True})
    run = ansible.playbook(tasks)
    for source, text in sources.items():
        assert run[f"Preflight {source}"]["passed"] is False
        assert text in found(run[f"Preflight {source}"], "error")["source_image", HOME, SOURCE]
        for mode in ("Check", "Distribute"):
            assert run[f"{mode} {source}"]["failed"]
            assert text in run[f"{mode} {source}"]["msg"]
    assert run[f"Preflight {well}"]["passed"] is True
    assert run[f"Check {well}"]["changed"]
    assert run[f"Distribute {well}"]["changed"]
    assert len(aws.requests("imagebuilder", "DistributeImage")) == 1


def test_what_the_preflight_finds_fails_in_a_rollout_too(world, aws, ansible):
    """Each by itself: the preflight says so, and the local AWS, which knows nothing of it, fails as AWS does."""
    execution = world.create_able_role("ImageDistribution", IMAGE_BUILDER)
    world.create_role("vmimport", [trusting(EXPORTS)])
    world.bucket("example-images-west", WEST)
    export = {"role_name": "vmimport", "disk_image_format": "RAW", "s3_bucket": "example-images-west"}
    aws.client("ec2", CENTRAL).enable_ebs_encryption_by_default()
    own = world.key(HOME, "own", ()).arn
    cases = {
        "windows": (aws.plant_ami("windows", platform="windows"), WEST, {"s3_export_configuration": export}),
        "marketplace": (aws.plant_ami("bought", product_codes=["abc"]), WEST, {"s3_export_configuration": export}),
        "encrypted": (aws.plant_ami("closed", kms_key_id=own), WEST, {"s3_export_configuration": export}),
        "watermark": (
            aws.plant_ami("marked", watermarks=["approved"]),
            WEST,
            {"ami_distribution_configuration": image(launch_permission={"user_groups": ["all"]})},
        ),
        "default key": (
            aws.plant_ami("plain"),
            CENTRAL,
            {"ami_distribution_configuration": image(launch_permission={"user_ids": [ONE]})},
        ),
        "linux": (aws.plant_ami("linux"), WEST, {"fast_launch_configurations": [{"enabled": True}]}),
        "fine": (aws.plant_ami("fine"), WEST, {"s3_export_configuration": export}),
    }
    tasks = []
    for name, (source, region, entry) in cases.items():
        distributions = [{"region": region, "ami_distribution_configuration": image(), **entry}]
        options = {"name": f"case {name}", "distributions": distributions}
        tasks += [
            {"name": f"Create {name}", "goldimage.aws.imagebuilder_distribution": options},
            task(f"Preflight {name}", **options, source_image=source),
            {
                "name": f"Distribute {name}",
                DISTRIBUTE: {
                    "name": f"case {name}",
                    "source_image": source,
                    "execution_role": execution,
                    "wait_delay": 1,
                    "progress": False,
                },
                "ignore_errors": True,
            },
        ]
    run = ansible.playbook(tasks)
    for name in cases:
        well = name == "fine"
        assert run[f"Preflight {name}"]["passed"] is well, (name, found(run[f"Preflight {name}"], "error"))
        assert bool(run[f"Distribute {name}"].get("failed")) is not well, name
