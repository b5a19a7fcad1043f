"""Method and path of a request -> the operation that it asks for.

moto's own router leaves out a request whose required query parameter is missing; the service answers such a request
with its own error.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import unquote

from moto.core.utils import get_service_model


def route(method: str, raw_path: str) -> tuple[Any, dict[str, str]] | None:
    """The operation's model and the parameters in its path, decoded; None if the operation does not exist.

    raw_path: still percent-encoded, so that a slash within a parameter is told from one between two.
    """
    fixed, labelled = _routes()
    operation = fixed.get((method, raw_path))
    if operation is not None:
        return operation, {}
    for its_method, pattern, its_operation in labelled:
        match = pattern.fullmatch(raw_path) if its_method == method else None
        if match:
            return its_operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


@cache
def _routes() -> tuple[dict[tuple[str, str], Any], list[tuple[str, re.Pattern[str], Any]]]:
    model = get_service_model("imagebuilder")
    fixed: dict[tuple[str, str], Any] = {}
    labelled: list[tuple[str, re.Pattern[str], Any]] = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        method, uri = operation.http["method"], operation.http["requestUri"]
        if "{" in uri:
            # Some clients leave the slashes of an ARN as they are: a parameter reaches to the end.
            labelled.append((method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>.+)", uri)), operation))
        else:
            fixed[method, uri] = operation
    return fixed, labelled
