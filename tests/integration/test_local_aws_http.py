"""The local AWS as a server: what can be tested only over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.exceptions import ConnectionClosedError
from botocore.exceptions import EndpointConnectionError

from tests.local_aws.server import LocalAws
from tests.local_aws.server import ROOT
from tests.local_aws.server import SOURCE_ACCOUNT
from tests.local_aws.server import TARGET_ACCOUNTS

ENTRY = {"region": "us-east-1", "amiDistributionConfiguration": {"description": "web server"}}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalAws]:
    with LocalAws() as running:
        yield running
        assert running.errors() == "", "the server wrote to its standard error"


@pytest.fixture
def aws(server: LocalAws) -> LocalAws:
    server.reset()
    return server


def create(client: Any, name: str = "web-image") -> str:
    """Create a configuration. Returns its ARN."""
    return client.create_distribution_configuration(name=name, distributions=[ENTRY])["distributionConfigurationArn"]


def refused(client: Any, method: str, **parameters: Any) -> tuple[str, int]:
    """Make a request that must fail. Returns its error code and HTTP status."""
    with pytest.raises(ClientError) as caught:
        getattr(client, method)(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_one_endpoint_serves_all_accounts_and_regions(aws: LocalAws) -> None:
    targets = [
        (account, region) for account in (SOURCE_ACCOUNT, *TARGET_ACCOUNTS) for region in ("us-east-1", "cn-north-1")
    ]
    for account, region in targets:
        client = aws.client("imagebuilder", region, account)
        partition = "aws-cn" if region.startswith("cn-") else "aws"
        assert create(client).startswith(f"arn:{partition}:imagebuilder:{region}:{account}:distribution-configuration/")
        assert len(client.list_distribution_configurations()["distributionConfigurationSummaryList"]) == 1
        assert aws.client("sts", region, account).get_caller_identity()["Account"] == account
    assert [
        (call["account"], call["region"]) for call in aws.requests("imagebuilder", "CreateDistributionConfiguration")
    ] == targets


def test_assumed_role_acts_in_its_own_account(aws: LocalAws) -> None:
    aws.switch(assumable_roles=["audit"])
    role = aws.client("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/audit", RoleSessionName="audit")
    key = role["Credentials"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"], "eu-west-1")
    for service, method in (
        ("sts", "get_caller_identity"),
        ("imagebuilder", "list_distribution_configurations"),
    ):
        getattr(session.client(service, endpoint_url=aws.endpoint_url), method)()
        assert aws.requests()[-1]["account"] == "111122223333"
    aws.reset()
    session.client("sts", endpoint_url=aws.endpoint_url).get_caller_identity()
    assert aws.requests()[-1]["account"] == SOURCE_ACCOUNT, "after a reset nobody knows the role's key"


@pytest.mark.parametrize(
    ("service", "operation", "method"),
    [
        ("imagebuilder", "ListDistributionConfigurations", "list_distribution_configurations"),
        ("sts", "GetCallerIdentity", "get_caller_identity"),
        ("ssm", "DescribeParameters", "describe_parameters"),
        ("s3", "ListBuckets", "list_buckets"),
    ],
)
def test_fault_for_any_service(aws: LocalAws, service: str, operation: str, method: str) -> None:
    aws.fault(service, operation, code="Throttling", status=429, message="Rate exceeded", times=1)
    client = aws.client(service)
    assert refused(client, method) == ("Throttling", 429)
    getattr(client, method)()
    assert [(call["status"], call["fault"]) for call in aws.requests(service, operation)] == [
        (429, "error"),
        (200, None),
    ]


def test_fault_until_cleared_for_one_configuration(aws: LocalAws) -> None:
    client = aws.client("imagebuilder")
    arns = {name: create(client, name) for name in ("web-image", "db-image")}
    identifier = aws.fault(
        "imagebuilder", code="CallRateLimitExceededException", containing="web-image", region="us-east-1"
    )
    for _again in range(3):
        assert refused(client, "get_distribution_configuration", distributionConfigurationArn=arns["web-image"]) == (
            "CallRateLimitExceededException",
            429,
        )
        client.get_distribution_configuration(distributionConfigurationArn=arns["db-image"])
    aws.clear_faults(identifier)
    client.get_distribution_configuration(distributionConfigurationArn=arns["web-image"])


def test_lost_answer_is_carried_out(aws: LocalAws) -> None:
    client = aws.client("imagebuilder")
    aws.lose_answer("imagebuilder", "CreateDistributionConfiguration")
    request = {"name": "web-image", "distributions": [ENTRY], "clientToken": "8a1f4c52-1111-4222-8333-123456789abc"}
    with pytest.raises(ConnectionClosedError):
        client.create_distribution_configuration(**request)
    (summary,) = client.list_distribution_configurations()["distributionConfigurationSummaryList"]
    # The same token again finds that it was carried out, as the service documents.
    assert client.create_distribution_configuration(**request)["distributionConfigurationArn"] == summary["arn"]
    assert [call["fault"] for call in aws.requests("imagebuilder", "CreateDistributionConfiguration")] == [
        "lost_answer",
        None,
    ]


@pytest.mark.parametrize(
    ("kind", "carried_out"),
    [("lost_answer", True), ("reset_after", True), ("reset_before", False), ("late_error", True), ("cut_answer", True)],
)
def test_every_way_to_lose_an_answer(aws: LocalAws, kind: str, carried_out: bool) -> None:
    aws.break_off(kind, "imagebuilder", "CreateDistributionConfiguration")
    client = aws.client("imagebuilder")
    request = {"name": "web-image", "distributions": [ENTRY], "clientToken": "8a1f4c52-1111-4222-8333-123456789abc"}
    if kind == "cut_answer":
        # botocore treats an answer that it cannot read as one without members.
        assert "distributionConfigurationArn" not in client.create_distribution_configuration(**request)
    else:
        with pytest.raises((ConnectionClosedError, EndpointConnectionError, ClientError)):
            client.create_distribution_configuration(**request)
    found = client.list_distribution_configurations()["distributionConfigurationSummaryList"]
    assert bool(found) is carried_out
    [call] = aws.requests("imagebuilder", "CreateDistributionConfiguration")
    assert (call["fault"], call["status"]) == (kind, 200 if carried_out else None)
    assert (call["resource"], call["token"]) == ("web-image", request["clientToken"])


@pytest.mark.parametrize("carry_out", [True, False])
def test_a_request_is_held_until_the_test_decides(aws: LocalAws, carry_out: bool) -> None:
    aws.break_off("hold_before", "imagebuilder")
    client = aws.client("imagebuilder")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(create, client)
        assert (aws.held() or {})["operation"] == "CreateDistributionConfiguration"
        assert not asked.done()
        aws.let_go(carry_out)
        assert isinstance(asked.exception(), ConnectionClosedError)
    assert bool(client.list_distribution_configurations()["distributionConfigurationSummaryList"]) is carry_out


def test_latency_does_not_delay_other_requests(aws: LocalAws) -> None:
    client = aws.client("imagebuilder")
    arn = create(client)
    aws.latency(1500, "imagebuilder", "GetDistributionConfiguration")
    with ThreadPoolExecutor(5) as pool:
        held = [
            pool.submit(client.get_distribution_configuration, distributionConfigurationArn=arn) for _one in range(4)
        ]
        started = time.monotonic()
        client.list_distribution_configurations()
        create(client, "db-image")
        assert not any(future.done() for future in held)
        for future in held:
            future.result()
    assert time.monotonic() - started > 1.4
    aws.clear_latency()
    client.get_distribution_configuration(distributionConfigurationArn=arn)


def test_log_and_switches(aws: LocalAws) -> None:
    client = aws.client("imagebuilder", "eu-west-1")
    arn = create(client)
    refused(client, "get_distribution_configuration", distributionConfigurationArn=arn + "-other")
    origin = {"service": "imagebuilder", "region": "eu-west-1", "account": SOURCE_ACCOUNT, "fault": None}
    logged = aws.requests()
    assert [call["resource"] for call in logged] == ["web-image", arn + "-other"]
    assert [{name: call[name] for name in ("operation", "status", *origin)} for call in logged] == [
        {**origin, "operation": "CreateDistributionConfiguration", "status": 200},
        {**origin, "operation": "GetDistributionConfiguration", "status": 404},
    ]
    aws.clear_requests()
    assert aws.requests() == []
    aws.switch(echo_empty_lists=True)
    found = client.get_distribution_configuration(distributionConfigurationArn=arn)["distributionConfiguration"]
    assert found["distributions"][0]["launchTemplateConfigurations"] == []
    assert aws.switches()["echo_empty_lists"] is True
    with pytest.raises(ValueError, match="no such switch: echo"):
        aws.switch(echo=True)
    with pytest.raises(ValueError, match="kind"):
        aws._control("POST", "faults", {"kind": "slow"})
    with pytest.raises(ValueError, match="no GET /local-aws/nothing"):
        aws._control("GET", "nothing")


def test_stored_and_planted(aws: LocalAws) -> None:
    arn = create(aws.client("imagebuilder", "eu-west-1", "111122223333"))
    stored = aws.stored(arn)
    assert stored["distributions"] == [ENTRY]
    stored["distributions"][0]["memberOfTomorrow"] = {"enabled": True}
    assert aws.plant(stored) == arn
    assert aws.stored(arn) == stored
    made_up = aws.plant({"name": "Db Image", "distributions": []}, region="eu-west-2", account_id="444455556666")
    assert made_up == "arn:aws:imagebuilder:eu-west-2:444455556666:distribution-configuration/db-image"
    found = aws.client("imagebuilder", "eu-west-2", "444455556666").list_distribution_configurations()
    assert [summary["name"] for summary in found["distributionConfigurationSummaryList"]] == ["Db Image"]
    assert aws.stored(arn + "-other") is None


def test_profiles_have_no_effect(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", __file__)
    another = LocalAws()
    another.endpoint_url = aws.endpoint_url
    assert another.client("sts").get_caller_identity()["Account"] == SOURCE_ACCOUNT


def test_reset_forgets_everything(aws: LocalAws) -> None:
    arn = create(aws.client("imagebuilder"))
    aws.client("ssm").put_parameter(Name="/web", Value="x", Type="String")
    aws.fault("sts")
    aws.latency(60_000, "kms")
    aws.switch(page_limit=1)
    aws.reset()
    assert aws.requests() == []
    assert aws.stored(arn) is None
    assert refused(aws.client("ssm"), "get_parameter", Name="/web")[0] == "ParameterNotFound"
    aws.client("sts").get_caller_identity()
    aws.client("kms").list_keys()
    assert aws.switches()["page_limit"] == 100


def test_each_account_counts_attachments_of_the_managed_policies(aws: LocalAws) -> None:
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"

    def attachments(account: str) -> int:
        policy = aws.client("iam", account_id=account).get_policy(PolicyArn=arn)["Policy"]
        return int(policy["AttachmentCount"])

    iam = aws.client("iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    assert [attachments(account) for account in (SOURCE_ACCOUNT, TARGET_ACCOUNTS[0])] == [1, 0]
    aws.reset()
    assert attachments(SOURCE_ACCOUNT) == 0


def test_what_moto_lacks_is_an_error(aws: LocalAws) -> None:
    for service, method in (("license-manager", "list_licenses"), ("imagebuilder", "list_components")):
        with pytest.raises(ClientError, match=f"The local AWS does not have {service} ") as caught:
            getattr(aws.client(service), method)()
        assert caught.value.response["Error"]["Code"] == "NotImplemented"


def test_connections_are_kept_and_bodies_of_all_kinds_are_read(aws: LocalAws) -> None:
    where = urlsplit(aws.endpoint_url)
    assert where.hostname == "127.0.0.1"
    connection = HTTPConnection(where.hostname, where.port, timeout=30)
    connection.connect()
    socket = connection.sock
    headers = {"Content-Type": "application/json"}
    connection.request(
        "PUT", "/local-aws/switches", body=iter([b'{"page_', b'limit": 3}']), headers=headers, encode_chunked=True
    )
    assert connection.getresponse().read() == b"null"
    connection.request("GET", "/local-aws/switches")
    assert json.loads(connection.getresponse().read())["page_limit"] == 3
    connection.request("GET", "/local-aws/nothing")
    response = connection.getresponse()
    assert (response.status, response.getheader("Connection")) == (404, "keep-alive")
    response.read()
    assert connection.sock is socket
    connection.close()
    # boto3 asks S3 for permission (Expect: 100-continue) before it sends a body.
    storage = aws.client("s3")
    storage.create_bucket(Bucket="amzn-s3-demo-bucket")
    storage.put_object(Bucket="amzn-s3-demo-bucket", Key="a b/c", Body=b"x" * 100_000)
    assert len(storage.get_object(Bucket="amzn-s3-demo-bucket", Key="a b/c")["Body"].read()) == 100_000
    storage.head_object(Bucket="amzn-s3-demo-bucket", Key="a b/c")


def test_many_clients_create_at_once(aws: LocalAws) -> None:
    clients = [aws.client("imagebuilder") for _number in range(8)]

    def attempt(number: int) -> str:
        try:
            return create(clients[number % 8], f"Web {number // 4}")
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(80)))
    assert outcomes.count("ResourceAlreadyExistsException") == 60
    assert len({outcome for outcome in outcomes if outcome.startswith("arn:")}) == 20


def start(*arguments: str, **options: Any) -> tuple[subprocess.Popen[str], str]:
    """Run the server as a program. Returns the process and what it printed up to its last line."""
    command = [sys.executable, "-m", "tests.local_aws", "--port", "0", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    printed = ""
    while "Ctrl-C" not in printed:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        printed += line
    return process, printed


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_as_a_program_it_prints_the_environment_and_stops_cleanly(how: signal.Signals) -> None:
    # A missing profile and an unreadable file of the caller have no effect.
    process, printed = start(
        "--region", "eu-west-1", env={**os.environ, "AWS_PROFILE": "nowhere", "AWS_CONFIG_FILE": __file__}
    )
    exported = dict(line[len("export ") :].split("=", 1) for line in printed.splitlines() if line.startswith("export "))
    # A client configured only by the environment, with a connection that it keeps.
    script = """import boto3
print(boto3.client("imagebuilder").list_distribution_configurations(maxResults=1)["distributionConfigurationSummaryList"])
print(boto3.client("sts").get_caller_identity()["Account"], boto3.client("sts").meta.region_name)"""
    kept = HTTPConnection(exported["AWS_ENDPOINT_URL"].removeprefix("http://"))
    kept.request("GET", "/local-aws/switches")
    kept.getresponse().read()
    found = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **exported}, capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["[]", "123456789012", "eu-west-1"]
    assert len(exported["AWS_SECRET_ACCESS_KEY"]) >= 40
    process.send_signal(how)
    _output, errors = process.communicate(timeout=20)
    kept.close()
    assert (process.returncode, errors) == (0, "")


def test_the_server_ends_with_its_owner() -> None:
    process, _printed = start("--stop-at-eof", stdin=subprocess.PIPE)
    process.stdin.close()
    assert process.wait(timeout=20) == 0
    process.stdout.close()
    process.stderr.close()
