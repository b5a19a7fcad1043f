"""What the parts of the backend share: the resources that several of them look up, their ARNs, and the lock."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING
from typing import TypeVar

from moto.core.base_backend import BackendDict
from moto.core.base_backend import BaseBackend

from .exceptions import ResourceNotFoundException
from .resources import DistributionConfiguration
from .resources import folded
from .resources import ImagePipeline

if TYPE_CHECKING:
    from .models import ImageBuilderBackend

_Stored = TypeVar("_Stored")


class ResourceStore(BaseBackend):
    """The resources of one account and Region. sequence: how many resources it has had."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.distribution_configurations: dict[str, DistributionConfiguration] = {}
        self.image_pipelines: dict[str, ImagePipeline] = {}
        self.sequence = 0
        # Requests come from many threads; what reads before it writes must hold the lock.
        self.lock = RLock()

    @property
    def backends(self) -> BackendDict[ImageBuilderBackend]:
        """All backends of the service, by account and Region."""
        from .models import imagebuilder_backends

        return imagebuilder_backends

    def _arn(self, resource_type: str, name: str) -> str:
        return f"arn:{self.partition}:imagebuilder:{self.region_name}:{self.account_id}:{resource_type}/{folded(name)}"

    @staticmethod
    def _find(resources: dict[str, _Stored], arn: str) -> _Stored:
        try:
            return resources[arn]
        except KeyError:
            raise ResourceNotFoundException(arn) from None
