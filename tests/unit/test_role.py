"""What the role's files promise each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "distribution_rollout"
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def tasks_in(items):
    """All tasks of a tasks file, those in blocks included."""
    for item in items:
        yield item
        for section in ("block", "rescue", "always"):
            yield from tasks_in(item.get(section, []))


@pytest.fixture(scope="module")
def specs():
    return load(ROLE / "meta" / "argument_specs.yml")["argument_specs"]


@pytest.fixture(scope="module")
def options(specs):
    """Every variable of every entry point."""
    return {name: option for spec in specs.values() for name, option in spec["options"].items()}


def test_every_step_has_an_entry_point_and_the_other_way_round(specs):
    assert set(specs) == {path.stem for path in (ROLE / "tasks").glob("*.yml")}


def test_the_main_entry_point_knows_all_variables(specs, options):
    assert set(specs["main"]["options"]) == set(options)


def test_a_variable_means_the_same_everywhere(specs, options):
    for name, spec in specs.items():
        for variable, option in spec["options"].items():
            assert option == options[variable], f"{name}: {variable}"


def test_the_defaults_are_those_that_the_specs_document(options):
    defaults = load(ROLE / "defaults" / "main.yml")
    assert set(defaults) == {name for name, option in options.items() if not option.get("required")}
    for name, option in options.items():
        if "default" in option:
            assert defaults[name] == option["default"], name


def test_what_is_nobodys_business_bears_two_underscores():
    inner = load(ROLE / "vars" / "main.yml")
    assert [name for name in inner if not name.startswith("__distribution_rollout_")] == []


def test_everything_inner_that_is_used_is_set_somewhere():
    texts = {path: path.read_text(encoding="utf-8") for path in ROLE.rglob("*") if path.suffix in (".yml", ".j2")}
    everything = "\n".join(texts.values())
    inner = set(load(ROLE / "vars" / "main.yml"))
    set_somewhere = inner | set(re.findall(r"^\s*(__distribution_rollout_\w+):(?:\s|$)", everything, re.MULTILINE))
    set_somewhere |= set(re.findall(r"(?:register|loop_var): (__distribution_rollout_\w+)", everything))
    used = set(re.findall(r"__distribution_rollout_\w+", everything))
    assert used - set_somewhere == set()
    # And nothing is set that nobody reads.
    counts = {name: len(re.findall(rf"{name}\b", everything)) for name in inner}
    assert [name for name, count in counts.items() if count < 2] == []


def test_what_is_included_with_more_than_a_path_imports_nothing():
    """ansible-core before 2.19 cannot find the file that such an import names."""
    included, importing = set(), set()
    for path in (ROLE / "tasks").rglob("*.yml"):
        for task in tasks_in(load(path)):
            include = task.get("ansible.builtin.include_tasks")
            if isinstance(include, dict):
                included.add(Path(include["file"]).name)
            if "ansible.builtin.import_tasks" in task:
                importing.add(path.name)
    assert included & importing == set()


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_playbooks_set_no_variable_that_the_role_does_not_know(path, options):
    named = set(re.findall(r"\bdistribution_rollout_\w+", path.read_text(encoding="utf-8")))
    assert named - set(options) - {"distribution_rollout_result"} == set()
