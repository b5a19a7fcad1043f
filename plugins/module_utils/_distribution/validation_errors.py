# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors in options: each with its path and value, and all of them in order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from typing import NamedTuple

from .fields import NAME_PREFIX
from .option_reader import shown


class ValidationError(NamedTuple):
    """Something that AWS would refuse, or would probably not do as intended.

    C(kept): whether AWS may already have this setting. Leaving it unchanged is then not an error.
    """

    path: str
    value: object
    text: str
    kept: bool = False

    def __str__(self) -> str:
        value = "" if self.value is None else f" {shown(self.value)}:"
        return f"{self.path}:{value} {self.text}"


def show_prefixes(
    errors: list[ValidationError], distributions: Any, path: str = "distributions"
) -> list[ValidationError]:
    """Replaces C(name) in the paths of errors by C(name_prefix) if that is what the user gave.

    :param errors: the errors.
    :param distributions: the option as the user gave it.
    :param path: the option path of C(distributions).
    """
    renamed = {}
    for index, entry in enumerate(distributions or []):
        block = entry.get("ami_distribution_configuration") if isinstance(entry, dict) else None
        if isinstance(block, dict) and block.get(NAME_PREFIX) is not None:
            block_path = f"{path}[{index}].ami_distribution_configuration."
            renamed[block_path + "name"] = block_path + NAME_PREFIX
    return [error._replace(path=renamed.get(error.path, error.path)) for error in errors]


def in_order(unreadable: Iterable[tuple[str, str]], errors: Iterable[ValidationError]) -> list[ValidationError]:
    """Returns all errors in the order of their paths.

    :param unreadable: (option path, text) of values that option_reader.read() could not read.
    :param errors: the errors in the values that could be read.
    """
    # An error that only follows from an unreadable value would repeat it.
    unread = [ValidationError(path, None, text) for path, text in unreadable]
    rest = [error for error in errors if not any(_is_at_or_below(one.path, error.path) for one in unread)]
    return sorted(unread + rest, key=_path_order)


def _is_at_or_below(path: str, outer: str) -> bool:
    """Whether an option path equals another one or lies below it."""
    return path == outer or path.startswith((outer + ".", outer + "["))


def _path_order(error: ValidationError) -> tuple[list[int], str]:
    return [int(part) if part.isdigit() else -1 for part in re.split(r"[\[\].]", error.path)], error.path
