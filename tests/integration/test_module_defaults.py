"""Which modules the two action groups affect, by the Region in which each request arrives."""

from __future__ import annotations

from typing import Any

import yaml

from tests.world import EUROPE
from tests.world import HOME
from tests.world import WEST

# Nothing exists, so modules that write fail; the log still shows which Region they called.
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


def test_our_group_affects_all_modules_and_that_of_amazon_aws_only_its_own(ansible, aws, tmp_path):
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
