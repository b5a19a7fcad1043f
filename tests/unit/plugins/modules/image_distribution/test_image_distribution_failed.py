"""A failed rollout is retried, restarted or reported."""

from __future__ import annotations

import pytest

from tests.unit import images
from tests.unit.images import ANY
from tests.unit.plugins.modules.image_distribution.rollout import BODY
from tests.unit.plugins.modules.image_distribution.rollout import image
from tests.unit.plugins.modules.image_distribution.rollout import token
from tests.unit.plugins.modules.image_distribution.rollout import WEB

pytestmark = pytest.mark.current_botocore


def test_a_failed_rollout_is_retried_under_its_own_arn(run, script):
    script.configured().lists(image("FAILED")).shows(image("FAILED"))
    script.answers(
        "retry_image",
        {"imageBuildVersionArn": images.arn()},
        {"imageBuildVersionArn": images.arn(), "clientToken": ANY},
    )
    # AWS may still show the failure for a moment.
    script.shows(image("FAILED")).shows(image("DISTRIBUTING"))
    result = run(WEB)
    assert (result["changed"], result["outcome"], result["image"]["state"]) == (True, "retried", "DISTRIBUTING")
    assert script.sleeps == [1]


def test_a_retry_that_aws_refuses_points_to_restart(run, script):
    script.configured().lists(image("FAILED")).shows(image("FAILED"))
    script.refuses("retry_image", "InvalidRequestException", "cannot be retried").shows(image("FAILED"))
    result = run(WEB)
    assert result["failed"]
    for part in ("on_failed: restart", "cannot be retried", "11112222-3333", images.arn()):
        assert part in result["msg"]


def test_a_retry_that_somebody_else_began_is_picked_up(run, script):
    script.configured().lists(image("FAILED")).shows(image("FAILED"))
    script.refuses("retry_image", "InvalidRequestException").shows(image("DISTRIBUTING"))
    result = run(WEB)
    assert (result["image"]["state"], result["outcome"], result["changed"]) == ("DISTRIBUTING", "resumed", False)


def test_after_a_failure_the_token_is_another_one(run, script):
    script.configured().lists(image("FAILED")).shows(image("FAILED"))
    script.starts(2, {**BODY, "clientToken": token(images.arn(1))}).shows(image("PENDING", 2))
    result = run({**WEB, "on_failed": "restart"})
    assert (result["outcome"], result["image"]["arn"]) == ("restarted", images.arn(2))
    assert token(images.arn(1)) != token()


def test_a_failed_rollout_with_another_role_is_restarted(run, script):
    failed = image("FAILED", executionRole="old-role")
    script.configured().lists(failed).shows(failed).starts(2).shows(image("PENDING", 2))
    result = run(WEB)
    assert result["outcome"] == "restarted"
    assert "old-role" in result["warnings"][0]


def test_on_failed_fail_tells_the_causes(run, script):
    reason = {"reason": "AMI Copy Reported Failure For ami-1"}
    script.configured().lists(image("FAILED")).shows(image("FAILED", state=reason))
    result = run({**WEB, "on_failed": "fail"})
    assert (result["failed"], result["changed"], result["outcome"]) == (True, False, "refused")
    assert "AMI Copy Reported Failure" in result["msg"]
    assert result["image"]["failures"][0]["remedy"].startswith("Usually a permission on a key")
