# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of the image that will be distributed, by itself and together with the distributions.

Each takes a PreflightReader and a Question, whose subject begins with the option. It returns a CheckResult, or raises
Unchecked.
"""

from __future__ import annotations

from typing import Any

from ..._distribution.rollout import source_ami
from ..errors import code_of
from ..errors import ImageBuilderError
from ..rollout.source_image import NOT_THERE
from ..rollout.source_image import resolve
from .findings import broken
from .findings import CheckResult
from .findings import ok
from .findings import Question
from .findings import Scope
from .keys import allows
from .keys import key_metadata
from .keys import usable
from .reader import PreflightReader
from .reader import Unchecked
from .reader import unchecked

_NO_PARAMETER_CODES = ("ParameterNotFound", "ParameterVersionNotFound")


class _Missing(Exception):
    """Nothing was found for C(source_image); the text says what is missing."""


def source_image(reader: PreflightReader, question: Question) -> CheckResult:
    """The AMI exists in the home Region, is available, and belongs to the account."""
    given = question.subject[0]
    try:
        ami_id, ami = _source(reader, given)
    except _Missing as reason:
        return broken("source_unresolved", reason=reason)
    obstacle = source_ami.source_violation(ami, ami_id, reader.home_region, reader.account_id)
    if obstacle:
        return CheckResult(obstacle.rule.severity, obstacle.message, obstacle.remedy)
    called = "" if given == ami_id else f" ({given})"
    return ok(f"the AMI {ami_id}{called} is available in {reader.home_region}")


def source_image_key(reader: PreflightReader, question: Question) -> CheckResult:
    """The keys of the AMI's snapshots can be used."""
    ami_id = _ami(reader, question)["ImageId"]
    keys = _keys(reader, question)
    if not keys:
        return ok(f"the snapshots of {ami_id} are not encrypted")
    for key, metadata in keys.items():
        if not metadata:
            return broken("source_key_missing", key=key, ami_id=ami_id)
        result = usable(metadata, key)
        if result.status != "ok":
            return result
    return ok(f"the keys of the snapshots of {ami_id} are enabled: {', '.join(keys)}")


def source_image_key_policy(reader: PreflightReader, question: Question) -> CheckResult:
    """The keys of the AMI's snapshots allow the accounts that copy or launch it.

    The subject ends with the purpose, C(read) or C(launch), and the account, organization or OU.
    """
    purpose, principal = question.subject[1:]
    ami_id = _ami(reader, question)["ImageId"]
    keys = _keys(reader, question)
    if not keys:
        return ok(f"the snapshots of {ami_id} are not encrypted")
    results = []
    for metadata in keys.values():
        if not metadata:
            raise Unchecked("not checked, the key was not found", "See the check source_image_key")
        results.append(allows(reader, metadata, purpose, principal, reader.home_region))
    order = ("error", "warning", "ok")
    return min(results, key=lambda result: order.index(result.status))


def source_image_export(reader: PreflightReader, question: Question) -> CheckResult:
    """EC2 can export the AMI to S3."""
    ami = _ami(reader, question)
    ami_id = ami["ImageId"]
    about = {"ami_id": ami_id, "region": question.region}
    software = source_ami.licensed_software(ami)
    if software:
        return broken("source_licensed_export", software=software, **about)
    codes = source_ami.marketplace_codes(ami)
    if codes:
        return broken("source_marketplace_export", codes=", ".join(codes), **about)
    if _is_encrypted(reader, question):
        return broken("source_encrypted_export", **about)
    return ok(f"the AMI {ami_id} can be exported to S3")


def source_image_public(reader: PreflightReader, question: Question) -> CheckResult:
    """The AMI can be made public."""
    ami = _ami(reader, question)
    ami_id = ami["ImageId"]
    about = {"ami_id": ami_id, "region": question.region}
    marks = source_ami.watermarks(ami)
    if marks:
        return broken("source_watermark_public", marks=", ".join(marks), **about)
    codes = source_ami.marketplace_codes(ami)
    if codes:
        return broken("source_marketplace_public", codes=", ".join(codes), **about)
    if _is_encrypted(reader, question):
        return broken("source_encrypted_public", **about)
    return ok(f"the AMI {ami_id} can be made public")


