# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the entries of C(distributions) against the rules in entry_rules, which need no request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from .. import regions
from ..arns import name_of
from ..arns import parse
from ..configuration.conversion import BUILD_DATE
from ..configuration.conversion import placeholders_unified
from ..forms import ApiDistribution
from ..suggestions import nearest
from .rules import Violation
from .rules import violation

# The minimum of EC2's EnableFastLaunch. The model of Image Builder says 1.
_MINIMUM_PARALLEL_LAUNCHES = 6

# Limits of SSM's PutParameter: levels of a hierarchy, and characters of a name including the part of the ARN before it.
_MOST_LEVELS = 15
_MOST_CHARACTERS = 1011

EVERYBODY = "all"

# The member of an entry that AWS does not count as an output.
_NOT_AN_OUTPUT = "region"

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_KNOWN_PLACEHOLDERS = ("imagebuilder:buildDate", "imagebuilder:buildVersion")
_REGISTRY = re.compile(r"(?:https?://)?[0-9]{12}\.dkr[.-]ecr[^/]*/(.+)|public\.ecr\.aws/(?:[^/]+/)?(.+)")


def violations(
    distributions: Sequence[ApiDistribution],
    home_region: str | None = None,
    account_id: str | None = None,
    path: str = "distributions",
    kept_regions: Iterable[str] = (),
) -> list[Violation]:
    """Returns all violations of the rules, errors and warnings, in the order of the entries.

    :param distributions: entries in API form.
    :param home_region: the Region of the configuration. If it is None, rules that depend on it are not checked.
    :param account_id: the account of the configuration. If it is None, rules that depend on it are not checked.
    :param path: the option path of C(distributions).
    :param kept_regions: the Regions of other entries that the configuration keeps.
    """
    broken = list(_regions_twice(distributions, path))
    for index, body in enumerate(distributions):
        entry = Entry.read(body, f"{path}[{index}]", home_region, account_id)
        for check in _CHECKS:
            broken += check(entry)
    listed = [*kept_regions, *(body.get("region") for body in distributions)]
    if distributions and home_region and home_region not in listed:
        broken += _without_home(distributions, home_region, path)
    return broken


class Entry(NamedTuple):
    """One entry of C(distributions), and the facts about it that the rules need.

    C(body): the entry in API form; C(path): its option path; C(home_region), C(account_id): those of the configuration,
    None if unknown; C(ami), C(permission): the settings of the AMI and its launch permissions; C(targets): the listed
    target accounts.
    """

    body: Mapping[str, Any]
    path: str
    region: Any
    home_region: str | None
    account_id: str | None
    ami: Mapping[str, Any]
    targets: list[str]
    permission: Mapping[str, Any]

    @classmethod
    def read(cls, body: Mapping[str, Any], path: str, home_region: str | None, account_id: str | None) -> Entry:
        """Makes an Entry from its API form."""
        ami = body.get("amiDistributionConfiguration", {})
        permission = ami.get("launchPermission", {})
        targets = ami.get("targetAccountIds", [])
        return cls(body, path, body.get("region"), home_region, account_id, ami, targets, permission)

    @property
    def home(self) -> bool | None:
        """Whether the entry is that of the home Region. None if the home Region is unknown."""
        return self.region == self.home_region if self.home_region else None

    @property
    def others(self) -> list[str]:
        """The target accounts except the configuration's own. Empty if the own account is unknown."""
        return [account for account in self.targets if account != self.account_id] if self.account_id else []

    @property
    def own_ami(self) -> bool | None:
        """Whether the configuration's own account gets an AMI in this Region. None if that is unknown.

        In the home Region it always has one: the image itself.
        """
        if self.home or not self.targets:
            return True
        return None if self.home is None or not self.account_id else self.account_id in self.targets

    @property
    def encrypts(self) -> bool:
        """Whether AWS encrypts an AMI with the entry's key. It encrypts only copies, not the image itself."""
        return bool(self.ami.get("kmsKeyId")) and (self.home is False or bool(self.others))

    @property
    def ami_path(self) -> str:
        """The option path of the AMI settings."""
        return f"{self.path}.ami_distribution_configuration"

    def case(
        self, rule_id: str, path: str, value: Any = None, account_id: str | None = None, **facts: Any
    ) -> Violation:
        """Makes a Violation in this entry."""
        return violation(rule_id, path, value, self.region, account_id or self.account_id, **facts)


