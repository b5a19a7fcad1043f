"""The checks of Regions, quotas, public sharing, organizations and pipelines: each answer of AWS, and the verdict."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import findings
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import places
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.questions import CHECKS
from botocore.exceptions import ClientError

from tests.unit import stubbed

SOURCE = stubbed.ACCOUNT
TARGET = "111122223333"
REGION = "eu-west-1"
ORGANIZATION = f"arn:aws:organizations::{TARGET}:organization/o-a1b2c3d4e5"
UNIT = f"arn:aws:organizations::{TARGET}:ou/o-a1b2c3d4e5/ou-ab12-11111111"


@pytest.fixture
def stubs():
    accounts = stubbed.StubbedAccounts()
    yield accounts
    accounts.finish()


@pytest.fixture
def verdict(stubs):
    """Asks one question and gives the verdict."""
    asking = findings.Asking(stubs, stubbed.connection(stubs))

    def ask(check, *subject, region=REGION, account_id=SOURCE):
        found = CHECKS[check](asking, findings.Question(check, region, account_id, subject))
        assert (found.remedy is None) == (found.status == "ok"), found
        return found

    return ask


def test_regions_of_an_account_are_asked_once(stubs, verdict):
    states = {REGION: "opt-in-not-required", "me-south-1": "opted-in", "af-south-1": "not-opted-in"}
    regions = [{"RegionName": name, "OptInStatus": state} for name, state in states.items()]
    stubs.answer("ec2", "describe_regions", {"Regions": regions}, account_id=TARGET, AllRegions=True)
    found = {name: verdict("region", region=name, account_id=TARGET) for name in [*states, "eu-wset-1"]}
    assert [one.status for one in found.values()] == ["ok", "ok", "error", "error"]
    assert found["af-south-1"].message == f"af-south-1 is not enabled for account {TARGET}"
    assert "account:EnableRegion" in found["af-south-1"].remedy
    assert found["eu-wset-1"].message == "eu-wset-1 is not a Region of the partition aws"
    assert found["eu-wset-1"].remedy.startswith("Correct the name in distributions (did you mean eu-west-1?), or")


# -- quotas --------------------------------------------------------------------------------------------------------


def quota(stubs, code, value, operation="get_service_quota", **place):
    asked = {"ServiceCode": "ec2", "QuotaCode": code}
    answer = {"Quota": {"QuotaCode": code, "Value": float(value)}}
    stubs.answer("service-quotas", operation, answer, place.get("region", REGION), place.get("account_id"), **asked)


def images(stubs, private, public=0):
    found = [{"ImageId": f"ami-{number}", "Public": number < public} for number in range(private + public)]
    asked = {"Owners": ["self"], "IncludeDisabled": True}
    first, second = found[: len(found) // 2], found[len(found) // 2 :]
    stubs.answer("ec2", "describe_images", {"Images": first, "NextToken": "more"}, REGION, **asked)
    stubs.answer("ec2", "describe_images", {"Images": second}, REGION, **asked, NextToken="more")


@pytest.mark.parametrize(
    ("used", "limit", "status"), [(8, 10, "ok"), (9, 10, "warning"), (10, 10, "error"), (11, 10, "error"), (0, 1, "ok")]
)
def test_room_for_one_more_ami(stubs, verdict, used, limit, status):
    images(stubs, used)
    quota(stubs, "L-B665C33B", limit)
    found = verdict("quota_images")
    assert found.status == status
    assert f"{used} of {limit} AMIs exist in {REGION} in account {SOURCE}" in found.message


def test_public_amis_are_counted_out_of_the_same_answer(stubs, verdict):
    images(stubs, 20, public=5)
    quota(stubs, "L-B665C33B", 50000)
    quota(stubs, "L-0E3CBAB9", 5)
    assert verdict("quota_images").status == "ok"
    found = verdict("quota_public_images")
    assert found.status == "error"
    assert "5 of 5 public AMIs" in found.message


@pytest.mark.parametrize(("wanted", "status"), [(1000, "ok"), (1001, "error")])
def test_how_many_may_be_named(stubs, verdict, wanted, status):
    quota(stubs, "L-70015FFA", 1000)
    assert verdict("quota_image_sharing", wanted).status == status


def test_a_quota_that_was_never_changed_has_its_default(stubs, verdict):
    stubs.refuse("service-quotas", "get_service_quota", "NoSuchResourceException", region=REGION)
    quota(stubs, "L-70015FFA", 1000, operation="get_aws_default_service_quota")
    assert verdict("quota_image_sharing", 2).status == "ok"


def test_a_quota_that_nobody_knows_is_not_checked(stubs, verdict):
    for operation in ("get_service_quota", "get_aws_default_service_quota"):
        stubs.refuse("service-quotas", operation, "NoSuchResourceException", region=REGION)
    with pytest.raises(findings.Unchecked, match="does not know the quota L-70015FFA"):
        verdict("quota_image_sharing", 2)


# -- the public ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status", "text"),
    [
        ("block-new-sharing", "error", "public sharing of AMIs is blocked in eu-west-1 in account 111122223333"),
        ("unblocked", "ok", "is not blocked in eu-west-1 in account 111122223333"),
    ],
)
def test_public_sharing(stubs, verdict, state, status, text):
    answer = {"ImageBlockPublicAccessState": state}
    stubs.answer("ec2", "get_image_block_public_access_state", answer, REGION, TARGET)
    found = verdict("public_sharing", account_id=TARGET)
    assert found.status == status
    assert text in found.message


# -- organizations -------------------------------------------------------------------------------------------------


def test_the_organization_of_the_account(stubs, verdict):
    answer = {"Organization": {"Id": "o-a1b2c3d4e5", "Arn": ORGANIZATION}}
    stubs.answer("organizations", "describe_organization", answer)
    assert verdict("organization", ORGANIZATION, region=None).status == "ok"
    found = verdict("organization", ORGANIZATION.replace("o-a", "o-b"), region=None)
    assert found.status == "warning"
    assert f"account {SOURCE} belongs to {ORGANIZATION}" in found.message


def test_an_account_without_organization(stubs, verdict):
    stubs.refuse("organizations", "describe_organization", "AWSOrganizationsNotInUseException")
    found = verdict("organization", ORGANIZATION, region=None)
    assert found.status == "warning"
    assert "belongs to no organization" in found.message


@pytest.mark.parametrize(
    ("arn", "status", "text"),
    [
        (UNIT, "ok", "exists"),
        (UNIT.replace("o-a1b2c3d4e5", "o-zzzzzzzzzz"), "error", "the ARN of the OU ou-ab12-11111111 is arn:aws:org"),
        (None, "error", "does not exist"),
    ],
)
def test_an_organizational_unit(stubs, verdict, arn, status, text):
    if arn:
        answer = {"OrganizationalUnit": {"Id": "ou-ab12-11111111", "Arn": arn}}
        asked = {"OrganizationalUnitId": "ou-ab12-11111111"}
        stubs.answer("organizations", "describe_organizational_unit", answer, **asked)
    else:
        stubs.refuse("organizations", "describe_organizational_unit", "OrganizationalUnitNotFoundException")
    found = verdict("organizational_unit", UNIT, region=None)
    assert found.status == status
    assert text in found.message


def test_the_management_account_is_asked_where_a_role_is_named_for_it(stubs, verdict):
    stubs.refuse("organizations", "describe_organizational_unit", "AccessDeniedException")
    with pytest.raises(findings.Unchecked, match="organizations:DescribeOrganizationalUnit in account 123456789012"):
        verdict("organizational_unit", UNIT, region=None)
    stubs.roles.add(TARGET)
    answer = {"OrganizationalUnit": {"Id": "ou-ab12-11111111", "Arn": UNIT}}
    stubs.answer("organizations", "describe_organizational_unit", answer, account_id=TARGET)
    assert verdict("organizational_unit", UNIT, region=None).status == "ok"


# -- pipelines -----------------------------------------------------------------------------------------------------


def test_pipelines_are_named(verdict, monkeypatch):
    arn = f"arn:aws:imagebuilder:{REGION}:{SOURCE}:distribution-configuration/web"
    found = [{"name": name, "arn": f"arn of {name}"} for name in ("web", "api")]
    monkeypatch.setattr(places.api, "list_pipelines", lambda dummy, asked: found if asked == arn else None)
    assert verdict("pipelines", arn).message.endswith("says then: api (arn of api), web (arn of web)")
    found.clear()
    assert verdict("pipelines", arn).message == f"no pipeline uses {arn}"


def test_pipelines_that_cannot_be_listed(verdict, monkeypatch):
    def list_pipelines(*dummy):
        response = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        raise ImageBuilderError(message="x", exception=ClientError(response, "ListImagePipelines"))

    monkeypatch.setattr(places.api, "list_pipelines", list_pipelines)
    with pytest.raises(findings.Unchecked, match="imagebuilder:ListImagePipelines in account 123456789012 is missing"):
        verdict("pipelines", "any")
