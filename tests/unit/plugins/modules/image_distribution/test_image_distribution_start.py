"""What is sent to start a rollout, when nothing is started, what force and check mode do."""

from __future__ import annotations

import pytest

from tests.unit import images
from tests.unit.images import ami
from tests.unit.images import ANY
from tests.unit.images import ENTRY
from tests.unit.images import SOURCE
from tests.unit.plugins.modules.image_distribution.rollout import BODY
from tests.unit.plugins.modules.image_distribution.rollout import image
from tests.unit.plugins.modules.image_distribution.rollout import OTHER_TAGS
from tests.unit.plugins.modules.image_distribution.rollout import TAGS
from tests.unit.plugins.modules.image_distribution.rollout import token
from tests.unit.plugins.modules.image_distribution.rollout import WEB

pytestmark = pytest.mark.current_botocore


def test_what_is_sent_when_nothing_is_known(run, script):
    script.configured().lists(images.image(build=3)).starts(4, {**BODY, "clientToken": token()})
    script.shows(image("PENDING", 4))
    result = run(WEB)
    assert (result["changed"], result["outcome"], result["still_running"]) == (True, "started", True)
    assert (result["image"]["arn"], result["image"]["state"]) == (images.arn(4), "PENDING")
    assert result["source_image"] == SOURCE
    assert result["targets"] == [{"region": "eu-west-1", "account_id": images.ACCOUNT}]
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["distributions_sha256"] == TAGS["goldimage.aws:distributions-sha256"]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("ami", "text"),
    [
        ("InvalidAMIID.NotFound", f"the AMI {SOURCE} does not exist in us-west-2 for account {images.ACCOUNT}"),
        ("AuthFailure", f"the AMI {SOURCE} does not exist in us-west-2 for account {images.ACCOUNT}"),
        ({"OwnerId": "111122223333", "State": "available"}, "belongs to account 111122223333"),
        ({"OwnerId": images.ACCOUNT, "State": "pending"}, "is pending in us-west-2"),
        ({"OwnerId": images.ACCOUNT, "State": "disabled"}, "is disabled in us-west-2"),
    ],
)
def test_an_ami_that_cannot_be_distributed_is_refused_before_anything_is_started(run, script, ami, text, check_mode):
    script.amis[SOURCE] = ami
    script.configured().lists()
    result = run(WEB, check_mode=check_mode)
    assert result["failed"]
    assert result["msg"].startswith("source_image: ")
    assert text in result["msg"]


def test_what_is_already_distributed_is_not_checked_again(run, script):
    """The AMI may be gone since."""
    del script.amis[SOURCE]
    script.configured().lists(image()).shows(image(amis=[ami()]))
    assert run(WEB)["outcome"] == "unchanged"


def test_an_ami_that_cannot_be_read_is_a_warning(run, script):
    script.amis[SOURCE] = "UnauthorizedOperation"
    script.configured().lists()
    result = run(WEB, check_mode=True)
    assert result["changed"]
    (warning,) = result["warnings"]
    assert f"{SOURCE} could not be checked" in warning
    assert "UnauthorizedOperation" in warning


def test_tags_and_log_group_are_sent_with_the_modules_own(run, script):
    body = {**BODY, "tags": {"CostCenter": "12", **TAGS}, "loggingConfiguration": {"logGroupName": "images"}}
    script.configured().lists().starts(1, {**body, "clientToken": token(body=body)}).shows(image("PENDING"))
    options = {"tags": {"CostCenter": 12}, "logging_configuration": {"log_group_name": "images"}}
    assert run({**WEB, **options})["changed"]


def test_the_same_content_again_changes_nothing(run, script):
    script.configured().lists(image()).shows(image(amis=[ami()]))
    result = run({**WEB, "execution_role": "another", "tags": {"Change": "2"}, "wait": True})
    assert (result["changed"], result["outcome"]) == (False, "unchanged")
    assert result["diff"]["before"] == result["diff"]["after"]
    assert result["image"]["amis"][0]["region"] == "eu-west-1"


def test_a_then_b_then_a_again_are_three_rollouts(run, script):
    script.configured().lists(image(), image(build=2, tags=OTHER_TAGS)).shows(image(build=2, tags=OTHER_TAGS))
    script.starts(3, {**BODY, "clientToken": token(images.arn(2))}).shows(image("PENDING", 3))
    result = run(WEB)
    assert (result["changed"], result["image"]["arn"]) == (True, images.arn(3))
    assert "other settings" in result["reason"]


