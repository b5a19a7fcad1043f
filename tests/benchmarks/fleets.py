"""Fleets of configurations: unchanged, created, updated, read; how the cost grows, and the controller's part of it."""

from __future__ import annotations

import json
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
from tests.benchmarks.world import fleet
from tests.benchmarks.world import in_api_form
from tests.benchmarks.world import INFO
from tests.benchmarks.world import SET
from tests.benchmarks.world import SINGLE
from tests.benchmarks.world import with_fleet
from tests.benchmarks.world import WORKERS

HEAD = ("", "wall s", "less empty play s", "processor s", "largest process MB", "set / this")


def _ratio(ours: list[Process], empty: list[Process], others: list[Process]) -> float:
    """How many times as long our module takes, minus the start-up of an empty play: the median of all rounds."""
    return median([(a.wall - b.wall) / c.wall for a, b, c in zip(ours, empty, others)])


def _row(table: Table, title: str, runs: list[Process], net: float | None, ratio: object = "") -> None:
    processor = median([process.processor for process in runs])
    memory = median([process.memory for process in runs])
    table.add(title, wall(runs), "" if net is None else net, processor, round(memory), ratio)


def _against_aim(what: str, value: float, aim: float, at_most: bool = True) -> str:
    reached = value <= aim if at_most else value >= aim
    word = "at most" if at_most else "at least"
    return f"{what}: {value:.2f} (aim: {word} {aim:g}, {'reached' if reached else 'missed'})."


def unchanged(world: BenchmarkWorld, scale: Scale) -> Table:
    """All configurations are unchanged: against a thread pool, a loop of single tasks, and a loop of AWS CLI calls."""
    wanted = fleet(scale.fleet, 3)
    options, api = world.file("fleet.json", wanted), world.file("api.json", in_api_form(wanted))
    world.seed(wanted)
    play = with_fleet(world, SET, options)
    runs = side_by_side(
        {
            "empty": world.empty_play,
            "set": lambda: world.ansible(play),
            "pool": lambda: world.python("thread_pool", "ensure", WORKERS, api),
        },
        scale.rounds,
    )
    loop, cli = _loop(world, wanted[: scale.loop]), _cli(world, wanted[: scale.loop])
    empty = wall(runs["empty"])
    looped = (loop.wall - empty) / scale.loop * scale.fleet
    called = cli.wall / scale.loop * scale.fleet
    net = wall(runs["set"]) - empty
    ratio = _ratio(runs["set"], runs["empty"], runs["pool"])
    table = Table(f"{scale.fleet} unchanged configurations of 3 Regions", HEAD)
    _row(table, "imagebuilder_distribution_set", runs["set"], net)
    _row(table, f"boto3 thread pool of {WORKERS}, the same reads", runs["pool"], None, ratio)
    table.add("loop of imagebuilder_distribution", looped + empty, looped, "", round(loop.memory), net / looped)
    table.add("shell loop of aws imagebuilder get-...", called, "", "", round(cli.memory), net / called)
    _row(table, "empty play", runs["empty"], None)
    table.remarks = [
        f"The two loops were run over {scale.loop} of the {scale.fleet}; their times are extrapolated.",
        "",
        f"- {_against_aim('Against the thread pool', ratio, 1.3)}",
        f"- {_against_aim('Times as fast as the loop of tasks', looped / net, 30, at_most=False)}",
        f"- {_against_aim('Times as fast as the loop of the AWS CLI', called / net, 30, at_most=False)}",
    ]
    return table


def _loop(world: BenchmarkWorld, wanted: list[dict[str, Any]]) -> Process:
    options = world.file("loop.json", wanted)
    item = {key: f"{{{{ item.{key} }}}}" for key in ("name", "description", "distributions", "tags")}
    play = world.playbook(
        "loop.yml",
        [
            {
                SINGLE: item,
                "loop": f"{{{{ lookup('ansible.builtin.file', '{options}') | from_json }}}}",
                "loop_control": {"label": "{{ item.name }}"},
            }
        ],
    )
    return world.ansible(play)


def _cli(world: BenchmarkWorld, wanted: list[dict[str, Any]]) -> Process:
    prefix = "arn:aws:imagebuilder:us-east-1:123456789012:distribution-configuration/"
    names = " ".join(configuration["name"] for configuration in wanted)
    return world.aws_cli(
        f"for name in {names}; do"
        f' "$AWS" imagebuilder get-distribution-configuration --distribution-configuration-arn "{prefix}$name"; done'
    )


def created(world: BenchmarkWorld, scale: Scale) -> Table:
    """All configurations are missing."""
    return _written(world, scale, f"{scale.fleet} creations of 3 Regions", [])


def updated(world: BenchmarkWorld, scale: Scale) -> Table:
    """All configurations differ."""
    before = fleet(scale.fleet, 3, description="Golden image of yesterday")
    return _written(world, scale, f"{scale.fleet} updates of 3 Regions", before)


def _written(world: BenchmarkWorld, scale: Scale, title: str, before: list[dict[str, Any]]) -> Table:
    wanted = fleet(scale.fleet, 3)
    options, api = world.file("fleet.json", wanted), world.file("api.json", in_api_form(wanted))
    play = with_fleet(world, SET, options)
    runs = side_by_side(
        {
            "set": lambda: world.ansible(play),
            "pool": lambda: world.python("thread_pool", "ensure", WORKERS, api),
        },
        scale.rounds,
        before=lambda: world.seed(before),
    )
    runs["empty"] = side_by_side({"empty": world.empty_play}, scale.rounds)["empty"]
    ratio = _ratio(runs["set"], runs["empty"], runs["pool"])
    table = Table(title, HEAD)
    _row(table, "imagebuilder_distribution_set", runs["set"], wall(runs["set"]) - wall(runs["empty"]))
    _row(table, f"boto3 thread pool of {WORKERS}, the same reads and writes", runs["pool"], None, ratio)
    table.remarks = [f"- {_against_aim('Against the thread pool', ratio, 1.3)}"]
    return table