# -- Regions -----------------------------------------------------------------------------------------------------------


def _regions_twice(distributions: Sequence[ApiDistribution], path: str) -> Iterator[Violation]:
    first: dict[Any, int] = {}
    for index, body in enumerate(distributions):
        region = body.get("region")
        if region in first:
            region_path = f"{path}[{index}].region"
            yield violation("region_twice", region_path, region, region, first=f"{path}[{first[region]}]")
        elif region is not None:
            first[region] = index


def _without_home(distributions: Sequence[ApiDistribution], home_region: str, path: str) -> Iterator[Violation]:
    """Yields the first setting of another Region for which AWS needs an entry of the home Region."""
    for index, body in enumerate(distributions):
        if body.get("launchTemplateConfigurations"):
            option = "launch_template_configurations"
        elif body.get("amiDistributionConfiguration", {}).get("targetAccountIds"):
            option = "ami_distribution_configuration.target_account_ids"
        else:
            continue
        option_path = f"{path}[{index}].{option}"
        yield violation("home_region_missing", option_path, None, body.get("region"), home_region=home_region)
        return


def _region(entry: Entry) -> Iterator[Violation]:
    name, path = entry.region, f"{entry.path}.region"
    if not isinstance(name, str) or not name:
        return
    partition = regions.partition_of(name)
    home = regions.partition_of(entry.home_region) if entry.home_region else None
    if partition and home and partition != home:
        facts = {"partition": partition, "home_partition": home, "home_region": entry.home_region}
        yield entry.case("region_of_another_partition", path, name, **facts)
    elif not regions.is_known(name):
        advice = regions.advice(name, home)
        if regions.meant(name) or not regions.is_well_formed(name):
            yield entry.case("region_malformed", path, name, suggestion=advice or "write a name such as us-east-1")
        else:
            likely = f"{advice} " if advice else ""
            yield entry.case("region_unknown", path, name, suggestion=f"{likely}A newer botocore knows newer Regions")


def _outputs(entry: Entry) -> Iterator[Violation]:
    if not set(entry.body) - {_NOT_AN_OUTPUT}:
        yield entry.case("no_output", entry.path, entry.region)
    if entry.ami and "containerDistributionConfiguration" in entry.body:
        yield entry.case("ami_and_container", entry.path, entry.region)


# -- names -------------------------------------------------------------------------------------------------------------


def _ami_name(entry: Entry) -> Iterator[Violation]:
    name, path = entry.ami.get("name"), f"{entry.ami_path}.name"
    if not name:
        return
    if BUILD_DATE not in placeholders_unified(name):
        formatted = re.search(r"\{\{\s*imagebuilder:buildDate:", name)
        rule = "ami_name_with_formatted_date" if formatted else "ami_name_without_build_date"
        yield entry.case(rule, path, name)
    yield from _placeholders(entry, path, name)


def _tags(entry: Entry) -> Iterator[Violation]:
    tags = entry.ami.get("amiTags", {})
    for key, text in tags.items() if isinstance(tags, dict) else ():
        if isinstance(text, str):
            yield from _placeholders(entry, f"{entry.ami_path}.ami_tags[{key!r}]", text, "ssm:")


def _placeholders(entry: Entry, path: str, text: str, also: str = "imagebuilder:buildDate:") -> Iterator[Violation]:
    for name in _PLACEHOLDER.findall(text):
        if name in _KNOWN_PLACEHOLDERS or name.startswith((also, "imagebuilder:buildDate:")):
            continue
        near = nearest(name, _KNOWN_PLACEHOLDERS, cutoff=0.75)
        known = " or ".join(f"[[ {one} ]]" for one in ([near] if near else _KNOWN_PLACEHOLDERS))
        yield entry.case("placeholder_unknown", path, text, placeholder=name, suggestion=f"write {known}")


# -- keys --------------------------------------------------------------------------------------------------------------


