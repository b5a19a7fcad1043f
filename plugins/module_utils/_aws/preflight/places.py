# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of where a distribution goes and who may launch it: Regions, organizations, the public, quotas, pipelines.

Each takes an Asking and a Question and gives a Verdict, or raises Unchecked.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from ..._distribution import regions
from ..._distribution.arns import account_of
from ..._distribution.arns import name_of
from .. import api
from ..errors import ImageBuilderError
from .findings import Asking
from .findings import broken
from .findings import ok
from .findings import Place
from .findings import Question
from .findings import Unchecked
from .findings import unchecked
from .findings import Verdict


class Quota(NamedTuple):
    """A quota of EC2. C(rule): what the ids of its rules begin with."""

    code: str
    name: str
    rule: str


# Source: EC2 endpoints and quotas, AWS General Reference. The codes are the same everywhere.
_IMAGES_QUOTA = Quota("L-B665C33B", "AMIs", "images_quota")
_PUBLIC_IMAGES_QUOTA = Quota("L-0E3CBAB9", "public AMIs", "public_images_quota")
_SHARING_QUOTA = Quota("L-70015FFA", "AMI sharing", "sharing_quota")

# Above this share of a quota there is a warning.
_NEARLY_FULL = 0.9


def region(asking: Asking, question: Question) -> Verdict:
    """The Region exists in the partition and is enabled for the account."""
    state = region_state(asking, question.region, question.account_id)
    if state is None:
        advice = regions.advice(question.region or "", asking.partition)
        hint = f" ({advice})" if advice else ""
        return broken("region_absent", region=question.region, partition=asking.partition, hint=hint)
    if state == "not-opted-in":
        return broken("region_not_enabled", region=question.region, account_id=question.account_id)
    return ok(f"{question.region} is enabled for account {question.account_id}")


def region_state(asking: Asking, name: str | None, account_id: str) -> str | None:
    """EC2's opt-in status of a Region for an account; None where the partition has no such Region."""
    home = Place(asking.home_region, account_id)
    answer = asking.ask("ec2", "describe_regions", home, AllRegions=True)
    states: dict[str | None, str] = {
        item["RegionName"]: item.get("OptInStatus", "opt-in-not-required") for item in answer["Regions"]
    }
    return states.get(name)


def pipelines(asking: Asking, question: Question) -> Verdict:
    """Which pipelines a change of the configuration will touch."""
    (arn,) = question.subject
    # About several configurations all pipelines are listed once.
    wanted = arn if len(asking.alike(question)) == 1 else None
    listed = asking.once(("pipelines", wanted), lambda: _pipelines(asking, wanted, question.account_id))
    found = [item for item in listed if wanted or item.get("distributionConfigurationArn") == arn]
    if not found:
        return ok(f"no pipeline uses {arn}")
    names = ", ".join(sorted(f"{item.get('name')} ({item.get('arn')})" for item in found))
    return ok(f"the next builds of these pipelines use what {arn} says then: {names}")


def _pipelines(asking: Asking, arn: str | None, account_id: str) -> list[dict[str, Any]]:
    try:
        return api.list_pipelines(asking.connection, arn)
    except ImageBuilderError as reason:
        raise unchecked(reason, account_id=account_id) from reason


# -- organizations and the public ----------------------------------------------------------------------------------


def organization(asking: Asking, question: Question) -> Verdict:
    """The organization is the one of the account."""
    (arn,) = question.subject
    place = _organization_place(asking, question, arn)
    answer = asking.ask("organizations", "describe_organization", place, absent=("AWSOrganizationsNotInUseException",))
    found = answer and answer["Organization"]["Arn"]
    if found == arn:
        return ok(f"{arn} is the organization of account {place.account_id}")
    return broken(
        "organization_of_others", account_id=place.account_id, organization=found or "no organization", arn=arn
    )


