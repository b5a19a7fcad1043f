"""How long main() waits for a rollout, what ends the waiting, and a rollout that is named by its ARN."""

from __future__ import annotations

import os
import signal

import pytest

from tests.unit import images
from tests.unit.images import ami
from tests.unit.images import SOURCE
from tests.unit.plugins.modules.image_distribution.rollout import image
from tests.unit.plugins.modules.image_distribution.rollout import unseen
from tests.unit.plugins.modules.image_distribution.rollout import WEB

pytestmark = pytest.mark.current_botocore


def test_it_waits_until_the_image_is_available(run, script):
    script.configured().lists().starts(1)
    for status in ("PENDING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE"):
        script.shows(image(status, amis=[ami()]))
    result = run({**WEB, "wait": True, "wait_delay": 7})
    assert (result["image"]["state"], result["still_running"], result["changed"]) == ("AVAILABLE", False, True)
    assert result["diff"]["after"]["state"] == "AVAILABLE"
    assert script.sleeps == [7, 7, 7]


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "DELETED", "DEPRECATED", "DISABLED"])
def test_it_stops_on_every_other_final_state(run, script, status):
    script.configured().lists(image("PENDING")).shows(image("PENDING")).shows(image(status))
    result = run({**WEB, "wait": True})
    assert result["failed"]
    assert f"is {status}" in result["msg"]
    assert result["image"]["state"] == status


def test_an_image_that_vanishes_ends_the_waiting(run, script):
    unseen(script.configured().lists(image("PENDING")).shows(image("PENDING")), 10)
    result = run({**WEB, "wait": True})
    assert (result["failed"], result["image"]["state"], result["still_running"]) == (True, "DELETED", False)
    assert "AWS showed it before and no longer finds it, so somebody deleted it" in result["msg"]
    assert "force" not in result["msg"]


def test_an_image_that_is_not_found_for_a_while_is_not_deleted(run, script):
    unseen(script.configured().lists(image("PENDING")).shows(image("PENDING")), 8).shows(image())
    assert run({**WEB, "wait": True})["image"]["state"] == "AVAILABLE"


def test_a_time_out_is_no_failed_rollout(run, script):
    script.configured().lists(image("PENDING")).shows(image("PENDING")).shows(image("DISTRIBUTING"))
    result = run({**WEB, "wait": True, "wait_timeout": 15})
    assert (result["failed"], result["still_running"], result["image"]["state"]) == (True, True, "DISTRIBUTING")
    for part in (
        "wait_timeout",
        "15 seconds",
        "AWS itself allows it up to 14 hours",
        "is still running, it has not failed",
        f"image_build_version_arn: {images.arn()}",
    ):
        assert part in result["msg"]


def test_credentials_that_expire_during_the_wait_are_no_failed_rollout(run, script):
    script.configured().lists().starts().shows(image("PENDING")).refuses(
        "get_image", "ExpiredTokenException", "expired"
    )
    result = run({**WEB, "wait": True})
    assert (result["failed"], result["changed"], result["still_running"]) == (True, True, True)
    for part in ("credentials have expired", "is still running, it has not failed", images.arn()):
        assert part in result["msg"]


def test_a_rollout_is_resumed_by_its_arn_with_one_request(run, script):
    script.shows(image("DISTRIBUTING"))
    result = run({"image_build_version_arn": images.arn(), "wait": False})
    assert (result["outcome"], result["changed"], result["source_image"]) == ("resumed", False, SOURCE)


def test_an_arn_that_does_not_exist(run, script):
    # One every five seconds for five minutes.
    unseen(script, 61)
    result = run({"image_build_version_arn": images.arn()})
    assert "is not found after 300 seconds. If it was started only minutes ago, run the same task" in result["msg"]
    assert result["error"]["code"] == "ResourceNotFoundException"
    assert sum(script.sleeps) == 300


@pytest.mark.parametrize(("account", "check_mode"), [("111122223333", False), (images.ACCOUNT, True)])
def test_an_arn_that_nobody_waits_for(run, script, account, check_mode):
    unseen(script, 1)
    arn = images.arn().replace(images.ACCOUNT, account)
    result = run({"image_build_version_arn": arn, "wait_timeout": 60}, check_mode=check_mode)
    assert "does not exist; check Region and account" in result["msg"]


def test_it_waits_until_aws_shows_a_named_rollout(run, script):
    unseen(script, 3).shows(image())
    assert run({"image_build_version_arn": images.arn(), "wait": False})["outcome"] == "unchanged"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_waiting_with_a_report(run, script, number):
    script.configured().lists().starts().shows(image("PENDING")).shows(image("DISTRIBUTING"))
    script.meanwhile = [lambda: None, lambda: os.kill(os.getpid(), number)]
    handler = signal.getsignal(number)
    result = run({**WEB, "wait": True})
    assert (result["failed"], result["changed"], result["still_running"]) == (True, True, True)
    assert f"The task was interrupted by {number.name}. The rollout {images.arn()} is still running" in result["msg"]
    assert f"image_build_version_arn: {images.arn()}" in result["msg"]
    assert signal.getsignal(number) is handler
