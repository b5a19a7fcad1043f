"""What the cases of all subjects share: their form, keys and exports."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

import boto3

from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import trust
from tests.world import document
from tests.world import EVERYTHING
from tests.world import HOME
from tests.world import SOURCE
from tests.world import TWO as OTHER


class Asked(NamedTuple):
    """What a case distributes: C(entries) in API form, C(source) and C(role) as the user gives them."""

    entries: list[dict[str, Any]]
    source: str | None = None
    role: str = "dist"


Situation = Callable[[ImageStage], Asked]


class RequestCase(NamedTuple):
    """C(aws): what the local AWS says about the broken one; None if it distributes that one nevertheless.

    C(judge): asks something other than a rollout. Takes the stage and what is distributed; returns the error or None.
    """

    broken: Situation
    allowed: Situation
    aws: str | None = None
    judge: Callable[[ImageStage, Asked], str | None] | None = None


AWS_MANAGED = "can\u2019t be shared"
PUBLIC = {"userGroups": ["all"]}
SHARED = {"userIds": [OTHER]}
# A condition that a rollout meets, but that cannot be evaluated before it.
OPEN = {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}
MADE_BY_IMAGE_BUILDER = {"CreatedBy": "EC2 Image Builder"}
ROOT = f"arn:aws:iam::{SOURCE}:root"


def export(region: str = HOME, bucket: str = "exports", role: str = "vmimport") -> dict[str, Any]:
    return {
        **entry(region),
        "s3ExportConfiguration": {"roleName": role, "s3Bucket": bucket, "diskImageFormat": "RAW"},
    }


def prepare_exports(stage: ImageStage, region: str, account: str = SOURCE) -> None:
    """Create the role and the bucket that an export needs."""
    from moto.s3.models import s3_backends

    stage.put_role("vmimport", trust({"Service": "vmie.amazonaws.com"}), document(EVERYTHING))
    s3_backends[account]["aws"].create_bucket("exports", region)


def key(region: str = HOME, *admitted: str, alias: str | None = None, state: str = "Enabled", **more: Any) -> Any:
    """Return a function that makes a key, given the stage. admitted: further principals that the key policy allows."""

    def make(_stage: ImageStage) -> str:
        return make_key(region, *admitted, alias=alias, state=state, **more)

    return make


def make_key(
    region: str, *admitted: str, alias: str | None = None, state: str = "Enabled", condition: Any = None, **more: Any
) -> str:
    """Make a key in the source account. Returns its ARN."""
    from moto.kms.models import kms_backends

    own = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    others = {**own, "Principal": {"AWS": list(admitted)}, **({"Condition": condition} if condition else {})}
    policy = json.dumps(document(own, *([others] if admitted else [])))
    made = boto3.client("kms", region).create_key(Policy=policy, **more)["KeyMetadata"]
    stored = kms_backends[SOURCE][region].keys[made["KeyId"]]
    stored.key_state = state
    if alias:
        kms_backends[SOURCE][region].create_alias(made["KeyId"], alias)
    return str(made["Arn"])
