# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes one configuration, finds out whether a write without an answer was carried out, and reads the result."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from ..._distribution.arns import fold_name
from ..._distribution.configuration import comparison
from .. import api
from .. import uncertain
from ..errors import ImageBuilderError
from .change import ConfigurationChange
from .change import create_body
from .change import update_body
from .guards import refuse_other_name

# How many times tags are corrected that somebody else changes at the same time.
_SETTLINGS = 2


def create(change: ConfigurationChange, plan: comparison.Plan) -> tuple[comparison.Plan, dict[str, Any] | None]:
    """Creates a configuration, unless somebody else has just created the same one.

    :returns: (the plan that was carried out, the configuration if it existed already).
    """
    # All attempts share one token, so a repeated request gets the first answer if that was lost.
    token, body = str(uuid.uuid4()), create_body(plan)
    try:
        change.arn = api.create_configuration(change.connection, token, **body) or change.arn
    except ImageBuilderError as error:
        if error.code != "ResourceAlreadyExistsException" and not error.in_doubt:
            raise
        return _judge_create(change, plan, error)
    return plan, None


def _judge_create(
    change: ConfigurationChange, plan: comparison.Plan, error: ImageBuilderError
) -> tuple[comparison.Plan, dict[str, Any] | None]:
    """Finds out what became of a create without a certain answer, or whose name was taken since the read."""
    there = _look(change, error)
    if not there:
        raise (
            name_taken(change, error)
            if error.code == "ResourceAlreadyExistsException"
            else uncertain.not_carried_out(error)
        )
    refuse_other_name(change, there)
    now = comparison.plan(change.wanted, there)
    if now.action == "unchanged":
        return (plan, None) if error.in_doubt else (now, there)
    written = "whether something was written in between is not known" if error.in_doubt else "nothing was written"
    raise ImageBuilderError(
        message=f"Somebody else created {plan.name!r} at the same moment, with other settings ({now.differences});"
        f" {written}. Agree on the settings of {change.arn} first; if you run the task again, it writes its own",
        changed=error.in_doubt,
    )


def update(change: ConfigurationChange, plan: comparison.Plan, found: dict[str, Any]) -> None:
    """Writes the settings and tags that differ, in separate requests.

    :param found: the configuration that the plan is for.
    """
    steps: list[tuple[str, Callable[[], object], Callable[[dict[str, Any]], bool]]] = []
    if plan.rewrite:
        body = {**_carried(change, found), **update_body(plan)}
        token = str(uuid.uuid4())
        steps.append(
            (
                "settings",
                lambda: api.update_configuration(change.connection, token, change.arn, **body),
                lambda now: _shows_settings(change, now, plan, found),
            )
        )
    if plan.unset_tags:
        steps.append(
            (
                "removed tags",
                lambda: api.untag(change.connection, change.arn, plan.unset_tags),
                lambda now: not set(plan.unset_tags) & set(now.get("tags") or {}),
            )
        )
    if plan.set_tags:
        steps.append(
            (
                "added tags",
                lambda: api.tag(change.connection, change.arn, plan.set_tags),
                lambda now: plan.set_tags.items() <= (now.get("tags") or {}).items(),
            )
        )
    done: list[str] = []
    for name, write, shows in steps:
        try:
            _write(change, write, partial(_there_and, shows))
        except ImageBuilderError as error:
            message = f"After {' and '.join(done)} had been written: {error.message}" if done else error.message
            changed = bool(done) or error.changed
            raise ImageBuilderError(message=message, exception=error.exception, changed=changed) from error
        done.append(name)


def _there_and(shows: Callable[[dict[str, Any]], bool], now: dict[str, Any] | None) -> bool:
    return now is not None and shows(now)


def _shows_settings(
    change: ConfigurationChange, now: dict[str, Any], plan: comparison.Plan, found: dict[str, Any]
) -> bool:
    there = comparison.settings(now)
    wanted = comparison.settings({"description": plan.description, "distributions": plan.distributions})
    if there not in (wanted, comparison.settings(found)):
        raise ImageBuilderError(
            message=f"AWS gave no certain answer to an update of {change.arn}, which now has neither its old settings"
            " nor those of this task: somebody else has changed it at the same time. See what they changed, then run"
            " the task again",
            changed=True,
        )
    return there == wanted


def delete(change: ConfigurationChange, plan: comparison.Plan) -> comparison.Plan:
    """Deletes a configuration; returns the plan, as unchanged if somebody else has just deleted it."""
    try:
        deleted = _write(change, lambda: api.delete_configuration(change.connection, change.arn), lambda now: not now)
    except ImageBuilderError as error:
        if error.code != "ResourceDependencyException":
            raise
        try:
            message = f"{in_use_text(api.list_pipelines(change.connection, change.arn))} Failed to delete"
        except ImageBuilderError as listing:
            message = f"Pipelines still use the configuration, and could not be listed ({listing}). Failed to delete"
        raise ImageBuilderError(message=message, exception=error.exception, in_use=True) from error
    return plan if deleted else plan._replace(action="unchanged", old=None)


