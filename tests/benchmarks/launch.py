"""``python launch.py REPORT COMMAND ...``: runs a command and writes what it took into the file REPORT, as JSON.

Linux counts the memory of a process from that of the one that started it. So what starts the measured command must be
small, and the benchmarks, which grow, are not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time


def main() -> int:
    """Run the command. Returns its exit status."""
    report, *command = sys.argv[1:]
    begun = time.perf_counter()
    process = subprocess.Popen(command)
    _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    with open(report, "w") as file:
        taken = {"wall": wall, "processor": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}
        json.dump(taken, file)
    return abs(process.returncode)


if __name__ == "__main__":
    sys.exit(main())
