from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout.repairs import repairs

SOURCE, ONE, TWO = "123456789012", "111122223333", "444455556666"
HOME, WEST = "us-east-1", "us-west-2"
AMI = "ami_distribution_configuration"
TEMPLATE, PARAMETER = "launch_template_configurations[lt-0ab1234c56d789012]", "ssm_parameter_configurations[/a]"
ENTRIES = [
    {
        "region": region,
        AMI: {
            "name_prefix": "web",
            "target_account_ids": [SOURCE, ONE],
            "launch_permission": {"user_ids": [TWO, SOURCE], "organization_arns": ["arn:o"]},
        },
        "ssm_parameter_configurations": [{"parameter_name": "/a", "data_type": "text"}],
    }
    for region in (HOME, WEST)
]
ALL = {"user_ids": [TWO], "group_names": [], "org_arns": ["arn:o"], "org_unit_arns": []}


def sort(
    *drift,
    status="drifted",
    region=WEST,
    account=SOURCE,
    image_state="AVAILABLE",
    reason=None,
    own_state=None,
    entries=None,
):
    fields = [{"field": field, "wanted": wanted, "found": None} for field, wanted in drift]
    row = {
        "region": region,
        "account_id": account,
        "ami_id": "ami-1",
        "status": status,
        "drift": fields,
        "reason": reason,
        "image_state": own_state,
    }
    look = {"configuration": "web", "image_state": image_state, "targets": [row]}
    found = repairs([look], {"web": entries or ENTRIES}, SOURCE, HOME)
    return found["amis"], found["pointers"], found["not_possible"]


def test_permissions_are_set_as_a_whole():
    [ami], pointers, impossible = sort((f"{AMI}.launch_permission.user_ids", [TWO]), (f"{AMI}.ami_tags", {"a": "b"}))
    assert (ami["launch_permissions"], ami["tags"], ami["also"]) == (ALL, {"a": "b"}, [])
    assert ami["fields"] == [f"{AMI}.launch_permission.user_ids", f"{AMI}.ami_tags"]
    assert (pointers, impossible) == ([], [])


def test_target_accounts_may_stay_on_the_ami_of_the_home_region():
    [ami], _pointers, _impossible = sort((f"{AMI}.launch_permission.organization_arns", ["arn:o"]), region=HOME)
    assert ami["also"] == [ONE, SOURCE]
    [ami], _pointers, _impossible = sort((f"{AMI}.launch_permission.user_ids", []), region=HOME, account=ONE)
    assert ami["also"] == []


def test_tags_alone_leave_permissions_alone():
    [ami], _pointers, [impossible] = sort((f"{AMI}.ami_tags", {"a": "b", "built": "[[ imagebuilder:buildDate ]]"}))
    assert (ami["launch_permissions"], ami["tags"]) == (None, {"a": "b"})
    assert "placeholder" in impossible["reason"]
    assert sort((f"{AMI}.ami_tags", {"built": "[[ imagebuilder:buildDate ]]"}))[0] == []


def test_what_shows_an_ami():
    amis, pointers, impossible = sort((f"{PARAMETER}.value", "ami-1"), (f"{TEMPLATE}.default_version", 7))
    assert (amis, impossible) == ([], [])
    parameter, template = pointers
    assert (parameter["parameter_name"], parameter["value"], parameter["data_type"]) == ("/a", "ami-1", "text")
    assert (template["launch_template_id"], template["version"]) == ("lt-0ab1234c56d789012", 7)
    assert {one["region"] for one in pointers} == {WEST}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("state", "EC2"),
        (f"{AMI}.name", "cannot be changed"),
        (f"{AMI}.kms_key_id", "keeps its key"),
        (f"{PARAMETER}.data_type", "next rollout"),
        (f"{TEMPLATE}.image_id", "no version"),
        (f"{TEMPLATE}.launch_template_id", "create it"),
        ("license_configuration_arns", "by hand"),
    ],
)
def test_what_only_a_rollout_mends(field, text):
    amis, pointers, [impossible] = sort((field, "x"))
    assert (amis, pointers, impossible["field"]) == ([], [], field)
    assert text in impossible["reason"]


@pytest.mark.parametrize("status", ["missing", "unknown"])
def test_what_is_not_there_or_cannot_be_seen(status):
    amis, pointers, [impossible] = sort(status=status, reason="because")
    assert (amis, pointers, impossible["reason"], impossible["field"]) == ([], [], "because", None)


def test_a_rollout_that_failed_is_not_mended_into_one_that_looks_complete():
    amis, pointers, [impossible] = sort((f"{PARAMETER}.value", "ami-1"), image_state="FAILED")
    assert (amis, pointers) == ([], [])
    assert "FAILED" in impossible["reason"]
    # Of a wave each target has its own image.
    assert len(sort((f"{PARAMETER}.value", "ami-1"), image_state=None)[1]) == 1
    amis, pointers, [impossible] = sort((f"{PARAMETER}.value", "ami-1"), image_state=None, own_state="DISTRIBUTING")
    assert (amis, pointers) == ([], [])
    assert "DISTRIBUTING" in impossible["reason"]


def test_a_parameter_that_is_made_again_has_the_data_type_of_its_own_account():
    other = {"parameter_name": "/a", "ami_account_id": ONE, "data_type": "aws:ec2:image"}
    entries = [
        {**entry, "ssm_parameter_configurations": entry["ssm_parameter_configurations"] + [other]} for entry in ENTRIES
    ]
    _amis, [pointer], _impossible = sort((f"{PARAMETER}.value", "ami-1"), account=ONE, entries=entries)
    assert pointer["data_type"] == "aws:ec2:image"


def test_what_is_in_sync_is_left_alone():
    assert sort(status="in_sync") == ([], [], [])
