"""Two Regions full of configurations, changed repeatedly under faults: whether anything grows or is lost."""

from __future__ import annotations

import random
import resource
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import TYPE_CHECKING

from tests.local_aws.faults import LoggedCall
from tests.reliability import truth
from tests.reliability.module_runs import DISTRIBUTION
from tests.reliability.module_runs import SET
from tests.reliability.storms import HURRICANE
from tests.reliability.storms import mixtures
from tests.reliability.wanted import gone
from tests.reliability.wanted import wanted_configuration
from tests.reliability.wanted import WantedConfiguration
from tests.reliability.world import carried_out
from tests.reliability.world import ReliabilityWorld

if TYPE_CHECKING:
    from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import Connection

REGIONS = ("us-east-1", "eu-west-1")
TARGETS = ("us-east-1", "eu-west-1", "ap-southeast-2", "sa-east-1", "us-west-2")


def soak(world: ReliabilityWorld, seed: int, seconds: float, count: int, tell: Callable[[str], None]) -> Counter[str]:
    """Have the set module bring both Regions, at the same time, to one state after the other until the time is over.

    In every round some configurations change, some lose or get tags, some are removed or created again, most are
    unchanged. The faults change each round, and what failed is done again without any. Every outcome is checked.

    count: configurations in each Region. tell: called with a line for each round. Returns what happened, memory in MB.
    """
    dice = random.Random(seed)
    total: Counter[str] = Counter()
    states: dict[str, dict[str, WantedConfiguration]] = {
        region: {f"soak-{number}": gone(f"soak-{number}") for number in range(count)} for region in REGIONS
    }
    deadline = time.monotonic() + seconds
    memory: list[int] = []
    connection = {region: world.connection(region) for region in REGIONS}
    while not total["rounds"] or time.monotonic() < deadline:
        total["rounds"] += 1
        faults = HURRICANE if total["rounds"] % 10 == 0 else dice.choice(list(mixtures().values()))
        wanted = {region: _next(dice, states[region], total["rounds"]) for region in REGIONS}
        world.aws.clear_requests()
        world.aws.random_faults(seed * 1000 + total["rounds"], faults)
        children = {region: world.module(SET, _options(wanted[region]), region) for region in REGIONS}
        results = {region: child.result() for region, child in children.items()}
        world.aws.clear_random_faults()
        memory.append(max(child.memory for child in children.values()))
        for region in REGIONS:
            calls = [call for call in world.aws.requests("imagebuilder") if call["region"] == region]
            _check(world, region, results[region], states[region], wanted[region], calls, total)
            total["again"] += _again(world, connection[region], results[region], wanted[region])
        states = wanted
        _one_by_one(world, dice, states, total)
        tell(
            f"round {total['rounds']}: {total['entries']} entries, {total['requests']} requests, {total['faults']}"
            f" faults, module {memory[-1]} MB, this process {_memory()} MB, service {_service_memory(world)} MB"
        )
    for region in REGIONS:
        for name, each in states[region].items():
            assert world.stored(name, region) == each.stored, name
    half = len(memory) // 2
    total["module MB in the first half"] = max(memory[: half or 1])
    total["module MB in the second half"] = max(memory[half:])
    total["this process MB"] = _memory()
    total["service MB"] = _service_memory(world)
    return total


def _next(dice: random.Random, state: dict[str, WantedConfiguration], number: int) -> dict[str, WantedConfiguration]:
    """The next state of each configuration. The first round creates all of them."""
    return {name: _changed(dice, name, each) if number > 1 else _made(dice, name) for name, each in state.items()}


def _changed(dice: random.Random, name: str, now: WantedConfiguration) -> WantedConfiguration:
    if now.stored is None:
        return _made(dice, name) if dice.random() < 0.7 else now
    drawn = dice.random()
    if drawn < 0.7:
        return now
    if drawn < 0.8:
        return _made(dice, name)
    if drawn < 0.93:
        regions = [entry["region"] for entry in now.options["distributions"]]
        return wanted_configuration(name, *regions, text=now.options["description"], tags=_tags(dice))
    return gone(name)


def _made(dice: random.Random, name: str) -> WantedConfiguration:
    regions = dice.sample(TARGETS, dice.randint(1, 4))
    return wanted_configuration(name, *regions, text=f"Version {dice.randint(1, 10**6)}", tags=_tags(dice))


def _tags(dice: random.Random) -> dict[str, str]:
    return {
        key: str(dice.randint(1, 99)) for key in dice.sample(["Team", "Stage", "Cost", "Owner"], dice.randint(1, 4))
    }


def _options(wanted: dict[str, WantedConfiguration]) -> dict[str, Any]:
    return {"distribution_configurations": [each.options for each in wanted.values()]}


def _check(
    world: ReliabilityWorld,
    region: str,
    result: dict[str, Any],
    before: dict[str, WantedConfiguration],
    wanted: dict[str, WantedConfiguration],
    calls: list[LoggedCall],
    total: Counter[str],
) -> None:
    """Check each outcome of the set against the log, and what is stored against what was wanted if it must not fail."""
    assert len(result["outcomes"]) == len(wanted), result.get("msg")
    wrote: dict[str, list[str]] = {}
    for call in carried_out(calls):
        wrote.setdefault((call["resource"] or "").split("/")[-1], []).append(call["operation"])
    for outcome in result["outcomes"]:
        name, action, error = outcome["name"], outcome["action"], outcome["error"] or ""
        story = f"{region} {outcome} {wrote.get(name)}"
        old, new = before[name].stored, wanted[name].stored
        total["entries"] += 1
        if error:
            total["failed"] += 1
            total["unknown"] += truth.says_unknown(error)
            continue
        assert action == truth.expected_action(old, new), story
        assert bool(wrote.get(name)) == (action != "unchanged"), story
        if action != "unchanged":
            assert world.stored(name, region) == new, story
    assert result["changed"] or not wrote, region
    truth.check_nothing_double(calls)
    total["tokens"] += truth.check_tokens(calls)
    total["requests"] += len(calls)
    total["faults"] += sum(call["fault"] is not None for call in calls)


def _again(
    world: ReliabilityWorld, connection: Connection, result: dict[str, Any], wanted: dict[str, WantedConfiguration]
) -> int:
    """Do without faults what failed, in this process, which outlives all rounds. Returns how many."""
    failed = [wanted[outcome["name"]] for outcome in result["outcomes"] if outcome["action"] == "failed"]
    for each, outcome in zip(failed, world.ensure(connection, [each.options for each in failed])):
        assert not outcome.error, outcome.error
        assert world.stored(each.name, connection.region) == each.stored, each.name
    return len(failed)


def _one_by_one(
    world: ReliabilityWorld, dice: random.Random, states: dict[str, dict[str, WantedConfiguration]], total: Counter[str]
) -> None:
    """Change some of them with the module for one configuration, and record that in `states`."""
    for region in REGIONS:
        for name in dice.sample(sorted(states[region]), min(3, len(states[region]))):
            wanted = _changed(dice, name, states[region][name])
            result = world.run(DISTRIBUTION, wanted.options, region)
            assert not result.get("failed"), result
            assert result["changed"] == (wanted.stored != states[region][name].stored), result
            states[region][name] = wanted
            total["single"] += 1


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _service_memory(world: ReliabilityWorld) -> int:
    """The memory of the local AWS in MB. It keeps all tokens that it has seen, as AWS does for a while."""
    status = Path(f"/proc/{world.aws.process_id}/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024
