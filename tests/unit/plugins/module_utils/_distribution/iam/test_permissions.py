"""Policy documents, statement by statement, for each feature and for all together."""

from __future__ import annotations

import copy
import re

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import targets
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
FAST_LAUNCH_POLICY = "arn:aws:iam::aws:policy/EC2FastLaunchFullAccess"
EXECUTION_POLICY = "arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy"

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
KEY_USE_THERE = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
KEY_GRANTS_THERE = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]


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
DESCRIBE_TEMPLATES = {
    "Describe": allow(
        [
            "ec2:DescribeImages",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:DescribeLaunchTemplates",
            "ec2:DescribeSnapshots",
        ],
        ["*"],
        BOTH,
    )
}
FAST_LAUNCH_LOOKS = [
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeSubnets",
]
DESCRIBE_FAST_LAUNCH = {
    "Describe": allow(sorted(["ec2:DescribeImages", "ec2:DescribeSnapshots", *FAST_LAUNCH_LOOKS]), ["*"], BOTH)
}
DESCRIBE_EXPORTS = {
    "Describe": allow(
        ["ec2:DescribeExportImageTasks", "ec2:DescribeImages", "ec2:DescribeSnapshots"],
        ["*"],
        BOTH,
    )
}
UPDATE_TEMPLATES = ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"]
PUT = ["ssm:PutParameter"]
READ_OWNER = allow(["ssm:GetParameter"], ["arn:aws:ssm:us-east-1:123456789012:parameter/golden/owner"])
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


# -- the execution role, a feature at a time ---------------------------------------------------------------------


