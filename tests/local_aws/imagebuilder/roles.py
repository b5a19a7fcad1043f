"""Who acts in a distribution: the execution role, and in target accounts the role with the fixed name.

Both are judged by the policies that moto's IAM stores. moto itself looks at actions only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.iam.models import iam_backends
from moto.iam.models import Policy
from moto.iam.models import Role
from moto.utilities.utils import get_partition

from tests.local_aws.policy import evaluate
from tests.local_aws.policy import evaluate_resource_policy
from tests.local_aws.policy import EXPLICIT_DENY
from tests.local_aws.policy import Principal

from .trouble import StepRefused

SERVICE = "imagebuilder.amazonaws.com"
DESTINATION_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
# In each target account, for what happens to its AMIs later. Unlike the other one it trusts the service.
LIFECYCLE_ROLE = "Ec2ImageBuilderCrossAccountLifecycleAccess"
# How messages call the services.
_NAMES = {
    "iam": "IAM",
    "imagebuilder": "Image Builder",
    "kms": "KMS",
    "license-manager": "License Manager",
    "ssm": "SSM",
    "sts": "STS",
}


# The value of a condition key.
ConditionValue = str | list[str]


class RoleUnusable(Exception):
    """A role that does not exist, or that does not trust Image Builder."""


class Actor:
    """A role that carries out steps.

    account: its account. arn: its own. principal: as policies name it. documents: its policies. boundary: its
    permissions boundary.
    """

    def __init__(self, role: Role, session: str) -> None:
        self.account: str = role.account_id
        self.arn = f"arn:{role.partition}:iam::{role.account_id}:role{role.path}{role.name}"
        self.principal = Principal(
            arn=self.arn, session_arn=f"arn:{role.partition}:sts::{role.account_id}:assumed-role/{role.name}/{session}"
        )
        self.documents = _documents(role)
        self.boundary = _boundary(role)
        self._tags = _tags(role)

    def context(
        self, region: str, resource: str, keys: Mapping[str, ConditionValue] | None = None
    ) -> dict[str, ConditionValue]:
        """The condition keys of a request: those that every request has, and more that belong to this one."""
        parts = resource.split(":", 5)
        # Images and snapshots have no account in their ARN, but an owner whom only the caller of this function knows.
        owner = {"aws:ResourceAccount": parts[4]} if len(parts) == 6 and parts[4] else {}
        return {
            "aws:PrincipalArn": self.arn,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalType": "AssumedRole",
            "aws:RequestedRegion": region,
            "aws:SecureTransport": "true",
            **{f"aws:PrincipalTag/{key}": value for key, value in self._tags.items()},
            **owner,
            **(keys or {}),
        }

    def may(self, action: str, resource: str, context: Mapping[str, ConditionValue]) -> bool:
        """Whether the role's own policies allow the action."""
        return self._why_not(action, resource, context) is None

    def _why_not(self, action: str, resource: str, context: Mapping[str, ConditionValue]) -> str | None:
        # In AWS's words, None if it is allowed.
        judged = evaluate(self.documents, action, resource, context)
        if judged.decision == EXPLICIT_DENY:
            return "with an explicit deny in an identity-based policy"
        if not judged:
            return f"because no identity-based policy allows the {action} action"
        if self.boundary is not None and not evaluate(self.boundary, action, resource, context):
            return f"because no permissions boundary allows the {action} action"
        return None

    def demand(
        self,
        action: str,
        region: str,
        resource: str = "*",
        tags: dict[str, str] | None = None,
        request_tags: dict[str, str] | None = None,
        keys: Mapping[str, ConditionValue] | None = None,
    ) -> None:
        """Raise StepRefused, in AWS's words, unless the role may do this.

        tags: of the resource. request_tags: those that the request sets. keys: further condition keys.
        """
        service = action.split(":", 1)[0]
        all_keys = dict(keys or {})
        if service == "ec2":
            all_keys["ec2:Region"] = region
            all_keys.update({f"ec2:ResourceTag/{key}": value for key, value in (tags or {}).items()})
        all_keys.update({f"aws:ResourceTag/{key}": value for key, value in (tags or {}).items()})
        if request_tags:
            all_keys.update({f"aws:RequestTag/{key}": value for key, value in request_tags.items()})
            all_keys["aws:TagKeys"] = sorted(request_tags)
        why_not = self._why_not(action, resource, self.context(region, resource, all_keys))
        if why_not:
            raise StepRefused(self.refusal(action, resource, why_not))

    def refusal(self, action: str, resource: str, why_not: str) -> str:
        """What AWS says to a request that is not allowed. why_not: the end of the sentence."""
        text = f"User: {self.principal.session_arn} is not authorized to perform: {action}"
        if resource != "*":
            text += f" on resource: {resource}"
        text = f"{text} {why_not}".rstrip()
        service = action.split(":", 1)[0]
        if service == "ec2":
            return f"EC2 Client Error: 'You are not authorized to perform this operation. {text}'"
        names = {
            "imagebuilder": "Image Builder",
            "ssm": "SSM",
            "sts": "STS",
            "license-manager": "License Manager",
            "iam": "IAM",
            "kms": "KMS",
        }
        return f"{names[service]} Client Error: 'AccessDenied: {text}'"


