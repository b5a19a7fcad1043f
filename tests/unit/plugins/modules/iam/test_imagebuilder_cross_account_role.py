"""The module's main() against the local AWS in this process: accounts and specs do not affect each other."""

from __future__ import annotations

import importlib
import json

import pytest

from tests.unit.conftest import COLLECTION
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import SOURCE
from tests.unit.plugins.modules.enforced import TARGET
from tests.unit.plugins.modules.iam.iam_world import BATCH
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

EXECUTION = "imagebuilder_execution_role"
POLICY_NAME = f"goldimage-web-{REGION}-{SOURCE}"
REMEMBERED = f"goldimage.aws:accounts/web/{REGION}"
CROSS_POLICY = MANAGED["Ec2ImageBuilderCrossAccountDistributionAccess"]


@pytest.fixture
def run(run_cross_account_role):
    return run_cross_account_role


def derived(*configurations, account=TARGET):
    """The policy that the filter derives, which has its own tests."""
    execution_policy = importlib.import_module(f"{COLLECTION}.filter.execution_policy").execution_policy
    return execution_policy(list(configurations), account_id=account, home_region=REGION, side="target")


def actions(result):
    return {account["account_id"]: account["action"] for account in result["accounts"]}


# -- present -------------------------------------------------------------------------------------------------------


def test_roles_are_created_as_check_mode_says_and_a_second_run_changes_nothing(world, run):
    predicted = run(check_mode=True, diff=True, tags={"Team": "web"})
    assert world.log.written == []
    assert world.cross() is None
    made = run(diff=True, tags={"Team": "web"})
    for result in (predicted, made):
        result.pop("invocation", None)
    assert predicted == made
    assert actions(made) == {TARGET: "created", THIRD: "created"}
    for account in (TARGET, THIRD):
        assert world.cross(account) == {
            "arn": f"arn:aws:iam::{account}:role/{DESTINATION_ROLE}",
            "path": "/",
            "trust": [STATEMENT],
            "boundary": None,
            "tags": {TAG: WEB, "Team": "web"},
            "inline": {POLICY_NAME: derived(configuration(TARGET, THIRD), account=account)},
            "managed": [CROSS_POLICY],
        }
    [created, _other] = made["accounts"]
    assert (created["statement"], created["policy_name"], created["error"]) == (SID, POLICY_NAME, None)
    assert created["trust_policy"]["Statement"] == [STATEMENT]
    assert created["policy"] == derived(configuration(TARGET, THIRD))
    [shown] = made["diff"]
    assert shown["before_header"] == f"{TARGET} {DESTINATION_ROLE}; the same in 1 more account: {THIRD}"
    assert (shown["before"], shown["after"]["arn"]) == ({}, created["role_arn"])

    again = run()
    assert (again["changed"], actions(again), world.log.written) == (
        False,
        {TARGET: "unchanged", THIRD: "unchanged"},
        [],
    )
    # Who am I, whose are the configurations; and in each account the session, the role and its three kinds of policies.
    assert len(world.log) == 2 + 2 * 5


def test_an_account_whose_role_changes_differently_has_its_own_diff(world, run):
    world.make(
        DESTINATION_ROLE, TEAM, {k: v for k, v in TEAM.items() if k != "Sid"}, account=TARGET, Description="theirs"
    )
    diff = run(diff=True, check_mode=True)["diff"]
    assert [one["after_header"] for one in diff] == [f"{TARGET} {DESTINATION_ROLE}", f"{THIRD} {DESTINATION_ROLE}"]
    assert TEAM in diff[0]["before"]["trust_policy"]["Statement"]
    assert diff[1]["before"] == {}


