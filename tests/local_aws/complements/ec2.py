"""EC2: the block of public AMIs, the default key of EBS, Fast Launch, and what DescribeImages shows beyond moto's.

Source: EC2 API, GetImageBlockPublicAccessState, EnableImageBlockPublicAccess, DisableImageBlockPublicAccess,
GetEbsDefaultKmsKeyId, DescribeFastLaunchImages, DescribeImages.
"""

from __future__ import annotations

from typing import Any
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moto.ec2.models.amis import Ami

    from tests.local_aws.imagebuilder.models import ImageBuilderBackend

BLOCKED, OPEN = "block-new-sharing", "unblocked"


def platform_details(ami: Ami) -> str:
    """``PlatformDetails`` of moto's AMI: the software that AWS bills with it."""
    return getattr(ami, "details", None) or ("Windows" if ami.platform == "windows" else "Linux/UNIX")


def complete() -> None:
    """Add the operations to moto's EC2."""
    from moto.core.base_backend import BackendDict
    from moto.core.responses import ActionResult
    from moto.ec2.models.amis import Ami
    from moto.ec2.responses import EC2Response

    def state(self: EC2Response) -> ImageBuilderBackend:
        import moto.imagebuilder

        backends: BackendDict[ImageBuilderBackend] = moto.imagebuilder.imagebuilder_backends
        return backends[self.current_account][self.region]

    def get_image_block_public_access_state(self: EC2Response) -> ActionResult:
        blocked = state(self).block_public_access
        return ActionResult({"ImageBlockPublicAccessState": BLOCKED if blocked else OPEN, "ManagedBy": "account"})

    def enable_image_block_public_access(self: EC2Response) -> ActionResult:
        state(self).block_public_access = True
        return ActionResult({"ImageBlockPublicAccessState": BLOCKED})

    def disable_image_block_public_access(self: EC2Response) -> ActionResult:
        state(self).block_public_access = False
        return ActionResult({"ImageBlockPublicAccessState": OPEN})

    def get_ebs_default_kms_key_id(self: EC2Response) -> ActionResult:
        # Unless the account has set a key, it is AWS's managed key, named by its alias.
        return ActionResult({"KmsKeyId": self.ec2_backend.default_kms_key_id or "alias/aws/ebs"})

    def describe_fast_launch_images(self: EC2Response) -> ActionResult:
        wanted = self._get_param("ImageIds", [])
        enabled = {ami: record["fast_launch"] for ami, record in state(self).records.items() if "fast_launch" in record}
        shown = [_fast_launch(ami, one, self.current_account) for ami, one in enabled.items()]
        return ActionResult({"FastLaunchImages": [one for one in shown if not wanted or one["ImageId"] in wanted]})

    def marks(ami: Ami) -> list[dict[str, str]]:
        return [{"WatermarkKey": key} for key in getattr(ami, "watermarks", ())]

    def product_codes(codes: set[str]) -> list[dict[str, str]]:
        return [{"ProductCodeId": code, "ProductCodeType": "marketplace"} for code in sorted(codes)]

    for operation in (
        get_image_block_public_access_state,
        enable_image_block_public_access,
        disable_image_block_public_access,
        get_ebs_default_kms_key_id,
        describe_fast_launch_images,
    ):
        setattr(EC2Response, operation.__name__, operation)
    # moto keeps the codes alone.
    EC2Response.RESPONSE_KEY_PATH_TO_TRANSFORMER = {
        **EC2Response.RESPONSE_KEY_PATH_TO_TRANSFORMER,
        "DescribeImagesResult.Images.Image.ProductCodes": product_codes,
    }
    # The serializer takes what DescribeImages shows from the attributes of these names.
    model: Any = Ami
    model.platform_details = property(platform_details)
    model.image_watermarks = property(marks)


def _fast_launch(ami_id: str, asked: dict[str, Any], account: str) -> dict[str, Any]:
    """What EC2 shows of a setting that Image Builder made. Its defaults: EC2 API, EnableFastLaunch."""
    snapshots = asked.get("snapshotConfiguration", {})
    template = asked.get("launchTemplate")
    shown = {
        "ImageId": ami_id,
        "OwnerId": account,
        "ResourceType": "snapshot",
        "State": "enabled",
        "SnapshotConfiguration": {"TargetResourceCount": snapshots.get("targetResourceCount", 5)},
        "MaxParallelLaunches": asked.get("maxParallelLaunches", 6),
    }
    if template:
        names = ("launchTemplateId", "launchTemplateName")
        named = {name[0].upper() + name[1:]: template[name] for name in names if name in template}
        shown["LaunchTemplate"] = {**named, "Version": template.get("launchTemplateVersion", "$Default")}
    return shown
