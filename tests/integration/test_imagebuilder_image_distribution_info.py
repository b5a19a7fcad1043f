"""Where images are and what drifted: changed with boto3, found by the module."""

from __future__ import annotations

import pytest

from tests.integration.image_world import distribute
from tests.integration.image_world import entry
from tests.integration.image_world import ImageWorld
from tests.integration.image_world import INFO
from tests.world import EUROPE
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import SYDNEY
from tests.world import TWO

READER = "audit/ImageReader"
IMAGE_ARN = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:image/web/1.0.0/1"


@pytest.fixture
def world(aws):
    aws.switch(image_transition_polls=0)
    return ImageWorld(aws)


def look(task="Look", **options):
    """A task that compares, and can assume a role in both target accounts. None removes an option."""
    options = {"name": "web", "target_account_role_name": READER, **options}
    return {"name": task, INFO: {name: value for name, value in options.items() if value is not None}}


def full(world):
    """Create a configuration that uses every feature, and what it refers to."""
    alias, key = world.key(EUROPE)
    home_alias = world.key(HOME).alias
    own, foreign = world.template(EUROPE, SOURCE), world.template(EUROPE, ONE)
    organization = f"arn:aws:organizations::{SOURCE}:organization/o-a1b2c3d4e5"
    unit = f"arn:aws:organizations::{SOURCE}:ou/o-a1b2c3d4e5/ou-ab12-cd34ef56"
    shared = {"userIds": [TWO, ONE], "organizationArns": [organization], "organizationalUnitArns": [unit]}
    tags = {"Team": "web", "Build": "{{ imagebuilder:buildVersion }} of {{imagebuilder:buildDate}}"}
    distributions = [
        entry(
            HOME,
            # AWS does not apply a key to the home Region's own AMI.
            ami={"amiTags": tags, "kmsKeyId": home_alias},
            ssmParameterConfigurations=[{"parameterName": "/images/web", "dataType": "aws:ec2:image"}],
        ),
        entry(
            EUROPE,
            ami={
                "description": "web server",
                "targetAccountIds": [SOURCE, ONE],
                "kmsKeyId": alias,
                "amiTags": tags,
                "launchPermission": shared,
            },
            launchTemplateConfigurations=[
                {"launchTemplateId": own},
                {"launchTemplateId": foreign, "accountId": ONE, "setDefaultVersion": True},
            ],
            ssmParameterConfigurations=[
                {"parameterName": "/images/web"},
                {"parameterName": "/images/web", "amiAccountId": ONE, "dataType": "aws:ec2:image"},
            ],
        ),
        entry(SYDNEY, ami={"targetAccountIds": [TWO]}),
    ]
    return distributions, {"own": own, "foreign": foreign, "key": key}


def by_target(result):
    """(Region, account) -> the target."""
    return {(one["region"], one["account_id"]): one for one in result["targets"]}


def fields(one):
    """What drifted in a target: the end of the path -> (wanted, found)."""
    return {
        item["field"].removeprefix("ami_distribution_configuration."): (item["wanted"], item["found"])
        for item in one["drift"]
    }


