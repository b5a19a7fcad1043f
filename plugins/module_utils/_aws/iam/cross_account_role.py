# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings EC2ImageBuilderDistributionCrossAccountRole in one target account to the wanted state.

AWS fixes the name of the role, so every source account and every team shares it: a spec has its own statement in the
trust policy and its own inline policy there, and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import NamedTuple

from ..._distribution.configuration.conversion import tags_to_api
from ..._distribution.iam import permissions
from ..._distribution.iam import trust
from ..._distribution.iam.role_changes import removal
from ..._distribution.iam.role_changes import RoleState
from ..._distribution.iam.role_changes import same_policy
from ..._distribution.iam.role_changes import Step
from ..._distribution.iam.role_changes import steps
from ..._distribution.iam.role_removal import reasons_to_keep_cross_account_role
from ..._distribution.iam.role_removal import without_part_of_spec
from ..._distribution.ownership import Owner
from ..._distribution.ownership import SPEC_TAG
from ..._distribution.targets import DESTINATION_ROLE
from ..accounts import Accounts
from ..errors import code_of
from ..errors import ImageBuilderError
from . import roles
from .shared_trust_policy import Document
from .shared_trust_policy import SharedTrustPolicy

_DESCRIPTION = "Lets EC2 Image Builder of other accounts distribute images to this one (goldimage.aws)"


class Wanted(NamedTuple):
    """What a spec wants of cross-account roles.

    C(entries): its distributions in API form; C(statement): for the trust policies, without Sid; C(tags): for new
    roles; C(trust_limit): the most characters of a trust policy.
    """

    owner: Owner
    partition: str
    entries: list[Any]
    statement: dict[str, Any]
    source_keys: tuple[str, ...] = ()
    tags: dict[str, str] | None = None
    trust_limit: int = trust.TRUST_POLICY_LIMIT


class AccountOutcome(NamedTuple):
    """What was done in one account, or in check mode would be.

    C(action): created, updated, unchanged, failed, deleted, or removed if the role remains without this spec's part.
    C(error): a text, None if nothing failed; C(reasons): why a role that the spec no longer uses was not deleted.
    """

    account_id: str
    role_arn: str
    action: str
    changed: bool = False
    before: RoleState | None = None
    after: RoleState | None = None
    error: str | None = None
    reasons: tuple[Any, ...] = ()


