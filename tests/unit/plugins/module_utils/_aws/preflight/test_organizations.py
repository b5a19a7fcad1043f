"""The checks of organizations and organizational units: each answer of AWS, and the result."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.reader import Unchecked

from tests.unit import stubbed

SOURCE = stubbed.ACCOUNT
TARGET = "111122223333"
ORGANIZATION = f"arn:aws:organizations::{TARGET}:organization/o-a1b2c3d4e5"
UNIT = f"arn:aws:organizations::{TARGET}:ou/o-a1b2c3d4e5/ou-ab12-11111111"


def test_the_organization_of_the_account(stubs, run_check):
    answer = {"Organization": {"Id": "o-a1b2c3d4e5", "Arn": ORGANIZATION}}
    stubs.answer("organizations", "describe_organization", answer)
    assert run_check("organization", ORGANIZATION, region=None).status == "ok"
    result = run_check("organization", ORGANIZATION.replace("o-a", "o-b"), region=None)
    assert result.status == "warning"
    assert f"account {SOURCE} belongs to {ORGANIZATION}" in result.message


def test_an_account_without_organization(stubs, run_check):
    stubs.refuse("organizations", "describe_organization", "AWSOrganizationsNotInUseException")
    result = run_check("organization", ORGANIZATION, region=None)
    assert result.status == "warning"
    assert "belongs to no organization" in result.message


@pytest.mark.parametrize(
    ("arn", "status", "text"),
    [
        (UNIT, "ok", "exists"),
        (UNIT.replace("o-a1b2c3d4e5", "o-zzzzzzzzzz"), "error", "the ARN of the OU ou-ab12-11111111 is arn:aws:org"),
        (None, "error", "does not exist"),
    ],
)
def test_an_organizational_unit(stubs, run_check, arn, status, text):
    if arn:
        answer = {"OrganizationalUnit": {"Id": "ou-ab12-11111111", "Arn": arn}}
        asked = {"OrganizationalUnitId": "ou-ab12-11111111"}
        stubs.answer("organizations", "describe_organizational_unit", answer, **asked)
    else:
        stubs.refuse("organizations", "describe_organizational_unit", "OrganizationalUnitNotFoundException")
    result = run_check("organizational_unit", UNIT, region=None)
    assert result.status == status
    assert text in result.message


def test_the_management_account_is_asked_where_a_role_is_named_for_it(stubs, run_check):
    stubs.refuse("organizations", "describe_organizational_unit", "AccessDeniedException")
    with pytest.raises(Unchecked, match="organizations:DescribeOrganizationalUnit in account 123456789012"):
        run_check("organizational_unit", UNIT, region=None)
    stubs.roles.add(TARGET)
    answer = {"OrganizationalUnit": {"Id": "ou-ab12-11111111", "Arn": UNIT}}
    stubs.answer("organizations", "describe_organizational_unit", answer, account_id=TARGET)
    assert run_check("organizational_unit", UNIT, region=None).status == "ok"