def source_image_fast_launch(reader: PreflightReader, question: Question) -> CheckResult:
    """The AMI runs Windows, which Fast Launch requires."""
    ami = _ami(reader, question)
    if not source_ami.is_windows(ami):
        platform = ami.get("PlatformDetails") or "not Windows"
        about = {"ami_id": ami["ImageId"], "region": question.region}
        return broken("source_platform_fast_launch", platform=platform, **about)
    return ok(f"the AMI {ami['ImageId']} is a Windows AMI")


def is_encrypted(reader: PreflightReader, source: str) -> bool:
    """Whether the image that is distributed has encrypted snapshots.

    :raises: Unchecked, if that cannot be found out.
    """
    question = Question("source_image", reader.home_region, reader.account_id, (source,))
    _ami(reader, question)
    return _is_encrypted(reader, question)


# -- shared -------------------------------------------------------------------------------------------------------


def _source(reader: PreflightReader, given: str) -> tuple[str, dict[str, Any] | None]:
    """(id, the AMI as EC2 describes it in the home Region, None if it does not exist)."""
    ami_id = reader.once(("source image", given), lambda: _resolved(reader, given))
    if isinstance(ami_id, _Missing):
        raise _Missing(str(ami_id))
    home = Scope(reader.home_region, reader.account_id)
    # Without IncludeDisabled, a disabled AMI looks as if it did not exist.
    answer = reader.ask("ec2", "describe_images", home, NOT_THERE, ImageIds=[ami_id], IncludeDisabled=True)
    images = answer["Images"] if answer else []
    return ami_id, images[0] if images else None


def _resolved(reader: PreflightReader, given: str) -> str | _Missing:
    def client(service: str) -> Any:
        return reader.client(service, reader.home_region, reader.account_id)

    try:
        ami_id: str = resolve(reader.connection, client, given)
    except ImageBuilderError as reason:
        if reason.exception and code_of(reason.exception) not in _NO_PARAMETER_CODES:
            raise unchecked(reason.exception, reason.kwargs.get("service") or "imagebuilder") from reason
        return _Missing(reason.message)
    return ami_id


def _ami(reader: PreflightReader, question: Question) -> dict[str, Any]:
    """The AMI.

    :raises: Unchecked, if it does not exist.
    """
    try:
        dummy, ami = _source(reader, question.subject[0])
    except _Missing:
        ami = None
    if not ami:
        raise Unchecked("not checked, the source image was not found", "See the check source_image")
    return ami


def _is_encrypted(reader: PreflightReader, question: Question) -> bool:
    return any(snapshot.get("Encrypted") for snapshot in _snapshots(reader, question))


def _snapshots(reader: PreflightReader, question: Question) -> list[dict[str, Any]]:
    ids = source_ami.snapshot_ids(_ami(reader, question))
    if not ids:
        return []
    home = Scope(reader.home_region, reader.account_id)
    answer = reader.ask("ec2", "describe_snapshots", home, ("InvalidSnapshot.NotFound",), SnapshotIds=ids)
    if answer is None:
        raise Unchecked("not checked, a snapshot of the source image was not found", "Check the AMI by hand")
    snapshots: list[dict[str, Any]] = answer["Snapshots"]
    return snapshots


def _keys(reader: PreflightReader, question: Question) -> dict[str, dict[str, Any] | None]:
    """ARN of each encrypted snapshot's key -> its metadata, None if the key does not exist."""
    home = Scope(reader.home_region, reader.account_id)
    arns = {snapshot["KmsKeyId"] for snapshot in _snapshots(reader, question) if snapshot.get("Encrypted")}
    return {arn: key_metadata(reader, home, arn) for arn in sorted(arns)}
