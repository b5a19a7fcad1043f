"""The action plugin: when it waits, what it runs, what it prints, and what it returns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.goldimage.aws.plugins.action import imagebuilder_image_distribution as plugin

from ansible.errors import AnsibleConnectionFailure

ARN = "arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1"
ARGS = {
    "region": "us-west-2",
    "source_image": "ami-1",
    "name": "web",
    "arn": None,
    "execution_role": "role",
    "tags": {},
}
LOOK = {"region": "us-west-2", "image_build_version_arn": ARN, "on_failed": "fail", "wait": False}


def seen(state, amis=(), action="resumed", **more):
    """The module's result of one status check."""
    image = {"arn": ARN, "state": state, "reason": more.pop("reason", None), "failures": [], "amis": list(amis)}
    result = {
        "changed": False,
        "outcome": action,
        "reason": "the rollout is " + state,
        "source_image": "ami-1",
        "image": image,
        "targets": [{"region": "eu-west-1", "account_id": "111122223333"}, {"region": "eu-west-1", "account_id": "1"}],
        "workflows": [],
        "still_running": state in ("PENDING", "DISTRIBUTING", "INTEGRATING"),
        "diff": {"before": {}, "after": {"arn": ARN, "state": state}},
        **more,
    }
    if state not in ("AVAILABLE", "PENDING", "DISTRIBUTING", "INTEGRATING"):
        result.update(failed=True, msg=f"The rollout is {state}")
    return result


def ami(state="AVAILABLE", identifier="ami-9"):
    return {"region": "eu-west-1", "account_id": "111122223333", "ami_id": identifier, "name": "web", "state": state}


STARTED = {
    **seen("PENDING"),
    "outcome": "started",
    "changed": True,
    "reason": "no rollout",
    "invocation": {"x": 1},
}


class FakeTask:
    """As much of a task as the plugin reads."""

    action = plugin.MODULE
    async_val = 0
    check_mode = False
    no_log = False

    def __init__(self, args, **more):
        self.args = args
        vars(self).update(more)


class FakeShell:
    """As much of a shell as the plugin reads."""

    tmpdir = "/nowhere"


class FakeConnection:
    """As much of a connection as the plugin reads."""

    has_native_async = False
    _shell = FakeShell()


@pytest.fixture
def run(monkeypatch):
    """Runs the plugin with planned results of the module; returns (result, runs, lines)."""

    def run(results, args=(), **task):
        action = plugin.ActionModule(FakeTask({**ARGS, **dict(args)}, **task), FakeConnection(), None, None, None, None)
        left, runs, lines, now = list(results), [], [], [0.0]

        def execute(module_name, task_vars, module_args=None, wrap_async=False):
            assert (module_name, task_vars) == (plugin.MODULE, {"inventory_hostname": "controller1"})
            runs.append((module_args, wrap_async))
            result = left.pop(0)
            if isinstance(result, Exception):
                raise result
            return result

        def sleep(seconds):
            assert seconds > 0
            now[0] += seconds

        monkeypatch.setattr(action, "_execute_module", execute)
        monkeypatch.setattr(action._display, "display", lines.append)
        monkeypatch.setattr(plugin.time, "sleep", sleep)
        monkeypatch.setattr(plugin.time, "monotonic", lambda: now[0])
        result = action.run(task_vars={"inventory_hostname": "controller1"})
        assert left == []
        return result, runs, lines

    return run


@pytest.mark.parametrize(
    ("args", "task"),
    [
        ({"wait": "no"}, {}),
        ({"progress": False}, {}),
        ({}, {"no_log": True}),
        ({}, {"check_mode": True}),
        ({}, {"async_val": 60}),
        ({"wait_delay": "soon"}, {}),
        ({"wait_timeout": 0}, {}),
        ({"state": "done"}, {}),
    ],
)
def test_the_plain_module_does_it_where_no_line_may_or_can_be_printed(run, args, task):
    result, runs, lines = run([seen("PENDING")], args, **task)
    assert runs == [(None, bool(task.get("async_val")))]
    assert (lines, result["image"]["state"]) == ([], "PENDING")


