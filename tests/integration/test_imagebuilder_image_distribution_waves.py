"""Waves with the module: what is planned, what the wave's configuration holds meanwhile, and what a kill leaves."""

from __future__ import annotations

import pytest

from tests.integration.image_world import entry
from tests.integration.image_world import ImageWorld
from tests.integration.image_world import INFO
from tests.integration.image_world import MODULE
from tests.integration.image_world import ROLE as EXECUTION_ROLE
from tests.world import EUROPE
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import TWO
from tests.world import WEST
from tests.world import World

WAVES = [[EUROPE], [HOME], [WEST]]
NAMES = ["web", "web-wave-1", "web-wave-2", "web-wave-3"]
SET = "goldimage.aws.imagebuilder_distribution_set"
PARAMETER = [{"parameterName": "/golden/web", "dataType": "text"}]
EUROPES, WESTS = [(EUROPE, SOURCE), (EUROPE, TWO)], [(WEST, SOURCE), (WEST, ONE)]


@pytest.fixture
def world(aws):
    # No test here watches the progress.
    aws.switch(image_transition_polls=0)
    return ImageWorld(aws)


def whole(**europe):
    """What the whole configuration holds."""
    permission = {"launchPermission": {"userIds": [ONE]}}
    return [
        entry(HOME, ami=permission, ssmParameterConfigurations=PARAMETER),
        entry(
            EUROPE,
            ami={**permission, "targetAccountIds": [SOURCE, TWO], **europe},
            ssmParameterConfigurations=PARAMETER,
        ),
        entry(WEST, ami={**permission, "targetAccountIds": [SOURCE, ONE]}, ssmParameterConfigurations=PARAMETER),
    ]


def configure(world, distributions, waves=None):
    """Create the whole configuration and those of its waves, as the domain derives them."""
    from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration import conversion
    from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import waves as domain

    world.configure(*distributions, name="web")
    options = conversion.distributions_from_api(distributions)
    made = domain.configurations(
        [{"name": "web", "distributions": options}], waves or WAVES, SOURCE, HOME, {"goldimage.aws:waves": "web"}
    )
    return [one["settings"] for one in made]


def write(settings):
    return {"name": "Write", SET: {"region": HOME, "distribution_configurations": settings}}


def wave(number, task=None, waves=None, **options):
    """A task that distributes one wave. The task's keywords are given as `_keyword`."""
    keywords = {key[1:]: options.pop(key) for key in list(options) if key.startswith("_")}
    waves = waves or WAVES
    after = [region for regions in waves[: number - 1] for region in regions]
    usual = {
        "region": HOME,
        "name": "web",
        "execution_role": EXECUTION_ROLE,
        "source_image": "{{ source }}",
        "target_account_role_name": "admin/ImageAdmin",
        "wait_delay": 1,
        "wave": {"number": number, "of": len(waves), "regions": waves[number - 1], "after": after},
    }
    options = {key: value for key, value in {**usual, **options}.items() if value is not None}
    return {"name": task or f"Wave {number}", MODULE: options, **keywords}


