"""Images that are stuck, or deleted, while a module waits for them."""

from __future__ import annotations

import pytest

from tests.local_aws.faults import HOLD_BEFORE
from tests.reliability.module_runs import ROLLOUT
from tests.reliability.module_runs import Scene
from tests.reliability.world import carried_out
from tests.reliability.world import ReliabilityWorld

STATES = ["PENDING", "DISTRIBUTING", "INTEGRATING"]


@pytest.mark.parametrize("state", STATES)
def test_a_stuck_rollout_is_reported_and_resumed(world: ReliabilityWorld, scene: Scene, state: str) -> None:
    work = scene.makers["a rollout"]()
    world.aws.switch(hold_images_in=state)
    try:
        stuck = world.run(work.module, {**work.options, "wait_timeout": 3600})
    finally:
        world.aws.switch(hold_images_in=None)
    assert (stuck["failed"], stuck["changed"], stuck["still_running"]) == (True, True, True)
    assert "not complete within 3600 seconds; AWS itself allows it up to 14 hours" in stuck["msg"]
    assert f"is still running, it has not failed: it was last seen {state}" in stuck["msg"]
    again = world.run(work.module, work.options)
    assert (again["changed"], again["image"]["arn"]) == (False, stuck["image"]["arn"])
    assert work.done()


@pytest.mark.parametrize("shown", [True, False], ids=["shown as DELETED", "gone"])
@pytest.mark.parametrize("state", STATES)
def test_a_rollout_deleted_meanwhile_is_reported(
    world: ReliabilityWorld, scene: Scene, state: str, shown: bool
) -> None:
    work = scene.makers["a rollout"]()
    arn = world.run(work.module, {**work.options, "wait": False})["image"]["arn"]
    world.aws.hold_image(arn, state)
    world.aws.clear_requests()
    # The first GetImage sees it, and the second one comes after the deletion.
    world.aws.break_off(HOLD_BEFORE, operation="GetImage", skip=1)
    child = world.module(ROLLOUT, {"image_build_version_arn": arn, "progress": False})
    assert world.aws.held(seconds=60)
    world.aws.set_image_state(arn, "DELETED")
    if not shown:
        world.imagebuilder.delete_image(imageBuildVersionArn=arn)
    world.aws.let_go(carry_out=True)
    result = child.result()
    assert (result["failed"], result["still_running"], result["image"]["state"]) == (True, False, "DELETED")
    assert "is DELETED" in result["msg"]
    assert "force" not in result["msg"]
    written = {call["operation"] for call in carried_out(world.aws.requests())}
    assert written == (set() if shown else {"DeleteImage"})
