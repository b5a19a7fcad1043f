"""Many configurations at once: a set of them under faults, and all of them read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.reliability import storms
from tests.reliability.wanted import stored_configuration
from tests.reliability.world import ReliabilityWorld

# Retries overcome both, so reading has no reason to fail.
_PASSING = {**storms.FAULTS["rate limits"], **storms.FAULTS["5xx"]}


def storms_over_many(world: ReliabilityWorld, seed: int, count: int, tell: Callable[[str], None]) -> Counter[str]:
    """Run the whole life of `count` configurations at once, under three mixtures of faults."""
    total: Counter[str] = Counter()
    everything = storms.mixtures()[" + ".join(storms.FAULTS)]
    faults = {
        "everything": everything,
        "rate limits": storms.FAULTS["rate limits"],
        "hurricane": storms.HURRICANE,
    }
    for kind, chances in faults.items():
        names = [f"fleet-{kind.split()[0]}-{number:04d}" for number in range(count)]
        total += storms.life_under_faults(world, chances, seed, names, single=False)
        tell(f"{count} configurations, {kind}")
    return total


def all_read(world: ReliabilityWorld, seed: int, count: int, tell: Callable[[str], None]) -> Counter[str]:
    """Have imagebuilder_distribution_info read `count` configurations with all details, none missing or twice."""
    total: Counter[str] = Counter()
    planted = [
        stored_configuration(f"read-{number:04d}", "us-east-1", "eu-west-1", text=str(number))
        for number in range(count)
    ]
    for each in planted:
        world.aws.plant(each)
    fair: dict[str, float] = {}
    for chances in (fair, _PASSING):
        world.aws.clear_requests()
        world.aws.random_faults(seed, chances)
        child = world.module("imagebuilder_distribution_info", {"filters": {"name": "read-*"}})
        result = child.result()
        world.aws.clear_random_faults()
        calls = world.aws.requests("imagebuilder")
        assert not result.get("failed"), result
        listed = [(one["name"], one["description"]) for one in result["distribution_configurations"]]
        assert listed == [(each["name"], each["description"]) for each in planted]
        total["read"] += len(listed)
        total["requests"] += len(calls)
        total["faults"] += sum(call["fault"] is not None for call in calls)
        tell(f"{count} read with {len(calls)} requests and {child.memory} MB")
    return total
