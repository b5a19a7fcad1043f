"""moto with Image Builder in this process, without sockets: starting and emptying it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.local_aws.environment import environment


@contextmanager
def mocked(region: str, account: str) -> Iterator[pytest.MonkeyPatch]:
    """moto for clients of boto3 without explicit credentials. Starting it takes longer than most tests."""
    import moto

    from tests.local_aws import attach

    attach()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment("", region, account).items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL")
        # Creating thousands of sample AMIs for each account and Region would take seconds.
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with moto.mock_aws():
            yield patch


def forget_everything() -> None:
    """Remove all resources, switches and faults."""
    from moto.imagebuilder.switches import switches
    from moto.imagebuilder.trouble import troubles

    from tests.local_aws.control import forget_backends

    forget_backends()
    switches.reset()
    troubles.clear()
