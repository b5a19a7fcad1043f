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

# A Region's name ends with a direction and a number.
_WELL_FORMED = re.compile(r"[a-z]{2,4}(-[a-z]+)?-(north|south|east|west|central)(east|west)?-[1-9][0-9]?")


@cache
def _partitions() -> list[dict[str, Any]]:
    """Returns the partitions, each with C(id), C(regionRegex), and C(regions): name -> C(description)."""
    partitions: list[dict[str, Any]] = botocore.loaders.create_loader().load_data("partitions")["partitions"]
    return partitions


@cache
def _known() -> dict[str, tuple[str, str]]:
    """Returns the known Regions: name -> (partition, name in the console)."""
    return {
        name: (partition["id"], region["description"])
        for partition in _partitions()
        for name, region in partition["regions"].items()
        # The others are pseudo-Regions of some endpoints, such as aws-global.
        if _WELL_FORMED.fullmatch(name)
    }


def is_known(name: str) -> bool:
    """Whether botocore knows a Region of this name."""
    return name in _known()


def is_well_formed(name: str) -> bool:
    """Whether a Region could have this name, even if botocore does not know it."""
    return _WELL_FORMED.fullmatch(name) is not None


def partition_of(name: str) -> str | None:
    """Returns the partition of a Region. That of an unknown Region follows from its prefix; None if it does not."""
    if name in _known():
        return _known()[name][0]
    matching = [partition["id"] for partition in _partitions() if re.match(partition["regionRegex"], name)]
    return matching[0] if matching and is_well_formed(name) else None


def meant(name: str) -> str | None:
    """Returns the Region that a wrong name certainly means: wrong case, a zone, or the name in the console."""
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
    # The console says Europe (Ireland); it used to say EU (Ireland).
    city = re.search(r"\((.+)\)", name)
    return meant(city[1]) if city else None


def _most_like(name: str, partition: str | None = None) -> str | None:
    """Returns the known Region whose name is most similar, in the given partition or in any."""
    return nearest(
        name.lower(), [region for region, (own, _description) in _known().items() if partition in (None, own)]
    )


def advice(name: str, partition: str | None = None) -> str | None:
    """Returns a clause that says what to write instead of a wrong name; None if no Region has a similar name."""
    sure, near = meant(name), _most_like(name, partition)
    return f"write {sure}" if sure else f"did you mean {near}?" if near else None


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
