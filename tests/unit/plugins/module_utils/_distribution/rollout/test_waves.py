from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.ownership import WAVES_TAG
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import remainder
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import waves

SOURCE, ONE, TWO = "123456789012", "111122223333", "444455556666"
HOME, WEST, EUROPE = "us-east-1", "us-west-2", "eu-west-1"
ARN = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/web"
AMI = "ami-0abcdef1234567890"
NAME = "web {{ imagebuilder:buildDate }}"


def entry(region, *accounts, **more):
    settings = {"name": NAME, **more.pop("ami", {})}
    if accounts:
        settings["targetAccountIds"] = list(accounts)
    return {"region": region, "amiDistributionConfiguration": settings, **more}


def template(identifier="lt-0ab1234c56d789012", **more):
    return {"launchTemplateId": identifier, **more}


def image(number, *entries, source=AMI, status="AVAILABLE", amis=None, name="web-wave-1"):
    """Returns C(image) of GetImage, with an AMI for each target unless some are given."""
    targets = [
        (e["region"], a) for e in entries for a in e["amiDistributionConfiguration"].get("targetAccountIds", [SOURCE])
    ]
    return {
        "arn": f"arn:aws:imagebuilder:{HOME}:{SOURCE}:image/web/1.0.0/{number}",
        "state": {"status": status},
        "tags": {
            "goldimage.aws:source-image": source,
            "goldimage.aws:distribution-configuration": f"{ARN.rpartition('/')[0]}/{name}",
        },
        "distributionConfiguration": {"distributions": list(entries)},
        "outputResources": {
            "amis": [
                {
                    "region": region,
                    "accountId": account,
                    "image": f"ami-{number}{index}",
                    "state": {"status": "AVAILABLE"},
                }
                for index, (region, account) in enumerate(targets if amis is None else amis)
            ]
        },
    }


def reached_with(images, *wanted, source=AMI):
    return {target: one.arn[-1] for target, one in remainder.candidates(images, wanted, source, SOURCE, HOME).items()}


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        ([[HOME], [EUROPE, WEST]], []),
        ("us-east-1", ["must be a list of lists"]),
        ([HOME, EUROPE], ["must be a list of lists"]),
        ([[HOME, EUROPE], [], [WEST]], ["is empty"]),
        ([[HOME, EUROPE], [WEST, HOME]], ["is already at [0][0]"]),
        ([[HOME, EUROPE], [WEST, "eu-west-9"]], ["is not a Region of the configuration"]),
        ([[HOME]], [f"no wave for {EUROPE}, {WEST}"]),
    ],
)
def test_errors_in_a_list_of_waves(given, texts):
    errors = waves.list_errors(given, [HOME, EUROPE, WEST])
    assert len(errors) == len(texts)
    for (_path, _value, text), expected in zip(errors, texts):
        assert expected in text


def test_the_home_region_is_added_only_if_aws_needs_it():
    whole = [
        entry(HOME, ami={"launchPermission": {"userIds": [ONE]}}, launchTemplateConfigurations=[template()]),
        entry(EUROPE),
        entry(WEST, SOURCE, ONE),
        entry("eu-north-1", launchTemplateConfigurations=[template("lt-0ab1234c56d789013")]),
    ]
    alone, foreign, templates, home = waves.split(
        "web", whole, [[EUROPE], [WEST], ["eu-north-1"], [HOME]], SOURCE, HOME
    )
    assert alone.distributions == [whole[1]]
    # Nothing in the home Region is shared, tagged or made the default before its wave.
    assert foreign.distributions == [{"region": HOME, "amiDistributionConfiguration": {"name": NAME}}, whole[2]]
    carried = templates.distributions[0]
    assert carried["launchTemplateConfigurations"] == [{**template(), "setDefaultVersion": False}]
    assert home.distributions == [whole[0]]
    assert [one.name for one in (alone, home)] == ["web-wave-1", "web-wave-4"]
    assert home.description == f"Wave 4 of 4 of web: {HOME}"


def test_no_entry_is_made_up_for_the_home_region():
    [wave] = waves.split("web", [entry(WEST, ONE)], [[WEST]], SOURCE, HOME)
    assert [one["region"] for one in wave.distributions] == [WEST]


def test_a_wave_without_a_region_of_this_configuration_is_left_out():
    [wave] = waves.split("web", [entry(WEST)], [[HOME], [WEST]], SOURCE, HOME)
    assert (wave.number, wave.name) == (2, "web-wave-2")


