# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what is live in one target, and compares it with what the configuration asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from typing import NamedTuple

from ..._distribution.arns import account_of
from ..._distribution.forms import ApiFastLaunch
from ..._distribution.forms import ApiLaunchTemplate
from ..._distribution.rollout import drift
from ..._distribution.rollout.image_status import COMPLETE
from ..._distribution.targets import Target
from ..accounts import Accounts
from ..accounts import RoleNotAssumed
from ..reading import ask
from ..reading import describe_image
from ..reading import member
from ..reading import pages
from ..reading import role_not_assumed_text
from ..reading import understood
from ..reading import Unreadable

IN_SYNC = "in_sync"
DRIFTED = "drifted"
MISSING = "missing"
UNKNOWN = "unknown"

_NO_PARAMETER_CODES = frozenset(["ParameterNotFound"])
_NO_TEMPLATE_CODES = frozenset(
    [
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateId.VersionNotFound",
        "InvalidLaunchTemplateName.NotFound",
    ]
)


class Context(NamedTuple):
    """What all targets have in common.

    C(account_id): the account of the configuration; C(live): from drift.live_amis(); C(target_accounts): all that get
    a copy in some Region; C(image_arn), C(image_state): of the rollout, None if there is none;
    C(amis_without_target): from drift.amis_without_target().
    """

    accounts: Accounts
    account_id: str
    partition: str
    live: dict[Target, str]
    target_accounts: frozenset[str]
    image_arn: str | None
    image_state: str | None
    amis_without_target: tuple[str, ...] = ()


def compare_target(context: Context, target: drift.WantedTarget) -> dict[str, Any]:
    """One target of the result.

    :returns: {C(region), C(account_id), C(ami_id), C(status), C(drift), C(not_checked), C(reason)}.
    """
    return _TargetComparison(context, target).compare()


def leftover(accounts: Accounts, ami: dict[str, Any]) -> dict[str, Any] | None:
    """One of the result's C(leftovers).

    :param ami: from image_status.amis().
    :returns: {C(region), C(account_id), C(ami_id), C(name), C(status): present or unknown, C(reason)}; None if the AMI
        does not exist.
    """
    result = {key: ami[key] for key in ("region", "account_id", "ami_id", "name")}
    if drift.lacks_target(ami):
        return {**result, "status": UNKNOWN, "reason": "Image Builder does not say where it is"}
    try:
        client = accounts.client("ec2", ami["region"], ami["account_id"])
        if understood(lambda: describe_image(client, ami["ami_id"])) is None:
            return None
    except RoleNotAssumed as error:
        return {**result, "status": UNKNOWN, "reason": role_not_assumed_text(error)}
    except Unreadable as error:
        return {**result, "status": UNKNOWN, "reason": str(error)}
    return {**result, "status": "present", "reason": None}


