# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparing a configuration with what is live: one small function for each thing that can drift.

Each returns a list of {C(field), C(wanted), C(found)}, which is empty if nothing differs. C(field) is the option path
below the Region's entry, with the name of a parameter or the id of a launch template in square brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from ..arns import name_of
from ..arns import parse
from ..configuration.conversion import placeholders_from_api
from ..forms import ApiDistribution
from ..forms import ApiFastLaunch
from ..forms import ApiLaunchTemplate
from ..forms import ApiS3Export
from ..forms import ApiSsmParameter
from ..targets import Target
from ..targets import target_of
from ..targets import targets
from .image_status import amis
from .image_status import AVAILABLE
from .image_status import COMPLETE
from .image_status import status_of

_PLACEHOLDER = re.compile(r"\{\{\s*[^{}]+?\s*\}\}")

# Member of the API -> (key in EC2's launch permissions, option).
_PERMISSIONS = {
    "userIds": ("UserId", "user_ids"),
    "userGroups": ("Group", "user_groups"),
    "organizationArns": ("OrganizationArn", "organization_arns"),
    "organizationalUnitArns": ("OrganizationalUnitArn", "organizational_unit_arns"),
}

# The states of Fast Launch in which it is enabled or will be.
_FAST_LAUNCH_ON = frozenset(["enabling", "enabled"])

# The states of an export that is complete or still running.
_EXPORTED = frozenset(["active", "completed"])


class WantedTarget(NamedTuple):
    """One Region and account in which something should be live.

    C(entry): the Region's entry in API form; C(owner): whether the account gets its own AMI there; C(templates),
    C(parameters), C(fast_launches): the items of the entry for this account; C(own): whether it is the account of the
    configuration; C(home): whether it is that account in the Region of the configuration.
    """

    region: str
    account_id: str
    entry: ApiDistribution
    owner: bool
    templates: list[ApiLaunchTemplate]
    parameters: list[ApiSsmParameter]
    fast_launches: list[ApiFastLaunch]
    own: bool
    home: bool

    @property
    def key(self) -> Target:
        """The Region and the account."""
        return Target(self.region, self.account_id)


def wanted_targets(distributions: list[ApiDistribution], account_id: str, home_region: str) -> list[WantedTarget]:
    """Returns each Region and account in which these distributions create something that can be compared.

    :param distributions: entries in API form.
    :param account_id: the account of the configuration.
    :param home_region: the Region of the configuration.
    :returns: the targets in the order of the entries. In each Region, accounts that get an AMI come first, then those
        that only have a launch template or a parameter.
    """
    wanted = []
    for entry in distributions:
        owners = [account for _region, account in targets([entry], account_id)]
        templates = _by_account(entry.get("launchTemplateConfigurations"), "accountId", account_id)
        parameters = _by_account(entry.get("ssmParameterConfigurations"), "amiAccountId", account_id)
        fast_launches = _by_account(entry.get("fastLaunchConfigurations"), "accountId", account_id)
        for account in dict.fromkeys([*owners, *templates, *parameters]):
            wanted.append(
                WantedTarget(
                    entry["region"],
                    account,
                    entry,
                    account in owners,
                    templates.get(account, []),
                    parameters.get(account, []),
                    fast_launches.get(account, []),
                    account == account_id,
                    account == account_id and entry["region"] == home_region,
                )
            )
    return wanted


def _by_account(items: Iterable[Mapping[str, Any]] | None, member: str, account_id: str) -> dict[str, list[Any]]:
    sorted_out: dict[str, list[Any]] = {}
    for item in items or []:
        sorted_out.setdefault(item.get(member) or account_id, []).append(item)
    return sorted_out


def live_amis(
    image: dict[str, Any], source_image: str | None, account_id: str, home_region: str, complete: bool = False
) -> dict[Target, str]:
    """Returns the AMI of an image in each Region and account: target -> AMI id.

    :param image: C(image) of GetImage.
    :param source_image: the id of the AMI that was distributed; None if the image was built.
    :param account_id: the account of the configuration.
    :param home_region: the Region of the configuration.
    :param complete: whether to leave out AMIs that AWS does not report as available.
    """
    live: dict[Target, str] = {}
    for ami in amis(image):
        if lacks_target(ami) or (complete and ami["state"] not in (None, AVAILABLE)):
            continue
        target = target_of(ami)
        # AWS may list both the source image and a copy of it in the same Region.
        if live.get(target) in (None, source_image):
            live[target] = ami["ami_id"]
    if source_image and status_of(image) in COMPLETE:
        # AWS does not document whether it lists an image that it distributes without a copy.
        live.setdefault(Target(home_region, account_id), source_image)
    return live


