"""Policy documents of the role in a target account, and which Regions and accounts a configuration reaches."""

from __future__ import annotations

from ansible_collections.goldimage.aws.plugins.module_utils._distribution import targets

from tests.unit.plugins.module_utils._distribution.iam.statements import ACCOUNT
from tests.unit.plugins.module_utils._distribution.iam.statements import allow
from tests.unit.plugins.module_utils._distribution.iam.statements import entry
from tests.unit.plugins.module_utils._distribution.iam.statements import fast
from tests.unit.plugins.module_utils._distribution.iam.statements import FOR_AWS
from tests.unit.plugins.module_utils._distribution.iam.statements import FOR_EBS
from tests.unit.plugins.module_utils._distribution.iam.statements import KEY
from tests.unit.plugins.module_utils._distribution.iam.statements import LICENSE
from tests.unit.plugins.module_utils._distribution.iam.statements import MADE_BY
from tests.unit.plugins.module_utils._distribution.iam.statements import OTHER
from tests.unit.plugins.module_utils._distribution.iam.statements import PUT
from tests.unit.plugins.module_utils._distribution.iam.statements import REGION
from tests.unit.plugins.module_utils._distribution.iam.statements import SOURCE_KEY
from tests.unit.plugins.module_utils._distribution.iam.statements import TAGGED_BY
from tests.unit.plugins.module_utils._distribution.iam.statements import TARGET
from tests.unit.plugins.module_utils._distribution.iam.statements import target
from tests.unit.plugins.module_utils._distribution.iam.statements import TEMPLATE
from tests.unit.plugins.module_utils._distribution.iam.statements import UPDATE_TEMPLATES
from tests.unit.plugins.module_utils._distribution.iam.statements import VIA_EC2

KEY_USE_THERE = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
KEY_GRANTS_THERE = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]


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
