# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distributions -> targets: the Regions and accounts that get an AMI, and the accounts in which a role is assumed."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from .forms import ApiDistribution

# AWS fixes the name; Image Builder assumes this role in every target account.
DESTINATION_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"


class Target(NamedTuple):
    """One Region and account."""

    region: str
    account_id: str


def target_of(row: Mapping[str, Any]) -> Target:
    """The target that a map with C(region) and C(account_id) is about."""
    return Target(row["region"], row["account_id"])


def distributes_an_ami(entry: ApiDistribution) -> bool:
    """Whether an entry has any output but a container image."""
    return bool(set(entry) - {"region", "containerDistributionConfiguration"})


def target_accounts(entry: ApiDistribution) -> list[str]:
    """The accounts that get an AMI of their own, as listed; empty where only the configuration's own account does."""
    return entry.get("amiDistributionConfiguration", {}).get("targetAccountIds", [])


def targets(distributions: Iterable[ApiDistribution], account_id: str) -> list[Target]:
    """Where AMIs will be: every Region and account that gets its own.

    :param distributions: a list of entries in API form.
    :param account_id: the account of the configuration; it gets the AMI where no target account is named.
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
    """The other accounts in which Image Builder assumes a role, EC2ImageBuilderDistributionCrossAccountRole in each.

    For an AMI of their own, a launch template or an SSM parameter. Fast Launch is not among them: AWS cannot set it
    for another account.

    :param distributions: a list of entries in API form.
    :param account_id: the account of the configuration.
    :returns: a sorted list of account ids.
    """
    accounts: set[str | None] = set()
    for entry in distributions:
        accounts.update(target_accounts(entry))
        accounts.update(item.get("accountId") for item in entry.get("launchTemplateConfigurations", []))
        accounts.update(item.get("amiAccountId") for item in entry.get("ssmParameterConfigurations", []))
    return sorted(account for account in accounts if account and account != account_id)
