"""What a question to AWS is: how it is asked, what is expected, and by which source."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live.sandbox import Sandbox

# What some questions need. Each is a member of AskedAccount, and is explained to the person who runs the suite.
PRECONDITIONS = {
    "source_image": "a source AMI and an execution role (--source-image, --execution-role)",
    "copies": "your consent to copy the source AMI to the other Region (--copies)",
    "account_without_role": "another account of yours without the cross-account role (--account-without-role)",
    "organization": "the ARN of the organization that the account belongs to (--organization)",
}


class NotAsked(Exception):
    """Raised by a question that this account or Region cannot answer. Its text is the reason."""


@dataclass(frozen=True)
class AwsQuestion:
    """One question.

    `expects` is a regular expression that must match the whole observation, the text that `ask` returns. `source` says
    why we expect it, and `since` when that source was read. `confirmed` says whether somebody has seen it on AWS; if
    not, the local AWS only assumes it. `needs` names `PRECONDITIONS`; `waits` marks a rollout that runs to its end.
    """

    name: str
    text: str
    expects: str
    source: str
    since: str
    ask: Callable[[Sandbox], str]
    confirmed: bool = False
    needs: tuple[str, ...] = ()
    waits: bool = False

    def agrees(self, observation: str) -> bool:
        return re.fullmatch(self.expects, observation, re.DOTALL) is not None


QUESTIONS: list[AwsQuestion] = []


def question(
    text: str,
    *,
    expects: str,
    source: str,
    since: str = "2026-11",
    confirmed: bool = False,
    needs: tuple[str, ...] = (),
    waits: bool = False,
) -> Callable[[Callable[[Sandbox], str]], Callable[[Sandbox], str]]:
    """Add the decorated function to the suite. The question's name is the function's, with hyphens."""

    def add(ask: Callable[[Sandbox], str]) -> Callable[[Sandbox], str]:
        name = ask.__name__.replace("_", "-")
        QUESTIONS.append(AwsQuestion(name, text, expects, source, since, ask, confirmed, needs, waits))
        return ask

    return add
