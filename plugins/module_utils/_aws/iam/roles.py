# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and writes IAM roles, with the helpers of amazon.aws where it has them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from typing import Callable

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:
    BotoCoreError = ClientError = Exception  # AnsibleAWSModule fails with a clear message.

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.iam import get_iam_role
from ansible_collections.amazon.aws.plugins.module_utils.iam import list_iam_instance_profiles
from ansible_collections.amazon.aws.plugins.module_utils.iam import list_iam_role_attached_policies
from ansible_collections.amazon.aws.plugins.module_utils.iam import list_iam_role_policies
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from ..._distribution.iam.permissions import INLINE_POLICY_LIMIT
from ..._distribution.iam.policy_document import size
from ..._distribution.iam.role_changes import RoleState
from ..._distribution.iam.role_changes import same_policy
from ..._distribution.iam.role_changes import Step
from ..._distribution.iam.role_changes import steps
from ..errors import code_of
from ..errors import describe
from ..errors import ImageBuilderError
from ..responses import reading

# IAM usually shows a write only after some seconds.
PAUSE = 3.0
_LOOKS = 10

# Steps that have nothing to do if what they remove does not exist.
_REMOVALS = ("detach_role_policy", "delete_role_policy", "delete_role", "untag_role")


def read(iam: Any, name: str, where: str) -> RoleState | None:
    """An IAM role without the content of its inline policies, None if it does not exist.

    :param iam: a botocore client.
    :param where: the name of the role for errors.
    """
    role = read_trust(iam, name, where)
    return role and role._replace(
        inline=_ask(f"list the policies of {where}", lambda: dict.fromkeys(list_iam_role_policies(iam, name) or [])),
        managed=_ask(f"list the managed policies of {where}", lambda: _attached(iam, name)),
    )


def _attached(iam: Any, name: str) -> tuple[str, ...]:
    return tuple(one["PolicyArn"] for one in list_iam_role_attached_policies(iam, name) or [])


