# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions of the role distribution_rollout: what its steps do, and afterwards what the result is.

It runs on the controller. It asks AWS through modules, and so with the credentials of the task.
"""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ..module_utils._distribution.arns import partition_of
from ..module_utils._distribution.report import conclusion as report_conclusion
from ..module_utils._distribution.report import result as report_result
from ..module_utils._distribution.report import stats as report_stats
from ..module_utils._distribution.report import summary as report_summary
from ..module_utils._distribution.role_spec import results as role_results
from ..module_utils._distribution.role_spec.waves import writes
from ..plugin_utils import report_files
from ..plugin_utils import role_variables
from ..plugin_utils.role_variables import plain

# The options that this action does not pass to the modules that it runs.
_OWN_OPTIONS = ("step", "entry_point", "results", "wave")

Result = dict[str, Any]
Variables = dict[str, Any]


class ActionModule(ActionBase):
    """One part of the role; the option C(step) says which."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Variables | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        steps = {
            "validate": self._validate,
            "findings": self._findings,
            "waves": self._waves,
            "wave": self._wave,
            "check": self._check,
            "report": self._report,
        }
        step = self._task.args.get("step")
        if step not in steps:
            raise AnsibleError(f"goldimage.aws.distribution_rollout: step must be one of {', '.join(steps)}")
        result.update({"changed": False, **steps[step](task_vars or {})})
        return result

    # -- before the steps --------------------------------------------------------------------------------------------

    def _validate(self, task_vars: Variables) -> Result:
        """The variables of the role -> what the steps need. Asks AWS only if the variables have no errors."""
        entry = str(self._task.args.get("entry_point") or "main")
        spec = role_variables.read(task_vars, self._templar, self._loader.get_basedir(), entry)
        if spec.errors:
            return _failed(spec.errors)
        region = {"region": spec.values["region"]}
        caller = self._module("amazon.aws.aws_caller_info", region, task_vars)
        if caller.get("failed"):
            return caller
        plan, errors = spec.plan(caller["account"], partition_of(caller["arn"]))
        if errors:
            return _failed(errors)
        if spec.values["execution_role_adopt"] and plan["execution_role_arn"]:
            # Only IAM knows the path of a role that somebody else created.
            name = {"name": spec.values["execution_role_name"]}
            roles = self._module("amazon.aws.iam_role_info", {**region, **name}, task_vars)
            if roles.get("failed"):
                return roles
            plan["execution_role_arn"] = ([one["arn"] for one in roles["iam_roles"]] or [plan["execution_role_arn"]])[0]
        if plan["writes_waves"]:
            options = {**region, "details": False, "pipelines": True}
            existing = self._module("goldimage.aws.imagebuilder_distribution_info", options, task_vars)
            if existing.get("failed"):
                return existing
            waves = writes(existing["distribution_configurations"], plan)
            if waves.errors:
                return _failed(waves.errors)
            plan.update(wave_entries=waves.entries, findings=waves.findings)
            if not waves.entries:
                plan["steps"] = [step for step in plan["steps"] if step != "waves"]
        return {**plan, "entry_point": entry}

    # -- between the steps -------------------------------------------------------------------------------------------

    def _findings(self, task_vars: Variables) -> Result:
        """Shows what a preflight found, and fails at errors."""
        asked_roles = self._task.args.get("entry_point") == "preflight_roles"
        findings = role_results.preflight_findings(plain(self._task.args.get("results")))
        for line in role_results.pipeline_notes(findings):
            self._display.display(line)
        errors = role_results.error_lines(findings)
        # In check mode, earlier steps have not written the permissions that the roles would have in a real run.
        if errors and not (asked_roles and self._task.check_mode):
            return {"failed": True, "msg": "\n".join(errors)}
        return {}

    def _waves(self, task_vars: Variables) -> Result:
        """The waves that are due, and the checks before each."""
        plans = role_results.of_loop(plain(self._task.args.get("results")))
        options = plain(task_vars["__distribution_rollout"])["options"]
        return role_results.due(plans, bool(self._task.check_mode), bool(options["wave_check"]))

    def _wave(self, task_vars: Variables) -> Result:
        """Adds the result of a wave to those before it, so that one variable holds all of them."""
        before = plain(task_vars.get("__distribution_rollout_waves") or {}).get("results") or []
        wave, result = plain(self._task.args.get("wave")), plain(self._task.args.get("results")) or {}
        own = {"item": wave, "configuration": wave["configuration"], "wave": wave["wave"], **result}
        results = [*before, own] if result else before
        return {"results": results, "stopped": any(one.get("failed") for one in results)}

    def _check(self, task_vars: Variables) -> Result:
        """Fails because the user's own check of a wave has failed."""
        wave, failed = plain(self._task.args.get("wave")), plain(self._task.args.get("results"))
        text = role_results.check_text(wave, failed)
        return {"failed": True, "msg": text, "configuration": wave["configuration"], "wave": wave["wave"]}

    # -- after the steps ---------------------------------------------------------------------------------------------

    def _report(self, task_vars: Variables) -> Result:
        """The registered results of the steps -> the role's result, summary, reports and statistics."""
        spec = plain(task_vars.get("__distribution_rollout") or {})
        before = plain(task_vars.get("__distribution_rollout_report") or {})
        check_mode = bool(self._task.check_mode)
        steps = role_results.steps(spec, _plain_registered(task_vars), before, check_mode)
        # The summary covers only what this part of the play did, but the entry point report covers all parts.
        kept = before.get("steps") or {}
        fresh = [
            name for name, results in steps.items() if results is not kept.get(name) or spec["entry_point"] == "report"
        ]
        reported = {**spec["reported"], "check_mode": check_mode, "fresh": fresh}
        result: Any = report_result.assemble(reported, steps)
        warnings = []
        if self._writes_report(spec, task_vars):
            try:
                report_files.write(spec["options"]["report_dir"], result, check_mode)
            except OSError as error:
                warnings.append(str(error))
        for line in report_summary.summary(result):
            self._display.display(line)
        return {
            "result": result,
            "failure": self._failure(result),
            "key": spec["key"],
            "steps": steps,
            "warnings": warnings,
            "ansible_stats": {"data": report_stats.essentials(result), "per_host": False, "aggregate": True},
        }

    @staticmethod
    def _failure(result: Any) -> str | None:
        """The error with which the run ends: the first cause and its remedy."""
        text = report_summary.failure(result)
        remedy = report_conclusion.first_cause(result)["remedy"] if text else None
        return f"{text.rstrip('.')}. {remedy}" if text and remedy else text

    @staticmethod
    def _writes_report(spec: Result, task_vars: Variables) -> bool:
        """Whether the options name a folder for the report, and the tags do not skip it."""
        only, without = task_vars.get("ansible_run_tags") or ["all"], task_vars.get("ansible_skip_tags") or []
        asked_for = bool({"all", "report", "tagged"} & set(only)) and "report" not in without
        return bool(spec["options"]["report_dir"]) and asked_for

    # -- shared ------------------------------------------------------------------------------------------------------

    def _module(self, name: str, options: Variables, task_vars: Variables) -> Result:
        """The result of a module, which also gets the connection options of this task."""
        common = {key: value for key, value in self._task.args.items() if key not in _OWN_OPTIONS}
        result: Result = self._execute_module(module_name=name, module_args={**common, **options}, task_vars=task_vars)
        return result


def _plain_registered(task_vars: Variables) -> Variables:
    return {name: plain(task_vars[name]) for name in role_results.REGISTERED if name in task_vars}


def _failed(errors: list[str]) -> Result:
    return {"failed": True, "msg": "\n".join(errors)}
