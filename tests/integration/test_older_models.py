"""What only an older botocore rejects is for AWS to judge, also on the oldest version that the README promises."""

from __future__ import annotations

import shlex

import pytest

from tests.collection_tree import CHECKOUT
from tests.integration.playbooks import Ansible
from tests.local_aws.server import LocalAws

REGION = "us-west-2"
TAGS = {"Cost Center": "42", "owner@example": "web"}


@pytest.mark.oldest
def test_tag_keys_and_filters_that_an_older_model_does_not_know(ansible: Ansible, aws: LocalAws) -> None:
    """Tag keys with blanks and @ fail on botocore 1.41.1 itself, web* on 1.44.0."""
    entry = {"region": REGION, "ami_distribution_configuration": {"name_prefix": "web", "ami_tags": TAGS}}
    made = {"region": REGION, "name": "web-servers", "distributions": [entry], "tags": TAGS}
    tasks = [
        {"name": "Create", "goldimage.aws.imagebuilder_distribution": made},
        {"name": "Again", "goldimage.aws.imagebuilder_distribution": made},
        {
            "name": "Find",
            "goldimage.aws.imagebuilder_distribution_info": {"region": REGION, "filters": {"name": "web*"}},
        },
    ]
    run = ansible.playbook(tasks)
    assert (run["Create"]["changed"], run["Again"]["changed"]) == (True, False)
    (found,) = run["Find"]["distribution_configurations"]
    assert found["name"] == "web-servers"
    stored = aws.stored(run["Create"]["distribution_configuration"]["arn"])
    assert stored["tags"] == TAGS
    assert stored["distributions"][0]["amiDistributionConfiguration"]["amiTags"] == TAGS


@pytest.mark.oldest
def test_the_readmes_own_examples(ansible: Ansible, aws: LocalAws) -> None:
    """Its playbook, and its commands without one."""
    (playbook,) = [block for block in _blocks("yaml") if "hosts:" in block]
    ansible.environment.update(AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION)
    run = ansible.playbook(playbook)
    assert run.stats["failures"] == 0
    (commands,) = [block for block in _blocks("shell") if "web*" in block]
    answers = [_adhoc(ansible, line) for line in commands.splitlines()]
    assert "distribution_configurations" in answers[0]
    assert all("FAILED" not in answer for answer in answers)


def _blocks(language: str) -> list[str]:
    """The README's code blocks of a language."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    return [block.split("```")[0] for block in text.split(f"```{language}\n")[1:]]


def _adhoc(ansible: Ansible, line: str) -> str:
    """Run one command of the form `ansible localhost -m MODULE -a OPTIONS ...`. Returns what it says."""
    _program, _host, _m, module, _a, options, *more = shlex.split(line)
    return ansible.adhoc(module, options, *more).stdout
