"""What unit tests share: a service model, a connection without sockets, modules run in this process."""

from __future__ import annotations

import gc
import importlib
import json
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import botocore_once
from tests.unit import sent
from tests.unit.mocked import mocked

REGION = "us-west-2"
ACCOUNT = "123456789012"
COLLECTION = "ansible_collections.goldimage.aws.plugins"

# What botocore has read is large and is kept; collecting garbage in it as often as usual takes a tenth of the time.
gc.set_threshold(100_000, 20, 100)


def pytest_sessionfinish() -> None:
    """At its end, pytest twice looks for garbage, among a million objects that are none. This finds what there is."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def service_model():
    """botocore's service model of Image Builder."""
    import botocore.session

    return botocore.session.get_session().get_service_model("imagebuilder")


@pytest.fixture(scope="session", autouse=True)
def botocore_made_once() -> Iterator[None]:
    """A module creates new sessions and clients, which would take most of a test's time."""
    with pytest.MonkeyPatch.context() as patch:
        botocore_once.share_what_is_always_the_same(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def tracebacks_without_carets() -> Iterator[None]:
    """Modules put tracebacks into their errors. Python parses each line of one to mark a part of it with carets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traceback, "_extract_caret_anchors_from_line_segment", lambda segment: None, raising=False)
        yield


@pytest.fixture(autouse=True)
def time_that_flies(monkeypatch):
    """Nothing waits between requests: a sleep only moves the clock forward."""
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    pace = importlib.import_module(f"{COLLECTION}.module_utils._aws.retries")
    monkeypatch.setattr(pace.Pace.__init__, "__defaults__", (sleep, lambda: now[0]))
    interruption = importlib.import_module(f"{COLLECTION}.module_utils._aws.interruption")
    monkeypatch.setattr(interruption.Interruption, "sleep", lambda self, seconds: sleep(seconds))


@pytest.fixture
def aws():
    """The local AWS in this process; gives moto's Image Builder backends by account and Region."""
    with mocked(REGION, ACCOUNT):
        import moto.imagebuilder

        yield moto.imagebuilder.imagebuilder_backends


@pytest.fixture
def connection(aws):
    """A Connection to the local AWS that never sleeps."""
    import boto3
    from botocore.config import Config

    pace = importlib.import_module(f"{COLLECTION}.module_utils._aws.retries")
    module = importlib.import_module(f"{COLLECTION}.module_utils._aws.module")
    client = boto3.client("imagebuilder", region_name=REGION, config=Config(retries={"total_max_attempts": 1}))
    return module.Connection(client, lambda: (ACCOUNT, "aws"), pace.Pace(sleep=lambda seconds: None))


@pytest.fixture
def run_module(monkeypatch, capsys):
    """Runs a module's main() in this process: run_module("imagebuilder_distribution", {...}) -> its result."""
    from ansible.module_utils import basic

    def run(name, options, check_mode=False, diff=False):
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", sent.arguments({"region": REGION, **options}, check_mode, diff))
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        module = importlib.import_module(f"{COLLECTION}.modules.{name}")
        with pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture(scope="session")
def root():
    """The folder of the collection."""
    return Path(__file__).parents[2]
