"""Which rollouts are kept and which are retired, with the module and the local AWS in this process."""

from __future__ import annotations

import time

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import retention

from tests.unit.plugins.modules.retention.world import arns
from tests.unit.plugins.modules.retention.world import AWAY
from tests.unit.plugins.modules.retention.world import entry
from tests.unit.plugins.modules.retention.world import HOME
from tests.unit.plugins.modules.retention.world import MODULE
from tests.unit.plugins.modules.retention.world import OPTIONS
from tests.unit.plugins.modules.retention.world import OtherExecution
from tests.unit.plugins.modules.retention.world import SOURCE
from tests.unit.plugins.modules.retention.world import TARGET
from tests.unit.plugins.modules.retention.world import WITH_ROLES

pytestmark = pytest.mark.current_botocore


def test_the_newest_stay_and_the_rest_goes_with_amis_and_snapshots(world, run_module):
    oldest, old, new = [world.rolls_out(entry(HOME), entry(AWAY)) for _number in range(3)]
    source, gone = world.ami(oldest, HOME), world.ami(oldest)
    expected = {**OPTIONS, "keep": 2}
    predicted = run_module(MODULE, expected, check_mode=True)
    assert (arns(predicted["kept"]), arns(predicted["retired"])) == ([new, old], [oldest])
    assert predicted["diff"] == {"before": {oldest: "AVAILABLE"}, "after": {oldest: "DELETED"}}
    assert world.images() == [oldest, old, new]
    done = run_module(MODULE, expected)
    (retired,) = done["retired"]
    assert (done["changed"], retired["changed"], retired["error"]) == (True, True, None)
    (away,) = [ami for ami in retired["amis"] if ami["region"] == AWAY]
    assert (away["ami_id"], away["status"]) == (gone, "SUCCESS")
    assert [one["status"] for one in away["snapshots"]] == ["SUCCESS"]
    assert world.amis() == {world.ami(old), world.ami(new)}
    assert len(world.snapshots()) == 2
    # The source image is older than the rollout. AWS left it out, but the record was deleted.
    assert source in world.amis(HOME)
    assert world.images() == [old, new]
    again = run_module(MODULE, expected)
    assert (again["changed"], again["retired"], arns(again["kept"])) == (False, [], [new, old])


def test_a_source_that_image_builder_made_is_recognized_by_its_tag(world, run_module):
    """Its role would be allowed to delete it."""
    made = world.moto_resources.plant_ami(
        SOURCE, HOME, "built", {"CreatedBy": "EC2 Image Builder", retention.ORIGIN_TAG: "x"}
    )
    old = world.rolls_out(entry(HOME, [SOURCE, TARGET]), source=made.id)
    copied = world.ami(old, HOME, TARGET)
    new = world.rolls_out(entry(HOME, [SOURCE, TARGET]))
    done = run_module(MODULE, WITH_ROLES)
    assert (arns(done["retired"]), done["retired"][0]["error"]) == ([old], None)
    assert made.id in world.amis(HOME)
    assert copied not in world.amis(HOME, TARGET)
    assert world.images() == [new]


def test_without_such_a_tag_the_error_names_what_was_kept_with_the_source(world, run_module):
    old = world.rolls_out(entry(HOME, [SOURCE, TARGET]))
    copied = world.ami(old, HOME, TARGET)
    world.rolls_out(entry(HOME, [SOURCE, TARGET]))
    done = run_module(MODULE, WITH_ROLES)
    assert done["failed"]
    assert f"{copied} was kept together with the source image" in done["msg"]
    assert copied in world.amis(HOME, TARGET)


@pytest.mark.parametrize("what", ["parameter", "default", "newest", "resolved"])
def test_what_is_still_named_is_kept(world, run_module, what):
    import boto3

    ssm, ec2 = boto3.client("ssm", region_name=AWAY), boto3.client("ec2", region_name=AWAY)
    old = world.rolls_out(entry(AWAY))
    parameter = [{"parameterName": "/images/web"}] if what == "parameter" else []
    world.rolls_out(entry(AWAY, **({"ssmParameterConfigurations": parameter} if parameter else {})))
    held, other = world.ami(old), "ami-0abcdef1234567890"
    if what in ("parameter", "resolved"):
        ssm.put_parameter(Name="/images/web", Value=held, Type="String", Overwrite=True)
    if what != "parameter":
        first, second = {"default": (held, other), "newest": (other, held)}.get(
            what, ("resolve:ssm:/images/web", other)
        )
        ec2.create_launch_template(LaunchTemplateName="others", LaunchTemplateData={"ImageId": first})
        ec2.create_launch_template_version(LaunchTemplateName="others", LaunchTemplateData={"ImageId": second})
    done = run_module(MODULE, OPTIONS)
    assert (done["changed"], done["retired"]) == (False, [])
    assert done["kept"][1]["image"] == old
    words = {"parameter": "SSM parameter /images/web", "newest": "newest version of the launch template"}
    assert f"{held} in {AWAY} is still referenced by the" in done["kept"][1]["reason"]
    assert words.get(what, "default version of the launch template") in done["kept"][1]["reason"]


