from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import repair_plan

SOURCE, ONE, TWO = "123456789012", "111122223333", "444455556666"
WEST = "us-west-2"
AMI = "ami_distribution_configuration"
TEMPLATE, PARAMETER = "launch_template_configurations[lt-0ab1234c56d789012]", "ssm_parameter_configurations[/a]"
ENTRY = {
    "region": WEST,
    "amiDistributionConfiguration": {"targetAccountIds": [SOURCE, ONE], "launchPermission": {"userIds": [TWO]}},
    "ssmParameterConfigurations": [
        {"parameterName": "/a", "dataType": "text"},
        {"parameterName": "/a", "amiAccountId": ONE},
    ],
}


def plan(*drift, status="drifted", account=SOURCE, image_state="AVAILABLE", reason=None, own_state=None):
    fields = [{"field": field, "wanted": wanted, "found": found} for field, wanted, found in drift]
    target = {"region": WEST, "account_id": account, "ami_id": "ami-1", "status": status, "drift": fields}
    target.update({"reason": reason, "image_state": own_state})
    return repair_plan.plan([target], [ENTRY], SOURCE, image_state)


def test_only_who_differs_is_added_and_removed():
    field = f"{AMI}.launch_permission.user_ids"
    [one] = plan((field, [ONE, TWO], [TWO, SOURCE]))
    assert (one.region, one.account_id, one.field, one.kind) == (WEST, SOURCE, field, repair_plan.PERMISSION)
    assert one.details == {"ami_id": "ami-1", "add": [{"UserId": ONE}], "remove": [{"UserId": SOURCE}]}
    assert (one.before, one.after) == ([TWO, SOURCE], [ONE, TWO])


@pytest.mark.parametrize(
    ("option", "key"),
    [
        ("user_groups", "Group"),
        ("organization_arns", "OrganizationArn"),
        ("organizational_unit_arns", "OrganizationalUnitArn"),
    ],
)
def test_every_kind_of_principal(option, key):
    [one] = plan((f"{AMI}.launch_permission.{option}", ["x"], []))
    assert (one.details["add"], one.details["remove"]) == ([{key: "x"}], [])


def test_tags_are_repaired_except_placeholders_that_only_aws_can_fill_in():
    wanted = {"Team": "web", "Built": "[[ imagebuilder:buildDate ]]"}
    tags, rest = plan((f"{AMI}.ami_tags", wanted, {"Team": None, "Built": "x"}))
    assert (tags.kind, tags.details["tags"], tags.before) == (repair_plan.TAGS, {"Team": "web"}, {"Team": None})
    assert (rest.kind, "placeholder" in rest.reason) == (repair_plan.NOT_POSSIBLE, True)
    [only] = plan((f"{AMI}.ami_tags", {"Built": "[[ imagebuilder:buildDate ]]"}, {"Built": "x"}))
    assert only.kind == repair_plan.NOT_POSSIBLE


@pytest.mark.parametrize(("account", "data_type"), [(SOURCE, "text"), (ONE, "aws:ec2:image")])
def test_a_parameter_is_repaired_with_the_data_type_for_its_account(account, data_type):
    [one] = plan((f"{PARAMETER}.value", "ami-1", None), account=account)
    assert one.details == {"parameter_name": "/a", "value": "ami-1", "data_type": data_type}


def test_the_default_of_a_launch_template():
    [one] = plan((f"{TEMPLATE}.default_version", 7, 6))
    assert (one.kind, one.before, one.after) == (repair_plan.TEMPLATE, 6, 7)
    assert one.details == {"launch_template_id": "lt-0ab1234c56d789012", "version": 7}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("state", "EC2"),
        (f"{AMI}.name", "cannot be changed"),
        (f"{AMI}.kms_key_id", "keeps its key"),
        (f"{PARAMETER}.data_type", "next rollout"),
        (f"{TEMPLATE}.image_id", "no version"),
        (f"{TEMPLATE}.launch_template_id", "create it"),
        (f"{TEMPLATE}.launch_permission", "resolve:ssm:"),
        ("license_configuration_arns", "by hand"),
    ],
)
def test_what_cannot_be_repaired_in_place(field, text):
    [one] = plan((field, "x", "y"))
    assert (one.kind, one.field, text in one.reason) == (repair_plan.NOT_POSSIBLE, field, True)


@pytest.mark.parametrize("status", ["missing", "unknown"])
def test_what_is_not_there_or_cannot_be_seen(status):
    [one] = plan(status=status, reason="because")
    assert (one.kind, one.field, one.reason) == (repair_plan.NOT_POSSIBLE, None, "because")


@pytest.mark.parametrize("states", [("FAILED", None), (None, "DISTRIBUTING")])
def test_a_failed_rollout_is_not_repaired(states):
    [one] = plan((f"{PARAMETER}.value", "ami-1", None), image_state=states[0], own_state=states[1])
    assert (one.kind, next(filter(None, states)) in one.reason) == (repair_plan.NOT_POSSIBLE, True)


def test_what_is_in_sync_is_left_alone():
    assert plan(status="in_sync") == []


def test_the_diff_has_a_line_for_each_field_and_no_characters_that_a_terminal_obeys():
    repair = {"region": WEST, "account_id": ONE, "changed": True, "field": f"{AMI}.ami_tags"}
    tags = {**repair, "before": {"Team": "a\x1b[2J\u202e\nb"}, "after": {"Team": "web"}}
    value = {**repair, "field": f"{PARAMETER}.value", "before": None, "after": "ami-1"}
    other = {**repair, "changed": False, "field": None, "before": None, "after": None}
    [block] = repair_plan.diff([tags, value, other])
    assert block["prepared"].splitlines() == [
        f"{WEST} {ONE}",
        '  ami_tags: {"Team": "a\\u001b[2J\\u202e\\nb"} -> {"Team": "web"}',
        f"  {PARAMETER}.value: null -> ami-1",
    ]