def lacks_target(ami: dict[str, Any]) -> bool:
    """Whether an AMI of image_status.amis() lacks its Region, account or id, so that it cannot be compared."""
    return not (ami["region"] and ami["account_id"] and ami["ami_id"])


def amis_without_target(image: dict[str, Any]) -> tuple[str, ...]:
    """Returns the ids or names of an image's AMIs that lack their Region, account or id."""
    return tuple(ami["ami_id"] or ami["name"] or "one without id" for ami in amis(image) if lacks_target(ami))


def leftovers(
    image: dict[str, Any],
    distributions: list[ApiDistribution],
    source_image: str | None,
    account_id: str,
    home_region: str,
) -> list[dict[str, Any]]:
    """Returns the AMIs of an image in Regions and accounts that are no longer targets of the configuration.

    The source image of a rollout, and the AMI of a build in its own Region, are not leftovers.

    :returns: AMIs as image_status.amis() returns them.
    """
    wanted = set(targets(distributions, account_id))
    built_here = None if source_image else (home_region, account_id)
    return [ami for ami in amis(image) if target_of(ami) not in wanted | {built_here} and ami["ami_id"] != source_image]


def state(image: dict[str, Any]) -> list[dict[str, Any]]:
    """Compares the state of an AMI.

    :param image: the AMI of EC2's DescribeImages.
    """
    return _difference("state", "available", image.get("State"))


def texts(target: WantedTarget, image: dict[str, Any]) -> list[dict[str, Any]]:
    """Compares the name and description of a copy, if the configuration has them.

    The AMI in the home Region may be the source image itself, whose name cannot be changed.
    """
    if target.home:
        return []
    wanted: Mapping[str, Any] = target.entry.get("amiDistributionConfiguration", {})
    differences = []
    for member, shown in (("name", image.get("Name")), ("description", image.get("Description"))):
        if wanted.get(member) and not _matches(wanted[member], shown):
            differences += _difference(
                f"ami_distribution_configuration.{member}", placeholders_from_api(wanted[member]), shown or None
            )
    return differences


def ami_tags(target: WantedTarget, image: dict[str, Any]) -> list[dict[str, Any]]:
    """Compares the tags of an AMI. Other tags, such as AWS's own, do not count."""
    wanted = target.entry.get("amiDistributionConfiguration", {}).get("amiTags", {})
    found = {tag["Key"]: tag["Value"] for tag in image.get("Tags", [])}
    other = {key: value for key, value in wanted.items() if key not in found or not _matches(value, found[key])}
    if not other:
        return []
    shown = {key: placeholders_from_api(value) for key, value in other.items()}
    return _difference("ami_distribution_configuration.ami_tags", shown, {key: found.get(key) for key in other})


