# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a distribution configuration: the one place that names the fields.

Option names are the names of the Image Builder API in snake_case, one for one. Limits, patterns and
enumerations are not repeated here: they are read from botocore's service model (see validation.model).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

# An argument spec: name of an option -> what AnsibleModule takes of it.
Spec = dict[str, dict[str, Any]]

# Written instead of a whole AMI name: sent as "PREFIX {{ imagebuilder:buildDate }}".
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

# How one configuration is chosen: exactly one of the two.
SELECTORS = ("name", "distribution_configuration_arn")

# What imagebuilder_distribution_info returns besides.
READ_ONLY_OPTIONS: Spec = {
    "date_created": {"type": "str"},
    "date_updated": {"type": "str"},
    "pipelines": {"type": "list", "elements": "dict"},
    "regions": {"type": "list", "elements": "str"},
}


def argument_spec(**more: dict[str, Any]) -> Spec:
    """The options of one configuration as an argument spec, together with those of C(more).

    A copy, because AnsibleModule writes into what it is given.
    """
    return {**deepcopy(CONFIGURATION_OPTIONS), **more}


def list_option() -> dict[str, Any]:
    """Many configurations as one option: for each the options of one, and what info returns besides."""
    arn = SELECTORS[1]
    alone: Spec = {arn: {"type": "str"}, "arn": {"type": "str"}}
    return {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {**deepcopy(CONFIGURATION_OPTIONS), **alone, **deepcopy(READ_ONLY_OPTIONS)},
        "mutually_exclusive": [SELECTORS, (arn, "arn")],
        "required_one_of": [(*SELECTORS, "arn")],
    }


def entry_options(entry: dict[str, Any]) -> dict[str, Any]:
    """One entry of list_option() -> the options of one configuration.

    What is only read is left out, and the ARN beside a name too, so that what info returns goes in as it stands.
    """
    options = {key: value for key, value in entry.items() if key not in READ_ONLY_OPTIONS and key != "arn"}
    if entry.get("arn") is not None and entry.get("name") is None and options.get(SELECTORS[1]) is None:
        options[SELECTORS[1]] = entry["arn"]
    return options
