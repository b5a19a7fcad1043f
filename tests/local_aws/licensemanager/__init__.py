"""License Manager for moto, laid out as moto lays out its own services, to the extent that it concerns AMIs.

Imported as ``moto.licensemanager`` once ``tests.local_aws.attach()`` has run; never import it by another name, or its
state exists twice.
"""

from .models import licensemanager_backends

__all__ = ["licensemanager_backends"]
