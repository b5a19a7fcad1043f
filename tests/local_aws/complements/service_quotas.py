"""Service Quotas of EC2, with AWS's defaults.

Source: EC2 user guide, "AMI quotas"; AWS General Reference, "Amazon EC2 endpoints and quotas".
"""

from __future__ import annotations

import json
from typing import Any

# Code -> (what it is called, the switch that holds its value).
EC2_QUOTAS = {
    "L-B665C33B": ("AMIs", "image_quota"),
    "L-0E3CBAB9": ("Public AMIs", "public_image_quota"),
    "L-70015FFA": ("AMI sharing", "image_sharing_quota"),
}


def quota(code: str, region: str, account: str) -> dict[str, Any] | None:
    """A default quota of EC2 as AWS shows it; None for an unknown code."""
    if code not in EC2_QUOTAS:
        return None
    # By moto's name of the package, since its state would exist twice otherwise.
    from moto.imagebuilder.switches import switches
    from moto.utilities.utils import get_partition

    name, switch = EC2_QUOTAS[code]
    return {
        "ServiceCode": "ec2",
        "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
        "QuotaArn": f"arn:{get_partition(region)}:servicequotas:{region}:{account}:ec2/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": float(getattr(switches, switch)),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def complete() -> None:
    """Add GetAWSDefaultServiceQuota. GetServiceQuota has values of EC2 that somebody changed, and here nobody does."""
    from moto.servicequotas.exceptions import NoSuchResource
    from moto.servicequotas.responses import ServiceQuotasResponse

    def get_aws_default_service_quota(self: Any) -> str:
        parameters = json.loads(self.body)
        known = None
        if parameters["ServiceCode"] == "ec2":
            known = quota(parameters["QuotaCode"], self.region, self.current_account)
        if known is None:
            raise NoSuchResource
        return json.dumps({"Quota": known})

    responses: Any = ServiceQuotasResponse
    responses.get_aws_default_service_quota = get_aws_default_service_quota
