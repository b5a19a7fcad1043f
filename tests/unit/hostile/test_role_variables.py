"""Every variable of the role with absurd values, processed as in a run.

`plugin_utils/role_variables.py` gets what a template returned: it is accepted, not given, or an error that names the
variable.
"""

from __future__ import annotations

import functools
import importlib
import re

import pytest
import yaml

from tests.unit.hostile import offline
from tests.unit.hostile.values import VALUES
from tests.unit.test_role import ROLE

ACCOUNT = "123456789012"
SPEC = {
    "distribution_rollout_spec_id": "web",
    "distribution_rollout_region": "us-west-2",
    "distribution_rollout_regions": ["us-west-2"],
    "distribution_rollout_defaults": {"ami_distribution_configuration": {"name_prefix": "web"}},
}
SECRET = "distribution_rollout_target_account_external_id"
# What ansible-core before 2.19 has instead of an omitted value.
OMIT = "__omit_place_holder__0123456789abcdef"


@functools.cache
def read(path):
    return yaml.safe_load((ROLE / path).read_text(encoding="utf-8"))


@functools.cache
def options():
    return read("meta/argument_specs.yml")["argument_specs"]["main"]["options"]


def defaults():
    return {**read("defaults/main.yml"), "distribution_rollout_execution_role_name": "goldimage-web"}


class Templar:
    """A templar whose values are already rendered."""

    @staticmethod
    def template(value):
        return value


def spec_of(variables, entry="main"):
    """The role's spec from the variables; `errors` are texts."""
    role_variables = importlib.import_module(f"{offline.PLUGINS}.plugin_utils.role_variables")
    return role_variables.read({**variables, "omit": OMIT}, Templar(), "/nowhere", entry)


def refused(variables, entry="main"):
    """The errors about the variables, as one text; empty if they are accepted."""
    spec = spec_of(variables, entry)
    errors = spec.errors or spec.plan(ACCOUNT, "aws")[1]
    return "\n".join(errors)


def must_be_refused(option, value):
    """Whether a value has another type than the role documents, and is not a text that can be converted."""
    kind = option.get("type", "str")
    if option.get("required") and value in (None, ""):
        return True
    if kind in ("str", "path"):
        return isinstance(value, (bool, float, list, dict))
    if kind == "int":
        return isinstance(value, (bool, float, list, dict))
    if kind == "list":
        return isinstance(value, (bool, float, int, dict))
    return kind == "dict" and isinstance(value, (bool, float, int))


def test_every_variable_is_tried_and_valid_ones_are_accepted():
    assert set(options()) == {*SPEC, *defaults()}
    assert not refused({**defaults(), **SPEC})


@pytest.mark.parametrize("name", sorted({*SPEC, *defaults()}))
def test_each_value_is_accepted_or_an_error_that_names_the_variable(name):
    base = {**defaults(), **SPEC}
    wrong = []
    for label, value in VALUES.items():
        try:
            text = refused({**base, name: value})
        except Exception as error:
            wrong.append(f"{label}: crashed: {error!r}"[:300])
            continue
        if text and name not in text:
            wrong.append(f"{label}: not by its name: {text[:200]}")
        if not text and must_be_refused(options()[name], value):
            wrong.append(f"{label}: taken")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", sorted({*SPEC, *defaults()}))
def test_omitted_null_and_blank_values_count_as_not_given(name):
    base = {**defaults(), **SPEC}
    without = {key: value for key, value in base.items() if key != name}
    expected = spec_of(without)
    assert bool(expected.errors) == (name in list(SPEC)[:3])
    for nothing in (OMIT, None, "", "  \n"):
        if name == "distribution_rollout_execution_role_name" and nothing not in (OMIT, None):
            continue
        assert spec_of({**base, name: nothing}) == expected, repr(nothing)
    inside = spec_of({**base, "distribution_rollout_tags": {"a": OMIT, "b": "c"}})
    assert inside.values["tags"] == {"b": "c"}


def test_a_blank_name_means_no_execution_role():
    for blank in ("", " \n"):
        spec = spec_of({**defaults(), **SPEC, "distribution_rollout_execution_role_name": blank})
        assert not {"execution_role", "preflight_roles"} & set(spec.steps)


@pytest.mark.parametrize("spec_id", [0o12, 42])
def test_a_number_is_not_a_spec_id(spec_id):
    error = refused({**defaults(), **SPEC, "distribution_rollout_spec_id": spec_id})
    wanted = f"is the number {spec_id} to YAML, but must be a string; put it in quotes"
    assert error == f"distribution_rollout_spec_id: {wanted}"


def test_account_ids_are_checked_before_a_role_is_assumed():
    accounts = {"distribution_rollout_target_accounts": ["111122223333", 12345], "distribution_rollout_workers": 1}
    roles = {"distribution_rollout_target_account_roles": {1: "arn:aws:iam::111122223333:role/x"}}
    error = refused({**defaults(), **SPEC, **accounts, **roles}).splitlines()
    assert {line.split(":")[0] for line in error[:2]} == {
        "distribution_rollout_target_accounts[1]",
        "distribution_rollout_target_account_roles",
    }