def test_a_connection_with_its_own_async(run, monkeypatch):
    monkeypatch.setattr(FakeConnection, "has_native_async", True)
    assert run([seen("PENDING")], async_val=60)[1] == [(None, False)]


@pytest.mark.parametrize("state", ["AVAILABLE", "FAILED"])
def test_what_has_ended_already_is_one_silent_run(run, state):
    result, runs, lines = run([seen(state)])
    assert runs == [({**ARGS, "wait": False}, False)]
    assert lines == []
    assert result == seen(state)


def test_an_error_at_the_start_is_passed_on(run):
    result, runs, lines = run([{"failed": True, "msg": "denied"}])
    assert (result, len(runs), lines) == ({"failed": True, "msg": "denied"}, 1, [])


def test_it_looks_by_arn_until_the_end_and_tells_what_changes(run):
    steps = [{"name": "DistributeImage", "status": "RUNNING"}, {"name": "ModifyImageAttributes", "status": "PENDING"}]
    workflow = {"type": "DISTRIBUTION", "status": "RUNNING", "steps": steps}
    later = {**workflow, "steps": [{**step, "status": "COMPLETED"} for step in steps]}
    results = [
        STARTED,
        seen("DISTRIBUTING", workflows=[workflow]),
        seen("DISTRIBUTING", [ami("PENDING")], workflows=[workflow]),
        seen("DISTRIBUTING", [ami("PENDING")], workflows=[workflow]),
        seen("INTEGRATING", [ami()], workflows=[later]),
        seen("AVAILABLE", [ami(), {**ami(identifier="ami-8"), "account_id": "1"}], workflows=[later]),
    ]
    result, runs, lines = run(results, {"wait_delay": 3})
    assert [arguments for arguments, dummy in runs] == [{**ARGS, "wait": False, "wait_delay": 3}] + 5 * [
        {**LOOK, "wait_delay": 3}
    ]
    rollout = "[controller1] 123456789012 us-west-2 web/1.0.0/1:"
    assert lines == [
        f"[controller1] 123456789012 us-west-2 rollout {ARN} started. To continue waiting, run the same task again, "
        "or with"
        f" image_build_version_arn: {ARN}. To look at it: aws imagebuilder get-image --region us-west-2"
        f" --image-build-version-arn {ARN}",
        f"{rollout} PENDING",
        f"{rollout} DISTRIBUTING",
        f"{rollout} distribution workflow, step DistributeImage RUNNING",
        "[controller1] 111122223333 eu-west-1 AMI ami-9 PENDING (0 of 2 Regions and accounts)",
        f"{rollout} INTEGRATING",
        f"{rollout} distribution workflow, step DistributeImage COMPLETED",
        f"{rollout} distribution workflow, step ModifyImageAttributes COMPLETED",
        "[controller1] 111122223333 eu-west-1 AMI ami-9 AVAILABLE (1 of 2 Regions and accounts)",
        f"{rollout} AVAILABLE",
        "[controller1] 1 eu-west-1 AMI ami-8 AVAILABLE (2 of 2 Regions and accounts)",
    ]
    assert (result["changed"], result["outcome"], result["reason"]) == (True, "started", "no rollout")
    assert (result["image"]["state"], result["still_running"]) == ("AVAILABLE", False)
    assert result["diff"] == {"before": {}, "after": {"arn": ARN, "state": "AVAILABLE"}}
    assert result["invocation"] == {"x": 1}
    # The fourth status check shows the first AMI, the fifth shows the other one.
    assert [target["seconds"] for target in result["targets"]] == [12, 15]
    assert not {"failed", "msg", "exception"} & set(result)


