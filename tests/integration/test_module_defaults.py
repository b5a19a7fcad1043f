"""What the two action groups reach, by the Region in which each request arrives."""

from __future__ import annotations

from typing import Any

import yaml

from tests.world import EUROPE
from tests.world import HOME
from tests.world import WEST

# Nothing is there, so what wants to write fails; where it asked is seen all the same.
TASKS: list[dict[str, Any]] = [
    {"name": "Ours", "goldimage.aws.imagebuilder_distribution_info": {"details": False}},
    {
        "name": "Ours with an action plugin",
        "goldimage.aws.imagebuilder_image_distribution": {
            "name": "web",
            "source_image": "ami-0abcdef1234567890",
            "execution_role": "distribution",
        },
        "failed_when": False,
    },
    {"name": "Theirs", "amazon.aws.ec2_key_info": {}},
]
OPERATIONS = {"ListDistributionConfigurations", "GetDistributionConfiguration", "DescribeKeyPairs"}


def play(group: str, region: str) -> dict[str, Any]:
    return {
        "name": group,
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {group: {"region": region}},
        "tasks": TASKS,
    }


def test_our_group_reaches_ours_and_theirs_and_theirs_does_not_reach_ours(ansible, aws, tmp_path):
    assert ansible.environment["AWS_REGION"] == HOME
    path = tmp_path / "defaults.yml"
    path.write_text(yaml.safe_dump([play("group/goldimage.aws.aws", EUROPE), play("group/amazon.aws.aws", WEST)]))
    ansible.playbook(path)
    asked = [(call["operation"], call["region"]) for call in aws.requests() if call["operation"] in OPERATIONS]
    assert asked == [
        ("ListDistributionConfigurations", EUROPE),
        ("GetDistributionConfiguration", EUROPE),
        ("DescribeKeyPairs", EUROPE),
        ("ListDistributionConfigurations", HOME),
        ("GetDistributionConfiguration", HOME),
        ("DescribeKeyPairs", WEST),
    ]
