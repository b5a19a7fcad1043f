"""Configurations in AWS that no rollout can carry out can be read and fed back, but not created."""

from __future__ import annotations

import copy

import pytest

pytestmark = pytest.mark.current_botocore

ACCOUNT, REGION = "123456789012", "us-west-2"
ONE, MANY = "imagebuilder_distribution", "imagebuilder_distribution_set"
PLACE = "distributions[0].fast_launch_configurations[0].max_parallel_launches"
HELD = {
    "name": "windows",
    "distributions": [
        {
            "region": REGION,
            "amiDistributionConfiguration": {"name": "windows {{ imagebuilder:buildDate }}"},
            "fastLaunchConfigurations": [{"enabled": True, "maxParallelLaunches": 3, "accountId": ACCOUNT}],
        }
    ],
}


@pytest.fixture
def read(aws, run_module):
    """What info shows of a configuration with three launches at once."""
    aws[ACCOUNT][REGION].plant_distribution_configuration(copy.deepcopy(HELD))
    (found,) = run_module("imagebuilder_distribution_info", {"name": "windows"})["distribution_configurations"]
    return {name: found[name] for name in ("name", "description", "distributions", "tags")}


def both_doors(run_module, options, **more):
    yield run_module(ONE, options, **more), ""
    yield run_module(MANY, {"distribution_configurations": [options]}, **more), "distribution_configurations[0]."


def test_what_is_read_can_be_fed_back_with_a_warning(read, run_module):
    for result, prefix in both_doors(run_module, read):
        assert result["changed"] is False
        (warning,) = [one if isinstance(one, str) else one["msg"] for one in result["warnings"]]
        assert warning.startswith(f"{prefix}{PLACE}: 3: EC2 accepts no fewer than 6")


def test_the_rest_of_it_can_be_changed(read, run_module):
    for number, (result, _prefix) in enumerate(both_doors(run_module, {**read, "description": "new"})):
        assert result["changed"] is (number == 0)


@pytest.mark.parametrize("check_mode", [False, True])
def test_nobody_makes_it_so(read, run_module, check_mode, aws):
    before = [one.to_dict() for one in aws[ACCOUNT][REGION].distribution_configurations.values()]
    fewer = copy.deepcopy(read)
    fewer["distributions"][0]["fast_launch_configurations"][0]["max_parallel_launches"] = 2
    for options in (fewer, {**read, "name": "new"}):
        for result, prefix in both_doors(run_module, options, check_mode=check_mode):
            assert result["failed"]
            assert f"{prefix}{PLACE}: " in result["msg"]
            assert "EC2 accepts no fewer than 6" in result["msg"]
    assert [one.to_dict() for one in aws[ACCOUNT][REGION].distribution_configurations.values()] == before


def test_other_errors_are_reported_with_it(run_module, aws):
    entry = {"region": REGION, "fast_launch_configurations": [{"enabled": True, "max_parallel_launches": 3}]}
    result = run_module(ONE, {"name": "!", "distributions": [entry]})
    assert "name: '!'" in result["msg"]
    assert f"{PLACE}: 3: EC2 accepts no fewer than 6" in result["msg"]
