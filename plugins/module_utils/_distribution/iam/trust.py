# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trust policies: the statements that this collection writes, and how it adds them to shared policies and removes them.

policy_reading.py evaluates such policies.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from .policy_document import as_list
from .policy_document import size

# The default of IAM's quota "Role trust policy length", in characters without white space.
# Source: IAM quotas, "IAM and STS character limits".
TRUST_POLICY_LIMIT = 2048

SERVICE = "imagebuilder.amazonaws.com"

Document = dict[str, Any]

_EMPTY: Document = {"Version": "2012-10-17", "Statement": []}


def service_trust(account_id: str) -> Document:
    """Returns the trust policy of an execution role, which only Image Builder may assume, and only for this account.

    Source: Image Builder user guide, "Service role". The condition excludes requests of other accounts.
    """
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
    }
    return {**_EMPTY, "Statement": [statement]}


def account_statement(account_id: str, partition: str = "aws", execution_role_arns: Iterable[str] = ()) -> Document:
    """Returns a statement for the trust policy of a cross-account role, without a Sid.

    Source: Image Builder user guide, "Set up cross-account AMI distribution": the principal is the source account.

    :param account_id: the source account, whose own policies then say who may assume the role.
    :param execution_role_arns: only these roles of the account may assume the role. It is a condition and not a
        principal, so that it still works after a role was deleted and created again.
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
    """Returns the statements of a policy document."""
    return list(as_list((document or {}).get("Statement") or []))


def with_statement(
    document: Mapping[str, Any] | None, sid: str, statement: Mapping[str, Any] | None = None
) -> Document:
    """Returns a policy document in which C(statement) replaces the statement with this Sid. All else is unchanged.

    :param document: a policy document; None for a new one.
    :param sid: the caller's Sid.
    :param statement: gets the Sid, and becomes the last statement if there is no old one. None removes the old one.
    :returns: a new document. Its C(Statement) may be empty, which IAM does not accept.
    """
    wanted = [{"Sid": sid, **statement}] if statement else []
    result: list[Any] = []
    for one in statements(document):
        if one.get("Sid") != sid:
            result.append(one)
        else:
            # A second statement with the same Sid also belongs to the caller.
            result.extend(wanted)
            wanted = []
    return {**_EMPTY, **(document or {}), "Statement": result + wanted}


def without_statement(document: Mapping[str, Any], sid: str) -> Document:
    """Returns a policy document without the statements with this Sid.

    If there are no others, they remain, because IAM does not accept a trust policy without statements.
    """
    rest = with_statement(document, sid)
    return rest if statements(rest) else dict(document)


def trust_size_error(document: Document, sid: str, limit: int = TRUST_POLICY_LIMIT) -> str | None:
    """Returns why a trust policy with the statement of this Sid is too large for IAM, or None if it is not."""
    whole = size(document)
    if whole <= limit:
        return None
    others = [one for one in statements(document) if one.get("Sid") != sid]
    [own] = [one for one in statements(document) if one.get("Sid") == sid]
    left = max(0, limit - size({**document, "Statement": others}))
    return (
        f"with the statement {sid} its trust policy would have {whole} characters, and IAM accepts {limit}: {left} are"
        f" left, the statement needs {size(own) + 1}, so there is room for {left // (size(own) + 1)} more statements of"
        f" this size. Nothing was written there. Have statements that nobody needs removed from the trust policy"
        f" ({_sids_in_words(others)}), or ask AWS for a higher quota Role trust policy length and name it in"
        " trust_policy_limit"
    )


def _sids_in_words(others: Sequence[Mapping[str, Any]]) -> str:
    sids = [one.get("Sid") or "one without Sid" for one in others]
    more = f" and {len(sids) - 8} more" if len(sids) > 8 else ""
    return ", ".join(sids[:8]) + more
