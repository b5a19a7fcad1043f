"""Options -> the AWS CLI's document, and back."""

from __future__ import annotations

import json
from pathlib import Path

import botocore.session
import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.cli_json import CliInputError
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.cli_json import (
    document_from_options,
)
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.cli_json import (
    options_from_text,
)
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.comparison import normalised
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import (
    distributions_to_api,
)
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import (
    placeholders_to_api,
)
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import tags_to_api
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields import DISTRIBUTION_OPTIONS
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

FILES = Path(__file__).parents[6] / "playbooks" / "files"
ARN = "arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image"
SERVICE_MODEL = botocore.session.get_session().get_service_model("imagebuilder")

PLACEHOLDERS = st.sampled_from(
    ["[[ imagebuilder:buildDate ]]", "{{ imagebuilder:buildDate }}", "{{imagebuilder:buildVersion}}", "[[ssm:/a/b]]"]
)
PIECES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
TEXTS = st.lists(PIECES | PLACEHOLDERS, min_size=1, max_size=3).map(" ".join)
TAGS = st.dictionaries(PIECES, TEXTS | st.just(""), max_size=3)


def values_of(option):
    """Returns a strategy for the values of an option."""
    if option["type"] == "dict":
        return entries_of(option["options"]) if "options" in option else TAGS
    if option["type"] == "list":
        return st.lists(values_of({**option, "type": option["elements"]}), max_size=2)
    return {"str": TEXTS, "int": st.integers(1, 10000), "bool": st.booleans()}[option["type"]]


@st.composite
def entries_of(draw, spec):
    """Returns a strategy for a map of options by their names or aliases, some of them null."""
    entry = {}
    for name, option in spec.items():
        if name == "name_prefix" and entry.get("name") is not None:
            continue
        if option.get("required"):
            entry[name] = draw(values_of(option))
        elif draw(st.booleans()):
            entry[draw(st.sampled_from([name, *option.get("aliases", [])]))] = draw(st.none() | values_of(option))
    return entry


CONFIGURATIONS = st.fixed_dictionaries(
    {"distributions": st.lists(entries_of(DISTRIBUTION_OPTIONS), min_size=1, max_size=3)},
    optional={"description": st.none() | st.just("") | TEXTS, "state": st.just("present")},
)
CREATED = st.builds(
    lambda configuration, selector, tags: {**configuration, **selector, **tags},
    CONFIGURATIONS,
    st.builds(lambda name, arn: {"name": name, **arn}, TEXTS, st.sampled_from([{}, {"arn": ARN}])),
    st.fixed_dictionaries({}, optional={"tags": st.none() | TAGS}),
)
UPDATED = st.builds(
    lambda configuration, selector: {**configuration, selector: ARN},
    CONFIGURATIONS,
    st.sampled_from(["arn", "distribution_configuration_arn"]),
)


def meaning(options):
    """Returns a configuration in a form that does not depend on its spelling."""
    return {
        "selected": options.get("name") or options.get("arn") or options.get("distribution_configuration_arn"),
        "description": placeholders_to_api(options.get("description") or ""),
        "distributions": normalised(distributions_to_api(options["distributions"])),
        "tags": tags_to_api(options.get("tags") or {}),
    }


def refused_by_the_cli(document):
    """Returns botocore's own errors, which the AWS CLI reports before it sends anything; empty if there are none."""
    operation = "CreateDistributionConfiguration" if "name" in document else "UpdateDistributionConfiguration"
    shape = SERVICE_MODEL.operation_model(operation).input_shape
    # The CLI fills in the token.
    return ParamValidator().validate({**document, "clientToken": "token"}, shape).generate_report()


@given(CREATED | UPDATED)
@settings(max_examples=60, deadline=None)
def test_options_survive_the_round_trip(options):
    document, warnings = document_from_options(options)
    assert warnings == []
    again, warnings = options_from_text(json.dumps(document))
    assert warnings == []
    assert meaning(again) == meaning(options)
    # Reading normalises, so the options give the same text again.
    assert json.dumps(document_from_options(again)[0]) == json.dumps(document)


@pytest.mark.current_botocore
@given(CREATED | UPDATED)
@settings(max_examples=60, deadline=None)
def test_the_aws_cli_accepts_what_is_written(options):
    assert refused_by_the_cli(document_from_options(options)[0]) == ""


@pytest.mark.current_botocore
def test_the_validator_sees_what_is_wrong():
    document, dummy = document_from_options({"name": "web", "distributions": [{"region": "us-west-2"}]})
    assert "nmae" in refused_by_the_cli({**document, "nmae": "web"})


