# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distributions -> the IAM statements that their features need, limited to the smallest resources that IAM allows.

Source of the resources and condition keys of each action: AWS service authorization reference (Amazon EC2, AWS KMS, AWS
Systems Manager, AWS License Manager, AWS IAM). Source of the actions that a feature needs, and of the conditions under
which AWS itself grants them: the AWS managed policies EC2ImageBuilderExecutionPolicy (v2),
Ec2ImageBuilderCrossAccountDistributionAccess (v1) and EC2FastLaunchFullAccess (v5); Image Builder user guide, "Set up
cross-account AMI distribution".
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple
from typing import Optional

from ..arns import account_of
from ..arns import Arn
from ..arns import region_of
from ..configuration.conversion import parameters_in
from ..forms import ApiDistribution
from ..forms import ApiFastLaunch
from ..targets import DESTINATION_ROLE
from ..targets import distributes_an_ami
from ..targets import target_accounts
from .fast_launch_statements import DESCRIBE_ACTIONS
from .fast_launch_statements import launching
from .fast_launch_statements import preparing
from .key_statements import destination_keys
from .key_statements import execution_keys
from .policy_document import Statement
from .policy_document import statement

# Image Builder sets this tag on what it creates, and AWS's own policies require it.
_MADE_BY_IMAGE_BUILDER = {"StringEquals": {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}}
_TAGGED_BY_IMAGE_BUILDER = {"StringEquals": {"aws:RequestTag/CreatedBy": "EC2 Image Builder"}}

# The keys of the tags that AWS itself sets on AMIs that Image Builder makes.
_OWN_TAGS = {"CreatedBy", "Ec2ImageBuilderArn"}

# Prefixes of the parameters that EC2ImageBuilderExecutionPolicy allows writing, and of those that it allows reading.
_MANAGED_PARAMETERS = ("imagebuilder/",)
_MANAGED_TO_READ = ("imagebuilder/", "aws/service/")

# Action -> prefixes of the types of resources that it accepts, so that statements can be merged without allowing more.
# Source: service authorization reference.
KINDS = {
    "ec2:CancelExportTask": ("ec2:export-image-task",),
    "ec2:CopyImage": ("ec2:image", "ec2:snapshot"),
    "ec2:CreateLaunchTemplateVersion": ("ec2:launch-template",),
    "ec2:CreateSnapshot": ("ec2:snapshot", "ec2:volume"),
    "ec2:CreateTags": ("ec2:",),
    "ec2:DeleteSnapshot": ("ec2:snapshot",),
    "ec2:EnableFastLaunch": ("ec2:image", "ec2:launch-template"),
    "ec2:ExportImage": ("ec2:image", "ec2:export-image-task"),
    "ec2:ModifyImageAttribute": ("ec2:image",),
    "ec2:ModifyLaunchTemplate": ("ec2:launch-template",),
    "ec2:ModifySnapshotAttribute": ("ec2:snapshot",),
    "ec2:RunInstances": ("ec2:", "license-manager:"),
    "ec2:StopInstances": ("ec2:instance",),
    "ec2:TerminateInstances": ("ec2:instance",),
    "license-manager:UpdateLicenseSpecificationsForResource": ("license-manager:",),
    "logs:CreateLogGroup": ("logs:",),
    "logs:CreateLogStream": ("logs:",),
    "logs:PutLogEvents": ("logs:",),
    "ssm:GetParameter": ("ssm:",),
    "ssm:PutParameter": ("ssm:",),
}


# Entries of distributions in API form.
Entries = Sequence[ApiDistribution]

# Operator -> condition key -> value or values.
Condition = dict[str, dict[str, Any]]

# A statement is None where there is nothing to allow.
Statements = Iterator[Optional[Statement]]


