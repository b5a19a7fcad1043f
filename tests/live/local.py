"""The local AWS as a place to ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.live.room import Room
from tests.local_aws.server import LocalAws
from tests.local_aws.server import SOURCE_ACCOUNT

REGION = "us-east-1"
OTHER_REGION = "us-west-2"
ROLE = "live"


def prepare(aws: LocalAws) -> str:
    """Make what the questions about rollouts take, and return the source AMI."""
    principal = {"Service": "imagebuilder.amazonaws.com"}
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam = aws.client("iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(everything))
    return aws.plant_ami("live")


def room_of(aws: LocalAws, source_image: str) -> Room:
    def client(service: str, region: str) -> Any:
        return aws.client(service, region_name=region)

    return Room(client, SOURCE_ACCOUNT, REGION, OTHER_REGION, source_image, ROLE, pause=lambda seconds: None)


@contextmanager
def local_room() -> Iterator[Callable[[], Room]]:
    """A local AWS of one's own, and the function that makes a room in it."""
    with LocalAws() as aws:
        source_image = prepare(aws)
        yield lambda: room_of(aws, source_image)
