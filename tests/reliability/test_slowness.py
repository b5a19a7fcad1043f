"""A write whose answer comes too late is done once, and reported as done."""

from __future__ import annotations

import pytest

from tests.reliability import slowness
from tests.reliability.module_runs import Scene
from tests.reliability.world import ReliabilityWorld


# The long form has all kinds of work.
@pytest.mark.parametrize("work", ["an update", "a deletion", "a rollout", "an attachment"])
def test_a_write_whose_answer_comes_too_late(world: ReliabilityWorld, scene: Scene, work: str) -> None:
    assert slowness.outwaited(world, scene.makers[work])
