"""Images of others with forged tags of a rollout are not cancelled, not treated as one, and not shared."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import rollouts

from tests.unit.plugins.modules.retention.world import AWAY
from tests.unit.plugins.modules.retention.world import entry
from tests.unit.plugins.modules.retention.world import HOME
from tests.unit.plugins.modules.retention.world import SOURCE
from tests.unit.plugins.modules.retention.world import TARGET

pytestmark = pytest.mark.current_botocore

DISTRIBUTION = "imagebuilder_image_distribution"
REPAIR = "imagebuilder_image_distribution_repair"
CONFIGURATION = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/web"
PARAMETER = {"ssmParameterConfigurations": [{"parameterName": "/images/web"}]}


def forged(world, source, *entries):
    """An image of others with the tags of a rollout of ours. Returns its ARN."""
    theirs = world.rolls_out(entry(AWAY), name="theirs")
    world.client.tag_resource(resourceArn=theirs, tags=rollouts.identity_tags(source, CONFIGURATION, list(entries)))
    return theirs


def test_a_build_of_others_is_not_cancelled(world, run_module):
    from moto.imagebuilder.switches import switches

    source = world.moto_resources.plant_ami(SOURCE, HOME, "base").id
    world.rolls_out(entry(AWAY), source=source)
    switches.set(image_transition_polls=100)
    theirs = forged(world, source, entry(AWAY))
    done = run_module(DISTRIBUTION, {"name": "web", "source_image": source, "state": "cancelled"})
    assert (done["changed"], world.backend.images[theirs].status) == (False, "PENDING")
    (warning,) = [one for one in done["warnings"] if theirs in one]
    assert f"AWS says that it was distributed with {CONFIGURATION[:-3]}theirs, so it does not count" in warning


def test_it_is_not_treated_as_the_rollout(world, run_module):
    source = world.moto_resources.plant_ami(SOURCE, HOME, "base").id
    world.client.create_distribution_configuration(name="web", distributions=[entry(AWAY)])
    theirs = forged(world, source, entry(AWAY))
    options = {"name": "web", "source_image": source, "execution_role": "dist", "wait_delay": 1}
    done = run_module(DISTRIBUTION, options)
    assert (done["outcome"], done["image"]["arn"] == theirs, done["image"]["state"]) == ("started", False, "AVAILABLE")
    again = run_module(DISTRIBUTION, options)
    assert (again["outcome"], again["image"]["arn"]) == ("unchanged", done["image"]["arn"])


@pytest.mark.parametrize("wave", [False, True])
def test_a_repair_neither_shares_it_nor_writes_it_into_a_parameter(world, run_module, wave):
    shared = entry(AWAY, **PARAMETER)
    shared["amiDistributionConfiguration"]["launchPermission"] = {"userIds": [TARGET]}
    ours = world.rolls_out(shared)
    theirs = forged(world, "ami-0abcdef1234567890", shared)
    world.backend.images[theirs].configuration["distributions"] = [shared]
    options = {"number": 1, "of": 1, "regions": [AWAY]}
    done = run_module(REPAIR, {"name": "web", **({"wave": options} if wave else {})})
    assert (done["changed"], done["repairs"], done["targets"][0]["ami_id"]) == (False, [], world.ami(ours))
    value = boto3.client("ssm", region_name=AWAY).get_parameter(Name="/images/web")["Parameter"]["Value"]
    assert value == world.ami(ours)


def test_the_ami_of_another_account_does_not_replace_the_source(world, run_module):
    """AWS may not list the source image of the home Region, so that only a tag names it."""
    ours = world.rolls_out(entry(HOME, **PARAMETER))
    bad = world.moto_resources.plant_ami(SOURCE, HOME, "bad")
    bad.owner_id = TARGET
    bad.launch_permissions = [{"UserId": SOURCE}]
    world.backend.images[ours].outputs.clear()
    world.client.tag_resource(resourceArn=ours, tags={rollouts.SOURCE_TAG: bad.id})
    done = run_module(REPAIR, {"name": "web"})
    assert (done["changed"], done["targets"][0]["status"]) == (False, "unknown")
    assert f"{bad.id} belongs to account {TARGET}, so it is not the AMI of this target" in done["targets"][0]["reason"]
