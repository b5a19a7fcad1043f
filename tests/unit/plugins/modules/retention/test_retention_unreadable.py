"""What cannot be read of the uses of an AMI keeps it or is a warning; accounts that may launch it count too."""

from __future__ import annotations

import pytest

from tests.unit.plugins.modules.retention.users import Account
from tests.unit.plugins.modules.retention.users import CLOSED
from tests.unit.plugins.modules.retention.users import deny
from tests.unit.plugins.modules.retention.users import SHARED
from tests.unit.plugins.modules.retention.users import sharing
from tests.unit.plugins.modules.retention.world import arns
from tests.unit.plugins.modules.retention.world import AWAY
from tests.unit.plugins.modules.retention.world import entry
from tests.unit.plugins.modules.retention.world import MODULE
from tests.unit.plugins.modules.retention.world import OPTIONS
from tests.unit.plugins.modules.retention.world import SOURCE
from tests.unit.plugins.modules.retention.world import TARGET
from tests.unit.plugins.modules.retention.world import WITH_ROLES

pytestmark = pytest.mark.current_botocore

IMAGE = "aws:ec2:image"


def test_parameters_that_nobody_may_read_are_said(world, run_module, monkeypatch):
    """A warning names one that holds text; one with the data type for AMIs keeps the rollout."""
    old, new = [world.rolls_out(entry(AWAY, [TARGET])) for _number in range(2)]
    ssm = Account(TARGET).client("ssm")
    ssm.put_parameter(Name="/theirs/text", Value="x", Type="String")
    deny(monkeypatch, "GetParameters")
    done = run_module(MODULE, WITH_ROLES, check_mode=True)
    assert arns(done["retired"]) == [old]
    (warning,) = done["warnings"]
    assert f"1 SSM parameters in {AWAY}, account {TARGET}, such as /theirs/text, were not checked" in warning
    assert "needs ssm:GetParameters" in warning
    ssm.put_parameter(Name="/theirs/image", Value=world.ami(new, account=TARGET), Type="String", DataType=IMAGE)
    done = run_module(MODULE, WITH_ROLES, check_mode=True)
    assert (done["retired"], "needs ssm:GetParameters" in done["kept"][1]["reason"]) == ([], True)


def test_parameters_that_nobody_may_list_are_said(world, run_module, monkeypatch):
    old, new = [world.rolls_out(entry(AWAY, [TARGET])) for _number in range(2)]
    deny(monkeypatch, "DescribeParameters")
    done = run_module(MODULE, WITH_ROLES)
    assert (arns(done["retired"]), arns(done["kept"])) == ([old], [new])
    (warning,) = done["warnings"]
    assert "that the configuration does not name were not checked" in warning
    assert "needs ssm:DescribeParameters" in warning


@pytest.mark.parametrize(
    "operation",
    [
        "DescribeLaunchTemplateVersions",
        "DescribeAutoScalingGroups",
        "DescribeLaunchConfigurations",
        "DescribeFleets",
        "DescribeSpotFleetRequests",
        "DescribeSpotInstanceRequests",
        "DescribeInstances",
        "ListImageRecipes",
        "ListContainerRecipes",
        "ListImageBuildVersions",
    ],
)
def test_what_cannot_be_read_is_a_reason_to_keep_it(world, run_module, monkeypatch, operation):
    old, new = [world.rolls_out(entry(AWAY, [TARGET])) for _number in range(2)]
    deny(monkeypatch, operation)
    done = run_module(MODULE, WITH_ROLES)
    assert (done["changed"], done["retired"], arns(done["kept"])) == (False, [], [new, old])
    reason = done["kept"][1]["reason"]
    assert f"in {AWAY} is still referenced: account {TARGET}" in reason
    assert f":{operation}" in reason


def test_an_account_that_may_launch_them_and_cannot_be_seen_is_said(shared, run_module):
    old, new = [shared.rolls_out(sharing(SHARED, CLOSED)) for _number in range(2)]
    done = run_module(MODULE, {**OPTIONS, "target_account_roles": {SHARED: f"arn:aws:iam::{SHARED}:role/ImageReader"}})
    assert (arns(done["retired"]), arns(done["kept"])) == ([old], [new])
    (warning,) = done["warnings"]
    assert (
        f"1 accounts may launch the AMIs without owning them, and what they use was not checked: {CLOSED} (" in warning
    )
    assert "no role is named for it" in warning


def test_what_such_an_account_does_not_let_one_see_keeps_it(shared, run_module, monkeypatch):
    old, new = [shared.rolls_out(sharing(SHARED)) for _number in range(2)]
    deny(monkeypatch, "DescribeAutoScalingGroups")
    done = run_module(MODULE, WITH_ROLES)
    assert (done["retired"], arns(done["kept"])) == ([], [new, old])
    assert "needs autoscaling:DescribeAutoScalingGroups" in done["kept"][1]["reason"]


@pytest.mark.parametrize(
    "wide",
    [
        {"userGroups": ["all"]},
        {"organizationArns": [f"arn:aws:organizations::{SOURCE}:organization/o-0123456789"]},
        {"organizationalUnitArns": [f"arn:aws:organizations::{SOURCE}:ou/o-0123456789/ou-0123-01234567"]},
    ],
    ids=lambda wide: next(iter(wide)),
)
def test_accounts_with_a_role_of_their_own_count_where_amis_are_shared_widely(shared, run_module, wide):
    old, new = [shared.rolls_out(sharing(**wide)) for _number in range(2)]
    Account(SHARED).default_version(shared.ami(old))
    roles = {SHARED: f"arn:aws:iam::{SHARED}:role/ImageReader"}
    done = run_module(MODULE, {**OPTIONS, "target_account_roles": roles})
    assert (done["retired"], arns(done["kept"])) == ([], [new, old])
