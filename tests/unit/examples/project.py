"""What examples may refer to: what the collection has, and the options of modules."""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import yaml

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.unit.examples.pages import COLLECTION
from tests.unit.examples.pages import ROOT
from tests.unit.examples.pages import wrong_if
from tests.unit.examples.yaml_loader import is_template

OWN = "goldimage.aws."


@cache
def own_names() -> set[str]:
    """What can follow `goldimage.aws.`: modules, plugins, roles, playbooks, and the action group."""
    plugins = [path.stem for kind in ("modules", "filter", "lookup", "test") for path in _files(f"plugins/{kind}/*.py")]
    return {*plugins, *playbooks(), *(path.name for path in _files("roles/*")), "aws"}


@cache
def playbooks() -> set[str]:
    """The names of the collection's playbooks."""
    return {path.stem for path in _files("playbooks/*.yml")}


@cache
def variables() -> set[str]:
    """Every variable of the role and of its playbooks that a user may set."""
    named = set(role_options())
    for path in _files("playbooks/*.yml"):
        named |= set(re.findall(r"\bdistribution_\w+", path.read_text(encoding="utf-8")))
    return named


@cache
def role_options() -> dict[str, Any]:
    """The role's variables without their prefix, each with its argument spec."""
    specs = yaml.safe_load((ROOT / "roles/distribution_rollout/meta/argument_specs.yml").read_text(encoding="utf-8"))
    return specs["argument_specs"]["main"]["options"]


def _files(pattern: str) -> list[Path]:
    return sorted(ROOT.glob(pattern))


class _Captured(Exception):
    """The argument spec that a module's main() was about to use."""


@cache
def argument_spec(name: str) -> Any:
    """The options of a module, by its full name: those that main() declares, else the documented ones."""
    if not name.startswith(OWN):
        return _documented(name)
    there = (ROOT / "plugins" / "modules" / f"{name[len(OWN) :]}.py").exists()
    wrong_if(not there, f"the module {name} does not exist")
    base = importlib.import_module("ansible_collections.amazon.aws.plugins.module_utils.modules")
    if name == f"{OWN}distribution_rollout":
        return _documented(name)
    module = importlib.import_module(f"{COLLECTION}.modules.{name[len(OWN) :]}")

    def capture(*_arguments: Any, **kwargs: Any) -> None:
        raise _Captured({**base.aws_argument_spec(), **kwargs["argument_spec"]})

    usual, module.GoldimageModule = module.GoldimageModule, capture
    try:
        module.main()
    except _Captured as caught:
        return caught.args[0]
    finally:
        module.GoldimageModule = usual
    raise AssertionError(f"main() of {name} does not create a module")


def _documented(name: str) -> dict[str, Any]:
    from ansible.plugins.loader import fragment_loader
    from ansible.plugins.loader import module_loader
    from ansible.utils.plugin_docs import get_docstring

    path = module_loader.find_plugin(name)
    wrong_if(path is None, f"the module {name} does not exist")
    return _spec_of(get_docstring(path, fragment_loader)[0]["options"])


def _spec_of(documented: dict[str, Any]) -> dict[str, Any]:
    names = ("type", "elements", "choices", "required", "aliases", "default")
    return {
        name: {
            **{key: option[key] for key in names if option.get(key) is not None},
            # Some modules document their choices one by one, as a map.
            **({"choices": list(option["choices"])} if option.get("choices") else {}),
            **({"options": _spec_of(option["suboptions"])} if option.get("suboptions") else {}),
        }
        for name, option in documented.items()
    }


def check_options(spec: dict[str, Any], options: dict[str, Any]) -> None:
    """Check options against an argument spec. A template counts as a valid value."""
    result = ArgumentSpecValidator(spec).validate(_without_templates(options, {"options": spec}))
    wrong_if(result.error_messages, "; ".join(result.error_messages))


def _sample_of(option: dict[str, Any]) -> Any:
    """A value of an option's type, to replace a template."""
    kind = option.get("type", "str")
    if kind == "dict" and "options" in option:
        return {name: _sample_of(o) for name, o in option["options"].items() if o.get("required")}
    return {"dict": {}, "list": [], "bool": True, "int": 1}.get(kind, (option.get("choices") or ["x"])[0])


def _without_templates(value: Any, option: dict[str, Any]) -> Any:
    if is_template(value):
        return _sample_of(option)
    if isinstance(value, dict) and "options" in option:
        names = {alias: o for name, o in option["options"].items() for alias in (name, *o.get("aliases", ()))}
        return {key: _without_templates(content, names.get(key, {})) for key, content in value.items()}
    if isinstance(value, list):
        element = {**option, "type": option.get("elements", "str")}
        return [_without_templates(item, element) for item in value]
    return value


@cache
def service_model(service: str) -> Any:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)
