# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two states of a thing -> what differs, field by field, as data and as lines of text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import TypedDict

from .plain_text import plain

# The longest value that is shown in a line.
_LONGEST = 120

# What tells two entries of a list of maps apart: the first is the name that is shown, all of them are compared.
IDENTITY = {
    "launch_template_configurations": ("launch_template_id", "account_id"),
    "fast_launch_configurations": ("account_id",),
    "ssm_parameter_configurations": ("parameter_name", "ami_account_id"),
    "Statement": ("Sid",),
}
# Absent and empty are one thing.
_NOTHING: tuple[Any, ...] = (None, "", [], {})

_AMI = "ami_distribution_configuration."


class Change(TypedDict):
    """One field that differs.

    C(region): the Region whose entry it is in, None for what belongs to none. C(field): its path, None for a whole
    Region that comes or goes. C(before), C(after): its values, None where there is none.
    """

    region: str | None
    field: str | None
    before: Any
    after: Any


def configuration_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What differs between two states of a distribution configuration.

    :param before: with Regions as keys of C(distributions), as a diff shows it; an empty map where there is none.
    :param after: likewise.
    :returns: first what belongs to the configuration itself, then Region by Region.
    """
    if not before or not after:
        return []
    found = fields(_without(before, "distributions"), _without(after, "distributions"))
    old, new = before.get("distributions") or {}, after.get("distributions") or {}
    for region in {**old, **new}:
        if region not in old or region not in new:
            found.append({"region": region, "field": None, "before": old.get(region), "after": new.get(region)})
            continue
        found += [{**change, "region": region} for change in fields(old[region], new[region])]
    return found


def fields(before: Any, after: Any, path: str = "") -> list[Change]:
    """What differs between two values: maps key by key, lists of maps entry by entry, all else as a whole."""
    if _same(before, after):
        return []
    # What comes or goes as a whole is told field by field too, but for an entry of a list.
    entry = path.endswith("]")
    if all(_is_map(one) or (one in _NOTHING and not entry) for one in (before, after)):
        before, after = before or {}, after or {}
        found = []
        for key in {**before, **after}:
            found += fields(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
        return found
    keys = IDENTITY.get(path.rsplit(".", 1)[-1])
    if keys and _are_maps(before) and _are_maps(after):
        old, new = _by_name(before or [], keys), _by_name(after or [], keys)
        found = []
        for name in {**old, **new}:
            found += fields(old.get(name), new.get(name), f"{path}[{name}]")
        return found
    return [{"region": None, "field": path, "before": before, "after": after}]


def lines(changes: Iterable[Change]) -> list[str]:
    """Changes as text, one a line: C(eu-west-1 kms_key_id: alias/old -> alias/new)."""
    return [line(change) for change in changes]


def line(change: Change) -> str:
    """One change as text."""
    region, field = change["region"], change["field"]
    if field is None:
        sign, entry = ("-", change["before"]) if change["after"] is None else ("+", change["after"])
        told = ", ".join(f"{_short(one['field'])}: {value(one['after'])}" for one in fields({}, entry or {}))
        return plain(f"{sign} {region}" + (f": {told}" if told and sign == "+" else ""))
    where = " ".join(part for part in (region, _short(field)) if part)
    before, after = change["before"], change["after"]
    if _are_texts(before) and _are_texts(after) and (before or after):
        return plain(f"{where}: {_list_change(before or [], after or [])}")
    return plain(f"{where}: {value(before)} -> {value(after)}")


def value(content: Any) -> str:
    """A value as the words of a line."""
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
    """What Ansible shows of an update with --diff: the name of the thing, then each field on its own line."""
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
    """Entries by what tells them apart; those that nothing does are counted."""
    found: dict[str, Any] = {}
    for index, item in enumerate(items):
        name = " ".join(str(item[key]) for key in keys if item.get(key)) or str(index)
        found[name if name not in found else f"{name} {index}"] = item
    return found


def _without(content: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: item for key, item in content.items() if key not in names}
