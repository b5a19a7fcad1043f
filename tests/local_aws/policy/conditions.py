"""The element ``Condition``: its operators, their suffix IfExists, and the set operators.

Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys or
values". Numeric, date, IP address and binary operators are left out on purpose: policies for Image Builder have none.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from .errors import CannotJudge
from .errors import UnknownOperator
from .matching import arn_matches
from .matching import matches
from .matching import substitute

_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, given: _plain(wanted) == given,
    "StringEqualsIgnoreCase": lambda wanted, given: _plain(wanted).lower() == given.lower(),
    "StringLike": matches,
    "ArnEquals": arn_matches,
    "ArnLike": arn_matches,
    "Bool": lambda wanted, given: wanted.lower() == given.lower(),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def holds(condition: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Whether all operators of a statement's ``Condition`` hold.

    context: the request's condition keys in lower case; a value is a text, or a list of texts for a key with many.
    Raises UnknownOperator, and CannotJudge for what IAM refuses.
    """
    # All are judged, so that an unknown operator never hides behind one that does not hold.
    asked = [(operator, key, wanted) for operator, keys in condition.items() for key, wanted in keys.items()]
    judged = [_holds(operator, key, wanted, context) for operator, key, wanted in asked]
    return all(judged)


def listed(value: Any) -> list[Any]:
    """A policy's value as a list: a single value needs no brackets."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def as_text(value: Any) -> str:
    """A value of a policy or a request as IAM compares it: booleans may be written without quotation marks."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int)):
        return str(value)
    raise CannotJudge(f"a condition compares texts, not {value!r}")


def _holds(operator: str, key: str, wanted: Any, context: Mapping[str, Any]) -> bool:
    sets, _colon, name = operator.rpartition(":")
    if sets not in ("", "ForAllValues", "ForAnyValue"):
        raise UnknownOperator(f"the condition operator {operator}")
    given = context.get(key.lower())
    if name == "Null":
        return _is_null(listed(wanted), given)
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if name not in _COMPARISONS and name not in _NEGATED:
        raise UnknownOperator(f"the condition operator {operator}")
    values = [value for value in (substitute(as_text(one), context) for one in listed(wanted)) if value is not None]
    if sets:
        return _holds_for_set(sets, name, values, given, if_exists)
    if given is None:
        return if_exists or name in _NEGATED
    if isinstance(given, (list, tuple)):
        raise CannotJudge(f"{key} has many values and needs ForAnyValue or ForAllValues before {operator}")
    return _compare(name, values, as_text(given))


def _holds_for_set(sets: str, name: str, values: list[str], given: Any, if_exists: bool) -> bool:
    candidates = [] if given is None else [as_text(one) for one in listed(given)]
    if not candidates:
        return sets == "ForAllValues" or if_exists
    quantifier = all if sets == "ForAllValues" else any
    return quantifier(_compare(name, values, candidate) for candidate in candidates)


def _compare(name: str, values: list[str], given: str) -> bool:
    if name in _NEGATED:
        return not _compare(_NEGATED[name], values, given)
    return any(_COMPARISONS[name](value, given) for value in values)


def _is_null(wanted: list[Any], given: Any) -> bool:
    absent = given is None or given == []
    return any(as_text(one).lower() == str(absent).lower() for one in wanted)


def _plain(text: str) -> str:
    # Operators without wildcards compare the characters that matching hides.
    return text.replace("\ue000", "*").replace("\ue001", "?")