def info(world: BenchmarkWorld, scale: Scale) -> Table:
    """All details of all configurations."""
    world.seed(fleet(scale.info, 3))
    play = world.playbook("info.yml", [{INFO: {}, "register": "found"}])
    runs = side_by_side(
        {
            "empty": world.empty_play,
            "info": lambda: world.ansible(play),
            "pool": lambda: world.python("thread_pool", "info", WORKERS),
        },
        scale.rounds,
    )
    world.aws.clear_requests()
    world.ansible(play)
    asked = [request["operation"] for request in world.aws.requests()]
    pages, reads = asked.count("ListDistributionConfigurations"), asked.count("GetDistributionConfiguration")
    ratio = _ratio(runs["info"], runs["empty"], runs["pool"])
    table = Table(f"{scale.info} configurations of 3 Regions read with details", (*HEAD[:-1], "info / this"))
    _row(table, "imagebuilder_distribution_info", runs["info"], wall(runs["info"]) - wall(runs["empty"]))
    _row(table, f"boto3 thread pool of {WORKERS}", runs["pool"], None, ratio)
    table.remarks = [
        f"- {_against_aim('Against the thread pool', ratio, 1.3)}",
        f"- Requests: {pages} pages and {reads} reads, {len(asked) - pages - reads} others.",
    ]
    return table


def growth(world: BenchmarkWorld, scale: Scale) -> Table:
    """More configurations: does each cost the same?"""
    head = ("configurations", "wall s", "module MB", "ansible MB", "each ms", "each KB")
    table = Table("Growth, unchanged configurations of 3 Regions", head)
    runs: dict[int, dict[str, list[Process]]] = {}
    for count in (WORKERS, *scale.growth):
        wanted = fleet(count, 3)
        options = world.file("fleet.json", wanted)
        world.seed(wanted)
        play = with_fleet(world, SET, options)
        contestants: dict[str, Callable[[], Process]] = {
            "set": partial(world.ansible, play),
            "module": partial(world.python, "module_phases", SET, options),
        }
        runs[count] = side_by_side(contestants, scale.rounds)
    times, memories = [], []
    for count, taken in runs.items():
        memory, ansible = _module_memory(taken["module"]), median([process.memory for process in taken["set"]])
        cells = (count, wall(taken["set"]), round(memory), round(ansible))
        if count == WORKERS:
            base, base_memory = wall(taken["set"]), memory
            table.add(*cells, "", "")
            continue
        times.append((wall(taken["set"]) - base) / (count - WORKERS))
        memories.append((memory - base_memory) / (count - WORKERS))
        table.add(*cells, 1000 * times[-1], 1024 * memories[-1])
    table.remarks = [
        f"Each: less the set of {WORKERS}, which keeps every worker busy once and so holds all that happens once.",
        "",
    ]
    for what, each in (("Time", times), ("Memory", memories)):
        table.remarks.append(f"- {_against_aim(f'{what} for each, dearest / cheapest', max(each) / min(each), 1.2)}")
    return table


def _module_memory(runs: list[Process]) -> float:
    return median([json.loads(process.output)["memory"] for process in runs])


def large(world: BenchmarkWorld, scale: Scale) -> Table:
    """What the controller and the module cost, by the way in which the playbook passes the fleet."""
    head = ("", "MB of options", "wall s", "ansible processor s", "module processor s", "ansible MB", "module MB")
    table = Table("Large sets, unchanged: the controller's part", head)
    for count, regions in scale.large:
        wanted = fleet(count, regions)
        world.seed(wanted)
        given = {
            "JSON text from a file": with_fleet(world, SET, world.file("fleet.json", wanted)),
            "JSON text from a file, from_json": _from_json(world),
            "vars_files, JSON": _vars_file(world, "vars.json", wanted),
            "vars_files, YAML": _vars_file(world, "vars.yml", wanted),
        }
        size = (world.folder / "fleet.json").stat().st_size / 1e6
        alone = json.loads(world.python("module_phases", SET, world.folder / "fleet.json").output)
        inside, memory = alone["processor"], alone["memory"]
        empty = median([world.empty_play().processor for dummy in range(3)])
        for title, play in given.items():
            done = world.ansible(play)
            controller = done.processor - inside - empty
            name = f"{count} of {regions} Regions, {title}"
            table.add(name, size, done.wall, controller, inside, round(done.memory), round(memory))
    table.remarks = [
        "Ansible's processor time is that of all its processes, less that of an empty play and of the module."
    ]
    return table


def _from_json(world: BenchmarkWorld) -> Path:
    configurations = f"{{{{ lookup('ansible.builtin.file', '{world.folder / 'fleet.json'}') | from_json }}}}"
    return world.playbook("from-json.yml", [{SET: {"distribution_configurations": configurations}}])


def _vars_file(world: BenchmarkWorld, name: str, wanted: list[dict[str, Any]]) -> Path:
    file = world.file(name, {"wanted": wanted})
    task = {SET: {"distribution_configurations": "{{ wanted }}"}}
    return world.playbook(f"play-{name}.yml", [task], vars_files=[str(file)])
