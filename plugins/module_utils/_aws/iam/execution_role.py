# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings the IAM role with which Image Builder distributes to the wanted state, or removes what a spec has there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.iam import validate_iam_identifiers

from ..._distribution.configuration.conversion import tags_to_api
from ..._distribution.iam import permissions
from ..._distribution.iam import policy_reading
from ..._distribution.iam import trust
from ..._distribution.iam.remembered_accounts import accounts_in_policy
from ..._distribution.iam.remembered_accounts import accounts_in_tags
from ..._distribution.iam.remembered_accounts import tag_keys
from ..._distribution.iam.remembered_accounts import tags_for
from ..._distribution.iam.role_changes import removal
from ..._distribution.iam.role_changes import RoleState
from ..._distribution.iam.role_changes import same_policy
from ..._distribution.iam.role_changes import Step
from ..._distribution.iam.role_changes import steps
from ..._distribution.iam.role_removal import Reason
from ..._distribution.iam.role_removal import reasons_to_keep_execution_role
from ..._distribution.iam.role_removal import without_spec
from ..._distribution.ownership import Owner
from ..._distribution.ownership import owner_of
from ..._distribution.ownership import SPEC_TAG
from ..._distribution.targets import destination_accounts
from ..._distribution.validation_errors import in_order
from ..._distribution.validation_errors import ValidationError
from ..accounts import Accounts
from ..configuration.ownership import judged
from ..configuration.ownership import owner_here
from ..errors import code_of
from ..errors import ImageBuilderError
from ..module import Connection
from . import inputs
from . import role_users
from . import roles
from .execution_role_outcome import ExecutionRoleOutcome

# Service-linked roles, and roles that IAM Identity Center manages.
_RESERVED_NAME = re.compile("AWSServiceRoleFor|AWSReservedSSO_")
_RESERVED_PATH = re.compile("/aws-(service-role|reserved)/")

# How many times to write what others take away, and how many times to read until IAM shows what was written.
_WRITES = 3
_LOOKS = 5

_DESCRIPTION = "Distributes images with EC2 Image Builder (goldimage.aws)"


def execution_role_option_errors(
    params: dict[str, Any], service_model: Any, region: str | None = None
) -> list[ValidationError]:
    """The errors in the options, in the order of the options."""
    return in_order([], [*_own_errors(params), *inputs.role_option_errors(params, service_model, region)])


def explain_execution_role(argument_spec: dict[str, Any], params: dict[str, Any]) -> list[ValidationError]:
    """All errors in the options, after Ansible's own validation has found the first one."""
    return inputs.explain_role_options(argument_spec, params, execution_role_option_errors)


def _own_errors(params: dict[str, Any]) -> Iterator[ValidationError]:
    name, path = params.get("name"), params.get("path")
    if name is not None:
        wrong = validate_iam_identifiers("role", name=name)
        if re.search("[:/]", name):
            yield ValidationError("name", name, "give the name of the role without its path; an ARN is not accepted")
        elif _RESERVED_NAME.match(name):
            yield ValidationError("name", name, "is a role that AWS itself manages; choose another name")
        elif wrong:
            yield ValidationError("name", name, wrong)
    if path is not None:
        wrong = validate_iam_identifiers("role", path=path)
        if wrong:
            yield ValidationError("path", path, wrong)
        elif _RESERVED_PATH.match(path):
            yield ValidationError("path", path, "is a path that AWS reserves for itself; choose another one")
    if params.get("adopt"):
        for option in ("path", "permissions_boundary"):
            if params.get(option):
                yield ValidationError("adopt", None, f"cannot be combined with {option}: an adopted role keeps its own")
    yield from permissions.arn_errors((), params.get("launch_template_role_arns") or ())
    yield from permissions.log_group_errors(params.get("log_group"))
    # None if its value is not a number.
    if params.get("workers") is not None and params["workers"] < 1:
        yield ValidationError("workers", params["workers"], "must be at least 1")


