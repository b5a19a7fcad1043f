"""What AWS shows of one target, in the order in which it is asked, and the comparison with it."""

from __future__ import annotations

from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout import live_state
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import drift

from tests.unit import images
from tests.unit.images import ACCOUNT
from tests.unit.images import REGION

TARGET = "111122223333"
AMI, FOREIGN_AMI = "ami-0123456789abcdef0", "ami-0fedcba9876543210"
THERE = {"region": "eu-west-1"}
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALIAS = f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/images"
IMAGE = images.arn()
TEMPLATE = "lt-0ab1234c56d789012"


def look(script, account=ACCOUNT, state="AVAILABLE", amis=None, arn=IMAGE, amis_without_target=(), **settings):
    entry = {
        "region": "eu-west-1",
        "amiDistributionConfiguration": settings.pop("ami", {"description": "web"}),
        **settings,
    }
    if amis is None:
        amis = {("eu-west-1", ACCOUNT): AMI, ("eu-west-1", TARGET): FOREIGN_AMI}
    context = live_state.Context(script, ACCOUNT, "aws", amis, frozenset([ACCOUNT]), arn, state, amis_without_target)
    target = next(item for item in drift.wanted_targets([entry], ACCOUNT, REGION) if item.account_id == account)
    return live_state.compare_target(context, target)


def shows(script, account=ACCOUNT, ami_id=AMI, permissions=(), **image):
    """EC2 shows the AMI and its permissions."""
    where = {"service": "ec2", "account_id": account, **THERE}
    shown = {"ImageId": ami_id, "State": "available", "Description": "web", **image}
    script.answers("describe_images", {"Images": [shown]}, {"ImageIds": [ami_id], "IncludeDisabled": True}, **where)
    expected = {"ImageId": ami_id, "Attribute": "launchPermission"}
    script.answers("describe_image_attribute", {"LaunchPermissions": list(permissions)}, expected, **where)
    return script


def snapshots(script, *keys):
    ids = [f"snap-{number}" for number in range(len(keys))]
    snapshots = [{"SnapshotId": name, **({"KmsKeyId": key} if key else {})} for name, key in zip(ids, keys)]
    script.answers("describe_snapshots", {"Snapshots": snapshots}, {"SnapshotIds": ids}, service="ec2", **THERE)
    return [{"DeviceName": f"/dev/{name}", "Ebs": {"SnapshotId": name}} for name in ids]
