"""The definitions for AWX, held against the specifications of awx.awx's modules and the rules of AWX for surveys."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.collection_tree import BUNDLED
from tests.collection_tree import CHECKOUT

AWX = CHECKOUT / "playbooks" / "awx"
SURVEYS = sorted((AWX / "surveys").glob("*.yml"))
TYPES = ("text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect")


class Loader(yaml.SafeLoader):
    """Knows Ansible's tag for a text that is no template."""


Loader.add_constructor("!unsafe", Loader.construct_scalar)


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


def documented(module: str) -> dict[str, Any]:
    """The options of a module of awx.awx, by its documentation. Its own argument spec leaves out what is nested."""
    tree = ast.parse((BUNDLED / "awx" / "awx" / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    (text,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "DOCUMENTATION"
    ]
    return yaml.safe_load(text)["options"]


def spec(options: dict[str, Any]) -> dict[str, Any]:
    """Documented options as an argument spec."""
    found = {}
    for name, option in options.items():
        found[name] = {
            key: option[key] for key in ("type", "elements", "choices", "required", "aliases") if key in option
        }
        if "suboptions" in option:
            found[name]["options"] = spec(option["suboptions"])
    return found


def problems(module: str, values: dict[str, Any]) -> list[str]:
    """What the module would refuse, and values that it would have to convert."""
    options = documented(module)
    found = ArgumentSpecValidator(spec(options)).validate(values).error_messages
    for name, value in values.items():
        kind = options.get(name, {}).get("type")
        wanted = {"bool": bool, "int": int, "dict": dict, "list": list, "str": str}.get(kind)
        template = isinstance(value, str) and "{{" in value
        if wanted and not template and not isinstance(value, wanted):
            found.append(f"{name}: {value!r} is no {kind}")
    return found


def applied() -> list[tuple[str, str, dict[str, Any]]]:
    """What setup.yml does: (module, list that it goes through, options that it gives)."""
    (play,) = load(AWX / "setup.yml")
    found = []
    for task in play["tasks"]:
        (module,) = [key for key in task if key.startswith("awx.awx.")]
        (name,) = re.findall(r"\w+", task["loop"])
        found.append((module.removeprefix("awx.awx."), name, task[module]))
    return found


APPLIED = applied()


def test_every_list_is_applied_once() -> None:
    assert sorted(name for _module, name, _options in APPLIED) == sorted(load(AWX / "controller.yml"))


@pytest.mark.parametrize(("module", "name", "options"), APPLIED, ids=[module for module, _name, _options in APPLIED])
def test_definitions_are_what_the_module_takes(module: str, name: str, options: dict[str, Any]) -> None:
    known = documented(module)
    assert set(options) <= set(known)
    for item in load(AWX / "controller.yml")[name]:
        survey = re.findall(r"'(surveys/\w+\.yml)'", str(item.get("survey_spec", "")))
        values = {**item, **({"survey_spec": load(AWX / survey[0])} if survey else {})}
        assert problems(module, values) == [], item["name"]
        # What setup.yml does not hand over would be lost without a word.
        assert set(item) <= set(options), item["name"]
        # What is read without a default has to be there.
        needed = {key for key, text in options.items() if "default(" not in str(text)}
        assert needed <= set(item), item["name"]


def test_what_is_wrong_would_be_found() -> None:
    template = load(AWX / "controller.yml")["controller_templates"][0]
    assert problems("job_template", {**template, "job_type": "dry"})
    assert problems("job_template", {**template, "aks_limit_on_launch": True})
    assert problems("job_template", {**template, "job_slice_count": "1"})
    workflow = load(AWX / "controller.yml")["controller_workflows"][0]
    node = {**workflow["workflow_nodes"][0], "success_nodes": []}
    assert problems("workflow_job_template", {**workflow, "survey_spec": {}, "workflow_nodes": [node]})


@pytest.mark.parametrize("path", SURVEYS, ids=[path.stem for path in SURVEYS])
def test_surveys_follow_the_rules_of_awx(path: Path) -> None:
    """Source of the rules: what AWX's API refuses when a survey is posted (job and workflow templates, survey_spec)."""
    survey = load(path)
    assert set(survey) == {"name", "description", "spec"}
    assert survey["spec"]
    variables = [question["variable"] for question in survey["spec"]]
    assert len(variables) == len(set(variables))
    for question in survey["spec"]:
        assert {"question_name", "variable", "type", "required"} <= set(question)
        known = {"question_name", "question_description", "variable", "type", "required", "default", "choices"}
        assert set(question) <= {*known, "min", "max"}
        assert question["type"] in TYPES
        assert isinstance(question["required"], bool)
        choosing = question["type"] in ("multiplechoice", "multiselect")
        assert choosing == ("choices" in question)
        texts = [question["question_name"], question["variable"], *question.get("choices", [])]
        assert all(isinstance(text, str) for text in texts)
        default = question.get("default", "")
        assert isinstance(default, int if question["type"] == "integer" else str)
        if choosing:
            assert set(default.split("\n")) <= set(question["choices"])
        for bound in ("min", "max"):
            assert isinstance(question.get(bound, 0), int)


def test_a_schedule_says_when() -> None:
    for schedule in load(AWX / "controller.yml")["controller_schedules"]:
        assert re.fullmatch(
            r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=[A-Z]+;INTERVAL=\d+(;[A-Z]+=[A-Z0-9,]+)*", schedule["rrule"]
        )