FEATURES = {
    "nothing but a copy": (entry(), {}),
    "launch permissions": (entry(ami={"launchPermission": {"userIds": [OTHER]}}), {"ShareImages": SHARE_IMAGES}),
    "public": (
        entry(ami={"launchPermission": {"userGroups": ["all"]}}),
        {"ShareImages": allow(SHARE, SHARED_HERE, MADE_BY)},
    ),
    "public, as the API also takes it": (
        entry(ami={"launchPermission": {"userIds": ["all"]}}),
        {"ShareImages": allow(SHARE, SHARED_HERE, MADE_BY)},
    ),
    "tags in the home Region": (
        entry(HOME, {"amiTags": {"Team": "web"}}),
        {
            "TagSourceImage": allow(
                ["ec2:CreateTags"],
                ["arn:aws:ec2:us-east-1::image/*"],
                {"ForAllValues:StringEquals": {"aws:TagKeys": ["CreatedBy", "Ec2ImageBuilderArn", "Team"]}},
            )
        },
    ),
    "launch permissions in the home Region": (
        entry(HOME, {"launchPermission": {"userIds": [OTHER]}}),
        {"ShareSourceImage": SHARE_SOURCE_IMAGE},
    ),
    "a copy for the account itself": (entry(ami={"targetAccountIds": [ACCOUNT]}), {}),
    "copies for target accounts": (
        entry(ami={"targetAccountIds": [ACCOUNT, TARGET]}),
        {"ShareSourceImage": SHARE_SOURCE_IMAGE, "AssumeDestinationRoles": ASSUME},
    ),
    "copies and launch permissions": (
        entry(ami={"targetAccountIds": [ACCOUNT, TARGET], "launchPermission": {"userIds": [OTHER]}}),
        {"ShareImages": SHARE_IMAGES, "ShareSourceImage": SHARE_SOURCE_IMAGE, "AssumeDestinationRoles": ASSUME},
    ),
    "a key by ARN": (
        entry(ami={"kmsKeyId": KEY}),
        {
            "UseKeys": allow(KEY_USE, [KEY], {"StringLike": VIA_EC2, "ForAllValues:StringEquals": FOR_EBS}),
            "GrantKeys": allow(["kms:CreateGrant"], [KEY], {"StringLike": VIA_EC2, "Bool": FOR_AWS}),
        },
    ),
    "a key by id": (
        entry(ami={"kmsKeyId": "mrk-1234abcd12ab34cd56ef1234567890ab"}),
        {
            "UseKeys": allow(
                KEY_USE,
                ["arn:aws:kms:us-west-2:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"],
                {"StringLike": VIA_EC2, "ForAllValues:StringEquals": FOR_EBS},
            ),
            "GrantKeys": allow(
                ["kms:CreateGrant"],
                ["arn:aws:kms:us-west-2:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"],
                {"StringLike": VIA_EC2, "Bool": FOR_AWS},
            ),
        },
    ),
    "a key by the ARN of an alias": (
        entry(ami={"kmsKeyId": "arn:aws:kms:us-west-2:444455556666:alias/golden-ami"}),
        {
            "UseKeysOfAliasGoldenAmi": allow(
                KEY_USE,
                ["arn:aws:kms:us-west-2:444455556666:key/*"],
                {
                    "StringLike": VIA_EC2,
                    "ForAllValues:StringEquals": FOR_EBS,
                    "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/golden-ami"]},
                },
            ),
            "GrantKeysOfAliasGoldenAmi": allow(
                ["kms:CreateGrant"],
                ["arn:aws:kms:us-west-2:444455556666:key/*"],
                {
                    "StringLike": VIA_EC2,
                    "Bool": FOR_AWS,
                    "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/golden-ami"]},
                },
            ),
        },
    ),
    "a launch template": (
        entry(launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE}]),
        {**DESCRIBE_TEMPLATES, "UpdateLaunchTemplates": allow(UPDATE_TEMPLATES, [TEMPLATE_ARN])},
    ),
    "a launch template whose default stays": (
        entry(launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE, "setDefaultVersion": False}]),
        {
            **DESCRIBE_TEMPLATES,
            "AddLaunchTemplateVersions": allow(["ec2:CreateLaunchTemplateVersion"], [TEMPLATE_ARN]),
        },
    ),
    "a launch template of another account": (
        entry(launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE, "accountId": TARGET}]),
        {"AssumeDestinationRoles": ASSUME},
    ),
    "licences": (
        entry(licenseConfigurationArns=[LICENSE]),
        {"AssociateLicenses": allow(["license-manager:UpdateLicenseSpecificationsForResource"], [LICENSE])},
    ),
    "an SSM parameter": (
        entry(ssmParameterConfigurations=[{"parameterName": "/golden/web/ami", "dataType": "aws:ec2:image"}]),
        {"PutParameters": allow(PUT, ["arn:aws:ssm:us-west-2:123456789012:parameter/golden/web/ami"])},
    ),
    "an SSM parameter without a slash": (
        entry(ssmParameterConfigurations=[{"parameterName": "golden-ami", "amiAccountId": ACCOUNT}]),
        {"PutParameters": allow(PUT, ["arn:aws:ssm:us-west-2:123456789012:parameter/golden-ami"])},
    ),
    "an SSM parameter of another account": (
        entry(ssmParameterConfigurations=[{"parameterName": "/golden/web/ami", "amiAccountId": TARGET}]),
        {"AssumeDestinationRoles": ASSUME},
    ),
    "tags from SSM parameters": (
        entry(ami={"amiTags": {"a": "{{ssm:/golden/owner}} of {{ ssm:team:3 }}", "b": "{{ imagebuilder:buildDate }}"}}),
        {
            "ReadParametersInTags": allow(
                ["ssm:GetParameter"],
                [
                    "arn:aws:ssm:us-east-1:123456789012:parameter/golden/owner",
                    "arn:aws:ssm:us-east-1:123456789012:parameter/team",
                ],
            )
        },
    ),
    "Fast Launch with a template": (
        entry(fastLaunchConfigurations=[fast(launchTemplate={"launchTemplateId": TEMPLATE})]),
        {
            **DESCRIBE_FAST_LAUNCH,
            **FAST_LAUNCH,
            "FastLaunchTemplates": allow(["ec2:EnableFastLaunch", "ec2:RunInstances"], [TEMPLATE_ARN]),
        },
    ),
    "Fast Launch with a template by name": (
        entry(fastLaunchConfigurations=[fast(accountId=ACCOUNT, launchTemplate={"launchTemplateName": "windows"})]),
        {
            **DESCRIBE_FAST_LAUNCH,
            **FAST_LAUNCH,
            "FastLaunchTemplatesByName": allow(
                ["ec2:EnableFastLaunch", "ec2:RunInstances"],
                ["arn:aws:ec2:us-west-2:123456789012:launch-template/*"],
                MADE_BY,
            ),
        },
    ),
    "Fast Launch that is off": (
        entry(fastLaunchConfigurations=[{"enabled": False, "launchTemplate": {"launchTemplateId": TEMPLATE}}]),
        {},
    ),
    "Fast Launch of another account": (entry(fastLaunchConfigurations=[fast(accountId=TARGET)]), {}),
    "Fast Launch without a template": (
        entry(fastLaunchConfigurations=[fast()]),
        {**DESCRIBE_FAST_LAUNCH, **FAST_LAUNCH_SNAPSHOTS, **TAG_FAST_LAUNCH},
    ),
    "an export": (
        entry(s3ExportConfiguration={"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "vm-bucket-export"}),
        {**DESCRIBE_EXPORTS, **EXPORT},
    ),
}

# For an entry of the home Region, only the home Region is used.
HOME_ALONE = {
    "Describe": allow(["ec2:DescribeImages", "ec2:DescribeSnapshots"], ["*"], {"StringEquals": {"ec2:Region": [HOME]}}),
    "CopyImages": allow(["ec2:CopyImage"], ["arn:aws:ec2:us-east-1::image/*", "arn:aws:ec2:us-east-1::snapshot/*"]),
    "WriteLogs": COPY["WriteLogs"],
}


@pytest.mark.parametrize("feature", FEATURES)
def test_one_feature_needs(feature):
    one, needed = FEATURES[feature]
    always = HOME_ALONE if one["region"] == HOME else COPY
    assert source(one) == {**always, **needed}


def test_fast_launch_and_export_of_the_source_image_do_not_ask_for_a_tag():
    export = {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "b"}
    one = entry(
        HOME,
        fastLaunchConfigurations=[fast(launchTemplate={"launchTemplateId": TEMPLATE})],
        s3ExportConfiguration=export,
    )
    statements = source(one)
    assert statements["EnableFastLaunchOnSourceImage"] == allow(
        ["ec2:EnableFastLaunch"], ["arn:aws:ec2:us-east-1::image/*"]
    )
    assert statements["ExportSourceImage"] == allow(["ec2:ExportImage"], ["arn:aws:ec2:us-east-1::image/*"])
    assert "EnableFastLaunchOnImages" not in statements
    assert "ExportImages" not in statements


def test_a_template_becomes_the_default_if_one_of_several_configurations_wants_that():
    def template(**more):
        return entry(launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE, **more}])

    for several in ([template(), template(setDefaultVersion=False)], [template(setDefaultVersion=False), template()]):
        statements = source(*several)
        assert statements["UpdateLaunchTemplates"]["Resource"] == [TEMPLATE_ARN]
        assert "AddLaunchTemplateVersions" not in statements


