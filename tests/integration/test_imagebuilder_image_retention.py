"""Old rollouts retired by real ansible-playbook; asserts on what AWS stores afterwards."""

from __future__ import annotations

import time

import pytest

from tests.integration.image_world import distribute
from tests.integration.image_world import entry
from tests.integration.image_world import ImageWorld
from tests.world import account_root
from tests.world import document
from tests.world import EUROPE
from tests.world import EVERYTHING
from tests.world import IMAGE_BUILDER
from tests.world import SOURCE
from tests.world import trusting
from tests.world import TWO

MODULE = "goldimage.aws.imagebuilder_image_retention"
LIFECYCLE, READER = "imagebuilder-lifecycle", "ImageReader"


@pytest.fixture
def world(aws):
    made = ImageWorld(aws)
    made.create_able_role(LIFECYCLE, IMAGE_BUILDER)
    rights = {**EVERYTHING, "Action": ["ec2:*", "ssm:*", "autoscaling:*", "imagebuilder:*"]}
    made.create_role(READER, [trusting(account_root(SOURCE))], TWO, inline={"read": document(rights)})
    made.configure(entry(EUROPE, ami={"launchPermission": {"userIds": [TWO]}}))
    return made


@pytest.fixture
def rollouts(ansible, world):
    """Two rollouts. Gives the AMIs in Europe, the older one first."""
    other = world.aws.plant_ami("web-two")
    ansible.playbook([distribute("One", source_image=world.source), distribute("Two", source_image=other)])
    return [image["outputResources"]["amis"][0]["image"] for image in newest_last(world)]


def newest_last(world):
    return sorted(world.images(), key=lambda image: image["dateCreated"])


def retire(**options):
    usual = {"name": "web", "keep": 1, "execution_role": LIFECYCLE, "target_account_role_name": READER, "wait_delay": 1}
    return {"name": "Retire", MODULE: {**usual, **options}}


def there(world):
    """The AMIs in Europe."""
    found = world.aws.client("ec2", EUROPE).describe_images(Owners=["self"])["Images"]
    return {image["ImageId"] for image in found}


def test_an_image_that_a_launch_template_of_an_account_with_permission_uses_is_kept(ansible, aws, world, rollouts):
    ec2 = aws.client("ec2", EUROPE, TWO)
    ec2.create_launch_template(LaunchTemplateName="theirs", LaunchTemplateData={"ImageId": rollouts[0]})
    run = ansible.playbook([retire()])
    assert (run["Retire"]["changed"], run["Retire"]["retired"]) == (False, [])
    reason = run["Retire"]["kept"][1]["reason"]
    assert f"{rollouts[0]} in {EUROPE} is still referenced by the default version of the launch template" in reason
    assert reason.endswith(f"in account {TWO}")
    assert there(world) == set(rollouts)
    ec2.create_launch_template_version(LaunchTemplateName="theirs", LaunchTemplateData={"ImageId": rollouts[1]})
    ec2.modify_launch_template(LaunchTemplateName="theirs", DefaultVersion="2")
    run = ansible.playbook([retire()])
    assert (run["Retire"]["changed"], run["Retire"]["retired"][0]["state_after"]) == (True, "DELETED")
    assert there(world) == {rollouts[1]}


def test_the_deprecation_of_somebody_else_is_waited_for(ansible, aws, world, rollouts):
    old = newest_last(world)[0]["arn"]
    aws.switch(image_transition_polls=3)
    theirs = world.imagebuilder.start_resource_state_update(
        resourceArn=old,
        state={"status": "DEPRECATED"},
        executionRole=LIFECYCLE,
        includeResources={"amis": True},
        clientToken="theirs",
    )["lifecycleExecutionId"]
    run = ansible.playbook([retire()])
    (retired,) = run["Retire"]["retired"]
    assert (run["Retire"]["changed"], retired["error"], retired["state_after"]) == (True, None, "DELETED")
    assert retired["lifecycle_execution_id"] != theirs
    assert there(world) == {rollouts[1]}


def test_a_scheduled_deprecation_keeps_the_image_without_a_wait(ansible, world, rollouts):
    old = newest_last(world)[0]["arn"]
    world.imagebuilder.start_resource_state_update(
        resourceArn=old,
        state={"status": "DEPRECATED"},
        executionRole=LIFECYCLE,
        includeResources={"amis": True},
        updateAt=time.time() + 86400,
        clientToken="theirs",
    )
    run = ansible.playbook([retire(wait_timeout=5)], rc=2)
    assert "is still running on this image (no action yet)" in run["Retire"]["msg"]
    assert not run["Retire"]["changed"]
    assert there(world) == set(rollouts)
