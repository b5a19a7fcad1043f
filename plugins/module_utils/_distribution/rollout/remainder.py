# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which targets of a wave already have an image, across several rollouts, and what remains to be distributed.

All distributions here are in API form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import NamedTuple

from ..configuration.comparison import DEFAULT_DATA_TYPE
from ..configuration.comparison import normalised
from ..forms import ApiDistribution
from ..targets import Target
from ..targets import target_accounts
from .drift import live_amis
from .drift import wanted_targets
from .image_status import CANCELLED
from .image_status import COMPLETE
from .image_status import FAILED
from .image_status import is_final
from .image_status import status_of
from .rollouts import CONFIGURATION_TAG
from .rollouts import SOURCE_TAG
from .waves import with_home

_AMI: Final = "amiDistributionConfiguration"
_TEMPLATES: Final = "launchTemplateConfigurations"
_PARAMETERS: Final = "ssmParameterConfigurations"
_FAST: Final = "fastLaunchConfigurations"

# The lists of an entry whose items have an account -> the member with the account.
_OF_ACCOUNTS = {_TEMPLATES: "accountId", _PARAMETERS: "amiAccountId", _FAST: "accountId"}

# The members that apply only to the AMI of the configuration's own account.
_OF_THE_OWNER = ("licenseConfigurationArns", "s3ExportConfiguration")

Image = dict[str, Any]


class Candidate(NamedTuple):
    """An image that was distributed to a target.

    C(ami_id): the AMI of the target, None if the account only has a launch template or a parameter; C(arn), C(state):
    those of the image; C(live): target -> AMI id of that image.
    """

    ami_id: str | None
    arn: str
    state: str | None
    live: dict[Target, str]


def _settings_in_account(entry: ApiDistribution | None, account_id: str, own_account: str) -> dict[str, Any] | None:
    """Returns the settings of an entry for one account, in a form that can be compared.

    :param entry: the entry of a Region, or None.
    :param account_id: the account.
    :param own_account: the account of the configuration.
    """
    if entry is None:
        return None
    owners = target_accounts(entry) or [own_account]
    settings: dict[str, Any] = {}
    members: Mapping[str, Any] = entry
    if account_id in owners:
        settings[_AMI] = {key: value for key, value in entry.get(_AMI, {}).items() if key != "targetAccountIds"}
        settings["owner"] = True
    if account_id == own_account:
        settings.update({member: members.get(member) for member in _OF_THE_OWNER})
    for member, key in _OF_ACCOUNTS.items():
        settings[member] = [
            {"dataType": DEFAULT_DATA_TYPE, **item} if member == _PARAMETERS else item
            for item in members.get(member, [])
            if item.get(key, own_account) == account_id
        ]
    result: dict[str, Any] | None = normalised(settings)
    return result


def candidates(
    images: list[Image], wanted: list[ApiDistribution], source_image: str | None, own_account: str, home_region: str
) -> dict[Target, Candidate]:
    """Returns the last image that was distributed to each target with the wanted settings.

    :param images: C(image) of GetImage, the newest first.
    :param wanted: the entries with the targets.
    :param source_image: the id of the AMI to distribute. None: the last image counts, whatever its source and settings.
    :param own_account: the account of the configuration.
    :param home_region: the Region of the configuration.
    :returns: target -> Candidate, without targets to which no image was distributed.
    """
    reached_by: dict[Target, Candidate] = {}
    for target in wanted_targets(wanted, own_account, home_region):
        wanted_settings = _settings_in_account(target.entry, target.account_id, own_account)
        updates_references = bool(target.templates or target.parameters)
        for image in images:
            entry = _entry(image, target.region)
            live = live_amis(image, image.get("tags", {}).get(SOURCE_TAG), own_account, home_region, complete=True)
            ami_id = live.get(target.key) if target.owner else None
            state = status_of(image)
            is_reached = (
                ami_id
                if target.owner
                else state in COMPLETE and _settings_in_account(entry, target.account_id, own_account)
            )
            if entry is None or not is_reached:
                continue
            same_source = source_image in (None, image.get("tags", {}).get(SOURCE_TAG))
            # An entry that is there only for other Regions says nothing about the home Region.
            same_settings = _settings_in_account(entry, target.account_id, own_account) == wanted_settings
            if same_source and (same_settings or (source_image is None and not _is_carried_along(image, entry))):
                reached_by[target.key] = Candidate(ami_id, image["arn"], state, live)
                break
            if updates_references and not same_source:
                # The parameter or the launch template has the AMI of another image since.
                break
    return reached_by


