"""Requests held against botocore's service model, as the service does it and botocore mostly does not.

botocore checks required members, unknown members, types and minima before it sends; maxima, patterns, enumerations
and map sizes it leaves to the service. All of them are checked here, because a request need not come from botocore.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from .exceptions import InvalidParameterValueException
from .exceptions import InvalidRequestException

# Makes an error of the path of a value and the reason why it is refused.
Refusal = Callable[[str, str], Exception]

_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "structure": dict,
    "map": dict,
    "list": list,
    "boolean": bool,
    "timestamp": (int, float),
}


def read_parameters(operation: Any, path_parameters: dict[str, str], query: str, body: bytes | str) -> dict[str, Any]:
    """The parameters of a request, gathered from path, query string and JSON body as the model places them.

    Raises InvalidRequestException for a body that is not a JSON object.
    """
    shape = operation.input_shape
    located: dict[str, Any] = {}
    query_values = parse_qs(query, keep_blank_values=True) if query else {}
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        wire_name = member.serialization.get("name", name)
        if location == "uri" and wire_name in path_parameters:
            located[name] = path_parameters[wire_name]
        elif location == "querystring" and wire_name in query_values:
            values = query_values[wire_name]
            located[name] = values if member.type_name == "list" else values[-1]
    if body:
        try:
            content = json.loads(body, object_pairs_hook=_without_nulls)
        except ValueError as error:
            raise InvalidRequestException(f"The request body is not valid JSON: {error}") from error
        if not isinstance(content, dict):
            raise InvalidRequestException("The request body is not a JSON object.")
        for name, value in content.items():
            if name in located:
                raise InvalidRequestException(f"The parameter '{name}' does not belong into the request body.")
            located[name] = value
    return located


def _without_nulls(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # A null is the same as an absent member.
    return {name: value for name, value in pairs if value is not None}


def validate(parameters: dict[str, Any], operation: Any, error: Refusal = InvalidParameterValueException) -> None:
    """Hold the parameters of one request against the operation's input shape.

    Raises InvalidRequestException for what cannot be read (unknown members, wrong types), and for all else ``error``,
    called with the path of the first offending value and the reason.
    """
    _check(parameters, operation.input_shape, "", error)


def _check(value: Any, shape: Any, path: str, error: Refusal) -> None:
    kind = shape.type_name
    _check_type(value, kind, path)
    if kind == "structure":
        _check_structure(value, shape, path, error)
    elif kind == "list":
        _check_size(len(value), shape, path, "items", error)
        for index, item in enumerate(value):
            _check(item, shape.member, f"{path}[{index}]", error)
    elif kind == "map":
        _check_size(len(value), shape, path, "entries", error)
        for key, item in value.items():
            _check(key, shape.key, f"{path}.{key}", error)
            _check(item, shape.value, f"{path}.{key}", error)
    elif kind == "string":
        _check_string(value, shape, path, error)
    elif kind in ("integer", "long"):
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None and value < low:
            raise error(path, f"'{path}' must be at least {low}")
        if high is not None and value > high:
            raise error(path, f"'{path}' must be at most {high}")


def _check_type(value: Any, kind: str, path: str) -> None:
    expected = _PYTHON_TYPES.get(kind)
    if expected is not None:
        fits = isinstance(value, expected)
    elif kind in ("integer", "long"):
        fits = isinstance(value, int) and not isinstance(value, bool)
    else:
        raise InvalidRequestException(f"The parameter '{path}' has the type '{kind}', which this server does not know.")
    if not fits:
        raise InvalidRequestException(f"The parameter '{path}' must be of type {kind}.")


def _check_structure(value: dict[str, Any], shape: Any, path: str, error: Refusal) -> None:
    prefix = f"{path}." if path else ""
    members = shape.members
    for name in value:
        if name not in members:
            raise InvalidRequestException(f"The request has the parameter '{prefix}{name}', which does not exist.")
    for name in shape.required_members:
        if name not in value:
            raise error(f"{prefix}{name}", f"'{prefix}{name}' must not be null")
    for name, item in value.items():
        _check(item, members[name], f"{prefix}{name}", error)


def _check_size(size: int, shape: Any, path: str, what: str, error: Refusal) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        raise error(path, f"'{path}' must contain at least {low} {what}")
    if high is not None and size > high:
        raise error(path, f"'{path}' must contain at most {high} {what}")


def _check_string(value: str, shape: Any, path: str, error: Refusal) -> None:
    _check_size(len(value), shape, path, "characters", error)
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not _compiled(pattern).fullmatch(value):
        raise error(path, f"'{path}' must match pattern {pattern}")
    enumeration = shape.metadata.get("enum")
    if enumeration and value not in enumeration:
        raise error(path, f"'{path}' must be one of {', '.join(enumeration)}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # The service's regular expressions are Java's: their \s and \d know ASCII only.
    return re.compile(pattern, re.ASCII)
