# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IAM statements for what EC2 does when Fast Launch is enabled for an AMI.

The service authorization reference of Amazon EC2 lists these dependent actions of EnableFastLaunch:
CreateLaunchTemplate, CreateSnapshot, DeleteSnapshot, CreateTags, DescribeImages, DescribeInstances,
DescribeInstanceAttribute, DescribeInstanceStatus, DescribeInstanceTypeOfferings, DescribeLaunchTemplates,
DescribeLaunchTemplateVersions, DescribeSnapshots, DescribeSubnets, RunInstances, StopInstances, TerminateInstances
and iam:PassRole. The caller that enables Fast Launch needs them. Neither EC2ImageBuilderExecutionPolicy nor
EC2FastLaunchFullAccess allows all of them. The policy of EC2's service-linked role, EC2FastLaunchServiceRolePolicy,
shows on which resources and under which conditions EC2 performs them. The statements here allow the same, and nothing
without the tag of Fast Launch.

CreateLaunchTemplate is needed only for Fast Launch without a launch template, and EC2FastLaunchFullAccess allows it.
PassRole is needed only for launch templates with an instance profile; see PassInstanceRoles in statements.
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

# What Fast Launch describes. Every distribution describes images and snapshots too.
DESCRIBE_ACTIONS = [
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeSubnets",
]


def preparing(regions: Collection[str], role: Role, whole: bool) -> Iterator[Statement | None]:
    """Yields statements for the snapshots that Fast Launch makes of its instances. No managed policy allows them.

    :param regions: the Regions in which Fast Launch is enabled.
    :param whole: False if EC2ImageBuilderExecutionPolicy, which allows the tags, is also attached.
    """
    snapshots = role.images(regions, ["snapshot"])
    yield statement("CreateFastLaunchSnapshots", ["ec2:CreateSnapshot"], snapshots, {"StringEquals": _BY_FAST_LAUNCH})
    # Fast Launch uses only volumes, instances and snapshots that have its tag. A new snapshot has no tags yet, so
    # CreateSnapshot on snapshots has its own statement.
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
    """Yields statements for the instances that Fast Launch launches. Both managed policies allow them too.

    :param regions: the Regions in which Fast Launch is enabled.
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
