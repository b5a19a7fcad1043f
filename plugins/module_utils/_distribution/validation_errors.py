# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with options: each thing with its place and its value, and all of them in order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from typing import NamedTuple

from .fields import NAME_PREFIX
from .option_reader import shown


class ValidationError(NamedTuple):
    """One thing that AWS would refuse, or probably not do as meant.

    C(kept): whether AWS may hold it all the same, and nothing is to be said against leaving it as it is.
    """

    path: str
    value: object
    text: str
    kept: bool = False

    def __str__(self) -> str:
        value = "" if self.value is None else f" {shown(self.value)}:"
        return f"{self.path}:{value} {self.text}"


def show_prefixes(
    found: list[ValidationError], distributions: Any, path: str = "distributions"
) -> list[ValidationError]:
    """Says C(name_prefix) instead of C(name) where the user wrote that.

    :param found: a list of ValidationError.
    :param distributions: the option as given.
    """
    renamed = {}
    for index, entry in enumerate(distributions or []):
        block = entry.get("ami_distribution_configuration") if isinstance(entry, dict) else None
        if isinstance(block, dict) and block.get(NAME_PREFIX) is not None:
            place = f"{path}[{index}].ami_distribution_configuration."
            renamed[place + "name"] = place + NAME_PREFIX
    return [error._replace(path=renamed.get(error.path, error.path)) for error in found]


def in_order(unreadable: Iterable[tuple[str, str]], found: Iterable[ValidationError]) -> list[ValidationError]:
    """All that is wrong with some options, in the order of their places.

    :param unreadable: (option path, text) of what could not even be read; from option_reader.read().
    :param found: what is wrong with what could.
    """
    # What is missing or wrong because a part could not be read has been said already.
    unread = [ValidationError(path, None, text) for path, text in unreadable]
    rest = [error for error in found if not any(_within(one.path, error.path) for one in unread)]
    return sorted(unread + rest, key=_place)


def _within(path: str, place: str) -> bool:
    """Whether an option path is a place or lies below it."""
    return path == place or path.startswith((place + ".", place + "["))


def _place(error: ValidationError) -> tuple[list[int], str]:
    return [int(part) if part.isdigit() else -1 for part in re.split(r"[\[\].]", error.path)], error.path