def test_the_first_waves_of_all_configurations_come_first_and_each_knows_those_before_it():
    ami = {"ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [SOURCE, ONE]}}
    wholes = [
        {"name": "web", "tags": {"Team": "web"}, "distributions": [{"region": HOME, **ami}, {"region": WEST, **ami}]},
        {"name": "db", "distributions": [{"region": EUROPE}]},
    ]
    listed = waves.configurations(wholes, [[HOME], [EUROPE], [WEST]], SOURCE, HOME, {WAVES_TAG: "spec"})
    assert [
        (one["configuration"], one["wave"], one["of"], one["name"], one["regions"], one["after"]) for one in listed
    ] == [
        ("web", 1, 3, "web-wave-1", [HOME], []),
        ("db", 2, 3, "db-wave-2", [EUROPE], []),
        ("web", 3, 3, "web-wave-3", [WEST], [HOME]),
    ]
    assert listed[0]["settings"]["tags"] == {"Team": "web", WAVES_TAG: "spec"}
    assert (listed[0]["other_target_accounts"], listed[1]["other_target_accounts"]) == (
        [ONE, SOURCE],
        [],
    )
    assert [entry["region"] for entry in listed[2]["settings"]["distributions"]] == [HOME, WEST]


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({"number": 1, "of": 1, "regions": [HOME]}, []),
        ({"number": 0, "of": 1, "regions": [HOME]}, ["wave.number"]),
        ({"number": 3, "of": 2, "regions": []}, ["wave.number", "wave.regions"]),
        ({"number": 1, "of": 0, "regions": ["Ireland"]}, ["wave.of", "wave.regions[0]"]),
        ({"number": 1, "of": 1, "regions": [HOME], "after": [WEST, HOME]}, ["wave.after[1]"]),
        (None, []),
    ],
)
def test_what_is_wrong_with_the_option(given, paths):
    assert [error.path for error in waves.option_errors(given)] == paths


def test_regions_that_the_configuration_does_not_have():
    errors = waves.unknown_regions({"regions": [HOME, WEST], "after": [EUROPE]}, [entry(HOME)])
    assert [(error.path, error.value) for error in errors] == [
        ("wave.regions[1]", WEST),
        ("wave.after[0]", EUROPE),
    ]


@pytest.mark.parametrize(
    ("arn", "whole", "expected"),
    [
        (ARN, ARN, True),
        (ARN + "-wave-12", ARN, True),
        (ARN + "-wave-x", ARN, False),
        (None, ARN, False),
        (ARN, None, False),
    ],
)
def test_waves_of_any_list_belong_to_the_whole(arn, whole, expected):
    assert waves.is_whole_or_wave(arn, whole) is expected


def test_the_newest_rollout_of_the_same_settings_counts():
    wanted = entry(WEST, SOURCE, ONE)
    both = [image(2, entry(WEST, SOURCE)), image(1, wanted)]
    assert reached_with(both, wanted) == {(WEST, SOURCE): "2", (WEST, ONE): "1"}
    assert reached_with([image(1, entry(WEST, SOURCE, ONE, ami={"amiTags": {"a": "b"}}))], wanted) == {}


def test_the_order_of_accounts_and_the_default_of_a_data_type_make_no_difference():
    parameter = {"parameterName": "/golden/web"}
    before = entry(WEST, ONE, SOURCE, ssmParameterConfigurations=[{**parameter, "dataType": "aws:ec2:image"}])
    after = entry(WEST, SOURCE, ONE, ssmParameterConfigurations=[parameter])
    assert set(reached_with([image(1, before)], after)) == {(WEST, SOURCE), (WEST, ONE)}


def test_another_image_since_matters_only_if_it_updated_a_reference():
    plain, moving = entry(WEST), entry(WEST, ssmParameterConfigurations=[{"parameterName": "/golden/web"}])
    for wanted, expected in ((plain, {(WEST, SOURCE): "1"}), (moving, {})):
        assert reached_with([image(2, wanted, source="ami-0fedcba9876543210"), image(1, wanted)], wanted) == expected


def test_without_a_source_the_last_one_counts_with_whatever_settings():
    before = entry(WEST, ami={"amiTags": {"a": "b"}})
    assert reached_with(
        [image(2, before, source="ami-0fedcba9876543210"), image(1, entry(WEST))], entry(WEST), source=None
    ) == {(WEST, SOURCE): "2"}
    carried = image(3, {"region": HOME, "amiDistributionConfiguration": {"name": NAME}}, entry(EUROPE, ONE))
    shared = entry(HOME, ami={"launchPermission": {"userIds": [ONE]}})
    assert reached_with([carried, image(1, shared)], shared, source=None) == {(HOME, SOURCE): "1"}


