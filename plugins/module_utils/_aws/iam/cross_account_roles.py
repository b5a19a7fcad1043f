# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cross-account roles of a spec in all its target accounts at once, and in those that have left it."""

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
from ..._distribution.iam.remembered import accounts_in_policy
from ..._distribution.iam.remembered import accounts_in_tags
from ..._distribution.iam.remembered import tag_keys
from ..._distribution.iam.remembered import tags_for
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
from ..workers import each
from . import inputs
from . import roles
from .cross_account_role import AccountOutcome
from .cross_account_role import CrossAccountRole
from .cross_account_role import Wanted

_UNSEEN = "it has left the spec, and whether it still has something of it could not be found out"

ACTIONS = ("created", "updated", "unchanged", "removed", "deleted", "failed")


class Fleet(NamedTuple):
    """What was done in all accounts. C(leftovers): rows; C(forgot): whether the execution role's tags were changed."""

    owner: Owner
    outcomes: list[AccountOutcome]
    leftovers: list[dict[str, Any]]
    forgot: bool


def cross_account_option_errors(
    params: dict[str, Any], service_model: Any, region: str | None = None
) -> list[ValidationError]:
    """What is wrong with the options, in the order of their places, as far as it is known without a request."""
    found = [*_own_errors(params, service_model), *inputs.role_option_errors(params, service_model, region)]
    return in_order([], found + target_accounts.account_option_errors(params, service_model))


def explain(argument_spec: dict[str, Any], params: dict[str, Any]) -> list[ValidationError]:
    """All errors of the options, for when Ansible's own validation has found the first one."""
    return inputs.explain(argument_spec, params, cross_account_option_errors)


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


def run(connection: Connection, accounts: Accounts, params: dict[str, Any], check_mode: bool = False) -> Fleet:
    """Brings the roles in all accounts to the wanted state; what fails in one account is in its outcome.

    :param connection: a Connection to the home Region.
    :param params: the module's parameters, without cross_account_option_errors().
    :raises: ImageBuilderError, where nothing was written.
    """
    judged(connection, params["spec_id"], inputs.listed(params), params["release"], params["purge"])
    return _Run(owner_here(connection, params["spec_id"]), accounts, params, check_mode).carry_out()


