"""An AMI is kept if anything in any account uses it, or if something cannot be read, and the reason says so."""

from __future__ import annotations

import importlib
import json
from datetime import datetime
from datetime import timezone

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from tests.unit import images
from tests.unit.plugins.modules.retention.world import arns
from tests.unit.plugins.modules.retention.world import AWAY
from tests.unit.plugins.modules.retention.world import ENTERED
from tests.unit.plugins.modules.retention.world import entry
from tests.unit.plugins.modules.retention.world import EVERYTHING
from tests.unit.plugins.modules.retention.world import HOME
from tests.unit.plugins.modules.retention.world import MODULE
from tests.unit.plugins.modules.retention.world import OPTIONS
from tests.unit.plugins.modules.retention.world import PLUGINS
from tests.unit.plugins.modules.retention.world import SOURCE
from tests.unit.plugins.modules.retention.world import TARGET

pytestmark = pytest.mark.current_botocore

OTHER = "ami-0abcdef1234567890"
SHARED, CLOSED = "444455556666", "777788889999"
IMAGE = "aws:ec2:image"
FLEET = {"TotalTargetCapacity": 0, "OnDemandTargetCapacity": 0, "DefaultTargetCapacityType": "on-demand"}


class Account:
    """Somebody who works in a Region and account."""

    def __init__(self, account, region=AWAY):
        self.account, self.region = account, region
        self.keys = {}
        if account != SOURCE:
            role = f"arn:aws:iam::{account}:role/ImageReader"
            credentials = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="somebody")["Credentials"]
            self.keys = {
                "aws_access_key_id": credentials["AccessKeyId"],
                "aws_secret_access_key": credentials["SecretAccessKey"],
                "aws_session_token": credentials["SessionToken"],
            }

    def client(self, service):
        return boto3.client(service, region_name=self.region, **self.keys)

    def template(self, *images):
        """A launch template with these versions; the first is the default one. Returns its id."""
        ec2 = self.client("ec2")
        made = ec2.create_launch_template(LaunchTemplateName="theirs", LaunchTemplateData={"ImageId": images[0]})
        for image in images[1:]:
            ec2.create_launch_template_version(LaunchTemplateName="theirs", LaunchTemplateData={"ImageId": image})
        return made["LaunchTemplate"]["LaunchTemplateId"]

    def group(self, **members):
        """An Auto Scaling group without instances."""
        zone = f"{self.region}a"
        self.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName="theirs", MinSize=0, MaxSize=0, AvailabilityZones=[zone], **members
        )

    def default_version(self, ami):
        self.template(ami, OTHER)
        return "the default version of the launch template lt-"

    def newest_version(self, ami):
        self.template(OTHER, ami)
        return "the newest version of the launch template lt-"

    def version_of_a_group(self, ami):
        template = self.template(OTHER, ami, OTHER)
        self.group(LaunchTemplate={"LaunchTemplateId": template, "Version": "2"})
        return f"version 2 of the launch template {template}, which the Auto Scaling group theirs uses"

    def version_of_a_group_by_name(self, ami):
        self.template(OTHER, ami, OTHER)
        self.group(LaunchTemplate={"LaunchTemplateName": "theirs", "Version": "2"})
        return "version 2 of the launch template"

    def mixed_instances_policy(self, ami):
        template = self.template(OTHER, ami, OTHER)
        specification = {"LaunchTemplateId": template, "Version": "2"}
        self.group(MixedInstancesPolicy={"LaunchTemplate": {"LaunchTemplateSpecification": specification}})
        return f"version 2 of the launch template {template}, which the Auto Scaling group theirs uses"

    def override_of_a_mixed_instances_policy(self, ami):
        template = self.template(OTHER, ami, OTHER)
        override = {"LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": "2"}}
        specification = {"LaunchTemplateId": template, "Version": "$Latest"}
        policy = {"LaunchTemplateSpecification": specification, "Overrides": [{"InstanceType": "m5.large", **override}]}
        self.group(MixedInstancesPolicy={"LaunchTemplate": policy})
        return f"version 2 of the launch template {template}, which the Auto Scaling group theirs uses"

    def image_of_an_override(self, ami):
        template = self.template(OTHER)
        specification = {"LaunchTemplateId": template, "Version": "$Default"}
        policy = {"LaunchTemplateSpecification": specification, "Overrides": [{"ImageId": ami}]}
        self.group(MixedInstancesPolicy={"LaunchTemplate": policy})
        return "the Auto Scaling group theirs"

    def launch_configuration(self, ami):
        self.client("autoscaling").create_launch_configuration(
            LaunchConfigurationName="theirs", ImageId=ami, InstanceType="m5.large"
        )
        return "the launch configuration theirs"

    def fleet(self, ami):
        template = self.template(OTHER, ami, OTHER)
        specification = {"LaunchTemplateId": template, "Version": "2"}
        made = self.client("ec2").create_fleet(
            LaunchTemplateConfigs=[
                {"LaunchTemplateSpecification": specification, "Overrides": [{"InstanceType": "m5.large"}]}
            ],
            TargetCapacitySpecification=FLEET,
            Type="maintain",
        )
        return f"version 2 of the launch template {template}, which the EC2 Fleet {made['FleetId']} uses"

    def spot_fleet(self, ami):
        launch = {"ImageId": ami, "InstanceType": "m5.large", "SubnetId": self.subnet()}
        made = self.client("ec2").request_spot_fleet(
            SpotFleetRequestConfig={
                "TargetCapacity": 0,
                "AllocationStrategy": "lowestPrice",
                "IamFleetRole": f"arn:aws:iam::{self.account}:role/fleet",
                "LaunchSpecifications": [launch],
            }
        )
        return f"the Spot Fleet request {made['SpotFleetRequestId']}"

    def spot_instance_request(self, ami):
        """One that waits for capacity, so that there is no instance."""
        ec2 = self.client("ec2")
        launch = {"ImageId": ami, "InstanceType": "m5.large", "SubnetId": self.subnet()}
        (made,) = ec2.request_spot_instances(Type="persistent", LaunchSpecification=launch)["SpotInstanceRequests"]
        ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
        return f"the Spot Instance request {made['SpotInstanceRequestId']}"

    def subnet(self):
        return self.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]

    def running_instance(self, ami):
        started = self.client("ec2").run_instances(ImageId=ami, MinCount=1, MaxCount=1, InstanceType="m5.large")
        return f"the running instance {started['Instances'][0]['InstanceId']}"

    def stopped_instance(self, ami):
        started = self.client("ec2").run_instances(ImageId=ami, MinCount=1, MaxCount=1, InstanceType="m5.large")
        identifier = started["Instances"][0]["InstanceId"]
        self.client("ec2").stop_instances(InstanceIds=[identifier])
        return f"the stopped instance {identifier}"

    def parameter(self, ami):
        self.client("ssm").put_parameter(Name="/theirs/image", Value=ami, Type="String")
        return "the SSM parameter /theirs/image"

    def list_in_a_parameter(self, ami):
        self.client("ssm").put_parameter(Name="theirs", Value=f"{OTHER},{ami}", Type="StringList")
        return "the SSM parameter theirs"

    def json_in_a_parameter(self, ami):
        value = json.dumps({"images": {"web": ami, "db": OTHER}, "owner": "us"})
        self.client("ssm").put_parameter(Name="theirs", Value=value, Type="String")
        return "the SSM parameter theirs"

    def version_of_a_parameter(self, ami):
        """One that is not its newest, so that the parameter itself does not hold the AMI."""
        for value in (ami, OTHER):
            self.client("ssm").put_parameter(Name="/theirs/image", Value=value, Type="String", Overwrite=True)
        return "ssm:/theirs/image:1"

    def parameter_of_a_template(self, ami):
        self.template(f"resolve:{self.version_of_a_parameter(ami)}", OTHER)
        return "the default version of the launch template lt-"

    def plant(self, *arguments, **more):
        from moto.imagebuilder import imagebuilder_backends

        return imagebuilder_backends[self.account][self.region].plant_recipe("theirs", *arguments, **more)

    def image_recipe(self, ami):
        return f"the recipe {self.plant(ami)}"

    def parameter_of_a_recipe(self, ami):
        return f"the recipe {self.plant(self.version_of_a_parameter(ami))}"

    def instance_of_a_container_recipe(self, ami):
        return f"the recipe {self.plant('amazonlinux:2023', kind='container', instance_image=ami)}"


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


