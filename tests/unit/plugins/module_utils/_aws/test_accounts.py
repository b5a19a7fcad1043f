"""How roles are assumed in target accounts: once each, with the module's settings; errors say what to do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws import accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws import clients
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.exceptions import EndpointConnectionError

SOURCE = "123456789012"
TARGET = "111122223333"
OTHER = "444455556666"
MODULE = "goldimage.aws.imagebuilder_distribution_preflight_info"


class FakeSts:
    """Answers as STS does, and records the requests."""

    def __init__(self):
        self.asked = []
        self.errors = []

    def get_caller_identity(self):
        self.asked.append("who am I")
        return {"Account": SOURCE, "Arn": f"arn:aws-us-gov:sts::{SOURCE}:assumed-role/Deployer/example"}

    def assume_role(self, **parameters):
        self.asked.append(parameters)
        for error in self.errors:
            raise error
        # A thread that waits here gives the others time to come by.
        threading.Event().wait(0.02)
        account_id = parameters["RoleArn"].split(":")[4]
        return {
            "Credentials": {
                "AccessKeyId": f"ASIA{account_id}",
                "SecretAccessKey": f"secret of {account_id}",
                "SessionToken": f"token of {account_id}",
            }
        }


class FakeClient:
    """As much of a botocore client as is copied for another account. A request returns the keys that sign it."""

    def __init__(self, service, settings):
        self.service = service
        self.settings = settings
        own = [settings.get(name) for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")]
        self._request_signer = SimpleNamespace(_credentials=Credentials(*own))

    def signed(self):
        """(access key, secret key, session token) of a request."""
        return self._make_api_call("Any", {})

    def _make_api_call(self, dummy_operation, dummy_parameters):
        # A thread that waits here gives the others time to come by.
        threading.Event().wait(0.005)
        return tuple(self._request_signer._credentials.get_frozen_credentials())[:3]


class FakeSession:
    """Replaces boto3's session, and records the clients that it makes."""

    def __init__(self, sts):
        self.sts = sts
        self.made = []
        self.settings = None
        self._busy = threading.Lock()

    def __call__(self, **settings):
        self.settings = settings
        return self

    def client(self, service, **settings):
        # Two threads must not use a boto3 session at once.
        assert self._busy.acquire(blocking=False)
        try:
            self.made.append((service, settings["region_name"]))
            return self.sts if service == "sts" else FakeClient(service, settings)
        finally:
            self._busy.release()


@pytest.fixture
def session(monkeypatch):
    fake = FakeSession(FakeSts())
    monkeypatch.setattr(accounts.boto3.session, "Session", fake)
    # Its clients have no answers to check.
    monkeypatch.setattr(clients, "guard", lambda client: client)
    return fake


@pytest.fixture
def accounts_of(session):
    """Makes an Accounts of a module with these parameters."""

    def make(role_name=None, external_id=None, roles=None, **params):
        params = {"region": "us-gov-west-1", "validate_certs": True, **params}
        module = SimpleNamespace(
            params=params, _name=MODULE, conceal=lambda *values: None, share_credentials=lambda client: None
        )
        return accounts.Accounts(module, role_name, external_id, roles)

    return make


def denied(message="is not authorized to perform: sts:AssumeRole"):
    response = {"Error": {"Code": "AccessDenied", "Message": message}, "ResponseMetadata": {"RequestId": "42-example"}}
    return ClientError(response, "AssumeRole")


def test_who_am_i_is_asked_once(accounts_of, session):
    accounts = accounts_of()
    assert (accounts.account_id, accounts.partition, accounts.home_region) == (SOURCE, "aws-us-gov", "us-gov-west-1")
    assert session.sts.asked == ["who am I"]


def test_the_own_account_needs_no_role(accounts_of, session):
    accounts = accounts_of("Reader")
    for account_id in (None, SOURCE):
        client = accounts.client("ec2", "us-gov-east-1", account_id)
        assert client.signed() == (None, None, None)
    assert [service for service, dummy in session.made] == ["ec2", "sts"]
    assert session.sts.asked == ["who am I"]


def test_the_role_of_that_name_is_assumed(accounts_of, session):
    client = accounts_of("audit/ImageReader").client("ssm", "us-gov-east-1", TARGET)
    assert session.sts.asked[1:] == [
        {
            "RoleArn": f"arn:aws-us-gov:iam::{TARGET}:role/audit/ImageReader",
            "RoleSessionName": "goldimage-imagebuilder_distribution_preflight_info",
        }
    ]
    assert (client.service, client.settings["region_name"]) == ("ssm", "us-gov-east-1")
    assert client.signed() == (f"ASIA{TARGET}", f"secret of {TARGET}", f"token of {TARGET}")


