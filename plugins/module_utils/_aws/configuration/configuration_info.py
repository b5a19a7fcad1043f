# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads distribution configurations, for the info module."""

from __future__ import annotations

from typing import Any

from ..._distribution.validation.checks import configuration_errors
from ..._distribution.validation.model import value_errors
from ..._distribution.validation_errors import ValidationError
from .. import api
from ..module import Connection
from ..workers import DEFAULT_WORKERS
from ..workers import in_parallel
from .change import state_of
from .configurations import arn_and_account
from .configurations import name_mismatch


def lookup_option_errors(params: dict[str, Any], service_model: Any, region: str | None) -> list[ValidationError]:
    """The errors in the options of the info module."""
    errors = configuration_errors({**params, "state": "absent"}, service_model, arn_region=region)
    shape = service_model.operation_model("ListDistributionConfigurations").input_shape.members["filters"].member
    for name, values in _filters(params).items():
        path = f"filters.{name}"
        errors += value_errors(shape.members["name"], name, path)
        errors += value_errors(shape.members["values"], values, path)
    return errors


def gather(
    connection: Connection, params: dict[str, Any], workers: int = DEFAULT_WORKERS
) -> tuple[list[dict[str, Any]], list[str]]:
    """The configurations that the options of the info module choose.

    Reads all pages of summaries, with C(details) also each configuration once, and lists pipelines once for all.

    :returns: (configurations sorted by name, warnings).
    :raises: ImageBuilderError.
    """
    warnings: list[str] = []
    arn = params["distribution_configuration_arn"]
    if arn or params["name"]:
        configurations = _one(connection, params, warnings)
    else:
        configurations = _many(connection, _filters(params), params["details"], workers)
    users = _pipelines(connection, configurations, arn) if params["pipelines"] else None
    return sorted((_shown(item, params["details"], users) for item in configurations), key=_order), warnings


def _one(connection: Connection, params: dict[str, Any], warnings: list[str]) -> list[dict[str, Any]]:
    name, (arn, _account) = params["name"], arn_and_account(connection, params)
    answer = api.get_configuration(connection, arn)
    if not answer:
        return []
    configuration = answer[0]
    mismatch = name_mismatch(name, configuration)
    if mismatch:
        warnings.append(f"name: {mismatch}")
        return []
    return [configuration]


def _many(connection: Connection, filters: dict[str, list[str]], details: bool, workers: int) -> list[dict[str, Any]]:
    summaries = api.list_configurations(connection, filters)
    if not details:
        return summaries
    answers = in_parallel(lambda summary: api.get_configuration(connection, summary["arn"]), summaries, workers)
    # Somebody may have deleted some of them since they were listed.
    return [answer[0] for answer in answers if answer]


def _filters(params: dict[str, Any]) -> dict[str, list[str]]:
    filters = params.get("filters") or {}
    return {
        name: [str(item) for item in (value if isinstance(value, list) else [value])] for name, value in filters.items()
    }


def _pipelines(
    connection: Connection, configurations: list[dict[str, Any]], arn: str | None
) -> dict[str | None, list[dict[str, Any]]]:
    users: dict[str | None, list[dict[str, Any]]] = {}
    only = arn or (configurations[0]["arn"] if len(configurations) == 1 else None)
    for pipeline in api.list_pipelines(connection, only):
        user = {"name": pipeline.get("name"), "arn": pipeline.get("arn"), "status": pipeline.get("status")}
        users.setdefault(pipeline.get("distributionConfigurationArn"), []).append(user)
    return users


def _shown(
    configuration: dict[str, Any], details: bool, users: dict[str | None, list[dict[str, Any]]] | None
) -> dict[str, Any]:
    more = {}
    if users is not None:
        more["pipelines"] = users.get(configuration["arn"], [])
    shown = state_of(configuration, **more)
    if not details:
        entries = shown.pop("distributions")
        shown["regions"] = configuration.get("regions", [entry["region"] for entry in entries])
    return shown


def _order(configuration: dict[str, Any]) -> tuple[str, str]:
    return configuration["name"], configuration["arn"]
