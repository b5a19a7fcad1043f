"""What the tests of rollouts share: IAM roles and an AMI in three accounts, and what was distributed."""

from __future__ import annotations

from typing import Any

from tests.local_aws.server import LocalAws
from tests.world import account_root
from tests.world import DESTINATION_ROLE
from tests.world import IMAGE_BUILDER
from tests.world import ONE
from tests.world import SOURCE
from tests.world import TWO
from tests.world import World

ROLE = "imagebuilder-distribution"
MODULE = "goldimage.aws.imagebuilder_image_distribution"
INFO = "goldimage.aws.imagebuilder_image_distribution_info"
NAME = "web {{ imagebuilder:buildDate }}"


class ImageWorld(World):
    """The local AWS with everything that a rollout needs, and the configuration `web`."""

    aws: LocalAws

    def __init__(self, aws: LocalAws) -> None:
        super().__init__(aws)
        self.create_able_role(ROLE, IMAGE_BUILDER)
        for account in (ONE, TWO):
            self.create_able_role(DESTINATION_ROLE, account_root(SOURCE), account)
        self.source = aws.plant_ami("web", tags={"Team": "web"})
        self.arn = ""

    def images(self) -> list[dict[str, Any]]:
        """All builds as Image Builder lists them, oldest first."""
        images = self.imagebuilder.list_image_build_versions()["imageSummaryList"]
        return sorted(images, key=lambda image: int(image["arn"].rpartition("/")[2]))

    def calls(self, operation: str) -> int:
        """How many requests of this kind Image Builder carried out."""
        calls = self.aws.requests("imagebuilder", operation)
        return len([call for call in calls if call["status"] == 200 or call["fault"] == "lost_answer"])


def entry(region: str, **more: Any) -> dict[str, Any]:
    """The entry of a Region in the API's form; `ami` are its AMI settings."""
    return {"region": region, "amiDistributionConfiguration": {"name": NAME, **more.pop("ami", {})}, **more}


def distribute(task: str = "Distribute", **options: Any) -> dict[str, Any]:
    """A task that distributes the image in the variable `source`. The task's keywords are given as `_keyword`."""
    keywords = {key[1:]: options.pop(key) for key in list(options) if key.startswith("_")}
    usual = {"source_image": "{{ source }}", "name": "web", "execution_role": ROLE, "wait_delay": 1}
    if "image_build_version_arn" in options:
        usual = {"wait_delay": 1}
    return {"name": task, MODULE: {**usual, **options}, **keywords}
