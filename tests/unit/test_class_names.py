"""A class is known by its name alone: no two in plugins and tests share one."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Ansible looks for plugins under these names.
GIVEN_BY_ANSIBLE = {"ActionModule", "CallbackModule", "FilterModule", "LookupModule", "ModuleDocFragment"}


def locations_of_classes() -> dict[str, list[str]]:
    """Name of a class -> where it is defined. Classes in functions count too."""
    locations = defaultdict(list)
    for folder in ("plugins", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    locations[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return locations


def test_no_two_classes_have_the_same_name() -> None:
    locations = locations_of_classes()
    assert {"World", "Ansible"} <= set(locations)
    shared = {name: where for name, where in locations.items() if len(where) > 1 and name not in GIVEN_BY_ANSIBLE}
    assert shared == {}
