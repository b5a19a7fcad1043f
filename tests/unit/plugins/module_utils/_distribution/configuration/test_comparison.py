"""Comparing the wanted configuration with what AWS has."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration import comparison

ARN = "arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web"
NAME = "web {{ imagebuilder:buildDate }}"


def entry(region="us-west-2", **ami):
    return {"region": region, "amiDistributionConfiguration": {"name": NAME, **ami}}


def found(*entries, **more):
    return {"arn": ARN, "name": "web", "distributions": list(entries), "tags": {}, **more}


def wanted(*entries, **more):
    usual = {"state": "present", "name": "web", "purge_distributions": True, "purge_accounts": True, "purge_tags": True}
    return {**usual, "distributions": list(entries) or None, **more}


def plan(want, have):
    return comparison.plan(want, have)


def test_create():
    result = plan(wanted(entry(), description="d", tags={"a": "1"}), None)
    assert (result.action, result.rewrite, result.before) == ("created", True, {})
    assert result.tags == {"a": "1"}
    assert result.after == {
        "name": "web",
        "description": "d",
        "tags": {"a": "1"},
        "distributions": {
            "us-west-2": {"ami_distribution_configuration": {"name": "web [[ imagebuilder:buildDate ]]"}}
        },
    }


def test_absent():
    assert plan(wanted(state="absent"), None).action == "unchanged"
    result = plan(wanted(state="absent"), found(entry()))
    assert (result.action, result.after) == ("deleted", {})


SAME = [
    ([entry(), entry("eu-west-1")], [entry("eu-west-1"), entry()]),
    (
        [entry(targetAccountIds=["111122223333", "444455556666"])],
        [entry(targetAccountIds=["444455556666", "111122223333"])],
    ),
    ([entry()], [{**entry(), "launchTemplateConfigurations": [], "amiDistributionConfiguration": {"name": NAME}}]),
    ([entry()], [entry(targetAccountIds=[], launchPermission={}, amiTags={})]),
    ([entry(name="{{imagebuilder:buildDate}}")], [entry(name="{{ imagebuilder:buildDate }}")]),
    (
        [{**entry(), "launchTemplateConfigurations": [{"launchTemplateId": "lt-1", "setDefaultVersion": True}]}],
        [{**entry(), "launchTemplateConfigurations": [{"launchTemplateId": "lt-1"}]}],
    ),
    (
        [{**entry(), "launchTemplateConfigurations": [{"launchTemplateId": "lt-1"}, {"launchTemplateId": "lt-2"}]}],
        [{**entry(), "launchTemplateConfigurations": [{"launchTemplateId": "lt-2"}, {"launchTemplateId": "lt-1"}]}],
    ),
    (
        [{**entry(), "ssmParameterConfigurations": [{"parameterName": "/a"}]}],
        [{**entry(), "ssmParameterConfigurations": [{"parameterName": "/a", "dataType": "aws:ec2:image"}]}],
    ),
    (
        [{**entry(), "ssmParameterConfigurations": [{"parameterName": "/a"}]}],
        [{**entry(), "ssmParameterConfigurations": [{"parameterName": "/a"}]}],
    ),
]


@pytest.mark.parametrize(("want", "have"), SAME)
def test_the_same_in_other_words_is_unchanged(want, have):
    result = plan(wanted(*want), found(*have))
    assert (result.action, result.rewrite) == ("unchanged", False)
    assert result.before == result.after


OTHER = [
    ([entry()], [entry(description="x")]),
    ([entry(description="x")], [entry()]),
    ([entry()], [entry(), entry("eu-west-1")]),
    ([entry(amiTags={"a": "B"})], [entry(amiTags={"a": "b"})]),
    ([entry(amiTags={"A": "b"})], [entry(amiTags={"a": "b"})]),
    (
        [{**entry(), "launchTemplateConfigurations": [{"launchTemplateId": "lt-1", "setDefaultVersion": False}]}],
        [{**entry(), "launchTemplateConfigurations": [{"launchTemplateId": "lt-1"}]}],
    ),
    (
        [{**entry(), "ssmParameterConfigurations": [{"parameterName": "/a"}]}],
        [{**entry(), "ssmParameterConfigurations": [{"parameterName": "/a", "dataType": "text"}]}],
    ),
    (
        [{**entry(), "ssmParameterConfigurations": [{"parameterName": "/a", "dataType": "aws:ec2:image"}]}],
        [{**entry(), "ssmParameterConfigurations": [{"parameterName": "/a"}]}],
    ),
]


@pytest.mark.parametrize(("want", "have"), OTHER)
def test_a_difference_is_an_update(want, have):
    result = plan(wanted(*want), found(*have))
    assert (result.action, result.rewrite) == ("updated", True)
    assert result.before != result.after


def test_the_order_given_is_the_order_written():
    result = plan(wanted(entry("eu-west-1"), entry(), entry("us-east-1")), found(entry()))
    assert [item["region"] for item in result.distributions] == ["eu-west-1", "us-west-2", "us-east-1"]


def test_a_new_parameter_always_has_a_data_type():
    result = plan(wanted({**entry(), "ssmParameterConfigurations": [{"parameterName": "/a"}]}), None)
    assert result.distributions[0]["ssmParameterConfigurations"] == [
        {"parameterName": "/a", "dataType": "aws:ec2:image"}
    ]


@pytest.mark.parametrize(("given", "after"), [(None, "old"), ("", None), ("new", "new")])
def test_description(given, after):
    result = plan(wanted(description=given), found(entry(), description="old"))
    assert result.description == after
    assert result.action == ("unchanged" if given is None else "updated")
    assert result.distributions == [entry()]


@pytest.mark.parametrize(
    ("tags", "purge", "set_tags", "unset_tags"),
    [
        (None, True, {}, []),
        ({}, True, {}, ["a", "b"]),
        ({}, False, {}, []),
        ({"a": "1"}, True, {}, ["b"]),
        ({"c": "3"}, False, {"c": "3"}, []),
        ({"a": "2"}, True, {"a": "2"}, ["b"]),
    ],
)
def test_tags(tags, purge, set_tags, unset_tags):
    result = plan(wanted(tags=tags, purge_tags=purge), found(entry(), tags={"a": "1", "b": "2"}))
    assert (result.set_tags, result.unset_tags, result.rewrite) == (set_tags, unset_tags, False)
    assert result.action == ("updated" if set_tags or unset_tags else "unchanged")


def test_service_tags_stay():
    result = plan(wanted(tags={}), found(entry(), tags={"aws:thing": "x", "a": "1"}))
    assert (result.unset_tags, result.tags) == (["a"], {"aws:thing": "x"})


def test_kept_regions_keep_their_order():
    have = found(entry("us-east-1", description="kept"), entry(), entry("eu-west-1"))
    result = plan(wanted(entry("eu-north-1"), entry(description="new"), purge_distributions=False), have)
    assert [item["region"] for item in result.distributions] == ["us-east-1", "us-west-2", "eu-west-1", "eu-north-1"]
    assert result.distributions[0] == entry("us-east-1", description="kept")
    assert result.distributions[1] == entry(description="new")


def test_kept_accounts_are_added_to_the_listed_ones():
    permission = {"userIds": ["1"], "userGroups": ["all"], "organizationArns": ["o"], "organizationalUnitArns": ["u"]}
    have = found(entry(targetAccountIds=["1", "2"], launchPermission=permission, description="goes"))
    want = wanted(entry(targetAccountIds=["3", "1"], launchPermission={"userIds": ["9"]}), purge_accounts=False)
    ami = plan(want, have).distributions[0]["amiDistributionConfiguration"]
    assert ami == {
        "name": NAME,
        "targetAccountIds": ["1", "2", "3"],
        "launchPermission": {**permission, "userIds": ["1", "9"]},
    }


def test_kept_accounts_survive_an_entry_without_ami_block():
    have = found(entry(launchPermission={"userIds": ["1"]}))
    want = wanted({"region": "us-west-2", "licenseConfigurationArns": ["l"]}, purge_accounts=False)
    assert plan(want, have).distributions[0] == {
        "region": "us-west-2",
        "licenseConfigurationArns": ["l"],
        "amiDistributionConfiguration": {"launchPermission": {"userIds": ["1"]}},
    }


def test_members_that_options_lack_are_carried_along():
    have = found(
        {
            **entry(watermark={"x": 1}),
            "newThing": [1],
            "launchTemplateConfigurations": [
                {"launchTemplateId": "lt-1", "note": "one"},
                {"launchTemplateId": "lt-2", "note": "two"},
            ],
        }
    )
    want = {**entry(description="d"), "launchTemplateConfigurations": [{"launchTemplateId": "lt-2"}]}
    written = plan(wanted(want), have).distributions[0]
    assert written["newThing"] == [1]
    assert written["amiDistributionConfiguration"] == {"name": NAME, "description": "d", "watermark": {"x": 1}}
    assert written["launchTemplateConfigurations"] == [{"launchTemplateId": "lt-2", "note": "two"}]


def test_nothing_empty_is_sent():
    have = found(entry(targetAccountIds=[]), {**entry("eu-west-1"), "fastLaunchConfigurations": []})
    result = plan(wanted(description="new"), have)
    assert result.distributions == [entry(), entry("eu-west-1")]
