# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits on the controller for a rollout, and prints its progress.

It runs the module repeatedly, each time for one status check, with the credentials of the task. Nothing here needs
boto3. If nothing can be printed (async, no_log, progress: false), the module itself waits.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ..module_utils._distribution.arns import account_of
from ..module_utils._distribution.arns import region_of
from ..module_utils._distribution.plain_text import harmless
from ..module_utils._distribution.rollout.image_status import AVAILABLE
from ..module_utils._distribution.rollout.image_status import DELETED
from ..module_utils._distribution.rollout.image_status import failure_text
from ..module_utils._distribution.rollout.image_status import GONE
from ..module_utils._distribution.rollout.image_status import is_final
from ..module_utils._distribution.rollout.image_status import resume_text
from ..module_utils._distribution.rollout.image_status import still_running_text
from ..module_utils._distribution.rollout.image_status import timeout_text
from ..module_utils._distribution.rollout.rollout_options import CANCELLED
from ..module_utils._distribution.rollout.rollout_options import WAIT_OPTIONS
from ..module_utils._distribution.targets import Target
from ..module_utils._distribution.targets import target_of

MODULE = "goldimage.aws.imagebuilder_image_distribution"

# The options that select a rollout or say what to do about one. A status check does not need them.
_ACTING = frozenset(
    ["source_image", "name", "distribution_configuration_arn", "arn", "execution_role", "tags", "resource_tags"]
    + ["logging_configuration", "force", "state", "on_failed", "image_build_version_arn", "wait"]
    + ["wave", "distributions", "other_target_accounts"]
)

# The options for starting a rollout. They are useless if the task names one.
_STARTING = frozenset(["source_image", "execution_role", "tags", "resource_tags", "logging_configuration", "force"])

_NOT_FOUND = "ResourceNotFoundException"

# The results that come from the first run of the module; all others come from the last status check.
_DONE = ("outcome", "reason", "source_image", "diff", "changed")

# With 24 accounts and 6 Regions, one status check may show 150 new AMIs, among which failures would be overlooked.
_MOST_AMI_LINES = 10