def test_many_amis_of_one_look_share_a_line_for_each_region(run):
    accounts = [f"1000000000{number:02}" for number in range(12)]
    amis = [{**ami(identifier=f"ami-{account}"), "account_id": account} for account in accounts]
    failure = {"account_id": "1", "region": "eu-west-1", "step": "COPY_AMI", "message": "no.", "remedy": "Ask."}
    away = {**ami("PENDING"), "region": "eu-north-1"}
    some = seen("DISTRIBUTING", [away, *amis])
    some["image"]["failures"] = [failure]
    dummy, dummy, lines = run([STARTED, some, seen("AVAILABLE", [{**away, "state": "AVAILABLE"}, *amis])])
    assert lines[3:] == [
        "[controller1] eu-north-1 AMI PENDING in 1 account (0 of 2 Regions and accounts)",
        "[controller1] eu-west-1 AMI AVAILABLE in 12 accounts (0 of 2 Regions and accounts)",
        "[controller1] 1 eu-west-1 failed at COPY_AMI: no. Ask.",
        "[controller1] 123456789012 us-west-2 web/1.0.0/1: AVAILABLE",
        "[controller1] 111122223333 eu-north-1 AMI ami-9 AVAILABLE (0 of 2 Regions and accounts)",
    ]


def test_steps_that_may_not_be_listed_are_counted(run):
    counted = {"type": "DISTRIBUTION", "status": "RUNNING", "total_steps": 3, "finished_steps": 0, "steps": []}
    results = [STARTED, seen("DISTRIBUTING", workflows=[counted])]
    dummy, dummy, lines = run([*results, seen("AVAILABLE", workflows=[{**counted, "finished_steps": 2}])])
    shown = [line.partition("web/1.0.0/1: ")[2] for line in lines if "workflow" in line]
    assert shown == [f"distribution workflow RUNNING, {done} of 3 steps done" for done in (0, 2)]


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "DELETED", "DEPRECATED", "DISABLED"])
def test_every_other_final_state_ends_it_with_the_failure_of_the_look(run, state):
    result, runs, lines = run([STARTED, seen(state, reason="because")])
    assert (result["failed"], result["msg"], result["changed"]) == (True, f"The rollout is {state}", True)
    assert lines[-1].endswith(f": {state} (because)")


def test_a_time_out_is_no_failed_rollout(run):
    results = [STARTED, *[seen("DISTRIBUTING") for dummy in range(3)]]
    result, runs, lines = run(results, {"wait_timeout": 70, "wait_delay": 30})
    assert (result["failed"], result["still_running"], result["changed"]) == (True, True, True)
    assert "is still running, it has not failed: it was last seen DISTRIBUTING" in result["msg"]
    assert "70 seconds; AWS itself allows it up to 14 hours" in result["msg"]
    assert ARN in result["msg"]


def test_a_timeout_while_cancelling_does_not_say_that_the_rollout_is_running(run):
    results = [{**STARTED, "outcome": "cancelled"}, *[seen("DISTRIBUTING") for dummy in range(2)]]
    result, runs, lines = run(results, {"state": "cancelled", "wait_timeout": 60, "wait_delay": 30})
    assert (result["failed"], result["still_running"]) == (True, True)
    assert "is being cancelled, which can take AWS a while: it was last seen DISTRIBUTING" in result["msg"]
    assert "still running" not in result["msg"]


def test_amis_without_id_are_distinguished_by_target(run):
    coming = [{**ami("PENDING", None), "region": region} for region in ("eu-west-1", "us-east-1")]
    dummy, dummy, lines = run([STARTED, seen("DISTRIBUTING", coming), seen("AVAILABLE", [ami(), *coming[1:]])])
    assert [line.partition(" (")[0] for line in lines if " AMI" in line] == [
        "[controller1] 111122223333 eu-west-1 AMI PENDING",
        "[controller1] 111122223333 us-east-1 AMI PENDING",
        "[controller1] 111122223333 eu-west-1 AMI ami-9 AVAILABLE",
    ]


