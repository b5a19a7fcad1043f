"""Measures commands as whole processes, and prints tables."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

_LAUNCH = Path(__file__).with_name("launch.py")


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
    with tempfile.TemporaryFile("w+") as output, tempfile.NamedTemporaryFile("r") as report:
        launched = [sys.executable, "-I", "-S", str(_LAUNCH), report.name, *command]
        status = subprocess.call(
            launched, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        output.seek(0)
        text = output.read()
        if status:
            raise RuntimeError(f"{' '.join(command)} ended with status {status}:\n{text[-5000:]}")
        return Process(**json.load(report), output=text)


def side_by_side(
    contestants: dict[str, Callable[[], Process]],
    rounds: int,
    before: Callable[[], None] | None = None,
) -> dict[str, list[Process]]:
    """Let all run in turn, C(rounds) times, so that other load on the machine affects all of them alike.

    before: called before each, to bring the service into its initial state.
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
    """A table in Markdown with a title, and remarks on it."""

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
