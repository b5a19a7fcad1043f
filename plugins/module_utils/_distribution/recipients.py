# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distributions -> who gets what in which Region."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from .configuration.conversion import camel
from .forms import ApiDistribution
from .iam.statements import fast_launches
from .targets import distributes_an_ami
from .targets import target_accounts

EVERYBODY = "all"

AMI = "ami"
LAUNCH = "launch_permission"
CONTAINER = "container_image"


def recipients_of(
    distributions: Iterable[ApiDistribution], account_id: str, home_region: str | None
) -> list[dict[str, Any]]:
    """Returns the recipients: one map for each Region and account, organization, OU or group.

    :param distributions: entries in API form.
    :param account_id: the account of the configuration.
    :param home_region: the Region of the configuration.
    :returns: maps in the order of the entries, each with C(region); C(account_id), or None if C(principal) is the ARN
        of an organization or OU, or C(all) for everybody; C(receives), a list of C(ami), C(launch_permission) and
        C(container_image); C(kms_key_id), the key that encrypts the account's AMI, or None; C(launch_template_ids);
        C(ssm_parameters); C(license_configurations), their number; C(fast_launch); C(s3_export), C(BUCKET/PREFIX) or
        None.
    """
    return [recipient for entry in distributions for recipient in _recipients_in(entry, account_id, home_region)]


def is_public(recipient: dict[str, Any]) -> bool:
    """Whether a recipient is everybody in the world."""
    return bool(recipient["principal"] == EVERYBODY)


def _recipients_in(entry: ApiDistribution, account_id: str, home_region: str | None) -> list[dict[str, Any]]:
    region = entry["region"]
    ami = entry.get("amiDistributionConfiguration", {})
    owners = (target_accounts(entry) or [account_id]) if distributes_an_ami(entry) else []
    recipients: dict[tuple[str | None, str | None], dict[str, Any]] = {}

    def recipient(account: str | None = None, principal: str | None = None) -> dict[str, Any]:
        return recipients.setdefault((account, principal), _receives_nothing(region, account, principal))

    for owner in owners:
        own = recipient(owner)
        own["receives"].append(AMI)
        if (region, owner) != (home_region, account_id):
            # AWS does not apply the key to the AMI in the home Region.
            own["kms_key_id"] = ami.get("kmsKeyId")
        own["license_configurations"] = len(entry.get("licenseConfigurationArns", []))
    if "containerDistributionConfiguration" in entry:
        recipient(account_id)["receives"].append(CONTAINER)
    permission: Mapping[str, Any] = ami.get("launchPermission", {})
    for account in permission.get("userIds", []):
        if account == EVERYBODY:
            recipient(principal=EVERYBODY)["receives"].append(LAUNCH)
        elif account not in owners:
            recipient(account)["receives"].append(LAUNCH)
    for name in ("user_groups", "organization_arns", "organizational_unit_arns"):
        for principal in permission.get(camel(name), []):
            # An ARN may be listed twice, and user_ids may also contain "all".
            recipient(principal=principal)["receives"][:] = [LAUNCH]
    for template in entry.get("launchTemplateConfigurations", []):
        recipient(template.get("accountId") or account_id)["launch_template_ids"].append(template["launchTemplateId"])
    for parameter in entry.get("ssmParameterConfigurations", []):
        recipient(parameter.get("amiAccountId") or account_id)["ssm_parameters"].append(parameter["parameterName"])
    if "s3ExportConfiguration" in entry:
        export = entry["s3ExportConfiguration"]
        recipient(account_id)["s3_export"] = "/".join(
            part for part in (export["s3Bucket"], export.get("s3Prefix")) if part
        )
    if fast_launches([entry], account_id):
        recipient(account_id)["fast_launch"] = True
    return list(recipients.values())


def _receives_nothing(region: str, account: str | None, principal: str | None) -> dict[str, Any]:
    return {
        "region": region,
        "account_id": account,
        "principal": principal,
        "receives": [],
        "kms_key_id": None,
        "launch_template_ids": [],
        "ssm_parameters": [],
        "license_configurations": 0,
        "fast_launch": False,
        "s3_export": None,
    }