def test_the_keys_of_the_source_image_are_used_too():
    statements = source(entry(), source_kms_key_arns=[SOURCE_KEY])
    assert statements["UseKeys"]["Resource"] == [SOURCE_KEY]
    assert statements["GrantKeys"]["Resource"] == [SOURCE_KEY]


def test_an_alias_counts_only_in_the_region_and_account_that_name_it():
    statements = source(
        entry(ami={"kmsKeyId": "alias/golden"}),
        entry("eu-west-1", {"kmsKeyId": "arn:aws:kms:eu-west-1:444455556666:alias/golden"}),
        entry("eu-west-2", {"kmsKeyId": "alias/gol/den"}),
        source_kms_key_arns=["arn:aws:kms:us-east-1:123456789012:alias/golden"],
    )
    aliases = {
        sid: (statement["Resource"], statement["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"])
        for sid, statement in statements.items()
        if sid.startswith("UseKeys")
    }
    assert aliases == {
        "UseKeysOfAliasGolDen": (["arn:aws:kms:eu-west-2:123456789012:key/*"], ["alias/gol/den"]),
        "UseKeysOfAliasGolden": (
            ["arn:aws:kms:us-east-1:123456789012:key/*", "arn:aws:kms:us-west-2:123456789012:key/*"],
            ["alias/golden"],
        ),
        "UseKeysOfAliasGoldenNumber2": (["arn:aws:kms:eu-west-1:444455556666:key/*"], ["alias/golden"]),
    }


