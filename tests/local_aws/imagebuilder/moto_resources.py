"""What a distribution writes into moto: AMIs, launch permissions, launch template versions, SSM parameters.

This writes moto's models directly where moto's API loses something: CopyImage ignores other accounts and keys, and
ModifyImageAttribute keeps only the first group, organization and OU.
"""

from __future__ import annotations

import copy
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.models.launch_templates import LaunchTemplateVersion
from moto.ec2.utils import random_ami_id
from moto.kms.models import Key
from moto.ssm.models import ssm_backends
from moto.utilities.utils import get_partition

from tests.local_aws.complements.ssm import mismatch

from .trouble import StepRefused


def ec2_in(account: str, region: str, home: str | None = None) -> EC2Backend:
    """moto's EC2. Raises StepRefused for a Region that does not exist, is disabled, or is not in home's partition."""
    refused = StepRefused(f"EC2 Client Error: 'The Region {region} does not exist or is not enabled.'")
    try:
        ec2 = ec2_backends[account][region]
    except KeyError:
        raise refused from None
    here = next(one for one in ec2.regions if one.name == region)
    if here.opt_in_status == "not-opted-in" or get_partition(home or region) != get_partition(region):
        raise refused
    return ec2


def find_ami(account: str, region: str, ami_id: str) -> Ami | None:
    """An AMI of this account and Region, or None."""
    try:
        return ec2_backends[account][region].amis.get(ami_id)
    except KeyError:
        return None


def image_arn(region: str, ami_id: str = "*") -> str:
    """The ARN of an AMI, as policies name it: without an account."""
    return f"arn:{get_partition(region)}:ec2:{region}::image/{ami_id}"


def snapshot_arn(region: str, snapshot_id: str = "*") -> str:
    """The ARN of a snapshot, as policies name it: without an account."""
    return f"arn:{get_partition(region)}:ec2:{region}::snapshot/{snapshot_id}"


def tags_of(resource: Any) -> dict[str, str]:
    """Tags of a resource of moto's EC2."""
    return dict(resource.ec2_backend.tags.get(resource.id, {}))


def copy_ami(
    source: Ami, account: str, region: str, name: str, description: str | None, tags: dict[str, str], key: Key | None
) -> Ami:
    """A copy of an AMI with tags, owned by the account; its snapshot is encrypted under moto's key if there is one."""
    ec2 = ec2_in(account, region)
    # Without a description moto would copy the source's, which a distribution on AWS does not do.
    made = Ami(
        ec2,
        random_ami_id(),
        source_ami=source,
        name=name,
        description=description or " ",
        root_device_type=source.root_device_type,
        root_device_name=source.root_device_name,
        boot_mode=source.boot_mode,
        snapshot_description=f"Copied for DestinationAmi from SourceAmi {source.id}",
    )
    made.description = description
    # Copies keep what AWS knows about the software in an AMI.
    made.product_codes = set(source.product_codes)
    vars(made).update(watermarks=list(getattr(source, "watermarks", ())), details=getattr(source, "details", None))
    if key is not None:
        made.ebs_snapshot.encrypted = True
        made.ebs_snapshot.kms_key_id = key.arn
    made.add_tags(tags)
    ec2.amis[made.id] = made
    return made


def plant_ami(
    account: str,
    region: str,
    name: str,
    tags: dict[str, str] | None = None,
    kms_key_id: str | None = None,
    encrypted: bool = False,
    platform: str | None = None,
    **more: Any,
) -> Ami:
    """A new AMI with what moto's RegisterImage leaves out: tags, platform, an encrypted snapshot.

    kms_key_id: stored unchecked. encrypted without it: the default key of EBS. more: further attributes of
    moto's model: state, owner_id, product_codes; watermarks (keys), details (of the platform).
    """
    ec2 = ec2_in(account, region)
    made: Ami = ec2.register_image(name, None)
    made.platform = platform
    made.product_codes = set(more.pop("product_codes", ()))
    vars(made).update(more)
    made.add_tags(tags or {})
    made.ebs_snapshot.encrypted = encrypted or kms_key_id is not None
    if made.ebs_snapshot.encrypted:
        made.ebs_snapshot.kms_key_id = kms_key_id or ec2.default_kms_key_id or ec2._create_default_encryption_key()
    return made


def grant_launch(ami: Ami, permissions: list[dict[str, str]]) -> None:
    """Add the launch permissions that the AMI does not have."""
    ami.launch_permissions.extend(one for one in permissions if one not in ami.launch_permissions)


def launch_permissions(settings: dict[str, Any]) -> list[dict[str, str]]:
    """A configuration's launchPermission in EC2's form."""
    kinds = {
        "userIds": "UserId",
        "userGroups": "Group",
        "organizationArns": "OrganizationArn",
        "organizationalUnitArns": "OrganizationalUnitArn",
    }
    return [{kind: value} for member, kind in kinds.items() for value in settings.get(member, [])]


def new_template_version(template: LaunchTemplate, ami_id: str, image_builder_arn: str) -> LaunchTemplateVersion:
    """A version like the template's default one, except for the AMI."""
    data = copy.copy(template.default_version().data)
    data["ImageId"] = ami_id
    return template.create_version(data, f"Created by EC2 Image Builder {image_builder_arn}")


def put_parameter(account: str, region: str, name: str, value: str, data_type: str) -> None:
    """Create an SSM parameter of the type String, or write a new version of it. Raises StepRefused."""
    from moto.core.exceptions import JsonRESTError

    # moto's own responses hand it None as well, for what a request leaves out.
    ssm: Any = ssm_backends[account][region]
    there = ssm.get_parameter(name)
    reason = there and mismatch(there, "String", data_type)
    if reason:
        raise StepRefused(f"SSM Client Error: '{reason}'")
    try:
        ssm.put_parameter(name, None, value, "String", None, None, True, [], data_type, None, None)
    except JsonRESTError as error:
        raise StepRefused(f"SSM Client Error: '{error.message}'") from error


def read_parameter(account: str, region: str, name: str) -> str | None:
    """The value of an SSM parameter, named by name or ARN; None if there is none."""
    if name.startswith("arn:"):
        account, region = name.split(":")[4], name.split(":")[3]
    parameter = ssm_backends[account][region].get_parameter(name)
    return parameter.value if parameter else None
