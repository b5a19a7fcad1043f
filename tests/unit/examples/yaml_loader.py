"""YAML as Ansible reads it, and the templates in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml


class Unsafe(str):
    """A text that Ansible's tag `!unsafe` protects from being used as a template."""

    __slots__ = ()


class AnsibleYaml(yaml.SafeLoader):
    """Loads Ansible's tags."""


AnsibleYaml.add_multi_constructor("!", lambda loader, suffix, node: Unsafe(loader.construct_scalar(node)))


def is_template(value: Any) -> bool:
    """Whether Ansible would evaluate a value."""
    return isinstance(value, str) and not isinstance(value, Unsafe) and "{{" in value


def templates(value: Any) -> Iterator[str]:
    """Every template in a value."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for item in value:
            yield from templates(item)
    elif is_template(value):
        yield value
