"""Builds the documentation as HTML in `.build/site`: `make docs`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.checks import workspace
from tests.collection_tree import CHECKOUT
from tests.collection_tree import link_for_playbooks


def main() -> int:
    """Return 0 and print where the site is, or the exit status of the program that failed."""
    site = workspace.BUILD / "site"
    shutil.rmtree(site, ignore_errors=True)
    # antsibull-docs writes only where nobody else may.
    site.mkdir(parents=True, mode=0o700)
    env = {
        **workspace.environment(),
        "ANSIBLE_COLLECTIONS_PATH": str(link_for_playbooks(workspace.BUILD / "site-collections")),
        # As for `docs-lint`: amazon.aws lies where git ignores it.
        "GIT_CEILING_DIRECTORIES": str(CHECKOUT),
    }
    workspace.HOME.mkdir(parents=True, exist_ok=True)
    describe = [str(Path(sys.executable).with_name("antsibull-docs")), "sphinx-init", "--use-current", "--lenient"]
    names = ["--squash-hierarchy", "--project", "goldimage.aws", "--title", "goldimage.aws", "goldimage.aws"]
    for command in (
        # A theme that comes with Sphinx.
        [*describe, "--sphinx-theme", "alabaster", "--dest-dir", str(site), *names],
        [str(site / "build.sh")],
    ):
        status = subprocess.run(command, env=env, check=False).returncode
        if status:
            return status
    print(f"The documentation: {site / 'build' / 'html' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