def test_another_log_group():
    assert source(entry(), log_group="/golden/images")["WriteLogs"]["Resource"] == [
        "arn:aws:logs:us-east-1:123456789012:log-group:/golden/images",
        "arn:aws:logs:us-east-1:123456789012:log-group:/golden/images:*",
    ]


def test_roles_of_instances_are_passed_where_templates_are_used():
    roles = ["arn:aws:iam::123456789012:role/web", "arn:aws:iam::111122223333:role/web"]
    with_template = entry(launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE}])
    passed = allow(["iam:PassRole"], [roles[0]], {"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com"]}})
    assert source(with_template, launch_template_role_arns=roles)["PassInstanceRoles"] == passed
    with_fast_launch = entry(fastLaunchConfigurations=[fast(launchTemplate={"launchTemplateId": TEMPLATE})])
    assert source(with_fast_launch, launch_template_role_arns=roles)["PassInstanceRoles"] == passed
    assert "PassInstanceRoles" not in source(entry(), launch_template_role_arns=roles)
    theirs = entry(launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE, "accountId": TARGET}])
    assert target(theirs, launch_template_role_arns=roles)["PassInstanceRoles"]["Resource"] == [roles[1]]


def test_containers_need_nothing_but_logs():
    repository = {"targetRepository": {"service": "ECR", "repositoryName": "web"}}
    one = {"region": REGION, "containerDistributionConfiguration": repository}
    assert source(one) == {"WriteLogs": COPY["WriteLogs"]}


# -- all together ------------------------------------------------------------------------------------------------


