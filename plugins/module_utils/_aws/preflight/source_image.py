# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of the image that will be distributed, by itself and together with the distributions.

Each takes an Asking and a Question, whose subject begins with the option. It returns a CheckResult, or raises
Unchecked.
"""

from __future__ import annotations

from typing import Any

from ..._distribution.rollout import source_ami
from ..errors import code_of
from ..errors import ImageBuilderError
from ..rollout.source_image import NOT_THERE
from ..rollout.source_image import resolve
from .findings import Asking
from .findings import broken
from .findings import CheckResult
from .findings import ok
from .findings import Question
from .findings import Scope
from .findings import Unchecked
from .findings import unchecked
from .keys import allows
from .keys import key_metadata
from .keys import usable

_NO_PARAMETER_CODES = ("ParameterNotFound", "ParameterVersionNotFound")


class _Missing(Exception):
    """Nothing was found for C(source_image); the text says what is missing."""


def source_image(asking: Asking, question: Question) -> CheckResult:
    """The AMI exists in the home Region, is available, and belongs to the account."""
    given = question.subject[0]
    try:
        ami_id, ami = _source(asking, given)
    except _Missing as reason:
        return broken("source_unresolved", reason=reason)
    obstacle = source_ami.source_violation(ami, ami_id, asking.home_region, asking.account_id)
    if obstacle:
        return CheckResult(obstacle.rule.severity, obstacle.message, obstacle.remedy)
    called = "" if given == ami_id else f" ({given})"
    return ok(f"the AMI {ami_id}{called} is available in {asking.home_region}")


def source_image_key(asking: Asking, question: Question) -> CheckResult:
    """The keys of the AMI's snapshots can be used."""
    ami_id = _ami(asking, question)["ImageId"]
    keys = _keys(asking, question)
    if not keys:
        return ok(f"the snapshots of {ami_id} are not encrypted")
    for key, metadata in keys.items():
        if not metadata:
            return broken("source_key_missing", key=key, ami_id=ami_id)
        result = usable(metadata, key)
        if result.status != "ok":
            return result
    return ok(f"the keys of the snapshots of {ami_id} are enabled: {', '.join(keys)}")


def source_image_key_policy(asking: Asking, question: Question) -> CheckResult:
    """The keys of the AMI's snapshots allow the accounts that copy or launch it.

    The subject ends with the purpose, C(read) or C(launch), and the account, organization or OU.
    """
    purpose, principal = question.subject[1:]
    ami_id = _ami(asking, question)["ImageId"]
    keys = _keys(asking, question)
    if not keys:
        return ok(f"the snapshots of {ami_id} are not encrypted")
    results = []
    for metadata in keys.values():
        if not metadata:
            raise Unchecked("not checked, the key was not found", "See the check source_image_key")
        results.append(allows(asking, metadata, purpose, principal, asking.home_region))
    order = ("error", "warning", "ok")
    return min(results, key=lambda result: order.index(result.status))


def source_image_export(asking: Asking, question: Question) -> CheckResult:
    """EC2 can export the AMI to S3."""
    ami = _ami(asking, question)
    ami_id = ami["ImageId"]
    about = {"ami_id": ami_id, "region": question.region}
    software = source_ami.licensed_software(ami)
    if software:
        return broken("source_licensed_export", software=software, **about)
    codes = source_ami.marketplace_codes(ami)
    if codes:
        return broken("source_marketplace_export", codes=", ".join(codes), **about)
    if _is_encrypted(asking, question):
        return broken("source_encrypted_export", **about)
    return ok(f"the AMI {ami_id} can be exported to S3")


def source_image_public(asking: Asking, question: Question) -> CheckResult:
    """The AMI can be made public."""
    ami = _ami(asking, question)
    ami_id = ami["ImageId"]
    about = {"ami_id": ami_id, "region": question.region}
    marks = source_ami.watermarks(ami)
    if marks:
        return broken("source_watermark_public", marks=", ".join(marks), **about)
    codes = source_ami.marketplace_codes(ami)
    if codes:
        return broken("source_marketplace_public", codes=", ".join(codes), **about)
    if _is_encrypted(asking, question):
        return broken("source_encrypted_public", **about)
    return ok(f"the AMI {ami_id} can be made public")