def _write(
    change: ConfigurationChange, write: Callable[[], object], shows: Callable[[dict[str, Any] | None], bool]
) -> object:
    """Makes a write. Without a certain answer, reads the configuration to find out whether it was carried out.

    :param write: makes the request, with its retries.
    :param shows: takes the configuration, None if it does not exist; returns whether it shows the write.
    :returns: the result of C(write), True if only the read shows it.
    :raises: ImageBuilderError.
    """
    try:
        return write()
    except ImageBuilderError as error:
        if not error.in_doubt or error.code == "ResourceDependencyException":
            raise
        if not shows(_look(change, error)):
            raise uncertain.not_carried_out(error) from error
        return True


def _look(change: ConfigurationChange, error: ImageBuilderError) -> dict[str, Any] | None:
    """The configuration after a write that failed with this error, None if it does not exist."""

    def read() -> dict[str, Any] | None:
        return (api.get_configuration(change.connection, change.arn) or (None,))[0]

    if error.in_doubt:
        return uncertain.read_back(error, "the configuration", read)
    try:
        return read()
    except ImageBuilderError as reading:
        raise _unseen_name(error, reading) from reading


def read_back(
    change: ConfigurationChange, plan: comparison.Plan, found: dict[str, Any] | None
) -> dict[str, Any] | None:
    """The configuration after a plan was carried out, None if it does not exist.

    :param found: the configuration if nothing was written.
    """
    if plan.new is None:
        return None
    if plan.action == "unchanged":
        return found
    try:
        return _settle(change, plan)
    except ImageBuilderError as error:
        raise ImageBuilderError(
            message=f"The configuration was {plan.action}, but then: {error.message}",
            exception=error.exception,
            changed=True,
        ) from error


def _settle(change: ConfigurationChange, plan: comparison.Plan) -> dict[str, Any]:
    """The configuration after a write, which somebody else may have changed at the same time.

    AWS changes tags one by one, so their tags may have mixed with ours; these are corrected.
    """
    settlings = 0
    while True:
        answer = api.get_configuration(change.connection, change.arn, just_created=plan.action == "created")
        if not answer:
            change.warn(f"{change.arn} was {plan.action}, but AWS does not show it yet, or somebody else deleted it")
            return {"arn": change.arn, **create_body(plan)}
        now = answer[0]
        left = comparison.plan(change.wanted, now)
        if left.action == "unchanged":
            return now
        if left.rewrite or settlings == _SETTLINGS:
            break
        update(change, left, now)
        settlings += 1
    change.warn(
        f"{change.arn} was {plan.action}, but what AWS returns now is not what was written ({left.differences}):"
        " somebody else has changed it at the same time, or AWS does not show the change yet. Check it, and run the"
        " task again to write it again"
    )
    return now


def in_use_text(pipelines: list[dict[str, Any]]) -> str:
    """Why a configuration cannot be deleted."""
    names = ", ".join(f"{pipeline.get('name')} ({pipeline.get('arn')})" for pipeline in pipelines)
    return (
        f"These pipelines still use the configuration: {names or 'none that these credentials can see'}. First"
        " give them another one, or delete them."
    )


def name_taken(change: ConfigurationChange, error: ImageBuilderError) -> ImageBuilderError:
    """The error of a create, with the configuration that already has the name."""
    if error.code != "ResourceAlreadyExistsException":
        return error
    try:
        summaries = api.list_configurations(change.connection)
    except ImageBuilderError as listing:
        return _unseen_name(error, listing)
    name = change.wanted["name"]
    same = [item for item in summaries if fold_name(item["name"]) == fold_name(name)]
    if not same:
        return error
    others = ", ".join(f"{item['name']!r} ({item['arn']})" for item in same)
    return ImageBuilderError(
        message=f"{name!r} is the same name to AWS as the existing {others}. {error.message}",
        exception=error.exception,
    )


def _unseen_name(error: ImageBuilderError, reading: ImageBuilderError) -> ImageBuilderError:
    """The error of a create whose name is taken, if another error hides by which configuration."""
    return ImageBuilderError(
        message=f"{error.message} (this task could not find out which configuration has the name: {reading})",
        exception=error.exception,
    )


def _carried(change: ConfigurationChange, found: dict[str, Any]) -> dict[str, Any]:
    """Top-level members that botocore knows and an update takes, but that our options lack."""
    members = change.connection.model.operation_model("UpdateDistributionConfiguration").input_shape.members
    ours = ("description", "distributions")
    return {member: value for member, value in found.items() if member in members and member not in ours}
