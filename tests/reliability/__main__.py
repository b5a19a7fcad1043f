"""The long form: `python -m tests.reliability [SUBJECT ...]`, all of them where none is named; `make soak` is that."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable

from tests.reliability import fleets
from tests.reliability import kills
from tests.reliability import rivals
from tests.reliability import signals
from tests.reliability import slowness
from tests.reliability import soak
from tests.reliability import storms
from tests.reliability.module_runs import Scene
from tests.reliability.world import ReliabilityWorld


def storms_subject(world: ReliabilityWorld, options: argparse.Namespace) -> Counter[str]:
    """Every mixture of faults, with several seeds, one by one and at once, and all other work in each of them."""
    total: Counter[str] = Counter()
    scene = Scene(world)
    for seed in range(options.seed, options.seed + options.rounds):
        for number, (mixture, chances) in enumerate(storms.mixtures().items()):
            for single, count in ((True, 2), (False, 10)):
                names = [f"storm-{seed}-{number}-{count}-{each}" for each in range(count)]
                total += storms.life_under_faults(world, chances, seed, names, single)
            makes = [scene.start, scene.retry, scene.cancel, scene.attach, scene.repair]
            total += storms.single_runs(world, makes, chances, seed)
            _tell(f"seed {seed}, {mixture}")
    return total


def fleets_subject(world: ReliabilityWorld, options: argparse.Namespace) -> Counter[str]:
    """Storms over 200 configurations at once, and 2,000 read, without faults and in a storm."""
    total = fleets.storms_over_many(world, options.seed, 200, _tell)
    return total + fleets.all_read(world, options.seed, 2000, _tell)


def slowness_subject(world: ReliabilityWorld, options: argparse.Namespace) -> Counter[str]:
    """Every kind of work whose writes are answered too late, except those whose effect the service shows later."""
    total: Counter[str] = Counter()
    for work, make in Scene(world).makers.items():
        if work == "a cancellation":
            continue
        total["writes"] += slowness.outwaited(world, make)
        total["works"] += 1
        _tell(work)
    return total


def kills_subject(world: ReliabilityWorld, options: argparse.Namespace) -> Counter[str]:
    """Every kind of work, killed at every request, before, during and after it."""
    total: Counter[str] = Counter()
    scene = Scene(world)
    for work, make in scene.makers.items():
        for _moment in kills.killed(world, make, everywhere=True):
            total["kills"] += 1
        total["works"] += 1
        _tell(work)
    return total


def signals_subject(world: ReliabilityWorld, options: argparse.Namespace) -> Counter[str]:
    """SIGTERM and SIGINT to the work that waits, at every request."""
    total: Counter[str] = Counter()
    scene = Scene(world)
    for work in ("a rollout", "a retirement"):
        for number in signals.SIGNALS:
            for _moment in signals.signalled(world, scene.makers[work], number, everywhere=True):
                total["signals"] += 1
        _tell(work)
    return total


def rivals_subject(world: ReliabilityWorld, options: argparse.Namespace) -> Counter[str]:
    """Every conflict, with the rival between any two requests, and as races."""
    total: Counter[str] = Counter()
    for number, kind in enumerate(rivals.encounters("x")):
        encounter = rivals.encounters(f"rival-{number}")[kind]
        for meeting in rivals.meetings(world, encounter):
            rivals.check(encounter, meeting)
            total["meetings"] += 1
            total["refused"] += bool(meeting.ours.error)
        for seed in range(options.seed, options.seed + 10 * options.rounds):
            outcomes = rivals.race(world, encounter, seed)
            total["races"] += 1
            total["refused"] += any(outcome.error for outcome in outcomes)
        _tell(kind)
    return total


def soak_subject(world: ReliabilityWorld, options: argparse.Namespace) -> Counter[str]:
    """Two Regions full of configurations, for a while."""
    return soak.soak(world, options.seed, options.minutes * 60, options.configurations, _tell)


SUBJECTS: dict[str, Callable[[ReliabilityWorld, argparse.Namespace], Counter[str]]] = {
    "storms": storms_subject,
    "fleets": fleets_subject,
    "slowness": slowness_subject,
    "kills": kills_subject,
    "signals": signals_subject,
    "rivals": rivals_subject,
    "soak": soak_subject,
}


def main(argv: list[str]) -> int:
    """Run the subjects and print what was tried. The first case that fails ends the run with a description."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"{', '.join(SUBJECTS)} (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how many seeds (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=15, help="how long the soak takes (default: %(default)s)")
    parser.add_argument(
        "--configurations", type=int, default=900, help="how many in each Region (default: %(default)s)"
    )
    options = parser.parse_args(argv)
    unknown = set(options.subjects) - set(SUBJECTS)
    if unknown:
        parser.error(f"unknown subject {', '.join(sorted(unknown))}; known are {', '.join(SUBJECTS)}")
    for name in options.subjects or SUBJECTS:
        with ReliabilityWorld.start() as world:
            began = time.monotonic()
            print(f"{name}: {SUBJECTS[name].__doc__}", flush=True)
            total = SUBJECTS[name](world, options)
            figures = ", ".join(f"{what} {number}" for what, number in total.items())
            print(f"{name}: {figures}; {time.monotonic() - began:.0f} s", flush=True)
            assert "Traceback" not in world.aws.errors(), world.aws.errors()
    return 0


def _tell(text: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