def test_what_others_have_in_a_role_does_not_change(world, run):
    world.make(
        DESTINATION_ROLE, TEAM, {k: v for k, v in TEAM.items() if k != "Sid"}, account=TARGET, Description="theirs"
    )
    world.iam(TARGET).put_role_policy(RoleName=DESTINATION_ROLE, PolicyName="team", PolicyDocument=json.dumps(POLICY))
    before = world.cross()
    result = run(accounts=[TARGET], tags={"Team": "web"})
    assert actions(result) == {TARGET: "updated"}
    assert world.cross() == {
        **before,
        "trust": [*before["trust"], STATEMENT],
        "inline": {**before["inline"], POLICY_NAME: derived(configuration(TARGET, THIRD))},
        "managed": [CROSS_POLICY],
    }
    left = run(accounts=[TARGET], state="absent")
    assert actions(left) == {TARGET: "removed"}
    # Nobody can tell any more whether it was attached before.
    assert world.cross() == {**before, "managed": [CROSS_POLICY]}
    reasons = [leftover["reason"] for leftover in left["leftovers"]]
    assert "not created by this collection" in reasons[0]
    assert "statements of others (Team, a statement without Sid)" in reasons[1]
    assert "inline policies of others (team)" in reasons[2]
    assert f"{CROSS_POLICY} remains attached" in reasons[3]
    again = run(accounts=[TARGET], state="absent")
    assert (again["changed"], actions(again), world.log.written) == (False, {TARGET: "unchanged"}, [])


def test_the_trust_can_be_narrowed_to_execution_roles(world, run):
    world.make(NAME, SERVICE_TRUST, Path="/images/")
    arn = f"arn:aws:iam::{SOURCE}:role/images/{NAME}"
    run(accounts=[TARGET], trust="execution_roles", execution_role_arns=[NAME])
    assert world.cross()["trust"] == [{**STATEMENT, "Condition": {"ArnEquals": {"aws:PrincipalArn": arn}}}]
    other = f"arn:aws:iam::{SOURCE}:role/other"
    run(accounts=[TARGET], trust="execution_roles", execution_role_arns=[arn, other])
    assert world.cross()["trust"][0]["Condition"] == {"ArnEquals": {"aws:PrincipalArn": [arn, other]}}
    run(accounts=[TARGET])
    assert world.cross()["trust"] == [STATEMENT]


def test_an_account_that_needs_no_permissions_has_no_policy(world, run):
    bare = {"name": "web", "distributions": [{**configuration(TARGET)["distributions"][0]}]}
    run(distribution_configurations=[configuration(TARGET)])
    bare["distributions"][0]["ssm_parameter_configurations"] = []
    result = run(distribution_configurations=[bare])
    assert world.log.written == ["DeleteRolePolicy"]
    assert (result["accounts"][0]["policy_name"], result["accounts"][0]["policy"]) == (None, None)
    assert world.cross()["inline"] == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"accounts": ["12"]}, "accounts[0]: '12': an account id has 12 digits, this has 2; YAML reads"),
        (
            {"accounts": ["4444-5555-6666"]},
            "accounts[0]: '4444-5555-6666': an account id is 12 digits without hyphens: 4",
        ),
        ({"trust": "execution_roles"}, "execution_role_arns: is needed with trust: execution_roles"),
        ({"execution_role_arns": [f"arn:aws:iam::{TARGET}:role/x"]}, "is not in this task's account"),
        ({"target_account_role_name": None}, f"no role is named to assume in {TARGET}, {THIRD}"),
        ({"trust_policy_limit": 0}, "trust_policy_limit: 0: must be at least 1"),
    ],
)
def test_what_is_refused(world, run, options, said):
    result = run(**options)
    assert said in result["msg"]
    assert (result.get("changed", False), world.log.written) == (False, [])


def test_nothing_is_managed_where_others_manage_all_accounts(world, run):
    world.make(NAME, SERVICE_TRUST, Tags=[{"Key": TAG, "Value": WEB}, {"Key": REMEMBERED, "Value": TARGET}])
    result = run(accounts=[], execution_role_arns=[NAME], target_account_role_name=None)
    assert (result["changed"], result["accounts"], result["leftovers"]) == (False, [], [])


# -- sizes ---------------------------------------------------------------------------------------------------------


def many_statements(count):
    return [{**TEAM, "Sid": f"Team{number:02d}"} for number in range(count)]


