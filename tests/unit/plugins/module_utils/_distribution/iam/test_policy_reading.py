"""Resource policies: who is allowed, who is not, and when that is unknown."""

from __future__ import annotations

import json

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.policy_reading import account
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.policy_reading import anyone_in
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.policy_reading import Grant
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.policy_reading import grant
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.policy_reading import service

SOURCE = "123456789012"
ROOT = f"arn:aws:iam::{SOURCE}:root"
ROLE = f"arn:aws:iam::{SOURCE}:role/ImageDistribution"
IMAGE_BUILDER = "imagebuilder.amazonaws.com"
YES = Grant(True)
NO = Grant(False)


def allow(principal, action="sts:AssumeRole", effect="Allow", **condition):
    statement = {"Effect": effect, "Principal": principal, "Action": action}
    return {**statement, "Condition": condition} if condition else statement


def asked(*statements, is_principal=None, context=None, action="sts:AssumeRole"):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return grant(document, action, is_principal or service(IMAGE_BUILDER), context or {})


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Service": IMAGE_BUILDER}, YES),
        ({"Service": ["ec2.amazonaws.com", IMAGE_BUILDER]}, YES),
        ("*", YES),
        ({"AWS": "*"}, YES),
        ({"Service": "ec2.amazonaws.com"}, NO),
        ({"AWS": ROOT}, NO),
        ({"Federated": IMAGE_BUILDER}, NO),
    ],
)
def test_a_service_is_the_principal(principal, expected):
    assert asked(allow(principal)) == expected


@pytest.mark.parametrize(
    ("principal", "expected", "anyone"),
    [
        (ROOT, True, True),
        (SOURCE, True, True),
        ("*", True, True),
        (ROLE, True, True),
        (f"arn:aws:iam::{SOURCE}:role/Other", False, True),
        (f"arn:aws-cn:iam::{SOURCE}:root", True, True),
        ("arn:aws:iam::111122223333:root", False, False),
        (f"arn:aws:iam::111122223333:role/{SOURCE}", False, False),
        ("AROAIOSFODNN7EXAMPLE", False, False),
    ],
)
def test_an_account_is_the_principal(principal, expected, anyone):
    statement = allow({"AWS": [principal]})
    assert asked(statement, is_principal=account(SOURCE, ROLE)).allowed is expected
    assert asked(statement, is_principal=anyone_in(SOURCE)).allowed is anyone


def test_an_account_is_not_a_service():
    assert asked(allow({"Service": SOURCE}), is_principal=account(SOURCE)) == NO
    assert asked(allow({"Service": SOURCE}), is_principal=anyone_in(SOURCE)) == NO


@pytest.mark.parametrize(
    ("action", "expected"),
    [("sts:AssumeRole", YES), ("sts:*", YES), ("STS:assume*", YES), ("*", YES), ("sts:Assume?ole", YES)]
    + [("sts:TagSession", NO), ("sts:AssumeRol", NO), (["sts:TagSession", "sts:AssumeRole"], YES)],
)
def test_actions_are_patterns_without_case(action, expected):
    assert asked(allow({"Service": IMAGE_BUILDER}, action)) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:SourceAccount": SOURCE}}, YES),
        ({"StringEquals": {"AWS:sourceaccount": ["111122223333", SOURCE]}}, YES),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, NO),
        ({"StringEquals": {"aws:SourceAccount": "12345678901?"}}, NO),
        ({"StringLike": {"aws:SourceAccount": "12345678901?"}}, YES),
        ({"StringEqualsIfExists": {"aws:SourceAccount": SOURCE}}, YES),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}, NO),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Image*"}}, YES),
        ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{SOURCE}:role/Other"}}, NO),
        ({"Bool": {"kms:GrantIsForAWSResource": True}}, YES),
        ({"Bool": {"kms:GrantIsForAWSResource": "false"}}, NO),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:imagebuilder:*"}}, Grant(True, ("aws:SourceArn",))),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, Grant(True, ("aws:SourceAccount",))),
        ({"ForAnyValue:StringEquals": {"aws:SourceAccount": "1"}}, Grant(True, ("aws:SourceAccount",))),
        # All conditions must hold, so one that does not hold decides.
        ({"StringEquals": {"aws:SourceAccount": "1", "aws:SourceArn": "x"}}, NO),
    ],
)
def test_conditions(condition, expected):
    context = {"aws:sourceaccount": SOURCE, "aws:principalarn": ROLE, "kms:grantisforawsresource": "true"}
    assert asked(allow({"Service": IMAGE_BUILDER}, **condition), context=context) == expected


UNJUDGED = {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}


def test_one_statement_is_enough_and_a_certain_one_decides():
    unsure = allow({"Service": IMAGE_BUILDER}, **UNJUDGED)
    assert asked(unsure, allow({"Service": IMAGE_BUILDER})) == YES
    assert asked(unsure, allow({"Service": "ec2.amazonaws.com"})) == Grant(True, ("aws:SourceOrgID",))


def test_a_denial_wins():
    everything = allow("*", "*")
    assert asked(everything, allow({"Service": IMAGE_BUILDER}, effect="Deny")) == NO
    assert asked(everything, allow({"AWS": ROOT}, effect="Deny")) == YES
    assert asked(everything, allow("*", "kms:*", effect="Deny")) == YES
    unsure = allow("*", effect="Deny", **UNJUDGED)
    assert asked(everything, unsure) == Grant(True, ("aws:SourceOrgID",))
    assert not asked(everything, unsure).certain
    assert asked(unsure) == NO


def test_what_is_left_out_may_be_meant():
    denied_but_for_one = {"Effect": "Deny", "NotPrincipal": {"AWS": ROOT}, "NotAction": "kms:*"}
    assert asked(allow("*"), denied_but_for_one) == NO
    assert asked(allow("*"), denied_but_for_one, is_principal=account(SOURCE)) == YES
    denied_but_for_entering = {"Effect": "Deny", "Principal": "*", "NotAction": "sts:*"}
    assert asked(allow("*"), denied_but_for_entering) == YES


def test_the_forms_of_a_document():
    statement = allow({"Service": IMAGE_BUILDER})
    for document in ({"Statement": statement}, json.dumps({"Statement": [statement]})):
        assert grant(document, "sts:AssumeRole", service(IMAGE_BUILDER), {}) == YES
    assert grant({"Statement": []}, "sts:AssumeRole", service(IMAGE_BUILDER), {}) == NO
