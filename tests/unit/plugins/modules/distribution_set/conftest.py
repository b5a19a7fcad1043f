"""An account with configurations, and the module for a set of them."""

from __future__ import annotations

import pytest

from tests.unit.plugins.modules.distribution_set.sets import ACCOUNT
from tests.unit.plugins.modules.distribution_set.sets import AMI
from tests.unit.plugins.modules.distribution_set.sets import ARN
from tests.unit.plugins.modules.distribution_set.sets import MODULE
from tests.unit.plugins.modules.distribution_set.sets import REGION


@pytest.fixture
def backend(aws):
    """Image Builder of the account and Region that the modules ask."""
    return aws[ACCOUNT][REGION]


@pytest.fixture
def plant(backend):
    """Stores configurations: plant("web", "db", Team="platform") with these tags."""

    def plant(*names, description=None, **tags):
        for name in names:
            stored = {"name": name, "distributions": [{"region": REGION, **AMI}], "tags": tags}
            backend.plant_distribution_configuration(
                {**stored, **({"description": description} if description else {})}
            )

    return plant


@pytest.fixture
def use(aws):
    """Makes a pipeline with this name use a configuration."""
    import boto3

    def use(configuration, pipeline):
        boto3.client("imagebuilder", region_name=REGION).create_image_pipeline(
            name=pipeline,
            imageRecipeArn=f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image-recipe/web/1.0.0",
            infrastructureConfigurationArn=f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:infrastructure-configuration/web",
            distributionConfigurationArn=ARN + configuration,
        )

    return use


@pytest.fixture
def run(run_module):
    """Runs the module: run([configurations], check_mode=..., diff=..., **options) -> its result."""

    def run(configurations, check_mode=False, diff=False, **options):
        return run_module(MODULE, {"distribution_configurations": configurations, **options}, check_mode, diff)

    return run
