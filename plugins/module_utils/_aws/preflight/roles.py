# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of IAM roles: they exist, trust the right principals, and may do what the distributions need.

Each takes a PreflightReader and a Question and returns a CheckResult, or raises Unchecked.
"""

from __future__ import annotations

from typing import Any

from ..._distribution.arns import account_of
from ..._distribution.arns import name_of
from ..._distribution.arns import read
from ..._distribution.iam import policy_reading
from ..._distribution.targets import DESTINATION_ROLE
from .findings import broken
from .findings import CheckResult
from .findings import ok
from .findings import Question
from .findings import Scope
from .reader import PreflightReader
from .reader import Unchecked
from .simulated_permissions import denied
from .simulated_permissions import simulated
from .simulated_permissions import statements_for

_IMAGE_BUILDER = "imagebuilder.amazonaws.com"
_VM_EXPORT = "vmie.amazonaws.com"

# Paths of roles that only AWS can change -> the rule that such a role breaks.
_AWS_PATHS = {"/aws-service-role/": "role_service_linked", "/aws-reserved/": "role_reserved"}


# -- the role of exports -------------------------------------------------------------------------------------------


def s3_export_role(reader: PreflightReader, question: Question) -> CheckResult:
    """The role of an export exists and trusts VM Import/Export."""
    (name,) = question.subject
    role = _role(reader, question.account_id, name)
    if not role:
        return broken("export_role_missing", role=name, account_id=question.account_id, service=_VM_EXPORT)
    context: policy_reading.Context = {"aws:sourceaccount": question.account_id, "sts:externalid": "vmimport"}
    return _trust("export_role_trust", role, policy_reading.service(_VM_EXPORT), context, _VM_EXPORT)


def s3_export_passing(reader: PreflightReader, question: Question) -> CheckResult:
    """The task's credentials may pass the role of an export, which AWS requires to write the configuration."""
    (name,) = question.subject
    role = _existing(_role(reader, question.account_id, name), "s3_export_role")
    caller = _caller(reader, question)
    if not caller:
        return ok("the root user may pass every role")
    context = [("iam:PassedToService", "string", [_VM_EXPORT])]
    results = simulated(reader, question.account_id, caller, ["iam:PassRole"], [role["Arn"]], context)
    if all(result[2] == "allowed" for result in results):
        return ok(f"{caller} may pass the role {role['Arn']} to {_VM_EXPORT}")
    return broken("export_role_not_passed", caller=caller, role=role["Arn"], service=_VM_EXPORT)


def _caller(reader: PreflightReader, question: Question) -> str | None:
    """The ARN of the IAM role or user whose credentials the task uses, None for the root user."""
    arn = reader.ask("sts", "get_caller_identity", Scope(None, question.account_id))["Arn"]
    resource = read(arn).resource
    if resource == "root":
        return None
    if resource.startswith("assumed-role/"):
        # The ARN of a session lacks the path of its role.
        role = _existing(_role(reader, question.account_id, resource.split("/")[1]), "s3_export_role")
        return str(role["Arn"])
    if not resource.startswith("user/"):
        raise Unchecked(f"not checked, IAM's simulator does not know {arn}", "Check its permissions by hand")
    return str(arn)


# -- the execution role --------------------------------------------------------------------------------------------


def execution_role(reader: PreflightReader, question: Question) -> CheckResult:
    """The role exists in the account of the configuration and can be passed to Image Builder."""
    (given,) = question.subject
    about = {"role": given, "account_id": question.account_id}
    if given.startswith("arn:") and account_of(given) != question.account_id:
        return broken("role_of_another_account", **about)
    role = _execution_role(reader, question)
    if not role:
        return broken("role_missing", **about)
    if given.startswith("arn:") and given != role["Arn"]:
        return broken("role_arn", found=role["Arn"], **about)
    for path, rule in _AWS_PATHS.items():
        if role["Path"].startswith(path):
            return broken(rule, role=role["Arn"])
    return ok(f"the role {role['Arn']} exists")


def execution_role_trust(reader: PreflightReader, question: Question) -> CheckResult:
    """The role trusts Image Builder."""
    role = _existing(_execution_role(reader, question), "execution_role")
    context: policy_reading.Context = {"aws:sourceaccount": question.account_id}
    return _trust("role_trust", role, policy_reading.service(_IMAGE_BUILDER), context, _IMAGE_BUILDER)


def execution_role_managed_policies(reader: PreflightReader, question: Question) -> CheckResult:
    """The managed policies that no statements can replace are attached."""
    role = _existing(_execution_role(reader, question), "execution_role")
    return _attached("role_managed_policies", reader, question, role, question.subject[1:])


def execution_role_permissions(reader: PreflightReader, question: Question) -> CheckResult:
    """The role may do what the distributions need in this Region, according to IAM's simulator."""
    given, distributions = question.subject
    role = _existing(_execution_role(reader, question._replace(subject=(given,))), "execution_role")
    return _permissions("role_rights", reader, question, role, distributions, "source")