def test_a_look_that_fails_tells_nothing_of_the_rollout(run):
    expired = {"failed": True, "msg": "ExpiredTokenException: the credentials have expired.", "error": {"code": "x"}}
    result, runs, lines = run([STARTED, seen("DISTRIBUTING"), expired])
    assert (result["failed"], result["still_running"], result["changed"]) == (True, True, True)
    assert result["image"]["state"] == "DISTRIBUTING"
    assert result["msg"].startswith("The rollout cannot be watched any longer: ExpiredTokenException: the credentials")
    assert "is still running, it has not failed" in result["msg"]
    assert result["error"] == {"code": "x"}


def test_what_fails_while_it_runs_is_said_once(run):
    failure = {"region": "eu-west-1", "account_id": "111122223333", "step": None, "message": "no key.", "remedy": None}
    later = {**failure, "region": "us-east-1", "step": "PUT_SSM_PARAMETERS", "remedy": "Allow it"}
    looks = [seen("DISTRIBUTING"), seen("DISTRIBUTING"), seen("INTEGRATING"), seen("FAILED")]
    for look, failures in zip(looks, ([failure], [failure], [failure, later], [failure, later])):
        look["image"]["failures"] = failures
    dummy, dummy, lines = run([STARTED, *looks])
    assert [line for line in lines if "failed" in line] == [
        "[controller1] 111122223333 eu-west-1 failed: no key",
        "[controller1] 111122223333 us-east-1 failed at PUT_SSM_PARAMETERS: no key. Allow it",
    ]


NOT_FOUND = {"failed": True, "msg": "is not found", "error": {"code": "ResourceNotFoundException"}}


def test_a_rollout_that_was_deleted_meanwhile_ends_it(run):
    result, runs, lines = run([STARTED, seen("DISTRIBUTING", [ami()]), NOT_FOUND])
    assert (result["failed"], result["still_running"], result["image"]["state"]) == (True, False, "DELETED")
    assert f"The rollout {ARN} is DELETED: AWS showed it before and no longer finds it" in result["msg"]
    assert "These AMIs are distributed and are not removed: eu-west-1/111122223333 (ami-9)" in result["msg"]
    assert "still running" not in result["msg"]


def test_a_new_rollout_that_is_never_shown_is_still_running(run):
    result, runs, lines = run([STARTED, NOT_FOUND])
    assert (result["failed"], result["still_running"], result["changed"]) == (True, True, True)
    assert "cannot be watched any longer: is not found. The rollout" in result["msg"]
    assert "is still running, it has not failed: it was last seen PENDING" in result["msg"]


def test_an_unreachable_host_is_reported_as_unreachable(run):
    with pytest.raises(AnsibleConnectionFailure, match="is still running, it has not failed") as raised:
        run([STARTED, AnsibleConnectionFailure("no route to host")])
    assert "no route to host" in str(raised.value)


def test_warnings_of_all_looks_come_once(run):
    results = [{**STARTED, "warnings": ["young role", "no workflows"]}, seen("DISTRIBUTING", warnings=["no workflows"])]
    result, runs, lines = run([*results, seen("AVAILABLE", warnings=["no workflows"])])
    assert result["warnings"] == ["young role", "no workflows"]


@pytest.mark.parametrize(("state", "warns"), [("CANCELLED", False), ("FAILED", False), ("AVAILABLE", True)])
def test_cancelling_is_done_when_the_rollout_has_ended(run, state, warns):
    results = [{**STARTED, "outcome": "cancelled"}, seen("DISTRIBUTING"), seen(state)]
    result, runs, lines = run(results, {"state": "cancelled"})
    assert (result.get("failed", False), result["outcome"], result["image"]["state"]) == (False, "cancelled", state)
    assert bool(result.get("warnings")) == warns
    assert runs[1][0] == LOOK


