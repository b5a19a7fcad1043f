# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings one distribution configuration to the wanted state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import TYPE_CHECKING

from ..._distribution import fields
from ..._distribution import option_reader
from ..._distribution.arns import account_of
from ..._distribution.arns import configuration_arn
from ..._distribution.arns import name_of
from ..._distribution.configuration import comparison
from ..._distribution.configuration.conversion import distributions_to_api
from ..._distribution.configuration.conversion import placeholders_to_api
from ..._distribution.configuration.conversion import tags_to_api
from ..._distribution.validation.checks import configuration_errors
from ..._distribution.validation_errors import in_order
from ..._distribution.validation_errors import show_prefixes
from ..._distribution.validation_errors import ValidationError
from ..._distribution.versions import installed_model
from .. import api
from ..errors import ImageBuilderError
from . import guards
from . import writing
from .change import ConfigurationChange
from .change import Outcome
from .prediction import predict

if TYPE_CHECKING:
    from ..module import Connection

# How many times an update is planned when somebody else keeps changing the configuration.
_PLANS = 5


def wanted_from(params: dict[str, Any]) -> dict[str, Any]:
    """The options of one configuration with C(distributions), C(description) and C(tags) in API form."""
    distributions, tags = params.get("distributions"), params.get("tags")
    return {
        **params,
        "description": placeholders_to_api(params.get("description")),
        "distributions": None if distributions is None else distributions_to_api(distributions),
        "tags": None if tags is None else tags_to_api(tags),
    }


def configuration_option_errors(
    params: dict[str, Any],
    service_model: Any,
    region: str | None = None,
    path: str = "",
    wanted: dict[str, Any] | None = None,
) -> list[ValidationError]:
    """The errors in the options of one configuration.

    :param wanted: the result of wanted_from() for these options, if the caller has it.
    """
    errors = configuration_errors(wanted or wanted_from(params), service_model, path, region)
    prefix = path + "." if path else ""
    errors = show_prefixes(errors, params.get("distributions"), prefix + "distributions")
    return in_order([], errors)


def explain_configuration(argument_spec: dict[str, Any], params: dict[str, Any]) -> list[ValidationError]:
    """All errors in a module's options, after Ansible's own validation has found the first one."""
    alone = [fields.SELECTORS]
    values, errors = option_reader.read(argument_spec, params, mutually_exclusive=alone, required_one_of=alone)
    return in_order(errors, configuration_option_errors(values, installed_model()))


def ensure(
    connection: Connection,
    wanted: dict[str, Any],
    check_mode: bool = False,
    path: str = "",
    found: dict[str, Any] | None = None,
    read_back: bool = True,
) -> Outcome:
    """Creates, updates or deletes one configuration, or does nothing.

    An unchanged configuration costs two requests by name (who am I, read it), one by ARN. An update that removes
    Regions, or that keeps what was read, reads again right before it writes, because the API has no conditional write.

    :param wanted: from wanted_from(), without configuration_option_errors(). With C(judged) in it, another module has
        already checked that a rollout can carry out the distributions. With C(owner), an Owner, nothing is written
        if the configuration belongs to another spec. With C(was_read), it is not created.
    :param check_mode: writes nothing; asks AWS for a dry run of a create.
    :param path: the path of these options for errors and warnings, such as C(distribution_configurations[3]).
    :param found: the configuration, if a listing has already returned it.
    :param read_back: whether to read the result after a write.
    :raises: ImageBuilderError, with C(changed) if something was or may have been written before, and with C(in_use) if
        pipelines still use the configuration that is to be deleted, C(deleted) if it no longer exists.
    """
    arn, account_id = arn_and_account(connection, wanted)
    label = f"{wanted.get('name') or name_of(arn)} ({arn})"
    try:
        return _perform(ConfigurationChange(connection, wanted, arn, account_id, path), check_mode, found, read_back)
    except ImageBuilderError as error:
        option = ".".join(part for part in (path, error.kwargs.get("option")) if part)
        message = f"{error.message} {label} in {connection.region}" if error.exception else error.message
        raise ImageBuilderError(
            message=f"{option}: {message}" if option else message, exception=error.exception, **error.kwargs
        ) from error


