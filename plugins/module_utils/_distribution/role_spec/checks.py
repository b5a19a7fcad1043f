# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the variables of the role distribution_rollout together, and makes the configurations of the spec.

check() reports everything that needs no request, all at once. From its configurations and the account, steps makes what
the steps of the role need.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from typing import NamedTuple

from .. import fields
from .. import option_reader
from ..arns import fold_name
from ..configuration.conversion import distributions_to_api
from ..configuration.conversion import placeholders_squared
from ..configuration.regional import regional_distributions
from ..configuration.regional import RegionsError
from ..forms import ApiDistribution
from ..forms import Distribution
from ..ownership import spec_id_errors
from ..recipients import is_public
from ..recipients import recipients_of
from ..rollout.waves import list_errors
from ..targets import destination_accounts
from ..validation_errors import ValidationError
from .variables import PREFIX

# The options of one configuration, in the list of configurations or as variables of the same names.
_ENTRY: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "description": {"type": "str"},
    "tags": {"type": "dict"},
    "distributions": {"type": "raw"},
    "defaults": {"type": "dict"},
    "regions": {"type": "raw"},
    "pipelines": {"type": "list", "elements": "str"},
}
_DISTRIBUTIONS = {"distributions": fields.CONFIGURATION_OPTIONS["distributions"]}
_ONE_OF = ("distributions", "regions")

# The names of service-linked roles, and of roles that IAM Identity Center manages.
_RESERVED_NAME = "AWSServiceRoleFor|AWSReservedSSO_"

# The steps that assume a role in target accounts, and those that distribute.
_STEPS_IN_ACCOUNTS = ("preflight", "destination_accounts", "absent_accounts")
_STEPS_WITH_IMAGE = ("rollout", "rollout_in_waves")


class Configuration(NamedTuple):
    """One configuration of a spec.

    C(path): its option path; C(settings): C(name) and, if given, C(description), C(distributions) and C(tags) as
    modules take them, with placeholders in square brackets; C(api): the distributions in API form; C(pipelines): ARNs.
    """

    path: str
    settings: dict[str, Any]
    api: list[ApiDistribution]
    pipelines: list[str]

    @property
    def name(self) -> str:
        """The name; empty if none was given."""
        return self.settings.get("name") or ""


def check(
    values: dict[str, Any], steps: list[str], unread: Collection[str] = ()
) -> tuple[list[Configuration], list[ValidationError]]:
    """Returns the configurations of a spec, and all errors in its variables.

    :param values: name of a variable without prefix -> value, as variables.read() returns them.
    :param steps: the steps that will run.
    :param unread: the names of variables that could not be read, which the caller reports. If one of them is needed for
        the configurations, none are returned, and no errors about them.
    :returns: (configurations, errors); the paths of the errors are names of variables.
    """
    errors: list[ValidationError] = []
    readable = not set(unread) & {*_ENTRY, "configurations", "groups"}
    configurations = _read_configurations(values, errors) if readable else []
    if readable and not errors:
        # The Regions of the configurations are only known if there are no errors.
        errors += _waves_errors(values, configurations)
    errors += _names_errors(values)
    errors += _public_errors(values, configurations)
    # Whether other accounts receive something is only known once the caller's account is known.
    errors += access_errors(values, values.get("target_accounts") or [], steps)
    if values.get("image") and set(steps) & set(_STEPS_WITH_IMAGE) and not values.get("execution_role_name"):
        text = (
            "is needed with distribution_rollout_image: AWS distributes an existing image only with an execution role"
        )
        errors.append(_error("execution_role_name", text))
    if "retention" in steps:
        needed = {
            "keep": "is needed; it is the number of rollouts to keep, such as 3",
            "lifecycle_role": "is needed; Image Builder retires images with it",
        }
        errors += [_error(name, text) for name, text in needed.items() if values.get(name) is None]
    return configurations, list({str(error): error for error in errors}.values())


def _read_configurations(values: dict[str, Any], errors: list[ValidationError]) -> list[Configuration]:
    """Returns the configurations that the variables describe, and adds what is wrong to C(errors)."""
    home_region = values.get("region") or ""
    first_paths: dict[str, str] = {}
    configurations = []
    for path, entry in _entries(values, errors):
        read, option_errors = option_reader.read(_ENTRY, entry, path)
        errors += [_error(option_path, text) for option_path, text in option_errors]
        if not isinstance(entry, dict):
            continue
        one = _configuration(read, entry, path, values, home_region, errors)
        folded = fold_name(one.name)
        if one.name and folded in first_paths:
            text = f"is the same name to AWS as {first_paths[folded]}; each configuration needs its own"
            errors.append(_error(_at(path, "name"), text, one.name))
        first_paths.setdefault(folded, _at(path, "name"))
        configurations.append(one)
    return configurations


