# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option paths that the rules are about, below an entry of C(distributions), and other options of the preflight."""

from __future__ import annotations

REGION = "region"
AMI = "ami_distribution_configuration"
AMI_NAME = f"{AMI}.name"
KMS_KEY = f"{AMI}.kms_key_id"
TARGET_ACCOUNTS = f"{AMI}.target_account_ids"
LAUNCH_PERMISSION = f"{AMI}.launch_permission"
USER_GROUPS = f"{LAUNCH_PERMISSION}.user_groups"
ORGANIZATIONS = f"{LAUNCH_PERMISSION}.organization_arns"
ORGANIZATIONAL_UNITS = f"{LAUNCH_PERMISSION}.organizational_unit_arns"
CONTAINER = "container_distribution_configuration"
REPOSITORY = f"{CONTAINER}.target_repository.repository_name"
LICENSES = "license_configuration_arns"
TEMPLATES = "launch_template_configurations"
TEMPLATE_ID = f"{TEMPLATES}[].launch_template_id"
TEMPLATE_ACCOUNT = f"{TEMPLATES}[].account_id"
S3_EXPORT = "s3_export_configuration"
EXPORT_ROLE = f"{S3_EXPORT}.role_name"
BUCKET = f"{S3_EXPORT}.s3_bucket"
FAST_LAUNCH = "fast_launch_configurations"
FAST_LAUNCH_TEMPLATE = f"{FAST_LAUNCH}[].launch_template"
PARAMETERS = "ssm_parameter_configurations"
PARAMETER_NAME = f"{PARAMETERS}[].parameter_name"

# Options of the preflight itself.
SOURCE_IMAGE = "source_image"
EXECUTION_ROLE = "execution_role"
