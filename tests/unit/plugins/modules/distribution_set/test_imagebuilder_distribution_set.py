"""Many configurations in one task: the outcomes, their order, and the purge."""

from __future__ import annotations

import importlib

import pytest

from tests.unit.plugins.modules.distribution_set.sets import actions
from tests.unit.plugins.modules.distribution_set.sets import ARN
from tests.unit.plugins.modules.distribution_set.sets import ENTRY
from tests.unit.plugins.modules.distribution_set.sets import image
from tests.unit.plugins.modules.distribution_set.sets import names
from tests.unit.plugins.modules.distribution_set.sets import PLUGINS
from tests.unit.plugins.modules.distribution_set.sets import REGION

pytestmark = pytest.mark.current_botocore


def test_each_entry_has_one_outcome_in_the_order_given(run, plant, requests, backend, use):
    plant("same", "old", "gone", "denied", "used")
    use("used", "nightly")
    requests.errors[("GetDistributionConfiguration", "denied")] = ["AccessDeniedException"]
    wanted = [
        image("same"),
        image("denied"),
        image("new"),
        {"name": "gone", "state": "absent"},
        image("old", description="changed"),
        {"name": "used", "state": "absent"},
        {"name": "never there", "state": "absent"},
        {"distribution_configuration_arn": ARN + "nowhere", "description": "x"},
    ]
    result = run(wanted)
    assert actions(result) == [
        ("same", "unchanged"),
        ("denied", "failed"),
        ("new", "created"),
        ("gone", "deleted"),
        ("old", "updated"),
        ("used", "failed"),
        ("never there", "unchanged"),
        (None, "failed"),
    ]
    assert [outcome["arn"] for outcome in result["outcomes"]] == [
        ARN + part for part in ("same", "denied", "new", "gone", "old", "used", "never-there", "nowhere")
    ]
    assert result["summary"] == {
        "created": 1,
        "updated": 1,
        "deleted": 1,
        "released": 0,
        "unchanged": 2,
        "kept": 0,
        "failed": 3,
    }
    assert result["failed"] is True
    assert result["changed"] is True
    heading, *lines = result["msg"].splitlines()
    assert heading == "3 of 8 distribution configurations failed:"
    assert lines == [f"- {outcome['error']}" for outcome in result["outcomes"] if outcome["error"]]
    assert lines[0].startswith("- distribution_configurations[1]: Failed to read the distribution configuration denied")
    assert "nightly" in lines[1]
    assert lines[2].startswith("- distribution_configurations[7].distribution_configuration_arn: ")
    assert names(backend) == ["denied", "new", "old", "same", "used"]


def test_check_mode_tells_the_same_and_writes_nothing(run, plant, requests, backend):
    plant("same", "old", "gone")
    wanted = [image("same"), image("new"), {"name": "gone", "state": "absent"}, image("old", description="changed")]
    predicted = run(wanted, check_mode=True, diff=True)
    assert {operation for operation, name in requests.writes} == {"CreateDistributionConfiguration"}
    assert names(backend) == ["gone", "old", "same"]
    done = run(wanted, diff=True)
    for key in ("outcomes", "summary", "diff", "changed"):
        assert predicted[key] == done[key]
    again = run(wanted)
    assert again["changed"] is False
    assert again["summary"]["unchanged"] == 4


def test_nothing_is_read_twice_and_nothing_read_that_is_not_compared(run, plant, requests):
    plant("old", "same")
    run([image("old", description="new"), image("same"), image("new"), {"name": "gone", "state": "absent"}])
    assert sorted(requests, key=str) == [
        ("CreateDistributionConfiguration", "new"),
        ("GetCallerIdentity", None),
        ("GetDistributionConfiguration", "gone"),
        ("GetDistributionConfiguration", "new"),
        ("GetDistributionConfiguration", "old"),
        ("GetDistributionConfiguration", "same"),
        ("UpdateDistributionConfiguration", "old"),
    ]


