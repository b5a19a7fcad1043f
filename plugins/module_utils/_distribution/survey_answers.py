# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answers to an AWX survey -> variables of the role distribution_rollout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# AWX passes answers as extra variables, which outrank the variables of hosts. A survey therefore asks for variables
# with this prefix, so that a question without an answer does not override the spec.
ASKED_PREFIX = "distribution_asked_"
_ROLE_PREFIX = "distribution_rollout_"
# The choice that means "no answer", because AWX does not accept an empty choice.
_AS_THE_SPEC_SAYS = "as the spec says"
# Questions for playbooks, which are not variables of the role.
_OF_PLAYBOOKS = ("profile", "hosts", "export_")


def answered_variables(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the role's variables that a survey answered.

    :param variables: all variables of a host, with their templates rendered.
    :returns: name of the role's variable -> answer; empty answers are left out.
    """
    return {
        _ROLE_PREFIX + name[len(ASKED_PREFIX) :]: value
        for name, value in variables.items()
        if name.startswith(ASKED_PREFIX)
        and not name[len(ASKED_PREFIX) :].startswith(_OF_PLAYBOOKS)
        and not _is_empty(value)
    }


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and value.strip() in ("", _AS_THE_SPEC_SAYS))
