# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of a distribution, which is one entry of C(distributions): as users write it, and as the API has it.

They are for mypy and for readers of the code. At run time, names, types and limits come from fields and from botocore's
model. An option that is not given may be missing or None; a member of the API is missing.
"""

from __future__ import annotations

from typing import TypedDict


class _Distribution(TypedDict):
    region: str


class Distribution(_Distribution, total=False):
    """A distribution as users write it, without aliases."""

    ami_distribution_configuration: AmiSettings
    container_distribution_configuration: Container
    license_configuration_arns: list[str]
    launch_template_configurations: list[LaunchTemplate]
    s3_export_configuration: S3Export
    fast_launch_configurations: list[FastLaunch]
    ssm_parameter_configurations: list[SsmParameter]


class AmiSettings(TypedDict, total=False):
    """The settings of the AMIs in the Region."""

    name: str
    name_prefix: str
    description: str
    target_account_ids: list[str]
    ami_tags: dict[str, str]
    kms_key_id: str
    launch_permission: LaunchPermission


class LaunchPermission(TypedDict, total=False):
    """Who may launch the AMIs without owning them."""

    user_ids: list[str]
    user_groups: list[str]
    organization_arns: list[str]
    organizational_unit_arns: list[str]


class _Container(TypedDict):
    target_repository: Repository


class Container(_Container, total=False):
    """The settings of the container images in the Region."""

    description: str
    container_tags: list[str]


class Repository(TypedDict):
    """The repository of the container images."""

    service: str
    repository_name: str


class _LaunchTemplate(TypedDict):
    launch_template_id: str


class LaunchTemplate(_LaunchTemplate, total=False):
    """A launch template that gets a new version."""

    account_id: str
    set_default_version: bool


class _S3Export(TypedDict):
    role_name: str
    disk_image_format: str
    s3_bucket: str


class S3Export(_S3Export, total=False):
    """An export of the AMI."""

    s3_prefix: str


class _FastLaunch(TypedDict):
    enabled: bool


class FastLaunch(_FastLaunch, total=False):
    """Fast Launch in one account."""

    snapshot_configuration: dict[str, int]
    max_parallel_launches: int
    launch_template: FastLaunchTemplate
    account_id: str


class FastLaunchTemplate(TypedDict, total=False):
    """The launch template with which Fast Launch prepares snapshots, by id or by name."""

    launch_template_id: str
    launch_template_name: str
    launch_template_version: str


class _SsmParameter(TypedDict):
    parameter_name: str


class SsmParameter(_SsmParameter, total=False):
    """An SSM parameter that gets the id of the AMI."""

    ami_account_id: str
    data_type: str


class _ApiDistribution(TypedDict):
    region: str


class ApiDistribution(_ApiDistribution, total=False):
    """A distribution as the API has it."""

    amiDistributionConfiguration: ApiAmi
    containerDistributionConfiguration: ApiContainer
    licenseConfigurationArns: list[str]
    launchTemplateConfigurations: list[ApiLaunchTemplate]
    s3ExportConfiguration: ApiS3Export
    fastLaunchConfigurations: list[ApiFastLaunch]
    ssmParameterConfigurations: list[ApiSsmParameter]


class ApiAmi(TypedDict, total=False):
    """The settings of the AMIs in the Region."""

    name: str
    description: str
    targetAccountIds: list[str]
    amiTags: dict[str, str]
    kmsKeyId: str
    launchPermission: ApiLaunchPermission


class ApiLaunchPermission(TypedDict, total=False):
    """Who may launch the AMIs without owning them."""

    userIds: list[str]
    userGroups: list[str]
    organizationArns: list[str]
    organizationalUnitArns: list[str]


class ApiContainer(TypedDict, total=False):
    """The settings of the container images in the Region."""

    description: str
    containerTags: list[str]
    targetRepository: dict[str, str]


class _ApiLaunchTemplate(TypedDict):
    launchTemplateId: str


class ApiLaunchTemplate(_ApiLaunchTemplate, total=False):
    """A launch template that gets a new version."""

    accountId: str
    setDefaultVersion: bool


class ApiS3Export(TypedDict, total=False):
    """An export of the AMI; all but the prefix is required."""

    roleName: str
    diskImageFormat: str
    s3Bucket: str
    s3Prefix: str


class _ApiFastLaunch(TypedDict):
    enabled: bool


class ApiFastLaunch(_ApiFastLaunch, total=False):
    """Fast Launch in one account."""

    snapshotConfiguration: dict[str, int]
    maxParallelLaunches: int
    launchTemplate: ApiFastLaunchTemplate
    accountId: str


class ApiFastLaunchTemplate(TypedDict, total=False):
    """The launch template with which Fast Launch prepares snapshots, by id or by name."""

    launchTemplateId: str
    launchTemplateName: str
    launchTemplateVersion: str


class _ApiSsmParameter(TypedDict):
    parameterName: str


class ApiSsmParameter(_ApiSsmParameter, total=False):
    """An SSM parameter that gets the id of the AMI."""

    amiAccountId: str
    dataType: str