def _bare(name: str, answer: Any) -> RoleState:
    return RoleState(
        name=name,
        arn=answer["Arn"],
        path=answer["Path"],
        trust=dict(answer["AssumeRolePolicyDocument"]),
        tags=dict(boto3_tag_list_to_ansible_dict(answer.get("Tags") or [])),
        boundary=(answer.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
    )


def read_trust(iam: Any, name: str, where: str) -> RoleState | None:
    """As read(), but without the names of policies, in one request."""
    answer = _ask(f"read {where}", lambda: get_iam_role(iam, name))
    if answer is None:
        return None
    role: RoleState = _ask(f"read {where}", lambda: _bare(name, answer))
    return role


def with_policies(iam: Any, role: RoleState, names: Iterable[str], where: str) -> RoleState:
    """The role with the content of these inline policies."""
    inline = dict(role.inline)
    for name in names:
        if inline.get(name, "") is None:
            inline[name] = _ask(f"read the policy {name} of {where}", partial(_policy, iam, role.name, name))
    return role._replace(inline={name: content for name, content in inline.items() if content != {}})


def _policy(iam: Any, role_name: str, name: str) -> Any:
    """The document of an inline policy, an empty one if somebody has just removed it."""
    try:
        return dict(iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"])
    except ClientError as error:
        if code_of(error) == "NoSuchEntity":
            return {}
        raise


def instance_profiles(iam: Any, name: str, where: str) -> list[str]:
    """The names of the instance profiles that hold a role."""
    profiles = _ask(f"list the instance profiles of {where}", lambda: list_iam_instance_profiles(iam, role=name))
    return sorted(one["InstanceProfileName"] for one in profiles or [])


class Writing:
    """The writes to one role.

    C(changed): whether something was or may have been written. AWS may carry out a request and fail to answer it.
    """

    def __init__(self, iam: Any, name: str, where: str) -> None:
        self._iam = iam
        self._name = name
        self._where = where
        self._new = False
        self.changed = False

    def carry_out(self, planned: Iterable[Step]) -> None:
        """Makes the requests in this order."""
        for step in planned:
            self._carry_out(step)

    def with_changed(self, error: ImageBuilderError) -> ImageBuilderError:
        """The same error with C(changed), if something was written before."""
        more = {**error.kwargs, "changed": error.changed or self.changed}
        return ImageBuilderError(message=error.message, exception=error.exception, **more)

    def created(self) -> None:
        """Notes that the role was created, although the answer to that request was lost."""
        self._new = self.changed = True

    def _carry_out(self, step: Step) -> None:
        method = getattr(self._iam, step.method)
        for look in range(_LOOKS, 0, -1):
            try:
                with reading(step.method):
                    method(**step.parameters)
            except (BotoCoreError, ClientError) as error:
                missing = code_of(error) == "NoSuchEntity"
                if missing and step.method in _REMOVALS:
                    # Somebody else has removed it.
                    return
                if missing and self._new and self._name in describe(error) and look > 1:
                    # A new role is not known everywhere at once.
                    time.sleep(PAUSE)
                    continue
                # AWS may have carried out a request without an answer or with a server error.
                status = getattr(error, "response", None) and error.response.get("ResponseMetadata", {})
                self.changed = self.changed or not status or status.get("HTTPStatusCode", 400) >= 500
                raise failed(f"{step.what} {self._where}", error, changed=self.changed) from error
            self.changed = True
            self._new = self._new or step.method == "create_role"
            return


@contextmanager
def giving_back_if_used(iam: Any, before: RoleState, writing: Writing, where: str) -> Iterator[None]:
    """Around the removal of a role. IAM refuses to delete one that somebody began to use in the meantime.

    :param before: the role before its removal, whose managed policies are then attached again.
    :raises: ImageBuilderError in place of IAM's.
    """
    try:
        yield
    except ImageBuilderError as error:
        now = read(iam, before.name, where) if error.code == "DeleteConflict" else None
        if now is None:
            raise
        writing.carry_out(steps(now, now._replace(managed=tuple({*now.managed, *before.managed}))))
        raise ImageBuilderError(
            message=f"Somebody else began to use {where} right before it was to be deleted. Its managed policies"
            f" ({', '.join(before.managed)}) were attached again. Run the task again: it removes what this spec has"
            " there. AWS said",
            exception=error.exception,
            changed=True,
        ) from error


def wait_until(look: Callable[[], bool], looks: int = _LOOKS) -> bool:
    """Calls C(look) several times until it returns true, because IAM shows writes only after a while."""
    for number in range(looks):
        if number:
            time.sleep(PAUSE)
        if look():
            return True
    return False


def failed(what: str, exception: Exception, **more: Any) -> ImageBuilderError:
    """The error for a request to IAM that failed."""
    return ImageBuilderError(message=f"Failed to {what}", exception=exception, service="iam", **more)


def _ask(what: str, function: Callable[[], Any]) -> Any:
    try:
        with reading("IAM"):
            return function()
    except ImageBuilderError:
        raise
    except AnsibleAWSError as error:
        raise failed(what, error.exception) from error
    except (BotoCoreError, ClientError) as error:
        raise failed(what, error) from error


def fitting_policy(
    iam: Any, before: RoleState | None, name: str, where: str, derive: Callable[[int], dict[str, Any]]
) -> dict[str, Any]:
    """The policy of a spec, which fits into the role together with the policies of others.

    :param before: the current role, None if it does not exist.
    :param name: the name of the policy.
    :param derive: takes the most characters that the policy may have, and returns it.
    """
    whole = derive(INLINE_POLICY_LIMIT)
    others = [policy for policy in before.inline if policy != name] if before else []
    if before is None or not others or not whole["Statement"] or same_policy(before.inline.get(name), whole):
        return whole
    taken = sum(
        size(content) for policy, content in with_policies(iam, before, others, where).inline.items() if policy != name
    )
    return derive(INLINE_POLICY_LIMIT - taken)
