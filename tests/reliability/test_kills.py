"""A killed run is completed by the next one, which reports what was left to do."""

from __future__ import annotations

import pytest

from tests.reliability import kills
from tests.reliability.module_runs import RUNS
from tests.reliability.module_runs import Scene
from tests.reliability.world import ReliabilityWorld

# The long form has all kinds of work, and every moment of every request.
KINDS = [work for work in RUNS if work != "a set"]


@pytest.mark.parametrize("work", KINDS)
def test_killed_at_every_write(world: ReliabilityWorld, scene: Scene, work: str) -> None:
    assert list(kills.killed(world, scene.makers[work], everywhere=False))
