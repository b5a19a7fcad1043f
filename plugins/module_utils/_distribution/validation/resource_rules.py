# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the table of rules that takes requests: Regions, quotas, organizations, and what an entry refers to."""

from __future__ import annotations

from .rule import preflight_error as _error
from .rule import preflight_warning as _warning
from .rule import ROLLOUT
from .rule import Rule

_PERMISSION = "ami_distribution_configuration.launch_permission"
_TEMPLATE = "launch_template_configurations[].launch_template_id"
_OWNER = "launch_template_configurations[].account_id"
_FAST = "fast_launch_configurations[].launch_template"
_PARAMETER = "ssm_parameter_configurations[].parameter_name"
_LICENSES = "license_configuration_arns"
_REPOSITORY = "container_distribution_configuration.target_repository.repository_name"

_REGIONS = "AWS General Reference, Regions"
_QUOTAS = "AWS General Reference, Amazon EC2 endpoints and quotas"
_SHARE_GUIDE = "EC2 user guide, Share an AMI with specific AWS accounts and with organizations and OUs"
_PUBLIC_GUIDE = "EC2 user guide, Block public access to your AMIs"
_TEMPLATE_GUIDE = "Image Builder user guide, Use an EC2 launch template in AMI distribution settings"
_ACCOUNTS_GUIDE = "Image Builder user guide, Set up cross-account AMI distribution"
_FAST_GUIDE = "Image Builder user guide, Configure EC2 Fast Launch"
_MANAGED_POLICY = "AWS managed policy EC2ImageBuilderExecutionPolicy"
_LICENSE_API = "License Manager API, UpdateLicenseSpecificationsForResource"
_SSM = "Systems Manager API, PutParameter"

_MORE_ROOM = "Deregister AMIs that nobody needs, or ask AWS for a higher quota {code}"
_USED = "{used} of {limit} {name} exist in {region} in account {account_id}"