def everything():
    """Returns an entry with each feature, for the account itself and for a target account."""
    return entry(
        ami={
            "kmsKeyId": KEY,
            "targetAccountIds": [ACCOUNT, TARGET],
            "launchPermission": {"userIds": [OTHER]},
            "amiTags": {"Team": "platform", "Owner": "{{ ssm:/golden/owner }}"},
        },
        launchTemplateConfigurations=[
            {"launchTemplateId": TEMPLATE, "setDefaultVersion": True},
            {"launchTemplateId": "lt-0cd1234c56d789012", "accountId": TARGET},
        ],
        licenseConfigurationArns=[LICENSE],
        ssmParameterConfigurations=[
            {"parameterName": "/golden/web/ami"},
            {"parameterName": "/golden/web/ami", "amiAccountId": TARGET, "dataType": "aws:ec2:image"},
        ],
        fastLaunchConfigurations=[fast(launchTemplate={"launchTemplateId": "lt-0ef1234c56d789012"})],
        s3ExportConfiguration={"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "vm-bucket-export"},
    )


def test_all_features_together_need():
    statements = source(everything(), source_kms_key_arns=[SOURCE_KEY])
    describes = sorted(
        ["ec2:DescribeExportImageTasks", "ec2:DescribeImages", "ec2:DescribeSnapshots", *FAST_LAUNCH_LOOKS]
    )
    assert statements == {
        **COPY,
        **EXPORT,
        **FAST_LAUNCH,
        "Describe": allow(describes, ["*"], BOTH),
        "ShareImages": SHARE_IMAGES,
        "ShareSourceImage": SHARE_SOURCE_IMAGE,
        "AssumeDestinationRoles": ASSUME,
        "UseKeys": allow(KEY_USE, [SOURCE_KEY, KEY], {"StringLike": VIA_EC2, "ForAllValues:StringEquals": FOR_EBS}),
        "GrantKeys": allow(["kms:CreateGrant"], [SOURCE_KEY, KEY], {"StringLike": VIA_EC2, "Bool": FOR_AWS}),
        "UpdateLaunchTemplates": allow(UPDATE_TEMPLATES, [TEMPLATE_ARN]),
        "AssociateLicenses": allow(["license-manager:UpdateLicenseSpecificationsForResource"], [LICENSE]),
        "PutParameters": allow(PUT, ["arn:aws:ssm:us-west-2:123456789012:parameter/golden/web/ami"]),
        "ReadParametersInTags": READ_OWNER,
        "FastLaunchTemplates": allow(
            ["ec2:EnableFastLaunch", "ec2:RunInstances"],
            ["arn:aws:ec2:us-west-2:123456789012:launch-template/lt-0ef1234c56d789012"],
        ),
    }


def test_the_order_of_distributions_and_of_their_lists_makes_no_difference():
    one, other = everything(), everything()
    other["region"] = "eu-west-1"
    first = permissions.policy([one, other], ACCOUNT, HOME, source_kms_key_arns=[KEY, SOURCE_KEY])
    turned = copy.deepcopy(one)
    turned["amiDistributionConfiguration"]["targetAccountIds"].reverse()
    for name in ("launchTemplateConfigurations", "ssmParameterConfigurations"):
        turned[name].reverse()
    second = permissions.policy([other, turned, other], ACCOUNT, HOME, source_kms_key_arns=[SOURCE_KEY, KEY])
    assert str(first) == str(second)


# -- a role for whole builds ---------------------------------------------------------------------------------------


def test_a_pipeline_role_gets_what_the_managed_policy_lacks():
    home = everything()
    home["region"] = HOME
    abroad = entry(
        ami={"amiTags": {"a": "{{ ssm:/imagebuilder/a }}", "b": "{{ ssm:/aws/service/b }}"}},
        ssmParameterConfigurations=[
            {"parameterName": "/imagebuilder/web", "dataType": "aws:ec2:image"},
            {"parameterName": "/golden/web/ami"},
        ],
        fastLaunchConfigurations=[
            fast(launchTemplate={"launchTemplateId": TEMPLATE}),
            fast(launchTemplate={"launchTemplateName": "windows"}),
        ],
        launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE}],
    )
    assert source(home, abroad, use="pipeline", source_kms_key_arns=[SOURCE_KEY]) == {
        "ShareSourceImage": SHARE_SOURCE_IMAGE,
        "PutParameters": allow(
            PUT,
            [
                "arn:aws:ssm:us-east-1:123456789012:parameter/golden/web/ami",
                "arn:aws:ssm:us-west-2:123456789012:parameter/golden/web/ami",
            ],
        ),
        "ReadParametersInTags": READ_OWNER,
        **{
            sid: {
                **one,
                "Resource": sorted([*one["Resource"], *(arn.replace("west-2", "east-1") for arn in one["Resource"])]),
            }
            for sid, one in FAST_LAUNCH_SNAPSHOTS.items()
        },
        "EnableFastLaunchOnSourceImage": allow(["ec2:EnableFastLaunch"], ["arn:aws:ec2:us-east-1::image/*"]),
        "FastLaunchTemplates": allow(
            ["ec2:EnableFastLaunch"],
            ["arn:aws:ec2:us-east-1:123456789012:launch-template/lt-0ef1234c56d789012", TEMPLATE_ARN],
        ),
        "ExportSourceImage": allow(["ec2:ExportImage"], ["arn:aws:ec2:us-east-1::image/*"]),
    }


