"""The module's main() against the local AWS in this process: what it creates, adopts, keeps, refuses and removes."""

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
from tests.unit.plugins.modules.iam.iam_world import entry
from tests.unit.plugins.modules.iam.iam_world import MANAGED
from tests.unit.plugins.modules.iam.iam_world import NAME
from tests.unit.plugins.modules.iam.iam_world import POLICY
from tests.unit.plugins.modules.iam.iam_world import TAG
from tests.unit.plugins.modules.iam.iam_world import TEAM
from tests.unit.plugins.modules.iam.iam_world import THIRD
from tests.unit.plugins.modules.iam.iam_world import WEB
from tests.world import SERVICE_TRUST

pytestmark = pytest.mark.current_botocore

MODULE = "imagebuilder_execution_role"
POLICY_NAME = f"goldimage-web-{REGION}"
REMEMBERED = f"goldimage.aws:accounts/web/{REGION}"
PLACE = f"arn:aws:imagebuilder:{REGION}:{SOURCE}"
ARN = f"arn:aws:iam::{SOURCE}:role/{NAME}"


@pytest.fixture
def run(run_execution_role):
    return run_execution_role


def derived(*configurations, **more):
    """The policy that the filter derives, which has its own tests."""
    execution_policy = importlib.import_module(f"{COLLECTION}.filter.execution_policy").execution_policy
    return execution_policy(list(configurations), account_id=SOURCE, home_region=REGION, **more)


def reasons(result):
    return [row["reason"] for row in result["leftovers"]]


# -- present -------------------------------------------------------------------------------------------------------


def test_a_role_is_created_as_check_mode_says_and_a_second_run_changes_nothing(world, run):
    options = {
        "use": "pipeline",
        "path": "/images/",
        "permissions_boundary": f"arn:aws:iam::{SOURCE}:policy/Boundary",
        "tags": {"Team": "web", "CostCenter": 42},
        "log_group": "/web",
    }
    predicted = run(check_mode=True, diff=True, **options)
    assert world.log.written == []
    assert world.stored() is None
    made = run(diff=True, **options)
    for result in (predicted, made):
        result.pop("invocation", None)
    assert predicted == made
    wanted = derived(configuration(TARGET), use="pipeline", log_group="/web")
    assert world.stored() == {
        "arn": f"arn:aws:iam::{SOURCE}:role/images/{NAME}",
        "path": "/images/",
        "trust": [SERVICE_TRUST],
        "boundary": f"arn:aws:iam::{SOURCE}:policy/Boundary",
        # The managed policy allows assuming roles in all accounts, so the spec's own policy does not name them.
        "tags": {TAG: WEB, "Team": "web", "CostCenter": "42", REMEMBERED: TARGET},
        "inline": {POLICY_NAME: wanted},
        "managed": [MANAGED["EC2ImageBuilderExecutionPolicy"]],
    }
    role = made["execution_role"]
    assert (role["created"], role["adopted"], role["policy_name"]) == (True, False, POLICY_NAME)
    assert (role["policy"], role["trust_policy"]["Statement"]) == (wanted, [SERVICE_TRUST])
    assert made["diff"]["before"] == {}
    assert made["diff"]["after"]["policy"] == {POLICY_NAME: wanted}

    again = run(**options)
    assert (again["changed"], again["execution_role"]["created"], world.log.written) == (False, False, [])
    # Who am I, whose are the configurations, the role, its policies, the managed ones, and the content of its own.
    assert len(world.log) == 6


def test_only_what_differs_is_written(world, run):
    run(tags={"Team": "web"})
    before = world.stored()
    changed = run(tags={"Owner": "me"}, distribution_configurations=[configuration(TARGET, name="other")])
    assert (changed["changed"], world.log.written) == (True, ["TagRole"])
    assert world.stored() == {**before, "tags": {TAG: WEB, "Team": "web", "Owner": "me"}}


def test_a_spec_that_needs_nothing_more_has_no_policy(world, run):
    home = [configuration(name="web")]
    run(use="pipeline", distribution_configurations=[configuration(TARGET)], log_group="/web")
    less = run(use="pipeline", distribution_configurations=home)
    assert "DeleteRolePolicy" not in world.log.written or world.stored()["inline"] == {}
    role = less["execution_role"]
    assert role["policy_name"] is (POLICY_NAME if role["policy"] else None)


