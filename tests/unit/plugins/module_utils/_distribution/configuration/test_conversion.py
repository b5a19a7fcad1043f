"""Options <-> API bodies."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration import conversion
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st

from tests.texts import ANY_TEXT
from tests.unit import shapes


def test_keys_of_tag_maps_are_the_users():
    tags = {"cost_center": "x", "CostCenter": "y", "costCenter": "z", "sNS-topic": "w"}
    entry = {"region": "us-west-2", "ami_distribution_configuration": {"ami_tags": tags}}
    api = conversion.distributions_to_api([entry])
    assert api == [{"region": "us-west-2", "amiDistributionConfiguration": {"amiTags": tags}}]
    assert conversion.distributions_from_api(api) == [entry]


def test_tag_values_become_text():
    entry = {"region": "a", "ami_distribution_configuration": {"ami_tags": {"a": 1, "b": True, "c": None, 4: "d"}}}
    tags = conversion.distributions_to_api([entry])[0]["amiDistributionConfiguration"]["amiTags"]
    assert tags == {"a": "1", "b": "True", "c": "", "4": "d"}


def test_empty_and_absent_are_equal():
    entry = {
        "region": "a",
        "ami_distribution_configuration": {
            "target_account_ids": [],
            "launch_permission": {"user_ids": []},
            "name": None,
        },
        "license_configuration_arns": [],
        "container_distribution_configuration": None,
    }
    assert conversion.distributions_to_api([entry]) == [{"region": "a"}]


def test_empty_members_that_aws_returns_are_left_out():
    api = {"region": "a", "launchTemplateConfigurations": [], "amiDistributionConfiguration": {"launchPermission": {}}}
    assert conversion.distributions_from_api([api]) == [{"region": "a"}]


def test_aliases_and_prefix():
    entry = {
        "region": "a",
        "ami_distribution_configuration": {
            "name_prefix": "web",
            "tags": {"k": "v"},
            "launch_permissions": {"user_ids": ["111122223333"]},
        },
    }
    assert conversion.distributions_to_api([entry])[0]["amiDistributionConfiguration"] == {
        "name": "web {{ imagebuilder:buildDate }}",
        "amiTags": {"k": "v"},
        "launchPermission": {"userIds": ["111122223333"]},
    }


def test_the_same_account_twice_is_one():
    entry = {"region": "a", "ami_distribution_configuration": {"target_account_ids": ["2", "1", "2"]}}
    assert conversion.distributions_to_api([entry])[0]["amiDistributionConfiguration"]["targetAccountIds"] == ["2", "1"]


@pytest.mark.parametrize(
    ("square", "curly"),
    [
        ("a [[ imagebuilder:buildDate ]]", "a {{ imagebuilder:buildDate }}"),
        ("[[imagebuilder:buildVersion]]x", "{{imagebuilder:buildVersion}}x"),
        ("[[ ssm:/golden/name ]] [[imagebuilder:x]]", "{{ ssm:/golden/name }} {{imagebuilder:x}}"),
    ],
)
def test_placeholders_are_converted_in_both_directions(square, curly):
    assert conversion.placeholders_to_api(square) == curly
    assert conversion.placeholders_from_api(curly) == square


@pytest.mark.parametrize(
    "text", ["[[ other:name ]]", "[ imagebuilder:buildDate ]", "[[ imagebuilder: ]]", "{{ x }}", "", None]
)
def test_other_brackets_are_left_alone(text):
    assert conversion.placeholders_to_api(text) == text
    assert conversion.placeholders_from_api(text) == text


@pytest.mark.parametrize(
    ("shown", "stored"),
    [
        ("[[\\ imagebuilder:buildDate ]]", "[[ imagebuilder:buildDate ]]"),
        ("[[\\\\ssm:/x]] [[ssm:/x]]", "[[\\ssm:/x]] {{ssm:/x}}"),
    ],
)
def test_square_brackets_that_are_text_get_a_backslash(shown, stored):
    assert conversion.placeholders_to_api(shown) == stored
    assert conversion.placeholders_from_api(stored) == shown


@settings(max_examples=500, deadline=None)
@given(text=ANY_TEXT)
def test_any_text_survives_the_round_trip(text):
    shown = conversion.placeholders_from_api(text)
    assert conversion.placeholders_to_api(shown) == text
    # Square brackets stay as they are.
    assert conversion.placeholders_squared(shown) == shown


def test_parameters_that_a_text_takes_its_value_from():
    shared = "arn:aws:ssm:us-east-1:111122223333:parameter/owner"
    text = f"{{{{ssm:/golden/a}}}}-{{{{ ssm:b:3 }}}} {{{{ imagebuilder:buildDate }}}} {{{{ ssm:{shared}:2 }}}} ssm:c"
    assert conversion.parameters_in(text) == ["/golden/a", "b", shared]
    assert conversion.parameters_in("{{ x:ssm:d }}") == []
    assert conversion.parameters_in("plain") == conversion.parameters_in(None) == []


def test_two_spellings_are_one():
    assert conversion.placeholders_unified("a {{imagebuilder:buildDate}}") == conversion.placeholders_unified(
        "a {{  imagebuilder:buildDate }}"
    )


@pytest.mark.current_botocore
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_round_trip_of_anything_valid(service_model, data):
    api = data.draw(shapes.distributions(service_model))
    options = conversion.distributions_from_api(api)
    back = conversion.distributions_to_api(options)
    assert [shapes.meaning(entry) for entry in back] == [shapes.meaning(entry) for entry in api]
    assert conversion.distributions_from_api(back) == options
    assert "{{ imagebuilder" not in str(options)
