"""The local AWS in this process, once for all tests of a file, because starting it takes longer than most tests."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.conftest import COLLECTION
from tests.unit.mocked import mocked
from tests.unit.plugins.modules.enforced import answers_for_what_moto_lacks
from tests.unit.plugins.modules.enforced import Enforced
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import SOURCE
from tests.unit.plugins.modules.requests_log import RequestsLog


@pytest.fixture(scope="module")
def _mocked() -> Iterator[None]:
    import boto3.session

    with answers_for_what_moto_lacks(), mocked(REGION, SOURCE) as patch:
        # Making sessions and clients takes longer than most requests.
        patch.setattr(boto3.session.Session, "client", shared_clients(boto3.session.Session.client))
        patch.setattr(boto3.session, "Session", functools.cache(boto3.session.Session))
        yield


def shared_clients(make: Callable[..., Any]) -> Callable[..., Any]:
    """A method of boto3's sessions that makes a client once for the same arguments."""
    made: dict[Any, Any] = {}

    def client(session: Any, service: str, region_name: str | None = None, config: Any = None, **more: Any) -> Any:
        key = (
            session,
            service,
            region_name,
            repr(config and config._user_provided_options),
            repr(sorted(more.items())),
        )
        if key not in made:
            made[key] = make(session, service, region_name=region_name, config=config, **more)
        return made[key]

    return client


@pytest.fixture
def here(_mocked, run_module, monkeypatch):
    """The accounts, which are empty."""
    for name, pause in (("role_propagation", "_PAUSE"), ("roles", "PAUSE")):
        monkeypatch.setattr(importlib.import_module(f"{COLLECTION}.module_utils._aws.iam.{name}"), pause, 0.01)
    made = Enforced(run_module)
    made.patch = monkeypatch
    made.reset()
    return made


@pytest.fixture
def requests(aws, monkeypatch):
    """The requests to the local AWS, and the errors with which it answers."""
    return RequestsLog(monkeypatch)