def _key(entry: Entry) -> Iterator[Violation]:
    key, path = entry.ami.get("kmsKeyId"), f"{entry.ami_path}.kms_key_id"
    if not key:
        return
    if not entry.encrypts:
        if entry.home and (entry.account_id or not entry.targets):
            yield entry.case("key_unused_at_home", path, key)
        return
    arn = parse(key)
    if arn and arn.region != entry.region:
        yield entry.case("key_of_another_region", path, key, key_region=arn.region)
    name = arn.resource if arn else key
    if not arn and not name.startswith("alias/") and entry.others:
        yield entry.case("key_id_for_another_account", path, key, accounts=_listed(entry.others))
    if name.startswith("alias/aws/"):
        yield from _aws_managed_key(entry, path, key)
    if EVERYBODY in entry.permission.get("userGroups", []):
        yield entry.case("encrypted_public", path, key)
    if "s3ExportConfiguration" in entry.body and entry.home is False and entry.own_ami:
        yield entry.case("encrypted_export", path, key)


def _aws_managed_key(entry: Entry, path: str, key: str) -> Iterator[Violation]:
    """Yields violations for an AWS managed key, which only its own account can use.

    If the key is given by its alias alone, each account uses its own key.
    """
    arn = parse(key)
    copying = [*entry.others, *([entry.account_id] if entry.account_id and entry.own_ami and not entry.home else [])]
    strangers = [account for account in copying if arn and account != arn.account_id]
    if strangers:
        owner = arn.account_id if arn else ""
        yield entry.case(
            "aws_managed_key_for_another_account", path, key, accounts=_listed(strangers), key_account=owner
        )
    users = [
        f"account {user}"
        for user in entry.permission.get("userIds", [])
        if user != EVERYBODY and any(user != owner for owner in copying)
    ]
    users += entry.permission.get("organizationArns", []) + entry.permission.get("organizationalUnitArns", [])
    if users:
        yield entry.case("aws_managed_key_shared", path, key, principals=_listed(users))


# -- who may launch ----------------------------------------------------------------------------------------------------


def _groups(entry: Entry) -> Iterator[Violation]:
    path = f"{entry.ami_path}.launch_permission.user_groups"
    for index, group in enumerate(entry.permission.get("userGroups", [])):
        if group == EVERYBODY:
            yield entry.case("public", path)
        else:
            yield entry.case("user_group_unknown", f"{path}[{index}]", group, suggestion=_instead_of(str(group)))


def _instead_of(group: str) -> str:
    if re.fullmatch("[0-9 -]+", group):
        return "for an account, use user_ids"
    if group.lower() == EVERYBODY:
        return "write all"
    arn = parse(group)
    if arn and arn.service == "organizations":
        return f"for this, use {'organizational_unit_arns' if arn.kind == 'ou' else 'organization_arns'}"
    return "for accounts use user_ids, for organizations and OUs their own lists"


# -- launch templates, SSM parameters, Fast Launch ---------------------------------------------------------------------


def _templates(entry: Entry) -> Iterator[Violation]:
    permission = entry.permission
    shared = {*permission.get("userIds", []), *permission.get("userGroups", [])}
    # Organizations and OUs may contain the account; only a request could tell.
    widely = EVERYBODY in shared or permission.get("organizationArns") or permission.get("organizationalUnitArns")
    for index, template in enumerate(entry.body.get("launchTemplateConfigurations", [])):
        path = f"{entry.path}.launch_template_configurations[{index}]"
        account = template.get("accountId")
        if account and entry.account_id and account != entry.account_id:
            if account not in shared and not widely:
                account_path = f"{path}.account_id"
                yield entry.case("template_of_another_account", account_path, account, account_id=account)
        elif entry.own_ami is False:
            yield entry.case("template_without_ami", path, template.get("launchTemplateId"))


def _parameters(entry: Entry) -> Iterator[Violation]:
    for index, parameter in enumerate(entry.body.get("ssmParameterConfigurations", [])):
        path = f"{entry.path}.ssm_parameter_configurations[{index}]"
        name = parameter.get("parameterName")
        if isinstance(name, str):
            yield from _parameter_name(entry, f"{path}.parameter_name", name)
        account = parameter.get("amiAccountId")
        if account and entry.account_id and account != entry.account_id:
            if account not in entry.targets:
                account_path = f"{path}.ami_account_id"
                yield entry.case("parameter_of_another_account", account_path, account, account_id=account)
        elif entry.own_ami is False:
            yield entry.case("parameter_without_ami", path, name)