def test_the_controller_needs_no_boto3():
    program = (
        "import sys; sys.modules.update(boto3=None, botocore=None);"
        "from ansible.plugins.loader import init_plugin_loader; init_plugin_loader([sys.argv[1]]);"
        "from ansible_collections.goldimage.aws.plugins.action import imagebuilder_image_distribution"
    )
    # The folder above ansible_collections, as this process knows it.
    folder = Path(plugin.__file__).parents[5]
    command = [sys.executable, "-c", program, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# -- waves ---------------------------------------------------------------------------------------------------------

WAVE = {"number": 1, "of": 2, "regions": ["eu-west-1"]}
SETTLE = {"region": "us-west-2", "name": "web", "arn": None, "wave": WAVE, "wait": False, "on_failed": "fail"}


def of_wave(result, remaining=(), **more):
    """The result of a task with a wave."""
    wave = {"due": True, "restored": False, "resumed": None, "remaining": list(remaining), **more}
    return {**result, "wave": {"complete": not remaining, **wave}}


def test_a_wave_is_settled_when_its_rollout_has_ended(run):
    first = of_wave(STARTED, ["a target"])
    results = [first, seen("DISTRIBUTING"), seen("AVAILABLE"), of_wave(seen("AVAILABLE"), due=False, restored=True)]
    result, runs, _lines = run(results, {"wave": WAVE})
    # Status checks do not ask about the wave.
    assert [arguments for arguments, _async in runs[1:3]] == [LOOK, LOOK]
    assert runs[3][0] == {**SETTLE, "image_build_version_arn": ARN}
    assert (result["outcome"], result["changed"]) == ("started", True)
    # This task itself reduced the configuration, so that is not reported as restored.
    assert result["wave"] == of_wave({}, complete=True)["wave"]


def test_a_wave_whose_rollout_failed_is_settled_as_well(run):
    settled = of_wave(seen("FAILED"), ["a target"])
    result, runs, _lines = run([of_wave(STARTED), seen("FAILED"), settled], {"wave": WAVE})
    assert (result["failed"], result["msg"], len(runs)) == (True, "The rollout is FAILED", 3)
    assert result["wave"]["remaining"] == ["a target"]


@pytest.mark.parametrize("settled", [{"failed": True, "msg": "expired"}, seen("AVAILABLE")])
def test_a_wave_that_cannot_be_settled_is_one_that_has_ended_all_the_same(run, settled):
    first = of_wave(STARTED, ["a target"])
    result, _runs, _lines = run([first, seen("AVAILABLE"), settled], {"wave": WAVE})
    assert (result.get("failed"), result["image"]["state"], result["wave"]) == (None, "AVAILABLE", first["wave"])
    assert "the state of the wave could not be read" in result["warnings"][0]


def test_a_wave_that_is_still_running_is_not_settled(run):
    first = of_wave(STARTED, ["a target"])
    result, runs, _lines = run([first, seen("DISTRIBUTING")], {"wave": WAVE, "wait_timeout": 30})
    assert (result["failed"], result["still_running"], result["wave"], len(runs)) == (True, True, first["wave"], 2)


def test_what_a_rollout_of_before_did_not_bring_is_distributed_by_another_one(run):
    resumed = of_wave(seen("DISTRIBUTING"), ["one", "two"])
    settled = of_wave({**seen("AVAILABLE"), "warnings": ["a"]}, ["two"])
    last = of_wave({**seen("AVAILABLE"), "outcome": "started", "changed": True, "warnings": ["b"]})
    result, runs, _lines = run([resumed, seen("AVAILABLE"), settled, last], {"wave": WAVE})
    assert [arguments.get("source_image") for arguments, _async in runs] == ["ami-1", None, None, "ami-1"]
    assert (result["outcome"], result["changed"], result["warnings"]) == ("started", True, ["a", "b"])
    assert result["wave"]["resumed"]["arn"] == ARN
