"""STS where moto's is laxer than AWS's: a role that does not exist cannot be assumed."""

from __future__ import annotations

import importlib
from functools import wraps
from typing import Any

from moto.core.exceptions import AccessDeniedError
from moto.iam.models import iam_backends
from moto.sts.responses import TokenResponse


def refuse_missing_roles() -> None:
    """Have AssumeRole answer as STS does for a role that does not exist; harmless when repeated.

    STS does not tell whether a role exists: the answer is that of a role that does not trust the caller.
    """
    responses: Any = TokenResponse
    lax = responses.assume_role
    if hasattr(lax, "__wrapped__"):
        return

    @wraps(lax)
    def assume_role(self: Any) -> Any:
        arn = self._get_param("RoleArn") or ""
        if arn.startswith("arn:") and not _exists(arn):
            _id, caller, _account = self.backend.get_caller_identity(self.get_access_key(), self.region)
            raise AccessDeniedError(caller, f"sts:AssumeRole on resource: {arn}")
        return lax(self)

    responses.assume_role = assume_role


def _exists(arn: str) -> bool:
    switches = importlib.import_module("moto.imagebuilder.switches").switches
    _arn, partition, _service, _region, account, resource = arn.split(":", 5)
    if resource.removeprefix("role/") in switches.assumable_roles:
        return True
    roles = iam_backends[account][partition].roles if account else {}
    return any(role.arn == arn for role in roles.values())
