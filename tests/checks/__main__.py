"""Command line of the checks: `python -m tests.checks [NAME ...]`, all of them where none is named."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from tests.checks import runner
from tests.checks import steps
from tests.checks import workspace


def main(argv: list[str]) -> int:
    """Run the named checks and return the exit status: 0 when all passed, 1 otherwise, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks", description="Run the checks of this collection.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a check or a group of checks (default: all)")
    parser.add_argument("--list", action="store_true", help="name every check and group, and run none")
    parser.add_argument("--pytest-args", default="", help="more arguments for pytest, as one string")
    options = parser.parse_args(argv)

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with workspace.Workspace.create() as room:
        known = steps.all_steps(room, options.pytest_args)
        groups = steps.groups(known)
        if options.list:
            for name, members in groups.items():
                print(f"{name}: {', '.join(members)}")
            return 0
        unknown = [name for name in options.names if name not in groups]
        if unknown:
            parser.error(f"unknown check {', '.join(unknown)}; known are {', '.join(groups)}")
        wanted = {member for name in options.names or ["all"] for member in groups[name]}
        chosen = [step for step in known if step.name in wanted]
        room.prepare()
        if len(chosen) == 1:
            return runner.run_in_foreground(chosen[0])
        try:
            # One more than there are processors, because tests of requests wait now and then.
            return runner.run_all(chosen, slots=max(2, os.cpu_count() or 2) + 1, logs=workspace.LOGS)
        except KeyboardInterrupt:
            print("interrupted; nothing is left running", file=sys.stderr)
            return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
