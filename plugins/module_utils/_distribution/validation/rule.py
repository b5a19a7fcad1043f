# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule of the table is; the rules are in rules and the other files that end in _rules."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

ERROR = "error"
WARNING = "warning"

# Who looks at a rule: every module that takes distributions, without a request; or the preflight, which asks AWS.
MODULE = "module"
PREFLIGHT = "preflight"

# When AWS itself refuses it, or that it takes it and does something else than was meant.
CREATE = "create"
ROLLOUT = "rollout"
NEVER = "never"


class Rule(NamedTuple):
    """One thing that AWS refuses or does otherwise than meant.

    C(id): unique; C(check): the preflight check under which a finding is reported; C(severity): C(error) or C(warning);
    C(options): option paths below an entry of C(distributions), an empty text for the entry itself; C(when): C(module)
    or C(preflight); C(refused): when AWS itself refuses it, C(create), C(rollout) or C(never); C(message): what is
    wrong; C(remedy): what to do; C(source): where AWS says so. Message and remedy have the form of str.format(). The
    message of a C(module) rule follows the option's path and value, that of a C(preflight) rule stands alone.
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
        """(message, remedy) with the facts of one case filled in."""
        return self.message.format(**facts), self.remedy.format(**facts)


def preflight_error(
    rule_id: str, check: str, options: tuple[str, ...], message: str, remedy: str, source: str, refused: str = ROLLOUT
) -> Rule:
    """A rule that the preflight finds broken, and that makes a rollout fail."""
    return Rule(rule_id, check, ERROR, options, PREFLIGHT, refused, message, remedy, source)


def preflight_warning(
    rule_id: str, check: str, options: tuple[str, ...], message: str, remedy: str, source: str, refused: str = NEVER
) -> Rule:
    """A rule that the preflight finds broken, and that does not keep AWS from distributing."""
    return Rule(rule_id, check, WARNING, options, PREFLIGHT, refused, message, remedy, source)
