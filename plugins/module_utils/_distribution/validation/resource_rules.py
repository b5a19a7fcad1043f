# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of the preflight about Regions, quotas and organizations, and about the resources that an entry names."""

from __future__ import annotations

from . import paths
from . import sources
from .rule import preflight_error as _error
from .rule import preflight_warning as _warning
from .rule import ROLLOUT
from .rule import Rule

_MORE_ROOM = "Deregister AMIs that nobody needs, or ask AWS for a higher quota {code}"
_USED = "{used} of {limit} {name} exist in {region} in account {account_id}"

RESOURCE_RULES: tuple[Rule, ...] = (
    # -- Regions -------------------------------------------------------------------------------------------------------
    _error(
        "region_absent",
        "region",
        (paths.REGION,),
        "{region} is not a Region of the partition {partition}",
        "Correct the name in distributions{hint}, or remove the Region",
        sources.REGIONS,
    ),
    _error(
        "region_not_enabled",
        "region",
        (paths.REGION,),
        "{region} is not enabled for account {account_id}",
        "Enable {region} in account {account_id} (account:EnableRegion), or remove it",
        sources.REGIONS,
    ),
    _error(
        "images_quota_reached",
        "quota_images",
        (paths.REGION,),
        f"{_USED}, so there is no room for another",
        _MORE_ROOM,
        sources.QUOTAS,
    ),
    _warning("images_quota_nearly_reached", "quota_images", (paths.REGION,), _USED, _MORE_ROOM, sources.QUOTAS),
    # -- who may launch ------------------------------------------------------------------------------------------------
    _error(
        "organizational_unit_missing",
        "organizational_unit",
        (paths.ORGANIZATIONAL_UNITS,),
        "the OU {arn} does not exist",
        "Correct organizational_unit_arns",
        sources.SHARING_GUIDE,
    ),
    _error(
        "organizational_unit_arn",
        "organizational_unit",
        (paths.ORGANIZATIONAL_UNITS,),
        "the ARN of the OU {identifier} is {found}, not {arn}",
        "Write {found}",
        sources.SHARING_GUIDE,
    ),
    _warning(
        "organization_of_others",
        "organization",
        (paths.ORGANIZATIONS,),
        "account {account_id} belongs to {organization}, so it is not known whether {arn} exists",
        "Compare the ARN with that of your organization",
        sources.SHARING_GUIDE,
    ),
    _error(
        "public_blocked",
        "public_sharing",
        (paths.USER_GROUPS,),
        "the AMI would be public, but public sharing of AMIs is blocked in {region} in account {account_id}",
        "Remove all from user_groups; only if the AMI may really be public, call ec2:DisableImageBlockPublicAccess",
        sources.BLOCK_PUBLIC_GUIDE,
    ),
    _error(
        "public_images_quota_reached",
        "quota_public_images",
        (paths.USER_GROUPS,),
        f"{_USED}, so there is no room for another",
        _MORE_ROOM,
        sources.QUOTAS,
    ),
    _warning(
        "public_images_quota_nearly_reached",
        "quota_public_images",
        (paths.USER_GROUPS,),
        _USED,
        _MORE_ROOM,
        sources.QUOTAS,
    ),
    _error(
        "sharing_quota_exceeded",
        "quota_image_sharing",
        (paths.LAUNCH_PERMISSION,),
        "launch_permission names {wanted} accounts, organizations and OUs; in {region} account {account_id} may name"
        " {limit} (quota {code})",
        "Share with an organization or OU instead of accounts, or ask AWS for a higher quota",
        sources.QUOTAS,
    ),
    # -- launch templates ----------------------------------------------------------------------------------------------
    _error(
        "template_missing",
        "launch_template",
        (paths.TEMPLATE_ID,),
        "the launch template {template} does not exist in {region} in account {account_id}",
        "Create it there, or correct the id; if another account owns it, set account_id to that account",
        sources.TEMPLATE_GUIDE,
    ),
    _error(
        "template_untagged",
        "launch_template_tag",
        (paths.TEMPLATE_ID, paths.TEMPLATE_ACCOUNT),
        "the launch template {template} lacks the tag {tag}, without which the policy that AWS requires in account"
        " {account_id} does not let Image Builder change it",
        "Tag {template} with {tag} in {region} in account {account_id}",
        sources.CROSS_ACCOUNT_GUIDE,
    ),
    _warning(
        "template_without_image",
        "launch_template_image",
        (paths.TEMPLATE_ID,),
        "the launch template {template} does not name an AMI in version {versions}; some tools cannot use this",
        "Add a version with an AMI id, and make it the default version",
        sources.TERRAFORM_ISSUE,
    ),
    _error(
        "fast_launch_template_missing",
        "fast_launch_template",
        (paths.FAST_LAUNCH_TEMPLATE,),
        "the launch template {template} does not exist in {region} in account {account_id}",
        "Create it there, or correct its id or name",
        sources.FAST_LAUNCH_GUIDE,
    ),
    _error(
        "fast_launch_version_missing",
        "fast_launch_template",
        (f"{paths.FAST_LAUNCH_TEMPLATE}.launch_template_version",),
        "the launch template {template} has no version {version} in {region}",
        "Create the version, or correct launch_template_version",
        sources.FAST_LAUNCH_GUIDE,
    ),
    _warning(
        "fast_launch_template_untagged",
        "fast_launch_template",
        (paths.FAST_LAUNCH_TEMPLATE,),
        "the launch template {template} lacks the tag {tag}; the managed policy EC2ImageBuilderExecutionPolicy "
        "allows Fast Launch only with tagged templates",
        "Tag {template} with {tag} in {region} in account {account_id}",
        sources.MANAGED_POLICY,
    ),
    # -- licences, parameters, repositories ----------------------------------------------------------------------------
    _error(
        "license_missing",
        "license_configuration",
        (paths.LICENSES,),
        "the licence configuration {arn} does not exist for account {account_id}",
        "Correct license_configuration_arns, or have the licence configuration shared with the account",
        sources.LICENSE_UPDATE_API,
    ),
    _warning(
        "license_disabled",
        "license_configuration",
        (paths.LICENSES,),
        "the licence configuration {arn} is {status}",
        "Enable it, or name another",
        sources.LICENSE_UPDATE_API,
        refused=ROLLOUT,
    ),
    _error(
        "parameter_type",
        "ssm_parameter",
        (paths.PARAMETER_NAME,),
        "the parameter {name} is a {type}; Image Builder writes a String, and SSM does not let a parameter change its"
        " type",
        "Delete the parameter, or choose another parameter_name",
        sources.SSM_API,
    ),
    _error(
        "parameter_data_type",
        "ssm_parameter",
        (paths.PARAMETER_NAME, f"{paths.PARAMETERS}[].data_type"),
        "the parameter {name} has the data type {found}, and SSM does not let it become {data_type}",
        "Set data_type to {found}, delete the parameter, or choose another parameter_name",
        sources.SSM_API,
    ),
    _warning(
        "repository_missing",
        "container_repository",
        (paths.REPOSITORY,),
        "the repository {name} does not exist in {region} in account {account_id}",
        "Create it before the next build, or correct repository_name",
        sources.REPOSITORY_API,
        refused=ROLLOUT,
    ),
    # -- buckets -------------------------------------------------------------------------------------------------------
    _error(
        "bucket_missing",
        "s3_bucket",
        (paths.BUCKET,),
        "the bucket {bucket} does not exist",
        "Create it in {region}, or correct s3_bucket",
        sources.EXPORT_GUIDE,
    ),
    _error(
        "bucket_of_another_region",
        "s3_bucket",
        (paths.BUCKET,),
        "the bucket {bucket} is in {bucket_region}, and EC2 exports AMIs in {region} only to buckets there",
        "Name a bucket in {region}",
        sources.EXPORT_GUIDE,
    ),
    _error(
        "bucket_of_another_account",
        "s3_bucket",
        (paths.BUCKET,),
        "the bucket {bucket} belongs to another account, and EC2 exports AMIs of account {account_id} only to its "
        "own buckets",
        "Name a bucket of account {account_id} in {region}",
        sources.EXPORT_GUIDE,
    ),
)