class Role(NamedTuple):
    """The role that gets a policy. The fields not explained here are those of permissions.policy()."""

    side: str
    account: str
    partition: str
    home: str
    destinations: tuple[str, ...]  # the other accounts in which it assumes a role
    source_keys: tuple[str, ...]
    template_roles: tuple[str, ...]
    log_group: str | None
    short: bool  # whether a small policy matters more than a readable one

    def arn(self, service: str, region: str, resource: str, account: str | None = None) -> str:
        """Makes an ARN in this partition, and in this account unless another is given."""
        owner = self.account if account is None else account
        return str(Arn(self.partition, service, region, owner, resource))

    def images(self, regions: Iterable[str], kinds: Collection[str] = ("image",)) -> list[str]:
        """Makes ARNs of images or snapshots, which do not contain an account."""
        return [self.arn("ec2", region, kind + "/*", account="") for region in regions for kind in kinds]

    def owns(self, account: str | None) -> bool:
        """Whether this role acts in the account. None means the account of the configuration."""
        return account == self.account or (account is None and self.side == "source")


# -- the execution role --------------------------------------------------------------------------------------------


def execution_statements(distributions: Entries, role: Role, whole: bool) -> Statements:
    """Yields the statements, some None, for the execution role.

    :param distributions: entries in API form.
    :param whole: True for all permissions, False for those that EC2ImageBuilderExecutionPolicy lacks: parameters
        outside C(/imagebuilder/) (for reading, also C(/aws/service/)), log groups outside C(/aws/imagebuilder/), and
        source images and Fast Launch templates that do not have Image Builder's tag.
    """
    entries = [entry for entry in distributions if distributes_an_ami(entry)]
    if whole:
        yield from _copying(entries, role)
    yield from _sharing(entries, role, whole)
    if whole:
        yield _assuming(role)
        named = [(key, entry["region"]) for entry in entries for key in _keys(entry)]
        named += [(key, role.home) for key in role.source_keys]
        yield from execution_keys(named, role)
        yield from _launch_templates(entries, role)
        yield statement(
            "AssociateLicenses",
            ["license-manager:UpdateLicenseSpecificationsForResource"],
            [arn for entry in entries for arn in entry.get("licenseConfigurationArns", [])],
        )
    yield _parameters(entries, role, but_for=() if whole else _MANAGED_PARAMETERS)
    yield _parameters_in_tags(entries, role, but_for=() if whole else _MANAGED_TO_READ)
    yield from _fast_launch(entries, role, whole)
    yield from _export(entries, role, whole)
    yield _logs(role, whole)


def _copying(entries: Entries, role: Role) -> Statements:
    if not entries:
        return
    regions = {role.home} | {entry["region"] for entry in entries}
    describes = ["ec2:DescribeImages", "ec2:DescribeSnapshots"]
    if _templates(entries, role) or _fast_launch_templates(entries, role):
        describes += ["ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"]
    if fast_launches(entries, role.account):
        describes += DESCRIBE_ACTIONS
    if any("s3ExportConfiguration" in entry for entry in entries):
        describes += ["ec2:DescribeExportImageTasks"]
    yield _describing(describes, regions)
    # IAM checks both the source and the copy, each in its own Region.
    yield statement("CopyImages", ["ec2:CopyImage"], role.images(regions, ["image", "snapshot"]))
    yield from _tagging(entries, role)


def _tagging(entries: Entries, role: Role) -> Statements:
    """Yields statements for the tags that Image Builder sets on AMIs and snapshots of this account.

    A copy gets the tags of its entry and AWS's own. AWS's managed policy requires its own tag in requests about
    snapshots but not in requests about images. No page says whether an image gets all its tags in one request, so we do
    not require a tag for images either. In the home Region nothing is copied: the source image itself gets the tags of
    the entry, so only their keys and those of AWS's own tags are allowed there. Source: the service team's sample
    distribution/cross-account-amis.
    """
    copied = {entry["region"] for entry in entries if role.account in _owners(entry, role)} - {role.home}
    yield statement("TagImages", ["ec2:CreateTags"], role.images(copied))
    yield statement("TagSnapshots", ["ec2:CreateTags"], role.images(copied, ["snapshot"]), _TAGGED_BY_IMAGE_BUILDER)
    keys = {
        key
        for entry in entries
        if entry["region"] == role.home
        for key in entry.get("amiDistributionConfiguration", {}).get("amiTags", {})
    }
    yield statement(
        "TagSourceImage",
        ["ec2:CreateTags"],
        role.images({role.home}) if keys else [],
        {"ForAllValues:StringEquals": {"aws:TagKeys": sorted(keys | _OWN_TAGS)}},
    )


