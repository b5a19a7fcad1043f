# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All rules in one table, and the Violation of a rule.

Image Builder accepts many combinations that EC2, KMS, SSM or VM Import/Export refuse after the copies are made. The
modules, the preflight and the documentation page "What AWS refuses, and when" all use this table. It has no rule for
what is in botocore's service model; model checks that.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from ..option_reader import shown
from .entry_rules import ENTRY_RULES
from .resource_rules import RESOURCE_RULES
from .role_rules import ROLE_RULES
from .rule import Rule
from .source_and_key_rules import SOURCE_AND_KEY_RULES

_EVERY_RULE = (*ENTRY_RULES, *SOURCE_AND_KEY_RULES, *RESOURCE_RULES, *ROLE_RULES)
RULES = {rule.id: rule for rule in _EVERY_RULE}


class Violation(NamedTuple):
    """One case of a broken rule: where it occurs, and what to report."""

    rule: Rule
    path: str
    value: Any
    message: str
    remedy: str
    region: str | None = None
    account_id: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for the same case in another list of distributions, at whatever index."""
        return self.rule.id, self.region, self.account_id, repr(self.value), self.message

    @property
    def subject(self) -> str:
        """What is wrong, with the option's path and value."""
        value = "" if self.value is None else f" {shown(self.value)}:"
        return f"{self.path}:{value} {self.message}"

    @property
    def text(self) -> str:
        """What is wrong and the remedy as one sentence."""
        return f"{self.message}; {self.remedy}"


def violation(
    rule_id: str,
    path: str,
    value: Any = None,
    region: str | None = None,
    account_id: str | None = None,
    **facts: Any,
) -> Violation:
    """Makes a Violation of the rule with this id.

    :param path: the option path.
    :param value: the value of the option; None to show only the path.
    :param region: the Region of the entry.
    :param account_id: the account that the case is about.
    :param facts: what message and remedy of the rule name.
    """
    message, remedy = RULES[rule_id].say(region=region, account_id=account_id, **facts)
    return Violation(RULES[rule_id], path, value, message, remedy, region, account_id)
