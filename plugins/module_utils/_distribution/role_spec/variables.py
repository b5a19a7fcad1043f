# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the variables of the role distribution_rollout one by one, and returns what is wrong with each.

The caller passes the role's meta/argument_specs.yml, which describes them. A variable that is null or blank counts as
not given, and an omitted one is missing. Surveys and C(-e KEY=VALUE) give texts, which are converted.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from ansible.module_utils.common.yaml import yaml_load

from .. import option_reader
from ..arns import is_account_id
from ..suggestions import nearest
from ..validation.words import account_words
from ..validation_errors import ValidationError

PREFIX = "distribution_rollout_"

# The role's result is also a variable of the play.
RESULT = PREFIX + "result"

# A blank execution_role_name does not mean the default. It means that there is no execution role.
_BLANK_COUNTS = ("execution_role_name",)
_WITH_PLACEHOLDERS = ("name", "description")

# Variable -> its minimum.
_LEAST = {"workers": 1, "wait_timeout": 1, "wait_delay": 0, "wave": 1, "keep": 1, "keep_limit": 0}

_YES, _NO = ("yes", "true", "on", "1", "y", "t"), ("no", "false", "off", "0", "n", "f")

ArgumentSpec = dict[str, dict[str, Any]]


def unknown(names: list[str], argument_spec: ArgumentSpec) -> list[str]:
    """Returns an error for variables that the role does not know.

    :param names: the names of all variables of the play that begin with C(distribution_rollout_).
    :param argument_spec: name of a variable -> its description in the role's argument spec.
    :returns: a list with the error; empty if all variables are known.
    """
    described = [_nearest(name, list(argument_spec)) for name in sorted(set(names) - set(argument_spec) - {RESULT})]
    if not described:
        return []
    return [
        f"The role distribution_rollout does not know {'; '.join(described)}."
        " Its variables are listed by: ansible-doc -t role goldimage.aws.distribution_rollout"
    ]


def _nearest(name: str, known: list[str]) -> str:
    # Compared without the prefix, which would make all names similar.
    near = nearest(name[len(PREFIX) :], [one[len(PREFIX) :] for one in known])
    return f"{name} (did you mean {PREFIX}{near}?)" if near else name


def read(argument_spec: ArgumentSpec, variables: dict[str, Any]) -> tuple[dict[str, Any], list[ValidationError]]:
    """Reads the values of the variables.

    :param argument_spec: name of a variable -> its description in the role's argument spec: C(type), C(elements),
        C(choices), C(default), C(required), C(no_log).
    :param variables: name -> value of Python's own types; omitted variables are missing.
    :returns: (values, errors): name without prefix -> value, None if nothing was given and there is no default; errors
        with names of variables as paths.
    """
    values: dict[str, Any] = {}
    errors: list[ValidationError] = []
    for variable, option in argument_spec.items():
        name = variable[len(PREFIX) :]
        value = variables.get(variable)
        if value is None or (isinstance(value, str) and not value.strip() and name not in _BLANK_COUNTS):
            values[name] = deepcopy(option.get("default"))
            if option.get("required"):
                errors.append(ValidationError(variable, None, "is required"))
            continue
        if isinstance(value, str) and name != "description":
            # A survey may add spaces or a line break.
            value = value.strip()
        values[name], own_errors = _read(name, option, value)
        errors += own_errors
    wrong = {error.path for error in errors}
    return values, errors + [one for one in _no_accounts(values) if one.path.split("[")[0] not in wrong]


def _read(name: str, option: dict[str, Any], value: Any) -> tuple[Any, list[ValidationError]]:
    """Returns (value of one variable in its type, or None; errors)."""
    variable, kind, secret = PREFIX + name, option.get("type", "str"), option.get("no_log")
    number = isinstance(value, int) and not isinstance(value, bool)
    if number and kind == "list" and option.get("elements") == "str" and is_account_id(str(value)):
        # A single account id, which modules also accept as a list.
        value, number = str(value), False
    # YAML may change the digits of a number, and then the spec id would not match the existing tags. Other strings may
    # be given as numbers.
    if number and (kind in ("path", "list") or name == "spec_id"):
        wanted = "a list" if kind == "list" else "a string; put it in quotes"
        return None, [ValidationError(variable, None, f"is the number {value} to YAML, but must be {wanted}")]
    if kind == "list" and isinstance(value, dict) and option.get("elements") == "str":
        return None, [ValidationError(variable, None, "is a map, but must be a list")]
    flat = {key: content for key, content in option.items() if key != "options"}
    if kind not in _STRUCTURES or not isinstance(value, str):
        wrong = [
            ValidationError(path, None, text)
            for path, text in option_reader.silent_conversions({variable: flat}, {variable: value})
        ]
        if wrong:
            return None, [ValidationError(variable, None, "must be a string; put it in quotes")] if secret else wrong
    try:
        read_value = _TYPES[kind](value, flat)
    except ValueError as error:
        return None, [ValidationError(variable, None if secret or kind in _STRUCTURES else value, str(error))]
    return read_value, [
        ValidationError(variable, None if secret else value, text) for text in _wrong(name, flat, read_value)
    ]