def _describing(actions: Iterable[str], regions: Iterable[str]) -> Statement | None:
    # EC2 does not allow limiting these actions to resources, only to Regions. Source: service authorization reference,
    # Amazon EC2: DescribeImages, DescribeSnapshots, DescribeLaunchTemplates, DescribeLaunchTemplateVersions and
    # DescribeExportImageTasks have no resource type, only the condition key ec2:Region. Those of Fast Launch have "*"
    # in EC2FastLaunchServiceRolePolicy too.
    return statement("Describe", actions, ["*"], {"StringEquals": {"ec2:Region": sorted(regions)}})


def _sharing(entries: Entries, role: Role, whole: bool) -> Statements:
    """Yields statements for sharing this account's own AMIs. A target account's role shares that account's AMIs.

    The source image is also shared with each target account, which copies it itself, in any Region: the service team's
    sample lets the roles of target accounts use the key of the source. Unless AMIs will be public, snapshots must not
    be made public. IAM does not have such a condition key for images (service authorization reference: ec2:Add/group).
    """
    regions, public = set(), False
    for entry in entries:
        permission: Mapping[str, Any] = entry.get("amiDistributionConfiguration", {}).get("launchPermission", {})
        public = public or any("all" in permission.get(member, []) for member in ("userGroups", "userIds"))
        if any(permission.values()) and (entry["region"] == role.home or role.account in _owners(entry, role)):
            regions.add(entry["region"])
        # An account can copy an AMI only if the AMI and its snapshots are shared with it.
        if any(account != role.account for account in target_accounts(entry)):
            regions.add(role.home)
    actions = ["ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute"]
    private = {} if public else {"Null": {"ec2:Add/group": "true"}}
    yield from _on_images("Share", actions, regions, role, whole, ["image", "snapshot"], private)


def _on_images(
    verb: str,
    actions: list[str],
    regions: set[str],
    role: Role,
    whole: bool,
    kinds: Collection[str] = ("image",),
    condition: Condition | None = None,
) -> Statements:
    """Yields statements for images. Copies have Image Builder's tag; a source image may have been built otherwise."""
    more = condition or {}
    if whole:
        away = role.images(regions - {role.home}, kinds)
        yield statement(verb + "Images", actions, away, {**_MADE_BY_IMAGE_BUILDER, **more})
    yield statement(verb + "SourceImage", actions, role.images(regions & {role.home}, kinds), more)


def _assuming(role: Role) -> Statement | None:
    name = "role/" + DESTINATION_ROLE
    if not role.short:
        arns = [role.arn("iam", "", name, account) for account in role.destinations]
        return statement("AssumeDestinationRoles", ["sts:AssumeRole"], arns)
    # The same accounts in fewer characters.
    return statement(
        "AssumeDestinationRoles",
        ["sts:AssumeRole"],
        [role.arn("iam", "", name, "*")] if role.destinations else [],
        {"StringEquals": {"aws:ResourceAccount": role.destinations}},
    )


def _parameters(entries: Entries, role: Role, but_for: tuple[str, ...] = ()) -> Statement | None:
    names = [
        (entry["region"], parameter["parameterName"].lstrip("/"))
        for entry in entries
        for parameter in entry.get("ssmParameterConfigurations", [])
        if role.owns(parameter.get("amiAccountId"))
    ]
    return statement(
        "PutParameters",
        ["ssm:PutParameter"],
        [role.arn("ssm", region, "parameter/" + name) for region, name in names if not name.startswith(but_for)],
    )


