# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of rules: what AWS refuses, when it does so, and what to do about it.

Image Builder takes many combinations that EC2, KMS, SSM or VM Import/Export refuse after the copies are made. Modules,
preflight and the documentation page "What AWS refuses, and when" use this one table. What no rule needs to say, because
it stands in botocore's service model, is checked by model.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from ..option_reader import shown
from .entry_rules import ENTRY_RULES
from .preflight_rules import PREFLIGHT_RULES
from .resource_rules import RESOURCE_RULES
from .role_rules import ROLE_RULES
from .rule import Rule

_EVERY_RULE = (*ENTRY_RULES, *PREFLIGHT_RULES, *RESOURCE_RULES, *ROLE_RULES)
RULES = {rule.id: rule for rule in _EVERY_RULE}


class Violation(NamedTuple):
    """One case of a rule: where it occurs, and what to report.

    C(key): what makes it the same case in another list of distributions.
    """

    rule: Rule
    path: str
    value: Any
    message: str
    remedy: str
    region: str | None = None
    account_id: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for the same thing elsewhere, wherever it stands there."""
        return self.rule.id, self.region, self.account_id, repr(self.value), self.message

    @property
    def subject(self) -> str:
        """What is wrong, with its place and its value."""
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
    """One case of the rule with this id; C(facts) fill in its message and its remedy.

    :param path: the option path of the case.
    :param value: what stands there; None where the path alone says it.
    :param region: the Region of the entry.
    :param account_id: the account that the case is about.
    """
    message, remedy = RULES[rule_id].say(region=region, account_id=account_id, **facts)
    return Violation(RULES[rule_id], path, value, message, remedy, region, account_id)
