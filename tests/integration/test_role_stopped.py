"""The role stopped in each step, and in a storm of faults: the next run completes what the first one began."""

from __future__ import annotations

import os
import re
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

# A write of each step, and whether the signal comes before or after AWS carries it out. GOLDIMAGE_ALL_SIGNALS adds
# more, which take some minutes.
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

# The same for later steps in the life of a spec: the first word is the method of Later; a number is how many such
# requests pass before the stop.
LATER = {
    "pipelines": ("imagebuilder", "UpdateImagePipeline", SOURCE),
    "waves": ("imagebuilder", "CreateDistributionConfiguration", SOURCE, 1),
    "waves rollout": ("imagebuilder", "DistributeImage", SOURCE, 1),
    "repair": ("ec2", "CreateTags", SOURCE),
    "retention": ("imagebuilder", "StartResourceStateUpdate", SOURCE),
    "absent": ("imagebuilder", "DeleteDistributionConfiguration", SOURCE),
    "absent_accounts": ("iam", "DeleteRole", ONE),
    "absent_execution_role": ("iam", "DeleteRole", SOURCE),
}
EVERY_LATER = [(step, number, moment) for step in LATER for number in SIGNALS for moment in MOMENTS]
FEW_LATER = [("waves rollout", signal.SIGKILL, "hold_after")]
STOPS_LATER = EVERY_LATER if os.environ.get("GOLDIMAGE_ALL_SIGNALS") else FEW_LATER


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