def test_a_role_for_one_account_goes_before_the_common_name(accounts_of, session):
    accounts = accounts_of("Reader", "our-external-id", {OTHER: f"arn:aws-us-gov:iam::{OTHER}:role/Other"})
    assert accounts.has_named_role(OTHER)
    assert not accounts.has_named_role(TARGET)
    for account_id in (OTHER, TARGET):
        accounts.client("ec2", None, account_id)
    asked = [(one["RoleArn"].split("/")[-1], one["ExternalId"]) for one in session.sts.asked[1:]]
    assert asked == [("Other", "our-external-id"), ("Reader", "our-external-id")]


def test_clients_have_the_settings_of_the_module(accounts_of, session):
    target_accounts = accounts_of(
        "Reader",
        endpoint_url="http://127.0.0.1:5000",
        aws_ca_bundle="/etc/ssl/own.pem",
        profile="images",
        aws_config={"connect_timeout": 7},
    )
    settings = target_accounts.client("ec2", "us-gov-east-1", TARGET).settings
    assert session.settings == {"profile_name": "images"}
    assert (settings["endpoint_url"], settings["verify"]) == ("http://127.0.0.1:5000", "/etc/ssl/own.pem")
    assert settings["config"].connect_timeout == 7
    assert settings["config"].retries == {"mode": "standard", "total_max_attempts": accounts.ATTEMPTS}
    assert settings["config"].user_agent.endswith(f"{accounts.COLLECTION_NAME}/{accounts.COLLECTION_VERSION}")


def test_the_users_configuration_wins(accounts_of):
    config = {"retries": {"total_max_attempts": 2}}
    assert accounts_of(aws_config=config).client("ec2").settings["config"].retries == {"total_max_attempts": 2}


def test_explicit_keys_are_those_of_the_own_account_only(accounts_of):
    accounts = accounts_of("Reader", access_key="AKIAIOSFODNN7EXAMPLE", secret_key="example", session_token="own")
    assert accounts.client("ec2").signed()[2] == "own"
    assert accounts.client("ec2", account_id=TARGET).signed()[2] == f"token of {TARGET}"
    assert accounts.client("ec2").signed()[2] == "own"


def test_many_threads_assume_a_role_once_and_share_the_clients(accounts_of, session):
    accounts = accounts_of("Reader")
    targets = [(region, account_id) for region in ("a-1", "b-1") for account_id in (TARGET, OTHER, SOURCE)] * 10
    with ThreadPoolExecutor(max_workers=8) as pool:
        made = list(pool.map(lambda target: accounts.client("ec2", *target), targets))
        signed = list(pool.map(lambda client: client.signed(), made))
    assert sorted(one["RoleArn"] for one in session.sts.asked[1:]) == [
        f"arn:aws-us-gov:iam::{account_id}:role/Reader" for account_id in (TARGET, OTHER)
    ]
    assert len({id(client) for client in made}) == 6
    # One client is made for each Region; those of the accounts are copies that sign with keys of their own.
    assert sorted(region for service, region in session.made if service == "ec2") == ["a-1", "b-1"]
    for (region, account_id), client, keys in zip(targets, made, signed):
        assert client.settings["region_name"] == region
        assert keys[0] == (None if account_id == SOURCE else f"ASIA{account_id}")


def test_no_more_clients_are_kept_than_memory_bears(accounts_of, session, monkeypatch):
    monkeypatch.setattr(clients, "CLIENTS_KEPT", 2)
    accounts = accounts_of()
    first = accounts.client("ec2", "a-1")
    accounts.client("ec2", "b-1")
    assert accounts.client("ec2", "a-1") is first
    accounts.client("ec2", "c-1")
    # The least recently used one was dropped.
    assert accounts.client("ec2", "a-1") is first
    accounts.client("ec2", "b-1")
    assert [region for dummy, region in session.made] == ["a-1", "b-1", "c-1", "b-1"]


