# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks AWS, in every Region and account, whether it can carry out the distributions; writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from typing import Callable
from typing import TYPE_CHECKING

from ..._distribution.configuration.comparison import DEFAULT_DATA_TYPE
from ..._distribution.forms import ApiDistribution
from ..._distribution.iam import policy_reading
from ..._distribution.iam.permissions import managed_policies
from ..._distribution.iam.statements import fast_launches
from ..._distribution.targets import destination_accounts
from ..._distribution.targets import targets
from ..._distribution.validation.entries import violations
from ..configuration.configuration_set import ENTRIES
from ..responses import MalformedAnswer
from ..responses import reading
from ..workers import in_parallel
from . import account_limits
from . import encryption
from . import keys
from . import organizations
from . import resources
from . import roles
from . import source_image
from .findings import CheckResult
from .findings import Finding
from .findings import Question
from .inputs import Chosen
from .inputs import chosen
from .reader import PreflightReader
from .reader import Unchecked

if TYPE_CHECKING:
    from ..accounts import Accounts
    from ..module import Connection

# Check -> its function, in the order of the findings of an entry.
CHECKS: dict[str, Callable[[PreflightReader, Question], CheckResult]] = {
    function.__name__: function
    for function in (
        source_image.source_image,
        source_image.source_image_key,
        source_image.source_image_key_policy,
        source_image.source_image_export,
        source_image.source_image_public,
        source_image.source_image_fast_launch,
        account_limits.region,
        account_limits.public_sharing,
        account_limits.quota_images,
        account_limits.quota_public_images,
        account_limits.quota_image_sharing,
        keys.kms_key,
        keys.kms_key_policy,
        encryption.copy_encryption,
        resources.launch_template,
        resources.launch_template_tag,
        resources.launch_template_image,
        resources.fast_launch_template,
        resources.s3_bucket,
        resources.license_configuration,
        resources.ssm_parameter,
        resources.container_repository,
        roles.s3_export_role,
        roles.s3_export_passing,
        organizations.organization,
        organizations.organizational_unit,
        resources.pipelines,
        roles.execution_role,
        roles.execution_role_trust,
        roles.execution_role_managed_policies,
        roles.execution_role_permissions,
        roles.destination_role,
        roles.destination_role_trust,
        roles.destination_role_managed_policies,
        roles.destination_role_permissions,
    )
}


def preflight(connection: Connection, accounts: Accounts, params: dict[str, Any]) -> list[Finding]:
    """The findings for the distributions that the options choose.

    :param params: the module's parameters, without preflight_option_errors().
    :returns: each finding once; if the options list configurations, with the names of those that it is about.
    :raises: ImageBuilderError, if a chosen configuration cannot be read.
    """
    configurations = chosen(connection, accounts, params)
    reader = PreflightReader(accounts, connection)
    asked = _all_questions(reader, configurations, params)
    reader.announce(asked)
    answers = dict(zip(asked, _findings(reader, list(asked), params["workers"])))
    findings: list[tuple[Finding, list[int]]] = []
    if params["checks"] != "roles":
        findings += _broken_rules(reader, configurations, asked, answers)
    findings += [(answers[question], numbers) for question, numbers in asked.items()]
    if params.get(ENTRIES) is None:
        return [finding for finding, dummy in findings]
    names = [one.name or str(one.arn) for one in configurations]
    return [
        {**finding, "distribution_configurations": [names[number] for number in about]} for finding, about in findings
    ]


def _all_questions(
    reader: PreflightReader, configurations: list[Chosen], params: dict[str, Any]
) -> dict[Question, list[int]]:
    """All questions -> the numbers of the configurations that raise them."""
    home = (reader.account_id, reader.home_region)
    asked: dict[Question, list[int]] = {}
    if params["checks"] != "roles":
        for number, one in enumerate(configurations):
            for question in dict.fromkeys(_questions_about(one, home, params["source_image"])):
                asked.setdefault(question, []).append(number)
    role = params["execution_role"]
    if role:
        # One IAM role carries out all distributions, so one question covers what it may do for all of them.
        entries = [entry for one in configurations for entry in one.distributions]
        about: dict[tuple[Any, ...], list[int]] = {}
        for number, one in enumerate(configurations):
            for question in role_questions(one.distributions, *home, reader.partition, role):
                about.setdefault(question[:3], []).append(number)
        for question in role_questions(entries, *home, reader.partition, role):
            asked[question] = about[question[:3]]
    return asked


