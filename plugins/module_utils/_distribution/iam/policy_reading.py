# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evaluates whom a resource policy allows to do something: the trust policy of a role, or the policy of a key.

It answers a few questions and does not replace IAM's evaluation. It reports what it cannot evaluate, and never counts
that as allowed. For a role's own policies, IAM has a simulator.
"""

from __future__ import annotations

import json
import re
from typing import Any
from typing import Callable
from typing import NamedTuple
from typing import Optional
from typing import Union

from .policy_document import as_list

# Condition operator -> whether its values are patterns. We do not evaluate other operators.
_COMPARISONS = {
    "StringEquals": False,
    "StringEqualsIgnoreCase": False,
    "StringLike": True,
    "ArnEquals": True,
    "ArnLike": True,
    "Bool": False,
}

# Whether a Principal is the one in question: takes its kind, such as C(AWS) or C(Service), and one of its values.
IsPrincipal = Callable[[str, str], bool]

# The value of a condition key in a request. If it is only partly known, a function that says whether it matches a
# pattern; None if unknown.
Value = Union[str, Callable[[str], Optional[bool]]]
Context = dict[str, Value]


class UnreadablePolicy(ValueError):
    """A policy does not have the form that IAM gives it; the text says where."""


class Grant(NamedTuple):
    """How a policy decides about a request.

    C(allowed): whether it may allow the request; C(unjudged): the condition keys on which that depends and whose values
    are unknown.
    """

    allowed: bool
    unjudged: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether the policy certainly allows the request."""
        return self.allowed and not self.unjudged


def grant(document: str | dict[str, Any], action: str, is_principal: IsPrincipal, context: Context) -> Grant:
    """Evaluates a resource policy for an action.

    :param document: the policy as a dict or as JSON text.
    :param action: for example C(sts:AssumeRole).
    :param is_principal: says whether a principal of the policy is the one that makes the request.
    :param context: condition key in lower case -> its value in the request.
    :raises UnreadablePolicy: if the document is not a policy.
    """
    allowing: list[set[str]] = []
    denying: list[set[str]] = []
    for statement in _statements(document):
        if not _covers(statement, action) or not _names(statement, is_principal):
            continue
        holds, unknown = _condition(statement.get("Condition"), context)
        if holds:
            (denying if statement.get("Effect") == "Deny" else allowing).append(unknown)
    if not allowing or set() in denying:
        return Grant(False)
    unjudged = set().union(*denying) if set() in allowing else set().union(*allowing, *denying)
    return Grant(True, tuple(sorted(unjudged)))


def admitted_besides(document: str | dict[str, Any], is_principal: IsPrincipal) -> list[str]:
    """Returns the other principals that a trust policy allows, as it names them and regardless of its conditions.

    :raises UnreadablePolicy: if the document is not a policy.
    """
    others: dict[str, None] = {}
    for statement in _statements(document):
        if statement.get("Effect") == "Deny":
            continue
        for kind, value in _principals(statement):
            if "NotPrincipal" in statement:
                others[f"everyone except {value}"] = None
            elif not is_principal(kind, value) or value == "*":
                others["everyone" if value == "*" else value] = None
    return list(others)


def service(name: str) -> IsPrincipal:
    """Returns a function for grant(): whether the principal is this service."""
    return lambda kind, value: (kind == "Service" and value in (name, "*")) or (kind == "AWS" and value == "*")


def account(account_id: str, *role_arns: str) -> IsPrincipal:
    """Returns a function for grant(): whether the principal is the account itself or one of these roles in it."""

    def is_meant(kind: str, value: str) -> bool:
        if kind != "AWS":
            return False
        root = re.fullmatch("arn:[^:]+:iam::([0-9]{12}):root", value)
        return value in ("*", account_id, *role_arns) or bool(root and root.group(1) == account_id)

    return is_meant


def anyone_in(account_id: str) -> IsPrincipal:
    """Returns a function for grant(): whether the principal is the account or anyone in it."""
    whole = account(account_id)
    return lambda kind, value: whole(kind, value) or (kind == "AWS" and f"::{account_id}:" in value)


def anyone(kind: str, value: str) -> bool:
    """Whether the principal is everybody, so that only conditions can limit the statement. A function for grant()."""
    return kind == "AWS" and value == "*"


