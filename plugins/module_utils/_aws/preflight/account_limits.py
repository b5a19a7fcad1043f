# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of what an account can do in a Region: it is enabled, AMIs can be public, and quotas leave room.

Each takes a PreflightReader and a Question and returns a CheckResult, or raises Unchecked.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from ..._distribution import regions
from .findings import broken
from .findings import CheckResult
from .findings import ok
from .findings import Question
from .findings import Scope
from .reader import PreflightReader
from .reader import Unchecked


class Quota(NamedTuple):
    """A quota of EC2. C(rule): the prefix of the ids of its rules."""

    code: str
    name: str
    rule: str


# Source: EC2 endpoints and quotas, AWS General Reference. The codes are the same everywhere.
_IMAGES_QUOTA = Quota("L-B665C33B", "AMIs", "images_quota")
_PUBLIC_IMAGES_QUOTA = Quota("L-0E3CBAB9", "public AMIs", "public_images_quota")
_SHARING_QUOTA = Quota("L-70015FFA", "AMI sharing", "sharing_quota")

# From this share of a quota on, there is a warning.
_NEARLY_FULL = 0.9


def region(reader: PreflightReader, question: Question) -> CheckResult:
    """The Region exists in the partition and is enabled for the account."""
    state = region_state(reader, question.region, question.account_id)
    if state is None:
        advice = regions.advice(question.region or "", reader.partition)
        hint = f" ({advice})" if advice else ""
        return broken("region_absent", region=question.region, partition=reader.partition, hint=hint)
    if state == "not-opted-in":
        return broken("region_not_enabled", region=question.region, account_id=question.account_id)
    return ok(f"{question.region} is enabled for account {question.account_id}")


def region_state(reader: PreflightReader, name: str | None, account_id: str) -> str | None:
    """EC2's opt-in status of a Region for an account, None if the partition has no such Region."""
    home = Scope(reader.home_region, account_id)
    answer = reader.ask("ec2", "describe_regions", home, AllRegions=True)
    states: dict[str | None, str] = {
        item["RegionName"]: item.get("OptInStatus", "opt-in-not-required") for item in answer["Regions"]
    }
    return states.get(name)


def public_sharing(reader: PreflightReader, question: Question) -> CheckResult:
    """The account can make AMIs public in the Region."""
    answer = reader.ask("ec2", "get_image_block_public_access_state", question)
    if answer["ImageBlockPublicAccessState"] != "unblocked":
        return broken("public_blocked", region=question.region, account_id=question.account_id)
    # The rule C(public) warns that everyone can launch it.
    return ok(f"public sharing of AMIs is not blocked in {question.region} in account {question.account_id}")


# -- quotas --------------------------------------------------------------------------------------------------------


def quota_images(reader: PreflightReader, question: Question) -> CheckResult:
    """The quota leaves room for one more AMI."""
    return _room(_IMAGES_QUOTA, len(_own_images(reader, question)), _quota(reader, question, _IMAGES_QUOTA), question)


def quota_public_images(reader: PreflightReader, question: Question) -> CheckResult:
    """The quota leaves room for one more public AMI."""
    public = sum(_own_images(reader, question))
    return _room(_PUBLIC_IMAGES_QUOTA, public, _quota(reader, question, _PUBLIC_IMAGES_QUOTA), question)


def quota_image_sharing(reader: PreflightReader, question: Question) -> CheckResult:
    """The quota lets an AMI be shared with all accounts, organizations and OUs that the entry names."""
    (wanted,) = question.subject
    limit = _quota(reader, question, _SHARING_QUOTA)
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


def _room(quota: Quota, used: int, limit: int, question: Question) -> CheckResult:
    if used < limit * _NEARLY_FULL:
        where = f"{question.region} in account {question.account_id}"
        return ok(f"{used} of {limit} {quota.name} exist in {where}")
    how = "reached" if used >= limit else "nearly_reached"
    about: dict[str, Any] = {"region": question.region, "account_id": question.account_id}
    return broken(f"{quota.rule}_{how}", used=used, limit=limit, name=quota.name, code=quota.code, **about)


def _own_images(reader: PreflightReader, question: Question) -> list[bool]:
    """Whether each AMI of the account is public."""
    return reader.pages(
        "ec2",
        "describe_images",
        question,
        lambda page: [bool(image.get("Public")) for image in page.get("Images", [])],
        Owners=["self"],
        IncludeDisabled=True,
    )


def _quota(reader: PreflightReader, question: Question, quota: Quota) -> int:
    code = quota.code
    # The defaults of AWS are the same for all accounts, so one request per Region is enough.
    attempts: tuple[tuple[str, Question | Scope], ...] = (
        ("get_service_quota", question),
        ("get_aws_default_service_quota", Scope(question.region, reader.account_id)),
    )
    for operation, scope in attempts:
        answer = reader.ask(
            "service-quotas", operation, scope, absent=("NoSuchResourceException",), ServiceCode="ec2", QuotaCode=code
        )
        if answer:
            return int(answer["Quota"]["Value"])
    raise Unchecked(
        f"not checked, Service Quotas does not know the quota {code} ({quota.name})", "Look it up in the console"
    )
