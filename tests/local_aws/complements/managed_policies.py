"""AWS's managed policies, read once. moto reads all thousand of them for each account and after each reset, which took
more time than everything else that the local AWS does for most tests."""

from __future__ import annotations

import copy
from typing import Any


def complete() -> None:
    """Let moto's IAM copy the policies that it has read."""
    from moto.iam.models import IAMBackend

    backend: Any = IAMBackend
    read = backend._init_aws_policies
    if hasattr(read, "of_partitions"):
        return
    # Empty where moto is told not to load them.
    of_partitions: dict[str, list[Any]] = {}

    def init_aws_policies(self: Any) -> list[Any]:
        known = of_partitions.get(self.partition) or read(self)
        of_partitions[self.partition] = known
        return [_copied(policy, self.account_id) for policy in known]

    # For this function itself, when it is called again.
    vars(init_aws_policies)["of_partitions"] = of_partitions
    backend._init_aws_policies = init_aws_policies


def _copied(policy: Any, account: str) -> Any:
    """A policy for an account. Accounts count attachments each for itself."""
    copied = copy.copy(policy)
    copied.account_id = account
    copied.tags = dict(policy.tags)
    copied.versions = [copy.copy(version) for version in policy.versions]
    return copied