def _wrong(name: str, option: dict[str, Any], value: Any) -> list[str]:
    """Returns what is wrong with a value of the right type, as texts."""
    texts = []
    choices = option.get("choices")
    if choices and value not in choices:
        texts.append(f"must be one of {', '.join(choices)}")
    if isinstance(value, str):
        if name not in _WITH_PLACEHOLDERS and re.search("{{|{%", value):
            texts.append("contains a template that was not rendered")
        if option.get("type") == "path" and re.search("[\x00-\x1f]", value):
            texts.append("contains a control character")
    if name in _LEAST and value < _LEAST[name]:
        texts.append(f"must be at least {_LEAST[name]}")
    return texts


def _no_accounts(values: dict[str, Any]) -> list[ValidationError]:
    """Returns errors for values that should be account ids and are not, in variables that could be read."""
    named = [(f"target_accounts[{index}]", one) for index, one in enumerate(values.get("target_accounts") or [])]
    named += [("target_account_roles", one) for one in values.get("target_account_roles") or {}]
    return [ValidationError(PREFIX + path, one, account_words(one)) for path, one in named if not is_account_id(one)]


# -- types ---------------------------------------------------------------------------------------------------------


def _text(value: Any, dummy_option: dict[str, Any]) -> str:
    return str(value)


def _whole_number(value: Any, dummy_option: dict[str, Any]) -> int:
    text = str(value).strip()
    if isinstance(value, float) or not re.fullmatch("[+-]?[0-9]+", text):
        raise ValueError("must be a whole number")
    return int(text)


def _boolean(value: Any, dummy_option: dict[str, Any]) -> bool:
    text = str(value).strip().lower()
    if isinstance(value, (bool, int, str)) and text in _YES + _NO:
        return text in _YES
    raise ValueError("must be true or false")


def _list(value: Any, option: dict[str, Any]) -> list[Any]:
    if option.get("elements") == "str":
        # Not read as YAML, which would read an account id that begins with 0 as an octal number.
        names = isinstance(value, str) and not re.match(r"\s*(\[|- |-$)", value)
        value = option_reader.split_values(value) if names else _from_yaml(value) if isinstance(value, str) else value
        return [str(item) for item in option_reader.split_items(_listed(value))]
    return _listed(_from_yaml(value) if isinstance(value, str) else value)


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list{_instead(value)}")
    return value


def _map(value: Any, dummy_option: dict[str, Any]) -> dict[str, Any]:
    if isinstance(value, str):
        value = _from_yaml(value)
    if value in (None, []):
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"must be a map{_instead(value)}")
    return {str(key): content for key, content in value.items()}


def _structure(value: Any, dummy_option: dict[str, Any]) -> Any:
    return _from_yaml(value) if isinstance(value, str) else value


def _instead(value: Any) -> str:
    kinds: dict[type[Any], str] = {str: "text", list: "list", dict: "map"}
    return f", and is a {kinds.get(type(value), type(value).__name__)}"


_TYPES = {
    "str": _text,
    "path": _text,
    "int": _whole_number,
    "bool": _boolean,
    "list": _list,
    "dict": _map,
    "raw": _structure,
}

# The types that a survey gives as YAML or JSON.
_STRUCTURES = ("list", "dict", "raw")


def _from_yaml(text: str) -> Any:
    """Returns the value of a text in YAML or JSON. Names separated by commas or line breaks become a list."""
    try:
        value = yaml_load(text)
    except Exception as error:
        # The class of PyYAML's error depends on whether its C library is used.
        raise ValueError(f"is not YAML or JSON: {' '.join(str(error).split())}") from error
    # YAML would join the lines.
    return option_reader.split_values(text if "\n" in text.strip() else value) if isinstance(value, str) else value
