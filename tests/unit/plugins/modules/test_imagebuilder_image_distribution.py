"""The module's main() with Image Builder's answers from a script: what it asks, does, returns and refuses."""

from __future__ import annotations

import importlib
import json
import os
import signal
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from types import SimpleNamespace

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import rollouts
from botocore.exceptions import ClientError

from tests.unit import images
from tests.unit.images import ami
from tests.unit.images import ANY
from tests.unit.images import CONFIGURATION
from tests.unit.images import ENTRY
from tests.unit.images import SOURCE

pytestmark = pytest.mark.current_botocore

MODULE = "imagebuilder_image_distribution"
ROLE = "imagebuilder-distribution"
WEB = {"source_image": SOURCE, "distribution_configuration_arn": CONFIGURATION, "execution_role": ROLE, "wait": False}
TAGS = rollouts.identity_tags(SOURCE, CONFIGURATION, [ENTRY])
OTHER_TAGS = rollouts.identity_tags(SOURCE, CONFIGURATION, [{**ENTRY, "region": "us-east-1"}])
BODY = {"sourceImage": SOURCE, "distributionConfigurationArn": CONFIGURATION, "executionRole": ROLE, "tags": TAGS}


def image(status="AVAILABLE", build=1, tags=None, **more):
    return images.image(status, build, tags=TAGS if tags is None else tags, **more)


def described(amis, ids):
    """EC2's descriptions of AMIs with these ids. Fails as EC2 does if there is an error code instead of an AMI."""
    for name in ids:
        code = amis.get(name, "InvalidAMIID.NotFound")
        if isinstance(code, str):
            raise ClientError({"Error": {"Code": code, "Message": "As EC2 says it."}}, "DescribeImages")
    return [amis[name] for name in ids]


