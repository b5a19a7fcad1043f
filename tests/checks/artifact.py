"""Builds the collection, installs what was built, and reads every plugin's documentation from the installed copy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.checks import workspace
from tests.collection_tree import CHECKOUT

_GALAXY = str(Path(sys.executable).with_name("ansible-galaxy"))
_DOC = str(Path(sys.executable).with_name("ansible-doc"))

# The folder of each kind of plugin that carries documentation, by ansible-doc's name for the kind.
_DOCUMENTED = {"module": "modules", "lookup": "lookup", "filter": "filter", "test": "test", "inventory": "inventory"}


def main(folder: str) -> int:
    """Work in `folder` and return 0, or 1 after printing what is wrong."""
    root = Path(folder)
    archive = build(root / "built")
    errors = misfits(archive)
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(root / "installed")}
    # The copy in the `ansible` package satisfies the dependency on amazon.aws; --offline avoids Galaxy.
    _run([_GALAXY, "collection", "install", "--offline", "-p", str(root / "installed"), str(archive)], env)
    errors += undocumented(root / "installed" / "ansible_collections" / "goldimage" / "aws", env)
    for error in errors:
        print(error)
    return 1 if errors else 0


def build(destination: Path) -> Path:
    """Build the checkout into `destination` and return the archive's path."""
    _run([_GALAXY, "collection", "build", "--output-path", str(destination)], dict(os.environ))
    (archive,) = destination.glob("*.tar.gz")
    return archive


def misfits(archive: Path) -> list[str]:
    """Return a line for each packed file that git would not track, and for each missing file that Galaxy requires."""
    known = {*workspace.listed_files(), "FILES.json", "MANIFEST.json"}
    with tarfile.open(archive) as packed:
        names = [member.name for member in packed.getmembers() if not member.isdir()]
    errors = [
        f"{name}: packed, but not the project's; add it to build_ignore in galaxy.yml"
        for name in names
        if name not in known
    ]
    # What only contributors need: tests, tools, caches. Most of their names begin with a dot.
    errors += [
        f"{name}: packed, but of no use to users of the collection; add it to build_ignore in galaxy.yml"
        for name in names
        if name.startswith(("tests/", ".")) or "/." in name or name in ("Makefile", "pyproject.toml")
    ]
    wanted = (
        "README.md",
        "LICENSE",
        "REUSE.toml",
        "CHANGELOG.rst",
        "meta/runtime.yml",
        "meta/execution-environment.yml",
    )
    return errors + [f"{name}: not packed" for name in wanted if name not in names]


def undocumented(collection: Path, env: dict[str, str]) -> list[str]:
    """Return a line for each plugin and role of the installed collection that ansible-doc cannot describe."""
    wanted = {
        kind: [path.stem for path in sorted((collection / "plugins" / folder).glob("[!_]*.py"))]
        for kind, folder in _DOCUMENTED.items()
    }
    wanted["role"] = [path.parent.parent.name for path in sorted(collection.glob("roles/*/meta/argument_specs.yml"))]
    errors = []
    for kind, names in wanted.items():
        full_names = [f"goldimage.aws.{name}" for name in names]
        if not full_names:
            continue
        answer = _run([_DOC, "--type", kind, "--json", *full_names], env)
        described = {name for name, entry in json.loads(answer).items() if entry and "error" not in entry}
        errors += [f"{name}: ansible-doc has nothing on this {kind}" for name in full_names if name not in described]
        print(f"{kind}: {', '.join(full_names)}")
    return errors


def _run(command: list[str], env: dict[str, str]) -> str:
    """Run `command` in the checkout and return its standard output. Raises `SystemExit` if it fails."""
    done = subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False)
    print(done.stderr, end="")
    if done.returncode:
        print(done.stdout)
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
