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

# The types of the standard library leave out what is used of these two.
_DECODER: Any = json.decoder
_SCANNER: Any = json.scanner

_BLANKS = " \t\r\n"

# What the json module says -> what was expected at that place.
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
    """What a document is instead of JSON, with line and column."""


class Broken(str):
    """A string whose closing or opening quote is on another line; the spaces are removed."""


class JsonObject(dict[str, Any]):
    """A JSON object that remembers which members it was given more than once."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        pairs = list(pairs)
        super().__init__(pairs)
        names = [name for name, dummy in pairs]
        self.repeated = sorted({name for name in names if names.count(name) > 1})


class _Decoder(json.JSONDecoder):
    """Strict JSON, but for line breaks at the ends of strings, as the user guide's page has them."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=JsonObject)
        self.parse_string = _string
        # The scanner in C knows no string parser but its own.
        self.scan_once = _SCANNER.py_make_scanner(self)


def _string(text: str, begin: int, strict: bool) -> tuple[str, int]:
    """As json.decoder.scanstring: (the string that begins after the quote before C(begin), the place behind it)."""
    try:
        result: tuple[str, int] = _DECODER.scanstring(text, begin, strict)
        return result
    except json.JSONDecodeError:
        dummy, end = _DECODER.scanstring(text, begin, False)
    raw = text[begin : end - 1]
    content = raw.strip(_BLANKS)
    edges = raw.replace(content, "", 1)
    # What follows tells a broken string from one whose closing quote is missing and that ends at the next one's.
    closed = text[end:].lstrip(_BLANKS)[:1] in (",", "}", "]")
    if not closed or re.search(r"[\x00-\x1f]", content) or not re.search(r"[\r\n]", edges):
        raise json.JSONDecodeError("Unterminated string", text, begin - 1)
    return Broken(_DECODER.scanstring(content + '"', 0, strict)[0]), end


def parse_object(text: str) -> JsonObject:
    """The document's outermost object. A byte order mark, as Windows editors write it, is passed over.

    Each object in it is a JsonObject, each string that was broken across lines a Broken.

    :raises NotJson: where there is none.
    """
    text = text[1:] if text.startswith("\ufeff") else text
    try:
        document = _Decoder().decode(text)
        if not isinstance(document, JsonObject):
            raise json.JSONDecodeError("Expecting object", text, len(text) - len(text.lstrip(_BLANKS)))
    except json.JSONDecodeError as error:
        raise NotJson(_explain(error)) from error
    except RecursionError:
        raise NotJson("is nested too deep for a document of the AWS CLI") from None
    except ValueError as error:
        # A number of thousands of digits, which Python refuses to read.
        raise NotJson(str(error)) from error
    return document


def _explain(error: json.JSONDecodeError) -> str:
    """Where the text is not JSON, and what was expected there."""
    expected = next((text for start, text in _EXPECTED if error.msg.startswith(start)), error.msg)
    actual = ""
    if error.msg.startswith("Expect"):
        character = error.doc[error.pos : error.pos + 1]
        actual = f", found {character!r}" if character else ", found the end of the file"
        if character in ("}", "]") and error.doc[: error.pos].rstrip(_BLANKS).endswith(","):
            actual += " after a comma; remove that comma"
    return f"line {error.lineno}, column {error.colno}: expected {expected}{actual}"
