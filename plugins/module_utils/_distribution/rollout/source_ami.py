# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an AMI, as EC2 describes it, is to a rollout: whether it can be distributed, and what must not be done to it."""

from __future__ import annotations

from typing import Any

from ..validation.rules import Violation
from ..validation.rules import violation

# One image of DescribeImages.
Ami = dict[str, Any]

_AVAILABLE = "available"


def obstacle(ami: Ami | None, ami_id: str, region: str, account_id: str) -> Violation | None:
    """Why Image Builder cannot distribute an AMI; None where nothing speaks against it.

    :param ami: the AMI as EC2 describes it, None where there is none.
    :param region: the Region of the distribution configuration.
    :param account_id: its account.
    """
    about = {"path": "source_image", "ami_id": ami_id, "region": region, "account_id": account_id}
    if ami is None:
        return violation("source_missing", **about)
    owner = ami.get("OwnerId")
    if owner and owner != account_id:
        return violation("source_of_another_account", owner=owner, **about)
    state = ami.get("State")
    if state and state != _AVAILABLE:
        cause = ami.get("StateReason", {}).get("Message")
        return violation("source_not_available", state=f"{state} ({cause})" if cause else state, **about)
    return None


def is_windows(ami: Ami) -> bool:
    """Whether an instance of the AMI runs Windows, alone or with SQL Server."""
    return str(ami.get("Platform", "")).lower() == "windows" or "Windows" in ami.get("PlatformDetails", "")


def licensed_software(ami: Ami) -> str | None:
    """The licensed software of AWS in the AMI, such as C(Windows), by which EC2 does not export it; None for none.

    Source: VM Import/Export user guide, "Considerations for image export".
    """
    details = str(ami.get("PlatformDetails", ""))
    if "Windows" in details or "SQL Server" in details:
        return details
    return "Windows" if is_windows(ami) else None


def marketplace_codes(ami: Ami) -> list[str]:
    """The product codes of the AMI, as AWS Marketplace gives them."""
    return sorted(code["ProductCodeId"] for code in ami.get("ProductCodes", []))


def watermarks(ami: Ami) -> list[str]:
    """The keys of the AMI's watermarks; always empty where botocore does not know of any."""
    return sorted(mark.get("WatermarkKey", "") for mark in ami.get("ImageWatermarks", []))


def snapshot_ids(ami: Ami) -> list[str]:
    """The snapshots of the AMI."""
    ids = (device.get("Ebs", {}).get("SnapshotId") for device in ami.get("BlockDeviceMappings", []))
    return [snapshot for snapshot in ids if snapshot]
