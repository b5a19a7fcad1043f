# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who a resource policy lets in: the trust policy of a role, the policy of a key.

A reader for a few questions, not IAM's evaluation: what it cannot judge it says, and never takes for a yes. For a
role's own policies IAM has a simulator, which knows all of them.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

# Condition operators that compare a text with a list of values; the others are not judged here.
_COMPARISONS = {
    "StringEquals": False,
    "StringEqualsIgnoreCase": False,
    "StringLike": True,
    "ArnEquals": True,
    "ArnLike": True,
    "Bool": False,
}


class Unreadable(ValueError):
    """A policy that is not built as IAM builds one; the text says where."""


class Grant(NamedTuple):
    """What a policy says to a request.

    C(allowed): it may let it through; C(unjudged): the condition keys on which that depends and whose value is not
    known here.
    """

    allowed: bool
    unjudged: tuple = ()

    @property
    def certain(self):
        """Whether the request is let through."""
        return self.allowed and not self.unjudged


def grant(document, action, is_principal, context):
    """What a resource policy says to an action.

    :param document: the policy as a dict or as JSON text.
    :param action: for example C(sts:AssumeRole).
    :param is_principal: takes the kind (C(AWS), C(Service) ...) and one value of Principal, says whether it is meant.
    :param context: condition key in lower case -> the value that the request will have.
    :returns: a Grant.
    :raises: Unreadable.
    """
    allowing, denying = [], []
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


def service(name):
    """For grant(): the principal is this service."""
    return lambda kind, value: (kind == "Service" and value in (name, "*")) or (kind == "AWS" and value == "*")


def account(account_id, *role_arns):
    """For grant(): the principal is the account as such, or one of these roles in it."""

    def is_meant(kind, value):
        if kind != "AWS":
            return False
        root = re.fullmatch("arn:[^:]+:iam::([0-9]{12}):root", value)
        return value in ("*", account_id, *role_arns) or bool(root and root.group(1) == account_id)

    return is_meant


def anyone_in(account_id):
    """For grant(): the principal is the account or anyone in it."""
    whole = account(account_id)
    return lambda kind, value: whole(kind, value) or (kind == "AWS" and f"::{account_id}:" in value)


def _statements(document):
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError as error:
            raise Unreadable(f"the policy is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise Unreadable("the policy is no map with statements")
    statements = _listed(document.get("Statement", []))
    for index, statement in enumerate(statements):
        if not isinstance(statement, dict):
            raise Unreadable(f"Statement[{index}] of the policy is no map")
        for operator, keys in _map(statement, "Condition", index).items():
            if not isinstance(keys, dict) or not isinstance(operator, str):
                raise Unreadable(f"Statement[{index}].Condition of the policy is no map of maps")
    return statements


def _map(statement, member, index):
    value = statement.get(member) or {}
    if not isinstance(value, dict):
        raise Unreadable(f"Statement[{index}].{member} of the policy is no map")
    return value


def _listed(value):
    return value if isinstance(value, list) else [value]


def _matches(pattern, text):
    """IAM's patterns: an asterisk is any text, a question mark one character."""
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in str(pattern))
    return bool(re.fullmatch(expression, str(text), re.DOTALL))


def _covers(statement, action):
    if "NotAction" in statement:
        return not any(_matches(_low(pattern), action.lower()) for pattern in _listed(statement["NotAction"]))
    return any(_matches(_low(pattern), action.lower()) for pattern in _listed(statement.get("Action", [])))


def _low(value):
    return str(value).lower()


def _names(statement, is_principal):
    principals = statement.get("Principal", statement.get("NotPrincipal", {}))
    if not isinstance(principals, dict):
        principals = {"AWS": principals}
    named = any(is_principal(kind, str(value)) for kind, values in principals.items() for value in _listed(values))
    return named if "Principal" in statement else not named


def _condition(condition, context):
    """(whether it may hold, the keys on which that depends and whose value is not known)."""
    unknown = set()
    for operator, keys in (condition or {}).items():
        comparison = operator[: -len("IfExists")] if operator.endswith("IfExists") else operator
        for key, values in keys.items():
            found = context.get(_low(key))
            if comparison not in _COMPARISONS or found is None:
                unknown.add(key)
                continue
            found, values = str(found), [str(value) for value in _listed(values)]
            if comparison in ("Bool", "StringEqualsIgnoreCase"):
                found, values = found.lower(), [value.lower() for value in values]
            if not any(_matches(value, found) if _COMPARISONS[comparison] else value == found for value in values):
                return False, set()
    return True, unknown