@pytest.fixture
def shared(world):
    """An account that may launch the AMIs, and in which a role can be assumed."""
    world.role(SHARED, "ImageReader", {"AWS": f"arn:aws:iam::{SOURCE}:root"}, EVERYTHING)
    return world


def sharing(*accounts, **more):
    """The entry of a Region whose AMIs these accounts may launch."""
    made = entry(AWAY)
    users = {"userIds": list(accounts)} if accounts else {}
    made["amiDistributionConfiguration"]["launchPermission"] = {**users, **more}
    return made


def entry_for(account):
    """The entry that gives an account a reason to use the AMI."""
    return {SOURCE: entry(AWAY), TARGET: entry(AWAY, [TARGET]), SHARED: sharing(SHARED)}[account]


@pytest.mark.parametrize("account", [SOURCE, TARGET, SHARED])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_used_stays(shared, run_module, kind, account):
    old, new = [shared.rolls_out(entry_for(account)) for _number in range(2)]
    owner = TARGET if account == TARGET else SOURCE
    ami = shared.ami(old, account=owner)
    text = kind(Account(account), ami)
    done = run_module(MODULE, ENTERED)
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
    done = run_module(MODULE, ENTERED)
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


def test_parameters_that_nobody_may_read_are_said(world, run_module, monkeypatch):
    """A warning names one that holds text; one with the data type for AMIs keeps the rollout."""
    old, new = [world.rolls_out(entry(AWAY, [TARGET])) for _number in range(2)]
    ssm = Account(TARGET).client("ssm")
    ssm.put_parameter(Name="/theirs/text", Value="x", Type="String")
    deny(monkeypatch, "GetParameters")
    done = run_module(MODULE, ENTERED, check_mode=True)
    assert arns(done["retired"]) == [old]
    (warning,) = done["warnings"]
    assert f"1 SSM parameters in {AWAY}, account {TARGET}, such as /theirs/text, were not checked" in warning
    assert "needs ssm:GetParameters" in warning
    ssm.put_parameter(Name="/theirs/image", Value=world.ami(new, account=TARGET), Type="String", DataType=IMAGE)
    done = run_module(MODULE, ENTERED, check_mode=True)
    assert (done["retired"], "needs ssm:GetParameters" in done["kept"][1]["reason"]) == ([], True)


