"""The part of the control endpoint that steers images: what is read, planted, held, ended, or made to fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import TYPE_CHECKING

from moto.core.base_backend import BackendDict

from . import attach

if TYPE_CHECKING:
    from .imagebuilder.image_operations import AmiRecord
    from .imagebuilder.images import Image
    from .imagebuilder.models import ImageBuilderBackend
    from .imagebuilder.trouble import TroubleBook


class ImageControl:
    """One method for each thing; ``routes`` gives method and path of each."""

    def __init__(self) -> None:
        attach()
        from moto.imagebuilder import imagebuilder_backends
        from moto.imagebuilder import life_cycle
        from moto.imagebuilder import moto_resources
        from moto.imagebuilder.trouble import troubles

        self._backends: BackendDict[ImageBuilderBackend] = imagebuilder_backends
        self._life_cycle = life_cycle
        self._moto_resources = moto_resources
        self._troubles: TroubleBook = troubles

    def routes(self) -> dict[tuple[str, str], Callable[[dict[str, Any]], Any]]:
        """Method and path below ``/local-aws/`` -> what answers."""
        return {
            ("POST", "images"): self.plant_image,
            ("POST", "image"): self.image,
            ("PUT", "image"): self.steer_image,
            ("POST", "source-images"): self.plant_ami,
            ("POST", "ami-records"): self.ami_records,
            ("GET", "troubles"): lambda _body: self._troubles.as_list(),
            ("POST", "troubles"): lambda body: self._troubles.add(**body),
            ("DELETE", "troubles"): lambda body: self._troubles.clear(body.get("identifier")),
            ("PUT", "block-public-access"): self.block_public_access,
        }

    def reset(self) -> None:
        """Remove the failures on demand, which no backend holds."""
        self._troubles.clear()

    def _backend(self, body: dict[str, Any]) -> ImageBuilderBackend:
        return self._backends[body.pop("account")][body.pop("region")]

    def _image(self, arn: str) -> Image:
        parts = arn.split(":")
        return self._backends[parts[4]][parts[3]].images[arn]

    def plant_image(self, body: dict[str, Any]) -> str:
        """Store an image as if a pipeline had made it. Returns its ARN."""
        return self._backend(body).plant_image(**body)

    def image(self, body: dict[str, Any]) -> dict[str, Any]:
        """``image`` of GetImage, but without moving it on."""
        return self._image(body["arn"]).shown()

    def steer_image(self, body: dict[str, Any]) -> None:
        """Hold an image in a state (``hold``, null to let it go), or put it into one (``status``, ``reason``)."""
        image = self._image(body["arn"])
        if "hold" in body:
            image.held_in = body["hold"]
        if "status" in body:
            self._life_cycle.end(image, body["status"], body.get("reason"))

    def plant_ami(self, body: dict[str, Any]) -> str:
        """Register an AMI with what moto's RegisterImage leaves out. Returns its id."""
        account, region = body.pop("account"), body.pop("region")
        return str(self._moto_resources.plant_ami(account, region, **body).id)

    def ami_records(self, body: dict[str, Any]) -> AmiRecord:
        """What Image Builder did to an AMI that moto cannot store."""
        return self._backend(body).records.get(body["ami_id"], {})

    def block_public_access(self, body: dict[str, Any]) -> None:
        """Block public AMIs in an account and Region, or allow them again."""
        self._backend(body).block_public_access = body["blocked"]
