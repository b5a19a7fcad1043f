"""Keys that AWS manages: moto makes them for the reserved aliases, but calls them a customer's.

Source: KMS API, KeyMetadata; KMS developer guide, "AWS managed keys".
"""

from __future__ import annotations

from typing import Any
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moto.kms.models import Key

RESERVED = "alias/aws/"


def is_aws_managed(key: Key) -> bool:
    """Whether AWS manages moto's key, so that no other account can use it."""
    return any(alias.startswith(RESERVED) for alias in key.aliases)


def complete() -> None:
    """Have DescribeKey tell who manages a key."""
    from moto.kms.models import Key

    def manager(self: Key) -> str:
        return "AWS" if is_aws_managed(self) else "CUSTOMER"

    # moto sets it when it creates a key, before the key has an alias.
    model: Any = Key
    model.key_manager = property(manager, lambda self, value: None)
