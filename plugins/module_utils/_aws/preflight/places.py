# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of where a distribution goes and whom it reaches: Regions, organizations, the public, quotas, pipelines.

Each takes an Asking and a Question and gives a Verdict, or raises Unchecked.
"""

from __future__ import annotations

from ..._distribution.arns import account_of
from ..._distribution.arns import name_of
from .. import api
from ..errors import ImageBuilderError
from .findings import Asking
from .findings import error
from .findings import ok
from .findings import Place
from .findings import Question
from .findings import Unchecked
from .findings import unchecked
from .findings import Verdict
from .findings import warning

# Source: EC2 endpoints and quotas, AWS General Reference. The codes are the same everywhere.
_IMAGES_QUOTA = ("L-B665C33B", "AMIs")
_PUBLIC_IMAGES_QUOTA = ("L-0E3CBAB9", "public AMIs")
_SHARING_QUOTA = ("L-70015FFA", "AMI sharing")

# Above this share of a quota there is a warning.
_NEARLY_FULL = 0.9


def region(asking: Asking, question: Question) -> Verdict:
    """The Region exists in the partition and is enabled for the account."""
    state = region_state(asking, question.region, question.account_id)
    if state is None:
        return error(
            f"{question.region} is not a Region of the partition {asking.partition}",
            "Correct the name in distributions, or remove the Region",
        )
    if state == "not-opted-in":
        return error(
            f"{question.region} is not enabled for account {question.account_id}",
            f"Enable {question.region} in account {question.account_id} (account:EnableRegion), or remove it",
        )
    return ok(f"{question.region} is enabled for account {question.account_id}")


def region_state(asking: Asking, name: str, account_id: str) -> str | None:
    """EC2's opt-in status of a Region for an account; None where the partition has no such Region."""
    home = Place(asking.home_region, account_id)
    answer = asking.ask("ec2", "describe_regions", home, AllRegions=True)
    states = {item["RegionName"]: item.get("OptInStatus", "opt-in-not-required") for item in answer["Regions"]}
    return states.get(name)


def pipelines(asking: Asking, question: Question) -> Verdict:
    """Which pipelines a change of the configuration will touch."""
    (arn,) = question.subject
    try:
        found = api.list_pipelines(asking.connection, arn)
    except ImageBuilderError as reason:
        raise unchecked(reason, account_id=question.account_id) from reason
    if not found:
        return ok(f"no pipeline uses {arn}")
    names = ", ".join(sorted(f"{item.get('name')} ({item.get('arn')})" for item in found))
    return ok(f"the next builds of these pipelines use what {arn} says then: {names}")


# -- organizations and the public ----------------------------------------------------------------------------------


def organization(asking: Asking, question: Question) -> Verdict:
    """The organization is the one of the account."""
    (arn,) = question.subject
    place = _organization_place(asking, question, arn)
    answer = asking.ask("organizations", "describe_organization", place, absent=("AWSOrganizationsNotInUseException",))
    found = answer and answer["Organization"]["Arn"]
    if found == arn:
        return ok(f"{arn} is the organization of account {place.account_id}")
    where = f"account {place.account_id} belongs to {found or 'no organization'}"
    return warning(
        f"{where}, so whether {arn} exists is not known", "Compare the ARN with that of the organization that you mean"
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
        return error(f"the ARN of the OU {identifier} is {found}, not {arn}", f"Write {found}")
    return error(f"the OU {arn} does not exist", "Correct organizational_unit_arns")


def _organization_place(asking: Asking, question: Question, arn: str) -> Place:
    """Asked in the management account where the user names a role for it, since members may not see OUs."""
    management_account = account_of(arn)
    named = asking.accounts.has_role_of_its_own(management_account)
    return Place(None, management_account if named else question.account_id)


def public_sharing(asking: Asking, question: Question) -> Verdict:
    """Whether the account may make AMIs public in the Region."""
    answer = asking.ask("ec2", "get_image_block_public_access_state", question)
    where = f"{question.region} in account {question.account_id}"
    if answer["ImageBlockPublicAccessState"] != "unblocked":
        return error(
            f"the AMI would be public, but public sharing of AMIs is blocked in {where}",
            "Remove all from user_groups; only if the AMI may really be public, call ec2:DisableImageBlockPublicAccess",
        )
    return warning(
        f"the AMI becomes public to everyone in {where}", "Remove all from user_groups if that is not intended"
    )


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
        return error(
            f"launch_permission names {wanted} accounts, organizations and OUs; in {question.region} account"
            f" {question.account_id} may name {limit} (quota {_SHARING_QUOTA[0]})",
            "Share with an organization or OU instead of accounts, or ask AWS for a higher quota",
        )
    return ok(f"an AMI may be shared with {limit} accounts, organizations and OUs, {wanted} are named")


def _room(quota: tuple[str, str], used: int, limit: int, question: Question) -> Verdict:
    code, name = quota
    text = f"{used} of {limit} {name} exist in {question.region} in account {question.account_id}"
    remedy = f"Deregister AMIs that nobody needs, or ask AWS for a higher quota {code}"
    if used >= limit:
        return error(f"{text}, so there is no room for another", remedy)
    return warning(text, remedy) if used >= limit * _NEARLY_FULL else ok(text)


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


def _quota(asking: Asking, question: Question, quota: tuple[str, str]) -> int:
    code, name = quota
    # AWS's defaults are the same for all accounts, so they are asked for once in a Region.
    places = (
        ("get_service_quota", question),
        ("get_aws_default_service_quota", Place(question.region, asking.account_id)),
    )
    for operation, place in places:
        answer = asking.ask(
            "service-quotas", operation, place, absent=("NoSuchResourceException",), ServiceCode="ec2", QuotaCode=code
        )
        if answer:
            return int(answer["Quota"]["Value"])
    raise Unchecked(f"not checked, Service Quotas does not know the quota {code} ({name})", "Look it up in the console")