def test_a_trust_policy_that_would_be_too_large_is_not_written(world, run):
    world.make(DESTINATION_ROLE, *many_statements(17), account=TARGET)
    before = world.cross()
    result = run()
    assert actions(result) == {TARGET: "failed", THIRD: "created"}
    error = result["accounts"][0]["error"]
    for part in ("IAM accepts 2048", "there is room for 0 more statements", "Team00", "Role trust policy length"):
        assert part in error
    assert world.cross() == before
    assert actions(run(trust_policy_limit=4096)) == {TARGET: "updated", THIRD: "unchanged"}
    # An existing statement is not refused.
    assert actions(run()) == {TARGET: "unchanged", THIRD: "unchanged"}


def test_inline_policies_that_leave_no_room_are_an_error_before_anything_is_written(world, run):
    world.make(DESTINATION_ROLE, TEAM, account=TARGET)
    big = {**POLICY, "Statement": [{**POLICY["Statement"][0], "Resource": "arn:aws:s3:::" + "x" * 10000}]}
    world.iam(TARGET).put_role_policy(RoleName=DESTINATION_ROLE, PolicyName="big", PolicyDocument=json.dumps(big))
    before = world.cross()
    result = run()
    assert "the role has room for" in result["accounts"][0]["error"]
    assert (world.cross(), actions(result)[THIRD]) == (before, "created")


# -- accounts that have left the spec --------------------------------------------------------------------------------


def test_an_account_that_left_is_named_in_each_run_and_removed_with_purge(world, run):
    """E14."""
    role = {"name": NAME, "spec_id": "web"}
    both, one = [configuration(TARGET, THIRD)], [configuration(TARGET)]
    known = {"execution_role_arns": [NAME]}
    world.run(EXECUTION, {**role, "distribution_configurations": both})
    run(**known)
    # Whether the execution role is narrowed before or not.
    for step in (lambda: None, lambda: world.run(EXECUTION, {**role, "distribution_configurations": one})):
        step()
        for _time in range(2):
            named = run(distribution_configurations=one, **known)
            [leftover] = named["leftovers"]
            assert (leftover["account_id"], leftover["kind"]) == (THIRD, "cross_account_role")
            assert f"account {THIRD}: it has left the spec, and still has" in leftover["reason"]
            assert "purge: true" in leftover["remedy"]
            assert (named["changed"], world.log.written) == (False, [])
    assert world.stored()["tags"][REMEMBERED] == THIRD
    predicted = run(check_mode=True, distribution_configurations=one, purge=True, **known)
    assert (actions(predicted), world.log.written) == ({TARGET: "unchanged", THIRD: "deleted"}, [])
    purged = run(distribution_configurations=one, purge=True, **known)
    assert actions(purged) == {TARGET: "unchanged", THIRD: "deleted"}
    assert world.cross(THIRD) is None
    assert REMEMBERED not in world.stored()["tags"]
    last = run(distribution_configurations=one, purge=True, **known)
    assert (last["changed"], actions(last), last["leftovers"]) == (False, {TARGET: "unchanged"}, [])


def test_an_account_in_which_nothing_is_left_is_forgotten(world, run):
    world.make(
        NAME, SERVICE_TRUST, Tags=[{"Key": TAG, "Value": WEB}, {"Key": REMEMBERED, "Value": f"{TARGET} {THIRD}"}]
    )
    world.make(DESTINATION_ROLE, TEAM, account=THIRD)
    result = run(distribution_configurations=[configuration(TARGET)], execution_role_arns=[NAME])
    assert (result["changed"], result["leftovers"]) == (True, [])
    # The tags still record the account that is in the spec.
    assert world.stored()["tags"] == {TAG: WEB, REMEMBERED: TARGET}
    assert world.cross(THIRD)["trust"] == [TEAM]


