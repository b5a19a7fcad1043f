# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the AMIs that a target would launch next: of launch templates, Auto Scaling groups and fleets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from ..reading import ask
from ..reading import pages

# How a launch template refers to an SSM parameter instead of an AMI. Source: EC2 user guide, launch templates.
BY_PARAMETER = "resolve:ssm:"

_DEFAULT, _NEWEST = "$Default", "$Latest"

_NO_VERSION_CODES = frozenset(
    [
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateId.VersionNotFound",
        "InvalidLaunchTemplateName.NotFound",
        "InvalidLaunchTemplateName.NotFoundException",
    ]
)

# The largest page of each operation.
_TEMPLATES, _GROUPS, _LAUNCHES, _FLEETS, _REQUESTS = 200, 100, 50, 100, 1000

# Fleets in other states launch nothing. What they have launched are instances, which are read separately.
_LIVE_FLEETS = frozenset(["submitted", "active", "modifying"])

# A Spot Instance request in one of these states launches its AMI, also again after an interruption.
_LIVE_REQUESTS = ["open", "active", "disabled"]


class Use(NamedTuple):
    """What uses an AMI. C(image): the AMI id, or C(resolve:ssm:) and a parameter's name; C(text): the user in words."""

    image: str
    text: str


class _UsedVersion(NamedTuple):
    """A version of a launch template that something uses. C(template): its id or name; C(text): the user, in words."""

    template: str
    version: str
    text: str


def launch_templates(ec2: Any, autoscaling: Any) -> list[Use]:
    """The uses of AMIs by launch templates, Auto Scaling groups, launch configurations, fleets and Spot requests.

    Of a launch template, its default and newest version count, and every version that a group or a fleet uses.

    :param ec2: a botocore client.
    :param autoscaling: a botocore client for the same Region and account.
    :raises: Unreadable.
    """
    uses: list[Use] = []
    known: set[tuple[str, str]] = set()
    for version in _versions(ec2, Versions=[_DEFAULT, _NEWEST]):
        which = "default version" if version.get("DefaultVersion") else "newest version"
        uses.append(_use(version, f"the {which} of the launch template {version['LaunchTemplateId']}"))
        for name in (version["LaunchTemplateId"], version.get("LaunchTemplateName", "")):
            known.add((name, str(version.get("VersionNumber"))))
    launched = [*_groups(autoscaling), *_fleets(ec2), *_spot_fleets(ec2), *_spot_requests(ec2)]
    uses += [one for one in launched if isinstance(one, Use)]
    used = [one for one in launched if isinstance(one, _UsedVersion)]
    unread = [one for one in used if (one.template, one.version) not in known]
    return uses + _other_versions(ec2, unread)


def _use(version: dict[str, Any], text: str) -> Use:
    return Use(version.get("LaunchTemplateData", {}).get("ImageId") or "", text)


def _versions(ec2: Any, **parameters: Any) -> list[dict[str, Any]]:
    members = ("LaunchTemplateVersions", "NextToken")
    return pages(ec2, "describe_launch_template_versions", *members, MaxResults=_TEMPLATES, **parameters)


def _other_versions(ec2: Any, used: list[_UsedVersion]) -> list[Use]:
    """The uses of AMIs by versions that are neither default nor newest, with one request for each template."""
    by_template: dict[str, dict[str, str]] = {}
    for one in used:
        by_template.setdefault(one.template, {}).setdefault(one.version, one.text)
    uses = []
    for template, texts in sorted(by_template.items()):
        key = "LaunchTemplateId" if template.startswith("lt-") else "LaunchTemplateName"
        answer = _some_versions(ec2, {key: template}, sorted(texts))
        uses += [
            _use(version, f"version {version['VersionNumber']} of the launch template {template}, {text}")
            for version in answer
            for text in [texts[str(version["VersionNumber"])]]
        ]
    return uses


