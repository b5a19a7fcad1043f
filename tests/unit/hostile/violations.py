"""Request bodies that break one constraint of the service model each, made from the model itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from tests.unit import shapes


class ModelViolation(NamedTuple):
    """C(path): the member, from the top; C(kind): the constraint; C(body): a whole request body that breaks it."""

    path: tuple[Any, ...]
    kind: str
    body: dict[str, Any]

    @property
    def option(self) -> str:
        """The option path that the error must name."""
        return shapes.option_path(self.path)


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of a value with C(new) at a path, or without that member if C(new) is None."""
    if not path:
        return new
    first, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    if new is None and not rest:
        del copy[first]
    else:
        copy[first] = replaced(copy[first], tuple(rest), new)
    return copy


def breaking(shape: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """(name of the constraint, a value that breaks it) for every constraint of a shape."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "string":
        if low:
            yield "too short", ""
        if high:
            yield "too long", "a" * (high + 1)
        if shape.enum:
            yield "no such choice", "something-else"
        if "pattern" in shape.metadata:
            yield "pattern", "!?"
            yield "pattern, beyond ASCII", "\u00e9" * len(value)
            # Python's $ also matches before a final line break; the service's does not.
            if not re.compile(shape.metadata["pattern"], re.ASCII).fullmatch(f"{value}\n"):
                yield "line break at the end", f"{value}\n"
    elif shape.type_name == "integer":
        if low is not None:
            yield "too small", low - 1
        if high is not None:
            yield "too large", high + 1
    elif shape.type_name == "list" and high:
        yield "too many", [_another(value[0], number) for number in range(high + 1)]
    elif shape.type_name == "map":
        if high:
            yield "too many", {f"key-{number}": "" for number in range(high + 1)}
        for part, sample in (("key", "Team"), ("value", "web")):
            for kind, bad in breaking(getattr(shape, part), sample):
                yield f"{part} {kind}", {bad: "web"} if part == "key" else {"Team": bad}


def _another(item: Any, number: int) -> Any:
    """The same text with another ending, since equal texts would count once."""
    return f"{item[:-4]}{number:04}" if isinstance(item, str) else item


def violations(shape: Any, body: dict[str, Any]) -> Iterator[ModelViolation]:
    """Every constraint of every member of a valid body, each broken alone."""
    for path, leaf in shapes.leaves(shape):
        value, present = body, True
        for part in path:
            present = present and (part in value if isinstance(value, dict) else part < len(value))
            value = value[part] if present else None
        if not present:
            continue
        for kind, bad in breaking(leaf, value) if path else ():
            yield ModelViolation(path, kind, replaced(body, path, bad))
        for member in leaf.required_members if leaf.type_name == "structure" else ():
            if member in value:
                yield ModelViolation((*path, member), "missing", replaced(body, (*path, member), None))


def configurations(model: Any) -> Iterator[dict[str, Any]]:
    """Valid bodies of one configuration that together use every member of the model."""
    shape = model.operation_model("CreateDistributionConfiguration").input_shape
    body = {"name": "web-image", "description": "example", "tags": {"Team": "platform"}}
    body["distributions"] = shapes.full(shape.members["distributions"])
    yield body
    template = ("distributions", 0, "fastLaunchConfigurations", 0, "launchTemplate")
    yield replaced(body, template, {"launchTemplateName": "web", "launchTemplateVersion": "1"})
