"""The local AWS without sockets for the tests of retention, and time that flies."""

from __future__ import annotations

import importlib
import time

import pytest

from tests.unit.plugins.modules.retention.world import HOME
from tests.unit.plugins.modules.retention.world import Passing
from tests.unit.plugins.modules.retention.world import PLUGINS
from tests.unit.plugins.modules.retention.world import SOURCE
from tests.unit.plugins.modules.retention.world import World


@pytest.fixture(scope="module")
def _moto():
    """One for all tests here: to start it takes longer than a test."""
    import moto

    from tests.local_aws import attach
    from tests.local_aws.environment import environment

    attach()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment("", HOME, SOURCE).items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL")
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with moto.mock_aws():
            yield


@pytest.fixture(scope="module")
def _session(_moto):
    import boto3

    return boto3.session.Session()


@pytest.fixture(autouse=True)
def _one_session(_session, monkeypatch):
    """For all runs of the module: a new one reads the service models again, which takes longer than the rest."""
    import boto3

    monkeypatch.setattr(boto3.session, "Session", lambda **dummy: _session)


@pytest.fixture(autouse=True)
def time_passes(monkeypatch):
    """Nothing waits: a sleep moves the clock on instead. Gives what sees the seconds, and what is called meanwhile."""
    passing = Passing()
    lifecycle = importlib.import_module(f"{PLUGINS}.module_utils._aws.rollout.lifecycle").Lifecycle
    begin = lifecycle.__init__

    def init(self, connection, accounts, params, interruption):
        clocks = (lambda: passing.seconds, lambda: time.time() + passing.seconds)
        begin(self, connection, accounts, params, interruption, passing.sleep, *clocks)

    monkeypatch.setattr(lifecycle, "__init__", init)
    return passing


@pytest.fixture
def world(_moto):
    from moto.core.base_backend import BackendDict
    from moto.imagebuilder.switches import switches
    from moto.imagebuilder.trouble import troubles

    switches.set(image_transition_polls=0)
    yield World()
    BackendDict.reset()
    switches.reset()
    troubles.clear()
