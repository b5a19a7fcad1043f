"""The preflight with real ansible-playbook: one source account and two target accounts in three Regions."""

from __future__ import annotations

import pytest

from tests.integration.preflight_world import CENTRAL
from tests.integration.preflight_world import found
from tests.integration.preflight_world import HOME
from tests.integration.preflight_world import image
from tests.integration.preflight_world import names_all
from tests.integration.preflight_world import NORTH
from tests.integration.preflight_world import NOT_ENABLED
from tests.integration.preflight_world import PreflightWorld
from tests.integration.preflight_world import ready
from tests.integration.preflight_world import roles
from tests.integration.preflight_world import SOUTH
from tests.integration.preflight_world import task
from tests.integration.preflight_world import WEST
from tests.local_aws.server import LocalAws
from tests.world import DESTINATION_ROLE
from tests.world import ONE
from tests.world import SOURCE
from tests.world import trusting
from tests.world import TWO


@pytest.fixture
def world(aws: LocalAws) -> PreflightWorld:
    return PreflightWorld(aws)


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
    assert {target: text for target, text in seen.items() if not text.startswith("ok")} == {}
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
    about_roles = {target: text for target, text in more.items() if "tion_role" in target[0]}
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
    # Neither in the result nor in the options that are logged.
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
    # A role of that name with another path is a different role.
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
    # A denied permission, and an account in which no role can be assumed.
    aws.fault("ec2", "DescribeLaunchTemplateVersions", code="UnauthorizedOperation", status=403)
    aws.fault("sts", "AssumeRole", code="AccessDenied", status=403, message="Not allowed.", containing="Locked")
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
            # Two roles, both wrong: the last finding.
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
    # No request went to Regions that could not have answered.
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
