"""Ansible reads from the filter's YAML exactly what is in AWS, and evaluates nothing in it."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.filter import to_spec_yaml as plugin
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.unsafe_proxy import wrap_var

from tests.texts import ANY_TEXT
from tests.texts import commands
from tests.texts import PLAIN

to_spec_yaml = plugin.FilterModule().filters()["to_spec_yaml"]


def configuration(text, key="Team"):
    """A configuration with a text in all its strings."""
    return {
        "arn": "arn:aws:imagebuilder:us-east-1:123456789012:distribution-configuration/web",
        "name": "web",
        "description": text,
        "tags": {key: text},
        "distributions": [
            {
                "region": "us-east-1",
                "ami_distribution_configuration": {
                    "description": text,
                    "ami_tags": {key: text},
                    "target_account_ids": ["012345678901", "123456789012"],
                },
                "fast_launch_configurations": [{"enabled": True, "max_parallel_launches": 6}],
            }
        ],
    }


def read(text, folder):
    """The variables that `ansible-playbook -e @FILE` has, as Ansible gives them to a task."""
    path = folder / "spec.yml"
    path.write_bytes(text.encode())
    loader = DataLoader()
    try:
        variables = loader.load_from_file(str(path), trusted_as_template=True)
    except TypeError:
        # ansible-core before 2.19 takes every text for a template that is not marked.
        variables = loader.load_from_file(str(path))
    return Templar(loader=loader, variables={}).template(variables)


def expected(one):
    """The entry of the spec for a configuration: without its ARN and empty values."""
    return {name: value for name, value in one.items() if name != "arn" and value}


def check(one, folder):
    variables = read(to_spec_yaml([one], "us-east-1"), folder)
    written = variables["distribution_rollout_configurations"]
    assert written == [expected(one)]
    assert [str(key) for key in written[0]["tags"]] == list(one["tags"])


@pytest.mark.parametrize("text", [*PLAIN, *commands("/nowhere")], ids=ascii)
def test_a_text_comes_back_as_it_was(text, tmp_path):
    check(configuration(text), tmp_path)
    check(configuration("value", text), tmp_path)


@settings(max_examples=300, deadline=None)
@given(text=ANY_TEXT, key=ANY_TEXT)
def test_any_text_comes_back_as_it_was(tmp_path_factory, text, key):
    check(configuration(text, key), tmp_path_factory.getbasetemp())


@settings(max_examples=100, deadline=None)
@given(region=ANY_TEXT, spec_id=st.one_of(st.just("exported"), ANY_TEXT))
def test_so_does_what_is_asked_for(tmp_path_factory, region, spec_id):
    variables = read(to_spec_yaml([configuration("x")], region, spec_id=spec_id), tmp_path_factory.getbasetemp())
    assert variables["distribution_rollout_region"] == region
    assert variables["distribution_rollout_spec_id"] == spec_id


def test_the_file_is_for_people_too():
    text = to_spec_yaml([configuration("Text {{ as it is }}")], "us-east-1", spec_id="web")
    lines = text.splitlines()
    assert lines[0] == "---"
    assert [line for line in lines[1:] if not line.startswith("#")] == [
        "distribution_rollout_spec_id: web",
        "distribution_rollout_region: us-east-1",
        "distribution_rollout_execution_role_name: ''",
        "distribution_rollout_target_accounts: []",
        "distribution_rollout_configurations:",
        "  - name: web",
        "    description: !unsafe 'Text {{ as it is }}'",
        "    tags:",
        "      Team: !unsafe 'Text {{ as it is }}'",
        "    distributions:",
        "      - region: us-east-1",
        "        ami_distribution_configuration:",
        "          description: !unsafe 'Text {{ as it is }}'",
        "          ami_tags:",
        "            Team: !unsafe 'Text {{ as it is }}'",
        "          target_account_ids:",
        "            - '012345678901'",
        "            - '123456789012'",
        "        fast_launch_configurations:",
        "          - enabled: true",
        "            max_parallel_launches: 6",
    ]


def test_what_the_role_writes_itself_is_left_out(tmp_path):
    whole, wave = configuration("web"), {**configuration("wave"), "name": "web-wave-1"}
    whole["tags"]["goldimage.aws:spec"] = "web/123456789012/us-east-1"
    wave["tags"]["goldimage.aws:waves"] = "web"
    text = to_spec_yaml([whole, wave, {**wave, "name": "web-wave-2"}], "us-east-1")
    assert read(text, tmp_path)["distribution_rollout_configurations"] == [expected(configuration("web"))]
    assert '# Without ["web-wave-1", "web-wave-2"], which the role creates for waves.\n' in text


def test_a_tag_alone_leaves_nothing_out(tmp_path):
    """Anyone who can write tags could otherwise make a configuration disappear from the spec."""
    tagged = configuration("web")
    tagged["tags"]["goldimage.aws:waves"] = "web"
    assert read(to_spec_yaml([tagged], "us-east-1"), tmp_path)["distribution_rollout_configurations"] == [
        expected(tagged)
    ]


@pytest.mark.parametrize("name", ["x\u2028distribution_rollout_state: absent-wave-1", "x\x85a: b-wave-1"])
def test_the_name_of_a_wave_stays_in_its_comment(tmp_path, name):
    wave = {**configuration("wave"), "name": name, "tags": {"goldimage.aws:waves": "web"}}
    variables = read(to_spec_yaml([wave, configuration("web")], "us-east-1"), tmp_path)
    assert sorted(variables) == [
        "distribution_rollout_configurations",
        "distribution_rollout_execution_role_name",
        "distribution_rollout_region",
        "distribution_rollout_spec_id",
        "distribution_rollout_target_accounts",
    ]


def test_what_is_no_list_of_configurations_is_refused():
    for given_ in ({"name": "web"}, ["web"], None, "web"):
        with pytest.raises(AnsibleFilterError, match="needs a list of configurations"):
            to_spec_yaml(given_, "us-east-1")


def test_what_ansible_marks_as_unsafe_is_written_like_any_text():
    """Before ansible-core 2.19 that is a type of its own, for keys as well as values; since then it is a tag."""
    configurations = [configuration("Text {{ as it is }}")]
    assert to_spec_yaml(wrap_var(configurations), "us-east-1") == to_spec_yaml(configurations, "us-east-1")
