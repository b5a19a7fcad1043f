"""Where a question is asked: clients for one account, a name for what is created, and the removal of all of it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from typing import TypeVar

from botocore.exceptions import ClientError
from botocore.exceptions import ParamValidationError

from tests.live.question import NotAsked

PREFIX = "goldimage-live"
TAG = "goldimage.aws:live"
NAME = f"{PREFIX} {{{{ imagebuilder:buildDate }}}}"

# A cancellation takes some minutes, and a rollout within one Region ends well within the hour.
_DELAY = 10.0
_REMOVAL_ATTEMPTS = 60
_ROLLOUT_ATTEMPTS = 360
_ENDED = ("AVAILABLE", "FAILED", "CANCELLED", "DEPRECATED", "DELETED", "DISABLED")

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class AskedAccount:
    """The account that is asked, and what its owner lends to the questions; what is empty is not lent.

    `client` makes a client of boto3 for a service and a Region. `account_without_role` is another account that has no
    cross-account role, `organization` the ARN of the account's organization, `copies` the consent to copy the AMI.
    """

    client: Callable[[str, str], Any]
    account: str
    partition: str
    region: str
    other_region: str
    source_image: str = ""
    execution_role: str = ""
    copies: bool = False
    account_without_role: str = ""
    organization: str = ""
    pause: Callable[[float], None] = time.sleep


class Sandbox:
    """One run of one question.

    `clear` removes whatever is created through the sandbox. Everything has `TAG` and a name that begins with `PREFIX`,
    except that AWS names images after the source AMI, and that copies of the AMI have only AWS's own tags.
    """

    def __init__(self, asked: AskedAccount) -> None:
        self.asked = asked
        self.account = asked.account
        self.partition = asked.partition
        self.region = asked.region
        self.other_region = asked.other_region
        self.name = f"{PREFIX}-{uuid.uuid4().hex[:12]}"
        self._configurations: list[str] = []
        self._images: list[str] = []
        self._removals: list[tuple[str, Callable[[], object]]] = []
        self._source_before: tuple[dict[str, str], list[dict[str, str]]] | None = None

    def client(self, service: str, region: str | None = None) -> Any:
        """A client for a service, in the home Region unless another one is named."""
        return self.asked.client(service, region or self.region)

    @property
    def builder(self) -> Any:
        """The client for Image Builder in the home Region."""
        return self.client("imagebuilder")

    def arn(self, service: str, resource: str, region: str | None = None) -> str:
        """The ARN of something in this account, such as `distribution-configuration/web`."""
        return f"arn:{self.partition}:{service}:{region or self.region}:{self.account}:{resource}"

    @property
    def configuration_arn(self) -> str:
        """The ARN of a configuration with the sandbox's name, whether or not it exists."""
        return self.arn("imagebuilder", f"distribution-configuration/{self.name}")

    def entry(self, region: str | None = None, **settings: Any) -> dict[str, Any]:
        """One entry of `distributions`: an AMI with a valid name, unless `settings` say otherwise."""
        given = settings or {"amiDistributionConfiguration": {"name": NAME}}
        return {"region": region or self.region, **given}

    # What does not exist, and what the account has disabled

    def unknown_license(self, region: str | None = None) -> str:
        """The ARN of a licence configuration that does not exist."""
        return self.arn("license-manager", f"license-configuration:lic-{uuid.uuid4().hex}", region)

    def unknown_organization(self, unit: bool = False) -> str:
        """The ARN of an organization that does not exist, or of an organizational unit of it."""
        organization = f"o-{uuid.uuid4().hex[:12]}"
        resource = f"ou/{organization}/ou-{uuid.uuid4().hex[:4]}-{uuid.uuid4().hex[:8]}"
        return (
            f"arn:{self.partition}:organizations::{self.account}:{resource if unit else f'organization/{organization}'}"
        )

    def disabled_region(self) -> str:
        """A Region that the account has not enabled. Raises NotAsked if there is none."""
        states = [{"Name": "opt-in-status", "Values": ["not-opted-in"]}]
        answer = self.client("ec2").describe_regions(AllRegions=True, Filters=states)
        names = [one["RegionName"] for one in answer["Regions"] if one["OptInStatus"] == "not-opted-in"]
        if not names:
            raise NotAsked("the account has no Region that is disabled")
        return str(names[0])

    # What is created

    def create(self, *entries: dict[str, Any], region: str | None = None, **request: Any) -> dict[str, Any]:
        """CreateDistributionConfiguration, with a value for each required member that is not given."""
        request.setdefault("name", self.name)
        request.setdefault("clientToken", str(uuid.uuid4()))
        request["tags"] = {TAG: "contract", **request.get("tags", {})}
        request.setdefault("distributions", list(entries) or [self.entry()])
        builder = self.client("imagebuilder", region)
        try:
            answer: dict[str, Any] = builder.create_distribution_configuration(**request)
        except (ClientError, ParamValidationError):
            raise
        except BaseException:
            # Without an answer, as after Ctrl-C, it may exist.
            self._configurations.append(self.arn("imagebuilder", f"distribution-configuration/{self.name}", region))
            raise
        self._configurations.append(answer["distributionConfigurationArn"])
        return answer

    def read(self, arn: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.builder.get_distribution_configuration(distributionConfigurationArn=arn)
        return dict(answer["distributionConfiguration"])

    def put_parameter(self, value: str = "goldimage", **request: Any) -> str:
        """Create an SSM parameter with tags, in the standard tier. Returns its name."""
        name = self.parameter()
        tags = [{"Key": TAG, "Value": "contract"}]
        self.client("ssm").put_parameter(Name=name, Value=value, Type="String", Tags=tags, **request)
        return name

    def parameter(self) -> str:
        """The name of an SSM parameter that the execution policy of AWS covers. `clear` removes it if it exists."""
        name = f"/imagebuilder/{self.name}"
        self.remove_later(f"SSM parameter {name}", lambda: self.client("ssm").delete_parameter(Name=name))
        return name

    def remove_later(self, what: str, call: Callable[[], object]) -> None:
        """Have `clear` carry out a call, after the images are gone."""
        self._removals.append((what, call))

    def distribute(self, arn: str, **request: Any) -> str:
        """DistributeImage of the source image; the ARN of the image that it makes."""
        if self._source_before is None:
            self._source_before = self._source_now()
        request = {
            "sourceImage": self.asked.source_image,
            "distributionConfigurationArn": arn,
            "executionRole": self.asked.execution_role,
            "tags": {TAG: "contract"},
            "clientToken": str(uuid.uuid4()),
            **request,
        }
        image = str(self.builder.distribute_image(**request)["imageBuildVersionArn"])
        self._images.append(image)
        return image

    def settled(self, image: str) -> dict[str, Any]:
        """The image of a rollout that has ended. Raises TimeoutError after an hour."""
        shown: dict[str, Any] = {}
        for _attempt in range(_ROLLOUT_ATTEMPTS):
            try:
                shown = dict(self.builder.get_image(imageBuildVersionArn=image)["image"])
            except ClientError as error:
                # An image that has just been made is not shown at once.
                if shown or error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
            if shown and shown["state"]["status"] in _ENDED:
                return shown
            self.asked.pause(_DELAY)
        raise TimeoutError("the rollout did not end within an hour")

    # What becomes of it

    @staticmethod
    def outcome(call: Callable[[], _Answer], *, show: Callable[[_Answer], object] = lambda answer: "ok") -> str:
        """What AWS answered to a call: `CODE STATUS: message` of an error, or what `show` makes of the answer."""
        try:
            answer = call()
        except ClientError as error:
            response = error.response
            status = response["ResponseMetadata"]["HTTPStatusCode"]
            return f"{response['Error']['Code']} {status}: {response['Error'].get('Message', '')}"
        except ParamValidationError as error:
            return f"botocore: {error}"
        shown = show(answer)
        return shown if isinstance(shown, str) else json.dumps(shown, sort_keys=True)

    def created(
        self,
        *entries: dict[str, Any],
        show: Callable[[dict[str, Any]], object] = lambda configuration: "ok",
        **request: Any,
    ) -> str:
        """The outcome of a create; of one that succeeds, what `show` makes of the configuration as it is read back."""
        return self.outcome(
            lambda: self.read(self.create(*entries, **request)["distributionConfigurationArn"]), show=show
        )

    def rolled_out(
        self, *entries: dict[str, Any], show: Callable[[dict[str, Any]], object] = lambda image: "ok", **request: Any
    ) -> str:
        """The outcome of a rollout: what `show` makes of an image that is AVAILABLE, or why it is not."""

        def run() -> dict[str, Any]:
            return self.settled(self.distribute(self.create(*entries)["distributionConfigurationArn"], **request))

        return self.outcome(run, show=lambda image: reason_of(image) or show(image))

    # The removal

    def clear(self) -> list[str]:
        """Remove what the question made. Returns what could not be removed, with the reason."""
        left = [f"{image}: {said}" for image in self._images if (said := self._remove_image(image)) != "ok"]
        removals = list(reversed(self._removals))
        if self._source_before is not None:
            removals.append((f"changes to {self.asked.source_image}", self._restore_source))
        for arn in dict.fromkeys(self._configurations):
            removals.append((arn, partial(self._delete_configuration, arn)))
        for what, call in removals:
            said = self.outcome(call)
            if said != "ok" and "NotFound" not in said.partition(":")[0]:
                left.append(f"{what}: {said}")
        return left

    def _delete_configuration(self, arn: str) -> None:
        builder = self.client("imagebuilder", arn.split(":")[3])
        builder.delete_distribution_configuration(distributionConfigurationArn=arn)

    def _remove_image(self, arn: str) -> str:
        """Cancel a rollout, wait for its end, and remove the AMIs that it copied and the image."""
        said = cancelled = ""
        for _attempt in range(_REMOVAL_ATTEMPTS):
            if cancelled != "ok":
                cancelled = self.outcome(
                    lambda: self.builder.cancel_image_creation(imageBuildVersionArn=arn, clientToken=str(uuid.uuid4()))
                )
            said = self.outcome(lambda: self._remove_settled(arn))
            if said == "ok" or said.startswith("ResourceNotFoundException"):
                return "ok"
            self.asked.pause(_DELAY)
        return said

    def _remove_settled(self, arn: str) -> None:
        image = self.builder.get_image(imageBuildVersionArn=arn)["image"]
        for ami in image.get("outputResources", {}).get("amis", []):
            if ami.get("image") not in (None, self.asked.source_image):
                ec2 = self.client("ec2", ami["region"])
                ec2.deregister_image(ImageId=ami["image"], DeleteAssociatedSnapshots=True)
        self.builder.delete_image(imageBuildVersionArn=arn)

    def source_tags(self) -> dict[str, str]:
        """The tags of the source AMI."""
        shown = self.client("ec2").describe_images(ImageIds=[self.asked.source_image])["Images"][0]
        return {tag["Key"]: tag["Value"] for tag in shown.get("Tags", [])}

    def _source_now(self) -> tuple[dict[str, str], list[dict[str, str]]]:
        attribute = self.client("ec2").describe_image_attribute(
            ImageId=self.asked.source_image, Attribute="launchPermission"
        )
        return self.source_tags(), attribute.get("LaunchPermissions", [])

    def _restore_source(self) -> None:
        """Give the source AMI the tags and launch permissions back that it had before."""
        assert self._source_before is not None
        tags, permissions = self._source_before
        tags_now, permissions_now = self._source_now()
        ec2, image = self.client("ec2"), self.asked.source_image
        added = [{"Key": key} for key in tags_now if key not in tags]
        if added:
            ec2.delete_tags(Resources=[image], Tags=added)
        changed = [{"Key": key, "Value": value} for key, value in tags.items() if tags_now.get(key) != value]
        if changed:
            ec2.create_tags(Resources=[image], Tags=changed)
        granted = [one for one in permissions_now if one not in permissions]
        if granted:
            ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Remove": granted})


def reason_of(image: dict[str, Any]) -> str | None:
    """`STATUS: step: message` for each Region of a rollout that did not succeed, and None for one that did."""
    state = image["state"]
    if state["status"] == "AVAILABLE":
        return None
    failure = state.get("failureContext", {}).get("distributionFailure", {})
    reasons = [
        f"{one.get('imageConfigurationStep', 'no step')}: {one.get('errorMessage', '')}"
        for one in failure.get("regionFailures", [])
    ]
    return f"{state['status']}: {'; '.join(reasons) or state.get('reason', 'no reason')}"
