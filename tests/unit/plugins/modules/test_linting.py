"""ansible-lint calls a module's main() with unrendered templates, and judges by the start of the message."""

from __future__ import annotations

import pytest

IGNORED = "unable to evaluate string as dictionary\n"
MODULE = "imagebuilder_distribution"


@pytest.mark.parametrize(
    "options",
    [
        {"distributions": "{{ item.distributions }}", "tags": "{{ item.tags }}"},
        {"distributions": [{"region": "us-west-2", "ami_distribution_configuration": "{{ output }}"}]},
        {"distributions": [{"region": "us-west-2", "ami_distribution_configuration": {"ami_tags": "{{ tags }}"}}]},
        {"purge_tags": "{{ purge }}"},
    ],
)
def test_a_template_instead_of_a_map_list_or_boolean_is_not_a_fault_of_the_playbook(run_module, options):
    assert run_module(MODULE, {"name": "{{ item.name }}", **options})["msg"].startswith(IGNORED)


@pytest.mark.parametrize(
    "options",
    [
        {"distributions": "{{ item.distributions }}", "tag": "{{ item.tags }}"},
        {"distributions": "{{ item.distributions }}", "state": "here"},
        {"distributions": "none"},
    ],
)
def test_another_fault_together_with_a_template_is_reported(run_module, options):
    message = run_module(MODULE, {"name": "{{ item.name }}", **options})["msg"]
    assert not message.startswith(IGNORED)
