"""Asks the cases of one account and says where its answers differ from what is expected."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass

from tests.live import configurations
from tests.live import rollouts
from tests.live.case import Case
from tests.live.case import CASES
from tests.live.room import Room

# Each adds its cases to CASES.
QUESTIONS = (configurations, rollouts)

# The accounts of AWS's documentation stay as they are.
_SAMPLES = ("111122223333", "444455556666", "123456789012")


@dataclass(frozen=True)
class Answer:
    """What AWS said to one case. `agrees` is None where it was not asked, and `left` says what could not be removed."""

    case: Case
    observation: str
    agrees: bool | None
    left: tuple[str, ...] = ()


def ask(cases: Iterable[Case], make_room: Callable[[], Room], say: Callable[[str], None]) -> list[Answer]:
    """Ask each case in a room of its own. What it made is removed also after a failure and after Ctrl-C, which ends the
    suite with the answers so far."""
    answers: list[Answer] = []
    for case in cases:
        room = make_room()
        if case.needs_image and not (room.source_image and room.execution_role):
            answers.append(Answer(case, "not asked: needs a source AMI and an execution role", None))
            continue
        interrupted = False
        try:
            observation = case.ask(room)
        except KeyboardInterrupt:
            observation, interrupted = "not asked: interrupted", True
        except Exception as error:  # Whatever happens, the case's resources go and the other cases are asked.
            observation = f"the question could not be asked: {type(error).__name__}: {error}"
        left = tuple(masked(text, room) for text in room.clear())
        observation = masked(observation, room)
        agrees = None if interrupted else case.agrees(observation)
        answers.append(Answer(case, observation, agrees, left))
        say(f"{'ok     ' if agrees else 'DIFFERS'} {case.name}: {observation[:160]}")
        if interrupted:
            break
    return answers


def masked(text: str, room: Room) -> str:
    """Without the account's id, the names that were made up for the case, and ids of requests and images."""
    for pattern, instead in (
        (re.escape(room.name), "NAME"),
        (re.escape(room.name.upper()), "NAME"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
        (r"\b(ami|snap|i)-(?!0{17})[0-9a-f]{8,17}\b", r"\1-MASKED"),
    ):
        text = re.sub(pattern, instead, text)
    if room.account not in _SAMPLES:
        text = text.replace(room.account, "ACCOUNT")
    return re.sub(r"\b\d{12}\b", lambda found: found[0] if found[0] in _SAMPLES else "ACCOUNT", text)


def differences(answers: Iterable[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.agrees is False]


def as_json(answers: Iterable[Answer]) -> str:
    rows = [
        {
            "case": answer.case.name,
            "question": answer.case.question,
            "expected": answer.case.expects,
            "said": answer.observation,
            "agrees": answer.agrees,
            "not_removed": list(answer.left),
        }
        for answer in answers
    ]
    return json.dumps(rows, indent=2) + "\n"


def as_markdown(answers: list[Answer]) -> str:
    """The report: differences first, each with the source of what was expected, then everything."""
    differing = differences(answers)
    asked = [answer for answer in answers if answer.agrees is not None]
    lines = ["# What AWS said", "", f"{len(asked)} questions were asked, {len(differing)} answers differ.", ""]
    for answer in differing:
        lines += [
            f"## {answer.case.question}",
            "",
            f"- case: `{answer.case.name}`",
            f"- expected: `{answer.case.expects}`",
            f"- AWS said: {_quoted(answer.observation)}",
            f"- why we expected it: {answer.case.source}",
            "",
        ]
    left = [text for answer in answers for text in answer.left]
    if left:
        lines += ["## Not removed", "", *(f"- {_quoted(text)}" for text in left), ""]
    lines += ["## Every answer", "", "| case | agrees | AWS said |", "| --- | --- | --- |"]
    words = {True: "yes", False: "**no**", None: "not asked"}
    lines += [f"| {answer.case.name} | {words[answer.agrees]} | {_quoted(answer.observation)} |" for answer in answers]
    return "\n".join(lines) + "\n"


def assumptions() -> str:
    """The table of what the collection and the local AWS assume, made from the cases."""
    lines = [
        "# What we assume of AWS",
        "",
        "Made by `make assumptions` from the cases in this folder; change those. The local AWS answers as it says",
        "in the third column, which `make contract` holds it to. `make live` asks AWS itself.",
        "",
        "| question | seen on AWS | expected | since | source | asked in |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for case in sorted(CASES, key=lambda one: one.name):
        cells = (
            case.question,
            "yes" if case.confirmed else "no",
            _quoted(case.expects),
            case.since,
            case.source,
            f"`{case.name}`",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """As code in a cell of a table."""
    return "`` " + " ".join(text.split()).replace("|", "\\|")[:300].rstrip("\\") + " ``"