@pytest.mark.current_botocore
@pytest.mark.parametrize("path", sorted(FILES.glob("*.json")), ids=lambda path: path.name)
def test_each_file_survives_the_round_trip(path):
    options, dummy = options_from_text(path.read_text(encoding="utf-8"))
    document, warnings = document_from_options(options)
    assert warnings == []
    assert refused_by_the_cli(document) == ""
    assert options_from_text(json.dumps(document)) == (options, [])
    if path.name.startswith("create"):
        assert normalised(document) == normalised(json.loads(path.read_text(encoding="utf-8")))


def test_what_the_modules_return_is_taken():
    returned = {
        "arn": ARN,
        "name": "web-image",
        "description": None,
        "distributions": [{"region": "us-west-2", "ami_distribution_configuration": {"kms_key_id": "k"}}],
        "tags": {"b": "2", "a": 1},
        "date_created": "2026-01-01T00:00:00.000Z",
        "date_updated": None,
        "pipelines": [],
    }
    document, warnings = document_from_options(returned)
    assert json.dumps(document) == json.dumps(
        {
            "name": "web-image",
            "distributions": [{"region": "us-west-2", "amiDistributionConfiguration": {"kmsKeyId": "k"}}],
            "tags": {"a": "1", "b": "2"},
        }
    )
    assert warnings == []


def test_the_error_about_a_summary_says_that_it_is_one():
    with pytest.raises(CliInputError) as caught:
        document_from_options({"arn": ARN, "name": "web-image", "description": None, "regions": ["us-west-2"]})
    assert caught.value.errors == [
        "distributions: is required, with at least one Region; this is a summary, read it with its details"
    ]


def test_the_name_prefix_and_types_are_those_that_the_module_sends():
    entry = {
        "region": "us-west-2",
        "ami_distribution_configuration": {"name_prefix": "web", "tags": {"b": 1, "a": "[[ssm:x]]"}},
        "fast_launch_configurations": [{"enabled": "yes", "max_parallel_launches": "6"}],
        "launch_template_configurations": [{"launch_template_id": "lt-0123456789abcdef0"}],
    }
    document, dummy = document_from_options({"name": "a", "distributions": [entry]})
    assert json.dumps(document["distributions"]) == json.dumps(
        [
            {
                "region": "us-west-2",
                "amiDistributionConfiguration": {
                    "name": "web {{ imagebuilder:buildDate }}",
                    "amiTags": {"a": "{{ssm:x}}", "b": "1"},
                },
                "launchTemplateConfigurations": [
                    {"launchTemplateId": "lt-0123456789abcdef0", "setDefaultVersion": True}
                ],
                "fastLaunchConfigurations": [{"enabled": True, "maxParallelLaunches": 6}],
            }
        ]
    )


def test_what_an_update_cannot_say_is_named():
    options = {
        "arn": ARN,
        "distributions": [{"region": "us-west-2"}],
        "tags": {"a": "b"},
        "purge_tags": False,
        "purge_distributions": False,
        "purge_accounts": True,
    }
    document, warnings = document_from_options(options)
    assert document == {"distributionConfigurationArn": ARN, "distributions": [{"region": "us-west-2"}]}
    assert warnings == [
        "tags: left out, because the update command does not take tags; use aws imagebuilder tag-resource",
        "purge_distributions: left out, because the update command replaces the whole configuration",
    ]
    assert document_from_options({**options, "tags": {}, "purge_distributions": True})[1] == []


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        ({"distributions": [{"region": "us-west-2"}]}, ["name"]),
        ({"name": "a"}, ["distributions"]),
        ({"name": "a", "distributions": []}, ["distributions"]),
        ({"name": "a", "state": "absent"}, ["state"]),
        ({"name": "a", "distributions": [{}], "userIds": []}, ["userIds", "distributions[0].region"]),
        (
            {"name": "a", "distributions": [{"region": "x", "kms_key_id": "k", "license_configuration_arns": {}}]},
            ["distributions[0].kms_key_id", "distributions[0].license_configuration_arns"],
        ),
    ],
)
def test_all_errors_of_the_options_are_named_at_once(options, paths):
    with pytest.raises(CliInputError) as caught:
        document_from_options(options)
    assert [error.partition(":")[0] for error in caught.value.errors] == paths


@pytest.mark.current_botocore
@pytest.mark.parametrize("command", ["Create", "Update"])
def test_every_member_of_both_commands_is_known(command):
    members = SERVICE_MODEL.operation_model(command + "DistributionConfiguration").input_shape.members
    # No member has this type, so each member is reported, or left out and not reported.
    with pytest.raises(CliInputError) as caught:
        options_from_text(json.dumps(dict.fromkeys(members, 1.5)))
    unknown = [error for error in caught.value.errors if "unknown member" in error]
    assert unknown == []
