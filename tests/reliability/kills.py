"""Killed at every request, before, during or after it; and what the next run does."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator

from tests.local_aws.faults import HOLD_AFTER
from tests.local_aws.faults import HOLD_BEFORE
from tests.local_aws.faults import LoggedCall
from tests.reliability import truth
from tests.reliability.module_runs import ModuleRun
from tests.reliability.world import carried_out
from tests.reliability.world import is_write
from tests.reliability.world import ReliabilityWorld

# When the process dies: the service has received the request and drops it; it carries the request out afterwards; it
# has carried it out, and nobody receives the answer.
MOMENTS = ("before", "during", "after")


def undisturbed(world: ReliabilityWorld, make: Callable[[], ModuleRun]) -> list[LoggedCall]:
    """The requests of an undisturbed run; a second run changes nothing."""
    work = make()
    world.aws.clear_requests()
    result = world.run(work.module, work.options)
    calls = world.aws.requests()
    assert result.get("changed"), result
    assert work.done(), result
    assert truth.writes_of(calls), calls
    assert world.run(work.module, work.options)["changed"] is False
    return calls


def killed(world: ReliabilityWorld, make: Callable[[], ModuleRun], everywhere: bool) -> Iterator[str]:
    """Kill a run, and check what the next one does. Yields each moment.

    everywhere: at each request, and at writes in every moment; otherwise at each write, in alternating moments.
    """
    calls = undisturbed(world, make)
    moments = itertools.cycle(MOMENTS[::-1])
    for boundary, call in enumerate(calls):
        if not is_write(call):
            here: tuple[str, ...] = MOMENTS[:1] if everywhere else ()
        else:
            here = MOMENTS if everywhere else (next(moments),)
        for moment in here:
            _kill(world, make(), calls, boundary, moment)
            yield f"{moment} request {boundary}, {call['operation']}"


def _kill(world: ReliabilityWorld, work: ModuleRun, calls: list[LoggedCall], boundary: int, moment: str) -> None:
    aws = world.aws
    aws.clear_requests()
    aws.break_off(HOLD_AFTER if moment == "after" else HOLD_BEFORE, skip=boundary)
    child = world.module(work.module, work.options)
    held = aws.held(seconds=60)
    child.kill()
    assert held, f"{work.module} made fewer than {boundary + 1} requests"
    aws.let_go(carry_out=moment == "during")
    aws.clear_faults()
    first = _settled(world)
    aws.clear_requests()

    result = world.run(work.module, work.options)
    second = aws.requests()
    story = f"killed {moment} request {boundary}, {held['operation']}: {result}\nfirst {truth.writes_of(first)}"
    assert not result.get("failed"), story
    assert work.done(), story
    # The second run does not repeat what the first one did, and reports only what was left.
    left, done = _operations(calls) - _operations(first), _operations(second)
    assert done == left or set(done) == {work.repeatable}, story
    assert result["changed"] == bool(done), story
    truth.check_tokens([*first, *second])


def _settled(world: ReliabilityWorld) -> list[LoggedCall]:
    """The requests of a killed process, after all those that were in progress next to the held one have ended."""
    calls = world.aws.requests()
    while True:
        again = world.aws.requests()
        if len(again) == len(calls):
            return calls
        calls = again


def _operations(calls: list[LoggedCall]) -> Counter[str]:
    return Counter(call["operation"] for call in carried_out(calls))
