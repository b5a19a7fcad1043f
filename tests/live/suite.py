"""Asks one account the questions, and says which answers differ from what is expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass

from tests.live import finished_rollouts
from tests.live import lists_and_tokens
from tests.live import names
from tests.live import other_services
from tests.live import outputs
from tests.live import reading
from tests.live import rollouts
from tests.live.question import AwsQuestion
from tests.live.question import NotAsked
from tests.live.question import PRECONDITIONS
from tests.live.sandbox import AskedAccount
from tests.live.sandbox import Sandbox

# Each adds its questions to QUESTIONS.
MODULES = (outputs, names, reading, lists_and_tokens, other_services, rollouts, finished_rollouts)

# The accounts of AWS's documentation stay as they are.
_SAMPLES = ("111122223333", "444455556666", "123456789012")


@dataclass(frozen=True)
class Answer:
    """What AWS said. `agrees` is None where it was not asked.

    `left` says what could not be removed, masked for the report; `remains` says it as its owner needs it.
    """

    question: AwsQuestion
    observation: str
    agrees: bool | None
    left: tuple[str, ...] = ()
    remains: tuple[str, ...] = ()


def ask(
    questions: Iterable[AwsQuestion], asked: AskedAccount, say: Callable[[str], None] = lambda text: None
) -> list[Answer]:
    """Ask one question after the other, each in its own sandbox.

    What a question created is removed also after a failure and after Ctrl-C, which ends the suite with the answers so
    far. The answer to a question that is not asked says why.
    """
    answers: list[Answer] = []
    for question in questions:
        answer, interrupted = _ask(question, asked)
        answers.append(answer)
        word = {True: "ok", False: "DIFFERS", None: "skipped"}[answer.agrees]
        say(f"{word:8}{question.name}: {answer.observation[:160]}")
        if interrupted:
            break
    return answers


def missing(question: AwsQuestion, asked: AskedAccount) -> list[str]:
    """What the question needs and the account's owner has not lent, in words."""
    return [PRECONDITIONS[one] for one in question.needs if not getattr(asked, one)]


def _ask(question: AwsQuestion, asked: AskedAccount) -> tuple[Answer, bool]:
    lacking = missing(question, asked)
    if lacking:
        return Answer(question, f"not asked: needs {' and '.join(lacking)}", None), False
    sandbox = Sandbox(asked)
    not_asked = interrupted = False
    try:
        observation = question.ask(sandbox)
    except KeyboardInterrupt:
        observation, not_asked, interrupted = "not asked: interrupted", True, True
    except NotAsked as reason:
        observation, not_asked = f"not asked: {reason}", True
    except Exception as error:  # Whatever happens, what the question made is removed and the others are asked.
        observation = f"the question could not be asked: {type(error).__name__}: {error}"
    try:
        remains = sandbox.clear()
    except KeyboardInterrupt:
        remains, interrupted = [f"the removal was interrupted; look for {sandbox.name}"], True
    observation = masked(observation, sandbox)
    agrees = None if not_asked else question.agrees(observation)
    left = tuple(masked(text, sandbox) for text in remains)
    return Answer(question, observation, agrees, left, tuple(remains)), interrupted


def masked(text: str, sandbox: Sandbox) -> str:
    """Without account ids, what was made up for the question, who asked, and ids that lead to the account."""
    asked = sandbox.asked
    for pattern, instead in (
        (re.escape(sandbox.name), "NAME"),
        (re.escape(sandbox.name.upper()), "NAME"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
        (r"\b(ami|snap|i|lt|vpc|subnet)-(?!0{17})[0-9a-f]{8,17}\b", r"\1-MASKED"),
        (r"\blic-[0-9a-f]{32}\b", "lic-MASKED"),
        (r"\bou-[0-9a-z]{4,32}-[0-9a-z]{8,32}\b", "ou-MASKED"),
        (r"\bo-[a-z0-9]{10,32}\b", "o-MASKED"),
        (r"\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b", r"\1-MASKED"),
        (r":(user|assumed-role|federated-user)/[^\s'\"]+", r":\1/MASKED"),
        (re.escape(asked.execution_role.rpartition("/")[2]) if len(asked.execution_role) > 5 else "(?!)", "ROLE"),
    ):
        text = re.sub(pattern, instead, text)
    if sandbox.account not in _SAMPLES:
        text = text.replace(sandbox.account, "ACCOUNT")
    return re.sub(r"\b\d{12}\b", lambda number: number[0] if number[0] in _SAMPLES else "ACCOUNT", text)


def differences(answers: Iterable[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.agrees is False]
