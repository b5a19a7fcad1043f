"""The fast way to read options returns the same as the thorough one, or None."""

from __future__ import annotations

import copy
import importlib

import pytest

fields = importlib.import_module("ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields")
option_reader = importlib.import_module(
    "ansible_collections.goldimage.aws.plugins.module_utils._distribution.option_reader"
)

ENTRY = {
    "region": "eu-west-1",
    "ami_distribution_configuration": {
        "name_prefix": "web",
        "ami_tags": {"Team": "a", "number": 1},
        "launch_permission": {"user_ids": ["111122223333"], "user_groups": []},
    },
    "launch_template_configurations": [{"launch_template_id": "lt-0ab1234c56d789012"}],
    "fast_launch_configurations": [{"enabled": True, "snapshot_configuration": {"target_resource_count": 5}}],
}
CONFIGURATION = {"name": "web", "description": None, "distributions": [ENTRY], "tags": {}, "date_created": "2026-01-01"}


def complete(entries):
    values = option_reader.read_unconverted({"list": fields.list_option()}, {"list": entries})
    return values and values["list"]


def changed(path, value):
    """Returns CONFIGURATION with one value replaced or added, or removed if the value is None."""
    configuration = copy.deepcopy(CONFIGURATION)
    inside = configuration
    for step in path[:-1]:
        inside = inside[step]
    if value is None:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return configuration


def test_it_gives_what_the_thorough_way_gives():
    by_arn = {"arn": "arn:aws:imagebuilder:us-east-1:123456789012:distribution-configuration/db", "state": "absent"}
    entries = [CONFIGURATION, by_arn]
    given = copy.deepcopy(entries)
    values, errors = option_reader.read({"list": fields.list_option()}, {"list": entries})
    assert errors == []
    assert complete(entries) == values["list"]
    template = complete(entries)[0]["distributions"][0]["launch_template_configurations"][0]
    assert template["set_default_version"] is True
    # The given values are not changed.
    assert entries == given
    assert complete([]) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["name"], None),
        (["name"], 1),
        (["distribution_configuration_arn"], "arn:aws:..."),
        (["state"], "gone"),
        (["purge_tags"], "yes"),
        (["resource_tags"], {}),
        (["tags"], "a=b"),
        (["unknown"], "x"),
        (["distributions"], "x"),
        (["distributions", 0], "x"),
        (["distributions", 0, "region"], None),
        (["distributions", 0, "license_configuration_arns"], "arn"),
        (["distributions", 0, "ami_distribution_configuration"], []),
        (["distributions", 0, "ami_distribution_configuration", "name"], "x"),
        (["distributions", 0, "ami_distribution_configuration", "tags"], {}),
        (["distributions", 0, "ami_distribution_configuration", "launch_permission", "user_ids", 0], 111122223333),
        (["distributions", 0, "fast_launch_configurations", 0, "enabled"], 1),
        (["distributions", 0, "fast_launch_configurations", 0, "max_parallel_launches"], True),
    ],
)
def test_it_leaves_values_that_need_conversion_to_the_thorough_way(path, value):
    assert complete([CONFIGURATION, changed(path, value)]) is None


@pytest.mark.parametrize("entries", ["x", None, {}, [None], [[]]])
def test_it_leaves_what_is_not_a_list_of_maps_to_the_thorough_way(entries):
    assert complete(entries) is None
