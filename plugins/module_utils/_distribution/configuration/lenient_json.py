# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON as the AWS user guide prints it, where some strings are broken across lines."""

from __future__ import annotations

import json.decoder
import json.scanner
import re
from collections.abc import Iterable
from typing import Any

# The type stubs of these two modules lack what we use.
_DECODER: Any = json.decoder
_SCANNER: Any = json.scanner

_WHITE_SPACE = " \t\r\n"

# The message of the json module -> what was expected.
_EXPECTED = (
    ("Expecting property name", "a member name in double quotes"),
    ("Expecting ':'", "':' after the member name"),
    ("Expecting ','", "',' or a closing bracket"),
    ("Expecting value", "a value"),
    ("Expecting object", "an object { ... }"),
    ("Illegal trailing comma", "another entry after this comma, or no comma"),
    ("Unterminated string", "a closing quote on the line on which this string begins; inside it write \\n or \\t"),
    ("Invalid control character", "a closing quote; a line break or a tab inside a string is written \\n or \\t"),
    ("Invalid \\", 'one of the escapes of JSON: \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX'),
    ("Extra data", "nothing more after the closing bracket of the document"),
)


class NotJson(ValueError):
    """A document is not JSON. The text says why, with line and column."""


class Broken(str):
    """A string whose opening or closing quote is on another line, without the spaces at its ends."""


class JsonObject(dict[str, Any]):
    """A JSON object. C(repeated): the members that the document gives more than once."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        pairs = list(pairs)
        super().__init__(pairs)
        names = [name for name, dummy in pairs]
        self.repeated = sorted({name for name in names if names.count(name) > 1})


class _Decoder(json.JSONDecoder):
    """A decoder of strict JSON that also accepts line breaks at the ends of strings, as on the user guide's pages."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=JsonObject)
        self.parse_string = _string
        # The scanner written in C would ignore our string parser.
        self.scan_once = _SCANNER.py_make_scanner(self)


def _string(text: str, begin: int, strict: bool) -> tuple[str, int]:
    """Parses a string as json.decoder.scanstring() does: returns (the string that begins at C(begin), its end)."""
    try:
        result: tuple[str, int] = _DECODER.scanstring(text, begin, strict)
        return result
    except json.JSONDecodeError:
        dummy, end = _DECODER.scanstring(text, begin, False)
    raw = text[begin : end - 1]
    content = raw.strip(_WHITE_SPACE)
    edges = raw.replace(content, "", 1)
    # If the closing quote is missing, the string seems to end at the opening quote of the next one. What follows tells.
    closed = text[end:].lstrip(_WHITE_SPACE)[:1] in (",", "}", "]")
    if not closed or re.search(r"[\x00-\x1f]", content) or not re.search(r"[\r\n]", edges):
        raise json.JSONDecodeError("Unterminated string", text, begin - 1)
    return Broken(_DECODER.scanstring(content + '"', 0, strict)[0]), end


def parse_object(text: str) -> JsonObject:
    """Parses a document that is a JSON object. A byte order mark, which Windows editors write, is ignored.

    Objects become JsonObject, and strings that are broken across lines become Broken.

    :raises NotJson: if the document is not a JSON object.
    """
    text = text[1:] if text.startswith("\ufeff") else text
    try:
        document = _Decoder().decode(text)
        if not isinstance(document, JsonObject):
            raise json.JSONDecodeError("Expecting object", text, len(text) - len(text.lstrip(_WHITE_SPACE)))
    except json.JSONDecodeError as error:
        raise NotJson(_explain(error)) from error
    except RecursionError:
        raise NotJson("is nested too deep for a document of the AWS CLI") from None
    except ValueError as error:
        # Python refuses to parse a number with thousands of digits.
        raise NotJson(str(error)) from error
    return document


def _explain(error: json.JSONDecodeError) -> str:
    """Says where a text is not JSON, and what was expected there."""
    expected = next((text for start, text in _EXPECTED if error.msg.startswith(start)), error.msg)
    actual = ""
    if error.msg.startswith("Expect"):
        character = error.doc[error.pos : error.pos + 1]
        actual = f", found {character!r}" if character else ", found the end of the file"
        if character in ("}", "]") and error.doc[: error.pos].rstrip(_WHITE_SPACE).endswith(","):
            actual += " after a comma; remove that comma"
    return f"line {error.lineno}, column {error.colno}: expected {expected}{actual}"