@pytest.mark.parametrize("feature", [name for name in FEATURES if "launch template" in name or "key" in name])
def test_a_pipeline_role_lacks_nothing_for(feature):
    assert source(FEATURES[feature][0], use="pipeline") == {}


def test_a_pipeline_role_needs_its_own_log_group():
    assert list(source(entry(), use="pipeline", log_group="/golden/images")) == ["WriteLogs"]


# -- the role in a target account ----------------------------------------------------------------------------------


def test_a_target_account_that_only_gets_copies_needs_no_policy():
    assert target(entry(ami={"targetAccountIds": [ACCOUNT, TARGET]})) == {}


def test_a_target_account_uses_its_regions_keys_and_the_sources():
    mine = entry(ami={"targetAccountIds": [TARGET], "kmsKeyId": KEY})
    not_mine = entry("eu-west-1", {"targetAccountIds": [OTHER], "kmsKeyId": KEY.replace("us-west-2", "eu-west-1")})
    assert target(mine, not_mine, source_kms_key_arns=[SOURCE_KEY]) == {
        "UseKeys": allow(
            KEY_USE_THERE, [SOURCE_KEY, KEY], {"StringLike": VIA_EC2, "ForAllValues:StringEquals": FOR_EBS}
        ),
        "GrantKeys": allow(KEY_GRANTS_THERE, [SOURCE_KEY, KEY], {"StringLike": VIA_EC2, "Bool": FOR_AWS}),
    }
    # An account that gets no copy does not need the key.
    parameter = entry(ssmParameterConfigurations=[{"parameterName": "a-b", "amiAccountId": TARGET, "dataType": "text"}])
    assert list(target(parameter, source_kms_key_arns=[SOURCE_KEY])) == ["PutParameters"]


def test_a_bare_alias_is_one_of_the_target_accounts():
    statements = target(entry(ami={"targetAccountIds": [TARGET], "kmsKeyId": "alias/golden"}))
    assert statements["UseKeysOfAliasGolden"]["Resource"] == ["arn:aws:kms:us-west-2:111122223333:key/*"]


def test_a_target_account_updates_its_launch_templates():
    mine = {"launchTemplateId": TEMPLATE, "accountId": TARGET}
    keeps = {"launchTemplateId": "lt-0cd1234c56d789012", "accountId": TARGET, "setDefaultVersion": False}
    theirs = {"launchTemplateId": "lt-0ef1234c56d789012", "accountId": OTHER}
    the_sources = {"launchTemplateId": "lt-0ff1234c56d789012"}
    arn = "arn:aws:ec2:us-west-2:111122223333:launch-template/"
    assert target(entry(launchTemplateConfigurations=[mine, keeps, theirs, the_sources])) == {
        "Describe": allow(["ec2:DescribeLaunchTemplates"], ["*"], {"StringEquals": {"ec2:Region": [REGION]}}),
        "UpdateLaunchTemplates": allow(UPDATE_TEMPLATES, [arn + TEMPLATE], MADE_BY),
        "AddLaunchTemplateVersions": allow(
            ["ec2:CreateLaunchTemplateVersion"], [arn + "lt-0cd1234c56d789012"], MADE_BY
        ),
        "TagLaunchTemplates": allow(["ec2:CreateTags"], [arn + TEMPLATE, arn + "lt-0cd1234c56d789012"], TAGGED_BY),
    }


def test_a_target_account_writes_its_parameters():
    def parameter(name, account, **more):
        return {"parameterName": name, "amiAccountId": account, **more}

    statements = target(
        entry(ssmParameterConfigurations=[parameter("/golden/a", TARGET), {"parameterName": "/golden/source"}]),
        entry("eu-west-1", ssmParameterConfigurations=[parameter("/golden/b", TARGET, dataType="text")]),
        entry("eu-west-2", ssmParameterConfigurations=[parameter("/golden/c", OTHER)]),
    )
    assert statements == {
        "Describe": allow(["ec2:DescribeImages"], ["*"], {"StringEquals": {"ec2:Region": [REGION]}}),
        "PutParameters": allow(
            PUT,
            [
                "arn:aws:ssm:eu-west-1:111122223333:parameter/golden/b",
                "arn:aws:ssm:us-west-2:111122223333:parameter/golden/a",
            ],
        ),
    }


