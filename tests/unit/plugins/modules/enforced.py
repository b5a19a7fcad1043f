"""The local AWS in this process with IAM enforced. Modules run as a user with certain permissions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import boto3
import yaml

from tests.unit.local_aws.stage import put_role
from tests.unit.mocked import forget_everything
from tests.world import account_root
from tests.world import document
from tests.world import trusting

REGION, AWAY = "us-west-2", "eu-west-1"
SOURCE, TARGET = "123456789012", "111122223333"
READER = "ImageReader"
ACTION = re.compile(r"\b[a-z0-9-]+:[A-Z][A-Za-z]+\b")
# AWS's own words, which name the action whatever the module says.
_REFUSAL = re.compile(
    r"User: \S+ is not authorized to perform: [\w-]+:\w+"
    r"( on resource: \S+ because no identity-based policy allows the \S+ action)?"
)

# What moto does not have: service of botocore and operation -> the body of an answer where all is well.
LACKING = {
    ("ec2", "DescribeExportImageTasks"): "<R><exportImageTaskSet/></R>",
}


def documented(name: str, plugins: str) -> set[str]:
    """Every action in the notes of a module's documentation, and in those of modules that they refer to."""
    import importlib

    notes = " ".join(yaml.safe_load(importlib.import_module(f"{plugins}.modules.{name}").DOCUMENTATION)["notes"])
    actions = set(re.findall(r"C\(([a-z0-9-]+:[A-Z][A-Za-z]+)\)", notes))
    for other in re.findall(r"permissions of M\(goldimage\.aws\.(\w+)\)", notes):
        actions |= documented(other, plugins)
    return actions


def named(result: dict[str, Any]) -> set[str]:
    """The actions that a module's result names in its own words."""
    own = {key: value for key, value in result.items() if key not in ("invocation", "exception", "error")}
    return set(ACTION.findall(_REFUSAL.sub("", json.dumps(_without_policies(own)))))


def _without_policies(value: Any) -> Any:
    """The result of a module without the policies in it."""
    if isinstance(value, dict):
        named_so = ("policy", "trust_policy", "diff")
        return {key: _without_policies(content) for key, content in value.items() if key not in named_so}
    return [_without_policies(item) for item in value] if isinstance(value, list) else value


class Enforced:
    """Accounts in moto. Tests may do everything to prepare them; `run` has only the permissions that it is given."""

    def __init__(self, run_module: Callable[..., dict[str, Any]]) -> None:
        self._run_module = run_module
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._keys: dict[str, str] | None = None

    def reset(self) -> None:
        """Empties the accounts."""
        from moto.imagebuilder.switches import switches

        forget_everything()
        switches.set(image_transition_polls=0, assumable_roles=("x", READER))
        self._keys = None
        self._clients = {name: client for name, client in self._clients.items() if name[2] == SOURCE}

    def client(self, service: str, region: str = REGION, account: str = SOURCE) -> Any:
        """A client that may do everything."""
        if (service, region, account) not in self._clients:
            keys = {}
            if account != SOURCE:
                got = self.client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/x", RoleSessionName="xx")
                keys = {
                    "aws_access_key_id": got["Credentials"]["AccessKeyId"],
                    "aws_secret_access_key": got["Credentials"]["SecretAccessKey"],
                    "aws_session_token": got["Credentials"]["SessionToken"],
                }
            self._clients[service, region, account] = boto3.client(service, region_name=region, **keys)
        return self._clients[service, region, account]

    def run(self, name: str, options: dict[str, Any], allowed: set[str] | None, check_mode: bool = False) -> Any:
        """Runs a module as a user with these permissions, also in target accounts; None for all."""
        from tests.local_aws.enforcement import iam_enforced

        if allowed is None:
            return self._run_module(name, options, check_mode)
        from moto.iam.models import iam_backends

        policy = document({"Effect": "Allow", "Action": sorted(allowed) or "none:Nothing", "Resource": "*"})
        put_role(READER, document(trusting(account_root(SOURCE))), policy, account=TARGET)
        iam = iam_backends[SOURCE]["aws"]
        if self._keys is None:
            iam.create_user(REGION, "caller")
            key = iam.create_access_key("caller")
            self._keys = {"access_key": key.access_key_id, "secret_key": key.secret_access_key}
        iam.put_user_policy("caller", "allowed", json.dumps(policy))
        with iam_enforced():
            return self._run_module(name, {**options, **self._keys}, check_mode)


@contextmanager
def answers_for_what_moto_lacks() -> Iterator[None]:
    """moto's IAM judges these requests too; an allowed request gets the answer above."""
    from moto.core.botocore_stubber import BotocoreStubber

    ask_moto = BotocoreStubber.__call__

    def ask(self: Any, event_name: str, request: Any, **more: Any) -> Any:
        _before_send, service, operation = event_name.split(".")
        if (service, operation) in LACKING:
            return _answer(service, operation, request)
        return ask_moto(self, event_name, request, **more)

    with patch.object(BotocoreStubber, "__call__", ask):
        yield


def _answer(service: str, operation: str, request: Any) -> Any:
    from moto import settings
    from moto.core.authorization import ActionAuthenticatorMixin
    from moto.core.exceptions import AccessDeniedError
    from moto.iam.access_control import IAMRequest
    from moto.sts.models import sts_backends

    headers = {key: value.decode() if isinstance(value, bytes) else value for key, value in request.headers.items()}
    if ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT:
        key = headers["Authorization"].split("Credential=")[1].split("/")[0]
        in_target = any(one.access_key_id == key for one in sts_backends[TARGET]["aws"].assumed_roles)
        account = TARGET if in_target else SOURCE
        try:
            IAMRequest(account, request.method, "/", {}, b"", headers, operation).check_action_permitted("*")
        except AccessDeniedError as error:
            return refusal(request, "AccessDeniedException", error.message, 403)
    return response(request, 200, {}, LACKING[service, operation].encode())


def refusal(request: Any, code: str, message: str, status: int) -> Any:
    """A refusal in the form of the service that is asked, for botocore to read."""
    from tests.local_aws.error_forms import error_answer

    status, headers, content = error_answer(signed_for(request), code, message, status)
    return response(request, status, dict(headers), b"" if request.method == "HEAD" else content)


def signed_for(request: Any) -> str:
    """The name of the service in a request's signature."""
    authorization = request.headers["Authorization"]
    text = authorization.decode() if isinstance(authorization, bytes) else authorization
    return text.split("Credential=")[1].split(",")[0].split("/")[3]


def response(request: Any, status: int, headers: dict[str, str], content: bytes) -> Any:
    """An answer for botocore to read."""
    from botocore.awsrequest import AWSResponse
    from moto.core.botocore_stubber import MockRawResponse

    return AWSResponse(request.url, status, headers, MockRawResponse(content))
