"""Questions about the start of a rollout. Where one is started, it is cancelled at once."""

from __future__ import annotations

import uuid
from typing import Any

from tests.live.expected import INVALID_REQUEST
from tests.live.expected import MODEL
from tests.live.expected import NOT_FOUND
from tests.live.expected import not_valid
from tests.live.question import question
from tests.live.sandbox import Sandbox

IMAGE = ("source_image",)


@question(
    "What does DistributeImage return for an AMI that does not exist?",
    expects=r"(ResourceNotFound|InvalidParameterValue|InvalidRequest|Client)Exception 40.: .*",
    source="the operation's list of errors; which of them is not documented",
    needs=IMAGE,
)
def unknown_source_image(sandbox: Sandbox) -> str:
    arn = sandbox.create()["distributionConfigurationArn"]
    return sandbox.outcome(lambda: sandbox.distribute(arn, sourceImage="ami-00000000000000000"))


@question(
    "What does DistributeImage return for an execution role that does not exist?",
    expects=not_valid("executionRole"),
    source="aws agent toolkit saw the code for an instance profile; that the rollout does not start is our guess",
    needs=IMAGE,
)
def unknown_execution_role(sandbox: Sandbox) -> str:
    arn = sandbox.create()["distributionConfigurationArn"]
    return sandbox.outcome(lambda: sandbox.distribute(arn, executionRole=sandbox.name))


@question(
    "What does DistributeImage return for a configuration that does not exist?",
    expects=NOT_FOUND,
    source=f"{MODEL}, DistributeImage",
    needs=IMAGE,
)
def unknown_configuration(sandbox: Sandbox) -> str:
    return sandbox.outcome(lambda: sandbox.distribute(sandbox.configuration_arn))


@question(
    "What does DistributeImage return for a configuration of another Region?",
    expects=not_valid("distributionConfigurationArn"),
    source=f"{MODEL}, DistributeImage: it must be in the same Region; the code is not documented",
    needs=IMAGE,
)
def configuration_of_another_region(sandbox: Sandbox) -> str:
    arn = sandbox.create(region=sandbox.other_region)["distributionConfigurationArn"]
    return sandbox.outcome(lambda: sandbox.distribute(arn))


@question(
    "In which state does a rollout begin, and of which type is its image?",
    expects=r'\["PENDING", "USER_INITIATED"\]',
    source="not documented; both are assumed",
    needs=IMAGE,
)
def first_state(sandbox: Sandbox) -> str:
    image = sandbox.distribute(sandbox.create()["distributionConfigurationArn"])

    def shown(answer: dict[str, Any]) -> list[str | None]:
        return [answer["image"]["state"]["status"], answer["image"].get("buildType")]

    return sandbox.outcome(lambda: sandbox.builder.get_image(imageBuildVersionArn=image), show=shown)


@question(
    "Does GetImage show the distribution configuration that an image of DistributeImage came from?",
    expects="true",
    source=f"{MODEL}, Image; without it `imagebuilder_image_retention` keeps every image",
    needs=IMAGE,
)
def configuration_of_an_image(sandbox: Sandbox) -> str:
    arn = sandbox.create()["distributionConfigurationArn"]
    image = sandbox.distribute(arn)
    return sandbox.outcome(
        lambda: sandbox.builder.get_image(imageBuildVersionArn=image),
        show=lambda answer: answer["image"].get("distributionConfiguration", {}).get("arn") == arn,
    )


@question(
    "Does GetImage show the distribution configuration as it was when the rollout began?",
    expects="before",
    source=f"{MODEL}, Image embeds a configuration; that later updates do not reach it is our guess",
    needs=IMAGE,
)
def configuration_as_it_was(sandbox: Sandbox) -> str:
    arn = sandbox.create(description="before")["distributionConfigurationArn"]
    image = sandbox.distribute(arn)
    sandbox.builder.update_distribution_configuration(
        distributionConfigurationArn=arn,
        description="after",
        distributions=[sandbox.entry()],
        clientToken=str(uuid.uuid4()),
    )
    return sandbox.outcome(
        lambda: sandbox.builder.get_image(imageBuildVersionArn=image),
        show=lambda answer: answer["image"].get("distributionConfiguration", {}).get("description"),
    )


@question(
    "Which build number does a second rollout of the same AMI get?",
    expects="2",
    source="not documented; the next one is assumed",
    needs=IMAGE,
)
def second_rollout(sandbox: Sandbox) -> str:
    arn = sandbox.create()["distributionConfigurationArn"]
    first = sandbox.distribute(arn)
    return sandbox.outcome(
        lambda: sandbox.distribute(arn),
        show=lambda second: str(1 + int(second.rpartition("/")[2]) - int(first.rpartition("/")[2])),
    )


@question(
    "Does the same token start a rollout only once?",
    expects="true",
    source=f"{MODEL}, ClientToken",
    needs=IMAGE,
)
def token_of_a_rollout(sandbox: Sandbox) -> str:
    arn, token = sandbox.create()["distributionConfigurationArn"], str(uuid.uuid4())
    first = sandbox.distribute(arn, clientToken=token)
    return sandbox.outcome(lambda: sandbox.distribute(arn, clientToken=token) == first, show=bool)


@question(
    "What does CancelImageCreation return right after the start of a rollout?",
    expects=r"ok|(ResourceNotFoundException|ResourceInUseException|InvalidRequestException) 4..: .*",
    source="alchemy tests on a real account, which repeat it for up to a minute",
    confirmed=True,
    needs=IMAGE,
)
def cancel_at_once(sandbox: Sandbox) -> str:
    image = sandbox.distribute(sandbox.create()["distributionConfigurationArn"])
    return sandbox.outcome(
        lambda: sandbox.builder.cancel_image_creation(imageBuildVersionArn=image, clientToken=f"{sandbox.name}-cancel")
    )


@question(
    "What does DeleteImage return while a rollout is running?",
    expects=r"(InvalidRequestException|ResourceDependencyException) 4..: .*",
    source="alchemy tests on a real account saw both of an image that had not settled",
    confirmed=True,
    needs=IMAGE,
)
def delete_a_running_rollout(sandbox: Sandbox) -> str:
    image = sandbox.distribute(sandbox.create()["distributionConfigurationArn"])
    return sandbox.outcome(lambda: sandbox.builder.delete_image(imageBuildVersionArn=image))


@question(
    "What does RetryImage return while a rollout is running?",
    expects=INVALID_REQUEST,
    source=f"{MODEL}, RetryImage: only FAILED and CANCELLED; the code is not documented",
    needs=IMAGE,
)
def retry_a_running_rollout(sandbox: Sandbox) -> str:
    image = sandbox.distribute(sandbox.create()["distributionConfigurationArn"])
    return sandbox.outcome(
        lambda: sandbox.builder.retry_image(imageBuildVersionArn=image, clientToken=str(uuid.uuid4()))
    )


@question(
    "What does StartResourceStateUpdate return while a rollout is running?",
    expects=INVALID_REQUEST,
    source="not documented",
    needs=IMAGE,
)
def state_update_of_a_running_rollout(sandbox: Sandbox) -> str:
    image = sandbox.distribute(sandbox.create()["distributionConfigurationArn"])
    return sandbox.outcome(
        lambda: sandbox.builder.start_resource_state_update(
            resourceArn=image, state={"status": "DEPRECATED"}, clientToken=str(uuid.uuid4())
        )
    )
