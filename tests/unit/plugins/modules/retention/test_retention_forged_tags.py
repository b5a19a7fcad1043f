"""Anybody who may tag images can forge their tags, but nobody loses an image because of that."""

from __future__ import annotations

from datetime import datetime

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.ownership import WAVES_TAG
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import retention
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import rollouts

from tests.unit.plugins.modules.retention.world import arns
from tests.unit.plugins.modules.retention.world import AWAY
from tests.unit.plugins.modules.retention.world import entry
from tests.unit.plugins.modules.retention.world import HOME
from tests.unit.plugins.modules.retention.world import MODULE
from tests.unit.plugins.modules.retention.world import OPTIONS
from tests.unit.plugins.modules.retention.world import SOURCE

pytestmark = pytest.mark.current_botocore

CONFIGURATION = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/web"


def reason(done, image):
    return next(one["reason"] for one in done["kept"] if one["image"] == image)


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_image_of_others_is_no_rollout_whatever_its_tags_say(world, run_module, when):
    """It is not retired, and it does not count among the rollouts that are kept."""
    made = []
    for step in ("before", "ours", "after"):
        if step == "ours":
            made.append(world.rolls_out(entry(AWAY)))
        elif step == when:
            theirs = world.rolls_out(entry(AWAY), name="theirs")
            tags = world.backend.images[theirs].tags
            tags.update(rollouts.identity_tags(tags[rollouts.SOURCE_TAG], CONFIGURATION, [entry(AWAY)]))
    done = run_module(MODULE, OPTIONS)
    assert (done["changed"], done["retired"]) == (False, [])
    assert "AWS says that it was distributed with" in reason(done, theirs)
    assert reason(done, made[0]) == "it is one of the newest"


@pytest.mark.parametrize("built", [{"sourcePipelineArn": "arn"}, {"imageRecipe": {"arn": "x"}}])
def test_an_image_that_was_built_with_the_same_configuration_is_no_rollout(world, run_module, built):
    image, _new = world.rolls_out(entry(AWAY)), world.rolls_out(entry(AWAY))
    shown = world.client.get_image(imageBuildVersionArn=image)["image"]
    assert retention.not_a_rollout(shown) is None
    assert retention.not_a_rollout({**shown, **built}) == "its tags call it a rollout, but AWS says that it was built"
    assert "with no configuration" in retention.not_a_rollout({**shown, "distributionConfiguration": {}})
    world.backend.images[image].settings["sourcePipelineArn"] = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:image-pipeline/x"
    done = run_module(MODULE, OPTIONS)
    assert (done["retired"], image in arns(done["kept"])) == ([], True)


@pytest.mark.parametrize("tag", [None, "ami-0abcdef1234567890"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_rollout_whose_source_image_is_no_longer_known_is_kept(world, run_module, tag, check_mode):
    """Its AMI in the home Region is the source image, which would be deleted with it."""
    made = world.moto_resources.plant_ami(
        SOURCE, HOME, "built", {"CreatedBy": "EC2 Image Builder", retention.ORIGIN_TAG: "x"}
    )
    made.creation_date = datetime(2020, 1, 1)
    old = world.rolls_out(entry(HOME), entry(AWAY), source=made.id)
    world.rolls_out(entry(HOME), entry(AWAY))
    tags = world.backend.images[old].tags
    del tags[rollouts.SOURCE_TAG]
    if tag:
        tags[rollouts.SOURCE_TAG] = tag
    done = run_module(MODULE, OPTIONS, check_mode=check_mode)
    assert (done["changed"], done["retired"]) == (False, [])
    assert made.id in world.amis(HOME)
    words = f"{made.id} is older than the rollout" if tag else f"its tag {rollouts.SOURCE_TAG} is missing"
    assert words in reason(done, old)


@pytest.mark.parametrize("theirs", [True, False])
def test_rollouts_of_others_whose_configuration_has_the_name_of_a_wave_are_not_ours(world, run_module, theirs):
    wave = world.rolls_out(entry(AWAY), name="web-wave-7")
    if not theirs:
        world.backend.distribution_configurations[f"{CONFIGURATION}-wave-7"].tags = {WAVES_TAG: "web"}
    world.rolls_out(entry(AWAY))
    done = run_module(MODULE, {**OPTIONS, "waves": True}, check_mode=True)
    assert arns(done["retired"]) == ([] if theirs else [wave])
    assert (wave in arns(done["kept"])) is False
