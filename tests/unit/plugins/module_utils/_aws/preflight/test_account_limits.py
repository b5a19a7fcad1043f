"""The checks of Regions, quotas and public sharing: each answer of AWS, and the result."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.reader import Unchecked

from tests.unit import stubbed

SOURCE = stubbed.ACCOUNT
TARGET = "111122223333"
REGION = "eu-west-1"


def test_regions_of_an_account_are_asked_once(stubs, run_check):
    states = {REGION: "opt-in-not-required", "me-south-1": "opted-in", "af-south-1": "not-opted-in"}
    regions = [{"RegionName": name, "OptInStatus": state} for name, state in states.items()]
    stubs.answer("ec2", "describe_regions", {"Regions": regions}, account_id=TARGET, AllRegions=True)
    results = {name: run_check("region", region=name, account_id=TARGET) for name in [*states, "eu-wset-1"]}
    assert [one.status for one in results.values()] == ["ok", "ok", "error", "error"]
    assert results["af-south-1"].message == f"af-south-1 is not enabled for account {TARGET}"
    assert "account:EnableRegion" in results["af-south-1"].remedy
    assert results["eu-wset-1"].message == "eu-wset-1 is not a Region of the partition aws"
    assert results["eu-wset-1"].remedy.startswith("Correct the name in distributions (did you mean eu-west-1?), or")


# -- quotas --------------------------------------------------------------------------------------------------------


def quota(stubs, code, value, operation="get_service_quota", **place):
    asked = {"ServiceCode": "ec2", "QuotaCode": code}
    answer = {"Quota": {"QuotaCode": code, "Value": float(value)}}
    stubs.answer("service-quotas", operation, answer, place.get("region", REGION), place.get("account_id"), **asked)


def images(stubs, private, public=0):
    amis = [{"ImageId": f"ami-{number}", "Public": number < public} for number in range(private + public)]
    asked = {"Owners": ["self"], "IncludeDisabled": True}
    first, second = amis[: len(amis) // 2], amis[len(amis) // 2 :]
    stubs.answer("ec2", "describe_images", {"Images": first, "NextToken": "more"}, REGION, **asked)
    stubs.answer("ec2", "describe_images", {"Images": second}, REGION, **asked, NextToken="more")


@pytest.mark.parametrize(
    ("used", "limit", "status"), [(8, 10, "ok"), (9, 10, "warning"), (10, 10, "error"), (11, 10, "error"), (0, 1, "ok")]
)
def test_room_for_one_more_ami(stubs, run_check, used, limit, status):
    images(stubs, used)
    quota(stubs, "L-B665C33B", limit)
    result = run_check("quota_images")
    assert result.status == status
    assert f"{used} of {limit} AMIs exist in {REGION} in account {SOURCE}" in result.message


def test_public_amis_are_counted_out_of_the_same_answer(stubs, run_check):
    images(stubs, 20, public=5)
    quota(stubs, "L-B665C33B", 50000)
    quota(stubs, "L-0E3CBAB9", 5)
    assert run_check("quota_images").status == "ok"
    result = run_check("quota_public_images")
    assert result.status == "error"
    assert "5 of 5 public AMIs" in result.message


@pytest.mark.parametrize(("wanted", "status"), [(1000, "ok"), (1001, "error")])
def test_how_many_may_be_named(stubs, run_check, wanted, status):
    quota(stubs, "L-70015FFA", 1000)
    assert run_check("quota_image_sharing", wanted).status == status


def test_a_quota_that_was_never_changed_has_its_default(stubs, run_check):
    stubs.refuse("service-quotas", "get_service_quota", "NoSuchResourceException", region=REGION)
    quota(stubs, "L-70015FFA", 1000, operation="get_aws_default_service_quota")
    assert run_check("quota_image_sharing", 2).status == "ok"


def test_a_quota_that_nobody_knows_is_not_checked(stubs, run_check):
    for operation in ("get_service_quota", "get_aws_default_service_quota"):
        stubs.refuse("service-quotas", operation, "NoSuchResourceException", region=REGION)
    with pytest.raises(Unchecked, match="does not know the quota L-70015FFA"):
        run_check("quota_image_sharing", 2)


# -- the public ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status", "text"),
    [
        ("block-new-sharing", "error", "public sharing of AMIs is blocked in eu-west-1 in account 111122223333"),
        ("unblocked", "ok", "is not blocked in eu-west-1 in account 111122223333"),
    ],
)
def test_public_sharing(stubs, run_check, state, status, text):
    answer = {"ImageBlockPublicAccessState": state}
    stubs.answer("ec2", "get_image_block_public_access_state", answer, REGION, TARGET)
    result = run_check("public_sharing", account_id=TARGET)
    assert result.status == status
    assert text in result.message
