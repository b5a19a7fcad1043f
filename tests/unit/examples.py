"""The examples of the documentation, and what each kind of them is held against.

Nothing is run here. A playbook's tasks are held against the argument specs of their modules, the variables of the role
against what the role makes of them, commands against the parsers of the programs that they call.
"""

from __future__ import annotations

import fnmatch
import importlib
import json
import re
import shlex
from functools import cache
from pathlib import Path
from typing import NamedTuple

import botocore.session
import jinja2
import yaml

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.goldimage.aws.plugins"
OWN = "goldimage.aws."

ACCOUNT = "123456789012"


class Example(NamedTuple):
    """A block of code: where it stands, its language, the block, and the whole page that it stands on."""

    place: str
    language: str
    text: str
    page: str


class Wrong(Exception):
    """An example that would not work; the text says why."""


def wrong_if(condition, text):
    if condition:
        raise Wrong(text)


# -- where examples stand ------------------------------------------------------------------------------------------


def on_pages():
    """Every block of code of the guides, the READMEs, and the examples of all plugins."""
    for folder in ("*", "docs/**/*", "roles/*/*", "playbooks/*/*", "tests/*/*"):
        for path in sorted(path for path in ROOT.glob(folder) if path.suffix in (".md", ".rst")):
            yield from blocks(path)
    for kind in ("modules", "filter", "lookup"):
        for path in sorted((ROOT / "plugins" / kind).glob("*.py")):
            text = importlib.import_module(f"{COLLECTION}.{kind}.{path.stem}").EXAMPLES
            yield Example(f"{path.relative_to(ROOT)}", "yaml", text, text)


def blocks(path):
    """The blocks of one page, in Markdown or reStructuredText."""
    yield from _fenced(path) if path.suffix == ".md" else _indented(path)


def _fenced(path):
    page = path.read_text(encoding="utf-8")
    for match in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", page, re.MULTILINE | re.DOTALL):
        yield _example(path, page, match.start(), match[2], match[3])


def _indented(path):
    page = path.read_text(encoding="utf-8")
    block = r"^( *)\.\. code-block:: *(\S*)\n((?:\n|\1 +\S.*\n)+)"
    for match in re.finditer(block, page, re.MULTILINE):
        yield _example(path, page, match.start(), match[2], match[3])


def _example(path, page, start, language, text):
    lines = text.strip("\n").split("\n")
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    place = f"{path.relative_to(ROOT)}:{page.count(chr(10), 0, start) + 1}"
    return Example(place, language, "\n".join(line[indent:] for line in lines) + "\n", page)


# -- what this project has -----------------------------------------------------------------------------------------


@cache
def own_names():
    """What can follow `goldimage.aws.`: modules, plugins, roles, playbooks, and the action group."""
    plugins = [path.stem for kind in ("modules", "filter", "lookup", "test") for path in _files(f"plugins/{kind}/*.py")]
    return {*plugins, *playbooks(), *(path.name for path in _files("roles/*")), "aws"}


@cache
def playbooks():
    return {path.stem for path in _files("playbooks/*.yml")}


@cache
def variables():
    """Every variable of the role and of its playbooks that a user may set."""
    named = set(role_options())
    for path in _files("playbooks/*.yml"):
        named |= set(re.findall(r"\bdistribution_\w+", path.read_text(encoding="utf-8")))
    return named


@cache
def role_options():
    specs = yaml.safe_load((ROOT / "roles/distribution_rollout/meta/argument_specs.yml").read_text(encoding="utf-8"))
    return specs["argument_specs"]["main"]["options"]


def _files(pattern):
    return sorted(ROOT.glob(pattern))


# -- argument specs ------------------------------------------------------------------------------------------------


class _Captured(Exception):
    pass


@cache
def argument_spec(name):
    """The options of a module, by its full name: what main() gives its module class, or what is documented."""
    if not name.startswith(OWN):
        return _documented(name)
    there = (ROOT / "plugins" / "modules" / f"{name[len(OWN) :]}.py").exists()
    wrong_if(not there, f"there is no module {name}")
    base = importlib.import_module("ansible_collections.amazon.aws.plugins.module_utils.modules")
    if name == f"{OWN}distribution_rollout":
        return _documented(name)
    module = importlib.import_module(f"{COLLECTION}.modules.{name[len(OWN) :]}")

    def capture(*dummy, **kwargs):
        raise _Captured({**base.aws_argument_spec(), **kwargs["argument_spec"]})

    usual, module.GoldimageModule = module.GoldimageModule, capture
    try:
        module.main()
    except _Captured as caught:
        return caught.args[0]
    finally:
        module.GoldimageModule = usual
    raise AssertionError(f"{name} makes no module")


