# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds which AMIs a Region and account would launch next: launch templates, Auto Scaling groups and fleets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from ..reading import ask
from ..reading import pages

# How a launch template refers to an SSM parameter in place of an AMI id. Source: EC2 user guide, launch templates.
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

# The most that each service takes for a page.
_TEMPLATES, _GROUPS, _LAUNCHES, _FLEETS, _REQUESTS = 200, 100, 50, 100, 1000

# Fleets in other states start nothing any more; what they have started are instances.
_LIVE_FLEETS = frozenset(["submitted", "active", "modifying"])

# A Spot Instance request in one of these launches its AMI, maybe for another time after an interruption.
_LIVE_REQUESTS = ["open", "active", "disabled"]


class Use(NamedTuple):
    """What refers to an AMI: C(image) is its id, or C(resolve:ssm:) with the name of a parameter; C(text) says what."""

    image: str
    text: str


class _Wanted(NamedTuple):
    """A version of a launch template that something uses: C(template) is its id or name, C(version) a number."""

    template: str
    version: str
    text: str


def launch_templates(ec2: Any, autoscaling: Any) -> list[Use]:
    """Launch templates, by their default and newest version, since both are what others launch, and by every version
    that an Auto Scaling group or a fleet uses; and what groups, launch configurations, fleets and Spot Instance
    requests name themselves.

    :param ec2: a client of EC2; C(autoscaling): one of Auto Scaling in the same Region and account.
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
    wanted = [one for one in launched if isinstance(one, _Wanted)]
    open_ones = [one for one in wanted if (one.template, one.version) not in known]
    return uses + _other_versions(ec2, open_ones)


def _use(version: dict[str, Any], text: str) -> Use:
    return Use(version.get("LaunchTemplateData", {}).get("ImageId") or "", text)


def _versions(ec2: Any, **parameters: Any) -> list[dict[str, Any]]:
    members = ("LaunchTemplateVersions", "NextToken")
    return pages(ec2, "describe_launch_template_versions", *members, MaxResults=_TEMPLATES, **parameters)


def _other_versions(ec2: Any, wanted: list[_Wanted]) -> list[Use]:
    """Versions that are neither default nor newest, each template asked for once."""
    by_template: dict[str, dict[str, str]] = {}
    for one in wanted:
        by_template.setdefault(one.template, {}).setdefault(one.version, one.text)
    found = []
    for template, texts in sorted(by_template.items()):
        key = "LaunchTemplateId" if template.startswith("lt-") else "LaunchTemplateName"
        answer = _some_versions(ec2, {key: template}, sorted(texts))
        found += [
            _use(version, f"version {version['VersionNumber']} of the launch template {template}, {text}")
            for version in answer
            for text in [texts[str(version["VersionNumber"])]]
        ]
    return found


def _some_versions(ec2: Any, template: dict[str, str], versions: list[str]) -> list[dict[str, Any]]:
    # Unlike other lists this one has an end: EC2 takes no page size beside versions.
    answer = ask(ec2, "describe_launch_template_versions", _NO_VERSION_CODES, Versions=versions, **template)
    if answer is not None:
        result: list[dict[str, Any]] = answer.get("LaunchTemplateVersions", [])
        return result
    if len(versions) == 1:
        return []
    # One of them is gone; the others are not.
    return [found for version in versions for found in _some_versions(ec2, template, [version])]


def _specified(template: dict[str, Any] | None, text: str) -> Iterator[_Wanted]:
    """What a specification of a launch template adds to the default and newest versions, which are known anyway."""
    name = (template or {}).get("LaunchTemplateId") or (template or {}).get("LaunchTemplateName")
    version = str((template or {}).get("Version") or _DEFAULT)
    if name and version not in (_DEFAULT, _NEWEST):
        yield _Wanted(name, version, f"which {text} uses")


def _groups(autoscaling: Any) -> Iterator[Use | _Wanted]:
    """Auto Scaling groups, mixed instances policies and their overrides included, and launch configurations."""
    members = ("AutoScalingGroups", "NextToken")
    for group in pages(autoscaling, "describe_auto_scaling_groups", *members, MaxRecords=_GROUPS):
        text = f"the Auto Scaling group {group['AutoScalingGroupName']}"
        yield from _specified(group.get("LaunchTemplate"), text)
        template = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
        yield from _specified(template.get("LaunchTemplateSpecification"), text)
        for override in template.get("Overrides", []):
            yield from _specified(override.get("LaunchTemplateSpecification"), text)
            yield Use(override.get("ImageId") or "", text)
        # What it has launched from another version by now are instances, which are looked at as such.
    members = ("LaunchConfigurations", "NextToken")
    for one in pages(autoscaling, "describe_launch_configurations", *members, MaxRecords=_LAUNCHES):
        yield Use(one.get("ImageId") or "", f"the launch configuration {one['LaunchConfigurationName']}")


def _fleets(ec2: Any) -> Iterator[Use | _Wanted]:
    for fleet in pages(ec2, "describe_fleets", "Fleets", "NextToken", MaxResults=_FLEETS):
        if fleet.get("FleetState") in _LIVE_FLEETS:
            yield from _configured(fleet.get("LaunchTemplateConfigs", []), f"the EC2 Fleet {fleet['FleetId']}")


def _spot_fleets(ec2: Any) -> Iterator[Use | _Wanted]:
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


def _configured(configurations: list[dict[str, Any]], text: str) -> Iterator[Use | _Wanted]:
    for configuration in configurations:
        yield from _specified(configuration.get("LaunchTemplateSpecification"), text)
        for override in configuration.get("Overrides", []):
            yield Use(override.get("ImageId") or "", text)
