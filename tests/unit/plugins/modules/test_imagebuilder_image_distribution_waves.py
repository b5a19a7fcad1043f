"""If a wave is stopped, the configuration is restored, by this task or by the next one."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tests.unit.conftest import COLLECTION
from tests.unit.plugins.modules.enforced import AWAY
from tests.unit.plugins.modules.enforced import Enforced
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.tasks.before import configured
from tests.unit.plugins.modules.tasks.before import DISTRIBUTE
from tests.unit.plugins.modules.tasks.before import source_image
from tests.unit.plugins.modules.tasks.cases import ROLLOUT
from tests.unit.plugins.modules.tasks.parts import NAME
from tests.unit.plugins.modules.tasks.parts import WEB

pytestmark = pytest.mark.current_botocore

ENTRIES = [{"region": region, "amiDistributionConfiguration": {"name": NAME}} for region in (REGION, AWAY)]
WAVE = {"number": 1, "of": 1, "regions": [REGION, AWAY]}
OF_WAVE = WEB + "-wave-1"


WIRE = f"{COLLECTION}.module_utils._aws.rollout"


class Killed(BaseException):
    """Ends the process at once."""


def write(here: Enforced, arn: str, entries: list[dict[str, Any]]) -> None:
    client = here.client("imagebuilder")
    client.update_distribution_configuration(distributionConfigurationArn=arn, distributions=entries)


def held(here: Enforced) -> list[str]:
    """The Regions that the wave's configuration holds."""
    answer = here.client("imagebuilder").get_distribution_configuration(distributionConfigurationArn=OF_WAVE)
    return [entry["region"] for entry in answer["distributionConfiguration"]["distributions"]]


def rollouts(here: Enforced) -> int:
    return len(here.client("imagebuilder").list_image_build_versions()["imageSummaryList"])


@pytest.fixture
def wave(here: Enforced) -> Any:
    """Runs the task. The home Region has the image already, and another Region is left."""
    options = {**DISTRIBUTE, **source_image(here), "wave": WAVE}
    configured(here, "web-wave-1", tags={"goldimage.aws:waves": "web"})

    def run(**more: Any) -> dict[str, Any]:
        return here.run(ROLLOUT, {**options, **more}, None)

    assert run(wave={**WAVE, "regions": [REGION]})["wave"]["complete"]
    for arn in (WEB, OF_WAVE):
        write(here, arn, ENTRIES)
    return run


def stopped(here: Enforced, patch: pytest.MonkeyPatch, end: type[BaseException]) -> None:
    """Rollouts fail with this before they start, while the configuration holds what is left."""

    def run(_rollout: Any) -> None:
        assert held(here) == [AWAY]
        raise end

    patch.setattr(importlib.import_module(f"{WIRE}.rollout").Rollout, "run", run)


@pytest.mark.parametrize("end", [KeyboardInterrupt, RuntimeError])
def test_a_task_that_is_interrupted_restores_the_configuration(here, wave, end):
    with pytest.MonkeyPatch.context() as patch:
        stopped(here, patch, end)
        with pytest.raises(end):
            wave()
    assert (held(here), rollouts(here)) == ([REGION, AWAY], 1)
    result = wave()
    assert (result["outcome"], result["wave"]["restored"], result["wave"]["in_sync"]) == ("started", False, True)


def test_a_task_that_is_killed_before_it_distributes_is_completed_by_the_next_one(here, wave):
    with pytest.MonkeyPatch.context() as patch:
        stopped(here, patch, Killed)
        patch.setattr(importlib.import_module(f"{WIRE}.wave").WaveRollout, "_restore", lambda _self, alone=False: None)
        with pytest.raises(Killed):
            wave()
    assert held(here) == [AWAY]
    result = wave()
    assert (result["outcome"], result["wave"]["in_sync"], result["wave"]["restored"]) == ("started", True, True)
    assert (held(here), rollouts(here)) == ([REGION, AWAY], 2)


def test_a_task_that_is_killed_after_it_distributed_is_completed_by_the_next_one(here, wave):
    def killed(_self: Any, alone: bool = False) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.import_module(f"{WIRE}.wave").WaveRollout, "_restore", killed)
        with pytest.raises(Killed):
            wave()
    assert (held(here), rollouts(here)) == ([AWAY], 2)
    result = wave()
    assert [result[key] for key in ("outcome", "changed")] == ["unchanged", True]
    assert (result["wave"]["restored"], held(here), rollouts(here)) == (True, [REGION, AWAY], 2)
    assert wave()["changed"] is False


def refusing(patch: pytest.MonkeyPatch, number: int) -> None:
    """The write of the configuration with this number is refused."""
    module = importlib.import_module(f"{WIRE}.wave")
    errors = importlib.import_module(f"{COLLECTION}.module_utils._aws.errors")
    written, ensure = [], module.ensure

    def refuse(*arguments: Any, **more: Any) -> Any:
        written.append(arguments)
        if len(written) == number:
            raise errors.ImageBuilderError(message="Refused for a test")
        return ensure(*arguments, **more)

    patch.setattr(module, "ensure", refuse)


def test_where_the_configuration_cannot_be_reduced_nothing_is_distributed(here, wave):
    with pytest.MonkeyPatch.context() as patch:
        refusing(patch, 1)
        result = wave()
    assert (result["failed"], "Refused for a test" in result["msg"]) == (True, True)
    assert [row["region"] for row in result["wave"]["remaining"]] == [AWAY]
    assert (held(here), rollouts(here)) == ([REGION, AWAY], 1)


