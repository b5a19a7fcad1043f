"""Others write to an execution role at the same time, and answers are lost."""

from __future__ import annotations

import importlib
import json

import pytest

from tests.unit.conftest import COLLECTION
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import TARGET
from tests.unit.plugins.modules.iam.iam_world import BATCH
from tests.unit.plugins.modules.iam.iam_world import configuration
from tests.unit.plugins.modules.iam.iam_world import MANAGED
from tests.unit.plugins.modules.iam.iam_world import NAME
from tests.unit.plugins.modules.iam.iam_world import TAG
from tests.unit.plugins.modules.iam.iam_world import WEB
from tests.world import SERVICE_TRUST

pytestmark = pytest.mark.current_botocore

POLICY_NAME = f"goldimage-web-{REGION}"


@pytest.fixture
def run(run_execution_role):
    return run_execution_role


def reasons(result):
    return [row["reason"] for row in result["leftovers"]]


def test_a_create_whose_answer_was_lost_was_this_tasks_own(world, run):
    # botocore repeats the request, and IAM then says that the role exists.
    world.make(NAME, SERVICE_TRUST, Tags=[{"Key": TAG, "Value": WEB}])
    absent_at_first(world)
    result = run()
    assert (result["changed"], world.log.written) == (True, ["CreateRole", "PutRolePolicy"])


def test_a_role_that_somebody_else_has_just_created_is_not_taken(world, run):
    world.make(NAME, SERVICE_TRUST)
    absent_at_first(world)
    result = run()
    assert "Somebody else created" in result["msg"]
    assert (result["changed"], world.stored()["inline"]) == (False, {})


def absent_at_first(world):
    world.log.errors["GetRole", None] = ["NoSuchEntity"]


def test_iam_may_take_a_while_to_show_a_new_role(world, run):
    world.log.errors["GetRole", None] = ["NoSuchEntity"] * 4
    assert run()["changed"]
    assert world.stored()["inline"]


def while_somebody_else_acts(monkeypatch, *acts):
    """Lets somebody else act after each of this task's next writes, which carry out several requests."""
    roles = importlib.import_module(f"{COLLECTION}.module_utils._aws.iam.roles")
    carry_out = roles.Writing.carry_out
    coming = list(acts)

    def and_somebody_else(writing, steps):
        carry_out(writing, steps)
        if coming:
            coming.pop(0)()

    monkeypatch.setattr(roles.Writing, "carry_out", and_somebody_else)


def overwrite(world, policy):
    """Somebody who has read the role before takes this task's policy and a managed policy away."""
    arn = MANAGED["EC2ImageBuilderExecutionPolicy"]
    world.iam().put_role_policy(RoleName=NAME, PolicyName=POLICY_NAME, PolicyDocument=json.dumps(policy))
    world.iam().detach_role_policy(RoleName=NAME, PolicyArn=arn)


def test_what_somebody_else_overwrites_is_written_again(world, run, monkeypatch):
    run(use="pipeline")
    old = world.stored()["inline"][POLICY_NAME]
    options = {"use": "pipeline", "log_group": "/web"}
    while_somebody_else_acts(monkeypatch, lambda: overwrite(world, old))
    result = run(**options)
    stored = world.stored()
    assert stored["inline"][POLICY_NAME] == result["execution_role"]["policy"] != old
    assert stored["managed"] == [MANAGED["EC2ImageBuilderExecutionPolicy"]]
    assert run(**options)["changed"] is False


def test_what_somebody_else_overwrites_each_time_is_an_error(world, run, monkeypatch):
    run(use="pipeline")
    old = world.stored()["inline"][POLICY_NAME]
    again = [lambda: overwrite(world, old)] * 9
    while_somebody_else_acts(monkeypatch, *again)
    result = run(use="pipeline", log_group="/web")
    assert (result["failed"], result["changed"]) == (True, True)
    for part in (NAME, "Somebody else", POLICY_NAME, MANAGED["EC2ImageBuilderExecutionPolicy"], "run the task again"):
        assert part in result["msg"]


def test_a_role_that_somebody_else_deletes_right_after_the_write_is_an_error(world, run, monkeypatch):
    def delete():
        world.iam().delete_role_policy(RoleName=NAME, PolicyName=POLICY_NAME)
        world.iam().delete_role(RoleName=NAME)

    while_somebody_else_acts(monkeypatch, lambda: None, delete)
    result = run()
    assert (result["failed"], result["changed"]) == (True, True)
    assert "Somebody else deleted the role" in result["msg"]


def test_iam_may_take_a_while_to_show_what_was_written(world, run, monkeypatch):
    run()
    roles = importlib.import_module(f"{COLLECTION}.module_utils._aws.iam.roles")
    read = roles.read
    old = read(world.iam(), NAME, "the role")
    shown = iter([old, old])
    monkeypatch.setattr(roles, "read", lambda *arguments: next(shown, None) or read(*arguments))
    assert run(use="pipeline")["changed"]
    assert world.log.written == ["AttachRolePolicy", "TagRole", "PutRolePolicy"]


def test_a_spec_that_begins_to_use_the_role_right_before_it_is_deleted_keeps_its_policies(world, run, monkeypatch):
    run(use="pipeline")
    roles = importlib.import_module(f"{COLLECTION}.module_utils._aws.iam.roles")
    carry_out = roles.Writing.carry_out
    theirs = {
        "use": "pipeline",
        "spec_id": "batch",
        "distribution_configurations": [configuration(TARGET, name="batch")],
    }
    coming = [lambda: run(log_group="/batch", **theirs)]

    def after_the_other_has_begun(writing, steps):
        if coming:
            coming.pop()()
        carry_out(writing, steps)

    monkeypatch.setattr(roles.Writing, "carry_out", after_the_other_has_begun)
    result = run(state="absent")
    assert (result["failed"], result["changed"]) == (True, True)
    for part in ("Somebody else began to use", NAME, "attached again", "Run the task again"):
        assert part in result["msg"]
    stored = world.stored()
    assert stored["managed"] == [MANAGED["EC2ImageBuilderExecutionPolicy"]]
    assert list(stored["inline"]) == [f"goldimage-batch-{REGION}"]
    assert reasons(run(state="absent"))[0] == f"the spec {BATCH} uses it"
    assert run(log_group="/batch", **theirs)["changed"] is False
