"""Each rule that needs no request: what breaks it is reported with its path, and similar input is allowed."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import (
    distributions_to_api,
)
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.checks import distribution_errors
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.checks import rollout_errors
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.entries import violations
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.model import value_errors
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.rules import RULES

from tests.rule_cases import ACCOUNT
from tests.rule_cases import CASES
from tests.rule_cases import HOME
from tests.rule_cases import OTHER

EVERY_CASE = pytest.mark.parametrize(("rule", "case"), CASES.items(), ids=list(CASES))


def broken(distributions, account=ACCOUNT, home=HOME):
    return [(one.rule.id, one.path) for one in violations(distributions_to_api(distributions), home, account, "")]


def test_every_rule_that_needs_no_request_has_a_case():
    assert set(CASES) == {rule.id for rule in RULES.values() if rule.when == "module"}


@EVERY_CASE
def test_what_breaks_a_rule_is_reported_with_its_path(rule, case):
    assert (rule, case.path) in broken(case.broken)


@EVERY_CASE
def test_what_is_close_is_allowed(rule, case):
    assert rule not in [name for name, dummy in broken(case.allowed)]


@EVERY_CASE
def test_a_case_says_what_to_do(rule, case):
    for one in violations(distributions_to_api(case.broken), HOME, ACCOUNT):
        assert "None" not in one.text
        assert one.remedy


@pytest.mark.current_botocore
@EVERY_CASE
def test_nothing_is_wrong_with_the_values_themselves(service_model, rule, case):
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape.members["distributions"]
    for distributions in (case.broken, case.allowed):
        assert value_errors(shape, distributions_to_api(distributions), "d") == []


@EVERY_CASE
def test_nothing_is_reported_that_depends_on_unknown_facts(rule, case):
    """Without the home Region or the account, there are fewer violations and no others."""
    everything = broken(case.broken)
    assert set(broken(case.broken, account=None)) <= set(everything)
    assert set(broken(case.broken, account=None, home=None)) <= set(everything)


REGIONS = [
    ("US-EAST-1", "write us-east-1"),
    ("us-east-1a", "write us-east-1"),
    ("us-west-2-lax-1a", "write us-west-2"),
    ("us_east_1", "write us-east-1"),
    ("useast1", "write us-east-1"),
    ("Europe (Ireland)", "write eu-west-1"),
    ("EU (Frankfurt)", "write eu-central-1"),
    ("Ireland", "write eu-west-1"),
    ("us-wset-2", "did you mean us-west-2?"),
    ("everywhere", "write a name such as us-east-1"),
]


@pytest.mark.parametrize(("name", "suggestion"), REGIONS)
def test_the_region_that_a_wrong_name_means_is_suggested(name, suggestion):
    (violation,) = violations([{"region": HOME, "launchTemplateConfigurations": [{}]}, {"region": name, "x": 1}], HOME)
    assert (violation.rule.id, violation.remedy) == ("region_malformed", suggestion)


@pytest.mark.parametrize(
    ("home", "region", "rule"),
    [
        ("us-east-1", "us-gov-west-1", "region_of_another_partition"),
        ("us-gov-west-1", "us-gov-east-1", None),
        ("us-gov-west-1", "us-east-1", "region_of_another_partition"),
        ("cn-north-1", "cn-northwest-1", None),
        ("cn-north-1", "eu-west-1", "region_of_another_partition"),
        ("us-east-1", "cn-east-7", "region_of_another_partition"),
        ("us-east-1", "eu-west-9", "region_unknown"),
        ("us-east-1", "xy-north-1", "region_unknown"),
        # Nothing follows from an unknown home Region.
        ("local", "eu-west-1", None),
        ("us-east-1", "ap-southeast-2", None),
    ],
)
def test_regions_of_each_partition(home, region, rule):
    entries = [{"region": home, "x": 1}] * (home != "local") + [{"region": region, "x": 1}]
    assert [one.rule.id for one in violations(entries, home)] == ([rule] if rule else [])


def test_a_new_region_is_a_warning_with_the_nearest_name():
    (violation,) = violations([{"region": "eu-west-9", "x": 1}])
    assert violation.rule.severity == "warning"
    assert violation.remedy.startswith("did you mean eu-west-1?") or violation.remedy.startswith(
        "did you mean eu-west-"
    )


@pytest.mark.parametrize(
    ("permission", "principals"),
    [
        ({"userIds": [OTHER]}, f"account {OTHER}"),
        ({"organizationalUnitArns": ["arn:ou"]}, "arn:ou"),
        ({"userIds": [ACCOUNT]}, None),
        ({"userGroups": ["all"]}, None),
    ],
)
def test_with_whom_an_aws_managed_key_cannot_be_shared(permission, principals):
    ami = {"kmsKeyId": "alias/aws/ebs", "launchPermission": permission}
    all_violations = violations([{"region": "us-east-1", "amiDistributionConfiguration": ami}], HOME, ACCOUNT)
    said = [one.message for one in all_violations if one.rule.id == "aws_managed_key_shared"]
    assert said == (
        [f"is a key that AWS manages, and AMIs encrypted with such a key cannot be shared with {principals}"]
        if principals
        else []
    )


def test_what_aws_already_has_may_stay():
    wanted = distributions_to_api(CASES["fast_launch_parallel"].broken)
    new, held = rollout_errors(wanted, [], HOME, ACCOUNT)
    assert ([error.kept for error in new], held) == ([True], [])
    new, held = rollout_errors(wanted, list(reversed(wanted)), HOME, ACCOUNT)
    assert (new, len(held)) == ([], 1)


def test_all_rules_that_are_broken_are_reported_at_once(service_model):
    entries = distributions_to_api([entry for case in list(CASES.values())[20:28] for entry in case.broken])
    errors = distribution_errors(entries, service_model, home_region=HOME, account_id=ACCOUNT)
    assert len({error.text for error in errors}) > 5