def public_amis(configurations: list[Configuration]) -> list[dict[str, Any]]:
    """Returns C(configuration) and C(region) of each AMI that would be public."""
    return [
        {"configuration": one.name, "region": recipient["region"]}
        for one in configurations
        for recipient in recipients_of(one.api, "", "")
        if is_public(recipient)
    ]


def accounts_to_set_up(
    values: dict[str, Any], configurations: list[Configuration], account_id: str | None
) -> list[str]:
    """Returns the target accounts whose role the role sets up: the named ones, or all that receive something."""
    if values.get("target_accounts") is not None:
        return list(values["target_accounts"])
    accounts: set[str] = set()
    for one in configurations:
        accounts.update(destination_accounts(one.api, account_id))
    return sorted(accounts)


def _without_role(values: dict[str, Any], accounts: list[str]) -> list[str]:
    """Returns the accounts for which no role to assume is given."""
    if values.get("target_account_role_name"):
        return []
    roles = values.get("target_account_roles") or {}
    return [account for account in accounts if account not in roles]


# -- several variables at once -------------------------------------------------------------------------------------


def _names_errors(values: dict[str, Any]) -> list[ValidationError]:
    errors: list[ValidationError] = []
    spec_id, role = values.get("spec_id"), values.get("execution_role_name")
    errors += spec_id_errors(spec_id, _variable("spec_id"))
    if role and re.match(_RESERVED_NAME, role):
        errors.append(_error("execution_role_name", "AWS itself manages this IAM role; choose another name", role))
    if role and re.search("[:/]", role):
        text = "must be the name of the IAM role without its path; an ARN is not accepted"
        errors.append(_error("execution_role_name", text, role))
    if not role and values.get("destination_trust") == "execution_roles":
        text = "is needed with distribution_rollout_destination_trust: execution_roles"
        errors.append(_error("execution_role_name", text))
    return errors


def _public_errors(values: dict[str, Any], configurations: list[Configuration]) -> list[ValidationError]:
    public = public_amis(configurations)
    if not public or values.get("allow_public") or values.get("state") != "present":
        return []
    listed = ", ".join(dict.fromkeys(f"{one['configuration']} in {one['region']}" for one in public))
    text = f"must be true to make AMIs public: {listed}. Otherwise remove the group all from their launch_permission"
    return [_error("allow_public", text)]


def _waves_errors(values: dict[str, Any], configurations: list[Configuration]) -> list[ValidationError]:
    waves, last = values.get("waves"), values.get("wave")
    if values.get("state") != "present" or not waves:
        errors = []
        if last is not None and values.get("state") == "present":
            errors.append(_error("wave", "has no effect without distribution_rollout_waves", last))
        return errors
    regions = list(dict.fromkeys(entry["region"] for one in configurations for entry in one.api))
    errors = [_error(f"waves{path}", text, value) for path, value, text in list_errors(waves, regions)]
    if last is not None and isinstance(waves, list) and last > len(waves):
        errors.append(_error("wave", f"is more than the {len(waves)} waves of distribution_rollout_waves", last))
    return errors


def access_errors(values: dict[str, Any], accounts: list[str], steps: list[str]) -> list[ValidationError]:
    """Returns an error if a step needs to assume a role in a target account for which none is given."""
    without_role = _without_role(values, accounts) if set(steps) & set(_STEPS_IN_ACCOUNTS) else []
    if not without_role:
        return []
    listed = ", ".join(without_role)
    text = (
        f"is needed, or distribution_rollout_target_account_roles: no role to assume is known in {listed}."
        " If somebody else manages EC2ImageBuilderDistributionCrossAccountRole in the target accounts, set"
        " distribution_rollout_target_accounts: []"
    )
    return [_error("target_account_role_name", text)]


# -- configurations ------------------------------------------------------------------------------------------------


def _entries(values: dict[str, Any], errors: list[ValidationError]) -> list[tuple[str, Any]]:
    """Returns (path, options) of each configuration."""
    many = values.get("configurations")
    for name in (*_ONE_OF, "configurations"):
        # An empty list of configurations in addition to distributions or regions means that there is only one.
        alone = name != "configurations" or not any(values.get(other) for other in _ONE_OF)
        if values.get(name) in ([], {}) and values.get("state") == "present" and alone:
            errors.append(_error(name, "is empty; name at least one Region"))
    if not many:
        entry = {name: values[name] for name in _ENTRY if values.get(name) is not None}
        entry.setdefault("name", values.get("spec_id"))
        return [("", entry)]
    if not isinstance(many, list):
        errors.append(_error("configurations", "must be a list of configurations", many))
        return []
    for name in ("name", "description", "distributions", "regions", "pipelines"):
        if values.get(name):
            text = "cannot be combined with configurations; give each entry of the list its own"
            errors.append(_error(name, text, values[name] if isinstance(values[name], str) else None))
    return [(f"configurations[{index}]", _shared(entry, index, values, errors)) for index, entry in enumerate(many)]


