"""Service Quotas of EC2, with AWS's defaults.

Source: EC2 user guide, "AMI quotas"; AWS General Reference, "Amazon EC2 endpoints and quotas".
"""

from __future__ import annotations

import json
from typing import Any

EC2_DEFAULTS = {
    "L-B665C33B": ("AMIs", 50000.0),
    "L-0E3CBAB9": ("Public AMIs", 5.0),
    "L-70015FFA": ("AMI sharing", 1000.0),
}


def quota(code: str, region: str, account: str) -> dict[str, Any] | None:
    """A default quota of EC2 as AWS shows it; None for a code that is not known here."""
    if code not in EC2_DEFAULTS:
        return None
    from moto.utilities.utils import get_partition

    name, value = EC2_DEFAULTS[code]
    return {
        "ServiceCode": "ec2",
        "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
        "QuotaArn": f"arn:{get_partition(region)}:servicequotas:{region}:{account}:ec2/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def complete() -> None:
    """GetAWSDefaultServiceQuota. GetServiceQuota knows no value of EC2's that nobody has changed, and none is here."""
    from moto.servicequotas.exceptions import NoSuchResource
    from moto.servicequotas.responses import ServiceQuotasResponse

    def get_aws_default_service_quota(self: Any) -> str:
        parameters = json.loads(self.body)
        found = None
        if parameters["ServiceCode"] == "ec2":
            found = quota(parameters["QuotaCode"], self.region, self.current_account)
        if found is None:
            raise NoSuchResource
        return json.dumps({"Quota": found})

    ServiceQuotasResponse.get_aws_default_service_quota = get_aws_default_service_quota