def launch_permissions(
    target: WantedTarget, permissions: list[dict[str, Any]], all_targets: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Compares who may launch an AMI.

    :param permissions: C(LaunchPermissions) of EC2's DescribeImageAttribute.
    :param all_targets: the accounts that get a copy in any Region. Image Builder shares the source account's AMI in the
        home Region with them, so that they can copy it.
    """
    wanted: Mapping[str, Any] = target.entry.get("amiDistributionConfiguration", {}).get("launchPermission", {})
    differences = []
    for member, (key, option) in _PERMISSIONS.items():
        wanted_principals = set(wanted.get(member, []))
        found_principals = {permission[key] for permission in permissions if permission.get(key)}
        if member == "userIds":
            # An owner may launch its own AMI without permission.
            wanted_principals.discard(target.account_id)
            found_principals.discard(target.account_id)
            if target.home:
                found_principals -= set(all_targets) - wanted_principals
        if wanted_principals != found_principals:
            field = f"ami_distribution_configuration.launch_permission.{option}"
            differences += _difference(field, sorted(wanted_principals), sorted(found_principals))
    return differences


def wanted_key(target: WantedTarget) -> str | None:
    """Returns the key that the snapshots of a copy must have; None if there is none, or AWS does not apply it."""
    key: str | None = target.entry.get("amiDistributionConfiguration", {}).get("kmsKeyId")
    return None if target.home else key


def is_alias(key: str) -> bool:
    """Whether a key is given by an alias, which must be resolved before it can be compared."""
    return (arn.resource if (arn := parse(key)) else key).startswith("alias/")


def encryption(target: WantedTarget, snapshots: list[dict[str, Any]], key_arn: str) -> list[dict[str, Any]]:
    """Compares the key of an AMI's snapshots.

    :param snapshots: the snapshots of EC2's DescribeSnapshots.
    :param key_arn: the wanted key, with an alias resolved to the ARN of its key.
    """
    keys = {snapshot.get("KmsKeyId") for snapshot in snapshots}
    if all(key and (key == key_arn or name_of(key) == key_arn) for key in keys):
        return []
    found = sorted(key or "not encrypted" for key in keys)
    return _difference("ami_distribution_configuration.kms_key_id", wanted_key(target), ", ".join(found))


def expected_in_template(target: WantedTarget, live: dict[Target, str], account_id: str) -> list[str]:
    """Returns the AMI ids that a version of a launch template may have, the likeliest first.

    A template of another account gets the source account's AMI id.

    :param live: what live_amis() returned.
    :param account_id: the account of the configuration.
    """
    ids = [live.get(Target(target.region, account_id)), live.get(target.key)]
    return list(dict.fromkeys(ami_id for ami_id in ids if ami_id))


def launch_template(
    wanted: ApiLaunchTemplate, template: dict[str, Any] | None, versions: list[dict[str, Any]], expected: list[str]
) -> list[dict[str, Any]]:
    """Compares a launch template.

    :param wanted: an item of C(launchTemplateConfigurations).
    :param template: the template of EC2's DescribeLaunchTemplates, None if it does not exist.
    :param versions: its versions of EC2's DescribeLaunchTemplateVersions.
    :param expected: what expected_in_template() returned.
    """
    identifier = wanted["launchTemplateId"]
    field = f"launch_template_configurations[{identifier}]"
    if template is None:
        return _difference(f"{field}.launch_template_id", identifier, None)
    images = {version["VersionNumber"]: version.get("LaunchTemplateData", {}).get("ImageId") for version in versions}
    default = template["DefaultVersionNumber"]
    holding = [number for number, image_id in images.items() if image_id in expected]
    if not holding:
        return _difference(f"{field}.image_id", expected[0], images.get(max(images, default=None)))
    # The API's default is true.
    if wanted.get("setDefaultVersion", True) and default not in holding:
        return _difference(f"{field}.default_version", max(holding), default)
    return []


def launched_by_template(
    template: dict[str, Any] | None, versions: list[dict[str, Any]], expected: list[str]
) -> str | None:
    """Returns the rollout's AMI in a launch template: that of the default version, or else of the newest version.

    :param template: the template of EC2's DescribeLaunchTemplates, None if it does not exist.
    :param versions: its versions of EC2's DescribeLaunchTemplateVersions.
    :param expected: what expected_in_template() returned.
    :returns: an AMI id; None if no version has an AMI of the rollout.
    """
    images = {version["VersionNumber"]: version.get("LaunchTemplateData", {}).get("ImageId") for version in versions}
    holding = [number for number, image_id in images.items() if image_id in expected]
    if template is None or not holding:
        return None
    default = template["DefaultVersionNumber"]
    ami_id: str = images[default if default in holding else max(holding)]
    return ami_id


def template_permission(wanted: ApiLaunchTemplate, account_id: str, permissions: list[str]) -> list[dict[str, Any]]:
    """Checks that the AMI in a launch template of another account is shared with that account.

    Such a template has the source account's AMI, so its account cannot launch instances otherwise.

    :param wanted: an item of C(launchTemplateConfigurations).
    :param account_id: the account of the template.
    :param permissions: who may launch the AMI, as principals() returns them.
    """
    if account_id in permissions or "all" in permissions:
        return []
    field = f"launch_template_configurations[{wanted['launchTemplateId']}].launch_permission"
    return _difference(field, [account_id], permissions)


def principals(permissions: list[dict[str, Any]]) -> list[str]:
    """Returns the accounts, groups and ARNs that may launch an AMI, sorted.

    :param permissions: C(LaunchPermissions) of EC2's DescribeImageAttribute.
    """
    keys = [key for key, _option in _PERMISSIONS.values()]
    return sorted(permission[key] for permission in permissions for key in keys if permission.get(key))


def ssm_parameter(wanted: ApiSsmParameter, parameter: dict[str, Any] | None, ami_id: str) -> list[dict[str, Any]]:
    """Compares an SSM parameter.

    :param wanted: an item of C(ssmParameterConfigurations).
    :param parameter: the parameter of SSM's GetParameter, None if it does not exist.
    :param ami_id: the AMI in the same Region and account.
    """
    field = f"ssm_parameter_configurations[{wanted['parameterName']}]"
    differences = _difference(f"{field}.value", ami_id, (parameter or {}).get("Value"))
    # AWS does not document which data type it writes if none is given.
    if parameter and wanted.get("dataType"):
        differences += _difference(f"{field}.data_type", wanted["dataType"], parameter.get("DataType", "text"))
    return differences


def licences(target: WantedTarget, found: list[str]) -> list[dict[str, Any]]:
    """Compares license configurations. The AMI may have more, which it inherits from its base image.

    :param found: the ARNs of the AMI's license configurations.
    """
    wanted = set(target.entry.get("licenseConfigurationArns", []))
    if wanted <= set(found):
        return []
    return _difference("license_configuration_arns", sorted(wanted), sorted(found))


def fast_launch(wanted: ApiFastLaunch, found: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Compares the settings of Fast Launch.

    :param wanted: an item of C(fastLaunchConfigurations) that is enabled.
    :param found: the image of EC2's DescribeFastLaunchImages, None if Fast Launch was never enabled.
    """
    found = found or {}
    count = found.get("SnapshotConfiguration", {}).get("TargetResourceCount")
    differing: list[tuple[str, Any, Any]] = [] if found.get("State") in _FAST_LAUNCH_ON else [("enabled", True, False)]
    for option, wanted_value, found_value in (
        ("max_parallel_launches", wanted.get("maxParallelLaunches"), found.get("MaxParallelLaunches")),
        ("target_resource_count", wanted.get("snapshotConfiguration", {}).get("targetResourceCount"), count),
    ):
        if found and wanted_value is not None and wanted_value != found_value:
            differing.append((option, wanted_value, found_value))
    return [
        {"field": f"fast_launch_configurations.{option}", "wanted": wanted_value, "found": found_value}
        for option, wanted_value, found_value in differing
    ]


def export(wanted: ApiS3Export, tasks: list[dict[str, Any]], ami_id: str) -> list[dict[str, Any]] | None:
    """Compares an export to S3.

    :param wanted: C(s3ExportConfiguration).
    :param tasks: the tasks of EC2's DescribeExportImageTasks.
    :param ami_id: the AMI in the same Region.
    :returns: as the others, or None if no task is an export of this AMI to that bucket and prefix. EC2 may list a task
        without its AMI, and lists it only for some time.
    """
    destination = (wanted["s3Bucket"], wanted.get("s3Prefix", ""))
    matching = []
    for task in tasks:
        location = task.get("S3ExportLocation", {})
        if task.get("ImageId") == ami_id and (location.get("S3Bucket"), location.get("S3Prefix", "")) == destination:
            matching.append(task)
    if not matching:
        return None
    if any(task.get("Status") in _EXPORTED for task in matching):
        return []
    shown = ", ".join(
        " ".join(filter(None, [task.get("ExportImageTaskId"), task.get("Status"), task.get("StatusMessage")]))
        for task in matching
    )
    return _difference("s3_export_configuration", f"s3://{destination[0]}/{destination[1]}", shown)


def _difference(field: str, wanted: Any, found: Any) -> list[dict[str, Any]]:
    return [] if wanted == found else [{"field": field, "wanted": wanted, "found": found}]


def _matches(wanted: str, found: str | None) -> bool:
    """Whether AWS may have made the text from the wanted one by filling in its placeholders."""
    if found is None:
        return False
    literal = [re.escape(part) for part in _PLACEHOLDER.split(wanted)]
    return re.compile(".+".join(literal), re.DOTALL).fullmatch(found) is not None
