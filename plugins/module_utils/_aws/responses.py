# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the answers of AWS against the service model, so that an error says what is malformed.

botocore checks requests but accepts almost any answer: it turns a string instead of a list into a list of its letters.

This relies on two private names of botocore: C(_make_api_call) of a client, and its C(_endpoint), whose sending it
replaces. Nothing simpler works: no event of botocore shows what its parser raises, and those that see an answer
(C(before-parse), C(after-call)) come after the attempts that botocore repeats.
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

# The exceptions of code that reads something that does not have the expected form.
_READING_ERRORS = (LookupError, TypeError, AttributeError, ValueError, RecursionError)

_WRITES = ("Create", "Update", "Delete", "Tag", "Untag", "Distribute", "Retry", "Cancel", "Put", "Modify", "Start")

# The most errors that are shown for one answer.
_MOST = 5

# AWS requires these members in requests, so its answers must have them, too. Elsewhere answers may lack members that
# the model calls required.
_COMPLETE = "Distribution"


class MalformedAnswer(BotoCoreError):
    """An answer of AWS does not match its service model."""

    fmt = "AWS's answer to {operation} does not have the expected form: {errors}"

    @property
    def written(self) -> bool:
        """Whether the request may have changed something, because it was a write."""
        result: bool = self.kwargs["operation"].startswith(_WRITES)
        return result

    # For errors.in_doubt(): whether the write was carried out is found out by reading.
    in_doubt = written


def guard(client: Any) -> Any:
    """Has a botocore client raise MalformedAnswer if an answer does not match the service model.

    Every client of this collection is guarded once. An incomplete answer counts as a broken connection.

    :returns: the client.
    """
    if "_make_api_call" in vars(client):
        return client

    def call(operation: str, parameters: Any) -> Any:
        try:
            return type(client)._make_api_call(client, operation, parameters)
        except BotoCoreError:
            raise
        except (ResponseParserError, *_READING_ERRORS) as error:
            raise MalformedAnswer(operation=operation, errors=_text(error)) from error

    client._make_api_call = call
    if client.meta.service_model.metadata.get("protocol") in ("json", "rest-json"):
        client.meta.events.register("after-call", _check, unique_id="goldimage-answers")
    _refuse_cut_answers(client)
    return client


def _refuse_cut_answers(client: Any) -> None:
    """Treats incomplete answers as errors of the connection, so that their requests are repeated.

    botocore does not check the length of answers, and treats unreadable JSON as an empty answer. Resources would seem
    not to exist, and writes would seem to have failed.
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
    """Refuses an answer that lacks members that callers need.

    :param answer: as botocore returns it.
    :param paths: such as C(imageSummaryList[].arn).
    :raises: MalformedAnswer.
    """
    missing = [member for path in paths for member in _missing(answer, path.split("."), "")]
    if missing:
        raise _malformed(operation, [f"{member} is missing" for member in missing])


@contextmanager
def reading(operation: str) -> Iterator[None]:
    """Raises MalformedAnswer if the code in the C(with) block cannot read an answer that was not checked before."""
    try:
        yield
    except (BotoCoreError, UnicodeError):
        raise
    except _READING_ERRORS as error:
        raise MalformedAnswer(operation=operation, errors=_text(error)) from error


def _shape_mismatches(value: Any, shape: Any, path: str = "", complete: bool = False) -> Iterator[str]:
    """What is wrong with a JSON value, as texts that begin with the path.

    :param shape: botocore's Shape. Members that it lacks are ignored.
    :param complete: whether required members must be there.
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
                yield from _shape_mismatches(content, shape.members[names[name]], _join(path, name), complete)
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from _shape_mismatches(item, shape.member, f"{path}[{index}]", complete)
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _shape_mismatches(item, shape.value, f"{path}[{key!r}]", complete)


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
        # It does not come from the network, as with botocore's Stubber.
        return
    if not content and model.name.startswith(_WRITES):
        return
    try:
        value = json.loads(content)
    except ValueError as error:
        raise _malformed(model.name, [f"no JSON: {error}"]) from error
    errors = list(_shape_mismatches(value, model.output_shape))
    if errors:
        raise _malformed(model.name, errors)


def _malformed(operation: str, errors: list[str]) -> MalformedAnswer:
    more = f"; and {len(errors) - _MOST} more" if len(errors) > _MOST else ""
    return MalformedAnswer(operation=operation, errors="; ".join(errors[:_MOST]) + more)


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
        # AWS leaves out empty lists.
        for index, item in enumerate(value or []):
            yield from _missing(item, parts[1:], f"{here}[{index}]")


def _text(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return " ".join(str(error).split())[:300] or type(error).__name__


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