class _Run:
    """All accounts of one spec."""

    def __init__(self, owner: Owner, accounts: Accounts, params: dict[str, Any], check_mode: bool) -> None:
        self._owner = owner
        self._accounts = accounts
        self._params = params
        self._check_mode = check_mode
        self._entries = inputs.entries(params)
        self._workers = params["workers"]

    def carry_out(self) -> Fleet:
        there = set(destination_accounts(self._entries, self._owner.account_id))
        chosen = self._params["accounts"]
        current = sorted(there) if chosen is None else list(dict.fromkeys(chosen))
        self._refuse_closed(current)
        execution_roles = self._execution_roles()
        # Where somebody else manages all target accounts, this spec has nothing in any.
        departed = sorted(self._known(execution_roles) - there - set(current)) if current or chosen is None else []
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
        done = each(self._one, work, self._workers)
        outcomes = [outcome for outcome, dummy in done if outcome]
        rows = [row for outcome, row in done if row]
        rows += [self._row(one, reason) for one in outcomes for reason in one.reasons]
        clean = {one.account_id for one in outcomes if one.action in ("removed", "deleted", "unchanged")}
        clean |= {account for (account, *dummy), (outcome, row) in zip(work, done) if not outcome and not row}
        return Fleet(self._owner, outcomes, rows, self._forget(execution_roles, clean & set(departed)))

    def _refuse_closed(self, current: list[str]) -> None:
        closed = [account for account in current if not self._is_open(account)]
        if closed:
            raise ImageBuilderError(
                message=f"accounts: no role is named to assume in {', '.join(closed)}. Name it in"
                f" {target_accounts.NAMED_IN}. If somebody else manages {DESTINATION_ROLE} in the target accounts,"
                " set accounts: [] (distribution_rollout_target_accounts: [])"
            )

    def _is_open(self, account: str) -> bool:
        return bool(self._params["target_account_role_name"]) or self._accounts.has_named_role(account)

    # -- the execution roles ------------------------------------------------------------------------------------------

    def _execution_roles(self) -> list[tuple[str, RoleState | None]]:
        """(ARN, the role) of each execution role; None where there is none yet."""
        found: list[tuple[str, RoleState | None]] = []
        for index, given in enumerate(self._params["execution_role_arns"] or []):
            name, arn = name_of(given), parse(given)
            where = f"the role {name} in account {self._owner.account_id}"
            if arn and arn.account_id != self._owner.account_id:
                raise ImageBuilderError(
                    message=f"execution_role_arns[{index}]: {given!r}: is in another account than this task's,"
                    f" {self._owner.account_id}, so it cannot be used for its configurations"
                )
            iam = self._accounts.client("iam")
            role = roles.read_trust(iam, name, where)
            role = role and role._replace(inline={self._owner.policy_name: None})
            role = role and roles.with_policies(iam, role, [self._owner.policy_name], where)
            by_name = f"arn:{self._accounts.partition}:iam::{self._owner.account_id}:role/{given}"
            found.append((role.arn if role else given if arn else by_name, role))
        return found

    def _known(self, execution_roles: list[tuple[str, RoleState | None]]) -> set[str]:
        """The accounts that the spec had, as its execution roles remember them."""
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
        """Takes accounts that have nothing of the spec any more out of the tags of its execution roles."""
        forgot = False
        for _arn, role in execution_roles:
            remembered = accounts_in_tags(self._owner, role.tags) if role else set()
            if not role or not remembered & clean:
                continue
            others = {key: value for key, value in role.tags.items() if key not in tag_keys(self._owner, role.tags)}
            after = role._replace(tags={**others, **tags_for(self._owner, remembered - clean)})
            forgot = True
            if not self._check_mode:
                where = f"the role {role.name} in account {self._owner.account_id}"
                roles.Writing(self._accounts.client("iam"), role.name, where).carry_out(steps(role, after))
        return forgot

    # -- one account --------------------------------------------------------------------------------------------------

    def _one(self, item: tuple[str, Wanted, str]) -> tuple[AccountOutcome | None, dict[str, Any] | None]:
        """(what was done, None where it was only looked), a row for what was left."""
        account, wanted, work = item
        if work != "present" and not self._is_open(account):
            reason = (
                "it has left the spec, and whether it still has something of it could not be found out: no role is "
                "named"
            )
            return None, self._departed(account, f"{reason} to assume there", f"Name one in {target_accounts.NAMED_IN}")
        role = CrossAccountRole(self._accounts, account, wanted)
        if work == "present":
            return role.present(self._check_mode), None
        if work == "absent":
            return role.absent(self._check_mode), None
        try:
            if not role.is_there():
                return None, None
        except (ImageBuilderError, RoleNotAssumed) as error:
            if isinstance(error, ImageBuilderError) and error.has_expired:
                return role.failed(error), None
            return None, self._departed(account, f"{_UNSEEN}: {error}", "Correct that, and run the task again")
        return None, self._departed(
            account,
            f"it has left the spec, and still has its statement {self._owner.sid} or its policy"
            f" {self._owner.target_policy_name}",
            "Remove them with purge: true (distribution_rollout_purge: true in the role)",
        )

    def _departed(self, account: str, reason: str, remedy: str) -> dict[str, Any]:
        arn = f"arn:{self._accounts.partition}:iam::{account}:role/{DESTINATION_ROLE}"
        return _row(arn, account, f"account {account}: {reason}", remedy)

    def _row(self, outcome: AccountOutcome, reason: Any) -> dict[str, Any]:
        return _row(outcome.role_arn, outcome.account_id, reason.text, reason.remedy)


def _row(arn: str, account: str, reason: str, remedy: str) -> dict[str, Any]:
    kind = "cross_account_role"
    return {"kind": kind, "arn": arn, "account_id": account, "region": None, "reason": reason, "remedy": remedy}


def result(fleet: Fleet, diff: bool = False) -> dict[str, Any]:
    """What the module returns, C(msg) included where an account failed."""
    policy, outcomes = fleet.owner.target_policy_name, fleet.outcomes
    shown: dict[str, Any] = {
        "changed": fleet.forgot or any(one.changed for one in outcomes),
        "accounts": [_account(one, fleet.owner) for one in outcomes],
        "summary": {action: sum(one.action == action for one in outcomes) for action in ACTIONS},
        "leftovers": fleet.leftovers,
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
    """One entry for all accounts whose role changes alike, so that a person can review 60 of them."""
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
    """The role before and after, an empty map where there is none."""
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
