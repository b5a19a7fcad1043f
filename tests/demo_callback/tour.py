"""What the tour prints: its own steps, changes, messages and failures, but not the other tasks of roles."""

from __future__ import annotations

from typing import Any

from ansible.playbook.task_include import TaskInclude
from ansible.plugins.callback.default import CallbackModule as Default

DOCUMENTATION = """
name: tour
type: stdout
short_description: As the default one, without the tasks of roles that only read, compute or include
description:
  - For the demo, which would otherwise be mostly names of tasks.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
"""

_SHOWS = ("ansible.builtin.debug", "debug")


class CallbackModule(Default):
    """The default callback, with less output from roles."""

    CALLBACK_NAME = "tour"

    def v2_playbook_on_include(self, included_file: Any) -> None:
        """Print nothing: the included file does not matter to a visitor."""

    def v2_runner_on_ok(self, result: Any) -> None:
        """Print what a visitor wants to see."""
        if self._is_worth_a_look(result):
            super().v2_runner_on_ok(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Print what a visitor wants to see of an item in a loop."""
        if self._is_worth_a_look(result):
            super().v2_runner_item_on_ok(result)

    @staticmethod
    def _is_worth_a_look(result: Any) -> bool:
        task = result.task
        if task._role is None:
            return True
        if isinstance(task, TaskInclude):
            return False
        said = result.result
        return bool(said.get("changed") or said.get("warnings")) or task.action in _SHOWS
