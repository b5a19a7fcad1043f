"""The element ``Principal`` of trust policies and key policies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .conditions import listed
from .errors import CannotJudge

_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class Principal:
    """Who asks: a role (``arn`` and ``session_arn`` of its session, if any), or an AWS service (``service``)."""

    arn: str | None = None
    session_arn: str | None = None
    service: str | None = None

    @property
    def account(self) -> str | None:
        """The account of a role; None for a service."""
        return self.arn.split(":")[4] if self.arn else None


# How a statement names a principal: directly, or by its account, which then decides with its own policies.
DIRECTLY = "directly"
BY_ACCOUNT = "by account"


def meant(element: Any, principal: Principal) -> str | None:
    """How a ``Principal`` names this one: DIRECTLY, BY_ACCOUNT or None. Raises CannotJudge."""
    if element == "*":
        return DIRECTLY
    if not isinstance(element, dict):
        raise CannotJudge(f"a Principal is * or a map, not {element!r}")
    ways = []
    for kind, names in element.items():
        if kind == "AWS":
            ways += [_meant_as_account_or_role(name, principal) for name in listed(names)]
        elif kind == "Service":
            ways += [DIRECTLY for name in listed(names) if name == principal.service]
        elif kind not in ("Federated", "CanonicalUser"):
            raise CannotJudge(f"a Principal of the kind {kind!r}")
    return DIRECTLY if DIRECTLY in ways else next((one for one in ways if one), None)


def _meant_as_account_or_role(name: str, principal: Principal) -> str | None:
    if principal.arn is None:
        return None
    if name == "*" or name in (principal.arn, principal.session_arn):
        return DIRECTLY
    if "*" in name or "?" in name:
        raise CannotJudge(f"IAM takes no wildcards in the principal {name!r}")
    if _ACCOUNT.fullmatch(name):
        return BY_ACCOUNT if name == principal.account else None
    partition = principal.arn.split(":")[1]
    return BY_ACCOUNT if name == f"arn:{partition}:iam::{principal.account}:root" else None
