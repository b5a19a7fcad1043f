"""The control endpoint: what a test sets and reads on the server, as JSON under ``/local-aws/``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from typing import TYPE_CHECKING

from moto.core.base_backend import backend_lock
from moto.core.base_backend import BackendDict
from moto.core.base_backend import BaseBackend
from moto.core.model_instances import reset_model_data

from . import attach
from .faults import Fault
from .faults import FaultBook
from .faults import Latency
from .faults import LoggedCall
from .faults import RandomFaults
from .image_control import ImageControl
from .naming import AccountBook

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

    from .imagebuilder.models import ImageBuilderBackend
    from .imagebuilder.switches import Switches

PREFIX = "/local-aws/"


class Control:
    """One method for each thing that can be set or read; see README.md for the paths."""

    def __init__(self, book: FaultBook, accounts: AccountBook) -> None:
        self._book = book
        self._accounts = accounts
        self._imagebuilder = attach()
        self._images = ImageControl()
        self._routes: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("POST", "reset"): self.reset,
            ("GET", "faults"): lambda _body: [asdict(fault) for fault in book.faults],
            ("POST", "faults"): lambda body: asdict(book.add(Fault(**body))),
            ("DELETE", "faults"): lambda body: book.clear_faults(body.get("identifier")),
            ("POST", "random-faults"): lambda body: book.add_random_faults(RandomFaults(**body)),
            ("DELETE", "random-faults"): lambda _body: book.clear_random_faults(),
            ("POST", "held"): self.held,
            ("DELETE", "held"): lambda body: book.gate.decide(body["carry_out"]),
            ("GET", "latency"): lambda _body: [asdict(latency) for latency in book.latencies],
            ("PUT", "latency"): lambda body: book.set_latency(Latency(**body)),
            ("DELETE", "latency"): lambda _body: book.clear_latencies(),
            ("GET", "requests"): lambda _body: [call.as_dict() for call in list(book.log)],
            ("DELETE", "requests"): lambda _body: book.log.clear(),
            ("GET", "switches"): lambda _body: self._switches.as_dict(),
            ("PUT", "switches"): lambda body: self._switches.set(**body),
            ("POST", "stored"): self.stored,
            ("PUT", "stored"): self.plant,
            **self._images.routes(),
        }

    def __call__(self, method: str, path: str, body: bytes, start_response: StartResponse) -> list[bytes]:
        handler = self._routes.get((method, path[len(PREFIX) :].rstrip("/")))
        try:
            if handler is None:
                status, answer = "404 Not Found", {"message": f"The local AWS has no {method} {path}."}
            else:
                status, answer = "200 OK", handler(json.loads(body) if body else {})
        except (TypeError, ValueError, KeyError) as error:
            status, answer = "400 Bad Request", {"message": f"{type(error).__name__}: {error}"}
        content = json.dumps(answer).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    @property
    def _switches(self) -> Switches:
        switches: Switches = self._imagebuilder.switches.switches
        return switches

    def _backend(self, body: dict[str, Any]) -> ImageBuilderBackend:
        backends: BackendDict[ImageBuilderBackend] = self._imagebuilder.imagebuilder_backends
        return backends[body["account"]][body["region"]]

    def reset(self, _body: dict[str, Any]) -> None:
        """Forget all resources of all services, all faults, latencies and switches, and the log."""
        forget_backends()
        reset_model_data()
        self._switches.reset()
        self._images.reset()
        self._book.reset()
        self._accounts.forget()

    def held(self, body: dict[str, Any]) -> LoggedCall | None:
        """The call that waits for a decision, as soon as there is one; None if none came within so many seconds."""
        call = self._book.gate.held(body["seconds"])
        return call.as_dict() if call else None

    def stored(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """A distribution configuration as it is stored, untouched by switches and by any model; None if absent."""
        configuration = self._backend(body).distribution_configurations.get(body["arn"])
        return configuration.to_dict() if configuration else None

    def plant(self, body: dict[str, Any]) -> str:
        """Store a distribution configuration unchecked. Returns its ARN."""
        return self._backend(body).plant_distribution_configuration(body["configuration"])


def forget_backends() -> None:
    """As BackendDict.reset, which fills every backend again (an IAM with a thousand policies) before it drops it."""
    all_backends: Any = BackendDict
    with backend_lock:
        for backends in all_backends._instances:
            for in_account in backends.values():
                for backend in in_account.values():
                    # A backend with its own reset has more to release than memory: files, threads.
                    if type(backend).reset is not BaseBackend.reset:
                        backend.reset()
            backends.clear()
        all_backends._instances.clear()
