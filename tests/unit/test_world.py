"""What the tests read afterwards from the log of the local AWS."""

from __future__ import annotations

from typing import Any

from tests.local_aws.faults import Call
from tests.local_aws.faults import LoggedCall
from tests.world import HOME
from tests.world import SOURCE
from tests.world import World


class Logged:
    """An AWS that only has a log."""

    def __init__(self, *calls: Call) -> None:
        self.calls = calls

    def client(self, *_place: str) -> Any:
        return None

    def requests(self) -> list[LoggedCall]:
        return [call.as_dict() for call in self.calls]


def test_a_write_that_the_service_never_saw_is_none() -> None:
    created, reset, refused, read = (
        Call("imagebuilder", operation, HOME, SOURCE, status=status)
        for operation, status in (
            ("CreateDistributionConfiguration", 200),
            ("UpdateDistributionConfiguration", None),
            ("DeleteDistributionConfiguration", 400),
            ("GetDistributionConfiguration", 200),
        )
    )
    world = World(Logged(created, reset, refused, read))
    assert world.writes() == [f"{SOURCE} CreateDistributionConfiguration"]