def _parameter_name(entry: Entry, path: str, name: str) -> Iterator[Violation]:
    """Yields violations for the name of an SSM parameter. Source: Systems Manager's PutParameter."""
    levels = [level for level in name.split("/") if level]
    if "/" in name and not name.startswith("/"):
        yield entry.case("parameter_hierarchy", path, name, suggestion=f"/{name}")
    if len(levels) > _MOST_LEVELS:
        yield entry.case("parameter_depth", path, name, levels=len(levels), most=_MOST_LEVELS)
    if name.lstrip("/").lower().startswith(("aws", "ssm")):
        yield entry.case("parameter_reserved", path, name)
    partition = regions.partition_of(str(entry.region)) or "aws"
    before = f"arn:{partition}:ssm:{entry.region}:{'0' * 12}:parameter/"
    length = len(before) + len(name.lstrip("/"))
    if length > _MOST_CHARACTERS:
        yield entry.case("parameter_length", path, name, length=length, most=_MOST_CHARACTERS)


def _fast_launch(entry: Entry) -> Iterator[Violation]:
    for index, fast in enumerate(entry.body.get("fastLaunchConfigurations", [])):
        path = f"{entry.path}.fast_launch_configurations[{index}]"
        launches = fast.get("maxParallelLaunches")
        if launches is not None and 1 <= launches < _MINIMUM_PARALLEL_LAUNCHES:
            option_path = f"{path}.max_parallel_launches"
            yield entry.case(
                "fast_launch_parallel", option_path, launches, fast.get("accountId"), least=_MINIMUM_PARALLEL_LAUNCHES
            )
        template = fast.get("launchTemplate")
        if template is not None:
            given = [name for name in ("launchTemplateId", "launchTemplateName") if template.get(name)]
            if len(given) != 1:
                option_path = f"{path}.launch_template"
                yield entry.case(
                    "fast_launch_template",
                    option_path,
                    suggestion=f"{'remove one of them' if given else 'add one of them'}",
                )
        account = fast.get("accountId")
        if account and entry.account_id and account != entry.account_id:
            yield entry.case("fast_launch_of_another_account", f"{path}.account_id", account, account_id=account)
        elif fast.get("enabled") and entry.own_ami is False:
            yield entry.case("fast_launch_without_ami", path)


# -- exports, repositories, licences -----------------------------------------------------------------------------------


def _export(entry: Entry) -> Iterator[Violation]:
    export = entry.body.get("s3ExportConfiguration")
    if export is None:
        return
    path = f"{entry.path}.s3_export_configuration"
    if any(fast.get("enabled") for fast in entry.body.get("fastLaunchConfigurations", [])):
        yield entry.case("fast_launch_export", path)
    if entry.own_ami is False:
        yield entry.case("export_without_ami", path)
    role, bucket = export.get("roleName") or "", export.get("s3Bucket") or ""
    if "/" in role or parse(role):
        yield entry.case("export_role_name", f"{path}.role_name", role, suggestion=name_of(role))
    arn = parse(bucket)
    plain = arn.resource if arn else re.sub("^s3://", "", bucket)
    if plain.strip("/") != bucket or "/" in bucket:
        name, dummy, prefix = plain.strip("/").partition("/")
        more = f" and s3_prefix: {prefix}/" if prefix else ""
        yield entry.case("export_bucket_name", f"{path}.s3_bucket", bucket, suggestion=f"{name}{more}")


def _repository(entry: Entry) -> Iterator[Violation]:
    container = entry.body.get("containerDistributionConfiguration", {})
    name = container.get("targetRepository", {}).get("repositoryName")
    host = _REGISTRY.match(name) if isinstance(name, str) else None
    if host:
        path = f"{entry.path}.container_distribution_configuration.target_repository.repository_name"
        yield entry.case("repository_with_host", path, name, suggestion=host[1] or host[2])


def _licenses(entry: Entry) -> Iterator[Violation]:
    for index, text in enumerate(entry.body.get("licenseConfigurationArns", [])):
        arn = parse(text)
        if arn and arn.region != entry.region:
            path = f"{entry.path}.license_configuration_arns[{index}]"
            yield entry.case("license_of_another_region", path, text, license_region=arn.region)


def _listed(names: list[str]) -> str:
    """Returns at most three names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


_CHECKS = (
    _region,
    _outputs,
    _ami_name,
    _tags,
    _key,
    _groups,
    _templates,
    _parameters,
    _fast_launch,
    _export,
    _repository,
    _licenses,
)
