"""A Python that is warm: it has read botocore's files before a module asks for them, and forks for each module.

Most of a module's time goes into starting Python, importing boto3, reading service models and compiling what Ansible
packed, the same thing for each of the thousand modules that the playbooks here run. `WarmPython` is a process that has
done so once. The interpreter that Ansible is told to use is then a small program that hands its standard streams,
arguments, folder and environment to that process, waits for the fork and ends as it ended.

What runs is what would run otherwise: the file that Ansible made, from the top, as `__main__`, in a process of its own.
Run as a program, this file is the warm process; it needs nothing but boto3, so any Python of the test matrix can be it.
"""

from __future__ import annotations

import array
import contextlib
import copy
import functools
import gc
import hashlib
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
import zipimport
from pathlib import Path
from typing import Any

# The services that modules ask for often, ours and those of amazon.aws.
_SERVICES = ("ec2", "iam", "imagebuilder", "kms", "license-manager", "organizations", "s3", "ssm", "sts")

# What Ansible's part of a module and boto3's inner rooms import once they run.
_IMPORTS = ("concurrent.futures", "grp", "locale", "platform", "pwd", "syslog", "uuid", "zipfile")

# A shebang line has only 127 characters on older kernels, hence sh. Without site-packages (-S) it starts in no time.
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
    """``with WarmPython(python, folder) as interpreter: ...``, where `interpreter` is the path of a program that does
    what `python` does when it is given a script. Ends with the block, or with the test process however that ends."""

    def __init__(self, python: str, folder: Path) -> None:
        self._python = python
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> str:
        address = self._folder / "socket"
        interpreter = self._folder / "python"
        interpreter.write_text(_INTERPRETER.format(python=self._python, address=str(address)))
        interpreter.chmod(0o755)
        self._process = subprocess.Popen(
            [self._python, __file__, str(self._folder)],
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


def _warm_up(folder: Path) -> None:
    """Do what a module would do first, and see to it that forks find it done."""
    import boto3
    import botocore.session

    for name in _IMPORTS:
        __import__(name)
    botocore.session.create_loader = _read_once(botocore.session.create_loader)
    zipimport._compile_source = _compiled_once(zipimport._compile_source, folder / "compiled")  # type: ignore[attr-defined]
    session = boto3.session.Session("AKIAIOSFODNN7EXAMPLE", "made-up", region_name="us-east-1")
    for service in _SERVICES:
        session.client(service)
    gc.collect()
    # Nothing of it is garbage ever; collecting in a fork would only copy it there.
    gc.freeze()


def _read_once(create_loader: Any) -> Any:
    """botocore's `create_loader` whose loaders share what they have read. The files do not change while tests run."""
    first = functools.cache(create_loader)

    def create(search_path_string: str | None = None) -> Any:
        loader = copy.copy(first(search_path_string))
        # boto3 adds to these.
        loader._search_paths = list(loader._search_paths)
        return loader

    return create


def _compiled_once(compile_source: Any, folder: Path) -> Any:
    """zipimport's `_compile_source` with a memory below `folder`: what Ansible packs has no compiled code with it."""
    import _imp

    folder.mkdir()

    def compiled(path: str, source: bytes) -> Any:
        file = folder / hashlib.sha256(source).hexdigest()
        try:
            code = marshal.loads(file.read_bytes())
        except FileNotFoundError:
            code = compile_source(path, source)
            unfinished = folder / f"{file.name}-{os.getpid()}"
            unfinished.write_bytes(marshal.dumps(code))
            unfinished.rename(file)
        _imp._fix_co_filename(code, path)
        return code

    return compiled


def _serve(folder: Path) -> list[str]:
    """Fork for each connection until standard input ends. Returns in the fork alone: the arguments of its script."""
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
        if os.fork() == 0:
            listener.close()
            return _fork_and_watch(connection)
        connection.close()


def _fork_and_watch(connection: socket.socket) -> list[str]:
    """Fork for what the connection asks for, and tell it how the fork ended. Returns in the fork alone."""
    streams = array.array("i")
    header, rights, _flags, _address = connection.recvmsg(4, socket.CMSG_SPACE(3 * streams.itemsize))
    for _level, _type, data in rights:
        streams.frombytes(data)
    (size,) = struct.unpack("!I", header)
    arguments, cwd, environment = marshal.loads(connection.recv(size, socket.MSG_WAITALL))
    process = os.fork()
    if process == 0:
        # A group of its own, so that all that it starts can be ended with it.
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
        # Whoever waited for it was killed.
        os.killpg(process, signal.SIGKILL)
    _process, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    try:
        connection.send(bytes([code if code >= 0 else 128 - code]))
    finally:
        os._exit(0)


def _main_module(arguments: list[str]) -> tuple[Any, dict[str, Any]]:
    """Return the code of the script that `arguments` begin with, or of standard input, and what it runs in."""
    main = types.ModuleType("__main__")
    main.__builtins__ = __builtins__  # type: ignore[attr-defined]
    sys.modules["__main__"] = main
    sys.argv = arguments or [""]
    # Instead of the folder of this file.
    sys.path[0] = str(Path(arguments[0]).resolve().parent) if arguments else ""
    if arguments:
        main.__file__ = arguments[0]
    with open(arguments[0] if arguments else 0, "rb", closefd=bool(arguments)) as script:
        source = script.read()
    return compile(source, arguments[0] if arguments else "<stdin>", "exec", dont_inherit=True), main.__dict__


if __name__ == "__main__":
    _warm_up(Path(sys.argv[1]))
    # At the top, so that it ends as any script does: with its status, its traceback, and what is to be done at exit.
    exec(*_main_module(_serve(Path(sys.argv[1]))))
