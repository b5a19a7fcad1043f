"""Where a case asks: clients for one account, names of its own, and the removal of what it made."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from botocore.exceptions import ParamValidationError

PREFIX = "goldimage-live"
TAG = "goldimage.aws:live"
NAME = "live {{ imagebuilder:buildDate }}"

# A new image can be cancelled, and a cancelled one be deleted, only after up to a minute.
_ATTEMPTS = 24
_DELAY = 5.0


class Room:
    """One run of one case in one account.

    `client` makes a client of boto3 for a service and a Region. Whatever is created through the room has `TAG`, has a
    name that begins with `PREFIX`, and is removed by `clear`.
    """

    def __init__(
        self,
        client: Callable[[str, str], Any],
        account: str,
        region: str,
        other_region: str,
        source_image: str = "",
        execution_role: str = "",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.account = account
        self.region = region
        self.other_region = other_region
        self.source_image = source_image
        self.execution_role = execution_role
        self.name = f"{PREFIX}-{uuid.uuid4().hex[:12]}"
        self._client = client
        self._pause = pause
        self._arns: list[str] = []
        self._images: list[str] = []
        self._parts = client("sts", region).get_caller_identity()["Arn"].split(":")

    @property
    def partition(self) -> str:
        return self._parts[1]

    @property
    def builder(self) -> Any:
        """The client for Image Builder in the home Region."""
        return self._client("imagebuilder", self.region)

    def entry(self, region: str | None = None, **settings: Any) -> dict[str, Any]:
        """One entry of `distributions`, an AMI with a valid name unless `settings` say otherwise."""
        given = settings or {"amiDistributionConfiguration": {"name": NAME}}
        return {"region": region or self.region, **given}

    def create(self, *entries: dict[str, Any], **request: Any) -> dict[str, Any]:
        """CreateDistributionConfiguration, with what is not given made up."""
        request.setdefault("name", self.name)
        request.setdefault("clientToken", str(uuid.uuid4()))
        request["tags"] = {TAG: "contract", **request.get("tags", {})}
        request.setdefault("distributions", list(entries) or [self.entry()])
        answer: dict[str, Any] = self.builder.create_distribution_configuration(**request)
        self._arns.append(answer["distributionConfigurationArn"])
        return answer

    def read(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.builder.get_distribution_configuration(distributionConfigurationArn=arn)
        return found["distributionConfiguration"]

    def distribute(self, arn: str, **request: Any) -> str:
        """DistributeImage of the source image; the ARN of the image that it makes."""
        answer = self.builder.distribute_image(
            sourceImage=self.source_image,
            distributionConfigurationArn=arn,
            executionRole=self.execution_role,
            tags={TAG: "contract"},
            clientToken=str(uuid.uuid4()),
            **request,
        )
        self._images.append(answer["imageBuildVersionArn"])
        return str(answer["imageBuildVersionArn"])

    @staticmethod
    def outcome(call: Callable[[], Any], *, show: Callable[[Any], Any] = lambda answer: "ok") -> str:
        """What a call came to: `CODE STATUS: message` of an error, or what `show` makes of the answer."""
        try:
            answer = call()
        except ClientError as error:
            found = error.response
            status = found["ResponseMetadata"]["HTTPStatusCode"]
            return f"{found['Error']['Code']} {status}: {found['Error'].get('Message', '')}"
        except ParamValidationError as error:
            return f"botocore: {error}"
        shown = show(answer)
        return shown if isinstance(shown, str) else json.dumps(shown, sort_keys=True)

    def created(
        self,
        *entries: dict[str, Any],
        show: Callable[[dict[str, Any]], Any] = lambda found: "ok",
        **request: Any,
    ) -> str:
        """The outcome of a create; of one that succeeds, what `show` makes of the configuration as it is read back."""
        return self.outcome(
            lambda: self.read(self.create(*entries, **request)["distributionConfigurationArn"]), show=show
        )

    def clear(self) -> list[str]:
        """Remove what the case made. Returns what could not be removed, with the reason."""
        left = [f"{image}: {said}" for image in self._images if (said := self._remove_image(image)) != "ok"]
        for arn in dict.fromkeys(self._arns):
            said = self.outcome(
                lambda arn=arn: self.builder.delete_distribution_configuration(distributionConfigurationArn=arn)
            )
            if said != "ok" and not said.startswith("ResourceNotFoundException"):
                left.append(f"{arn}: {said}")
        return left

    def _remove_image(self, arn: str) -> str:
        """Cancel a rollout, wait for its end, and remove the AMIs that it copied and the image."""
        said = cancelled = ""
        for _attempt in range(_ATTEMPTS):
            if cancelled != "ok":
                cancelled = self.outcome(
                    lambda: self.builder.cancel_image_creation(imageBuildVersionArn=arn, clientToken=str(uuid.uuid4()))
                )
            said = self.outcome(lambda: self._remove_settled(arn))
            if said == "ok" or said.startswith("ResourceNotFoundException"):
                return "ok"
            self._pause(_DELAY)
        return said

    def _remove_settled(self, arn: str) -> None:
        image = self.builder.get_image(imageBuildVersionArn=arn)["image"]
        for ami in image.get("outputResources", {}).get("amis", []):
            if ami.get("image") not in (None, self.source_image):
                ec2 = self._client("ec2", ami["region"])
                ec2.deregister_image(ImageId=ami["image"], DeleteAssociatedSnapshots=True)
        self.builder.delete_image(imageBuildVersionArn=arn)
