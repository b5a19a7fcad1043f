"""The shortest end-to-end test: a playbook, the module, HTTP, the local AWS."""

from __future__ import annotations

import pytest

from tests.unit.examples.pages import blocks
from tests.unit.examples.pages import ROOT


def first_playbook(page):
    return next(example.text for example in blocks(ROOT / page) if "hosts: localhost" in example.text)


@pytest.mark.oldest
@pytest.mark.cold_start
def test_the_first_playbook_of_the_guide_and_of_the_readme_store_the_same(ansible, aws):
    guide, readme = first_playbook("docs/docsite/rst/guide_start.rst"), first_playbook("README.md")
    run = ansible.playbook(guide + readme)
    created, again = (task.result for task in run.tasks)
    assert created["changed"]
    stored = aws.stored(created["distribution_configuration"]["arn"])
    assert stored["name"] == "web-image"
    assert [
        (entry["region"], entry["amiDistributionConfiguration"]["launchPermission"])
        for entry in stored["distributions"]
    ] == [("us-west-2", {"userIds": ["111122223333"]}), ("eu-west-1", {"userIds": ["111122223333"]})]
    assert not again["changed"]
