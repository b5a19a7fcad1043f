"""The configurations that the benchmarks measure are configurations that the modules accept."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tests.benchmarks.scale import FULL
from tests.benchmarks.world import fleet
from tests.benchmarks.world import in_api_form
from tests.benchmarks.world import REGION
from tests.benchmarks.world import REGIONS
from tests.unit.conftest import COLLECTION
from tests.world import SOURCE


def collection(name: str) -> Any:
    """A module of the collection's domain."""
    return importlib.import_module(f"{COLLECTION}.module_utils._distribution.{name}")


@pytest.mark.current_botocore
@pytest.mark.parametrize("regions", [3, len(REGIONS)])
def test_the_configurations_of_the_benchmarks_are_valid(regions: int, service_model: Any) -> None:
    checks, entries = collection("validation.checks"), collection("validation.entries")
    to_api = collection("configuration.conversion").distributions_to_api
    for configuration in fleet(2, regions):
        distributions = to_api(configuration["distributions"])
        assert checks.configuration_errors({**configuration, "distributions": distributions}, service_model) == []
        assert checks.distribution_errors(distributions, service_model, home_region=REGION, account_id=SOURCE) == []
        assert entries.violations(distributions, REGION, SOURCE, "distributions") == []


def test_the_thread_pool_writes_what_the_modules_write() -> None:
    """The benchmarks convert the options without the collection's code, so both must agree."""
    to_api = collection("configuration.conversion").distributions_to_api
    configurations = fleet(2, len(REGIONS))
    expected = [to_api(configuration["distributions"]) for configuration in configurations]
    assert [configuration["distributions"] for configuration in in_api_form(configurations)] == expected


def test_there_are_as_many_regions_as_the_largest_benchmarks_use() -> None:
    used = (
        [regions for _count, regions in FULL.large] + [FULL.preflight[0]] + [regions for _count, regions in FULL.role]
    )
    assert max(used) <= len(set(REGIONS)) == len(REGIONS)
