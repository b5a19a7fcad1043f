# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds the answers of AWS to the service model, so that a malformed one ends in an error that says where.

botocore checks what is sent, and reads almost anything: a text in the place of a list becomes a list of its letters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ConnectionClosedError
    from botocore.parsers import ResponseParserError
except ImportError:
    # AnsibleAWSModule fails with a clear message.
    BotoCoreError = ConnectionClosedError = ResponseParserError = Exception

# What code ends with that reads something that does not have the expected form.
_TRIPPED = (LookupError, TypeError, AttributeError, ValueError, RecursionError)

_WRITES = ("Create", "Update", "Delete", "Tag", "Untag", "Distribute", "Retry", "Cancel", "Put", "Modify", "Start")

# So many errors are named of one answer.
_MOST = 5

# What AWS demands in a request it has to show as well. Elsewhere it leaves out what the model calls required.
_COMPLETE = "Distribution"


class MalformedAnswer(BotoCoreError):
    """AWS answered with something that is not built as its service model says."""

    fmt = "AWS's answer to {operation} does not have the expected form: {errors}"

    @property
    def written(self) -> bool:
        """Whether the request has changed something: it was answered, if not understandably."""
        result: bool = self.kwargs["operation"].startswith(_WRITES)
        return result

    # As errors.in_doubt() asks it: what came of the write is seen by looking again.
    in_doubt = written


def guard(client: Any) -> Any:
    """Has a client of botocore raise MalformedAnswer where an answer is not built as the service model says.

    Every client that is made here goes through this, once; an answer that breaks off counts as a broken connection.

    :returns: the client.
    """
    if "_make_api_call" in vars(client):
        return client

    def call(operation: str, parameters: Any) -> Any:
        try:
            return type(client)._make_api_call(client, operation, parameters)
        except BotoCoreError:
            raise
        except (ResponseParserError, *_TRIPPED) as error:
            raise MalformedAnswer(operation=operation, errors=_text(error)) from error

    client._make_api_call = call
    if client.meta.service_model.metadata.get("protocol") in ("json", "rest-json"):
        client.meta.events.register("after-call", _check, unique_id="goldimage-answers")
    _refuse_cut_answers(client)
    return client


def _refuse_cut_answers(client: Any) -> None:
    """Lets answers that break off in their midst be errors of the connection, which are repeated.

    botocore switches off the check of their length, and takes an answer in JSON that it cannot read for an empty one:
    what is there would seem to be gone, and a write that was made would seem to have failed.
    """
    session = client._endpoint.http_session
    send = session.send

    def send_and_measure(request: Any) -> Any:
        response = send(request)
        length = None if request.stream_output else response.headers.get("content-length")
        if request.method != "HEAD" and length is not None and len(response.content) < int(length):
            raise ConnectionClosedError(endpoint_url=request.url)
        return response

    session.send = send_and_measure


def require(answer: dict[str, Any], operation: str, *paths: str) -> None:
    """Refuses an answer without members that the rest relies on.

    :param answer: as botocore gives it.
    :param paths: for example C(imageSummaryList[].arn).
    :raises: MalformedAnswer.
    """
    missing = [place for path in paths for place in _missing(answer, path.split("."), "")]
    if missing:
        raise _malformed(operation, [f"{place} is missing" for place in missing])


@contextmanager
def reading(operation: str) -> Iterator[None]:
    """For code that reads an answer which is not looked through beforehand: what it trips over is a MalformedAnswer."""
    try:
        yield
    except (BotoCoreError, UnicodeError):
        raise
    except _TRIPPED as error:
        raise MalformedAnswer(operation=operation, errors=_text(error)) from error


def shape_mismatches(value: Any, shape: Any, path: str = "", complete: bool = False) -> Iterator[str]:
    """What is wrong with a JSON value, as an iterator of texts that begin with its place.

    :param shape: botocore's Shape. Members that it does not have are passed by.
    :param complete: whether required members have to be there.
    """
    expected, types = _TYPES.get(shape.type_name, ("", object))
    fits = isinstance(value, types) and (value.__class__ is not bool or shape.type_name == "boolean")
    if not fits:
        yield f"{path or 'all'} is {_kind(value)}, expected {expected}"
    elif shape.type_name == "structure":
        complete = complete or shape.name == _COMPLETE
        names = {content.serialization.get("name", name): name for name, content in shape.members.items()}
        for name in shape.required_members if complete else ():
            if value.get(name) is None:
                yield f"{_join(path, name)} is missing"
        for name, content in value.items():
            if name in names and content is not None:
                yield from shape_mismatches(content, shape.members[names[name]], _join(path, name), complete)
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from shape_mismatches(item, shape.member, f"{path}[{index}]", complete)
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from shape_mismatches(item, shape.value, f"{path}[{key!r}]", complete)


_NUMBER = ("a number", (int, float))
_TYPES: dict[str, tuple[str, type | tuple[type, ...]]] = {
    "structure": ("a map", dict),
    "list": ("a list", list),
    "map": ("a map", dict),
    "string": ("a text", str),
    "blob": ("a text", str),
    "integer": ("a whole number", int),
    "long": ("a whole number", int),
    "float": _NUMBER,
    "double": _NUMBER,
    "boolean": ("true or false", bool),
    "timestamp": ("a time", (str, int, float)),
}
_KINDS = {dict: "a map", list: "a list", str: "a text", bool: "true or false", type(None): "null"}


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")


def _check(http_response: Any, model: Any, **dummy: Any) -> None:
    if http_response.status_code >= 300 or not model.output_shape or model.has_streaming_output:
        return
    try:
        content = http_response.content
    except AttributeError:
        # It was never on the wire, as with botocore's Stubber.
        return
    if not content and model.name.startswith(_WRITES):
        return
    try:
        value = json.loads(content)
    except ValueError as error:
        raise _malformed(model.name, [f"no JSON: {error}"]) from error
    found = list(shape_mismatches(value, model.output_shape))
    if found:
        raise _malformed(model.name, found)


def _malformed(operation: str, found: list[str]) -> MalformedAnswer:
    more = f"; and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return MalformedAnswer(operation=operation, errors="; ".join(found[:_MOST]) + more)


def _missing(value: Any, parts: list[str], path: str) -> Iterator[str]:
    if not parts:
        if value in (None, ""):
            yield path
        return
    name = parts[0].replace("[]", "")
    here = _join(path, name)
    value = value.get(name) if isinstance(value, dict) else None
    if name == parts[0]:
        if value is None:
            yield here
        else:
            yield from _missing(value, parts[1:], here)
    else:
        # A list that is left out is an empty one.
        for index, item in enumerate(value or []):
            yield from _missing(item, parts[1:], f"{here}[{index}]")


def _text(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return " ".join(str(error).split())[:300] or type(error).__name__


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
