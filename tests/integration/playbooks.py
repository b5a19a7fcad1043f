"""Runs the real ansible-playbook and ansible against the local AWS, and reads what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import yaml

from tests.collection_tree import CHECKOUT

# Another ansible-core can be tested, as `make test-oldest` does. Its modules then run on the Python next to it.
ANSIBLE_PLAYBOOK = os.environ.get("GOLDIMAGE_ANSIBLE_PLAYBOOK", str(Path(sys.executable).with_name("ansible-playbook")))
PYTHON = os.environ.get("GOLDIMAGE_PYTHON", sys.executable)

# The variable that names the program that runs Ansible with a head start; without it, Ansible starts as usual.
WARM_ANSIBLE = "GOLDIMAGE_WARM_ANSIBLE"

# Long enough for any playbook here on a busy machine, so a playbook that takes longer hangs.
TIMEOUT = 300


@dataclass(frozen=True)
class TaskResult:
    """One task as it ran on one host. `result` is what the module returned, with `changed`, `failed`, `diff`, ..."""

    name: str
    result: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What one command did. `tasks` are in the order in which they ran, `stats` is the recap of localhost."""

    rc: int
    stdout: str
    stderr: str
    tasks: list[TaskResult] = field(default_factory=list)
    stats: dict[str, int] = field(default_factory=dict)
    custom_stats: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> dict[str, Any]:
        """Return the result of the one task with this name. Raises `KeyError` where there is none, or more."""
        results = self.results(name)
        if len(results) != 1:
            names = "\n".join(task.name for task in self.tasks)
            raise KeyError(f"{len(results)} tasks named {name!r} among\n{names}\n{self.stderr}")
        return results[0]

    def results(self, name: str) -> list[dict[str, Any]]:
        """Return the results of all tasks with this name, in the order in which they ran."""
        return [task.result for task in self.tasks if task.name == name]

    def __str__(self) -> str:
        return f"status {self.rc}\n{self.stdout}\n{self.stderr}"


class Ansible:
    """Runs Ansible in a separate folder, without the caller's configuration and AWS credentials.

    `environment` leads to the local AWS and may hold more; `collections` is a value for ANSIBLE_COLLECTIONS_PATH.
    """

    def __init__(self, folder: Path, collections: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        for name in ("home", "local", "remote"):
            (folder / name).mkdir(parents=True)
        # With a head start, look less often whether a task has ended: that costs time of the processor.
        settings = "[defaults]\ninternal_poll_interval = 0.005\n" if WARM_ANSIBLE in environment else ""
        (folder / "ansible.cfg").write_text(settings)
        hosts = {"localhost": {"ansible_connection": "local"}}
        (folder / "inventory.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_", "PYTHONPATH"))
        }
        self.environment = {
            **inherited,
            "ANSIBLE_PYTHON_INTERPRETER": PYTHON,
            **environment,
            "HOME": str(folder / "home"),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_INVENTORY": str(folder / "inventory.yml"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
            # The targets are roles, as ansible-test expects.
            "ANSIBLE_ROLES_PATH": str(CHECKOUT / "tests" / "integration" / "targets"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
        }

    def playbook(
        self,
        playbook: str | Path | list[dict[str, Any]],
        *arguments: str,
        variables: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        rc: int | None = 0,
    ) -> Run:
        """Run a playbook: a path, a full name (`goldimage.aws.demo`), its text, or a list of tasks for localhost.

        `arguments` go to ansible-playbook (`--check`, `--diff`, `--tags`, ...), `variables` are extra vars,
        `environment` is added to the environment. Fails the test when the exit status is not `rc`; None takes any.
        """
        path = self._playbook_path(playbook)
        extra = ["--extra-vars", json.dumps(variables)] if variables else []
        settings = {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_SHOW_CUSTOM_STATS": "true"}
        done = self._run([ANSIBLE_PLAYBOOK, str(path), *extra, *arguments], {**settings, **(environment or {})})
        run = _read(done)
        _expect(run, rc)
        return run

    def target(self, name: str, *arguments: str, rc: int | None = 0, **variables: Any) -> Run:
        """Run a target of `tests/integration/targets` as `ansible-test integration` does."""
        play = {"hosts": "localhost", "gather_facts": False, "roles": [name]}
        defaults = {"resource_prefix": f"ansible-test-{name}", "tiny_prefix": "goldimage"}
        return self.playbook(yaml.safe_dump([play]), *arguments, variables={**defaults, **variables}, rc=rc)

    def adhoc(self, module: str, options: dict[str, Any] | str, *arguments: str, rc: int | None = 0) -> Run:
        """Run `ansible localhost -m MODULE -a OPTIONS`; options may be a map or text as typed in a shell."""
        text = options if isinstance(options, str) else json.dumps(options)
        program = str(Path(ANSIBLE_PLAYBOOK).with_name("ansible"))
        done = self._run([program, "localhost", "-m", module, "-a", text, *arguments], {})
        run = Run(done.returncode, done.stdout, done.stderr)
        _expect(run, rc)
        return run

    def _playbook_path(self, playbook: str | Path | list[dict[str, Any]]) -> str | Path:
        if isinstance(playbook, list):
            playbook = yaml.safe_dump(
                [{"name": "Test", "hosts": "localhost", "gather_facts": False, "tasks": playbook}], sort_keys=False
            )
        if isinstance(playbook, Path) or "\n" not in playbook:
            return playbook
        path = self._folder / "playbook.yml"
        path.write_text(playbook)
        return path

    def _run(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        warm = self.environment.get(WARM_ANSIBLE)
        return subprocess.run(
            [warm, *command] if warm else command,
            cwd=self._folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )


def _read(done: subprocess.CompletedProcess[str]) -> Run:
    """Return what the JSON callback printed. A run that ended before that has no tasks."""
    # Other callbacks print no document, and their diffs never have a line of only a brace.
    start = f"\n{done.stdout}".find("\n{\n")
    if start < 0:
        return Run(done.returncode, done.stdout, done.stderr)
    printed = json.loads(done.stdout[start:])
    tasks = [
        TaskResult(task["task"]["name"], result)
        for play in printed["plays"]
        for task in play["tasks"]
        for result in task["hosts"].values()
    ]
    stats = printed["stats"].get("localhost", {})
    return Run(done.returncode, done.stdout, done.stderr, tasks, stats, printed.get("global_custom_stats", {}))


def _expect(run: Run, rc: int | None) -> None:
    if rc is not None and run.rc != rc:
        raise AssertionError(f"expected status {rc}, got {run}")
