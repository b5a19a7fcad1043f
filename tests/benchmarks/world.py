"""What the benchmarks use: a local AWS with latency, fleets of configurations, commands."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks.measure import Process
from tests.benchmarks.measure import run
from tests.collection_tree import CHECKOUT
from tests.collection_tree import link_for_playbooks
from tests.integration.playbooks import Ansible
from tests.integration.playbooks import ANSIBLE_PLAYBOOK
from tests.local_aws.server import LocalAws
from tests.world import HOME
from tests.world import World

REGION = HOME
LATENCY = 50  # milliseconds
WORKERS = 10
AWS_CLI = CHECKOUT / ".venv-benchmarks" / "bin" / "aws"
REGIONS = [
    "us-east-1",
    "us-west-2",
    "eu-west-1",
    "eu-central-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
    "ca-central-1",
    "eu-north-1",
    "eu-west-2",
    "eu-west-3",
    "us-east-2",
    "us-west-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-3",
    "af-south-1",
    "eu-south-1",
]
SET = "goldimage.aws.imagebuilder_distribution_set"
SINGLE = "goldimage.aws.imagebuilder_distribution"
INFO = "goldimage.aws.imagebuilder_distribution_info"


def name_of(number: int) -> str:
    """The name of a configuration of a fleet."""
    return f"image-{number:04}"


def fleet(count: int, regions: int, description: str = "Golden image") -> list[dict[str, Any]]:
    """Configurations as options; each Region has an AMI with tags, accounts, a key and a parameter."""
    return [
        {
            "name": name_of(number),
            "description": description,
            "distributions": [_entry(region, number) for region in REGIONS[:regions]],
            "tags": {"Team": "platform", "Stage": "production"},
        }
        for number in range(count)
    ]


def _entry(region: str, number: int) -> dict[str, Any]:
    ami: dict[str, Any] = {
        "name": f"{name_of(number)} [[ imagebuilder:buildDate ]]",
        "description": "Golden image",
        "target_account_ids": ["123456789012", "444455556666"],
        "ami_tags": {"Role": "web", "System": "linux"},
        "launch_permission": {"user_ids": ["777788889999", "999988887777"]},
    }
    if region != REGION:
        ami["kms_key_id"] = f"arn:aws:kms:{region}:123456789012:alias/images"
    return {
        "region": region,
        "ami_distribution_configuration": ami,
        "ssm_parameter_configurations": [
            {"parameter_name": f"/images/{name_of(number)}", "data_type": "aws:ec2:image"}
        ],
        "launch_template_configurations": [{"launch_template_id": "lt-0ab1234c56d789012", "set_default_version": True}],
    }


def in_api_form(configurations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same in API form. It does not use the collection's conversion, so that the comparison stays independent."""
    names = {
        "ami_distribution_configuration": "amiDistributionConfiguration",
        "target_account_ids": "targetAccountIds",
        "ami_tags": "amiTags",
        "launch_permission": "launchPermission",
        "user_ids": "userIds",
        "kms_key_id": "kmsKeyId",
        "ssm_parameter_configurations": "ssmParameterConfigurations",
        "parameter_name": "parameterName",
        "data_type": "dataType",
        "launch_template_configurations": "launchTemplateConfigurations",
        "launch_template_id": "launchTemplateId",
        "set_default_version": "setDefaultVersion",
    }

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {names.get(key, key): renamed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [renamed(item) for item in value]
        if isinstance(value, str):
            return value.replace("[[", "{{").replace("]]", "}}")
        return value

    return [renamed(configuration) for configuration in configurations]


class BenchmarkWorld(World):
    """A local AWS, and a folder in which Ansible and other commands run against it and are measured."""

    aws: LocalAws

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        super().__init__(aws, REGION)
        self.folder = folder
        self.environment = Ansible(folder, link_for_playbooks(folder), aws.environment()).environment

    # The service

    def seed(self, configurations: list[dict[str, Any]]) -> None:
        """Make these the only configurations there are. Each request takes LATENCY from here on."""
        self.aws.reset()
        for configuration in in_api_form(configurations):
            self.aws.plant(configuration, region=REGION)
        self.aws.latency(LATENCY)

    # Files

    def file(self, name: str, content: Any) -> Path:
        """Write a file, JSON or YAML by its ending."""
        path = self.folder / name
        path.write_text(json.dumps(content) if name.endswith(".json") else yaml.safe_dump(content, sort_keys=False))
        return path

    def playbook(self, name: str, tasks: list[dict[str, Any]], **keywords: Any) -> Path:
        """Write a playbook for localhost."""
        return self.file(name, [{"hosts": "localhost", "gather_facts": False, "tasks": tasks, **keywords}])

    # Commands

    def ansible(self, playbook: Path, *arguments: str, **environment: str) -> Process:
        """Run a playbook."""
        return run([ANSIBLE_PLAYBOOK, str(playbook), *arguments], {**self.environment, **environment}, self.folder)

    def python(self, module: str, *arguments: object) -> Process:
        """Run a module of this package by its name."""
        command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
        return run(command, self.environment, CHECKOUT)

    def aws_cli(self, script: str) -> Process:
        """Run a shell script that calls the AWS CLI as C($AWS)."""
        return run(["/bin/sh", "-ec", script], {**self.environment, "AWS": str(AWS_CLI)}, self.folder)

    def empty_play(self) -> Process:
        """Run a play that has no tasks."""
        return self.ansible(self.playbook("empty.yml", []))


def with_fleet(world: BenchmarkWorld, module: str, file: Path, **options: Any) -> Path:
    """A playbook with one task that reads a fleet from a JSON file, as text."""
    configurations = f"{{{{ lookup('ansible.builtin.file', '{file}') }}}}"
    return world.playbook("fleet.yml", [{module: {"distribution_configurations": configurations, **options}}])


@contextmanager
def open_world() -> Iterator[BenchmarkWorld]:
    """A world with its own local AWS, which stops at the end."""
    with LocalAws(region=REGION) as aws, tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        yield BenchmarkWorld(aws, Path(folder))
