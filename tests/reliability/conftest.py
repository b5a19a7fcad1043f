"""The world of the reliability tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reliability.module_runs import Scene
from tests.reliability.world import ReliabilityWorld


@pytest.fixture(scope="session")
def world() -> Iterator[ReliabilityWorld]:
    """One local AWS for all; cases use different names and leave no faults behind."""
    with ReliabilityWorld.start() as made:
        yield made
        assert "Traceback" not in made.aws.errors(), made.aws.errors()


@pytest.fixture(scope="session")
def scene(world: ReliabilityWorld) -> Scene:
    """Makes the work that the modules do."""
    return Scene(world)


@pytest.fixture(autouse=True)
def without_faults(world: ReliabilityWorld) -> Iterator[None]:
    """Remove the faults that a failed case left."""
    yield
    world.aws.clear_faults()
    world.aws.clear_random_faults()
    world.aws.clear_requests()