def test_an_ami_of_a_failed_rollout_counts_if_its_target_is_in_sync():
    wanted = entry(WEST, SOURCE, ONE)
    failed = image(1, wanted, status="FAILED", amis=[(WEST, ONE)])
    candidates = remainder.candidates([failed], [wanted], AMI, SOURCE, HOME)
    assert set(candidates) == {(WEST, ONE)}
    one = candidates[WEST, ONE]
    assert [remainder.needs_no_copy(one, status) for status in ("in_sync", "drifted", "unknown", "missing")] == [
        True,
        False,
        False,
        False,
    ]
    complete = one._replace(state="AVAILABLE")
    assert [remainder.needs_no_copy(complete, status) for status in ("in_sync", "drifted", "unknown", "missing")] == [
        True,
        True,
        True,
        False,
    ]
    assert not remainder.needs_no_copy(None, "in_sync")


@pytest.mark.parametrize(
    ("status", "entries", "distributed", "expected"),
    [
        ("FAILED", [entry(WEST, SOURCE, ONE)], {(WEST, ONE)}, True),
        ("CANCELLED", [entry(WEST, SOURCE, ONE)], set(), True),
        ("DISTRIBUTING", [entry(WEST, SOURCE, ONE)], {(WEST, SOURCE), (WEST, ONE)}, True),
        ("PAUSED", [entry(WEST, SOURCE, ONE)], set(), True),
        ("AVAILABLE", [entry(WEST, SOURCE, ONE)], set(), False),
        # A retry would distribute the old settings.
        ("FAILED", [entry(WEST, SOURCE, ONE, ami={"amiTags": {"a": "b"}})], set(), False),
        ("FAILED", [entry(WEST, SOURCE, TWO)], set(), False),
        # A retry would not add any missing target.
        ("FAILED", [entry(WEST, SOURCE, ONE)], {(WEST, SOURCE), (WEST, ONE)}, False),
        # A part of the wave, with the entry that AWS needs for the home Region.
        ("FAILED", [{"region": HOME, "amiDistributionConfiguration": {"name": NAME}}, entry(WEST, ONE)], set(), True),
    ],
)
def test_which_rollout_is_continued(status, entries, distributed, expected):
    wanted = [entry(WEST, SOURCE, ONE)]
    images = [image(1, *entries, status=status)]
    got = remainder.resumable(images, ARN + "-wave-1", wanted, AMI, distributed, SOURCE)
    assert (got is images[0]) is expected
    assert remainder.resumable(images, ARN + "-wave-2", wanted, AMI, distributed, SOURCE) is None
    assert remainder.resumable(images, ARN + "-wave-1", wanted, "ami-0fedcba9876543210", distributed, SOURCE) is None


def test_the_remaining_entries_lack_what_is_distributed():
    whole = [
        entry(
            WEST,
            SOURCE,
            ONE,
            TWO,
            licenseConfigurationArns=["arn"],
            ssmParameterConfigurations=[{"parameterName": "/a"}, {"parameterName": "/a", "amiAccountId": ONE}],
        ),
        entry(EUROPE),
    ]
    home = {"region": HOME, "amiDistributionConfiguration": {"name": NAME}}
    wave = [home, *whole]

    def remaining(*distributed):
        return remainder.remaining_entries(wave, [WEST, EUROPE], set(distributed), SOURCE, "web", HOME)

    assert remaining() == wave
    # Nothing for other accounts remains.
    assert remaining((WEST, SOURCE), (WEST, ONE), (WEST, TWO)) == [whole[1]]
    carried, west = remaining((WEST, SOURCE), (WEST, TWO), (EUROPE, SOURCE))
    assert carried["region"] == HOME
    assert west == entry(WEST, ONE, ssmParameterConfigurations=[{"parameterName": "/a", "amiAccountId": ONE}])
    assert remaining((WEST, SOURCE), (WEST, ONE), (WEST, TWO), (EUROPE, SOURCE)) == []


def test_who_only_has_a_template_needs_the_whole_entry():
    whole = [entry(HOME), entry(WEST, launchTemplateConfigurations=[template(accountId=ONE)])]
    assert remainder.remaining_entries(whole, [WEST], {(WEST, SOURCE)}, SOURCE, "web", HOME)[-1] == whole[1]
