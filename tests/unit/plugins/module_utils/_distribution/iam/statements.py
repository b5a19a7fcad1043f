"""The statements that policy documents are compared with, and entries of a distribution configuration."""

from __future__ import annotations

import re

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import permissions

ACCOUNT = "123456789012"
TARGET = "111122223333"
OTHER = "444455556666"
HOME = "us-east-1"
REGION = "us-west-2"

KEY = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SOURCE_KEY = "arn:aws:kms:us-east-1:123456789012:key/0987dcba-09fe-87dc-65ba-ab0987654321"
LICENSE = "arn:aws:license-manager:us-west-2:123456789012:license-configuration:lic-0123456789abcdef0123456789abcdef"
TEMPLATE = "lt-0ab1234c56d789012"
TEMPLATE_ARN = "arn:aws:ec2:us-west-2:123456789012:launch-template/lt-0ab1234c56d789012"

BOTH = {"StringEquals": {"ec2:Region": ["us-east-1", "us-west-2"]}}
MADE_BY = {"StringEquals": {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}}
TAGGED_BY = {"StringEquals": {"aws:RequestTag/CreatedBy": "EC2 Image Builder"}}
VIA_EC2 = {"kms:ViaService": ["ec2.*.amazonaws.com"]}
FOR_EBS = {"kms:EncryptionContextKeys": ["aws:ebs:id"]}
FOR_AWS = {"kms:GrantIsForAWSResource": "true"}

KEY_USE = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]


def allow(actions, resources, condition=None):
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {**statement, "Condition": condition} if condition else statement