@pytest.mark.parametrize(
    "text",
    [
        "111122223333, 011144445555",
        "111122223333\n011144445555\n",
        "111122223333 011144445555",
        "['111122223333', '011144445555']",
    ],
)
def test_a_text_from_a_survey_lists_accounts(text):
    role = {"distribution_rollout_target_account_role_name": "Admin"}
    spec = spec_of({**defaults(), **SPEC, **role, "distribution_rollout_target_accounts": text})
    assert (spec.errors, spec.values["target_accounts"]) == ([], ["111122223333", "011144445555"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("us-east-1, eu-west-1", ["us-east-1", "eu-west-1"]),
        ("us-east-1\neu-west-1\n", ["us-east-1", "eu-west-1"]),
        ('["us-east-1", {"region": "eu-west-1"}]', ["us-east-1", {"region": "eu-west-1"}]),
        ("us-east-1:\neu-west-1:", {"us-east-1": None, "eu-west-1": None}),
    ],
)
def test_a_text_from_a_survey_lists_regions(text, value):
    defaults_text = {"distribution_rollout_defaults": '{"ami_distribution_configuration": {"name_prefix": "web"}}'}
    written = spec_of({**defaults(), **SPEC, **defaults_text, "distribution_rollout_regions": text})
    assert written == spec_of({**defaults(), **SPEC, "distribution_rollout_regions": value})
    (configuration,) = written.configurations
    assert [entry["region"] for entry in configuration.settings["distributions"]] == ["us-east-1", "eu-west-1"]


def test_all_errors_are_reported_at_once():
    wrong = {
        "distribution_rollout_regions": "[",
        "distribution_rollout_tags": "{",
        "distribution_rollout_state": "gone",
        "distribution_rollout_workers": "many",
        "distribution_rollout_wait_delay": -1,
        "distribution_rollout_allow_public": "perhaps",
        "distribution_rollout_tag": "x",
        "distribution_rollout_report_dir": __file__,
        "distribution_rollout_waves": [["eu-west-9"]],
        "distribution_rollout_wave_check": "missing.yml",
    }
    error = refused({**defaults(), **SPEC, **wrong}).splitlines()
    named = {re.match(r"(?:The role distribution_rollout does not know )?(\w+)", line)[1] for line in error}
    # The Regions are not known, so those of the waves are not checked.
    assert named == set(wrong) - {"distribution_rollout_waves"}
    assert "distribution_rollout_state: 'gone': must be one of present, absent" in error


def test_an_unknown_option_is_one_plain_hint():
    wrong = {"distribution_rollout_defaults": {"ami_distribution_config": {"name_prefix": "web"}}}
    error = refused({**defaults(), **SPEC, **wrong})
    assert error.startswith("distribution_rollout_defaults.ami_distribution_config: unknown option")
    assert "ami_distribution_configuration" in error
    assert "\n" not in error


@pytest.mark.parametrize("value", [[], {}, "[]"])
def test_an_empty_list_of_regions_has_its_own_error(value):
    error = refused({**defaults(), **SPEC, "distribution_rollout_regions": value})
    assert "distribution_rollout_regions: is empty; name at least one Region" in error
    assert "are needed" not in error


def test_a_secret_is_not_shown():
    for value in (1.25, ["a-shared-secret"], "{{ a_shared_secret }}"):
        error = refused({**defaults(), **SPEC, SECRET: value})
        assert error.startswith(f"{SECRET}: ")
        assert not re.search("1.25|a.shared", error)
    assert "secret" not in repr(spec_of({**defaults(), **SPEC, SECRET: "a-secret"}).plan(ACCOUNT, "aws"))


def test_a_template_that_was_not_rendered_is_refused():
    error = refused({**defaults(), **SPEC, "distribution_rollout_image": "{{ built.ami }}"})
    assert error.startswith("distribution_rollout_image: ")
    assert "not rendered" in error
    assert not refused({**defaults(), **SPEC, "distribution_rollout_description": "{{ imagebuilder:buildDate }}"})


def test_public_amis_are_found_in_json_too():
    text = (
        '[{"region": "us-east-1", "ami_distribution_configuration": {"launch_permission": {"user_groups": ["all"]}}}]'
    )
    given = {**defaults(), **SPEC, "distribution_rollout_regions": None, "distribution_rollout_defaults": None}
    error = refused({**given, "distribution_rollout_distributions": text})
    assert "distribution_rollout_allow_public: must be true to make AMIs public: web in us-east-1" in error
    # The API's spelling is an error that names the right one, and is never ignored.
    error = refused({**given, "distribution_rollout_distributions": text.replace("launch_p", "launchP")})
    assert "launch_permission" in error


@pytest.mark.parametrize(
    "waves",
    [[["us-west-2"], ["eu-west-9"]], [["us-east-1"]], "us-west-2", [[]], {"a": 1}, [["us-west-2", "us-west-2"]]],
)
def test_waves_that_make_no_sense_are_refused(waves):
    error = refused({**defaults(), **SPEC, "distribution_rollout_waves": waves})
    assert error.startswith("distribution_rollout_waves")


def test_the_number_of_a_wave_must_exist():
    waves = {"distribution_rollout_waves": [["us-west-2"]], "distribution_rollout_wave": 2}
    assert refused({**defaults(), **SPEC, **waves}).startswith("distribution_rollout_wave: 2: is more than")
    assert refused({**defaults(), **SPEC, "distribution_rollout_wave": 1}).startswith("distribution_rollout_wave: 1:")
    assert refused({**defaults(), **SPEC, "distribution_rollout_wave": 0}).startswith("distribution_rollout_wave: 0:")


def test_a_step_says_what_it_needs():
    error = refused({**defaults(), **SPEC}, "retention").splitlines()
    assert [line.split(":")[0] for line in error] == [
        "distribution_rollout_keep",
        "distribution_rollout_lifecycle_role",
    ]
    blank = {"distribution_rollout_image": "ami-0abcdef1234567890", "distribution_rollout_execution_role_name": ""}
    assert refused({**defaults(), **SPEC, **blank}).startswith("distribution_rollout_execution_role_name: is needed")
