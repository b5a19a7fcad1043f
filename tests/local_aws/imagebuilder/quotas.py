"""The quotas of EC2 that a distribution can reach, as Service Quotas shows them.

Source: EC2 user guide, "AMI quotas"; EC2 API, error code ResourceLimitExceeded.
"""

from __future__ import annotations

from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami

from .switches import switches
from .trouble import StepRefused


def check_room(account: str, region: str) -> None:
    """Raise StepRefused unless the account may have one more AMI in the Region."""
    if len(_own(account, region)) >= switches.image_quota:
        raise StepRefused(_exceeded("AMIs", switches.image_quota))


def check_sharing_quotas(ami: Ami, wanted: list[dict[str, str]], account: str, region: str) -> None:
    """Raise StepRefused if these launch permissions, with those that the AMI has, exceed EC2's quotas."""
    everybody = {"Group": "all"}
    named = [one for one in [*ami.launch_permissions, *wanted] if one != everybody]
    if len({str(sorted(one.items())) for one in named}) > switches.image_sharing_quota:
        raise StepRefused(
            _exceeded("accounts, organizations and OUs that an AMI is shared with", switches.image_sharing_quota)
        )
    public = [one for one in _own(account, region) if everybody in one.launch_permissions and one is not ami]
    if everybody in wanted and len(public) >= switches.public_image_quota:
        raise StepRefused(_exceeded("public AMIs", switches.public_image_quota))


def _own(account: str, region: str) -> list[Ami]:
    return [ami for ami in ec2_backends[account][region].amis.values() if ami.owner_id == account]


def _exceeded(what: str, limit: int) -> str:
    return f"EC2 Client Error: 'ResourceLimitExceeded: The quota of {limit} {what} is reached.'"
