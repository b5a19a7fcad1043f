# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of roles: they exist, trust whom they must, and may do what the distributions need.

Each takes an Asking and a Question and gives a Verdict, or raises Unchecked.
"""

from __future__ import annotations

from typing import Any

from ..._distribution.arns import account_of
from ..._distribution.arns import name_of
from ..._distribution.arns import read
from ..._distribution.iam import policy_reading
from ..._distribution.iam.permissions import DESTINATION_ROLE
from .findings import Asking
from .findings import broken
from .findings import error
from .findings import ok
from .findings import Place
from .findings import Question
from .findings import Unchecked
from .findings import Verdict
from .findings import warning
from .rights import denied
from .rights import simulated
from .rights import statements_for

_IMAGE_BUILDER = "imagebuilder.amazonaws.com"
_VM_EXPORT = "vmie.amazonaws.com"

# Paths under which AWS keeps roles that nobody else may change -> the rule that such a role breaks.
_NOT_YOURS = {"/aws-service-role/": "role_service_linked", "/aws-reserved/": "role_reserved"}


# -- the role of exports -------------------------------------------------------------------------------------------


def s3_export_role(asking: Asking, question: Question) -> Verdict:
    """The VM Import/Export role exists and trusts that service."""
    (name,) = question.subject
    role = _role(asking, question.account_id, name)
    if not role:
        return broken("export_role_missing", role=name, account_id=question.account_id, service=_VM_EXPORT)
    context = {"aws:sourceaccount": question.account_id, "sts:externalid": "vmimport"}
    return _trust(role, policy_reading.service(_VM_EXPORT), context, _VM_EXPORT)


def s3_export_passing(asking: Asking, question: Question) -> Verdict:
    """The credentials of the task may pass that role, as AWS asks of whoever writes the configuration."""
    (name,) = question.subject
    role = _existing(_role(asking, question.account_id, name), "s3_export_role")
    caller = _caller(asking, question)
    if not caller:
        return ok("the root user may pass every role")
    context = [("iam:PassedToService", "string", [_VM_EXPORT])]
    results = simulated(asking, question.account_id, caller, ["iam:PassRole"], [role["Arn"]], context)
    if all(decision == "allowed" for dummy, dummy, decision, dummy in results):
        return ok(f"{caller} may pass the role {role['Arn']} to {_VM_EXPORT}")
    return broken("export_role_not_passed", caller=caller, role=role["Arn"], service=_VM_EXPORT)


def _caller(asking: Asking, question: Question) -> str | None:
    """The ARN of the IAM role or user whose credentials the task has; None for the root user."""
    arn = asking.ask("sts", "get_caller_identity", Place(None, question.account_id))["Arn"]
    resource = read(arn).resource
    if resource == "root":
        return None
    if resource.startswith("assumed-role/"):
        # The ARN of a session leaves the path of its role out.
        result: str | None = _existing(_role(asking, question.account_id, resource.split("/")[1]), "s3_export_role")[
            "Arn"
        ]
        return result
    if not resource.startswith("user/"):
        raise Unchecked(f"not checked, IAM's simulator does not know {arn}", "Check its permissions by hand")
    result: str | None = arn
    return result


# -- the execution role --------------------------------------------------------------------------------------------


def execution_role(asking: Asking, question: Question) -> Verdict:
    """The role exists in the account of the configuration, and is one that may be passed to Image Builder."""
    (given,) = question.subject
    remedy = "Set execution_role to another IAM role; the role distribution_rollout of this collection creates one"
    if given.startswith("arn:") and account_of(given) != question.account_id:
        return error(f"{given} is in another account than the configuration, {question.account_id}", remedy)
    role = _execution_role(asking, question)
    if not role:
        return error(f"the role {given} does not exist in account {question.account_id}", remedy)
    if given.startswith("arn:") and given != role["Arn"]:
        return error(f"the ARN of the role is {role['Arn']}, not {given}", f"Write {role['Arn']}")
    for path, rule in _NOT_YOURS.items():
        if role["Path"].startswith(path):
            return broken(rule, role=role["Arn"])
    return ok(f"the role {role['Arn']} exists")


def execution_role_trust(asking: Asking, question: Question) -> Verdict:
    """The role trusts Image Builder."""
    role = _existing(_execution_role(asking, question), "execution_role")
    context = {"aws:sourceaccount": question.account_id}
    return _trust(role, policy_reading.service(_IMAGE_BUILDER), context, _IMAGE_BUILDER)


def execution_role_managed_policies(asking: Asking, question: Question) -> Verdict:
    """The managed policies that cannot be replaced by statements of one's own are attached."""
    role = _existing(_execution_role(asking, question), "execution_role")
    return _attached(asking, question, role, question.subject[1:])


def execution_role_permissions(asking: Asking, question: Question) -> Verdict:
    """The role may do in this Region what the distributions need, as IAM's simulator says."""
    given, distributions = question.subject
    role = _existing(_execution_role(asking, question._replace(subject=(given,))), "execution_role")
    return _rights(asking, question, role, distributions, "source")


