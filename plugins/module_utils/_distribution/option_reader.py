# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads options by their argument spec: returns values of the right types, and every error with its path.

AnsibleModule stops at its first error, does not name the index in a list, and turns other types into strings. Our
errors come from here instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .fields import Spec
from .suggestions import explain_unknown
from .suggestions import own_names

# The rules for combining options that read() knows.
RULES = ("mutually_exclusive", "required_one_of", "required_together")

# How many characters of a value, and of Ansible's message, an error shows.
_LONGEST_VALUE = 200
_LONGEST_TEXT = 400

_NOT_A_LIST = (
    "is a string, but must be a list of maps; an ad-hoc command accepts one if all options are written as one JSON map:"
    ' -a \'{"name": ..., "distributions": [...]}\''
)


def read(spec: Spec, values: Any, path: str = "", **rules: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Reads options level by level, so that all errors are reported with their exact paths.

    :param spec: an argument spec with nested C(options).
    :param values: what the user gave, not yet validated.
    :param path: the option path of C(values), empty at the top.
    :param rules: C(mutually_exclusive), C(required_one_of) and C(required_together) of this level.
    :returns: (values, errors): the values converted to their types, without unknown options and unreadable values;
        the errors as (option path, text).
    """
    return _read(spec, _plain(values), path, **rules)


def split_values(text: str) -> list[str]:
    """Splits a text into its values, at commas, semicolons and line breaks. Ids and ARNs may be separated by spaces.

    Surveys, the command line and files give lists in this form or as JSON. Ansible itself splits only at commas.
    """
    if text.lstrip().startswith("["):
        try:
            return [str(value) for value in split_items(json.loads(text))]
        except ValueError:
            pass  # It is not JSON.
    pieces = [piece.strip() for piece in re.split("[,;\r\n]+", text)]
    return [value for piece in pieces if piece for value in (piece.split() if _IDS.fullmatch(piece) else [piece])]


def split_items(values: list[Any]) -> list[Any]:
    """Returns a list in which every item that holds several ids or ARNs is split, and spaces around one are removed."""
    return [value for item in values for value in (_split_ids(item) if isinstance(item, str) else [item])]


def _split_ids(text: str) -> list[str]:
    values = split_values(text)
    return values if values and all(_IDS.fullmatch(value) for value in values) else [text]


# Ids or ARNs separated by spaces. Names of groups and configurations do not match, because they may contain spaces.
_IDS = re.compile(r"(?:[0-9-]{9,}|arn:\S+|ou?-\S+)(?:\s+(?:[0-9-]{9,}|arn:\S+|ou?-\S+))*")


def _split_texts(value: Any) -> Any:
    """Returns a list of strings, however the user wrote it, and any other value unchanged."""
    if isinstance(value, str):
        return split_values(value)
    return split_items(value) if isinstance(value, list) else value


def _is_list_of_texts(option: dict[str, Any]) -> bool:
    return option.get("type") == "list" and option.get("elements") == "str"


def _plain(value: Any) -> Any:
    """Returns the value with Python's own dicts, lists and tuples.

    Filters get containers that render templates on access. Validation copies its input, and copying such a container
    also copies all variables of the host, which takes seconds in a large playbook.
    """
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(_plain(item) for item in value)
    return value


def _read(spec: Spec, values: Any, path: str = "", **rules: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    if not isinstance(values, dict):
        return {}, [(path or "options", _no_map(values))]
    names = own_names(spec)
    errors = [
        (_join(path, key), f"unknown option, {explain_unknown(key, spec)}")
        for key in sorted(set(values) - set(names), key=str)
    ]
    given = {names[key]: value for key, value in values.items() if key in names and value is not None}
    flat = {name: _without_nested(spec[name]) for name in given}
    converted = {}
    for name, value in given.items():
        if _is_list_of_texts(flat[name]):
            value = _split_texts(value)
        if isinstance(value, str) and flat[name].get("elements") == "raw":
            errors.append((_join(path, name), _NOT_A_LIST))
            continue
        wrong = list(_silent_conversions(flat[name], value, _join(path, name)))
        if wrong:
            errors.extend(wrong)
            continue
        if _is_final(flat[name], value):
            converted[name] = value
            continue
        result = ArgumentSpecValidator({name: flat[name]}).validate({name: value})
        if result.error_messages:
            errors.extend((_join(path, name), _shorten(text)) for text in result.error_messages)
        else:
            converted[name] = result.validated_parameters[name]
    for name, option in spec.items():
        if option.get("required") and name not in given:
            errors.append((_join(path, name), "is required"))
        elif name not in converted and "default" in option:
            converted[name] = option["default"]
    errors.extend(_broken_rules(given, path, **rules))

    for name, option in spec.items():
        if "options" not in option or name not in converted:
            continue
        nested = {rule: option.get(rule, ()) for rule in RULES}
        if option["type"] == "dict":
            converted[name], nested_errors = _read(option["options"], converted[name], _join(path, name), **nested)
            errors.extend(nested_errors)
        else:
            entries = []
            for index, entry in enumerate(converted[name]):
                value, nested_errors = _read(option["options"], entry, f"{_join(path, name)}[{index}]", **nested)
                entries.append(value)
                errors.extend(nested_errors)
            converted[name] = entries
    return converted, errors


def processable(spec: Spec, values: dict[str, Any]) -> dict[str, Any]:
    """Returns options that Ansible's validation can process. It crashes if an option with suboptions is not a map.

    :param spec: an argument spec with nested C(options).
    :param values: what the user gave.
    :returns: a copy without nulls, which mean "not given". A number, a boolean or null in place of a map or list
        becomes an empty one; silent_conversions() reports it.
    """
    names = own_names(spec)
    return {
        key: _processable(spec.get(names.get(key, ""), {}), value) for key, value in values.items() if value is not None
    }


def _processable(option: dict[str, Any], value: Any) -> Any:
    if "options" not in option:
        return _split_texts(value) if _is_list_of_texts(option) else value
    if isinstance(value, list) and option["type"] == "list":
        return [_processable({**option, "type": "dict"}, item) for item in value]
    if isinstance(value, dict) and option["type"] == "dict":
        return processable(option["options"], value)
    if isinstance(value, (int, float)) or value is None or (isinstance(value, list) and option["type"] == "dict"):
        return {} if option["type"] == "dict" else []
    return value


def silent_conversions(spec: Spec, values: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yields (option path, text) for each value that Ansible would silently convert to another type.

    Ansible accepts a boolean, a list or a map as a string; the boolean becomes "True".

    :param spec: an argument spec with nested C(options).
    :param values: what the user gave.
    :param path: the option path of C(values), empty at the top.
    """
    names = own_names(spec)
    for key, value in values.items():
        option = spec.get(names.get(key, ""))
        if option is None or value is None:
            continue
        option_path = _join(path, names[key])
        if "options" not in option:
            yield from _silent_conversions(option, value, option_path)
            continue
        many = isinstance(value, list) and option["type"] == "list"
        for index, entry in enumerate(value if many else [value]):
            entry_path = f"{option_path}[{index}]" if many else option_path
            if isinstance(entry, dict):
                yield from silent_conversions(option["options"], entry, entry_path)
            elif not isinstance(entry, str):
                yield entry_path, _no_map(entry)


def _silent_conversions(option: dict[str, Any], value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Does the same as silent_conversions() for the value of one option without suboptions."""
    kind = option.get("type", "str")
    if kind == "list":
        if isinstance(value, list):
            for index, item in enumerate(value):
                item = "" if item is None else item
                yield from _silent_conversions({"type": option.get("elements", "raw")}, item, f"{path}[{index}]")
        elif isinstance(value, (bool, float)):
            yield path, f"is {_yaml(value)}, but must be a list"
    elif kind in _TEXTS and isinstance(value, (bool, float)):
        yield path, f"is {_yaml(value)}, but must be a string; put it in quotes"
    elif kind in _TEXTS and isinstance(value, (list, dict)):
        yield path, f"is a {'list' if isinstance(value, list) else 'map'}, but must be a string"
    elif kind == "int" and isinstance(value, bool):
        yield path, f"is {_yaml(value)}, but must be a whole number"


def _yaml(value: Any) -> str:
    """Says how YAML reads a value, for a user who wrote it differently."""
    if isinstance(value, bool):
        return f"{str(value).lower()} to YAML, as {'on and yes' if value else 'off and no'} are"
    return f"the number {value!r} to YAML"


def read_unconverted(spec: Spec, values: Any, **rules: Any) -> dict[str, Any] | None:
    """Returns options that need no conversion, with their defaults. It is a hundred times as fast as read().

    :param spec: an argument spec with nested C(options).
    :param values: what the user gave.
    :returns: what read() would return, without options that are not given; None if anything is wrong, has another
        type or is given by an alias, so that read() or AnsibleModule must process it.
    """
    if values.__class__ is not dict or any(name not in spec for name in values):
        return None
    given = {name: value for name, value in values.items() if value is not None}
    if any(True for _broken in _broken_rules(given, "", **rules)):
        return None
    for name, option in spec.items():
        if name not in given:
            if option.get("required"):
                return None
            if "default" in option:
                given[name] = option["default"]
        elif "options" in option:
            given[name] = _read_nested_unconverted(option, given[name])
            if given[name] is None:
                return None
        elif not _is_final(option, given[name]):
            return None
    return given


def _read_nested_unconverted(option: dict[str, Any], value: Any) -> Any:
    nested = {rule: option[rule] for rule in RULES if rule in option}
    if option["type"] == "dict":
        return read_unconverted(option["options"], value, **nested)
    if value.__class__ is not list:
        return None
    entries = [read_unconverted(option["options"], entry, **nested) for entry in value]
    return None if None in entries else entries


def _is_final(option: dict[str, Any], value: Any) -> bool:
    if value.__class__ is not _TYPES.get(option.get("type", "str")) or value not in option.get("choices", (value,)):
        return False
    elements = option.get("elements", "raw")
    return elements == "raw" or all(item.__class__ is _TYPES.get(elements) for item in value)


_TEXTS = ("str", "path")

_NAMED_ALREADY = re.compile(r"^(?:argument|Elements value for option) '[^']+' (?:is )?")

# Compared by class, because to isinstance a bool is an int.
_TYPES: dict[str, type[Any]] = {"str": str, "int": int, "bool": bool, "dict": dict, "list": list}


def _join(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


def _without_nested(option: dict[str, Any]) -> dict[str, Any]:
    ignored = ("options", "required", "default", "aliases", "no_log", "fallback", *RULES)
    flat = {key: value for key, value in option.items() if key not in ignored}
    if flat.get("elements") == "dict":
        flat["elements"] = "raw"
    return flat


def _shorten(text: str) -> str:
    """Removes the option's name from Ansible's type errors, because our errors begin with the whole path."""
    text = _NAMED_ALREADY.sub("", text)
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."


def shown(value: object) -> str:
    """Returns a value for an error, cut if it is very long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "..."


def _no_map(value: object) -> str:
    return f"{shown(value)} is not a map of options"


def _broken_rules(
    given: dict[str, Any],
    path: str,
    mutually_exclusive: Any = (),
    required_one_of: Any = (),
    required_together: Any = (),
) -> Iterator[tuple[str, str]]:
    for group in mutually_exclusive:
        both = [name for name in group if name in given]
        if len(both) > 1:
            yield _join(path, both[0]), f"give this or {_join(path, both[1])}, not both"
    for group in required_one_of:
        if not any(name in given for name in group):
            yield (
                _join(path, group[0]),
                f"this or {' or '.join(_join(path, name) for name in group[1:])} is required",
            )
    for group in required_together:
        there = [name for name in group if name in given]
        for name in group if there else ():
            if name not in given:
                yield _join(path, name), f"is required with {_join(path, there[0])}"
