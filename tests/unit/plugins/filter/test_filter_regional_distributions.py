"""The filter passes everything on, and its errors are Ansible's."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.goldimage.aws.plugins.filter import regional_distributions as plugin

from ansible.errors import AnsibleFilterError


@pytest.fixture
def regional_distributions():
    """The filter as Ansible finds it."""
    return plugin.FilterModule().filters()["regional_distributions"]


def test_everything_is_passed_on(regional_distributions):
    defaults = {"ami_distribution_configuration": {"target_account_ids": ["production"]}}
    distributions = regional_distributions(
        ["us-west-2", "us-east-1"], defaults, home_region="us-east-1", groups={"production": ["111122223333"]}
    )
    ami = {"target_account_ids": ["111122223333"]}
    assert distributions == [
        {"region": "us-east-1", "ami_distribution_configuration": ami},
        {"region": "us-west-2", "ami_distribution_configuration": ami},
    ]


def test_all_errors_are_in_one_error(regional_distributions):
    with pytest.raises(AnsibleFilterError) as caught:
        regional_distributions(["us-west-2", "us-west-2", ""])
    assert str(caught.value) == (
        "goldimage.aws.regional_distributions cannot expand this:\n"
        "- regions[1]: 'us-west-2': is already in regions[0]; a Region has only one entry, so merge the two\n"
        "- regions[2]: '': a Region's name is needed here, such as us-east-1"
    )


def test_the_documentation_names_what_the_filter_takes(regional_distributions):
    options = yaml.safe_load(plugin.DOCUMENTATION)["options"]
    names = regional_distributions.__code__.co_varnames[: regional_distributions.__code__.co_argcount]
    assert ["_input", *names[1:]] == list(options)
