"""What a question to AWS is: how it is asked, what is expected, and by which source."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live.room import Room


@dataclass(frozen=True)
class Case:
    """One question.

    `expects` is a regular expression that must match the whole observation, the text that `ask` returns. `source` says
    why we expect it, `since` when that source was read, and `confirmed` whether somebody saw it on AWS already; if not,
    the local AWS only assumes it. `needs_image` marks what takes a source AMI and an execution role.
    """

    name: str
    question: str
    expects: str
    source: str
    since: str
    ask: Callable[[Room], str]
    confirmed: bool = False
    needs_image: bool = False

    def agrees(self, observation: str) -> bool:
        return re.fullmatch(self.expects, observation, re.DOTALL) is not None


CASES: list[Case] = []


def case(
    question: str,
    *,
    expects: str,
    source: str,
    since: str = "2026-11",
    confirmed: bool = False,
    needs_image: bool = False,
) -> Callable[[Callable[[Room], str]], Callable[[Room], str]]:
    """Add the decorated function to the suite, under its own name."""

    def add(ask: Callable[[Room], str]) -> Callable[[Room], str]:
        name = ask.__name__.replace("_", "-")
        CASES.append(Case(name, question, expects, source, since, ask, confirmed, needs_image))
        return ask

    return add
