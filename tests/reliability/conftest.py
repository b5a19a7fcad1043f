"""The world of the reliability tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reliability.works import Scene
from tests.reliability.world import ReliabilityWorld


@pytest.fixture(scope="session")
def world() -> Iterator[ReliabilityWorld]:
    """One local AWS for all; cases have names of their own and leave no faults behind."""
    with ReliabilityWorld.start() as made:
        yield made
        assert "Traceback" not in made.aws.errors(), made.aws.errors()


@pytest.fixture(scope="session")
def scene(world: ReliabilityWorld) -> Scene:
    """Makes works that modules do."""
    return Scene(world)


@pytest.fixture(autouse=True)
def fair_weather(world: ReliabilityWorld) -> Iterator[None]:
    """A case that failed leaves no fault to the next one."""
    yield
    world.aws.clear_faults()
    world.aws.clear_weather()
    world.aws.clear_requests()
