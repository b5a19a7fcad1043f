"""What a warm Python does in advance, so that the scripts forked from it need not do it again.

None of this changes what a script does: modules are imported from the same files, and what is read or computed here is
the same in each script.
"""

from __future__ import annotations

import _imp
import contextlib
import copy
import functools
import gc
import hashlib
import importlib
import marshal
import os
import re
import subprocess
import sys
import zipimport
from collections.abc import Callable
from pathlib import Path
from typing import Any

# The services that modules ask for often, ours and those of amazon.aws.
_SERVICES = ("ec2", "iam", "imagebuilder", "kms", "license-manager", "organizations", "s3", "ssm", "sts")

# What modules import once they run, beside Ansible's part of them: boto3's internals, amazon.aws and we.
_IMPORTS = ("concurrent.futures", "difflib", "encodings.idna", "locale", "packaging.version", "uuid", "zipfile")

_UNFINISHED = "-unfinished"

# Which modules these need, and which regular expressions they compile.
_REHEARSAL = """\
import marshal
import re
import sys

patterns = []
compiled = re.compile

def recorded(pattern, flags=0):
    if isinstance(pattern, (str, bytes)):
        patterns.append((pattern, int(flags)))
    return compiled(pattern, flags)

re.compile = recorded
for name in sys.argv[1:]:
    __import__(name)
sys.stdout.buffer.write(marshal.dumps((list(sys.modules), patterns)))
"""


def for_modules(folder: Path) -> Callable[[], None]:
    """For the modules of a play. `folder` takes what is compiled. Returns what to do before each fork."""
    import boto3
    import botocore.hooks
    import botocore.session

    _rehearse(folder, "ansible.module_utils.basic", "ansible.module_utils.urls")
    for name in _IMPORTS:
        importlib.import_module(name)
    botocore.session.create_loader = _read_once(botocore.session.create_loader)
    # Two thirds of the time that a session of boto3 takes, and modules have several.
    botocore.hooks.accepts_kwargs = functools.cache(botocore.hooks.accepts_kwargs)
    _alias_once(botocore.hooks.EventAliaser)
    # Its private functions are unknown to type checkers.
    importer: Any = zipimport
    # What Ansible packs has no compiled code.
    compiled = _CompiledOnce(folder / "compiled", importer._compile_source)
    importer._compile_source = compiled
    # It is called twice for each import.
    importer._get_module_code = functools.cache(importer._get_module_code)
    session = boto3.session.Session("AKIAIOSFODNN7EXAMPLE", "made-up", region_name="us-east-1")
    for service in _SERVICES:
        session.client(service)
    _freeze()
    return compiled.read


def for_ansible(folder: Path) -> Callable[[], None]:
    """As `for_modules`, for ansible-playbook and ansible. Most of what they import of Ansible depends on the
    configuration of the run, and is left to them."""
    _rehearse(folder, "ansible.cli.playbook", "ansible.cli.adhoc", "botocore.session")
    manager: Any = importlib.import_module("ansible.config.manager")
    finder: Any = importlib.import_module("ansible.utils.collection_loader._collection_finder")
    config = Path(manager.__file__).parent
    manager.yaml_load = _parsed_before(manager.yaml_load, config / "base.yml")
    finder._meta_yml_to_dict = _parsed_before(finder._meta_yml_to_dict, config / "ansible_builtin_runtime.yml", None)
    # Ansible does not use compiled code of collections.
    compiled = _CompiledOnce(folder / "compiled", lambda path, source: compile(source, path, "exec", 0, True))
    finder.compile = lambda source, filename, mode, flags, dont_inherit: compiled(filename, source)
    assert "ansible.constants" not in sys.modules
    _freeze()
    return compiled.read


def _rehearse(folder: Path, *names: str) -> None:
    """Import what these modules import of the standard library and other packages, but nothing of Ansible."""
    command = [sys.executable, "-c", _REHEARSAL, *names]
    # Ansible makes folders at home.
    env = {**os.environ, "HOME": str(folder)}
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    imported, patterns = marshal.loads(done.stdout)
    for name in imported:
        if name.partition(".")[0] != "ansible":
            # A compiled module may have made others that cannot be imported.
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    for pattern, flags in patterns:
        re.compile(pattern, flags)


def _freeze() -> None:
    """None of it ever becomes garbage; collecting in a fork would only copy its memory."""
    gc.collect()
    gc.freeze()


def _read_once(create_loader: Any) -> Any:
    """botocore's `create_loader`, whose loaders share what they have read. The files do not change while tests run."""
    first = functools.cache(create_loader)

    def create(search_path_string: str | None = None) -> Any:
        loader = copy.copy(first(search_path_string))
        # boto3 adds to these.
        loader._search_paths = list(loader._search_paths)
        return loader

    return create


def _alias_once(aliaser: Any) -> None:
    """Let all of botocore's sessions share what they find out about the names of events; nobody gives them aliases."""
    alias = aliaser._alias_event_name
    known: dict[str, str] = {}

    def alias_event_name(self: Any, event_name: str) -> str:
        if event_name not in known:
            known[event_name] = alias(self, event_name)
        return known[event_name]

    aliaser._alias_event_name = alias_event_name


class _CompiledOnce:
    """`compile_source`, which takes a path and a source, with a cache below `folder`. What one fork has compiled, the
    next ones have in memory."""

    def __init__(self, folder: Path, compile_source: Callable[[str, bytes], Any]) -> None:
        folder.mkdir()
        self._folder = folder
        self._compile_source = compile_source
        self._known: dict[str, Any] = {}

    def __call__(self, path: str, source: bytes) -> Any:
        name = hashlib.sha256(source).hexdigest()
        code = self._known.get(name)
        if code is None:
            code = self._compile_source(path, source)
            unfinished = self._folder / f"{name}-{os.getpid()}{_UNFINISHED}"
            unfinished.write_bytes(marshal.dumps(code))
            unfinished.rename(self._folder / name)
        _imp._fix_co_filename(code, path)
        return code

    def read(self) -> None:
        """Read what forks have compiled."""
        for name in os.listdir(self._folder):
            if name not in self._known and not name.endswith(_UNFINISHED):
                self._known[name] = marshal.loads((self._folder / name).read_bytes())


def _parsed_before(parse: Callable[..., Any], path: Path, *more: Any) -> Callable[..., Any]:
    """`parse`, which reads YAML from a text or a file, with its answer for this file ready: once, since who asked may
    change it."""
    content = path.read_bytes()
    ready = [parse(content, *more)]

    def parsed(stream: Any, *arguments: Any) -> Any:
        text = stream.read() if hasattr(stream, "read") else stream
        if ready and content == (text.encode() if isinstance(text, str) else text):
            return ready.pop()
        return parse(text, *arguments)

    return parsed