def _questions_about(one: Chosen, home: tuple[str, str], source: str | None) -> Iterator[Question]:
    """The questions that one configuration raises, except those about IAM roles.

    :param home: (account of the configuration, home Region).
    :param source: the option C(source_image).
    """
    account_id, home_region = home
    if source:
        yield from source_questions(one.distributions, *home, source)
    yield from questions(one.distributions, *home, source)
    if one.arn:
        yield Question("pipelines", home_region, account_id, (one.arn,))


def _findings(reader: PreflightReader, asked: list[Question], workers: int) -> list[Finding]:
    """The findings for the questions, in the same order.

    :param asked: without duplicates.
    """
    spread = _spread(asked)
    findings = dict(zip(spread, in_parallel(lambda question: _finding(reader, question), spread, workers)))
    return [findings[question] for question in asked]


def _spread(asked: list[Question]) -> list[Question]:
    """The questions in an order in which neighbours concern different Regions and accounts.

    Questions about the same Region or account often need the same client, session or key first. If several workers
    asked them at once, all would wait for that one answer.
    """
    regions = {region: number for number, region in enumerate(dict.fromkeys(one.region for one in asked))}
    accounts = {account: number for number, account in enumerate(dict.fromkeys(one.account_id for one in asked))}
    turns: dict[tuple[str | None, str], int] = {}

    def position(question: Question) -> tuple[int, int, int]:
        region, account = regions[question.region], accounts[question.account_id]
        turn = turns.setdefault(question[1:3], 0)
        turns[question[1:3]] += 1
        return turn, (region + account) % len(accounts), region

    return sorted(asked, key=position)


def _broken_rules(
    reader: PreflightReader,
    configurations: list[Chosen],
    asked: dict[Question, list[int]],
    answers: dict[Question, Finding],
) -> list[tuple[Finding, list[int]]]:
    """The findings of rules that need no request, unless AWS gave the answer -> the numbers of configurations."""
    answered: dict[int, set[tuple[str, str | None]]] = {}
    for question, numbers in asked.items():
        if answers[question]["status"] in ("warning", "error"):
            for number in numbers:
                answered.setdefault(number, set()).add((question.check, question.region))
    about: dict[tuple[Any, ...], list[int]] = {}
    for number, one in enumerate(configurations):
        for broken in violations(one.distributions, reader.home_region, reader.account_id):
            rule = broken.rule
            if (rule.check, broken.region) not in answered.get(number, ()):
                remedy = broken.remedy[:1].upper() + broken.remedy[1:]
                finding = (rule.check, broken.region, broken.account_id, rule.severity, broken.subject, remedy)
                about.setdefault(finding, []).append(number)
    return [(_as_finding(*finding), list(dict.fromkeys(numbers))) for finding, numbers in about.items()]


def _as_finding(
    check: str, region: str | None, account_id: str | None, status: str, message: str, remedy: str | None
) -> Finding:
    return {
        "check": check,
        "region": region,
        "account_id": account_id,
        "status": status,
        "message": message,
        "remedy": remedy,
    }


def _finding(reader: PreflightReader, question: Question) -> Finding:
    try:
        with reading("what was asked"):
            if question.region and question.check != "region":
                _refuse_disabled(reader, question.region, question.account_id)
            result = CHECKS[question.check](reader, question)
        status, message, remedy = result
    except Unchecked as reason:
        status, message, remedy = "skipped", reason.reason, reason.remedy
    except (MalformedAnswer, policy_reading.UnreadablePolicy) as reason:
        status, message, remedy = "skipped", f"not checked: {reason}", "Check it by hand"
    return _as_finding(question.check, question.region, question.account_id, status, message, remedy)


def _refuse_disabled(reader: PreflightReader, region: str, account_id: str) -> None:
    """Raises Unchecked in a Region that is not enabled, where each check would wait in vain for an answer."""
    try:
        state = account_limits.region_state(reader, region, account_id)
    except Unchecked:
        return
    if state in (None, "not-opted-in"):
        raise Unchecked(f"not checked, {region} is not enabled for account {account_id}", "See the check region")


# -- questions ----------------------------------------------------------------------------------------------------


