"""Faults of the service and of the network: the life of configurations, and rollouts, under every mixture of faults."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

from tests.reliability import truth
from tests.reliability.module_runs import ModuleRun
from tests.reliability.wanted import gone
from tests.reliability.wanted import wanted_configuration
from tests.reliability.wanted import WantedConfiguration
from tests.reliability.world import carried_out
from tests.reliability.world import ReliabilityWorld

# The chances of each kind of fault for one request.
FAULTS = {
    "rate limits": {"throttled": 0.2},
    "5xx": {"failing": 0.1},
    "lost answers": {"lost": 0.05},
    "slow answers": {"slow": 0.1, "milliseconds": 5.0},
    "resets": {"reset_before": 0.05, "reset_after": 0.05},
}
# Unrealistic, but here the last attempt, and the read that follows it, often fail as well.
HURRICANE = {"reset_before": 0.15, "reset_after": 0.25, "lost": 0.15, "cut": 0.1, "failing_late": 0.1}


def mixtures() -> dict[str, dict[str, float]]:
    """Every combination of faults, by its contents, and the hurricane."""
    mixed = {}
    for count in range(1, len(FAULTS) + 1):
        for names in itertools.combinations(FAULTS, count):
            mixed[" + ".join(names)] = {key: value for name in names for key, value in FAULTS[name].items()}
    return {**mixed, "hurricane": HURRICANE}


def life(name: str) -> list[WantedConfiguration]:
    """The stages of a configuration: created, changed, retagged, left alone, removed."""
    return [
        wanted_configuration(name, "us-east-1", "eu-west-1"),
        wanted_configuration(
            name, "us-east-1", "ap-southeast-2", text="New", tags={"Team": "platform", "Stage": "test"}
        ),
        wanted_configuration(name, "us-east-1", "ap-southeast-2", text="New", tags={"Stage": "production"}),
        wanted_configuration(name, "us-east-1", "ap-southeast-2", text="New", tags={"Stage": "production"}),
        gone(name),
    ]


def life_under_faults(
    world: ReliabilityWorld, mixture: dict[str, float], seed: int, names: list[str], single: bool
) -> Counter[str]:
    """Run the life of some configurations, all at once or one by one, and check every report.

    Returns how often each thing happened: entries, failed, unknown, requests, faults, tokens.
    """
    seen: Counter[str] = Counter()
    world.aws.clear_requests()
    connection = world.connection()
    for stage in zip(*map(life, names)):
        before = {each.name: world.stored(each.name) for each in stage}
        world.aws.random_faults(seed, mixture)
        groups = [[each] for each in stage] if single else [list(stage)]
        done = [
            outcome
            for group in groups
            for outcome in world.ensure(connection, [each.options for each in group], single=single)
        ]
        world.aws.clear_random_faults()
        calls = world.aws.requests("imagebuilder")
        for each, outcome in zip(stage, done):
            error = str(outcome.error or "")
            truth.check_report(outcome, calls, before[each.name], world.stored(each.name), each.stored)
            seen["entries"] += 1
            seen["failed"] += bool(error)
            seen["unknown"] += truth.says_unknown(error)
        truth.check_nothing_double(calls)
        seen["tokens"] += truth.check_tokens(calls)
        seen["requests"] += len(calls)
        seen["faults"] += sum(call["fault"] is not None for call in calls)
        world.aws.clear_requests()
        _converge(world, stage)
    return seen


def _converge(world: ReliabilityWorld, stage: tuple[WantedConfiguration, ...]) -> None:
    """Assert that without faults the next run does what is left, and reports only that."""
    before = {each.name: world.stored(each.name) for each in stage}
    for each, outcome in zip(stage, world.ensure(world.connection(), [each.options for each in stage])):
        calls = world.aws.requests("imagebuilder")
        truth.check_report(outcome, calls, before[each.name], world.stored(each.name), each.stored)
    world.aws.clear_requests()


def single_runs(
    world: ReliabilityWorld, makes: list[Callable[[], ModuleRun]], mixture: dict[str, float], seed: int
) -> Counter[str]:
    """Do work under these faults, which affect all services; do again without faults what failed.

    makes: as in module_runs.Scene.
    """
    seen: Counter[str] = Counter()
    for make in makes:
        work = make()
        world.aws.clear_requests()
        world.aws.random_faults(seed, mixture, service=None)
        result = world.run(work.module, work.options)
        world.aws.clear_random_faults()
        calls = world.aws.requests()
        told = f"{result.get('msg', '')} {result.get('repairs', '')}"
        story = f"{told}, changed={result.get('changed')}, {result.get('outcome')}\n{carried_out(calls)}"
        # A module that fails at its start does not report `changed`.
        changed = result.get("changed", False)
        if not (changed and truth.says_unknown(told)):
            assert changed == bool(carried_out(calls)), story
        seen["entries"] += 1
        seen["failed"] += bool(result.get("failed"))
        seen["unknown"] += truth.says_unknown(told)
        seen["requests"] += len(calls)
        seen["faults"] += sum(call["fault"] is not None for call in calls)
        if result.get("failed"):
            again = world.run(work.module, work.options)
            assert not again.get("failed"), again
            calls = world.aws.requests()
        assert work.done(), story
        seen["tokens"] += truth.check_tokens(calls)
    return seen
