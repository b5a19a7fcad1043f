"""Which checks there are, and the command of each. `make` targets and CI name them by the names given here."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from tests.checks import workspace
from tests.checks.runner import CheckStep
from tests.checks.workspace import Workspace
from tests.collection_tree import CHECKOUT

# The groups that `make` has targets for; `all` holds every step that needs no newer Python.
_GROUPS = {
    "unit": ["unit"],
    "integration": ["integration"],
    "oldest": ["oldest-unit", "oldest-integration"],
    "newest": ["newest-unit", "newest-integration"],
    "supported": [f"supported-{version}" for version in workspace.VENVS_SUPPORTED],
    "lint": [
        "ruff",
        "ruff-format",
        "mypy",
        "yamllint",
        "ansible-lint",
        "docs-lint",
        "changelog",
        "reuse",
        "pre-commit",
    ],
    "sanity": ["sanity", "sanity-pylint"],
    "artifact": ["artifact"],
}

# Two processes; the one that finishes first takes over some of the other's tests.
_SHARED = ("-n", "2", "--dist", "worksteal")

# In a whole run other steps keep the processors busy, and a step of one process has less to set up. The playbooks are
# three steps then, of about the same length.
_ROLE_TESTS = "tests/integration/test_role_*.py"
_MODULE_TESTS = "tests/integration/test_imagebuilder_*.py"
_IN_PARTS = {"unit", "integration"}

# What mypy checks besides the plugins: all but the tests of single units and playbooks.
_TYPED_FOLDERS = ("benchmarks", "checks", "demo_callback", "live", "local_aws", "preflight_cases", "reliability")
_TYPED = (
    *sorted(CHECKOUT.glob("tests/*.py")),
    *(CHECKOUT / "tests" / folder for folder in _TYPED_FOLDERS),
)


def groups(steps: list[CheckStep]) -> dict[str, list[str]]:
    """Return the names that the command line accepts, each with its steps."""
    named = {step.name: [step.name] for step in steps}
    apart = _IN_PARTS | set(_GROUPS["newest"]) | set(_GROUPS["supported"])
    return {**named, **_GROUPS, "all": [step.name for step in steps if step.name not in apart]}


def all_steps(room: Workspace, pytest_args: str = "") -> list[CheckStep]:
    """Return every check, those first that take longest."""
    more = shlex.split(pytest_args)
    return [
        _pytest("unit", ["tests/unit", *_SHARED, *more], slots=2),
        _pytest("integration", ["tests/integration", *_SHARED, *more], slots=2),
        *(
            _pytest(f"integration-{name}", [*sorted(map(str, CHECKOUT.glob(tests))), *more], slots=1)
            for name, tests in (("role", _ROLE_TESTS), ("modules", _MODULE_TESTS))
        ),
        _pytest(
            "integration-others",
            [
                "tests/integration",
                *(f"--ignore-glob={CHECKOUT / tests}" for tests in (_ROLE_TESTS, _MODULE_TESTS)),
                *more,
            ],
            slots=1,
        ),
        _pytest("unit-single", ["tests/unit", *more], slots=1),
        _oldest_integration(more),
        *_in_tree(room),
        _pytest("reliability", ["tests/reliability", *more], slots=1),
        _pytest("contract", ["tests/live", *more], slots=1),
        # Only to see that they still run: the figures mean nothing while other steps run.
        CheckStep(
            "benchmarks",
            [sys.executable, "-m", "tests.benchmarks", "--small", "single", "created"],
            workspace.environment(),
            CHECKOUT,
        ),
        _oldest_unit(room, more),
        _newest_unit(room, more),
        _every_playbook("newest-integration", workspace.VENV_NEWEST, more),
        *(
            _every_playbook(f"supported-{version}", environment, more)
            for version, environment in workspace.VENVS_SUPPORTED.items()
        ),
        *_in_checkout(),
    ]


def _bin(name: str) -> str:
    """Return the path of a program of this environment."""
    return str(Path(sys.executable).with_name(name))


def _python(environment: Path) -> str:
    """Return the path of Python in another environment."""
    return str(environment / "bin" / "python")


def _pytest(name: str, arguments: list[str], slots: int, python: str = sys.executable, **env: str) -> CheckStep:
    report = workspace.REPORTS / f"{name}.xml"
    return CheckStep(
        name,
        [
            python,
            "-m",
            "pytest",
            f"--junit-xml={report}",
            f"-ocache_dir={workspace.BUILD / 'pytest' / name}",
            *arguments,
        ],
        {**workspace.environment(), **env},
        CHECKOUT,
        slots,
        report,
    )


def _oldest_unit(room: Workspace, more: list[str]) -> CheckStep:
    """The unit tests on the oldest supported versions, except those that need a current service model."""
    return _pytest(
        "oldest-unit",
        ["tests/unit", "-m", "not current_botocore", *more],
        slots=1,
        python=_python(workspace.VENV_OLDEST),
        # That environment has no collections; Ansible also looks for them in Python's path.
        PYTHONPATH=str(room.dependencies),
    )


def _newest_unit(room: Workspace, more: list[str]) -> CheckStep:
    """All unit tests on the newest versions. Guides have examples of awx.awx, which that `ansible` package lacks."""
    return _pytest(
        "newest-unit",
        ["tests/unit", *_SHARED, *more],
        slots=2,
        python=_python(workspace.VENV_NEWEST),
        PYTHONPATH=str(room.awx),
    )


def _oldest_integration(more: list[str]) -> CheckStep:
    """The playbooks marked `oldest`, run by the oldest ansible-playbook; botocore is too old there for rollouts."""
    arguments = ["tests/integration", "-m", "oldest", *more]
    return _pytest("oldest-integration", arguments, slots=1, **_of_environment(workspace.VENV_OLDEST))


def _every_playbook(name: str, environment: Path, more: list[str]) -> CheckStep:
    """All playbooks, run by the ansible-playbook of another environment with a current botocore."""
    return _pytest(name, ["tests/integration", *_SHARED, *more], slots=2, **_of_environment(environment))


def _of_environment(environment: Path) -> dict[str, str]:
    """What has playbooks run by the ansible-playbook of another environment, with the collections that it brings, if
    any. pytest itself and the local AWS run in this environment."""
    env = {
        "GOLDIMAGE_ANSIBLE_PLAYBOOK": str(environment / "bin" / "ansible-playbook"),
        "GOLDIMAGE_PYTHON": _python(environment),
    }
    for path in environment.glob("lib/python*/site-packages/ansible_collections"):
        env["GOLDIMAGE_COLLECTIONS"] = str(path)
    return env


def _in_tree(room: Workspace) -> list[CheckStep]:
    """The checks that need the collection laid out below a folder `ansible_collections`."""
    env = workspace.environment()
    return [
        # pylint takes as long as all the rest of the sanity tests.
        _sanity("sanity-pylint", room, ["--test", "pylint"]),
        _sanity("sanity", room, ["--skip-test", "pylint"]),
        CheckStep(
            "ansible-lint",
            [_bin("ansible-lint"), "--offline", "--nocolor", "--strict"],
            # Where it finds our own modules and those of amazon.aws.
            {**env, "ANSIBLE_COLLECTIONS_PATH": str(room.tree)},
            CHECKOUT,
        ),
        CheckStep(
            "mypy",
            [
                _bin("mypy"),
                f"--config-file={CHECKOUT / 'pyproject.toml'}",
                f"--cache-dir={workspace.BUILD / 'mypy'}",
                str((room.collection / "plugins").relative_to(room.tree)),
                *map(str, _TYPED),
            ],
            env,
            # The full names of the plugins begin here.
            room.tree,
        ),
        CheckStep(
            "artifact",
            [sys.executable, "-m", "tests.checks.artifact", str(room.root / "artifact")],
            env,
            CHECKOUT,
        ),
    ]


def _sanity(name: str, room: Workspace, arguments: list[str]) -> CheckStep:
    command = [sys.executable, "-m", "tests.checks.sanity", name, str(room.collection), *arguments]
    return CheckStep(name, command, workspace.environment(), CHECKOUT)


def _yaml_files() -> list[str]:
    names = (".yml", ".yaml", ".ansible-lint", ".yamllint")
    # A program writes the changelog, in its own style.
    return [path for path in workspace.listed_files() if path.endswith(names) and path != "changelogs/changelog.yaml"]


def _in_checkout() -> list[CheckStep]:
    env = workspace.environment()
    commands = {
        "docs-lint": [
            _bin("antsibull-docs"),
            "lint-collection-docs",
            "--plugin-docs",
            "--validate-collection-refs=dependent",
            "--disallow-unknown-collection-refs",
            "--check-extra-docs-refs",
            ".",
        ],
        "changelog": [_bin("antsibull-changelog"), "lint"],
        # Every file states its licence, itself or in REUSE.toml.
        "reuse": [_bin("reuse"), "lint", "--lines"],
        "pre-commit": [_bin("pre-commit"), "validate-config"],
        # By name, since it would walk through the virtual environments too.
        "yamllint": [_bin("yamllint"), "--strict", *_yaml_files()],
        "ruff": [_bin("ruff"), "check", "--no-cache", "."],
        "ruff-format": [_bin("ruff"), "format", "--check", "--diff", "--no-cache", "."],
    }
    # antsibull-docs copies amazon.aws by git's list of files, and .venv lies in a checkout that ignores it, this one or
    # where a link leads: without this git would find nothing to copy there.
    env["GIT_CEILING_DIRECTORIES"] = os.pathsep.join([str(CHECKOUT), str(Path(sys.prefix).resolve().parent)])
    return [CheckStep(name, command, env, CHECKOUT) for name, command in commands.items()]
