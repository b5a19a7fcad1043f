# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options and the result of a set of distribution configurations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from ..._distribution import fields
from ..._distribution import option_reader
from ..._distribution.arns import fold_name
from ..._distribution.arns import name_of
from ..._distribution.configuration.conversion import tags_to_api
from ..._distribution.ownership import spec_id_errors
from ..._distribution.ownership import SPEC_TAG
from ..._distribution.recipients import EVERYBODY
from ..._distribution.validation.model import value_errors
from ..._distribution.validation_errors import in_order
from ..._distribution.validation_errors import ValidationError
from ..._distribution.versions import installed_model
from ..errors import ImageBuilderError
from ..module import Connection
from . import bulk
from . import configurations
from .change import Outcome
from .ownership import judged
from .ownership import owner_here
from .ownership import release_errors

ENTRIES = "distribution_configurations"
ACTIONS = ("created", "updated", "deleted", "released", "unchanged", "kept", "failed")


def wanted_from(params: dict[str, Any]) -> list[dict[str, Any]]:
    """Each entry as configurations.wanted_from() returns it, with the ownership tags added to its tags."""
    owned = tags_to_api(params.get("ownership_tags") or {})
    return [
        configurations.wanted_from(_owned(fields.entry_options(entry), owned)) for entry in params.get(ENTRIES) or []
    ]


def _owned(entry: dict[str, Any], owned: dict[str, str]) -> dict[str, Any]:
    """The options of a configuration, or the result of wanted_from(), with these tags added."""
    if not owned or entry.get("state") == "absent":
        return entry
    if entry.get("tags") is None:
        # Without the option tags, all other tags stay.
        return {**entry, "tags": owned, "purge_tags": False}
    return {**entry, "tags": {**tags_to_api(entry["tags"]), **owned}}


def set_option_errors(
    params: dict[str, Any], wanted: list[dict[str, Any]], service_model: Any, region: str | None = None
) -> list[ValidationError]:
    """The errors in the options of the set.

    :param wanted: from wanted_from().
    """
    owned = tags_to_api(params.get("ownership_tags") or {})
    errors = []
    if owned:
        errors += value_errors(service_model.shape_for("TagMap"), owned, "ownership_tags")
    if errors:
        # These errors are reported once, not again for each entry.
        wanted = wanted_from({**params, "ownership_tags": None})
    errors += _purge_errors(params)
    errors += spec_id_errors(params.get("spec_id"))
    given = [fields.entry_options(entry) for entry in params.get(ENTRIES) or []]
    for index, (entry, item) in enumerate(zip(given, wanted)):
        path = f"{ENTRIES}[{index}]"
        errors += configurations.configuration_option_errors(entry, service_model, region, path, item)
        errors += _conflicts(entry, owned, path)
    errors += release_errors(params.get("release") or [], given, service_model)
    if params.get("release") and not params.get("spec_id"):
        errors.append(ValidationError("release", params["release"], "has no effect without spec_id"))
    if params.get("allow_public") is False:
        errors += _public_errors(wanted)
    return in_order([], [*errors, *_twice(given)])


def _public_errors(wanted: Iterable[dict[str, Any]]) -> Iterator[ValidationError]:
    text = (
        "makes the AMI public, but allow_public is false. Remove it, or set allow_public: true"
        " (distribution_rollout_allow_public: true in the role)"
    )
    for index, configuration in enumerate(wanted):
        for number, entry in enumerate(configuration.get("distributions") or []):
            permission = entry.get("amiDistributionConfiguration", {}).get("launchPermission", {})
            for option, member in (("user_ids", "userIds"), ("user_groups", "userGroups")):
                if EVERYBODY in (permission.get(member) or []) and configuration.get("state") != "absent":
                    path = f"{ENTRIES}[{index}].distributions[{number}].ami_distribution_configuration"
                    yield ValidationError(f"{path}.launch_permission.{option}", EVERYBODY, text)


def _purge_errors(params: dict[str, Any]) -> Iterator[ValidationError]:
    owned, spec_id = params.get("ownership_tags"), params.get("spec_id")
    if owned and spec_id:
        yield ValidationError(
            "ownership_tags", None, "cannot be combined with spec_id, whose tag already marks the owned configurations"
        )
    for name, lowest in (("workers", 1), ("purge_limit", 0)):
        if params.get(name) is not None and params[name] < lowest:
            yield ValidationError(name, params[name], f"must be at least {lowest}")
    if params.get("purge"):
        if not owned and not spec_id:
            yield ValidationError(
                "ownership_tags",
                owned,
                "is needed with purge, which removes only what has all of these tags; give at least one, or spec_id",
            )
        if not params.get(ENTRIES):
            yield ValidationError(
                ENTRIES,
                params.get(ENTRIES),
                "an empty list with purge would remove every configuration that it owns; to remove"
                " configurations, list them with state: absent",
            )


def _conflicts(entry: dict[str, Any], owned: dict[str, str], path: str) -> Iterator[ValidationError]:
    if entry.get("state") == "absent":
        return
    for key, value in tags_to_api(entry.get("tags") or {}).items():
        if owned.get(key, value) != value:
            yield ValidationError(
                f"{path}.tags[{key!r}]", value, f"ownership_tags has {owned[key]!r} for it; leave the tag out here"
            )


