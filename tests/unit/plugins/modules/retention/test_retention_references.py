"""An AMI is kept if anything in any account uses it, and the reason says so."""

from __future__ import annotations

import importlib
from datetime import datetime
from datetime import timezone

import botocore.client
import pytest

from tests.unit import images
from tests.unit.plugins.modules.retention.users import Account
from tests.unit.plugins.modules.retention.users import OTHER
from tests.unit.plugins.modules.retention.users import SHARED
from tests.unit.plugins.modules.retention.users import sharing
from tests.unit.plugins.modules.retention.world import arns
from tests.unit.plugins.modules.retention.world import AWAY
from tests.unit.plugins.modules.retention.world import entry
from tests.unit.plugins.modules.retention.world import HOME
from tests.unit.plugins.modules.retention.world import MODULE
from tests.unit.plugins.modules.retention.world import OPTIONS
from tests.unit.plugins.modules.retention.world import OtherExecution
from tests.unit.plugins.modules.retention.world import PLUGINS
from tests.unit.plugins.modules.retention.world import SOURCE
from tests.unit.plugins.modules.retention.world import TARGET
from tests.unit.plugins.modules.retention.world import WITH_ROLES

pytestmark = pytest.mark.current_botocore


KINDS = [
    Account.default_version,
    Account.newest_version,
    Account.version_of_a_group,
    Account.version_of_a_group_by_name,
    Account.mixed_instances_policy,
    Account.override_of_a_mixed_instances_policy,
    Account.image_of_an_override,
    Account.launch_configuration,
    Account.fleet,
    Account.spot_fleet,
    Account.spot_instance_request,
    Account.running_instance,
    Account.stopped_instance,
    Account.parameter,
    Account.list_in_a_parameter,
    Account.json_in_a_parameter,
    Account.parameter_of_a_template,
    Account.image_recipe,
    Account.parameter_of_a_recipe,
    Account.instance_of_a_container_recipe,
]


def entry_for(account):
    """The entry that gives an account a reason to use the AMI."""
    return {SOURCE: entry(AWAY), TARGET: entry(AWAY, [TARGET]), SHARED: sharing(SHARED)}[account]


@pytest.mark.parametrize("account", [SOURCE, TARGET, SHARED])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_used_is_kept(shared, run_module, kind, account):
    old, new = [shared.rolls_out(entry_for(account)) for _number in range(2)]
    owner = TARGET if account == TARGET else SOURCE
    ami = shared.ami(old, account=owner)
    text = kind(Account(account), ami)
    done = run_module(MODULE, WITH_ROLES)
    assert (done["changed"], done["retired"], arns(done["kept"])) == (False, [], [new, old])
    reason = done["kept"][1]["reason"]
    assert f"{ami} in {AWAY} is still referenced by {text}" in reason
    assert reason.endswith(f" in account {account}")
    assert ami in shared.amis(account=owner)


def test_what_nobody_uses_any_more_goes(shared, run_module):
    """Former uses: a version that is neither default nor newest nor used, a terminated instance, and so on."""
    old, new = [shared.rolls_out(sharing(SHARED)) for _number in range(2)]
    ami = shared.ami(old)
    for account in (Account(SOURCE), Account(SHARED)):
        ec2 = account.client("ec2")
        template = account.template(OTHER, ami, OTHER)
        account.group(LaunchTemplate={"LaunchTemplateId": template, "Version": "1"})
        started = ec2.run_instances(ImageId=ami, MinCount=1, MaxCount=1)
        ec2.terminate_instances(InstanceIds=[started["Instances"][0]["InstanceId"]])
        account.client("ssm").put_parameter(Name="/theirs", Value=OTHER, Type="String")
        account.plant(OTHER)
    done = run_module(MODULE, WITH_ROLES)
    assert (arns(done["retired"]), arns(done["kept"]), done["retired"][0]["error"]) == ([old], [new], None)
    assert "warnings" not in done