def test_what_cannot_be_read_counts_as_still_named(world, run_module):
    old = world.rolls_out(entry(AWAY, [SOURCE, TARGET]))
    new = world.rolls_out(entry(AWAY, [SOURCE, TARGET]))
    done = run_module(MODULE, OPTIONS)
    assert (done["changed"], arns(done["kept"])) == (False, [new, old])
    assert f"no role could be assumed in account {TARGET}: no role is named for it" in done["kept"][1]["reason"]
    done = run_module(MODULE, WITH_ROLES)
    assert arns(done["retired"]) == [old]
    assert world.amis(AWAY, TARGET) == {world.ami(new, AWAY, TARGET)}


def test_what_failed_is_named_with_what_to_do_and_tried_again(world, run_module):
    from moto.imagebuilder.trouble import troubles

    old = world.rolls_out(entry(AWAY), entry("eu-west-2"))
    world.rolls_out(entry(AWAY), entry("eu-west-2"))
    troubles.add(step="UPDATE_STATE", region=AWAY, message="EC2 said no", times=1)
    done = run_module(MODULE, OPTIONS)
    assert (done["failed"], done["changed"]) == (True, True)
    assert (
        f"{AWAY}, account {SOURCE}, {world.ami(old)}: EC2 said no. Check that the execution role exists" in done["msg"]
    )
    assert {ami["region"]: ami["status"] for ami in done["retired"][0]["amis"]} == {
        AWAY: "FAILED",
        "eu-west-2": "SUCCESS",
    }
    assert old in world.images()
    assert arns(run_module(MODULE, OPTIONS)["retired"]) == [old]
    assert old not in world.images()


def test_a_running_execution_is_continued(world, run_module):
    from moto.imagebuilder.switches import switches

    old = world.rolls_out(entry(AWAY))
    world.rolls_out(entry(AWAY))
    switches.set(image_transition_polls=1)
    first = run_module(MODULE, {**OPTIONS, "wait": False})
    assert (first["changed"], old in world.images()) == (True, True)
    second = run_module(MODULE, OPTIONS)
    identifiers = [one["retired"][0]["lifecycle_execution_id"] for one in (first, second)]
    assert identifiers[0] == identifiers[1]
    assert old not in world.images()


def test_somebody_elses_deprecation_is_waited_for_and_then_ours_is_carried_out(world, run_module, time_passes):
    from moto.imagebuilder.switches import switches

    old = world.rolls_out(entry(AWAY))
    new = world.rolls_out(entry(AWAY))
    switches.set(image_transition_polls=1000)
    other = OtherExecution(world, old).starts("DEPRECATED")
    time_passes.meanwhile = other.ends
    done = run_module(MODULE, OPTIONS)
    (retired,) = done["retired"]
    assert (done["changed"], retired["error"], retired["state_after"]) == (True, None, "DELETED")
    assert retired["lifecycle_execution_id"] not in (None, other.identifier)
    assert world.images() == [new]
    assert world.amis() == {world.ami(new)}


def test_somebody_elses_execution_that_takes_too_long_is_reported_and_never_adopted(world, run_module, time_passes):
    from moto.imagebuilder.switches import switches

    old = world.rolls_out(entry(AWAY))
    new = world.rolls_out(entry(AWAY))
    switches.set(image_transition_polls=1000)
    other = OtherExecution(world, old).starts("DEPRECATED")
    for wait, part in ((True, "wait_timeout: retiring it took longer than 60 seconds"), (False, "when it has ended")):
        done = run_module(MODULE, {**OPTIONS, "wait": wait, "wait_timeout": 60})
        (retired,) = done["retired"]
        assert (done["failed"], done["changed"], retired["changed"]) == (True, False, False)
        assert (
            f"{other.identifier}, which this task did not start, is still running on this image (DEPRECATE)"
            in (done["msg"])
        )
        assert part in done["msg"]
        assert retired["lifecycle_execution_id"] is None
    assert world.images() == [old, new]
    assert world.ami(old) in world.amis()


def test_what_somebody_else_deleted_meanwhile_is_no_change_of_ours(world, run_module, time_passes):
    from moto.imagebuilder.switches import switches

    old = world.rolls_out(entry(AWAY))
    new = world.rolls_out(entry(AWAY))
    gone = world.ami(old)
    switches.set(image_transition_polls=1000)
    other = OtherExecution(world, old).starts("DELETED")
    time_passes.meanwhile = other.ends
    done = run_module(MODULE, OPTIONS)
    (retired,) = done["retired"]
    assert (done["changed"], retired["changed"], retired["error"]) == (False, False, None)
    assert (retired["state_after"], retired["amis"][0]["ami_id"]) == ("DELETED", gone)
    assert world.images() == [new]