def _shared(entry: Any, index: int, values: dict[str, Any], errors: list[ValidationError]) -> Any:
    """Returns an entry of the list with the tags and defaults that all entries share."""
    if not isinstance(entry, dict):
        return entry
    shared, own = values.get("tags") or {}, entry.get("tags") or {}
    if (shared or entry.get("tags") is not None) and isinstance(own, dict):
        # Tags that are not a map are reported with the entry's other options.
        entry = {**entry, "tags": {**shared, **own}}
    if entry.get("regions"):
        entry = {"defaults": values.get("defaults"), **entry}
    if not entry.get("name"):
        errors.append(_error(f"configurations[{index}].name", "is required"))
    return entry


def _configuration(
    read: dict[str, Any],
    entry: dict[str, Any],
    path: str,
    values: dict[str, Any],
    home_region: str,
    errors: list[ValidationError],
) -> Configuration:
    both = [name for name in _ONE_OF if read.get(name)]
    regions = _variable(_at(path, "regions"))
    if len(both) == 2:
        errors.append(_error(_at(path, "distributions"), f"give this or {regions}, not both"))
    elif not any(entry.get(name) is not None for name in _ONE_OF) and values.get("state") != "absent":
        text = f"Regions are needed: here entry by entry, or in {regions}"
        errors.append(_error(_at(path, "distributions"), text))
    elif path and not both and values.get("state") != "absent":
        errors += [
            _error(_at(path, name), "is empty; name at least one Region")
            for name in _ONE_OF
            if entry.get(name) in ([], {}, "")
        ]
    if read.get("defaults") and "regions" not in both and not values.get("configurations"):
        errors.append(_error(_at(path, "defaults"), f"has no effect without {regions}"))
    distributions = read.get("distributions") or None
    if both == ["regions"]:
        distributions = _regional(read, path, values.get("groups"), home_region, errors)
    elif values.get("groups") and both and not values.get("configurations"):
        errors.append(_error("groups", f"has no effect without {regions}"))
    api: list[ApiDistribution] = []
    if distributions is not None:
        readable, option_errors = option_reader.read(_DISTRIBUTIONS, {"distributions": distributions}, path)
        if both == ["regions"]:
            option_errors = list(
                dict.fromkeys(
                    (_origin(option_path, path, read, distributions), text) for option_path, text in option_errors
                )
            )
        errors += [_error(option_path, text) for option_path, text in option_errors]
        api = [] if option_errors else distributions_to_api(readable["distributions"])
    settings = {"name": read.get("name")}
    more = {"description": read.get("description"), "distributions": distributions}
    settings.update({name: value for name, value in more.items() if value is not None})
    # The tags of a configuration are not changed, because Image Builder does not fill in placeholders there.
    tags = {} if read.get("tags") is None else {"tags": read["tags"]}
    return Configuration(path, {**_square(settings), **tags}, api, read.get("pipelines") or [])


def _regional(
    read: dict[str, Any], path: str, groups: Any, home_region: str, errors: list[ValidationError]
) -> list[Distribution] | None:
    try:
        return regional_distributions(read["regions"], read.get("defaults"), home_region, groups)
    except RegionsError as error:
        for each in error.errors:
            error_path = each.path if each.path.startswith("groups") else _at(path, each.path)
            errors.append(each._replace(path=_variable(error_path)))
    return None


def _origin(option_path: str, path: str, read: dict[str, Any], distributions: list[Distribution]) -> str:
    """Returns the path in regions or defaults from which an option in distributions came."""
    matched = re.fullmatch(r"distributions\[(\d+)\]\.?(.*)", option_path[len(path) :].lstrip("."))
    if matched is None:
        return option_path
    index, rest = matched.groups()
    region = distributions[int(index)].get("region")
    regions, defaults = read["regions"], read.get("defaults")
    listed = (
        regions.items()
        if isinstance(regions, dict)
        else [(one.get("region"), one) for one in regions if isinstance(one, dict)]
    )
    own = next((one for name, one in listed if name == region and isinstance(one, dict)), {})
    option = re.split(r"[.\[]", rest)[0]
    if isinstance(defaults, dict) and option in defaults and option not in own:
        return _at(path, f"defaults.{rest}")
    return _at(path, ".".join(part for part in ("regions", region, rest) if part))


def _square(value: Any) -> Any:
    """Returns a value with Image Builder's placeholders in square brackets, so that Ansible does not template them."""
    if isinstance(value, dict):
        return {key: _square(content) for key, content in value.items()}
    if isinstance(value, list):
        return [_square(item) for item in value]
    return placeholders_squared(value) if isinstance(value, str) else value


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _variable(path: str) -> str:
    return PREFIX + path


def _error(path: str, text: str, value: Any = None) -> ValidationError:
    return ValidationError(_variable(path), value, text)
