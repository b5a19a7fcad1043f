"""What EC2 does not share or export, and names that SSM does not accept.

Image Builder accepts all of it in a configuration; it fails while a distribution runs.
Sources: EC2 user guide, "Make your AMI publicly available", "Share an AMI with specific AWS accounts"; EC2 API,
LaunchPermission; VM Import/Export user guide, "Considerations for image export"; Systems Manager API, PutParameter.
"""

from __future__ import annotations

from moto.ec2.models.amis import Ami
from moto.utilities.utils import get_partition

from tests.local_aws.complements.ec2 import platform_details
from tests.local_aws.complements.kms import is_aws_managed

from . import keys
from .switches import switches
from .trouble import StepRefused

_LEVELS = 15
# With the ARN before the name.
_CHARACTERS = 1011


def check_sharing(ami: Ami, wanted: list[dict[str, str]], account: str, region: str) -> None:
    """Raise StepRefused unless EC2 accepts these launch permissions for an AMI."""
    for permission in wanted:
        group = permission.get("Group", "all")
        if group != "all":
            raise StepRefused(f"EC2 Client Error: 'Value ({group}) for parameter UserGroup is invalid.'")
        for arn in (permission.get("OrganizationArn"), permission.get("OrganizationalUnitArn")):
            if arn and _is_known_to_be_wrong(arn):
                raise StepRefused(
                    f"EC2 Client Error: 'InvalidAMIAttributeItemValue: Invalid attribute item value \"{arn}\"'"
                )
    snapshot = ami.ebs_snapshot
    if snapshot.kms_key_id and is_aws_managed(keys.find_key(snapshot.kms_key_id, account, region)):
        raise StepRefused(keys.CANNOT_SHARE)
    if {"Group": "all"} not in wanted:
        return
    if snapshot.encrypted:
        raise StepRefused(f"EC2 Client Error: 'Images with encrypted snapshots, such as {ami.id}, can not be public.'")
    if getattr(ami, "watermarks", ()):
        raise StepRefused(f"EC2 Client Error: 'Images with watermarks, such as {ami.id}, can not be public.'")
    if ami.product_codes:
        raise StepRefused(f"EC2 Client Error: 'Images with product codes, such as {ami.id}, can not be public.'")


def _is_known_to_be_wrong(arn: str) -> bool:
    # Whether the account in the ARN has an organization here, and the ARN names another or an OU that it has not.
    from moto.organizations.models import organizations_backends

    account = arn.split(":")[4]
    for backend in list(organizations_backends[account].values()) if account in organizations_backends else ():
        if backend.org is not None:
            return arn not in (backend.org.arn, *(unit.arn for unit in backend.ou))
    return False


def check_exporting(ami: Ami, account: str, region: str, bucket: str) -> None:
    """Raise StepRefused unless EC2 exports an AMI to this bucket."""
    from moto.s3.models import s3_backends

    stored = s3_backends[account][get_partition(region)].buckets.get(bucket)
    if stored is None:
        raise StepRefused(f"EC2 Client Error: 'The bucket {bucket} does not exist in the account {account}.'")
    if switches.export_anything:
        return
    if stored.region_name != region:
        raise StepRefused(f"EC2 Client Error: 'The bucket {bucket} is not in the Region {region}.'")
    details = platform_details(ami)
    if "Windows" in details or "SQL Server" in details:
        raise StepRefused(
            f"EC2 Client Error: 'The image {ami.id} contains AWS-licensed software and is not exportable.'"
        )
    if ami.product_codes:
        raise StepRefused(
            f"EC2 Client Error: 'The image {ami.id} contains third-party software and is not exportable.'"
        )
    if ami.ebs_snapshot.encrypted:
        raise StepRefused(f"EC2 Client Error: 'The image {ami.id} has encrypted snapshots and is not exportable.'")


def check_parameter_name(name: str, arn: str) -> None:
    """Raise StepRefused for a name that PutParameter refuses. arn: of the parameter."""
    if "/" in name and not name.startswith("/"):
        raise StepRefused("SSM Client Error: 'ValidationException: Parameter name must be a fully qualified name.'")
    if name.lstrip("/").lower().startswith(("aws", "ssm")):
        raise StepRefused(
            f"SSM Client Error: 'ValidationException: Parameter name {name} can not be prefixed with aws or ssm.'"
        )
    if name.strip("/").count("/") >= _LEVELS:
        raise StepRefused(
            "SSM Client Error: 'HierarchyLevelLimitExceededException: A hierarchy can have a maximum of "
            f"{_LEVELS} levels.'"
        )
    if len(arn) > _CHARACTERS:
        raise StepRefused(
            "SSM Client Error: 'ValidationException: The name of the parameter and its ARN have more than"
            f" {_CHARACTERS} characters.'"
        )
