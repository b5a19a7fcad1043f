"""Target accounts with errors: all accounts are processed, and each error says what to do."""

from __future__ import annotations

import json
import threading
import time

import pytest

from tests.integration.role_world import include
from tests.integration.role_world import result_of
from tests.integration.role_world import statement
from tests.world import DESTINATION_ROLE
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import TWO
from tests.world import World

THREE = "777788889999"
TEAM = {
    "Sid": "Team",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::333344445555:root"},
    "Action": "sts:AssumeRole",
}
LATECOMER = {**TEAM, "Sid": "Latecomer"}


@pytest.fixture
def world(aws):
    world = World(aws)
    for account in (ONE, THREE):
        world.create_role(DESTINATION_ROLE, [TEAM], account)
    return world


@pytest.fixture
def somebody_else(aws):
    """Somebody who reads the trust policy of account ONE before the role writes it, and writes it right after.

    A second such write is tested with the module.
    """
    iam = aws.client("iam", HOME, ONE)
    overwritten = []

    def overwrite():
        document = json.dumps({"Version": "2012-10-17", "Statement": [TEAM, LATECOMER]})
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not overwritten:
            if [call for call in aws.requests("iam", "UpdateAssumeRolePolicy") if call["account"] == ONE]:
                iam.update_assume_role_policy(RoleName=DESTINATION_ROLE, PolicyDocument=document)
                overwritten.append(True)
            time.sleep(0.02)

    # Time for that, before the role checks that its statement exists.
    aws.latency(1000, "iam", "GetRole", account=ONE)
    thread = threading.Thread(target=overwrite, daemon=True)
    thread.start()
    yield overwritten
    thread.join(timeout=130)


@pytest.mark.oldest
def test_every_account_is_processed(ansible, aws, world, somebody_else):
    # IAM's answers may be out of date; the role reads several times before it concludes that its statement is lost.
    aws.clear_requests()
    aws.fault("sts", "AssumeRole", code="AccessDenied", status=403, message="is not authorized", containing=TWO)
    gone = "Invalid principal in policy: AROA0123456789EXAMPLE"
    aws.fault("iam", "UpdateAssumeRolePolicy", code="MalformedPolicyDocument", status=400, message=gone, account=THREE)
    spec = {
        "spec_id": "web",
        "region": HOME,
        "regions": [HOME],
        "defaults": {"ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [ONE, TWO, THREE]}},
        "target_account_role_name": "Admin",
        "target_account_roles": {TWO: f"arn:aws:iam::{TWO}:role/audited/ImageAdmin"},
        "target_account_external_id": "known-to-both-sides",
    }
    run = ansible.playbook(include("destination_accounts", **spec), rc=2)

    assert somebody_else == [True]
    # Written a second time, and no statement is lost.
    assert world.destination(ONE).trust == [TEAM, LATECOMER, statement("web")]
    assert world.destination(TWO) is None
    assert world.destination(THREE).trust == [TEAM]

    failed = {row["account_id"]: row["message"] for row in result_of(run)["failures"]}
    assert list(failed) == [TWO, THREE]
    for text in ("role/audited/ImageAdmin", "AccessDenied", "request id", SOURCE, "external"):
        assert text in failed[TWO], text
    assert "known-to-both-sides" not in run.stdout + run.stderr
    for text in ("MalformedPolicyDocument", "AROA0123456789EXAMPLE", "removed that statement by hand"):
        assert text in failed[THREE], text
