"""How an image gets from PENDING to its end, state by state.

Each GetImage moves an image on, not time, so that a test sees the same states on every machine.
"""

from __future__ import annotations

from typing import Any
from typing import TYPE_CHECKING

from moto.core.base_backend import BackendDict
from moto.core.utils import utcnow

from . import log
from .images import Image
from .images import RegionFailure
from .roles import Actor
from .roles import Anyone
from .roles import execution_role
from .roles import RoleUnusable
from .rollout import DistributionSteps
from .switches import switches
from .trouble import COPY
from .workflows import STEPS
from .workflows import Workflow

if TYPE_CHECKING:
    from .models import ImageBuilderBackend

COPIES, PERMISSIONS, SETTINGS = STEPS
MAXIMUM_REASON = 1024
MAXIMUM_FAILURES = 256


def begin(image: Image, backends: BackendDict[ImageBuilderBackend]) -> None:
    """Begin the life of an image."""
    image.began = utcnow()
    image.workflows.append(Workflow(image.source.region))
    _enter(image, "PENDING")
    _settle(image, backends)


def look(image: Image, backends: BackendDict[ImageBuilderBackend]) -> None:
    """Move the image on if its state was shown often enough, and count that it is shown."""
    if image.ended:
        return
    if image.cancelling:
        if image.shown_times >= switches.image_transition_polls:
            _cancel(image)
    elif image.status == "DISTRIBUTING" and not image.copies_tried:
        _copy(image, backends)
    elif image.shown_times >= switches.image_transition_polls:
        move_on(image, backends)
    image.shown_times += 1


def move_on(image: Image, backends: BackendDict[ImageBuilderBackend]) -> None:
    """Go to the next state, unless the image is held."""
    if image.ended or image.status in (image.held_in, switches.hold_images_in):
        return
    if image.status == "PENDING":
        _enter(image, "DISTRIBUTING")
        _copy(image, backends)
    elif image.status == "DISTRIBUTING":
        if _finish_distributing(image, backends):
            _enter(image, "INTEGRATING")
    else:
        _integrate(image, backends)


def run(image: Image, backends: BackendDict[ImageBuilderBackend]) -> None:
    """Continue to the end, or until the image is held."""
    before = None
    while not image.ended and before != (image.status, len(image.outputs), len(image.done)):
        before = (image.status, len(image.outputs), len(image.done))
        if image.status == "DISTRIBUTING" and not image.copies_tried:
            _copy(image, backends)
        else:
            move_on(image, backends)


def cancel(image: Image) -> None:
    """Have the image end as CANCELLED, after its state has been shown as often as any other."""
    image.cancelling = True
    image.shown_times = 0
    if switches.image_transition_polls == 0:
        _cancel(image)


def retry(image: Image, backends: BackendDict[ImageBuilderBackend]) -> None:
    """Go back to where the image failed. What was distributed is not made again."""
    for workflow in image.workflows:
        workflow.retried = True
    where = image.failed_in or "PENDING"
    finished = (COPIES, PERMISSIONS) if where == "INTEGRATING" else ()
    image.workflows.append(Workflow(image.source.region, finished))
    image.reason = image.failure_context = image.failed_in = None
    image.cancelling = False
    image.copies_tried, image.copy_failures = False, []
    image.done = {step for step in image.done if step[0] != COPY}
    _enter(image, where)
    if where == "DISTRIBUTING":
        _copy(image, backends)
    _settle(image, backends)


def end(image: Image, status: str, reason: str | None) -> None:
    """Put an image into any state, as later actions do."""
    image.status, image.reason = status, reason
    image.failure_context = {"imageStatus": "DISTRIBUTING"} if status == "FAILED" else None
    image.failed_in = "DISTRIBUTING" if status in ("FAILED", "CANCELLED") else None
    image.shown_times = 0
    image.cancelling = False
    if image.ended and image.workflows[-1].end_time is None:
        image.workflows[-1].end("COMPLETED" if status not in ("FAILED", "CANCELLED") else status, reason)


def _settle(image: Image, backends: BackendDict[ImageBuilderBackend]) -> None:
    if switches.image_transition_polls == 0:
        run(image, backends)


