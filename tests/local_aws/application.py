"""The WSGI application: moto's dispatcher, wrapped with faults, latency, the request log and the control endpoint."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from typing import TYPE_CHECKING

from moto.backends import list_of_moto_modules
from moto.moto_server.werkzeug_app import create_backend_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.http import HTTP_STATUS_CODES

from .control import Control
from .control import PREFIX
from .error_forms import Answer
from .error_forms import error_answer
from .faults import Call
from .faults import CUT_ANSWER
from .faults import ERROR
from .faults import Fault
from .faults import FaultBook
from .faults import HOLD_AFTER
from .faults import HOLD_BEFORE
from .faults import LATE_ERROR
from .faults import LOST_ANSWER
from .faults import RESET_AFTER
from .faults import RESET_BEFORE
from .naming import AccountBook
from .naming import name_call

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIEnvironment


class ConnectionDropped(ConnectionError):
    """Tells the HTTP server that the answer is lost, so that it closes the connection.

    reset: whether to reset the connection instead of closing it. answer: what is sent by half, or None.
    """

    def __init__(self, text: str, reset: bool = False, answer: Answer | None = None) -> None:
        super().__init__(text)
        self.reset = reset
        self.answer = answer


class _Dispatcher(DomainDispatcherApplication):
    # moto finds the service anew for each request, by listing its own folder and trying some 200 patterns, and prints
    # a line where it has none.
    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._backends: dict[str, str] = {}

    def get_backend_for_host(self, host: str | None) -> str | None:
        if host is None:
            return None
        if host not in self._backends:
            self._backends[host] = self._find_backend(host)
        return self._backends[host]

    def _find_backend(self, host: str) -> str:
        for backend, pattern in self.backend_url_patterns:
            if pattern.match(f"http://{host}"):
                return backend
        if host in list_of_moto_modules() or host == "moto_api":
            return host
        raise NotImplementedError("moto lacks the whole service")


class StartedAnswer:
    """What an application begins its answer with: status line and headers. It is WSGI's ``start_response``."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], None]:
        self.status, self.headers = status, headers
        return self._write

    def _write(self, content: bytes) -> None:
        raise NotImplementedError("an application returns its answer instead of writing it")


class Application:
    """The whole local AWS as one WSGI application."""

    def __init__(self) -> None:
        self.book = FaultBook()
        self.accounts = AccountBook()
        self._moto = _Dispatcher()
        self._control = Control(self.book, self.accounts)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if path.startswith(PREFIX):
            return self._control(environ["REQUEST_METHOD"], path, body, start_response)
        environ["wsgi.input"] = BytesIO(body)
        if path.startswith("/moto-api"):
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
        call = name_call(environ, body, self.accounts)
        # moto would find the account by the access key as well, only slower.
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        fault = self.book.take(call)
        drawn, more = self.book.lot(call)
        fault = fault or drawn
        delay = self.book.delay(call) + more
        if delay > 0:
            time.sleep(delay)
        status, headers, content = self._answer(call, environ, fault)
        start_response(f"{status} {HTTP_STATUS_CODES.get(status, 'Unknown')}", headers)
        return [content]

    def _answer(self, call: Call, environ: WSGIEnvironment, fault: Fault | None) -> Answer:
        """The answer, logged before it leaves, so that a reader of the log finds the call there after an answer."""
        kind = call.fault = fault.kind if fault else None
        answer = None
        if kind not in (ERROR, RESET_BEFORE) and (kind != HOLD_BEFORE or self.book.gate.hold(call)):
            answer = self._carry_out(call, environ)
            call.status = answer[0]
        call.text = ""
        if kind == HOLD_AFTER:
            self.book.gate.hold(call)
        if fault is not None and kind in (ERROR, LATE_ERROR):
            answer = error_answer(call.service, fault.code, fault.message, fault.status)
            if kind == ERROR:
                call.status = answer[0]
        self.book.log.append(call)
        if kind in (HOLD_BEFORE, HOLD_AFTER):
            self.book.gate.finish()
        if answer is None or kind in (LOST_ANSWER, CUT_ANSWER, RESET_AFTER, HOLD_BEFORE, HOLD_AFTER):
            text = f"{call.service} {call.operation}: {kind} on demand"
            reset = kind in (RESET_BEFORE, RESET_AFTER)
            raise ConnectionDropped(text, reset, answer if kind == CUT_ANSWER else None)
        return answer

    def _carry_out(self, call: Call, environ: WSGIEnvironment) -> Answer:
        try:
            return self._ask_moto(environ)
        except NotImplementedError as error:
            text = f"The local AWS does not have {call.service} {call.operation}: {error}"
            return error_answer(call.service, "NotImplemented", text, 501)
        except Exception as error:
            # A fault of moto or of this server. It belongs on standard error, where LocalAws.errors() reads it.
            traceback.print_exc()
            text = f"The local AWS broke over {call.service} {call.operation}: {error!r}"
            return error_answer(call.service, "InternalFailure", text, 500)

    def _ask_moto(self, environ: WSGIEnvironment) -> Answer:
        started = StartedAnswer()
        chunks: Iterable[bytes] = self._moto(environ, started)
        try:
            content = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        return int(started.status.split(" ", 1)[0]), started.headers, content