def test_with_arns_nobody_asks_who_we_are(run, plant, requests):
    plant("aaa", "bbb")
    run([{"arn": ARN + "aaa", "distributions": [ENTRY]}, {"distribution_configuration_arn": ARN + "bbb"}])
    assert sorted(requests) == [("GetDistributionConfiguration", "aaa"), ("GetDistributionConfiguration", "bbb")]


def test_writes_do_not_wait_for_all_reads(run, requests):
    run([image(f"image {number}") for number in range(30)], workers=3)
    operations = [operation for operation, name in requests]
    first_write = operations.index("CreateDistributionConfiguration")
    assert first_write < len(operations) - 1 - operations[::-1].index("GetDistributionConfiguration")


def test_a_diff_for_each_changed_configuration_and_only_in_diff_mode(run, plant):
    plant("same", "old", "gone", "denied")
    wanted = [image("same"), image("old", description="new"), image("new"), {"name": "gone", "state": "absent"}]
    predicted = run(wanted, check_mode=True)
    assert "diff" not in predicted
    result = run(wanted, diff=True)
    shown = [(diff["before_header"], diff["after_header"]) for diff in result["diff"]]
    assert shown == [("old", "old"), ("new", "new"), ("gone", "gone")]
    old, new, gone = result["diff"]
    assert old["prepared"] == "~ old\n    description: nothing -> new\n"
    description = {"region": None, "field": "description", "before": None, "after": "new"}
    assert [outcome["changes"] for outcome in result["outcomes"]] == [[], [description], [], []]
    assert new["before"] == {}
    assert gone["after"] == {}


def test_what_was_half_written_counts_as_changed(run, plant, requests):
    plant("old", Stage="test")
    requests.errors[("UntagResource", "old")] = ["AccessDeniedException"]
    result = run([image("old", description="new", tags={})], diff=True)
    assert result["failed"] is True
    assert result["changed"] is True
    assert "After settings had been written" in result["outcomes"][0]["error"]
    requests.errors[("GetDistributionConfiguration", "old")] = ["AccessDeniedException"]
    assert run([image("old")])["changed"] is False


def test_retries_are_counted(run, plant, requests):
    plant("aaa", "bbb")
    requests.errors[("GetDistributionConfiguration", "aaa")] = ["CallRateLimitExceededException"] * 3
    requests.errors[("GetDistributionConfiguration", "bbb")] = ["ServiceUnavailableException"]
    result = run([image("aaa"), image("bbb")])
    assert (result["retries"], result["summary"]["unchanged"]) == (4, 2)


def test_a_fault_of_our_own_loses_no_other_outcome(run, plant, monkeypatch, backend):
    comparison = importlib.import_module(f"{PLUGINS}.module_utils._distribution.configuration.comparison")
    original = comparison.plan

    def plan(wanted, found):
        if wanted["name"] == "broken":
            raise KeyError("surprise")
        return original(wanted, found)

    monkeypatch.setattr(comparison, "plan", plan)
    result = run([image("aaa"), image("broken"), image("bbb")])
    assert [action for name, action in actions(result)] == ["created", "failed", "created"]
    assert "broken: unexpected KeyError: 'surprise'" in result["msg"]
    assert names(backend) == ["aaa", "bbb"]


def test_everything_is_checked_before_anything_is_asked(run, requests):
    wanted = [
        image("Web Image"),
        image("fine"),
        {"name": "!", "distributions": [{"region": "eu-west-1"}]},
        image("web_image"),
        image("fine"),
        {"arn": ARN + "fine"},
    ]
    result = run(wanted, workers=0, purge_limit=-1)
    assert result["failed"] is True
    assert requests == []
    lines = result["msg"].splitlines()[1:]
    assert [line.split(":")[0] for line in lines] == [
        "- purge_limit",
        "- workers",
        "- distribution_configurations[2].name",
        "- distribution_configurations[2].distributions[0]",
        "- distribution_configurations[3].name",
        "- distribution_configurations[4].name",
        "- distribution_configurations[5].distribution_configuration_arn",
    ]
    assert "'Web Image' at distribution_configurations[0].name" in lines[4]
    assert "same configuration as distribution_configurations[1].name;" in lines[5]
    assert "'fine' at distribution_configurations[1].name" in lines[6]


