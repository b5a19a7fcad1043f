# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cross-account roles of a spec in all its target accounts in parallel, and in those that have left it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from ..._distribution.arns import is_account_id
from ..._distribution.arns import name_of
from ..._distribution.arns import parse
from ..._distribution.iam import trust
from ..._distribution.iam.remembered_accounts import accounts_in_policy
from ..._distribution.iam.remembered_accounts import accounts_in_tags
from ..._distribution.iam.remembered_accounts import tag_keys
from ..._distribution.iam.remembered_accounts import tags_for
from ..._distribution.iam.role_changes import RoleState
from ..._distribution.iam.role_changes import steps
from ..._distribution.ownership import Owner
from ..._distribution.targets import destination_accounts
from ..._distribution.targets import DESTINATION_ROLE
from ..._distribution.validation.model import value_errors
from ..._distribution.validation.words import account_words
from ..._distribution.validation_errors import in_order
from ..._distribution.validation_errors import ValidationError
from .. import accounts as target_accounts
from ..accounts import Accounts
from ..accounts import RoleNotAssumed
from ..configuration.ownership import judged
from ..configuration.ownership import owner_here
from ..errors import ImageBuilderError
from ..module import Connection
from ..workers import in_parallel
from . import inputs
from . import roles
from .cross_account_role import AccountOutcome
from .cross_account_role import CrossAccountRole
from .cross_account_role import Wanted

_UNSEEN = "it has left the spec, and may still have the spec's statement and policy, which could not be checked"

ACTIONS = ("created", "updated", "unchanged", "removed", "deleted", "failed")


class CrossAccountRolesOutcome(NamedTuple):
    """What was done in all accounts.

    C(leftovers): the result of that name; C(forgot): whether tags of an execution role were changed.
    """

    owner: Owner
    outcomes: list[AccountOutcome]
    leftovers: list[dict[str, Any]]
    forgot: bool


def cross_account_option_errors(
    params: dict[str, Any], service_model: Any, region: str | None = None
) -> list[ValidationError]:
    """The errors in the options, in the order of the options."""
    errors = [*_own_errors(params, service_model), *inputs.role_option_errors(params, service_model, region)]
    return in_order([], errors + target_accounts.account_option_errors(params, service_model))


def explain_cross_account_roles(argument_spec: dict[str, Any], params: dict[str, Any]) -> list[ValidationError]:
    """All errors in the options, after Ansible's own validation has found the first one."""
    return inputs.explain_role_options(argument_spec, params, cross_account_option_errors)


def _own_errors(params: dict[str, Any], service_model: Any) -> Iterator[ValidationError]:
    for index, account in enumerate(params.get("accounts") or []):
        if not is_account_id(account):
            yield ValidationError(f"accounts[{index}]", account, account_words(account))
    given = params.get("execution_role_arns") or []
    for index, role in enumerate(given):
        yield from value_errors(service_model.shape_for("RoleNameOrArn"), role, f"execution_role_arns[{index}]")
    if params.get("trust") == "execution_roles" and params.get("state") != "absent" and not given:
        yield ValidationError("execution_role_arns", None, "is needed with trust: execution_roles")
    limit = params.get("trust_policy_limit")
    if limit is not None and limit < 1:
        yield ValidationError("trust_policy_limit", limit, "must be at least 1")


def run(
    connection: Connection, accounts: Accounts, params: dict[str, Any], check_mode: bool = False
) -> CrossAccountRolesOutcome:
    """Brings the roles in all accounts to the wanted state. The error of an account is in its outcome.

    :param connection: a Connection to the home Region.
    :param params: the module's parameters, without cross_account_option_errors().
    :raises: ImageBuilderError, if nothing was written.
    """
    judged(connection, params["spec_id"], inputs.listed(params), params["release"], params["purge"])
    return _Run(owner_here(connection, params["spec_id"]), accounts, params, check_mode).carry_out()


class _Done(NamedTuple):
    """What was done in one account.

    C(outcome): None if the role was only read; C(leftover): None if nothing of the spec is left.
    """

    role: CrossAccountRole | None = None
    outcome: AccountOutcome | None = None
    leftover: dict[str, Any] | None = None


