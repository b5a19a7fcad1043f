"""The questions are asked with hundreds of clients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import botocore_once


@pytest.fixture(scope="session", autouse=True)
def botocore_made_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        botocore_once.share_what_is_always_the_same(patch)
        yield
