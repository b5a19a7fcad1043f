"""The JSON schema with which editors complete and check a spec: `python -m tests.spec_schema` writes it.

It is made from the role's argument specs and from the options of a distribution, and a test compares it with them.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PATH = ROOT / "docs" / "spec.schema.json"

_SPECS = ROOT / "roles" / "distribution_rollout" / "meta" / "argument_specs.yml"
_PREFIX = "distribution_rollout_"

Schema = dict[str, Any]


def schema(distribution_options: dict[str, Any]) -> Schema:
    """The schema of a file of variables, which may also hold variables other than the role's.

    `distribution_options` is the argument spec of one entry of `distributions`.
    """
    documented = yaml.safe_load(_SPECS.read_text(encoding="utf-8"))["argument_specs"]["main"]
    options = documented["options"]
    # With its Region if it is an entry of a list, and without it if all Regions share it.
    entry = {**_named(distribution_options, options[f"{_PREFIX}defaults"]["options"]), "required": []}
    with_region = {"allOf": [{"$ref": "#/definitions/entry"}, {"required": ["region"]}]}
    without_region = {"allOf": [{"$ref": "#/definitions/entry"}, {"not": {"required": ["region"]}}]}
    special: dict[str, Callable[[], Schema]] = {
        "distributions": lambda: _list_of(with_region),
        "defaults": lambda: _or_text(without_region),
        "regions": lambda: _regions(with_region),
        "groups": lambda: _or_text({"type": "object", "additionalProperties": _list_of({"type": "string"})}),
        "waves": lambda: _list_of(_list_of({"type": "string"})),
        "tags": lambda: _or_text({"type": "object"}),
        "target_account_roles": lambda: _or_text({"type": "object", "additionalProperties": {"type": "string"}}),
        "configurations": lambda: _list_of(_configuration(options[f"{_PREFIX}configurations"]["options"], special)),
    }
    properties = {
        name: {**(special.get(name[len(_PREFIX) :]) or partial(_value, option))(), **_told(option)}
        for name, option in options.items()
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A spec of the role goldimage.aws.distribution_rollout",
        "type": "object",
        "properties": properties,
        # A variable with the role's prefix must be one of the role's.
        "propertyNames": {"anyOf": [{"enum": sorted(options)}, {"not": {"pattern": f"^{_PREFIX}"}}]},
        "required": [name for name, option in options.items() if option.get("required")],
        "definitions": {"entry": entry},
    }


def _configuration(options: dict[str, Any], special: dict[str, Callable[[], Schema]]) -> Schema:
    properties = {
        name: {**(special[name]() if name in special else _value(option)), **_told(option)}
        for name, option in options.items()
    }
    return {"type": "object", "properties": properties, "additionalProperties": False, "required": ["name"]}


def _regions(with_region: Schema) -> Schema:
    listed = {"type": "array", "items": {"anyOf": [{"type": "string"}, with_region]}}
    mapped = {
        "type": "object",
        "additionalProperties": {"anyOf": [{"$ref": "#/definitions/entry"}, {"type": "null"}]},
    }
    return {"anyOf": [listed, mapped, {"type": ["string", "null"]}]}


def _named(options: dict[str, Any], documented: dict[str, Any]) -> Schema:
    """A map with exactly these options, including their aliases."""
    properties = {}
    for name, option in options.items():
        described = documented.get(name, {})
        if "options" in option:
            inner = _named(option["options"], described.get("options", {}))
            content = _list_of(inner) if option["type"] == "list" else _or_text(inner)
        else:
            content = _value(option)
        for known in (name, *option.get("aliases", ())):
            properties[known] = {**content, **_told(described)}
    required = [name for name, option in options.items() if option.get("required") and not option.get("aliases")]
    return {"type": "object", "properties": properties, "additionalProperties": False, "required": required}


def _value(option: dict[str, Any]) -> Schema:
    kind = option.get("type", "str")
    if option.get("choices"):
        return {"enum": [*option["choices"], None]}
    if kind in ("int", "bool"):
        # A template, or the answer to a survey.
        return {"type": ["integer" if kind == "int" else "boolean", "string", "null"]}
    if kind == "list":
        return _list_of({"type": "string"})
    return {"type": ["object", "string", "null"] if kind == "dict" else ["string", "null"]}


def _list_of(item: Schema) -> Schema:
    return _or_text({"type": "array", "items": item})


def _or_text(content: Schema) -> Schema:
    """Also accept a text, which can be a template, a lookup or YAML from a survey, and null, which means not given."""
    return {"anyOf": [content, {"type": ["string", "null"]}]}


def _told(option: dict[str, Any]) -> Schema:
    text = option.get("description")
    if not text:
        return {}
    plain = re.sub(r"[A-Z]\(([^)#]*)[^)]*\)", r"\1", text if isinstance(text, str) else " ".join(text))
    described: Schema = {"description": " ".join(plain.split())}
    if option.get("default") not in (None, [], {}):
        described["default"] = option["default"]
    return described


def text() -> str:
    """The contents of the file."""
    sys.path.insert(0, str(ROOT / "collections"))
    fields = importlib.import_module("ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields")
    return json.dumps(schema(fields.DISTRIBUTION_OPTIONS), indent=1) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