class CrossAccountRole:
    """The role in one account. One thread works on it."""

    def __init__(self, accounts: Accounts, account_id: str, wanted: Wanted) -> None:
        self._accounts = accounts
        self._account_id = account_id
        self._wanted = wanted
        self._owner = wanted.owner
        self._where = f"{DESTINATION_ROLE} in account {account_id}"
        self._arn = f"arn:{wanted.partition}:iam::{account_id}:role/{DESTINATION_ROLE}"
        self._iam: Any = None
        self._writing: Any = None
        self._trust: SharedTrustPolicy | None = None

    def present(self, check_mode: bool = False) -> AccountOutcome:
        """Creates the role, or adds this spec's part to it. Errors are in the outcome."""
        return self._outcome_of(lambda: self._present(check_mode))

    def absent(self, check_mode: bool = False) -> AccountOutcome:
        """Removes this spec's part from the role. Deletes the role if this collection made it and nothing is left."""
        return self._outcome_of(lambda: self._absent(check_mode))

    def settled(self, outcome: AccountOutcome) -> AccountOutcome:
        """Waits until others who write the trust policy as well have finished. Errors are in the outcome.

        :param outcome: what present() or absent() returned.
        """

        def settle() -> AccountOutcome:
            if self._trust and outcome.error is None:
                self._trust.settle()
            return outcome

        return self._outcome_of(settle)

    def has_part_of_spec(self) -> bool:
        """Whether the role still has a statement or policy of this spec.

        :raises: ImageBuilderError; accounts.RoleNotAssumed.
        """
        role = self._read()
        if role is None:
            return False
        # Not by without_part_of_spec(): that keeps the last statement, because IAM refuses a trust policy without one.
        has_statement = any(one.get("Sid") == self._owner.sid for one in trust.statements(role.trust))
        return has_statement or self._owner.target_policy_name in role.inline

    def _outcome_of(self, work: Any) -> AccountOutcome:
        try:
            outcome: AccountOutcome = work()
            return outcome
        except Exception as error:
            # Any exception: a bug in this collection must not lose the outcomes of the others.
            return self.failed(error)

    def failed(self, error: Exception) -> AccountOutcome:
        """The outcome of this account after an error."""
        changed = bool(self._writing and self._writing.changed)
        return AccountOutcome(self._account_id, self._arn, "failed", changed, error=_error_text(error, self._where))

    def _read(self) -> RoleState | None:
        if self._iam is None:
            self._iam = self._accounts.client("iam", None, self._account_id)
            self._writing = roles.Writing(self._iam, DESTINATION_ROLE, self._where)
        role = roles.read(self._iam, DESTINATION_ROLE, self._where)
        return role and roles.with_policies(self._iam, role, [self._owner.target_policy_name], self._where)

    # -- present ------------------------------------------------------------------------------------------------------

    def _present(self, check_mode: bool) -> AccountOutcome:
        before = self._read()
        after = self._wanted_state(before)
        planned = list(steps(before, after))
        if planned and not check_mode:
            self._write(planned)
        action = "created" if before is None else "updated" if planned else "unchanged"
        return AccountOutcome(self._account_id, after.arn, action, bool(planned), before, after)

    def _wanted_state(self, before: RoleState | None) -> RoleState:
        wanted, owner = self._wanted, self._owner
        document = trust.with_statement(before and before.trust, owner.sid, wanted.statement)
        error = trust.trust_size_error(document, owner.sid, wanted.trust_limit)
        if error and not (before and same_policy(before.trust, document)):
            raise ImageBuilderError(message=f"{self._arn}: {error}")
        managed = permissions.managed_policies(wanted.entries, self._account_id, wanted.partition, "target")
        role = before or RoleState(
            DESTINATION_ROLE,
            self._arn,
            "/",
            document,
            _DESCRIPTION,
            {**tags_to_api(wanted.tags or {}), SPEC_TAG: owner.value},
        )
        inline = {name: content for name, content in role.inline.items() if name != owner.target_policy_name}
        name = owner.target_policy_name
        policy = roles.fitting_policy(self._iam, before, name, self._where, self._derived)
        if policy["Statement"]:
            inline[owner.target_policy_name] = policy
        return role._replace(trust=document, managed=tuple(sorted({*role.managed, *managed})), inline=inline)

    def _derived(self, limit: int) -> dict[str, Any]:
        wanted = self._wanted
        try:
            return permissions.policy(
                wanted.entries,
                self._account_id,
                self._owner.region,
                wanted.partition,
                "target",
                source_kms_key_arns=wanted.source_keys,
                size_limit=limit,
            )
        except permissions.PolicyError as error:
            raise ImageBuilderError(message="; ".join(map(str, error.errors))) from error

    def _write(self, planned: list[Step]) -> None:
        """Writes the trust policy, then the rest."""
        trusting = [step for step in planned if step.method in ("create_role", "update_assume_role_policy")]
        if trusting and not self._created(trusting[0]):
            statement = self._wanted.statement
            self._write_trust(lambda document: trust.with_statement(document, self._owner.sid, statement))
        self._writing.carry_out(step for step in planned if step not in trusting)

    def _created(self, step: Step) -> bool:
        """Creates the role if this step does so. Nobody else can have read its trust policy before."""
        if step.method != "create_role":
            return False
        try:
            self._writing.carry_out([step])
        except ImageBuilderError as error:
            if code_of(error.exception) != "EntityAlreadyExists":
                raise
            # Somebody else created it, or this request did and its answer was lost.
            self._writing.created()
            roles.wait_until(lambda: roles.read_trust(self._iam, DESTINATION_ROLE, self._where) is not None)
            return False
        return True

    def _write_trust(self, change: Callable[[Document], Document]) -> None:
        self._trust = SharedTrustPolicy(
            self._iam, DESTINATION_ROLE, self._where, self._writing, change, self._owner.sid
        )
        self._trust.write()

    # -- absent -------------------------------------------------------------------------------------------------------

    def _absent(self, check_mode: bool) -> AccountOutcome:
        before = self._read()
        if before is None:
            return AccountOutcome(self._account_id, self._arn, "unchanged")
        rest = without_part_of_spec(before, self._owner)
        profiles = roles.instance_profiles(self._iam, DESTINATION_ROLE, self._where)
        reasons = tuple(reasons_to_keep_cross_account_role(rest, self._owner, profiles))
        planned = list(steps(before, rest) if reasons else removal(before))
        if not check_mode:
            # The policy first: as long as the statement is there, everybody sees that this spec uses the role.
            with roles.giving_back_if_used(self._iam, before, self._writing, self._where):
                self._writing.carry_out(step for step in planned if step.method != "update_assume_role_policy")
            if reasons and rest.trust != before.trust:
                self._write_trust(lambda document: trust.without_statement(document, self._owner.sid))
        action = "deleted" if not reasons else "removed" if planned else "unchanged"
        after = rest if reasons else None
        return AccountOutcome(self._account_id, before.arn, action, bool(planned), before, after, None, reasons)


def _error_text(error: Exception, where: str) -> str:
    remedy = getattr(error, "remedy", None)
    if isinstance(error, ImageBuilderError):
        text = str(error)
        if error.code == "MalformedPolicyDocument":
            text = (
                f"{text.rstrip('.')}. A principal in a statement of somebody else may have been deleted; IAM then shows"
                " an id such as AROA... in its place, and refuses every change to the policy until somebody has"
                " removed that statement by hand"
            )
        return text
    if remedy:
        return f"{error}. {remedy}"
    return f"{where}: unexpected {type(error).__name__}: {error}"
