"""Pieces of work, each done by one run of one module: everything that the modules write."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from functools import partial
from typing import Any

from tests.integration.image_world import entry
from tests.integration.image_world import ImageWorld
from tests.integration.image_world import ROLE
from tests.reliability.wanted import gone
from tests.reliability.wanted import wanted_configuration
from tests.reliability.wanted import WantedConfiguration
from tests.reliability.world import arn_of
from tests.reliability.world import ReliabilityWorld
from tests.world import DESTINATION_ROLE
from tests.world import EUROPE
from tests.world import HOME
from tests.world import SOURCE

DISTRIBUTION = "imagebuilder_distribution"
SET = "imagebuilder_distribution_set"
ROLLOUT = "imagebuilder_image_distribution"
RETENTION = "imagebuilder_image_retention"
EXECUTION_ROLE = "imagebuilder_execution_role"
CROSS_ACCOUNT_ROLE = "imagebuilder_cross_account_role"


@dataclass
class ModuleRun:
    """Work to do once: a module, its options, and the proof that it is done.

    done: whether the service stores what was requested. repeatable: an operation that may be requested again, because
    the service does not show its effect at once.
    """

    module: str
    options: dict[str, Any]
    done: Callable[[], bool]
    repeatable: str | None = None


class Scene:
    """Makes the work, each time with new names, so that the cases are independent."""

    def __init__(self, world: ReliabilityWorld) -> None:
        self.world = world
        self._numbers = itertools.count(1)
        self.makers = {name: partial(make, self) for name, make in RUNS.items()}

    def _name(self, what: str) -> str:
        return f"{what}-{next(self._numbers)}"

    def _plant(self, *wanted: WantedConfiguration) -> None:
        for each in wanted:
            if each.stored:
                self.world.aws.plant({**each.stored, "dateCreated": "2026-03-01T08:15:30.125Z"})

    def _stored(self, arn: str) -> dict[str, Any]:
        """A configuration that exists."""
        stored = self.world.aws.stored(arn)
        assert stored is not None, arn
        return stored

    def _work(self, module: str, options: dict[str, Any], *wanted: WantedConfiguration) -> ModuleRun:
        return ModuleRun(module, options, lambda: all(self.world.stored(each.name) == each.stored for each in wanted))

    # -- configurations ------------------------------------------------------------------------------------------

    def create(self) -> ModuleRun:
        wanted = wanted_configuration(
            self._name("created"), "us-east-1", "eu-west-1", tags={"Team": "web", "Stage": "test"}
        )
        return self._work(DISTRIBUTION, wanted.options, wanted)

    def _changed(self) -> WantedConfiguration:
        """An existing one that gets other Regions, loses a tag and gets another one."""
        name = self._name("changed")
        self._plant(wanted_configuration(name, "us-east-1", "eu-west-1", tags={"Team": "web", "Old": "1"}))
        return wanted_configuration(name, "us-east-1", "sa-east-1", text="New", tags={"Team": "platform"})

    def _removed(self) -> WantedConfiguration:
        name = self._name("removed")
        self._plant(wanted_configuration(name, "us-east-1"))
        return gone(name)

    def update(self) -> ModuleRun:
        wanted = self._changed()
        return self._work(DISTRIBUTION, wanted.options, wanted)

    def delete(self) -> ModuleRun:
        wanted = self._removed()
        return self._work(DISTRIBUTION, wanted.options, wanted)

    def set(self, workers: int) -> ModuleRun:
        """One created, one changed, one removed, and one purged."""
        owner = {"Owner": self._name("owner")}
        made = wanted_configuration(self._name("created"), "us-east-1", tags={"Team": "web", **owner})
        changed, removed, surplus = self._changed(), self._removed(), gone(self._name("surplus"))
        assert changed.stored is not None
        changed.stored["tags"].update(owner)
        self._plant(wanted_configuration(surplus.name, "us-east-1", tags=owner))
        listed = [{**made.options, "tags": {"Team": "web"}}, changed.options, removed.options]
        options = {"distribution_configurations": listed, "workers": workers, "purge": True, "ownership_tags": owner}
        return self._work(SET, options, made, changed, removed, surplus)

    # -- rollouts ------------------------------------------------------------------------------------------------

    @cached_property
    def images(self) -> ImageWorld:
        """IAM roles, and an AMI to distribute."""
        return ImageWorld(self.world.aws)

    def _rollout(self) -> tuple[str, dict[str, Any]]:
        name = self._name("rollout")
        arn = self.images.configure(entry(HOME), name=name)
        options = {"source_image": self.images.source, "name": name, "execution_role": ROLE, "progress": False}
        return arn, options

    def _builds(self, arn: str) -> list[str]:
        """The states of all images of a configuration."""
        return [
            self.world.aws.image(image["arn"])["state"]["status"]
            for page in self.images.imagebuilder.get_paginator("list_image_build_versions").paginate()
            for image in page["imageSummaryList"]
            if image["tags"].get("goldimage.aws:distribution-configuration") == arn
        ]

    def _distribute(self, options: dict[str, Any]) -> str:
        result = self.world.run(ROLLOUT, {**options, "wait": False})
        return str(result["image"]["arn"])

    def start(self) -> ModuleRun:
        arn, options = self._rollout()
        return ModuleRun(ROLLOUT, options, lambda: self._builds(arn) == ["AVAILABLE"])

    def retry(self) -> ModuleRun:
        arn, options = self._rollout()
        trouble = self.world.aws.fail_distribution("COPY_AMI", times=1)
        self.world.run(ROLLOUT, options)
        self.world.aws.clear_distribution_failures(trouble)
        return ModuleRun(ROLLOUT, options, lambda: self._builds(arn) == ["AVAILABLE"])

    def cancel(self) -> ModuleRun:
        arn, options = self._rollout()
        self.world.aws.hold_image(self._distribute(options), "DISTRIBUTING")
        options = {**options, "state": "cancelled"}
        return ModuleRun(ROLLOUT, options, lambda: self._builds(arn) == ["CANCELLED"], repeatable="CancelImageCreation")

    def wave(self) -> ModuleRun:
        """One of two Regions already has the image; the configuration holds only the other one during the rollout."""
        name, regions = self._name("waves"), [HOME, "eu-west-1"]
        entries = [entry(region) for region in regions]
        client = self.images.imagebuilder
        arn = self.images.configure(entries[0], name=name)
        tags = {"goldimage.aws:waves": name}
        of_wave = client.create_distribution_configuration(
            name=f"{name}-wave-1",
            description=f"Wave 1 of 1 of {name}: {', '.join(regions)}",
            distributions=entries[:1],
            tags=tags,
        )["distributionConfigurationArn"]
        options = {"source_image": self.images.source, "name": name, "execution_role": ROLE, "progress": False}
        self.world.run(ROLLOUT, {**options, "wave": {"number": 1, "of": 1, "regions": regions[:1]}})
        for one in (arn, of_wave):
            client.update_distribution_configuration(
                distributionConfigurationArn=one,
                description=self._stored(one).get("description") or name,
                distributions=entries,
            )

        def done() -> bool:
            held = [one["region"] for one in self._stored(of_wave)["distributions"]]
            return (self._builds(of_wave), held) == (["AVAILABLE"] * 2, regions)

        return ModuleRun(ROLLOUT, {**options, "wave": {"number": 1, "of": 1, "regions": regions}, "workers": 1}, done)

    def repair(self) -> ModuleRun:
        """The launch permissions, a tag and a parameter of an AMI drifted, in the order in which they are repaired."""
        name, stranger = self._name("drift"), "999988887777"
        parameter = f"/images/{name}"
        home = entry(HOME, ssmParameterConfigurations=[{"parameterName": parameter, "dataType": "text"}])
        away = entry("eu-west-1", ami={"amiTags": {"Team": "web"}})
        self.images.configure(home, away, name=name)
        options = {"source_image": self.images.source, "name": name, "execution_role": ROLE, "progress": False}
        amis = {one["region"]: one["ami_id"] for one in self.world.run(ROLLOUT, options)["image"]["amis"]}
        ssm, ec2 = self.world.aws.client("ssm", HOME), self.world.aws.client("ec2", "eu-west-1")
        ami_id = amis["eu-west-1"]
        ec2.modify_image_attribute(ImageId=ami_id, LaunchPermission={"Add": [{"UserId": stranger}]})
        ec2.create_tags(Resources=[ami_id], Tags=[{"Key": "Team", "Value": "other"}])
        ssm.put_parameter(Name=parameter, Value="ami-0fff", Type="String", Overwrite=True)

        def done() -> bool:
            answer = ec2.describe_image_attribute(ImageId=ami_id, Attribute="launchPermission")
            tags = ec2.describe_images(ImageIds=[ami_id])["Images"][0]["Tags"]
            value = ssm.get_parameter(Name=parameter)["Parameter"]["Value"]
            shared = [one.get("UserId") for one in answer["LaunchPermissions"]]
            return (stranger in shared, {"Key": "Team", "Value": "web"} in tags, value) == (False, True, amis[HOME])

        return ModuleRun("imagebuilder_image_distribution_repair", {"name": name, "workers": 1}, done)

    def retire(self) -> ModuleRun:
        """An older rollout, with its AMI and its snapshot."""
        name = self._name("retired")
        arn = self.images.configure(entry(EUROPE), name=name)
        for number in range(2):
            source = self.world.aws.plant_ami(f"{name}-{number}")
            self.world.run(ROLLOUT, {"source_image": source, "name": name, "execution_role": ROLE, "progress": False})
        options = {"name": name, "keep": 1, "execution_role": ROLE, "workers": 1}
        # AWS answers a repeated request with the execution that the first one started.
        return ModuleRun(RETENTION, options, lambda: len(self._builds(arn)) == 1, repeatable="StartResourceStateUpdate")

    # -- what refers to configurations and images ----------------------------------------------------------------

    def attach(self) -> ModuleRun:
        name = self._name("pipeline")
        self._plant(wanted_configuration(name, "us-east-1"))
        arn = self.world.pipeline(name)
        configuration = arn_of(name)

        def done() -> bool:
            pipeline = self.world.imagebuilder.get_image_pipeline(imagePipelineArn=arn)["imagePipeline"]
            return bool(pipeline.get("distributionConfigurationArn") == configuration)

        options = {"image_pipeline_arn": arn, "distribution_configuration_arn": configuration}
        return ModuleRun("imagebuilder_pipeline_attachment", options, done)

    # -- IAM roles -----------------------------------------------------------------------------------------------

    def _spec(self) -> dict[str, Any]:
        """A spec with its own target account."""
        name = self._name("spec")
        account = str(700000000000 + int(name.rsplit("-", 1)[-1]))
        parameter = {"parameter_name": f"/images/{name}", "ami_account_id": account}
        distribution = {
            "region": HOME,
            "ami_distribution_configuration": {"name_prefix": name, "target_account_ids": [account]},
            "ssm_parameter_configurations": [parameter],
        }
        return {"spec_id": name, "distribution_configurations": [{"name": name, "distributions": [distribution]}]}

    def _policies(self, role: str, account: str = SOURCE) -> dict[str, list[str]] | None:
        """The names of a role's policies; None if the role does not exist."""
        stored = self.world.role(role, account)
        if stored is None:
            return None
        return {"inline": [*stored.inline], "managed": [arn.rpartition("/")[2] for arn in stored.managed]}

    def execution_role(self) -> ModuleRun:
        spec = self._spec()
        name = f"role-{spec['spec_id']}"
        wanted = {
            "inline": [f"goldimage-{spec['spec_id']}-{HOME}"],
            "managed": ["EC2ImageBuilderExecutionPolicy"],
        }
        options = {"name": name, "use": "pipeline", "log_group": "/images", **spec}
        return ModuleRun(EXECUTION_ROLE, options, lambda: self._policies(name) == wanted)

    def leave_execution_role(self) -> ModuleRun:
        options = self.execution_role().options
        self.world.run(EXECUTION_ROLE, options)
        left = {"name": options["name"], "spec_id": options["spec_id"], "state": "absent", "workers": 1}
        return ModuleRun(EXECUTION_ROLE, left, lambda: self._policies(options["name"]) is None)

    def cross_account_roles(self) -> ModuleRun:
        spec = self._spec()
        [configuration] = spec["distribution_configurations"]
        [account] = configuration["distributions"][0]["ami_distribution_configuration"]["target_account_ids"]
        wanted = {
            "inline": [f"goldimage-{spec['spec_id']}-{HOME}-{SOURCE}"],
            "managed": ["Ec2ImageBuilderCrossAccountDistributionAccess"],
        }
        options = {"target_account_role_name": "Admin", "workers": 1, **spec}
        self.world.aws.switch(assumable_roles=["Admin"])
        return ModuleRun(CROSS_ACCOUNT_ROLE, options, lambda: self._policies(DESTINATION_ROLE, account) == wanted)

    def leave_cross_account_roles(self) -> ModuleRun:
        work = self.cross_account_roles()
        self.world.run(CROSS_ACCOUNT_ROLE, work.options)
        [configuration] = work.options["distribution_configurations"]
        [account] = configuration["distributions"][0]["ami_distribution_configuration"]["target_account_ids"]
        return ModuleRun(
            CROSS_ACCOUNT_ROLE,
            {**work.options, "state": "absent"},
            lambda: self._policies(DESTINATION_ROLE, account) is None,
        )


RUNS: dict[str, Callable[[Scene], ModuleRun]] = {
    "a create": Scene.create,
    "an update": Scene.update,
    "a deletion": Scene.delete,
    "a set": lambda scene: scene.set(1),
    "a set of many at once": lambda scene: scene.set(5),
    "a rollout": Scene.start,
    "a retry": Scene.retry,
    "a cancellation": Scene.cancel,
    "a retirement": Scene.retire,
    "an attachment": Scene.attach,
    "a wave": Scene.wave,
    "repairs": Scene.repair,
    "an execution role": Scene.execution_role,
    "an execution role that is left": Scene.leave_execution_role,
    "cross-account roles": Scene.cross_account_roles,
    "cross-account roles that are left": Scene.leave_cross_account_roles,
}
