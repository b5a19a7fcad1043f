# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distributions -> targets: the Regions and accounts that get an AMI, and the accounts in which AWS assumes a role."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from .forms import ApiDistribution

# Image Builder assumes this role in every target account. AWS prescribes the name.
DESTINATION_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"


class Target(NamedTuple):
    """One Region and account."""

    region: str
    account_id: str


def target_of(item: Mapping[str, Any]) -> Target:
    """Returns the target of a map with C(region) and C(account_id)."""
    return Target(item["region"], item["account_id"])


def distributes_an_ami(entry: ApiDistribution) -> bool:
    """Whether an entry has any output except a container image."""
    return bool(set(entry) - {"region", "containerDistributionConfiguration"})


def target_accounts(entry: ApiDistribution) -> list[str]:
    """Returns the listed accounts that get their own AMI; empty if only the configuration's own account gets one."""
    return entry.get("amiDistributionConfiguration", {}).get("targetAccountIds", [])


def targets(distributions: Iterable[ApiDistribution], account_id: str) -> list[Target]:
    """Returns each Region and account that gets its own AMI.

    :param distributions: entries in API form.
    :param account_id: the account of the configuration. It gets the AMI if an entry does not name target accounts.
    :returns: each target once, in the order of the entries.
    """
    pairs = [
        Target(entry["region"], account)
        for entry in distributions
        if distributes_an_ami(entry)
        for account in target_accounts(entry) or [account_id]
    ]
    return list(dict.fromkeys(pairs))


def destination_accounts(distributions: Iterable[ApiDistribution], account_id: str | None) -> list[str]:
    """Returns the other accounts in which Image Builder assumes DESTINATION_ROLE, sorted.

    These are the accounts that get their own AMI, a launch template version or an SSM parameter. AWS cannot enable Fast
    Launch in another account.

    :param distributions: entries in API form.
    :param account_id: the account of the configuration.
    """
    accounts: set[str | None] = set()
    for entry in distributions:
        accounts.update(target_accounts(entry))
        accounts.update(item.get("accountId") for item in entry.get("launchTemplateConfigurations", []))
        accounts.update(item.get("amiAccountId") for item in entry.get("ssmParameterConfigurations", []))
    return sorted(account for account in accounts if account and account != account_id)
