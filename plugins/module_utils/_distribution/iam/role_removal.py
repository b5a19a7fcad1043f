# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What remains of an IAM role without a spec, and why the role is not removed."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import NamedTuple

from ..arns import partition_of
from ..ownership import Owner
from ..ownership import owner_of
from ..ownership import SPEC_TAG
from .permissions import CROSS_ACCOUNT_POLICY
from .permissions import EXECUTION_POLICIES
from .remembered_accounts import tag_keys
from .role_changes import RoleState
from .role_changes import same_policy
from .trust import service_trust
from .trust import statements
from .trust import without_statement


class Reason(NamedTuple):
    """Why a role was not removed. C(region): where it is used; None if the reason is the role itself."""

    region: str | None
    text: str
    remedy: str


_THEIRS = "Nothing, if others need it. Otherwise remove it by hand"


def without_spec(role: RoleState, owner: Owner) -> RoleState:
    """Returns the execution role without what this spec has there. Another spec that uses it becomes its owner."""
    gone = {owner.user_tag, *tag_keys(owner, role.tags)}
    tags = {key: value for key, value in role.tags.items() if key not in gone}
    heirs = sorted(key for key in tags if key.startswith(SPEC_TAG + "/"))
    if heirs and owner_of(tags) == owner:
        tags[SPEC_TAG] = tags.pop(heirs[0])
    return role._replace(tags=tags, inline=_without(role, owner.policy_name))


def reasons_to_keep_execution_role(
    remaining: RoleState, owner: Owner, profiles: Sequence[str], adopted: bool
) -> Iterator[Reason]:
    """Yields the reasons why an execution role is not removed.

    :param remaining: what without_spec() returned.
    :param owner: the spec.
    :param profiles: the names of the instance profiles that contain the role.
    :param adopted: whether the collection uses a role that somebody else created.
    """
    if adopted or owner_of(remaining.tags) is None:
        yield Reason(None, "it was not created by this collection", _THEIRS)
    for key in sorted(remaining.tags):
        if key.startswith(SPEC_TAG) and remaining.tags[key] != owner.value:
            yield Reason(None, f"the spec {remaining.tags[key]} uses it", "Run that spec with state: absent first")
    yield from _used_by_others(
        remaining, profiles, [f"arn:{_partition(remaining)}:iam::aws:policy/{name}" for name in EXECUTION_POLICIES]
    )
    if not same_policy(remaining.trust, service_trust(owner.account_id)):
        yield Reason(None, "its trust policy has statements of others", _THEIRS)


def without_part_of_spec(role: RoleState, owner: Owner) -> RoleState:
    """Returns the cross-account role without this spec's statement and policy."""
    trust = without_statement(role.trust, owner.sid)
    return role._replace(trust=trust, inline=_without(role, owner.target_policy_name))


def reasons_to_keep_cross_account_role(remaining: RoleState, owner: Owner, profiles: Sequence[str]) -> Iterator[Reason]:
    """Yields the reasons why a cross-account role is not removed.

    :param remaining: what without_part_of_spec() returned.
    :param owner: the spec.
    :param profiles: the names of the instance profiles that contain the role.
    """
    attached = f"arn:{_partition(remaining)}:iam::aws:policy/{CROSS_ACCOUNT_POLICY}"
    others = [one for one in statements(remaining.trust) if one.get("Sid") != owner.sid]
    reasons = []
    if owner_of(remaining.tags) is None:
        reasons.append(Reason(None, "it was not created by this collection", _THEIRS))
    if others:
        sids = ", ".join(one.get("Sid") or "a statement without Sid" for one in others)
        reasons.append(Reason(None, f"its trust policy has statements of others ({sids})", _THEIRS))
    reasons += _used_by_others(remaining, profiles, [attached])
    yield from reasons
    if reasons and not others:
        yield Reason(
            None,
            f"its trust policy still allows account {owner.account_id}, because IAM does not accept one without "
            "statements",
            "Replace the statement by hand, or delete the role",
        )
    if reasons and attached in remaining.managed:
        yield Reason(
            None,
            f"{attached} remains attached, because it is not known whether others need it",
            "Detach it by hand if nobody distributes images to this account any more",
        )


def _used_by_others(remaining: RoleState, profiles: Sequence[str], expected: Iterable[str]) -> Iterator[Reason]:
    if remaining.inline:
        yield Reason(None, f"it has inline policies of others ({', '.join(sorted(remaining.inline))})", _THEIRS)
    of_others = sorted(set(remaining.managed) - set(expected))
    if of_others:
        yield Reason(None, f"it has managed policies of others ({', '.join(of_others)})", _THEIRS)
    if profiles:
        yield Reason(None, f"it is in the instance profiles {', '.join(profiles)}", _THEIRS)


def _without(role: RoleState, policy_name: str) -> dict[str, object]:
    return {name: content for name, content in role.inline.items() if name != policy_name}


def _partition(role: RoleState) -> str:
    return partition_of(role.arn)
