"""The permissions that the documentation lists are enough, and the findings name each one that is missing."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import yaml
from ansible_collections.goldimage.aws.plugins.module_utils._aws import api
from ansible_collections.goldimage.aws.plugins.module_utils._aws.accounts import RoleNotAssumed
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import questions
from ansible_collections.goldimage.aws.plugins.modules import imagebuilder_distribution_preflight_info as module
from botocore import xform_name
from botocore.exceptions import ClientError

SOURCE, TARGET = "123456789012", "111122223333"
HOME, AWAY = "us-west-2", "eu-west-1"
KEY = f"arn:aws:kms:{HOME}:{SOURCE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ORGANIZATION = "arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5"
UNIT = "arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-11111111"
LICENSE = f"arn:aws:license-manager:{HOME}:{SOURCE}:license-configuration:lic-{'0' * 32}"

AMI = "ami-0abcdef1234567890"
IMAGE = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:image/web/1.0.0/1"

TRUST = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": SOURCE, "Service": ["imagebuilder.amazonaws.com", "vmie.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ]
}

# Service of botocore, operation -> what AWS answers where all is well.
ANSWERS = {
    ("ec2", "DescribeRegions"): {
        "Regions": [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in (HOME, AWAY)]
    },
    ("ec2", "GetEbsEncryptionByDefault"): {"EbsEncryptionByDefault": True},
    ("ec2", "GetEbsDefaultKmsKeyId"): {"KmsKeyId": KEY},
    # It needs no permission.
    ("sts", "GetCallerIdentity"): {"Arn": f"arn:aws:iam::{SOURCE}:user/deployer"},
    ("ec2", "DescribeImages"): {
        "Images": [
            {
                "ImageId": AMI,
                "OwnerId": SOURCE,
                "State": "available",
                "Platform": "windows",
                "BlockDeviceMappings": [{"Ebs": {"SnapshotId": "snap-1"}}],
            }
        ]
    },
    ("ec2", "DescribeSnapshots"): {"Snapshots": [{"Encrypted": True, "KmsKeyId": KEY}]},
    ("ssm", "GetParameter"): {"Parameter": {"Value": AMI}},
    ("ec2", "GetImageBlockPublicAccessState"): {"ImageBlockPublicAccessState": "unblocked"},
    ("ec2", "DescribeLaunchTemplates"): {
        "LaunchTemplates": [{"LaunchTemplateId": "lt-1", "Tags": [{"Key": "CreatedBy", "Value": "EC2 Image Builder"}]}]
    },
    ("ec2", "DescribeLaunchTemplateVersions"): {
        "LaunchTemplateVersions": [{"VersionNumber": 1, "LaunchTemplateData": {"ImageId": "ami-1"}}]
    },
    # A quota that nobody has changed, so that both operations are needed.
    ("service-quotas", "GetServiceQuota"): "NoSuchResourceException",
    ("service-quotas", "GetAWSDefaultServiceQuota"): {"Quota": {"Value": 1000.0}},
    ("kms", "DescribeKey"): {
        "KeyMetadata": {"Arn": KEY, "AWSAccountId": SOURCE, "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT"}
    },
    ("kms", "GetKeyPolicy"): {
        "Policy": '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}}'
    },
    ("s3", "HeadBucket"): {"BucketRegion": HOME},
    ("license-manager", "GetLicenseConfiguration"): {"Status": "AVAILABLE"},
    ("ssm", "DescribeParameters"): {"Parameters": []},
    ("ecr", "DescribeRepositories"): {"repositories": []},
    ("organizations", "DescribeOrganization"): {"Organization": {"Arn": ORGANIZATION}},
    ("organizations", "DescribeOrganizationalUnit"): {"OrganizationalUnit": {"Arn": UNIT}},
    ("iam", "GetRole"): {
        "Role": {
            "Path": "/",
            "RoleName": "Role",
            "Arn": f"arn:aws:iam::{SOURCE}:role/Role",
            "AssumeRolePolicyDocument": TRUST,
        }
    },
    ("iam", "ListAttachedRolePolicies"): {
        "AttachedPolicies": [
            {"PolicyArn": f"arn:aws:iam::aws:policy/{name}"}
            for name in ("EC2FastLaunchFullAccess", "Ec2ImageBuilderCrossAccountDistributionAccess")
        ]
    },
    ("iam", "SimulatePrincipalPolicy"): {"EvaluationResults": []},
}
# Their names in IAM.
PREFIXES = {"service-quotas": "servicequotas"}
PERMISSIONS = {"s3:HeadBucket": "s3:ListBucket"}
# Asked through Image Builder's own connection, and by Accounts.
ELSEWHERE = {"imagebuilder:ListImagePipelines", "imagebuilder:GetDistributionConfiguration", "sts:AssumeRole"}
ELSEWHERE |= {"imagebuilder:GetImage"}


def permission(service, operation):
    name = f"{PREFIXES.get(service, service)}:{operation}"
    return PERMISSIONS.get(name, name)


def client_error(code, operation):
    return ClientError({"Error": {"Code": code, "Message": "As AWS says it."}}, operation)


class AccountsWithoutAPermission:
    """Accounts in which all is well, but for one permission that is missing."""

    account_id, partition, home_region = SOURCE, "aws", HOME

    def __init__(self, missing):
        self.missing = missing

    def has_named_role(self, account_id):
        return False

    def client(self, service, region=None, account_id=None):
        if account_id == TARGET and self.missing == "sts:AssumeRole":
            raise RoleNotAssumed(TARGET, "any", "denied", "sts:AssumeRole on any", "Allow it")
        methods = {
            xform_name(operation): self._method(service, operation, answer)
            for (owner, operation), answer in ANSWERS.items()
            if owner == service
        }

        def pages(name):
            return SimpleNamespace(paginate=lambda **parameters: [methods[name](**parameters)])

        meta = SimpleNamespace(service_model=SimpleNamespace(signing_name=PREFIXES.get(service, service)))
        return SimpleNamespace(**methods, get_paginator=pages, meta=meta)

    def _method(self, service, operation, answer):
        def method(**dummy):
            if permission(service, operation) == self.missing:
                raise client_error("AccessDeniedException", operation)
            if isinstance(answer, str):
                raise client_error(answer, operation)
            return answer

        return method


DISTRIBUTION = {
    "region": HOME,
    "amiDistributionConfiguration": {
        "name": "web {{ imagebuilder:buildDate }}",
        "kmsKeyId": KEY,
        "targetAccountIds": [SOURCE, TARGET],
        "launchPermission": {
            "userGroups": ["all"],
            "organizationArns": [ORGANIZATION],
            "organizationalUnitArns": [UNIT],
        },
    },
    "launchTemplateConfigurations": [{"launchTemplateId": "lt-1", "accountId": TARGET}],
    "fastLaunchConfigurations": [{"enabled": True}],
    "s3ExportConfiguration": {"roleName": "vmimport", "s3Bucket": "example-images", "diskImageFormat": "RAW"},
    "licenseConfigurationArns": [LICENSE],
    "ssmParameterConfigurations": [{"parameterName": "/images/web", "amiAccountId": TARGET}],
    "containerDistributionConfiguration": {"targetRepository": {"service": "ECR", "repositoryName": "web"}},
}


WITHOUT_A_KEY = {"region": AWAY, "amiDistributionConfiguration": {"launchPermission": {"userIds": [TARGET]}}}


def documented():
    """Every permission in the notes of the module's documentation."""
    notes = " ".join(yaml.safe_load(module.DOCUMENTATION)["notes"])
    return set(re.findall(r"C\(([a-z0-9-]+:[A-Z][A-Za-z]+)\)", notes))


