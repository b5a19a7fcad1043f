"""What is under way is cancelled, and nothing else."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import rollouts

from tests.unit import images
from tests.unit.images import ANY
from tests.unit.images import CONFIGURATION
from tests.unit.images import ENTRY
from tests.unit.plugins.modules.image_distribution.rollout import image
from tests.unit.plugins.modules.image_distribution.rollout import unseen
from tests.unit.plugins.modules.image_distribution.rollout import WEB

pytestmark = pytest.mark.current_botocore


def test_cancelling_what_is_under_way(run, script):
    script.configured().lists(image("DISTRIBUTING")).shows(image("DISTRIBUTING"))
    script.answers("cancel_image_creation", {}, {"imageBuildVersionArn": images.arn(), "clientToken": ANY})
    script.shows(image("DISTRIBUTING")).shows(image("CANCELLED"))
    options = {**WEB, "state": "cancelled", "execution_role": None, "wait": True}
    result = run(options)
    assert (result["changed"], result["outcome"], result["image"]["state"]) == (True, "cancelled", "CANCELLED")


# AWS's error if it cannot cancel an image yet, and how many requests one attempt makes.
NOT_YET = {"ResourceNotFoundException": 1, "ResourceInUseException": 4, "InvalidRequestException": 1}


def not_yet(script, code, looks=unseen):
    for _request in range(NOT_YET[code]):
        script.refuses("cancel_image_creation", code, "not yet")
    looks(script, 1)


def test_a_new_rollout_is_cancelled_as_soon_as_aws_takes_it(run, script):
    script.shows(image("PENDING"))
    for code in [*NOT_YET, *NOT_YET]:
        not_yet(script, code)
    script.answers("cancel_image_creation", {}).shows(image("CANCELLED"))
    result = run({"image_build_version_arn": images.arn(), "state": "cancelled"})
    assert (result["changed"], result["image"]["state"]) == (True, "CANCELLED")
    assert script.sleeps == [5] * 6


@pytest.mark.parametrize("code", NOT_YET)
def test_a_cancellation_that_aws_never_takes_is_an_error(run, script, code):
    script.shows(image("PENDING"))
    for _attempt in range(25):
        not_yet(script, code, lambda script, looks: script.shows(image("PENDING")))
    result = run({"image_build_version_arn": images.arn(), "state": "cancelled"})
    assert (result["failed"], result["changed"]) == (True, False)
    assert f"{images.arn()}: {code}: not yet" in result["msg"]
    assert sum(script.sleeps) == 120


def test_a_time_out_of_a_cancelling_says_so(run, script):
    script.shows(image("DISTRIBUTING")).answers("cancel_image_creation", {})
    script.shows(image("DISTRIBUTING")).shows(image("DISTRIBUTING"))
    result = run({"image_build_version_arn": images.arn(), "state": "cancelled", "wait_timeout": 15})
    assert (result["failed"], result["still_running"]) == (True, True)
    assert "is being cancelled" in result["msg"]


def test_what_is_under_way_is_cancelled_after_its_configuration_was_deleted(run, script):
    script.refuses("get_distribution_configuration", "ResourceNotFoundException")
    script.lists(image("DISTRIBUTING")).shows(image("DISTRIBUTING"))
    script.answers("cancel_image_creation", {}).shows(image("CANCELLED"))
    assert run({**WEB, "state": "cancelled"})["outcome"] == "cancelled"


def test_what_is_under_way_of_another_source_is_named_where_nothing_was_cancelled(run, script):
    other = rollouts.identity_tags("ami-0fedcba9876543210", CONFIGURATION, [ENTRY])
    listed = [image(), image("DISTRIBUTING", 2, tags=other), image("FAILED", 3, tags=other)]
    script.configured().lists(*listed).shows(image())
    result = run({**WEB, "state": "cancelled"})
    assert (result["changed"], result["outcome"]) == (False, "unchanged")
    [warning] = [text for text in result["warnings"] if "Nothing was cancelled" in text]
    assert images.arn(2) in warning
    assert images.arn(3) not in warning


@pytest.mark.parametrize("status", ["AVAILABLE", "FAILED", "CANCELLED"])
def test_what_has_ended_is_not_cancelled(run, script, status):
    script.shows(image(status))
    result = run({"image_build_version_arn": images.arn(), "state": "cancelled"})
    assert (result["changed"], result["outcome"]) == (False, "unchanged")
    assert ("too late" in str(result.get("warnings"))) == (status == "AVAILABLE")


def test_nothing_to_cancel(run, script):
    script.configured().lists()
    result = run({**WEB, "state": "cancelled"})
    assert (result["changed"], result["image"]) == (False, None)


def test_a_rollout_that_ends_while_it_is_cancelled(run, script):
    script.shows(image("INTEGRATING")).refuses("cancel_image_creation", "InvalidRequestException").shows(image())
    result = run({"image_build_version_arn": images.arn(), "state": "cancelled"})
    assert (result["changed"], result["image"]["state"]) == (False, "AVAILABLE")
