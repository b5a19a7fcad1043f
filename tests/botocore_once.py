"""What botocore makes again for each session, client and request, made once for all tests. Each session and each client
is still a new one, with its own settings, credentials and handlers."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest


def share_what_is_always_the_same(patch: pytest.MonkeyPatch) -> None:
    """Share files, service models, methods of clients, names of events and tables of handlers from now on."""
    import botocore.auth
    import botocore.client
    import botocore.hooks
    import botocore.session
    import botocore.useragent

    patch.setattr(botocore.session, "create_loader", _loaders(botocore.session.create_loader))
    creator = botocore.client.ClientCreator
    patch.setattr(creator, "_load_service_model", _models(creator._load_service_model))
    for name in ("_create_methods", "_create_name_mapping"):
        patch.setattr(creator, name, _by_model(getattr(creator, name)))
    patch.setattr(botocore.hooks, "accepts_kwargs", _of_functions(botocore.hooks.accepts_kwargs))
    patch.setattr(botocore.hooks, "_PrefixTrie", _tries(botocore.hooks._PrefixTrie))
    aliases = botocore.hooks.EventAliaser
    patch.setattr(aliases, "_alias_event_name", _names(aliases._alias_event_name))
    sanitize = "sanitize_user_agent_string_component"
    patch.setattr(botocore.useragent, sanitize, functools.cache(getattr(botocore.useragent, sanitize)))
    # Requests are signed, but nobody here checks of what a signature is made.
    patch.setattr(botocore.auth.SigV4Auth, "canonical_request", lambda _self, _request: "")


def _loaders(create: Callable[..., Any]) -> Callable[..., Any]:
    """Sessions share the files that were read, but each has its own search path."""
    first = functools.cache(create)

    def create_loader(search_path_string: str | None = None) -> Any:
        loader = copy.copy(first(search_path_string))
        # boto3 adds to these.
        loader._search_paths = list(loader._search_paths)
        return loader

    return create_loader


def _models(load: Callable[..., Any]) -> Callable[..., Any]:
    """Clients of one service share its model, in which botocore keeps each shape that it has looked up."""
    models: dict[int, Any] = {}

    def load_service_model(creator: Any, *what: Any, **more: Any) -> Any:
        model = load(creator, *what, **more)
        # The file's content is kept by its model, so that no other one gets the same id.
        return models.setdefault(id(model._service_description), model)

    return load_service_model


def _by_model(create: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """What is created from nothing but a service model: EC2 has 800 operations."""
    made: dict[Any, dict[str, Any]] = {}

    def create_once(creator: Any, service_model: Any) -> dict[str, Any]:
        if service_model not in made:
            made[service_model] = create(creator, service_model)
        return dict(made[service_model])

    return create_once


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


def _tries(usual: Any) -> Any:
    """A table of handlers. Each client gets a copy of its session's, with hundreds of nodes, and changes few of them.
    Here copies share all nodes, so that a change first copies the nodes on its way."""

    class SharingTrie(usual):
        _root: dict[str, Any]

        def append_item(self, key: str, *item: Any, **more: Any) -> None:
            self._own(key)
            super().append_item(key, *item, **more)

        def remove_item(self, key: str, value: Any) -> None:
            self._own(key)
            super().remove_item(key, value)

        def __copy__(self) -> Any:
            copied = type(self)()
            copied._root = self._root
            return copied

        def _own(self, key: str) -> None:
            node = self._root = _own_node(self._root)
            for part in key.split("."):
                if part not in node["children"]:
                    break
                node["children"][part] = node = _own_node(node["children"][part])

    return SharingTrie


def _own_node(node: dict[str, Any]) -> dict[str, Any]:
    return {**node, "children": dict(node["children"]), "values": copy.copy(node["values"])}