def _some_versions(ec2: Any, template: dict[str, str], versions: list[str]) -> list[dict[str, Any]]:
    # There is one page only: EC2 does not accept a page size together with versions.
    answer = ask(ec2, "describe_launch_template_versions", _NO_VERSION_CODES, Versions=versions, **template)
    if answer is not None:
        result: list[dict[str, Any]] = answer.get("LaunchTemplateVersions", [])
        return result
    if len(versions) == 1:
        return []
    # One of them does not exist, and EC2 does not return the others.
    return [one for version in versions for one in _some_versions(ec2, template, [version])]


def _specified(template: dict[str, Any] | None, text: str) -> Iterator[_UsedVersion]:
    """The version that a specification of a launch template uses, unless it is the default or newest one."""
    name = (template or {}).get("LaunchTemplateId") or (template or {}).get("LaunchTemplateName")
    version = str((template or {}).get("Version") or _DEFAULT)
    if name and version not in (_DEFAULT, _NEWEST):
        yield _UsedVersion(name, version, f"which {text} uses")


def _groups(autoscaling: Any) -> Iterator[Use | _UsedVersion]:
    """The uses by Auto Scaling groups, including mixed instances policies and overrides, and launch configurations."""
    members = ("AutoScalingGroups", "NextToken")
    for group in pages(autoscaling, "describe_auto_scaling_groups", *members, MaxRecords=_GROUPS):
        text = f"the Auto Scaling group {group['AutoScalingGroupName']}"
        yield from _specified(group.get("LaunchTemplate"), text)
        template = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
        yield from _specified(template.get("LaunchTemplateSpecification"), text)
        for override in template.get("Overrides", []):
            yield from _specified(override.get("LaunchTemplateSpecification"), text)
            yield Use(override.get("ImageId") or "", text)
        # What it has launched from another version are instances, which are read separately.
    members = ("LaunchConfigurations", "NextToken")
    for one in pages(autoscaling, "describe_launch_configurations", *members, MaxRecords=_LAUNCHES):
        yield Use(one.get("ImageId") or "", f"the launch configuration {one['LaunchConfigurationName']}")


def _fleets(ec2: Any) -> Iterator[Use | _UsedVersion]:
    for fleet in pages(ec2, "describe_fleets", "Fleets", "NextToken", MaxResults=_FLEETS):
        if fleet.get("FleetState") in _LIVE_FLEETS:
            yield from _configured(fleet.get("LaunchTemplateConfigs", []), f"the EC2 Fleet {fleet['FleetId']}")


def _spot_fleets(ec2: Any) -> Iterator[Use | _UsedVersion]:
    members = ("SpotFleetRequestConfigs", "NextToken")
    for request in pages(ec2, "describe_spot_fleet_requests", *members, MaxResults=_FLEETS):
        if request.get("SpotFleetRequestState") not in _LIVE_FLEETS:
            continue
        text = f"the Spot Fleet request {request['SpotFleetRequestId']}"
        configuration = request.get("SpotFleetRequestConfig", {})
        for launch in configuration.get("LaunchSpecifications", []):
            yield Use(launch.get("ImageId") or "", text)
        yield from _configured(configuration.get("LaunchTemplateConfigs", []), text)


def _spot_requests(ec2: Any) -> Iterator[Use]:
    members = ("SpotInstanceRequests", "NextToken")
    filters = [{"Name": "state", "Values": _LIVE_REQUESTS}]
    for one in pages(ec2, "describe_spot_instance_requests", *members, Filters=filters, MaxResults=_REQUESTS):
        image = one.get("LaunchSpecification", {}).get("ImageId") or ""
        yield Use(image, f"the Spot Instance request {one['SpotInstanceRequestId']}")


def _configured(configurations: list[dict[str, Any]], text: str) -> Iterator[Use | _UsedVersion]:
    for configuration in configurations:
        yield from _specified(configuration.get("LaunchTemplateSpecification"), text)
        for override in configuration.get("Overrides", []):
            yield Use(override.get("ImageId") or "", text)
