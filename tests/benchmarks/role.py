"""The role distribution_rollout: what a run costs with few and many target accounts, next to a handwritten script."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measure import Process
from tests.benchmarks.measure import Table
from tests.benchmarks.scale import Scale
from tests.benchmarks.world import BenchmarkWorld
from tests.benchmarks.world import LATENCY
from tests.benchmarks.world import REGION
from tests.benchmarks.world import REGIONS
from tests.benchmarks.world import WORKERS
from tests.world import account_root
from tests.world import SOURCE
from tests.world import trusting

ROLE = "goldimage.aws.distribution_rollout"
ADMIN = "ImageAdmin"
# The aims: task headers and lines of a second run at any size, its growth from the first size to the second, and how
# many times as long as the script it may take.
HEADERS, LINES, GROWTH, SCRIPT = 30, 120, 2.0, 3.0
HEAD = ("accounts x Regions", "run", "wall s", "processor s", "task headers", "lines", "requests", "role / this")


def role(world: BenchmarkWorld, scale: Scale) -> Table:
    """A first and a second run at each size; the second is compared with the script that makes the same reads."""
    table = Table("The role: a first run, and a second that changes nothing", HEAD)
    second = []
    for accounts, regions in scale.role:
        size = f"{accounts} x {regions}"
        play, reads = _set_up(world, accounts, regions)
        for name in ("first", "second"):
            run, asked = _counted(world, functools.partial(world.ansible, play, ANSIBLE_PIPELINING="true"))
            table.add(size, name, run.wall, run.processor, *printed(run.output), asked, "")
        if "changed=0 " not in run.output:
            raise RuntimeError(f"the second run changed something:\n{run.output[-5000:]}")
        second.append(run)
        script, asked = _counted(world, functools.partial(world.python, "role_reads", WORKERS, reads))
        ratio = (run.wall - world.empty_play().wall) / script.wall
        table.add(size, "boto3 thread pool, the same reads", script.wall, script.processor, "", "", asked, ratio)
        table.remarks.append(_against_aim(f"Against the thread pool, {size}", ratio, SCRIPT))
    headers, lines = (max(numbers) for numbers in zip(*(printed(run.output) for run in second)))
    table.remarks += [
        _against_aim("Second run from the first size to the second", second[1].wall / second[0].wall, GROWTH),
        _against_aim("Task headers of a second run", headers, HEADERS),
        _against_aim("Lines of a second run", lines, LINES),
    ]
    return table


def _against_aim(what: str, value: float, aim: float) -> str:
    reached = "reached" if value <= aim else "missed"
    return f"- {what}: {round(value, 2):g} (aim: at most {aim:g}, {reached})."


def _counted(world: BenchmarkWorld, command: Callable[[], Process]) -> tuple[Process, int]:
    """The measured command, and how many requests it made."""
    world.aws.clear_requests()
    process = command()
    return process, len(world.aws.requests())


def printed(output: str) -> tuple[int, int]:
    """(task headers, lines) of what ansible-playbook printed."""
    return len(re.findall(r"^TASK \[", output, re.MULTILINE)), len(output.splitlines())


def _set_up(world: BenchmarkWorld, accounts: int, regions: int) -> tuple[Path, Path]:
    """Prepare an AWS that has only keys, and the roles to assume in target accounts.

    Returns the playbook, and what the script must read, as JSON.
    """
    targets = [f"1000000000{number:02}" for number in range(accounts)]
    names = REGIONS[:regions]
    aws = world.aws
    aws.reset()
    aws.clear_latency()
    for account in targets:
        world.create_role(ADMIN, [trusting(account_root(SOURCE))], account)
    keys = {region: world.key(region, "images", tuple(targets)).arn for region in names if region != REGION}
    variables = {
        "spec_id": "web",
        "region": REGION,
        "name": "web",
        "defaults": {
            "ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [SOURCE, *targets]},
            "ssm_parameter_configurations": [{"parameter_name": "/images/web"}],
        },
        "regions": {
            region: {"ami_distribution_configuration": {"kms_key_id": keys[region]}} if region in keys else None
            for region in names
        },
        "target_account_role_name": ADMIN,
    }
    tasks = [
        {
            "ansible.builtin.include_role": {"name": ROLE},
            "vars": {f"distribution_rollout_{name}": value for name, value in variables.items()},
        }
    ]
    play = world.playbook("role.yml", tasks)
    spec = world.file("reads.json", {"accounts": targets, "regions": names, "keys": keys})
    aws.latency(LATENCY)
    return play, spec