def stop(ansible, aws, folder, tasks, write, number, moment):
    """Run the role and stop it at a write, before or after AWS carries it out."""
    play = folder / "role.yml"
    play.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    service, operation, account = write[:3]
    aws.break_off(moment, service, operation, account=account, skip=write[3] if len(write) > 3 else 0)
    process = subprocess.Popen(
        [ANSIBLE_PLAYBOOK, str(play)],
        cwd=folder,
        env=ansible.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        assert aws.held(seconds=120), f"{operation} was not asked for"
        # Ctrl-C and the end of a job signal all processes, `kill` signals one.
        os.killpg(process.pid, number) if number != signal.SIGTERM else os.kill(process.pid, number)
    finally:
        aws.let_go(carry_out=True)
        process.communicate(timeout=120)
    aws.clear_faults()


def resume(ansible, tasks):
    """Run the same twice more; the second run changes nothing. Returns the result of the first."""
    run = ansible.playbook(tasks)
    assert run.stats["failures"] == 0
    again = ansible.playbook(tasks)
    assert again["Result"]["distribution_rollout_result"]["changed"] is False
    return run["Result"]["distribution_rollout_result"]


def builds(aws):
    """(ARN, state) of each image that the role distributed."""
    listed = aws.client("imagebuilder", HOME).list_image_build_versions()["imageSummaryList"]
    return [(one["arn"], one["state"]["status"]) for one in listed]


@pytest.mark.parametrize(("step", "number", "moment"), STOPS, ids=lambda value: getattr(value, "name", value))
def test_the_next_run_completes_what_a_stopped_one_began(ansible, aws, tmp_path, step, number, moment):
    tasks = include(**spec(aws.plant_ami("web")))
    stop(ansible, aws, tmp_path, tasks, STEPS[step], number, moment)
    resume(ansible, tasks)
    world = World(aws)
    assert world.role("goldimage-web").inline
    assert world.role(DESTINATION_ROLE, ONE).managed == [DESTINATION_POLICY]
    assert world.configurations() == ["web"]
    assert [state for dummy, state in builds(aws)] == ["AVAILABLE"]


class Later:
    """Later steps in the life of a spec: what exists before, and what must exist in the end."""

    def __init__(self, ansible, aws):
        self.ansible, self.aws, self.world = ansible, aws, World(aws)
        aws.switch(image_transition_polls=0)
        self.spec = spec(aws.plant_ami("web"))

    def _is_out(self, **more):
        assert self.ansible.playbook(include(**self.spec, **more)).stats["failures"] == 0

    def pipelines(self):
        """A pipeline gets the configuration and the execution role."""
        arn = self.world.pipeline()

        def check(dummy):
            pipeline = self.aws.client("imagebuilder", HOME).get_image_pipeline(imagePipelineArn=arn)["imagePipeline"]
            assert pipeline["distributionConfigurationArn"].endswith("/web")
            assert pipeline["executionRole"].endswith("/goldimage-web")

        return include(**{**self.spec, "image": "", "pipelines": [arn]}), check

    def waves(self):
        """The second of two waves is distributed; its configuration is reduced for that, and restored."""

        def check(dummy):
            assert [state for dummy, state in builds(self.aws)] == ["AVAILABLE", "AVAILABLE"]
            # AWS requires an entry for the home Region if accounts get copies.
            for name, regions in (("web-wave-1", [HOME]), ("web-wave-2", [HOME, WEST])):
                arn = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/{name}"
                assert [entry["region"] for entry in self.aws.stored(arn)["distributions"]] == regions

        return include(**self.spec, waves=[[HOME], [WEST]]), check

    def repair(self):
        """A tag that somebody removed from an AMI is restored."""
        self.spec["defaults"]["ami_distribution_configuration"]["ami_tags"] = {"Team": "web"}
        self._is_out()
        ec2 = self.aws.client("ec2", WEST)
        mine = {"Filters": [{"Name": "tag:Team", "Values": ["web"]}]}
        [image] = ec2.describe_images(Owners=["self"], **mine)["Images"]
        ec2.delete_tags(Resources=[image["ImageId"]], Tags=[{"Key": "Team"}])

        def check(dummy):
            assert [one["ImageId"] for one in ec2.describe_images(Owners=["self"], **mine)["Images"]] == [
                image["ImageId"]
            ]

        return include("repair", **self.spec), check

    def retention(self):
        """The older of two rollouts is retired."""
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        trust = [
            {"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]
        self.world.create_role("lifecycle", trust, inline={"all": everything})
        # In the home Region, the AMI could not be distinguished from its source.
        self.spec.update(regions=[WEST], defaults={"ami_distribution_configuration": {"name_prefix": "web"}})
        self._is_out()
        [(first, dummy)] = builds(self.aws)
        self.spec["image"] = self.aws.plant_ami("web")
        self._is_out()

        def check(dummy):
            left = [arn for arn, state in builds(self.aws) if state == "AVAILABLE"]
            assert len(left) == 1
            assert first not in left

        return include("retention", **self.spec, keep=1, lifecycle_role="lifecycle"), check

    def absent(self):
        """Everything except the AMIs is removed."""
        self._is_out(state="present")

        def check(result):
            assert self.world.configurations() == []
            assert (self.world.role("goldimage-web"), self.world.destination(ONE)) == (None, None)
            assert {one["kind"] for one in result["leftovers"]} == {"ami"}

        return include(**{**self.spec, "state": "absent"}), check


@pytest.mark.parametrize(("step", "number", "moment"), STOPS_LATER, ids=lambda value: getattr(value, "name", value))
def test_the_next_run_completes_a_later_step_that_was_stopped(ansible, aws, tmp_path, step, number, moment):
    later = Later(ansible, aws)
    tasks, check = getattr(later, re.split("[ _]", step)[0])()
    stop(ansible, aws, tmp_path, tasks, LATER[step], number, moment)
    check(resume(ansible, tasks))


def everything(aws: Any) -> list[str]:
    """The names of all configurations, of every page."""
    pages = aws.client("imagebuilder", HOME).get_paginator("list_distribution_configurations").paginate()
    return sorted(one["name"] for page in pages for one in page["distributionConfigurationSummaryList"])


def test_a_storm_over_many_configurations_leaves_none_incomplete(ansible, aws):
    count = int(os.environ.get("GOLDIMAGE_STORM", "20"))
    names = [f"web-{number:03}" for number in range(count)]
    many = {
        "spec_id": "many",
        "region": HOME,
        "execution_role_name": "",
        "configurations": [{"name": name, "regions": [HOME, WEST]} for name in names],
        "defaults": {"ami_distribution_configuration": {"name_prefix": "web"}},
    }
    aws.random_faults(7, {"throttled": 0.1, "failing": 0.05, "lost": 0.05})
    first = ansible.playbook(include(**many), rc=None)
    aws.clear_random_faults()
    # The errors name everything that the storm left undone, and the next run does it.
    if first.rc == 0:
        assert everything(aws) == names
    ansible.playbook(include(**many))
    assert everything(aws) == names
    aws.clear_requests()
    again = ansible.playbook(include(**many))
    assert again["Result"]["distribution_rollout_result"]["changed"] is False
    # The preflight covers all of them at once.
    asked = Counter((call["service"], call["operation"], call["region"]) for call in aws.requests())
    assert asked["ec2", "DescribeImages", WEST] == 1
    assert asked["imagebuilder", "ListImagePipelines", HOME] == 1
