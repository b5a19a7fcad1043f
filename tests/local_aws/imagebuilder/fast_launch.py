"""EC2 Fast Launch for a Windows AMI that was distributed.

EC2 checks beforehand that the caller may launch instances from the AMI and the template, its key included, and
may do with them what Fast Launch does.
Source: EC2 user guide, "Configure EC2 Fast Launch settings for your Windows AMI"; Image Builder user guide, "Create
distribution settings for a Windows AMI with EC2 Fast Launch enabled"; the policy EC2FastLaunchFullAccess;
service authorization reference, Amazon EC2, dependent actions of EnableFastLaunch.
"""

from __future__ import annotations

from typing import Any
from typing import TYPE_CHECKING

from moto.ec2.models.amis import Ami
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from . import keys
from . import moto_resources
from .roles import Actor
from .trouble import StepRefused

if TYPE_CHECKING:
    from .rollout import DistributionSteps

# EC2's own minimum, which Image Builder's model does not show.
LEAST_PARALLEL_LAUNCHES = 6
SERVICE = "ec2fastlaunch.amazonaws.com"
SERVICE_ROLE = "AWSServiceRoleForEC2FastLaunch"
TAG = {"CreatedBy": "EC2 Fast Launch"}
DESCRIBED = (
    "Images",
    "Instances",
    "InstanceAttribute",
    "InstanceStatus",
    "InstanceTypeOfferings",
    "LaunchTemplates",
    "LaunchTemplateVersions",
    "Snapshots",
    "Subnets",
)


def enable_fast_launch(rollout: DistributionSteps, entry: dict[str, Any], account: str, wanted: dict[str, Any]) -> None:
    """Carry out one entry of fastLaunchConfigurations. Raises StepRefused."""
    region = entry["region"]
    if account != rollout.account:
        raise StepRefused("EC2 Client Error: 'Only the owner of an image can enable Fast Launch for it.'")
    ami = rollout.output(region, account)
    actor = rollout.actor
    actor.demand(
        "ec2:EnableFastLaunch", region, moto_resources.image_arn(region, ami.id), tags=moto_resources.tags_of(ami)
    )
    prefix = f"arn:{get_partition(region)}:ec2:{region}:{account}"
    if wanted.get("launchTemplate"):
        template = _template(account, region, wanted["launchTemplate"])
        arn = f"{prefix}:launch-template/{template.id}"
        actor.demand("ec2:EnableFastLaunch", region, arn, tags=moto_resources.tags_of(template))
        actor.demand("ec2:RunInstances", region, arn, tags=moto_resources.tags_of(template))
    else:
        # EC2 then creates a network and a template in the name of the caller.
        via = {"aws:CalledVia": [SERVICE]}
        actor.demand("ec2:CreateVpc", region, f"{prefix}:vpc/vpc-0", request_tags=TAG, keys=via)
        actor.demand("ec2:CreateLaunchTemplate", region, f"{prefix}:launch-template/lt-0", request_tags=TAG, keys=via)
    _check_launching(actor, ami, region, prefix)
    _check_preparing(actor, region, prefix)
    if wanted.get("launchTemplate"):
        _check_passing(actor, template, wanted["launchTemplate"], region, account)
    _ensure_service_role(actor, account, region)
    if ami.platform != "windows":
        raise StepRefused("EC2 Client Error: 'Fast Launch is available for Windows images only.'")
    if wanted.get("maxParallelLaunches", LEAST_PARALLEL_LAUNCHES) < LEAST_PARALLEL_LAUNCHES:
        raise StepRefused(f"EC2 Client Error: 'MaxParallelLaunches must be {LEAST_PARALLEL_LAUNCHES} or greater.'")
    rollout.backends[account][region].record(ami.id)["fast_launch"] = dict(wanted)