def test_a_role_that_cannot_be_assumed_is_tried_once(accounts_of, session):
    target_accounts = accounts_of("Reader", "our-external-id")
    session.sts.errors = [denied()]
    errors = []
    for region in ("a-1", "b-1"):
        with pytest.raises(accounts.RoleNotAssumed) as caught:
            target_accounts.client("ec2", region, TARGET)
        errors.append(caught.value)
    assert len(session.sts.asked) == 2
    assert errors[0] is not errors[1]
    for error in errors:
        arn = f"arn:aws-us-gov:iam::{TARGET}:role/Reader"
        assert (error.account_id, error.role_arn, error.permission) == (TARGET, arn, f"sts:AssumeRole on {arn}")
        for text in ("AccessDenied", "is not authorized", "42-example", TARGET):
            assert text in str(error)
        for text in (arn, SOURCE, "trust policy", "target_account_external_id"):
            assert text in error.remedy
        assert "our-external-id" not in f"{error} {error.remedy}"


def test_the_remedy_names_the_external_id_only_where_one_is_used(accounts_of, session):
    session.sts.errors = [denied()]
    with pytest.raises(accounts.RoleNotAssumed) as caught:
        accounts_of("Reader").client("ec2", None, TARGET)
    assert "external" not in caught.value.remedy


def test_other_failures_are_no_missing_permission(accounts_of, session):
    session.sts.errors = [EndpointConnectionError(endpoint_url="https://sts.example.com")]
    with pytest.raises(accounts.RoleNotAssumed, match=r"sts\.example\.com") as caught:
        accounts_of("Reader").client("ec2", None, TARGET)
    assert caught.value.permission is None
    assert "network" in caught.value.remedy


def test_without_a_role_for_an_account_none_is_assumed(accounts_of, session):
    with pytest.raises(accounts.RoleNotAssumed, match="no role is named") as caught:
        accounts_of(roles={OTHER: f"arn:aws:iam::{OTHER}:role/Other"}).client("ec2", None, TARGET)
    assert (caught.value.role_arn, caught.value.permission) == (None, None)
    assert "distribution_rollout_target_account_roles" in caught.value.remedy
    assert session.sts.asked == ["who am I"]


def test_a_region_is_needed(session, monkeypatch):
    class Failed(Exception):
        pass

    def fail_json(msg):
        raise Failed(msg)

    monkeypatch.setattr(accounts, "get_aws_connection_info", lambda module: (None, None, {}))
    with pytest.raises(Failed, match="region: is required"):
        accounts.Accounts(SimpleNamespace(params={}, fail_json=fail_json))


def test_options(service_model):
    def errors(**params):
        return [str(one) for one in accounts.account_option_errors({"workers": 10, **params}, service_model)]

    assert errors() == []
    assert (
        errors(
            target_account_role_name="audit/ImageReader",
            target_account_external_id="our-external-id",
            target_account_roles={TARGET: f"arn:aws-cn:iam::{TARGET}:role/audit/Reader"},
        )
        == []
    )
    destination = "EC2ImageBuilderDistributionCrossAccountRole"
    result = errors(
        target_account_role_name=f"any/{destination}",
        target_account_external_id="not/this one!",
        target_account_roles={
            "12345": "arn:aws:iam::12345:role/Reader",
            TARGET: f"arn:aws:iam::{OTHER}:role/Reader",
            OTHER: f"arn:aws:iam::{OTHER}:role/{destination}",
            SOURCE: "Reader",
        },
        workers=0,
    )
    beginnings = [
        f"target_account_role_name: 'any/{destination}': is the role that Image Builder distributes with",
        "target_account_external_id: an external id is letters",
        "target_account_roles.12345: '12345': an account id has 12 digits",
        "target_account_roles.12345: 'arn:aws:iam::12345:role/Reader':",
        f"target_account_roles.{TARGET}: 'arn:aws:iam::{OTHER}:role/Reader': must be the ARN of a role in",
        f"target_account_roles.{OTHER}: 'arn:aws:iam::{OTHER}:role/{destination}': is the role that Image Builder",
        f"target_account_roles.{SOURCE}: 'Reader': must be the ARN of a role in account {SOURCE}",
        "workers: 0: must be at least 1",
    ]
    assert len(result) == len(beginnings)
    for text, beginning in zip(result, beginnings):
        assert text.startswith(beginning)
    assert errors(target_account_role_name=f"arn:aws:iam::{TARGET}:role/Reader")[0].startswith(
        f"target_account_role_name: 'arn:aws:iam::{TARGET}:role/Reader': is an ARN"
    )


def test_the_external_id_is_masked():
    spec = accounts.argument_spec(more={"type": "str"})
    assert spec["target_account_external_id"]["no_log"] is True
    assert spec["more"] == {"type": "str"}
