# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of a distribution, which is one entry of C(distributions): as users write it, and as the API has it.

They are for mypy and for readers of the code. At run time, names, types and limits come from fields and from botocore's
model. An option that is not given may be missing or None; a member of the API is missing.
"""

from __future__ import annotations

from typing import Any
from typing import TypedDict


class _Distribution(TypedDict):
    region: str


class Distribution(_Distribution, total=False):
    """A distribution as users write it, without aliases."""

    ami_distribution_configuration: dict[str, Any]
    container_distribution_configuration: dict[str, Any]
    license_configuration_arns: list[str]
    launch_template_configurations: list[dict[str, Any]]
    s3_export_configuration: dict[str, Any]
    fast_launch_configurations: list[dict[str, Any]]
    ssm_parameter_configurations: list[dict[str, Any]]


class _ApiDistribution(TypedDict):
    region: str


class ApiDistribution(_ApiDistribution, total=False):
    """A distribution as the API has it."""

    amiDistributionConfiguration: ApiAmi
    containerDistributionConfiguration: dict[str, Any]
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
