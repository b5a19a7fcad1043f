# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTML that is escaped by construction: whatever is not an Html is text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Union

from ..plain_text import harmless

_VOID = frozenset(["meta", "br"])


class Html(str):
    """Markup. Only tag(), join() and raw() make it."""

    __slots__ = ()


Content = Union[Html, str, int, None]


def raw(markup: str) -> Html:
    """Markup of our own, such as a style sheet; never a text that came from elsewhere."""
    return Html(markup)


def tag(element: str, /, *content: Content, **attributes: str | None) -> Html:
    """An element.

    :param content: markup as it is, everything else as text; None is left out.
    :param attributes: C(class_) and C(data_label) are written C(class) and C(data-label); None is left out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(harmless(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    opening = f"<{element}{written}>"
    return Html(opening if element in _VOID else f"{opening}{join(content)}</{element}>")


def join(content: Iterable[Content], separator: str = "") -> Html:
    """Markup and texts one after the other."""
    return Html(separator.join(_written(one) for one in content if one is not None))


def lines(content: Iterable[Content]) -> Html:
    """Markup and texts, each in a line of the source."""
    return join(content, "\n")


def _written(one: Content) -> str:
    return one if isinstance(one, Html) else escape(harmless(one), quote=False)