def test_what_was_distributed_is_in_sync_until_somebody_changes_it(world, play):
    distributions, made = full(world)
    world.configure(*distributions)
    aws = world.aws
    run = play(distribute(), look(), look("By ARN", name=None, image_build_version_arn=IMAGE_ARN))
    for result in (run["Look"], run["By ARN"]):
        assert [one for one in result["targets"] if one["status"] != "in_sync"] == []
        assert set(by_target(result)) == {(HOME, SOURCE), (EUROPE, SOURCE), (EUROPE, ONE), (SYDNEY, TWO)}
        assert (result["in_sync"], result["leftovers"], result["image_build_version_arn"]) == (True, [], IMAGE_ARN)
        assert (result["changed"], result["source_image"]) == (False, world.source)
    ids = {target: one["ami_id"] for target, one in by_target(run["Look"]).items()}

    own, foreign = aws.client("ec2", EUROPE), aws.client("ec2", EUROPE, ONE)
    own.modify_image_attribute(
        ImageId=ids[EUROPE, SOURCE], LaunchPermission={"Remove": [{"UserId": TWO}], "Add": [{"Group": "all"}]}
    )
    own.delete_tags(Resources=[ids[EUROPE, SOURCE]], Tags=[{"Key": "Team"}])
    own.modify_launch_template(LaunchTemplateId=made["own"], DefaultVersion="1")
    newest = foreign.create_launch_template_version(
        LaunchTemplateId=made["foreign"], LaunchTemplateData={"ImageId": "ami-0fff"}
    )["LaunchTemplateVersion"]["VersionNumber"]
    foreign.modify_launch_template(LaunchTemplateId=made["foreign"], DefaultVersion=str(newest))
    aws.client("ssm", EUROPE, ONE).delete_parameter(Name="/images/web")
    aws.client("ssm", HOME).put_parameter(Name="/images/web", Value="ami-0fff", Type="String", Overwrite=True)
    aws.client("ec2", SYDNEY, TWO).deregister_image(ImageId=ids[SYDNEY, TWO])
    # Others may write their own tags, and Image Builder its own.
    own.create_tags(Resources=[ids[EUROPE, SOURCE]], Tags=[{"Key": "Scanned", "Value": "yes"}])

    drifted = play(look())["Look"]
    targets = by_target(drifted)
    assert drifted["in_sync"] is False
    assert {target: one["status"] for target, one in targets.items()} == {
        (HOME, SOURCE): "drifted",
        (EUROPE, SOURCE): "drifted",
        (EUROPE, ONE): "drifted",
        (SYDNEY, TWO): "missing",
    }
    assert fields(targets[HOME, SOURCE]) == {
        "ssm_parameter_configurations[/images/web].value": (ids[HOME, SOURCE], "ami-0fff"),
        "ssm_parameter_configurations[/images/web].data_type": ("aws:ec2:image", "text"),
    }
    assert fields(targets[EUROPE, SOURCE]) == {
        "ami_tags": ({"Team": "web"}, {"Team": None}),
        "launch_permission.user_ids": (sorted([ONE, TWO]), [ONE]),
        "launch_permission.user_groups": ([], ["all"]),
        f"launch_template_configurations[{made['own']}].default_version": (2, 1),
    }
    assert fields(targets[EUROPE, ONE]) == {
        f"launch_template_configurations[{made['foreign']}].default_version": (2, 3),
        "ssm_parameter_configurations[/images/web].value": (ids[EUROPE, ONE], None),
    }
    assert targets[SYDNEY, TWO]["ami_id"] == ids[SYDNEY, TWO]


def test_what_the_configuration_asks_for_now(world, play):
    distributions, made = full(world)
    world.configure(*distributions)
    play(distribute())
    home, europe, sydney = distributions
    other_key = world.key(SYDNEY).arn
    other_key = other_key.replace(SYDNEY, EUROPE)
    changed = {**europe, "amiDistributionConfiguration": {**europe["amiDistributionConfiguration"]}}
    changed["amiDistributionConfiguration"].update(
        kmsKeyId=other_key,
        name="application {{ imagebuilder:buildDate }}",
        description="new",
        targetAccountIds=[SOURCE],
    )
    changed["launchTemplateConfigurations"] = europe["launchTemplateConfigurations"][:1]
    changed["ssmParameterConfigurations"] = [{"parameterName": "/images/web", "dataType": "aws:ec2:image"}]
    changed["licenseConfigurationArns"] = [
        f"arn:aws:license-manager:{EUROPE}:{SOURCE}:license-configuration:lic-" + "0a" * 16
    ]
    changed["s3ExportConfiguration"] = {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "images"}
    world.configure(home, changed, entry("ap-south-1"))
    # No role can be assumed in account TWO, so it is unknown whether its AMI still exists.
    only_one = {"target_account_roles": {ONE: f"arn:aws:iam::{ONE}:role/{READER}"}, "target_account_role_name": None}
    run = play(look(**only_one), look("Certain image", name=None, image_build_version_arn=IMAGE_ARN, **only_one))
    # The reason for what is not checked contains a request id.
    first, second = ([{**one, "not_checked": []} for one in run[name]["targets"]] for name in ("Look", "Certain image"))
    assert first == second
    result = run["Look"]
    targets = by_target(result)
    assert {target: one["status"] for target, one in targets.items()} == {
        (HOME, SOURCE): "drifted",
        (EUROPE, SOURCE): "drifted",
        ("ap-south-1", SOURCE): "missing",
    }
    # Accounts that are no longer targets may still launch the AMIs from which they made their copies.
    assert fields(targets[HOME, SOURCE]) == {"launch_permission.user_ids": ([], sorted([ONE, TWO]))}
    drift = fields(targets[EUROPE, SOURCE])
    assert drift.pop("name")[0] == "application [[ imagebuilder:buildDate ]]"
    assert drift == {
        "description": ("new", "web server"),
        "kms_key_id": (other_key, made["key"]),
        "ssm_parameter_configurations[/images/web].data_type": ("aws:ec2:image", "text"),
        "license_configuration_arns": (changed["licenseConfigurationArns"], []),
    }
    names = [text.split(" ")[0] for text in targets[EUROPE, SOURCE]["not_checked"]]
    assert names == ["s3_export_configuration"]
    left = {(item["region"], item["account_id"]): item for item in result["leftovers"]}
    assert {target: item["status"] for target, item in left.items()} == {
        (EUROPE, ONE): "present",
        (SYDNEY, TWO): "unknown",
    }
    assert "no role is named for it" in left[SYDNEY, TWO]["reason"]


