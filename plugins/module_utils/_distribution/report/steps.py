# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of the steps registered -> module results, each with its configuration and wave."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from .model import Steps

# The steps in their order -> their names in texts.
_STEPS = {
    "preflight": "the preflight",
    "execution_role": "the execution role",
    "destination_accounts": "the target accounts' IAM roles",
    "preflight_roles": "the preflight of the IAM roles",
    "distribution": "writing the configurations",
    "pipelines": "attaching the pipelines",
    "rollout": "the rollout",
    "wave_check": "the check of a wave",
    "drift": "the comparison",
    "repair": "the repair",
    "retention": "the retention",
}


class StepEntry(NamedTuple):
    """One module result of a step. C(configuration) and C(wave) are None if the result does not name them."""

    step: str
    result: Mapping[str, Any]
    configuration: str | None
    wave: int | None


def in_words(step: str) -> str:
    """Returns the name of a step in texts."""
    return _STEPS.get(step, step)


def read(steps: Steps, waves: Iterable[Mapping[str, Any]] = ()) -> dict[str, list[StepEntry]]:
    """Returns the module results of each step that ran, in the order of the steps.

    :param steps: step -> a module's result, the results of a loop, or a list of results.
    :param waves: the waves of the spec. A result that names the configuration of a wave belongs to that wave of the
        whole configuration.
    """
    waves_by_name = {wave["name"]: (wave["configuration"], int(wave["wave"])) for wave in waves}
    entries_by_step = {}
    for step in _STEPS:
        entries = []
        for one in _results(_given(steps, step)):
            configuration, wave = _about(one)
            if configuration in waves_by_name:
                configuration, wave = waves_by_name[configuration]
            entries.append(StepEntry(step, one, configuration, wave))
        if entries:
            entries_by_step[step] = entries
    return entries_by_step


def _given(steps: Steps, step: str) -> Any:
    # Results of removals may be under the key "absent".
    absent = steps.get("absent")
    within = absent.get(step) if isinstance(absent, Mapping) else None
    return steps.get(step) or within


def _results(given: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(given, (list, tuple)):
        for one in given:
            yield from _results(one)
    elif isinstance(given, Mapping) and not given.get("skipped"):
        if isinstance(given.get("results"), (list, tuple)):
            yield from _results(given["results"])
        elif given:
            yield given


def _about(result: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """Returns (configuration, wave) of a result: from the result itself, the loop's item, or the module's options."""
    item = result.get(str(result.get("ansible_loop_var") or "item"))
    own = item if isinstance(item, Mapping) else {"configuration": item} if isinstance(item, str) else {}
    wave = result.get("wave")
    arguments = _map(_map(result.get("invocation")).get("module_args"))
    wave_argument = _map(arguments.get("wave"))
    number = wave if isinstance(wave, int) else _map(wave).get("number")
    name = result.get("configuration") if isinstance(result.get("configuration"), str) else None
    name = name or own.get("configuration") or own.get("name") or arguments.get("name")
    wave_number = number or own.get("wave") or wave_argument.get("number")
    return (str(name) if name else None), (int(wave_number) if wave_number else None)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
