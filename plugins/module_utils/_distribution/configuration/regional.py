# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shared defaults and Regions with their differences -> the option C(distributions)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..fields import DISTRIBUTION_OPTIONS
from ..fields import Spec
from ..forms import Distribution
from ..option_reader import split_values
from ..suggestions import nearest
from ..validation_errors import ValidationError

# The lists that may name groups, and how each value must begin after the groups are replaced by their members.
_ACCOUNT = ("[0-9]", "account id")
_ORGANIZATION = ("arn:", "ARN")
_GROUP_LISTS = {
    ("ami_distribution_configuration", "target_account_ids"): _ACCOUNT,
    ("ami_distribution_configuration", "launch_permission", "user_ids"): _ACCOUNT,
    ("ami_distribution_configuration", "launch_permission", "organization_arns"): _ORGANIZATION,
    ("ami_distribution_configuration", "launch_permission", "organizational_unit_arns"): _ORGANIZATION,
}


class RegionsError(ValueError):
    """Defaults and Regions cannot be combined. C(errors) is a list of ValidationError."""

    def __init__(self, errors: list[ValidationError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


def regional_distributions(
    regions: Any, defaults: Any = None, home_region: str | None = None, groups: Any = None
) -> list[Distribution]:
    """Returns one entry of C(distributions) for each Region: the defaults, overridden by the Region's own options.

    Maps are merged at every depth, and lists are replaced. Null removes a default, even a whole block. Options may be
    given by their aliases. Unknown keys are passed on, so that the module reports them.

    :param regions: a list of Region names and of maps that have C(region) and options of an entry of C(distributions);
        or a map of Region name -> options, or null for a Region without differences.
    :param defaults: the options that all Regions share, without C(region).
    :param home_region: its entry comes first; the others keep their order.
    :param groups: group name -> list of account ids, ARNs of organizations and OUs, or names of other groups. In
        C(target_account_ids), C(user_ids), C(organization_arns) and C(organizational_unit_arns), a group's name is
        replaced by its members. As C(ami_account_id), it makes one SSM parameter for each account.
    :returns: maps, each with C(region) first.
    :raises RegionsError: with all errors.
    """
    errors: list[ValidationError] = []
    groups = _read_groups(groups, errors)
    shared = _read_options({} if defaults is None else defaults, "defaults", groups, errors)
    if "region" in shared:
        errors.append(
            ValidationError("defaults.region", shared["region"], "is not a default; list the Region in regions")
        )
    entries: list[Distribution] = []
    first_paths: dict[str, str] = {}
    for path, region, options in _read_regions(regions, errors):
        if region in first_paths:
            text = f"is already in {first_paths[region]}; a Region has only one entry, so merge the two"
            errors.append(ValidationError(path, region, text))
        first_paths.setdefault(region, path)
        own = _read_options(options, path, groups, errors)
        entry: Any = {"region": region, **_merge(shared, own)}
        entries.append(entry)
    if errors:
        raise RegionsError(errors)
    return sorted(entries, key=lambda entry: entry["region"] != home_region)


# -- Regions -------------------------------------------------------------------------------------------------------


def _read_regions(regions: Any, errors: list[ValidationError]) -> Iterator[tuple[str, str, Any]]:
    """Yields (option path, Region name, options) of each Region that has a name."""
    if not regions:
        errors.append(ValidationError("regions", None, "at least one Region is needed"))
    elif isinstance(regions, dict):
        for name, options in regions.items():
            path = f"regions[{name!r}]"
            if isinstance(options, dict) and options.get("region", name) != name:
                errors.append(ValidationError(path + ".region", options["region"], "is not the Region of its key"))
            if _is_region(name, path, errors) and _is_map(options, path, errors):
                yield path, name, options or {}
    elif isinstance(regions, (list, tuple)):
        for index, item in enumerate(regions):
            path = f"regions[{index}]"
            if isinstance(item, dict):
                if _is_region(item.get("region"), path + ".region", errors):
                    yield path, item["region"], item
            elif _is_region(item, path, errors):
                yield path, item, {}
    else:
        errors.append(
            ValidationError("regions", regions, "must be a list of Regions, or a map of Regions and what differs there")
        )


def _is_region(name: Any, path: str, errors: list[ValidationError]) -> bool:
    if isinstance(name, str) and name.strip():
        return True
    errors.append(ValidationError(path, name, "a Region's name is needed here, such as us-east-1"))
    return False


def _is_map(options: Any, path: str, errors: list[ValidationError]) -> bool:
    if options is None or isinstance(options, dict):
        return True
    errors.append(ValidationError(path, options, "must be a map of options, or empty if nothing differs"))
    return False


# -- options -------------------------------------------------------------------------------------------------------


def _read_options(
    options: Any, path: str, groups: dict[str, list[str]], errors: list[ValidationError]
) -> dict[str, Any]:
    """Returns a copy of the options in which aliases and groups are replaced."""
    if not _is_map(options, path, errors):
        return {}
    options = _unaliased(options or {}, DISTRIBUTION_OPTIONS, path, errors)
    for keys, (start, kind) in _GROUP_LISTS.items():
        block = options
        for name in keys[:-1]:
            block = block.get(name) if isinstance(block, dict) else None
        values = block.get(keys[-1]) if isinstance(block, dict) else None
        if values is not None:
            list_path = f"{path}.{'.'.join(keys)}"
            block[keys[-1]] = _members(values, list_path, groups, start, kind, errors)
    parameters = options.get("ssm_parameter_configurations")
    if isinstance(parameters, list):
        options["ssm_parameter_configurations"] = [
            copy
            for index, parameter in enumerate(parameters)
            for copy in _each_account(parameter, f"{path}.ssm_parameter_configurations[{index}]", groups, errors)
        ]
    result: dict[str, Any] = options
    return result


def _unaliased(options: dict[str, Any], spec: Spec, path: str, errors: list[ValidationError]) -> dict[str, Any]:
    names = {alias: name for name, option in spec.items() for alias in option.get("aliases", ())}
    result: dict[str, Any] = {}
    for key, value in options.items():
        name = names.get(key, key)
        if name in result:
            both = " and ".join(sorted(other for other in options if names.get(other, other) == name))
            errors.append(ValidationError(f"{path}.{name}", None, f"is given twice, as {both}; use one of them"))
        result[name] = _copy(value, spec.get(name, {}), f"{path}.{name}", errors)
    return result


def _copy(value: Any, option: dict[str, Any], path: str, errors: list[ValidationError]) -> Any:
    nested = option.get("options", {})
    if isinstance(value, dict):
        return _unaliased(value, nested, path, errors)
    if isinstance(value, (list, tuple)):
        return [_copy(item, {"options": nested}, f"{path}[{index}]", errors) for index, item in enumerate(value)]
    return value


def _merge(shared: dict[str, Any], own: dict[str, Any], option: dict[str, Any] | None = None) -> dict[str, Any]:
    """Returns C(shared) overridden by C(own) as a new map without nulls."""
    option = option or {"options": DISTRIBUTION_OPTIONS}
    spec = option.get("options", {})
    result = {}
    for name in {**shared, **own}:
        value = own[name] if name in own else shared[name]
        if isinstance(value, dict):
            below = shared.get(name) if name in own else None
            value = _merge(below if isinstance(below, dict) else {}, value, spec.get(name, {"options": {}}))
        elif isinstance(value, list):
            value = _copy(value, {}, "", [])
        if value is not None:
            result[name] = value
    for group in option.get("mutually_exclusive", ()):
        # An AMI name for one Region replaces the default name_prefix, and the other way round.
        if any(own.get(name) is not None for name in group):
            for name in group:
                if own.get(name) is None:
                    result.pop(name, None)
    return result


# -- groups --------------------------------------------------------------------------------------------------------


def _read_groups(groups: Any, errors: list[ValidationError]) -> dict[str, list[str]]:
    """Returns group name -> all members, including those of nested groups."""
    if groups is None:
        return {}
    if not isinstance(groups, dict):
        errors.append(ValidationError("groups", groups, "must be a map of group names and lists of accounts or ARNs"))
        return {}
    named = {str(name): _values_of(members) for name, members in groups.items()}
    for name in named:
        if re.match("[0-9]+$|arn:", name):
            errors.append(
                ValidationError(f"groups[{name!r}]", None, "a group's name must not look like an account id or an ARN")
            )
    return {name: list(dict.fromkeys(_flat(name, named, (name,), errors))) for name in named}


def _flat(
    name: str, named: dict[str, list[Any]], trail: tuple[str, ...], errors: list[ValidationError]
) -> Iterator[str]:
    for index, member in enumerate(named[name]):
        path = f"groups[{name!r}][{index}]"
        text = str(member)
        if text in trail:
            errors.append(ValidationError(path, text, f"contains itself: {' > '.join((*trail, text))}"))
        elif text in named:
            yield from _flat(text, named, (*trail, text), [] if len(trail) > 1 else errors)
        elif re.match("[0-9]|arn:", text):
            yield text
        elif len(trail) == 1:
            # Reported only for the group that contains it, and not for the groups around that one.
            errors.append(ValidationError(path, text, _explain_unknown(text, "account id or ARN", named)))


def _members(
    values: Any, path: str, groups: dict[str, list[str]], start: str, kind: str, errors: list[ValidationError]
) -> list[Any]:
    """Returns the values of a list, with groups replaced by their members, each value once."""
    result: list[Any] = []
    for index, value in enumerate(_values_of(values)):
        value_path = f"{path}[{index}]"
        text = str(value)
        if text in groups:
            for member in groups[text]:
                if not re.match(start, member):
                    errors.append(
                        ValidationError(value_path, text, f"this group contains {member}, which is not an {kind}")
                    )
                    break
            result.extend(groups[text])
        elif groups and not re.match(start, text):
            errors.append(ValidationError(value_path, text, _explain_unknown(text, kind, groups)))
        else:
            # Without groups, the module reports what is wrong with the value.
            result.append(value)
    return list({str(value): value for value in result}.values())


def _each_account(parameter: Any, path: str, groups: dict[str, list[str]], errors: list[ValidationError]) -> list[Any]:
    account = parameter.get("ami_account_id") if isinstance(parameter, dict) else None
    if account is None or not groups:
        return [parameter]
    member_errors: list[ValidationError] = []
    accounts = _members([account], "", groups, *_ACCOUNT, member_errors)
    errors.extend(error._replace(path=path + ".ami_account_id") for error in member_errors)
    return [{**parameter, "ami_account_id": member} for member in accounts]


def _values_of(values: Any) -> list[Any]:
    """Returns the values of a list that may be given as one text or as a single value."""
    if isinstance(values, str):
        return split_values(values)
    if values is None:
        return []
    return list(values) if isinstance(values, (list, tuple, set)) else [values]


def _explain_unknown(text: str, kind: str, groups: dict[str, Any]) -> str:
    near = nearest(text, groups)
    if near:
        return f"is not an {kind} and not a group; did you mean {near}?"
    return f"is not an {kind} and not one of the groups {', '.join(sorted(groups))}"
