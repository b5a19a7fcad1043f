# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The questions of a preflight, and the results of its checks."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple
from typing import TypedDict

from ..._distribution.validation.rules import RULES


class Question(NamedTuple):
    """One check of one thing.

    C(region): None if the thing belongs to no Region; C(subject): what else the check needs to know, hashable, so that
    the same question is asked once.
    """

    check: str
    region: str | None
    account_id: str
    subject: tuple[Any, ...] = ()


class Scope(NamedTuple):
    """Where to send a request that does not go to the Region and account of the question.

    C(region): None for the home Region.
    """

    region: str | None
    account_id: str


class CheckResult(NamedTuple):
    """What a check found. C(status): ok, warning, error or skipped; C(remedy): what to do, None for ok."""

    status: str
    message: str
    remedy: str | None = None


class _Finding(TypedDict):
    check: str
    region: str | None
    account_id: str | None
    status: str
    message: str
    remedy: str | None


class Finding(_Finding, total=False):
    """One item of the result C(findings)."""

    # The names of the configurations that it is about, if many are checked at once.
    distribution_configurations: list[str]


def ok(message: str) -> CheckResult:
    """The result of a check that found nothing wrong."""
    return CheckResult("ok", message)


def broken(rule_id: str, **facts: Any) -> CheckResult:
    """The result of a check that found a rule of the table broken.

    :param facts: the values for the placeholders in its message and remedy.
    """
    rule = RULES[rule_id]
    return CheckResult(rule.severity, *rule.say(**facts))
