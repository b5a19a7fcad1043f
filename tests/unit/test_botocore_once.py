"""Sessions and clients share what botocore makes, but not their handlers."""

from __future__ import annotations

import copy
from typing import Any

import botocore.hooks
import pytest

EVENT = "before-call.imagebuilder.GetImage"


def called(emitter: Any, event: str = EVENT) -> list[str]:
    return [answer for _handler, answer in emitter.emit(event)]


def first(**_event: Any) -> str:
    return "first"


def second(**_event: Any) -> str:
    return "second"


def third(**_event: Any) -> str:
    return "third"


@pytest.mark.parametrize("name", [EVENT, "before-call.*.GetImage", "before-call"])
def test_a_copy_and_its_original_have_handlers_of_their_own(name: str) -> None:
    original = botocore.hooks.EventAliaser(botocore.hooks.HierarchicalEmitter())
    original.register(name, first)
    copied = copy.copy(original)
    copied.register(name, second)
    again = copy.copy(copied)
    again.register("before-call.imagebuilder", third)
    original.unregister(name, first)
    assert called(original) == []
    assert called(copied) == ["first", "second"]
    assert sorted(called(again)) == ["first", "second", "third"]
    again.unregister(name, first)
    assert called(copied) == ["first", "second"]
    assert sorted(called(again)) == ["second", "third"]


def test_tables_of_handlers_are_shared() -> None:
    original = botocore.hooks.HierarchicalEmitter()
    original.register(EVENT, first)
    assert copy.copy(original)._handlers._root is original._handlers._root