def _execution_role(asking: Asking, question: Question) -> dict[str, Any] | None:
    return _role(asking, question.account_id, question.subject[0])


# -- the destination roles -----------------------------------------------------------------------------------------


def destination_role(asking: Asking, question: Question) -> Verdict:
    """The role that Image Builder assumes in a target account exists there."""
    role = _role(asking, question.account_id, DESTINATION_ROLE)
    if not role:
        return error(
            f"the role {DESTINATION_ROLE} does not exist in account {question.account_id}",
            "Create it there; the role distribution_rollout of this collection does, in its step destination_accounts",
        )
    return ok(f"the role {role['Arn']} exists")


def destination_role_trust(asking: Asking, question: Question) -> Verdict:
    """The role in a target account trusts the account of the configuration, or the execution role itself."""
    (given,) = question.subject
    role = _existing(_role(asking, question.account_id, DESTINATION_ROLE), "destination_role")
    source = asking.account_id
    context = {"aws:principalaccount": source}
    arns = []
    execution = _role(asking, source, given)
    if execution:
        arns = [execution["Arn"]]
        context["aws:principalarn"] = execution["Arn"]
    wanted = f"account {source}" + (f" or {arns[0]}" if arns else "")
    return _trust(role, policy_reading.account(source, *arns), context, wanted)


def destination_role_managed_policies(asking: Asking, question: Question) -> Verdict:
    """The managed policy for destination roles is attached."""
    role = _existing(_role(asking, question.account_id, DESTINATION_ROLE), "destination_role")
    return _attached(asking, question, role, question.subject)


def destination_role_permissions(asking: Asking, question: Question) -> Verdict:
    """The role may do in this Region and account what the distributions need beyond the managed policy."""
    (distributions,) = question.subject
    role = _existing(_role(asking, question.account_id, DESTINATION_ROLE), "destination_role")
    return _rights(asking, question, role, distributions, "target")


# -- what they share -----------------------------------------------------------------------------------------------


def _role(asking: Asking, account_id: str, name: str) -> dict[str, Any] | None:
    """A role by name or ARN; None where there is none. IAM is asked for the name without its path."""
    place = Place(None, account_id)
    answer = asking.ask("iam", "get_role", place, absent=("NoSuchEntity",), RoleName=name_of(name))
    result: dict[str, Any] | None = answer and answer["Role"]
    return result


def _existing(role: dict[str, Any] | None, check: str) -> dict[str, Any]:
    if not role:
        raise Unchecked("not checked, the role does not exist", f"See the check {check}")
    return role


def _trust(
    role: dict[str, Any], is_principal: policy_reading.IsPrincipal, context: policy_reading.Context, whom: str
) -> Verdict:
    grant = policy_reading.grant(role["AssumeRolePolicyDocument"], "sts:AssumeRole", is_principal, context)
    remedy = f"Let the trust policy of {role['Arn']} allow {whom} sts:AssumeRole"
    if grant.certain:
        return ok(f"{role['Arn']} trusts {whom}")
    if grant.allowed:
        return warning(
            f"{role['Arn']} trusts {whom} on conditions that are not evaluated here: {', '.join(grant.unjudged)}",
            f"Check whether they are met. {remedy}",
        )
    return error(f"{role['Arn']} does not trust {whom}", remedy)


def _attached(asking: Asking, question: Question, role: dict[str, Any], wanted: tuple[str, ...]) -> Verdict:
    attached = asking.pages(
        "iam",
        "list_attached_role_policies",
        Place(None, question.account_id),
        lambda page: [policy["PolicyArn"] for policy in page["AttachedPolicies"]],
        RoleName=role["RoleName"],
    )
    missing = [arn for arn in wanted if arn not in attached]
    if missing:
        return warning(
            f"{role['Arn']} has not attached {', '.join(missing)}, so it needs the same permissions from other "
            "policies",
            f"Attach {', '.join(missing)} to {role['Arn']}",
        )
    return ok(f"{role['Arn']} has attached {', '.join(wanted)}")


def _rights(asking: Asking, question: Question, role: dict[str, Any], distributions: str, side: str) -> Verdict:
    statements, aliases = statements_for(asking, question, distributions, side)
    found = denied(asking, question, role["Arn"], statements, aliases)
    place = question.region or "no Region of its own"
    remedy = f"Give {role['Arn']} the policy that the filter goldimage.aws.execution_policy derives (side: {side})"
    surely = [text for text, missing in found if not missing]
    if surely:
        return error(f"{role['Arn']} is denied in {place}: {'; '.join(surely)}", remedy)
    if found:
        keys = sorted({key for dummy, missing in found for key in missing})
        return warning(
            f"{role['Arn']} may do the following in {place} on conditions that are not evaluated here "
            f"({', '.join(keys)}):"
            f" {'; '.join(text for text, dummy in found)}",
            f"Check whether they are met. {remedy}",
        )
    return ok(f"{role['Arn']} may do what the distributions need in {place}")
