"""Defaults and Regions with overrides -> distributions."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration import conversion
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration import regional

OU = "arn:aws:organizations::123456789012:ou/o-123example0/ou-1234-myorganizationalunit"
ORGANIZATION = "arn:aws:organizations::123456789012:organization/o-myorganization123"
GROUPS = {
    "production": ["111122223333", "444455556666"],
    "everyone": ["production", "123456789012", "444455556666"],
    "workloads": [OU],
}


def expand(regions, defaults=None, **options):
    return regional.regional_distributions(regions, defaults, **options)


def refused(*args, **options):
    with pytest.raises(regional.RegionsError) as caught:
        expand(*args, **options)
    return [str(error) for error in caught.value.errors]


def test_a_list_of_names():
    assert expand(["us-west-2", "eu-west-1"], {"license_configuration_arns": ["a"]}) == [
        {"region": "us-west-2", "license_configuration_arns": ["a"]},
        {"region": "eu-west-1", "license_configuration_arns": ["a"]},
    ]


def test_a_list_of_names_and_overrides():
    defaults = {"ami_distribution_configuration": {"name_prefix": "web", "description": "Web"}}
    regions = ["us-west-2", {"region": "eu-west-1", "ami_distribution_configuration": {"kms_key_id": "alias/golden"}}]
    assert expand(regions, defaults) == [
        {"region": "us-west-2", "ami_distribution_configuration": {"name_prefix": "web", "description": "Web"}},
        {
            "region": "eu-west-1",
            "ami_distribution_configuration": {
                "name_prefix": "web",
                "description": "Web",
                "kms_key_id": "alias/golden",
            },
        },
    ]


def test_a_map_of_regions_and_overrides():
    regions = {"us-west-2": None, "eu-west-1": {"license_configuration_arns": ["b"]}, "eu-west-2": {}}
    assert expand(regions, {"license_configuration_arns": ["a"]}) == [
        {"region": "us-west-2", "license_configuration_arns": ["a"]},
        {"region": "eu-west-1", "license_configuration_arns": ["b"]},
        {"region": "eu-west-2", "license_configuration_arns": ["a"]},
    ]


def test_the_region_comes_first_in_each_entry():
    assert list(expand(["us-west-2"], {"license_configuration_arns": ["a"]})[0]) == [
        "region",
        "license_configuration_arns",
    ]


@pytest.mark.parametrize(
    ("home", "order"),
    [
        ("eu-west-1", ["eu-west-1", "us-west-2", "ap-east-1"]),
        ("us-west-2", ["us-west-2", "ap-east-1", "eu-west-1"]),
        ("sa-east-1", ["us-west-2", "ap-east-1", "eu-west-1"]),
        (None, ["us-west-2", "ap-east-1", "eu-west-1"]),
    ],
)
def test_the_home_region_comes_first_and_the_others_keep_their_order(home, order):
    entries = expand(["us-west-2", "ap-east-1", "eu-west-1"], home_region=home)
    assert [entry["region"] for entry in entries] == order


def one(own, **defaults):
    """Returns the entry of a Region with these options, without C(region)."""
    entry = expand({"us-west-2": own}, defaults)[0]
    assert entry.pop("region") == "us-west-2"
    return entry


def test_maps_merge_at_every_depth_and_lists_are_replaced():
    defaults = {
        "ami_distribution_configuration": {
            "ami_tags": {"Team": "platform", "Stage": "test"},
            "launch_permission": {"user_ids": ["111122223333", "444455556666"], "organization_arns": [ORGANIZATION]},
        },
        "ssm_parameter_configurations": [{"parameter_name": "/golden/a", "data_type": "text"}],
    }
    own = {
        "ami_distribution_configuration": {
            "ami_tags": {"Stage": "live"},
            "launch_permission": {"user_ids": ["123456789012"]},
        },
        "ssm_parameter_configurations": [{"parameter_name": "/golden/b"}],
    }
    assert one(own, **defaults) == {
        "ami_distribution_configuration": {
            "ami_tags": {"Team": "platform", "Stage": "live"},
            "launch_permission": {"user_ids": ["123456789012"], "organization_arns": [ORGANIZATION]},
        },
        "ssm_parameter_configurations": [{"parameter_name": "/golden/b"}],
    }


def test_null_removes_an_option_a_tag_or_a_whole_block():
    defaults = {
        "ami_distribution_configuration": {
            "kms_key_id": "alias/golden",
            "ami_tags": {"Team": "platform", "Stage": "test"},
            "launch_permission": {"user_ids": ["111122223333"]},
        },
        "s3_export_configuration": {"role_name": "vmimport", "disk_image_format": "RAW", "s3_bucket": "b"},
        "license_configuration_arns": ["a"],
    }
    own = {
        "ami_distribution_configuration": {"kms_key_id": None, "ami_tags": {"Stage": None}, "launch_permission": None},
        "s3_export_configuration": None,
        "license_configuration_arns": None,
    }
    assert one(own, **defaults) == {"ami_distribution_configuration": {"ami_tags": {"Team": "platform"}}}


def test_null_in_the_defaults_or_without_a_default():
    defaults = {"ami_distribution_configuration": {"kms_key_id": None, "description": "Web"}, "tags": None}
    assert one({"license_configuration_arns": None}, **defaults) == {
        "ami_distribution_configuration": {"description": "Web"}
    }


def test_a_removed_block_can_be_given_again():
    assert one({"ami_distribution_configuration": {"name": "x"}}, ami_distribution_configuration=None) == {
        "ami_distribution_configuration": {"name": "x"}
    }


def test_aliases_are_replaced_by_their_options():
    defaults = {"tags": {"Team": "a"}, "launch_permissions": {"user_ids": ["111122223333"]}}
    own = {"ami_tags": {"Stage": "live"}, "launch_permission": {"user_groups": ["all"]}}
    assert one({"ami_distribution_configuration": own}, ami_distribution_configuration=defaults) == {
        "ami_distribution_configuration": {
            "ami_tags": {"Team": "a", "Stage": "live"},
            "launch_permission": {"user_ids": ["111122223333"], "user_groups": ["all"]},
        }
    }
    assert one(
        {"ami_distribution_configuration": {"launch_permissions": None}}, ami_distribution_configuration=defaults
    ) == {"ami_distribution_configuration": {"ami_tags": {"Team": "a"}}}


@pytest.mark.parametrize(
    ("shared", "own", "left"),
    [
        ({"name_prefix": "web"}, {"name": "x"}, {"name": "x"}),
        ({"name": "x"}, {"name_prefix": "web"}, {"name_prefix": "web"}),
        ({"name_prefix": "web"}, {"name": None}, {"name_prefix": "web"}),
        # The module reports an error if both are given on the same level.
        ({}, {"name": "x", "name_prefix": "web"}, {"name": "x", "name_prefix": "web"}),
    ],
)
def test_a_name_replaces_a_prefix(shared, own, left):
    merged = one({"ami_distribution_configuration": own}, ami_distribution_configuration=shared)
    assert merged == {"ami_distribution_configuration": left}


def test_keys_of_tags_that_look_like_aliases_are_not_changed():
    tags = {"tags": "a", "launch_permissions": "b", "production": "c"}
    merged = one({}, ami_distribution_configuration={"ami_tags": tags})
    assert merged == {"ami_distribution_configuration": {"ami_tags": tags}}


def test_misspelt_options_are_left_for_the_module():
    assert one({"lunch": {"a": 1}}, lunch={"b": [1]}) == {"lunch": {"a": 1, "b": [1]}}


def test_what_was_given_is_not_changed_and_entries_share_nothing():
    defaults = {"ami_distribution_configuration": {"ami_tags": {"A": "1"}, "target_account_ids": ["production"]}}
    regions = {"us-west-2": None, "eu-west-1": {"ami_distribution_configuration": {"tags": {"B": "2"}}}}
    before = copy.deepcopy((defaults, regions, GROUPS))
    first, second = expand(regions, defaults, groups=GROUPS)
    first["ami_distribution_configuration"]["ami_tags"]["C"] = "3"
    first["ami_distribution_configuration"]["target_account_ids"].append("x")
    assert second["ami_distribution_configuration"] == {
        "ami_tags": {"A": "1", "B": "2"},
        "target_account_ids": ["111122223333", "444455556666"],
    }
    assert (defaults, regions, GROUPS) == before


def test_the_result_is_what_the_module_takes():
    regions = {"us-west-2": None, "eu-west-1": {"ami_distribution_configuration": {"kms_key_id": "alias/golden"}}}
    assert conversion.distributions_to_api(
        expand(regions, {"ami_distribution_configuration": {"name_prefix": "web"}})
    ) == [
        {"region": "us-west-2", "amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}"}},
        {
            "region": "eu-west-1",
            "amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}", "kmsKeyId": "alias/golden"},
        },
    ]


# -- groups --------------------------------------------------------------------------------------------------------


def test_groups_are_replaced_by_their_members():
    defaults = {
        "target_account_ids": ["777788889999", "production"],
        "launch_permission": {
            "user_ids": ["everyone", "production"],
            "organization_arns": [ORGANIZATION],
            "organizational_unit_arns": ["workloads"],
        },
    }
    entries = expand(["us-west-2"], {"ami_distribution_configuration": defaults}, groups=GROUPS)
    assert entries[0]["ami_distribution_configuration"] == {
        "target_account_ids": ["777788889999", "111122223333", "444455556666"],
        "launch_permission": {
            "user_ids": ["111122223333", "444455556666", "123456789012"],
            "organization_arns": [ORGANIZATION],
            "organizational_unit_arns": [OU],
        },
    }


def test_groups_are_known_in_overrides_and_for_a_single_value():
    own = {"ami_distribution_configuration": {"target_account_ids": "production, 123456789012"}}
    entries = expand({"us-west-2": own}, groups=GROUPS)
    assert entries[0]["ami_distribution_configuration"]["target_account_ids"] == [
        "111122223333",
        "444455556666",
        "123456789012",
    ]


def test_a_group_makes_a_parameter_in_each_account():
    parameters = [{"parameter_name": "/golden/a", "ami_account_id": "production"}, {"parameter_name": "/golden/b"}]
    entries = expand(["us-west-2"], {"ssm_parameter_configurations": parameters}, groups=GROUPS)
    assert entries[0]["ssm_parameter_configurations"] == [
        {"parameter_name": "/golden/a", "ami_account_id": "111122223333"},
        {"parameter_name": "/golden/a", "ami_account_id": "444455556666"},
        {"parameter_name": "/golden/b"},
    ]


def test_an_account_that_yaml_took_for_a_number_is_passed_on():
    own = {"ami_distribution_configuration": {"target_account_ids": [111122223333, "production"]}}
    entries = expand({"us-west-2": own}, groups=GROUPS)
    assert entries[0]["ami_distribution_configuration"]["target_account_ids"] == ["111122223333", "444455556666"]


def test_without_groups_nothing_is_judged():
    own = {"ami_distribution_configuration": {"launch_permission": {"user_ids": ["all"]}}}
    assert one(own) == own


def test_a_misspelt_group_is_refused_with_the_nearest():
    own = {"ami_distribution_configuration": {"target_account_ids": ["123456789012", "prodution"]}}
    defaults = {"ssm_parameter_configurations": [{"parameter_name": "/a", "ami_account_id": "staging"}]}
    assert refused({"us-west-2": own}, defaults, groups=GROUPS) == [
        "defaults.ssm_parameter_configurations[0].ami_account_id: 'staging': is not an account id and not one of the"
        " groups everyone, production, workloads",
        "regions['us-west-2'].ami_distribution_configuration.target_account_ids[1]: 'prodution': is not an account id"
        " and not a group; did you mean production?",
    ]


def test_a_group_of_the_wrong_kind_is_refused():
    permission = {"user_ids": ["workloads"], "organizational_unit_arns": ["production"]}
    defaults = {"ami_distribution_configuration": {"launch_permission": permission}}
    assert refused(["us-west-2"], defaults, groups=GROUPS) == [
        "defaults.ami_distribution_configuration.launch_permission.user_ids[0]: 'workloads': this group contains "
        + OU
        + ", which is not an account id",
        "defaults.ami_distribution_configuration.launch_permission.organizational_unit_arns[0]: 'production': this "
        "group contains"
        " 111122223333, which is not an ARN",
    ]


def test_groups_that_cannot_be_read_are_refused():
    groups = {"111122223333": [], "a": ["b"], "b": ["a"], "c": ["prod"], "d": ["c"]}
    assert refused(["us-west-2"], groups=groups) == [
        "groups['111122223333']: a group's name must not look like an account id or an ARN",
        "groups['b'][0]: 'a': contains itself: a > b > a",
        "groups['a'][0]: 'b': contains itself: b > a > b",
        "groups['c'][0]: 'prod': is not an account id or ARN and not one of the groups 111122223333, a, b, c, d",
    ]
    assert refused(["us-west-2"], groups=["a"]) == [
        "groups: ['a']: must be a map of group names and lists of accounts or ARNs"
    ]


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [None, [], {}, ""])
def test_at_least_one_region(nothing):
    assert refused(nothing) == ["regions: at least one Region is needed"]


def test_regions_without_a_name():
    assert refused(["us-west-2", "", None, 1, {"license_configuration_arns": ["a"]}, {"region": " "}]) == [
        "regions[1]: '': a Region's name is needed here, such as us-east-1",
        "regions[2]: a Region's name is needed here, such as us-east-1",
        "regions[3]: 1: a Region's name is needed here, such as us-east-1",
        "regions[4].region: a Region's name is needed here, such as us-east-1",
        "regions[5].region: ' ': a Region's name is needed here, such as us-east-1",
    ]
    assert refused({"": {}}) == ["regions['']: '': a Region's name is needed here, such as us-east-1"]


def test_a_region_twice():
    assert refused(["us-west-2", "eu-west-1", {"region": "us-west-2"}]) == [
        "regions[2]: 'us-west-2': is already in regions[0]; a Region has only one entry, so merge the two"
    ]


def test_a_region_that_contradicts_its_key():
    assert refused({"us-west-2": {"region": "eu-west-1"}}) == [
        "regions['us-west-2'].region: 'eu-west-1': is not the Region of its key"
    ]
    assert expand({"us-west-2": {"region": "us-west-2"}}) == [{"region": "us-west-2"}]


def test_values_of_the_wrong_kind():
    assert refused("us-west-2") == [
        "regions: 'us-west-2': must be a list of Regions, or a map of Regions and what differs there"
    ]
    assert refused({"us-west-2": ["alias/golden"]}, ["a"]) == [
        "defaults: ['a']: must be a map of options, or empty if nothing differs",
        "regions['us-west-2']: ['alias/golden']: must be a map of options, or empty if nothing differs",
    ]


def test_a_region_is_not_a_default_and_an_option_has_one_name():
    ami = {"tags": {}, "ami_tags": {}}
    assert refused(["us-west-2"], {"region": "us-west-2", "ami_distribution_configuration": ami}) == [
        "defaults.ami_distribution_configuration.ami_tags: is given twice, as ami_tags and tags; use one of them",
        "defaults.region: 'us-west-2': is not a default; list the Region in regions",
    ]
