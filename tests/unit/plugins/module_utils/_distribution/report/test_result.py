"""The results of the steps -> the result of the role, and its conclusion."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.report import stats
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.report.result import assemble

from tests.unit import report_samples as samples
from tests.unit.report_samples import HOME
from tests.unit.report_samples import OTHER
from tests.unit.report_samples import OWN
from tests.unit.report_samples import THIRD

REGIONS = [HOME, "eu-west-1"]
ACCOUNTS = [OWN, OTHER]
WAVES = [
    {"configuration": "web", "wave": 1, "of": 2, "name": "web-wave-1", "regions": [HOME], "settings": {}},
    {"configuration": "web", "wave": 2, "of": 2, "name": "web-wave-2", "regions": ["eu-west-1"], "settings": {}},
]


def spec(**more):
    return samples.spec(REGIONS, ACCOUNTS, **more)


def live(*others):
    """Returns all targets: in sync, except those that are given."""
    given = {(one["region"], one["account_id"]): one for one in others}
    targets = [(region, account) for region in REGIONS for account in ACCOUNTS]
    return [given.get(target) or samples.target(*target) for target in targets]


def conclusion(steps, **more):
    result = assemble(spec(**more), steps)
    return result["conclusion"]["kind"], result["conclusion"]["text"]


def wave(number, targets, **more):
    """Returns the result of one wave of the rollout, as in a plain list of results."""
    about = {"number": number, "of": 2, "name": f"web-wave-{number}", "targets": targets}
    rollout = more.pop("rollout", None) or samples.rollout(**more)
    return {**rollout, "wave": about, "configuration": "web"}


CONCLUSIONS = [
    ({}, {}, "checked", "Only listed, nothing was checked"),
    ({"preflight": {"findings": [samples.finding("region", "ok", "fine")]}}, {}, "checked", "Checked, no errors"),
    ({"distribution": samples.outcomes("created")}, {}, "changed", "Done: 1 created"),
    ({"distribution": samples.outcomes("created")}, {"check_mode": True}, "would_change", "Would change: 1 to create"),
    ({"distribution": samples.outcomes("unchanged")}, {}, "unchanged", "Nothing changed"),
    (
        {"distribution": samples.outcomes("unchanged")},
        {"check_mode": True},
        "unchanged",
        "Nothing would change",
    ),
    ({"drift": samples.look(live())}, {}, "distributed", "Distributed: all 4 targets are in sync"),
    (
        {"drift": samples.look(live(samples.drifted(HOME, OTHER)))},
        {},
        "drifted",
        "1 of 4 targets drifted",
    ),
    (
        {"drift": samples.look(live(samples.drifted(HOME, OTHER), samples.target("eu-west-1", OWN, "missing")))},
        {},
        "drifted",
        "1 of 4 targets drifted, 1 missing",
    ),
    (
        {
            "rollout": samples.failed_rollout([(HOME, OTHER)]),
            "drift": samples.look(live(samples.target(HOME, OTHER, "missing")), image_state="FAILED"),
        },
        {},
        "failed",
        "Failed: 3 of 4 targets in sync, 1 failed",
    ),
    (
        {
            "rollout": samples.rollout(state="DISTRIBUTING", still_running=True, failed=True, msg="wait_timeout: ..."),
            "drift": samples.look(live(samples.target(HOME, OTHER, "missing")), image_state="DISTRIBUTING"),
        },
        {},
        "running",
        "Still running: 3 of 4 targets in sync, 1 unfinished",
    ),
    (
        {"preflight": {"findings": [samples.finding("kms_key", "error", "no key")]}},
        {},
        "failed",
        "Failed: the preflight",
    ),
    ({"distribution": samples.outcomes("deleted")}, {"state": "absent"}, "removed", "Removed"),
    ({"distribution": samples.outcomes("unchanged")}, {"state": "absent"}, "removed", "Nothing to remove"),
]


@pytest.mark.parametrize(("steps", "more", "kind", "text"), CONCLUSIONS)
def test_the_conclusion(steps, more, kind, text):
    assert conclusion(steps, **more) == (kind, text)


def test_unfinished_and_not_yet_begun_and_drifted_are_different_words():
    nothing = samples.look(
        [samples.target(*target, "missing") for target in [(HOME, OWN)]], image_build_version_arn=None
    )
    nothing["image_state"] = None
    assert conclusion({"drift": nothing})[1] == "Distributed to 0 of 1 target, the others not started"
    steps = {"rollout": [wave(1, live()[:2])]}
    assert conclusion(steps, waves=WAVES) == ("partly", "Distributed to 2 of 4 targets, the others not started")
    result = assemble(spec(waves=WAVES), steps)
    assert result["next"] == ["For the next wave: distribution_rollout_wave: 2; for all remaining waves: leave it out."]


def test_waves_after_a_failed_one_are_not_started():
    failed = wave(1, [samples.target(HOME, OWN), samples.target(HOME, OTHER, "missing")])
    failed = {**samples.failed_rollout([(HOME, OTHER)]), "wave": failed["wave"], "configuration": "web"}
    result = assemble(spec(waves=WAVES), {"rollout": [failed]})
    assert result["conclusion"]["text"] == "Failed: 1 of 4 targets in sync, 1 failed, 2 not started"
    (failure,) = result["failures"]
    assert (failure["wave"], failure["region"], failure["account_id"]) == (1, HOME, OTHER)
    assert failure["at"] == "PUT_SSM_PARAMETERS"
    assert failure["remedy"].startswith("Allow EC2ImageBuilderDistributionCrossAccountRole")


FORMS = [
    lambda one: {**one, "configuration": "web"},
    lambda one: {"results": [{**one, "item": {"configuration": "web"}}]},
    lambda one: {"results": [{**one, "item": {"name": "web"}}]},
    lambda one: {"results": [{**one, "item": "web"}]},
    lambda one: {"results": [{**one, "ansible_loop_var": "one", "one": {"name": "web"}}]},
    lambda one: [{**one, "invocation": {"module_args": {"name": "web"}}}],
]


@pytest.mark.parametrize("form", FORMS)
def test_a_result_is_found_in_every_form_of_a_register(form):
    look = samples.look(live())
    del look["item"]
    (drift,) = assemble(spec(), {"drift": form(look)})["drift"]
    assert (drift["configuration"], drift["wave"]) == ("web", None)


def test_the_configuration_of_a_wave_is_that_wave_of_the_whole_one():
    failed = [{"configuration": "web-wave-2", "wave": 2, "msg": "the web server does not answer"}]
    steps = {"rollout": [{**wave(1, live()[:2]), "configuration": "web-wave-1"}], "wave_check": failed}
    result = assemble(spec(waves=WAVES), steps)
    assert [(one["configuration"], one["wave"]) for one in result["rollouts"]] == [("web", 1)]
    assert [(one["configuration"], one["wave"]) for one in result["failures"]] == [("web", 2)]


def test_steps_that_did_not_run_are_missing():
    steps = {"drift": None, "repair": {"skipped": True, "changed": False}, "retention": {"results": []}}
    result = assemble(spec(), {**steps, "rollout": {"results": [{"skipped": True}]}})
    assert result["steps"] == []
    assert (result["drift"], result["changed"], result["failed"]) == ([], False, False)


def test_what_is_live_after_a_repair():
    steps = {"repair": {**samples.look(live()), "changed": True, "repairs": [], "configuration": "web"}}
    result = assemble(spec(), steps)
    assert result["conclusion"]["kind"] == "distributed"
    assert result["changed"]


def test_what_each_step_did_is_counted():
    change = {"region": "eu-west-1", "field": "kms_key_id", "before": "a", "after": "b"}
    retired = {"retired": [{"image": samples.IMAGE, "action": "delete", "changed": True, "error": None}], "kept": []}
    steps = {
        "execution_role": samples.execution_role(),
        "destination_accounts": samples.accounts(_111122223333="created", _444455556666="unchanged"),
        "distribution": samples.outcomes("updated", changes=[change]),
        "rollout": samples.rollout(),
        "retention": {**retired, "changed": True, "item": "web"},
    }
    result = assemble(spec(), steps)
    assert result["counts"] == {"create": 3, "change": 1, "remove": 1, "unchanged": 1, "kept": 0, "failed": 0}
    assert [item["kind"] for item in result["items"]] == [
        "execution role",
        "IAM role",
        "IAM role",
        "configuration",
        "rollout",
        "image",
    ]
    assert result["items"][3]["changes"] == [change]


def test_the_plan_leaves_out_what_an_earlier_part_of_the_play_did():
    steps = {"distribution": samples.outcomes("created"), "drift": samples.look(live())}
    result = assemble(spec(fresh=["drift"]), steps)
    assert (result["items"], result["changed"]) == ([], True)
    assert result["configurations"][0]["action"] == "created"


def test_a_rollout_that_would_start_counts_as_a_change():
    result = assemble(spec(check_mode=True), {"rollout": samples.rollout(changed=False, image=None)})
    assert (result["changed"], result["counts"]["create"]) == (True, 1)


def test_no_failure_is_lost():
    steps = {
        "destination_accounts": samples.accounts(_111122223333="failed", _444455556666="created"),
        "distribution": {"failed": True, "msg": "no credentials"},
        "wave_check": [{"configuration": "web", "wave": 1, "msg": "the web server does not answer"}],
    }
    failures = assemble(spec(), steps)["failures"]
    assert [failure["step"] for failure in failures] == ["destination_accounts", "distribution", "wave_check"]
    assert failures[0]["account_id"] == OTHER
    assert failures[1]["message"] == "no credentials"
    assert failures[2]["wave"] == 1


def test_the_essentials_for_other_jobs():
    steps = {"distribution": samples.outcomes("created"), "drift": samples.look(live())}
    data = stats.essentials(assemble(spec(), steps))["distribution_rollout"][OWN][HOME]["web"]
    assert data["configurations"] == {"web": f"{samples.ARN}distribution-configuration/web"}
    assert (data["images"], data["in_sync"], data["regions"]) == ({"web": samples.IMAGE}, True, REGIONS)
    assert (data["conclusion"], data["failed"], data["changed"]) == ("distributed", False, True)
    assert THIRD not in str(data)