@pytest.fixture
def findings(monkeypatch):
    """Runs the whole preflight, roles included, with one permission missing."""

    def run(missing=None):
        def list_pipelines(connection, arn):
            if missing == "imagebuilder:ListImagePipelines":
                error = client_error("AccessDeniedException", "ListImagePipelines")
                raise ImageBuilderError(message="Failed to list", exception=error)
            return []

        def get_configuration(connection, arn):
            if missing == "imagebuilder:GetDistributionConfiguration":
                error = client_error("AccessDeniedException", "GetDistributionConfiguration")
                raise ImageBuilderError(message="Failed to read", exception=error)
            return {"arn": arn, "name": "web", "distributions": [DISTRIBUTION, WITHOUT_A_KEY]}, []

        def get_image(connection, arn):
            if missing == "imagebuilder:GetImage":
                raise ImageBuilderError(message="Failed to read", exception=client_error("AccessDenied", "GetImage"))
            ami = {"region": HOME, "accountId": SOURCE, "image": AMI, "state": {"status": "AVAILABLE"}}
            return {"arn": IMAGE, "outputResources": {"amis": [ami]}}

        monkeypatch.setattr(api, "get_image", get_image)
        monkeypatch.setattr(api, "list_pipelines", list_pipelines)
        monkeypatch.setattr(api, "get_configuration", get_configuration)
        params = {"name": "web", "distribution_configuration_arn": None, "distributions": None}
        source = "ssm:/images/web" if missing == "ssm:GetParameter" else IMAGE
        more = {"execution_role": "Role", "workers": 4, "source_image": source, "checks": "all"}
        connection = SimpleNamespace(region=HOME, identity=(SOURCE, "aws"))
        return questions.preflight(connection, AccountsWithoutAPermission(missing), {**params, **more})

    return run


def test_the_documented_permissions_are_enough(findings):
    reported = findings()
    assert [one for one in reported if one["status"] == "skipped"] == []
    # No AMI can have all of these settings; everything else is ok.
    never = {"public_sharing", "source_image_public", "source_image_export", "s3_bucket", "region"}
    assert {one["check"] for one in reported if one["status"] != "ok"} == never
    assert {one["check"] for one in reported} == set(questions.CHECKS) - {"fast_launch_template"}


def test_no_other_permission_is_used():
    assert documented() == ({permission(*one) for one in ANSWERS} | ELSEWHERE) - {"sts:GetCallerIdentity"} | {
        "iam:PassRole"
    }


@pytest.mark.parametrize(
    "missing", sorted(documented() - {"imagebuilder:GetDistributionConfiguration", "iam:PassRole"})
)
def test_a_permission_that_is_taken_away_is_named(findings, missing):
    well = {(one["check"], one["region"], one["account_id"]): one for one in findings()}
    without = {(one["check"], one["region"], one["account_id"]): one for one in findings(missing)}
    assert well.keys() == without.keys()
    skipped = [one for one in without.values() if one["status"] == "skipped"]
    assert skipped
    for one in skipped:
        assert f"the permission {missing}" in one["message"]
        assert one["remedy"]
    # The other checks have the same result as before.
    for key, one in without.items():
        assert one["status"] == "skipped" or one == well[key]


def test_without_the_right_to_read_the_configuration_there_is_nothing_to_check(findings):
    with pytest.raises(ImageBuilderError, match="imagebuilder:GetDistributionConfiguration"):
        findings("imagebuilder:GetDistributionConfiguration")