def _documented(name):
    from ansible.plugins.loader import fragment_loader
    from ansible.plugins.loader import module_loader
    from ansible.utils.plugin_docs import get_docstring

    path = module_loader.find_plugin(name)
    wrong_if(path is None, f"there is no module {name}")
    return _spec_of(get_docstring(path, fragment_loader)[0]["options"])


def _spec_of(documented):
    names = ("type", "elements", "choices", "required", "aliases", "default")
    return {
        name: {
            **{key: option[key] for key in names if option.get(key) is not None},
            # Some modules document their choices one by one, as a map.
            **({"choices": list(option["choices"])} if option.get("choices") else {}),
            **({"options": _spec_of(option["suboptions"])} if option.get("suboptions") else {}),
        }
        for name, option in documented.items()
    }


def check_options(spec, options):
    """Holds options against an argument spec; a template stands for whatever fits."""
    found = ArgumentSpecValidator(spec).validate(_without_templates(options, {"options": spec}))
    wrong_if(found.error_messages, "; ".join(found.error_messages))


def _sample_of(option):
    """Any value of an option's type, in place of a template."""
    kind = option.get("type", "str")
    if kind == "dict" and "options" in option:
        return {name: _sample_of(o) for name, o in option["options"].items() if o.get("required")}
    return {"dict": {}, "list": [], "bool": True, "int": 1}.get(kind, (option.get("choices") or ["x"])[0])


def _without_templates(value, option):
    if is_template(value):
        return _sample_of(option)
    if isinstance(value, dict) and "options" in option:
        names = {alias: o for name, o in option["options"].items() for alias in (name, *o.get("aliases", ()))}
        return {key: _without_templates(content, names.get(key, {})) for key, content in value.items()}
    if isinstance(value, list):
        element = {**option, "type": option.get("elements", "str")}
        return [_without_templates(item, element) for item in value]
    return value


# -- YAML ----------------------------------------------------------------------------------------------------------


class Unsafe(str):
    """A text with Ansible's tag that says that it is no template."""

    __slots__ = ()


class Loader(yaml.SafeLoader):
    """Knows Ansible's tags."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: Unsafe(loader.construct_scalar(node)))


def is_template(value):
    return isinstance(value, str) and not isinstance(value, Unsafe) and "{{" in value


def templates(value):
    """Every template in a value."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for item in value:
            yield from templates(item)
    elif is_template(value):
        yield value


def check_yaml(example):
    content = yaml.load(example.text, Loader)
    for text in templates(content):
        jinja2.Environment().parse(text)
    if isinstance(content, list) and all("hosts" in item or "import_playbook" in str(item) for item in content):
        for play in content:
            if "ansible.builtin.import_playbook" in play:
                _check_playbook(play["ansible.builtin.import_playbook"])
            else:
                _check_play(play)
    elif isinstance(content, list):
        check_tasks(content)
    elif all(str(name).startswith("distribution_") for name in content):
        check_variables(content)
    elif set(content) == {"module_defaults"}:
        _check_defaults(content["module_defaults"])
    elif set(content) == {"all"}:
        for values in content["all"]["hosts"].values():
            check_variables(values)
    else:
        _check_piece(content)


def _check_playbook(name):
    wrong_if(not name.startswith(OWN) or name[len(OWN) :] not in playbooks(), f"there is no playbook {name}")


def _check_play(play):
    from ansible.playbook.play import Play

    unknown = set(play) - set(Play.fattributes)
    wrong_if(unknown, f"a play has no {', '.join(unknown)}")
    _check_defaults(play.get("module_defaults", {}))
    for section in ("pre_tasks", "tasks", "post_tasks", "handlers"):
        check_tasks(play.get(section, []))
    for role in play.get("roles", []):
        name = role.get("role", "")
        known = name.replace(OWN, "") in own_names() or name in _ROLES_OF_OTHERS
        wrong_if(not known, f"there is no role {role}")


# What no collection that is installed here has.
_ROLES_OF_OTHERS = {"infra.aap_configuration.dispatch"}


def _check_defaults(groups):
    for group, options in groups.items():
        wrong_if(group != "group/goldimage.aws.aws", f"{group} does not reach this collection")
        unknown = set(options) - set(argument_spec("goldimage.aws.imagebuilder_distribution_info"))
        wrong_if(unknown, f"no options of all modules: {', '.join(unknown)}")


