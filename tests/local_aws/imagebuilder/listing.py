"""Lists: filters, pages and the tokens between them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from typing import Protocol
from typing import TypeVar

from .exceptions import InvalidPaginationTokenException
from .exceptions import InvalidParameterValueException
from .switches import switches

DEFAULT_PAGE = 25


class Listed(Protocol):
    """A resource that a list can show. sequence: its place in the order of their creation."""

    sequence: int

    def shown(self) -> dict[str, Any]:
        """What filters look at."""


_Shown = TypeVar("_Shown", bound=Listed)
_Item = TypeVar("_Item")


def page_of(
    resources: Mapping[str, _Shown], parameters: dict[str, Any], filter_names: tuple[str, ...]
) -> tuple[list[_Shown], str | None]:
    """The resources of one page in the order of their creation, and the token of the next page, None at the end.

    resources: by ARN. parameters: of the list request. filter_names: the filters that exist.
    Raises InvalidParameterValueException for an unknown filter and InvalidPaginationTokenException.
    """
    filters = parameters.get("filters", [])
    _check_filters(filters, filter_names)
    # A token belongs to one list: this type of resource with these filters, after a certain resource.
    scope = sha256(json.dumps([filter_names, filters], sort_keys=True).encode()).hexdigest()[:16]
    after = _read_token(parameters["nextToken"], scope) if "nextToken" in parameters else 0
    size = min(parameters.get("maxResults", DEFAULT_PAGE), switches.page_limit)
    candidates = [resource for resource in list(resources.values()) if resource.sequence > after]
    candidates.sort(key=lambda resource: resource.sequence)
    page: list[_Shown] = []
    for resource in candidates:
        if not _passes(resource, filters):
            continue
        if len(page) == size:
            return page, _make_token(scope, page[-1].sequence)
        page.append(resource)
    return page, None


def page_of_list(items: list[_Item], parameters: dict[str, Any], scope: str) -> tuple[list[_Item], str | None]:
    """One page of a list that is not filtered, and the token of the next page, None at the end.

    scope: what a token belongs to. Raises InvalidPaginationTokenException.
    """
    start = _read_token(parameters["nextToken"], scope) if "nextToken" in parameters else 0
    end = start + min(parameters.get("maxResults", DEFAULT_PAGE), switches.page_limit)
    return items[start:end], _make_token(scope, end) if end < len(items) else None


def _passes(resource: Listed, filters: list[dict[str, Any]]) -> bool:
    if not filters:
        return True
    shown = resource.shown()
    return all(_matches(shown, a_filter) for a_filter in filters)


def _check_filters(filters: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    for index, a_filter in enumerate(filters):
        if a_filter.get("name") not in names:
            raise InvalidParameterValueException(
                f"filters[{index}].name", f"'filters[{index}].name' must be one of {', '.join(names)}"
            )
        if not a_filter.get("values"):
            raise InvalidParameterValueException(
                f"filters[{index}].values", f"'filters[{index}].values' must contain at least 1 items"
            )


def _matches(shown: dict[str, Any], a_filter: dict[str, Any]) -> bool:
    value, wanted = shown.get(a_filter["name"]), a_filter["values"]
    if value is None:
        return False
    if a_filter["name"] != "name":
        return value in wanted
    return any(_matches_name(value, one) for one in wanted)


def _matches_name(name: str, value: str) -> bool:
    # Only web* and *web* are wildcards; a star elsewhere is a star, which no name contains.
    if value.endswith("*"):
        if value.startswith("*"):
            return value[1:-1] in name
        return name.startswith(value[:-1])
    return name == value


def _make_token(scope: str, after: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([scope, after]).encode()).decode()


def _read_token(token: str, scope: str) -> int:
    try:
        found_scope, after = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError, TypeError):
        raise InvalidPaginationTokenException() from None
    if found_scope != scope or not isinstance(after, int):
        raise InvalidPaginationTokenException()
    return after
