"""IAM's simulator, SimulatePrincipalPolicy, with the evaluator of ``tests/local_aws/policy``.

It judges the policies of a role or user and a permissions boundary, by action, resource and context of the request; it
does not know policies of resources. A condition key that the policies ask for and the request does not give is named.
Source: IAM API, SimulatePrincipalPolicy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.local_aws.policy import CannotJudge
from tests.local_aws.policy import evaluate
from tests.local_aws.policy import EXPLICIT_DENY

# How moto names callers whose keys IAM did not issue. They may do everything.
_MADE_UP = "arn:aws:sts::{}:user/moto"
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

_SAID = {True: "allowed", False: "implicitDeny"}


def complete() -> None:
    """Add the operation to moto's IAM."""
    from moto.core.responses import ActionResult
    from moto.iam.exceptions import NotFoundException
    from moto.iam.exceptions import ValidationError
    from moto.iam.responses import IamResponse

    def simulate_principal_policy(self: Any) -> ActionResult:
        arn = self._get_param("PolicySourceArn")
        documents, boundary = _policies(self.backend, arn)
        if documents is None:
            raise NotFoundException(f"The policy source {arn} cannot be found.")
        given = {
            entry["ContextKeyName"]: _values(entry["ContextKeyType"], entry["ContextKeyValues"])
            for entry in self._get_param("ContextEntries", [])
        }
        context = {"aws:PrincipalArn": arn, "aws:PrincipalAccount": self.current_account, **given}
        resources = self._get_param("ResourceArns", []) or ["*"]
        missing = sorted(_keys([*documents, *([boundary] if boundary else [])]) - {name.lower() for name in context})
        try:
            results = [
                _result(action, {arn: _decide(documents, boundary, action, arn, context) for arn in resources}, missing)
                for action in self._get_param("ActionNames")
            ]
        except CannotJudge as error:
            raise ValidationError(f"The simulator cannot judge this: {error}") from None
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    responses: Any = IamResponse
    responses.simulate_principal_policy = simulate_principal_policy


def _policies(backend: Any, arn: str) -> tuple[list[Any] | None, Any]:
    """(policy documents, permissions boundary or None); (None, None) for somebody who does not exist."""
    if arn == _MADE_UP.format(backend.account_id):
        return [_EVERYTHING], None
    # By moto's name of the package, since its state would exist twice otherwise.
    from moto.imagebuilder.roles import Actor

    for role in list(backend.roles.values()):
        if role.arn == arn:
            actor = Actor(role, "simulation")
            return actor.documents, actor.boundary
    for user in list(backend.users.values()):
        if user.arn == arn:
            documents = [json.loads(document) for document in user.policies.values()]
            attached = [version for policy in user.managed_policies.values() for version in policy.versions]
            return [*documents, *(json.loads(one.document) for one in attached if one.is_default)], None
    return None, None


def _values(kind: str, values: list[str]) -> str | list[str]:
    return list(values) if kind.endswith("List") else values[0]


def _decide(documents: list[Any], boundary: Any, action: str, arn: str, context: dict[str, Any]) -> str:
    judged = evaluate(documents, action, arn, context)
    if judged.decision == EXPLICIT_DENY:
        return "explicitDeny"
    bounded = boundary is None or bool(evaluate(boundary, action, arn, context))
    return _SAID[bool(judged) and bounded]


def _result(action: str, decisions: dict[str, str], missing: list[str]) -> dict[str, Any]:
    each = [
        {"EvalResourceName": arn, "EvalResourceDecision": decision, "MissingContextValues": missing}
        for arn, decision in decisions.items()
    ]
    worst = next((one for one in ("explicitDeny", "implicitDeny") if one in decisions.values()), "allowed")
    shown = {"EvalActionName": action, "EvalResourceName": next(iter(decisions)), "EvalDecision": worst}
    return {**shown, "MatchedStatements": [], "MissingContextValues": missing, "ResourceSpecificResults": each}


def _keys(documents: list[Any]) -> set[str]:
    """The condition keys of policies, in lower case."""
    return {key.lower() for document in documents for key in _asked(document)}


def _asked(document: Any) -> Iterator[str]:
    content = json.loads(document) if isinstance(document, str) else document
    statements = content["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for keys in statement.get("Condition", {}).values():
            yield from keys
