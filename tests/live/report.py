"""The report of one run, and the table of what we assume."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tests.live.not_asked import NOT_ASKED
from tests.live.question import PRECONDITIONS
from tests.live.question import QUESTIONS
from tests.live.suite import Answer
from tests.live.suite import differences

_AGREES = {True: "yes", False: "**no**", None: "not asked"}


def as_json(answers: Iterable[Answer]) -> str:
    rows = [
        {
            "name": answer.question.name,
            "question": answer.question.text,
            "expected": answer.question.expects,
            "answer": answer.observation,
            "agrees": answer.agrees,
            "not_removed": list(answer.left),
        }
        for answer in answers
    ]
    return json.dumps(rows, indent=2) + "\n"


def as_markdown(answers: list[Answer], circumstances: str) -> str:
    """The report: what differs, each with the source of what was expected; what was not removed; every answer.

    `circumstances` says where and with what it was asked.
    """
    differing = differences(answers)
    skipped = [answer for answer in answers if answer.agrees is None]
    lines = [
        "# What AWS said",
        "",
        circumstances,
        "",
        f"{_number(len(answers) - len(skipped), 'question was', 'questions were')} asked,"
        f" {_number(len(differing), 'answer differs', 'answers differ')} from what we expected,"
        f" and {_number(len(skipped), 'question was', 'questions were')} not asked.",
        "",
    ]
    for answer in differing:
        lines += [
            f"## {answer.question.text}",
            "",
            f"- name: `{answer.question.name}`",
            f"- expected: `{answer.question.expects}`",
            f"- AWS said: {_quoted(answer.observation)}",
            f"- why we expected it: {answer.question.source}",
            "",
        ]
    left = [text for answer in answers for text in answer.left]
    if left:
        lines += ["## Not removed", "", *(f"- {_quoted(text)}" for text in left), ""]
    lines += ["## Every answer", "", "| question | as expected | AWS said |", "| --- | --- | --- |"]
    lines += [
        f"| {answer.question.name} | {_AGREES[answer.agrees]} | {_quoted(answer.observation)} |" for answer in answers
    ]
    return "\n".join(lines) + "\n"


def assumptions() -> str:
    """The table of what the collection and the local AWS assume, made from the questions."""
    lines = [
        "# What we assume of AWS",
        "",
        "`make assumptions` writes this page from the questions in this folder; change those. *Expected* is the",
        "regular expression that an answer must match. `make contract` holds the local AWS to it, and `make live` asks",
        "AWS. *Seen* tells whether somebody has seen the answer on AWS. `make live` skips a question unless it gets",
        "what the question *needs*.",
        "",
        "| question | expected | seen | since | source | needs | name |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for question in sorted(QUESTIONS, key=lambda one: one.name):
        cells = (
            question.text,
            _quoted(question.expects),
            "yes" if question.confirmed else "no",
            question.since,
            question.source,
            "; ".join(PRECONDITIONS[one] for one in question.needs),
            f"`{question.name}`",
        )
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "## What we do not ask", "", "| question | why not |", "| --- | --- |"]
    lines += [f"| {text} | {reason} |" for text, reason in NOT_ASKED]
    return "\n".join(lines) + "\n"


def _number(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _quoted(text: str) -> str:
    """As code in a cell of a table."""
    return "`` " + " ".join(text.split()).replace("|", "\\|")[:300].rstrip("\\") + " ``"
