# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of KMS keys.

Each takes a PreflightReader and a Question and returns a CheckResult, or raises Unchecked.
"""

from __future__ import annotations

from typing import Any

from ..._distribution.arns import parse
from ..._distribution.arns import region_of
from ..._distribution.iam import policy_reading
from ..._distribution.validation.rules import RULES
from .findings import broken
from .findings import CheckResult
from .findings import ok
from .findings import Question
from .findings import Scope
from .reader import PreflightReader
from .reader import Unchecked

# The actions on a key that a role needs to encrypt copies or to read an encrypted source AMI, and that an account needs
# to launch such an AMI.
# Sources: Image Builder user guide, "Set up cross-account AMI distribution"; EC2 user guide, "Share an AMI with
# specific AWS accounts".
_KEY_ACTIONS = {
    "copy": ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKeyWithoutPlaintext", "ReEncryptTo"),
    "read": ("CreateGrant", "Decrypt", "DescribeKey", "ReEncryptFrom"),
    "launch": ("CreateGrant", "Decrypt", "DescribeKey", "ReEncryptFrom"),
}

# Without these a rollout fails. Without C(launch), the AMI is distributed but cannot be launched.
_NEEDED = ("copy", "read")

MANAGED_ALIAS = "alias/aws/"


def kms_key(reader: PreflightReader, question: Question) -> CheckResult:
    """The key exists in the Region of the copies, is enabled, and EBS can use it."""
    (key,) = question.subject
    about = {"key": key, "region": question.region, "account_id": question.account_id}
    key_region = _region_and_owner(key)[0]
    if key_region and key_region != question.region:
        rule = RULES["key_of_another_region"]
        message, remedy = rule.say(key_region=key_region, **about)
        return CheckResult(rule.severity, f"the KMS key {key} {message}", remedy[:1].upper() + remedy[1:])
    metadata = key_metadata(reader, question, key)
    if not metadata:
        hint = "" if key.startswith("arn:") else "; other accounts find a key only by its full ARN"
        return broken("key_missing", hint=hint, **about)
    return usable(metadata, key)


def usable(metadata: dict[str, Any], key: str) -> CheckResult:
    """Whether EBS can use a key.

    :param metadata: from key_metadata().
    :param key: how the user names it.
    """
    arn = metadata["Arn"]
    label = arn if arn == key else f"{key} ({arn})"
    if metadata.get("KeyState") != "Enabled":
        return broken("key_not_enabled", key=label, state=metadata.get("KeyState"))
    usage, spec = metadata.get("KeyUsage", "ENCRYPT_DECRYPT"), metadata.get("KeySpec", "SYMMETRIC_DEFAULT")
    if (usage, spec) != ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"):
        return broken("key_not_for_ebs", key=label, usage=usage, spec=spec)
    return ok(f"the KMS key {label} is enabled")


def kms_key_policy(reader: PreflightReader, question: Question) -> CheckResult:
    """The policy of the key allows another account, an organization or an OU.

    The subject is the key, the purpose (copy or launch) and the account that asks KMS for it. Last comes the ARN of the
    organization or OU that needs the key; without one, the account of the question needs it.
    """
    key, purpose, describing_account = question.subject[:3]
    principal = question.subject[3] if len(question.subject) > 3 else question.account_id
    if MANAGED_ALIAS in key:
        return broken("key_managed_by_aws", key=key, who=_called(principal))
    metadata = key_metadata(reader, question._replace(account_id=describing_account), key)
    if not metadata:
        raise Unchecked("not checked, the key was not found", "See the check kms_key")
    return allows(reader, metadata, purpose, principal, question.region)


def allows(
    reader: PreflightReader, metadata: dict[str, Any], purpose: str, principal: str, region: str | None
) -> CheckResult:
    """Whether somebody else can use a key.

    :param metadata: from key_metadata().
    :param purpose: C(copy), C(read) or C(launch).
    :param principal: the id of an account, or the ARN of an organization or OU.
    :param region: where the key is used.
    """
    arn, owner = metadata["Arn"], metadata["AWSAccountId"]
    who = _called(principal)
    if owner == principal:
        return ok(f"{who} owns the KMS key {arn}")
    if metadata.get("KeyManager") == "AWS":
        return broken("key_managed_by_aws", key=arn, who=who)
    answer = reader.ask("kms", "get_key_policy", Scope(region_of(arn), owner), KeyId=arn, PolicyName="default")
    document = answer["Policy"]
    is_principal, context = _request(reader, document, principal, region)
    grants = {
        f"kms:{action}": policy_reading.grant(document, f"kms:{action}", is_principal, context)
        for action in _KEY_ACTIONS[purpose]
    }
    missing = [action for action, grant in grants.items() if not grant.allowed]
    about = {"key": arn, "admitted": _principal_to_allow(reader, principal)}
    if missing:
        rule = "key_policy_copy" if purpose in _NEEDED else "key_policy_launch"
        whole = "all of " if principal.startswith("arn:") else ""
        return broken(rule, who=f"{whole}{who}", purpose=purpose, actions=", ".join(missing), **about)
    unjudged = sorted({key for grant in grants.values() for key in grant.unjudged})
    if unjudged:
        return broken("key_policy_conditions", who=who, conditions=", ".join(unjudged), **about)
    return ok(f"the policy of {arn} allows {who}")


def _called(principal: str) -> str:
    if not principal.startswith("arn:"):
        return f"account {principal}"
    return f"the {'OU' if ':ou/' in principal else 'organization'} {principal}"


def _request(
    reader: PreflightReader, document: str, principal: str, region: str | None
) -> tuple[policy_reading.IsPrincipal, policy_reading.Context]:
    """(the principals that the policy must name, the condition keys of their requests)."""
    context: dict[str, policy_reading.Value] = {"kms:grantisforawsresource": "true"}
    if reader.partition != "aws-cn":
        # How this condition key spells services in China is not documented, so it is not judged there.
        context["kms:viaservice"] = f"ec2.{region}.amazonaws.com"
    if principal.startswith("arn:"):
        # arn:aws:organizations::ACCOUNT:organization/o-1 or arn:aws:organizations::ACCOUNT:ou/o-1/ou-1
        organization, unit = (*principal.split("/")[1:], None)[:2]
        context["aws:principalorgid"] = organization or ""
        context["aws:principalorgpaths"] = policy_reading.organization_paths(organization or "", unit)
        return policy_reading.anyone, context
    context["aws:principalaccount"] = context["kms:calleraccount"] = principal
    if "aws:principalorg" in document.lower():
        own = _organization_of(reader, principal)
        if own:
            context["aws:principalorgid"] = own
            context["aws:principalorgpaths"] = policy_reading.organization_paths(own, whole=False)
    return policy_reading.anyone_in(principal), context


def _organization_of(reader: PreflightReader, account_id: str) -> str | None:
    """The id of an account's organization, None if it has none or cannot be asked."""
    scope = Scope(None, account_id)
    try:
        answer = reader.ask("organizations", "describe_organization", scope, absent=("AWSOrganizationsNotInUse",))
    except Unchecked:
        return None
    return answer["Organization"]["Id"] if answer else None


