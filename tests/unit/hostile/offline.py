"""Modules run in this process that end with their first request: everything up to then was accepted."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import traceback
from functools import cache
from typing import Any
from typing import NamedTuple

from tests.unit import sent

REGION = "us-west-2"
PLUGINS = "ansible_collections.goldimage.aws.plugins"

# What no result may contain: the signs of a crash.
CRASHES = ("Traceback", "MODULE FAILURE", "KeyError", "AttributeError", "TypeError", "unexpected ")


class FirstRequest(BaseException):
    """Raised instead of a request. Not an Exception, so that nothing handles it as a broken connection."""


class Ended(NamedTuple):
    """How a module ended: with C(result), or with a request, C(operation)."""

    result: dict[str, Any] | None
    operation: str | None

    @property
    def message(self) -> str:
        """The error, empty if the options were accepted."""
        return (self.result or {}).get("msg", "")


@cache
def _session() -> Any:
    import boto3

    class Session(boto3.session.Session):
        # As boto3's own, except that each client is created once.
        client = cache(boto3.session.Session.client)

    return Session(
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="a-secret-access-key-that-opens-nothing"
    )


def share_session(monkeypatch: Any) -> None:
    """All modules share the same clients, with invalid credentials, so that service models are read only once."""
    import boto3
    import botocore.session

    shared = _session()

    class Shared:
        def __getattr__(self, name: str) -> Any:
            return getattr(shared, name)

        def client(self, service: str, region_name: str | None = None, **_more: Any) -> Any:
            return shared.client(service, region_name=region_name or REGION)

    monkeypatch.setattr(boto3.session, "Session", lambda **_arguments: Shared())
    monkeypatch.setattr(botocore.session, "get_session", lambda *_arguments: shared._session)


def go_offline(monkeypatch: Any) -> None:
    """End modules at their first request."""
    import botocore.client

    def refuse(_client: Any, operation: str, _parameters: Any) -> None:
        raise FirstRequest(operation)

    share_session(monkeypatch)
    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse)


def run(name: str, options: dict[str, Any], monkeypatch: Any, check_mode: bool = False) -> Ended:
    """Run one module with one set of options."""
    from ansible.module_utils import basic

    arguments = sent.arguments({"region": REGION, **options}, check_mode, diff=True)
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", arguments)
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            module.main()
    except SystemExit:
        return Ended(json.loads(output.getvalue()), None)
    except FirstRequest as request:
        return Ended(None, str(request))
    except Exception as error:
        # Ansible would report MODULE FAILURE.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return Ended({"failed": True, "msg": repr(error), "exception": f"{frame.filename}:{frame.lineno}"}, None)
    raise AssertionError(f"{name} ended without a result")


def names(ended: Ended, path: str) -> bool:
    """Whether a line of the module's error begins with an option path, or with one below it."""
    lines = [line.removeprefix("- ") for line in ended.message.splitlines()]
    return any(line.startswith((f"{path}:", f"{path}[", f"{path}.")) for line in lines)


def crashed(ended: Ended) -> bool:
    """Whether a module ended with an internal error."""
    text = json.dumps(ended.result or {})
    return any(mark in text for mark in CRASHES) or bool((ended.result or {}).get("exception"))
