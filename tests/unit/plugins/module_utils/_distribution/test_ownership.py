"""Which spec a distribution configuration belongs to, and which runs must not write."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import ownership
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.ownership import Owner

ACCOUNT, REGION = "123456789012", "us-east-1"
WEB = Owner("web", ACCOUNT, REGION)


def summary(name, owner=WEB, **tags):
    value = {ownership.SPEC_TAG: owner.value} if isinstance(owner, Owner) else {}
    return {"name": name, "arn": f"arn:{name}", "tags": {**value, **tags}}


def judge(*summaries, listed=(), **more):
    return ownership.judge(WEB, summaries, [f"arn:{name}" for name in listed], **more)


def test_names_of_a_spec():
    assert WEB.value == "web/123456789012/us-east-1"
    assert WEB.sid == "Goldimage123456789012XwebXusXeastX1"
    assert WEB.policy_name == "goldimage-web-us-east-1"
    assert WEB.target_policy_name == "goldimage-web-us-east-1-123456789012"
    assert WEB.user_tag == "goldimage.aws:spec/web/us-east-1"


@pytest.mark.parametrize(
    ("value", "owner"),
    [
        ("web/123456789012/us-east-1", WEB),
        ("batch-2/123456789012/us-east-1", WEB._replace(spec_id="batch-2")),
        ("web", None),
        ("web/123456789012", None),
        ("web//us-east-1", None),
        ("Web/123456789012/us-east-1", None),
        ("web/123456789012/us-east-1/more", None),
        ("", None),
    ],
)
def test_what_the_tag_says(value, owner):
    assert ownership.owner_of({ownership.SPEC_TAG: value}) == owner


def test_without_tags_there_is_no_owner():
    assert ownership.owner_of(None) is None
    assert ownership.owner_of({"Team": "web"}) is None


@pytest.mark.parametrize("spec_id", ["a", "web", "web-2", "a" * 32])
def test_ids_that_are_accepted(spec_id):
    assert ownership.spec_id_errors(spec_id) == []


@pytest.mark.parametrize("spec_id", ["", "-web", "web-", "Web", "web_2", "a" * 33, "web/2", "web\n"])
def test_ids_that_are_refused(spec_id):
    [error] = ownership.spec_id_errors(spec_id, "distribution_rollout_spec_id")
    assert error.path == "distribution_rollout_spec_id"


def test_what_is_listed_and_what_nobody_owns_may_be_written():
    judgement = judge(summary("one"), summary("free", None), summary("other", None, Team="x"), listed=["one", "free"])
    assert judgement == ownership.Judgement([], [], [])


def test_an_unlisted_configuration_of_the_spec_stops_the_run_and_names_the_remedies():
    judgement = judge(summary("old"), summary("new"), listed=["new"])
    assert [one["name"] for one in judgement.unlisted] == ["old"]
    [text] = judgement.errors
    for part in (
        "old (arn:old)",
        "web/123456789012/us-east-1",
        "nothing was written",
        "purge: true",
        "distribution_rollout_purge: true",
        "release: [old]",
        "distribution_rollout_release",
        "another spec_id",
    ):
        assert part in text
    assert "new" not in text.split("release:")[0]


def test_purge_and_release_say_what_becomes_of_it():
    judgement = judge(summary("old"), summary("older"), listed=[], release=["OLDER"], purge=True)
    assert [one["name"] for one in judgement.unlisted] == ["old"]
    assert [one["name"] for one in judgement.released] == ["older"]
    assert judgement.errors == []
    assert judge(summary("old"), release=["old"]).errors == []


def test_releasing_an_unknown_configuration_does_not_matter():
    assert judge(summary("free", None), release=["free", "nowhere"]) == ownership.Judgement([], [], [])


def test_what_another_spec_owns_is_not_taken_over():
    judgement = judge(summary("one", WEB._replace(spec_id="batch")), listed=["one"], purge=True)
    [text] = judgement.errors
    assert "belongs to another spec" in text
    assert "batch/123456789012/us-east-1" in text
    # If the run does not list it, it does not matter.
    assert judge(summary("one", WEB._replace(spec_id="batch"))).errors == []


@pytest.mark.parametrize("owner", [WEB._replace(account_id="444455556666"), WEB._replace(region="eu-west-1")])
def test_tags_of_another_account_or_region_came_with_a_copy(owner):
    assert judge(summary("one", owner)) == ownership.Judgement([], [], [])
    assert judge(summary("one", owner), listed=["one"]).errors == []
    # A tag of another spec from elsewhere does not prevent managing it here either.
    assert judge(summary("one", owner._replace(spec_id="batch")), listed=["one"]).errors == []


def test_configurations_of_waves_are_not_unlisted():
    assert judge(summary("web-wave-1", **{ownership.WAVES_TAG: "web"})) == ownership.Judgement([], [], [])
