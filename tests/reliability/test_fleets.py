"""Many configurations at once; the long form has 200 in storms and reads 2,000."""

from __future__ import annotations

from tests.reliability import fleets
from tests.reliability.world import ReliabilityWorld


def test_a_set_in_storms(world: ReliabilityWorld) -> None:
    seen = fleets.storms_over_many(world, 1, 12, lambda _text: None)
    assert seen["entries"] == 3 * 5 * 12
    assert seen["faults"] > seen["entries"] / 2


def test_all_are_read_once(world: ReliabilityWorld) -> None:
    # More than two pages.
    seen = fleets.all_read(world, 1, 230, lambda _text: None)
    assert seen["read"] == 2 * 230
    assert seen["faults"] > 50