class _TargetComparison:
    """The comparison of one target."""

    def __init__(self, context: Context, target: drift.WantedTarget) -> None:
        self._context = context
        self._target = target
        self._ami_id = context.live.get(target.key) if target.owner else None
        self._drift: list[dict[str, Any]] = []
        self._unreadable: list[str] = []
        self._not_checked: list[str] = []

    def compare(self) -> dict[str, Any]:
        """The result for this target, which also contains what went wrong."""
        target, ami_id = self._target, self._ami_id
        if self._context.image_arn is None:
            return self._result(MISSING, "no image has been distributed with this configuration yet")
        if target.owner and not ami_id:
            return self._without_ami()
        try:
            self._client("ec2")
        except RoleNotAssumed as error:
            return self._result(UNKNOWN, role_not_assumed_text(error))
        if target.owner and ami_id:
            image = self._read(lambda: describe_image(self._client("ec2"), ami_id))
            if image is None and not self._unreadable:
                return self._result(MISSING, f"{ami_id} does not exist any more; distribute the image again")
            owner = (image or {}).get("OwnerId")
            if owner not in (None, target.account_id):
                # The AMI id may come from a tag that anybody can write.
                return self._result(
                    UNKNOWN, f"{ami_id} belongs to account {owner}, so it is not the AMI of this target"
                )
            if image:
                self._read(lambda: self._compare_ami(image))
        self._compare_templates()
        self._compare_parameters()
        self._name_what_is_not_checked()
        reason = "; ".join(self._unreadable) or None
        # What could not be read may have drifted.
        return self._result(DRIFTED if self._drift else UNKNOWN if reason else IN_SYNC, reason)

    def _without_ami(self) -> dict[str, Any]:
        context = self._context
        image = f"{context.image_arn} ({context.image_state})"
        if context.amis_without_target:
            shown = ", ".join(context.amis_without_target)
            return self._result(UNKNOWN, f"Image Builder does not say where these AMIs of {image} are: {shown}")
        if context.image_state in COMPLETE and not context.live:
            return self._result(UNKNOWN, f"Image Builder does not name any AMI of {image}")
        return self._result(MISSING, f"{image} has no AMI here; distribute the image again")

    def _result(self, status: str, reason: str | None) -> dict[str, Any]:
        return {
            "region": self._target.region,
            "account_id": self._target.account_id,
            "ami_id": self._ami_id,
            "status": status,
            "drift": self._drift,
            "not_checked": self._not_checked,
            "reason": reason,
        }

    def _client(self, service: str, account_id: str | None = None) -> Any:
        return self._context.accounts.client(service, self._target.region, account_id or self._target.account_id)

    def _read(self, function: Callable[[], Any], otherwise: Any = None) -> Any:
        """The result of a function that reads; C(otherwise) if it cannot, which is noted for the reason."""
        try:
            return understood(function)
        except Unreadable as error:
            self._unreadable.append(str(error))
            return otherwise

    # -- the AMI -------------------------------------------------------------------------------------------------

    def _compare_ami(self, image: dict[str, Any]) -> None:
        target = self._target
        self._drift += self._read(lambda: drift.state({"State": member(image, "State", "DescribeImages")}), [])
        self._drift += drift.texts(target, image) + drift.ami_tags(target, image)
        ec2 = self._client("ec2")
        permissions = self._read(
            lambda: ask(ec2, "describe_image_attribute", ImageId=self._ami_id, Attribute="launchPermission")
        )
        if permissions is not None:
            launch_permissions = permissions.get("LaunchPermissions", [])
            self._drift += drift.launch_permissions(target, launch_permissions, self._context.target_accounts)
        key = drift.wanted_key(target)
        if key:
            self._drift += self._read(lambda: self._encryption(image, key), [])
        self._optional("license_configuration_arns", target.entry.get("licenseConfigurationArns"), self._licences)
        for item in target.fast_launches:
            self._optional("fast_launch_configurations", item["enabled"], partial(self._fast_launch, item))
        if target.own:
            self._optional("s3_export_configuration", target.entry.get("s3ExportConfiguration"), self._export)

    def _encryption(self, image: dict[str, Any], key: str) -> list[dict[str, Any]]:
        blocks = [mapping.get("Ebs", {}).get("SnapshotId") for mapping in image.get("BlockDeviceMappings", [])]
        ids = [snapshot for snapshot in blocks if snapshot]
        if not ids:
            raise Unreadable(f"kms_key_id: EC2 names no snapshot of {self._ami_id}, so its key is not known")
        answer = ask(self._client("ec2"), "describe_snapshots", SnapshotIds=ids)
        snapshots = member(answer, "Snapshots", "DescribeSnapshots")
        if len(snapshots) < len(ids):
            raise Unreadable(f"kms_key_id: EC2 does not show all of the snapshots {', '.join(ids)}")
        return drift.encryption(self._target, snapshots, self._key_arn(key) if drift.is_alias(key) else key)

    def _key_arn(self, alias: str) -> str:
        """The ARN of the key behind an alias, according to this account or the one that the alias names."""
        accounts = [self._target.account_id]
        if alias.startswith("arn:"):
            accounts.append(account_of(alias))
        first: Unreadable | None = None
        for account_id in dict.fromkeys(accounts):
            try:
                answer = ask(self._client("kms", account_id), "describe_key", KeyId=alias)
                result: str = member(member(answer, "KeyMetadata", "DescribeKey"), "Arn", "DescribeKey")
                return result
            except Unreadable as error:
                first = first or error
            except RoleNotAssumed as error:
                first = first or Unreadable(role_not_assumed_text(error))
        raise first or Unreadable(f"kms_key_id: there is no account in which to look up {alias}")

    def _optional(self, option: str, wanted: Any, compare: Callable[[], list[dict[str, Any]]]) -> None:
        """Compares an option that not every account lets us read. Without it, the rest of the target is compared."""
        if not wanted:
            return
        if not self._target.own:
            self._not_checked.append(f"{option} (not checked in another account)")
            return
        try:
            self._drift += understood(compare)
        except Unreadable as error:
            self._not_checked.append(f"{option} ({error})")

    def _licences(self) -> list[dict[str, Any]]:
        client = self._client("license-manager")
        arn = f"arn:{self._context.partition}:ec2:{self._target.region}::image/{self._ami_id}"
        licences = pages(
            client, "list_license_specifications_for_resource", "LicenseSpecifications", "NextToken", ResourceArn=arn
        )
        arns = [member(item, "LicenseConfigurationArn", "ListLicenseSpecificationsForResource") for item in licences]
        return drift.licences(self._target, arns)

    def _fast_launch(self, wanted: ApiFastLaunch) -> list[dict[str, Any]]:
        answer = ask(self._client("ec2"), "describe_fast_launch_images", ImageIds=[self._ami_id])
        images = member(answer, "FastLaunchImages", "DescribeFastLaunchImages")
        return drift.fast_launch(wanted, next(iter(images), None))

    def _export(self) -> list[dict[str, Any]]:
        wanted = self._target.entry["s3ExportConfiguration"]
        tasks = pages(self._client("ec2"), "describe_export_image_tasks", "ExportImageTasks", "NextToken")
        differences = drift.export(wanted, tasks, self._ami_id or "")
        if differences is None:
            raise Unreadable("EC2 lists no task that exported this AMI there; it does not keep them forever")
        return differences

    # -- references -------------------------------------------------------------------------------------------

    def _compare_templates(self) -> None:
        expected = drift.expected_in_template(self._target, self._context.live, self._context.account_id)
        for wanted in self._target.templates:
            if expected:
                self._drift += self._read(partial(self._template, wanted, expected), [])
            else:
                self._unreadable.append(f"it is not known which AMI {wanted['launchTemplateId']} should hold")

    def _template(self, wanted: ApiLaunchTemplate, expected: list[str]) -> list[dict[str, Any]]:
        ec2, identifier = self._client("ec2"), wanted["launchTemplateId"]
        answer = ask(ec2, "describe_launch_templates", _NO_TEMPLATE_CODES, LaunchTemplateIds=[identifier])
        template = None
        if answer is not None:
            template = next(iter(member(answer, "LaunchTemplates", "DescribeLaunchTemplates")), None)
        versions = []
        if template:
            members = ("LaunchTemplateVersions", "NextToken")
            versions = pages(ec2, "describe_launch_template_versions", *members, LaunchTemplateId=identifier)
            member(template, "DefaultVersionNumber", "DescribeLaunchTemplates")
        self._drift += drift.launch_template(wanted, template, versions, expected)
        return self._launchable(wanted, drift.launched_by_template(template, versions, expected))

    def _launchable(self, wanted: ApiLaunchTemplate, ami_id: str | None) -> list[dict[str, Any]]:
        """The drift if a launch template's account may not launch the AMI in it, which is the source account's."""
        target, own = self._target, self._context.account_id
        if target.own or not ami_id or ami_id != self._context.live.get(Target(target.region, own)):
            return []
        ec2 = self._client("ec2", own)
        answer = ask(ec2, "describe_image_attribute", ImageId=ami_id, Attribute="launchPermission")
        permissions = drift.principals(answer.get("LaunchPermissions", []))
        differs = drift.template_permission(wanted, target.account_id, permissions)
        # EC2 in that account knows whether the account belongs to an organization or OU.
        through_arns = differs and any(principal.startswith("arn:") for principal in permissions)
        return [] if through_arns and describe_image(self._client("ec2"), ami_id) else differs

    def _compare_parameters(self) -> None:
        ami_id = self._context.live.get(self._target.key)
        for wanted in self._target.parameters:
            name = wanted["parameterName"]
            if not ami_id:
                self._unreadable.append(f"it is not known which AMI the SSM parameter {name} should hold")
                continue
            answer = self._read(partial(self._parameter, name), {})
            if answer != {}:
                self._drift += self._read(partial(drift.ssm_parameter, wanted, answer, ami_id), [])

    def _parameter(self, name: str) -> dict[str, Any] | None:
        answer = ask(self._client("ssm"), "get_parameter", _NO_PARAMETER_CODES, Name=name)
        return None if answer is None else member(answer, "Parameter", "GetParameter")

    def _name_what_is_not_checked(self) -> None:
        if not self._target.own:
            return
        if self._target.entry.get("containerDistributionConfiguration"):
            self._not_checked.append("container_distribution_configuration (not part of an AMI's distribution)")