def test_killed_between_start_and_first_look(run, script):
    # A list that does not show the rollout yet gives the same token, so that AWS answers with the same rollout.
    script.configured().lists().starts(1, {**BODY, "clientToken": token()}).shows(image("DISTRIBUTING"))
    assert run(WEB)["image"]["arn"] == images.arn(1)
    # A rollout that does is continued.
    script.configured().lists(image("DISTRIBUTING")).shows(image("DISTRIBUTING"))
    result = run(WEB)
    assert (result["changed"], result["outcome"], result["still_running"]) == (False, "resumed", True)


@pytest.mark.parametrize("status", ["DEPRECATED", "DISABLED"])
def test_what_was_withdrawn_is_distributed_again_only_with_force(run, script, status):
    script.configured().lists(image(status)).shows(image(status))
    result = run(WEB)
    assert result["failed"]
    assert "force: true" in result["msg"]
    script.configured().lists(image(status)).shows(image(status)).starts(2).shows(image("PENDING", 2))
    assert run({**WEB, "force": True})["outcome"] == "started"


def test_force_never_gets_an_old_answer(run, script):
    tokens = []
    script.client("imagebuilder").meta.events.register(
        "provide-client-params.imagebuilder.DistributeImage",
        lambda params, **dummy: tokens.append(params["clientToken"]),
    )
    for build in (2, 3):
        script.configured().lists(image()).shows(image())
        script.starts(build, {**BODY, "clientToken": ANY}).shows(image("PENDING", build))
        result = run({**WEB, "force": True})
        assert (result["changed"], result["outcome"]) == (True, "started")
    assert len({token(images.arn(1)), *tokens}) == 3


def test_a_deleted_rollout_is_started_anew(run, script):
    script.configured().lists(image()).refuses("get_image", "ResourceNotFoundException")
    script.starts(2, {**BODY, "clientToken": token(images.arn(1))}).shows(image("PENDING", 2))
    assert run(WEB)["outcome"] == "started"


def test_two_jobs_at_once_send_the_same_request(run, script):
    same = {**BODY, "clientToken": token()}
    for _job in range(2):
        script.configured().lists().starts(1, same).shows(image("PENDING"))
    assert [run(WEB)["image"]["arn"] for _job in range(2)] == 2 * [images.arn(1)]


@pytest.mark.parametrize(
    ("before", "options", "action"),
    [
        (None, {}, "started"),
        ("AVAILABLE", {}, "unchanged"),
        ("AVAILABLE", {"force": True}, "started"),
        ("PENDING", {}, "resumed"),
        ("FAILED", {}, "retried"),
        ("FAILED", {"on_failed": "restart"}, "restarted"),
        ("FAILED", {"on_failed": "fail"}, "refused"),
        ("PENDING", {"state": "cancelled"}, "cancelled"),
        ("CANCELLED", {"state": "cancelled"}, "unchanged"),
    ],
)
def test_check_mode_says_what_would_happen_and_writes_nothing(run, script, before, options, action):
    script.configured()
    if before:
        script.lists(image(before)).shows(image(before))
    else:
        script.lists()
    result = run({**WEB, "wait": True, **options}, check_mode=True)
    assert (result["outcome"], bool(result.get("failed"))) == (action, action == "refused")
    assert result["changed"] == (action in ("started", "retried", "restarted", "cancelled"))
    assert (result["image"] is None) == result["changed"]
    assert result["reason"]


def test_check_mode_before_an_earlier_task_has_made_the_configuration(run, script):
    script.refuses("get_distribution_configuration", "ResourceNotFoundException").lists()
    result = run(WEB, check_mode=True)
    assert (result["changed"], result["outcome"]) == (True, "started")
    assert "does not exist" in result["warnings"][0]


def test_a_configuration_that_somebody_changes_right_before_the_start_is_a_warning(run, script):
    """AWS reads the configuration when it starts the rollout, and DistributeImage does not take what was read."""
    changed = [{**ENTRY, "region": "us-east-1"}]
    script.configured().lists().starts(1).shows(image("PENDING", distributions=changed))
    started = run(WEB)
    assert (started["changed"], started["outcome"]) == (True, "started")
    # Later runs take it for complete, because of its tags.
    script.configured().lists(image()).shows(image(distributions=changed, amis=[ami(region="us-east-1")]))
    later = run(WEB)
    assert (later["changed"], later["outcome"]) == (False, "unchanged")
    for result in (started, later):
        [warning] = result["warnings"]
        for part in (images.arn(1), "somebody else changed", "eu-west-1", "us-east-1", "force: true"):
            assert part in warning
