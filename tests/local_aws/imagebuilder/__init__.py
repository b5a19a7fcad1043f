"""EC2 Image Builder for moto, laid out as moto lays out its own services.

Imported as ``moto.imagebuilder`` once ``tests.local_aws.attach()`` has run; never import it by another name, or its
state exists twice.
"""

from .models import imagebuilder_backends

__all__ = ["imagebuilder_backends"]
