"""One task: compared with a similar module, and where its time goes."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime

from tests.benchmarks.measure import median
from tests.benchmarks.measure import Table
from tests.benchmarks.scale import Scale
from tests.benchmarks.world import BenchmarkWorld
from tests.benchmarks.world import fleet
from tests.benchmarks.world import SINGLE

CALLER = "amazon.aws.aws_caller_info"


def single_task(world: BenchmarkWorld, scale: Scale) -> Table:
    """An unchanged configuration, in turn with a module that only asks for the caller's identity."""
    wanted = fleet(1, 3)
    world.seed(wanted)
    tasks = []
    for _round in range(scale.single + 1):
        tasks += [{"name": "caller", CALLER: {}}, {"name": "single", SINGLE: wanted[0]}]
    tasks += [{"name": "ping", "ansible.builtin.ping": {}} for _round in range(scale.single + 1)]
    play = world.playbook("single.yml", tasks)
    taken = _durations(world.ansible(play, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json").output)
    ratio = median([ours / other for ours, other in zip(taken["single"], taken["caller"])])
    table = Table("One unchanged configuration of 3 Regions, one task", ("", "wall s", "single / this"))
    table.add("imagebuilder_distribution", median(taken["single"]), "")
    table.add("amazon.aws.aws_caller_info", median(taken["caller"]), ratio)
    table.add("ansible.builtin.ping", median(taken["ping"]), median(taken["single"]) / median(taken["ping"]))
    reached = "reached" if ratio <= 1.15 else "missed"
    table.remarks = [
        f"Medians of {scale.single} runs of each, in turn, in one play; each of the first two makes two requests.",
        "",
        f"- Against amazon.aws.aws_caller_info: {ratio:.2f} (aim: at most 1.15, {reached}).",
    ]
    return table


def _durations(output: str) -> dict[str, list[float]]:
    """Seconds of each task by its name; the first of each warms up and does not count."""
    taken: dict[str, list[float]] = {}
    for task in json.loads(output[output.index("{\n") :])["plays"][0]["tasks"]:
        times = task["task"]["duration"]
        begun, ended = (datetime.fromisoformat(times[key].replace("Z", "+00:00")) for key in ("start", "end"))
        taken.setdefault(task["task"]["name"], []).append((ended - begun).total_seconds())
    return {name: seconds[1:] for name, seconds in taken.items()}


def phases(world: BenchmarkWorld, scale: Scale) -> Table:
    """Where the time of one task goes."""
    wanted = fleet(1, 3)
    world.seed(wanted)
    options = world.file("options.json", wanted[0])
    inside = []
    for _round in range(scale.single):
        inside.append(json.loads(world.python("module_phases", SINGLE, options, time.time()).output)["phases"])
    play = world.playbook("task.yml", [{"name": "single", SINGLE: wanted[0]} for _round in range(scale.single + 1)])
    whole = median(_durations(world.ansible(play, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json").output)["single"])
    table = Table("Where the time of one task goes", ("", "ms", "share"))
    known = 0.0
    for phase in inside[0]:
        seconds = median([run[phase] for run in inside])
        known += seconds
        if seconds >= 0.001:
            table.add(phase, round(1000 * seconds), f"{100 * seconds / whole:.0f} %")
    rest = whole - known
    table.add("Ansible: templates, packing the module, processes", round(1000 * rest), f"{100 * rest / whole:.0f} %")
    table.add("the task as a whole", round(1000 * whole), "100 %")
    table.remarks = [f"Medians of {scale.single} runs, Python {sys.version.split()[0]}."]
    return table