def test_a_version_that_is_gone_hides_no_other():
    script = images.Script()
    autoscaling = {"AutoScalingGroupName": "x", "MinSize": 0, "MaxSize": 0, "DesiredCapacity": 0, "DefaultCooldown": 0}
    autoscaling |= {"AvailabilityZones": [], "HealthCheckType": "EC2", "CreatedTime": datetime.now(timezone.utc)}
    template = "lt-0ab1234c56d789012"
    groups = [
        {**autoscaling, "LaunchTemplate": {"LaunchTemplateId": template, "Version": version}} for version in ("2", "3")
    ]
    script.answers("describe_launch_template_versions", {"LaunchTemplateVersions": []}, service="ec2")
    script.answers("describe_auto_scaling_groups", {"AutoScalingGroups": groups}, service="autoscaling")
    script.answers("describe_launch_configurations", {"LaunchConfigurations": []}, service="autoscaling")
    script.answers("describe_fleets", {"Fleets": []}, service="ec2")
    script.answers("describe_spot_fleet_requests", {"SpotFleetRequestConfigs": []}, service="ec2")
    script.answers("describe_spot_instance_requests", {"SpotInstanceRequests": []}, service="ec2")
    code, method = "InvalidLaunchTemplateId.VersionNotFound", "describe_launch_template_versions"
    script.refuses(method, code, service="ec2").refuses(method, code, service="ec2")
    version = {"VersionNumber": 3, "LaunchTemplateId": template, "LaunchTemplateData": {"ImageId": OTHER}}
    asked = {"LaunchTemplateId": template, "Versions": ["3"]}
    script.answers(method, {"LaunchTemplateVersions": [version]}, asked, service="ec2")
    launches = importlib.import_module(f"{PLUGINS}.module_utils._aws.rollout.launches")
    (use,) = launches.launch_templates(script.client("ec2"), script.client("autoscaling"))
    assert use.image == OTHER
    script.is_read()