def _execution_role(reader: PreflightReader, question: Question) -> dict[str, Any] | None:
    return _role(reader, question.account_id, question.subject[0])


# -- the destination roles -----------------------------------------------------------------------------------------


def destination_role(reader: PreflightReader, question: Question) -> CheckResult:
    """The role that Image Builder assumes in a target account exists there."""
    role = _role(reader, question.account_id, DESTINATION_ROLE)
    if not role:
        return broken("destination_role_missing", role=DESTINATION_ROLE, account_id=question.account_id)
    return ok(f"the role {role['Arn']} exists")


def destination_role_trust(reader: PreflightReader, question: Question) -> CheckResult:
    """The role in a target account trusts the account of the configuration, or the execution role."""
    (given,) = question.subject
    role = _existing(_role(reader, question.account_id, DESTINATION_ROLE), "destination_role")
    source = reader.account_id
    context: policy_reading.Context = {"aws:principalaccount": source}
    arns = []
    execution = _role(reader, source, given)
    if execution:
        arns = [execution["Arn"]]
        context["aws:principalarn"] = execution["Arn"]
    wanted = f"account {source}" + (f" or {arns[0]}" if arns else "")
    return _trust("destination_role_trust", role, policy_reading.account(source, *arns), context, wanted)


def destination_role_managed_policies(reader: PreflightReader, question: Question) -> CheckResult:
    """The managed policy for destination roles is attached."""
    role = _existing(_role(reader, question.account_id, DESTINATION_ROLE), "destination_role")
    return _attached("destination_role_managed_policies", reader, question, role, question.subject)


def destination_role_permissions(reader: PreflightReader, question: Question) -> CheckResult:
    """The role may do what the distributions need in this Region and account beyond the managed policy."""
    (distributions,) = question.subject
    role = _existing(_role(reader, question.account_id, DESTINATION_ROLE), "destination_role")
    return _permissions("destination_role_rights", reader, question, role, distributions, "target")


# -- shared -------------------------------------------------------------------------------------------------------


def _role(reader: PreflightReader, account_id: str, name: str) -> dict[str, Any] | None:
    """A role by name or ARN, None if it does not exist. IAM wants the name without its path."""
    scope = Scope(None, account_id)
    answer = reader.ask("iam", "get_role", scope, absent=("NoSuchEntity",), RoleName=name_of(name))
    result: dict[str, Any] | None = answer and answer["Role"]
    return result


def _existing(role: dict[str, Any] | None, check: str) -> dict[str, Any]:
    if not role:
        raise Unchecked("not checked, the role does not exist", f"See the check {check}")
    return role


def _trust(
    rule: str,
    role: dict[str, Any],
    is_principal: policy_reading.IsPrincipal,
    context: policy_reading.Context,
    whom: str,
) -> CheckResult:
    """The result of a check whether a role trusts a principal; if not, C(rule) is broken."""
    grant = policy_reading.grant(role["AssumeRolePolicyDocument"], "sts:AssumeRole", is_principal, context)
    if grant.certain:
        return ok(f"{role['Arn']} trusts {whom}")
    if grant.allowed:
        return broken(f"{rule}_conditions", role=role["Arn"], whom=whom, conditions=", ".join(grant.unjudged))
    return broken(rule, role=role["Arn"], whom=whom)


def _attached(
    rule: str, reader: PreflightReader, question: Question, role: dict[str, Any], wanted: tuple[str, ...]
) -> CheckResult:
    """The result of a check whether managed policies are attached to a role; if not, C(rule) is broken."""
    attached = reader.pages(
        "iam",
        "list_attached_role_policies",
        Scope(None, question.account_id),
        lambda page: [policy["PolicyArn"] for policy in page["AttachedPolicies"]],
        RoleName=role["RoleName"],
    )
    missing = [arn for arn in wanted if arn not in attached]
    if missing:
        return broken(rule, role=role["Arn"], policies=", ".join(missing))
    return ok(f"{role['Arn']} has the managed policies {', '.join(wanted)}")


def _permissions(
    rule: str, reader: PreflightReader, question: Question, role: dict[str, Any], distributions: str, side: str
) -> CheckResult:
    """The result of a check whether a role may do what the distributions need; if not, C(rule) is broken."""
    statements, aliases = statements_for(reader, question, distributions, side)
    denials = denied(reader, question, role["Arn"], statements, aliases)
    where = question.region or "global services"
    about = {"role": role["Arn"], "region": where, "side": side}
    certain = [text for text, missing in denials if not missing]
    if certain:
        return broken(rule, denied="; ".join(certain), **about)
    if denials:
        keys = sorted({key for dummy, missing in denials for key in missing})
        said = "; ".join(text for text, dummy in denials)
        return broken(f"{rule}_conditions", conditions=", ".join(keys), denied=said, **about)
    return ok(f"{role['Arn']} may do what the distributions need in {where}")
