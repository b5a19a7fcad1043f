"""The local AWS without sockets for the tests of retention, and a fake clock."""

from __future__ import annotations

import importlib
import time

import pytest

from tests.unit.mocked import forget_everything
from tests.unit.plugins.modules.retention.users import SHARED
from tests.unit.plugins.modules.retention.world import EVERYTHING
from tests.unit.plugins.modules.retention.world import Passing
from tests.unit.plugins.modules.retention.world import PLUGINS
from tests.unit.plugins.modules.retention.world import Rollouts
from tests.unit.plugins.modules.retention.world import SOURCE


@pytest.fixture(autouse=True)
def time_passes(monkeypatch):
    """Advances a fake clock instead of sleeping. Returns what counts the seconds and calls functions meanwhile."""
    passing = Passing()
    lifecycle = importlib.import_module(f"{PLUGINS}.module_utils._aws.rollout.lifecycle").Lifecycle
    begin = lifecycle.__init__

    def init(self, connection, accounts, params, interruption):
        clocks = (lambda: passing.seconds, lambda: time.time() + passing.seconds)
        begin(self, connection, accounts, params, interruption, passing.sleep, *clocks)

    monkeypatch.setattr(lifecycle, "__init__", init)
    return passing


@pytest.fixture
def world(_mocked):
    from moto.imagebuilder.switches import switches

    switches.set(image_transition_polls=0)
    yield Rollouts()
    forget_everything()


@pytest.fixture
def shared(world):
    """An account that may launch the AMIs, and in which a role can be assumed."""
    world.role(SHARED, "ImageReader", {"AWS": f"arn:aws:iam::{SOURCE}:root"}, EVERYTHING)
    return world
