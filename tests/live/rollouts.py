"""Questions about rollouts. They take a source AMI and an execution role; copies cost storage while they are there."""

from __future__ import annotations

from typing import Any

from tests.live.case import case
from tests.live.room import Room


@case(
    "What does DistributeImage answer for an AMI that does not exist?",
    expects=r"(ResourceNotFound|InvalidParameterValue|InvalidRequest|Client)Exception 40.: .*",
    source="the operation's list of errors; which of them is not documented",
    needs_image=True,
)
def unknown_source_image(room: Room) -> str:
    arn = room.create()["distributionConfigurationArn"]
    room.source_image = "ami-00000000000000000"
    return room.outcome(lambda: room.distribute(arn))


@case(
    "In which state does a rollout begin, and of which type is its image?",
    expects=r'\["PENDING", .*\]',
    source="not documented; PENDING is assumed",
    needs_image=True,
)
def first_state(room: Room) -> str:
    image = room.distribute(room.create()["distributionConfigurationArn"])

    def shown(answer: dict[str, Any]) -> list[str | None]:
        return [answer["image"]["state"]["status"], answer["image"].get("buildType")]

    return room.outcome(lambda: room.builder.get_image(imageBuildVersionArn=image), show=shown)


@case(
    "Which build number does a second rollout of the same AMI get?",
    expects="2",
    source="not documented; the next one is assumed",
    needs_image=True,
)
def second_rollout(room: Room) -> str:
    arn = room.create()["distributionConfigurationArn"]
    first = room.distribute(arn)
    return room.outcome(
        lambda: room.distribute(arn),
        show=lambda second: str(1 + int(second.rpartition("/")[2]) - int(first.rpartition("/")[2])),
    )


@case(
    "What does a cancellation right after the start answer?",
    expects=r"ok|(ResourceNotFoundException|ResourceInUseException|InvalidRequestException) 4..: .*",
    source="alchemy tests on a real account, which repeat it for up to a minute",
    confirmed=True,
    needs_image=True,
)
def cancel_at_once(room: Room) -> str:
    image = room.distribute(room.create()["distributionConfigurationArn"])
    return room.outcome(
        lambda: room.builder.cancel_image_creation(imageBuildVersionArn=image, clientToken=f"{room.name}-cancel")
    )
