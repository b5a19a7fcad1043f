"""A run that gets a signal reports what it has done, and the next run completes it."""

from __future__ import annotations

import pytest

from tests.reliability import signals


@pytest.mark.parametrize("number", signals.SIGNALS)
@pytest.mark.parametrize("work", ["a rollout", "a retirement"])
def test_signalled_at_every_request(world, scene, work, number):
    assert list(signals.signalled(world, scene.names[work], number, everywhere=False))
