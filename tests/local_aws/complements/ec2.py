"""EC2: the block of public AMIs, the default key of EBS, and what DescribeImages shows of an AMI beyond moto's.

Source: EC2 API, GetImageBlockPublicAccessState, EnableImageBlockPublicAccess, DisableImageBlockPublicAccess,
GetEbsDefaultKmsKeyId, DescribeImages.
"""

from __future__ import annotations

from typing import Any

BLOCKED, OPEN = "block-new-sharing", "unblocked"


def complete() -> None:
    """Add the operations to moto's EC2."""
    from moto.core.responses import ActionResult
    from moto.ec2.models.amis import Ami
    from moto.ec2.responses import EC2Response

    def state(self: Any) -> Any:
        import moto.imagebuilder

        return moto.imagebuilder.imagebuilder_backends[self.current_account][self.region]

    def get_image_block_public_access_state(self: Any) -> ActionResult:
        blocked = state(self).block_public_access
        return ActionResult({"ImageBlockPublicAccessState": BLOCKED if blocked else OPEN, "ManagedBy": "account"})

    def enable_image_block_public_access(self: Any) -> ActionResult:
        state(self).block_public_access = True
        return ActionResult({"ImageBlockPublicAccessState": BLOCKED})

    def disable_image_block_public_access(self: Any) -> ActionResult:
        state(self).block_public_access = False
        return ActionResult({"ImageBlockPublicAccessState": OPEN})

    def get_ebs_default_kms_key_id(self: Any) -> ActionResult:
        # Without a key of one's own it is the one that AWS manages, by its alias until there is one.
        return ActionResult({"KmsKeyId": self.ec2_backend.default_kms_key_id or "alias/aws/ebs"})

    def platform_details(ami: Any) -> str:
        return getattr(ami, "details", None) or ("Windows" if ami.platform == "windows" else "Linux/UNIX")

    def marks(ami: Any) -> list[dict[str, str]]:
        return [{"WatermarkKey": key} for key in getattr(ami, "watermarks", ())]

    def product_codes(codes: set[str]) -> list[dict[str, str]]:
        return [{"ProductCodeId": code, "ProductCodeType": "marketplace"} for code in sorted(codes)]

    for operation in (
        get_image_block_public_access_state,
        enable_image_block_public_access,
        disable_image_block_public_access,
        get_ebs_default_kms_key_id,
    ):
        setattr(EC2Response, operation.__name__, operation)
    # moto keeps the codes alone.
    EC2Response.RESPONSE_KEY_PATH_TO_TRANSFORMER = {
        **EC2Response.RESPONSE_KEY_PATH_TO_TRANSFORMER,
        "DescribeImagesResult.Images.Image.ProductCodes": product_codes,
    }
    # The serializer reads what DescribeImages shows off the attributes of these names.
    Ami.platform_details = property(platform_details)
    Ami.image_watermarks = property(marks)
