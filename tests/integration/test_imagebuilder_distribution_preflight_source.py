"""The preflight of a source image, and what a rollout of the same image does."""

from __future__ import annotations

import pytest

from tests.integration.preflight_world import CENTRAL
from tests.integration.preflight_world import EXPORTS
from tests.integration.preflight_world import found
from tests.integration.preflight_world import HOME
from tests.integration.preflight_world import image
from tests.integration.preflight_world import PreflightWorld
from tests.integration.preflight_world import task
from tests.integration.preflight_world import WEST
from tests.local_aws.server import LocalAws
from tests.world import IMAGE_BUILDER
from tests.world import ONE
from tests.world import SOURCE
from tests.world import trusting

DISTRIBUTE = "goldimage.aws.imagebuilder_image_distribution"


@pytest.fixture
def world(aws: LocalAws) -> PreflightWorld:
    return PreflightWorld(aws)


def test_a_source_image_that_cannot_be_distributed(world, aws, ansible):
    """The preflight and check mode fail, and nothing is started."""
    execution = world.create_able_role("ImageDistribution", IMAGE_BUILDER)
    distributions = [{"region": HOME, "amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}"}}]
    aws.client("imagebuilder", HOME).create_distribution_configuration(name="web", distributions=distributions)
    sources = {
        "ami-0123456789abcdef0": f"does not exist in {HOME} for account {SOURCE}",
        aws.plant_ami("pending", state="pending"): f"is pending in {HOME}",
        aws.plant_ami("foreign", owner_id=ONE): f"belongs to account {ONE}",
        "ssm:/images/nowhere": "the SSM parameter /images/nowhere",
    }
    well = aws.plant_ami("well")
    tasks = []
    for source in (*sources, well):
        tasks.append({**task(f"Preflight {source}", name="web", source_image=source)})
        rollout = {"name": "web", "source_image": source, "execution_role": execution, "wait": False}
        for mode in (True, False):
            title = f"{'Check' if mode else 'Distribute'} {source}"
            tasks.append({"name": title, DISTRIBUTE: rollout, "check_mode": mode, "ignore_errors": True})
    run = ansible.playbook(tasks)
    for source, text in sources.items():
        assert run[f"Preflight {source}"]["passed"] is False
        assert text in found(run[f"Preflight {source}"], "error")["source_image", HOME, SOURCE]
        for mode in ("Check", "Distribute"):
            assert run[f"{mode} {source}"]["failed"]
            assert text in run[f"{mode} {source}"]["msg"]
    assert run[f"Preflight {well}"]["passed"] is True
    assert run[f"Check {well}"]["changed"]
    assert run[f"Distribute {well}"]["changed"]
    assert len(aws.requests("imagebuilder", "DistributeImage")) == 1


def test_what_the_preflight_finds_fails_in_a_rollout_too(world, aws, ansible):
    """Each separately: the preflight reports it, and the local AWS, which does not know it, fails as AWS does."""
    # Nothing here is about waiting.
    aws.switch(image_transition_polls=0)
    execution = world.create_able_role("ImageDistribution", IMAGE_BUILDER)
    world.create_role("vmimport", [trusting(EXPORTS)])
    world.bucket("example-images-west", WEST)
    export = {"role_name": "vmimport", "disk_image_format": "RAW", "s3_bucket": "example-images-west"}
    aws.client("ec2", CENTRAL).enable_ebs_encryption_by_default()
    own = world.key(HOME, "own", ()).arn
    cases = {
        "windows": (aws.plant_ami("windows", platform="windows"), WEST, {"s3_export_configuration": export}),
        "marketplace": (aws.plant_ami("bought", product_codes=["abc"]), WEST, {"s3_export_configuration": export}),
        "encrypted": (aws.plant_ami("closed", kms_key_id=own), WEST, {"s3_export_configuration": export}),
        "watermark": (
            aws.plant_ami("marked", watermarks=["approved"]),
            WEST,
            {"ami_distribution_configuration": image(launch_permission={"user_groups": ["all"]})},
        ),
        "default key": (
            aws.plant_ami("plain"),
            CENTRAL,
            {"ami_distribution_configuration": image(launch_permission={"user_ids": [ONE]})},
        ),
        "linux": (aws.plant_ami("linux"), WEST, {"fast_launch_configurations": [{"enabled": True}]}),
        "fine": (aws.plant_ami("fine"), WEST, {"s3_export_configuration": export}),
    }
    tasks = []
    for name, (source, region, entry) in cases.items():
        distributions = [{"region": region, "ami_distribution_configuration": image(), **entry}]
        options = {"name": f"case {name}", "distributions": distributions}
        tasks += [
            {"name": f"Create {name}", "goldimage.aws.imagebuilder_distribution": options},
            task(f"Preflight {name}", **options, source_image=source),
            {
                "name": f"Distribute {name}",
                DISTRIBUTE: {
                    "name": f"case {name}",
                    "source_image": source,
                    "execution_role": execution,
                    "wait_delay": 1,
                    "progress": False,
                },
                "ignore_errors": True,
            },
        ]
    run = ansible.playbook(tasks)
    for name in cases:
        well = name == "fine"
        assert run[f"Preflight {name}"]["passed"] is well, (name, found(run[f"Preflight {name}"], "error"))
        assert bool(run[f"Distribute {name}"].get("failed")) is not well, name