def source_image_fast_launch(asking: Asking, question: Question) -> CheckResult:
    """The AMI runs Windows, which Fast Launch requires."""
    ami = _ami(asking, question)
    if not source_ami.is_windows(ami):
        platform = ami.get("PlatformDetails") or "not Windows"
        about = {"ami_id": ami["ImageId"], "region": question.region}
        return broken("source_platform_fast_launch", platform=platform, **about)
    return ok(f"the AMI {ami['ImageId']} is one of Windows")


def is_encrypted(asking: Asking, source: str) -> bool:
    """Whether the image that is distributed has encrypted snapshots.

    :raises: Unchecked, if that cannot be found out.
    """
    question = Question("source_image", asking.home_region, asking.account_id, (source,))
    _ami(asking, question)
    return _is_encrypted(asking, question)


# -- shared -------------------------------------------------------------------------------------------------------


def _source(asking: Asking, given: str) -> tuple[str, dict[str, Any] | None]:
    """(id, the AMI as EC2 describes it in the home Region, None if it does not exist)."""
    ami_id = asking.once(("source image", given), lambda: _resolved(asking, given))
    if isinstance(ami_id, _Missing):
        raise _Missing(str(ami_id))
    home = Scope(asking.home_region, asking.account_id)
    # Without IncludeDisabled, a disabled AMI looks as if it did not exist.
    answer = asking.ask("ec2", "describe_images", home, NOT_THERE, ImageIds=[ami_id], IncludeDisabled=True)
    images = answer["Images"] if answer else []
    return ami_id, images[0] if images else None


def _resolved(asking: Asking, given: str) -> str | _Missing:
    def client(service: str) -> Any:
        return asking.client(service, asking.home_region, asking.account_id)

    try:
        ami_id: str = resolve(asking.connection, client, given)
    except ImageBuilderError as reason:
        if reason.exception and code_of(reason.exception) not in _NO_PARAMETER_CODES:
            raise unchecked(reason.exception, reason.kwargs.get("service") or "imagebuilder") from reason
        return _Missing(reason.message)
    return ami_id


def _ami(asking: Asking, question: Question) -> dict[str, Any]:
    """The AMI.

    :raises: Unchecked, if it does not exist.
    """
    try:
        dummy, ami = _source(asking, question.subject[0])
    except _Missing:
        ami = None
    if not ami:
        raise Unchecked("not checked, the source image was not found", "See the check source_image")
    return ami


def _is_encrypted(asking: Asking, question: Question) -> bool:
    return any(snapshot.get("Encrypted") for snapshot in _snapshots(asking, question))


def _snapshots(asking: Asking, question: Question) -> list[dict[str, Any]]:
    ids = source_ami.snapshot_ids(_ami(asking, question))
    if not ids:
        return []
    home = Scope(asking.home_region, asking.account_id)
    answer = asking.ask("ec2", "describe_snapshots", home, ("InvalidSnapshot.NotFound",), SnapshotIds=ids)
    if answer is None:
        raise Unchecked("not checked, a snapshot of the source image was not found", "Check the AMI by hand")
    snapshots: list[dict[str, Any]] = answer["Snapshots"]
    return snapshots


def _keys(asking: Asking, question: Question) -> dict[str, dict[str, Any] | None]:
    """ARN of each encrypted snapshot's key -> its metadata, None if the key does not exist."""
    home = Scope(asking.home_region, asking.account_id)
    arns = {snapshot["KmsKeyId"] for snapshot in _snapshots(asking, question) if snapshot.get("Encrypted")}
    return {arn: key_metadata(asking, home, arn) for arn in sorted(arns)}
