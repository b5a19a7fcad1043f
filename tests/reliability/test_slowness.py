"""A write whose answer comes too late is done once, and reported as done."""

from __future__ import annotations

import pytest

from tests.reliability import slowness


# The long form has all kinds of work.
@pytest.mark.parametrize("work", ["an update", "a deletion", "a rollout", "an attachment"])
def test_a_write_whose_answer_comes_too_late(world, scene, work):
    assert slowness.outwaited(world, scene.names[work])
