"""The configurations that the role's variables describe, and all errors in them at once."""

from __future__ import annotations

import importlib

import pytest

OWN = "123456789012"
AMI = {"ami_distribution_configuration": {"name_prefix": "web"}}
PUBLIC = {"launch_permission": {"user_groups": ["all"]}}


@pytest.fixture(scope="module")
def checks():
    return importlib.import_module(
        "ansible_collections.goldimage.aws.plugins.module_utils._distribution.role_spec.checks"
    )


# What Ansible and the role add, and what does not matter here.
USUAL = {
    "state": "present",
    "spec_id": "web",
    "region": "us-east-1",
    "allow_public": True,
    "execution_role_name": "goldimage-web",
}


@pytest.fixture
def resolve(checks):
    steps = importlib.import_module(f"{checks.__package__}.steps")

    def resolved(**given):
        values = {**USUAL, **given}
        configurations, errors = checks.check(values, [])
        assert errors == []
        plan = steps.plan(values, configurations, [], OWN, "aws")
        return {**plan, "public": checks.public_amis(configurations)}

    return resolved


@pytest.fixture
def refused(checks):
    def paths(**given):
        configurations_and_errors = checks.check({**USUAL, **given}, [])
        return {error.path: error.text for error in configurations_and_errors[1]}

    return paths


def test_the_three_forms_of_one_configuration_are_one(resolve):
    entries = [{"region": region, **AMI} for region in ("us-east-1", "eu-west-1")]
    by_regions = resolve(regions=["eu-west-1", "us-east-1"], defaults=AMI)
    whole = resolve(distributions=entries)
    listed = resolve(configurations=[{"name": "web", "distributions": entries}])
    assert by_regions["configurations"] == [{"name": "web", "distributions": entries}]
    for plan in (whole, listed):
        assert plan["configurations"] == by_regions["configurations"]
        assert plan["reported"]["recipients"] == by_regions["reported"]["recipients"]


def test_one_configuration_with_everything(resolve):
    pipeline = "arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/web"
    plan = resolve(
        name="Web Image",
        description="at {{ imagebuilder:buildDate }}",
        tags={"Team": "web"},
        regions={"us-east-1": {"ami_distribution_configuration": {"name": "web {{imagebuilder:buildDate}}"}}},
        groups={"production": ["111122223333"]},
        defaults={"ami_distribution_configuration": {"target_account_ids": ["production"]}},
        pipelines=[pipeline],
        configurations=[],
    )
    # Placeholders have the form that Ansible does not template.
    assert plan["configurations"] == [
        {
            "name": "Web Image",
            "description": "at [[ imagebuilder:buildDate ]]",
            "tags": {"Team": "web"},
            "distributions": [
                {
                    "region": "us-east-1",
                    "ami_distribution_configuration": {
                        "target_account_ids": ["111122223333"],
                        "name": "web [[imagebuilder:buildDate]]",
                    },
                }
            ],
        }
    ]
    own = "arn:aws:imagebuilder:us-east-1:123456789012:distribution-configuration/web-image"
    assert plan["pipelines"] == [
        {"configuration": "Web Image", "image_pipeline_arn": pipeline, "distribution_configuration_arn": own}
    ]
    assert plan["accounts"] == ["111122223333"]
    recipients = plan["reported"]["recipients"]
    assert [(recipient["configuration"], recipient["account_id"]) for recipient in recipients] == [
        ("Web Image", "111122223333")
    ]


def test_several_configurations_share_tags_and_defaults(resolve):
    plan = resolve(
        tags={"Team": "web", "Stage": "all"},
        defaults=AMI,
        configurations=[
            {"name": "one", "regions": ["us-east-1"], "tags": {"Stage": "one"}, "pipelines": ["p1"]},
            {"name": "two", "regions": ["us-east-1"], "defaults": {"license_configuration_arns": ["lic"]}},
        ],
    )
    one, two = plan["configurations"]
    assert one["tags"] == {"Team": "web", "Stage": "one"}
    assert two["tags"] == {"Team": "web", "Stage": "all"}
    assert one["distributions"] == [{"region": "us-east-1", **AMI}]
    assert two["distributions"] == [{"region": "us-east-1", "license_configuration_arns": ["lic"]}]
    assert [(one["configuration"], one["image_pipeline_arn"]) for one in plan["pipelines"]] == [("one", "p1")]


