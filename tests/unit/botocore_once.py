"""What botocore makes again for each session and client, made once for all tests. Each session and each client is still
a new one, with its own settings, credentials and handlers."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest


def share_what_is_always_the_same(patch: pytest.MonkeyPatch) -> None:
    """Share files, methods of clients and names of events from now on."""
    import botocore.client
    import botocore.hooks
    import botocore.session

    patch.setattr(botocore.session, "create_loader", _loaders(botocore.session.create_loader))
    creator = botocore.client.ClientCreator
    patch.setattr(creator, "_create_methods", _methods(creator._create_methods))
    patch.setattr(botocore.hooks, "accepts_kwargs", _of_functions(botocore.hooks.accepts_kwargs))
    aliases = botocore.hooks.EventAliaser
    patch.setattr(aliases, "_alias_event_name", _names(aliases._alias_event_name))


def _loaders(create: Callable[..., Any]) -> Callable[..., Any]:
    """Sessions share the files that were read, but each has its own search path."""
    first = functools.cache(create)

    def create_loader(search_path_string: str | None = None) -> Any:
        loader = copy.copy(first(search_path_string))
        # boto3 adds to these.
        loader._search_paths = list(loader._search_paths)
        return loader

    return create_loader


def _methods(create: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Clients of one service model share their methods: EC2 has 800."""
    made: dict[int, tuple[Any, dict[str, Any]]] = {}

    def create_methods(creator: Any, service_model: Any) -> dict[str, Any]:
        description = service_model._service_description
        # It is kept, so that no other one gets the same id.
        if id(description) not in made:
            made[id(description)] = (description, create(creator, service_model))
        return dict(made[id(description)][1])

    return create_methods


def _of_functions(accepts_kwargs: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Each session registers the same functions as handlers, and examines their signatures."""
    known = functools.cache(accepts_kwargs)
    # A method would keep its object alive.
    return lambda handler: known(handler) if inspect.isfunction(handler) else accepts_kwargs(handler)


def _names(alias: Callable[[Any, str], str]) -> Callable[[Any, str], str]:
    """The names of events follow from the table of aliases, which is the same in each session."""
    names: dict[str, str] = {}

    def alias_event_name(aliaser: Any, event_name: str) -> str:
        if event_name not in names:
            names[event_name] = alias(aliaser, event_name)
        return names[event_name]

    return alias_event_name
