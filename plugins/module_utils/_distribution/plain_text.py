# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of others as one line that no terminal and no page obeys."""

from __future__ import annotations

import re
from typing import Any

# Control characters, line breaks of Unicode, and marks that turn the direction of a text.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")

# An id of a request is another one in every run, and stands in the module's own error.
_REQUEST_ID = re.compile(r" ?\(request id [^)]*\)")


def plain(text: Any) -> str:
    """A text in one line, without what a terminal would obey."""
    return harmless(text).strip()


def harmless(text: Any) -> str:
    """As plain(), with the spaces at its ends, for a part of a line."""
    return _OBEYED.sub(" ", str(text))


def without_request_id(text: Any) -> str:
    """A message without the id of the request, so that two of the same cause are equal."""
    return _REQUEST_ID.sub("", str(text))


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: C(1 configuration), C(2 configurations)."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def capitalised(text: str) -> str:
    """A text that begins a line."""
    return text[:1].upper() + text[1:]
