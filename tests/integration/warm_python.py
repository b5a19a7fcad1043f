"""A warm Python: it has read botocore's files before a module needs them, and forks for each module.

Most of a module's time goes into starting Python, importing boto3, reading service models and compiling what Ansible
packed, the same for each of the thousand modules that the playbooks here run. `WarmPython` is a process that has done
so once. Ansible's interpreter is then a small program that passes its standard streams, arguments, folder and
environment to that process, waits for the fork and ends as the fork ended. Another one runs ansible-playbook itself.

The fork runs what would run otherwise: the file that Ansible made, from the top, as `__main__`, in a separate process.
Run as a program, this file is the warm process; it needs only Ansible and boto3, so any Python of the test matrix can
run it. What it does in advance is in `warm_preparation.py`.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import importlib
import marshal
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

# A shebang line has at most 127 characters on older kernels, hence sh. Without site-packages (-S) it starts faster.
_INTERPRETER = """\
#!/bin/sh
'''exec' '{python}' -IS "$0" "$@"
'''
import sys
import posix

python = {python!r}
if sys.argv[1:2] and sys.argv[1].startswith("-") or b"PYTHONPATH" in posix.environ:
    posix.execv(python, [python, *sys.argv[1:]])

import _socket
import array
import atexit
import marshal

connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
connection.connect({address!r})
job = marshal.dumps((sys.argv[1:], posix.getcwd(), posix.environ))
streams = array.array("i", [0, 1, 2])
connection.sendmsg([len(job).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
connection.sendall(job)
status = connection.recv(1)
posix._exit(status[0] if status else 1)
"""


class WarmPython:
    """``with WarmPython(python, folder, "for_modules") as interpreter: ...``, where `interpreter` is the path of a
    program that runs a script as `python` does. Ends with the block or with the test process."""

    def __init__(self, python: str, folder: Path, prepared: str) -> None:
        self._python = python
        self._folder = folder
        self._prepared = prepared
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> str:
        address = self._folder / "socket"
        interpreter = self._folder / "python"
        interpreter.write_text(_INTERPRETER.format(python=self._python, address=str(address)))
        interpreter.chmod(0o755)
        self._process = subprocess.Popen(
            [self._python, __file__, str(self._folder), self._prepared],
            cwd="/",
            env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"warm\n":
            raise RuntimeError(f"{self._python} did not get warm: status {self._process.wait()}")
        return str(interpreter)

    def __exit__(self, *exception: object) -> None:
        assert self._process is not None
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.wait(timeout=60)


def _serve(folder: Path, before_fork: Callable[[], None]) -> list[str]:
    """Fork for each connection until standard input ends. Returns only in the fork: the arguments of its script."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(folder / "socket"))
    listener.listen(64)
    os.write(1, b"warm\n")
    while True:
        ready, _writable, _exceptional = select.select([listener, 0], [], [])
        if listener not in ready:
            os._exit(0)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        connection, _address = listener.accept()
        before_fork()
        if os.fork() == 0:
            listener.close()
            return _fork_and_watch(connection)
        connection.close()


def _fork_and_watch(connection: socket.socket) -> list[str]:
    """Fork for the request on a connection, and answer how the fork ended. Returns only in the fork."""
    streams = array.array("i")
    header, rights, _flags, _address = connection.recvmsg(4, socket.CMSG_SPACE(3 * streams.itemsize))
    for _level, _type, data in rights:
        streams.frombytes(data)
    (size,) = struct.unpack("!I", header)
    arguments, cwd, environment = marshal.loads(connection.recv(size, socket.MSG_WAITALL))
    process = os.fork()
    if process == 0:
        # A new process group, so that its child processes can be ended with it.
        os.setsid()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        connection.close()
        os.chdir(cwd)
        os.environ.clear()
        os.environb.update(environment)
        time.tzset()
        return arguments
    for number in (0, 1, 2, *streams):
        os.close(number)
    ended = os.pidfd_open(process)
    ready, _writable, _exceptional = select.select([ended, connection], [], [])
    if ended not in ready:
        # The process that waited for it was killed.
        os.killpg(process, signal.SIGKILL)
    _process, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    try:
        connection.send(bytes([code if code >= 0 else 128 - code]))
    finally:
        os._exit(0)


def _main_module(arguments: list[str]) -> tuple[Any, dict[str, Any]]:
    """Return the code of the first of `arguments`, or of standard input, and the globals that it runs in."""
    main = types.ModuleType("__main__")
    vars(main)["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    sys.argv = arguments or [""]
    # Instead of the folder of this file.
    sys.path[0] = str(Path(arguments[0]).resolve().parent) if arguments else ""
    if arguments:
        main.__file__ = arguments[0]
    with open(arguments[0] if arguments else 0, "rb", closefd=bool(arguments)) as script:
        source = script.read()
    return compile(source, arguments[0] if arguments else "<stdin>", "exec", dont_inherit=True), main.__dict__


class _QuickEnd:
    """Ends a fork once its exit handlers have run. Python would go on to take its memory apart, most of which a fork
    shares with the warm process: that would cost a quarter of a module's time."""

    def __init__(self) -> None:
        self._status: int | None = None
        # Handlers run in reverse order, so this is the last one.
        atexit.register(self._end)

    def run(self, code: Any, variables: dict[str, Any]) -> None:
        """Run a script."""
        try:
            exec(code, variables)
            self._status = 0
        except SystemExit as ended:
            given = ended.code
            self._status = given & 0xFF if isinstance(given, int) else int(given is not None)
            raise
        except Exception:
            self._status = 1
            raise

    def _end(self) -> None:
        # Otherwise it is the warm process itself, or something unusual, for which Python knows the status.
        if self._status is not None:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self._status)


if __name__ == "__main__":
    quick_end = _QuickEnd()
    # By its name alone, since this runs as a program.
    before_fork = getattr(importlib.import_module("warm_preparation"), sys.argv[2])(Path(sys.argv[1]))
    # At the top level, so that it ends as any script does: with its status, traceback and exit handlers.
    quick_end.run(*_main_module(_serve(Path(sys.argv[1]), before_fork)))