def test_each_service_is_asked_once_however_many_rollouts_go(world, run_module, monkeypatch):
    regions = (AWAY, "eu-west-2")
    made = [world.rolls_out(*(entry(region, [SOURCE, TARGET]) for region in regions)) for _number in range(6)]
    asked = []
    call = botocore.client.BaseClient._make_api_call

    def count(client, operation, parameters):
        key = client._request_signer._credentials.get_frozen_credentials().access_key
        asked.append((operation, client.meta.region_name, key))
        return call(client, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", count)
    done = run_module(MODULE, WITH_ROLES, check_mode=True)
    assert len(done["retired"]) == len(made) - 1
    looks = [one for one in asked if one[0].startswith("Describe") or "Recipes" in one[0]]
    # Two Regions in two accounts, and the home Region, where no AMI is retired, so no instances are read.
    assert len(looks) == len(set(looks)) == 9 + 4 * 10


@pytest.mark.parametrize("account", [SOURCE, TARGET])
@pytest.mark.parametrize("part", ["{0}", "{1}/1.0.0/1", "{1}/1.0.0", "{1}/1.x.x", "{1}/x.x.x"])
def test_the_base_image_of_a_recipe_is_kept(world, run_module, part, account):
    """A version stands for its newest build that is available."""
    old = world.rolls_out(entry(AWAY, [SOURCE, TARGET]))
    new = world.rolls_out(entry(AWAY, [SOURCE, TARGET]))
    name = old.rpartition("/")[0].rpartition("/")[0]
    recipe = Account(account, AWAY).plant(part.format(old, name))
    done = run_module(MODULE, WITH_ROLES)
    exact = old in (part.format(old, name), f"{name}/1.0.0/1")
    if part in ("{0}", "{1}/1.0.0/1"):
        assert exact
        assert done["kept"][1] == {**done["kept"][1], "image": old}
        assert done["kept"][1]["reason"] == f"it is still referenced by the recipe {recipe} in account {account}"
    else:
        assert (arns(done["kept"]), arns(done["retired"])) == ([new], [old])


def test_the_newest_available_build_is_kept_for_a_recipe(world, run_module):
    old = world.rolls_out(entry(AWAY))
    world.rolls_out(entry(AWAY), name="web-wave-1")
    world.rolls_out(entry(AWAY))
    world.backend.images[world.images()[1]].status = "FAILED"
    world.backend.images[world.images()[2]].status = "FAILED"
    Account(SOURCE, HOME).plant(old.rpartition("/")[0].rpartition("/")[0] + "/x.x.x")
    world.rolls_out(entry(AWAY), source=world.moto_resources.plant_ami(SOURCE, HOME, "another").id)
    done = run_module(MODULE, OPTIONS)
    assert old in arns(done["kept"])


@pytest.mark.parametrize("account", [SOURCE, TARGET])
@pytest.mark.parametrize("listed", [True, False])
def test_what_another_home_region_distributes_is_kept(world, run_module, account, listed):
    """Whether AWS lists the source of a rollout among its AMIs or does not."""
    from moto.imagebuilder import imagebuilder_backends

    old = world.rolls_out(entry(AWAY, [account]))
    new = world.rolls_out(entry(AWAY, [account]))
    ami, backend = world.ami(old, account=account), imagebuilder_backends[account][AWAY]
    theirs = backend.plant_image(
        ami,
        {"arn": f"arn:aws:imagebuilder:{AWAY}:{account}:distribution-configuration/x", "distributions": [entry(AWAY)]},
        tags={"goldimage.aws:source-image": ami},
    )
    backend.images[theirs].outputs.update({} if listed else {(AWAY, account): {"region": AWAY, "image": OTHER}})
    done = run_module(MODULE, WITH_ROLES)
    assert (arns(done["kept"]), done["retired"]) == ([new, old], [])
    assert theirs in done["kept"][1]["reason"]


def test_what_somebody_goes_back_to_while_others_are_retired_is_kept(world, run_module, monkeypatch):
    """Retiring many rollouts may take hours; AWS deletes an AMI without asking who uses it."""
    oldest, old, new = [world.rolls_out(entry(AWAY)) for _number in range(3)]
    retention = importlib.import_module(f"{PLUGINS}.module_utils._aws.rollout.retention")
    lifecycle = importlib.import_module(f"{PLUGINS}.module_utils._aws.rollout.lifecycle")
    monkeypatch.setattr(retention, "_SEARCH_LASTS", -1)
    retire = lifecycle.Lifecycle.retire

    def while_somebody_goes_back(self, image, *arguments):
        retire(self, image, *arguments)
        if image["arn"] == old:
            Account(SOURCE).parameter(world.ami(oldest))

    monkeypatch.setattr(lifecycle.Lifecycle, "retire", while_somebody_goes_back)
    done = run_module(MODULE, {**OPTIONS, "workers": 1})
    assert (done["changed"], arns(done["retired"]), arns(done["kept"])) == (True, [old], [new, oldest])
    assert "is still referenced by" in done["kept"][1]["reason"]
    assert world.images() == [oldest, new]


def test_what_somebody_goes_back_to_during_their_own_execution_is_kept(world, run_module, time_passes):
    from moto.imagebuilder.switches import switches

    old = world.rolls_out(entry(AWAY))
    new = world.rolls_out(entry(AWAY))
    switches.set(image_transition_polls=1000)
    other = OtherExecution(world, old).starts("DEPRECATED")

    def ends_and_is_used():
        time_passes.meanwhile = lambda: None
        other.ends()
        Account(SOURCE).parameter(world.ami(old))

    time_passes.meanwhile = ends_and_is_used
    retention = importlib.import_module(f"{PLUGINS}.module_utils._aws.rollout.retention")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention, "_SEARCH_LASTS", -1)
        done = run_module(MODULE, OPTIONS)
    assert (done["changed"], done["retired"], arns(done["kept"])) == (False, [], [new, old])
    assert "is still referenced by" in done["kept"][1]["reason"]
    assert world.ami(old) in world.amis()
