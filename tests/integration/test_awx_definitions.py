"""The definitions for AWX, checked against the documentation of awx.awx's modules and against AWX's own rules."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
import yaml

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.collection_tree import CHECKOUT
from tests.collection_tree import OWN
from tests.integration import awx_rules
from tests.integration.awx_definitions import AWX
from tests.integration.awx_definitions import definitions
from tests.integration.awx_definitions import FILES
from tests.integration.awx_definitions import read
from tests.integration.test_awx_setup import EVERYTHING

# From this environment, because the one of another ansible-core may lack awx.awx.
MODULES = OWN / "awx" / "awx" / "plugins" / "modules"
FULL = definitions(**EVERYTHING)
TEMPLATES = {item["name"]: item for item in (*FULL["controller_templates"], *FULL["controller_workflows"])}
SURVEYS = {name: item["survey_spec"] for name, item in TEMPLATES.items() if "survey_spec" in item}


def documented(module: str) -> dict[str, Any]:
    """The options of a module of awx.awx, from its documentation. Its argument spec does not have nested options."""
    tree = ast.parse((MODULES / f"{module}.py").read_text(encoding="utf-8"))
    (text,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "DOCUMENTATION"
    ]
    return yaml.safe_load(text)["options"]


def spec(options: dict[str, Any]) -> dict[str, Any]:
    """Documented options as an argument spec."""
    specs = {}
    for name, option in options.items():
        specs[name] = {
            key: option[key] for key in ("type", "elements", "choices", "required", "aliases") if key in option
        }
        if "suboptions" in option:
            specs[name]["options"] = spec(option["suboptions"])
    return specs


def wrong_values(module: str, values: dict[str, Any]) -> list[str]:
    """The values that the module would reject or convert."""
    options = documented(module)
    errors = ArgumentSpecValidator(spec(options)).validate(values).error_messages
    for name, value in values.items():
        kind = options.get(name, {}).get("type")
        wanted = {"bool": bool, "int": int, "dict": dict, "list": list, "str": str}.get(kind)
        if wanted and not isinstance(value, wanted):
            errors.append(f"{name}: {value!r} is not of type {kind}")
    return errors


def applied() -> list[tuple[str, str, dict[str, Any]]]:
    """What setup.yml defines: (module, list that it loops over, options that it passes)."""
    (play,) = read("setup.yml")
    loops = []
    for task in play["tasks"][0]["block"]:
        (module,) = [key for key in task if key.startswith("awx.awx.")]
        (name,) = re.findall(r"\w+", task["loop"])
        loops.append((module.removeprefix("awx.awx."), name, task[module]))
    return loops


APPLIED = applied()


def test_every_list_is_applied_once() -> None:
    lists = [name for name, value in FULL.items() if isinstance(value, list) and not name.startswith("awx_")]
    assert sorted(name for _module, name, _options in APPLIED) == sorted(lists)


@pytest.mark.parametrize(("module", "name", "options"), APPLIED, ids=[module for module, _name, _options in APPLIED])
def test_definitions_are_what_the_module_accepts(module: str, name: str, options: dict[str, Any]) -> None:
    assert set(options) <= set(documented(module))
    assert FULL[name]
    for item in FULL[name]:
        given = {key: value for key, value in item.items() if value != ""}
        assert wrong_values(module, given) == [], item.get("name")
        # An option that setup.yml does not pass on would be lost silently.
        assert set(item) <= set(options), item.get("name")
        # What is read without a default must exist.
        needed = {key for key, text in options.items() if "default(" not in str(text)}
        assert needed <= set(item), item.get("name")


def test_a_wrong_definition_would_be_found() -> None:
    template = FULL["controller_templates"][0]
    assert wrong_values("job_template", {**template, "job_type": "dry"})
    assert wrong_values("job_template", {**template, "aks_limit_on_launch": True})
    assert wrong_values("job_template", {**template, "job_slice_count": "1"})
    workflow = FULL["controller_workflows"][0]
    node = {**workflow["workflow_nodes"][0], "success_nodes": []}
    assert wrong_values("workflow_job_template", {**workflow, "workflow_nodes": [node]})


@pytest.mark.parametrize("name", FILES)
def test_definitions_can_be_read_from_any_folder(name: str) -> None:
    """infra.aap_configuration reads them as variables, wherever its playbook is."""
    text = (AWX / name).read_text(encoding="utf-8")
    assert not re.search(r"playbook_dir|role_path|(lookup|query)\((?!'ansible.builtin.env')", text)


@pytest.mark.parametrize("name", SURVEYS)
def test_surveys_follow_the_rules_of_awx(name: str) -> None:
    awx_rules.check_survey(SURVEYS[name])
    known = {
        "question_name",
        "question_description",
        "variable",
        "type",
        "required",
        "default",
        "choices",
        "min",
        "max",
    }
    for question in SURVEYS[name]["spec"]:
        assert set(question) <= known
        # AWX drops a default that is not a valid answer silently.
        if "default" in question:
            assert awx_rules.faults(question, {question["variable"]: question["default"]}) == []


@pytest.mark.parametrize("name", SURVEYS)
def test_what_is_not_answered_is_what_the_spec_says(name: str) -> None:
    """Extra variables take precedence over those of hosts, so a survey must not ask for a variable of hosts."""
    for question in SURVEYS[name]["spec"]:
        assert question["variable"].startswith("distribution_asked_")
        assert question.get("default") != ""
    unanswered = awx_rules.defaults(TEMPLATES[name])
    optional = {question["variable"] for question in SURVEYS[name]["spec"] if not question["required"]}
    assert {unanswered[name] for name in optional & set(unanswered)} <= {"as the spec says"}


def test_schedules_can_start() -> None:
    """AWX rejects a schedule that lacks a required answer of its template, or gives an answer that is not accepted."""
    for schedule in FULL["controller_schedules"]:
        template = TEMPLATES[schedule["unified_job_template"]]
        awx_rules.accepted(template, schedule.get("extra_data", {}))
        assert re.fullmatch(
            r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=[A-Z]+;INTERVAL=\d+(;[A-Z]+=[A-Z0-9,]+)*", schedule["rrule"]
        )


@pytest.mark.parametrize("name", [item["name"] for item in FULL["controller_workflows"]])
def test_nodes_accept_what_the_workflow_passes(name: str) -> None:
    workflow = TEMPLATES[name]
    answers = {question["variable"]: "an answer" for question in workflow["survey_spec"]["spec"]}
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    for node in nodes.values():
        following = [one["identifier"] for one in node.get("related", {}).get("success_nodes", [])]
        assert set(following) <= set(nodes)
        if node["unified_job_template"]["type"] == "job_template":
            template = TEMPLATES[node["unified_job_template"]["name"]]
            handed_over = {**awx_rules.accepted(workflow, answers), **node.get("extra_data", {})}
            assert awx_rules.accepted(template, handed_over) == handed_over
            # The limit of the workflow's launch applies only to templates that ask for one.
            assert template["ask_limit_on_launch"]


def test_job_templates_run_playbooks_that_exist() -> None:
    for template in FULL["controller_templates"]:
        (play,) = read(f"project/{template['playbook']}")
        collection, name = play["ansible.builtin.import_playbook"].rsplit(".", 1)
        assert collection == "goldimage.aws"
        assert (CHECKOUT / "playbooks" / f"{name}.yml").exists()


@pytest.mark.parametrize("name", [item["name"] for item in FULL["controller_workflows"]])
def test_nothing_is_changed_before_somebody_approves(name: str) -> None:
    nodes = {node["identifier"]: node for node in TEMPLATES[name]["workflow_nodes"]}
    following = {
        one: {node["identifier"] for node in nodes[one].get("related", {}).get("success_nodes", [])} for one in nodes
    }
    # And the approval comes after preflight and prediction.
    (before,) = [one for one, names in following.items() if "rollout" in names]
    assert nodes[before]["unified_job_template"]["type"] == "workflow_approval"
    assert (following["preflight"], following["prediction"]) == ({"prediction"}, {before})


def test_surveys_ask_for_variables_that_are_read() -> None:
    specs = yaml.safe_load(
        (CHECKOUT / "roles/distribution_rollout/meta/argument_specs.yml").read_text(encoding="utf-8")
    )
    options = specs["argument_specs"]["main"]["options"]
    playbooks = "".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "playbooks").rglob("*.yml"))
    for survey in SURVEYS.values():
        for question in survey["spec"]:
            asked = question["variable"].removeprefix("distribution_asked_")
            known = options.get(f"distribution_rollout_{asked}")
            # Playbooks contain their variables once more than the survey.
            assert known or playbooks.count(question["variable"]) > 1, question["variable"]
            if known and "choices" in known:
                assert set(question["choices"]) <= {*known["choices"], "as the spec says"}


def test_all_files_take_the_collections_from_the_same_source() -> None:
    """The project's collections take precedence over those of the execution environment."""
    wanted = read("execution-environment.yml")["dependencies"]["galaxy"]["collections"]
    assert read("project/collections/requirements.yml")["collections"] == wanted
    galaxy = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
    versions = {item["name"]: item["version"] for item in wanted}
    assert versions["amazon.aws"] == galaxy["dependencies"]["amazon.aws"].removesuffix("-dev0")
    assert versions["goldimage.aws"] == f">={galaxy['version']},<2.0.0"