def organizational_unit(asking: Asking, question: Question) -> Verdict:
    """The OU exists. Only the management account and delegated administrators may look."""
    (arn,) = question.subject
    identifier = name_of(arn)
    place = _organization_place(asking, question, arn)
    answer = asking.ask(
        "organizations",
        "describe_organizational_unit",
        place,
        absent=("OrganizationalUnitNotFoundException",),
        OrganizationalUnitId=identifier,
    )
    found = answer and answer["OrganizationalUnit"]["Arn"]
    if found == arn:
        return ok(f"the OU {arn} exists")
    if found:
        return broken("organizational_unit_arn", identifier=identifier, found=found, arn=arn)
    return broken("organizational_unit_missing", arn=arn)


def _organization_place(asking: Asking, question: Question, arn: str) -> Place:
    """Asked in the management account where the user names a role for it, since members may not see OUs."""
    management_account = account_of(arn)
    named = asking.accounts.has_role_of_its_own(management_account)
    return Place(None, management_account if named else question.account_id)


def public_sharing(asking: Asking, question: Question) -> Verdict:
    """Whether the account may make AMIs public in the Region."""
    answer = asking.ask("ec2", "get_image_block_public_access_state", question)
    if answer["ImageBlockPublicAccessState"] != "unblocked":
        return broken("public_blocked", region=question.region, account_id=question.account_id)
    # That it is public to everyone says the rule C(public).
    return ok(f"public sharing of AMIs is not blocked in {question.region} in account {question.account_id}")


# -- quotas --------------------------------------------------------------------------------------------------------


def quota_images(asking: Asking, question: Question) -> Verdict:
    """There is room for one more AMI."""
    return _room(_IMAGES_QUOTA, len(_own_images(asking, question)), _quota(asking, question, _IMAGES_QUOTA), question)


def quota_public_images(asking: Asking, question: Question) -> Verdict:
    """There is room for one more public AMI."""
    public = sum(_own_images(asking, question))
    return _room(_PUBLIC_IMAGES_QUOTA, public, _quota(asking, question, _PUBLIC_IMAGES_QUOTA), question)


def quota_image_sharing(asking: Asking, question: Question) -> Verdict:
    """An AMI may be shared with so many accounts, organizations and OUs."""
    (wanted,) = question.subject
    limit = _quota(asking, question, _SHARING_QUOTA)
    if wanted > limit:
        return broken(
            "sharing_quota_exceeded",
            wanted=wanted,
            limit=limit,
            code=_SHARING_QUOTA.code,
            region=question.region,
            account_id=question.account_id,
        )
    return ok(f"an AMI may be shared with {limit} accounts, organizations and OUs, {wanted} are named")


def _room(quota: Quota, used: int, limit: int, question: Question) -> Verdict:
    if used < limit * _NEARLY_FULL:
        where = f"{question.region} in account {question.account_id}"
        return ok(f"{used} of {limit} {quota.name} exist in {where}")
    how = "reached" if used >= limit else "nearly_reached"
    about: dict[str, Any] = {"region": question.region, "account_id": question.account_id}
    return broken(f"{quota.rule}_{how}", used=used, limit=limit, name=quota.name, code=quota.code, **about)


def _own_images(asking: Asking, question: Question) -> list[bool]:
    """For each AMI of the account whether it is public."""
    return asking.pages(
        "ec2",
        "describe_images",
        question,
        lambda page: [bool(image.get("Public")) for image in page.get("Images", [])],
        Owners=["self"],
        IncludeDisabled=True,
    )


def _quota(asking: Asking, question: Question, quota: Quota) -> int:
    code = quota.code
    # AWS's defaults are the same for all accounts, so they are asked for once in a Region.
    places: tuple[tuple[str, Question | Place], ...] = (
        ("get_service_quota", question),
        ("get_aws_default_service_quota", Place(question.region, asking.account_id)),
    )
    for operation, place in places:
        answer = asking.ask(
            "service-quotas", operation, place, absent=("NoSuchResourceException",), ServiceCode="ec2", QuotaCode=code
        )
        if answer:
            return int(answer["Quota"]["Value"])
    raise Unchecked(
        f"not checked, Service Quotas does not know the quota {code} ({quota.name})", "Look it up in the console"
    )
