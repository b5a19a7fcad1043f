"""Check mode predicts what the real run does, for the whole life of a spec, waves included."""

from __future__ import annotations

import pytest

from tests.integration.role_world import include
from tests.world import EUROPE
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import TWO
from tests.world import WEST
from tests.world import World

POLICY = f"goldimage-web-{HOME}"


@pytest.fixture
def world(aws):
    # No test here watches the progress.
    aws.switch(image_transition_polls=0)
    return World(aws)


@pytest.fixture
def spec(aws, world):
    """A spec of one Region and one target account, to which the tests add."""
    return {
        "spec_id": "web",
        "region": HOME,
        "name": "Web Image",
        "defaults": {
            "ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [SOURCE, ONE]},
            "ssm_parameter_configurations": [{"parameter_name": "/golden/web", "data_type": "text"}],
        },
        "regions": {HOME: None, WEST: {}},
        "target_account_role_name": "admin/ImageAdmin",
        "target_account_external_id": "a-shared-secret-for-the-admins",
        "pipelines": [world.pipeline()],
        "wait_delay": 1,
    }


def life(world, spec):
    """(a change, the spec after it) in the order of a spec's life; each begins where the one before ended."""
    key, newer = world.key(WEST).alias, world.key(WEST, "newer").alias
    settings = {"kms_key_id": key, "target_account_ids": [SOURCE, ONE, TWO]}
    yield "create", spec
    spec = {**spec, "regions": {HOME: None, WEST: {"ami_distribution_configuration": settings}, EUROPE: {}}}
    yield "add an account, a key and a Region", spec
    changed = {"ami_distribution_configuration": {**settings, "kms_key_id": newer}}
    spec = {**spec, "regions": {HOME: None, WEST: changed}, "tags": {"Team": "web"}, "description": "Web servers"}
    yield "change a key, remove a Region, add tags and a description", spec
    yield "distribute in waves", {**spec, "image": world.aws.plant_ami("web"), "waves": [[HOME], [WEST]]}
    yield "give up the waves", {**spec, "waves": []}
    # Image Builder keeps a configuration that a pipeline uses.
    world.aws.client("imagebuilder").delete_image_pipeline(imagePipelineArn=spec.pop("pipelines")[0])
    yield "remove", {**spec, "waves": [], "state": "absent"}


def told(result):
    """What a result says about changes, as data."""
    return [
        {name: item[name] for name in ("action", "kind", "name", "account_id", "changes")}
        for item in result["items"]
        if item["action"] not in ("unchanged", "kept")
    ]


def rights(result):
    """The policies of the execution role, from a result."""
    role = result["execution_role"] or {}
    return {name: role.get(name) for name in ("policy", "trust_policy", "policy_name")}


def test_the_plan_is_what_the_run_does(ansible, aws, world, spec):
    for what, now in life(world, spec):
        aws.clear_requests()
        planned = ansible.playbook(include(**now), "--check")["Result"]["distribution_rollout_result"]
        assert world.writes() == [], what
        done = ansible.playbook(include(**now))["Result"]["distribution_rollout_result"]
        assert told(planned) == told(done), what
        assert planned["counts"] == done["counts"], what
        assert planned["changed"] is done["changed"] is True, what
        assert [one["action"] for one in planned["configurations"]] == [one["action"] for one in done["configurations"]]
        if what == "remove":
            break
        assert rights(planned) == rights(done), what
        stored = world.role("goldimage-web")
        assert stored.inline == {POLICY: planned["execution_role"]["policy"]}, what
        assert stored.trust == planned["execution_role"]["trust_policy"]["Statement"], what
    again = ansible.playbook(include(**now), "--check")["Result"]["distribution_rollout_result"]
    assert (told(again), again["changed"]) == ([], False)
    assert world.role("goldimage-web") is None
