"""The EXAMPLES of every module use options that the module has, with values that it takes."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

PLUGINS = Path(__file__).parents[2] / "plugins"
COLLECTION = "ansible_collections.goldimage.aws.plugins"


class Captured(Exception):
    pass


def argument_spec(name, monkeypatch):
    """What main() gives its module class, with the options of amazon.aws."""
    base = importlib.import_module("ansible_collections.amazon.aws.plugins.module_utils.modules")
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")

    def capture(*dummy, **kwargs):
        raise Captured({**base.aws_argument_spec(), **kwargs["argument_spec"]})

    monkeypatch.setattr(module, "GoldimageModule", capture)
    with pytest.raises(Captured) as caught:
        module.main()
    return caught.value.args[0]


def sample_of(option):
    """Any value of an option's type, in place of a template."""
    kind = option.get("type", "str")
    if kind == "dict" and "options" in option:
        return {name: sample_of(o) for name, o in option["options"].items() if o.get("required")}
    return {"dict": {}, "list": [], "bool": True, "int": 1}.get(kind, (option.get("choices") or ["x"])[0])


def without_templates(value, option):
    if isinstance(value, str) and "{{" in value:
        return sample_of(option)
    if isinstance(value, dict) and "options" in option:
        names = {alias: o for name, o in option["options"].items() for alias in (name, *o.get("aliases", ()))}
        return {key: without_templates(content, names.get(key, {})) for key, content in value.items()}
    if isinstance(value, list):
        element = {**option, "type": option.get("elements", "str")}
        return [without_templates(item, element) for item in value]
    return value


class Loader(yaml.SafeLoader):
    """Knows Ansible's tags."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: loader.construct_scalar(node))


@pytest.mark.parametrize("name", sorted(path.stem for path in (PLUGINS / "modules").glob("*.py")))
def test_examples(name, monkeypatch):
    spec = argument_spec(name, monkeypatch)
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    used = 0
    for task in yaml.load(module.EXAMPLES, Loader):
        for other in (task, *task.get("block", ())):
            options = other.get(f"goldimage.aws.{name}")
            if not isinstance(options, dict):
                continue
            used += 1
            values = without_templates(options, {"options": spec})
            result = ArgumentSpecValidator(spec).validate(values)
            assert result.error_messages == [], other["name"]
    assert used
