"""Profiles that assume a role, directly or through another profile, and then roles in target accounts."""

from __future__ import annotations

import pytest

from tests.world import HOME
from tests.world import ONE as HUB
from tests.world import SOURCE
from tests.world import TWO as TARGET
from tests.world import World


@pytest.fixture
def environment(aws, tmp_path):
    """Environment variables with profiles and no credentials: `chained` goes from the user to the hub to the source."""
    world = World(aws)
    hub, builder = world.create_role("Hub", [], HUB), world.create_role("Builder", [], Path="/images/")
    keys = aws.environment(TARGET, HOME)
    config = tmp_path / "config"
    config.write_text(
        f"""
[profile user]
aws_access_key_id = {keys["AWS_ACCESS_KEY_ID"]}
aws_secret_access_key = {keys["AWS_SECRET_ACCESS_KEY"]}
[profile hub]
role_arn = {hub}
source_profile = user
[profile chained]
role_arn = {builder}
source_profile = hub
role_session_name = night
external_id = 4711
[profile broken]
role_arn = arn:aws:iam::{HUB}:role/Nobody
source_profile = user
"""
    )
    nothing = dict.fromkeys(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], "")
    return {**nothing, "AWS_CONFIG_FILE": str(config)}


def _assumed(aws):
    return [(call["account"], call["status"]) for call in aws.requests("sts", "AssumeRole")]


@pytest.mark.oldest
def test_a_chain_of_profiles_and_a_target_account_behind_it(ansible, aws, environment):
    World(aws).create_role("Reader", [], HUB)
    aws.clear_requests()
    entry = {"region": HOME, "ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [HUB]}}
    run = ansible.playbook(
        [
            {
                "name": "Write",
                "goldimage.aws.imagebuilder_distribution": {
                    "name": "web",
                    "distributions": [entry],
                    "profile": "chained",
                },
            },
            {
                "name": "Look",
                "goldimage.aws.imagebuilder_distribution_preflight_info": {
                    "name": "web",
                    "profile": "chained",
                    "target_account_role_name": "Reader",
                },
            },
            {
                "name": "Set",
                "goldimage.aws.imagebuilder_distribution_set": {
                    "distribution_configurations": [{"name": "web", "distributions": [entry]}],
                    "profile": "chained",
                },
            },
        ],
        environment=environment,
    )
    arn = run["Write"]["distribution_configuration"]["arn"]
    assert arn.split(":")[4] == SOURCE
    assert aws.stored(arn)["name"] == "web"
    assert run["Set"]["changed"] is False
    # From the user to the hub, then to the source account, and for the preflight from there to the target account.
    assumed = _assumed(aws)
    assert set(assumed) == {(TARGET, 200), (HUB, 200), (SOURCE, 200)}
    assert assumed.count((SOURCE, 200)) == 1
    # Each module assumes the roles of the chain once, however many clients it makes.
    assert assumed.count((TARGET, 200)) == assumed.count((HUB, 200)) == 3
    denied = [one for one in run["Look"]["findings"] if one["status"] == "skipped" and "could not be" in one["message"]]
    assert not [one for one in denied if one["account_id"] == HUB]


def test_a_missing_role_is_reported_at_each_link(ansible, aws, environment):
    entry = {"region": HOME, "ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [HUB]}}
    run = ansible.playbook(
        [
            {
                "name": "First",
                "goldimage.aws.imagebuilder_distribution_info": {"name": "web", "profile": "broken"},
                "ignore_errors": True,
            },
            {
                "name": "Last",
                "goldimage.aws.imagebuilder_distribution_preflight_info": {
                    "distributions": [entry],
                    "profile": "chained",
                    "target_account_role_name": "Nobody",
                },
            },
        ],
        environment=environment,
    )
    role = f"arn:aws:iam::{HUB}:role/Nobody"
    said = run["First"]["msg"]
    for text in ("AccessDenied", f"sts:AssumeRole on resource: {role}", "The credentials need sts:AssumeRole"):
        assert text in said
    skipped = [one for one in run["Last"]["findings"] if one["account_id"] == HUB and one["status"] == "skipped"]
    assert skipped
    assert all(role in one["message"] or role in (one["remedy"] or "") for one in skipped)
