# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the table of rules that takes requests: IAM roles, whom they trust, and what they may do."""

from __future__ import annotations

from .rule import CREATE
from .rule import preflight_error as _error
from .rule import preflight_warning as _warning
from .rule import Rule

_TARGETS = "ami_distribution_configuration.target_account_ids"
_EXPORT_ROLE = "s3_export_configuration.role_name"
_EXECUTION_ROLE = "execution_role"

_DISTRIBUTE = "Image Builder API, DistributeImage"
_ACCOUNTS_GUIDE = "Image Builder user guide, Set up cross-account AMI distribution"
_EXPORT_GUIDE = "VM Import/Export user guide, Required permissions"
_ROLE_GUIDE = "Image Builder user guide, Identity and access management for Image Builder"
_SIMULATOR = "IAM API, SimulatePrincipalPolicy"

_ROLE_OF_YOUR_OWN = "Give execution_role {kind}; the role distribution_rollout of this collection makes one"
_OTHER_ROLE = _ROLE_OF_YOUR_OWN.format(kind="another role")
_OWN_ROLE = _ROLE_OF_YOUR_OWN.format(kind="a role of your own")


def _trust(rule_id: str, check: str, options: tuple[str, ...], source: str) -> tuple[Rule, Rule]:
    """A role that does not trust whom it must, and one that does so on conditions."""
    remedy = "Let the trust policy of {role} allow {whom} sts:AssumeRole"
    conditions = "{role} trusts {whom} on conditions that are not evaluated here: {conditions}"
    return (
        _error(rule_id, check, options, "{role} does not trust {whom}", remedy, source),
        _warning(f"{rule_id}_conditions", check, options, conditions, f"Check whether they are met. {remedy}", source),
    )


def _rights(rule_id: str, check: str, options: tuple[str, ...]) -> tuple[Rule, Rule]:
    """A role that may not do what the distributions need, and one that may on conditions."""
    remedy = "Give {role} the policy that the filter goldimage.aws.execution_policy derives (side: {side})"
    conditions = (
        "{role} may do the following in {region} on conditions that are not evaluated here ({conditions}): {denied}"
    )
    return (
        _error(rule_id, check, options, "{role} is denied in {region}: {denied}", remedy, _SIMULATOR),
        _warning(
            f"{rule_id}_conditions", check, options, conditions, f"Check whether they are met. {remedy}", _SIMULATOR
        ),
    )


def _managed(rule_id: str, check: str, options: tuple[str, ...], source: str) -> Rule:
    """A role without an AWS managed policy."""
    message = "{role} has not attached {policies}, so it needs the same permissions from other policies"
    return _warning(rule_id, check, options, message, "Attach {policies} to {role}", source)


ROLE_RULES: tuple[Rule, ...] = (
    # -- the role of exports -------------------------------------------------------------------------------------------
    _error(
        "export_role_missing",
        "s3_export_role",
        (_EXPORT_ROLE,),
        "the role {role} does not exist in account {account_id}",
        "Create it with a trust policy that allows {service}, or correct s3_export_configuration.role_name",
        _EXPORT_GUIDE,
    ),
    _warning(
        "export_role_not_passed",
        "s3_export_passing",
        (_EXPORT_ROLE,),
        "{caller} may not pass the role {role} to {service}, which AWS requires to create or update the configuration",
        "Allow {caller} iam:PassRole on {role} for the service {service}",
        "Service authorization reference, CreateDistributionConfiguration",
        refused=CREATE,
    ),
    *_trust("export_role_trust", "s3_export_role", (_EXPORT_ROLE,), _EXPORT_GUIDE),
    # -- the execution role --------------------------------------------------------------------------------------------
    _error(
        "role_of_another_account",
        "execution_role",
        (_EXECUTION_ROLE,),
        "{role} is in another account than the configuration, {account_id}",
        _OTHER_ROLE,
        _DISTRIBUTE,
    ),
    _error(
        "role_missing",
        "execution_role",
        (_EXECUTION_ROLE,),
        "the role {role} does not exist in account {account_id}",
        _OTHER_ROLE,
        _DISTRIBUTE,
    ),
    _error(
        "role_arn",
        "execution_role",
        (_EXECUTION_ROLE,),
        "the ARN of the role is {found}, not {role}",
        "Write {found}",
        _DISTRIBUTE,
    ),
    _warning(
        "role_service_linked",
        "execution_role",
        (_EXECUTION_ROLE,),
        "{role} is a service-linked role: its permissions cannot be adapted to a distribution, it writes only SSM "
        "parameters below /imagebuilder/,"
        " and service control policies have no effect on it",
        _OWN_ROLE,
        "Image Builder user guide, Manage image workflows",
    ),
    _error(
        "role_reserved",
        "execution_role",
        (_EXECUTION_ROLE,),
        "{role} is reserved for AWS, and cannot be passed to Image Builder",
        _OWN_ROLE,
        "IAM user guide, Using service-linked roles",
    ),
    *_trust("role_trust", "execution_role_trust", (_EXECUTION_ROLE,), _ROLE_GUIDE),
    _managed("role_managed_policies", "execution_role_managed_policies", (_EXECUTION_ROLE,), _ROLE_GUIDE),
    *_rights("role_rights", "execution_role_permissions", (_EXECUTION_ROLE,)),
    # -- the roles of target accounts ----------------------------------------------------------------------------------
    _error(
        "destination_role_missing",
        "destination_role",
        (_TARGETS,),
        "the role {role} does not exist in account {account_id}",
        "Create it there; the role distribution_rollout of this collection does, in its step destination_accounts",
        _ACCOUNTS_GUIDE,
    ),
    *_trust("destination_role_trust", "destination_role_trust", (_TARGETS,), _ACCOUNTS_GUIDE),
    _managed("destination_role_managed_policies", "destination_role_managed_policies", (_TARGETS,), _ACCOUNTS_GUIDE),
    *_rights("destination_role_rights", "destination_role_permissions", (_TARGETS,)),
)
