# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The type of a rule. The rules are in the files that end in _rules."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

ERROR = "error"
WARNING = "warning"

# Who checks a rule: every module that takes distributions, without a request; or the preflight, which asks AWS.
MODULE = "module"
PREFLIGHT = "preflight"

# When AWS itself refuses it. NEVER: AWS accepts it, but probably does not do what was intended.
CREATE = "create"
ROLLOUT = "rollout"
NEVER = "never"


class Rule(NamedTuple):
    """Something that AWS refuses, or that it does not do as intended.

    C(id): unique; C(check): the check of the preflight that reports it; C(severity): C(error) or C(warning);
    C(options): option paths below an entry of C(distributions), an empty string for the entry itself; C(when):
    C(module) or C(preflight); C(refused): when AWS itself refuses it, C(create), C(rollout) or C(never); C(message):
    what is wrong; C(remedy): what to do; C(source): where AWS says so. Message and remedy are templates for
    str.format(). The message of a C(module) rule follows the option's path and value; that of a C(preflight) rule is a
    complete sentence.
    """

    id: str
    check: str
    severity: str
    options: tuple[str, ...]
    when: str
    refused: str
    message: str
    remedy: str
    source: str

    def say(self, **facts: Any) -> tuple[str, str]:
        """Returns (message, remedy) with the facts of one case filled in."""
        return self.message.format(**facts), self.remedy.format(**facts)


def preflight_error(
    rule_id: str, check: str, options: tuple[str, ...], message: str, remedy: str, source: str, refused: str = ROLLOUT
) -> Rule:
    """Makes a rule that the preflight checks. If it is broken, a rollout fails."""
    return Rule(rule_id, check, ERROR, options, PREFLIGHT, refused, message, remedy, source)


def preflight_warning(
    rule_id: str, check: str, options: tuple[str, ...], message: str, remedy: str, source: str, refused: str = NEVER
) -> Rule:
    """Makes a rule that the preflight checks. If it is broken, AWS may still distribute."""
    return Rule(rule_id, check, WARNING, options, PREFLIGHT, refused, message, remedy, source)