def test_accounts_in_which_no_role_can_be_assumed_or_nothing_read_are_unknown(world, play):
    world.configure(*full(world)[0])
    play(distribute())
    world.aws.fault("ec2", "DescribeImageAttribute", code="UnauthorizedOperation", status=403, account=ONE)
    world.aws.fault("sts", "AssumeRole", code="AccessDenied", status=403, containing=TWO)
    result = play(look())["Look"]
    targets = by_target(result)
    assert {target: one["status"] for target, one in targets.items()} == {
        (HOME, SOURCE): "in_sync",
        (EUROPE, SOURCE): "in_sync",
        (EUROPE, ONE): "unknown",
        (SYDNEY, TWO): "unknown",
    }
    assert result["in_sync"] is False
    assert "needs ec2:DescribeImageAttribute" in targets[EUROPE, ONE]["reason"]
    assert f"arn:aws:iam::{TWO}:role/{READER}" in targets[SYDNEY, TWO]["reason"]
    assert "AccessDenied" in targets[SYDNEY, TWO]["reason"]


def test_the_newest_image_is_that_of_a_rollout_or_of_a_pipeline(world, play):
    arn = world.configure(entry(HOME), entry(EUROPE, ami={"targetAccountIds": [ONE]}))
    pipeline = world.pipeline(distributionConfigurationArn=arn)
    run = play(look("Nothing yet"), distribute(), look("Rollout"))
    assert {one["status"] for one in run["Nothing yet"]["targets"]} == {"missing"}
    assert run["Nothing yet"]["image_build_version_arn"] is None
    assert (run["Rollout"]["image_build_version_arn"], run["Rollout"]["in_sync"]) == (IMAGE_ARN, True)

    # The pipeline builds with this configuration, then with another one.
    stored = {**world.aws.stored(arn), "arn": arn}
    built = world.aws.plant_image(world.aws.plant_ami("built web"), stored, pipeline, name="built")
    other = world.configure(entry(HOME), name="other")
    world.aws.plant_image(world.aws.plant_ami("built other"), {**stored, "arn": other}, pipeline, name="built")
    world.aws.fail_distribution("COPY_AMI")
    run = play(look(), {**distribute(force=True), "ignore_errors": True}, look("After a failure"))
    for name in ("Look", "After a failure"):
        assert (run[name]["image_build_version_arn"], run[name]["source_image"]) == (built, None)
        assert run[name]["in_sync"]
    assert f"{IMAGE_ARN[:-1]}2 is FAILED" in run["After a failure"]["warnings"][0]


def test_a_launch_template_of_an_account_that_may_not_launch_its_ami_drifted(world, play):
    template = world.template(EUROPE, ONE)
    templates = [{"launchTemplateId": template, "accountId": ONE, "setDefaultVersion": True}]
    world.configure(entry(HOME), entry(EUROPE, launchTemplateConfigurations=templates))
    run = play(distribute(), look())
    source = next(one["ami_id"] for one in run["Distribute"]["image"]["amis"] if one["region"] == EUROPE)
    ec2 = world.aws.client("ec2", EUROPE, ONE)
    [version] = ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Default"])[
        "LaunchTemplateVersions"
    ]
    assert version["LaunchTemplateData"]["ImageId"] == source
    one = by_target(run["Look"])[EUROPE, ONE]
    assert (one["status"], one["ami_id"]) == ("drifted", None)
    assert fields(one) == {f"launch_template_configurations[{template}].launch_permission": ([ONE], [])}

    shared = {"launchPermission": {"userIds": [ONE]}}
    world.configure(entry(HOME), entry(EUROPE, ami=shared, launchTemplateConfigurations=templates))
    run = play(distribute(force=True), look())
    assert by_target(run["Look"])[EUROPE, ONE]["status"] == "in_sync"