def test_an_account_that_cannot_be_read_stays_in_the_tags(world, run):
    world.make(NAME, SERVICE_TRUST, Tags=[{"Key": TAG, "Value": WEB}, {"Key": REMEMBERED, "Value": THIRD}])
    options = {"distribution_configurations": [configuration(TARGET)], "execution_role_arns": [NAME]}
    admin = {TARGET: f"arn:aws:iam::{TARGET}:role/Admin"}
    result = run(target_account_role_name=None, target_account_roles=admin, **options)
    [leftover] = result["leftovers"]
    assert "no role is named to assume there" in leftover["reason"]
    world.log.errors["GetRole", None] = [None, None, "AccessDenied"]
    result = run(workers=1, **options)
    [leftover] = result["leftovers"]
    assert "could not be checked" in leftover["reason"]
    assert world.stored()["tags"][REMEMBERED] == THIRD


def test_absent_covers_accounts_that_have_left(world, run):
    world.run(
        EXECUTION, {"name": NAME, "spec_id": "web", "distribution_configurations": [configuration(TARGET, THIRD)]}
    )
    run(execution_role_arns=[NAME])
    world.run(EXECUTION, {"name": NAME, "spec_id": "web", "distribution_configurations": [configuration(TARGET)]})
    gone = run(state="absent", execution_role_arns=[NAME])
    assert actions(gone) == {TARGET: "deleted", THIRD: "deleted"}
    assert world.cross() is world.cross(THIRD) is None


def test_a_run_that_does_not_list_a_configuration_of_the_spec_writes_nothing(world, run):
    """E7."""
    world.configured("theirs")
    for options in ({}, {"state": "absent", "accounts": [TARGET]}):
        result = run(**options)
        assert "this run does not list them: theirs" in result["msg"]
        assert (world.log.written, world.cross()) == ([], None)
    assert actions(run(purge=True)) == {TARGET: "created", THIRD: "created"}


def test_another_spec_in_the_same_role_keeps_its_part(world, run):
    run(accounts=[TARGET])
    run(accounts=[TARGET], spec_id="batch")
    assert [one["Sid"] for one in world.cross()["trust"]] == [SID, SID.replace("web", "batch")]
    assert world.cross()["tags"] == {TAG: WEB}
    run(accounts=[TARGET], state="absent")
    assert [one["Sid"] for one in world.cross()["trust"]] == [SID.replace("web", "batch")]
    assert set(world.cross()["inline"]) == {POLICY_NAME.replace("web", "batch")}
    assert actions(run(accounts=[TARGET], spec_id="batch", state="absent")) == {TARGET: "deleted"}
    assert BATCH.startswith("batch/")


# -- failures ---------------------------------------------------------------------------------------------------------


def test_one_account_that_fails_never_loses_another_ones_outcome(world, run):
    world.make(DESTINATION_ROLE, TEAM, account=TARGET)
    world.log.errors["UpdateAssumeRolePolicy", None] = ["MalformedPolicyDocument"]
    result = run()
    assert actions(result) == {TARGET: "failed", THIRD: "created"}
    assert result["failed"]
    assert result["changed"]
    assert result["msg"].startswith("1 of 2 target accounts failed:\n- Account " + TARGET)
    assert "MalformedPolicyDocument" in result["msg"]
    assert "an id such as AROA" in result["msg"]
    assert result["summary"] == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "removed": 0,
        "deleted": 0,
        "failed": 1,
    }


def test_an_account_that_cannot_be_assumed_into_says_what_to_do(world, run):
    world.log.errors["AssumeRole", None] = ["AccessDenied"]
    result = run(workers=1)
    assert actions(result) == {TARGET: "failed", THIRD: "created"}
    for part in (TARGET, "role/Admin", "AccessDenied", "request id", SOURCE, "sts:AssumeRole"):
        assert part in result["accounts"][0]["error"]


def test_what_was_written_before_credentials_expired_counts(world, run):
    world.make(DESTINATION_ROLE, TEAM, account=TARGET)
    world.log.errors["PutRolePolicy", None] = ["ExpiredToken"]
    result = run(accounts=[TARGET])
    [account] = result["accounts"]
    assert (account["action"], account["changed"], result["changed"]) == ("failed", True, True)
    for part in ("ExpiredToken", "have expired", TARGET):
        assert part in account["error"]
    assert STATEMENT in world.cross()["trust"]
