"""Clients of several accounts that share a botocore client sign each request with the keys of their account."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.clients import Clients
from ansible_collections.goldimage.aws.plugins.module_utils._aws.clients import Keys
from botocore.awsrequest import AWSResponse
from botocore.exceptions import NoCredentialsError

ONE, TWO = "111122223333", "444455556666"
KEYS = {account: Keys(f"KEY{account}", "secret", f"token{account}") for account in (ONE, TWO)}


class Body:
    """The body of an answer."""

    def __init__(self, text):
        self._content = text.encode()

    def stream(self, **dummy):
        yield self._content


class Network:
    """Replaces the network: records how requests are signed, and answers each with another page."""

    def __init__(self):
        self.asked = []
        self.wait = lambda: None

    def __call__(self, request, **dummy):
        self.wait()
        key, region = re.search(
            "Credential=([^/]*)/[0-9]+/([^/]+)/", request.headers["Authorization"].decode()
        ).groups()
        self.asked.append((key, request.headers.get("X-Amz-Security-Token", b"").decode(), region))
        more = f', "NextToken": "{len(self.asked)}"' if len(self.asked) % 3 else ""
        return AWSResponse(request.url, 200, {}, Body(f'{{"Parameters": [{{"Name": "x"}}]{more}}}'))


@pytest.fixture
def network():
    return Network()


@pytest.fixture
def clients(network):
    made = []

    def make(service, region):
        made.append((service, region))
        session = boto3.session.Session(aws_access_key_id="OWN", aws_secret_access_key="secret")
        client = session.client(service, region_name=region)
        client.meta.events.register(f"before-send.{service}", network)
        return client

    shared = Clients(make)
    shared.made = made
    return shared


def test_each_account_signs_with_keys_of_its_own(clients, network):
    for account in (None, ONE, TWO, None):
        client = clients.client("ssm", "eu-west-1", account, KEYS.get(account))
        client.describe_parameters()
        # The next call returns the same client.
        assert clients.client("ssm", "eu-west-1", account, KEYS.get(account)) is client
    assert network.asked == [
        ("OWN", "", "eu-west-1"),
        (f"KEY{ONE}", f"token{ONE}", "eu-west-1"),
        (f"KEY{TWO}", f"token{TWO}", "eu-west-1"),
        ("OWN", "", "eu-west-1"),
    ]
    assert clients.made == [("ssm", "eu-west-1")]


def test_all_pages_are_asked_for_with_the_same_keys(clients, network):
    paginator = clients.client("ssm", "eu-west-1", ONE, KEYS[ONE]).get_paginator("describe_parameters")
    own = clients.client("ssm", "eu-west-1")
    pages_read = 0
    for page in paginator.paginate():
        pages_read += len(page["Parameters"])
        # Between two pages, the thread asks another account.
        own.describe_parameters() if pages_read == 1 else None
    assert [key for key, dummy, dummy in network.asked] == [f"KEY{ONE}", "OWN", f"KEY{ONE}"]


def test_threads_do_not_get_into_each_others_way(clients, network):
    together = threading.Barrier(3)
    network.wait = lambda: together.wait(timeout=10)
    asked = [clients.client("ssm", "eu-west-1", account, KEYS.get(account)) for account in (None, ONE, TWO)]
    with ThreadPoolExecutor(max_workers=3) as pool:
        list(pool.map(lambda client: client.describe_parameters(), asked))
    assert {key for key, dummy, dummy in network.asked} == {"OWN", f"KEY{ONE}", f"KEY{TWO}"}


def test_other_services_and_regions_have_clients_of_their_own(clients):
    clients.client("ssm", "eu-west-1", ONE, KEYS[ONE])
    clients.client("ssm", "us-east-1", ONE, KEYS[ONE])
    clients.client("sqs", "us-east-1", ONE, KEYS[ONE])
    assert clients.made == [("ssm", "eu-west-1"), ("ssm", "us-east-1"), ("sqs", "us-east-1")]


def test_what_an_account_asks_after_a_failure_is_signed_with_the_own_keys_again(clients, network):
    client = clients.client("ssm", "eu-west-1", ONE, KEYS[ONE])

    def fail():
        raise RuntimeError("The cable is out")

    network.wait = fail
    with pytest.raises(RuntimeError):
        client.describe_parameters()
    network.wait = lambda: None
    clients.client("ssm", "eu-west-1").describe_parameters()
    assert network.asked == [("OWN", "", "eu-west-1")]


def test_without_credentials_of_the_task_nothing_is_signed(monkeypatch, network):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    clients = Clients(lambda service, region: boto3.session.Session().client(service, region_name=region))
    other = clients.client("ssm", "eu-west-1", ONE, KEYS[ONE])
    other.meta.events.register("before-send.ssm", network)
    other.describe_parameters()
    with pytest.raises(NoCredentialsError):
        clients.client("ssm", "eu-west-1").describe_parameters()
    assert [key for key, dummy, dummy in network.asked] == [f"KEY{ONE}"]
