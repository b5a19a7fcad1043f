"""What the server does around moto: naming calls, choosing faults and latencies, writing errors of each protocol."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.parsers import create_parser

from tests.local_aws.environment import environment
from tests.local_aws.error_forms import error_answer
from tests.local_aws.faults import Call
from tests.local_aws.faults import Fault
from tests.local_aws.faults import FaultBook
from tests.local_aws.faults import Latency
from tests.local_aws.faults import RandomFaults
from tests.local_aws.naming import AccountBook
from tests.local_aws.naming import name_call

GET = Call("imagebuilder", "GetDistributionConfiguration", "us-east-1", "123456789012", "/?arn=web-image\n")
LIST = Call("imagebuilder", "ListDistributionConfigurations", "us-east-1", "123456789012", "/\n{}")
WHO = Call("sts", "GetCallerIdentity", "eu-west-1", "111122223333", "/\nAction=GetCallerIdentity")


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        ({}, [GET, LIST, WHO]),
        ({"service": "sts"}, [WHO]),
        ({"operation": "GetDistributionConfiguration"}, [GET]),
        ({"region": "us-east-1"}, [GET, LIST]),
        ({"account": "111122223333"}, [WHO]),
        ({"containing": "web-image"}, [GET]),
        ({"service": "imagebuilder", "account": "111122223333"}, []),
    ],
)
def test_a_fault_strikes_the_calls_that_it_names(rule: dict[str, str], struck: list[Call]) -> None:
    book = FaultBook()
    fault = book.add(Fault(**rule))
    assert [call for call in (GET, LIST, WHO) if book.take(call) is fault] == struck
    assert fault.struck == len(struck)


def test_fault_strikes_so_many_times() -> None:
    book = FaultBook()
    book.add(Fault(service="imagebuilder", times=2, skip=1))
    assert [book.take(GET) is not None for _number in range(5)] == [False, True, True, False, False]


def test_the_next_fault_strikes_once_the_first_is_spent() -> None:
    book = FaultBook()
    first = book.add(Fault(times=1))
    second = book.add(Fault())
    assert [book.take(GET), book.take(GET)] == [first, second]
    book.clear_faults(second.identifier)
    assert book.faults == [first]
    book.clear_faults()
    assert book.faults == []


def test_fault_of_an_unknown_kind() -> None:
    with pytest.raises(ValueError, match="not slow"):
        Fault(kind="slow")


def test_most_precise_latency_counts() -> None:
    book = FaultBook()
    assert book.delay(GET) == 0
    book.set_latency(Latency(milliseconds=50))
    book.set_latency(Latency(service="imagebuilder", operation="ListDistributionConfigurations", milliseconds=200))
    assert [book.delay(call) for call in (GET, LIST, WHO)] == [0.05, 0.2, 0.05]
    book.set_latency(Latency(milliseconds=10))
    assert [book.delay(call) for call in (GET, LIST)] == [0.01, 0.2]
    book.clear_latencies()
    assert book.delay(LIST) == 0


def test_the_log_does_not_show_what_was_sent() -> None:
    assert "text" not in GET.as_dict()


@pytest.mark.parametrize(
    "service", ["imagebuilder", "sts", "iam", "ec2", "ssm", "kms", "s3", "organizations", "route53"]
)
def test_botocore_reads_the_error_of_every_protocol(service: str) -> None:
    status, headers, body = error_answer(service, "ThrottlingException", "slow <down> & wait", 429)
    parser = create_parser(botocore.session.get_session().get_service_model(service).protocol)
    parsed = parser.parse(
        {"status_code": status, "headers": {key.lower(): item for key, item in headers}, "body": body}, None
    )
    assert parsed["Error"]["Code"] == "ThrottlingException"
    assert parsed["Error"]["Message"] == "slow <down> & wait"
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 429


@pytest.mark.parametrize(
    ("service", "code", "status"),
    [
        ("imagebuilder", "CallRateLimitExceededException", 429),
        ("imagebuilder", "ServiceException", 500),
        ("imagebuilder", "ServiceUnavailableException", 503),
        ("imagebuilder", "ForbiddenException", 403),
        ("iam", "NoSuchEntity", 404),
        ("ec2", "UnauthorizedOperation", 400),
        ("license-manager", "AuthorizationException", 400),
        ("no-such-service", "Throttling", 400),
    ],
)
def test_status_comes_from_the_model(service: str, code: str, status: int) -> None:
    assert error_answer(service, code, "x")[0] == status


# Client, method, parameters -> service in the signature and operation.
CALLS: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("imagebuilder", "list_distribution_configurations", {}, "imagebuilder", "ListDistributionConfigurations"),
    ("imagebuilder", "list_tags_for_resource", {"resourceArn": "arn:aws:x/y"}, "imagebuilder", "ListTagsForResource"),
    ("imagebuilder", "untag_resource", {"resourceArn": "a/b", "tagKeys": ["a b"]}, "imagebuilder", "UntagResource"),
    ("sts", "get_caller_identity", {}, "sts", "GetCallerIdentity"),
    ("ec2", "describe_regions", {}, "ec2", "DescribeRegions"),
    ("iam", "get_role", {"RoleName": "web"}, "iam", "GetRole"),
    ("ssm", "get_parameter", {"Name": "/web"}, "ssm", "GetParameter"),
    ("kms", "describe_key", {"KeyId": "alias/web"}, "kms", "DescribeKey"),
    ("service-quotas", "list_services", {}, "servicequotas", "ListServices"),
    ("account", "list_regions", {}, "account", "ListRegions"),
    ("s3", "list_buckets", {}, "s3", "ListBuckets"),
    ("s3", "head_bucket", {"Bucket": "amzn-s3-demo-bucket"}, "s3", "HeadBucket"),
    ("license-manager", "list_licenses", {}, "license-manager", "ListLicenses"),
]


@pytest.mark.parametrize(
    ("client", "method", "parameters", "service", "operation"), CALLS, ids=[call[1] for call in CALLS]
)
def test_call_is_named(client: str, method: str, parameters: dict[str, Any], service: str, operation: str) -> None:
    call = name_call(*wsgi_request(client, method, parameters), AccountBook())
    assert (call.service, call.operation) == (service, operation)
    assert call.account == "111122223333"
    assert call.region == "eu-west-1"


def test_text_of_a_call_is_decoded() -> None:
    arn = "arn:aws:imagebuilder:eu-west-1:111122223333:distribution-configuration/web-image"
    request = wsgi_request("imagebuilder", "get_distribution_configuration", {"distributionConfigurationArn": arn})
    assert arn in name_call(*request, AccountBook()).text


@pytest.mark.parametrize("body", [b"[1]", b'"web"', b"7", b"null", b"{", b""])
def test_a_request_without_a_json_object_has_a_name_as_well(body: bytes) -> None:
    environ, _body = wsgi_request("imagebuilder", "list_image_pipelines", {})
    call = name_call(environ, body, AccountBook())
    assert (call.service, call.operation) == ("imagebuilder", "ListImagePipelines")
    assert (call.resource, call.token) == (None, None)


def test_unsigned_request_has_no_name() -> None:
    call = name_call({"REQUEST_METHOD": "GET", "PATH_INFO": "/x", "QUERY_STRING": ""}, b"", AccountBook())
    assert (call.service, call.operation, call.region) == ("unknown", "unknown", "unknown")


def test_account_of_a_key_that_moto_issued(client: Any) -> None:
    accounts = AccountBook()
    from moto.imagebuilder.switches import switches

    switches.set(assumable_roles=["audit"])
    role = boto3.client("sts", region_name="us-east-1").assume_role(
        RoleArn="arn:aws:iam::444455556666:role/audit", RoleSessionName="audit"
    )
    key = role["Credentials"]["AccessKeyId"]
    assert accounts.account_of(key) == "444455556666"
    assert accounts.account_of("AKIAIOSFODNN7EXAMPLE") == "123456789012"


def wsgi_request(service: str, method: str, parameters: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The request that boto3 makes of a call, as a WSGI environment, and its body; nothing is sent."""
    given = environment("http://127.0.0.1:1", "eu-west-1", "111122223333")
    client = boto3.Session().client(
        service,
        region_name="eu-west-1",
        endpoint_url=given["AWS_ENDPOINT_URL"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    kept: list[Any] = []

    def keep(request: Any, **_kwargs: Any) -> AWSResponse:
        kept.append(request)
        raise Caught

    client.meta.events.register_first("before-send", keep)
    call: Callable[..., Any] = getattr(client, method)
    with pytest.raises(Caught):
        call(**parameters)
    (request,) = kept
    url = urlsplit(request.url)
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    wsgi = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": url.path,
        "RAW_URI": request.url,
        "QUERY_STRING": url.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        text = value.decode() if isinstance(value, bytes) else value
        wsgi[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = text
    return wsgi, body


class Caught(Exception):
    """Stops a request before it is sent."""


CHANCES = {"throttled": 0.2, "failing": 0.1, "lost": 0.05, "reset_before": 0.05, "slow": 0.5}


def kinds(random_faults: RandomFaults, call: Call, times: int) -> list[str | None]:
    return [fault and fault.kind for fault, _delay in (random_faults.lot(call) for _number in range(times))]


def test_random_faults_are_the_same_for_the_same_seed_in_any_order() -> None:
    one, other = RandomFaults(seed=4, **CHANCES), RandomFaults(seed=4, **CHANCES)
    assert [*kinds(one, GET, 50), *kinds(one, LIST, 50)] == [*kinds(other, LIST, 50), *kinds(other, GET, 50)][50:] + (
        kinds(RandomFaults(seed=4, **CHANCES), LIST, 50)
    )
    assert kinds(RandomFaults(seed=4, **CHANCES), GET, 50) != kinds(RandomFaults(seed=5, **CHANCES), GET, 50)


def test_random_faults_keep_to_their_chances() -> None:
    lots = [RandomFaults(seed=1, **CHANCES).lot(Call("imagebuilder", str(each), "", "")) for each in range(2000)]
    codes = [fault and (fault.kind, fault.status) for fault, _delay in lots]
    expected = {("error", 429): 0.2, ("error", 500): 0.05, ("error", 503): 0.05, ("lost_answer", None): 0.05}
    for what, chance in expected.items():
        assert codes.count(what) / 2000 == pytest.approx(chance, abs=0.02)
    assert codes.count(None) / 2000 == pytest.approx(0.6, abs=0.04)
    assert sum(delay > 0 for _fault, delay in lots) / 2000 == pytest.approx(0.5, abs=0.04)


def test_random_faults_limit_the_calls_a_second() -> None:
    random_faults = RandomFaults(rate=3.0)
    assert kinds(random_faults, GET, 5) == [None, None, None, "error", "error"]
