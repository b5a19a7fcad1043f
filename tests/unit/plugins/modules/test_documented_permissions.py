"""The permissions that each module's documentation lists, tested with moto's IAM, which looks only at actions: they are
sufficient, no other ones are used, and the result names each one that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.conftest import COLLECTION
from tests.unit.plugins.modules.enforced import documented
from tests.unit.plugins.modules.enforced import Enforced
from tests.unit.plugins.modules.enforced import named
from tests.unit.plugins.modules.tasks.cases import CASES
from tests.unit.plugins.modules.tasks.parts import TaskCase

pytestmark = pytest.mark.current_botocore


def attempts(here: Enforced, case: TaskCase, *allowed: set[str]) -> Iterator[dict[str, Any]]:
    """Runs a task with each of these sets of permissions, each time from the same state of AWS."""
    options = None
    with pytest.MonkeyPatch.context() as patch:
        here.patch = patch
        for actions in allowed:
            if options is None or not case.module.endswith("_info"):
                patch.undo()
                here.reset()
                options = {**case.options, **case.prepare(here)}
            yield here.run(case.module, options, actions, case.check_mode)


def taken_away(title: str) -> list[set[str]]:
    """The permissions to remove in turn. Each is removed once for each module, in the first task that needs it."""
    case = CASES[title]
    before = [other for other in list(CASES.values())[: list(CASES).index(title)] if other.module == case.module]
    first_here = case.needs.difference(*(other.needs for other in before))
    groups = [group & first_here for group in case.together]
    alone = first_here.difference(*groups)
    return [*filter(None, groups), *({action} for action in sorted(alone))]


@pytest.mark.parametrize("title", CASES)
def test_they_are_enough_and_each_missing_one_is_named(here, title):
    case = CASES[title]
    missing = taken_away(title)
    results = attempts(here, case, case.needs, *(case.needs - actions for actions in missing))
    result = next(results)
    assert bool(result.get("failed")) is case.fails, result
    assert named(result) == set(), result
    for actions, result in zip(missing, results, strict=True):
        assert named(result) == actions, result


def test_every_module_has_cases(root):
    # The role's own action makes no requests itself.
    modules = {path.stem for path in (root / "plugins" / "modules").glob("*.py")} - {"distribution_rollout"}
    assert {case.module for case in CASES.values()} == modules


@pytest.mark.parametrize("module", sorted({case.module for case in CASES.values()}))
def test_the_documentation_lists_these_and_no_others(module):
    needed = set().union(*(case.needs for case in CASES.values() if case.module == module))
    assert needed == documented(module, COLLECTION)
