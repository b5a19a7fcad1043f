"""A rollout of the AMI of these tests: the task, the request, what AWS lists and shows."""

from __future__ import annotations

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import rollouts

from tests.unit import images
from tests.unit.images import CONFIGURATION
from tests.unit.images import ENTRY
from tests.unit.images import SOURCE

ROLE = "imagebuilder-distribution"
WEB = {"source_image": SOURCE, "distribution_configuration_arn": CONFIGURATION, "execution_role": ROLE, "wait": False}
TAGS = rollouts.identity_tags(SOURCE, CONFIGURATION, [ENTRY])
OTHER_TAGS = rollouts.identity_tags(SOURCE, CONFIGURATION, [{**ENTRY, "region": "us-east-1"}])
BODY = {"sourceImage": SOURCE, "distributionConfigurationArn": CONFIGURATION, "executionRole": ROLE, "tags": TAGS}


def image(status="AVAILABLE", build=1, tags=None, **more):
    return images.image(status, build, tags=TAGS if tags is None else tags, **more)


def token(newest=None, body=None):
    return rollouts.client_token(body or BODY, newest)


def unseen(script, looks):
    """GetImage does not find the image several times."""
    for _look in range(looks):
        script.refuses("get_image", "ResourceNotFoundException")
    return script
