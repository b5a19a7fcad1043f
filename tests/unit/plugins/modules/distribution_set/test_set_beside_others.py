"""What others do between the listing of all configurations and the writes."""

from __future__ import annotations

import importlib

import pytest

from tests.unit.plugins.modules.distribution_set.sets import ACCOUNT
from tests.unit.plugins.modules.distribution_set.sets import actions
from tests.unit.plugins.modules.distribution_set.sets import ARN
from tests.unit.plugins.modules.distribution_set.sets import image
from tests.unit.plugins.modules.distribution_set.sets import names
from tests.unit.plugins.modules.distribution_set.sets import PLUGINS
from tests.unit.plugins.modules.distribution_set.sets import REGION

pytestmark = pytest.mark.current_botocore


@pytest.mark.parametrize("options", [{"ownership_tags": {"Team": "a"}}, {"spec_id": "a"}])
def test_a_purge_leaves_what_somebody_took_over_after_it_was_listed(run, plant, backend, monkeypatch, options):
    bulk = importlib.import_module(f"{PLUGINS}.module_utils._aws.configuration.bulk")
    within = bulk.within_limit
    plant("surplus", **{"Team": "a", "goldimage.aws:spec": f"a/123456789012/{REGION}"})

    def and_then_it_is_released(*arguments):
        purged = within(*arguments)
        for one in backend.distribution_configurations.values():
            one.tags = {"Team": "b"}
        return purged

    monkeypatch.setattr(bulk, "within_limit", and_then_it_is_released)
    result = run([image("new")], purge=True, **options)
    assert actions(result) == [("new", "created"), ("surplus", "kept")]
    assert "somebody has removed its ownership tags" in result["outcomes"][1]["error"]
    assert names(backend) == ["new", "surplus"]


@pytest.mark.parametrize(
    "wanted", [image("web", description="ours"), {"name": "web", "state": "absent"}], ids=["present", "absent"]
)
def test_what_another_spec_has_taken_over_since_the_listing_is_left_alone(run, plant, backend, monkeypatch, wanted):
    plant("web", description="theirs")
    stored = backend.distribution_configurations[ARN + "web"]
    theirs = {"goldimage.aws:spec": f"b/{ACCOUNT}/{REGION}"}
    after_the_listing(monkeypatch, lambda: stored.tags.update(theirs))
    result = run([wanted], spec_id="a")
    assert actions(result) == [("web", "failed")]
    assert "belongs to another spec" in result["msg"]
    assert result["changed"] is False
    assert names(backend) == ["web"]
    assert (stored.settings["description"], stored.tags) == ("theirs", theirs)


def test_what_is_released_twice_at_once_stays_with_its_new_spec(run, plant, backend, monkeypatch):
    plant("web", **{"goldimage.aws:spec": f"a/{ACCOUNT}/{REGION}", "Team": "a"})
    stored = backend.distribution_configurations[ARN + "web"]
    theirs = {"goldimage.aws:spec": f"b/{ACCOUNT}/{REGION}", "Team": "b", "Stage": "test"}

    def adopt():
        stored.tags = dict(theirs)

    after_the_listing(monkeypatch, adopt)
    result = run([image("new")], spec_id="a", release=["web"])
    assert actions(result) == [("new", "created"), ("web", "unchanged")]
    assert stored.tags == theirs


def test_what_is_deleted_before_its_release_needs_none(run, plant, backend, monkeypatch):
    plant("web", **{"goldimage.aws:spec": f"a/{ACCOUNT}/{REGION}"})
    after_the_listing(monkeypatch, lambda: backend.distribution_configurations.pop(ARN + "web"))
    assert actions(run([image("new")], spec_id="a", release=["web"])) == [("new", "created"), ("web", "unchanged")]


def after_the_listing(monkeypatch, act):
    """Lets somebody else act between the listing and everything that follows from it."""
    configuration_set = importlib.import_module(f"{PLUGINS}.module_utils._aws.configuration.configuration_set")
    judged = configuration_set.judged

    def and_then(*arguments):
        judgement = judged(*arguments)
        act()
        return judgement

    monkeypatch.setattr(configuration_set, "judged", and_then)
