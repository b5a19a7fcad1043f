"""The evaluator of policies: every operator, wildcards, deny before allow, principals, and what it refuses to judge."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local_aws.policy import CannotJudge
from tests.local_aws.policy import evaluate
from tests.local_aws.policy import evaluate_resource_policy
from tests.local_aws.policy import Principal
from tests.local_aws.policy import UnknownOperator

AMI = "arn:aws:ec2:us-east-1::image/ami-0abcdef1234567890"


def statement(action: Any = "ec2:CopyImage", resource: Any = "*", **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **members}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allowed(one: dict[str, Any], action: str = "ec2:CopyImage", resource: str = AMI, **context: Any) -> bool:
    return bool(evaluate(document(one), action, resource, {key.replace("__", ":"): context[key] for key in context}))


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("ec2:CopyImage", "ec2:CopyImage", True),
        ("EC2:copyimage", "ec2:CopyImage", True),
        ("ec2:Copy*", "ec2:CopyImage", True),
        ("ec2:Copy?mage", "ec2:CopyImage", True),
        ("ec2:Copy", "ec2:CopyImage", False),
        ("*", "ec2:CopyImage", True),
        (["ssm:PutParameter", "ec2:CopyImage"], "ec2:CopyImage", True),
        ("ec2.CopyImage", "ec2:CopyImage", False),
        ("kms:ReEncrypt*", "kms:ReEncryptFrom", True),
    ],
)
def test_actions(pattern: Any, action: str, expected: bool) -> None:
    assert allowed(statement(pattern), action) is expected
    del (negated := statement(NotAction=pattern))["Action"]
    assert allowed(negated, action) is not expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (AMI, True),
        ("arn:aws:ec2:us-east-1::image/AMI-0abcdef1234567890", False),
        ("arn:aws:ec2:*::image/*", True),
        ("arn:aws:ec2:us-east-?::image/ami-*", True),
        ("arn:aws:ec2:us-west-2::image/*", False),
        ("arn:aws:ec2:*:*:image/*", True),
        ("arn:aws:ec2:*:123456789012:image/*", False),
        # A wildcard never reaches across a colon, and what is missing at the end counts as a star.
        ("arn:aws:ec2:*/ami-0abcdef1234567890", False),
        ("arn:aws:ec2:*", True),
        ("arn:aws:ssm:*", False),
        ([], False),
        (["arn:aws:ssm:*", AMI], True),
        ("arn:aws:ec2:us-east-1::image/ami-0abcdef123456789", False),
    ],
)
def test_resources(pattern: Any, expected: bool) -> None:
    assert allowed(statement(resource=pattern)) is expected
    del (negated := statement(NotResource=pattern))["Resource"]
    assert allowed(negated) is not expected


CONDITIONS: list[tuple[str, Any, Any, bool]] = [
    ("StringEquals", "EC2 Image Builder", "EC2 Image Builder", True),
    ("StringEquals", "EC2 image builder", "EC2 Image Builder", False),
    ("StringEquals", "EC2*", "EC2 Image Builder", False),
    ("StringEquals", "a*", "a*", True),
    ("StringEquals", ["other", "EC2 Image Builder"], "EC2 Image Builder", True),
    ("StringEquals", "x", None, False),
    ("StringEqualsIfExists", "x", None, True),
    ("StringEqualsIfExists", "x", "y", False),
    ("StringEqualsIgnoreCase", "EC2 image builder", "EC2 Image Builder", True),
    ("StringNotEquals", "x", "y", True),
    ("StringNotEquals", ["x", "y"], "y", False),
    ("StringNotEquals", "x", None, True),
    ("StringNotEqualsIgnoreCase", "X", "x", False),
    ("StringLike", "ec2.*.amazonaws.com", "ec2.eu-west-1.amazonaws.com", True),
    ("StringLike", "ec2.*.amazonaws.com", "rds.eu-west-1.amazonaws.com", False),
    ("StringLike", "EC2.*", "ec2.eu-west-1.amazonaws.com", False),
    ("StringNotLike", "ec2.*", "rds.eu-west-1.amazonaws.com", True),
    ("StringLikeIfExists", "ec2.*", None, True),
    ("ArnLike", "arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:role/path/dist", True),
    ("ArnLike", "arn:aws:iam::*", "arn:aws:iam::123456789012:role/dist", False),
    ("ArnEquals", "arn:aws:iam::*:role/dist", "arn:aws:iam::123456789012:role/dist", True),
    ("ArnEquals", "arn:aws:iam::123456789012:role/dist", "arn:aws:iam::123456789012:role/other", False),
    ("ArnNotLike", "arn:aws:iam::123456789012:role/*", "arn:aws:iam::111122223333:role/dist", True),
    ("ArnNotEquals", "arn:aws:iam::123456789012:role/dist", None, True),
    ("Bool", "true", "true", True),
    ("Bool", True, "true", True),
    ("Bool", "True", "true", True),
    ("Bool", "false", "true", False),
    ("Bool", "true", None, False),
    ("BoolIfExists", "false", None, True),
    ("Null", "true", None, True),
    ("Null", True, "x", False),
    ("Null", "false", "x", True),
    ("ForAnyValue:StringEquals", "alias/web", ["alias/other", "alias/web"], True),
    ("ForAnyValue:StringEquals", "alias/web", ["alias/other"], False),
    ("ForAnyValue:StringEquals", "alias/web", None, False),
    ("ForAnyValue:StringEqualsIfExists", "alias/web", None, True),
    ("ForAnyValue:StringLike", "alias/w*", ["alias/web"], True),
    ("ForAnyValue:StringNotEquals", "alias/web", ["alias/web", "alias/other"], True),
    ("ForAllValues:StringEquals", ["aws:ebs:id"], ["aws:ebs:id"], True),
    ("ForAllValues:StringEquals", ["aws:ebs:id"], ["aws:ebs:id", "other"], False),
    ("ForAllValues:StringEquals", ["aws:ebs:id"], None, True),
    ("ForAllValues:StringEquals", ["a", "b"], "b", True),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), CONDITIONS)
def test_conditions(operator: str, wanted: Any, given: Any, expected: bool) -> None:
    context = {} if given is None else {"AWS:ResourceTag/CreatedBy": given}
    one = statement(Condition={operator: {"aws:resourcetag/CreatedBy": wanted}})
    assert bool(evaluate(document(one), "ec2:CopyImage", AMI, context)) is expected


def test_all_operators_and_keys_of_a_condition_must_hold() -> None:
    condition = {
        "StringEquals": {"kms:CallerAccount": "1", "kms:ViaService": "2"},
        "Bool": {"aws:SecureTransport": True},
    }
    fitting = {"kms:CallerAccount": "1", "kms:ViaService": "2", "aws:SecureTransport": "true"}
    one = document(statement(Condition=condition))
    assert evaluate(one, "ec2:CopyImage", AMI, fitting)
    for key in fitting:
        assert not evaluate(one, "ec2:CopyImage", AMI, {**fitting, key: "other"})


def test_deny_wins_in_any_position() -> None:
    allowing, denying = statement("ec2:*"), statement("ec2:Copy*", Sid="NoCopies", Effect="Deny")
    for documents in (
        [document(allowing), document(denying)],
        [document(denying, allowing)],
        json.dumps(document(denying)),
    ):
        evaluation = evaluate(documents, "ec2:CopyImage", AMI)
        assert not evaluation
        assert evaluation.decision == "explicit deny"
        assert [one["Sid"] for one in evaluation.statements] == ["NoCopies"]
    assert evaluate([document(allowing), document(denying)], "ec2:CreateTags", AMI)
    assert evaluate([], "ec2:CopyImage", AMI).decision == "no statement allows it"


def test_a_single_statement_needs_no_brackets() -> None:
    assert evaluate({"Version": "2012-10-17", "Statement": statement()}, "ec2:CopyImage", AMI)


def test_policy_variables() -> None:
    one = statement(resource="arn:aws:ssm:*:*:parameter/${aws:PrincipalTag/team}/*")
    parameter = "arn:aws:ssm:us-east-1:123456789012:parameter/web/ami"
    tag = "aws:PrincipalTag/Team"
    assert evaluate(document(one), "ec2:CopyImage", parameter, {tag: "web"})
    assert not evaluate(document(one), "ec2:CopyImage", parameter, {tag: "db"})
    assert not evaluate(document(one), "ec2:CopyImage", parameter), "no such key: nothing matches"
    assert not evaluate(document(one), "ec2:CopyImage", parameter, {tag: "*"}), "a star in a value is not a wildcard"
    defaulted = statement(resource="arn:aws:ssm:*:*:parameter/${aws:PrincipalTag/team, 'web'}/${*}")
    assert evaluate(document(defaulted), "ec2:CopyImage", parameter.replace("ami", "*"))
    assert not evaluate(document(defaulted), "ec2:CopyImage", parameter)
    own = statement(Condition={"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}})
    assert allowed(own, aws__ResourceAccount="123456789012", aws__PrincipalAccount="123456789012")
    assert not allowed(own, aws__ResourceAccount="123456789012", aws__PrincipalAccount="111122223333")
    assert not allowed(own, aws__ResourceAccount="123456789012")


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("NumericEquals", "1"),
        ("DateGreaterThan", "2026-01-01"),
        ("IpAddress", "10.0.0.0/8"),
        ("stringequals", "x"),
        ("ForSomeValues:StringEquals", "x"),
    ],
)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_unknown_operators_are_refused_whatever_the_statement_is_about(operator: str, value: str, effect: str) -> None:
    condition = {"StringEquals": {"aws:PrincipalAccount": "no such"}, operator: {"aws:CurrentTime": value}}
    elsewhere = statement("s3:GetObject", "arn:aws:s3:::bucket/*", Effect=effect, Condition=condition)
    with pytest.raises(UnknownOperator, match=operator):
        evaluate(document(statement(), elsewhere), "ec2:CopyImage", AMI)


@pytest.mark.parametrize(
    "one",
    [
        statement(Effect="allow"),
        statement(Principal="*"),
        statement(NotAction="*"),
        {"Effect": "Allow", "Resource": "*"},
        {"Effect": "Allow", "Action": "*"},
        statement(NotResource="*"),
        statement(NotPrincipal={"AWS": "*"}),
        statement(resource="image/*"),
        statement(Condition={"StringEquals": {"k": {"a": 1}}}),
    ],
)
def test_what_iam_refuses_is_refused(one: dict[str, Any]) -> None:
    with pytest.raises(CannotJudge):
        evaluate(document(one), "ec2:CopyImage", AMI, {"k": "x"})


def test_many_values_need_a_set_operator() -> None:
    one = statement(Condition={"StringEquals": {"kms:ResourceAliases": "alias/web"}})
    with pytest.raises(CannotJudge, match="ForAnyValue"):
        evaluate(document(one), "ec2:CopyImage", AMI, {"kms:ResourceAliases": ["alias/web"]})


ROLE = Principal("arn:aws:iam::123456789012:role/path/dist", "arn:aws:sts::123456789012:assumed-role/dist/session")
SERVICE = Principal(service="imagebuilder.amazonaws.com")


@pytest.mark.parametrize(
    ("element", "principal", "expected", "direct"),
    [
        ({"Service": "imagebuilder.amazonaws.com"}, SERVICE, True, True),
        ({"Service": ["ec2.amazonaws.com", "imagebuilder.amazonaws.com"]}, SERVICE, True, True),
        ({"Service": "ec2.amazonaws.com"}, SERVICE, False, False),
        ({"AWS": "arn:aws:iam::123456789012:root"}, SERVICE, False, False),
        ({"AWS": "arn:aws:iam::123456789012:root"}, ROLE, True, False),
        ({"AWS": "123456789012"}, ROLE, True, False),
        ({"AWS": "111122223333"}, ROLE, False, False),
        ({"AWS": "arn:aws-cn:iam::123456789012:root"}, ROLE, False, False),
        ({"AWS": [ROLE.arn, "111122223333"]}, ROLE, True, True),
        ({"AWS": [ROLE.session_arn, "123456789012"]}, ROLE, True, True),
        ({"AWS": "arn:aws:iam::123456789012:role/dist"}, ROLE, False, False),
        ({"AWS": "*"}, ROLE, True, True),
        ("*", ROLE, True, True),
        ({"Federated": "arn:aws:iam::123456789012:saml-provider/x"}, ROLE, False, False),
    ],
)
def test_principals(element: Any, principal: Principal, expected: bool, direct: bool) -> None:
    trust = document({"Effect": "Allow", "Principal": element, "Action": "sts:AssumeRole"})
    evaluation = evaluate_resource_policy(trust, principal, "sts:AssumeRole")
    assert (bool(evaluation), evaluation.direct) == (expected, direct)
    denying = {"Effect": "Deny", "Principal": element, "Action": "sts:*"}
    both = document({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}, denying)
    assert bool(evaluate_resource_policy(both, principal, "sts:AssumeRole")) is not expected


def test_conditions_of_a_trust_policy() -> None:
    one = {"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = document({**one, "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}})
    assert evaluate_resource_policy(trust, SERVICE, "sts:AssumeRole", None, {"aws:SourceAccount": "123456789012"})
    assert not evaluate_resource_policy(trust, SERVICE, "sts:AssumeRole", None, {"aws:SourceAccount": "111122223333"})
    assert not evaluate_resource_policy(trust, SERVICE, "sts:TagSession", None, {"aws:SourceAccount": "123456789012"})


@pytest.mark.parametrize("element", [{"AWS": "arn:aws:iam::123456789012:role/*"}, {"Canonical": "x"}, ["*"]])
def test_principals_that_iam_refuses(element: Any) -> None:
    with pytest.raises(CannotJudge):
        evaluate_resource_policy(
            document({"Effect": "Allow", "Principal": element, "Action": "*"}), ROLE, "sts:AssumeRole"
        )


def test_a_trust_policy_has_no_resource_and_a_key_policy_has() -> None:
    one = {"Effect": "Allow", "Principal": "*", "Action": "*"}
    with pytest.raises(CannotJudge):
        evaluate_resource_policy(document({**one, "Resource": "*"}), ROLE, "sts:AssumeRole")
    with pytest.raises(CannotJudge):
        evaluate_resource_policy(document(one), ROLE, "kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/x")
    with pytest.raises(CannotJudge):
        evaluate_resource_policy(document(statement()), ROLE, "kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/x")
