"""The rules by which AWX accepts surveys, launches, schedules and nodes, and what it passes to a job.

Sources: AWX's documentation of surveys, extra variables and schedules, and the answers of the API of AWX 24.6.1.
"""

from __future__ import annotations

from typing import Any

import yaml

# The type that a default must have, by the type of the question.
TYPES: dict[str, type] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": float,
}
_CHOOSING = ("multiplechoice", "multiselect")


class AwxRefusal(Exception):
    """What the API answers with status 400: the field or `error`, and the reasons."""

    def __init__(self, field: str, *reasons: str) -> None:
        super().__init__(f"{field}: {'; '.join(reasons)}")
        self.body = {field: list(reasons)}


def check_survey(survey: dict[str, Any]) -> None:
    """Raise AwxRefusal for a survey that AWX would not accept."""
    for field, kind in (("name", str), ("description", str), ("spec", list)):
        if not isinstance(survey.get(field), kind):
            raise AwxRefusal("error", f"field {field!r} is missing or of the wrong type")
    if not survey["spec"]:
        raise AwxRefusal("error", "spec has no items")
    seen = set()
    for number, question in enumerate(survey["spec"]):
        for field, kind in (("type", str), ("question_name", str), ("variable", str), ("required", bool)):
            if not isinstance(question.get(field), kind):
                raise AwxRefusal("error", f"{field!r} of question {number} is missing or of the wrong type")
        if question["variable"] in seen:
            raise AwxRefusal("error", f"variable {question['variable']!r} is there twice")
        seen.add(question["variable"])
        _check_question(number, question)


def _check_question(number: int, question: dict[str, Any]) -> None:
    if question["type"] not in TYPES:
        raise AwxRefusal("error", f"type {question['type']!r} of question {number} is not known")
    default = question.get("default", "")
    if default != "" and not isinstance(default, TYPES[question["type"]]):
        raise AwxRefusal("error", f"the default of question {number} has the wrong type")
    for bound in ("min", "max"):
        if not isinstance(question.get(bound, 0), int):
            raise AwxRefusal("error", f"{bound!r} of question {number} is not an integer")
    if question["type"] in _CHOOSING:
        if "choices" not in question:
            raise AwxRefusal("error", f"question {number} has no choices")
        if set(default.splitlines()) - set(choices(question)):
            raise AwxRefusal("error", f"the default of question {number} is not one of its choices")


def choices(question: dict[str, Any]) -> list[str]:
    """The choices of a question, which are a list or one text with a choice a line."""
    given = question["choices"]
    return given.splitlines() if isinstance(given, str) else given


def faults(question: dict[str, Any], answers: dict[str, Any]) -> list[str]:
    """What is wrong with the answer to one question."""
    name, kind = question["variable"], question["type"]
    if name not in answers:
        return [f"{name!r} value missing"] if question["required"] else []
    answer = answers[name]
    if kind == "multiselect":
        if not isinstance(answer, list):
            return [f"{name!r} value is expected to be a list"]
        return [f"{one!r} for {name!r} is not a choice" for one in answer if one not in choices(question)]
    if kind == "multiplechoice":
        return [] if answer in choices(question) else [f"{answer!r} for {name!r} is not a choice"]
    if not isinstance(answer, TYPES[kind]) or isinstance(answer, bool):
        return [f"{answer!r} for {name!r} is not of type {kind}"]
    size = answer if kind in ("integer", "float") else len(answer)
    if size < question.get("min", size) or size > question.get("max", size):
        return [f"{name!r} value {answer!r} is too small or too large"]
    return []


def accepted(template: dict[str, Any], variables: dict[str, Any], complete: bool = True) -> dict[str, Any]:
    """The variables that a job or workflow template accepts at its launch. Raises `AwxRefusal` for others, and, if the
    launch is `complete`, for required answers that are missing; the launch of a node may be incomplete."""
    questions = template.get("survey_spec", {}).get("spec", []) if template.get("survey_enabled") else []
    wrong = []
    for question in questions:
        if question["variable"] in variables or complete:
            wrong += faults(question, variables)
    if wrong:
        raise AwxRefusal("variables_needed_to_start", *wrong)
    asked = {question["variable"] for question in questions}
    others = sorted(set(variables) - asked)
    if others and not template.get("ask_variables_on_launch"):
        raise AwxRefusal("extra_vars", f"Variables {', '.join(others)} are not allowed on launch")
    return variables


def defaults(template: dict[str, Any]) -> dict[str, Any]:
    """What AWX adds for unanswered questions: each default that is a valid answer, including an empty text."""
    questions = template.get("survey_spec", {}).get("spec", []) if template.get("survey_enabled") else []
    return {
        question["variable"]: question["default"]
        for question in questions
        if question.get("default") is not None and not faults(question, {question["variable"]: question["default"]})
    }


def extra_variables(template: dict[str, Any], launched: dict[str, Any]) -> dict[str, Any]:
    """The extra variables of a job: the template's own, the defaults of its survey, what it was launched with."""
    return {**template.get("extra_vars", {}), **defaults(template), **accepted(template, launched)}


class _Unsafe(yaml.SafeDumper):
    def represent_data(self, data: Any) -> yaml.Node:
        if isinstance(data, str):
            return self.represent_scalar("!unsafe", data)
        return super().represent_data(data)


def file_of(template: dict[str, Any], variables: dict[str, Any]) -> str:
    """The file `env/extravars` of a job. Only the template's own variables may contain Jinja."""
    trusted = template.get("extra_vars", {})
    return "".join(
        yaml.dump(
            {name: value},
            Dumper=yaml.SafeDumper if name in trusted and trusted[name] == value else _Unsafe,
            default_flow_style=False,
        )
        for name, value in variables.items()
    )