def test_an_empty_list_is_nothing_to_do(run, requests):
    result = run([])
    assert (result["changed"], result["outcomes"]) == (False, [])
    assert requests == []


@pytest.mark.parametrize(
    ("configurations", "options", "text"),
    [
        ([image("aaa")], {}, "ownership_tags: is needed with purge"),
        ([image("aaa")], {"ownership_tags": {}}, "ownership_tags: {}: is needed with purge"),
        ([], {"ownership_tags": {"Team": "a"}}, "distribution_configurations: []: an empty list with purge"),
        ([image("aaa")], {"ownership_tags": {"aws:x": "a"}}, "ownership_tags['aws:x']"),
        (
            [image("aaa"), image("bbb", tags={"Team": "b"})],
            {"ownership_tags": {"Team": "a"}},
            "distribution_configurations[1].tags['Team']: 'b': ownership_tags has 'a' for it",
        ),
    ],
)
def test_a_purge_that_could_hit_others_is_refused(run, plant, requests, backend, configurations, options, text):
    plant("x", Team="a")
    result = run(configurations, purge=True, **options)
    assert result["failed"] is True
    assert text in result["msg"]
    assert result["msg"].count("aws:x") <= 1 + ("its key" in result["msg"])
    assert requests == []
    assert names(backend) == ["x"]


def test_a_purge_removes_what_bears_all_ownership_tags_and_nothing_else(run, plant, requests, backend, use):
    plant("listed", "surplus", "busy", Team="a", Stage="prod", Extra="x")
    plant("other stage", Team="a", Stage="test")
    plant("half", Team="a")
    plant("untagged")
    use("busy", "nightly")
    owned = {"Team": "a", "Stage": "prod"}
    wanted = [image("Listed New"), image("listed", tags={"Extra": "y"})]
    expected = [("Listed New", "created"), ("listed", "updated"), ("busy", "kept"), ("surplus", "deleted")]

    predicted = run(wanted, check_mode=True, purge=True, ownership_tags=owned)
    assert actions(predicted) == expected
    assert "surplus" in names(backend)
    del requests[:]
    result = run(wanted, diff=True, purge=True, ownership_tags=owned)
    assert actions(result) == expected
    assert "failed" not in result
    kept = result["outcomes"][2]
    assert kept["error"].startswith("purge: These pipelines still use the configuration: nightly (arn:")
    assert result["summary"]["kept"] == 1
    assert names(backend) == ["Listed New", "busy", "half", "listed", "other stage", "untagged"]
    # Somebody may have taken it over since it was listed.
    assert requests.count(("GetDistributionConfiguration", "surplus")) == 1
    assert [operation for operation, name in requests].count("ListDistributionConfigurations") == 1
    stored = {one.name: one.tags for one in backend.distribution_configurations.values()}
    assert stored["Listed New"] == owned
    assert stored["listed"] == {**owned, "Extra": "y"}
    gone = result["diff"][-1]
    assert (gone["before_header"], gone["before"]["distributions"], gone["after"]) == ("surplus", {REGION: {}}, {})

    again = run(wanted, purge=True, ownership_tags=owned)
    assert (again["changed"], again["summary"]["kept"]) == (False, 1)


def test_a_purge_beyond_its_limit_writes_nothing_and_names_what_would_go(run, plant, requests, backend):
    plant("aaa", "bbb", "ccc", Team="a")
    for check_mode in (True, False):
        del requests[:]
        result = run([image("new")], check_mode, purge=True, ownership_tags={"Team": "a"}, purge_limit=2)
        assert result["failed"] is True
        assert "purge_limit: 2: purge would remove 3" in result["msg"]
        assert ": aaa, bbb, ccc." in result["msg"]
        assert requests.writes == []
    assert names(backend) == ["aaa", "bbb", "ccc"]
    result = run([image("new")], purge=True, ownership_tags={"Team": "a"}, purge_limit=3)
    assert names(backend) == ["new"]
    assert result["summary"]["deleted"] == 3


