"""Runs steps in parallel, each with its own log, and reports in the end which passed."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import IO

# No step takes a quarter of this on two cores; one that reaches it hangs.
TIMEOUT = 2400

SHOWN_LINES = 200

# The processes to end if the run is interrupted.
_RUNNING: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True)
class CheckStep:
    """One check: a command that exits with 0 on success.

    `slots` says how many processors it keeps busy. A step that runs pytest has `report`, the JUnit file that it writes;
    its tests are counted one by one, any other step counts as one check.
    """

    name: str
    command: list[str]
    env: dict[str, str]
    cwd: Path
    slots: int = 1
    report: Path | None = None


@dataclass
class StepResult:
    """The outcome of a step. `seconds` is wall time."""

    step: CheckStep
    status: int
    seconds: float
    log: Path
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.status == 0 and self.failed == 0


def run_in_foreground(step: CheckStep) -> int:
    """Run one step with the terminal to itself, and return its exit status."""
    with subprocess.Popen(step.command, cwd=step.cwd, env=step.env) as process:
        while True:
            # Ctrl-C reaches the step too, which ends in its own way.
            with contextlib.suppress(KeyboardInterrupt):
                return process.wait()


def run_all(steps: list[CheckStep], slots: int, logs: Path) -> int:
    """Run `steps`, as many at once as fit into `slots`; print a line for each, the log of those that failed, a summary
    and the closing line. Return 0 when all passed and at least one check ran, else 1."""
    print(f"{len(steps)} steps, up to {slots} processes at once. Logs: {os.path.relpath(logs)}", flush=True)
    started = time.monotonic()
    results: list[StepResult] = []
    done: queue.Queue[StepResult] = queue.Queue()
    waiting = list(steps)
    free = slots
    try:
        while len(results) < len(steps):
            for step in list(waiting):
                if min(step.slots, slots) <= free:
                    waiting.remove(step)
                    free -= min(step.slots, slots)
                    threading.Thread(target=lambda step=step: done.put(_run(step, logs)), daemon=True).start()
            result = done.get()
            free += min(result.step.slots, slots)
            results.append(result)
            _print_result(result)
    finally:
        for process in list(_RUNNING):
            _end(process)
    return _print_summary(steps, results, time.monotonic() - started)


def _run(step: CheckStep, logs: Path) -> StepResult:
    log = logs / f"{step.name}.log"
    started = time.monotonic()
    if step.report is not None:
        step.report.unlink(missing_ok=True)
    notes = []
    with log.open("w", encoding="utf-8") as output:
        try:
            process = _started(step, output)
        except OSError as error:
            status = 1
            notes.append(f"did not start: {error}")
        else:
            try:
                status = process.wait(timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                status = 1
                notes.append(f"stopped after {TIMEOUT} seconds")
            finally:
                _end(process)
    result = StepResult(step, status, time.monotonic() - started, log, notes=notes)
    _count(result)
    return result


def _started(step: CheckStep, output: IO[str]) -> subprocess.Popen[bytes]:
    """Start a step in a new process group, so that it can be ended together with its child processes."""
    process = subprocess.Popen(
        step.command,
        cwd=step.cwd,
        env=step.env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    _RUNNING.add(process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a step and whatever it left running."""
    _RUNNING.discard(process)
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
            return


def _count(result: StepResult) -> None:
    """Fill in how many checks passed, failed and were skipped."""
    report = result.step.report
    if report is None:
        result.passed, result.failed = (1, 0) if result.status == 0 else (0, 1)
        return
    with contextlib.suppress(FileNotFoundError, ET.ParseError):
        for suite in ET.parse(report).getroot().iter("testsuite"):
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            result.failed += bad
            result.skipped += skipped
            result.passed += max(0, int(suite.get("tests", 0)) - bad - skipped)
    if result.status != 0 and not result.failed:
        # pytest itself failed: a wrong option, a failed import, no tests.
        result.failed = 1
        result.notes.append(f"ended with status {result.status}")


def _print_result(result: StepResult) -> None:
    word = "ok" if result.ok else "FAILED"
    counts = ""
    if result.step.report is not None:
        counts = f"  {result.passed} passed, {result.failed} failed, {result.skipped} skipped"
    notes = "".join(f"  ({note})" for note in result.notes)
    print(f"  {word:<7}{result.step.name:<24}{result.seconds:6.1f} s{counts}{notes}", flush=True)


def _print_summary(steps: list[CheckStep], results: list[StepResult], seconds: float) -> int:
    for result in results:
        if result.ok:
            continue
        lines = result.log.read_text(encoding="utf-8", errors="replace").splitlines()
        print(f"\n----- {result.step.name}: {' '.join(result.step.command)}")
        if len(lines) > SHOWN_LINES:
            print(f"[the last {SHOWN_LINES} of {len(lines)} lines of {os.path.relpath(result.log)}]")
        print("\n".join(lines[-SHOWN_LINES:]))
    if not all(result.ok for result in results):
        # The lines printed as the steps ended have scrolled away.
        print()
        order = [step.name for step in steps]
        for result in sorted(results, key=lambda result: order.index(result.step.name)):
            _print_result(result)
    print(f"\nAll {len(steps)} steps in {seconds:.0f} s:")
    passed, failed, skipped = (
        sum(getattr(result, name) for result in results) for name in ("passed", "failed", "skipped")
    )
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.stdout.flush()
    return 0 if passed and all(result.ok for result in results) else 1
