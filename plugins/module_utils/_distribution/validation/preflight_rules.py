# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the table of rules that takes requests: the source image, keys, and the buckets of exports."""

from __future__ import annotations

from .rule import preflight_error as _error
from .rule import preflight_warning as _warning
from .rule import Rule

_AMI = "ami_distribution_configuration"
_KEY = f"{_AMI}.kms_key_id"
_PERMISSION = f"{_AMI}.launch_permission"
_TARGETS = f"{_AMI}.target_account_ids"
_EXPORT = "s3_export_configuration"
_FAST = "fast_launch_configurations"
_SOURCE = "source_image"

_DISTRIBUTE = "Image Builder API, DistributeImage"
_SHARE_GUIDE = "EC2 user guide, Share an AMI with specific AWS accounts and with organizations and OUs"
_PUBLIC_GUIDE = "EC2 user guide, Make your AMI publicly available"
_EXPORT_GUIDE = "VM Import/Export user guide, Considerations for image export"
_ACCOUNTS_GUIDE = "Image Builder user guide, Set up cross-account AMI distribution"
_FAST_GUIDE = "EC2 user guide, Configure EC2 Fast Launch settings for your Windows AMI"
_COPY = "EC2 API, CopyImage"


PREFLIGHT_RULES: tuple[Rule, ...] = (
    # -- the image that is distributed --------------------------------------------------------------------------------
    _error(
        "source_missing",
        "source_image",
        (_SOURCE,),
        "the AMI {ami_id} does not exist in {region} for account {account_id}",
        "Correct source_image; it must name an AMI of this account in the Region of the distribution configuration",
        _DISTRIBUTE,
    ),
    _error(
        "source_unresolved",
        "source_image",
        (_SOURCE,),
        "{reason}",
        "Correct source_image",
        _DISTRIBUTE,
    ),
    _error(
        "source_of_another_account",
        "source_image",
        (_SOURCE,),
        "the AMI {ami_id} belongs to account {owner}, and account {account_id} can distribute only its own AMIs",
        "Copy the AMI into account {account_id} in {region}, and give the copy",
        _DISTRIBUTE,
    ),
    _error(
        "source_not_available",
        "source_image",
        (_SOURCE,),
        "the AMI {ami_id} is {state} in {region}",
        "Wait until it is available, or give another source_image",
        _DISTRIBUTE,
    ),
    _error(
        "source_key_missing",
        "source_image_key",
        (_SOURCE,),
        "the KMS key {key} of the snapshots of {ami_id} does not exist",
        "Distribute a copy of the AMI with an existing key, or set the key in the image recipe",
        _COPY,
    ),
    _error(
        "source_licensed_export",
        "source_image_export",
        (_SOURCE, _EXPORT),
        "the AMI {ami_id} contains {software}, and EC2 does not export such images to S3",
        "Remove s3_export_configuration from {region}, or distribute another image",
        _EXPORT_GUIDE,
    ),
    _error(
        "source_marketplace_export",
        "source_image_export",
        (_SOURCE, _EXPORT),
        "the AMI {ami_id} has the product codes {codes} of AWS Marketplace, and EC2 does not export images with "
        "third-party software to S3",
        "Remove s3_export_configuration from {region}, or distribute another image",
        _EXPORT_GUIDE,
    ),
    _error(
        "source_encrypted_export",
        "source_image_export",
        (_SOURCE, _EXPORT),
        "the AMI {ami_id} and its copies have encrypted snapshots, and EC2 does not export such images to S3",
        "Remove s3_export_configuration from {region}, or distribute another image",
        _EXPORT_GUIDE,
    ),
    _error(
        "source_watermark_public",
        "source_image_public",
        (_SOURCE, f"{_PERMISSION}.user_groups"),
        "the AMI {ami_id} has the watermarks {marks}, and AMIs with watermarks cannot be public",
        "Remove all from user_groups in {region}, or distribute another image",
        "Image Builder API, CreateImageRecipe",
    ),
    _error(
        "source_marketplace_public",
        "source_image_public",
        (_SOURCE, f"{_PERMISSION}.user_groups"),
        "the AMI {ami_id} has the product codes {codes} of AWS Marketplace, and AMIs with such codes cannot be public",
        "Remove all from user_groups in {region}, or distribute another image",
        _PUBLIC_GUIDE,
    ),
    _error(
        "source_encrypted_public",
        "source_image_public",
        (_SOURCE, f"{_PERMISSION}.user_groups"),
        "the AMI {ami_id} and its copies have encrypted snapshots, and such AMIs cannot be public",
        "Remove all from user_groups in {region}, or distribute another image",
        _PUBLIC_GUIDE,
    ),
    _error(
        "source_platform_fast_launch",
        "source_image_fast_launch",
        (_SOURCE, _FAST),
        "Fast Launch is for Windows, and the AMI {ami_id} is {platform}",
        "Remove fast_launch_configurations from {region}",
        _FAST_GUIDE,
    ),
    # -- keys ----------------------------------------------------------------------------------------------------------
    _error(
        "key_missing",
        "kms_key",
        (_KEY,),
        "the KMS key {key} does not exist in {region} for account {account_id}",
        "Create the key or its alias, or correct kms_key_id{hint}",
        _COPY,
    ),
    _error(
        "key_not_enabled",
        "kms_key",
        (_KEY, _SOURCE),
        "the KMS key {key} is {state}",
        "Enable the key, or name another",
        _COPY,
    ),
    _error(
        "key_not_for_ebs",
        "kms_key",
        (_KEY, _SOURCE),
        "the KMS key {key} is for {usage} with {spec}; EBS takes symmetric encryption keys only",
        "Name another key",
        "EBS user guide, Requirements for Amazon EBS encryption",
    ),
    _error(
        "key_managed_by_aws",
        "kms_key_policy",
        (_KEY, _TARGETS, _PERMISSION, _SOURCE),
        "{key} is managed by AWS, and no other account can use it; {who} needs it",
        "Name a customer managed key whose policy allows them",
        _SHARE_GUIDE,
    ),
    _error(
        "key_policy_copy",
        "kms_key_policy",
        (_KEY, _TARGETS, _SOURCE),
        "the policy of {key} does not allow {who} to {purpose} AMIs: {actions} missing",
        "Change the policy of {key} to allow {admitted}",
        _ACCOUNTS_GUIDE,
    ),
    _warning(
        "key_policy_launch",
        "kms_key_policy",
        (_KEY, _PERMISSION, _SOURCE),
        "the policy of {key} does not allow {who} to {purpose} AMIs: {actions} missing",
        "Change the policy of {key} to allow {admitted}",
        _SHARE_GUIDE,
    ),
    _warning(
        "key_policy_conditions",
        "kms_key_policy",
        (_KEY, _TARGETS, _PERMISSION, _SOURCE),
        "the policy of {key} allows {who} on conditions that are not evaluated here: {conditions}",
        "Check whether they are met, or change the policy of {key} to allow {admitted}",
        _SHARE_GUIDE,
    ),
    _error(
        "default_key_shared",
        "copy_encryption",
        (_PERMISSION,),
        "{why}, so copies in {region} get the key {key} that AWS manages in account {account_id}, and cannot be shared"
        " with {who}",
        "Name a customer managed key of {region} as kms_key_id, or make one the default of EBS there",
        _SHARE_GUIDE,
    ),
    _error(
        "default_encryption_public",
        "copy_encryption",
        (f"{_PERMISSION}.user_groups",),
        "{why}, so copies in {region} in account {account_id} are encrypted, and AMIs with encrypted snapshots "
        "cannot be public",
        "Remove all from user_groups in {region}, or turn encryption by default off there",
        _PUBLIC_GUIDE,
    ),
    _error(
        "default_encryption_export",
        "copy_encryption",
        (_EXPORT,),
        "{why}, so the copy in {region} in account {account_id} is encrypted, and EC2 does not export AMIs with "
        "encrypted snapshots to S3",
        "Remove s3_export_configuration from {region}, or turn encryption by default off there",
        _EXPORT_GUIDE,
    ),
    # -- exports -------------------------------------------------------------------------------------------------------
    _error(
        "bucket_missing",
        "s3_bucket",
        (f"{_EXPORT}.s3_bucket",),
        "the bucket {bucket} does not exist",
        "Create it in {region}, or correct s3_bucket",
        _EXPORT_GUIDE,
    ),
    _error(
        "bucket_of_another_region",
        "s3_bucket",
        (f"{_EXPORT}.s3_bucket",),
        "the bucket {bucket} is in {bucket_region}, and EC2 exports AMIs in {region} only to buckets there",
        "Name a bucket in {region}",
        _EXPORT_GUIDE,
    ),
    _error(
        "bucket_of_another_account",
        "s3_bucket",
        (f"{_EXPORT}.s3_bucket",),
        "the bucket {bucket} belongs to another account, and EC2 exports AMIs of account {account_id} only to its "
        "own buckets",
        "Name a bucket of account {account_id} in {region}",
        _EXPORT_GUIDE,
    ),
)
