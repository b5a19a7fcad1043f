# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answers to a survey in the place of the role's variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# AWX hands the answers over as extra variables, which outrank the variables of hosts. So a survey asks for variables of
# its own, and what nobody answered is what the spec says.
ASKED = "distribution_asked_"
ROLE = "distribution_rollout_"
# A choice that is no answer: AWX takes no empty one for a question with choices.
_AS_THE_SPEC_SAYS = "as the spec says"
# What playbooks ask for themselves.
_OF_PLAYBOOKS = ("profile", "hosts", "export_")


def answered(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of the role that a survey answers.

    :param variables: all variables of a host, resolved.
    :returns: by the name of the role's variable, the answers that are not empty.
    """
    return {
        ROLE + name[len(ASKED) :]: value
        for name, value in variables.items()
        if name.startswith(ASKED) and not name[len(ASKED) :].startswith(_OF_PLAYBOOKS) and not _is_empty(value)
    }


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and value.strip() in ("", _AS_THE_SPEC_SAYS))
