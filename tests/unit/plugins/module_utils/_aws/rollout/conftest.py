"""AWS's answers in the order in which a test expects the requests."""

from __future__ import annotations

import pytest

from tests.unit import images


@pytest.fixture
def script():
    made = images.Script()
    yield made
    made.is_read()
