"""Who gets what in which Region."""

from __future__ import annotations

import importlib

import pytest

OWN, FIRST, SECOND = "123456789012", "111122223333", "444455556666"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ORGANIZATION = "arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5"
UNIT = "arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-cd34ef56"


@pytest.fixture(scope="module")
def recipients():
    return importlib.import_module("ansible_collections.goldimage.aws.plugins.module_utils._distribution.recipients")


def received(recipients, *entries):
    """Returns (account or principal, the members that are set) of each recipient."""
    receiving = []
    for recipient in recipients.recipients_of(list(entries), OWN, "us-east-1"):
        set_members = {key: value for key, value in recipient.items() if value not in (None, [], 0, False)}
        set_members.pop("region")
        receiving.append((set_members.pop("account_id", None) or set_members.pop("principal"), set_members))
    return receiving


def test_without_target_accounts_the_own_account_gets_the_ami(recipients):
    entry = {"region": "eu-west-1", "amiDistributionConfiguration": {"kmsKeyId": KEY}}
    assert received(recipients, entry) == [(OWN, {"receives": ["ami"], "kms_key_id": KEY})]


def test_the_key_is_not_applied_to_the_ami_in_the_home_region(recipients):
    ami = {"kmsKeyId": KEY, "targetAccountIds": [OWN, FIRST]}
    entry = {"region": "us-east-1", "amiDistributionConfiguration": ami}
    assert received(recipients, entry) == [
        (OWN, {"receives": ["ami"]}),
        (FIRST, {"receives": ["ami"], "kms_key_id": KEY}),
    ]


def test_an_account_that_owns_a_copy_is_not_also_listed_as_a_launcher(recipients):
    permission = {"userIds": [FIRST, SECOND], "organizationArns": [ORGANIZATION], "organizationalUnitArns": [UNIT]}
    ami = {"targetAccountIds": [FIRST], "launchPermission": permission}
    assert received(recipients, {"region": "us-east-1", "amiDistributionConfiguration": ami}) == [
        (FIRST, {"receives": ["ami"]}),
        (SECOND, {"receives": ["launch_permission"]}),
        (ORGANIZATION, {"receives": ["launch_permission"]}),
        (UNIT, {"receives": ["launch_permission"]}),
    ]


@pytest.mark.parametrize("permission", [{"userGroups": ["all"]}, {"userIds": ["all"]}])
def test_everybody_is_public(recipients, permission):
    entry = {"region": "us-east-1", "amiDistributionConfiguration": {"launchPermission": permission}}
    listed = recipients.recipients_of([entry], OWN, "us-east-1")
    assert [recipient["principal"] for recipient in listed if recipients.is_public(recipient)] == ["all"]
    assert listed[1]["receives"] == ["launch_permission"]


def test_what_follows_the_ami_is_listed_with_its_account(recipients):
    entry = {
        "region": "us-east-1",
        "amiDistributionConfiguration": {"targetAccountIds": [FIRST]},
        "launchTemplateConfigurations": [
            {"launchTemplateId": "lt-0123456789abcdef0"},
            {"launchTemplateId": "lt-0fedcba9876543210", "accountId": SECOND},
        ],
        "ssmParameterConfigurations": [{"parameterName": "/a"}, {"parameterName": "/b", "amiAccountId": FIRST}],
        "licenseConfigurationArns": ["one", "two"],
        "s3ExportConfiguration": {"s3Bucket": "bucket", "s3Prefix": "web/"},
        "fastLaunchConfigurations": [{"enabled": True}],
    }
    assert dict(received(recipients, entry)) == {
        OWN: {
            "launch_template_ids": ["lt-0123456789abcdef0"],
            "ssm_parameters": ["/a"],
            "s3_export": "bucket/web/",
            "fast_launch": True,
        },
        FIRST: {"receives": ["ami"], "ssm_parameters": ["/b"], "license_configurations": 2},
        SECOND: {"launch_template_ids": ["lt-0fedcba9876543210"]},
    }


def test_containers_and_fast_launch_that_is_off(recipients):
    entry = {"region": "us-east-1", "containerDistributionConfiguration": {}}
    assert received(recipients, entry) == [(OWN, {"receives": ["container_image"]})]
    entry = {"region": "us-east-1", "fastLaunchConfigurations": [{"enabled": False}]}
    assert received(recipients, entry) == [(OWN, {"receives": ["ami"]})]
