# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that the modules for IAM roles share: the spec and its distributions."""

from __future__ import annotations

from typing import Any

from ..._distribution import fields
from ..._distribution import option_reader
from ..._distribution.configuration.conversion import distributions_to_api
from ..._distribution.forms import ApiDistribution
from ..._distribution.iam import permissions
from ..._distribution.ownership import spec_id_errors
from ..._distribution.validation.checks import configuration_errors
from ..._distribution.validation_errors import in_order
from ..._distribution.validation_errors import show_prefixes
from ..._distribution.validation_errors import ValidationError
from ..._distribution.versions import installed_model
from ..configuration import configuration_set
from ..configuration import ownership
from ..configuration.configuration_set import ENTRIES

# The options from which the policies are derived. They exclude each other.
SOURCES = ("distributions", ENTRIES)


def argument_spec(**more: Any) -> dict[str, Any]:
    """The argument spec of these options and those in C(more). The fragment C(goldimage.aws.iam) documents them."""
    configurations = fields.list_option()
    del configurations["required"]
    return {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "spec_id": {"type": "str", "required": True},
        "distributions": {"type": "list", "elements": "dict", "options": fields.DISTRIBUTION_OPTIONS},
        ENTRIES: configurations,
        "source_kms_key_arns": {"type": "list", "elements": "str", "no_log": False},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge": {"type": "bool", "default": False},
        "release": {"type": "list", "elements": "str"},
        **more,
    }


def role_option_errors(params: dict[str, Any], service_model: Any, region: str | None = None) -> list[ValidationError]:
    """The errors in these options."""
    errors = spec_id_errors(params.get("spec_id"))
    errors += ownership.release_errors(params.get("release") or [], listed(params), service_model)
    errors += permissions.arn_errors(params.get("source_kms_key_arns") or (), ())
    given = params.get("distributions")
    if given is not None:
        entries = distributions_to_api(given)
        wanted = {"name": None, "description": None, "distributions": entries, "tags": None, "state": "present"}
        errors += show_prefixes(configuration_errors(wanted, service_model, arn_region=region), given)
        errors += _unusable(entries, "distributions", errors)
    configurations = params.get(ENTRIES)
    if configurations:
        shown = {ENTRIES: configurations}
        wanted_ones = configuration_set.wanted_from(shown)
        errors += configuration_set.set_option_errors(shown, wanted_ones, service_model, region)
        for index, one in enumerate(wanted_ones):
            errors += _unusable(one.get("distributions") or [], f"{ENTRIES}[{index}].distributions", errors)
    return errors


def _unusable(entries: list[Any], path: str, errors: list[ValidationError]) -> list[ValidationError]:
    """The values that a policy cannot contain, without those that have an error already."""
    known = {error.path for error in errors}
    return [error for error in permissions.policy_value_errors(entries, path) if error.path not in known]


def listed(params: dict[str, Any]) -> list[dict[str, Any]]:
    """The configurations that the options list, each with its name or ARN."""
    return [fields.entry_options(entry) for entry in params.get(ENTRIES) or []]


def entries(params: dict[str, Any]) -> list[ApiDistribution]:
    """The distributions of all wanted configurations, in API form."""
    options = list(params.get("distributions") or [])
    for configuration in listed(params):
        if configuration.get("state") != "absent":
            options += configuration.get("distributions") or []
    return distributions_to_api(options)


def explain_role_options(argument_spec: dict[str, Any], params: dict[str, Any], find: Any) -> list[ValidationError]:
    """All errors in a module's options, after Ansible's own validation has found the first one.

    :param find: the module's role_option_errors().
    """
    spec, params = configuration_set.as_options(argument_spec, params)
    rules: dict[str, Any] = {"mutually_exclusive": [SOURCES]}
    if params.get("state") != "absent":
        rules["required_one_of"] = [SOURCES]
    values, errors = option_reader.read(spec, params, **rules)
    return in_order(errors, find(values, installed_model()))