def test_a_scheduled_deprecation_keeps_the_rollout_and_costs_no_time(world, run_module, time_passes):
    old = world.rolls_out(entry(AWAY))
    new = world.rolls_out(entry(AWAY))
    other = OtherExecution(world, old).starts("DEPRECATED", updateAt=time.time() + 86400)
    # It waits as long as the execution may have just begun.
    done = run_module(MODULE, OPTIONS)
    assert (done["failed"], done["changed"]) == (True, False)
    assert f"{other.identifier}, which this collection did not start, is scheduled for later" in done["msg"]
    assert 290 < time_passes.seconds < 330
    for check_mode in (True, False):
        before = time_passes.seconds
        done = run_module(MODULE, OPTIONS, check_mode=check_mode)
        assert (done["changed"], done["retired"], arns(done["kept"])) == (False, [], [new, old])
        assert (
            f"cancel-lifecycle-execution --region {HOME} --lifecycle-execution-id {other.identifier}"
            in (done["kept"][1]["reason"])
        )
        assert time_passes.seconds == before
    world.client.cancel_lifecycle_execution(lifecycleExecutionId=other.identifier, clientToken="stop")
    assert arns(run_module(MODULE, OPTIONS)["retired"]) == [old]
    assert world.images() == [new]


@pytest.mark.parametrize("action", ["delete", "deprecate", "disable"])
def test_success_that_is_none_is_an_error(world, run_module, monkeypatch, action):
    """AWS reports SUCCESS, but nothing has happened."""
    from moto.imagebuilder.models import ImageBuilderBackend

    old = world.rolls_out(entry(AWAY))
    world.rolls_out(entry(AWAY))

    def carry_out(self, execution):
        execution.status, execution.ended = "SUCCESS", time.time()

    monkeypatch.setattr(ImageBuilderBackend, "_carry_out", carry_out)
    done = run_module(MODULE, {**OPTIONS, "action": action})
    (retired,) = done["retired"]
    assert (done["failed"], retired["state_after"]) == (True, "AVAILABLE")
    state = {"delete": "DELETED", "deprecate": "DEPRECATED", "disable": "DISABLED"}[action]
    assert f"AWS reports success, but these AMIs are not {state}" in done["msg"]
    assert f"{AWAY}, account {SOURCE}, {world.ami(old)}" in done["msg"]


def test_a_stop_between_amis_and_record_leaves_nothing_behind(world, run_module):
    old = world.rolls_out(entry(HOME), entry(AWAY))
    new = world.rolls_out(entry(HOME), entry(AWAY))
    world.moto_resources.ec2_in(SOURCE, AWAY).deregister_image(world.ami(old))
    done = run_module(MODULE, OPTIONS)
    assert (done["changed"], done["retired"][0]["lifecycle_execution_id"]) == (True, None)
    assert world.images() == [new]


@pytest.mark.parametrize(("action", "state"), [("deprecate", "DEPRECATED"), ("disable", "DISABLED")])
def test_other_actions_leave_the_amis(world, run_module, action, state):
    old = world.rolls_out(entry(HOME), entry(AWAY))
    world.rolls_out(entry(HOME), entry(AWAY))
    done = run_module(MODULE, {**OPTIONS, "action": action})
    assert (arns(done["retired"]), done["retired"][0]["error"]) == ([old], None)
    assert world.backend.images[old].status == state
    ami = world.moto_resources.find_ami(SOURCE, AWAY, world.ami(old))
    assert ami.state == {"deprecate": "available", "disable": "disabled"}[action]
    assert world.moto_resources.find_ami(SOURCE, HOME, world.ami(old, HOME)).state == "available"
    again = run_module(MODULE, {**OPTIONS, "action": action})
    assert (again["changed"], again["kept"][1]["reason"]) == (False, f"it is already {state}")
    # Then it continues with the next step.
    assert arns(run_module(MODULE, OPTIONS)["retired"]) == [old]


def test_more_than_the_limit_is_refused_before_anything_is_done(world, run_module):
    made = [world.rolls_out(entry(AWAY)) for _number in range(3)]
    done = run_module(MODULE, {**OPTIONS, "retire_limit": 1})
    assert done["failed"]
    assert "retire_limit: 1: 2 rollouts would be retired, so none was" in done["msg"]
    assert world.images() == made


def test_the_newest_of_each_target_is_kept_if_a_wave_was_distributed_in_parts(world, run_module):
    whole = world.rolls_out(entry(AWAY), entry("eu-west-2"), name="web-wave-1")
    part = world.rolls_out(entry(AWAY), name="web-wave-1")
    wave = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/web-wave-1"
    world.client.tag_resource(resourceArn=wave, tags={"goldimage.aws:waves": "web"})
    world.rolls_out(entry(AWAY), entry("eu-west-2"), name="web-other")
    options = {**OPTIONS, "waves": True}
    done = run_module(MODULE, options)
    assert (done["changed"], arns(done["kept"])) == (False, [part, whole])
    assert "does not exist; its settings are taken" in done["warnings"][0]
    assert "its AMI is one of the newest 1 in eu-west-2 123456789012" in done["kept"][1]["reason"]
    assert run_module(MODULE, {**options, "waves": False})["kept"] == []


def test_all_that_is_wrong_with_the_options_is_said_at_once(run_module, world):
    done = run_module(MODULE, {**OPTIONS, "keep": 0, "execution_role": "no role", "workers": 0})
    for option in ("keep: 0", "execution_role: 'no role'", "workers: 0"):
        assert option in done["msg"], done["msg"]