def questions(
    distributions: list[ApiDistribution], account_id: str, home_region: str, source: str | None = None
) -> list[Question]:
    """All questions about distributions, except those about the IAM roles of a rollout.

    :param distributions: entries in API form.
    :param account_id: the account of the configuration.
    :param home_region: the Region of the configuration.
    :param source: the option C(source_image).
    """
    asked = [Question("region", home_region, account_id)]
    for entry in distributions:
        owners = [account for dummy, account in targets([entry], account_id)]
        # The account of the configuration sends requests to each Region, no matter who owns the AMI there.
        involved = [account_id, *owners, *destination_accounts([entry], account_id)]
        asked += [Question("region", entry["region"], account) for account in dict.fromkeys(involved)]
        asked += _about_images(entry, owners)
        asked += _about_keys(entry, account_id, home_region, owners)
        asked += _about_encryption(entry, account_id, home_region, owners, source)
        asked += _about_uses(entry, account_id)
        asked += _about_organizations(entry, account_id)
    return asked


def _about_images(entry: ApiDistribution, owners: list[str]) -> Iterator[Question]:
    named = len(_sharing(entry))
    for account in owners:
        yield Question("quota_images", entry["region"], account)
        if _is_public(entry):
            yield Question("public_sharing", entry["region"], account)
            yield Question("quota_public_images", entry["region"], account)
        if named:
            yield Question("quota_image_sharing", entry["region"], account, (named,))


def _about_keys(entry: ApiDistribution, account_id: str, home_region: str, owners: list[str]) -> Iterator[Question]:
    region = entry["region"]
    key = entry.get("amiDistributionConfiguration", {}).get("kmsKeyId")
    if not key:
        return
    # AWS does not apply the key to the configuration account's AMI in the home Region.
    encrypting = [owner for owner in owners if (region, owner) != (home_region, account_id)]
    if not encrypting:
        return
    # AWS looks up a key that is not given by ARN in the account that makes the copy.
    key_owner = keys.owner_of(key)
    describing = [account_id] if key_owner else encrypting
    for account in describing:
        yield Question("kms_key", region, account, (key,))
    copying = [account for account in encrypting if key_owner not in (None, account)]
    launching = [principal for principal in _sharing(entry) if principal not in owners]
    for describer in describing:
        for account in copying:
            yield Question("kms_key_policy", region, account, (key, "copy", describer))
        for principal in launching:
            yield _of_principal("kms_key_policy", region, principal, describer, (key, "launch", describer))


def _about_encryption(
    entry: ApiDistribution, account_id: str, home_region: str, owners: list[str], source: str | None
) -> Iterator[Question]:
    """Questions about copies without a key: they may get the default key, which rules out some uses."""
    region = entry["region"]
    ami = entry.get("amiDistributionConfiguration", {})
    if ami.get("kmsKeyId"):
        return
    for owner in owners:
        # The configuration account's AMI in the home Region is the source image itself.
        if (region, owner) == (home_region, account_id):
            continue
        others = tuple(principal for principal in _sharing(entry) if principal != owner)
        exported = owner == account_id and bool(entry.get("s3ExportConfiguration"))
        if others or exported or _is_public(entry):
            yield Question("copy_encryption", region, owner, (others, _is_public(entry), exported, source))


def _sharing(entry: ApiDistribution) -> list[str]:
    """The accounts, organizations and OUs that an entry shares its AMIs with, by id or ARN."""
    permission = entry.get("amiDistributionConfiguration", {}).get("launchPermission", {})
    organizations = [*permission.get("organizationArns", []), *permission.get("organizationalUnitArns", [])]
    return [*permission.get("userIds", []), *organizations]


def _of_principal(check: str, region: str, principal: str, asked: str, subject: tuple[Any, ...]) -> Question:
    """A question about an account, or about an organization or OU, which goes into the subject."""
    if principal.startswith("arn:"):
        return Question(check, region, asked, (*subject, principal))
    return Question(check, region, principal, subject)


def source_questions(
    distributions: list[ApiDistribution], account_id: str, home_region: str, source: str
) -> Iterator[Question]:
    """All questions about the image that will be distributed; otherwise as questions().

    :param source: the option C(source_image).
    """
    yield Question("source_image", home_region, account_id, (source,))
    yield Question("source_image_key", home_region, account_id, (source,))
    copying = [account for dummy, account in targets(distributions, account_id) if account != account_id]
    launching = [
        principal
        for entry in distributions
        if (home_region, account_id) in targets([entry], account_id)
        for principal in _sharing(entry)
    ]
    for purpose, principals in (("read", copying), ("launch", launching)):
        for principal in dict.fromkeys(principals):
            subject = (source, purpose, principal)
            about = account_id if principal.startswith("arn:") else principal
            yield Question("source_image_key_policy", home_region, about, subject)
    for entry in distributions:
        concerned = (entry["region"], account_id, (source,))
        if entry.get("s3ExportConfiguration"):
            yield Question("source_image_export", *concerned)
        if _is_public(entry):
            yield Question("source_image_public", *concerned)
        if fast_launches([entry], account_id):
            yield Question("source_image_fast_launch", *concerned)