RESOURCE_RULES: tuple[Rule, ...] = (
    # -- Regions -------------------------------------------------------------------------------------------------------
    _error(
        "region_absent",
        "region",
        ("region",),
        "{region} is not a Region of the partition {partition}",
        "Correct the name in distributions{hint}, or take the Region out",
        _REGIONS,
    ),
    _error(
        "region_not_enabled",
        "region",
        ("region",),
        "{region} is not enabled for account {account_id}",
        "Enable {region} in account {account_id} (account:EnableRegion), or remove it",
        _REGIONS,
    ),
    _error(
        "images_quota_reached",
        "quota_images",
        ("region",),
        f"{_USED}, so there is no room for another",
        _MORE_ROOM,
        _QUOTAS,
    ),
    _warning("images_quota_nearly_reached", "quota_images", ("region",), _USED, _MORE_ROOM, _QUOTAS),
    # -- who may launch ------------------------------------------------------------------------------------------------
    _error(
        "organizational_unit_missing",
        "organizational_unit",
        (f"{_PERMISSION}.organizational_unit_arns",),
        "the OU {arn} does not exist",
        "Correct organizational_unit_arns",
        _SHARE_GUIDE,
    ),
    _error(
        "organizational_unit_arn",
        "organizational_unit",
        (f"{_PERMISSION}.organizational_unit_arns",),
        "the ARN of the OU {identifier} is {found}, not {arn}",
        "Write {found}",
        _SHARE_GUIDE,
    ),
    _warning(
        "organization_of_others",
        "organization",
        (f"{_PERMISSION}.organization_arns",),
        "account {account_id} belongs to {organization}, so it is not known whether {arn} exists",
        "Compare the ARN with that of your organization",
        _SHARE_GUIDE,
    ),
    _error(
        "public_blocked",
        "public_sharing",
        (f"{_PERMISSION}.user_groups",),
        "the AMI would be public, but public sharing of AMIs is blocked in {region} in account {account_id}",
        "Remove all from user_groups; only if the AMI may really be public, call ec2:DisableImageBlockPublicAccess",
        _PUBLIC_GUIDE,
    ),
    _error(
        "public_images_quota_reached",
        "quota_public_images",
        (f"{_PERMISSION}.user_groups",),
        f"{_USED}, so there is no room for another",
        _MORE_ROOM,
        _QUOTAS,
    ),
    _warning(
        "public_images_quota_nearly_reached",
        "quota_public_images",
        (f"{_PERMISSION}.user_groups",),
        _USED,
        _MORE_ROOM,
        _QUOTAS,
    ),
    _error(
        "sharing_quota_exceeded",
        "quota_image_sharing",
        (_PERMISSION,),
        "launch_permission names {wanted} accounts, organizations and OUs; in {region} account {account_id} may name"
        " {limit} (quota {code})",
        "Share with an organization or OU instead of accounts, or ask AWS for a higher quota",
        _QUOTAS,
    ),
    # -- launch templates ----------------------------------------------------------------------------------------------
    _error(
        "template_missing",
        "launch_template",
        (_TEMPLATE,),
        "the launch template {template} does not exist in {region} in account {account_id}",
        "Create it there, or correct the id; if another account owns it, set account_id to that account",
        _TEMPLATE_GUIDE,
    ),
    _error(
        "template_untagged",
        "launch_template_tag",
        (_TEMPLATE, _OWNER),
        "the launch template {template} lacks the tag {tag}, without which the policy that AWS requires in account"
        " {account_id} does not let Image Builder change it",
        "Tag {template} with {tag} in {region} in account {account_id}",
        _ACCOUNTS_GUIDE,
    ),
    _warning(
        "template_without_image",
        "launch_template_image",
        (_TEMPLATE,),
        "the launch template {template} does not name an AMI in version {versions}; some tools cannot use that",
        "Add a version with an AMI id and make it the default one",
        "terraform-provider-aws, issue 29678",
    ),
    _error(
        "fast_launch_template_missing",
        "fast_launch_template",
        (_FAST,),
        "the launch template {template} does not exist in {region} in account {account_id}",
        "Create it there, or correct its id or name",
        _FAST_GUIDE,
    ),
    _error(
        "fast_launch_version_missing",
        "fast_launch_template",
        (f"{_FAST}.launch_template_version",),
        "the launch template {template} has no version {version} in {region}",
        "Create the version, or correct launch_template_version",
        _FAST_GUIDE,
    ),
    _warning(
        "fast_launch_template_untagged",
        "fast_launch_template",
        (_FAST,),
        "the launch template {template} lacks the tag {tag}; the managed policy EC2ImageBuilderExecutionPolicy "
        "allows Fast Launch only with tagged templates",
        "Tag {template} with {tag} in {region} in account {account_id}",
        _MANAGED_POLICY,
    ),
    # -- licences, parameters, repositories ----------------------------------------------------------------------------
    _error(
        "license_missing",
        "license_configuration",
        (_LICENSES,),
        "the licence configuration {arn} does not exist for account {account_id}",
        "Correct license_configuration_arns, or have the licence configuration shared with the account",
        _LICENSE_API,
    ),
    _warning(
        "license_disabled",
        "license_configuration",
        (_LICENSES,),
        "the licence configuration {arn} is {status}",
        "Enable it, or name another",
        _LICENSE_API,
        refused=ROLLOUT,
    ),
    _error(
        "parameter_type",
        "ssm_parameter",
        (_PARAMETER,),
        "the parameter {name} is a {type}; Image Builder writes a String, and SSM does not let a parameter change its"
        " type",
        "Delete the parameter, or choose another parameter_name",
        _SSM,
    ),
    _error(
        "parameter_data_type",
        "ssm_parameter",
        (_PARAMETER, "ssm_parameter_configurations[].data_type"),
        "the parameter {name} has the data type {found}, and SSM does not let it become {data_type}",
        "Set data_type to {found}, delete the parameter, or choose another parameter_name",
        _SSM,
    ),
    _warning(
        "repository_missing",
        "container_repository",
        (_REPOSITORY,),
        "the repository {name} does not exist in {region} in account {account_id}",
        "Create it before the next build, or correct repository_name",
        "Image Builder API, TargetContainerRepository",
        refused=ROLLOUT,
    ),
)