def _parameters_in_tags(entries: Entries, role: Role, but_for: tuple[str, ...]) -> Statement | None:
    """Returns the statement for reading the parameters in tags of AMIs, written as C({{ ssm:name }}).

    AWS's example of CreateDistributionConfiguration has such a tag, but no page says who reads the parameter, and
    where. We assume the same as for the source image: the execution role, in the home Region.
    """
    names = {name.lstrip("/") for entry in entries for dummy, name in tag_parameters(entry)}
    return statement(
        "ReadParametersInTags",
        ["ssm:GetParameter"],
        [
            name if name.startswith("arn:") else role.arn("ssm", role.home, "parameter/" + name)
            for name in names
            if not name.startswith(but_for)
        ],
    )


def _launch_templates(entries: Entries, role: Role, condition: Condition | None = None) -> Statements:
    templates = _templates(entries, role)
    defaults = {arn for arn, default in templates.items() if default}
    create = "ec2:CreateLaunchTemplateVersion"
    yield statement("UpdateLaunchTemplates", [create, "ec2:ModifyLaunchTemplate"], defaults, condition)
    yield statement("AddLaunchTemplateVersions", [create], set(templates) - defaults, condition)
    if templates or _fast_launch_templates(entries, role):
        # CreateLaunchTemplateVersion and RunInstances depend on PassRole if a template names an instance profile.
        principals = ["ec2.amazonaws.com"] + (["ec2.amazonaws.com.cn"] if role.partition == "aws-cn" else [])
        yield statement(
            "PassInstanceRoles",
            ["iam:PassRole"],
            [arn for arn in role.template_roles if account_of(arn) == role.account],
            {"StringEquals": {"iam:PassedToService": principals}},
        )


def _fast_launch(entries: Entries, role: Role, whole: bool) -> Statements:
    launches = fast_launches(entries, role.account)
    templates = _fast_launch_templates(entries, role)
    if not launches:
        return
    regions = {entry["region"] for entry, dummy in launches}
    yield from preparing(regions, role, whole)
    if len(templates) < len(launches):
        # Fast Launch without a template needs EC2FastLaunchFullAccess (see permissions.managed_policies), which allows
        # the rest.
        return
    yield from _on_images("EnableFastLaunchOn", ["ec2:EnableFastLaunch"], regions, role, whole)
    # EC2 checks that its caller may launch what Fast Launch will prepare.
    # Source: EC2 user guide, "Configure EC2 Fast Launch settings for your Windows AMI".
    actions = ["ec2:EnableFastLaunch"] + (["ec2:RunInstances"] if whole else [])
    ids = [role.arn("ec2", region, "launch-template/" + name) for region, name in templates if name]
    yield statement("FastLaunchTemplates", actions, ids)
    if not whole:
        return
    # The ARN of a launch template contains its id, so a template given by name is limited by AWS's tag instead.
    by_name = [role.arn("ec2", region, "launch-template/*") for region, name in templates if not name]
    yield statement("FastLaunchTemplatesByName", actions, by_name, _MADE_BY_IMAGE_BUILDER)
    yield from launching(regions, role)


def _export(entries: Entries, role: Role, whole: bool) -> Statements:
    exports = [
        (entry["region"], entry["s3ExportConfiguration"]) for entry in entries if "s3ExportConfiguration" in entry
    ]
    regions = {region for region, dummy in exports}
    yield from _on_images("Export", ["ec2:ExportImage"], regions, role, whole)
    if not whole:
        return
    tasks = [role.arn("ec2", region, "export-image-task/*") for region in regions]
    yield statement("StartExportTasks", ["ec2:ExportImage"], tasks)
    yield statement("TagExportTasks", ["ec2:CreateTags"], tasks)
    yield statement("CancelExportTasks", ["ec2:CancelExportTask"], tasks, _MADE_BY_IMAGE_BUILDER)
    yield statement(
        "PassExportRoles",
        ["iam:PassRole"],
        [role.arn("iam", "", "role/" + export["roleName"]) for dummy, export in exports],
        {"StringEquals": {"iam:PassedToService": "vmie.amazonaws.com"}},
    )