class _Run:
    """The work in all accounts of one spec."""

    def __init__(self, owner: Owner, accounts: Accounts, params: dict[str, Any], check_mode: bool) -> None:
        self._owner = owner
        self._accounts = accounts
        self._params = params
        self._check_mode = check_mode
        self._entries = inputs.entries(params)
        self._workers = params["workers"]

    def carry_out(self) -> CrossAccountRolesOutcome:
        needed = set(destination_accounts(self._entries, self._owner.account_id))
        chosen = self._params["accounts"]
        current = sorted(needed) if chosen is None else list(dict.fromkeys(chosen))
        self._refuse_inaccessible(current)
        execution_roles = self._execution_roles()
        # If somebody else manages all target accounts, this spec has nothing there.
        departed = sorted(self._known(execution_roles) - needed - set(current)) if current or chosen is None else []
        wanted = Wanted(
            self._owner,
            self._accounts.partition,
            self._entries,
            self._statement(execution_roles),
            tuple(self._params["source_kms_key_arns"] or ()),
            self._params["tags"],
            self._params["trust_policy_limit"],
        )
        present = self._params["state"] == "present"
        work = [(account, wanted, "present" if present else "absent") for account in current]
        leaving = "absent" if self._params["purge"] or not present else "look"
        work += [(account, wanted, leaving) for account in departed]
        done = in_parallel(self._one, work, self._workers)
        # After the work in all accounts: so most of the time has passed that others need.
        done = in_parallel(self._settled, done, self._workers)
        outcomes = [one.outcome for one in done if one.outcome]
        leftovers = [one.leftover for one in done if one.leftover]
        leftovers += [self._not_deleted(one, reason) for one in outcomes for reason in one.reasons]
        clean = {one.account_id for one in outcomes if one.action in ("removed", "deleted", "unchanged")}
        clean |= {account for (account, *dummy), one in zip(work, done) if not one.outcome and not one.leftover}
        return CrossAccountRolesOutcome(
            self._owner, outcomes, leftovers, self._forget(execution_roles, clean & set(departed))
        )

    def _refuse_inaccessible(self, current: list[str]) -> None:
        without_role = [account for account in current if not self._has_role_to_assume(account)]
        if without_role:
            raise ImageBuilderError(
                message=f"accounts: no role is named to assume in {', '.join(without_role)}. Name it in"
                f" {target_accounts.NAMED_IN}. If somebody else manages {DESTINATION_ROLE} in the target accounts,"
                " set accounts: [] (distribution_rollout_target_accounts: [])"
            )

    def _has_role_to_assume(self, account: str) -> bool:
        return bool(self._params["target_account_role_name"]) or self._accounts.has_named_role(account)

    # -- the execution roles ------------------------------------------------------------------------------------------

    def _execution_roles(self) -> list[tuple[str, RoleState | None]]:
        """(ARN, the role) of each execution role, None if it does not exist yet."""
        roles_by_arn: list[tuple[str, RoleState | None]] = []
        for index, given in enumerate(self._params["execution_role_arns"] or []):
            name, arn = name_of(given), parse(given)
            where = f"the role {name} in account {self._owner.account_id}"
            if arn and arn.account_id != self._owner.account_id:
                raise ImageBuilderError(
                    message=f"execution_role_arns[{index}]: {given!r}: is not in this task's account,"
                    f" {self._owner.account_id}, so Image Builder cannot use it for configurations there"
                )
            iam = self._accounts.client("iam")
            role = roles.read_trust(iam, name, where)
            role = role and role._replace(inline={self._owner.policy_name: None})
            role = role and roles.with_policies(iam, role, [self._owner.policy_name], where)
            by_name = f"arn:{self._accounts.partition}:iam::{self._owner.account_id}:role/{given}"
            roles_by_arn.append((role.arn if role else given if arn else by_name, role))
        return roles_by_arn

    def _known(self, execution_roles: list[tuple[str, RoleState | None]]) -> set[str]:
        """The accounts that the spec has had, as recorded in the policies and tags of its execution roles."""
        known: set[str] = set()
        for _arn, role in execution_roles:
            if role:
                known |= accounts_in_policy(role.inline.get(self._owner.policy_name))
                known |= accounts_in_tags(self._owner, role.tags)
        return known

    def _statement(self, execution_roles: list[tuple[str, RoleState | None]]) -> dict[str, Any]:
        narrowed = self._params["trust"] == "execution_roles"
        arns = [arn for arn, dummy in execution_roles] if narrowed else []
        return trust.account_statement(self._owner.account_id, self._accounts.partition, arns)

    def _forget(self, execution_roles: list[tuple[str, RoleState | None]], clean: set[str]) -> bool:
        """Removes accounts in which the spec no longer has anything from the tags of its execution roles."""
        forgot = False
        for _arn, role in execution_roles:
            remembered = accounts_in_tags(self._owner, role.tags) if role else set()
            if not role or not remembered & clean:
                continue
            forgot = True
            if self._check_mode:
                continue
            where = f"the role {role.name} in account {self._owner.account_id}"
            iam = self._accounts.client("iam")
            # The work in all accounts may have taken long, and another run of this spec may have noted more accounts.
            now = roles.read_trust(iam, role.name, where)
            if now:
                others = {key: value for key, value in now.tags.items() if key not in tag_keys(self._owner, now.tags)}
                left = tags_for(self._owner, accounts_in_tags(self._owner, now.tags) - clean)
                roles.Writing(iam, role.name, where).carry_out(steps(now, now._replace(tags={**others, **left})))
        return forgot

    # -- one account --------------------------------------------------------------------------------------------------

    def _one(self, item: tuple[str, Wanted, str]) -> _Done:
        account, wanted, work = item
        if work != "present" and not self._has_role_to_assume(account):
            reason = (
                "it has left the spec, and may still have the spec's statement and policy, which could not be checked:"
                " no role is named"
            )
            return _Done(
                leftover=self._departed(account, f"{reason} to assume there", f"Name one in {target_accounts.NAMED_IN}")
            )
        role = CrossAccountRole(self._accounts, account, wanted)
        if work == "present":
            return _Done(role, role.present(self._check_mode))
        if work == "absent":
            return _Done(role, role.absent(self._check_mode))
        try:
            if not role.has_part_of_spec():
                return _Done()
        except (ImageBuilderError, RoleNotAssumed) as error:
            if isinstance(error, ImageBuilderError) and error.has_expired:
                return _Done(role, role.failed(error))
            remedy = "Correct that, and run the task again"
            return _Done(leftover=self._departed(account, f"{_UNSEEN}: {error}", remedy))
        return _Done(
            leftover=self._departed(
                account,
                f"it has left the spec, and still has the spec's statement {self._owner.sid} or policy"
                f" {self._owner.target_policy_name}",
                "Remove them with purge: true (distribution_rollout_purge: true in the role)",
            )
        )

    @staticmethod
    def _settled(done: _Done) -> _Done:
        return done._replace(outcome=done.role.settled(done.outcome)) if done.role and done.outcome else done

    def _departed(self, account: str, reason: str, remedy: str) -> dict[str, Any]:
        arn = f"arn:{self._accounts.partition}:iam::{account}:role/{DESTINATION_ROLE}"
        return _leftover(arn, account, f"account {account}: {reason}", remedy)

    def _not_deleted(self, outcome: AccountOutcome, reason: Any) -> dict[str, Any]:
        return _leftover(outcome.role_arn, outcome.account_id, reason.text, reason.remedy)


