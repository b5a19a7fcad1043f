"""SIGTERM and SIGINT at every moment of the work: before a request is carried out, during it, and during the wait."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from tests.local_aws.faults import HOLD_AFTER
from tests.local_aws.faults import HOLD_BEFORE
from tests.reliability import truth
from tests.reliability.module_runs import ModuleRun
from tests.reliability.world import carried_out
from tests.reliability.world import is_write
from tests.reliability.world import ReliabilityWorld

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def signalled(world: ReliabilityWorld, make: Callable[[], ModuleRun], number: int, everywhere: bool) -> Iterator[str]:
    """Signal a run at its requests, and check what it reports and what the next run does. Yields each moment.

    everywhere: at each request, before and after; otherwise from the first write on, in alternating moments.
    """
    work = make()
    world.aws.clear_requests()
    assert world.run(work.module, work.options).get("changed")
    calls = world.aws.requests()
    first = [is_write(call) for call in calls].index(True)
    for boundary in range(0 if everywhere else first, len(calls)):
        moments = (HOLD_BEFORE, HOLD_AFTER)
        for moment in moments if everywhere else (moments[boundary % 2],):
            _signal(world, make(), number, boundary, moment)
            yield f"{signal.Signals(number).name} at request {boundary}, {moment}"


def _signal(world: ReliabilityWorld, work: ModuleRun, number: int, boundary: int, moment: str) -> None:
    aws = world.aws
    aws.clear_requests()
    aws.break_off(moment, skip=boundary)
    child = world.module(work.module, work.options)
    assert aws.held(seconds=60), f"{work.module} made fewer than {boundary + 1} requests"
    os.kill(child.pid, number)
    aws.let_go(carry_out=True)
    aws.clear_faults()
    # Whatever it was doing, it reports: nothing incomplete is left silently.
    first: dict[str, Any] = child.result()
    calls = aws.requests()
    story = f"{signal.Signals(number).name} at request {boundary}, {moment}: {first}\n{truth.writes_of(calls)}"
    assert first["changed"] == bool(carried_out(calls)), story
    if first.get("failed"):
        assert signal.Signals(number).name in first["msg"], story
        assert "run the same task again" in first["msg"], story
    else:
        assert work.done(), story
    aws.clear_requests()
    second = world.run(work.module, work.options)
    again = aws.requests()
    story = f"{story}\nthen {second}\n{truth.writes_of(again)}"
    assert not second.get("failed"), story
    assert work.done(), story
    # What the first run began is not begun again.
    starts = [call for call in carried_out([*calls, *again]) if call["operation"] == "DistributeImage"]
    assert len({call["token"] for call in starts}) <= 1, story
    truth.check_tokens([*calls, *again])
