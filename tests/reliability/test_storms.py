"""Every combination of faults, for one configuration and for several at once."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.reliability import storms


@pytest.mark.parametrize("single", [True, False], ids=["one by one", "at once"])
def test_what_is_stored_is_what_was_asked_for_and_what_is_said_is_true(world, single):
    total: Counter[str] = Counter()
    for number, (mixture, chances) in enumerate(storms.mixtures().items()):
        # Every other one each way, since both ways share all but their end; the long form has all.
        if number % 2 == single:
            seen = storms.weather(world, chances, number, [f"storm-{number}-{letter}" for letter in "ab"], single)
            assert seen["entries"] == 10, mixture
            total += seen
    assert total["faults"] > total["entries"] / 2


def test_where_nothing_can_be_known_that_is_said(world):
    total: Counter[str] = Counter()
    for seed in range(4):
        names = [f"hurricane-{seed}-{letter}" for letter in "abc"]
        total += storms.weather(world, storms.HURRICANE, seed, names, single=False)
    # Some writes had no certain answer to the end, and neither had the look that followed.
    assert total["unknown"]
    assert total["failed"] > total["unknown"]
