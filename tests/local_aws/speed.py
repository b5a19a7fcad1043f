"""Work that moto repeats for each request or key, done once."""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def hasten_moto() -> None:
    """Have moto keep what it would make again; harmless when repeated. Call it after all changes of moto's classes."""
    import moto.core.responses
    import moto.ec2.utils
    import moto.kms.models

    # Each request lists the methods of its service's class.
    responses: Any = moto.core.responses
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)

    # A symmetric key gets a private key too, which takes longer to find than ten requests take. Nothing here signs, so
    # all keys of one kind share theirs.
    kms: Any = moto.kms.models
    kms.generate_private_key = functools.cache(kms.generate_private_key)

    # EC2 in each account and Region begins with dozens of ids, which moto makes digit by digit.
    ec2: Any = moto.ec2.utils
    ec2.random_resource_id = lambda size=8: f"{ec2.random.getrandbits(4 * size):0{size}x}"