def test_parameters_that_nobody_may_list_are_said(world, run_module, monkeypatch):
    old, new = [world.rolls_out(entry(AWAY, [TARGET])) for _number in range(2)]
    deny(monkeypatch, "DescribeParameters")
    done = run_module(MODULE, ENTERED)
    assert (arns(done["retired"]), arns(done["kept"])) == ([old], [new])
    (warning,) = done["warnings"]
    assert "that the configuration does not name were not checked" in warning
    assert "needs ssm:DescribeParameters" in warning


@pytest.mark.parametrize(
    "operation",
    [
        "DescribeLaunchTemplateVersions",
        "DescribeAutoScalingGroups",
        "DescribeLaunchConfigurations",
        "DescribeFleets",
        "DescribeSpotFleetRequests",
        "DescribeSpotInstanceRequests",
        "DescribeInstances",
        "ListImageRecipes",
        "ListContainerRecipes",
        "ListImageBuildVersions",
    ],
)
def test_what_cannot_be_looked_at_keeps_it_and_is_said(world, run_module, monkeypatch, operation):
    old, new = [world.rolls_out(entry(AWAY, [TARGET])) for _number in range(2)]
    deny(monkeypatch, operation)
    done = run_module(MODULE, ENTERED)
    assert (done["changed"], done["retired"], arns(done["kept"])) == (False, [], [new, old])
    reason = done["kept"][1]["reason"]
    assert f"in {AWAY} is still referenced: account {TARGET}" in reason
    assert f":{operation}" in reason


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
    done = run_module(MODULE, ENTERED, check_mode=True)
    assert len(done["retired"]) == len(made) - 1
    looks = [one for one in asked if one[0].startswith("Describe") or "Recipes" in one[0]]
    # Two Regions in two accounts, and the home Region, where no AMI is retired, so no instances are read.
    assert len(looks) == len(set(looks)) == 9 + 4 * 10


# -- recipes that name an image of Image Builder, and rollouts elsewhere -----------------------------------------------


