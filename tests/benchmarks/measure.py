"""Measures commands as whole processes, and prints tables."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field


@dataclass(frozen=True)
class Process:
    """What one command took, everything that it started included: C(wall) and C(processor) in seconds, C(memory) of
    its largest process in MB, and what it printed."""

    wall: float
    processor: float
    memory: float
    output: str


def run(command: Sequence[str], environment: dict[str, str], folder: str | os.PathLike[str]) -> Process:
    """Run a command to its end. Raises RuntimeError with its output when it fails."""
    with tempfile.TemporaryFile("w+") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}:\n{text[-5000:]}")
    return Process(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def side_by_side(
    contestants: dict[str, Callable[[], Process]],
    rounds: int,
    before: Callable[[], None] | None = None,
) -> dict[str, list[Process]]:
    """Let all run in turn, C(rounds) times: whatever else the machine does hits all of them alike.

    before: called ahead of each, to bring the service into the state that it starts from.
    """
    taken: dict[str, list[Process]] = {name: [] for name in contestants}
    for _round in range(rounds):
        for name, contestant in contestants.items():
            if before:
                before()
            taken[name].append(contestant())
    return taken


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def wall(processes: Sequence[Process]) -> float:
    """The median of wall times."""
    return median([process.wall for process in processes])


@dataclass
class Table:
    """A table in Markdown with a title, and what is to be said about it in sentences."""

    title: str
    head: Sequence[str]
    rows: list[Sequence[object]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row."""
        self.rows.append(cells)

    def __str__(self) -> str:
        lines = [f"### {self.title}", ""]
        lines.append("| " + " | ".join(self.head) + " |")
        lines.append("| --- |" + " ---: |" * (len(self.head) - 1))
        lines.extend("| " + " | ".join(map(_cell, row)) + " |" for row in self.rows)
        if self.remarks:
            lines.extend(["", *self.remarks])
        return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if value < 100 else f"{value:.0f}"
    return str(value)
