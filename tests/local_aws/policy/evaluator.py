"""Statements of policies against a request."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .conditions import holds
from .conditions import listed
from .errors import CannotJudge
from .matching import matches
from .matching import resource_matches
from .matching import substitute
from .principals import DIRECTLY
from .principals import meant
from .principals import Principal

_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"}
ALLOWED = "allowed"
EXPLICIT_DENY = "explicit deny"
IMPLICIT_DENY = "no statement allows it"


@dataclass(frozen=True)
class Evaluation:
    """What policies say of a request. True if they allow it.

    decision: ``allowed``, ``explicit deny`` or ``no statement allows it``. statements: those that decided.
    direct: of a policy on a resource: whether it names the principal itself, not merely its account.
    """

    decision: str
    statements: tuple[dict[str, Any], ...] = ()
    direct: bool = False

    def __bool__(self) -> bool:
        return self.decision == ALLOWED


def evaluate(
    documents: Iterable[Any] | Mapping[str, Any] | str,
    action: str,
    resource: str = "*",
    context: Mapping[str, Any] | None = None,
) -> Evaluation:
    """Judge one action on one resource by the identity policies of a principal, all taken together.

    documents: policy documents, each a map or JSON; a single one needs no list. action: ``service:Operation``.
    resource: an ARN without wildcards, or ``*`` for actions without resources. context: condition keys, names in
    any case, to a text, or to a list of texts for keys that hold many values.
    Raises UnknownOperator and CannotJudge for what it cannot judge in any statement, even one that does not matter.
    """
    keys = {name.lower(): value for name, value in (context or {}).items()}
    fitting = []
    for statement in _statements(documents):
        if "Principal" in statement:
            raise CannotJudge("a policy of an identity has no Principal")
        if _fits(statement, action, resource, keys):
            fitting.append(statement)
    return _decide(fitting)


def evaluate_resource_policy(
    document: Any,
    principal: Principal,
    action: str,
    resource: str | None = None,
    context: Mapping[str, Any] | None = None,
) -> Evaluation:
    """Judge an action by the policy of the resource itself: the trust policy of a role, the policy of a key.

    resource: None for a trust policy, whose statements have no ``Resource``. Else as evaluate.
    If the policy names only the principal's account (``direct`` is false), its own policies must allow the action too.
    """
    keys = {name.lower(): value for name, value in (context or {}).items()}
    fitting, direct = [], False
    for statement in _statements(document):
        if "Principal" not in statement:
            raise CannotJudge("a policy of a resource names a Principal in each statement")
        fits = _fits(statement, action, resource, keys)
        how = meant(statement["Principal"], principal)
        if fits and how:
            fitting.append(statement)
            direct = direct or (how == DIRECTLY and statement["Effect"] == "Allow")
    evaluation = _decide(fitting)
    return Evaluation(evaluation.decision, evaluation.statements, direct and bool(evaluation))


def _decide(fitting: list[dict[str, Any]]) -> Evaluation:
    denying = tuple(statement for statement in fitting if statement["Effect"] == "Deny")
    if denying:
        return Evaluation(EXPLICIT_DENY, denying)
    return Evaluation(ALLOWED, tuple(fitting)) if fitting else Evaluation(IMPLICIT_DENY)


def _statements(documents: Any) -> Iterator[dict[str, Any]]:
    for document in [documents] if isinstance(documents, (str, Mapping)) else documents:
        content = json.loads(document) if isinstance(document, str) else document
        if not isinstance(content, Mapping) or "Statement" not in content:
            raise CannotJudge(f"a policy document is a map with Statement, not {content!r}")
        for statement in listed(content["Statement"]):
            unknown = sorted(set(statement) - _ELEMENTS)
            if unknown:
                raise CannotJudge(f"the policy element {', '.join(unknown)}")
            if statement.get("Effect") not in ("Allow", "Deny"):
                raise CannotJudge(f"the Effect {statement.get('Effect')!r}")
            yield statement


def _fits(statement: dict[str, Any], action: str, resource: str | None, keys: Mapping[str, Any]) -> bool:
    # The condition first: it raises for an operator that is not known.
    return bool(
        holds(statement.get("Condition", {}), keys)
        & _fits_action(statement, action)
        & _fits_resource(statement, resource, keys)
    )


def _fits_action(statement: dict[str, Any], action: str) -> bool:
    if ("Action" in statement) == ("NotAction" in statement):
        raise CannotJudge("a statement has either Action or NotAction")
    element = "Action" if "Action" in statement else "NotAction"
    named = any(matches(pattern, action, ignore_case=True) for pattern in listed(statement[element]))
    return named == (element == "Action")


def _fits_resource(statement: dict[str, Any], resource: str | None, keys: Mapping[str, Any]) -> bool:
    if resource is None:
        if "Resource" in statement or "NotResource" in statement:
            raise CannotJudge("a trust policy has no Resource")
        return True
    if ("Resource" in statement) == ("NotResource" in statement):
        raise CannotJudge("a statement has either Resource or NotResource")
    element = "Resource" if "Resource" in statement else "NotResource"
    patterns = [substitute(pattern, keys) for pattern in listed(statement[element])]
    named = any(resource_matches(pattern, resource) for pattern in patterns if pattern is not None)
    return named == (element == "Resource")
