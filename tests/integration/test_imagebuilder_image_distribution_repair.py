"""Drift is repaired in place, in one task for three Regions and three accounts; asserts on what EC2 and SSM store."""

from __future__ import annotations

import pytest

from tests.integration.image_world import distribute
from tests.integration.image_world import entry
from tests.integration.image_world import ImageWorld
from tests.world import EUROPE
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import SYDNEY
from tests.world import TWO
from tests.world import World

REPAIR = "goldimage.aws.imagebuilder_image_distribution_repair"
STRANGER = "999988887777"
ORGANIZATION = f"arn:aws:organizations::{SOURCE}:organization/o-0123456789"


@pytest.fixture
def world(aws):
    aws.switch(image_transition_polls=0)
    return ImageWorld(aws)


def repair(task="Repair", **options):
    keywords = {key[1:]: options.pop(key) for key in list(options) if key.startswith("_")}
    options = {"region": HOME, "name": "web", "target_account_role_name": "admin/ImageAdmin", **options}
    return {"name": task, REPAIR: options, **keywords}


@pytest.fixture
def distributed(world, play):
    """AMIs in three Regions and accounts; a parameter in each Region and a launch template at home."""
    ami = {"amiTags": {"Team": "web"}, "launchPermission": {"userIds": [ONE, TWO], "organizationArns": [ORGANIZATION]}}
    template = world.template(HOME, SOURCE)
    parameter = {"parameterName": "/golden/web", "dataType": "text"}
    world.configure(
        entry(
            HOME,
            ami=ami,
            launchTemplateConfigurations=[{"launchTemplateId": template}],
            ssmParameterConfigurations=[parameter],
        ),
        entry(
            EUROPE,
            ami={**ami, "targetAccountIds": [SOURCE, ONE]},
            ssmParameterConfigurations=[parameter, {**parameter, "amiAccountId": ONE}],
        ),
        entry(SYDNEY, ami={**ami, "targetAccountIds": [TWO]}),
    )
    run = play(distribute())
    amis = {(one["region"], one["account_id"]): one["ami_id"] for one in run["Distribute"]["image"]["amis"]}
    return amis, template


def permitted(world, amis, region, account):
    described = world.aws.client("ec2", region, account).describe_image_attribute(
        ImageId=amis[region, account], Attribute="launchPermission"
    )
    return sorted(next(iter(one.values())) for one in described["LaunchPermissions"])


def tags(world, amis, region, account):
    [image] = world.aws.client("ec2", region, account).describe_images(ImageIds=[amis[region, account]])["Images"]
    return {tag["Key"]: tag["Value"] for tag in image["Tags"]}


def drift(world, amis, template):
    """Change by hand what nobody should change."""
    aws = world.aws
    aws.client("ec2", EUROPE, ONE).modify_image_attribute(
        ImageId=amis[EUROPE, ONE],
        LaunchPermission={"Remove": [{"UserId": TWO}], "Add": [{"UserId": STRANGER}, {"Group": "all"}]},
    )
    # The target accounts may use the home Region's AMI for their copies; this is kept.
    aws.client("ec2", HOME).modify_image_attribute(
        ImageId=amis[HOME, SOURCE], LaunchPermission={"Add": [{"UserId": STRANGER}]}
    )
    own = aws.client("ec2", EUROPE)
    own.create_tags(
        Resources=[amis[EUROPE, SOURCE]],
        Tags=[{"Key": "Team", "Value": "{{ nobody }}"}, {"Key": "Scanned", "Value": "yes"}],
    )
    aws.client("ssm", EUROPE).put_parameter(Name="/golden/web", Value="ami-0abcdef1234567890", Overwrite=True)
    aws.client("ssm", EUROPE, ONE).delete_parameter(Name="/golden/web")
    aws.client("ec2", HOME).modify_launch_template(LaunchTemplateId=template, DefaultVersion="1")
    aws.client("ec2", SYDNEY, TWO).deregister_image(ImageId=amis[SYDNEY, TWO])