def test_a_listed_configuration_that_fails_is_not_purged(run, plant, requests, backend):
    plant("aaa", "Web Image", Team="a")
    requests.errors[("GetDistributionConfiguration", "aaa")] = ["AccessDeniedException"]
    result = run([image("aaa"), image("web-image")], purge=True, ownership_tags={"Team": "a"})
    assert [action for name, action in actions(result)] == ["failed", "failed"]
    assert names(backend) == ["Web Image", "aaa"]


def test_nothing_is_written_where_the_listing_for_a_purge_fails(run, requests, backend):
    requests.errors[("ListDistributionConfigurations", None)] = ["AccessDeniedException"]
    result = run([image("aaa")], purge=True, ownership_tags={"Team": "a"})
    assert result["failed"] is True
    assert "imagebuilder:ListDistributionConfigurations" in result["msg"]
    assert names(backend) == []


def test_ownership_tags_come_to_the_tags_that_are_there(run, plant, backend):
    plant("kept", "replaced", Stage="prod")
    owned = {"Team": "a", "Number": 1}
    run(
        [image("kept"), image("replaced", tags={"Own": "x"}), {"name": "none", "state": "absent"}], ownership_tags=owned
    )
    stored = {one.name: one.tags for one in backend.distribution_configurations.values()}
    assert stored["kept"] == {"Stage": "prod", "Team": "a", "Number": "1"}
    assert stored["replaced"] == {"Own": "x", "Team": "a", "Number": "1"}


@pytest.mark.parametrize("details", [True, False])
def test_what_info_returns_is_valid_input(run, run_module, plant, use, requests, details):
    plant("Web Image", description="{{ imagebuilder:buildVersion }}", Team="a")
    plant("plain")
    use("plain", "nightly")
    gathered = run_module("imagebuilder_distribution_info", {"pipelines": True, "details": details})
    del requests[:]
    result = run(gathered["distribution_configurations"])
    assert actions(result) == [("Web Image", "unchanged"), ("plain", "unchanged")]
    assert requests.writes == []


def test_the_list_may_be_a_json_text(run, plant, requests):
    plant("aaa")
    assert run('[{"name": "aaa", "description": null}]')["summary"]["unchanged"] == 1
    del requests[:]
    for text, message in (
        ('[{"name": "aaa", "tgas": {}}]', "distribution_configurations[0].tgas: unknown option, did you mean tags?"),
        ("[{", "distribution_configurations: is a string"),
        ("[1]", "distribution_configurations[0]"),
    ):
        result = run(text)
        assert result["failed"] is True
        assert message in result["msg"]
    assert requests == []


def test_warnings_that_differ_in_the_configuration_alone_become_one(run, aws):
    public = {
        **ENTRY,
        "ami_distribution_configuration": {"name_prefix": "x", "launch_permission": {"user_groups": ["all"]}},
    }
    wanted = [{"name": f"image-{number:02}", "distributions": [public]} for number in range(9)]
    warnings = run(wanted)["warnings"]
    texts = [warning if isinstance(warning, str) else warning["msg"] for warning in warnings]
    assert len(texts) == 1
    assert texts[0].startswith("distribution_configurations[0].distributions[0].ami_distribution_configuration")
    assert texts[0].endswith("(Likewise: image-01, image-02, image-03, image-04, image-05 and 3 others.)")


def test_the_options_are_not_sent_back(run, plant):
    plant("aaa")
    sent_back = run([image("aaa", description="a description of this very image")], check_mode=True)["invocation"]
    assert "very image" not in str(sent_back)
    assert sent_back["module_args"]["workers"] == 10


def test_an_entry_takes_the_options_of_one_configuration():
    fields = importlib.import_module(f"{PLUGINS}.module_utils._distribution.fields")
    entry = fields.list_option()["options"]
    without_alias = {**fields.CONFIGURATION_OPTIONS, "distribution_configuration_arn": {"type": "str"}}
    assert {name: entry[name] for name in without_alias} == without_alias
    assert set(entry) - set(without_alias) == {"arn", *fields.READ_ONLY_OPTIONS}
