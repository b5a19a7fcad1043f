# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparing the wanted configuration with what AWS has: one plan for check mode, the diff and the real run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags

from ..differences import Change
from ..differences import configuration_changes
from ..differences import IDENTITY
from ..differences import prepared
from ..fields import DISTRIBUTION_OPTIONS
from ..fields import Spec
from ..forms import ApiDistribution
from ..forms import ApiSsmParameter
from .conversion import camel
from .conversion import distributions_from_api
from .conversion import placeholders_from_api
from .conversion import placeholders_unified

# The data type of a parameter for which the user gives none. With it, SSM checks the AMI id.
DEFAULT_DATA_TYPE = "aws:ec2:image"

# The members that identify an SSM parameter.
_PARAMETER = tuple(camel(name) for name in IDENTITY["ssm_parameter_configurations"])


class Compared(NamedTuple):
    """One state of a configuration in the form that is compared. C(regions): Region -> normalised entry."""

    name: str
    description: str | None
    regions: dict[str, Any]
    tags: dict[str, str]


class Plan(NamedTuple):
    """What must be done so that AWS has the wanted configuration.

    C(action): created, updated, deleted or unchanged; C(name), C(description), C(distributions), C(tags): the state
    afterwards in API form, with C(distributions) None if the configuration is absent then; C(rewrite): whether the
    configuration itself must be written; C(set_tags), C(unset_tags): the tags to write and to remove; C(old), C(new):
    both states in the form that is compared, None if the configuration does not exist.
    """

    action: str
    name: str | None
    description: str | None
    distributions: list[ApiDistribution] | None
    tags: dict[str, str]
    rewrite: bool
    set_tags: dict[str, str]
    unset_tags: list[str]
    old: Compared | None
    new: Compared | None

    @property
    def before(self) -> dict[str, Any]:
        """What AWS has, for a diff: with Regions as keys; empty if the configuration does not exist."""
        return _shown(self.old) if self.old else {}

    @property
    def after(self) -> dict[str, Any]:
        """What AWS will have, for a diff; empty if the configuration will not exist."""
        return _shown(self.new) if self.new else {}

    @property
    def changes(self) -> list[Change]:
        """What an update changes, field by field. Empty if the configuration is created or deleted."""
        return configuration_changes(self.before, self.after) if self.action == "updated" else []

    @property
    def diff(self) -> dict[str, Any]:
        """What Ansible shows with --diff: one line for each field of an update, otherwise both whole states."""
        if self.action == "updated":
            return {"prepared": prepared(self.name or "", self.changes)}
        return {"before": self.before, "after": self.after}

    @property
    def removed_regions(self) -> list[str]:
        """The Regions that an update removes from the configuration."""
        return [one for one in self.old.regions if one not in self.new.regions] if self.old and self.new else []

    @property
    def differences(self) -> str:
        """The names of what differs, as text, such as C(description, eu-west-1)."""
        old, new = self.old or _NOTHING, self.new or _NOTHING
        parts = ["description"] if (old.description or "") != (new.description or "") else []
        parts += ["tags"] if old.tags != new.tags else []
        parts += [one for one in {**old.regions, **new.regions} if old.regions.get(one) != new.regions.get(one)]
        return ", ".join(parts)


_NOTHING = Compared("", None, {}, {})


def plan(wanted: dict[str, Any], found: dict[str, Any] | None) -> Plan:
    """Plans how to bring one configuration to the wanted state.

    :param wanted: the options of one configuration, with C(distributions) and C(tags) in API form or None.
    :param found: the configuration that AWS has, or None.
    """
    old = None
    if found:
        # AWS may return an empty list for a member that is not set, but refuses an empty list in a request.
        found = {**found, "distributions": [without_empties(entry) for entry in found.get("distributions", [])]}
        regions = _by_region(found["distributions"])
        old = Compared(found["name"], found.get("description"), regions, found.get("tags") or {})
    name = old.name if old else wanted.get("name")
    if wanted["state"] == "absent":
        return Plan("deleted" if found else "unchanged", name, None, None, {}, False, {}, [], old, None)

    tags, set_tags, unset_tags = _tags(wanted, old.tags if old else {})
    description = _description(wanted, found)
    distributions = _distributions(wanted, found)
    new = Compared(name or "", description, _by_region(distributions), tags)
    if not found or not old:
        return Plan("created", name, description, distributions, tags, True, set_tags, [], None, new)

    same_text = placeholders_unified(description or "") == placeholders_unified(old.description or "")
    rewrite = not same_text or new.regions != old.regions
    action = "updated" if rewrite or set_tags or unset_tags else "unchanged"
    if not rewrite:
        description, distributions = old.description, found["distributions"]
    if action == "unchanged":
        new = old
    return Plan(action, name, description, distributions, tags, rewrite, set_tags, unset_tags, old, new)