# -- partitions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("partition", "home", "region"),
    [
        ("aws-cn", "cn-north-1", "cn-northwest-1"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-east-1"),
    ],
)
def test_every_arn_is_of_the_partition(partition, home, region):
    one = everything()
    one["region"] = region
    one["amiDistributionConfiguration"]["kmsKeyId"] = "alias/golden"
    one["licenseConfigurationArns"] = [LICENSE.replace("arn:aws:", f"arn:{partition}:").replace("us-west-2", region)]
    for side, account in (("source", ACCOUNT), ("target", TARGET)):
        document = permissions.policy([one], account, home, partition=partition, side=side)
        resources = [arn for statement in document["Statement"] for arn in statement["Resource"] if arn != "*"]
        assert resources
        assert [arn for arn in resources if not arn.startswith(f"arn:{partition}:")] == []
        assert not re.search("us-(east|west)-[0-9]", str(document))


def test_in_china_services_have_two_names():
    one = entry(
        "cn-northwest-1", {"kmsKeyId": "alias/golden"}, launchTemplateConfigurations=[{"launchTemplateId": TEMPLATE}]
    )
    role = "arn:aws-cn:iam::123456789012:role/web"
    statements = by_sid(
        permissions.policy([one], ACCOUNT, "cn-north-1", partition="aws-cn", launch_template_role_arns=[role])
    )
    via = statements["UseKeysOfAliasGolden"]["Condition"]["StringLike"]["kms:ViaService"]
    assert via == ["ec2.*.amazonaws.com", "ec2.*.amazonaws.com.cn"]
    passed = statements["PassInstanceRoles"]["Condition"]["StringEquals"]["iam:PassedToService"]
    assert passed == ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]


# -- managed policies ----------------------------------------------------------------------------------------------


def test_managed_policies():
    with_template = entry(fastLaunchConfigurations=[fast(launchTemplate={"launchTemplateId": TEMPLATE})])
    without = entry(fastLaunchConfigurations=[fast(), fast(launchTemplate={"launchTemplateId": TEMPLATE})])
    assert permissions.managed_policies([with_template], ACCOUNT) == []
    assert permissions.managed_policies([without], ACCOUNT) == [FAST_LAUNCH_POLICY]
    assert permissions.managed_policies([without], ACCOUNT, use="pipeline") == [FAST_LAUNCH_POLICY, EXECUTION_POLICY]
    # The managed policy then allows all of Fast Launch except its snapshots.
    assert {sid for sid in source(without) if "FastLaunch" in sid} == {*FAST_LAUNCH_SNAPSHOTS, *TAG_FAST_LAUNCH}
    copies = [entry(ami={"targetAccountIds": [TARGET]})]
    assert permissions.managed_policies(copies, TARGET, "aws-us-gov", side="target") == [
        "arn:aws-us-gov:iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess"
    ]
    assert permissions.managed_policies(copies, OTHER, side="target") == []


# -- who is reached ------------------------------------------------------------------------------------------------


def test_targets_are_every_region_and_account_that_gets_an_ami():
    repository = {"targetRepository": {"service": "ECR", "repositoryName": "web"}}
    distributions = [
        entry(),
        {"region": "eu-west-3", "containerDistributionConfiguration": repository},
        entry("eu-west-1", {"targetAccountIds": [TARGET, ACCOUNT, TARGET]}),
        {"region": "eu-west-2", "licenseConfigurationArns": [LICENSE]},
        entry(),
    ]
    assert targets.targets(distributions, ACCOUNT) == [
        ("us-west-2", ACCOUNT),
        ("eu-west-1", TARGET),
        ("eu-west-1", ACCOUNT),
        ("eu-west-2", ACCOUNT),
    ]