def _enter(image: Image, status: str) -> None:
    image.status = status
    image.shown_times = 0


def _actor(image: Image) -> Actor:
    if image.trusted:
        return Anyone(image.source.account)
    return execution_role(image.settings["executionRole"], image.source.account, image.source.region, image.arn)


def _rollout(image: Image, backends: BackendDict[ImageBuilderBackend], step: str) -> DistributionSteps | None:
    # None if the image fails at once because the role cannot be assumed.
    image.workflows[-1].start(step)
    try:
        return DistributionSteps(image, _actor(image), backends)
    except RoleUnusable as error:
        _fail(image, step, [], None, f"Image Builder cannot assume the execution role. {error}")
        return None


def _copy(image: Image, backends: BackendDict[ImageBuilderBackend]) -> None:
    rollout = _rollout(image, backends, COPIES)
    if rollout is None:
        return
    image.copies_tried = rollout.copy_some(switches.copies_per_poll)
    image.copy_failures += rollout.failures
    image.workflows[-1].record_outputs(COPIES, list(image.outputs.values()), image.copy_failures)
    for failure in rollout.failures:
        log.write(image, rollout.actor, f"{failure['errorMessage']} {_where(image, failure)}")


def _finish_distributing(image: Image, backends: BackendDict[ImageBuilderBackend]) -> bool:
    if image.copy_failures:
        _fail(image, COPIES, image.copy_failures, None)
        return False
    rollout = _rollout(image, backends, PERMISSIONS)
    if rollout is None:
        return False
    _finish(image, COPIES, rollout.actor)
    rollout.permit()
    image.workflows[-1].record_outputs(PERMISSIONS, list(image.outputs.values()), rollout.failures)
    if rollout.failures:
        _fail(image, PERMISSIONS, rollout.failures, rollout.actor)
        return False
    _finish(image, PERMISSIONS, rollout.actor)
    image.workflows[-1].start(SETTINGS)
    return True


def _integrate(image: Image, backends: BackendDict[ImageBuilderBackend]) -> None:
    rollout = _rollout(image, backends, SETTINGS)
    if rollout is None:
        return
    rollout.apply_settings()
    image.workflows[-1].record_outputs(SETTINGS, list(image.outputs.values()), rollout.failures)
    if rollout.failures:
        _fail(image, SETTINGS, rollout.failures, rollout.actor)
        return
    _finish(image, SETTINGS, rollout.actor)
    _enter(image, switches.images_end_as)


def _finish(image: Image, step: str, actor: Actor) -> None:
    image.workflows[-1].finish(step)
    log.write(image, actor, f"The step {step} is completed.")


def _fail(image: Image, step: str, failures: list[RegionFailure], actor: Actor | None, text: str | None = None) -> None:
    if text is None:
        numbered = " ".join(
            f"{number}) {failure['errorMessage']} {_where(image, failure)}"
            for number, failure in enumerate(failures, 1)
        )
        text = f"Not all distribution jobs are completed. {numbered}"
    distribution: dict[str, Any] = {"errorMessage": text}
    if failures:
        distribution["regionFailures"] = failures[:MAXIMUM_FAILURES]
    workflow = image.workflows[-1]
    image.failed_in = image.status
    image.failure_context = {
        "imageStatus": image.status,
        "workflowExecutionId": workflow.identifier,
        "workflowArn": workflow.arn,
        "stepExecutionId": workflow.step(step)["stepExecutionId"],
        "failedStep": step,
        "distributionFailure": distribution,
    }
    image.reason = text[:MAXIMUM_REASON]
    workflow.finish(step, "FAILED", text)
    log.write(image, actor, text)
    _enter(image, "FAILED")


def _where(image: Image, failure: RegionFailure) -> str:
    return (
        f"when distributing the image from the source account (ID: {image.source.account}) to the destination account "
        f"(ID: {failure['targetAccountId']}) in Region {failure['region']}."
    )


def _cancel(image: Image) -> None:
    image.failed_in = image.status
    image.reason = "The image creation was cancelled."
    image.workflows[-1].end("CANCELLED")
    image.cancelling = False
    _enter(image, "CANCELLED")
