"""Builds the documentation as HTML in `.build/site`: `make docs`. A warning of Sphinx is an error."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.checks import workspace
from tests.collection_tree import CHECKOUT
from tests.collection_tree import link_for_playbooks

_SETTINGS = CHECKOUT / "docs" / "site"


def main() -> int:
    """Return 0 and print where the site is, or the exit status of the program that failed."""
    site = workspace.BUILD / "site"
    shutil.rmtree(site, ignore_errors=True)
    # antsibull-docs writes only to a folder that nobody else may write to.
    (site / "rst").mkdir(parents=True)
    for folder in (site, site / "rst"):
        folder.chmod(0o700)
    env = {
        **workspace.environment(),
        "ANSIBLE_COLLECTIONS_PATH": str(link_for_playbooks(workspace.BUILD / "site-collections")),
        # As for `docs-lint`: amazon.aws lies where git ignores it.
        "GIT_CEILING_DIRECTORIES": str(CHECKOUT),
    }
    workspace.HOME.mkdir(parents=True, exist_ok=True)
    antsibull, sphinx = (str(Path(sys.executable).with_name(name)) for name in ("antsibull-docs", "sphinx-build"))
    describe = [antsibull, "--config-file", str(_SETTINGS / "antsibull-docs.cfg"), "collection"]
    pages, html = str(site / "rst"), str(site / "html")
    for command in (
        [*describe, "--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", pages, "goldimage.aws"],
        [sphinx, "-q", "-W", "--keep-going", "-c", str(_SETTINGS), "-d", str(site / "doctrees"), pages, html],
    ):
        status = subprocess.run(command, env=env, check=False).returncode
        if status:
            return status
    print(f"The documentation: {site / 'html' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
