"""What the caller of Image Builder needs beyond the action itself, where moto enforces IAM."""

from __future__ import annotations

from typing import Any

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.access_control import create_access_key
from moto.iam.models import Policy
from moto.utilities.utils import get_partition

from tests.local_aws.policy import evaluate

from .exceptions import AccessDeniedException
from .roles import find_role
from .roles import RoleUnusable


def check_passing(request: Any, role: str) -> None:
    """Raise AccessDeniedException unless whoever signed the request may pass the role to Image Builder.

    request: moto's response object. Nothing is checked as long as moto lets everybody do everything.
    """
    if ActionAuthenticatorMixin.request_count < settings.INITIAL_NO_AUTH_ACTION_COUNT:
        return
    account, region = request.current_account, request.region
    try:
        found = find_role(role, account, region)
    except RoleUnusable:
        return
    arn = f"arn:{get_partition(region)}:iam::{account}:role{found.path}{found.name}"
    key = create_access_key(account, get_partition(region), request.access_key, request.headers)
    documents = [_document(policy) for policy in key.collect_policies()]
    context = {"iam:PassedToService": "imagebuilder.amazonaws.com", "aws:PrincipalAccount": account}
    if not evaluate(documents, "iam:PassRole", arn, context):
        raise AccessDeniedException(
            f"User: {key.arn} is not authorized to perform: iam:PassRole on resource: {arn} because no identity-based "
            "policy allows the iam:PassRole action"
        )


def _document(policy: Any) -> Any:
    # The three forms in which moto hands policies out.
    if isinstance(policy, Policy):
        return next(version.document for version in policy.versions if version.is_default)
    return policy if isinstance(policy, str) else policy["policy_document"]
