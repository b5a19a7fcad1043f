# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of KMS keys.

Each takes an Asking and a Question and gives a Verdict, or raises Unchecked.
"""

from __future__ import annotations

from ..._distribution.arns import parse
from ..._distribution.arns import region_of
from ..._distribution.iam import policy_reading
from .findings import error
from .findings import ok
from .findings import Place
from .findings import Unchecked
from .findings import warning

# What the copying role needs of a key that encrypts its copies, and what an account needs that launches such an AMI.
# Sources: Image Builder user guide, "Set up cross-account AMI distribution"; EC2 user guide, "Share an AMI with
# specific AWS accounts".
_KEY_ACTIONS = {
    "copy": ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKeyWithoutPlaintext", "ReEncryptTo"),
    "launch": ("CreateGrant", "Decrypt", "DescribeKey", "ReEncryptFrom"),
}


def kms_key(asking, question):
    """The key exists, is one that EBS can use, is enabled and stands in the Region of the copies."""
    (key,) = question.subject
    metadata = key_metadata(asking, question, key)
    if not metadata:
        hint = "" if key.startswith("arn:") else "; other accounts find a key by its whole ARN only"
        return error(
            f"the KMS key {key} does not exist in {_key_region(question, key)} for account {question.account_id}",
            f"Create the key or its alias, or correct kms_key_id{hint}",
        )
    arn = metadata["Arn"]
    label = arn if arn == key else f"{key} ({arn})"
    if metadata.get("KeyState") != "Enabled":
        return error(f"the KMS key {label} is {metadata.get('KeyState')}", "Enable the key, or name another")
    usage, spec = metadata.get("KeyUsage", "ENCRYPT_DECRYPT"), metadata.get("KeySpec", "SYMMETRIC_DEFAULT")
    if (usage, spec) != ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"):
        return error(
            f"the KMS key {label} is for {usage} with {spec}; EBS takes symmetric encryption keys only",
            "Name another key",
        )
    if region_of(arn) != question.region:
        return warning(
            f"the KMS key {label} is in {region_of(arn)}, and copies in {question.region} need one there",
            f"Name a key of {question.region}, for example a replica of this one",
        )
    return ok(f"the KMS key {label} is enabled")


def kms_key_policy(asking, question):
    """The policy of the key admits another account."""
    key, purpose, describing_account = question.subject
    metadata = key_metadata(asking, question._replace(account_id=describing_account), key)
    if not metadata:
        raise Unchecked("not checked, the key was not found", "See the check kms_key")
    arn, owner, account_id = metadata["Arn"], metadata["AWSAccountId"], question.account_id
    if owner == account_id:
        return ok(f"account {account_id} owns the KMS key {arn}")
    if metadata.get("KeyManager") == "AWS":
        return error(
            f"{arn} is managed by AWS, and no other account can use it; account {account_id} would have to",
            "Name a customer managed key whose policy admits the account",
        )
    place = Place(region_of(arn), owner)
    document = asking.ask("kms", "get_key_policy", place, KeyId=arn, PolicyName="default")["Policy"]
    is_principal = policy_reading.anyone_in(account_id)
    context = {
        "aws:principalaccount": account_id,
        "kms:calleraccount": account_id,
        "kms:grantisforawsresource": "true",
    }
    if asking.partition != "aws-cn":
        # How services are spelt there in this key is not documented; so there it is not judged.
        context["kms:viaservice"] = f"ec2.{question.region}.amazonaws.com"
    grants = {
        f"kms:{action}": policy_reading.grant(document, f"kms:{action}", is_principal, context)
        for action in _KEY_ACTIONS[purpose]
    }
    missing = [action for action, grant in grants.items() if not grant.allowed]
    remedy = f"Let the policy of {arn} admit arn:{asking.partition}:iam::{account_id}:root"
    if missing:
        report = error if purpose == "copy" else warning
        return report(
            f"the policy of {arn} does not let account {account_id} {purpose} AMIs: {', '.join(missing)} missing",
            remedy,
        )
    unjudged = sorted({key for grant in grants.values() for key in grant.unjudged})
    if unjudged:
        return warning(
            f"the policy of {arn} admits account {account_id} on conditions that are not judged here:"
            f" {', '.join(unjudged)}",
            f"See whether they hold. {remedy}",
        )
    return ok(f"the policy of {arn} admits account {account_id}")


def key_metadata(asking, question, key):
    """What KMS knows of a key given by ARN, id or alias; None where there is none."""
    place = Place(_key_region(question, key), question.account_id)
    absent = ("NotFoundException", "InvalidArnException")
    answer = asking.ask("kms", "describe_key", place, absent=absent, KeyId=key)
    return answer and answer["KeyMetadata"]


def owner_of(key):
    """The account that the ARN of a key or alias names; None where the key is not given by ARN."""
    return _place_of(key)[1]


def _key_region(question, key):
    return _place_of(key)[0] or question.region


def _place_of(key):
    arn = parse(key)
    return (arn.region, arn.account_id) if arn else (None, None)
