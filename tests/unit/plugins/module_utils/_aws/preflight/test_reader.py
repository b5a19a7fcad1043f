"""Each request is made once, and a missing answer is never treated as an answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.accounts import RoleNotAssumed
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import findings
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.reader import Unchecked
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.reader import unchecked
from botocore.exceptions import ClientError
from botocore.exceptions import ConnectTimeoutError
from botocore.exceptions import InvalidRegionError
from botocore.exceptions import UnknownServiceError

from tests.unit import stubbed

TARGET = "111122223333"
HERE = findings.Scope("eu-west-1", stubbed.ACCOUNT)


def client_error(code, operation="GetRole"):
    response = {"Error": {"Code": code, "Message": "As AWS says it."}}
    return ClientError({**response, "ResponseMetadata": {"RequestId": stubbed.REQUEST_ID}}, operation)


def test_the_same_request_is_made_once(reader, stubs):
    role = {"Role": {"Path": "/", "RoleName": "Example", "RoleId": "AROAIOSFODNN7EXAMPLE"}}
    role["Role"].update(Arn="arn:aws:iam::123456789012:role/Example", CreateDate="2026-01-01T00:00:00Z")
    stubs.answer("iam", "get_role", role, RoleName="Example")
    stubs.answer("iam", "get_role", role, RoleName="Other")
    stubs.answer("iam", "get_role", role, account_id=TARGET, RoleName="Example")
    here, there = findings.Scope(None, stubbed.ACCOUNT), findings.Scope(None, TARGET)
    for _again in range(3):
        for place, name in ((here, "Example"), (here, "Other"), (there, "Example")):
            assert reader.ask("iam", "get_role", place, RoleName=name)["Role"]["RoleName"] == "Example"
    # The name of the home Region means the same as None.
    reader.ask("iam", "get_role", findings.Scope(stubbed.REGION, TARGET), RoleName="Example")


def test_threads_that_ask_at_once_get_one_answer(reader, stubs):
    started = threading.Barrier(4)
    stubs.answer("ec2", "describe_regions", {"Regions": []}, region="eu-west-1")

    def ask(dummy):
        started.wait(timeout=10)
        return reader.ask("ec2", "describe_regions", HERE, AllRegions=True)

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert len({id(answer) for answer in pool.map(ask, range(4))}) == 1


def test_all_pages_are_read(reader, stubs):
    first = {"NextToken": "more", "Parameters": [{"Name": "a"}]}
    stubs.answer("ssm", "describe_parameters", first, region="eu-west-1")
    # An empty page may not be the last one.
    stubs.answer("ssm", "describe_parameters", {"NextToken": "more of it"}, region="eu-west-1", NextToken="more")
    stubs.answer("ssm", "describe_parameters", {"Parameters": [{"Name": "b"}]}, "eu-west-1", NextToken="more of it")
    for _again in range(2):
        names = reader.pages(
            "ssm", "describe_parameters", HERE, lambda page: [one["Name"] for one in page.get("Parameters", [])]
        )
        assert names == ["a", "b"]


def test_what_is_not_there_is_no_failure(reader, stubs):
    stubs.refuse("iam", "get_role", "NoSuchEntity", account_id=TARGET)
    there = findings.Scope(None, TARGET)
    for _again in range(2):
        assert reader.ask("iam", "get_role", there, absent=("NoSuchEntity",), RoleName="Example") is None
    stubs.refuse("iam", "get_role", "NoSuchEntity")
    with pytest.raises(Unchecked):
        reader.ask("iam", "get_role", findings.Scope(None, stubbed.ACCOUNT), RoleName="Example")


def test_a_failure_is_remembered_too(reader, stubs):
    stubs.refuse("iam", "get_role", "AccessDenied")
    caught = []
    for _again in range(2):
        with pytest.raises(Unchecked, match="iam:GetRole in account 123456789012 is missing") as error:
            reader.ask("iam", "get_role", findings.Scope(None, stubbed.ACCOUNT), RoleName="Example")
        caught.append(error.value)
    # A new exception each time, because one collects the traces of all threads that raise it.
    assert caught[0] is not caught[1]


@pytest.mark.parametrize(
    ("service", "operation", "code", "permission"),
    [
        ("s3", "head_bucket", "403", "s3:ListBucket"),
        ("service-quotas", "get_service_quota", "AccessDeniedException", "servicequotas:GetServiceQuota"),
        ("license-manager", "get_license_configuration", "AuthorizationException", None),
        ("ec2", "describe_regions", "UnauthorizedOperation", "ec2:DescribeRegions"),
    ],
)
def test_the_missing_permission_has_the_name_that_iam_knows(reader, stubs, service, operation, code, permission):
    parameters = {
        "head_bucket": {"Bucket": "images"},
        "get_service_quota": {"ServiceCode": "ec2", "QuotaCode": "L-B665C33B"},
        "get_license_configuration": {"LicenseConfigurationArn": "arn:aws:license-manager"},
    }.get(operation, {})
    stubs.refuse(service, operation, code, region="eu-west-1")
    with pytest.raises(Unchecked) as caught:
        reader.ask(service, operation, HERE, **parameters)
    permission = permission or "license-manager:GetLicenseConfiguration"
    assert f"the permission {permission} in account {stubbed.ACCOUNT} is missing" in caught.value.reason
    assert f"{code}: As AWS says it. (request id {stubbed.REQUEST_ID})" in caught.value.reason
    assert f"Allow {permission}" in caught.value.remedy


def test_an_account_in_which_no_role_can_be_assumed(reader, stubs):
    arn = f"arn:aws:iam::{TARGET}:role/Reader"
    stubs.not_assumed[TARGET] = RoleNotAssumed(TARGET, arn, "AccessDenied: no", f"sts:AssumeRole on {arn}", "Do.")
    with pytest.raises(Unchecked) as caught:
        reader.ask("iam", "get_role", findings.Scope(None, TARGET), RoleName="Example")
    assert f"the permission sts:AssumeRole on {arn} is missing" in caught.value.reason
    assert "AccessDenied: no" in caught.value.reason
    assert caught.value.remedy == "Do."


def test_a_botocore_that_is_too_old(reader, stubs, monkeypatch):
    with pytest.raises(Unchecked, match="botocore does not know ec2 describe_tomorrow") as caught:
        reader.ask("ec2", "describe_tomorrow", HERE)
    assert "newer botocore" in caught.value.remedy

    def client(service, region, account_id):
        raise UnknownServiceError(service_name=service, known_service_names="s3")

    monkeypatch.setattr(stubs, "client", client)
    with pytest.raises(Unchecked, match="botocore does not know tomorrow"):
        reader.ask("tomorrow", "describe", HERE)


def test_a_region_that_cannot_be_one(reader, stubs, monkeypatch):
    def client(service, region, account_id):
        raise InvalidRegionError(region_name=region)

    monkeypatch.setattr(stubs, "client", client)
    with pytest.raises(Unchecked, match="'eu west' doesn't match"):
        reader.ask("ec2", "describe_images", findings.Scope("eu west", TARGET))


@pytest.mark.parametrize(
    ("exception", "reason", "remedy"),
    [
        (client_error("Throttling"), "AWS did not answer", "later"),
        (client_error("InternalFailure"), "AWS did not answer", "later"),
        (client_error("OptInRequired"), "did not answer the question", "Correct what AWS names"),
        (ConnectTimeoutError(endpoint_url="https://example.com"), "could not be reached", "network"),
        (ImageBuilderError(message="x", exception=client_error("AccessDeniedException", "GetX")), "builder:GetX", "Al"),
    ],
)
def test_other_failures(exception, reason, remedy):
    raised = unchecked(exception, account_id=TARGET)
    assert raised.reason.startswith("not checked, ")
    assert reason in raised.reason
    assert TARGET in raised.reason
    assert raised.remedy.startswith(remedy) or remedy in raised.remedy
