"""An HTTP/1.1 server for many clients at once: a thread for each connection, connections kept alive.

werkzeug's own request handler closes every connection and waits 10 ms for stray data after each request, which is
more than the request itself takes.
"""

from __future__ import annotations

import socket
import struct
import traceback
from io import BytesIO
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.serving import DechunkedInput
from werkzeug.serving import ThreadedWSGIServer

from .application import ConnectionDropped
from .application import StartedAnswer


class KeepAliveHandler(MotoRequestHandler):
    """Reads a request to its end, asks the application, writes the answer in one piece, waits for the next one."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            chunked: Any = self.rfile
            body = DechunkedInput(chunked).read()
            del self.headers["Transfer-Encoding"]
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.environ = environ = self.make_environ()
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        started = StartedAnswer()
        try:
            chunks = self.server.app(environ, started)
            content = b"".join(chunks)
        except ConnectionDropped as dropped:
            self._drop(dropped)
            return
        except Exception:
            # A fault of this server. It belongs on standard error, where LocalAws.errors() reads it.
            traceback.print_exc()
            started("500 Internal Server Error", [("Content-Type", "text/plain")])
            content = traceback.format_exc().encode()
        self._write(started.status, started.headers, content)

    def _drop(self, dropped: ConnectionDropped) -> None:
        self.close_connection = True
        if dropped.answer:
            status, headers, content = dropped.answer
            shown = content[: len(content) // 2]
            self._write(f"{status} {HTTP_STATUS_CODES.get(status)}", headers, shown, length=len(content) + 1)
        if dropped.reset:
            # A connection that is closed with unsent data and no time to send it is reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)

    def _write(self, status: str, headers: list[tuple[str, str]], content: bytes, length: int | None = None) -> None:
        lines = [f"HTTP/1.1 {status}"]
        lines.extend(f"{name}: {value}" for name, value in headers if name.lower() not in _OWN_HEADERS)
        lines.append(f"Content-Length: {len(content) if length is None else length}")
        lines.append(f"Date: {self.date_time_string()}")
        lines.append("Connection: close" if self.close_connection else "Connection: keep-alive")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self.wfile.write(head if self.command == "HEAD" else head + content)

    def log_message(self, *args: Any, **kwargs: Any) -> None:
        """The request log of the local AWS is kept elsewhere."""


_OWN_HEADERS = {"content-length", "connection", "date", "transfer-encoding"}
_AT_ONCE = struct.pack("ii", 1, 0)


class Server(ThreadedWSGIServer):
    """The server; threads of clients that never hang up do not keep it from stopping."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, app: Any) -> None:
        super().__init__("127.0.0.1", port, app, KeepAliveHandler)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that must be reset is not shut down in order first."""
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_AT_ONCE)) == _AT_ONCE:
            self.close_request(request)
        else:
            super().shutdown_request(request)
