# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTML that is always escaped: whatever is not an Html is text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Union

from ..plain_text import harmless

_VOID = frozenset(["meta", "br"])


class Html(str):
    """Markup. Only tag(), join() and raw() create it."""

    __slots__ = ()


Content = Union[Html, str, int, None]


def raw(markup: str) -> Html:
    """Returns our own markup, such as a style sheet. Never pass it a text from AWS, files or users."""
    return Html(markup)


def tag(element: str, /, *content: Content, **attributes: str | None) -> Html:
    """Returns an element.

    :param content: markup, which is not changed, and texts, which are escaped; None is left out.
    :param attributes: C(class_) and C(data_label) become C(class) and C(data-label); None is left out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(harmless(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    opening = f"<{element}{written}>"
    return Html(opening if element in _VOID else f"{opening}{join(content)}</{element}>")


def join(content: Iterable[Content], separator: str = "") -> Html:
    """Joins markup and texts."""
    return Html(separator.join(_written(one) for one in content if one is not None))


def lines(content: Iterable[Content]) -> Html:
    """Joins markup and texts, each on its own line of the source."""
    return join(content, "\n")


def _written(one: Content) -> str:
    return one if isinstance(one, Html) else escape(harmless(one), quote=False)
