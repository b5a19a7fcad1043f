# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What EC2's description of a source AMI means for a rollout: whether it can be distributed, shared and exported."""

from __future__ import annotations

from typing import Any

from ..validation.rules import Violation
from ..validation.rules import violation

# One image of DescribeImages.
Ami = dict[str, Any]

_AVAILABLE = "available"


def source_violation(ami: Ami | None, ami_id: str, region: str, account_id: str) -> Violation | None:
    """Returns the rule that forbids distributing an AMI, or None.

    :param ami: the AMI as EC2 describes it, None if it does not exist.
    :param ami_id: its id.
    :param region: the Region of the distribution configuration.
    :param account_id: the account of the distribution configuration.
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
    """Returns the licensed software in the AMI, such as C(Windows), because of which EC2 does not export it, or None.

    Source: VM Import/Export user guide, "Considerations for image export".
    """
    details = str(ami.get("PlatformDetails", ""))
    if "Windows" in details or "SQL Server" in details:
        return details
    return "Windows" if is_windows(ami) else None


def marketplace_codes(ami: Ami) -> list[str]:
    """Returns the AMI's product codes of AWS Marketplace."""
    return sorted(code["ProductCodeId"] for code in ami.get("ProductCodes", []))


def watermarks(ami: Ami) -> list[str]:
    """Returns the keys of the AMI's watermarks; always empty if botocore does not know watermarks."""
    return sorted(mark.get("WatermarkKey", "") for mark in ami.get("ImageWatermarks", []))


def snapshot_ids(ami: Ami) -> list[str]:
    """Returns the ids of the AMI's snapshots."""
    ids = (device.get("Ebs", {}).get("SnapshotId") for device in ami.get("BlockDeviceMappings", []))
    return [snapshot for snapshot in ids if snapshot]
