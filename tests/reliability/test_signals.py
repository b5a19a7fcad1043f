"""A run that gets a signal reports what it has done, and the next run completes it."""

from __future__ import annotations

import pytest

from tests.reliability import signals
from tests.reliability.module_runs import Scene
from tests.reliability.world import ReliabilityWorld


@pytest.mark.parametrize("number", signals.SIGNALS)
@pytest.mark.parametrize("work", ["a rollout", "a retirement"])
def test_signalled_at_every_request(world: ReliabilityWorld, scene: Scene, work: str, number: int) -> None:
    assert list(signals.signalled(world, scene.makers[work], number, everywhere=False))