def held(world, number):
    """Region -> target accounts, of the configuration of a wave."""
    stored = world.aws.stored(f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/web-wave-{number}")
    return asked(stored["distributions"])


def asked(distributions):
    return {one["region"]: one["amiDistributionConfiguration"].get("targetAccountIds") for one in distributions}


def asked_for(world):
    """The same, of all rollouts."""
    images = [world.aws.image(one["arn"]) for one in world.images()]
    return [asked(image["distributionConfiguration"]["distributions"]) for image in images]


def out(result):
    return sorted((one["region"], one["account_id"]) for one in result["wave"]["targets"] if one["complete"])


def test_waves_follow_each_other_and_only_what_is_left_is_distributed(world, play):
    aws = world.aws
    aws.fail_distribution("PUT_SSM_PARAMETERS", region=WEST, account=SOURCE, message="SSM is having a day off")
    settings = configure(world, whole())
    run = play(write(settings), wave(1, "Check", _check_mode=True), wave(1), wave(2), wave(3, _ignore_errors=True))
    check, first, second, third = (run[name] for name in ("Check", "Wave 1", "Wave 2", "Wave 3"))
    assert [check[key] for key in ("outcome", "changed", "source_image")] == ["started", True, world.source]
    assert check["wave"]["remaining"] == [{"region": EUROPE, "account_id": one} for one in (SOURCE, TWO)]
    assert [check["wave"][key] for key in ("due", "complete", "in_sync", "name")] == [True, False, False, "web-wave-1"]
    for result, targets in ((first, EUROPES), (second, [(HOME, SOURCE)])):
        assert [result["wave"][key] for key in ("due", "complete", "in_sync", "remaining")] == [True, True, True, []]
        assert (out(result), result["outcome"], result["changed"]) == (sorted(targets), "started", True)
    assert (third["failed"], third["image"]["state"]) == (True, "FAILED")
    assert "SSM is having a day off" in third["msg"]
    # Only the parameter is missing, so nothing more is copied there, but the wave is not complete.
    assert [third["wave"][key] for key in ("due", "complete", "in_sync")] == [True, False, False]
    assert asked_for(world) == [
        {HOME: None, EUROPE: [SOURCE, TWO]},
        {HOME: None},
        {HOME: None, WEST: [SOURCE, ONE]},
    ]

    # The cause is gone. Only what failed is done, by a retry, and a second time nothing at all.
    aws.clear_distribution_failures()
    run = play(wave(1), wave(3), wave(3, "Again"))
    assert [run["Wave 1"][key] for key in ("outcome", "changed")] == ["unchanged", False]
    assert (run["Wave 3"]["outcome"], run["Wave 3"]["wave"]["in_sync"]) == ("retried", True)
    assert [run["Again"][key] for key in ("outcome", "changed")] == ["unchanged", False]
    assert run["Again"]["wave"]["due"] is False
    assert (world.calls("DistributeImage"), world.calls("RetryImage")) == (3, 1)
    aws.clear_requests()
    play(wave(1), wave(2), wave(3))
    assert World(aws).writes() == []

    # Other waves, and other settings in one Region: only that Region is distributed again.
    waves = [[HOME], [EUROPE, WEST]]
    settings = configure(world, whole(amiTags={"tier": "gold"}), waves)
    run = play(
        write([*settings, {"name": "web-wave-3", "state": "absent"}]),
        *[wave(number, waves=waves) for number in (1, 2)],
        {
            "name": "Look",
            INFO: {
                "region": HOME,
                "name": "web",
                "target_account_role_name": "admin/ImageAdmin",
                "wave": {"number": 2, "of": 2, "regions": waves[1]},
            },
        },
    )
    assert run["Wave 1"]["outcome"] == "unchanged"
    assert (run["Wave 2"]["outcome"], out(run["Wave 2"])) == ("started", sorted([*EUROPES, *WESTS]))
    assert asked_for(world)[3:] == [{HOME: None, EUROPE: [SOURCE, TWO]}]
    assert held(world, 2) == {HOME: None, EUROPE: [SOURCE, TWO], WEST: [SOURCE, ONE]}
    assert run["Look"]["in_sync"]
    assert {one["image_build_version_arn"][-1] for one in run["Look"]["targets"]} == {"3", "4"}


def test_only_an_added_account_is_distributed_and_the_configuration_is_whole_afterwards(world, play):
    run = play(write(configure(world, whole(targetAccountIds=[SOURCE]))), wave(1))
    assert run["Wave 1"]["wave"]["complete"]
    run = play(write(configure(world, whole())), wave(1, "Check", _check_mode=True), wave(1))
    assert run["Check"]["wave"]["remaining"] == [{"region": EUROPE, "account_id": TWO}]
    assert asked_for(world)[1:] == [{HOME: None, EUROPE: [TWO]}]
    assert held(world, 1) == {HOME: None, EUROPE: [SOURCE, TWO]}
    assert (out(run["Wave 1"]), run["Wave 1"]["wave"]["restored"]) == (sorted(EUROPES), False)


def test_a_wave_does_not_begin_before_the_earlier_ones_are_complete_and_in_sync(world, play):
    run = play(write(configure(world, whole())), wave(2, _ignore_errors=True), wave(1))
    assert "was not started, because the waves before it are not complete and in sync" in run["Wave 2"]["msg"]
    assert f"{EUROPE} {TWO} (missing)" in run["Wave 2"]["msg"]
    assert run["Wave 2"]["wave"]["due"] is True
    world.aws.client("ssm", EUROPE).put_parameter(Name="/golden/web", Value="ami-0fff", Overwrite=True)
    world.aws.clear_requests()
    run = play(wave(1), wave(2, _ignore_errors=True))
    # Drift needs no new copy, but the next wave does not begin.
    assert [run["Wave 1"]["wave"][key] for key in ("complete", "in_sync")] == [True, False]
    assert f"{EUROPE} {SOURCE} (drifted)" in run["Wave 2"]["msg"]
    assert World(world.aws).writes() == []
    repair = {"region": HOME, "name": "web", "target_account_role_name": "admin/ImageAdmin"}
    repair["wave"] = {"number": 1, "of": 3, "regions": [EUROPE]}
    run = play({"name": "Repair", "goldimage.aws.imagebuilder_image_distribution_repair": repair}, wave(2))
    assert (run["Repair"]["summary"]["repaired"], run["Repair"]["in_sync"]) == (1, True)
    assert run["Wave 2"]["wave"]["in_sync"]


def test_what_a_killed_task_left_is_recognized_and_restored(world, play):
    settings = configure(world, whole())
    play(write(settings), wave(1))
    # As after a kill between reducing and restoring: with nothing left to distribute, and with a started rollout.
    world.configure(*[one for one in settings_in_api(settings[0]) if one["region"] == HOME], name="web-wave-1")
    run = play(wave(1, "Check", _check_mode=True), wave(1), wave(1, "Again"))
    for task in ("Check", "Wave 1"):
        assert [run[task][key] for key in ("outcome", "changed")] == ["unchanged", True]
        assert run[task]["wave"]["restored"] is True
    assert "because an earlier task was killed" in " ".join(run["Wave 1"]["warnings"])
    assert held(world, 1) == {HOME: None, EUROPE: [SOURCE, TWO]}
    assert (run["Again"]["changed"], run["Again"]["wave"]["restored"]) == (False, False)


def test_while_a_rollout_is_still_running_the_configuration_holds_what_it_distributes(world, play):
    play(write(configure(world, whole(targetAccountIds=[SOURCE]))), wave(1))
    world.aws.switch(hold_images_in="DISTRIBUTING")
    run = play(
        write(configure(world, whole())),
        wave(1, wait=False),
        wave(1, "Time out", wait_timeout=2, _ignore_errors=True),
        wave(1, "In the module", wait_timeout=2, progress=False, _ignore_errors=True),
    )
    assert (run["Wave 1"]["still_running"], run["Wave 1"]["wave"]["complete"]) == (True, False)
    for task in ("Time out", "In the module"):
        assert run[task]["failed"]
        assert (run[task]["outcome"], run[task]["still_running"]) == ("resumed", True)
    assert held(world, 1) == {HOME: None, EUROPE: [TWO]}
    world.aws.switch(hold_images_in=None)
    run = play(wave(1))["Wave 1"]
    assert [run["changed"], run["wave"]["in_sync"], run["wave"]["restored"]] == [True, True, True]
    assert held(world, 1) == {HOME: None, EUROPE: [SOURCE, TWO]}
    assert world.calls("DistributeImage") == 2


def test_the_configuration_is_whole_again_when_a_rollout_that_was_watched_has_ended(world, play):
    play(write(configure(world, whole(targetAccountIds=[SOURCE]))), wave(1))
    world.aws.switch(image_transition_polls=2)
    run = play(write(configure(world, whole())), wave(1), wave(1, "Again"))
    assert f"[localhost] {SOURCE} {HOME} rollout" in run.stdout
    result = run["Wave 1"]
    assert [result[key] for key in ("outcome", "changed", "still_running")] == ["started", True, False]
    assert [result["wave"][key] for key in ("due", "complete", "in_sync", "restored")] == [True, True, True, False]
    assert "killed" not in " ".join(result.get("warnings", []))
    assert held(world, 1) == {HOME: None, EUROPE: [SOURCE, TWO]}
    assert run["Again"]["changed"] is False


@pytest.mark.parametrize("progress", [True, False])
def test_what_an_earlier_rollout_left_out_follows_it(world, play, progress):
    """A rollout for one account is still running when another account is added to the wave."""
    world.aws.switch(image_transition_polls=1000)
    play(write(configure(world, whole(targetAccountIds=[SOURCE]))), wave(1, wait=False))
    world.aws.switch(image_transition_polls=2)
    play(write(configure(world, whole())))
    result = play(wave(1, progress=progress))["Wave 1"]
    assert asked_for(world) == [{EUROPE: [SOURCE]}, {HOME: None, EUROPE: [TWO]}]
    assert (result["outcome"], result["wave"]["in_sync"]) == ("started", True)
    assert result["wave"]["resumed"]["state"] == "AVAILABLE"
    assert held(world, 1) == {HOME: None, EUROPE: [SOURCE, TWO]}


def settings_in_api(settings):
    from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration import conversion

    return conversion.distributions_to_api(settings["distributions"])


def test_a_configuration_of_somebody_else_is_not_written(world, play):
    configure(world, whole())
    world.configure(entry(HOME), name="web-wave-1")
    run = play(
        wave(1, _ignore_errors=True),
        wave(2, "Missing", wave={"number": 2, "of": 3, "regions": [HOME]}, _ignore_errors=True),
        wave(2, "Unknown", wave={"number": 2, "of": 3, "regions": ["ap-south-1"]}, _ignore_errors=True),
    )
    assert "may be somebody else's" in run["Wave 1"]["msg"]
    assert "web-wave-2) does not exist; create it first" in run["Missing"]["msg"]
    assert "wave.regions[0]: 'ap-south-1': is not a Region of the configuration" in run["Unknown"]["msg"]
    assert world.images() == []
    assert held(world, 1) == {HOME: None}