def _principal_to_allow(reader: PreflightReader, principal: str) -> str:
    """What to allow in the policy of a key so that the principal can use it."""
    if not principal.startswith("arn:"):
        return f"arn:{reader.partition}:iam::{principal}:root"
    organization, *unit = principal.split("/")[1:]
    if unit:
        return f"everybody with the condition ForAnyValue:StringLike aws:PrincipalOrgPaths {organization}/*/{unit[0]}/*"
    return f"everybody with the condition StringEquals aws:PrincipalOrgID {organization}"


def key_metadata(reader: PreflightReader, question: Question | Scope, key: str) -> dict[str, Any] | None:
    """The metadata of a key given by ARN, id or alias, None if it does not exist."""
    scope = Scope(_region_and_owner(key)[0] or question.region, question.account_id)
    absent = ("NotFoundException", "InvalidArnException")
    answer = reader.ask("kms", "describe_key", scope, absent=absent, KeyId=key)
    result: dict[str, Any] | None = answer and answer["KeyMetadata"]
    return result


def owner_of(key: str) -> str | None:
    """The account that the ARN of a key or alias names, None if the key is not given by ARN."""
    return _region_and_owner(key)[1]


def _region_and_owner(key: str) -> tuple[str | None, str | None]:
    arn = parse(key)
    return (arn.region, arn.account_id) if arn else (None, None)
