"""Somebody who uses AMIs in an account, in every way that counts, and those who may launch them."""

from __future__ import annotations

import json

import boto3
import botocore.client
from botocore.exceptions import ClientError

from tests.unit.plugins.modules.retention.world import AWAY
from tests.unit.plugins.modules.retention.world import entry
from tests.unit.plugins.modules.retention.world import SOURCE

OTHER = "ami-0abcdef1234567890"
SHARED, CLOSED = "444455556666", "777788889999"
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


def sharing(*accounts, **more):
    """The entry of a Region whose AMIs these accounts may launch."""
    made = entry(AWAY)
    users = {"userIds": list(accounts)} if accounts else {}
    made["amiDistributionConfiguration"]["launchPermission"] = {**users, **more}
    return made


def deny(monkeypatch, *operations):
    """Denies this action in other accounts."""
    call = botocore.client.BaseClient._make_api_call

    def answer(client, operation, parameters):
        own = not client._request_signer._credentials.get_frozen_credentials().access_key.startswith("ASIA")
        if operation in operations and not own:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)
        return call(client, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", answer)