def test_configurations_that_are_to_be_absent_need_no_rights(run):
    gone = {**configuration(THIRD, name="gone"), "state": "absent"}
    result = run(check_mode=True, distribution_configurations=[configuration(TARGET), gone])
    assert result["execution_role"]["policy"] == derived(configuration(TARGET))


def test_a_policy_that_does_not_fit_is_refused_before_anything_is_written(world, run):
    world.make(NAME, SERVICE_TRUST, Tags=[{"Key": TAG, "Value": WEB}])
    big = {**POLICY, "Statement": [{**POLICY["Statement"][0], "Resource": "arn:aws:s3:::" + "x" * 10000}]}
    world.iam().put_role_policy(RoleName=NAME, PolicyName="big", PolicyDocument=json.dumps(big))
    before = world.stored()
    result = run()
    assert "the role has room for" in result["msg"]
    assert (result["changed"], world.log.written, world.stored()) == (False, [], before)


def test_an_account_that_leaves_is_remembered_before_its_right_goes(world, run):
    run(distribution_configurations=[configuration(TARGET, THIRD)])
    assert REMEMBERED not in world.stored()["tags"]
    left = run(distribution_configurations=[configuration(TARGET)])
    assert left["accounts_left"] == [THIRD]
    assert world.log.written == ["TagRole", "PutRolePolicy"]
    assert world.stored()["tags"][REMEMBERED] == THIRD
    # Each run names it, until it is in the spec again.
    assert run(distribution_configurations=[configuration(TARGET)])["accounts_left"] == [THIRD]
    back = run(distribution_configurations=[configuration(TARGET, THIRD)])
    assert back["accounts_left"] == []
    assert REMEMBERED not in world.stored()["tags"]


# -- whose it is -----------------------------------------------------------------------------------------------------


def test_an_adopted_role_gets_the_policy_and_nothing_else(world, run):
    world.make(
        NAME, SERVICE_TRUST, TEAM, Path="/company/", Description="theirs", Tags=[{"Key": "Owner", "Value": "them"}]
    )
    world.iam().put_role_policy(RoleName=NAME, PolicyName="theirs", PolicyDocument=json.dumps(POLICY))
    before = world.stored()
    result = run(adopt=True, tags={"Team": "web"}, distribution_configurations=[fast_launching()])
    assert world.log.written == ["PutRolePolicy"]
    assert world.stored() == {
        **before,
        "inline": {POLICY_NAME: result["execution_role"]["policy"], "theirs": POLICY},
    }
    assert (result["execution_role"]["adopted"], result["execution_role"]["created"]) == (True, False)
    [finding] = result["findings"]
    assert finding["status"] == "warning"
    assert MANAGED["EC2FastLaunchFullAccess"] in finding["message"]
    assert any("lacks" in text for text in result["warnings"])

    left = run(adopt=True, state="absent")
    assert world.stored() == before
    assert reasons(left)[0] == "it was not created by this collection"


def fast_launching():
    entry = configuration()["distributions"][0]
    return {"name": "web", "distributions": [{**entry, "fast_launch_configurations": [{"enabled": True}]}]}


def test_a_role_of_others_is_only_used_on_purpose(world, run):
    world.make(NAME, SERVICE_TRUST)
    result = run()
    assert "adopt: true" in result["msg"]
    # The tag counts only for this account.
    tag = {"Key": TAG, "Value": "web/999988887777/us-west-2"}
    world.iam().tag_role(RoleName=NAME, Tags=[tag])
    result = run()
    assert "was not created by this collection" in result["msg"]
    assert world.log.written == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"adopt": True}, f"there is no role {NAME} in account {SOURCE} to adopt"),
        ({"name": "AWSServiceRoleForImageBuilder"}, "is a role that AWS itself manages"),
        ({"name": "AWSReservedSSO_Admin_0123456789abcdef"}, "is a role that AWS itself manages"),
        ({"name": "images/dist"}, "without its path"),
        ({"name": ARN}, "an ARN is not accepted"),
        ({"name": "x" * 65}, "may not exceed 64"),
        ({"path": "images"}, "path must begin and end with /"),
        ({"path": "/aws-service-role/"}, "is a path that AWS reserves for itself"),
        ({"adopt": True, "path": "/x/"}, "cannot be combined with path"),
        ({"spec_id": "Web_1"}, "takes lower case letters, digits and hyphens"),
        ({"release": ["WEB"]}, "is listed as well"),
    ],
)
def test_what_is_refused(world, run, options, said):
    result = run(**options)
    assert said in result["msg"]
    assert (result.get("changed", False), world.log.written) == (False, [])


