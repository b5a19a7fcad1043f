"""Requests with incomplete answers are repeated, for every service and every way of making a client."""

from __future__ import annotations

import importlib
import json

import pytest

from tests.unit.conftest import COLLECTION

XML = '<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result>{1}</{0}Result></{0}Response>'
IDENTITY = XML.format(
    "GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:user/me</Arn><Account>123456789012</Account>"
)
ROLE = XML.format("GetRole", "<Role><RoleName>web</RoleName><Arn>arn:aws:iam::123456789012:role/web</Arn></Role>")
CONFIGURATION = {"distributionConfiguration": {"arn": "arn", "name": "web", "timeoutMinutes": 1}}
# Service -> (method, its parameters, the raw answer, the part of the answer that was cut off).
ASKED = {
    "imagebuilder": (
        "get_distribution_configuration",
        {"distributionConfigurationArn": "arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web"},
        json.dumps(CONFIGURATION),
        "distributionConfiguration",
    ),
    "ssm": ("get_parameter", {"Name": "/web"}, json.dumps({"Parameter": {"Value": "ami-1"}}), "Parameter"),
    "sts": ("get_caller_identity", {}, IDENTITY, "Account"),
    "iam": ("get_role", {"RoleName": "web"}, ROLE, "Role"),
}


class Wire:
    """Returns half of a text the first time, and then all of it."""

    def __init__(self, text: str) -> None:
        self._text = text.encode()
        self.asked = 0

    def send(self, request):
        from botocore.awsrequest import AWSResponse

        self.asked += 1
        answer = AWSResponse(request.url, 200, {"content-length": str(len(self._text))}, None)
        answer._content = self._text[: len(self._text) // 2] if self.asked == 1 else self._text
        return answer


@pytest.fixture
def made(monkeypatch):
    """made(how, service): a client, by the module or by Accounts."""
    from ansible.module_utils import basic

    arguments = {"region": "us-west-2", "access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "opens-nothing"}
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    module = importlib.import_module(f"{COLLECTION}.module_utils._aws.module").GoldimageModule(argument_spec={})
    accounts = importlib.import_module(f"{COLLECTION}.module_utils._aws.accounts")
    return {"module": module.client, "accounts": accounts.Accounts(module).client}


# In other accounts, a Connection asks Image Builder, and makes its own retries.
@pytest.mark.parametrize(
    ("how", "service"),
    [
        (how, service)
        for service in ASKED
        for how in ("module", "accounts")
        if (how, service) != ("accounts", "imagebuilder")
    ],
)
def test_an_answer_that_breaks_off_is_asked_for_again(made, how, service, monkeypatch):
    from botocore.httpsession import URLLib3Session

    method, parameters, text, member = ASKED[service]
    wire = Wire(text)
    monkeypatch.setattr(URLLib3Session, "send", wire.send)
    assert getattr(made[how](service), method)(**parameters)[member]
    assert wire.asked == 2


def test_a_client_with_retries_around_it_is_no_exception(made, monkeypatch):
    from botocore.httpsession import URLLib3Session

    from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

    wire = Wire(IDENTITY)
    monkeypatch.setattr(URLLib3Session, "send", wire.send)
    client = made["module"]("sts", retry_decorator=AWSRetry.jittered_backoff())
    assert client.get_caller_identity(aws_retry=True)["Account"] == "123456789012"
    assert wire.asked == 2
