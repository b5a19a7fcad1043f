"""The role compares what is live, and repairs what drifted: one source and two target accounts."""

from __future__ import annotations

import pytest

from tests.integration.image_world import ImageWorld
from tests.integration.image_world import ROLE as EXECUTION_ROLE
from tests.integration.role_world import result_of
from tests.world import EUROPE
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import TWO
from tests.world import WEST

PLACES = [(HOME, SOURCE), (WEST, SOURCE), (WEST, ONE), (EUROPE, SOURCE), (EUROPE, TWO)]


@pytest.fixture
def spec(aws, world, tmp_path):
    """Three Regions, two target accounts, a parameter in each Region and a launch template in the home Region."""
    return {
        "spec_id": "web",
        "region": HOME,
        "defaults": {
            "ami_distribution_configuration": {
                "name_prefix": "web",
                "ami_tags": {"Team": "platform"},
                "launch_permission": {"user_ids": [ONE, TWO]},
            },
            "ssm_parameter_configurations": [{"parameter_name": "/golden/web", "data_type": "text"}],
        },
        "regions": {
            HOME: {"launch_template_configurations": [{"launch_template_id": world.template(HOME, SOURCE)}]},
            WEST: {"ami_distribution_configuration": {"target_account_ids": [SOURCE, ONE]}},
            EUROPE: {"ami_distribution_configuration": {"target_account_ids": [SOURCE, TWO]}},
        },
        "target_account_role_name": "admin/ImageAdmin",
        "report_dir": str(tmp_path / "reports"),
        "image": aws.plant_ami("web"),
        "wait_delay": 1,
    }


def extra(spec):
    """The spec as extra variables."""
    return {f"distribution_rollout_{name}": value for name, value in spec.items()}


def distribute(aws, spec):
    """Distribute the image without the role, with rights for everything. Returns the AMI of each Region and account."""
    world = ImageWorld(aws)
    settings = {"name": "web {{ imagebuilder:buildDate }}", "amiTags": {"Team": "platform"}}
    settings["launchPermission"] = {"userIds": [ONE, TWO]}
    shared = {"ssmParameterConfigurations": [{"parameterName": "/golden/web", "dataType": "text"}]}
    template = spec["regions"][HOME]["launch_template_configurations"][0]["launch_template_id"]
    arn = world.configure(
        {
            "region": HOME,
            "amiDistributionConfiguration": settings,
            "launchTemplateConfigurations": [{"launchTemplateId": template}],
            **shared,
        },
        {"region": WEST, "amiDistributionConfiguration": {**settings, "targetAccountIds": [SOURCE, ONE]}, **shared},
        {"region": EUROPE, "amiDistributionConfiguration": {**settings, "targetAccountIds": [SOURCE, TWO]}, **shared},
    )
    aws.switch(image_transition_polls=0)
    image_arn = world.imagebuilder.distribute_image(
        sourceImage=spec["image"],
        distributionConfigurationArn=arn,
        executionRole=EXECUTION_ROLE,
        tags={"goldimage.aws:source-image": spec["image"], "goldimage.aws:distribution-configuration": arn},
    )["imageBuildVersionArn"]
    image = world.imagebuilder.get_image(imageBuildVersionArn=image_arn)["image"]
    return {(ami["region"], ami["accountId"]): ami["image"] for ami in image["outputResources"]["amis"]}


