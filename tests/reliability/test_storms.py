"""Every combination of faults, for one configuration and for several at once."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.reliability import storms
from tests.reliability.module_runs import Scene
from tests.reliability.world import ReliabilityWorld


@pytest.mark.parametrize("names", [["a"], ["a", "b"]], ids=["one", "several at once"])
def test_what_is_stored_is_what_was_asked_for_and_the_report_is_true(world: ReliabilityWorld, names: list[str]) -> None:
    total: Counter[str] = Counter()
    for number, (mixture, chances) in enumerate(storms.mixtures().items()):
        # Every second mixture with each module, since both share most code; the long form has all.
        if number % 2 == (len(names) == 1):
            continue
        here = [f"storm-{number}-{name}" for name in names]
        seen = storms.life_under_faults(world, chances, number, here, single=len(names) == 1)
        assert seen["entries"] == 5 * len(names), mixture
        total += seen
    assert total["faults"] > total["entries"] / 2


def test_an_unknown_outcome_is_reported_as_unknown(world: ReliabilityWorld) -> None:
    total: Counter[str] = Counter()
    for seed in range(3):
        names = [f"hurricane-{seed}-{letter}" for letter in "abc"]
        total += storms.life_under_faults(world, storms.HURRICANE, seed, names, single=False)
    # Some writes never had a certain answer, nor had the read that followed.
    assert total["unknown"]
    assert total["failed"] > total["unknown"]


def test_everything_else_under_faults(world: ReliabilityWorld, scene: Scene) -> None:
    total: Counter[str] = Counter()
    everything = storms.mixtures()[" + ".join(storms.FAULTS)]
    for seed, mixture in enumerate([everything, storms.HURRICANE]):
        makes = [scene.start, scene.retry, scene.cancel, scene.attach, scene.repair]
        total += storms.single_runs(world, makes, mixture, seed)
    assert total["faults"] > total["entries"]