def present(
    connection: Connection, accounts: Accounts, params: dict[str, Any], check_mode: bool = False
) -> ExecutionRoleOutcome:
    """Creates the role, or adds what this spec needs; what belongs to others does not change.

    :param connection: a Connection to the home Region.
    :param params: the module's parameters, without execution_role_option_errors().
    :raises: ImageBuilderError, with C(changed) if something was or may have been written before.
    """
    judged(connection, params["spec_id"], inputs.listed(params), params["release"], params["purge"])
    owner = owner_here(connection, params["spec_id"])
    return _Present(owner, accounts, params).carry_out(check_mode)


def absent(
    connection: Connection, accounts: Accounts, params: dict[str, Any], check_mode: bool = False
) -> ExecutionRoleOutcome:
    """Removes this spec's part of the role, and the role itself if the spec made it and nobody else uses it.

    :raises: ImageBuilderError, as present().
    """
    judged(connection, params["spec_id"], inputs.listed(params), params["release"], params["purge"])
    owner = owner_here(connection, params["spec_id"])
    where = f"the role {params['name']} in account {owner.account_id}"
    iam = accounts.client("iam")

    def look() -> tuple[RoleState | None, bool]:
        """(the role with this spec's policy, whether it was adopted)."""
        role = roles.read(iam, params["name"], where)
        role = role and roles.with_policies(iam, role, [owner.policy_name], where)
        return role, params["adopt"] or role is None or owner_of(role.tags) is None

    before, adopted = look()
    users: list[Reason] = []
    if before and not adopted and owner_of(before.tags) == owner:
        users = role_users.reasons_to_keep(connection, accounts, before.arn, params["workers"])
        # While all Regions were asked, another spec may have begun to use the role.
        before, adopted = look()
    if before is None:
        return ExecutionRoleOutcome(False, None, None, owner.policy_name)
    rest = without_spec(before, owner)
    reasons = [
        *reasons_to_keep_execution_role(rest, owner, roles.instance_profiles(iam, params["name"], where), adopted),
        *users,
    ]
    after = rest if reasons else None
    planned = list(steps(before, rest) if reasons else removal(before))
    writing = roles.Writing(iam, params["name"], where)
    if not check_mode:
        with roles.giving_back_if_used(iam, before, writing, where):
            writing.carry_out(planned)
    leftovers = tuple(_leftover(before, owner, reason) for reason in reasons)
    return ExecutionRoleOutcome(bool(planned), before, after, owner.policy_name, adopted, leftovers=leftovers)


def _leftover(role: RoleState, owner: Owner, reason: Reason) -> dict[str, Any]:
    return {
        "kind": "execution_role",
        "arn": role.arn,
        "account_id": owner.account_id,
        "region": reason.region,
        "reason": reason.text,
        "remedy": reason.remedy,
    }


