"""A killed run is completed by the next one, which reports what was left to do."""

from __future__ import annotations

import pytest

from tests.reliability import kills
from tests.reliability.works import Scene

# The long form has all kinds of work, and every moment of every request.
WORKS = [work for work in Scene(None).names if work != "a set"]


@pytest.mark.parametrize("work", WORKS)
def test_killed_at_every_write(world, scene, work):
    assert list(kills.killed(world, scene.names[work], everywhere=False))