def _logs(role: Role, whole: bool) -> Statement | None:
    if role.log_group:
        names = [role.log_group, role.log_group + ":*"]
    else:
        names = ["/aws/imagebuilder/*"] if whole else []
    return statement(
        "WriteLogs",
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        [role.arn("logs", role.home, "log-group:" + name) for name in names],
    )


# -- the destination role ------------------------------------------------------------------------------------------


def destination_statements(distributions: Entries, role: Role) -> Statements:
    """Yields the statements, some None, that DESTINATION_ROLE in one account needs beyond its AWS managed policy."""
    templates = _templates(distributions, role)
    describes: dict[str, set[str]] = {}
    for entry in distributions:
        for parameter in entry.get("ssmParameterConfigurations", []):
            if role.owns(parameter.get("amiAccountId")) and parameter.get("dataType") != "text":
                describes.setdefault("ec2:DescribeImages", set()).add(entry["region"])
    for arn in templates:
        describes.setdefault("ec2:DescribeLaunchTemplates", set()).add(region_of(arn))
    if describes:
        yield _describing(describes, set().union(*describes.values()))

    receiving = [entry for entry in distributions if role.account in target_accounts(entry)]
    named = [(key, entry["region"]) for entry in receiving for key in _keys(entry)]
    # The account copies the source image itself, so it decrypts with the source's key too.
    named += [(key, role.home) for key in role.source_keys if receiving]
    yield from destination_keys(named, role)
    yield from _launch_templates(distributions, role, _MADE_BY_IMAGE_BUILDER)
    yield statement("TagLaunchTemplates", ["ec2:CreateTags"], templates, _TAGGED_BY_IMAGE_BUILDER)
    yield _parameters(distributions, role)


# -- reading distributions -----------------------------------------------------------------------------------------


def _owners(entry: ApiDistribution, role: Role) -> list[str]:
    """Returns the accounts that own an AMI of this entry: the listed ones, or else the configuration's own."""
    return target_accounts(entry) or [role.account]


def tag_parameters(entry: ApiDistribution) -> list[tuple[str, str]]:
    """Returns (key of the tag, name of the SSM parameter) of all parameters in tags of AMIs."""
    tags = entry.get("amiDistributionConfiguration", {}).get("amiTags", {})
    return [(key, name) for key, text in tags.items() for name in parameters_in(text)]


def fast_launches(distributions: Entries, account_id: str) -> list[tuple[ApiDistribution, ApiFastLaunch]]:
    """Returns (entry, Fast Launch configuration) of those that have an effect: enabled, and for the account itself."""
    return [
        (entry, fast)
        for entry in distributions
        for fast in entry.get("fastLaunchConfigurations", [])
        if fast.get("enabled") and fast.get("accountId") in (None, account_id)
    ]


def _fast_launch_templates(entries: Entries, role: Role) -> list[tuple[str, str | None]]:
    """Returns (Region, launch template id, or None if it is given by name) of each Fast Launch with a template."""
    if role.side != "source":
        return []
    return [
        (entry["region"], fast["launchTemplate"].get("launchTemplateId"))
        for entry, fast in fast_launches(entries, role.account)
        if fast.get("launchTemplate")
    ]


def _templates(entries: Entries, role: Role) -> dict[str, bool]:
    """Returns the launch templates that this role updates: ARN -> whether the new version becomes the default."""
    templates: dict[str, bool] = {}
    for entry in entries:
        for template in entry.get("launchTemplateConfigurations", []):
            if role.owns(template.get("accountId")):
                arn = role.arn("ec2", entry["region"], "launch-template/" + template["launchTemplateId"])
                # The API's default is true.
                templates[arn] = templates.get(arn, False) or template.get("setDefaultVersion") is not False
    return templates


def _keys(entry: ApiDistribution) -> list[str]:
    key = entry.get("amiDistributionConfiguration", {}).get("kmsKeyId")
    return [key] if key else []
