# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts from AWS, files and users as one line without control characters."""

from __future__ import annotations

import re
from typing import Any

# Control characters, Unicode line breaks, and marks that change the direction of a text.
_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")

# The request id differs in every run. The module's own error shows it.
_REQUEST_ID = re.compile(r" ?\(request id [^)]*\)")


def plain(text: Any) -> str:
    """Returns a text in one line, without control characters and without spaces at its ends."""
    return harmless(text).strip()


def harmless(text: Any) -> str:
    """Returns a part of a line without control characters. Spaces at its ends remain."""
    return _CONTROL_CHARACTERS.sub(" ", str(text))


def without_request_id(text: Any) -> str:
    """Returns a message without its request id, so that messages with the same cause are equal."""
    return _REQUEST_ID.sub("", str(text))


def counted(number: int, one: str, many: str = "") -> str:
    """Returns a number with its noun: C(1 configuration), C(2 configurations)."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def capitalised(text: str) -> str:
    """Returns a text with a capital first letter."""
    return text[:1].upper() + text[1:]
