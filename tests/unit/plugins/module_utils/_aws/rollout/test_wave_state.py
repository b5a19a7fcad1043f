"""What of a wave has been distributed, by the rollouts that AWS lists, and what is left."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.wave_state import wave_state
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import rollouts
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import waves

from tests.unit import images
from tests.unit.images import ACCOUNT
from tests.unit.images import ami
from tests.unit.images import CONFIGURATION
from tests.unit.images import ENTRY
from tests.unit.images import SOURCE

pytestmark = pytest.mark.current_botocore

OTHER_SOURCE = "ami-0fedcba9876543210"
WAVE = waves.Wave(1, 1, "web", "web-wave-1", "", ["eu-west-1"], [ENTRY])


def rolled_out(build=1, status="AVAILABLE", source=SOURCE, configuration="web", amis=None, entries=(ENTRY,)):
    arn = CONFIGURATION.rpartition("/")[0] + "/" + configuration
    tags = rollouts.identity_tags(source, arn, list(entries))
    shown = images.image(status, build, amis=[ami()] if amis is None else amis, distributions=entries, tags=tags)
    shown["distributionConfiguration"]["arn"] = arn
    return shown


@pytest.fixture
def find(script):
    return lambda source=SOURCE: wave_state(script.connection, script, WAVE, source, {ACCOUNT}, 1)


def there(script):
    """EC2 shows the AMI, and no launch permissions."""
    where = {"service": "ec2", "region": "eu-west-1"}
    shown = {"ImageId": "ami-0123456789abcdef0", "State": "available", "Name": "web 1"}
    script.answers("describe_images", {"Images": [shown]}, **where)
    script.answers("describe_image_attribute", {"LaunchPermissions": []}, **where)


def gone(script):
    script.refuses("describe_images", "InvalidAMIID.NotFound", service="ec2", region="eu-west-1")


def test_a_target_with_the_image_from_any_wave_is_complete(find, script):
    script.lists(rolled_out(configuration="web-wave-7"), images.image(build=3)).shows(rolled_out())
    there(script)
    state = find()
    [target] = state.targets
    assert (state.incomplete, target["status"], target["image_state"]) == ([], "in_sync", "AVAILABLE")
    assert target["image_build_version_arn"] == images.arn(1)
    assert (state.in_sync, state.left, state.unfinished) == (True, [], None)
    assert (state.needs_new_rollout, state.due) == (False, False)
    assert state.source_image == SOURCE


def test_a_target_without_the_image_is_left(find, script):
    script.lists()
    state = find()
    assert [target["status"] for target in state.incomplete] == ["missing"]
    assert f"{SOURCE} was not distributed here" in state.targets[0]["reason"]
    assert (state.left, state.needs_new_rollout, state.in_sync, state.due) == ([ENTRY], False, False, True)


def test_of_a_long_history_only_what_counts_is_read(find, script):
    # Older rollouts than all of this image do not matter.
    listed = [rolled_out(build, source=OTHER_SOURCE) for build in (1, 2, 4)] + [rolled_out(3)]
    script.lists(*listed).shows(rolled_out(4, source=OTHER_SOURCE)).shows(rolled_out(3))
    there(script)
    assert find().incomplete == []
    # For an image that was never distributed, nothing is read.
    script.lists(*[rolled_out(build, source=OTHER_SOURCE) for build in (1, 2)])
    assert len(find().incomplete) == 1
    # Without a source image, the last rollout counts.
    script.lists(*listed).shows(rolled_out(4, source=OTHER_SOURCE))
    there(script)
    assert find(None).source_image == OTHER_SOURCE


def test_an_ami_that_was_deleted_is_distributed_again(find, script):
    script.lists(rolled_out(configuration="web-wave-1")).shows(rolled_out(configuration="web-wave-1"))
    gone(script)
    state = find()
    assert (len(state.incomplete), state.needs_new_rollout, state.left) == (1, True, [ENTRY])


def test_an_ami_that_aws_does_not_name_is_not_distributed_again_and_again(find, script):
    shown = rolled_out(configuration="web-wave-1", amis=[])
    script.lists(shown).shows(shown)
    state = find()
    assert (state.targets[0]["status"], state.needs_new_rollout) == ("missing", False)


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "DISTRIBUTING", "A_STATE_OF_TOMORROW"])
def test_what_has_not_come_to_its_end_is_continued(find, script, status):
    shown = rolled_out(status=status, configuration="web-wave-1", amis=[])
    script.lists(shown).shows(shown)
    state = find()
    assert (state.unfinished["arn"], state.unfinished["state"]["status"]) == (images.arn(1), status)
    assert state.needs_new_rollout is False


def test_an_account_in_which_no_role_can_be_assumed_keeps_the_wave_from_being_in_sync(find, script):
    script.lists(rolled_out()).shows(rolled_out())
    script.closed.add(ACCOUNT)
    state = find()
    assert (state.targets[0]["status"], state.incomplete, state.in_sync) == ("unknown", [], False)
