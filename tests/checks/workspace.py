"""The folders that the checks work in: all of them below `.build`, none of them known to git.

`.build/home` is the home folder of every check, so that nobody's own `~/.aws`, `~/.ansible.cfg` or caches take part.
`.build/run-*` belongs to one run: the collection laid out as ansible-test and ansible-lint want it, the built artifact.
"""

from __future__ import annotations

import ast
import configparser
import contextlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.collection_tree import CHECKOUT
from tests.collection_tree import link

BUILD = CHECKOUT / ".build"
HOME = BUILD / "home"
LOGS = BUILD / "logs"
REPORTS = BUILD / "reports"
VENV_OLDEST = CHECKOUT / ".venv-oldest"
VENV_NEWEST = CHECKOUT / ".venv-newest"
# ansible-core 2.17 and 2.18 as they are now, with the botocore of today.
VENVS_SUPPORTED = {version: CHECKOUT / f".venv-{version}" for version in ("2.17", "2.18")}


@dataclass(frozen=True)
class Workspace:
    """The folder of one run. `tree` holds `ansible_collections/` with a copy of this collection and amazon.aws next to
    it; `dependencies` holds `ansible_collections/` with the dependencies alone, `awx` with awx.awx alone."""

    root: Path

    @property
    def tree(self) -> Path:
        return self.root / "tree"

    @property
    def collection(self) -> Path:
        return self.tree / "ansible_collections" / "goldimage" / "aws"

    @property
    def dependencies(self) -> Path:
        return self.root / "dependencies"

    @property
    def awx(self) -> Path:
        return self.root / "awx"

    @classmethod
    @contextlib.contextmanager
    def create(cls) -> Iterator[Workspace]:
        """Yield a new workspace and remove it afterwards."""
        BUILD.mkdir(exist_ok=True)
        root = Path(tempfile.mkdtemp(prefix="run-", dir=BUILD))
        try:
            yield cls(root)
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def prepare(self) -> None:
        """Create everything. Raises `subprocess.CalledProcessError` when git cannot list the checkout."""
        for folder in (HOME, LOGS, REPORTS):
            folder.mkdir(parents=True, exist_ok=True)
        _copy_checkout(self.collection)
        for root in (self.tree, self.dependencies):
            link(root, "amazon.aws")
        link(self.awx, "awx.awx")
        _refresh_pytest_links()
        _give_ansible_test_a_pip()
        _hand_pip_configuration_down()


def listed_files() -> list[str]:
    """Return the paths of the checkout, relative to it, that git tracks or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    # A file that was deleted but not yet committed is still listed.
    return sorted(path for path in set(listing.split("\0")) if path and (CHECKOUT / path).exists())


def environment() -> dict[str, str]:
    """Return a check's environment: the caller's, without what leads to a real account or another configuration."""
    unwanted = ("AWS_", "ANSIBLE_", "BOTO_", "GOLDIMAGE_", "MOLECULE_", "PYTEST_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        env.pop(name, None)
    # The environments are installed uncompiled; with this variable each process would compile all that it imports.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env["HOME"] = str(HOME)
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    env["AWS_EC2_METADATA_DISABLED"] = "true"
    env["ANSIBLE_NOCOLOR"] = "1"
    return env


def _copy_checkout(destination: Path) -> None:
    for path in listed_files():
        target = destination / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / path, target, follow_symlinks=False)
    # ansible-test asks the nearest git folder which files there are, and the checkout's own ignores `.build`.
    subprocess.run(["git", "init", "--quiet", str(destination)], check=True)


def _refresh_pytest_links() -> None:
    """Complete the links in `collections/`, from which pytest-ansible imports; it never adds to them by itself."""
    links = CHECKOUT / "collections" / "ansible_collections" / "goldimage" / "aws"
    links.mkdir(parents=True, exist_ok=True)
    for entry in CHECKOUT.iterdir():
        if entry.name == "collections":
            continue
        with contextlib.suppress(FileExistsError):
            (links / entry.name).symlink_to(entry)


def _give_ansible_test_a_pip() -> None:
    """Install our bootstrap script where ansible-test looks for the one that it would download."""
    source = Path(sysconfig.get_paths()["purelib"]) / "ansible_test" / "_internal" / "python_requirements.py"
    version = re.search(r"^\s+pip='([0-9.]+)'", source.read_text(encoding="utf-8"), re.MULTILINE)
    if version is None:
        raise RuntimeError(f"{source} does not say any more which pip ansible-test wants; look there what replaced it")
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    shutil.copy2(Path(__file__).with_name("get_pip.py"), cache / f"get_pip_{version[1].replace('.', '_')}.py")


def _hand_pip_configuration_down() -> None:
    """Write the pip configuration in force into `.build/home`: ansible-test drops every `PIP_*` variable, and the
    caller's own configuration file lies in another home folder."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    ).stdout
    settings: dict[str, dict[str, str]] = {}
    # Variables take precedence over files, as they do in pip.
    for line in sorted(listing.splitlines(), key=lambda line: line.startswith(":env:")):
        key, equals, value = line.partition("=")
        section, _dot, option = key.rpartition(".")
        if not equals or option in ("version", "help"):
            continue
        settings.setdefault("global" if section == ":env:" else section, {})[option] = ast.literal_eval(value)
    # In the output of the sanity tests, only errors are worth reading.
    settings.setdefault("global", {})["quiet"] = "2"
    # Each environment serves one test, which imports little of what is installed.
    settings.setdefault("install", {})["no-compile"] = "true"
    parser = configparser.RawConfigParser()
    parser.read_dict(settings)
    path = HOME / ".config" / "pip" / "pip.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    # An index address may hold a password.
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        parser.write(stream)
