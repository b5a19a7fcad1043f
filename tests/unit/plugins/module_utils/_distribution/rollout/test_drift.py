"""Comparing a configuration with what is live: everything that can drift, and what only looks like drift."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import drift

from tests.unit import images
from tests.unit.images import ACCOUNT
from tests.unit.images import ami
from tests.unit.images import REGION
from tests.unit.images import SOURCE

TARGET, OTHER = "111122223333", "444455556666"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TEMPLATE = {"launchTemplateId": "lt-0ab1234c56d789012"}


def entry(region="eu-west-1", ami_settings=None, **more):
    return {"region": region, "amiDistributionConfiguration": ami_settings or {"description": "x"}, **more}


def wanted_target(account=ACCOUNT, region="eu-west-1", **more):
    """Returns the WantedTarget of an account in one entry, whose AMI settings are `more`."""
    targets = drift.wanted_targets([entry(region, more or None)], ACCOUNT, REGION)
    return next(item for item in targets if item.account_id == account)


def by_field(differences):
    return {
        item["field"].removeprefix("ami_distribution_configuration."): (item["wanted"], item["found"])
        for item in differences
    }


# -- targets ---------------------------------------------------------------------------------------------------


def test_the_targets_of_a_distribution():
    templates = [TEMPLATE, {**TEMPLATE, "accountId": TARGET}, {**TEMPLATE, "accountId": OTHER}]
    parameters = [{"parameterName": "/a"}, {"parameterName": "/b", "amiAccountId": TARGET}]
    targets = drift.wanted_targets(
        [
            entry(REGION),
            entry(
                ami_settings={"targetAccountIds": [TARGET]},
                launchTemplateConfigurations=templates,
                ssmParameterConfigurations=parameters,
                fastLaunchConfigurations=[{"enabled": True}],
            ),
            {"region": "ap-south-1", "launchTemplateConfigurations": [{**TEMPLATE, "accountId": OTHER}]},
            {"region": "sa-east-1", "containerDistributionConfiguration": {}},
        ],
        ACCOUNT,
        REGION,
    )
    assert [(p.region, p.account_id, p.owner, p.own, p.home) for p in targets] == [
        (REGION, ACCOUNT, True, True, True),
        ("eu-west-1", TARGET, True, False, False),
        ("eu-west-1", ACCOUNT, False, True, False),
        ("eu-west-1", OTHER, False, False, False),
        ("ap-south-1", ACCOUNT, True, True, False),
        ("ap-south-1", OTHER, False, False, False),
    ]
    items = [(len(p.templates), len(p.parameters), len(p.fast_launches)) for p in targets]
    assert items == [(0, 0, 0), (1, 1, 0), (1, 1, 1), (1, 0, 0), (0, 0, 0), (1, 0, 0)]


# -- which AMI is live -----------------------------------------------------------------------------------------


def test_a_copy_takes_precedence_over_the_source_in_the_same_region():
    shown = images.image(amis=[ami(REGION, identifier="ami-0fff"), ami(REGION, identifier=SOURCE), ami()])
    live = drift.live_amis(shown, SOURCE, ACCOUNT, REGION)
    assert live == {(REGION, ACCOUNT): "ami-0fff", ("eu-west-1", ACCOUNT): "ami-0123456789abcdef0"}


def test_the_source_itself_is_live_at_home_where_aws_lists_nothing():
    assert drift.live_amis(images.image(), SOURCE, ACCOUNT, REGION) == {(REGION, ACCOUNT): SOURCE}
    assert drift.live_amis(images.image("FAILED"), SOURCE, ACCOUNT, REGION) == {}
    assert drift.live_amis(images.image(), None, ACCOUNT, REGION) == {}


def test_leftovers_are_amis_without_a_present_target():
    old = ami("ap-south-1", identifier="ami-0aaa")
    foreign = ami("eu-west-1", TARGET, identifier="ami-0bbb")
    shown = images.image(amis=[ami(), old, foreign, ami(REGION, identifier="ami-0ccc")])

    def leftover_ids(source):
        return [item["ami_id"] for item in drift.leftovers(shown, [entry()], source, ACCOUNT, REGION)]

    assert leftover_ids(SOURCE) == ["ami-0aaa", "ami-0bbb", "ami-0ccc"]
    # The source of a rollout, and the AMI of a build in its own Region, were not distributed.
    assert leftover_ids("ami-0ccc") == ["ami-0aaa", "ami-0bbb"]
    assert leftover_ids(None) == ["ami-0aaa", "ami-0bbb"]


# -- the AMI ---------------------------------------------------------------------------------------------------


def test_the_state():
    assert drift.state({"State": "available"}) == []
    assert by_field(drift.state({"State": "disabled"})) == {"state": ("available", "disabled")}


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [
        ("web {{ imagebuilder:buildDate }}", "web 2026-03-02T09-20-10.529Z", True),
        ("web {{imagebuilder:buildDate}} v{{ imagebuilder:buildVersion }}", "web 2026 v7", True),
        ("web {{ imagebuilder:buildDate }}", "db 2026", False),
        ("web {{ imagebuilder:buildDate }}", "web ", False),
        ("web", "web", True),
        ("a.c", "abc", False),
        ("web", None, False),
    ],
)
def test_placeholders_match_any_text(wanted, found, same):
    assert (drift.texts(wanted_target(name=wanted), {"Name": found}) == []) == same
    tags = [] if found is None else [{"Key": "Build", "Value": found}]
    assert (drift.ami_tags(wanted_target(amiTags={"Build": wanted}), {"Tags": tags}) == []) == same


def test_name_and_description_are_compared_but_not_at_home():
    asked = {"name": "web {{ imagebuilder:buildDate }}", "description": "new"}
    image = {"Name": "app 1", "Description": ""}
    assert by_field(drift.texts(wanted_target(**asked), image)) == {
        "name": ("web [[ imagebuilder:buildDate ]]", "app 1"),
        "description": ("new", None),
    }
    assert drift.texts(wanted_target(region=REGION, **asked), image) == []
    assert drift.texts(wanted_target(kmsKeyId=KEY), image) == []


def test_wanted_tags_are_a_subset_of_those_found():
    asked = wanted_target(amiTags={"Team": "web", "Cost": "12", "Date": "{{imagebuilder:buildDate}}", "Empty": ""})
    service = [{"Key": "CreatedBy", "Value": "EC2 Image Builder"}, {"Key": "Date", "Value": "now"}]
    image = {"Tags": [*service, {"Key": "Team", "Value": "db"}, {"Key": "Empty", "Value": ""}]}
    assert by_field(drift.ami_tags(asked, image)) == {
        "ami_tags": ({"Team": "web", "Cost": "12"}, {"Team": "db", "Cost": None})
    }
    assert drift.ami_tags(wanted_target(), image) == []


# -- launch permissions ----------------------------------------------------------------------------------------

ORGANIZATION = f"arn:aws:organizations::{ACCOUNT}:organization/o-a1b2c3d4e5"
UNIT = f"arn:aws:organizations::{ACCOUNT}:ou/o-a1b2c3d4e5/ou-ab12-cd34ef56"
ALL = {
    "userIds": [TARGET, OTHER],
    "userGroups": ["all"],
    "organizationArns": [ORGANIZATION],
    "organizationalUnitArns": [UNIT],
}
GRANTED = [
    {"UserId": OTHER},
    {"UserId": TARGET},
    {"Group": "all"},
    {"OrganizationArn": ORGANIZATION},
    {"OrganizationalUnitArn": UNIT},
]


def test_all_kinds_of_launch_permissions_in_any_order():
    assert drift.launch_permissions(wanted_target(launchPermission=ALL), GRANTED) == []


@pytest.mark.parametrize("index", range(len(GRANTED)))
def test_a_missing_and_an_additional_permission(index):
    option = ["user_ids", "user_ids", "user_groups", "organization_arns", "organizational_unit_arns"][index]
    missing = by_field(
        drift.launch_permissions(wanted_target(launchPermission=ALL), GRANTED[:index] + GRANTED[index + 1 :])
    )
    assert list(missing) == [f"launch_permission.{option}"]
    too_much = by_field(drift.launch_permissions(wanted_target(), [GRANTED[index]]))
    assert too_much == {f"launch_permission.{option}": ([], list(GRANTED[index].values()))}


def test_an_owner_needs_no_permission():
    owned = wanted_target(TARGET, targetAccountIds=[TARGET], launchPermission={"userIds": [TARGET]})
    assert drift.launch_permissions(owned, []) == []
    assert drift.launch_permissions(wanted_target(), [{"UserId": ACCOUNT}]) == []


def test_target_accounts_may_use_the_source_ami_at_home_and_nowhere_else():
    granted = [{"UserId": TARGET}]
    assert drift.launch_permissions(wanted_target(region=REGION), granted, {ACCOUNT, TARGET}) == []
    assert drift.launch_permissions(wanted_target(region=REGION), [{"UserId": OTHER}], {ACCOUNT, TARGET})
    assert drift.launch_permissions(wanted_target(), granted, {ACCOUNT, TARGET})
    # A target account that user_ids names must be there.
    asked = wanted_target(region=REGION, launchPermission={"userIds": [TARGET]})
    assert drift.launch_permissions(asked, [], {TARGET})


# -- encryption ------------------------------------------------------------------------------------------------


def test_the_key_of_every_snapshot_is_compared():
    encrypted = wanted_target(kmsKeyId=KEY)
    assert drift.encryption(encrypted, [{"KmsKeyId": KEY}, {"KmsKeyId": KEY}], KEY) == []
    assert drift.encryption(encrypted, [{"KmsKeyId": KEY}], KEY.split("/")[1]) == []
    other = KEY.replace("1234abcd", "9999abcd")
    assert by_field(drift.encryption(encrypted, [{"KmsKeyId": KEY}, {"KmsKeyId": other}], KEY)) == {
        "kms_key_id": (KEY, f"{KEY}, {other}")
    }
    assert by_field(drift.encryption(encrypted, [{"Encrypted": False}], KEY)) == {"kms_key_id": (KEY, "not encrypted")}


def test_no_key_is_compared_if_none_is_wanted_or_applied():
    assert drift.wanted_key(wanted_target(kmsKeyId=KEY)) == KEY
    assert drift.wanted_key(wanted_target()) is None
    assert drift.wanted_key(wanted_target(region=REGION, kmsKeyId=KEY)) is None
    at_home = wanted_target(TARGET, REGION, targetAccountIds=[TARGET], kmsKeyId=KEY)
    assert drift.wanted_key(at_home) == KEY


@pytest.mark.parametrize(
    ("key", "alias"),
    [
        (KEY, False),
        (KEY.split("/")[1], False),
        ("alias/web", True),
        (f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/web", True),
    ],
)
def test_an_alias_is_recognized(key, alias):
    assert drift.is_alias(key) == alias


# -- launch templates ------------------------------------------------------------------------------------------


def versions(*ids):
    return [
        {"VersionNumber": number, "LaunchTemplateData": {"ImageId": ami_id} if ami_id else {}}
        for number, ami_id in enumerate(ids, 1)
    ]


def template(wanted, default, *ids, expected=("ami-2",)):
    described = {"DefaultVersionNumber": default, "LatestVersionNumber": len(ids)}
    return {
        key.partition("].")[2]: value
        for key, value in by_field(drift.launch_template(wanted, described, versions(*ids), list(expected))).items()
    }


def test_the_default_version_must_have_the_ami_unless_set_default_version_is_false():
    assert template(TEMPLATE, 2, "ami-1", "ami-2") == {}
    assert template(TEMPLATE, 1, "ami-1", "ami-2") == {"default_version": (2, 1)}
    assert template({**TEMPLATE, "setDefaultVersion": True}, 1, "ami-1", "ami-2") == {"default_version": (2, 1)}
    assert template({**TEMPLATE, "setDefaultVersion": False}, 1, "ami-1", "ami-2") == {}


def test_a_template_without_a_version_of_the_ami():
    assert template(TEMPLATE, 1, "ami-1", "ami-3") == {"image_id": ("ami-2", "ami-3")}
    assert template({**TEMPLATE, "setDefaultVersion": False}, 1, None) == {"image_id": ("ami-2", None)}


def test_a_template_that_does_not_exist():
    differences = drift.launch_template(TEMPLATE, None, [], ["ami-2"])
    assert differences == [
        {
            "field": "launch_template_configurations[lt-0ab1234c56d789012].launch_template_id",
            "wanted": "lt-0ab1234c56d789012",
            "found": None,
        }
    ]


def test_a_template_of_another_account_may_have_the_ami_of_the_source_account():
    live = {("eu-west-1", ACCOUNT): "ami-1", ("eu-west-1", TARGET): "ami-2"}
    foreign = drift.wanted_targets(
        [
            entry(
                ami_settings={"targetAccountIds": [ACCOUNT, TARGET]},
                launchTemplateConfigurations=[{**TEMPLATE, "accountId": TARGET}],
            )
        ],
        ACCOUNT,
        REGION,
    )[1]
    expected = drift.expected_in_template(foreign, live, ACCOUNT)
    assert expected == ["ami-1", "ami-2"]
    assert template(TEMPLATE, 1, "ami-1", expected=expected) == {}
    assert template(TEMPLATE, 1, "ami-2", expected=expected) == {}
    assert template(TEMPLATE, 1, "ami-3", expected=expected) == {"image_id": ("ami-1", "ami-3")}


# -- SSM parameters, licences, Fast Launch ---------------------------------------------------------------------


def test_value_and_data_type_of_a_parameter():
    wanted = {"parameterName": "/images/web", "dataType": "aws:ec2:image"}
    assert drift.ssm_parameter(wanted, {"Value": "ami-1", "DataType": "aws:ec2:image"}, "ami-1") == []
    field = "ssm_parameter_configurations[/images/web]"
    assert by_field(drift.ssm_parameter(wanted, {"Value": "ami-2", "DataType": "text"}, "ami-1")) == {
        f"{field}.value": ("ami-1", "ami-2"),
        f"{field}.data_type": ("aws:ec2:image", "text"),
    }
    assert by_field(drift.ssm_parameter(wanted, None, "ami-1")) == {f"{field}.value": ("ami-1", None)}
    del wanted["dataType"]
    assert drift.ssm_parameter(wanted, {"Value": "ami-1", "DataType": "aws:ec2:image"}, "ami-1") == []
    assert drift.ssm_parameter(wanted, {"Value": "ami-1", "DataType": "text"}, "ami-1") == []


def test_additional_licences_of_the_base_image_are_allowed():
    licensed = drift.wanted_targets([entry(licenseConfigurationArns=["a", "b"])], ACCOUNT, REGION)[0]
    assert drift.licences(licensed, ["inherited", "b", "a"]) == []
    assert by_field(drift.licences(licensed, ["b"])) == {"license_configuration_arns": (["a", "b"], ["b"])}


def test_fast_launch():
    wanted = {"enabled": True, "maxParallelLaunches": 8, "snapshotConfiguration": {"targetResourceCount": 10}}
    found = {"State": "enabled", "MaxParallelLaunches": 8, "SnapshotConfiguration": {"TargetResourceCount": 10}}
    assert drift.fast_launch(wanted, found) == []
    assert drift.fast_launch({"enabled": True}, {**found, "State": "enabling"}) == []
    other = {"State": "disabling", "MaxParallelLaunches": 6, "SnapshotConfiguration": {"TargetResourceCount": 5}}
    assert by_field(drift.fast_launch(wanted, other)) == {
        "fast_launch_configurations.enabled": (True, False),
        "fast_launch_configurations.max_parallel_launches": (8, 6),
        "fast_launch_configurations.target_resource_count": (10, 5),
    }
    assert by_field(drift.fast_launch(wanted, None)) == {"fast_launch_configurations.enabled": (True, False)}
