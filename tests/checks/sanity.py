"""Runs `ansible-test sanity` so that no two runs make the same virtual environments.

ansible-test keeps one for each test in the home folder, which all runs in a checkout share. Two runs that create one at
the same time would leave it broken.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

from tests.checks import workspace


def main(name: str, collection: str, arguments: list[str]) -> int:
    """Test the copy at the path `collection` and return the exit status of ansible-test. `arguments` choose the tests;
    runs of the same `name` wait for each other."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    program = Path(sys.executable).with_name("ansible-test")
    with (workspace.HOME / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Without --python it tries every interpreter that it finds. --local: no container.
        command = [str(program), "sanity", "--local", "--python", python, "--color", "no", *arguments]
        return subprocess.run(command, cwd=collection, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
