# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An IAM role before and after -> the requests to IAM that make the change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies

Document = dict[str, Any]


class RoleState(NamedTuple):
    """An IAM role. C(inline): policy name -> document, None if it was not read; C(managed): ARNs."""

    name: str
    arn: str
    path: str
    trust: Document
    description: str | None = None
    tags: dict[str, str] = {}
    boundary: str | None = None
    inline: dict[str, Any] = {}
    managed: tuple[str, ...] = ()

    def shown(self, policy_name: str) -> dict[str, Any]:
        """Returns what a diff shows of the role, with the inline policy of this name."""
        return {
            "arn": self.arn,
            "trust_policy": self.trust,
            "managed_policies": sorted(self.managed),
            "permissions_boundary": self.boundary,
            "tags": dict(sorted(self.tags.items())),
            "policy": {policy_name: self.inline[policy_name]} if self.inline.get(policy_name) else {},
        }


class Step(NamedTuple):
    """One request to IAM. C(what): what it does, for an error; C(method): the method of botocore's client."""

    what: str
    method: str
    parameters: dict[str, Any]


def same_policy(one: Document | None, other: Document | None) -> bool:
    """Whether two policy documents are equivalent. The order of lists does not matter."""
    if not one or not other:
        return bool(one) == bool(other)
    return not compare_policies(one, other)


def steps(before: RoleState | None, after: RoleState) -> Iterator[Step]:
    """Yields the requests that bring a role to the wanted state, in their order.

    Requests that add something come first. Tags are written before the accounts that they remember leave the policy,
    and the inline policies come last, because they may narrow the permissions.

    :param before: the role as it is; None if it does not exist and must be created.
    :param after: the role as it should be.
    """
    name = {"RoleName": after.name}
    if before is None:
        more = {"PermissionsBoundary": after.boundary} if after.boundary else {}
        yield Step(
            "create",
            "create_role",
            {
                **name,
                "Path": after.path,
                "AssumeRolePolicyDocument": json.dumps(after.trust),
                "Description": after.description or "",
                "Tags": _tags(after.tags),
                **more,
            },
        )
        before = after._replace(inline={}, managed=())
    if before.boundary != after.boundary and after.boundary:
        boundary = {**name, "PermissionsBoundary": after.boundary}
        yield Step("set the permissions boundary of", "put_role_permissions_boundary", boundary)
    if not same_policy(before.trust, after.trust):
        trust = {**name, "PolicyDocument": json.dumps(after.trust)}
        yield Step("write the trust policy of", "update_assume_role_policy", trust)
    for arn in sorted(set(after.managed) - set(before.managed)):
        yield Step(f"attach {arn} to", "attach_role_policy", {**name, "PolicyArn": arn})
    new = {key: value for key, value in after.tags.items() if before.tags.get(key) != value}
    if new:
        yield Step("tag", "tag_role", {**name, "Tags": _tags(new)})
    gone = sorted(set(before.tags) - set(after.tags))
    if gone:
        yield Step("take tags off", "untag_role", {**name, "TagKeys": gone})
    for policy in sorted({**before.inline, **after.inline}):
        wanted = after.inline.get(policy)
        own = {**name, "PolicyName": policy}
        if wanted and not same_policy(before.inline.get(policy), wanted):
            document = {**own, "PolicyDocument": json.dumps(wanted, separators=(",", ":"))}
            yield Step(f"write the policy {policy} of", "put_role_policy", document)
        elif policy in before.inline and policy not in after.inline:
            yield Step(f"remove the policy {policy} from", "delete_role_policy", own)


def removal(role: RoleState) -> Iterator[Step]:
    """Yields the requests that remove a role."""
    name = {"RoleName": role.name}
    for policy in sorted(role.inline):
        yield Step(f"remove the policy {policy} from", "delete_role_policy", {**name, "PolicyName": policy})
    for arn in sorted(role.managed):
        yield Step(f"detach {arn} from", "detach_role_policy", {**name, "PolicyArn": arn})
    yield Step("delete", "delete_role", name)


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
