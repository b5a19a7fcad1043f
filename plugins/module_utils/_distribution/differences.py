# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparing two states of a resource, field by field: the differences as data and as lines of text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import TypedDict

from .plain_text import plain

# Longer values are cut.
_LONGEST = 120

# The members that identify an entry in a list of maps.
IDENTITY = {
    "launch_template_configurations": ("launch_template_id", "account_id"),
    "fast_launch_configurations": ("account_id",),
    "ssm_parameter_configurations": ("parameter_name", "ami_account_id"),
    "Statement": ("Sid",),
}
# AWS does not distinguish between these.
_NOTHING: tuple[Any, ...] = (None, "", [], {})

_AMI = "ami_distribution_configuration."


class Change(TypedDict):
    """One field that differs.

    C(region): the Region of the entry; None for a field of the configuration itself. C(field): its path; None if a
    whole Region is added or removed. C(before), C(after): its values; None if there is no value.
    """

    region: str | None
    field: str | None
    before: Any
    after: Any


def configuration_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Compares two states of a distribution configuration.

    :param before: the configuration as a diff shows it, with C(distributions) as a map by Region; empty if it does not
        exist.
    :param after: in the same form.
    :returns: the changes of the configuration itself, then those of each Region.
    """
    if not before or not after:
        return []
    changes = fields(_without(before, "distributions"), _without(after, "distributions"))
    old, new = before.get("distributions") or {}, after.get("distributions") or {}
    for region in {**old, **new}:
        if region not in old or region not in new:
            changes.append({"region": region, "field": None, "before": old.get(region), "after": new.get(region)})
            continue
        changes += [{**change, "region": region} for change in fields(old[region], new[region])]
    return changes


def fields(before: Any, after: Any, path: str = "") -> list[Change]:
    """Compares two values: maps key by key, lists of maps entry by entry, and all other values as a whole."""
    if _same(before, after):
        return []
    # A map that is added or removed is also listed field by field, except if it is an entry of a list.
    entry = path.endswith("]")
    if all(_is_map(one) or (one in _NOTHING and not entry) for one in (before, after)):
        before, after = before or {}, after or {}
        changes = []
        for key in {**before, **after}:
            changes += fields(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
        return changes
    keys = IDENTITY.get(path.rsplit(".", 1)[-1])
    if keys and _are_maps(before) and _are_maps(after):
        old, new = _by_name(before or [], keys), _by_name(after or [], keys)
        changes = []
        for name in {**old, **new}:
            changes += fields(old.get(name), new.get(name), f"{path}[{name}]")
        return changes
    return [{"region": None, "field": path, "before": before, "after": after}]


def lines(changes: Iterable[Change]) -> list[str]:
    """Returns the changes as lines of text, such as C(eu-west-1 kms_key_id: alias/old -> alias/new)."""
    return [line(change) for change in changes]


def line(change: Change) -> str:
    """Returns one change as a line of text."""
    region, field = change["region"], change["field"]
    if field is None:
        sign, entry = ("-", change["before"]) if change["after"] is None else ("+", change["after"])
        fields_text = ", ".join(f"{_short(one['field'])}: {value(one['after'])}" for one in fields({}, entry or {}))
        return plain(f"{sign} {region}" + (f": {fields_text}" if fields_text and sign == "+" else ""))
    where = " ".join(part for part in (region, _short(field)) if part)
    before, after = change["before"], change["after"]
    if _are_texts(before) and _are_texts(after) and (before or after):
        return plain(f"{where}: {_list_change(before or [], after or [])}")
    return plain(f"{where}: {value(before)} -> {value(after)}")


def value(content: Any) -> str:
    """Returns a value as text for a line."""
    if content in _NOTHING:
        return "nothing"
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, (list, tuple)) and _are_texts(content):
        text = ", ".join(map(str, content))
    elif isinstance(content, str):
        text = content
    else:
        text = json.dumps(content, sort_keys=True, default=str)
    text = plain(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def prepared(name: str, changes: Sequence[Change]) -> str:
    """Returns what Ansible shows of an update with --diff: the name of the resource, then one line for each field."""
    return "".join(f"{text}\n" for text in [f"~ {plain(name)}", *(f"    {one}" for one in lines(changes))])


def _list_change(before: Sequence[Any], after: Sequence[Any]) -> str:
    added = [str(item) for item in after if item not in before]
    removed = [str(item) for item in before if item not in after]
    parts = [f"+ {value(added)}"] if added else []
    return "; ".join(parts + ([f"- {value(removed)}"] if removed else [])) or "another order"


def _short(field: str | None) -> str:
    name = field or ""
    return name[len(_AMI) :] if name.startswith(_AMI) else name


def _same(before: Any, after: Any) -> bool:
    return bool(before == after) or (before in _NOTHING and after in _NOTHING)


def _is_map(content: Any) -> bool:
    return isinstance(content, dict)


def _are_maps(content: Any) -> bool:
    return content is None or (isinstance(content, (list, tuple)) and all(map(_is_map, content)))


def _are_texts(content: Any) -> bool:
    if isinstance(content, (list, tuple)):
        return all(isinstance(item, (str, int)) for item in content)
    return content is None


def _by_name(items: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """Returns entries by the values that identify them, or by their index if they have none."""
    entries: dict[str, Any] = {}
    for index, item in enumerate(items):
        name = " ".join(str(item[key]) for key in keys if item.get(key)) or str(index)
        entries[name if name not in entries else f"{name} {index}"] = item
    return entries


def _without(content: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: item for key, item in content.items() if key not in names}
