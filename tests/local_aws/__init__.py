"""A local AWS: moto's server on loopback, plus what moto lacks: EC2 Image Builder, and a little of License Manager.

``attach()`` adds the service to moto in this process (enough for ``moto.mock_aws()``);
``server.LocalAws`` runs the whole server for tests; ``python -m tests.local_aws`` runs it for anyone who wants to play.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

# The folders that are laid out like moto's own services.
_SERVICES = ("imagebuilder", "licensemanager")


def attach() -> ModuleType:
    """Add the services to moto in this process; harmless when repeated. Returns the module ``moto.imagebuilder``.

    Call it before ``moto.mock_aws()`` starts.
    """
    import moto
    import moto.backend_index

    here = str(Path(__file__).parent)
    if here not in moto.__path__:
        moto.__path__.append(here)
    patterns = moto.backend_index.backend_url_patterns
    for name in _SERVICES:
        if not any(service == name for service, _pattern in patterns):
            urls = importlib.import_module(f"moto.{name}.urls")
            patterns.extend((name, re.compile(base)) for base in urls.url_bases)
    _list_regions_of_one_partition()
    from .sts import refuse_missing_roles

    refuse_missing_roles()
    importlib.import_module("tests.local_aws.complements").complete_moto()
    from .speed import hasten_moto

    hasten_moto()
    return importlib.import_module("moto.imagebuilder")


def _list_regions_of_one_partition() -> None:
    """Have DescribeRegions list the Regions of one partition, as EC2 does; moto lists those of all."""
    from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
    from moto.utilities.utils import get_partition

    def describe_regions(self: Any, region_names: list[str] | None = None) -> list[Any]:
        partition = get_partition(self.region_name)
        regions = [region for region in self.regions if get_partition(region.name) == partition]
        return [region for region in regions if not region_names or region.name in region_names]

    backend: Any = RegionsAndZonesBackend
    backend.describe_regions = describe_regions