def settings(configuration: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns the description and distributions of a configuration in the form that is compared.

    :param configuration: in API form.
    """
    description = placeholders_unified(configuration.get("description") or "")
    return description, _by_region(configuration.get("distributions") or [])


def state(
    name: str, description: str | None, distributions: list[ApiDistribution], tags: dict[str, str] | None, **more: Any
) -> dict[str, Any]:
    """Returns one configuration as modules return it, from API values."""
    return {
        "name": name,
        "description": placeholders_from_api(description),
        "distributions": distributions_from_api(distributions),
        "tags": dict(tags or {}),
        **more,
    }


def normalised(value: Any) -> Any:
    """Returns a value in the form in which distributions are compared and shown in a diff.

    Lists are sorted, because AWS treats them as sets. Empty values are left out, placeholders have one spelling, and
    C(setDefaultVersion) of launch templates is filled in with the API's default, true.
    """
    if isinstance(value, dict):
        templates = value.get("launchTemplateConfigurations")
        if templates:
            templates = [{"setDefaultVersion": True, **template} for template in templates]
            value = {**value, "launchTemplateConfigurations": templates}
        pairs = ((key, normalised(content)) for key, content in value.items())
        return {key: content for key, content in pairs if content not in (None, [], {})}
    if isinstance(value, (list, tuple)):
        items = {_sort_key(item): item for item in map(normalised, value)}
        return [items[key] for key in sorted(items)]
    if isinstance(value, str):
        return placeholders_unified(value)
    return value


def _sort_key(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item, sort_keys=True)


def without_empties(value: Any) -> Any:
    """Removes empty lists and maps, which AWS returns for members that are not set but refuses in a request."""
    if isinstance(value, dict):
        pairs = ((key, without_empties(content)) for key, content in value.items())
        return {key: content for key, content in pairs if content not in (None, [], {})}
    if isinstance(value, list):
        return [without_empties(item) for item in value]
    return value


def _by_region(distributions: list[ApiDistribution]) -> dict[str, Any]:
    return {entry["region"]: normalised(entry) for entry in distributions}


def _shown(state: Compared) -> dict[str, Any]:
    entries = distributions_from_api(state.regions.values())
    shown = {one["region"]: {key: value for key, value in one.items() if key != "region"} for one in entries}
    return {
        "name": state.name,
        "description": placeholders_from_api(state.description),
        "tags": dict(state.tags),
        "distributions": shown,
    }


def _tags(wanted: dict[str, Any], old: dict[str, str]) -> tuple[dict[str, str], dict[str, str], list[str]]:
    if wanted.get("tags") is None:
        return dict(old), {}, []
    set_tags, unset_tags = compare_aws_tags(old, wanted["tags"], purge_tags=wanted["purge_tags"])
    tags = {key: value for key, value in {**old, **set_tags}.items() if key not in unset_tags}
    return tags, set_tags, sorted(unset_tags)


def _description(wanted: dict[str, Any], found: dict[str, Any] | None) -> str | None:
    if wanted.get("description") is None:
        return (found or {}).get("description")
    return wanted["description"] or None


def _distributions(wanted: dict[str, Any], found: dict[str, Any] | None) -> list[ApiDistribution]:
    """Returns all entries that AWS should have, in the order in which they are written."""
    old = {entry["region"]: entry for entry in found["distributions"]} if found else {}
    if wanted.get("distributions") is None:
        return list(old.values())
    new = {}
    for entry in wanted["distributions"]:
        new[entry["region"]] = _entry(entry, old.get(entry["region"], {}), wanted["purge_accounts"])
    if wanted["purge_distributions"]:
        return list(new.values())
    return list({**old, **new}.values())


def _entry(entry: ApiDistribution, old: Mapping[str, Any], purge_accounts: bool) -> ApiDistribution:
    whole: ApiDistribution = _carried_along(entry, old, DISTRIBUTION_OPTIONS)
    if not purge_accounts:
        whole = _with_accounts(whole, old)
    if whole.get("ssmParameterConfigurations"):
        parameters = [_with_data_type(item, old) for item in whole["ssmParameterConfigurations"]]
        whole = {**whole, "ssmParameterConfigurations": parameters}
    return whole


def _carried_along(new: Mapping[str, Any], old: Mapping[str, Any], spec: Spec) -> Any:
    """Adds old members that our options lack to a new entry, because an update replaces everything."""
    known = {camel(name): name for name in spec}
    result = {**new, **{member: value for member, value in old.items() if member not in known}}
    for member, name in known.items():
        option = spec[name]
        if "options" not in option or member not in new or not old.get(member):
            continue
        if option["type"] == "dict":
            result[member] = _carried_along(new[member], old[member], option["options"])
        else:
            identity = [camel(key) for key in IDENTITY[name]]
            others = {tuple(item.get(key) for key in identity): item for item in old[member]}
            result[member] = [
                _carried_along(item, others.get(tuple(item.get(key) for key in identity), {}), option["options"])
                for item in new[member]
            ]
    return result


def _with_accounts(entry: ApiDistribution, old: Mapping[str, Any]) -> ApiDistribution:
    """Returns an entry with its old accounts, groups, organizations and OUs in addition to the new ones."""
    old_ami = old.get("amiDistributionConfiguration", {})
    ami: Any = dict(entry.get("amiDistributionConfiguration", {}))
    _keep_items(ami, old_ami, ["targetAccountIds"])
    old_permission = old_ami.get("launchPermission", {})
    permission = dict(ami.get("launchPermission", {}))
    _keep_items(permission, old_permission, list(old_permission))
    if permission:
        ami["launchPermission"] = permission
    return {**entry, "amiDistributionConfiguration": ami} if ami else entry


def _keep_items(new: dict[str, Any], old: dict[str, Any], members: list[str]) -> None:
    for member in members:
        if old.get(member):
            new[member] = list(dict.fromkeys([*old[member], *new.get(member, [])]))


def _with_data_type(parameter: ApiSsmParameter, old: Mapping[str, Any]) -> ApiSsmParameter:
    """Gives a parameter without a data type the default one, unless AWS already has it without one.

    AWS does not document what it does with a missing data type, so a new parameter always has one.
    """
    if "dataType" in parameter:
        return parameter
    same = [
        item
        for item in old.get("ssmParameterConfigurations") or []
        if all(item.get(key) == parameter.get(key) for key in _PARAMETER)
    ]
    if same and "dataType" not in same[0]:
        return parameter
    return {**parameter, "dataType": DEFAULT_DATA_TYPE}