@pytest.fixture
def script(monkeypatch):
    """Image Builder's answers; main() uses them instead of a connection, and does not sleep."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-access-key-that-opens-nothing-at-all")
    made = images.Script()
    module = importlib.import_module(f"{images.COLLECTION}.modules.{MODULE}")
    monkeypatch.setattr(module, "connect", lambda _module, *_workers, **dummy: made.connection)
    made.amis = {SOURCE: {"ImageId": SOURCE, "OwnerId": images.ACCOUNT, "State": "available"}}
    ec2 = SimpleNamespace(describe_images=lambda ImageIds, IncludeDisabled: {"Images": described(made.amis, ImageIds)})

    def client(_module, service):
        return ec2 if service == "ec2" else made.client(service)

    monkeypatch.setattr(module.GoldimageModule, "client", client, raising=False)

    class RolloutWithFakeTime(module.rollout.Rollout):
        def __init__(self, connection, client, params, check_mode=False, **more):
            # Time passes only while it sleeps.
            super().__init__(connection, client, params, check_mode, made.sleep, lambda: sum(made.sleeps), **more)

    monkeypatch.setattr(module.rollout, "Rollout", RolloutWithFakeTime)
    yield made
    made.is_read()


@pytest.fixture
def run(run_module, script):
    """main() without the request for workflows; options may add it."""

    def run(options, **more):
        return run_module(MODULE, {"progress": False, **options}, **more)

    return run


def token(newest=None, body=None):
    return rollouts.client_token(body or BODY, newest)


def test_what_is_sent_when_nothing_is_known(run, script):
    script.configured().lists(images.image(build=3)).starts(4, {**BODY, "clientToken": token()})
    script.shows(image("PENDING", 4))
    result = run(WEB)
    assert (result["changed"], result["outcome"], result["under_way"]) == (True, "started", True)
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


def test_what_is_distributed_already_is_not_looked_at_again(run, script):
    """The AMI may be gone since."""
    del script.amis[SOURCE]
    script.configured().lists(image()).shows(image(amis=[ami()]))
    assert run(WEB)["outcome"] == "unchanged"


def test_an_ami_that_may_not_be_looked_at_is_a_warning(run, script):
    script.amis[SOURCE] = "UnauthorizedOperation"
    script.configured().lists()
    result = run(WEB, check_mode=True)
    assert result["changed"]
    (warning,) = result["warnings"]
    assert f"{SOURCE} could not be checked" in warning
    assert "UnauthorizedOperation" in warning


def test_tags_and_log_group_are_sent_beside_the_modules_own(run, script):
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
    assert (result["changed"], result["outcome"], result["under_way"]) == (False, "resumed", True)


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
    assert "could not find out afterwards whether the rollout was started" in result["msg"]


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


@pytest.mark.parametrize("status", ["DEPRECATED", "DISABLED"])
def test_what_was_withdrawn_is_put_out_again_only_by_force(run, script, status):
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


def unseen(script, looks):
    """GetImage does not find the image several times."""
    for _look in range(looks):
        script.refuses("get_image", "ResourceNotFoundException")
    return script


def test_a_new_rollout_that_is_not_shown_yet_is_looked_for(run, script):
    unseen(script.configured().lists().starts(1), 6).shows(image("DISTRIBUTING")).shows(image())
    result = run({**WEB, "wait": True})
    assert (result["changed"], result["outcome"], result["image"]["state"]) == (True, "started", "AVAILABLE")
    assert "warnings" not in result


def test_a_new_rollout_that_is_not_shown_yet_is_running(run, script):
    unseen(script.configured().lists().starts(1), 4)
    result = run(WEB)
    assert (result["changed"], result["under_way"], result["image"]["state"]) == (True, True, "PENDING")
    assert "failed" not in result


def test_a_rollout_that_is_never_shown_is_resumed_and_not_started_anew(run, script):
    # Four at once after the start, then one every half minute for five minutes.
    unseen(script.configured().lists().starts(1), 4 + 10)
    result = run({**WEB, "wait": True})
    assert (result["failed"], result["changed"], result["under_way"]) == (True, True, True)
    assert "AWS has not shown the rollout for 300 seconds" in result["msg"]
    assert f"run the same task again, or with image_build_version_arn: {images.arn()}" in result["msg"]
    assert not any(word in result["msg"] for word in ("DELETED", "force", "restart"))


def test_a_rollout_that_is_listed_but_not_shown_yet_is_resumed(run, script):
    unseen(script.configured().lists(image("PENDING")), 2).shows(image())
    result = run({**WEB, "wait": True})
    assert (result["changed"], result["outcome"], result["image"]["state"]) == (False, "resumed", "AVAILABLE")


def test_a_start_that_cannot_be_looked_at_is_not_lost(run, script):
    script.configured().lists().starts(1).refuses("get_image", "AccessDeniedException")
    result = run(WEB)
    assert (result["changed"], result["image"]["arn"]) == (True, images.arn())
    assert "imagebuilder:GetImage" in result["warnings"][0]


def test_a_state_that_nobody_knows_yet_is_taken_for_one_on_the_way(run, script):
    script.configured().lists(image("PAUSED")).shows(image("PAUSED")).shows(image("AVAILABLE"))
    result = run({**WEB, "force": True, "wait": True})
    assert (result["changed"], result["outcome"], result["image"]["state"]) == (False, "resumed", "AVAILABLE")
    script.shows(image("PAUSED"))
    result = run({"image_build_version_arn": images.arn(), "wait": False})
    assert (result["outcome"], result["under_way"]) == ("resumed", True)
    script.shows(image("PAUSED")).answers("cancel_image_creation", {}).shows(image("CANCELLED"))
    assert run({"image_build_version_arn": images.arn(), "state": "cancelled"})["outcome"] == "cancelled"


def test_two_jobs_at_once_send_the_same_request(run, script):
    same = {**BODY, "clientToken": token()}
    for _job in range(2):
        script.configured().lists().starts(1, same).shows(image("PENDING"))
    assert [run(WEB)["image"]["arn"] for _job in range(2)] == 2 * [images.arn(1)]
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


# -- waiting -------------------------------------------------------------------------------------------------------


def test_it_waits_until_the_image_is_available(run, script):
    script.configured().lists().starts(1)
    for status in ("PENDING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE"):
        script.shows(image(status, amis=[ami()]))
    result = run({**WEB, "wait": True, "wait_delay": 7})
    assert (result["image"]["state"], result["under_way"], result["changed"]) == ("AVAILABLE", False, True)
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
    assert (result["failed"], result["image"]["state"], result["under_way"]) == (True, "DELETED", False)
    assert "AWS showed it before and no longer finds it, so somebody deleted it" in result["msg"]
    assert "force" not in result["msg"]


def test_an_image_that_is_not_found_for_a_while_is_not_deleted(run, script):
    unseen(script.configured().lists(image("PENDING")).shows(image("PENDING")), 8).shows(image())
    assert run({**WEB, "wait": True})["image"]["state"] == "AVAILABLE"


def test_a_time_out_is_no_failed_rollout(run, script):
    script.configured().lists(image("PENDING")).shows(image("PENDING")).shows(image("DISTRIBUTING"))
    result = run({**WEB, "wait": True, "wait_timeout": 15})
    assert (result["failed"], result["under_way"], result["image"]["state"]) == (True, True, "DISTRIBUTING")
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
    assert (result["failed"], result["changed"], result["under_way"]) == (True, True, True)
    for part in ("credentials have expired", "is still running, it has not failed", images.arn()):
        assert part in result["msg"]


# -- a certain rollout -----------------------------------------------------------------------------------------------


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


def test_a_named_rollout_that_is_not_shown_yet_is_looked_for(run, script):
    unseen(script, 3).shows(image())
    assert run({"image_build_version_arn": images.arn(), "wait": False})["outcome"] == "unchanged"


EXECUTION = "wf-11112222-3333-4444-5555-666677778888"
RUNNING = {
    "workflowExecutionId": EXECUTION,
    "type": "DISTRIBUTION",
    "status": "RUNNING",
    "totalStepCount": 3,
    "totalStepsSucceeded": 1,
    "totalStepsSkipped": 1,
    "totalStepsFailed": 0,
}


def test_progress_reads_the_workflows_but_for_superseded_ones(run, script):
    script.shows(image("DISTRIBUTING")).workflows(
        {"type": "DISTRIBUTION", "status": "FAILED", "retried": True}, RUNNING, {"type": "TEST", "status": "PENDING"}
    )
    steps = [{"name": "DistributeImage", "status": "COMPLETED", "action": "DistributeImage"}]
    asked = {"maxResults": 100, "workflowExecutionId": EXECUTION}
    script.answers("list_workflow_step_executions", {"steps": steps}, asked)
    result = run({"image_build_version_arn": images.arn(), "wait": False, "progress": True})
    # Without an id, its steps cannot be read.
    assert result["workflows"].pop()["steps"] == []
    assert result["workflows"] == [
        {
            "type": "DISTRIBUTION",
            "status": "RUNNING",
            "total_steps": 3,
            "finished_steps": 2,
            "steps": [{"name": "DistributeImage", "status": "COMPLETED", "message": None}],
            "message": None,
        }
    ]


STEP = "step-11112222-3333-4444-5555-666677778888"


def with_steps(script, **more):
    """One that has begun, and one that has not and is not asked for."""
    steps = [
        {"name": "DistributeImage", "status": "RUNNING", "stepExecutionId": STEP, **more},
        {"name": "ModifyImageAttributes", "status": "PENDING", "stepExecutionId": STEP},
    ]
    return script.workflows(RUNNING).answers("list_workflow_step_executions", {"steps": steps})


def test_what_fails_while_the_rollout_runs_is_told(run, script):
    target = {"region": "eu-west-1", "accountId": "111122223333", "status": "Failed", "step": "CopyAmiRunning"}
    outputs = json.dumps({"distributedImages": [{**target, "errorMessage": "no such key"}]})
    with_steps(script.shows(image("DISTRIBUTING")))
    script.answers("get_workflow_step_execution", {"outputs": outputs}, {"stepExecutionId": STEP})
    result = run({"image_build_version_arn": images.arn(), "wait": False, "progress": True})
    assert result["image"]["failures"] == [
        {
            "region": "eu-west-1",
            "account_id": "111122223333",
            "step": "DistributeImage",
            "message": "no such key",
            "remedy": None,
        }
    ]
    assert (result["under_way"], "failed" in result, "warnings" in result) == (True, False, False)


def test_outputs_that_may_not_be_read_are_a_warning(run, script):
    with_steps(script.shows(image("DISTRIBUTING"))).refuses("get_workflow_step_execution", "AccessDeniedException")
    result = run({"image_build_version_arn": images.arn(), "wait": False, "progress": True})
    assert "are shown when the rollout has ended, not before" in result["warnings"][0]
    assert "imagebuilder:GetWorkflowStepExecution" in result["warnings"][0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_waiting_with_a_report(run, script, number):
    script.configured().lists().starts().shows(image("PENDING")).shows(image("DISTRIBUTING"))
    script.meanwhile = [lambda: None, lambda: os.kill(os.getpid(), number)]
    handler = signal.getsignal(number)
    result = run({**WEB, "wait": True})
    assert (result["failed"], result["changed"], result["under_way"]) == (True, True, True)
    assert f"The task was interrupted by {number.name}. The rollout {images.arn()} is still running" in result["msg"]
    assert f"image_build_version_arn: {images.arn()}" in result["msg"]
    assert signal.getsignal(number) is handler


def test_steps_that_may_not_be_listed_are_a_warning(run, script):
    script.shows(image()).workflows(RUNNING).refuses("list_workflow_step_executions", "AccessDeniedException")
    result = run({"image_build_version_arn": images.arn(), "progress": True})
    assert (result["workflows"][0]["steps"], "counted, not named" in result["warnings"][0]) == ([], True)


def test_workflows_that_may_not_be_read_are_a_warning(run, script):
    script.shows(image()).refuses("list_workflow_executions", "AccessDeniedException", "no")
    result = run({"image_build_version_arn": images.arn(), "progress": True})
    assert (result["workflows"], "AccessDenied" in result["warnings"][0]) == ([], True)


# -- cancelling ------------------------------------------------------------------------------------------------------


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
    assert (result["failed"], result["under_way"]) == (True, True)
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


# -- check mode ------------------------------------------------------------------------------------------------------


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


# -- source, role, options ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["/images/web", f"arn:aws:ssm:us-west-2:{images.ACCOUNT}:parameter/images/web"])
def test_a_source_in_a_parameter(run, script, name):
    source = f"ssm:{name}"
    script.configured().answers(
        "get_parameter", {"Parameter": {"Value": SOURCE}}, {"Name": name}, service="ssm"
    ).lists().starts(1, {**BODY, "clientToken": token()}).shows(image("PENDING"))
    assert run({**WEB, "source_image": source})["source_image"] == SOURCE


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        ({"Parameter": {"Value": "latest"}}, "'latest', which is not an AMI id"),
        ("AccessDeniedException", "ssm:GetParameter"),
        ("ParameterNotFound", "ParameterNotFound"),
    ],
)
def test_a_parameter_that_gives_no_ami(run, script, answer, part):
    script.configured()
    if isinstance(answer, str):
        script.refuses("get_parameter", answer, service="ssm")
    else:
        script.answers("get_parameter", answer, service="ssm")
    message = run({**WEB, "source_image": "ssm:/images/web"})["msg"]
    assert part in message
    assert "/images/web" in message


def test_a_source_that_is_an_image(run, script):
    version = f"arn:aws:imagebuilder:us-west-2:{images.ACCOUNT}:image/base/1.x.x"
    amis = [ami("us-west-2", identifier=SOURCE), ami("us-west-2", "111122223333", identifier="ami-0fff"), ami()]
    script.configured().answers("get_image", {"image": image(amis=amis)}, {"imageBuildVersionArn": version})
    script.lists().starts(1, {**BODY, "clientToken": token()}).shows(image("PENDING"))
    assert run({**WEB, "source_image": version})["source_image"] == SOURCE


@pytest.mark.parametrize(
    "amis",
    [
        [],
        [ami("eu-west-1")],
        [ami("us-west-2", "111122223333"), ami("us-west-2", "444455556666", identifier="ami-0fff")],
    ],
)
def test_an_image_without_one_ami_here(run, script, amis):
    version = f"arn:aws:imagebuilder:us-west-2:{images.ACCOUNT}:image/base/1.0.0/1"
    script.configured().answers("get_image", {"image": image(amis=amis)})
    assert "must have exactly one of this account" in run({**WEB, "source_image": version})["msg"]


def role(age, **more):
    date = datetime(2026, 3, 2, 9, 20, 0, tzinfo=timezone.utc)
    described = {
        "Path": "/",
        "RoleName": ROLE,
        "RoleId": "AROA1111222233334444",
        "Arn": f"arn:aws:iam::{images.ACCOUNT}:role/{ROLE}",
        "CreateDate": date - timedelta(seconds=age),
    }
    headers = {"date": "Mon, 02 Mar 2026 09:20:00 GMT"}
    return {"Role": described, "ResponseMetadata": {"HTTPHeaders": headers}}


def test_a_young_role_is_waited_for_and_it_is_said(run, script):
    script.configured().lists()
    script.refuses("distribute_image", "InvalidParameterValueException", "The role cannot be assumed")
    script.answers("get_role", role(100), {"RoleName": ROLE}, service="iam")
    same = {**BODY, "clientToken": token()}
    script.refuses("distribute_image", "AccessDeniedException", expected=same).starts(1, same).shows(image("PENDING"))
    result = run(WEB)
    assert script.sleeps == [5, 5]
    assert "was 100 seconds old" in result["warnings"][0]
    assert "waited 10 seconds" in result["warnings"][0]


def test_the_wait_for_a_young_role_is_bounded(run, script):
    script.configured().lists().refuses("distribute_image", "AccessDeniedException")
    script.answers("get_role", role(112), service="iam")
    script.refuses("distribute_image", "AccessDeniedException").refuses(
        "distribute_image", "AccessDeniedException", "no"
    )
    result = run(WEB)
    assert script.sleeps == [5, 3]
    for part in ("iam:PassRole", "120 seconds old by now", ROLE, SOURCE, "11112222-3333"):
        assert part in result["msg"]


@pytest.mark.parametrize("answer", [role(120), role(100000), "AccessDenied", "NoSuchEntity"])
def test_an_older_role_is_not_waited_for(run, script, answer):
    script.configured().lists().refuses("distribute_image", "AccessDeniedException")
    if isinstance(answer, str):
        script.refuses("get_role", answer, service="iam")
    else:
        script.answers("get_role", answer, service="iam")
    result = run(WEB)
    assert result["failed"]
    assert script.sleeps == []
    assert ("knows no such role" in result["msg"]) == (answer == "NoSuchEntity")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidParameterValueException", "The value supplied for parameter 'sourceImage' is not valid."),
        ("ServiceQuotaExceededException", "too many"),
        ("IdempotentParameterMismatchException", "other parameters"),
    ],
)
def test_what_no_role_can_be_blamed_for_is_not_waited_for(run, script, code, message):
    script.configured().lists().refuses("distribute_image", code, message)
    result = run(WEB)
    assert result["failed"]
    assert message in result["msg"]
    # IAM was not asked.
    assert "too new" not in result["msg"]


def test_all_that_is_wrong_is_said_before_any_request(run):
    result = run(
        {
            "source_image": "web",
            "execution_role": "a role!",
            "tags": {"aws:x": "1", "goldimage.aws:source-image": "2"},
            "logging_configuration": {"log_group_name": "a b"},
            "wait_delay": 0,
            "wait_timeout": -1,
        }
    )
    lines = [line[2:].split(":")[0] for line in result["msg"].splitlines()[1:]]
    assert sorted(lines) == [
        "execution_role",
        "logging_configuration.log_group_name",
        "name",
        "source_image",
        "tags['aws",
        "tags['goldimage.aws",
        "wait_delay",
        "wait_timeout",
    ]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (
            {},
            [
                "source_image: is required",
                "execution_role: is required",
                "name: this or distribution_configuration_arn",
            ],
        ),
        ({"state": "cancelled"}, ["source_image: is required", "name: this or"]),
        ({"image_build_version_arn": images.arn(), "force": True}, ["force: starts a new rollout"]),
        ({"image_build_version_arn": images.arn(), "on_failed": "restart"}, ["on_failed: 'restart': starts a new"]),
        ({"image_build_version_arn": images.arn().replace("us-west-2", "eu-west-1")}, ["set region to match"]),
        (
            {"image_build_version_arn": images.arn()[:-2]},
            ["image_build_version_arn:", "the ARN of an image is"],
        ),
        ({**WEB, "name": "web"}, ["name: give this or distribution_configuration_arn, not both"]),
        ({**WEB, "sourceImage": "x"}, ["sourceImage: unknown option, write it as source_image"]),
        ({**WEB, "wait_delay": "soon", "source_image": "web"}, ["wait_delay", "source_image: 'web': is neither"]),
        ({**WEB, "source_image": "ssm:"}, ["does not name an SSM parameter"]),
        ({**WEB, "source_image": "ssm:arn:aws:s3:::x"}, ["does not name an SSM parameter"]),
        ({**WEB, "source_image": "ssm:arn:aws:ssm:eu-west-1:123456789012:parameter/x"}, ["is in Region eu-west-1"]),
        (
            {**WEB, "source_image": "arn:aws:imagebuilder:eu-west-1:123456789012:image/x/1.0.0/1"},
            ["is in Region eu-west"],
        ),
        ({**WEB, "tags": {f"t{number}": "" for number in range(48)}}, ["there is room for 47"]),
    ],
)
def test_what_is_refused_without_a_request(run, options, parts):
    result = run(options)
    assert result["failed"]
    for part in parts:
        assert part in result["msg"]


def test_an_older_botocore_is_named(run, script, monkeypatch):
    module = importlib.import_module(f"{images.COLLECTION}.modules.{MODULE}")
    wire = importlib.import_module(f"{images.COLLECTION}.module_utils._aws.module")
    monkeypatch.setattr(module, "connect", wire.connect)
    monkeypatch.setattr(module.GoldimageModule, "client", lambda _module, *_service, **dummy: script.connection.client)
    monkeypatch.setattr(wire.Connection, "knows", lambda self, operation: operation != "DistributeImage")
    assert "1.41.1 or newer" in run(WEB)["msg"]


def test_two_names_that_fold_to_one_arn(run, script):
    script.configured()
    options = {**WEB, "name": "Web"}
    del options["distribution_configuration_arn"]
    message = run(options)["msg"]
    assert "'Web'" in message
    assert "'web'" in message
