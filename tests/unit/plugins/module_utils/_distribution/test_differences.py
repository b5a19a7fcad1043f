"""Comparing two states, field by field."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import differences

AMI = "ami_distribution_configuration"


def state(**regions):
    """Returns a configuration as a diff shows it. The keywords are Regions with underscores."""
    entries = {name.replace("_", "-"): entry for name, entry in regions.items()}
    return {"name": "web", "description": None, "tags": {}, "distributions": entries}


def told(before, after):
    return differences.lines(differences.configuration_changes(before, after))


SAID = [
    (
        {"eu_west_1": {AMI: {"name": "web", "kms_key_id": "alias/old"}}},
        {"eu_west_1": {AMI: {"name": "web", "kms_key_id": "alias/new"}}},
        ["eu-west-1 kms_key_id: alias/old -> alias/new"],
    ),
    (
        {"eu_west_1": {AMI: {"name": "web"}}},
        {"eu_west_1": {AMI: {"name": "web", "launch_permission": {"user_ids": ["111122223333"]}}}},
        ["eu-west-1 launch_permission.user_ids: + 111122223333"],
    ),
    (
        {"eu_west_1": {AMI: {"launch_permission": {"user_ids": ["1", "2"]}}}},
        {"eu_west_1": {AMI: {"launch_permission": {"user_ids": ["2", "3"]}}}},
        ["eu-west-1 launch_permission.user_ids: + 3; - 1"],
    ),
    (
        {"eu_west_1": {AMI: {"ami_tags": {"Team": "web", "Stage": "a"}}}},
        {"eu_west_1": {AMI: {"ami_tags": {"Team": "web", "Stage": "b", "New": "1"}}}},
        ["eu-west-1 ami_tags.Stage: a -> b", "eu-west-1 ami_tags.New: nothing -> 1"],
    ),
    (
        {"eu_west_1": {AMI: {"name": "web"}}},
        {"eu_west_1": {AMI: {"name": "web"}}, "us_west_2": {AMI: {"name": "web", "kms_key_id": "alias/a"}}},
        ["+ us-west-2: name: web, kms_key_id: alias/a"],
    ),
    ({"eu_west_1": {AMI: {"name": "web"}}, "us_west_2": {}}, {"eu_west_1": {AMI: {"name": "web"}}}, ["- us-west-2"]),
    (
        {
            "eu_west_1": {
                "launch_template_configurations": [
                    {"launch_template_id": "lt-1", "set_default_version": True},
                    {"launch_template_id": "lt-2", "set_default_version": True},
                ]
            }
        },
        {
            "eu_west_1": {
                "launch_template_configurations": [{"launch_template_id": "lt-2", "set_default_version": False}]
            }
        },
        [
            "eu-west-1 launch_template_configurations[lt-1]:"
            ' {"launch_template_id": "lt-1", "set_default_version": true} -> nothing',
            "eu-west-1 launch_template_configurations[lt-2].set_default_version: true -> false",
        ],
    ),
]


@pytest.mark.parametrize(("before", "after", "lines"), SAID)
def test_a_changed_field_is_one_line(before, after, lines):
    assert told(state(**before), state(**after)) == lines


def test_what_belongs_to_no_region_comes_first():
    before = {**state(eu_west_1={AMI: {"name": "a"}}), "tags": {"Team": "web"}}
    after = {**state(eu_west_1={AMI: {"name": "b"}}), "description": "Web", "tags": {"Team": "db"}}
    assert told(before, after) == ["description: nothing -> Web", "tags.Team: web -> db", "eu-west-1 name: a -> b"]


def test_what_is_made_or_removed_as_a_whole_has_no_fields():
    assert differences.configuration_changes({}, state(eu_west_1={})) == []
    assert differences.configuration_changes(state(eu_west_1={}), {}) == []


def test_absent_and_empty_are_equal():
    assert told(state(eu_west_1={AMI: {"name": "a", "ami_tags": {}}}), state(eu_west_1={AMI: {"name": "a"}})) == []


def test_a_line_is_short_and_plain():
    before, after = state(eu_west_1={AMI: {"name": "a\x1b[2J\nb"}}), state(eu_west_1={AMI: {"name": "x" * 500}})
    (line,) = told(before, after)
    assert line.startswith("eu-west-1 name: a [2J b -> xxx")
    assert len(line) < 200


def test_the_diff_of_an_update():
    changes = differences.configuration_changes(
        state(eu_west_1={AMI: {"kms_key_id": "alias/old"}}), state(eu_west_1={AMI: {"kms_key_id": "alias/new"}})
    )
    assert differences.prepared("web", changes) == "~ web\n    eu-west-1 kms_key_id: alias/old -> alias/new\n"
