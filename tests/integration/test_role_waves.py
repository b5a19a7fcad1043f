"""The role distributes an image in waves: one source and two target accounts in three Regions."""

from __future__ import annotations

import pytest

from tests.integration.image_world import entry
from tests.integration.image_world import ImageWorld
from tests.integration.image_world import ROLE as EXECUTION_ROLE
from tests.integration.role_world import include
from tests.integration.role_world import ROLE
from tests.world import EUROPE
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import TWO
from tests.world import WEST
from tests.world import World

DISTRIBUTION = "goldimage.aws.imagebuilder_distribution"
EUROPES = [(EUROPE, SOURCE), (EUROPE, TWO)]
WESTS = [(WEST, SOURCE), (WEST, ONE)]


@pytest.fixture
def world(aws):
    # No test here watches the progress.
    aws.switch(image_transition_polls=0)
    return ImageWorld(aws)


@pytest.fixture
def spec(world, tmp_path):
    """A spec whose IAM roles exist and may do everything, so that only the waves are tested."""
    check = tmp_path / "check.yml"
    check.write_text(
        "- name: Look at the canary\n"
        "  ansible.builtin.shell: echo {{ distribution_wave.name }} {{ distribution_wave.regions | join(',') }}"
        f" >> {tmp_path}/checked; test ! -e {tmp_path}/stop\n"
    )
    return {
        "spec_id": "web",
        "region": HOME,
        "tags": {"Team": "platform"},
        "defaults": {
            "ami_distribution_configuration": {"name_prefix": "web", "launch_permission": {"user_ids": [ONE]}},
            "ssm_parameter_configurations": [{"parameter_name": "/golden/web", "data_type": "text"}],
        },
        "regions": {
            HOME: None,
            EUROPE: {"ami_distribution_configuration": {"target_account_ids": [SOURCE, TWO]}},
            WEST: {"ami_distribution_configuration": {"target_account_ids": [SOURCE, ONE]}},
        },
        "execution_role_name": EXECUTION_ROLE,
        "target_accounts": [],
        "target_account_role_name": "admin/ImageAdmin",
        "image": world.source,
        "wait_delay": 1,
        "waves": [[EUROPE], [HOME], [WEST]],
        "wave_check": str(check),
    }


def steps(*entries, spec):
    """Tasks that run steps of the role one after another, and show its result even if one failed."""
    tasks = [include(entry, **spec)[0] for entry in entries]
    return [{"name": "Steps", "block": tasks, "always": [include(**spec)[1]]}]


