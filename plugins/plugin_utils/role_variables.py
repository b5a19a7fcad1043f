# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the variables of the role distribution_rollout: templates them once, and converts them to Python's types."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Any
from typing import NamedTuple

from ansible.errors import AnsibleError
from ansible.module_utils.common.yaml import yaml_load

from ..module_utils._distribution import survey_answers
from ..module_utils._distribution.role_spec import checks as role_checks
from ..module_utils._distribution.role_spec import steps as role_steps
from ..module_utils._distribution.role_spec import variables as role_inputs
from ..module_utils._distribution.role_spec.variables import ArgumentSpec
from ..module_utils._distribution.role_spec.variables import PREFIX
from ..module_utils._distribution.validation_errors import ValidationError

_ARGUMENT_SPECS = Path(__file__).parents[2] / "roles" / "distribution_rollout" / "meta" / "argument_specs.yml"

OMITTED = object()
_READ = (PREFIX, survey_answers.ASKED_PREFIX)


class Spec(NamedTuple):
    """The spec in the variables of a play.

    C(values): of the variables, with names without prefix; C(errors): texts, all that can be found without AWS.
    """

    values: dict[str, Any]
    configurations: list[role_checks.Configuration]
    steps: list[str]
    errors: list[str]

    def plan(self, account_id: str, partition: str) -> tuple[dict[str, Any], list[str]]:
        """(what the steps need, errors that depend on the account)."""
        plan = role_steps.plan(self.values, self.configurations, self.steps, account_id, partition)
        errors = role_checks.access_errors(self.values, plan["accounts"], self.steps)
        return plan, [str(error) for error in errors]


def read(task_vars: dict[str, Any], templar: Any, base: str, entry: str) -> Spec:
    """The spec that a play has in its variables.

    :param task_vars: the variables as Ansible passes them to an action, including templates.
    :param templar: Ansible's.
    :param base: the folder of the playbook, where relative paths are searched first.
    :param entry: the entry point of the role.
    """
    argument_spec = documented()
    given, unreadable = _variables(task_vars, templar)
    unknown = role_inputs.unknown([*given, *(error.path for error in unreadable)], argument_spec)
    values, errors = role_inputs.read(argument_spec, given)
    named = {error.path for error in unreadable}
    errors = unreadable + [error for error in errors if error.path not in named]
    if values.get("execution_role_name") is None and values.get("spec_id"):
        values["execution_role_name"] = f"goldimage-{values['spec_id']}"
    errors += _paths(values, base)
    steps = role_steps.steps(entry, values)
    unread = {re.split(r"[\[.]", error.path)[0] for error in errors}
    configurations, more = role_checks.check(values, steps, {name[len(PREFIX) :] for name in unread})
    errors += [error for error in more if re.split(r"[\[.]", error.path)[0] not in unread]
    return Spec(values, configurations, steps, [*unknown, *(str(error) for error in errors)])


@functools.cache
def documented() -> ArgumentSpec:
    """Name of a variable -> its argument spec in the role. Callers share it and must not change it."""
    documents = yaml_load(_ARGUMENT_SPECS.read_text(encoding="utf-8"))
    options: ArgumentSpec = documents["argument_specs"]["main"]["options"]
    return options


def _variables(task_vars: dict[str, Any], templar: Any) -> tuple[dict[str, Any], list[ValidationError]]:
    """(the role's variables without omitted ones, errors of their templates)."""
    given, errors = {}, []
    for name in sorted(name for name in task_vars if name.startswith(_READ) and name != role_inputs.RESULT):
        try:
            value = plain(templar.template(task_vars[name]), task_vars.get("omit"))
        except AnsibleError as error:
            # ansible-core 2.19 and later raise it if a whole value was omitted.
            if type(error).__name__ != "AnsibleValueOmittedError":
                errors.append(ValidationError(name, None, _reason(error)))
            continue
        if value is not OMITTED:
            given[name] = value
    own = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    return {**own, **survey_answers.answered_variables(given)}, errors


def _paths(values: dict[str, Any], base: str) -> list[ValidationError]:
    """Makes the paths in C(values) absolute; returns the errors in them."""
    errors = []
    folder = values.get("report_dir")
    if folder and os.path.exists(os.path.expanduser(folder)) and not os.path.isdir(os.path.expanduser(folder)):
        errors.append(ValidationError(f"{PREFIX}report_dir", folder, "is a file, but must be a folder"))
    check = values.get("wave_check")
    if check and values.get("waves"):
        tried = [os.path.join(folder, os.path.expanduser(check)) for folder in (base, os.getcwd())]
        existing = [path for path in tried if os.path.isfile(path)]
        if existing:
            values["wave_check"] = os.path.abspath(existing[0])
            errors += _tasks_errors(existing[0], check)
        else:
            text = f"there is no such file; looked for {' and '.join(dict.fromkeys(tried))}"
            errors.append(ValidationError(f"{PREFIX}wave_check", check, text))
    return errors


def _tasks_errors(path: str, check: str) -> list[ValidationError]:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        return [ValidationError(f"{PREFIX}wave_check", check, f"cannot be read: {_reason(error)}")]
    # Ansible reads the tasks only when it runs them. A file that cannot be a list of tasks is reported now.
    if text.strip() and not text.lstrip("\ufeff").lstrip().startswith(("-", "#", "[", "$ANSIBLE_VAULT", "%")):
        return [ValidationError(f"{PREFIX}wave_check", check, "must be a file with a list of tasks")]
    return []


def _reason(error: BaseException) -> str:
    """The reason of an error, without the text that Ansible's templating adds."""
    inner: BaseException | None = error
    while inner is not None:
        error, inner = inner, inner.__cause__ or getattr(inner, "orig_exc", None)
    text = re.split("original message: ", str(error), maxsplit=1)[-1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "; ".join(lines) or type(error).__name__


def plain(value: Any, omitted: str | None = None) -> Any:
    """A value in Python's own types without what was omitted, OMITTED if nothing is left.

    :param value: the result of a template or a task. It is not templated again.
    :param omitted: the text that represents what was omitted, before ansible-core 2.19.
    """
    if isinstance(value, dict):
        items = {_text(key): plain(content, omitted) for key, content in value.items()}
        return {key: content for key, content in items.items() if content is not OMITTED}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [item for item in (plain(one, omitted) for one in value) if item is not OMITTED]
    if isinstance(value, str):
        if omitted and value == omitted:
            return OMITTED
        return _text(value).replace(omitted, "") if omitted else _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return _text(value)


def _text(value: Any) -> str:
    """A string without ansible-core's mark, which str() keeps before 2.19."""
    return str.__str__(value) if isinstance(value, str) else str(value)