class ActionModule(ActionBase):
    """Starts the rollout with one run of the module, and checks its status with others."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        options = self._options()
        if options is None or not self._watches(options):
            wrap_async = self._task.async_val and not self._connection.has_native_async
            result.update(self._execute_module(module_name=MODULE, task_vars=task_vars, wrap_async=wrap_async))
            return result
        first = self._distribute(options, task_vars)
        if _has_left_something(first):
            # Another rollout distributes what the one that an earlier task began has left.
            first = _together(first, self._distribute(options, task_vars))
        result.update(first)
        return result

    def _distribute(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The result of one rollout, at its end."""
        first = self._look({**self._task.args, "wait": False}, task_vars)
        if first.get("still_running") and first.get("image"):
            arrivals = Arrivals(first)
            return arrivals.added_to(self._watch(first, options, task_vars, arrivals))
        return first

    def _options(self) -> dict[str, Any] | None:
        """The options for waiting, None if they have errors, which the module reports."""
        given = {name: value for name, value in self._task.args.items() if name in WAIT_OPTIONS}
        validation = ArgumentSpecValidator(WAIT_OPTIONS).validate(given)
        validated: dict[str, Any] = validation.validated_parameters
        return None if validation.error_messages else validated

    def _watches(self, options: dict[str, Any]) -> bool:
        if self._task.async_val or self._task.check_mode or self._task.no_log:
            return False
        waits = options["wait"] and options["wait_delay"] > 0 and options["wait_timeout"] > 0
        return bool(waits and options["progress"])

    def _look(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name=MODULE, module_args=dict(arguments), task_vars=task_vars
        )
        return result

    def _watch(
        self, first: dict[str, Any], options: dict[str, Any], task_vars: dict[str, Any], arrivals: Arrivals
    ) -> dict[str, Any]:
        """The result when the waiting ends."""
        arn = first["image"]["arn"]
        host = task_vars["inventory_hostname"]
        deadline = time.monotonic() + options["wait_timeout"]
        look = {name: value for name, value in self._task.args.items() if name not in _ACTING}
        look.update(image_build_version_arn=arn, on_failed="fail", wait=False)

        self._say([f"[{host}] {_account_and_region(arn)} rollout {arn} {first['outcome']}. {resume_text(arn)}"])
        self._say(changes(None, first, host))
        # After a start AWS may not show the image yet. The first result then shows what was started.
        seen, shown = first, False
        while not is_final(seen["image"]["state"]):
            left = deadline - time.monotonic()
            if left <= 0:
                why = timeout_text(options["wait_timeout"])
                text = still_running_text(arn, _state(seen), why, first["outcome"] == "cancelled")
                return self._ended(first, seen, {"failed": True, "msg": text})
            time.sleep(min(options["wait_delay"], left))
            try:
                now = self._look(look, task_vars)
            except AnsibleConnectionFailure as error:
                raise AnsibleConnectionFailure(_unseen(first, seen, error)) from error
            if shown and not now.get("image") and now.get("error", {}).get("code") == _NOT_FOUND:
                gone = {**seen["image"], "state": DELETED, "reason": GONE}
                now = {**seen, "image": gone, "still_running": False, "failed": True, "msg": failure_text(gone)}
            if not now.get("image"):
                # For example, the credentials have expired. This does not mean that the rollout has failed.
                now["msg"] = _unseen(first, seen, now.get("msg", "the module gave no result"))
                return self._ended(first, seen, {**now, "failed": True})
            arrivals.note(now)
            self._say(changes(seen, now, host))
            seen, shown = now, True
        return self._ended(first, self._settled(first, seen, task_vars), self._judged(seen, options))

    def _settled(self, first: dict[str, Any], seen: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The last result. For a wave, another run of the module reads its state and restores its configuration."""
        if not self._task.args.get("wave"):
            return seen
        options = {name: value for name, value in self._task.args.items() if name not in _STARTING}
        options.update(image_build_version_arn=seen["image"]["arn"], on_failed="fail", wait=False)
        now = self._look(options, task_vars)
        if not now.get("image") or not now.get("wave"):
            # A later task restores the configuration.
            why = now.get("msg", "the module gave no result")
            text = f"The rollout has ended, but the state of the wave could not be read: {why}"
            return {**seen, "wave": first["wave"], "warnings": [*seen.get("warnings", []), text]}
        return {**now, "wave": {**now["wave"], "due": True, "restored": first["wave"]["restored"]}}

    @staticmethod
    def _judged(seen: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        """What to change in the last result after a cancellation, because status checks fail unless AVAILABLE."""
        if options["state"] != CANCELLED:
            return {}
        if _state(seen) == AVAILABLE:
            text = f"{seen['image']['arn']} was AVAILABLE before it could be cancelled; its AMIs are distributed"
            return {"failed": False, "warnings": [text]}
        return {"failed": False}

    @staticmethod
    def _ended(first: dict[str, Any], seen: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
        """The result of the task: what the first run did, the last status, and C(more)."""
        result = {**seen, **more}
        result.update({name: first[name] for name in _DONE if name in first})
        if not result.get("failed"):
            for name in ("msg", "exception", "failed"):
                result.pop(name, None)
        result.setdefault("image", seen["image"])
        if first.get("wave"):
            # A status check of the rollout does not return the wave.
            result.setdefault("wave", first["wave"])
        if result["changed"] and result.get("diff", {}).get("after"):
            result["diff"] = {**result["diff"], "after": {**result["diff"]["after"], "state": _state(result)}}
        for name in ("warnings", "deprecations"):
            texts = [*first.get(name, []), *seen.get(name, []), *more.get(name, [])]
            if texts:
                result[name] = [text for index, text in enumerate(texts) if text not in texts[:index]]
        if "invocation" in first:
            result["invocation"] = first["invocation"]
        return result

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._display.display(harmless(line))


class Arrivals:
    """When each target first had its AMI, in seconds since the wait began.

    :param first: the result with which the wait begins. How long the AMIs in it took is not known.
    """

    def __init__(self, first: dict[str, Any]) -> None:
        self._began = time.monotonic()
        self._seconds: dict[Target, int | None] = dict.fromkeys(_targets_with_ami(first))

    def note(self, now: dict[str, Any]) -> None:
        """Notes the targets in the result of a status check."""
        for target in _targets_with_ami(now):
            self._seconds.setdefault(target, round(time.monotonic() - self._began))

    def added_to(self, result: dict[str, Any]) -> dict[str, Any]:
        """The result with C(seconds) in each of its targets."""
        targets = [{**target, "seconds": self._seconds.get(target_of(target))} for target in result.get("targets", [])]
        return {**result, "targets": targets} if targets else result


def _targets_with_ami(result: dict[str, Any]) -> list[Target]:
    return [target_of(ami) for ami in result["image"]["amis"] if ami["state"] in (None, AVAILABLE)]


def _has_left_something(result: dict[str, Any]) -> bool:
    """Whether the task continued a rollout of a wave that succeeded, and targets of the wave still lack the image."""
    if result.get("failed") or result.get("still_running") or result.get("outcome") not in ("resumed", "retried"):
        return False
    return bool((result.get("wave") or {}).get("remaining"))


def _together(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """The result of a task with two rollouts: that of the second, with what the first one did."""
    both = {**second, "changed": bool(first.get("changed") or second.get("changed"))}
    if second.get("wave"):
        both["wave"] = {**second["wave"], "resumed": first["image"]}
    warnings = [*first.get("warnings", []), *second.get("warnings", [])]
    return {**both, "warnings": warnings} if warnings else both


def changes(before: dict[str, Any] | None, now: dict[str, Any], host: str) -> list[str]:
    """The lines about what is new since the last status check, each with host, account and Region.

    :param before: the result of the last check, None for the first one.
    :param now: the result of this check.
    :param host: the name of the host.
    """
    arn = now["image"]["arn"]
    rollout = f"[{host}] {_account_and_region(arn)} {arn.split('/', 1)[1]}"
    lines = []
    if before is None or _state(before) != _state(now):
        reason = f" ({now['image']['reason']})" if now["image"].get("reason") else ""
        lines.append(f"{rollout}: {_state(now)}{reason}")
    known = _workflows(before)
    lines += [f"{rollout}: {text}" for text in _workflows(now) if text not in known]

    lines += [f"[{host}] {text}" for text in _ami_lines(before, now)]
    if not is_final(_state(now)):
        # Once the rollout has ended, the error contains the failures.
        known = [_failure_text(failure) for failure in before["image"]["failures"]] if before else []
        texts = [text for text in map(_failure_text, now["image"]["failures"]) if text not in known]
        lines += [f"[{host}] {text}" for text in texts]
    return lines


def _ami_lines(before: dict[str, Any] | None, now: dict[str, Any]) -> list[str]:
    """A line for each AMI that is new or changed its state, or if there are many, for each Region and state."""
    targets = {target_of(target) for target in now.get("targets", [])}
    count = f"{len(set(_targets_with_ami(now)) & targets)} of {len(targets)} Regions and accounts"
    known = {_ami_text(ami) for ami in before["image"]["amis"]} if before else set()
    new = [ami for ami in now["image"]["amis"] if _ami_text(ami) not in known]
    if len(new) <= _MOST_AMI_LINES:
        return [f"{_ami_text(ami)} ({count})" for ami in new]
    accounts = Counter((ami["region"], ami["state"]) for ami in new)
    return [
        " ".join(filter(None, [region, "AMI", state, f"in {number} account{'s' if number > 1 else ''} ({count})"]))
        for (region, state), number in accounts.items()
    ]


def _failure_text(failure: dict[str, Any]) -> str:
    step = f" at {failure['step']}" if failure["step"] else ""
    text = f"{failure['account_id']} {failure['region']} failed{step}: {failure['message'].rstrip('.')}"
    return ". ".join(filter(None, [text, failure["remedy"]]))


def _ami_text(ami: dict[str, Any]) -> str:
    return " ".join(filter(None, [ami["account_id"], ami["region"], "AMI", ami["ami_id"], ami["state"]]))


def _workflows(result: dict[str, Any] | None) -> list[str]:
    """The progress of each workflow, as texts."""
    texts = []
    for item in (result or {}).get("workflows", []):
        name = f"{item['type'].lower()} workflow"
        begun = [step for step in item["steps"] if step["status"] not in ("PENDING", None)]
        texts += [f"{name}, step {step['name']} {step['status']}" for step in begun]
        if not item["steps"]:
            texts.append(f"{name} {item['status']}, {item['finished_steps']} of {item['total_steps']} steps done")
    return texts


def _state(result: dict[str, Any]) -> str | None:
    state: str | None = result["image"]["state"]
    return state


def _account_and_region(arn: str) -> str:
    return f"{account_of(arn)} {region_of(arn)}"


def _unseen(first: dict[str, Any], seen: dict[str, Any], why: object) -> str:
    why = f"The rollout cannot be watched any longer: {str(why).rstrip('.')}"
    return still_running_text(first["image"]["arn"], _state(seen), why, first["outcome"] == "cancelled")