def check_tasks(tasks):
    from ansible.playbook.block import Block
    from ansible.playbook.task import Task

    for task in tasks:
        sections = [name for name in ("block", "rescue", "always") if name in task]
        for name in sections:
            check_tasks(task[name])
        known = set(Block.fattributes) if sections else set(Task.fattributes)
        actions = [name for name in task if name not in known | {"with_items", "local_action", "listen"}]
        wrong_if(len(actions) != (0 if sections else 1), f"{task.get('name')}: not one action but {actions}")
        for action in actions:
            try:
                _check_action(action, task[action] or {})
            except Wrong as error:
                raise Wrong(f"{task.get('name', action)}: {error}") from None


def _check_action(name, options):
    wrong_if(name.count(".") < 2, f"{name} is no full name")
    if name in ("ansible.builtin.include_role", "ansible.builtin.import_role"):
        role = options["name"]
        path = ROOT / "roles" / role.replace(OWN, "") / "tasks" / f"{options.get('tasks_from', 'main')}.yml"
        wrong_if(not path.exists(), f"there is no {path.relative_to(ROOT)}")
        return
    if name == "ansible.builtin.set_fact":
        return
    check_options(argument_spec(name), options)
    if name in (f"{OWN}imagebuilder_distribution", f"{OWN}imagebuilder_distribution_set"):
        entries = options.get("distribution_configurations", [options])
        for entry in entries if isinstance(entries, list) else []:
            check_distributions(entry.get("distributions"))


def check_distributions(distributions):
    """Whether AWS would take them, as far as that is known here; nothing where templates make them."""
    if not isinstance(distributions, list) or list(templates(distributions)):
        return
    constraints = importlib.import_module(f"{COLLECTION}.module_utils._distribution.validation.checks")
    conversion = importlib.import_module(f"{COLLECTION}.module_utils._distribution.configuration.conversion")
    found = constraints.distribution_errors(conversion.distributions_to_api(distributions), _model("imagebuilder"))
    wrong_if(found, "; ".join(map(str, found)))


def check_variables(given):
    """Variables of the role and its playbooks; a whole spec is also resolved as the role does it."""
    unknown = set(given) - variables()
    wrong_if(unknown, f"nobody reads {', '.join(sorted(unknown))}")
    reading = importlib.import_module(f"{COLLECTION}.module_utils._distribution.role_spec.variables")
    plain = {name: value for name, value in given.items() if name in role_options() and not list(templates(value))}
    one_by_one = {name: {**option, "required": False} for name, option in role_options().items()}
    values, errors = reading.read(one_by_one, plain)
    if "distribution_rollout_spec_id" in given and not list(templates(given)):
        spec = importlib.import_module(f"{COLLECTION}.module_utils._distribution.role_spec.checks")
        values.setdefault("execution_role_name", f"goldimage-{values['spec_id']}")
        configurations, more = spec.check(values, [])
        errors = [*errors, *more]
        for configuration in configurations:
            check_distributions(configuration.settings.get("distributions"))
    wrong_if(errors, "; ".join(map(str, errors)))


def _option_names(spec):
    for name, option in spec.items():
        yield from (name, *option.get("aliases", ()))
        yield from _option_names(option.get("options", {}))


def _check_piece(content):
    """A few options that stand alone, or a fragment of the changelog."""
    sections = yaml.safe_load((ROOT / "changelogs/config.yaml").read_text(encoding="utf-8"))["sections"]
    if set(content) <= {name for name, dummy in sections}:
        return
    fields = importlib.import_module(f"{COLLECTION}.module_utils._distribution.fields")
    known = set(_option_names(fields.CONFIGURATION_OPTIONS))
    wrong_if(set(content) - known, f"no options: {', '.join(set(content) - known)}")


# -- JSON ----------------------------------------------------------------------------------------------------------

# Permissions that are no operations of the API.
_NO_OPERATIONS = {"iam:PassRole", "s3:ListBucket"}
# Services that IAM does not name as botocore does.
_SERVICES_OF_IAM = {"servicequotas": "service-quotas"}


def check_json(example):
    content = json.loads(example.text)
    if "distributions" in content:
        cli = importlib.import_module(f"{COLLECTION}.module_utils._distribution.configuration.cli_json")
        check_distributions(cli.options_from_text(example.text)[0]["distributions"])
    for statement in content.get("Statement", [content] if "Effect" in content else []):
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            service, name = action.split(":")
            known = action in _NO_OPERATIONS or fnmatch.filter(
                _model(_SERVICES_OF_IAM.get(service, service)).operation_names, name
            )
            # IAM has two permissions where KMS has one operation.
            wrong_if(not known and not action.startswith("kms:ReEncrypt"), f"there is no {action}")


@cache
def _model(service):
    return botocore.session.get_session().get_service_model(service)


