# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of the organization and the organizational units that may launch an AMI.

Each takes a PreflightReader and a Question and returns a CheckResult, or raises Unchecked.
"""

from __future__ import annotations

from ..._distribution.arns import account_of
from ..._distribution.arns import name_of
from .findings import broken
from .findings import CheckResult
from .findings import ok
from .findings import Question
from .findings import Scope
from .reader import PreflightReader


def organization(reader: PreflightReader, question: Question) -> CheckResult:
    """The account belongs to the organization."""
    (arn,) = question.subject
    scope = _organization_scope(reader, question, arn)
    answer = reader.ask("organizations", "describe_organization", scope, absent=("AWSOrganizationsNotInUseException",))
    found = answer and answer["Organization"]["Arn"]
    if found == arn:
        return ok(f"{arn} is the organization of account {scope.account_id}")
    return broken(
        "organization_of_others", account_id=scope.account_id, organization=found or "no organization", arn=arn
    )


def organizational_unit(reader: PreflightReader, question: Question) -> CheckResult:
    """The OU exists. AWS tells only the management account and delegated administrators."""
    (arn,) = question.subject
    identifier = name_of(arn)
    scope = _organization_scope(reader, question, arn)
    answer = reader.ask(
        "organizations",
        "describe_organizational_unit",
        scope,
        absent=("OrganizationalUnitNotFoundException",),
        OrganizationalUnitId=identifier,
    )
    found = answer and answer["OrganizationalUnit"]["Arn"]
    if found == arn:
        return ok(f"the OU {arn} exists")
    if found:
        return broken("organizational_unit_arn", identifier=identifier, found=found, arn=arn)
    return broken("organizational_unit_missing", arn=arn)


def _organization_scope(reader: PreflightReader, question: Question, arn: str) -> Scope:
    """The management account if the options name a role for it, because member accounts cannot see OUs."""
    management_account = account_of(arn)
    can_ask = reader.accounts.has_named_role(management_account)
    return Scope(None, management_account if can_ask else question.account_id)
