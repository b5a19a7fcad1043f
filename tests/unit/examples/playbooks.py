"""Checks examples in YAML: playbooks, tasks, variables, fragments of the changelog."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import jinja2
import yaml

from tests.unit.examples.pages import COLLECTION
from tests.unit.examples.pages import Example
from tests.unit.examples.pages import ROOT
from tests.unit.examples.pages import Wrong
from tests.unit.examples.pages import wrong_if
from tests.unit.examples.project import argument_spec
from tests.unit.examples.project import check_options
from tests.unit.examples.project import OWN
from tests.unit.examples.project import own_names
from tests.unit.examples.project import playbooks
from tests.unit.examples.project import role_options
from tests.unit.examples.project import service_model
from tests.unit.examples.project import variables
from tests.unit.examples.yaml_loader import AnsibleYaml
from tests.unit.examples.yaml_loader import templates


def check_yaml(example: Example) -> None:
    """Check plays, tasks, variables, module defaults, an inventory, or a few options alone."""
    content = yaml.load(example.text, AnsibleYaml)
    for text in templates(content):
        jinja2.Environment().parse(text)
    if isinstance(content, list) and all("hosts" in item or "import_playbook" in str(item) for item in content):
        for play in content:
            if "ansible.builtin.import_playbook" in play:
                _check_playbook(play["ansible.builtin.import_playbook"])
            else:
                _check_play(play)
    elif isinstance(content, list):
        check_tasks(content)
    elif all(str(name).startswith("distribution_") for name in content):
        check_variables(content)
    elif set(content) == {"module_defaults"}:
        _check_defaults(content["module_defaults"])
    elif set(content) == {"all"}:
        for values in content["all"]["hosts"].values():
            check_variables(values)
    else:
        _check_piece(content)


def _check_playbook(name: str) -> None:
    wrong_if(not name.startswith(OWN) or name[len(OWN) :] not in playbooks(), f"the playbook {name} does not exist")


def _check_play(play: dict[str, Any]) -> None:
    from ansible.playbook.play import Play

    unknown = set(play) - set(Play.fattributes)
    wrong_if(unknown, f"not keywords of a play: {', '.join(unknown)}")
    _check_defaults(play.get("module_defaults", {}))
    for section in ("pre_tasks", "tasks", "post_tasks", "handlers"):
        check_tasks(play.get(section, []))
    for role in play.get("roles", []):
        name = role.get("role", "")
        known = name.replace(OWN, "") in own_names() or name in _ROLES_OF_OTHERS
        wrong_if(not known, f"the role {role} does not exist")


# Roles of collections that are not installed here.
_ROLES_OF_OTHERS = {"infra.aap_configuration.dispatch"}


def _check_defaults(groups: dict[str, dict[str, Any]]) -> None:
    for group, options in groups.items():
        wrong_if(group != "group/goldimage.aws.aws", f"{group} does not affect this collection")
        unknown = set(options) - set(argument_spec("goldimage.aws.imagebuilder_distribution_info"))
        wrong_if(unknown, f"not options of every module: {', '.join(unknown)}")


def check_tasks(tasks: list[dict[str, Any]]) -> None:
    """Check that each task has one action, with options that it accepts."""
    from ansible.playbook.block import Block
    from ansible.playbook.task import Task

    for task in tasks:
        sections = [name for name in ("block", "rescue", "always") if name in task]
        for name in sections:
            check_tasks(task[name])
        known = set(Block.fattributes) if sections else set(Task.fattributes)
        actions = [name for name in task if name not in known | {"with_items", "local_action", "listen"}]
        wrong_if(
            len(actions) != (0 if sections else 1), f"{task.get('name')}: has the actions {actions} instead of one"
        )
        for action in actions:
            try:
                _check_action(action, task[action] or {})
            except Wrong as error:
                raise Wrong(f"{task.get('name', action)}: {error}") from None


def _check_action(name: str, options: Any) -> None:
    wrong_if(name.count(".") < 2, f"{name} is not a fully qualified name")
    if name in ("ansible.builtin.include_role", "ansible.builtin.import_role"):
        role = options["name"]
        path = ROOT / "roles" / role.replace(OWN, "") / "tasks" / f"{options.get('tasks_from', 'main')}.yml"
        wrong_if(not path.exists(), f"{path.relative_to(ROOT)} does not exist")
        return
    if name == "ansible.builtin.set_fact":
        return
    check_options(argument_spec(name), options)
    if name in (f"{OWN}imagebuilder_distribution", f"{OWN}imagebuilder_distribution_set"):
        entries = options.get("distribution_configurations", [options])
        for entry in entries if isinstance(entries, list) else []:
            check_distributions(entry.get("distributions"))


def check_distributions(distributions: Any) -> None:
    """Check distributions, as options, with the modules' own validation, unless they contain templates."""
    if not isinstance(distributions, list) or list(templates(distributions)):
        return
    constraints = importlib.import_module(f"{COLLECTION}.module_utils._distribution.validation.checks")
    conversion = importlib.import_module(f"{COLLECTION}.module_utils._distribution.configuration.conversion")
    errors = constraints.distribution_errors(
        conversion.distributions_to_api(distributions), service_model("imagebuilder")
    )
    wrong_if(errors, "; ".join(map(str, errors)))


def check_variables(given: dict[str, Any]) -> None:
    """Check variables of the role and its playbooks, and a whole spec with the role's own validation."""
    unknown = set(given) - variables()
    wrong_if(unknown, f"neither the role nor a playbook reads {', '.join(sorted(unknown))}")
    reading = importlib.import_module(f"{COLLECTION}.module_utils._distribution.role_spec.variables")
    plain = {name: value for name, value in given.items() if name in role_options() and not list(templates(value))}
    one_by_one = {name: {**option, "required": False} for name, option in role_options().items()}
    values, errors = reading.read(one_by_one, plain)
    if "distribution_rollout_spec_id" in given and not list(templates(given)):
        spec = importlib.import_module(f"{COLLECTION}.module_utils._distribution.role_spec.checks")
        values.setdefault("execution_role_name", f"goldimage-{values['spec_id']}")
        configurations, more = spec.check(values, [])
        errors = [*errors, *more]
        for configuration in configurations:
            check_distributions(configuration.settings.get("distributions"))
    wrong_if(errors, "; ".join(map(str, errors)))


def _option_names(spec: dict[str, Any]) -> Iterator[str]:
    for name, option in spec.items():
        yield from (name, *option.get("aliases", ()))
        yield from _option_names(option.get("options", {}))


def _check_piece(content: dict[str, Any]) -> None:
    """Check a few options without a task, or a fragment of the changelog."""
    sections = yaml.safe_load((ROOT / "changelogs/config.yaml").read_text(encoding="utf-8"))["sections"]
    if set(content) <= {name for name, dummy in sections}:
        return
    fields = importlib.import_module(f"{COLLECTION}.module_utils._distribution.fields")
    known = set(_option_names(fields.CONFIGURATION_OPTIONS))
    wrong_if(set(content) - known, f"not options: {', '.join(set(content) - known)}")
