"""Runs a module in this process and prints where its time goes.

``python -m tests.benchmarks.module_phases MODULE FILE [STARTED]``; FILE holds the options as JSON, or the list of
configurations of a set; STARTED is the time at which this process was started. Prints JSON: C(phases), seconds by
name, C(memory), the peak in MB, and C(processor), seconds of processor time.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

BEGUN = time.time()


def main(module_name: str, file: str, started: str | None = None) -> None:
    """Print the phases."""
    sys.path.insert(0, os.environ["ANSIBLE_COLLECTIONS_PATH"])
    phases: dict[str, float] = {}
    if started:
        phases["interpreter"] = BEGUN - float(started)
    last = time.perf_counter()

    def mark(name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        phases[name] = phases.get(name, 0.0) + now - last
        last = now

    from ansible.module_utils import basic

    mark("import ansible")
    importlib.import_module("boto3")

    mark("import boto3")
    with open(file) as text:
        options = json.load(text)
    if isinstance(options, list):
        options = {"distribution_configurations": options}
    arguments = {"ANSIBLE_MODULE_ARGS": {**options, "_ansible_tmpdir": "/tmp"}}
    basic._ANSIBLE_ARGS = json.dumps(arguments).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    last = time.perf_counter()
    namespace, name = module_name.rsplit(".", 1)
    module = importlib.import_module(f"ansible_collections.{namespace}.plugins.modules.{name}")
    mark("import the rest")
    steps = {
        "GoldimageModule": "read options",
        "connect": "make a client",
        "wanted_from": "check options",
        "configuration_option_errors": "check options",
        "set_option_errors": "check options",
        "ensure_all": "requests and comparison",
        "run": "requests and comparison",
    }
    for function, phase in steps.items():
        if hasattr(module, function):
            setattr(module, function, _marking(getattr(module, function), phase, mark))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        module.main()
    mark("result")
    result = json.loads(printed.getvalue())
    if result.get("failed"):
        raise SystemExit(result["msg"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"phases": phases, "memory": memory, "processor": time.process_time()}))


def _marking(function: Callable[..., Any], phase: str, mark: Callable[[str], None]) -> Callable[..., Any]:
    def marked(*arguments: Any, **keywords: Any) -> Any:
        mark("between")
        try:
            return function(*arguments, **keywords)
        finally:
            mark(phase)

    return marked


if __name__ == "__main__":
    main(*sys.argv[1:])