def test_destination_accounts_are_all_in_which_a_role_is_assumed():
    distributions = [
        entry(ami={"targetAccountIds": [ACCOUNT, "555566667777"], "launchPermission": {"userIds": ["999999999999"]}}),
        entry(
            "eu-west-1",
            launchTemplateConfigurations=[
                {"launchTemplateId": TEMPLATE},
                {"launchTemplateId": TEMPLATE, "accountId": OTHER},
            ],
            ssmParameterConfigurations=[{"parameterName": "a-b", "amiAccountId": TARGET}, {"parameterName": "a-c"}],
            fastLaunchConfigurations=[fast(accountId="888888888888")],
        ),
    ]
    assert targets.destination_accounts(distributions, ACCOUNT) == [TARGET, OTHER, "555566667777"]


# -- what is refused -----------------------------------------------------------------------------------------------


def refused(*args, **options):
    with pytest.raises(permissions.PolicyError) as caught:
        permissions.policy(*args, **options)
    return {error.path: str(error) for error in caught.value.errors}


def test_a_value_that_iam_reads_as_a_pattern_is_refused_with_its_path():
    one = entry(
        "us-*",
        {
            "kmsKeyId": "arn:aws:kms:us-west-2:123456789012:key/*",
            "targetAccountIds": [ACCOUNT, "*"],
            "amiTags": {"Owner": "{{ ssm:/golden/* }}", "Team": "*"},
        },
        licenseConfigurationArns=["arn:aws:license-manager:*"],
        launchTemplateConfigurations=[{"launchTemplateId": "lt-*", "accountId": "1111????3333"}],
        s3ExportConfiguration={"roleName": "vm*", "diskImageFormat": "RAW", "s3Bucket": "b"},
        fastLaunchConfigurations=[fast(launchTemplate={"launchTemplateId": "lt-?"})],
        ssmParameterConfigurations=[{"parameterName": "/golden/${aws:username}", "amiAccountId": "* "}],
    )
    errors = refused([entry(), one], ACCOUNT, HOME)
    assert sorted(errors) == [
        "distributions[1].ami_distribution_configuration.ami_tags['Owner']",
        "distributions[1].ami_distribution_configuration.kms_key_id",
        "distributions[1].ami_distribution_configuration.target_account_ids[1]",
        "distributions[1].fast_launch_configurations[0].launch_template.launch_template_id",
        "distributions[1].launch_template_configurations[0].account_id",
        "distributions[1].launch_template_configurations[0].launch_template_id",
        "distributions[1].license_configuration_arns[0]",
        "distributions[1].region",
        "distributions[1].s3_export_configuration.role_name",
        "distributions[1].ssm_parameter_configurations[0].ami_account_id",
        "distributions[1].ssm_parameter_configurations[0].parameter_name",
    ]
    assert "name one thing exactly" in errors["distributions[1].region"]


def test_inputs_are_refused_all_at_once():
    errors = refused(
        [entry(ami={"kmsKeyId": "arn:aws:iam::123456789012:role/x"})],
        "12345678901",
        "virginia",
        partition="arn:aws",
        side="both",
        use="builds",
        source_kms_key_arns=["alias/golden", SOURCE_KEY + "*"],
        launch_template_role_arns=["web"],
        log_group="/golden/*",
    )
    assert sorted(errors) == [
        "account_id",
        "distributions[0].ami_distribution_configuration.kms_key_id",
        "home_region",
        "launch_template_role_arns[0]",
        "log_group",
        "partition",
        "side",
        "source_kms_key_arns[0]",
        "source_kms_key_arns[1]",
        "use",
    ]
    assert "quote it" in errors["account_id"]
    assert list(refused([entry()], TARGET, HOME, side="target", use="pipeline")) == ["use"]
