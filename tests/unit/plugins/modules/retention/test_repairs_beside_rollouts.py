"""A repair while somebody else distributes, or changes the configuration."""

from __future__ import annotations

import importlib

import boto3
import pytest

from tests.unit.plugins.modules.retention.world import AWAY
from tests.unit.plugins.modules.retention.world import entry
from tests.unit.plugins.modules.retention.world import HOME
from tests.unit.plugins.modules.retention.world import PLUGINS
from tests.unit.plugins.modules.retention.world import SOURCE

pytestmark = pytest.mark.current_botocore

MODULE = "imagebuilder_image_distribution_repair"
PARAMETER = {"ssmParameterConfigurations": [{"parameterName": "/images/web"}]}
ENTRY = entry(AWAY, **PARAMETER)
WAVE = {"wave": {"number": 1, "of": 1, "regions": [AWAY]}}


@pytest.fixture
def parameter():
    """The parameter in the target: parameter() reads it, parameter(value) writes it as somebody else."""

    def parameter(value=None):
        ssm = boto3.client("ssm", region_name=AWAY)
        if value:
            ssm.put_parameter(Name="/images/web", Value=value, Type="String", Overwrite=True)
        return ssm.get_parameter(Name="/images/web")["Parameter"]["Value"]

    return parameter


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("options", [{}, WAVE], ids=["whole", "wave"])
def test_a_newer_rollout_that_is_still_running_keeps_what_it_has_written(
    world, run_module, parameter, options, check_mode
):
    """Image Builder writes the parameter before it reports the rollout as complete."""
    from moto.imagebuilder.switches import switches

    world.rolls_out(ENTRY)
    switches.set(image_transition_polls=100)
    newer = world.rolls_out(ENTRY)
    new = parameter("ami-0fedcba9876543210")
    done = run_module(MODULE, {"name": "web", **options}, check_mode)
    [repair] = done["repairs"]
    assert (done["changed"], repair["action"], repair["changed"]) == (False, "not_possible", False)
    assert f"{newer} is PENDING; nothing is repaired before it has ended" in repair["reason"]
    assert parameter() == new


def during_the_comparison(monkeypatch, act):
    """Lets somebody else act when the targets have been compared."""
    plan = importlib.import_module(f"{PLUGINS}.module_utils._distribution.rollout.repair_plan")
    original = plan.plan

    def and_then(*arguments):
        planned = original(*arguments)
        act()
        return planned

    monkeypatch.setattr(plan, "plan", and_then)


@pytest.mark.parametrize("options", [{}, WAVE], ids=["whole", "wave"])
def test_a_configuration_that_somebody_changes_meanwhile_ends_the_repair(
    world, run_module, parameter, monkeypatch, options
):
    world.rolls_out(ENTRY)
    other = parameter("ami-0fedcba9876543210")
    arn = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/web"

    def change():
        world.client.update_distribution_configuration(distributionConfigurationArn=arn, distributions=[entry(AWAY)])

    during_the_comparison(monkeypatch, change)
    done = run_module(MODULE, {"name": "web", **options})
    assert (done["failed"], done.get("changed", False)) == (True, False)
    assert "Somebody else changed" in done["msg"]
    assert parameter() == other


def test_a_rollout_that_ends_meanwhile_ends_the_repair(world, run_module, parameter, monkeypatch):
    world.rolls_out(ENTRY)
    parameter("ami-0fedcba9876543210")
    made = []
    during_the_comparison(monkeypatch, lambda: made.append(world.rolls_out(ENTRY)))
    done = run_module(MODULE, {"name": "web"})
    assert (done["failed"], done.get("changed", False)) == (True, False)
    assert f"{made[0]} was distributed" in done["msg"]
    assert parameter() == world.ami(made[0])
