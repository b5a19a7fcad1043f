"""Which configurations the role writes and removes for waves."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.ownership import SPEC_TAG
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.ownership import WAVES_TAG
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.role_spec import waves as role_waves

ACCOUNT, HOME = "123456789012", "us-west-2"
OURS, THEIRS = f"web/{ACCOUNT}/{HOME}", f"db/{ACCOUNT}/{HOME}"


def configuration(name, waves_of="web", owner=None):
    return {"name": name, "tags": {WAVES_TAG: waves_of, **({SPEC_TAG: owner} if owner else {})}, "pipelines": []}


def writes(*existing, waves=("web-wave-1",)):
    plan = {"spec_id": "web", "account_id": ACCOUNT, "region": HOME, "configurations": [], "pipelines": []}
    return role_waves.writes(list(existing), {**plan, "waves": [{"settings": {"name": name}} for name in waves]})


def test_a_wave_of_an_earlier_list_is_removed():
    result = writes(configuration("web-wave-1"), configuration("Web_wave_3"), configuration("other-wave-2", owner=OURS))
    absent = [{"name": name, "state": "absent"} for name in ("Web_wave_3", "other-wave-2")]
    assert result.entries == [{"name": "web-wave-1"}, *absent]
    assert result.errors == []


@pytest.mark.parametrize(
    "theirs",
    [
        configuration("payment"),
        configuration("payment", owner=THEIRS),
        configuration("payment-wave-1", owner=THEIRS),
        configuration("payment-wave-1", waves_of="db"),
    ],
)
def test_nothing_of_others_is_removed_by_one_tag(theirs):
    assert writes(theirs, waves=()).entries == []


def test_what_another_spec_lists_is_not_written_for_a_wave():
    (error,) = writes(configuration("web-wave-1", owner=THEIRS)).errors
    assert "web-wave-1 in us-west-2 would be written for a wave" in error
