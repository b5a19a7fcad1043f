# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trust policies: what this collection writes into them, and how one statement goes in and out of a shared one.

What such a policy says is read by policy_reading.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from .policy_document import size

# IAM's quota "Role trust policy length" as it is before anybody asks AWS for more: characters without white space.
# Source: IAM quotas, "IAM and STS character limits".
TRUST_POLICY_LIMIT = 2048

SERVICE = "imagebuilder.amazonaws.com"

Document = dict[str, Any]

_EMPTY: Document = {"Version": "2012-10-17", "Statement": []}


def service_trust(account_id: str) -> Document:
    """The trust policy of an execution role: Image Builder, on behalf of this account alone.

    Source: Image Builder user guide, "Service role"; the condition keeps other accounts' requests out.
    """
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
    }
    return {**_EMPTY, "Statement": [statement]}


def account_statement(account_id: str, partition: str = "aws", execution_role_arns: Iterable[str] = ()) -> Document:
    """A statement for the trust policy of a cross-account role, without Sid.

    Source: Image Builder user guide, "Set up cross-account AMI distribution": the principal is the source account.

    :param account_id: the source account, whose own policies then say who may assume the role.
    :param execution_role_arns: narrows it to these roles of the account. The condition still holds after one of them
        was deleted and created again, which a principal would not.
    """
    statement: Document = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"},
        "Action": "sts:AssumeRole",
    }
    arns = sorted(set(execution_role_arns))
    if arns:
        statement["Condition"] = {"ArnEquals": {"aws:PrincipalArn": arns[0] if len(arns) == 1 else arns}}
    return statement


def statements(document: Mapping[str, Any] | None) -> list[Any]:
    """The statements of a policy document; IAM takes a single one without a list around it as well."""
    listed = (document or {}).get("Statement") or []
    return list(listed) if isinstance(listed, list) else [listed]


def with_statement(
    document: Mapping[str, Any] | None, sid: str, statement: Mapping[str, Any] | None = None
) -> Document:
    """A policy document in which the statement with this Sid is C(statement), and everything else as it was.

    :param document: a policy document; None for a new one.
    :param sid: the Sid that belongs to the caller.
    :param statement: gets the Sid, and the place of the old one, or the last. None takes the old one away.
    :returns: a new document; its C(Statement) is empty where nothing is left, which IAM takes for no policy.
    """
    wanted = [{"Sid": sid, **statement}] if statement else []
    result: list[Any] = []
    for one in statements(document):
        if one.get("Sid") != sid:
            result.append(one)
        else:
            # A second one with the same Sid is the caller's as well.
            result.extend(wanted)
            wanted = []
    return {**_EMPTY, **(document or {}), "Statement": result + wanted}


def trust_size_error(document: Document, sid: str, limit: int = TRUST_POLICY_LIMIT) -> str | None:
    """Why IAM would not take a trust policy into which the statement with this Sid was put; None where it would."""
    whole = size(document)
    if whole <= limit:
        return None
    others = [one for one in statements(document) if one.get("Sid") != sid]
    [own] = [one for one in statements(document) if one.get("Sid") == sid]
    left = max(0, limit - size({**document, "Statement": others}))
    return (
        f"with the statement {sid} its trust policy would have {whole} characters, and IAM accepts {limit}: {left} are"
        f" left, the statement needs {size(own) + 1}, so there is room for {left // (size(own) + 1)} more statements of"
        f" this size. Nothing was written there. Have statements that nobody needs taken out of the trust policy"
        f" ({_sids_in_words(others)}), or ask AWS for a higher quota Role trust policy length and name it in"
        " trust_policy_limit"
    )


def _sids_in_words(others: Sequence[Mapping[str, Any]]) -> str:
    sids = [one.get("Sid") or "one without Sid" for one in others]
    more = f" and {len(sids) - 8} more" if len(sids) > 8 else ""
    return ", ".join(sids[:8]) + more