def _is_carried_along(image: Image, entry: ApiDistribution) -> bool:
    """Whether an entry of a wave's configuration is there only because AWS needs one for the home Region."""
    settings = {key for key in entry.get(_AMI, {}) if key != "name"}
    others = any(other is not entry for other in image.get("distributionConfiguration", {}).get("distributions", []))
    return others and not settings and not set(entry) - {"region", _AMI, _TEMPLATES}


def _entry(image: Image, region: str) -> ApiDistribution | None:
    entries = image.get("distributionConfiguration", {}).get("distributions", [])
    return next((entry for entry in entries if entry["region"] == region), None)


def needs_no_copy(candidate: Candidate | None, status: str) -> bool:
    """Whether a target needs no new copy.

    :param candidate: the image that was distributed to the target.
    :param status: the status of the target: in_sync, drifted, missing or unknown.
    """
    if candidate is None or status == "missing":
        return False
    # If the rollout did not complete, what follows the copy may be missing; a retry or a new copy adds it.
    return candidate.state in COMPLETE or status == "in_sync"


def resumable(
    images: list[Image],
    configuration_arn: str,
    wanted: list[ApiDistribution],
    source_image: str,
    distributed: set[Target],
    own_account: str,
) -> Image | None:
    """Returns the rollout that a wave can continue, or None.

    :param images: C(image) of GetImage, the newest first.
    :param configuration_arn: the ARN of the wave's configuration.
    :param wanted: the entries of the wave.
    :param source_image: the id of the AMI to distribute.
    :param distributed: the targets that need no new copy.
    :param own_account: the account of the configuration.
    """
    for image in images:
        tags = image.get("tags", {})
        if tags.get(CONFIGURATION_TAG) != configuration_arn or tags.get(SOURCE_TAG) != source_image:
            continue
        status = status_of(image)
        if is_final(status) and status not in (FAILED, CANCELLED):
            return None
        entries = {entry["region"]: entry for entry in wanted}
        image_entries = image.get("distributionConfiguration", {}).get("distributions", [])
        requested = [entry for entry in image_entries if entry["region"] in entries]
        targets = {
            Target(entry["region"], account)
            for entry in requested
            for account in target_accounts(entry) or [own_account]
        }
        same = all(
            _settings_in_account(_entry(image, region), account, own_account)
            == _settings_in_account(entries[region], account, own_account)
            for region, account in targets
        )
        # A retry is useless if the settings have changed since, or if no target is missing.
        return image if same and targets and (not is_final(status) or targets - distributed) else None
    return None


def remaining_entries(
    distributions: list[ApiDistribution],
    regions: list[str],
    distributed: set[Target],
    own_account: str,
    name: str,
    home_region: str,
) -> list[ApiDistribution]:
    """Returns the entries of a wave that must still be distributed, without the accounts that have their AMIs.

    :param distributions: the entries of the wave.
    :param regions: the Regions of the wave.
    :param distributed: the targets that need no new copy.
    :param own_account: the account of the configuration.
    :param name: the name of the whole configuration.
    :param home_region: the Region of the configuration.
    :returns: entries; empty if nothing remains.
    """
    remaining: list[ApiDistribution] = []
    for entry in distributions:
        region = entry["region"]
        if region not in regions:
            continue
        accounts = [target.account_id for target in wanted_targets([entry], own_account, home_region)]
        waiting = [account for account in accounts if (region, account) not in distributed]
        if waiting:
            remaining.append(_reduced(entry, waiting, own_account) if len(waiting) < len(accounts) else entry)
    return with_home(remaining, name, distributions, own_account, home_region)


def _reduced(entry: ApiDistribution, accounts: list[str], own_account: str) -> ApiDistribution:
    owners = [account for account in target_accounts(entry) or [own_account] if account in accounts]
    if set(accounts) - set(owners):
        # Image Builder writes launch templates and parameters only with a new AMI.
        return entry
    members: Mapping[str, Any] = entry
    reduced: Any = {key: value for key, value in members.items() if own_account in owners or key not in _OF_THE_OWNER}
    reduced[_AMI] = {**entry.get(_AMI, {}), "targetAccountIds": owners}
    for member, key in _OF_ACCOUNTS.items():
        items = [item for item in reduced.pop(member, []) if item.get(key, own_account) in accounts]
        if items:
            reduced[member] = items
    result: ApiDistribution = reduced
    return result
