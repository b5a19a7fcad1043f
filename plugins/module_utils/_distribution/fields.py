# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a distribution configuration. No other module lists its fields.

Each option has the name of its member in the Image Builder API, in snake_case. Limits, patterns and enumerations are
not here, because validation.model reads them from botocore's service model.
"""

from __future__ import annotations

from typing import Any

# An argument spec: name of an option -> its description for AnsibleModule.
Spec = dict[str, dict[str, Any]]

# May be given instead of the AMI name. The name is then "PREFIX {{ imagebuilder:buildDate }}".
NAME_PREFIX = "name_prefix"

DISTRIBUTION_OPTIONS: Spec = {
    "region": {"type": "str", "required": True},
    "ami_distribution_configuration": {
        "type": "dict",
        "mutually_exclusive": [("name", NAME_PREFIX)],
        "options": {
            "name": {"type": "str"},
            "name_prefix": {"type": "str"},
            "description": {"type": "str"},
            "target_account_ids": {"type": "list", "elements": "str"},
            "ami_tags": {"type": "dict", "aliases": ["tags"]},
            "kms_key_id": {"type": "str", "no_log": False},
            "launch_permission": {
                "type": "dict",
                "aliases": ["launch_permissions"],
                "options": {
                    "user_ids": {"type": "list", "elements": "str"},
                    "user_groups": {"type": "list", "elements": "str"},
                    "organization_arns": {"type": "list", "elements": "str"},
                    "organizational_unit_arns": {"type": "list", "elements": "str"},
                },
            },
        },
    },
    "container_distribution_configuration": {
        "type": "dict",
        "options": {
            "description": {"type": "str"},
            "container_tags": {"type": "list", "elements": "str"},
            "target_repository": {
                "type": "dict",
                "required": True,
                "options": {
                    "service": {"type": "str", "required": True},
                    "repository_name": {"type": "str", "required": True},
                },
            },
        },
    },
    "license_configuration_arns": {"type": "list", "elements": "str"},
    "launch_template_configurations": {
        "type": "list",
        "elements": "dict",
        "options": {
            "launch_template_id": {"type": "str", "required": True},
            "account_id": {"type": "str"},
            "set_default_version": {"type": "bool", "default": True},
        },
    },
    "s3_export_configuration": {
        "type": "dict",
        "options": {
            "role_name": {"type": "str", "required": True},
            "disk_image_format": {"type": "str", "required": True},
            "s3_bucket": {"type": "str", "required": True},
            "s3_prefix": {"type": "str"},
        },
    },
    "fast_launch_configurations": {
        "type": "list",
        "elements": "dict",
        "options": {
            "enabled": {"type": "bool", "required": True},
            "snapshot_configuration": {
                "type": "dict",
                "options": {"target_resource_count": {"type": "int"}},
            },
            "max_parallel_launches": {"type": "int"},
            "launch_template": {
                "type": "dict",
                "options": {
                    "launch_template_id": {"type": "str"},
                    "launch_template_name": {"type": "str"},
                    "launch_template_version": {"type": "str"},
                },
            },
            "account_id": {"type": "str"},
        },
    },
    "ssm_parameter_configurations": {
        "type": "list",
        "elements": "dict",
        "options": {
            "parameter_name": {"type": "str", "required": True},
            "ami_account_id": {"type": "str"},
            "data_type": {"type": "str"},
        },
    },
}

CONFIGURATION_OPTIONS: Spec = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str"},
    "distribution_configuration_arn": {"type": "str", "aliases": ["arn"]},
    "description": {"type": "str"},
    "distributions": {"type": "list", "elements": "dict", "options": DISTRIBUTION_OPTIONS},
    "purge_distributions": {"type": "bool", "default": True},
    "purge_accounts": {"type": "bool", "default": True},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}

# The options that select a configuration. Exactly one of them must be given.
SELECTORS = ("name", "distribution_configuration_arn")

# What imagebuilder_distribution_info returns in addition to the options.
READ_ONLY_OPTIONS: Spec = {
    "date_created": {"type": "str"},
    "date_updated": {"type": "str"},
    "pipelines": {"type": "list", "elements": "dict"},
    "regions": {"type": "list", "elements": "str"},
}


def argument_spec(**more: dict[str, Any]) -> Spec:
    """Returns the options of one configuration and those of C(more) as an argument spec."""
    return {**copy_of(CONFIGURATION_OPTIONS), **more}


def copy_of(spec: dict[str, Any]) -> dict[str, Any]:
    """Returns a copy for AnsibleModule, which changes its argument spec. deepcopy would take three times as long."""
    return {name: copy_of(value) if isinstance(value, dict) else value for name, value in spec.items()}


def list_option() -> dict[str, Any]:
    """Returns an option that takes a list of configurations, each as options or as the info module returns it."""
    arn = SELECTORS[1]
    alone: Spec = {arn: {"type": "str"}, "arn": {"type": "str"}}
    return {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {**copy_of(CONFIGURATION_OPTIONS), **alone, **copy_of(READ_ONLY_OPTIONS)},
        "mutually_exclusive": [SELECTORS, (arn, "arn")],
        "required_one_of": [(*SELECTORS, "arn")],
    }


def entry_options(entry: dict[str, Any]) -> dict[str, Any]:
    """Converts one entry of list_option() to the options of one configuration.

    Leaves out what can only be read, and the ARN if there is a name, so that users can pass what the info module
    returns.
    """
    options = {key: value for key, value in entry.items() if key not in READ_ONLY_OPTIONS and key != "arn"}
    if entry.get("arn") is not None and entry.get("name") is None and options.get(SELECTORS[1]) is None:
        options[SELECTORS[1]] = entry["arn"]
    return options