# -- commands ------------------------------------------------------------------------------------------------------


def check_shell(example):
    for line in example.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        command = _COMMANDS.get(Path(words[0]).name)
        wrong_if(command is None, f"nothing is known to hold this against: {line}")
        command(words, example)


def _ansible(program, name):
    def check(words, example):
        cli = getattr(importlib.import_module(f"ansible.cli.{program}"), name)(words)
        cli.init_parser()
        try:
            chosen = vars(cli.parser.parse_args(cli.args[1:]))
        except SystemExit:
            raise Wrong(f"not the options of {words[0]}: {shlex.join(words)}") from None
        for text in chosen.get("extra_vars") or ():
            _check_extra_variable(text, example)
        if program == "playbook":
            for playbook in chosen["args"]:
                if playbook.startswith(OWN):
                    wrong_if(playbook[len(OWN) :] not in playbooks(), f"there is no playbook {playbook}")
                else:
                    wrong_if(example.page.count(playbook) < 2, f"nothing says what {playbook} is")
        if program == "adhoc":
            given = chosen["module_args"] or ""
            options = json.loads(given) if given.startswith("{") else dict(w.split("=", 1) for w in shlex.split(given))
            check_options(argument_spec(chosen["module_name"]), options)

    return check


def _check_extra_variable(text, example):
    if text.startswith("@"):
        # The parser has made a whole path of it.
        name = Path(text[1:]).name
        wrong_if(example.page.count(name) < 2, f"nothing says what {name} is")
    else:
        name = text.split("=")[0]
        wrong_if(name not in variables(), f"nobody reads {name}")


def _aws(words, dummy):
    service, operation, *rest = words[1:]
    operations = {_kebab(name): name for name in _model(service).operation_names}
    wrong_if(operation not in operations, f"there is no aws {service} {operation}")
    shape = _model(service).operation_model(operations[operation]).input_shape
    members = {f"--{_kebab(name)}" for name in shape.members}
    flags = {word for word in rest if word.startswith("--")}
    unknown = flags - members - {"--region", "--profile", "--query", "--output", "--cli-input-json"}
    wrong_if(unknown, f"aws {service} {operation} has no {', '.join(unknown)}")


def _kebab(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"-\1", name).lower()


def _make(words, dummy):
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    unknown = {word for word in words[1:] if "=" not in word} - targets
    wrong_if(unknown, f"the Makefile has no {', '.join(unknown)}")


def _python(words, dummy):
    path = ROOT / words[2].replace(".", "/")
    there = path.with_suffix(".py").exists() or (path / "__main__.py").exists()
    wrong_if(words[1] != "-m" or not there, f"there is no {words[2]}")


def _export(words, dummy):
    wrong_if(not all(re.fullmatch("[A-Z_]+=.*", word) for word in words[1:]), f"no variables: {words[1:]}")


def _pip(words, dummy):
    wrong_if(words[1] != "install" or not all(re.fullmatch("[a-z0-9-]+", word) for word in words[2:]), f"{words}")


def _terraform(words, dummy):
    wrong_if(words[1:3] != ["state", "rm"] or not re.fullmatch(r"aws_\w+\.\w+", words[3]), f"{words}")


def _cd(words, example):
    wrong_if(len(words) != 2 or f"/{words[1]}\n" not in example.text, f"nothing makes the folder {words[1:]}")


def _git(words, dummy):
    repository = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
    wrong_if(words[1:] != ["clone", repository], f"not how the repository is cloned: {shlex.join(words)}")


_COMMANDS = {
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


# -- others --------------------------------------------------------------------------------------------------------


def check_terraform(example):
    """Blocks are closed, and every argument stands in the table beside them."""
    depth = 0
    for line in filter(str.strip, example.text.splitlines()):
        match = re.fullmatch(r'\s*(?:(\w+)\s*=\s*(?:"[^"]*"|\[.*\]|\w+)|(\w+)(?: "\w+")* \{|(\}))', line)
        wrong_if(not match, f"no argument and no block: {line}")
        depth += 1 if match[2] else -1 if match[3] else 0
        name = match[1] or match[2]
        wrong_if(name and name != "resource" and f"``{name}``" not in example.page, f"not in the table: {name}")
    wrong_if(depth, "a block is not closed")


def check_python(example):
    compile(example.text, example.place, "exec")


def check_text(dummy):
    """What somebody sees, not what somebody writes."""


CHECKS = {
    "json": check_json,
    "python": check_python,
    "shell": check_shell,
    "terraform": check_terraform,
    "text": check_text,
    "yaml": check_yaml,
}
