"""A role that is too new is waited for; no other refusal of AWS is."""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import timezone

import pytest

from tests.unit import images
from tests.unit.images import SOURCE
from tests.unit.plugins.modules.image_distribution.rollout import BODY
from tests.unit.plugins.modules.image_distribution.rollout import image
from tests.unit.plugins.modules.image_distribution.rollout import ROLE
from tests.unit.plugins.modules.image_distribution.rollout import token
from tests.unit.plugins.modules.image_distribution.rollout import WEB

pytestmark = pytest.mark.current_botocore


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
    assert ("does not exist in this account" in result["msg"]) == (answer == "NoSuchEntity")


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
