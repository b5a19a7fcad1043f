"""Rollouts by real ansible-playbook: started, watched, resumed, retried, cancelled; asserts on what AWS stores."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time

import pytest
import yaml

from tests.integration.image_world import distribute
from tests.integration.image_world import entry
from tests.integration.image_world import ImageWorld
from tests.integration.playbooks import ANSIBLE_PLAYBOOK
from tests.world import EUROPE
from tests.world import HOME
from tests.world import IMAGE_BUILDER
from tests.world import ONE
from tests.world import SOURCE
from tests.world import SYDNEY
from tests.world import TWO

PLACES = [(HOME, SOURCE), (EUROPE, SOURCE), (EUROPE, ONE), (SYDNEY, TWO)]


@pytest.fixture
def world(aws):
    return ImageWorld(aws)


@pytest.fixture
def play(ansible, world, tmp_path):
    """Runs tasks with the source AMI as the variable `source`."""

    def play(*tasks, rc=0):
        environment = {"ANSIBLE_ASYNC_DIR": str(tmp_path)}
        return ansible.playbook(list(tasks), variables={"source": world.source}, environment=environment, rc=rc)

    return play


def three_regions(**ami):
    """One source and two target accounts in three Regions."""
    shared = {"launchPermission": {"userIds": [TWO]}}
    return [
        entry(HOME, ami={"amiTags": {"Team": "web"}, **ami}),
        entry(EUROPE, ami={"targetAccountIds": [SOURCE, ONE], **shared, **ami}),
        entry(SYDNEY, ami={"targetAccountIds": [TWO], **ami}),
    ]


def lines_of(run):
    """The lines printed while the task ran."""
    return [line for line in run.stdout.splitlines() if line.startswith("[localhost]")]


def test_a_failure_in_one_target_is_reported_while_others_are_still_copied(aws, world, play):
    world.configure(entry(EUROPE, ami={"targetAccountIds": [ONE, SOURCE, TWO]}), entry(SYDNEY))
    aws.switch(copies_per_poll=1)
    aws.fail_distribution("COPY_AMI", EUROPE, ONE, "AMI Copy Reported Failure For ami-1")
    run = play(distribute(), rc=2)
    lines = lines_of(run)
    failed = next(line for line in lines if " failed" in line)
    assert f"{ONE} {EUROPE} failed at DistributeImage: AMI Copy Reported Failure For ami-1" in failed
    assert "Usually a permission on a key is missing" in failed
    # While it ran: other copies came later.
    assert any(f"{SOURCE} {SYDNEY} AMI ami-" in line for line in lines[lines.index(failed) :])
    (failure,) = run["Distribute"]["image"]["failures"]
    assert (failure["region"], failure["account_id"], failure["step"]) == (EUROPE, ONE, "DistributeImage")


@pytest.mark.parametrize("options", [{}, {"progress": False}])
def test_a_rollout_that_aws_does_not_show_at_once_is_started_once(aws, world, play, options):
    world.configure(entry(EUROPE))
    aws.switch(looks_before_shown=6)
    run = play(distribute(**options))
    assert (run["Distribute"]["changed"], run["Distribute"]["image"]["state"]) == (True, "AVAILABLE")
    assert (len(world.images()), world.calls("DistributeImage")) == (1, 1)


def test_a_rollout_that_aws_does_not_show_yet_is_cancelled(aws, world, play):
    world.configure(entry(EUROPE))
    aws.switch(looks_before_shown=9, hold_images_in="PENDING")
    end = distribute("End", image_build_version_arn="{{ started.image.arn }}", state="cancelled")
    run = play(distribute(wait=False, _register="started"), end)
    assert (run["Distribute"]["image"]["state"], run["End"]["image"]["state"]) == ("PENDING", "CANCELLED")


def test_a_rollout_is_watched_until_it_is_everywhere(world, ansible):
    world.configure(*three_regions())
    # The Region comes from the defaults of the action group, and the environment points elsewhere.
    tasks = [
        distribute("Look ahead", _check_mode=True),
        distribute(),
        distribute("Again"),
        distribute("Look again", _check_mode=True),
    ]
    defaults = {"group/goldimage.aws.aws": {"region": HOME}}
    playbook = [{"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}]
    run = ansible.playbook(
        yaml.safe_dump(playbook), variables={"source": world.source}, environment={"AWS_REGION": SYDNEY}
    )

    ahead = run["Look ahead"]
    assert (ahead["changed"], ahead["outcome"], ahead["image"]) == (True, "started", None)
    [image] = world.images()
    result = run["Distribute"]
    assert (result["changed"], result["outcome"], result["still_running"]) == (True, "started", False)
    assert (result["image"]["arn"], result["image"]["state"], result["image"]["failures"]) == (
        image["arn"],
        "AVAILABLE",
        [],
    )
    assert sorted((ami["region"], ami["account_id"]) for ami in result["image"]["amis"]) == sorted(PLACES)
    for ami in result["image"]["amis"]:
        described = world.aws.client("ec2", ami["region"], ami["account_id"]).describe_images(ImageIds=[ami["ami_id"]])
        assert described["Images"][0]["OwnerId"] == ami["account_id"]
    assert image["tags"]["goldimage.aws:source-image"] == world.source

    lines = lines_of(run)
    assert f"[localhost] {SOURCE} {HOME} rollout {image['arn']} started." in lines[0]
    assert f"image_build_version_arn: {image['arn']}" in lines[0]
    for state in ("DISTRIBUTING", "INTEGRATING", "AVAILABLE"):
        assert f"[localhost] {SOURCE} {HOME} web/1.0.0/1: {state}" in lines
    assert any(line.endswith("step ModifyImageAttributes COMPLETED") for line in lines)
    for region, account in PLACES:
        assert any(f"[localhost] {account} {region} AMI ami-" in line for line in lines)
    assert lines[-1].endswith("(4 of 4 Regions and accounts)") or lines[-1].endswith("COMPLETED")

    assert (run["Again"]["changed"], run["Again"]["outcome"]) == (False, "unchanged")
    assert (run["Look again"]["changed"], run["Look again"]["image"]["arn"]) == (False, image["arn"])
    assert run["Again"]["diff"]["before"] == run["Again"]["diff"]["after"]


def test_a_then_b_then_a_again(world, play):
    world.aws.switch(image_transition_polls=0)
    world.create_able_role("another-role", IMAGE_BUILDER)
    change = {
        "goldimage.aws.imagebuilder_distribution": {
            "name": "web",
            "distributions": "{{ distributions }}",
        }
    }
    settings = {"region": HOME, "ami_distribution_configuration": {"name_prefix": "web"}}
    a, b = [settings], [settings, {"region": EUROPE, "ami_distribution_configuration": {"name_prefix": "web"}}]
    run = play(
        {**change, "name": "Configure A", "vars": {"distributions": a}},
        distribute("A"),
        distribute("A with another role and tags", execution_role="another-role", tags={"Change": "2"}),
        {**change, "name": "Configure B", "vars": {"distributions": b}},
        distribute("B"),
        {**change, "name": "Configure A again", "vars": {"distributions": a}},
        distribute("A again"),
        distribute("A by force", force=True),
    )
    actions = [run[name]["outcome"] for name in ("A", "A with another role and tags", "B", "A again", "A by force")]
    assert actions == ["started", "unchanged", "started", "started", "started"]
    contents = [image["tags"]["goldimage.aws:distributions-sha256"] for image in world.images()]
    assert len(contents) == 4
    assert contents[0] == contents[2] == contents[3] != contents[1]


def test_going_back_to_an_earlier_image_moves_the_parameter_back(world, play):
    world.aws.switch(image_transition_polls=0)
    world.configure(entry(HOME, ssmParameterConfigurations=[{"parameterName": "/images/web"}]))
    ssm = world.aws.client("ssm", HOME)
    ssm.put_parameter(Name="/images/tested", Value=world.source, Type="String")
    other = world.aws.plant_ami("other")
    first = "ssm:/images/tested"
    run = play(
        distribute("First", source_image=first),
        distribute("Other", source_image=other),
        distribute("First again", source_image=first),
        distribute("Twice", source_image=first),
    )
    assert [run[name]["outcome"] for name in ("First", "Other", "First again", "Twice")] == 3 * ["started"] + [
        "unchanged"
    ]
    assert run["First again"]["source_image"] == world.source
    assert ssm.get_parameter(Name="/images/web")["Parameter"]["Value"] == world.source


def test_a_failed_rollout_is_retried_and_nothing_is_copied_twice(world, play):
    world.aws.switch(image_transition_polls=0)
    world.configure(*three_regions())
    message = "AMI Copy Reported Failure For ami-1"
    world.aws.fail_distribution("COPY_AMI", EUROPE, ONE, message, times=1)
    run = play(
        distribute("Fails", _ignore_errors=True),
        distribute("Says why", on_failed="fail", _ignore_errors=True),
        distribute("Look ahead", _check_mode=True),
        distribute("Retry"),
        distribute("Again"),
    )
    failed = run["Fails"]
    assert (failed["failed"], failed["changed"], failed["image"]["state"]) == (True, True, "FAILED")
    [failure] = failed["image"]["failures"]
    assert (failure["region"], failure["account_id"], failure["step"]) == (EUROPE, ONE, "DistributeImage")
    assert message in failure["message"]
    assert f"{EUROPE}, account {ONE} at DistributeImage: {message}" in failed["msg"]
    assert "kms_key_id" in failure["remedy"]
    assert "These AMIs are distributed and are not removed" in failed["msg"]
    assert (run["Says why"]["failed"], run["Says why"]["changed"], run["Says why"]["outcome"]) == (
        True,
        False,
        "refused",
    )
    assert (run["Look ahead"]["changed"], run["Look ahead"]["outcome"]) == (True, "retried")
    assert (run["Retry"]["outcome"], run["Retry"]["image"]["state"]) == ("retried", "AVAILABLE")
    assert run["Retry"]["image"]["arn"] == failed["image"]["arn"]
    assert run["Again"]["outcome"] == "unchanged"
    assert len(world.images()) == 1
    for region, account in PLACES[1:]:
        assert len(world.aws.client("ec2", region, account).describe_images(Owners=["self"])["Images"]) == 1


def test_a_restart_is_a_new_rollout_and_so_is_another_role(world, play):
    world.aws.switch(image_transition_polls=0)
    world.configure(entry(HOME, ssmParameterConfigurations=[{"parameterName": "/images/web"}]))
    world.create_able_role("another-role", IMAGE_BUILDER)
    denied = "User: x is not authorized to perform: ssm:PutParameter"
    world.aws.fail_distribution("PUT_SSM_PARAMETERS", message=denied, times=2)
    run = play(
        distribute("First", _ignore_errors=True),
        distribute("Second", on_failed="restart", _ignore_errors=True),
        distribute("Third", execution_role="another-role"),
    )
    [failure] = run["Second"]["image"]["failures"]
    assert (failure["region"], failure["account_id"], failure["step"]) == (HOME, SOURCE, "PUT_SSM_PARAMETERS")
    assert failure["remedy"].startswith("Allow the execution role ssm:PutParameter")
    assert (run["Second"]["outcome"], run["Third"]["outcome"]) == ("restarted", "restarted")
    assert "old execution role" in run["Third"]["warnings"][0]
    assert [image["state"]["status"] for image in world.images()] == ["FAILED", "FAILED", "AVAILABLE"]


def test_a_lost_answer_and_a_new_role_start_one_rollout(world, play):
    world.aws.switch(image_transition_polls=0, role_propagation_calls=1)
    world.configure(entry(HOME))
    world.aws.lose_answer("imagebuilder", "DistributeImage", skip=1)
    run = play(distribute())
    assert run["Distribute"]["image"]["state"] == "AVAILABLE"
    assert "waited 5 seconds for IAM" in run["Distribute"]["warnings"][0]
    assert len(world.images()) == 1
    assert len(world.aws.requests("imagebuilder", "DistributeImage")) == 3


def test_a_rollout_whose_task_was_killed_is_resumed(world, ansible, play, tmp_path):
    world.configure(*three_regions())
    world.aws.switch(hold_images_in="DISTRIBUTING")
    path = tmp_path / "killed.yml"
    tasks = [distribute(source_image=world.source, wait_delay=600)]
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    process = subprocess.Popen(
        [ANSIBLE_PLAYBOOK, str(path)],
        env=ansible.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not world.aws.requests("imagebuilder", "DistributeImage"):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.1)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    world.aws.switch(hold_images_in=None)
    run = play(distribute())
    assert (run["Distribute"]["changed"], run["Distribute"]["outcome"], run["Distribute"]["image"]["state"]) == (
        False,
        "resumed",
        "AVAILABLE",
    )
    assert len(world.images()) == 1


def test_the_waiting_may_end_before_the_rollout_does(world, play):
    world.configure(*three_regions())
    world.aws.switch(hold_images_in="DISTRIBUTING")
    arn = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:image/web/1.0.0/1"
    run = play(
        distribute("At once", wait=False),
        distribute("Time-out", wait_timeout=1, _ignore_errors=True),
        distribute("Time-out of the module alone", wait_timeout=1, progress=False, _ignore_errors=True),
        distribute("In secret", wait_timeout=1, _no_log=True, _ignore_errors=True),
        distribute("In the background", wait_timeout=1, _ignore_errors=True, _async=60, _poll=1),
        distribute("By its ARN", image_build_version_arn=arn, wait=False),
        distribute("Look ahead", state="cancelled", _check_mode=True),
        distribute("Cancel", state="cancelled"),
        distribute("Cancel again", state="cancelled"),
        distribute("Retry by its ARN", image_build_version_arn=arn, wait=False),
    )
    assert (run["At once"]["outcome"], run["At once"]["still_running"]) == ("started", True)
    for name in ("Time-out", "Time-out of the module alone", "In the background"):
        result = run[name]
        assert (result["failed"], result["still_running"], result["image"]["state"]) == (True, True, "DISTRIBUTING")
        assert f"The rollout {arn} is still running, it has not failed: it was last seen DISTRIBUTING" in result["msg"]
    assert "censored" in run["In secret"]
    # Only one of them may print.
    assert len([line for line in lines_of(run) if f"rollout {arn} resumed" in line]) == 1
    assert (run["By its ARN"]["changed"], run["By its ARN"]["outcome"]) == (False, "resumed")
    assert (run["Look ahead"]["changed"], run["Look ahead"]["outcome"]) == (True, "cancelled")
    assert (run["Cancel"]["changed"], run["Cancel"]["image"]["state"]) == (True, "CANCELLED")
    assert (run["Cancel again"]["changed"], run["Cancel again"]["outcome"]) == (False, "unchanged")
    assert (run["Retry by its ARN"]["changed"], run["Retry by its ARN"]["outcome"]) == (True, "retried")
    assert (world.calls("DistributeImage"), world.calls("CancelImageCreation"), world.calls("RetryImage")) == (1, 1, 1)


def test_credentials_that_expire_during_the_wait(world, play):
    world.configure(entry(HOME))
    world.aws.switch(hold_images_in="DISTRIBUTING")
    expired = "The security token included in the request is expired"
    # The first GetImage is a part of the start.
    world.aws.fault("imagebuilder", "GetImage", code="ExpiredTokenException", status=403, message=expired, skip=1)
    result = play(distribute(), rc=2)["Distribute"]
    assert (result["failed"], result["changed"], result["still_running"]) == (True, True, True)
    assert result["image"]["arn"] == world.images()[0]["arn"]
    advice = "is still running, it has not failed"
    for part in (expired, "The credentials have expired", advice, result["image"]["arn"]):
        assert part in result["msg"]


def test_every_final_state_ends_the_waiting(world, ansible):
    """Five hosts wait for one image each, and each image ends in another state."""
    states = ["AVAILABLE", "FAILED", "CANCELLED", "DEPRECATED", "DISABLED", "DELETED"]
    configuration = {"arn": world.configure(entry(HOME)), "name": "web", "distributions": [entry(HOME)]}
    arns = {state.lower(): world.aws.plant_image(world.source, configuration) for state in states}
    for arn in arns.values():
        world.aws.set_image_state(arn, "INTEGRATING")
        world.aws.hold_image(arn, "INTEGRATING")
    playbook = [
        {
            "hosts": ",".join(arns),
            "gather_facts": False,
            "connection": "local",
            "vars": {"arns": arns},
            "tasks": [distribute("Wait", image_build_version_arn="{{ arns[inventory_hostname] }}")],
        }
    ]

    def end():
        deadline = time.monotonic() + 60
        # Each was seen by its first GetImage.
        while len(world.aws.requests("imagebuilder", "ListWorkflowStepExecutions")) < len(arns):
            if time.monotonic() > deadline:
                return
            time.sleep(0.2)
        for state in states:
            world.aws.set_image_state(arns[state.lower()], state, "somebody did it")

    somebody = threading.Thread(target=end)
    somebody.start()
    run = ansible.playbook(yaml.safe_dump(playbook), "-i", "{},".format(",".join(arns)), "--forks", "6", rc=None)
    somebody.join()
    ended = {result["image"]["state"]: result for result in run.results("Wait")}
    assert sorted(ended) == sorted(states)
    assert not ended.pop("AVAILABLE").get("failed")
    for state, result in ended.items():
        assert result["failed"]
        assert not result["changed"]
        assert f"is {state}: somebody did it" in result["msg"]
        line = f"[{state.lower()}] {SOURCE} {HOME} {result['image']['arn'].split('/', 1)[1]}: {state} (somebody did it)"
        assert line in run.stdout.splitlines()


def test_without_the_right_to_start_the_error_names_what_is_needed(world, play):
    world.configure(entry(HOME))
    run = play(
        distribute("No role", execution_role="missing", _ignore_errors=True),
        distribute("No configuration", name="database"),
        rc=2,
    )
    assert "missing" in run["No role"]["msg"]
    assert "the role does not exist in this account" in run["No role"]["msg"]
    assert "distribution-configuration/database does not exist" in run["No configuration"]["msg"]
    assert world.images() == []
