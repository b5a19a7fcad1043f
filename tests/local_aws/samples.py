"""Requests to try the service with."""

from __future__ import annotations

import copy
from typing import Any


def full_request() -> dict[str, Any]:
    """A CreateDistributionConfiguration that uses every member of botocore's model and is accepted."""
    return copy.deepcopy(_FULL_REQUEST)


_FULL_REQUEST: dict[str, Any] = {
    "name": "Golden Image",
    "description": "web servers of all Regions",
    "clientToken": "8a1f4c52-1111-4222-8333-123456789abc",
    "dryRun": False,
    "tags": {"team": "web"},
    "distributions": [
        {
            "region": "us-east-1",
            "amiDistributionConfiguration": {
                "name": "web {{ imagebuilder:buildDate }}",
                "description": "web server",
                "targetAccountIds": ["111122223333"],
                "amiTags": {"CostCenter": "42"},
                "kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
                "launchPermission": {
                    "userIds": ["444455556666"],
                    "userGroups": ["all"],
                    "organizationArns": ["arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5"],
                    "organizationalUnitArns": ["arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-cd34ef56"],
                },
            },
            "licenseConfigurationArns": [
                "arn:aws:license-manager:us-east-1:123456789012:license-configuration:lic-" + "0a" * 16
            ],
            "launchTemplateConfigurations": [
                {
                    "launchTemplateId": "lt-0a1b2c3d4e5f67890",
                    "accountId": "111122223333",
                    "setDefaultVersion": False,
                }
            ],
            "s3ExportConfiguration": {
                "roleName": "vmimport",
                "diskImageFormat": "VMDK",
                "s3Bucket": "amzn-s3-demo-bucket",
                "s3Prefix": "images/",
            },
            "fastLaunchConfigurations": [
                {
                    "enabled": True,
                    "snapshotConfiguration": {"targetResourceCount": 5},
                    "maxParallelLaunches": 6,
                    "launchTemplate": {"launchTemplateId": "lt-0a1b2c3d4e5f67890", "launchTemplateVersion": "2"},
                    "accountId": "123456789012",
                }
            ],
            "ssmParameterConfigurations": [
                {
                    "amiAccountId": "111122223333",
                    "parameterName": "/imagebuilder/web",
                    "dataType": "aws:ec2:image",
                }
            ],
        },
        {
            "region": "eu-west-1",
            "containerDistributionConfiguration": {
                "description": "web container",
                "containerTags": ["latest"],
                "targetRepository": {"service": "ECR", "repositoryName": "web/server"},
            },
            "fastLaunchConfigurations": [{"enabled": False, "launchTemplate": {"launchTemplateName": "web"}}],
        },
    ],
}
