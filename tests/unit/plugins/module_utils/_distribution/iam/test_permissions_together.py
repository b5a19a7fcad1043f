"""Policy documents for all features together, for whole builds and in other partitions, and the managed policies."""

from __future__ import annotations

import copy
import re

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import permissions

from tests.unit.plugins.module_utils._distribution.iam.statements import ACCOUNT
from tests.unit.plugins.module_utils._distribution.iam.statements import allow
from tests.unit.plugins.module_utils._distribution.iam.statements import ASSUME
from tests.unit.plugins.module_utils._distribution.iam.statements import BOTH
from tests.unit.plugins.module_utils._distribution.iam.statements import by_sid
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
from tests.unit.plugins.module_utils._distribution.iam.statements import OTHER
from tests.unit.plugins.module_utils._distribution.iam.statements import PUT
from tests.unit.plugins.module_utils._distribution.iam.statements import SHARE_IMAGES
from tests.unit.plugins.module_utils._distribution.iam.statements import SHARE_SOURCE_IMAGE
from tests.unit.plugins.module_utils._distribution.iam.statements import source
from tests.unit.plugins.module_utils._distribution.iam.statements import SOURCE_KEY
from tests.unit.plugins.module_utils._distribution.iam.statements import TAG_FAST_LAUNCH
from tests.unit.plugins.module_utils._distribution.iam.statements import TARGET
from tests.unit.plugins.module_utils._distribution.iam.statements import TEMPLATE
from tests.unit.plugins.module_utils._distribution.iam.statements import TEMPLATE_ARN
from tests.unit.plugins.module_utils._distribution.iam.statements import UPDATE_TEMPLATES
from tests.unit.plugins.module_utils._distribution.iam.statements import VIA_EC2

FAST_LAUNCH_POLICY = "arn:aws:iam::aws:policy/EC2FastLaunchFullAccess"
EXECUTION_POLICY = "arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy"
READ_OWNER = allow(["ssm:GetParameter"], ["arn:aws:ssm:us-east-1:123456789012:parameter/golden/owner"])


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


def test_a_pipeline_role_needs_its_own_log_group():
    assert list(source(entry(), use="pipeline", log_group="/golden/images")) == ["WriteLogs"]


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