def _check_launching(actor: Actor, ami: Ami, region: str, prefix: str) -> None:
    actor.demand("ec2:RunInstances", region, moto_resources.image_arn(region, ami.id), tags=moto_resources.tags_of(ami))
    for kind in ("subnet/subnet-0", "security-group/sg-0", "network-interface/eni-0"):
        actor.demand("ec2:RunInstances", region, f"{prefix}:{kind}")
    for kind in ("instance/i-0", "volume/vol-0"):
        actor.demand("ec2:RunInstances", region, f"{prefix}:{kind}", request_tags=TAG)
        creation = {"ec2:CreateAction": "RunInstances"}
        actor.demand("ec2:CreateTags", region, f"{prefix}:{kind}", request_tags=TAG, keys=creation)
    if ami.ebs_snapshot.kms_key_id:
        key = keys.find_key(ami.ebs_snapshot.kms_key_id, ami.owner_id, region)
        failed = f"EC2 Client Error: 'Fast Launch of {ami.id}'"
        keys.check_reading(actor, key, failed)
        keys.check_writing(actor, key, failed)


def _check_preparing(actor: Actor, region: str, prefix: str) -> None:
    # What Fast Launch does with the instances: dependent actions of EnableFastLaunch in the service authorization
    # reference, with the resources and tags that EC2FastLaunchServiceRolePolicy shows.
    for name in DESCRIBED:
        actor.demand(f"ec2:Describe{name}", region)
    snapshot = moto_resources.snapshot_arn(region, "snap-0")
    versions = {"CreatedByLaunchTemplateId": "lt-0", "CreatedByLaunchTemplateVersion": "1"}
    actor.demand("ec2:CreateSnapshot", region, f"{prefix}:volume/vol-0", tags=TAG)
    actor.demand("ec2:CreateSnapshot", region, snapshot, request_tags={**TAG, **versions})
    creation = {"ec2:CreateAction": "CreateSnapshot"}
    actor.demand("ec2:CreateTags", region, snapshot, request_tags={**TAG, **versions}, keys=creation)
    actor.demand("ec2:DeleteSnapshot", region, snapshot, tags=TAG)
    for action in ("ec2:StopInstances", "ec2:TerminateInstances"):
        actor.demand(action, region, f"{prefix}:instance/i-0", tags=TAG)


def _check_passing(actor: Actor, template: LaunchTemplate, wanted: dict[str, Any], region: str, account: str) -> None:
    # The instances get the role of the profile that the template names.
    version = template.get_version(wanted.get("launchTemplateVersion", "$Default"))
    profile = version.data.get("IamInstanceProfile") or {}
    name = profile.get("Name") or profile.get("Arn", "").rpartition("/")[2]
    for profile_of_account in list(iam_backends[account][get_partition(region)].instance_profiles.values()):
        for role in profile_of_account.roles if profile_of_account.name == name else ():
            service = "ec2.amazonaws.com.cn" if get_partition(region) == "aws-cn" else "ec2.amazonaws.com"
            actor.demand("iam:PassRole", region, role.arn, keys={"iam:PassedToService": service})


def _ensure_service_role(actor: Actor, account: str, region: str) -> None:
    iam = iam_backends[account][get_partition(region)]
    if any(role.name == SERVICE_ROLE for role in iam.roles.values()):
        return
    arn = f"arn:{get_partition(region)}:iam::{account}:role/aws-service-role/{SERVICE}/{SERVICE_ROLE}"
    actor.demand("iam:CreateServiceLinkedRole", region, arn, keys={"iam:AWSServiceName": SERVICE})
    # moto makes a name of the service's, which is not always the one that AWS takes.
    iam.create_service_linked_role(SERVICE, "", "").name = SERVICE_ROLE


def _template(account: str, region: str, wanted: dict[str, Any]) -> LaunchTemplate:
    ec2 = moto_resources.ec2_in(account, region)
    identifier: str | None = wanted.get("launchTemplateId") or ec2.launch_template_name_to_ids.get(
        wanted["launchTemplateName"]
    )
    template = ec2.launch_templates.get(identifier or "")
    if template is None:
        raise StepRefused("EC2 Client Error: 'The specified launch template does not exist.'")
    version = wanted.get("launchTemplateVersion", "$Default")
    if version not in ("$Latest", "$Default", *(str(one.number) for one in template.versions)):
        raise StepRefused(f"EC2 Client Error: 'Could not find launch template version {version}.'")
    return template