def _is_public(entry: ApiDistribution) -> bool:
    permission = entry.get("amiDistributionConfiguration", {}).get("launchPermission", {})
    return "all" in permission.get("userGroups", [])


def _about_uses(entry: ApiDistribution, account_id: str) -> Iterator[Question]:
    region = entry["region"]
    for template in entry.get("launchTemplateConfigurations", []):
        owner = template.get("accountId") or account_id
        identifier = (template["launchTemplateId"],)
        yield Question("launch_template", region, owner, identifier)
        if owner != account_id:
            yield Question("launch_template_tag", region, owner, identifier)
        yield Question("launch_template_image", region, owner, identifier)
    for started in [fast.get("launchTemplate") for dummy, fast in fast_launches([entry], account_id)]:
        if started:
            named = started.get("launchTemplateId") or started.get("launchTemplateName")
            subject = (named, started.get("launchTemplateVersion"))
            yield Question("fast_launch_template", region, account_id, subject)
    export = entry.get("s3ExportConfiguration")
    if export:
        yield Question("s3_bucket", region, account_id, (export["s3Bucket"],))
        yield Question("s3_export_role", None, account_id, (export["roleName"],))
        yield Question("s3_export_passing", None, account_id, (export["roleName"],))
    for arn in entry.get("licenseConfigurationArns", []):
        yield Question("license_configuration", region, account_id, (arn,))
    for parameter in entry.get("ssmParameterConfigurations", []):
        owner = parameter.get("amiAccountId") or account_id
        data_type = parameter.get("dataType") or DEFAULT_DATA_TYPE
        yield Question("ssm_parameter", region, owner, (parameter["parameterName"], data_type))
    repository = entry.get("containerDistributionConfiguration", {}).get("targetRepository", {})
    if repository.get("service") == "ECR":
        yield Question("container_repository", region, account_id, (repository["repositoryName"],))


def _about_organizations(entry: ApiDistribution, account_id: str) -> Iterator[Question]:
    permission = entry.get("amiDistributionConfiguration", {}).get("launchPermission", {})
    for arn in permission.get("organizationArns", []):
        yield Question("organization", None, account_id, (arn,))
    for arn in permission.get("organizationalUnitArns", []):
        yield Question("organizational_unit", None, account_id, (arn,))


def role_questions(
    distributions: list[ApiDistribution], account_id: str, home_region: str, partition: str, role: str
) -> list[Question]:
    """All questions about the execution role and the destination roles; otherwise as questions().

    :param role: name or ARN of the execution role.
    """
    # Text, since questions must be hashable.
    text = json.dumps(distributions, sort_keys=True)
    regions = list(dict.fromkeys([home_region, *(entry["region"] for entry in distributions)]))
    asked = [Question(check, None, account_id, (role,)) for check in ("execution_role", "execution_role_trust")]
    policies = managed_policies(distributions, account_id, partition)
    if policies:
        asked.append(Question("execution_role_managed_policies", None, account_id, (role, *policies)))
    for region in [None, *regions]:
        asked.append(Question("execution_role_permissions", region, account_id, (role, text)))
    for account in destination_accounts(distributions, account_id):
        asked.append(Question("destination_role", None, account))
        asked.append(Question("destination_role_trust", None, account, (role,)))
        policies = managed_policies(distributions, account, partition, side="target")
        if policies:
            asked.append(Question("destination_role_managed_policies", None, account, tuple(policies)))
        for region in regions:
            if _has_work(distributions, region, account):
                asked.append(Question("destination_role_permissions", region, account, (text,)))
    return asked


def _has_work(distributions: list[ApiDistribution], region: str, account: str) -> bool:
    """Whether Image Builder assumes a role in the account for the Region."""
    return any(account in destination_accounts([entry], None) for entry in distributions if entry["region"] == region)
