# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks values in API form against botocore's service model, of which botocore itself checks only a part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from typing import Callable

from ..configuration.conversion import snake
from ..validation_errors import ValidationError
from ..versions import is_installed
from ..versions import newer_botocore
from ..versions import NEWEST_MODEL
from ..versions import WIDENED
from .words import explain_value
from .words import is_certain
from .words import is_stated


def value_errors(shape: Any, value: Any, path: str) -> list[ValidationError]:
    """Returns what in a value, given in API form, does not match its shape in botocore's model."""
    if value is None:
        return []
    checks: dict[str, Callable[[Any, Any, str], Iterator[ValidationError]]] = {
        "structure": _structure,
        "list": _list,
        "map": _map,
        "string": _string,
        "integer": _number,
    }
    check = checks.get(shape.type_name)
    return list(check(shape, value, path)) if check else []


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[ValidationError]:
    for member in value:
        if member not in shape.members:
            yield ValidationError(
                f"{path}.{snake(member)}",
                None,
                "the installed botocore does not know this field of the Image Builder API yet; install"
                f" {newer_botocore(snake(member))}",
            )
    for member in shape.required_members:
        if member not in value:
            yield ValidationError(f"{path}.{snake(member)}", None, "is required")
    for member, content in value.items():
        if member in shape.members:
            yield from value_errors(shape.members[member], content, f"{path}.{snake(member)}")


def _list(shape: Any, value: list[Any], path: str) -> Iterator[ValidationError]:
    yield from _size(shape, len(value), value if len(value) < 5 else None, path, "entries")
    for index, item in enumerate(value):
        yield from value_errors(shape.member, item, f"{path}[{index}]")


def _map(shape: Any, value: dict[str, Any], path: str) -> Iterator[ValidationError]:
    yield from _size(shape, len(value), None, path, "entries")
    for key, content in value.items():
        # A key may contain dots, so the path shows it quoted.
        yield from value_errors(shape.key, key, f"{path}[{key!r}] (its key)")
        yield from value_errors(shape.value, content, f"{path}[{key!r}]")


def _string(shape: Any, value: Any, path: str) -> Iterator[ValidationError]:
    if not isinstance(value, str):
        yield ValidationError(path, value, "must be a string")
        return
    if shape.enum and value not in shape.enum:
        yield ValidationError(path, value, f"must be one of {', '.join(shape.enum)}")
    if _too_short_or_long(shape, len(value)):
        yield from _size(shape, len(value), value, path, "characters")
    elif not _matches(shape, value) and (_is_binding(shape) or is_certain(shape.name, value)):
        yield ValidationError(path, value, explain_value(shape.name, value))


def _matches(shape: Any, value: str) -> bool:
    pattern = shape.metadata.get("pattern")
    # In AWS's patterns, \s matches only ASCII white space.
    return pattern is None or re.compile(pattern, re.ASCII).fullmatch(value) is not None


def _is_binding(shape: Any) -> bool:
    """Whether AWS refuses a value that does not match the pattern of the installed model.

    AWS widens patterns, so an older model can be stricter than the service. Forms that words describes have been the
    same in all models, except those in WIDENED. Everything else is left to AWS.
    """
    known_since = WIDENED.get(shape.name, "0" if is_stated(shape.name) else NEWEST_MODEL)
    return is_installed(known_since)


def _number(shape: Any, value: int, path: str) -> Iterator[ValidationError]:
    yield from _size(shape, value, value, path, "")


def _too_short_or_long(shape: Any, size: int) -> bool:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    return (low is not None and size < low) or (high is not None and size > high)


def _size(shape: Any, size: int, value: Any, path: str, unit: str) -> Iterator[ValidationError]:
    if not _too_short_or_long(shape, size):
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    bounds = f"at least {low}" if high is None else f"at most {high}" if low is None else f"{low} to {high}"
    if unit == "characters" and size == 0:
        yield ValidationError(path, value, "must not be empty; leave the option out if it is not wanted")
    elif unit:
        yield ValidationError(path, value, f"has {size} {unit}, AWS accepts {bounds}")
    else:
        yield ValidationError(path, value, f"must be {bounds}")
