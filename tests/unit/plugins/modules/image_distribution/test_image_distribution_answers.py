"""Answers of AWS that are lost, late or incomplete, and states that nobody knows."""

from __future__ import annotations

import pytest

from tests.unit import images
from tests.unit.plugins.modules.image_distribution.rollout import image
from tests.unit.plugins.modules.image_distribution.rollout import OTHER_TAGS
from tests.unit.plugins.modules.image_distribution.rollout import TAGS
from tests.unit.plugins.modules.image_distribution.rollout import unseen
from tests.unit.plugins.modules.image_distribution.rollout import WEB

pytestmark = pytest.mark.current_botocore


def breaks(script, method):
    """AWS fails while it carries out the request, in all attempts."""
    for _attempt in range(10):
        script.refuses(method, "ServiceException")
    return script


def test_a_start_without_an_answer_is_looked_up(run, script):
    script.configured().lists(image(tags=OTHER_TAGS)).shows(image(tags=OTHER_TAGS))
    breaks(script, "distribute_image").lists(image(tags=OTHER_TAGS), image("PENDING", 2)).shows(image("PENDING", 2))
    result = run(WEB)
    assert (result["changed"], result["image"]["arn"]) == (True, images.arn(2))


@pytest.mark.parametrize("found", [image("DELETED"), image("PENDING", 2, OTHER_TAGS)])
def test_a_start_without_an_answer_that_is_not_there_was_none(run, script, found):
    # The newest rollout before, or one with other content that somebody else started.
    script.configured().lists(image("DELETED")).shows(image("DELETED"))
    breaks(script, "distribute_image").lists(found)
    result = run(WEB)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "no rollout was started" in result["msg"]


def test_a_start_that_cannot_be_looked_up_is_unknown_and_counts_as_changed(run, script):
    script.configured().lists()
    breaks(script, "distribute_image").refuses("list_image_build_versions", "AccessDeniedException")
    result = run(WEB)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "the rollouts of the configuration could not be read afterwards" in result["msg"]


@pytest.mark.parametrize(("status", "changed"), [("DISTRIBUTING", True), ("AVAILABLE", True), ("FAILED", False)])
def test_a_retry_without_an_answer_is_looked_up(run, script, status, changed):
    script.configured().lists(image("FAILED")).shows(image("FAILED"))
    breaks(script, "retry_image").shows(image(status))
    assert run(WEB)["changed"] is changed


@pytest.mark.parametrize(("status", "changed"), [("CANCELLED", True), ("AVAILABLE", False)])
def test_a_cancellation_without_an_answer_is_looked_up(run, script, status, changed):
    script.configured().lists(image("DISTRIBUTING")).shows(image("DISTRIBUTING"))
    breaks(script, "cancel_image_creation").shows(image(status))
    result = run({**WEB, "state": "cancelled"})
    assert (result["changed"], "failed" in result) == (changed, False)


def test_it_waits_until_aws_shows_a_new_rollout(run, script):
    unseen(script.configured().lists().starts(1), 6).shows(image("DISTRIBUTING")).shows(image())
    result = run({**WEB, "wait": True})
    assert (result["changed"], result["outcome"], result["image"]["state"]) == (True, "started", "AVAILABLE")
    assert "warnings" not in result


def test_a_new_rollout_that_is_not_shown_yet_is_running(run, script):
    unseen(script.configured().lists().starts(1), 4)
    result = run(WEB)
    assert (result["changed"], result["still_running"], result["image"]["state"]) == (True, True, "PENDING")
    assert "failed" not in result


def test_a_rollout_that_is_never_shown_is_resumed_and_not_started_anew(run, script):
    # Four at once after the start, then one every half minute for five minutes.
    unseen(script.configured().lists().starts(1), 4 + 10)
    result = run({**WEB, "wait": True})
    assert (result["failed"], result["changed"], result["still_running"]) == (True, True, True)
    assert "AWS has not shown the rollout for 300 seconds" in result["msg"]
    assert f"run the same task again, or with image_build_version_arn: {images.arn()}" in result["msg"]
    assert not any(word in result["msg"] for word in ("DELETED", "force", "restart"))


def test_a_rollout_that_is_listed_but_not_shown_yet_is_resumed(run, script):
    unseen(script.configured().lists(image("PENDING")), 2).shows(image())
    result = run({**WEB, "wait": True})
    assert (result["changed"], result["outcome"], result["image"]["state"]) == (False, "resumed", "AVAILABLE")


def test_a_start_is_not_lost_if_it_cannot_be_read(run, script):
    script.configured().lists().starts(1).refuses("get_image", "AccessDeniedException")
    result = run(WEB)
    assert (result["changed"], result["image"]["arn"]) == (True, images.arn())
    assert "imagebuilder:GetImage" in result["warnings"][0]


def test_an_unknown_state_counts_as_still_running(run, script):
    script.configured().lists(image("PAUSED")).shows(image("PAUSED")).shows(image("AVAILABLE"))
    result = run({**WEB, "force": True, "wait": True})
    assert (result["changed"], result["outcome"], result["image"]["state"]) == (False, "resumed", "AVAILABLE")
    script.shows(image("PAUSED"))
    result = run({"image_build_version_arn": images.arn(), "wait": False})
    assert (result["outcome"], result["still_running"]) == ("resumed", True)
    script.shows(image("PAUSED")).answers("cancel_image_creation", {}).shows(image("CANCELLED"))
    assert run({"image_build_version_arn": images.arn(), "state": "cancelled"})["outcome"] == "cancelled"

    # If somebody else has just started the retry, that is not a failure; see above.


@pytest.mark.parametrize("left", ["arn", "state", "status"])
def test_an_answer_that_lacks_what_counts_is_an_error_and_no_guess(run, script, left):
    shown = image()
    if left == "status":
        shown["state"] = {"reason": "none"}
    else:
        del shown[left]
    script.configured().lists(image()).answers("get_image", {"image": shown})
    result = run(WEB)
    assert (result["failed"], result.get("changed", False)) == (True, False)
    assert "lacks the member image." in result["msg"]
    assert images.arn() in result["msg"]


def test_a_listed_image_without_an_arn_is_an_error(run, script):
    script.configured().answers("list_image_build_versions", {"imageSummaryList": [{"tags": TAGS}]})
    assert "ListImageBuildVersions lacks the member arn" in run(WEB)["msg"]


def test_a_start_without_an_arn_says_that_something_may_have_begun(run, script):
    script.configured().lists().answers("distribute_image", {"clientToken": "x"})
    message = run(WEB)["msg"]
    assert message.startswith("A rollout may have been started, but AWS's answer to DistributeImage lacks")


def test_an_image_without_outputs_and_tags_has_no_amis(run, script):
    shown = image("DISTRIBUTING")
    del shown["outputResources"], shown["tags"], shown["distributionConfiguration"]
    script.shows(shown)
    result = run({"image_build_version_arn": images.arn(), "wait": False})
    assert (result["image"]["amis"], result["targets"], result["source_image"]) == ([], [], None)