def organization_paths(organization: str, unit: str | None = None, whole: bool = True) -> Callable[[str], bool | None]:
    """Returns a value for the context: C(aws:PrincipalOrgPaths) of all accounts of an organization or OU.

    Source: IAM user guide, "AWS global condition context keys": C(o-ID/r-ID/ou-ID/.../*), from the root down.

    :param organization: the id of the organization.
    :param unit: the id of the OU.
    :param whole: False for one account of the organization whose OUs are unknown.
    """

    def fits(pattern: str) -> bool | None:
        first, *below = pattern.split("/")
        if not _matches(first, organization):
            return False
        if not below or below[-1] != "*":
            # Without a final asterisk, the pattern matches only accounts directly in the OU and not in OUs below it.
            return None if whole or first != "*" else True
        units = [name for name in below[1:-1] if name != "*"]
        if not units:
            return True
        if unit:
            return True if unit in units else None
        return False if whole else None

    return fits


def _statements(document: str | dict[str, Any]) -> list[dict[str, Any]]:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError as error:
            raise UnreadablePolicy(f"the policy is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise UnreadablePolicy("the policy is not a map with statements")
    statements = as_list(document.get("Statement", []))
    for index, statement in enumerate(statements):
        if not isinstance(statement, dict):
            raise UnreadablePolicy(f"Statement[{index}] of the policy is not a map")
        for operator, keys in _map(statement, "Condition", index).items():
            if not isinstance(keys, dict) or not isinstance(operator, str):
                raise UnreadablePolicy(f"Statement[{index}].Condition of the policy is not a map of maps")
    return statements


def _map(statement: dict[str, Any], member: str, index: int) -> dict[str, Any]:
    value = statement.get(member) or {}
    if not isinstance(value, dict):
        raise UnreadablePolicy(f"Statement[{index}].{member} of the policy is not a map")
    return value


def _matches(pattern: object, text: object) -> bool:
    """Whether a text matches IAM's pattern: an asterisk is any text, a question mark one character."""
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in str(pattern))
    return bool(re.fullmatch(expression, str(text), re.DOTALL))


def _covers(statement: dict[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(_matches(_low(pattern), action.lower()) for pattern in as_list(statement["NotAction"]))
    return any(_matches(_low(pattern), action.lower()) for pattern in as_list(statement.get("Action", [])))


def _low(value: object) -> str:
    return str(value).lower()


def _names(statement: dict[str, Any], is_principal: IsPrincipal) -> bool:
    named = any(is_principal(kind, value) for kind, value in _principals(statement))
    return named if "Principal" in statement else not named


def _principals(statement: dict[str, Any]) -> list[tuple[str, str]]:
    """Returns (kind, value) of each principal in C(Principal) or C(NotPrincipal) of a statement."""
    principals = statement.get("Principal", statement.get("NotPrincipal", {}))
    if not isinstance(principals, dict):
        principals = {"AWS": principals}
    return [(kind, str(value)) for kind, values in principals.items() for value in as_list(values)]


def _condition(condition: dict[str, Any] | None, context: Context) -> tuple[bool, set[str]]:
    """Returns (whether the condition may hold, the keys on which that depends and whose values are unknown)."""
    unknown: set[str] = set()
    for operator, keys in (condition or {}).items():
        comparison = operator[: -len("IfExists")] if operator.endswith("IfExists") else operator
        for key, values in keys.items():
            actual = context.get(_low(key))
            if callable(actual):
                judged = _fits_any(comparison, actual, as_list(values))
                if judged is False:
                    return False, set()
                if judged is None:
                    unknown.add(key)
                continue
            if comparison not in _COMPARISONS or actual is None:
                unknown.add(key)
                continue
            actual, values = str(actual), [str(value) for value in as_list(values)]
            if comparison in ("Bool", "StringEqualsIgnoreCase"):
                actual, values = actual.lower(), [value.lower() for value in values]
            if not any(_matches(value, actual) if _COMPARISONS[comparison] else value == actual for value in values):
                return False, set()
    return True, unknown


def _fits_any(comparison: str, fits: Callable[[str], bool | None], values: list[Any]) -> bool | None:
    """Whether one of a condition's values matches a key with several values. None if that is unknown."""
    quantifier, dummy, name = comparison.rpartition(":")
    if quantifier not in ("", "ForAnyValue") or name not in ("StringEquals", "StringLike"):
        return None
    judged = [fits(str(value)) for value in values]
    return True if True in judged else None if None in judged else False