class _Present:
    """The work that brings one execution role to the wanted state."""

    def __init__(self, owner: Owner, accounts: Accounts, params: dict[str, Any]) -> None:
        self._owner = owner
        self._partition = accounts.partition
        self._iam = accounts.client("iam")
        self._params = params
        self._name = params["name"]
        self._where = f"the role {self._name} in account {owner.account_id}"
        self._entries = inputs.entries(params)

    def carry_out(self, check_mode: bool) -> ExecutionRoleOutcome:
        before = self._read()
        after, missing, left = self._wanted(before)
        planned = list(steps(before, after))
        if planned and not check_mode:
            self._write(before, after, list(planned))
        adopted, name = self._params["adopt"], self._owner.policy_name
        # Others can write tags, so a role with our tag may be theirs. Its owner decides who can assume an adopted role.
        image_builder = policy_reading.service(trust.SERVICE)
        others = () if adopted else tuple(policy_reading.admitted_besides(after.trust, image_builder))
        return ExecutionRoleOutcome(bool(planned), before, after, name, adopted, missing, tuple(sorted(left)), others)

    def _read(self) -> RoleState | None:
        role = roles.read(self._iam, self._name, self._where)
        self._refuse(role)
        return role and roles.with_policies(self._iam, role, [self._owner.policy_name], self._where)

    def _refuse(self, role: RoleState | None) -> None:
        """Fails if the role must not be used."""
        params, account = self._params, self._owner.account_id
        if role is None:
            if params["adopt"]:
                raise ImageBuilderError(
                    message=f"name: there is no role {self._name} in account {account} to adopt. Correct the name, or "
                    "let the module create the role with adopt: false"
                    " (distribution_rollout_execution_role_adopt: false)"
                )
            return
        errors = []
        if _RESERVED_PATH.match(role.path):
            errors.append(f"{role.arn} is a role that AWS itself manages. Choose another one")
        maker = owner_of(role.tags)
        if not params["adopt"] and (maker is None or maker.account_id != account):
            errors.append(
                f"{role.arn} was not created by this collection: it lacks the tag {SPEC_TAG} with a spec of account"
                f" {account}. To give it the policy of this spec and nothing else, set adopt: true"
                " (distribution_rollout_execution_role_adopt: true). Otherwise choose another name"
            )
        if params["path"] and params["path"] != role.path:
            errors.append(
                f"path: {params['path']!r}: {role.arn} exists with the path {role.path}, and IAM cannot change it."
                " Leave path out, or choose another name"
            )
        wanted = trust.service_trust(account)
        context: dict[str, Any] = {"aws:sourceaccount": account}
        admitted = policy_reading.service(trust.SERVICE)
        try:
            admits = policy_reading.grant(role.trust, "sts:AssumeRole", admitted, context).allowed
        except policy_reading.UnreadablePolicy as error:
            admits = False
            errors.append(f"The trust policy of {role.arn} cannot be understood: {error}")
        if not admits:
            errors.append(
                f"{role.arn} does not trust Image Builder, so it cannot be used. Add to its trust policy:"
                f" {json.dumps(wanted['Statement'][0])}"
            )
        if errors:
            raise ImageBuilderError(message="\n- ".join(errors))

    # -- what is wanted -----------------------------------------------------------------------------------------------

    def _wanted(self, before: RoleState | None) -> tuple[RoleState, tuple[str, ...], set[str]]:
        """(the wanted role, managed policies that an adopted one lacks, accounts that have left the spec)."""
        params, owner = self._params, self._owner
        managed = permissions.managed_policies(
            self._entries, owner.account_id, self._partition, "source", params["use"]
        )
        role = before or self._new_role()
        missing: tuple[str, ...] = ()
        if params["adopt"]:
            missing = tuple(sorted(set(managed) - set(role.managed)))
        else:
            role = role._replace(
                managed=tuple(sorted({*role.managed, *managed})),
                boundary=params["permissions_boundary"] or role.boundary,
                tags={**role.tags, **self._own_tags(role)},
            )
        policy = roles.fitting_policy(self._iam, before, self._owner.policy_name, self._where, self._derived)
        inline = {name: content for name, content in role.inline.items() if name != owner.policy_name}
        if policy["Statement"]:
            inline[owner.policy_name] = policy
        tags, left = self._remembering(role, policy)
        return role._replace(inline=inline, tags=tags), missing, left

    def _new_role(self) -> RoleState:
        path = self._params["path"] or "/"
        account = self._owner.account_id
        return RoleState(
            name=self._name,
            arn=f"arn:{self._partition}:iam::{account}:role{path}{self._name}",
            path=path,
            trust=trust.service_trust(account),
            description=_DESCRIPTION,
        )

    def _own_tags(self, role: RoleState) -> dict[str, str]:
        """The user's tags, and the tag that says that this spec made the role, or uses one that another spec made."""
        maker = owner_of(role.tags)
        own = SPEC_TAG if maker in (None, self._owner) else self._owner.user_tag
        return {**tags_to_api(self._params["tags"] or {}), own: self._owner.value}

    def _derived(self, limit: int) -> dict[str, Any]:
        params, owner = self._params, self._owner
        try:
            return permissions.policy(
                self._entries,
                owner.account_id,
                owner.region,
                self._partition,
                use=params["use"],
                source_kms_key_arns=params["source_kms_key_arns"] or (),
                log_group=params["log_group"],
                launch_template_role_arns=params["launch_template_role_arns"] or (),
                size_limit=limit,
            )
        except permissions.PolicyError as error:
            raise ImageBuilderError(message="\n- ".join(map(str, error.errors))) from error

    def _remembering(self, role: RoleState, policy: Any) -> tuple[dict[str, str], set[str]]:
        """(the role's tags, which record accounts that its policy does not name; accounts that have left the spec)."""
        owner = self._owner
        current = set(destination_accounts(self._entries, owner.account_id))
        known = accounts_in_policy(role.inline.get(owner.policy_name)) | accounts_in_tags(owner, role.tags)
        left = known - current
        others = {key: value for key, value in role.tags.items() if key not in tag_keys(owner, role.tags)}
        return {**others, **tags_for(owner, left | (current - accounts_in_policy(policy)))}, left

    # -- writing ------------------------------------------------------------------------------------------------------

    def _write(self, before: RoleState | None, after: RoleState, planned: list[Step]) -> None:
        writing = roles.Writing(self._iam, self._name, self._where)
        try:
            if before is None:
                self._create(writing, after, planned.pop(0))
            writing.carry_out(planned)
            self._settle(writing)
        except ImageBuilderError as error:
            raise writing.with_changed(error) from error

    def _settle(self, writing: roles.Writing) -> None:
        """Reads the role, and writes again what others have taken away.

        IAM has no conditional write. At the same time, another spec may leave the role, or another run of this spec may
        write its own policy.
        """
        for number in reversed(range(_WRITES)):
            missing = self._missing()
            if not missing:
                return
            if number:
                writing.carry_out(missing)
        raise ImageBuilderError(
            message=f"Somebody else undid changes to {self._where}, or IAM does not show them, {_WRITES} times. What is"
            f" missing: {'; '.join(f'{step.what} it' for step in missing)}. Find out who else changes the role, then"
            " run the task again"
        )

    def _missing(self) -> list[Step]:
        """What is still to be written when IAM has had time to show the last write."""
        missing: list[Step] = []

        def is_complete() -> bool:
            role = roles.read(self._iam, self._name, self._where)
            role = role and roles.with_policies(self._iam, role, [self._owner.policy_name], self._where)
            missing[:] = steps(role, self._wanted(role)[0])
            return not missing

        roles.wait_until(is_complete, _LOOKS)
        if missing and missing[0].method == "create_role":
            raise ImageBuilderError(message=f"Somebody else deleted {self._where} at the same time. Run the task again")
        return missing

    def _create(self, writing: roles.Writing, after: RoleState, step: Step) -> None:
        try:
            writing.carry_out([step])
        except ImageBuilderError as error:
            if code_of(error.exception) != "EntityAlreadyExists":
                raise
            self._refuse_rival(after, error)
            writing.created()
        roles.wait_until(lambda: roles.read_trust(self._iam, self._name, self._where) is not None)

    def _refuse_rival(self, after: RoleState, error: ImageBuilderError) -> None:
        """Fails if somebody else created the role, and not this request, whose answer was lost."""
        role = roles.read_trust(self._iam, self._name, self._where)
        if role is None or owner_of(role.tags) != self._owner or not same_policy(role.trust, after.trust):
            raise ImageBuilderError(
                message=f"Somebody else created {self._where} at the same time; nothing was written. Run the task again"
            ) from error
