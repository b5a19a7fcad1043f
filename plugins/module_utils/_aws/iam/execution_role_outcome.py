# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was done about an execution role, and how the module returns it."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from ..._distribution.iam.role_changes import RoleState


class ExecutionRoleOutcome(NamedTuple):
    """What was done about the role, or in check mode would be.

    C(role): the role afterwards, None if it does not exist; C(before): the role before; C(policy_name); C(adopted);
    C(missing): managed policies that an adopted role lacks; C(left): accounts that have left the spec; C(others): who
    besides Image Builder can assume a role that this collection created; C(leftovers): what C(absent) did not remove.
    """

    changed: bool
    before: RoleState | None
    role: RoleState | None
    policy_name: str
    adopted: bool = False
    missing: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    leftovers: tuple[dict[str, Any], ...] = ()


def result(outcome: ExecutionRoleOutcome, account_id: str, diff: bool = False) -> dict[str, Any]:
    """What the module returns."""
    role = outcome.role
    policy = role and role.inline.get(outcome.policy_name)
    shown: dict[str, Any] = {
        "changed": outcome.changed,
        "execution_role": role
        and {
            "name": role.name,
            "arn": role.arn,
            "created": outcome.before is None,
            "adopted": outcome.adopted,
            "policy_name": outcome.policy_name if policy else None,
            "policy": policy or None,
            "managed_policies": sorted(role.managed),
            "trust_policy": role.trust,
        },
        "removed_role_arn": outcome.before.arn if outcome.before and not role else None,
        "findings": _findings(outcome, account_id),
        "accounts_left": list(outcome.left),
        "leftovers": list(outcome.leftovers),
    }
    if diff:
        before, after = outcome.before, outcome.role
        shown["diff"] = {
            "before": before.shown(outcome.policy_name) if before else {},
            "after": after.shown(outcome.policy_name) if after else {},
        }
    return shown


def _findings(outcome: ExecutionRoleOutcome, account_id: str) -> list[dict[str, Any]]:
    role = outcome.role
    if not role:
        return []
    about: dict[str, Any] = {"region": None, "account_id": account_id, "status": "warning"}
    findings = []
    if outcome.missing:
        findings.append(
            {
                **about,
                "check": "execution_role_managed_policies",
                "message": f"{role.arn} was adopted and lacks {', '.join(outcome.missing)}",
                "remedy": "Attach them, or give the role the same permissions in another way",
            }
        )
    if outcome.others:
        findings.append(
            {
                **about,
                "check": "execution_role_trust",
                "message": f"The trust policy of {role.arn} also admits {', '.join(outcome.others)}, who can use the"
                " permissions that this spec gives the role",
                "remedy": "If you do not know why, remove them from the trust policy and find out who created the role",
            }
        )
    return findings
