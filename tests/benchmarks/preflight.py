"""The preflight of many Regions and accounts at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import median
from tests.benchmarks.measure import Process
from tests.benchmarks.measure import side_by_side
from tests.benchmarks.measure import Table
from tests.benchmarks.measure import wall
from tests.benchmarks.scale import Scale
from tests.benchmarks.world import BenchmarkWorld
from tests.benchmarks.world import LATENCY
from tests.benchmarks.world import REGION
from tests.benchmarks.world import REGIONS
from tests.world import account_root
from tests.world import SOURCE
from tests.world import trusting

MODULE = "goldimage.aws.imagebuilder_distribution_preflight_info"
ROLE = "ImageAuditor"
FAR = 150  # milliseconds, as between continents


def preflight(world: BenchmarkWorld, scale: Scale) -> Table:
    """All checks at once, against the same checks one after the other; with a near and with a distant AWS."""
    regions, accounts = REGIONS[: scale.preflight[0]], [f"1000000000{n:02}" for n in range(scale.preflight[1])]
    distributions = _set_up(world, regions, accounts)
    options = {"distributions": distributions, "target_account_role_name": ROLE}
    plays = {
        name: world.playbook(f"{name}.yml", [{MODULE: {**options, **more}, "register": "found"}])
        for name, more in (("at once", {}), ("one by one", {"workers": 1}))
    }
    title = f"Preflight of {len(regions)} Regions and {len(accounts)} target accounts"
    table = Table(title, ("", "latency ms", "wall s", "less empty play s", "processor s", "times as fast"))
    for latency in (LATENCY, FAR):
        world.aws.latency(latency)
        asked, times = _compare(world, table, plays, latency)
        reached = "reached" if times >= 10 else "missed"
        table.remarks += [
            f"- {asked} requests of {latency} ms. Times as fast as one after the other: {times:.2f}"
            f" (aim: at least 10, {reached}).",
        ]
    return table


def _compare(world: BenchmarkWorld, table: Table, plays: dict[str, Path], latency: int) -> tuple[int, float]:
    """Add the rows of this latency to the table. Returns (requests, times as fast)."""
    world.aws.clear_requests()
    world.ansible(plays["at once"])
    asked = len(world.aws.requests())
    contestants: dict[str, Callable[[], Process]] = {
        "empty": world.empty_play,
        **{name: partial(world.ansible, play) for name, play in plays.items()},
    }
    runs = side_by_side(contestants, 1)
    rows = zip(runs["one by one"], runs["at once"], runs["empty"], strict=True)
    times = median([(slow.wall - empty.wall) / (fast.wall - empty.wall) for slow, fast, empty in rows])
    for name, title, factor in (("at once", "all at once", times), ("one by one", "one after the other", "")):
        net = wall(runs[name]) - wall(runs["empty"])
        busy = median([run.processor for run in runs[name]]) - median([run.processor for run in runs["empty"]])
        table.add(title, latency, wall(runs[name]), net, busy, factor)
    return asked, times


def _set_up(world: BenchmarkWorld, regions: list[str], accounts: list[str]) -> list[dict[str, Any]]:
    """Create roles to assume in the accounts, and keys. Returns the distributions to check."""
    aws = world.aws
    aws.reset()
    for account in accounts:
        world.create_role(ROLE, [trusting(account_root(SOURCE))], account)
    distributions = []
    for region in regions:
        key = aws.client("kms", region).create_key()["KeyMetadata"]["Arn"]
        distributions.append(
            {
                "region": region,
                "ami_distribution_configuration": {
                    "name_prefix": "image",
                    "target_account_ids": accounts,
                    **({"kms_key_id": key} if region != REGION else {}),
                },
                "ssm_parameter_configurations": [{"parameter_name": "/images/image"}],
            }
        )
    aws.latency(LATENCY)
    return distributions
