"""The benchmarks: ``python -m tests.benchmarks [--small] [--write] [NAME ...]``; ``make bench`` runs all of them.

Each compares several programs, which take turns in one run against a local AWS that takes 50 ms for each answer.
``--write`` also writes the tables into docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys

from tests.benchmarks import fleets
from tests.benchmarks import preflight
from tests.benchmarks import role
from tests.benchmarks import single
from tests.benchmarks.scale import FULL
from tests.benchmarks.scale import SMALL
from tests.benchmarks.world import AWS_CLI
from tests.benchmarks.world import open_world
from tests.collection_tree import CHECKOUT

BENCHMARKS = {
    "unchanged": fleets.unchanged,
    "created": fleets.created,
    "updated": fleets.updated,
    "info": fleets.info,
    "preflight": preflight.preflight,
    "role": role.role,
    "growth": fleets.growth,
    "large": fleets.large,
    "single": single.single_task,
    "phases": single.phases,
}
PAGE = CHECKOUT / "docs" / "performance.md"


def main() -> int:
    """Run the benchmarks that are named, or all, and print their tables. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--small", action="store_true", help="to try the benchmarks themselves")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}")
    names = arguments.names or list(BENCHMARKS)
    if "unchanged" in names and not AWS_CLI.exists():
        parser.error(f"{AWS_CLI} is missing; `make bench` installs it")
    scale = SMALL if arguments.small else FULL
    print(f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n", flush=True)
    with open_world() as world:
        for name in names:
            table = str(BENCHMARKS[name](world, scale))
            print(f"{table}\n", flush=True)
            if arguments.write:
                _write(name, table)
    return 0


def _write(name: str, table: str) -> None:
    """Replace the text between the two comments of that name."""
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->\n"
    before, marked, rest = PAGE.read_text().partition(begin)
    if not marked or end not in rest:
        raise SystemExit(f"{PAGE} has no place for {name}")
    PAGE.write_text(f"{before}{begin}{table}\n{end}{rest.partition(end)[2]}")


if __name__ == "__main__":
    sys.exit(main())
