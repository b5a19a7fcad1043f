# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a rollout, for the module and for its action plugin, which waits for the rollout."""

from __future__ import annotations

from typing import Any

from ..fields import copy_of
from ..fields import DISTRIBUTION_OPTIONS

DISTRIBUTED = "distributed"
CANCELLED = "cancelled"

# The options that the action plugin reads. The module validates all options.
WAIT_OPTIONS = {
    "state": {"type": "str", "choices": [DISTRIBUTED, CANCELLED], "default": DISTRIBUTED},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 21600},
    "wait_delay": {"type": "int", "default": 30},
    "progress": {"type": "bool", "default": True},
}

# The suboptions that select one wave of a configuration.
WAVE_OPTIONS: dict[str, Any] = {
    "number": {"type": "int", "required": True},
    "of": {"type": "int", "required": True},
    "regions": {"type": "list", "elements": "str", "required": True},
}

_OPTIONS: dict[str, Any] = dict(
    **WAIT_OPTIONS,
    source_image={"type": "str"},
    name={"type": "str"},
    distribution_configuration_arn={"type": "str", "aliases": ["arn"]},
    execution_role={"type": "str"},
    tags={"type": "dict", "aliases": ["resource_tags"]},
    logging_configuration={"type": "dict", "options": {"log_group_name": {"type": "str", "required": True}}},
    on_failed={"type": "str", "choices": ["retry", "restart", "fail"], "default": "retry"},
    force={"type": "bool", "default": False},
    image_build_version_arn={"type": "str"},
    wave={"type": "dict", "options": {**WAVE_OPTIONS, "after": {"type": "list", "elements": "str"}}},
    distributions={"type": "list", "elements": "dict", "options": DISTRIBUTION_OPTIONS},
    other_target_accounts={"type": "list", "elements": "str"},
)


def argument_spec() -> dict[str, Any]:
    """Returns the argument spec of imagebuilder_image_distribution, without the options for assuming roles."""
    return copy_of(_OPTIONS)
