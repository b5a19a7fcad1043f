"""The part of LocalAws that steers images."""

from __future__ import annotations

from typing import Any
from typing import TYPE_CHECKING

from .environment import DEFAULT_ACCOUNT

if TYPE_CHECKING:
    from .imagebuilder.image_operations import AmiRecord


class ImageSteering:
    """What a test does to images, source AMIs and distributions apart from the service's operations."""

    region: str

    def _control(self, method: str, what: str, body: dict[str, Any] | None = None) -> Any:
        raise NotImplementedError

    def _target(self, region: str | None, account_id: str | None) -> dict[str, str]:
        return {"region": region or self.region, "account": account_id or DEFAULT_ACCOUNT}

    def plant_ami(
        self,
        name: str,
        region: str | None = None,
        account_id: str | None = None,
        tags: dict[str, str] | None = None,
        kms_key_id: str | None = None,
        encrypted: bool = False,
        platform: str | None = None,
        **more: Any,
    ) -> str:
        """Register an AMI with what moto's RegisterImage leaves out. Returns its id.

        kms_key_id: of its snapshot; encrypted without it takes the default key of EBS. platform: ``windows`` or None.
        more: state, owner_id, product_codes, watermarks (keys), details (of the platform, such as ``Windows BYOL``).
        """
        settings = {"tags": tags or {}, "kms_key_id": kms_key_id, "encrypted": encrypted, "platform": platform, **more}
        body = {**self._target(region, account_id), "name": name, **settings}
        ami_id: str = self._control("POST", "source-images", body)
        return ami_id

    def plant_image(
        self,
        source_image: str,
        configuration: dict[str, Any],
        pipeline_arn: str | None = None,
        region: str | None = None,
        account_id: str | None = None,
        **members: Any,
    ) -> str:
        """Store an image as if a pipeline had built and distributed it, with all rights. Returns its ARN.

        source_image: the AMI that was built. configuration: what the pipeline used, in the form of Get, that is at
        least ``arn`` and ``distributions``. members: name, version, tags, execution_role.
        """
        what = {"source_image": source_image, "configuration": configuration, "pipeline_arn": pipeline_arn, **members}
        arn: str = self._control("POST", "images", {**self._target(region, account_id), **what})
        return arn

    def image(self, arn: str) -> dict[str, Any]:
        """What GetImage would show of an image, but without moving it on."""
        image: dict[str, Any] = self._control("POST", "image", {"arn": arn})
        return image

    def hold_image(self, arn: str, status: str | None) -> None:
        """Stop an image in this state; None lets it continue."""
        self._control("PUT", "image", {"arn": arn, "hold": status})

    def set_image_state(self, arn: str, status: str, reason: str | None = None) -> None:
        """Put an image into any state, such as ``DEPRECATED``, ``DELETED`` or ``FAILED``."""
        self._control("PUT", "image", {"arn": arn, "status": status, "reason": reason})

    def fail_distribution(
        self,
        step: str,
        region: str | None = None,
        account: str | None = None,
        message: str = "A failure made on demand.",
        status: str = "FAILED",
        times: int | None = None,
    ) -> int:
        """Make a step of every distribution fail, everywhere or in one Region or account.

        Returns an identifier for clear_distribution_failures.

        step: COPY_AMI, MODIFY_IMAGE_ATTRIBUTES, ASSOCIATE_LICENSES, UPDATE_LAUNCH_TEMPLATES, PUT_SSM_PARAMETERS,
        UPDATE_FAST_LAUNCH_CONFIGURATIONS or EXPORT_AMI, or UPDATE_STATE for what happens to AMIs later. status: FAILED,
        CANCELLED or TIMED_OUT. times: None until cleared.
        """
        where = {"step": step, "region": region, "account": account}
        body = {**where, "message": message, "status": status, "times": times}
        identifier: int = self._control("POST", "troubles", body)["identifier"]
        return identifier

    def distribution_failures(self) -> list[dict[str, Any]]:
        """All failures on demand; ``struck`` says how often each struck."""
        failures: list[dict[str, Any]] = self._control("GET", "troubles")
        return failures

    def clear_distribution_failures(self, identifier: int | None = None) -> None:
        """Remove one failure on demand, or all."""
        self._control("DELETE", "troubles", {"identifier": identifier})

    def block_public_images(
        self, blocked: bool = True, region: str | None = None, account_id: str | None = None
    ) -> None:
        """Switch block public access for AMIs on or off in an account and Region; it is off at first."""
        self._control("PUT", "block-public-access", {**self._target(region, account_id), "blocked": blocked})

    def ami_records(self, ami_id: str, region: str | None = None, account_id: str | None = None) -> AmiRecord:
        """What Image Builder did to an AMI that moto cannot store."""
        body = {**self._target(region, account_id), "ami_id": ami_id}
        record: AmiRecord = self._control("POST", "ami-records", body)
        return record
