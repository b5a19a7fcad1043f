"""The filters and the test that the role is built from, where they do more than hand on."""

from __future__ import annotations

import importlib

import pytest

from ansible.errors import AnsibleFilterError

PLUGINS = "ansible_collections.goldimage.aws.plugins"


def load(kind, name):
    return getattr(importlib.import_module(f"{PLUGINS}.{kind}.{name}"), name)


def test_unknown_names_are_shown_with_the_nearest_one():
    unknown_names = load("filter", "unknown_names")
    known = ["distribution_rollout_region", "distribution_rollout_regions", "distribution_rollout_tags"]
    found = unknown_names(
        [
            "distribution_rollout_regoin",
            "distribution_rollout_tags",
            "distribution_rollout_xyz",
            "distribution_rollout_tag",
        ],
        known,
    )
    assert found == [
        "distribution_rollout_regoin (did you mean distribution_rollout_region?)",
        "distribution_rollout_tag (did you mean distribution_rollout_tags?)",
        # The common beginning alone is no likeness.
        "distribution_rollout_xyz",
    ]
    assert unknown_names(known, known) == []
    with pytest.raises(AnsibleFilterError):
        unknown_names("region", known)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("regions", "us-east-1, eu-west-1", ["us-east-1", "eu-west-1"]),
        ("regions", "us-east-1\neu-west-1\n", ["us-east-1", "eu-west-1"]),
        ("regions", '["us-east-1", {"region": "eu-west-1"}]', ["us-east-1", {"region": "eu-west-1"}]),
        ("regions", "us-east-1:\neu-west-1:", {"us-east-1": None, "eu-west-1": None}),
    ],
)
def test_a_text_from_a_survey_is_read(name, text, value):
    spec = load("filter", "distribution_rollout_spec")
    more = {"spec_id": "web", "defaults": '{"ami_distribution_configuration": {"name_prefix": "web"}}'}
    written = spec({**more, name: text}, account_id="123456789012", home_region="us-east-1")
    assert written == spec({**more, name: value}, account_id="123456789012", home_region="us-east-1")
    assert [entry["region"] for entry in written["configurations"][0]["distributions"]] == ["us-east-1", "eu-west-1"]


def test_public_amis_are_seen_in_json_too():
    spec = load("filter", "distribution_rollout_spec")
    text = (
        '[{"region": "us-east-1", "ami_distribution_configuration": {"launch_permission": {"user_groups": ["all"]}}}]'
    )
    found = spec({"spec_id": "web", "distributions": text}, account_id="123456789012", home_region="us-east-1")
    assert found["public"] == [{"configuration": "web", "region": "us-east-1"}]
    # The spelling of the API is refused with the right one, and never passed by.
    with pytest.raises(AnsibleFilterError, match="write it as launch_permission"):
        spec(
            {"spec_id": "web", "distributions": text.replace("launch_permission", "launchPermission")},
            account_id="123456789012",
            home_region="us-east-1",
        )


def test_all_that_is_wrong_with_the_variables_is_one_error():
    spec = load("filter", "distribution_rollout_spec")
    with pytest.raises(AnsibleFilterError) as caught:
        spec({"spec_id": "web", "regions": "[", "tags": "{"}, account_id="123456789012", home_region="us-east-1")
    assert "distribution_rollout_regions" in str(caught.value)
    assert "distribution_rollout_tags" in str(caught.value)


def trust(**statement):
    allow = {"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{**allow, **statement}]}


@pytest.mark.parametrize(
    ("document", "trusted"),
    [
        (trust(), True),
        (trust(Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}}), True),
        (trust(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}), False),
        (trust(Principal={"Service": ["ec2.amazonaws.com", "imagebuilder.amazonaws.com"]}), True),
        (trust(Principal={"Service": "ec2.amazonaws.com"}), False),
        (trust(Effect="Deny"), False),
        (trust(Action="sts:TagSession"), False),
    ],
)
def test_whether_a_service_is_trusted(document, trusted):
    trusting_service = load("test", "trusting_service")
    assert trusting_service(document, "imagebuilder.amazonaws.com", "123456789012") is trusted