def test_tags_that_are_not_given_are_kept_and_empty_ones_remove_all(resolve):
    entries = [{"region": "us-east-1", **AMI}]
    assert "tags" not in resolve(distributions=entries)["configurations"][0]
    assert resolve(distributions=entries, tags={})["configurations"][0]["tags"] == {}
    listed = resolve(configurations=[{"name": "a", "distributions": entries, "tags": {}}])
    assert listed["configurations"][0]["tags"] == {}


@pytest.mark.parametrize(
    "given",
    [
        {"distributions": [{"region": "us-east-1", "ami_distribution_configuration": PUBLIC}]},
        {
            "distributions": [
                {
                    "region": "us-east-1",
                    "ami_distribution_configuration": {"launch_permissions": {"user_groups": ["all"]}},
                }
            ]
        },
        {"regions": ["us-east-1"], "defaults": {"ami_distribution_configuration": PUBLIC}},
        {"regions": {"us-east-1": {"ami_distribution_configuration": PUBLIC}}, "defaults": AMI},
        {
            "configurations": [{"name": "web", "regions": ["us-east-1"]}],
            "defaults": {"ami_distribution_configuration": PUBLIC},
        },
    ],
)
def test_public_amis_are_seen_in_every_form(resolve, given):
    assert resolve(**given)["public"] == [{"configuration": "web", "region": "us-east-1"}]


def test_absent_needs_no_regions(resolve):
    plan = resolve(state="absent", name="Web")
    assert plan["configurations"] == [{"name": "Web"}]
    assert plan["accounts"] == []


def test_everything_that_is_wrong_is_named_at_once(refused):
    errors = refused(
        name="web",
        configurations=[
            {"regions": ["us-east-1"], "defaults": AMI},
            {"name": "Web Image", "distributions": [{"region": "us-east-1", "kms_key_id": "k"}]},
            {"name": "web_image", "regions": ["us-east-1", "us-east-1"], "defaults": AMI},
            {"name": "both", "regions": ["us-east-1"], "distributions": [{"region": "us-east-1", **AMI}]},
            {"name": "none"},
            {"name": "odd", "regoins": ["us-east-1"]},
            "text",
        ],
    )
    expected = {
        "name": "configurations",
        "configurations[0].name": "required",
        "configurations[1].distributions[0].kms_key_id": "ami_distribution_configuration.kms_key_id",
        "configurations[2].name": "configurations[1].name",
        "configurations[2].regions[1]": "regions[0]",
        "configurations[3].distributions": "not both",
        "configurations[4].distributions": "configurations[4].regions",
        "configurations[5].regoins": "regions",
        "configurations[6]": "not a map",
    }
    for path, text in expected.items():
        assert text in errors.pop("distribution_rollout_" + path), path
    # If regions is misspelt, there are no Regions.
    assert set(errors) == {"distribution_rollout_configurations[5].distributions"}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "distributions"),
        ({"distributions": [{"region": "us-east-1", **AMI}], "regions": ["us-east-1"]}, "distributions"),
        ({"distributions": [{"region": "us-east-1", **AMI}], "defaults": AMI}, "defaults"),
        ({"distributions": [{"region": "us-east-1", **AMI}], "groups": {"a": ["111122223333"]}}, "groups"),
        ({"regions": ["us-east-1"], "defaults": {"region": "us-east-1"}}, "defaults.region"),
        ({"regions": ["us-east-1"], "groups": {"1": ["111122223333"]}, "defaults": AMI}, "groups['1']"),
        ({"configurations": {"name": "web"}}, "configurations"),
    ],
)
def test_the_variable_that_is_wrong_is_named(refused, given, path):
    assert list(refused(**given)) == ["distribution_rollout_" + path]