def test_where_it_cannot_be_restored_the_rollout_has_not_failed_and_the_next_task_restores_it(here, wave):
    with pytest.MonkeyPatch.context() as patch:
        refusing(patch, 2)
        result = wave()
    assert (result["outcome"], result["wave"]["complete"], held(here)) == ("started", True, [AWAY])
    assert "still holds a part of wave 1 of 1 of web (web-wave-1)" in " ".join(result["warnings"])
    with pytest.MonkeyPatch.context() as patch:
        refusing(patch, 1)
        assert "Refused for a test" in wave()["msg"]
    result = wave()
    assert (result["changed"], result["wave"]["restored"], held(here)) == (True, True, [REGION, AWAY])


def test_what_somebody_else_may_own_is_not_written(here, wave):
    here.client("imagebuilder").untag_resource(resourceArn=OF_WAVE, tagKeys=["goldimage.aws:waves"])
    assert "may be somebody else's" in wave()["msg"]
    tags = {"goldimage.aws:waves": "web", "goldimage.aws:spec": "other"}
    here.client("imagebuilder").tag_resource(resourceArn=OF_WAVE, tags=tags)
    here.client("imagebuilder").tag_resource(resourceArn=WEB, tags={"goldimage.aws:spec": "web"})
    assert "may be somebody else's" in wave()["msg"]
    assert (held(here), rollouts(here)) == ([REGION, AWAY], 1)


def test_a_wave_is_cancelled_and_its_configuration_is_restored(here, wave):
    from moto.imagebuilder.switches import switches

    switches.set(hold_images_in="DISTRIBUTING")
    running = wave(wait=False)
    assert (running["still_running"], held(here)) == (True, [AWAY])
    result = wave(state="cancelled", execution_role=None)
    assert (result["outcome"], result["image"]["state"], held(here)) == ("cancelled", "CANCELLED", [REGION, AWAY])


def test_check_mode_predicts_for_what_an_earlier_task_would_write(here, wave):
    entry = {"ami_distribution_configuration": {"name_prefix": "web"}}
    entries = [{"region": region, **entry} for region in (REGION, AWAY, "eu-central-1")]
    regions = [one["region"] for one in entries]
    [image] = here.client("imagebuilder").list_image_build_versions()["imageSummaryList"]
    options = {**DISTRIBUTE, "source_image": image["tags"]["goldimage.aws:source-image"], "distributions": entries}
    result = here.run(ROLLOUT, {**options, "wave": {**WAVE, "regions": regions}}, None, check_mode=True)
    assert [row["region"] for row in result["wave"]["remaining"]] == regions[1:]
    assert result["outcome"] == "started"
    assert rollouts(here) == 1

    # Without waves: AWS has what was distributed, and an earlier task would write something else.
    put = {**options, "distributions": None}
    assert here.run(ROLLOUT, put, None)["outcome"] == "started"
    assert here.run(ROLLOUT, put, None, check_mode=True)["outcome"] == "unchanged"
    assert here.run(ROLLOUT, {**put, "distributions": entries[:2]}, None, check_mode=True)["outcome"] == "unchanged"
    assert here.run(ROLLOUT, {**put, "distributions": entries}, None, check_mode=True)["outcome"] == "started"
    assert here.run(ROLLOUT, {**put, "distributions": entries}, None)["outcome"] == "unchanged"


def deleted_before(here: Enforced, patch: pytest.MonkeyPatch, number: int) -> None:
    """Somebody else deletes the wave's configuration before the write of it with this number."""
    module = importlib.import_module(f"{WIRE}.wave")
    written, ensure = [], module.ensure

    def delete_first(*arguments: Any, **more: Any) -> Any:
        written.append(arguments)
        if len(written) == number:
            here.client("imagebuilder").delete_distribution_configuration(distributionConfigurationArn=OF_WAVE)
        return ensure(*arguments, **more)

    patch.setattr(module, "ensure", delete_first)


def configurations(here: Enforced) -> list[str]:
    answer = here.client("imagebuilder").list_distribution_configurations()
    return [one["arn"] for one in answer["distributionConfigurationSummaryList"]]


def test_a_configuration_that_somebody_else_deletes_is_not_created_without_its_tags(here, wave):
    """A new one would lack the tags by which the next run recognizes it."""
    with pytest.MonkeyPatch.context() as patch:
        deleted_before(here, patch, 1)
        result = wave()
    assert (result["failed"], f"Somebody else deleted {OF_WAVE}" in result["msg"]) == (True, True)
    assert (configurations(here), rollouts(here)) == ([WEB], 1)


def test_a_configuration_that_somebody_else_deletes_during_the_rollout_is_not_restored(here, wave):
    with pytest.MonkeyPatch.context() as patch:
        deleted_before(here, patch, 2)
        result = wave()
    assert (result["outcome"], result["wave"]["complete"], result["changed"]) == ("started", True, True)
    warnings = " ".join(result["warnings"])
    assert f"Somebody else deleted {OF_WAVE}" in warnings
    assert "still holds a part" not in warnings
    assert (configurations(here), rollouts(here)) == ([WEB], 2)


def test_what_somebody_else_writes_during_the_rollout_is_kept(here, wave):
    """For example a run of the role with a new spec, while this one waits for hours."""
    theirs = [{**entry, "amiDistributionConfiguration": {"name": f"new {NAME}"}} for entry in ENTRIES[1:]]
    rollout = importlib.import_module(f"{WIRE}.rollout").Rollout
    distribute = rollout.run

    def run(self: Any) -> Any:
        outcome = distribute(self)
        write(here, OF_WAVE, theirs)
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollout, "run", run)
        result = wave()
    assert (result["outcome"], result["wave"]["complete"]) == ("started", True)
    assert f"Somebody else changed {OF_WAVE} during the rollout" in " ".join(result["warnings"])
    answer = here.client("imagebuilder").get_distribution_configuration(distributionConfigurationArn=OF_WAVE)
    assert answer["distributionConfiguration"]["distributions"] == theirs