def test_what_drifted_is_repaired_in_place_and_nothing_else_is_touched(world, play, distributed):
    amis, template = distributed
    aws = world.aws
    drift(world, amis, template)
    aws.clear_requests()
    run = play(repair("Check", _check_mode=True, _diff=True), {"name": "Mark", "ansible.builtin.debug": {"msg": "x"}})
    assert World(aws).writes() == []
    predicted = run["Check"]
    repaired = play(repair(_diff=True))["Repair"]

    assert [predicted[key] for key in ("repairs", "summary", "diff", "changed")] == [
        repaired[key] for key in ("repairs", "summary", "diff", "changed")
    ]
    assert repaired["summary"] == {"repaired": 7, "failed": 0, "not_possible": 1}
    [impossible] = [one for one in repaired["repairs"] if one["action"] == "not_possible"]
    assert (impossible["region"], impossible["account_id"], impossible["field"]) == (SYDNEY, TWO, None)
    assert "does not exist any more; distribute the image again" in impossible["reason"]
    text = "".join(block["prepared"] for block in repaired["diff"])
    assert f"{EUROPE} {ONE}\n" in text
    assert f'  launch_permission.user_ids: ["{STRANGER}"] -> ["{TWO}"]\n' in text
    assert '  ami_tags: {"Team": "{{ nobody }}"} -> {"Team": "web"}\n' in text
    assert f"  ssm_parameter_configurations[/golden/web].value: null -> {amis[EUROPE, ONE]}\n" in text

    assert permitted(world, amis, EUROPE, ONE) == [ONE, TWO, ORGANIZATION]
    assert permitted(world, amis, HOME, SOURCE) == [ONE, TWO, ORGANIZATION]
    assert tags(world, amis, EUROPE, SOURCE).items() >= {"Team": "web", "Scanned": "yes"}.items()
    for account in (SOURCE, ONE):
        value = aws.client("ssm", EUROPE, account).get_parameter(Name="/golden/web")["Parameter"]["Value"]
        assert value == amis[EUROPE, account]
    [described] = aws.client("ec2", HOME).describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]
    # No version was added to change the default.
    assert (described["DefaultVersionNumber"], described["LatestVersionNumber"]) == (2, 2)
    assert sorted(set(World(aws).writes())) == [
        f"{ONE} ModifyImageAttribute",
        f"{ONE} PutParameter",
        f"{SOURCE} CreateTags",
        f"{SOURCE} ModifyImageAttribute",
        f"{SOURCE} ModifyLaunchTemplate",
        f"{SOURCE} PutParameter",
    ]
    assert {(one["region"], one["account_id"]): one["status"] for one in repaired["targets"]} == {
        (HOME, SOURCE): "in_sync",
        (EUROPE, SOURCE): "in_sync",
        (EUROPE, ONE): "in_sync",
        (SYDNEY, TWO): "missing",
    }
    assert repaired["in_sync"] is False
    aws.clear_requests()
    again = play(repair())["Repair"]
    assert (again["changed"], again["diff"], World(aws).writes()) == (False, [], [])


def test_one_failure_does_not_affect_others_and_lost_answers_are_read_again(world, play, distributed):
    amis, template = distributed
    aws = world.aws
    drift(world, amis, template)
    aws.fault("ec2", "ModifyImageAttribute", code="UnauthorizedOperation", status=403, account=ONE)
    aws.fault("ssm", "PutParameter", code="AccessDeniedException", status=400, account=SOURCE)
    aws.lose_answer("ec2", "CreateTags", times=6)
    aws.lose_answer("ec2", "ModifyLaunchTemplate", times=6)
    run = play(repair(_ignore_errors=True))["Repair"]
    failed = {
        (one["region"], one["account_id"], one["field"].split(".")[-1]): one["reason"]
        for one in run["repairs"]
        if one["action"] == "failed"
    }
    assert set(failed) == {
        (EUROPE, ONE, "user_ids"),
        (EUROPE, ONE, "user_groups"),
        (EUROPE, SOURCE, "value"),
    }
    assert "The credentials need ec2:ModifyImageAttribute" in failed[EUROPE, ONE, "user_ids"]
    assert "The credentials need ssm:PutParameter" in failed[EUROPE, SOURCE, "value"]
    assert run["summary"] == {"repaired": 4, "failed": 3, "not_possible": 1}
    assert run["msg"].startswith("3 of 7 repairs failed")
    for target in failed:
        assert f"- {target[0]} {target[1]} " in run["msg"]
    assert tags(world, amis, EUROPE, SOURCE)["Team"] == "web"
    [described] = aws.client("ec2", HOME).describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]
    assert described["DefaultVersionNumber"] == 2
    assert permitted(world, amis, HOME, SOURCE) == [ONE, TWO, ORGANIZATION]


@pytest.mark.parametrize("status", ["FAILED", "DISTRIBUTING"])
def test_nothing_is_repaired_of_a_rollout_that_is_not_complete(world, play, status):
    world.configure(entry(HOME, ssmParameterConfigurations=[{"parameterName": "/golden/web", "dataType": "text"}]))
    if status == "FAILED":
        world.aws.fail_distribution("PUT_SSM_PARAMETERS")
    else:
        world.aws.switch(image_transition_polls=1000)
    play(distribute(wait=False, _ignore_errors=True))
    world.aws.clear_requests()
    run = play(repair())["Repair"]
    assert World(world.aws).writes() == []
    [one] = run["repairs"]
    assert (one["action"], one["field"], run["changed"]) == ("not_possible", None, False)
    assert "nothing is repaired before it is complete" in one["reason"]
