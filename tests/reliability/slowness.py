"""A service that answers later than the modules wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.reliability import truth
from tests.reliability.kills import undisturbed
from tests.reliability.module_runs import ModuleRun
from tests.reliability.world import carried_out
from tests.reliability.world import is_write
from tests.reliability.world import ReliabilityWorld

# Seconds that a module waits here, instead of botocore's default of a minute.
PATIENCE = 0.5
DELAY = 1.6 * PATIENCE


def outwaited(world: ReliabilityWorld, make: Callable[[], ModuleRun]) -> int:
    """Do work whose writes are carried out, but answered too late each time. Returns how many writes it has.

    The module reads back that it was done and reports it, and the next run changes nothing.
    """
    writes = [call for call in undisturbed(world, make) if is_write(call)]
    for call in writes:
        world.aws.latency(1000 * DELAY, service=call["service"], operation=call["operation"])
    world.aws.clear_requests()
    work = make()
    result = world.run(work.module, {**work.options, "aws_config": {"read_timeout": PATIENCE}})
    world.aws.clear_latency()
    # What nobody waited for is still carried out.
    time.sleep(2 * DELAY)
    calls = world.aws.requests()
    story = f"{result}\n{truth.writes_of(calls)}"
    assert not result.get("failed"), story
    assert result["changed"], story
    assert work.done(), story
    truth.check_tokens(calls)
    world.aws.clear_requests()
    again = world.run(work.module, work.options)
    assert not again.get("failed"), again
    assert again["changed"] is False, again
    assert carried_out(world.aws.requests()) == [], again
    return len(writes)
