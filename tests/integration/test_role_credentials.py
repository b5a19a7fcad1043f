"""Credentials that expire while the role sets up or leaves target accounts."""

from __future__ import annotations

from tests.integration.role_world import include
from tests.integration.role_world import result_of
from tests.integration.role_world import statement
from tests.world import DESTINATION_ROLE
from tests.world import HOME
from tests.world import ONE
from tests.world import SERVICE_TRUST
from tests.world import SOURCE
from tests.world import TWO
from tests.world import World

SPEC = {
    "spec_id": "web",
    "region": HOME,
    "regions": [HOME],
    "defaults": {
        "ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [ONE]},
        "ssm_parameter_configurations": [{"parameter_name": "/golden/web", "ami_account_id": ONE}],
    },
    "target_account_role_name": "Admin",
}


def test_what_was_written_before_they_expired_is_reported(ansible, aws):
    world = World(aws)
    world.create_role(DESTINATION_ROLE, [SERVICE_TRUST], ONE)
    aws.fault("iam", "PutRolePolicy", code="ExpiredToken", status=403, message="It is expired.", account=ONE)
    aws.fault("sts", "AssumeRole", code="ExpiredToken", status=403, message="It is expired.", containing=TWO)
    step, result = include("destination_accounts", **SPEC, target_accounts=[ONE, TWO])
    run = ansible.playbook([{"name": "Set up", "block": [step], "rescue": [result]}])

    # What was written before the credentials expired is there, and counts.
    assert statement("web") in world.destination(ONE).trust
    assert run["Result"]["distribution_rollout_result"]["changed"] is True
    failed = {row["account_id"]: row["message"] for row in result_of(run)["failures"]}
    assert set(failed) == {ONE, TWO}
    assert "ExpiredToken" in failed[ONE]
    assert f"write the policy goldimage-web-{HOME}-{SOURCE}" in failed[ONE]
    for text in ("ExpiredToken", "request id", "have expired"):
        assert text in failed[TWO]
    assert "trust policy" not in failed[TWO]


def test_what_was_removed_before_they_expired_is_reported(ansible, aws):
    world = World(aws)
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*"}],
    }
    name = f"goldimage-web-{HOME}-{SOURCE}"
    world.create_role(DESTINATION_ROLE, [SERVICE_TRUST, statement("web")], ONE, inline={name: policy})
    aws.fault("iam", "UpdateAssumeRolePolicy", code="ExpiredToken", status=403, message="It is expired.", account=ONE)
    step, result = include("absent", **SPEC, state="absent")
    run = ansible.playbook([{"name": "Take away", "block": [step], "rescue": [result]}])

    left = world.destination(ONE)
    assert (left.inline, left.trust) == ({}, [SERVICE_TRUST, statement("web")])
    assert run["Result"]["distribution_rollout_result"]["changed"] is True
    [failed] = result_of(run)["failures"]
    assert failed["account_id"] == ONE
    assert "ExpiredToken" in failed["message"]
    assert "write the trust policy" in failed["message"]
