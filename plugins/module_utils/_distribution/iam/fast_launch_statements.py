# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statements for what EC2 does when Fast Launch is enabled for an AMI.

The service authorization reference of Amazon EC2 lists as dependent actions of EnableFastLaunch:
CreateLaunchTemplate, CreateSnapshot, DeleteSnapshot, CreateTags, DescribeImages, DescribeInstances,
DescribeInstanceAttribute, DescribeInstanceStatus, DescribeInstanceTypeOfferings, DescribeLaunchTemplates,
DescribeLaunchTemplateVersions, DescribeSnapshots, DescribeSubnets, RunInstances, StopInstances, TerminateInstances
and iam:PassRole. So the caller that enables it must be allowed them. Neither EC2ImageBuilderExecutionPolicy nor
EC2FastLaunchFullAccess has all. On which resources and under which conditions EC2 itself takes them says the policy
of its service-linked role, EC2FastLaunchServiceRolePolicy; the statements here allow the same, and nothing without
Fast Launch's tag.

CreateLaunchTemplate is only for Fast Launch without a launch template, and in EC2FastLaunchFullAccess. PassRole is only
for launch templates with an instance profile, see PassInstanceRoles in statements.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .policy_document import Statement
from .policy_document import statement

if TYPE_CHECKING:
    from .statements import Role

_SERVICE = "ec2fastlaunch.amazonaws.com"
_BY_FAST_LAUNCH = {"aws:RequestTag/CreatedBy": "EC2 Fast Launch"}
_OF_FAST_LAUNCH = {"aws:ResourceTag/CreatedBy": "EC2 Fast Launch"}

# What it looks at besides images and snapshots, which every distribution looks at.
DESCRIBED = [
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeSubnets",
]


def preparing(regions: Collection[str], role: Role, whole: bool) -> Iterator[Statement | None]:
    """The snapshots that Fast Launch makes of the instances that it launches: what no managed policy allows.

    :param regions: where it is enabled.
    :param whole: False where EC2ImageBuilderExecutionPolicy is attached too, which lets all of it be tagged.
    """
    snapshots = role.images(regions, ["snapshot"])
    yield statement("CreateFastLaunchSnapshots", ["ec2:CreateSnapshot"], snapshots, {"StringEquals": _BY_FAST_LAUNCH})
    # It snapshots volumes of its own, stops and terminates instances of its own, and deletes snapshots of its own.
    # CreateSnapshot takes no snapshot here, because a new one has no tags yet.
    yield statement(
        "UseFastLaunchResources",
        ["ec2:CreateSnapshot", "ec2:DeleteSnapshot", "ec2:StopInstances", "ec2:TerminateInstances"],
        snapshots + _own(regions, role, "instance", "volume"),
        {"StringEquals": _OF_FAST_LAUNCH},
    )
    if whole:
        made = {**_BY_FAST_LAUNCH, "ec2:CreateAction": ["CreateSnapshot", "RunInstances"]}
        tagged = snapshots + _own(regions, role, "instance", "volume")
        yield statement("TagFastLaunchResources", ["ec2:CreateTags"], tagged, {"StringEquals": made})


def launching(regions: Collection[str], role: Role) -> Iterator[Statement | None]:
    """The instances that Fast Launch launches: what both managed policies allow as well.

    :param regions: where it is enabled.
    """
    yield statement(
        "FastLaunchFrom",
        ["ec2:RunInstances"],
        role.images(regions)
        + _own(regions, role, "key-pair", "network-interface", "security-group", "subnet")
        + [role.arn("license-manager", region, "license-configuration:*", "*") for region in regions],
    )
    launched = _own(regions, role, "instance", "volume")
    yield statement("FastLaunchInstances", ["ec2:RunInstances"], launched, {"StringEquals": _BY_FAST_LAUNCH})
    yield statement(
        "CreateFastLaunchServiceRole",
        ["iam:CreateServiceLinkedRole"],
        [role.arn("iam", "", f"role/aws-service-role/{_SERVICE}/AWSServiceRoleForEC2FastLaunch")],
        {"StringEquals": {"iam:AWSServiceName": _SERVICE}},
    )


def _own(regions: Collection[str], role: Role, *kinds: str) -> list[str]:
    return [role.arn("ec2", region, f"{kind}/*") for region in regions for kind in kinds]