class Anyone(Actor):
    """An actor that may do everything, for images that a test plants."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.arn = f"arn:aws:iam::{account}:root"
        self.principal = Principal(arn=self.arn)

    def may(self, action: str, resource: str, context: Mapping[str, ConditionValue]) -> bool:
        """Always true."""
        return True

    def demand(self, *_ignored: Any, **_keys: Any) -> None:
        """Demand nothing."""


def find_role(name_or_arn: str, account: str, region: str) -> Role:
    """moto's role. Raises RoleUnusable if there is none: of that name, with that path, in this account."""
    arn = name_or_arn
    if not arn.startswith("arn:"):
        arn = f"arn:{get_partition(region)}:iam::{account}:role/{name_or_arn.lstrip('/')}"
    _arn, partition, _iam, _region, its_account, resource = arn.split(":", 5)
    name = resource.rpartition("/")[2]
    for role in list(iam_backends[account][get_partition(region)].roles.values()):
        path_fits = resource in (f"role{role.path}{name}", f"role/{name}" if name_or_arn == name else None)
        if role.name == name and path_fits and (its_account, partition) == (account, role.partition):
            return role
    raise RoleUnusable(f"The role '{name_or_arn}' does not exist in the account {account}.")


def execution_role(name_or_arn: str, account: str, region: str, image_arn: str) -> Actor:
    """Image Builder as the execution role. Raises RoleUnusable if it is missing, reserved, or does not trust it."""
    role = find_role(name_or_arn, account, region)
    if role.path.startswith("/aws-reserved/"):
        raise RoleUnusable(f"The role '{name_or_arn}' is reserved for AWS and can not be passed.")
    return _trusting(role, name_or_arn, account, region, image_arn)


def lifecycle_role(target: str, account: str, region: str, image_arn: str) -> Actor:
    """Image Builder in a target account after the distribution. Raises RoleUnusable."""
    arn = f"arn:{get_partition(region)}:iam::{target}:role/{LIFECYCLE_ROLE}"
    return _trusting(find_role(arn, target, region), arn, account, region, image_arn)


def _trusting(role: Role, name_or_arn: str, account: str, region: str, image_arn: str) -> Actor:
    context = {"aws:SourceAccount": account, "aws:SourceArn": image_arn, "aws:RequestedRegion": region}
    trusted = evaluate_resource_policy(
        role.assume_role_policy_document, Principal(service=SERVICE), "sts:AssumeRole", None, context
    )
    if not trusted:
        raise RoleUnusable(f"The trust policy of the role '{name_or_arn}' does not let {SERVICE} assume it.")
    return Actor(role, "Ec2ImageBuilder")


def destination_role(actor: Actor, account: str, region: str) -> Actor:
    """The cross-account role, which the execution role assumes in a target account. Raises StepRefused."""
    partition = get_partition(region)
    arn = f"arn:{partition}:iam::{account}:role/{DESTINATION_ROLE}"
    if isinstance(actor, Anyone):
        return Anyone(account)
    # STS never says whether it was the caller's policy or the trust policy, or whether there is such a role at all.
    refused = StepRefused(actor.refusal("sts:AssumeRole", arn, ""))
    try:
        role = find_role(arn, account, region)
    except RoleUnusable:
        raise refused from None
    context = actor.context(region, arn)
    trusted = evaluate_resource_policy(
        role.assume_role_policy_document, actor.principal, "sts:AssumeRole", None, context
    )
    if not trusted or not actor.may("sts:AssumeRole", arn, context):
        raise refused
    return Actor(role, "Ec2ImageBuilder")


def _documents(role: Role) -> list[Any]:
    documents = [json.loads(document) for document in role.policies.values()]
    documents += [_default_version(policy) for policy in role.managed_policies.values()]
    if role.path.startswith("/aws-service-role/"):
        # IAM attaches the policy of a service-linked role by itself.
        documents += [_aws_managed()[role.name]["Document"]] if role.name in _aws_managed() else []
    return documents


def _default_version(policy: Policy) -> Any:
    return json.loads(next(version.document for version in policy.versions if version.is_default))


def _boundary(role: Role) -> Any:
    arn = role.permissions_boundary_arn
    if not arn:
        return None
    return _default_version(iam_backends[role.account_id][role.partition].managed_policies[arn])


def _tags(role: Role) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in role.tags}


@cache
def _aws_managed() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    return policies