def _leftover(arn: str, account: str, reason: str, remedy: str) -> dict[str, Any]:
    kind = "cross_account_role"
    return {"kind": kind, "arn": arn, "account_id": account, "region": None, "reason": reason, "remedy": remedy}


def result(outcome: CrossAccountRolesOutcome, diff: bool = False) -> dict[str, Any]:
    """The module's result, with C(msg) if an account failed."""
    policy, outcomes = outcome.owner.target_policy_name, outcome.outcomes
    shown: dict[str, Any] = {
        "changed": outcome.forgot or any(one.changed for one in outcomes),
        "accounts": [_account(one, outcome.owner) for one in outcomes],
        "summary": {action: sum(one.action == action for one in outcomes) for action in ACTIONS},
        "leftovers": outcome.leftovers,
    }
    if diff:
        changed = [one for one in outcomes if one.changed and one.action != "failed"]
        shown["diff"] = _diff(changed, policy)
    failed = [f"Account {one.account_id}: {one.error}" for one in outcomes if one.action == "failed"]
    if failed:
        heading = f"{len(failed)} of {len(outcomes)} target accounts failed:"
        shown["msg"] = "\n- ".join([heading, *(re.sub(r"\s+", " ", text) for text in failed)])
    return shown


def _diff(changed: list[AccountOutcome], policy: str) -> list[dict[str, Any]]:
    """The diff, with one entry for all accounts whose roles change alike, so that a person can review 60 of them."""
    alike: dict[str, list[AccountOutcome]] = {}
    for one in changed:
        states = json.dumps(_states(one, policy), sort_keys=True)
        alike.setdefault(states.replace(one.account_id, "ACCOUNT_ID"), []).append(one)
    entries = []
    for first, *more in alike.values():
        header = f"{first.account_id} {DESTINATION_ROLE}"
        if more:
            ids = ", ".join(one.account_id for one in more)
            header += f"; the same in {len(more)} more account{'s' if len(more) > 1 else ''}: {ids}"
        entries.append({"before_header": header, "after_header": header, **_states(first, policy)})
    return entries


def _states(one: AccountOutcome, policy: str) -> dict[str, Any]:
    """The role before and after, an empty map if it does not exist."""
    return {
        "before": one.before.shown(policy) if one.before else {},
        "after": one.after.shown(policy) if one.after else {},
    }


def _account(one: AccountOutcome, owner: Owner) -> dict[str, Any]:
    policy = one.after.inline.get(owner.target_policy_name) if one.after else None
    written = one.action in ("created", "updated")
    sids = [statement.get("Sid") for statement in trust.statements(one.after and one.after.trust)]
    return {
        "account_id": one.account_id,
        "role_arn": one.role_arn,
        "action": one.action,
        "changed": one.changed,
        "statement": owner.sid if owner.sid in sids else None,
        "policy_name": owner.target_policy_name if policy else None,
        "managed_policies": sorted(one.after.managed) if one.after else [],
        "trust_policy": one.after.trust if written and one.after else None,
        "policy": policy if written else None,
        "error": one.error,
    }
