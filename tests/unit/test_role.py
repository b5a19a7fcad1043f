"""The role's files agree with each other."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml

from tests.unit.examples.yaml_loader import AnsibleYaml

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "distribution_rollout"
AWX = ROOT / "playbooks" / "awx"
PLAYBOOKS = sorted((ROOT / "playbooks").rglob("*.yml"))


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), AnsibleYaml)


def tasks_in(items):
    """All tasks of a tasks file, including those in blocks."""
    for item in items:
        yield item
        for section in ("block", "rescue", "always"):
            yield from tasks_in(item.get(section, []))


@pytest.fixture(scope="module")
def specs():
    return load(ROLE / "meta" / "argument_specs.yml")["argument_specs"]


@pytest.fixture(scope="module")
def options(specs):
    """Every variable; each entry point takes them all."""
    return specs["main"]["options"]


def test_every_entry_point_is_documented_and_the_other_way_round(specs):
    assert set(specs) == {path.stem for path in (ROLE / "tasks").glob("*.yml")} - {"result"}
    assert [name for name, spec in specs.items() if name != "main" and spec["options"]] == []


def test_errors_of_modules_name_variables_that_the_role_has(options):
    """A module that the role calls names its own option and the variable behind it."""
    sources = (ROOT / "plugins" / "module_utils").rglob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r"\bdistribution_rollout_[a-z_]+[a-z]\b", text))
    assert {"distribution_rollout_execution_role_adopt", "distribution_rollout_target_account_roles"} <= named
    assert named - {"distribution_rollout_result"} <= set(options)


def test_every_step_is_a_file_and_the_other_way_round(specs, role_spec_steps):
    spec = {
        "state": "present",
        "execution_role_name": "x",
        "image": "ami-0abcdef1234567890",
        "pipelines": ["arn"],
        "configurations": [],
    }
    spoken_of = set()
    for entry in specs:
        for state in ("present", "absent"):
            for waves in (None, [["us-east-1"]]):
                spoken_of.update(role_spec_steps.steps(entry, {**spec, "state": state, "waves": waves}))
    files = {path.stem for path in (ROLE / "tasks" / "steps").glob("*.yml")}
    # rollout_in_waves runs these.
    assert spoken_of == files - {"wave", "wave_check"}


@pytest.fixture(scope="module")
def role_spec_steps():
    plugins = "ansible_collections.goldimage.aws.plugins"
    return importlib.import_module(f"{plugins}.module_utils._distribution.role_spec.steps")


def test_no_tasks_file_is_long_and_none_decides():
    for path in (ROLE / "tasks").rglob("*.yml"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 80, path
        for task in tasks_in(load(path)):
            assert "{%" not in str(task), path
            condition = str(task.get("when", ""))
            assert not re.search(r"\b(or|selectattr|map|length ==)\b", condition), f"{path}: {condition}"


def test_the_suboptions_are_those_of_a_distribution(options):
    plugins = "ansible_collections.goldimage.aws.plugins"
    try:
        fields = importlib.import_module(f"{plugins}.module_utils._distribution.fields")
    except ModuleNotFoundError:
        fields = importlib.import_module(f"{plugins}.module_utils._distribution.fields")

    def names(spec):
        return {
            name: (option.get("type"), option.get("elements"), names(option.get("options") or {}))
            for name, option in spec.items()
        }

    documented = names(options["distribution_rollout_defaults"]["options"])
    assert {**documented, "region": ("str", None, {})} == names(fields.DISTRIBUTION_OPTIONS)


def test_ansible_does_not_check_the_variables_before_the_role_does():
    """Every ansible-core so far first reads a file without extension; see the comment there."""
    assert load(ROLE / "meta" / "argument_specs") == {"argument_specs": {}}


def test_the_defaults_are_those_that_the_specs_document(options):
    defaults = load(ROLE / "defaults" / "main.yml")
    assert set(defaults) == {name for name, option in options.items() if not option.get("required")}
    for name, option in options.items():
        if "default" in option:
            assert defaults[name] == option["default"], name


def test_internal_variables_begin_with_two_underscores():
    inner = load(ROLE / "vars" / "main.yml")
    assert [name for name in inner if not name.startswith("__distribution_rollout_")] == []


def test_every_internal_variable_that_is_used_is_set():
    texts = {path: path.read_text(encoding="utf-8") for path in ROLE.rglob("*") if path.suffix in (".yml", ".j2")}
    everything = "\n".join(texts.values())
    inner = set(load(ROLE / "vars" / "main.yml"))
    set_somewhere = inner | set(re.findall(r"^\s*(__distribution_rollout_\w+):(?:\s|$)", everything, re.MULTILINE))
    set_somewhere |= set(re.findall(r"(?:register|loop_var): (__distribution_rollout_\w+)", everything))
    used = set(re.findall(r"__distribution_rollout_\w+", everything))
    assert used - set_somewhere == set()
    # And every variable that is set is read.
    counts = {name: len(re.findall(rf"{name}\b", everything)) for name in inner}
    assert [name for name, count in counts.items() if count < 2] == []


def test_an_import_names_its_file_relative_to_its_own_folder():
    """ansible-core before 2.19 looks nowhere else if a role is run with include_role, and fails."""
    for path in (ROLE / "tasks").rglob("*.yml"):
        for task in tasks_in(load(path)):
            imported = task.get("ansible.builtin.import_tasks")
            assert imported is None or (path.parent / imported).exists(), f"{path.name}: {imported}"


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_playbooks_set_no_variable_that_the_role_does_not_know(path, options):
    named = set(re.findall(r"\bdistribution_rollout_\w+", path.read_text(encoding="utf-8")))
    assert named - set(options) - {"distribution_rollout_result"} == set()