@pytest.mark.parametrize("account", [SOURCE, TARGET])
@pytest.mark.parametrize("part", ["{0}", "{1}/1.0.0/1", "{1}/1.0.0", "{1}/1.x.x", "{1}/x.x.x"])
def test_an_image_that_a_recipe_is_built_on_stays(world, run_module, part, account):
    """A version stands for its newest build that is available."""
    old = world.rolls_out(entry(AWAY, [SOURCE, TARGET]))
    new = world.rolls_out(entry(AWAY, [SOURCE, TARGET]))
    name = old.rpartition("/")[0].rpartition("/")[0]
    recipe = Account(account, AWAY).plant(part.format(old, name))
    done = run_module(MODULE, ENTERED)
    exact = old in (part.format(old, name), f"{name}/1.0.0/1")
    if part in ("{0}", "{1}/1.0.0/1"):
        assert exact
        assert done["kept"][1] == {**done["kept"][1], "image": old}
        assert done["kept"][1]["reason"] == f"it is still referenced by the recipe {recipe} in account {account}"
    else:
        assert (arns(done["kept"]), arns(done["retired"])) == ([new], [old])


def test_the_newest_build_that_is_available_stays_for_a_recipe(world, run_module):
    old = world.rolls_out(entry(AWAY))
    world.rolls_out(entry(AWAY), name="web-wave-1")
    world.rolls_out(entry(AWAY))
    world.backend.images[world.images()[1]].status = "FAILED"
    world.backend.images[world.images()[2]].status = "FAILED"
    Account(SOURCE, HOME).plant(old.rpartition("/")[0].rpartition("/")[0] + "/x.x.x")
    world.rolls_out(entry(AWAY), source=world.places.plant_ami(SOURCE, HOME, "another").id)
    done = run_module(MODULE, OPTIONS)
    assert old in arns(done["kept"])


@pytest.mark.parametrize("account", [SOURCE, TARGET])
@pytest.mark.parametrize("listed", [True, False])
def test_what_another_home_region_distributes_stays(world, run_module, account, listed):
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
    done = run_module(MODULE, ENTERED)
    assert (arns(done["kept"]), done["retired"]) == ([new, old], [])
    assert theirs in done["kept"][1]["reason"]


# -- accounts that may launch the AMIs ---------------------------------------------------------------------------------


def test_an_account_that_may_launch_them_and_cannot_be_seen_is_said(shared, run_module):
    old, new = [shared.rolls_out(sharing(SHARED, CLOSED)) for _number in range(2)]
    done = run_module(MODULE, {**OPTIONS, "target_account_roles": {SHARED: f"arn:aws:iam::{SHARED}:role/ImageReader"}})
    assert (arns(done["retired"]), arns(done["kept"])) == ([old], [new])
    (warning,) = done["warnings"]
    assert (
        f"1 accounts may launch the AMIs without owning them, and what they use was not checked: {CLOSED} (" in warning
    )
    assert "no role is named for it" in warning


def deny(monkeypatch, *operations):
    """Denies this action in other accounts."""
    call = botocore.client.BaseClient._make_api_call

    def answer(client, operation, parameters):
        own = not client._request_signer._credentials.get_frozen_credentials().access_key.startswith("ASIA")
        if operation in operations and not own:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)
        return call(client, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", answer)


def test_what_such_an_account_does_not_let_one_see_keeps_it(shared, run_module, monkeypatch):
    old, new = [shared.rolls_out(sharing(SHARED)) for _number in range(2)]
    deny(monkeypatch, "DescribeAutoScalingGroups")
    done = run_module(MODULE, ENTERED)
    assert (done["retired"], arns(done["kept"])) == ([], [new, old])
    assert "needs autoscaling:DescribeAutoScalingGroups" in done["kept"][1]["reason"]


@pytest.mark.parametrize(
    "wide",
    [
        {"userGroups": ["all"]},
        {"organizationArns": [f"arn:aws:organizations::{SOURCE}:organization/o-0123456789"]},
        {"organizationalUnitArns": [f"arn:aws:organizations::{SOURCE}:ou/o-0123456789/ou-0123-01234567"]},
    ],
    ids=lambda wide: next(iter(wide)),
)
def test_accounts_with_a_role_of_their_own_count_where_amis_are_shared_widely(shared, run_module, wide):
    old, new = [shared.rolls_out(sharing(**wide)) for _number in range(2)]
    Account(SHARED).default_version(shared.ami(old))
    roles = {SHARED: f"arn:aws:iam::{SHARED}:role/ImageReader"}
    done = run_module(MODULE, {**OPTIONS, "target_account_roles": roles})
    assert (done["retired"], arns(done["kept"])) == ([], [new, old])