def _twice(given: list[dict[str, Any]]) -> Iterator[ValidationError]:
    first: dict[str, tuple[int, str, str]] = {}
    for index, entry in enumerate(given):
        option = next((name for name in fields.SELECTORS if entry.get(name)), None)
        if not option:
            continue
        value = entry[option]
        key = fold_name(value) if option == "name" else name_of(value)
        if key not in first:
            first[key] = index, option, value
            continue
        other, other_option, other_value = first[key]
        path = f"{ENTRIES}[{other}].{other_option}"
        yield ValidationError(
            f"{ENTRIES}[{index}].{option}",
            value,
            f"is the same configuration as {path}; keep one of them"
            if value == other_value
            else f"is the same configuration to AWS as {other_value!r} at {path}; keep one of them",
        )


def complete(entries: Any) -> Any:
    """The entries in their final form, None if Ansible must validate them; see option_reader.read_unconverted()."""
    options = option_reader.read_unconverted({ENTRIES: fields.list_option()}, {ENTRIES: entries})
    return options and options[ENTRIES]


def explain_set(argument_spec: dict[str, Any], params: dict[str, Any]) -> list[ValidationError]:
    """All errors in the options, after Ansible's own validation has found the first one."""
    values, errors = option_reader.read(*as_options(argument_spec, params))
    return in_order(errors, set_option_errors(values, wanted_from(values), installed_model()))


def as_options(argument_spec: dict[str, Any], params: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """An argument spec and parameters in which each entry has the options of one configuration.

    So all modules report the same errors in them.
    """
    entry = {
        "options": fields.CONFIGURATION_OPTIONS,
        "mutually_exclusive": [fields.SELECTORS],
        "required_one_of": [fields.SELECTORS],
    }
    spec = {**argument_spec, ENTRIES: {**argument_spec[ENTRIES], **entry}}
    given = params.get(ENTRIES)
    if not isinstance(given, list):
        return spec, params
    options = [fields.entry_options(item) if isinstance(item, dict) else item for item in given]
    return spec, {**params, ENTRIES: options}


def run(
    connection: Connection, params: dict[str, Any], wanted: list[dict[str, Any]], check_mode: bool = False
) -> list[Outcome]:
    """Brings all configurations to their wanted states.

    :param params: without set_option_errors().
    :param wanted: from wanted_from().
    :returns: the outcomes of the listed configurations, then of the purged ones, then of the released ones.
    :raises: ImageBuilderError, if nothing was written.
    """
    surplus, released = [], []
    owned: dict[str, str] = {}
    if params["spec_id"]:
        # The module that writes checks ownership itself, because an earlier task with that check can be skipped.
        judgement = judged(connection, params["spec_id"], wanted, params["release"], params["purge"])
        surplus = bulk.within_limit(connection, judgement.unlisted, params["purge_limit"])
        released = judgement.released
        owner = owner_here(connection, params["spec_id"])
        owned = {SPEC_TAG: owner.value}
        wanted = [{**_owned(item, owned), "owner": owner} for item in wanted]
    elif params["purge"]:
        owned = tags_to_api(params["ownership_tags"])
        surplus = bulk.surplus(connection, wanted, owned, params["purge_limit"])
    return bulk.ensure_all(
        connection,
        wanted,
        check_mode,
        params["workers"],
        ENTRIES,
        surplus,
        released=released,
        owned=owned,
    )


def result(outcomes: list[Outcome], diff: bool = False) -> dict[str, Any]:
    """The module's result, with C(msg) if a configuration failed.

    :param diff: whether to add C(diff).
    """
    shown: dict[str, Any] = {
        "changed": any(outcome.changed for outcome in outcomes),
        "outcomes": [
            {
                "name": outcome.name,
                "arn": outcome.arn,
                "action": outcome.action,
                "changes": outcome.changes,
                "error": _error_text(outcome),
            }
            for outcome in outcomes
        ],
        "summary": {action: sum(outcome.action == action for outcome in outcomes) for action in ACTIONS},
    }
    if diff:
        shown["diff"] = [
            {"before_header": outcome.name, "after_header": outcome.name, **outcome.diff}
            for outcome in outcomes
            if outcome.changed and outcome.before != outcome.after
        ]
    failures = [" ".join(str(_error_text(outcome)).split("\n")) for outcome in outcomes if outcome.action == "failed"]
    if len(failures) == 1:
        shown["msg"] = failures[0]
    elif failures:
        heading = f"{len(failures)} of {len(outcomes)} distribution configurations failed:"
        shown["msg"] = "\n- ".join([heading, *failures])
    return shown


def _error_text(outcome: Outcome) -> str | None:
    if outcome.error is None:
        return None
    if isinstance(outcome.error, ImageBuilderError):
        return str(outcome.error)
    return f"{outcome.name or outcome.arn}: unexpected {type(outcome.error).__name__}: {outcome.error}"


def warnings(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """The warnings of all outcomes. Those that differ only in the configuration become one."""
    groups: dict[str, list[Any]] = {}
    for outcome in outcomes:
        for text in outcome.warnings:
            own = re.sub(rf"{ENTRIES}\[\d+\]|\(request id [^)]*\)", "", text)
            own = own.replace(outcome.arn, "").replace(outcome.name or outcome.arn, "")
            groups.setdefault(own, []).append((text, outcome))
    for same in groups.values():
        text = same[0][0]
        others = [outcome.name or outcome.arn for dummy, outcome in same[1:]]
        if others:
            more = f" and {len(others) - 5} others" if len(others) > 5 else ""
            text += f" (Likewise: {', '.join(others[:5])}{more}.)"
        yield text
