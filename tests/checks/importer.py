"""Builds the collection and runs galaxy-importer on it, as Ansible Galaxy does when it is published."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.checks import workspace
from tests.checks.artifact import build

ENVIRONMENT = Path(".venv-importer").resolve()


def main() -> int:
    """Work below `.build`, show what the importer says, and return 0, or 1 if it reports an error."""
    folder = workspace.BUILD / "importer"
    shutil.rmtree(folder, ignore_errors=True)
    archive = build(folder)
    programs = ENVIRONMENT / "bin"
    done = subprocess.run(
        [str(programs / "python"), "-m", "galaxy_importer.main", archive.name],
        cwd=folder,
        env={
            **os.environ,
            # It calls ansible-doc by its name.
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            # `make lint` does that, with the dependencies next to the collection; the importer has none.
            "GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "false",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout)
    errors = re.findall(r"^ERROR: .*", done.stdout, re.MULTILINE)
    accepted = done.returncode == 0 and (folder / "importer_result.json").exists()
    return 0 if accepted and not errors else 1


if __name__ == "__main__":
    sys.exit(main())
