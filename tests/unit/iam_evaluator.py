"""Judges a request by the statements of an identity policy, by IAM's rules, knowing nothing of how the policy was made.

Only Allow statements and the operators that the collection's policies use. Source: IAM user guide, "Policy evaluation
logic" and "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import re


def allows(document, action, resource, context=None):
    """Whether one statement allows the action on the resource, given the request's condition keys."""
    return any(
        statement["Effect"] == "Allow"
        and _any_matches(statement["Action"], action)
        and _any_matches(statement["Resource"], resource)
        and _holds(statement.get("Condition", {}), context or {})
        for statement in document["Statement"]
    )


def _any_matches(patterns, text):
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return any(_matches(pattern, text) for pattern in patterns)


def _matches(pattern, text):
    parts = re.split(r"([*?])", pattern)
    wild = {"*": ".*", "?": "."}
    return re.fullmatch("".join(wild.get(part, re.escape(part)) for part in parts), text) is not None


def _holds(condition, context):
    return all(
        _operator(operator, _listed(wanted), context.get(key))
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _operator(operator, wanted, found):
    if operator == "ForAllValues:StringEquals":
        return all(value in wanted for value in _listed(found))
    if operator == "ForAnyValue:StringEquals":
        return any(value in wanted for value in _listed(found))
    if operator == "BoolIfExists" and found is None:
        return True
    if found is None:
        return False
    if operator in ("Bool", "BoolIfExists", "StringEquals"):
        return str(found) in wanted
    if operator == "StringLike":
        return _any_matches(wanted, found)
    raise AssertionError(f"an operator that this evaluator does not know: {operator}")


def _listed(value):
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
