# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role is denied, according to IAM's simulator, which tries the statements that it needs one Region at a time.

The simulator knows a role's policies, its permissions boundary and the policies of the organization. It does not know
the policies of keys and other resources; the check kms_key_policy covers those of keys.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from ..._distribution.arns import parse
from ..._distribution.arns import read
from ..._distribution.forms import ApiDistribution
from ..._distribution.iam.permissions import in_possible_regions
from ..._distribution.iam.permissions import policy
from ..._distribution.iam.permissions import PolicyError
from ..._distribution.iam.policy_document import as_list
from ..._distribution.iam.statements import KINDS
from .findings import Question
from .findings import Scope
from .keys import key_metadata
from .reader import PreflightReader
from .reader import Unchecked

# The simulator accepts no patterns for actions, so these are what they stand for.
_ACTIONS = {
    "kms:GenerateDataKey*": ("kms:GenerateDataKeyWithoutPlaintext",),
    "kms:ReEncrypt*": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
}

# Kind of resource -> prefix of its ids, to make an example where a statement allows any.
_PREFIXES = {"image": "ami-", "snapshot": "snap-", "launch-template": "lt-"}
_SAMPLE = "0123456789abcdef0"

# ARNs in one request.
_CHUNK = 50


def statements_for(
    reader: PreflightReader, question: Question, distributions: str, side: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """(statements that the role needs in the question's Region, aliases of the keys there).

    :param distributions: JSON text of entries in API form.
    :param side: C(source) or C(target).
    """
    entries: list[ApiDistribution] = []
    aliases: list[str] = []
    # A misspelt Region is reported by another check, and must not hide errors in the others.
    for entry in in_possible_regions(json.loads(distributions), reader.home_region):
        if question.region not in (None, reader.home_region, entry["region"]):
            continue
        ami = entry.get("amiDistributionConfiguration", {})
        key = ami.get("kmsKeyId", "")
        if entry["region"] == question.region and "alias/" in key:
            arn = _key_arn(reader, question, key)
            aliases.append(key[key.index("alias/") :])
            if arn:
                # The role's policy may name the key by ARN or by alias. With both in the request, either passes.
                entry = {**entry, "amiDistributionConfiguration": {**ami, "kmsKeyId": arn}}
        entries.append(entry)
    try:
        document = policy(
            entries,
            question.account_id,
            reader.home_region,
            partition=reader.partition,
            side=side,
            size_limit=sys.maxsize,
        )
    except PolicyError as reason:
        text = f"not checked, no policy can be derived from this: {reason}"
        raise Unchecked(text, "Name one thing exactly") from reason
    return document["Statement"], aliases


def denied(
    reader: PreflightReader,
    question: Question,
    role_arn: str,
    statements: list[dict[str, Any]],
    aliases: Sequence[str] = (),
) -> list[tuple[str, set[str]]]:
    """What the role is denied in the question's Region (None: what belongs to no Region).

    :param statements: what the role needs.
    :param aliases: the aliases of the KMS keys.
    :returns: (text, condition keys whose values are unknown) for each denied action.
    """
    denials: dict[str, dict[str, tuple[str, ...]]] = {}
    for statement in statements:
        arns = [
            _example(arn, question.account_id) for arn in statement["Resource"] if _is_here(arn, statement, question)
        ]
        if not arns:
            continue
        actions = [name for action in statement["Action"] for name in _ACTIONS.get(action, (action,))]
        context = _context(statement.get("Condition", {}), question.region or reader.home_region)
        if aliases and any(action.startswith("kms:") for action in actions):
            context["kms:ResourceAliases"] = ("stringList", list(aliases))
        for action, arn, missing in _simulate(reader, question, role_arn, actions, arns, context):
            denials.setdefault(action, {})[arn] = missing
    return [
        # If one resource is denied whatever the conditions, so is the action.
        (f"{action} on {', '.join(resources)}", set().union(*resources.values()) if all(resources.values()) else set())
        for action, resources in denials.items()
    ]


def _key_arn(reader: PreflightReader, question: Question, key: str) -> str | None:
    try:
        metadata = key_metadata(reader, question, key)
    except Unchecked:
        return None
    return str(metadata["Arn"]) if metadata else None


def _is_here(arn: str, statement: dict[str, Any], question: Question) -> bool:
    """Whether a resource belongs to the question's Region."""
    if arn == "*":
        for keys in statement.get("Condition", {}).values():
            if "ec2:Region" in keys:
                return question.region in keys["ec2:Region"]
    parts = parse(arn)
    return (parts and parts.region or None) == question.region


def _example(arn: str, account_id: str) -> str:
    """One resource instead of a pattern, because a pattern in a policy need not match an asterisk."""
    if arn == "*" or "*" not in arn:
        return arn
    parts = read(arn)
    owner = account_id if parts.account_id == "*" else parts.account_id
    resource = parts.resource.replace("*", _PREFIXES.get(parts.kind, "") + _SAMPLE)
    return str(parts._replace(account_id=owner, resource=resource))


def _context(condition: dict[str, Any], region: str) -> dict[str, tuple[str, list[str]]]:
    """The request that a condition describes: condition key -> (type, values), with the Region filled in."""
    context = {"aws:RequestedRegion": ("string", [region])}
    for operator, keys in condition.items():
        if operator == "Null":
            # These keys must be missing in the request.
            continue
        for key, values in keys.items():
            values = [region] if key == "ec2:Region" else as_list(values)
            if ":" in operator:
                context[key] = ("stringList", values)
            else:
                kind = "boolean" if operator.startswith("Bool") else "string"
                context[key] = (kind, [str(values[0]).replace("*", region)])
    return context


def _simulate(
    reader: PreflightReader,
    question: Question,
    role_arn: str,
    actions: list[str],
    arns: list[str],
    context: dict[str, tuple[str, list[str]]],
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(action, ARN, condition keys without a value) of each pair that is denied."""
    given = [(key, kind, values) for key, (kind, values) in sorted(context.items())]
    for start in range(0, len(arns), _CHUNK):
        chunk = arns[start : start + _CHUNK]
        for action, arn, decision, missing in simulated(reader, question.account_id, role_arn, actions, chunk, given):
            if decision != "allowed" and _takes(action, arn):
                yield action, arn, missing


def simulated(
    reader: PreflightReader,
    account_id: str,
    principal_arn: str,
    actions: list[str],
    arns: list[str],
    context: list[tuple[str, str, list[str]]],
) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """The decisions of IAM's simulator: (action, ARN, decision, condition keys without a value) of each pair.

    :param principal_arn: the ARN of a role or user in the account.
    :param context: (condition key, its type, its values) of the request.
    """
    return reader.pages(
        "iam",
        "simulate_principal_policy",
        Scope(None, account_id),
        _read,
        PolicySourceArn=principal_arn,
        ActionNames=actions,
        ResourceArns=arns,
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": values} for key, kind, values in context
        ],
    )


def _read(page: dict[str, Any]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """The results of one page: of each resource if there are several, else the one result of each action."""
    results = []
    for result in page["EvaluationResults"]:
        action = result["EvalActionName"]
        for one in result.get("ResourceSpecificResults") or [result]:
            decision = one.get("EvalResourceDecision") or one.get("EvalDecision")
            arn = one.get("EvalResourceName", "*")
            results.append((action, arn, decision, tuple(one.get("MissingContextValues", []))))
    return results


def _takes(action: str, arn: str) -> bool:
    """Whether an action applies to this kind of resource."""
    if arn == "*":
        return True
    parts = read(arn)
    kind = f"{parts.service}:{parts.kind}"
    return kind.startswith(tuple(KINDS.get(action, ("",))))
