# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of the preflight about IAM roles: whether they exist, whom they trust, and what they may do."""

from __future__ import annotations

from . import paths
from . import sources
from .rule import CREATE
from .rule import preflight_error as _error
from .rule import preflight_warning as _warning
from .rule import Rule

_ROLE_OF_YOUR_OWN = "Name {kind} in execution_role; the role distribution_rollout of this collection creates one"
_OTHER_ROLE = _ROLE_OF_YOUR_OWN.format(kind="another role")
_OWN_ROLE = _ROLE_OF_YOUR_OWN.format(kind="a role of your own")


def _trust(rule_id: str, check: str, options: tuple[str, ...], source: str) -> tuple[Rule, Rule]:
    """Makes two rules: the role does not trust whom it must, or only under conditions."""
    remedy = "Allow {whom} sts:AssumeRole in the trust policy of {role}"
    conditions = "{role} trusts {whom} on conditions that are not evaluated here: {conditions}"
    return (
        _error(rule_id, check, options, "{role} does not trust {whom}", remedy, source),
        _warning(f"{rule_id}_conditions", check, options, conditions, f"Check whether they are met. {remedy}", source),
    )


def _rights(rule_id: str, check: str, options: tuple[str, ...]) -> tuple[Rule, Rule]:
    """Makes two rules: the role may not do what the distributions need, or only under conditions."""
    remedy = "Give {role} the policy that the filter goldimage.aws.execution_policy derives (side: {side})"
    conditions = (
        "{role} may do the following in {region} on conditions that are not evaluated here ({conditions}): {denied}"
    )
    return (
        _error(rule_id, check, options, "{role} is denied in {region}: {denied}", remedy, sources.SIMULATOR_API),
        _warning(
            f"{rule_id}_conditions",
            check,
            options,
            conditions,
            f"Check whether they are met. {remedy}",
            sources.SIMULATOR_API,
        ),
    )


def _managed(rule_id: str, check: str, options: tuple[str, ...], source: str) -> Rule:
    """Makes a rule: the role lacks AWS managed policies."""
    message = "{role} lacks the managed policies {policies}, so it needs the same permissions from other policies"
    return _warning(rule_id, check, options, message, "Attach {policies} to {role}", source)


ROLE_RULES: tuple[Rule, ...] = (
    # -- the role of exports -------------------------------------------------------------------------------------------
    _error(
        "export_role_missing",
        "s3_export_role",
        (paths.EXPORT_ROLE,),
        "the role {role} does not exist in account {account_id}",
        "Create it with a trust policy that allows {service}, or correct s3_export_configuration.role_name",
        sources.EXPORT_ROLE_GUIDE,
    ),
    _warning(
        "export_role_not_passed",
        "s3_export_passing",
        (paths.EXPORT_ROLE,),
        "{caller} may not pass the role {role} to {service}, which AWS requires to create or update the configuration",
        "Allow {caller} iam:PassRole on {role} for the service {service}",
        sources.AUTHORIZATION_REFERENCE,
        refused=CREATE,
    ),
    *_trust("export_role_trust", "s3_export_role", (paths.EXPORT_ROLE,), sources.EXPORT_ROLE_GUIDE),
    # -- the execution role --------------------------------------------------------------------------------------------
    _error(
        "role_of_another_account",
        "execution_role",
        (paths.EXECUTION_ROLE,),
        "{role} is not in the account of the configuration, {account_id}",
        _OTHER_ROLE,
        sources.DISTRIBUTE_API,
    ),
    _error(
        "role_missing",
        "execution_role",
        (paths.EXECUTION_ROLE,),
        "the role {role} does not exist in account {account_id}",
        _OTHER_ROLE,
        sources.DISTRIBUTE_API,
    ),
    _error(
        "role_arn",
        "execution_role",
        (paths.EXECUTION_ROLE,),
        "the ARN of the role is {found}, not {role}",
        "Write {found}",
        sources.DISTRIBUTE_API,
    ),
    _warning(
        "role_service_linked",
        "execution_role",
        (paths.EXECUTION_ROLE,),
        "{role} is a service-linked role: its permissions cannot be adapted to a distribution, it writes only SSM"
        " parameters below /imagebuilder/, and service control policies have no effect on it",
        _OWN_ROLE,
        sources.WORKFLOW_GUIDE,
    ),
    _error(
        "role_reserved",
        "execution_role",
        (paths.EXECUTION_ROLE,),
        "{role} is reserved for AWS, and cannot be passed to Image Builder",
        _OWN_ROLE,
        sources.IAM_ROLE_GUIDE,
    ),
    *_trust("role_trust", "execution_role_trust", (paths.EXECUTION_ROLE,), sources.ROLE_GUIDE),
    _managed("role_managed_policies", "execution_role_managed_policies", (paths.EXECUTION_ROLE,), sources.ROLE_GUIDE),
    *_rights("role_rights", "execution_role_permissions", (paths.EXECUTION_ROLE,)),
    # -- the roles of target accounts ----------------------------------------------------------------------------------
    _error(
        "destination_role_missing",
        "destination_role",
        (paths.TARGET_ACCOUNTS,),
        "the role {role} does not exist in account {account_id}",
        "Create it there, for example with the step destination_accounts of the role distribution_rollout",
        sources.CROSS_ACCOUNT_GUIDE,
    ),
    *_trust("destination_role_trust", "destination_role_trust", (paths.TARGET_ACCOUNTS,), sources.CROSS_ACCOUNT_GUIDE),
    _managed(
        "destination_role_managed_policies",
        "destination_role_managed_policies",
        (paths.TARGET_ACCOUNTS,),
        sources.CROSS_ACCOUNT_GUIDE,
    ),
    *_rights("destination_role_rights", "destination_role_permissions", (paths.TARGET_ACCOUNTS,)),
)
