"""Others write to a cross-account role at the same time: nobody loses anything, or somebody is told."""

from __future__ import annotations

import importlib
import json

import pytest

from tests.unit.conftest import COLLECTION
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import SOURCE
from tests.unit.plugins.modules.enforced import TARGET
from tests.unit.plugins.modules.iam.iam_world import configuration
from tests.unit.plugins.modules.iam.iam_world import MANAGED
from tests.unit.plugins.modules.iam.iam_world import NAME
from tests.unit.plugins.modules.iam.iam_world import POLICY
from tests.unit.plugins.modules.iam.iam_world import SID
from tests.unit.plugins.modules.iam.iam_world import STATEMENT
from tests.unit.plugins.modules.iam.iam_world import TAG
from tests.unit.plugins.modules.iam.iam_world import TEAM
from tests.unit.plugins.modules.iam.iam_world import THIRD
from tests.unit.plugins.modules.iam.iam_world import WEB
from tests.world import DESTINATION_ROLE
from tests.world import SERVICE_TRUST

pytestmark = pytest.mark.current_botocore

POLICY_NAME = f"goldimage-web-{REGION}-{SOURCE}"
REMEMBERED = f"goldimage.aws:accounts/web/{REGION}"
CROSS_POLICY = MANAGED["Ec2ImageBuilderCrossAccountDistributionAccess"]
LATECOMER = {**TEAM, "Sid": "Latecomer"}
NEXT = {**TEAM, "Sid": "Next"}


@pytest.fixture
def run(run_cross_account_role):
    return run_cross_account_role


def actions(result):
    return {account["account_id"]: account["action"] for account in result["accounts"]}


class Rival:
    """Somebody who reads the trust policy before this task writes it, and writes it back after a certain operation."""

    def __init__(self, world, monkeypatch, after, times=1):
        import botocore.client

        original = botocore.client.BaseClient._make_api_call
        iam, left = world.iam(TARGET), [times]
        document = json.dumps({"Version": "2012-10-17", "Statement": [TEAM, LATECOMER]})

        def call(client, operation, parameters):
            answer = original(client, operation, parameters)
            if operation == after and left[0]:
                left[0] -= 1
                original(iam, "UpdateAssumeRolePolicy", {"RoleName": DESTINATION_ROLE, "PolicyDocument": document})
            return answer

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)


@pytest.mark.parametrize(
    "after", ["ListAttachedRolePolicies", "UpdateAssumeRolePolicy", "AttachRolePolicy", "PutRolePolicy"]
)
def test_a_lost_update_is_repaired(world, run, monkeypatch, after):
    world.make(DESTINATION_ROLE, TEAM, account=TARGET)
    Rival(world, monkeypatch, after)
    result = run(accounts=[TARGET])
    assert actions(result) == {TARGET: "updated"}
    assert world.cross()["trust"] == [TEAM, LATECOMER, STATEMENT]


def test_who_is_overwritten_again_and_again_says_so(world, run, monkeypatch):
    world.make(DESTINATION_ROLE, TEAM, account=TARGET)
    Rival(world, monkeypatch, "UpdateAssumeRolePolicy", times=9)
    result = run(accounts=[TARGET])
    [account] = result["accounts"]
    assert (account["action"], account["changed"]) == ("failed", True)
    error = (
        f"Somebody else undid the change to the statement {SID} in the trust policy of {DESTINATION_ROLE} in account"
    )
    assert f"{error} {TARGET}, 5 times" in account["error"]


class Waiting:
    """Others, who have read the trust policy before this task writes it, and write theirs while it waits."""

    def __init__(self, world, monkeypatch, *trusts):
        shared = importlib.import_module(f"{COLLECTION}.module_utils._aws.iam.shared_trust_policy")
        iam, left = world.iam(TARGET), list(trusts)

        def sleep(_seconds):
            if left:
                trust = json.dumps({"Version": "2012-10-17", "Statement": left.pop(0)})
                iam.update_assume_role_policy(RoleName=DESTINATION_ROLE, PolicyDocument=trust)

        monkeypatch.setattr(shared.time, "sleep", sleep)


def test_a_statement_that_is_lost_when_all_was_written_is_added_again(world, run, monkeypatch):
    world.make(DESTINATION_ROLE, TEAM, account=TARGET)
    Waiting(world, monkeypatch, [TEAM, LATECOMER], [TEAM, NEXT, LATECOMER])
    result = run(accounts=[TARGET])
    assert actions(result) == {TARGET: "updated"}
    assert world.cross()["trust"] == [TEAM, NEXT, LATECOMER, STATEMENT]


