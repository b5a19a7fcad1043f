"""Policy documents of the execution role, statement by statement, for each feature."""

from __future__ import annotations

import pytest

from tests.unit.plugins.module_utils._distribution.iam.statements import ACCOUNT
from tests.unit.plugins.module_utils._distribution.iam.statements import allow
from tests.unit.plugins.module_utils._distribution.iam.statements import ASSUME
from tests.unit.plugins.module_utils._distribution.iam.statements import BOTH
from tests.unit.plugins.module_utils._distribution.iam.statements import COPY
from tests.unit.plugins.module_utils._distribution.iam.statements import entry
from tests.unit.plugins.module_utils._distribution.iam.statements import EXPORT
from tests.unit.plugins.module_utils._distribution.iam.statements import fast
from tests.unit.plugins.module_utils._distribution.iam.statements import FAST_LAUNCH
from tests.unit.plugins.module_utils._distribution.iam.statements import FAST_LAUNCH_LOOKS
from tests.unit.plugins.module_utils._distribution.iam.statements import FAST_LAUNCH_SNAPSHOTS
from tests.unit.plugins.module_utils._distribution.iam.statements import FOR_AWS
from tests.unit.plugins.module_utils._distribution.iam.statements import FOR_EBS
from tests.unit.plugins.module_utils._distribution.iam.statements import HOME
from tests.unit.plugins.module_utils._distribution.iam.statements import KEY
from tests.unit.plugins.module_utils._distribution.iam.statements import KEY_USE
from tests.unit.plugins.module_utils._distribution.iam.statements import LICENSE
from tests.unit.plugins.module_utils._distribution.iam.statements import MADE_BY
from tests.unit.plugins.module_utils._distribution.iam.statements import OTHER
from tests.unit.plugins.module_utils._distribution.iam.statements import PUT
from tests.unit.plugins.module_utils._distribution.iam.statements import REGION
from tests.unit.plugins.module_utils._distribution.iam.statements import SHARE
from tests.unit.plugins.module_utils._distribution.iam.statements import SHARE_IMAGES
from tests.unit.plugins.module_utils._distribution.iam.statements import SHARE_SOURCE_IMAGE
from tests.unit.plugins.module_utils._distribution.iam.statements import SHARED_HERE
from tests.unit.plugins.module_utils._distribution.iam.statements import source
from tests.unit.plugins.module_utils._distribution.iam.statements import SOURCE_KEY
from tests.unit.plugins.module_utils._distribution.iam.statements import TAG_FAST_LAUNCH
from tests.unit.plugins.module_utils._distribution.iam.statements import TARGET
from tests.unit.plugins.module_utils._distribution.iam.statements import target
from tests.unit.plugins.module_utils._distribution.iam.statements import TEMPLATE
from tests.unit.plugins.module_utils._distribution.iam.statements import TEMPLATE_ARN
from tests.unit.plugins.module_utils._distribution.iam.statements import UPDATE_TEMPLATES
from tests.unit.plugins.module_utils._distribution.iam.statements import VIA_EC2

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


@pytest.mark.parametrize("feature", [name for name in FEATURES if "launch template" in name or "key" in name])
def test_a_pipeline_role_lacks_nothing_for(feature):
    assert source(FEATURES[feature][0], use="pipeline") == {}
