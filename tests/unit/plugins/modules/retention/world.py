"""Two accounts with roles and rollouts in the local AWS of this process, and what others do there."""

from __future__ import annotations

import importlib

from tests.unit.local_aws.stage import aws_managed
from tests.unit.local_aws.stage import put_role
from tests.world import account_root
from tests.world import document
from tests.world import EVERYTHING
from tests.world import IMAGE_BUILDER
from tests.world import trusting

PLUGINS = "ansible_collections.goldimage.aws.plugins"
MODULE = "imagebuilder_image_retention"
SOURCE, TARGET = "123456789012", "111122223333"
HOME, AWAY = "us-west-2", "eu-west-1"
POLICY = "EC2ImageBuilderLifecycleExecutionPolicy"
LIFECYCLE = "imagebuilder-lifecycle"
OPTIONS = {"name": "web", "keep": 1, "execution_role": LIFECYCLE, "wait_delay": 1}
WITH_ROLES = {**OPTIONS, "target_account_role_name": "ImageReader"}


class Passing:
    """The module's clock."""

    def __init__(self):
        self.seconds = 0.0
        self.meanwhile = lambda: None

    def sleep(self, seconds):
        self.seconds += seconds
        self.meanwhile()


def entry(region, accounts=(), **members):
    settings = {"name": "web {{ imagebuilder:buildDate }}"}
    if accounts:
        settings["targetAccountIds"] = list(accounts)
    return {"region": region, "amiDistributionConfiguration": settings, **members}


class Rollouts:
    """Roles in two accounts, and rollouts with the configuration C(web)."""

    def __init__(self):
        import boto3
        from moto.imagebuilder import imagebuilder_backends
        from moto.imagebuilder import moto_resources

        self.moto_resources = moto_resources
        self.client = boto3.client("imagebuilder", region_name=HOME)
        self.backend = imagebuilder_backends[SOURCE][HOME]
        self.role(SOURCE, "dist", IMAGE_BUILDER, EVERYTHING)
        self.role(SOURCE, LIFECYCLE, IMAGE_BUILDER, *aws_managed(POLICY)["Statement"])
        root = account_root(SOURCE)
        self.role(TARGET, "EC2ImageBuilderDistributionCrossAccountRole", root, EVERYTHING)
        self.role(TARGET, "ImageReader", root, EVERYTHING)
        self.role(TARGET, "Ec2ImageBuilderCrossAccountLifecycleAccess", IMAGE_BUILDER, EVERYTHING)

    def role(self, account, name, principal, *statements):
        put_role(name, document(trusting(principal)), document(*statements), account=account)

    def rolls_out(self, *entries, name="web", source=None, **steps):
        """One more rollout with the configuration. Returns its ARN."""
        rollouts = importlib.import_module(f"{PLUGINS}.module_utils._distribution.rollout.rollouts")
        arn = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/{name}"
        if arn in self.backend.distribution_configurations:
            self.client.update_distribution_configuration(distributionConfigurationArn=arn, distributions=entries)
        else:
            self.client.create_distribution_configuration(name=name, distributions=entries)
        ami = source or self.moto_resources.plant_ami(SOURCE, HOME, "base").id
        return self.client.distribute_image(
            sourceImage=ami,
            distributionConfigurationArn=arn,
            executionRole="dist",
            tags=rollouts.identity_tags(ami, arn, list(entries)),
        )["imageBuildVersionArn"]

    def ami(self, arn, region=AWAY, account=SOURCE):
        """The id of an AMI of a rollout, as Image Builder lists it."""
        return self.backend.images[arn].outputs[region, account]["image"]

    def amis(self, region=AWAY, account=SOURCE):
        return set(self.moto_resources.ec2_in(account, region).amis)

    def snapshots(self, region=AWAY, account=SOURCE):
        return [one for one in self.moto_resources.ec2_in(account, region).snapshots.values() if one.from_ami]

    def images(self):
        return list(self.backend.images)


class OtherExecution:
    """Somebody else's state updates of an image."""

    def __init__(self, world, arn):
        self.world, self.arn = world, arn
        self.identifier = None

    def starts(self, status, **more):
        include = {"amis": True, **({"snapshots": True} if status == "DELETED" else {})}
        answer = self.world.client.start_resource_state_update(
            resourceArn=self.arn,
            state={"status": status},
            executionRole=LIFECYCLE,
            includeResources=include,
            clientToken="theirs",
            **more,
        )
        self.identifier = answer["lifecycleExecutionId"]
        return self

    def ends(self):
        """AWS carries it out."""
        from moto.imagebuilder.switches import switches

        switches.set(image_transition_polls=0)
        while self.world.client.get_lifecycle_execution(lifecycleExecutionId=self.identifier)["lifecycleExecution"][
            "state"
        ]["status"] not in ("SUCCESS", "FAILED"):
            pass


def arns(listed):
    return [one["image"] for one in listed]