def configuration(world, name):
    return world.aws.stored(f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/{name}")


def asked(image):
    """The Regions and target accounts of the requested rollouts."""
    entries = image["distributionConfiguration"]["distributions"]
    return {entry["region"]: entry["amiDistributionConfiguration"].get("targetAccountIds") for entry in entries}


def out(result):
    """The Regions and accounts that are in sync, by the role's result."""
    rows = [row for look in result["drift"] for row in look["targets"]]
    return sorted((row["region"], row["account_id"]) for row in rows if row["status"] == "in_sync")


def test_a_failed_wave_stops_the_run_and_the_next_run_continues(ansible, world, spec, tmp_path):
    aws = world.aws
    aws.fail_distribution("PUT_SSM_PARAMETERS", region=WEST, account=SOURCE, message="SSM is having a day off")
    # There is a configuration with the name of a wave, and another one whose name only begins like the spec's.
    world.configure(entry(HOME), name="web-wave-1")
    shop = World(aws).pipeline("webshop", distributionConfigurationArn=world.configure(entry(HOME), name="webshop"))
    pipeline = World(aws).pipeline()
    with_pipeline = {**spec, "pipelines": [pipeline]}
    give_way = {"name": "Give way", DISTRIBUTION: {"region": HOME, "name": "web-wave-1", "state": "absent"}}
    first_try = {"block": [include("waves", **spec)[0]], "rescue": [give_way]}
    # One job for the first wave.
    one_wave = {**with_pipeline, "wave_check": "", "wave": 1}
    run = ansible.playbook([first_try, *steps("distribution", "waves", "rollout", spec=one_wave)])
    assert "web-wave-1 in us-east-1 would be written for a wave" in run.stdout
    assert list(run["Give way"]["diff"]["before"]["distributions"]) == [HOME]
    result = run["Result"]["distribution_rollout_result"]
    assert [(one["wave"], one["state"]) for one in result["rollouts"]] == [(1, "AVAILABLE")]
    assert out(result) == sorted(EUROPES)
    assert [finding["check"] for finding in result["findings"]] == ["pipelines_bypass_waves"]
    assert pipeline in result["findings"][0]["message"]
    assert shop not in result["findings"][0]["message"]

    # One in which the check of that wave fails, so that no other starts, and one that continues until the last
    # fails.
    (tmp_path / "stop").touch()
    proceed = {"name": "Continue", "ansible.builtin.file": {"path": f"{tmp_path}/stop", "state": "absent"}}
    checked = {"block": [include("rollout", **spec)[0]], "rescue": [proceed]}
    run = ansible.playbook([checked, *steps("rollout", spec=spec)], rc=2)
    stopped, _failed = run.results(f"{ROLE} : Stop")
    assert 'The check of web-wave-1 failed at "Look at the canary", so nothing after it was started' in stopped["msg"]
    result = run["Result"]["distribution_rollout_result"]
    first, second, third = (configuration(world, f"web-wave-{number}") for number in (1, 2, 3))
    assert first["description"] == f"Wave 1 of 3 of web: {EUROPE}"
    assert first["tags"] == {"Team": "platform", "goldimage.aws:waves": "web"}
    # AWS requires an entry for the home Region only if accounts get copies.
    assert [entry["region"] for entry in first["distributions"]] == [HOME, EUROPE]
    assert first["distributions"][0]["amiDistributionConfiguration"] == {"name": "web {{ imagebuilder:buildDate }}"}
    assert [entry["region"] for entry in second["distributions"]] == [HOME]
    assert [entry["region"] for entry in third["distributions"]] == [HOME, WEST]

    images = [aws.image(one["arn"]) for one in world.images()]
    assert [image["state"]["status"] for image in images] == ["AVAILABLE", "AVAILABLE", "FAILED"]
    assert out(result) == sorted([*EUROPES, (HOME, SOURCE), (WEST, ONE)])
    # The first wave was already distributed, and is checked each time before another one starts.
    assert (tmp_path / "checked").read_text().splitlines() == 2 * [f"web-wave-1 {EUROPE}"] + [f"web-wave-2 {HOME}"]
    text = run.stdout
    assert "SSM is having a day off" in text
    assert "web, wave 2: 1 in sync" in text
    waves = {look["wave"]: {row["status"] for row in look["targets"]} for look in result["drift"]}
    assert waves[2] == {"in_sync"}
    [off] = [row for look in result["drift"] for row in look["targets"] if row["status"] != "in_sync"]
    assert (off["region"], off["account_id"], off["status"]) == (WEST, SOURCE, "drifted")
    assert [(one["wave"], one["state"]) for one in result["rollouts"]] == [
        (2, "AVAILABLE"),
        (3, "FAILED"),
    ]

    # The cause is gone. Only what failed is done, by a retry.
    aws.clear_distribution_failures()
    again = ansible.playbook(steps("rollout", spec=spec))
    result = again["Result"]["distribution_rollout_result"]
    assert (world.calls("DistributeImage"), world.calls("RetryImage")) == (3, 1)
    assert out(result) == sorted([*EUROPES, (HOME, SOURCE), *WESTS])
    assert [(one["wave"], one["changed"]) for one in result["rollouts"]] == [(3, True)]

    # Other waves, and other settings in one Region: only that Region is distributed again.
    changed = {**spec, "waves": [[HOME], [EUROPE, WEST]]}
    changed["regions"] = {
        **spec["regions"],
        EUROPE: {"ami_distribution_configuration": {"target_account_ids": [SOURCE, TWO], "ami_tags": {"tier": "gold"}}},
    }
    third_run = ansible.playbook(steps("distribution", "waves", "rollout", spec=changed))
    result = third_run["Result"]["distribution_rollout_result"]
    assert configuration(world, "web-wave-3") is None
    assert [one["wave"] for one in result["rollouts"]] == [2]
    newest = aws.image(world.images()[-1]["arn"])
    assert asked(newest) == {HOME: None, EUROPE: [SOURCE, TWO]}
    assert [entry["region"] for entry in configuration(world, "web-wave-2")["distributions"]] == [HOME, EUROPE, WEST]
    assert out(result) == sorted([*EUROPES, (HOME, SOURCE), *WESTS])

    aws.clear_requests()
    fourth = ansible.playbook(steps("distribution", "waves", "rollout", spec=changed))
    assert fourth.stats["changed"] == 0
    assert World(aws).writes() == []
