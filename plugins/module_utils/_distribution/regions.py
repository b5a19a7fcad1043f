# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of Regions, as far as the installed botocore knows them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

try:
    import botocore.loaders
except ImportError:
    botocore = None  # AnsibleAWSModule fails with a clear message.

from .suggestions import nearest

# What every name of a Region ends with: a direction and a number.
_WELL_FORMED = re.compile(r"[a-z]{2,4}(-[a-z]+)?-(north|south|east|west|central)(east|west)?-[1-9][0-9]?")


@cache
def _partitions() -> list[dict[str, Any]]:
    """Each partition with C(id), C(regionRegex), and C(regions): name -> C(description)."""
    partitions: list[dict[str, Any]] = botocore.loaders.create_loader().load_data("partitions")["partitions"]
    return partitions


@cache
def _known() -> dict[str, tuple[str, str]]:
    """Name of a Region -> (its partition, what the console calls it)."""
    return {
        name: (partition["id"], region["description"])
        for partition in _partitions()
        for name, region in partition["regions"].items()
        # The others are places that only some endpoints know, such as aws-global.
        if _WELL_FORMED.fullmatch(name)
    }


def is_known(name: str) -> bool:
    """Whether botocore knows a Region of this name."""
    return name in _known()


def is_well_formed(name: str) -> bool:
    """Whether a Region could have this name, be it known or not."""
    return _WELL_FORMED.fullmatch(name) is not None


def partition_of(name: str) -> str | None:
    """The partition of a Region, by its name's beginning for one that is not known; None where that says nothing."""
    if name in _known():
        return _known()[name][0]
    matching = [partition["id"] for partition in _partitions() if re.match(partition["regionRegex"], name)]
    return matching[0] if matching and is_well_formed(name) else None


def meant(name: str) -> str | None:
    """The Region that is certainly meant by a name that is none: by case, a zone, or the name in the console."""
    text = re.sub(r"[_\s]+", "-", name.strip().lower())
    zone = re.match(r"([a-z-]+-[0-9]+)([a-z]|-[a-z0-9-]+)$", text)
    for candidate in (text, zone[1] if zone else ""):
        if candidate in _known():
            return candidate
    letters = _letters(name)
    for region, (_partition, description) in _known().items():
        city = re.search(r"\((.+)\)", description)
        if letters and letters in (_letters(region), _letters(description), _letters(city[1]) if city else ""):
            return region
    # The console says Europe (Ireland), and said EU (Ireland).
    city = re.search(r"\((.+)\)", name)
    return meant(city[1]) if city else None


def most_like(name: str, partition: str | None = None) -> str | None:
    """The known Region whose name is most like the given one, in one partition where that is given."""
    return nearest(
        name.lower(), [region for region, (own, _description) in _known().items() if partition in (None, own)]
    )


def advice(name: str, partition: str | None = None) -> str | None:
    """What to write for a name that is not a Region's: a clause; None where no Region is like it."""
    sure, near = meant(name), most_like(name, partition)
    return f"write {sure}" if sure else f"did you mean {near}?" if near else None


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
