"""Checks examples of commands with the parsers of the programs that they call."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.unit.examples.pages import Example
from tests.unit.examples.pages import ROOT
from tests.unit.examples.pages import Wrong
from tests.unit.examples.pages import wrong_if
from tests.unit.examples.project import argument_spec
from tests.unit.examples.project import check_options
from tests.unit.examples.project import OWN
from tests.unit.examples.project import playbooks
from tests.unit.examples.project import service_model
from tests.unit.examples.project import variables

# Takes the words of a command and its example; raises Wrong.
Check = Callable[[list[str], Example], None]


def check_shell(example: Example) -> None:
    """Check each line of a shell script, which must be one command."""
    for line in example.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        command = _COMMANDS.get(Path(words[0]).name)
        wrong_if(command is None, f"there is no check for this command: {line}")
        command(words, example)


def _ansible(program: str, name: str) -> Check:
    def check(words: list[str], example: Example) -> None:
        cli = getattr(importlib.import_module(f"ansible.cli.{program}"), name)(words)
        cli.init_parser()
        try:
            chosen = vars(cli.parser.parse_args(cli.args[1:]))
        except SystemExit:
            raise Wrong(f"{words[0]} does not accept these options: {shlex.join(words)}") from None
        for text in chosen.get("extra_vars") or ():
            _check_extra_variable(text, example)
        if program == "playbook":
            for playbook in chosen["args"]:
                if playbook.startswith(OWN):
                    wrong_if(playbook[len(OWN) :] not in playbooks(), f"the playbook {playbook} does not exist")
                else:
                    wrong_if(example.page.count(playbook) < 2, f"the page does not say what {playbook} is")
        if program == "adhoc":
            given = chosen["module_args"] or ""
            options = json.loads(given) if given.startswith("{") else dict(w.split("=", 1) for w in shlex.split(given))
            check_options(argument_spec(chosen["module_name"]), options)

    return check


def _check_extra_variable(text: str, example: Example) -> None:
    if text.startswith("@"):
        # The parser has turned it into an absolute path.
        name = Path(text[1:]).name
        wrong_if(example.page.count(name) < 2, f"the page does not say what {name} is")
    else:
        name = text.split("=")[0]
        wrong_if(name not in variables(), f"neither the role nor a playbook reads {name}")


def _aws(words: list[str], _example: Example) -> None:
    service, operation, *rest = words[1:]
    operations = {_kebab(name): name for name in service_model(service).operation_names}
    wrong_if(operation not in operations, f"aws {service} {operation} does not exist")
    shape = service_model(service).operation_model(operations[operation]).input_shape
    members = {f"--{_kebab(name)}" for name in shape.members}
    flags = {word for word in rest if word.startswith("--")}
    unknown = flags - members - {"--region", "--profile", "--query", "--output", "--cli-input-json"}
    wrong_if(unknown, f"aws {service} {operation} does not accept {', '.join(unknown)}")


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"-\1", name).lower()


def _make(words: list[str], _example: Example) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    unknown = {word for word in words[1:] if "=" not in word} - targets
    wrong_if(unknown, f"not targets of the Makefile: {', '.join(unknown)}")


def _python(words: list[str], _example: Example) -> None:
    path = ROOT / words[2].replace(".", "/")
    there = path.with_suffix(".py").exists() or (path / "__main__.py").exists()
    wrong_if(words[1] != "-m" or not there, f"{words[2]} does not exist")


def _export(words: list[str], _example: Example) -> None:
    wrong_if(not all(re.fullmatch("[A-Z_]+=.*", word) for word in words[1:]), f"not variables: {words[1:]}")


def _pip(words: list[str], _example: Example) -> None:
    wrong_if(words[1] != "install" or not all(re.fullmatch("[a-z0-9-]+", word) for word in words[2:]), f"{words}")


def _terraform(words: list[str], _example: Example) -> None:
    wrong_if(words[1:3] != ["state", "rm"] or not re.fullmatch(r"aws_\w+\.\w+", words[3]), f"{words}")


def _cd(words: list[str], example: Example) -> None:
    wrong_if(len(words) != 2 or f"/{words[1]}\n" not in example.text, f"no command creates the folder {words[1:]}")


def _git(words: list[str], _example: Example) -> None:
    repository = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
    wrong_if(words[1:] != ["clone", repository], f"not how the repository is cloned: {shlex.join(words)}")


_COMMANDS: dict[str, Check] = {
    "ansible": _ansible("adhoc", "AdHocCLI"),
    "ansible-playbook": _ansible("playbook", "PlaybookCLI"),
    "ansible-galaxy": _ansible("galaxy", "GalaxyCLI"),
    "ansible-doc": _ansible("doc", "DocCLI"),
    "aws": _aws,
    "cd": _cd,
    "export": _export,
    "git": _git,
    "make": _make,
    "pip": _pip,
    "python": _python,
    "terraform": _terraform,
}
