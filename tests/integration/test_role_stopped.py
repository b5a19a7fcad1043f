"""The role stopped in each of its steps, and in a storm of faults: the next run completes what the first one began."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from typing import Any

import pytest
import yaml

from tests.integration.playbooks import ANSIBLE_PLAYBOOK
from tests.integration.role_world import include
from tests.world import DESTINATION_POLICY
from tests.world import DESTINATION_ROLE
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import WEST
from tests.world import World

# A write of each step, and whether the signal comes before AWS has carried it out or after. More of them: set
# GOLDIMAGE_ALL_SIGNALS, which takes some minutes.
STEPS = {
    "execution_role": ("iam", "CreateRole", SOURCE),
    "execution_role policy": ("iam", "PutRolePolicy", SOURCE),
    "destination_accounts": ("iam", "CreateRole", ONE),
    "distribution": ("imagebuilder", "CreateDistributionConfiguration", SOURCE),
    "rollout": ("imagebuilder", "DistributeImage", SOURCE),
}
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
MOMENTS = ("hold_before", "hold_after")
EVERY = [(step, number, moment) for step in STEPS for number in SIGNALS for moment in MOMENTS]
FEW = [
    ("execution_role", signal.SIGKILL, "hold_after"),
    ("destination_accounts", signal.SIGTERM, "hold_before"),
    ("distribution", signal.SIGINT, "hold_after"),
    ("rollout", signal.SIGKILL, "hold_after"),
]
STOPS = EVERY if os.environ.get("GOLDIMAGE_ALL_SIGNALS") else FEW


def spec(image: str) -> dict[str, Any]:
    entry = {"ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [SOURCE, ONE]}}
    return {
        "spec_id": "web",
        "region": HOME,
        "defaults": entry,
        "regions": [HOME, WEST],
        "target_account_role_name": "Admin",
        "image": image,
        "wait_delay": 1,
    }


@pytest.mark.parametrize(("step", "number", "moment"), STOPS, ids=lambda value: getattr(value, "name", value))
def test_the_next_run_completes_what_a_stopped_one_began(ansible, aws, tmp_path, step, number, moment):
    tasks = include(**spec(aws.plant_ami("web")))
    play = tmp_path / "role.yml"
    play.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    service, operation, account = STEPS[step]
    aws.break_off(moment, service, operation, account=account)
    process = subprocess.Popen(
        [ANSIBLE_PLAYBOOK, str(play)],
        cwd=tmp_path,
        env=ansible.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        assert aws.held(seconds=120), f"{operation} was not asked for"
        # Ctrl-C and the end of a job reach all processes, `kill` reaches one.
        os.killpg(process.pid, number) if number != signal.SIGTERM else os.kill(process.pid, number)
    finally:
        aws.let_go(carry_out=True)
        process.communicate(timeout=120)
    aws.clear_faults()

    run = ansible.playbook(tasks)
    assert run.stats["failures"] == 0
    again = ansible.playbook(tasks)
    assert again["Result"]["distribution_rollout_result"]["changed"] is False
    world = World(aws)
    assert world.role("goldimage-web").inline
    assert world.role(DESTINATION_ROLE, ONE).managed == [DESTINATION_POLICY]
    assert world.configurations() == ["web"]
    listed = aws.client("imagebuilder", HOME).list_image_build_versions()["imageSummaryList"]
    assert [one["state"]["status"] for one in listed] == ["AVAILABLE"]


def everything(aws: Any) -> list[str]:
    """The names of all configurations, of every page."""
    pages = aws.client("imagebuilder", HOME).get_paginator("list_distribution_configurations").paginate()
    return sorted(one["name"] for page in pages for one in page["distributionConfigurationSummaryList"])


def test_a_storm_over_many_configurations_leaves_none_behind(ansible, aws):
    count = int(os.environ.get("GOLDIMAGE_STORM", "20"))
    names = [f"web-{number:03}" for number in range(count)]
    many = {
        "spec_id": "many",
        "region": HOME,
        "execution_role_name": "",
        "configurations": [{"name": name, "regions": [HOME, WEST]} for name in names],
        "defaults": {"ami_distribution_configuration": {"name_prefix": "web"}},
    }
    aws.weather(seed=7, throttled=0.1, failing=0.05, lost=0.05)
    first = ansible.playbook(include(**many), rc=None)
    aws.clear_weather()
    # Whatever the storm left undone was said, and the next run does it.
    if first.rc == 0:
        assert everything(aws) == names
    ansible.playbook(include(**many))
    assert everything(aws) == names
    aws.clear_requests()
    again = ansible.playbook(include(**many))
    assert again["Result"]["distribution_rollout_result"]["changed"] is False
    # The preflight asks about all of them at once.
    asked = Counter((call["service"], call["operation"], call["region"]) for call in aws.requests())
    assert asked["ec2", "DescribeImages", WEST] == 1
    assert asked["imagebuilder", "ListImagePipelines", HOME] == 1
