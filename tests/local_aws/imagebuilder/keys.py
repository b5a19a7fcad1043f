"""KMS keys of copies: which key is meant, whether it can be used, and whether the caller that copies may use it.

Source: EC2 user guide, "Use encryption with EBS-backed AMIs"; KMS developer guide, "Using EBS with KMS" and "Allowing
users in other accounts to use a KMS key".
"""

from __future__ import annotations

from moto.ec2.models import ec2_backends
from moto.kms.models import Key
from moto.kms.models import kms_backends

from tests.local_aws.complements.kms import is_aws_managed
from tests.local_aws.policy import evaluate_resource_policy

from .roles import Actor
from .roles import Anyone
from .roles import ConditionValue
from .trouble import StepRefused

_READ = ("kms:DescribeKey", "kms:Decrypt", "kms:ReEncryptFrom")
_WRITE = ("kms:DescribeKey", "kms:Encrypt", "kms:ReEncryptTo", "kms:GenerateDataKeyWithoutPlaintext")
CANNOT_SHARE = (
    "EC2 Client Error: 'Snapshots encrypted with the AWS Managed CMK can\u2019t be shared. Specify another snapshot.'"
)


def find_key(identifier: str, account: str, region: str) -> Key:
    """moto's key for a key ARN, alias ARN, key id or alias name, the latter two of this account and Region.

    Raises StepRefused if there is none, or if it is in another Region.
    """
    name = identifier
    if identifier.startswith("arn:"):
        its_region, account, name = identifier.split(":", 5)[3:]
        if its_region != region:
            raise StepRefused(f"AMI snapshot copy failed with error: The specified keyId {identifier} is invalid")
    try:
        backend = kms_backends[account][region]
        key_id = backend.get_key_id_from_alias(name) if name.startswith("alias/") else name.removeprefix("key/")
        return backend.keys[key_id or ""]
    except KeyError:
        raise StepRefused(f"AMI snapshot copy failed with error: The specified keyId {identifier} is invalid") from None


def default_key(account: str, region: str) -> Key:
    """The key that EBS uses in this account and Region if none is named."""
    ec2 = ec2_backends[account][region]
    arn = ec2.default_kms_key_id or ec2._create_default_encryption_key()
    return find_key(arn, account, region)


def check_reading(actor: Actor, key: Key, failed: str) -> None:
    """Raise StepRefused unless a snapshot under this key can be read. failed: how the message begins."""
    _check(actor, key, _READ, failed)


def check_writing(actor: Actor, key: Key, failed: str) -> None:
    """Raise StepRefused unless a snapshot can be written under this key. failed: how the message begins."""
    _check(actor, key, _WRITE, failed)


def _check(actor: Actor, key: Key, actions: tuple[str, ...], failed: str) -> None:
    failed = f"{failed} - Reason: Given key ID is not accessible"
    if key.key_state != "Enabled":
        raise StepRefused(f"{failed}: {key.arn} is in the state {key.key_state}")
    if (key.key_usage or "ENCRYPT_DECRYPT", key.key_spec) != ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"):
        raise StepRefused(f"{failed}: {key.arn} is not a symmetric encryption key")
    if isinstance(actor, Anyone):
        return
    if is_aws_managed(key):
        if key.account_id != actor.account:
            raise StepRefused(failed)
        return
    for action in (*actions, "kms:CreateGrant"):
        if not _may(actor, key, action):
            raise StepRefused(f"{failed}: {actor.refusal(action, key.arn, 'because no policy allows it')}")


def _may(actor: Actor, key: Key, action: str) -> bool:
    keys: dict[str, ConditionValue] = {
        "kms:ViaService": f"ec2.{key.region}.amazonaws.com",
        "kms:CallerAccount": actor.account,
    }
    if key.aliases:
        keys["kms:ResourceAliases"] = sorted(key.aliases)
    if action == "kms:CreateGrant":
        keys["kms:GrantIsForAWSResource"] = "true"
    if action not in ("kms:DescribeKey", "kms:CreateGrant"):
        keys["kms:EncryptionContextKeys"] = ["aws:ebs:id"]
    context = actor.context(key.region, key.arn, keys)
    by_key = evaluate_resource_policy(key.policy, actor.principal, action, key.arn, context)
    if not by_key:
        return False
    if by_key.direct and key.account_id == actor.account:
        return True
    return actor.may(action, key.arn, context)