def test_a_statement_that_comes_back_is_removed_again(world, run, monkeypatch):
    world.make(DESTINATION_ROLE, TEAM, account=TARGET)
    run(accounts=[TARGET])
    Waiting(world, monkeypatch, [TEAM, STATEMENT, LATECOMER])
    result = run(accounts=[TARGET], state="absent")
    assert actions(result) == {TARGET: "removed"}
    assert world.cross()["trust"] == [TEAM, LATECOMER]


def test_a_role_that_somebody_deletes_meanwhile_is_an_error(world, run, monkeypatch):
    world.make(DESTINATION_ROLE, TEAM, account=TARGET)
    world.log.errors["GetRole"] = [None, "NoSuchEntity"]
    result = run(accounts=[TARGET])
    assert f"Somebody deleted {DESTINATION_ROLE} in account {TARGET} before" in result["accounts"][0]["error"]
    assert not result["changed"]


def test_a_role_that_somebody_created_at_the_same_time_gets_the_statement(world, run):
    world.make(DESTINATION_ROLE, TEAM, account=TARGET)
    world.log.errors["GetRole", None] = ["NoSuchEntity"]
    result = run(accounts=[TARGET])
    assert not result.get("failed"), result["msg"]
    assert world.cross()["trust"] == [TEAM, STATEMENT]
    assert set(world.cross()["inline"]) == {POLICY_NAME}


def test_who_joins_right_before_the_role_is_deleted_keeps_its_policies(world, run, monkeypatch):
    run(accounts=[TARGET])
    roles = importlib.import_module(f"{COLLECTION}.module_utils._aws.iam.roles")
    carry_out, iam, coming = roles.Writing.carry_out, world.iam(TARGET), [[STATEMENT, LATECOMER]]

    def after_somebody_has_joined(writing, steps):
        if coming:
            trust = json.dumps({"Version": "2012-10-17", "Statement": coming.pop()})
            iam.update_assume_role_policy(RoleName=DESTINATION_ROLE, PolicyDocument=trust)
            iam.put_role_policy(RoleName=DESTINATION_ROLE, PolicyName="theirs", PolicyDocument=json.dumps(POLICY))
        carry_out(writing, steps)

    monkeypatch.setattr(roles.Writing, "carry_out", after_somebody_has_joined)
    [account] = run(accounts=[TARGET], state="absent")["accounts"]
    assert (account["action"], account["changed"]) == ("failed", True)
    for part in ("Somebody else began to use", DESTINATION_ROLE, TARGET, "attached again", "Run the task again"):
        assert part in account["error"]
    assert (world.cross()["managed"], list(world.cross()["inline"])) == ([CROSS_POLICY], ["theirs"])
    assert actions(run(accounts=[TARGET], state="absent")) == {TARGET: "removed"}
    assert world.cross()["trust"] == [LATECOMER]


def test_iam_may_take_a_while_to_show_what_was_written(world, run):
    # Not there, created, and not shown three times.
    world.log.errors["GetRole", None] = [None, "NoSuchEntity", "NoSuchEntity", "NoSuchEntity"]
    world.log.errors["AttachRolePolicy", None] = []
    result = run(accounts=[TARGET])
    assert actions(result) == {TARGET: "created"}


def test_what_another_run_of_the_spec_remembers_meanwhile_is_not_forgotten(world, run, monkeypatch):
    """The roles in all accounts are read and written between the read of these tags and their write."""
    world.make(NAME, SERVICE_TRUST, Tags=[{"Key": TAG, "Value": WEB}, {"Key": REMEMBERED, "Value": THIRD}])
    role = importlib.import_module(f"{COLLECTION}.module_utils._aws.iam.cross_account_role")
    look = role.CrossAccountRole.has_part_of_spec

    def while_another_run_remembers(self):
        tags = [{"Key": REMEMBERED, "Value": f"{TARGET} {THIRD}"}]
        world.iam().tag_role(RoleName=NAME, Tags=tags)
        return look(self)

    monkeypatch.setattr(role.CrossAccountRole, "has_part_of_spec", while_another_run_remembers)
    result = run(distribution_configurations=[configuration(TARGET)], execution_role_arns=[NAME])
    assert (result["changed"], result["leftovers"]) == (True, [])
    assert world.stored()["tags"] == {TAG: WEB, REMEMBERED: TARGET}
