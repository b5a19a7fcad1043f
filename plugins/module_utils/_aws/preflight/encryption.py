# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of copies without a C(kms_key_id): EBS may encrypt them with its default key.

It takes a PreflightReader and a Question and returns a CheckResult, or raises Unchecked.
"""

from __future__ import annotations

from .findings import broken
from .findings import CheckResult
from .findings import ok
from .findings import Question
from .keys import allows
from .keys import key_metadata
from .keys import MANAGED_ALIAS
from .reader import PreflightReader
from .reader import Unchecked
from .source_image import is_encrypted


def copy_encryption(reader: PreflightReader, question: Question) -> CheckResult:
    """EBS's default key allows what the configuration does with a copy.

    The subject: the accounts, organizations and OUs that the copy is shared with, whether it becomes public, whether
    it is exported, and the option C(source_image), None if it is not given.
    """
    others, public, exported, source = question.subject
    region, account_id = question.region, question.account_id
    why = None
    if reader.ask("ec2", "get_ebs_encryption_by_default", question)["EbsEncryptionByDefault"]:
        why = f"EBS encrypts everything by default in {region} in account {account_id}"
    elif source and _source_is_encrypted(reader, source):
        why = "the source image is encrypted and no kms_key_id is given"
    about = {"why": why, "region": region, "account_id": account_id}
    if not why:
        return ok(f"copies in {region} in account {account_id} are not encrypted")
    if public:
        return broken("default_encryption_public", **about)
    if exported:
        return broken("default_encryption_export", **about)
    key = reader.ask("ec2", "get_ebs_default_kms_key_id", question)["KmsKeyId"]
    metadata = None if MANAGED_ALIAS in key else key_metadata(reader, question, key)
    if not metadata or metadata.get("KeyManager") == "AWS":
        return broken("default_key_shared", key=key, who=", ".join(others), **about)
    results = [allows(reader, metadata, "launch", principal, region) for principal in others]
    worst = next((result for result in results if result.status != "ok"), None)
    return worst or ok(f"the default key {key} of EBS in {region} allows {', '.join(others)}")


def _source_is_encrypted(reader: PreflightReader, source: str) -> bool:
    try:
        return is_encrypted(reader, source)
    except Unchecked:
        # The checks of the source image report the reason.
        return False