@pytest.mark.parametrize(
    ("principal", "named"),
    [
        ({"AWS": "arn:aws:iam::111122223333:root"}, "arn:aws:iam::111122223333:root"),
        ({"AWS": ["*"], "Service": "imagebuilder.amazonaws.com"}, "everyone"),
        ("*", "everyone"),
        ({"Service": ["imagebuilder.amazonaws.com", "ec2.amazonaws.com"]}, "ec2.amazonaws.com"),
        ({"Federated": "arn:aws:iam::123456789012:saml-provider/Company"}, "saml-provider/Company"),
    ],
)
def test_who_else_can_assume_a_role_with_our_tag_is_named(world, run, principal, named):
    """Anyone who can create roles and write tags can create one in advance, under the name that this spec would use."""
    theirs = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    world.make(NAME, SERVICE_TRUST, theirs, Tags=[{"Key": TAG, "Value": WEB}])
    for result in (run(check_mode=True), run(), run()):
        [finding] = result["findings"]
        assert (finding["check"], finding["status"]) == ("execution_role_trust", "warning")
        assert finding["message"].partition("also admits ")[2].startswith((named, "arn:aws:iam::123456789012:" + named))
        assert any("also admits" in text for text in result["warnings"])


def test_whom_a_denial_names_is_not_admitted(world, run):
    denial = {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
    world.make(NAME, SERVICE_TRUST, denial, Tags=[{"Key": TAG, "Value": WEB}])
    assert run()["findings"] == []


def test_all_errors_of_an_existing_role_are_reported_at_once(world, run):
    world.make(NAME, TEAM, Path="/aws-service-role/x/")
    result = run(path="/images/")
    for part in (
        "is a role that AWS itself manages",
        "was not created by this collection",
        "IAM cannot change it",
        "does not trust Image Builder",
        '"Service": "imagebuilder.amazonaws.com"',
    ):
        assert part in result["msg"]
    assert world.log.written == []


def test_specs_share_a_role_and_the_last_one_takes_it_along(world, run):
    run(use="pipeline")
    joined = run(use="pipeline", spec_id="batch", distribution_configurations=[configuration(name="batch")])
    assert joined["changed"]
    assert world.stored()["tags"][f"{TAG}/batch/{REGION}"] == BATCH
    # E6: the first one leaves, and a pipeline names the role.
    pipeline = world.here.client("imagebuilder").create_image_pipeline(
        name="web",
        imageRecipeArn=f"{PLACE}:image-recipe/web/1.0.0",
        infrastructureConfigurationArn=f"{PLACE}:infrastructure-configuration/web",
        executionRole=NAME,
    )["imagePipelineArn"]
    left = run(state="absent")
    assert reasons(left) == [f"the spec {BATCH} uses it", f"the pipeline {pipeline} uses it"]
    assert [row["region"] for row in left["leftovers"]] == [None, REGION]
    assert left["removed_role_arn"] is None
    assert world.stored()["tags"] == {TAG: BATCH}
    again = run(state="absent")
    assert (again["changed"], world.log.written) == (False, [])

    kept = run(state="absent", spec_id="batch")
    assert reasons(kept) == [f"the pipeline {pipeline} uses it"]
    world.here.client("imagebuilder").delete_image_pipeline(imagePipelineArn=pipeline)
    for check_mode in (True, False):
        gone = run(check_mode=check_mode, state="absent", spec_id="batch")
        assert (gone["changed"], gone["leftovers"], gone["execution_role"]) == (True, [], None)
        assert gone["removed_role_arn"] == ARN
    assert world.stored() is None
    last = run(state="absent", spec_id="batch")
    assert (last["changed"], last["removed_role_arn"], world.log.written) == (False, None, [])


# -- ownership of configurations ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_run_that_does_not_list_a_configuration_of_the_spec_writes_nothing(world, run, state):
    """E7 and the rename of E14."""
    world.configured("web")
    run()
    before = world.stored()
    options = {} if state == "absent" else {"distribution_configurations": [configuration(THIRD, name="theirs")]}
    for check_mode in (True, False):
        result = run(check_mode, state=state, **options)
        for part in ("web", WEB, "purge: true", "release: [web]", "another spec_id", "nothing was written"):
            assert part in result["msg"]
        assert (result["changed"], world.log.written, world.stored()) == (False, [], before)


def test_purge_and_release_give_up_its_rights(world, run):
    world.configured("web")
    run(distribution_configurations=[configuration(TARGET)])
    theirs = [configuration(name="new")]
    for options in ({"purge": True}, {"release": ["web"]}):
        result = run(check_mode=True, distribution_configurations=theirs, **options)
        assert result["execution_role"]["policy"] == derived(*theirs)


def test_distributions_without_names_list_no_configuration(world, run):
    world.configured("web")
    options = {"name": NAME, "spec_id": "web", "distributions": configuration(TARGET)["distributions"]}
    assert "this run does not list them" in world.run(MODULE, options)["msg"]


# -- absent: who uses the role ---------------------------------------------------------------------------------------


def test_what_uses_the_role_keeps_it(world, run):
    run()
    client = world.here.client("imagebuilder", "eu-west-1")
    client.create_lifecycle_policy(
        name="old",
        executionRole=ARN,
        resourceType="AMI_IMAGE",
        policyDetails=[{"action": {"type": "DELETE"}, "filter": {"type": "AGE", "value": 90, "unit": "DAYS"}}],
        resourceSelection={"tagMap": {"Team": "web"}},
    )
    result = run(state="absent")
    [row] = result["leftovers"]
    assert row == {
        "kind": "execution_role",
        "arn": ARN,
        "account_id": SOURCE,
        "region": "eu-west-1",
        "reason": f"the lifecycle policy arn:aws:imagebuilder:eu-west-1:{SOURCE}:lifecycle-policy/old uses it",
        "remedy": "Give it another execution role first, or delete it",
    }
    assert world.stored()["inline"] == {}


def test_what_could_not_be_read_is_a_reason_to_keep_it(world, run):
    run()
    world.log.errors["ListLifecyclePolicies", None] = ["AccessDeniedException"]
    world.log.errors["DescribeRegions", None] = ["UnauthorizedOperation"]
    result = run(state="absent")
    assert "could not find out in which other Regions it may be used" in reasons(result)[0]
    assert f"could not find out whether any lifecycle policy in {REGION} uses it" in reasons(result)[1]
    assert world.stored() is not None
    assert run(state="absent")["execution_role"] is None


def test_an_image_in_progress_keeps_it(world, run):
    from tests.unit.plugins.modules.tasks.before import still_running

    still_running(world.here)
    world.iam().tag_role(RoleName=NAME, Tags=[{"Key": TAG, "Value": WEB}])
    assert any("the image in progress arn:" in text for text in reasons(run(state="absent")))


@pytest.mark.parametrize("theirs", [configuration(TARGET, name="batch"), {"name": "batch", "distributions": [entry()]}])
def test_another_spec_that_begins_to_use_it_while_all_regions_are_asked_keeps_it(world, run, monkeypatch, theirs):
    """Also a spec that needs no inline policy, which would prevent AWS from deleting the role."""
    run(use="pipeline")
    users = importlib.import_module(f"{COLLECTION}.module_utils._aws.iam.role_users")
    ask = users.reasons_to_keep

    def while_the_other_begins(*arguments):
        run(use="pipeline", spec_id="batch", distribution_configurations=[theirs])
        return ask(*arguments)

    monkeypatch.setattr(users, "reasons_to_keep", while_the_other_begins)
    left = run(state="absent")
    assert reasons(left)[0] == f"the spec {BATCH} uses it"
    stored = world.stored()
    assert (stored["tags"][TAG], stored["managed"]) == (BATCH, [MANAGED["EC2ImageBuilderExecutionPolicy"]])


def test_check_mode_of_absent_says_what_would_go(world, run):
    run()
    predicted = run(check_mode=True, state="absent", diff=True)
    assert (predicted["changed"], predicted["execution_role"], world.log.written) == (True, None, [])
    assert predicted["diff"]["after"] == {}
    assert world.stored() is not None
