"""How large the benchmarks are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Numbers of configurations, and of rounds in which contestants take turns.

    loop: how many items of a loop really run; the time of the others is extrapolated, since each takes the same.
    preflight: Regions and target accounts. role: target accounts and Regions; a second run at the second size is
    measured against one at the first.
    """

    fleet: int
    info: int
    growth: tuple[int, ...]
    large: tuple[tuple[int, int], ...]
    loop: int
    single: int
    preflight: tuple[int, int]
    role: tuple[tuple[int, int], ...]
    rounds: int


FULL = Scale(
    fleet=500,
    info=1000,
    growth=(100, 300, 1000),
    large=((1000, 3), (500, 20)),
    loop=25,
    single=15,
    preflight=(20, 10),
    role=((4, 6), (24, 6), (60, 20)),
    rounds=3,
)
SMALL = Scale(
    fleet=20,
    info=30,
    growth=(10, 20, 40),
    large=((20, 3), (10, 20)),
    loop=2,
    single=2,
    preflight=(3, 2),
    role=((1, 2), (2, 2)),
    rounds=1,
)
