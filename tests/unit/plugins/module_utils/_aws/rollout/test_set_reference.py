"""Refusals and errors when a parameter or a launch template is set; playbooks test the rest."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.accounts import RoleNotAssumed
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.set_reference import set_reference
from botocore.stub import ANY
from botocore.stub import Stubber

PLACE = {"region": "eu-west-1", "account_id": "111122223333"}
PARAMETER = {
    **PLACE,
    "parameter_name": "/images/web",
    "value": "ami-0123456789abcdef0",
    "data_type": "aws:ec2:image",
    "found": "ami-0fedcba9876543210",
}
TEMPLATE = {**PLACE, "launch_template_id": "lt-0ab1234c56d789012", "version": 7, "found": 3}
WRITTEN = {"Name": "/images/web", "Value": "ami-0123456789abcdef0", "Type": "String"}


class Stubbed:
    """Accounts whose clients give planned answers."""

    def __init__(self):
        self.stubbers = {}
        for service in ("ssm", "ec2"):
            keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "made-up-for-this-test"}
            client = boto3.client(service, region_name="eu-west-1", **keys)
            self.stubbers[service] = Stubber(client)
            self.stubbers[service].activate()

    def client(self, service, region, account_id):
        assert (region, account_id) == ("eu-west-1", "111122223333")
        return self.stubbers[service].client

    def holds(self, **parameter):
        self.stubbers["ssm"].add_response("get_parameter", {"Parameter": parameter}, {"Name": "/images/web"})

    def takes(self, **request):
        self.stubbers["ssm"].add_response("put_parameter", {"Version": 2}, {**WRITTEN, **request})

    def finds(self, *images):
        self.stubbers["ec2"].add_response("describe_images", {"Images": images}, {"ImageIds": [PARAMETER["value"]]})

    def shows(self, default):
        templates = {"LaunchTemplates": [{"DefaultVersionNumber": default}]}
        self.stubbers["ec2"].add_response("describe_launch_templates", templates, ANY_TEMPLATE)


ANY_TEMPLATE = {"LaunchTemplateIds": ["lt-0ab1234c56d789012"]}


@pytest.fixture
def accounts():
    stubbed = Stubbed()
    yield stubbed
    for stubber in stubbed.stubbers.values():
        stubber.assert_no_pending_responses()


def test_a_parameter_keeps_the_data_type_that_it_has(accounts):
    accounts.holds(Value="ami-0fedcba9876543210", Type="String", DataType="text")
    accounts.takes(DataType="text", Overwrite=True)
    result = set_reference(accounts, PARAMETER, False)
    assert (result["changed"], result["before"], result["error"]) == (True, "ami-0fedcba9876543210", None)


def test_a_parameter_that_is_not_there_is_created(accounts):
    accounts.stubbers["ssm"].add_client_error("get_parameter", "ParameterNotFound")
    accounts.finds({"ImageId": "ami-0123456789abcdef0"})
    accounts.takes(DataType="aws:ec2:image", Overwrite=False)
    assert set_reference(accounts, {**PARAMETER, "found": None}, False)["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_a_newer_rollout_has_written_since_the_comparison_stays(accounts, check_mode):
    accounts.holds(Value="ami-0aaaaaaaaaaaaaaaa", Type="String", DataType="text")
    accounts.shows(8)
    for wanted, then, now in (
        (PARAMETER, "ami-0fedcba9876543210", "ami-0aaaaaaaaaaaaaaaa"),
        (TEMPLATE, "3", "8"),
    ):
        result = set_reference(accounts, wanted, check_mode)
        assert result["changed"] is False
        assert f"was {then} when this task compared it, and is {now} now" in result["error"]
        assert "Run the task again" in result["error"]


def test_a_parameter_that_somebody_else_has_created_since_the_comparison_stays(accounts):
    accounts.holds(Value="ami-0aaaaaaaaaaaaaaaa", Type="String", DataType="text")
    result = set_reference(accounts, {**PARAMETER, "found": None}, False)
    assert result["changed"] is False
    assert "/images/web did not exist when this task compared it" in result["error"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_ssm_would_drop_silently_is_not_written(accounts, check_mode):
    # SSM answers that it has written, and drops the value of an AMI that it does not find or may not look up.
    for answer, text in (
        ([], "ami-0123456789abcdef0 does not exist"),
        ("InvalidAMIID.NotFound", "DescribeImages: InvalidAMIID.NotFound"),
        ("UnauthorizedOperation", "The credentials need ec2:DescribeImages"),
    ):
        accounts.holds(Value="ami-0fedcba9876543210", Type="String", DataType="aws:ec2:image")
        if isinstance(answer, list):
            accounts.finds()
        else:
            accounts.stubbers["ec2"].add_client_error("describe_images", answer)
        result = set_reference(accounts, PARAMETER, check_mode)
        assert result["changed"] is False
        assert text in result["error"]


def test_check_mode_and_what_is_right_already_write_nothing(accounts):
    accounts.holds(Value="ami-0fedcba9876543210", Type="String", DataType="text")
    accounts.holds(Value="ami-0123456789abcdef0", Type="SecureString")
    accounts.shows(3)
    accounts.shows(7)
    told = [set_reference(accounts, one, True)["changed"] for one in (PARAMETER, PARAMETER, TEMPLATE, TEMPLATE)]
    assert told == [True, False, True, False]


def test_a_secret_is_not_overwritten_nor_shown(accounts):
    accounts.holds(Value="a ciphertext", Type="SecureString")
    result = set_reference(accounts, PARAMETER, False)
    assert "is a SecureString, which Image Builder does not write" in result["error"]
    assert (result["changed"], result["before"]) == (False, None)


def test_a_default_is_set_without_a_new_version(accounts):
    accounts.shows(3)
    request = {"LaunchTemplateId": "lt-0ab1234c56d789012", "DefaultVersion": "7", "ClientToken": ANY}
    accounts.stubbers["ec2"].add_response("modify_launch_template", {}, request)
    result = set_reference(accounts, TEMPLATE, False)
    assert (result["changed"], result["before"]) == (True, 3)


def test_what_aws_refuses_is_reported_with_the_permission(accounts):
    accounts.shows(3)
    accounts.stubbers["ec2"].add_client_error("modify_launch_template", "UnauthorizedOperation", "You may not")
    result = set_reference(accounts, TEMPLATE, False)
    assert result["changed"] is False
    for part in ("ModifyLaunchTemplate: ", "You may not", "The credentials need ec2:ModifyLaunchTemplate"):
        assert part in result["error"]


def test_an_account_without_role():
    class Closed:
        def client(self, *dummy):
            raise RoleNotAssumed("111122223333", "arn:x", "arn:x: no", "sts:AssumeRole on arn:x", "Create the role")

    result = set_reference(Closed(), PARAMETER, False)
    assert (result["changed"], result["before"]) == (False, None)
    assert "Create the role" in result["error"]
