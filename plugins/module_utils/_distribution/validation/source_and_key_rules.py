# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of the preflight about the source image, and about the KMS keys of its snapshots and copies."""

from __future__ import annotations

from . import paths
from . import sources
from .rule import preflight_error as _error
from .rule import preflight_warning as _warning
from .rule import Rule

SOURCE_AND_KEY_RULES: tuple[Rule, ...] = (
    # -- the image that is distributed --------------------------------------------------------------------------------
    _error(
        "source_missing",
        "source_image",
        (paths.SOURCE_IMAGE,),
        "the AMI {ami_id} does not exist in {region} for account {account_id}",
        "Correct source_image; it must name an AMI of this account in the Region of the distribution configuration",
        sources.DISTRIBUTE_API,
    ),
    _error(
        "source_unresolved",
        "source_image",
        (paths.SOURCE_IMAGE,),
        "{reason}",
        "Correct source_image",
        sources.DISTRIBUTE_API,
    ),
    _error(
        "source_of_another_account",
        "source_image",
        (paths.SOURCE_IMAGE,),
        "the AMI {ami_id} belongs to account {owner}, and account {account_id} can distribute only its own AMIs",
        "Copy the AMI into account {account_id} in {region}, and give the copy",
        sources.DISTRIBUTE_API,
    ),
    _error(
        "source_not_available",
        "source_image",
        (paths.SOURCE_IMAGE,),
        "the AMI {ami_id} is {state} in {region}",
        "Wait until it is available, or give another source_image",
        sources.DISTRIBUTE_API,
    ),
    _error(
        "source_key_missing",
        "source_image_key",
        (paths.SOURCE_IMAGE,),
        "the KMS key {key} of the snapshots of {ami_id} does not exist",
        "Distribute a copy of the AMI with an existing key, or set the key in the image recipe",
        sources.COPY_API,
    ),
    _error(
        "source_licensed_export",
        "source_image_export",
        (paths.SOURCE_IMAGE, paths.S3_EXPORT),
        "the AMI {ami_id} contains {software}, and EC2 does not export such images to S3",
        "Remove s3_export_configuration from {region}, or distribute another image",
        sources.EXPORT_GUIDE,
    ),
    _error(
        "source_marketplace_export",
        "source_image_export",
        (paths.SOURCE_IMAGE, paths.S3_EXPORT),
        "the AMI {ami_id} has the product codes {codes} of AWS Marketplace, and EC2 does not export images with "
        "third-party software to S3",
        "Remove s3_export_configuration from {region}, or distribute another image",
        sources.EXPORT_GUIDE,
    ),
    _error(
        "source_encrypted_export",
        "source_image_export",
        (paths.SOURCE_IMAGE, paths.S3_EXPORT),
        "the AMI {ami_id} and its copies have encrypted snapshots, and EC2 does not export such images to S3",
        "Remove s3_export_configuration from {region}, or distribute another image",
        sources.EXPORT_GUIDE,
    ),
    _error(
        "source_watermark_public",
        "source_image_public",
        (paths.SOURCE_IMAGE, paths.USER_GROUPS),
        "the AMI {ami_id} has the watermarks {marks}, and AMIs with watermarks cannot be public",
        "Remove all from user_groups in {region}, or distribute another image",
        sources.RECIPE_API,
    ),
    _error(
        "source_marketplace_public",
        "source_image_public",
        (paths.SOURCE_IMAGE, paths.USER_GROUPS),
        "the AMI {ami_id} has the product codes {codes} of AWS Marketplace, and AMIs with such codes cannot be public",
        "Remove all from user_groups in {region}, or distribute another image",
        sources.PUBLIC_GUIDE,
    ),
    _error(
        "source_encrypted_public",
        "source_image_public",
        (paths.SOURCE_IMAGE, paths.USER_GROUPS),
        "the AMI {ami_id} and its copies have encrypted snapshots, and such AMIs cannot be public",
        "Remove all from user_groups in {region}, or distribute another image",
        sources.PUBLIC_GUIDE,
    ),
    _error(
        "source_platform_fast_launch",
        "source_image_fast_launch",
        (paths.SOURCE_IMAGE, paths.FAST_LAUNCH),
        "Fast Launch is for Windows, and the AMI {ami_id} is {platform}",
        "Remove fast_launch_configurations from {region}",
        sources.WINDOWS_FAST_LAUNCH_GUIDE,
    ),
    # -- keys ----------------------------------------------------------------------------------------------------------
    _error(
        "key_missing",
        "kms_key",
        (paths.KMS_KEY,),
        "the KMS key {key} does not exist in {region} for account {account_id}",
        "Create the key or its alias, or correct kms_key_id{hint}",
        sources.COPY_API,
    ),
    _error(
        "key_not_enabled",
        "kms_key",
        (paths.KMS_KEY, paths.SOURCE_IMAGE),
        "the KMS key {key} is {state}",
        "Enable the key, or name another",
        sources.COPY_API,
    ),
    _error(
        "key_not_for_ebs",
        "kms_key",
        (paths.KMS_KEY, paths.SOURCE_IMAGE),
        "the KMS key {key} is for {usage} with {spec}; EBS takes symmetric encryption keys only",
        "Name another key",
        sources.EBS_GUIDE,
    ),
    _error(
        "key_managed_by_aws",
        "kms_key_policy",
        (paths.KMS_KEY, paths.TARGET_ACCOUNTS, paths.LAUNCH_PERMISSION, paths.SOURCE_IMAGE),
        "{key} is managed by AWS, and no other account can use it; {who} needs it",
        "Name a customer managed key whose policy allows them",
        sources.SHARING_GUIDE,
    ),
    _error(
        "key_policy_copy",
        "kms_key_policy",
        (paths.KMS_KEY, paths.TARGET_ACCOUNTS, paths.SOURCE_IMAGE),
        "the policy of {key} does not allow {who} to {purpose} AMIs: {actions} missing",
        "Change the policy of {key} to allow {admitted}",
        sources.CROSS_ACCOUNT_GUIDE,
    ),
    _warning(
        "key_policy_launch",
        "kms_key_policy",
        (paths.KMS_KEY, paths.LAUNCH_PERMISSION, paths.SOURCE_IMAGE),
        "the policy of {key} does not allow {who} to {purpose} AMIs: {actions} missing",
        "Change the policy of {key} to allow {admitted}",
        sources.SHARING_GUIDE,
    ),
    _warning(
        "key_policy_conditions",
        "kms_key_policy",
        (paths.KMS_KEY, paths.TARGET_ACCOUNTS, paths.LAUNCH_PERMISSION, paths.SOURCE_IMAGE),
        "the policy of {key} allows {who} on conditions that are not evaluated here: {conditions}",
        "Check whether they are met, or change the policy of {key} to allow {admitted}",
        sources.SHARING_GUIDE,
    ),
    _error(
        "default_key_shared",
        "copy_encryption",
        (paths.LAUNCH_PERMISSION,),
        "{why}, so copies in {region} get the key {key} that AWS manages in account {account_id}, and cannot be shared"
        " with {who}",
        "Name a customer managed key of {region} as kms_key_id, or make one the default of EBS there",
        sources.SHARING_GUIDE,
    ),
    _error(
        "default_encryption_public",
        "copy_encryption",
        (paths.USER_GROUPS,),
        "{why}, so copies in {region} in account {account_id} are encrypted, and AMIs with encrypted snapshots "
        "cannot be public",
        "Remove all from user_groups in {region}, or turn encryption by default off there",
        sources.PUBLIC_GUIDE,
    ),
    _error(
        "default_encryption_export",
        "copy_encryption",
        (paths.S3_EXPORT,),
        "{why}, so the copy in {region} in account {account_id} is encrypted, and EC2 does not export AMIs with "
        "encrypted snapshots to S3",
        "Remove s3_export_configuration from {region}, or turn encryption by default off there",
        sources.EXPORT_GUIDE,
    ),
)
