"""What follows the copies in one Region: licences, launch templates, SSM parameters, Fast Launch, exports."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import TYPE_CHECKING

from moto.utilities.utils import get_partition

from tests.local_aws.policy import evaluate_resource_policy
from tests.local_aws.policy import Principal

from . import moto_resources
from .fast_launch import enable_fast_launch
from .roles import Anyone
from .roles import find_role
from .roles import RoleUnusable
from .sharing import check_exporting
from .sharing import check_parameter_name
from .switches import switches
from .trouble import EXPORT
from .trouble import FAST_LAUNCH
from .trouble import LICENSES
from .trouble import PARAMETERS
from .trouble import StepRefused
from .trouble import TEMPLATES
from .trouble import troubles

if TYPE_CHECKING:
    from .rollout import DistributionSteps

Step = tuple[tuple[str, ...], str, Callable[[], None]]


def apply(rollout: DistributionSteps, entry: dict[str, Any]) -> Iterator[Step]:
    """The steps of one Region in their order: (what it is, the account, how to carry it out)."""
    own = rollout.account
    if entry.get("licenseConfigurationArns"):
        yield _step(rollout, entry, LICENSES, own, _associate_licenses, {})
    for template in entry.get("launchTemplateConfigurations", []):
        yield _step(rollout, entry, TEMPLATES, template.get("accountId", own), _update_template, template)
    for parameter in entry.get("ssmParameterConfigurations", []):
        yield _step(rollout, entry, PARAMETERS, parameter.get("amiAccountId", own), _put_parameter, parameter)
    for wanted in entry.get("fastLaunchConfigurations", []):
        if wanted["enabled"]:
            yield _step(rollout, entry, FAST_LAUNCH, wanted.get("accountId", own), enable_fast_launch, wanted)
    if entry.get("s3ExportConfiguration"):
        yield _step(rollout, entry, EXPORT, own, _export, entry["s3ExportConfiguration"])


def _step(
    rollout: DistributionSteps,
    entry: dict[str, Any],
    name: str,
    account: str,
    carry_out: Callable[[DistributionSteps, dict[str, Any], str, dict[str, Any]], None],
    what: dict[str, Any],
) -> Step:
    def run() -> None:
        troubles.strike(name, entry["region"], account)
        carry_out(rollout, entry, account, what)

    detail = repr(sorted(what.items(), key=str)) if what else ""
    return (name, entry["region"], account, detail), account, run


def _associate_licenses(
    rollout: DistributionSteps, entry: dict[str, Any], account: str, _nothing: dict[str, Any]
) -> None:
    region = entry["region"]
    ami = rollout.output(region, account)
    for arn in entry["licenseConfigurationArns"]:
        rollout.actor.demand("license-manager:UpdateLicenseSpecificationsForResource", region, arn)
        _check_license(arn, account, region)
    rollout.backends[account][region].record(ami.id)["licenses"] = list(entry["licenseConfigurationArns"])


def _check_license(arn: str, account: str, region: str) -> None:
    # License Manager knows the licence configurations of one Region: here of the AMI's.
    from moto.licensemanager.models import licensemanager_backends
    from moto.licensemanager.models import UnknownLicenseConfiguration

    try:
        configuration = licensemanager_backends[account][region].get(arn)
    except UnknownLicenseConfiguration as error:
        raise StepRefused(f"License Manager Client Error: 'InvalidParameterValue: {error.message}'") from None
    if configuration["Status"] != "AVAILABLE":
        raise StepRefused(f"License Manager Client Error: 'InvalidResourceState: {arn} is {configuration['Status']}.'")


def _update_template(rollout: DistributionSteps, entry: dict[str, Any], account: str, wanted: dict[str, Any]) -> None:
    region, identifier = entry["region"], wanted["launchTemplateId"]
    actor = rollout.acting_in(account, region)
    actor.demand("ec2:DescribeLaunchTemplates", region)
    template = moto_resources.ec2_in(account, region).launch_templates.get(identifier)
    if template is None:
        raise StepRefused(
            f"EC2 Client Error: 'The specified launch template, with template ID {identifier}, does not exist.'"
        )
    # The source account's AMI, even where the template is another account's.
    outputs, own = rollout.image.outputs, rollout.account
    owner = account if region != rollout.home and (region, own) not in outputs and (region, account) in outputs else own
    ami = rollout.output(region, owner)
    arn = f"arn:{get_partition(region)}:ec2:{region}:{account}:launch-template/{identifier}"
    tags = moto_resources.tags_of(template)
    actor.demand("ec2:CreateLaunchTemplateVersion", region, arn, tags=tags)
    by_default = wanted.get("setDefaultVersion", True)
    if by_default:
        actor.demand("ec2:ModifyLaunchTemplate", region, arn, tags=tags)
    if account != rollout.account:
        actor.demand("ec2:CreateTags", region, arn, tags=tags, request_tags={"CreatedBy": "EC2 Image Builder"})
    version = moto_resources.new_template_version(template, ami.id, rollout.image.arn)
    if by_default:
        template.default_version_number = version.number


def _put_parameter(rollout: DistributionSteps, entry: dict[str, Any], account: str, wanted: dict[str, Any]) -> None:
    region, name = entry["region"], wanted["parameterName"]
    ami = rollout.output(region, account)
    actor = rollout.acting_in(account, region)
    arn = f"arn:{get_partition(region)}:ssm:{region}:{account}:parameter/{name.lstrip('/')}"
    actor.demand("ssm:PutParameter", region, arn)
    check_parameter_name(name, arn)
    data_type = wanted.get("dataType", switches.ssm_data_type)
    if data_type == "aws:ec2:image":
        try:
            actor.demand("ec2:DescribeImages", region)
        except StepRefused:
            # SSM looks the AMI up after it has answered; if that fails, the new version never appears.
            return
    moto_resources.put_parameter(account, region, name, ami.id, data_type)


def _export(rollout: DistributionSteps, entry: dict[str, Any], account: str, wanted: dict[str, Any]) -> None:
    region, partition = entry["region"], get_partition(entry["region"])
    ami = rollout.output(region, account)
    actor = rollout.actor
    actor.demand("ec2:ExportImage", region, moto_resources.image_arn(region, ami.id), tags=moto_resources.tags_of(ami))
    task = f"arn:{partition}:ec2:{region}:{account}:export-image-task/export-ami-00000000000000000"
    actor.demand("ec2:ExportImage", region, task)
    actor.demand("ec2:CreateTags", region, task, request_tags={"CreatedBy": "EC2 Image Builder"})
    actor.demand("ec2:DescribeExportImageTasks", region)
    role = f"arn:{partition}:iam::{account}:role/{wanted['roleName']}"
    actor.demand("iam:PassRole", region, role, keys={"iam:PassedToService": "vmie.amazonaws.com"})
    if not isinstance(actor, Anyone):
        _check_export_role(role, account, region)
    check_exporting(ami, account, region, wanted["s3Bucket"])
    rollout.backends[account][region].record(ami.id)["exports"] = [dict(wanted)]


def _check_export_role(role: str, account: str, region: str) -> None:
    try:
        stored = find_role(role, account, region)
    except RoleUnusable as error:
        raise StepRefused(f"EC2 Client Error: '{error}'") from None
    service = Principal(service="vmie.amazonaws.com")
    # The trust policy of this role is commonly conditioned on an external id that VM Import/Export sends.
    context = {"sts:ExternalId": "vmimport", "aws:SourceAccount": account}
    if not evaluate_resource_policy(stored.assume_role_policy_document, service, "sts:AssumeRole", None, context):
        raise StepRefused(f"EC2 Client Error: 'The service role {stored.name} does not trust VM Import/Export.'")