def arn_and_account(connection: Connection, wanted: Mapping[str, Any]) -> tuple[str, str]:
    """(ARN, account id) of the configuration."""
    arn = wanted.get("distribution_configuration_arn")
    if arn:
        return arn, account_of(arn)
    account_id, partition = connection.identity
    return configuration_arn(wanted["name"], partition, connection.region, account_id), account_id


def selected(connection: Connection, params: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """(ARN, configuration) that C(name) or C(distribution_configuration_arn) selects, None if it does not exist.

    :raises: ImageBuilderError, also if the configuration with the name's ARN has another name.
    """
    name, (arn, _account) = params["name"], arn_and_account(connection, params)
    answer = api.get_configuration(connection, arn)
    if not answer:
        return arn, None
    mismatch = name_mismatch(name, answer[0])
    if mismatch:
        raise ImageBuilderError(message=f"name: {mismatch}")
    return arn, answer[0]


def name_mismatch(name: str | None, configuration: dict[str, Any]) -> str | None:
    """Says that the configuration with a name's ARN has another name. Returns None if it has that one."""
    found = configuration["name"]
    if not name or found == name:
        return None
    return f"{name!r} does not exist, but {found!r} does, and both are the same name to AWS ({configuration['arn']})"


def _perform(change: ConfigurationChange, check_mode: bool, found: dict[str, Any] | None, read_back: bool) -> Outcome:
    unknown: list[str] = []
    if not found:
        found, unknown = api.get_configuration(change.connection, change.arn) or (None, [])
    plan = _plan(change, found, unknown)
    if check_mode and plan.action != "unchanged":
        return predict(change, plan, found)
    plan, found = _up_to_date(change, plan, found)
    if plan.action == "unchanged":
        return change.outcome(plan, found)
    if plan.action == "created":
        plan, found = writing.create(change, plan)
    elif plan.action == "deleted":
        plan = writing.delete(change, plan)
    elif found:
        writing.update(change, plan, found)
    return change.outcome(plan, writing.read_back(change, plan, found) if read_back else None)


def _plan(change: ConfigurationChange, found: dict[str, Any] | None, unknown: list[str]) -> comparison.Plan:
    guards.refuse_other_name(change, found)
    guards.refuse_other_owner(change, found)
    guards.refuse_incomplete(change, found)
    change.warnings = []
    plan = comparison.plan(change.wanted, found)
    guards.check(change, plan, found, unknown)
    return plan


def _up_to_date(
    change: ConfigurationChange, plan: comparison.Plan, found: dict[str, Any] | None
) -> tuple[comparison.Plan, dict[str, Any] | None]:
    """(plan, found), read again if an update could lose what somebody else has written since the read.

    An update that only adds to what exists is planned again. If it would remove Regions, a person must decide.
    """
    for _number in range(_PLANS):
        if not found or not _could_lose(change, plan):
            return plan, found
        now, unknown = api.get_configuration(change.connection, change.arn) or (None, [])
        if now and _version(now) == _version(found):
            return plan, found
        if not now:
            raise ImageBuilderError(
                message=f"Somebody else deleted {change.arn} between this task's read and its write; nothing was"
                " written. If it is still needed, run the task again"
            )
        plan = _plan(change, now, unknown)
        if plan.removed_regions:
            raise ImageBuilderError(
                message=f"Somebody else changed {change.arn} between this task's read and its write (date_updated was"
                f" {found.get('dateUpdated')} and is {now.get('dateUpdated')}). This task would remove"
                f" {', '.join(plan.removed_regions)} from it, so nothing was written. See what they changed, then run"
                " the task again"
            )
        found = now
    raise ImageBuilderError(
        message=f"Somebody else keeps changing {change.arn}: it had changed each of the {_PLANS} times that this task"
        " was about to update it. Nothing was written. Run the task again when they have finished"
    )


def _could_lose(change: ConfigurationChange, plan: comparison.Plan) -> bool:
    """Whether an update removes Regions, or writes back what was read."""
    if plan.action != "updated" or not plan.rewrite:
        return False
    kept = change.wanted.get("distributions") is None or not (
        change.wanted["purge_distributions"] and change.wanted["purge_accounts"]
    )
    return kept or bool(plan.removed_regions)


def _version(configuration: dict[str, Any]) -> tuple[Any, Any]:
    """What differs after somebody has written. Dates are not enough: C(dateUpdated) is missing before an update."""
    dates = configuration.get("dateCreated"), configuration.get("dateUpdated")
    return dates, comparison.settings(configuration)
