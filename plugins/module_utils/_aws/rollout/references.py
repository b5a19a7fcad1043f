# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds what refers to AMIs in a Region and account: launch templates and SSM parameters."""

from __future__ import annotations

from ..accounts import AccountNotEntered
from ..reading import ask
from ..reading import entry_text
from ..reading import pages
from ..reading import Unreadable
from ..responses import MalformedAnswer
from ..responses import reading
from ..workers import each

# How a launch template refers to an SSM parameter in place of an AMI id. Source: EC2 user guide, launch templates.
_BY_PARAMETER = "resolve:ssm:"

_NO_PARAMETER_CODES = frozenset(["ParameterNotFound", "ParameterVersionNotFound", "ParameterVersionLabelNotFound"])

# The most that EC2 takes.
_PAGE = 200


def references(accounts, where, workers):
    """What refers to AMIs.

    Every launch template counts, by its default and its newest version, since both are what others launch.

    :param accounts: an Accounts.
    :param where: a list of retention.Where.
    :returns: (found, blind): (Region, AMI id) -> what names it; Region -> what could not be looked at there, and why.
    """
    found, blind = {}, {}
    for place, (listed, problem) in zip(where, each(lambda place: _look(accounts, place), where, workers)):
        for ami_id, text in listed:
            found.setdefault((place.region, ami_id), f"{text} in account {place.account_id}")
        if problem:
            blind.setdefault(place.region, problem)
    return found, blind


def _look(accounts, place):
    """([(AMI id, what names it)], what could not be read or None)."""
    listed = []
    try:
        with reading("what names AMIs"):
            ec2 = accounts.client("ec2", place.region, place.account_id)
            ssm = accounts.client("ssm", place.region, place.account_id)
            for name in place.parameters:
                listed.append((_parameter(ssm, name), f"the SSM parameter {name}"))
            members = ("LaunchTemplateVersions", "NextToken")
            versions = ["$Default", "$Latest"]
            for version in pages(
                ec2, "describe_launch_template_versions", *members, Versions=versions, MaxResults=_PAGE
            ):
                image_id = version.get("LaunchTemplateData", {}).get("ImageId") or ""
                if image_id.startswith(_BY_PARAMETER):
                    image_id = _parameter(ssm, image_id[len(_BY_PARAMETER) :])
                which = "default version" if version.get("DefaultVersion") else "newest version"
                listed.append((image_id, f"the {which} of the launch template {version['LaunchTemplateId']}"))
    except AccountNotEntered as error:
        return listed, entry_text(error)
    except (MalformedAnswer, Unreadable) as error:
        return listed, f"account {place.account_id}, {error}"
    return [(ami_id, text) for ami_id, text in listed if ami_id], None


def _parameter(ssm, name):
    """The value of a parameter, None where it does not exist."""
    answer = ask(ssm, "get_parameter", _NO_PARAMETER_CODES, Name=name)
    return answer and answer["Parameter"]["Value"]
