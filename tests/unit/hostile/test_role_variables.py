"""Every variable of the role with values that nobody meant, on the way that they take in a run: Ansible's validation of
the role's arguments, then what `tasks/parts/prepare.yml` looks at. Refused by the name of the variable, or taken."""

from __future__ import annotations

import functools
import importlib
import re

import pytest
import yaml

from ansible.errors import AnsibleError

from tests.unit.hostile import offline
from tests.unit.hostile.values import KINDS
from tests.unit.hostile.values import VALUES
from tests.unit.test_role import ROLE
from tests.unit.test_role import tasks_in

pytestmark = pytest.mark.current_botocore

ACCOUNT = "123456789012"
SPEC = {
    "distribution_rollout_spec_id": "web",
    "distribution_rollout_region": "us-west-2",
    "distribution_rollout_regions": ["us-west-2"],
    "distribution_rollout_defaults": {"ami_distribution_configuration": {"name_prefix": "web"}},
}
CALLER = {"account": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/me"}
# What later steps make of the variables before they hand them to a module.
LATER = ("refusals", "destinations", "entrances", "closed", "user_tags", "policy_name", "sid", "report_path")
SECRET = "distribution_rollout_target_account_external_id"


@functools.cache
def read(path):
    return yaml.safe_load((ROLE / path).read_text(encoding="utf-8"))


@functools.cache
def options():
    return read("meta/argument_specs.yml")["argument_specs"]["main"]["options"]


@functools.cache
def resolving():
    """Argument of the filter distribution_rollout_spec -> the variable that prepare.yml hands over."""
    tasks = tasks_in(read("tasks/parts/prepare.yml"))
    (task,) = [task for task in tasks if task["name"] == "Resolve the spec"]
    given = task["vars"]["__distribution_rollout_given"]
    return {name: re.fullmatch(r"{{ (\w+) }}", text).group(1) for name, text in given.items()}


@functools.cache
def defaults():
    written = read("defaults/main.yml")
    return {**written, "distribution_rollout_execution_role_name": "goldimage-web"}


def plugin(name):
    return getattr(importlib.import_module(f"{offline.PLUGINS}.filter.{name}"), name)


def validated(variables):
    """What Ansible says of a role's arguments."""
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    return ArgumentSpecValidator(options()).validate(variables, validate_role_argument_spec=True).error_messages


def refused(variables):
    """What refuses the variables, as a text; empty where they are taken so far."""
    found = validated(variables)
    if not found:
        found = plugin("distribution_rollout_misread")(variables, options())
    if not found:
        given = {name: variables.get(variable) for name, variable in resolving().items()}
        try:
            plugin("distribution_rollout_spec")(given, ACCOUNT, variables["distribution_rollout_region"])
        except AnsibleError as error:
            found = [str(error)]
    return "\n".join(found)


def must_be_refused(option, value):
    """Whether a value is of another kind than the role documents, and Ansible would take it."""
    kind = option.get("type", "str")
    if option.get("required") and value in (None, ""):
        return True
    if kind in ("str", "path"):
        return isinstance(value, (bool, float, list, dict))
    if kind == "int":
        return isinstance(value, (bool, list, dict))
    if kind == "list":
        return isinstance(value, (bool, float, dict))
    return kind == "dict" and isinstance(value, (bool, float, int, list))


def test_every_variable_is_tried_and_the_usual_ones_are_taken():
    assert set(options()) == {*SPEC, *defaults()}
    assert not refused({**defaults(), **SPEC})


@pytest.fixture(scope="module")
def later():
    """What later steps make of variables, as Ansible's own templating does it."""
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar
    from ansible.template import trust_as_template

    def trusted(value):
        if isinstance(value, dict):
            return {key: trusted(item) for key, item in value.items()}
        if isinstance(value, list):
            return [trusted(item) for item in value]
        return trust_as_template(value) if isinstance(value, str) else value

    # What a play gets is trusted as well; what stands in a variable as text is not looked at again.
    written = trusted(read("vars/main.yml"))
    loader = DataLoader()

    def template(variables, spec):
        known = {**written, **variables, "__distribution_rollout_spec": spec, "__distribution_rollout_caller": CALLER}
        known["__distribution_rollout_parts"] = {}
        shown = "".join("{{ __distribution_rollout_%s }}" % name for name in LATER)
        return Templar(loader=loader, variables=known).template(trust_as_template(shown))

    return template


@pytest.mark.parametrize("name", sorted({*SPEC, *defaults()}))
def test_each_value_is_refused_by_the_name_of_the_variable_or_taken(name, later):
    base = {**defaults(), **SPEC}
    wrong = []
    for label, value in VALUES.items():
        variables = {**base, name: value}
        try:
            text = refused(variables)
            if not text and label in KINDS:
                given = {argument: variables.get(variable) for argument, variable in resolving().items()}
                spec = plugin("distribution_rollout_spec")(given, ACCOUNT, variables["distribution_rollout_region"])
                later(variables, spec)
        except Exception as error:
            wrong.append(f"{label}: crashed: {error!r}"[:300])
            continue
        if text and name not in text:
            wrong.append(f"{label}: not by its name: {text[:200]}")
        if not text and must_be_refused(options()[name], value):
            wrong.append(f"{label}: taken")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("spec_id", [0o12, 42])
def test_a_number_names_no_spec(spec_id):
    found = refused({**defaults(), **SPEC, "distribution_rollout_spec_id": spec_id})
    assert (
        found == f"distribution_rollout_spec_id: is the number {spec_id} to YAML, and must be a text; put it in quotes"
    )


def test_account_ids_are_looked_at_before_anything_is_entered():
    accounts = {"distribution_rollout_target_accounts": ["111122223333", 12345], "distribution_rollout_workers": 1}
    roles = {"distribution_rollout_target_account_roles": {1: "arn:aws:iam::111122223333:role/x"}}
    found = refused({**defaults(), **SPEC, **accounts, **roles}).splitlines()
    assert [line.split(":")[0] for line in found] == [
        "distribution_rollout_target_accounts[1]",
        "distribution_rollout_target_account_roles",
    ]
    text = {"distribution_rollout_target_accounts": "111122223333, 444455556666"}
    assert not refused({**defaults(), **SPEC, **text})


def test_a_secret_is_not_shown():
    for value in (1.25, ["a-shared-secret"], "{{ a_shared_secret }}"):
        found = refused({**defaults(), **SPEC, SECRET: value})
        assert found.startswith(f"{SECRET}: ")
        assert not re.search("1.25|a.shared", found)


def test_a_template_that_was_not_rendered_is_refused():
    found = refused({**defaults(), **SPEC, "distribution_rollout_image": "{{ built.ami }}"})
    assert found.startswith("distribution_rollout_image: ")
    assert "not rendered" in found
    assert not refused({**defaults(), **SPEC, "distribution_rollout_description": "{{ imagebuilder:buildDate }}"})