def test_what_drifted_is_shown_and_repaired_in_place(ansible, aws, world, spec, tmp_path):
    amis = distribute(aws, spec)
    assert set(amis) == set(PLACES)
    # Somebody changes by hand what nobody should change.
    aws.client("ec2", WEST, ONE).modify_image_attribute(
        ImageId=amis[WEST, ONE], LaunchPermission={"Remove": [{"UserId": TWO}], "Add": [{"UserId": "999988887777"}]}
    )
    aws.client("ec2", EUROPE).create_tags(
        Resources=[amis[EUROPE, SOURCE]], Tags=[{"Key": "Team", "Value": "<b>x|y</b>"}]
    )
    # The target accounts may use the home Region's AMI for their copies; this is kept.
    aws.client("ec2", HOME).modify_image_attribute(
        ImageId=amis[HOME, SOURCE], LaunchPermission={"Remove": [{"UserId": ONE}], "Add": [{"UserId": "999988887777"}]}
    )
    aws.client("ssm", WEST).put_parameter(Name="/golden/web", Value="ami-0abcdef1234567890", Overwrite=True)
    template = spec["regions"][HOME]["launch_template_configurations"][0]["launch_template_id"]
    aws.client("ec2", HOME).modify_launch_template(LaunchTemplateId=template, DefaultVersion="1")
    aws.client("ec2", EUROPE, TWO).deregister_image(ImageId=amis[EUROPE, TWO])
    aws.clear_requests()
    looked = ansible.playbook("goldimage.aws.drift", variables={**extra(spec), "distribution_drift_fail": True}, rc=2)
    assert world.writes() == []
    assert "5 of 5 Regions and accounts are not in sync: " in looked.stdout
    [look] = result_of(looked)["drift"]
    found = {(row["region"], row["account_id"]): row for row in look["targets"]}
    assert sorted(row["status"] for row in look["targets"]) == ["drifted"] * 4 + ["missing"]
    assert found[WEST, ONE]["drift"] == [
        {
            "field": "ami_distribution_configuration.launch_permission.user_ids",
            "wanted": [TWO],
            "found": ["999988887777"],
        }
    ]
    assert f"{WEST}, account {ONE}: drifted: " in looked.stdout
    reports = tmp_path / "reports"
    [page] = reports.glob("*-drift.html")
    assert amis[WEST, ONE] in page.read_text()
    assert "&lt;b&gt;x|y&lt;/b&gt;" in page.read_text()
    assert "x\\|y" in page.with_suffix(".md").read_text()

    aws.clear_requests()
    predicted = ansible.playbook("goldimage.aws.repair", "--check", variables=extra(spec))
    assert world.writes() == []
    repaired = ansible.playbook("goldimage.aws.repair", variables=extra(spec))
    shown, done = (result_of(run)["repairs"] for run in (predicted, repaired))
    assert shown == done
    assert len([row for row in done if row["action"] == "repaired"]) == 5
    [impossible] = [row for row in done if row["action"] != "repaired"]
    assert (impossible["region"], impossible["account_id"], impossible["action"]) == (EUROPE, TWO, "not_possible")
    assert "does not exist any more; distribute the image again" in impossible["reason"]
    assert f"Not repaired: target {EUROPE} in account {TWO}" in repaired.stdout

    def permitted(region, account):
        found = aws.client("ec2", region, account).describe_image_attribute(
            ImageId=amis[region, account], Attribute="launchPermission"
        )
        return sorted(one["UserId"] for one in found["LaunchPermissions"])

    # An account may launch its own AMI anyway, so listing it is not drift, and it is kept.
    assert (permitted(HOME, SOURCE), permitted(WEST, ONE)) == ([ONE, TWO], [ONE, TWO])
    assert aws.client("ssm", WEST).get_parameter(Name="/golden/web")["Parameter"]["Value"] == amis[WEST, SOURCE]
    [found] = aws.client("ec2", HOME).describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]
    # No version was added to change the default.
    assert (found["DefaultVersionNumber"], found["LatestVersionNumber"]) == (2, 2)
    # Nothing was copied, and only what drifted was written.
    assert sorted(set(world.writes())) == [
        f"{ONE} ModifyImageAttribute",
        f"{SOURCE} CreateTags",
        f"{SOURCE} ModifyImageAttribute",
        f"{SOURCE} ModifyLaunchTemplate",
        f"{SOURCE} PutParameter",
    ]
    [look] = result_of(repaired)["drift"]
    assert sorted(row["status"] for row in look["targets"]) == ["in_sync"] * 4 + ["missing"]
    aws.clear_requests()
    again = ansible.playbook("goldimage.aws.repair", variables=extra(spec))
    assert (again.stats["changed"], world.writes()) == (0, [])