# Every AMI in a Region other than the home Region needs this.
COPY = {
    "Describe": allow(["ec2:DescribeImages", "ec2:DescribeSnapshots"], ["*"], BOTH),
    "CopyImages": allow(
        ["ec2:CopyImage"],
        [
            "arn:aws:ec2:us-east-1::image/*",
            "arn:aws:ec2:us-east-1::snapshot/*",
            "arn:aws:ec2:us-west-2::image/*",
            "arn:aws:ec2:us-west-2::snapshot/*",
        ],
    ),
    "TagImages": allow(["ec2:CreateTags"], ["arn:aws:ec2:us-west-2::image/*"]),
    "TagSnapshots": allow(["ec2:CreateTags"], ["arn:aws:ec2:us-west-2::snapshot/*"], TAGGED_BY),
    "WriteLogs": allow(
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        ["arn:aws:logs:us-east-1:123456789012:log-group:/aws/imagebuilder/*"],
    ),
}
SHARE = ["ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute"]
NOT_PUBLIC = {"Null": {"ec2:Add/group": "true"}}
SHARED_HERE = ["arn:aws:ec2:us-west-2::image/*", "arn:aws:ec2:us-west-2::snapshot/*"]
SHARE_IMAGES = allow(SHARE, SHARED_HERE, {**NOT_PUBLIC, **MADE_BY})
SHARE_SOURCE_IMAGE = allow(SHARE, ["arn:aws:ec2:us-east-1::image/*", "arn:aws:ec2:us-east-1::snapshot/*"], NOT_PUBLIC)
ASSUME = allow(["sts:AssumeRole"], ["arn:aws:iam::111122223333:role/EC2ImageBuilderDistributionCrossAccountRole"])
FAST_LAUNCH_LOOKS = [
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeSubnets",
]
UPDATE_TEMPLATES = ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"]
PUT = ["ssm:PutParameter"]
# No managed policy allows the snapshots of Fast Launch, and the instances that it makes them from.
FAST_LAUNCH_SNAPSHOTS = {
    "CreateFastLaunchSnapshots": allow(
        ["ec2:CreateSnapshot"],
        ["arn:aws:ec2:us-west-2::snapshot/*"],
        {"StringEquals": {"aws:RequestTag/CreatedBy": "EC2 Fast Launch"}},
    ),
    "UseFastLaunchResources": allow(
        ["ec2:CreateSnapshot", "ec2:DeleteSnapshot", "ec2:StopInstances", "ec2:TerminateInstances"],
        [
            "arn:aws:ec2:us-west-2:123456789012:instance/*",
            "arn:aws:ec2:us-west-2:123456789012:volume/*",
            "arn:aws:ec2:us-west-2::snapshot/*",
        ],
        {"StringEquals": {"aws:ResourceTag/CreatedBy": "EC2 Fast Launch"}},
    ),
}
TAG_FAST_LAUNCH = {
    "TagFastLaunchResources": allow(
        ["ec2:CreateTags"],
        [
            "arn:aws:ec2:us-west-2:123456789012:instance/*",
            "arn:aws:ec2:us-west-2:123456789012:volume/*",
            "arn:aws:ec2:us-west-2::snapshot/*",
        ],
        {
            "StringEquals": {
                "aws:RequestTag/CreatedBy": "EC2 Fast Launch",
                "ec2:CreateAction": ["CreateSnapshot", "RunInstances"],
            }
        },
    ),
}
FAST_LAUNCH = {
    **FAST_LAUNCH_SNAPSHOTS,
    **TAG_FAST_LAUNCH,
    "EnableFastLaunchOnImages": allow(["ec2:EnableFastLaunch"], ["arn:aws:ec2:us-west-2::image/*"], MADE_BY),
    "FastLaunchFrom": allow(
        ["ec2:RunInstances"],
        [
            "arn:aws:ec2:us-west-2:123456789012:key-pair/*",
            "arn:aws:ec2:us-west-2:123456789012:network-interface/*",
            "arn:aws:ec2:us-west-2:123456789012:security-group/*",
            "arn:aws:ec2:us-west-2:123456789012:subnet/*",
            "arn:aws:ec2:us-west-2::image/*",
            "arn:aws:license-manager:us-west-2:*:license-configuration:*",
        ],
    ),
    "FastLaunchInstances": allow(
        ["ec2:RunInstances"],
        ["arn:aws:ec2:us-west-2:123456789012:instance/*", "arn:aws:ec2:us-west-2:123456789012:volume/*"],
        {"StringEquals": {"aws:RequestTag/CreatedBy": "EC2 Fast Launch"}},
    ),
    "CreateFastLaunchServiceRole": allow(
        ["iam:CreateServiceLinkedRole"],
        ["arn:aws:iam::123456789012:role/aws-service-role/ec2fastlaunch.amazonaws.com/AWSServiceRoleForEC2FastLaunch"],
        {"StringEquals": {"iam:AWSServiceName": "ec2fastlaunch.amazonaws.com"}},
    ),
}
EXPORT = {
    "ExportImages": allow(["ec2:ExportImage"], ["arn:aws:ec2:us-west-2::image/*"], MADE_BY),
    "StartExportTasks": allow(["ec2:ExportImage"], ["arn:aws:ec2:us-west-2:123456789012:export-image-task/*"]),
    "TagExportTasks": allow(["ec2:CreateTags"], ["arn:aws:ec2:us-west-2:123456789012:export-image-task/*"]),
    "CancelExportTasks": allow(
        ["ec2:CancelExportTask"], ["arn:aws:ec2:us-west-2:123456789012:export-image-task/*"], MADE_BY
    ),
    "PassExportRoles": allow(
        ["iam:PassRole"],
        ["arn:aws:iam::123456789012:role/vmimport"],
        {"StringEquals": {"iam:PassedToService": "vmie.amazonaws.com"}},
    ),
}


def entry(region=REGION, ami=None, **more):
    return {
        "region": region,
        "amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}", **(ami or {})},
        **more,
    }


def by_sid(document):
    """Checks what holds for every document, and returns Sid -> the rest of the statement."""
    assert document["Version"] == "2012-10-17"
    assert sorted(document) == ["Statement", "Version"]
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    return {
        statement["Sid"]: {key: value for key, value in statement.items() if key != "Sid"}
        for statement in document["Statement"]
    }


def source(*entries, account=ACCOUNT, **options):
    return by_sid(permissions.policy(list(entries), account, HOME, **options))


def target(*entries, account=TARGET, **options):
    return by_sid(permissions.policy(list(entries), account, HOME, side="target", **options))


def fast(**more):
    return {"enabled": True, **more}
