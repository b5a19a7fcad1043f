# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a preflight, and the distributions that they choose."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING

from ..._distribution import fields
from ..._distribution import option_reader
from ..._distribution.arns import configuration_arn
from ..._distribution.configuration.conversion import distributions_to_api
from ..._distribution.forms import ApiDistribution
from ..._distribution.rollout.rollout_validation import source_errors
from ..._distribution.validation.checks import configuration_errors
from ..._distribution.validation.model import value_errors
from ..._distribution.validation_errors import in_order
from ..._distribution.validation_errors import show_prefixes
from ..._distribution.validation_errors import ValidationError
from ..._distribution.versions import installed_model
from .. import accounts as target_accounts
from .. import api
from ..configuration import configuration_set
from ..configuration.configuration_set import ENTRIES
from ..configuration.configurations import name_mismatch
from ..errors import ImageBuilderError
from ..workers import in_parallel

if TYPE_CHECKING:
    from ..accounts import Accounts
    from ..module import Connection

# The options that choose the distributions: directly, by the configuration that has them, or by many of these.
SOURCES = ("distributions", *fields.SELECTORS, ENTRIES)

# Requests consist mostly of latency, and few of those that run at once go to the same Region and account.
WORKERS = 30

# A list of configurations excludes all other sources, and a name excludes an ARN.
EXCLUSIVE = [fields.SELECTORS, *((ENTRIES, source) for source in SOURCES[:-1])]


def argument_spec() -> dict[str, Any]:
    """The options of the module."""
    configurations = fields.list_option()
    del configurations["required"]
    return target_accounts.argument_spec(
        **{ENTRIES: configurations},
        distributions={"type": "list", "elements": "dict", "options": fields.DISTRIBUTION_OPTIONS},
        name={"type": "str"},
        distribution_configuration_arn={"type": "str", "aliases": ["arn"]},
        execution_role={"type": "str"},
        source_image={"type": "str"},
        checks={"type": "str", "choices": ["all", "roles"], "default": "all"},
        workers={"type": "int", "default": WORKERS},
    )


def preflight_option_errors(
    params: dict[str, Any], service_model: Any, region: str | None = None
) -> list[ValidationError]:
    """The errors in the options, in the order of the options."""
    given = params.get("distributions")
    wanted = {**params, "description": None, "tags": None, "state": "present"}
    wanted["distributions"] = None if given is None else distributions_to_api(given)
    errors = show_prefixes(configuration_errors(wanted, service_model, arn_region=region), given)
    if params.get(ENTRIES) is not None:
        errors += _entry_errors(params[ENTRIES], service_model, region)
    role = params.get("execution_role")
    if role is not None:
        errors += value_errors(service_model.shape_for("RoleNameOrArn"), role, "execution_role")
    elif params.get("checks") == "roles":
        errors.append(ValidationError("execution_role", None, "is needed with checks: roles"))
    if params.get("source_image") is not None:
        errors += source_errors(params["source_image"], service_model, region)
    return in_order([], errors + target_accounts.account_option_errors(params, service_model))


def _entry_errors(entries: list[dict[str, Any]], service_model: Any, region: str | None) -> list[ValidationError]:
    if not entries:
        return [
            ValidationError(ENTRIES, entries, "an empty list leaves nothing to check; list at least one configuration")
        ]
    shown = {ENTRIES: entries}
    return configuration_set.set_option_errors(shown, configuration_set.wanted_from(shown), service_model, region)


def explain_preflight(spec: dict[str, Any], params: dict[str, Any]) -> list[ValidationError]:
    """All errors in the options, after Ansible's own validation has found the first one."""
    spec, params = configuration_set.as_options(spec, params)
    rules: dict[str, Any] = {"mutually_exclusive": EXCLUSIVE, "required_one_of": [SOURCES]}
    values, errors = option_reader.read(spec, params, **rules)
    return in_order(errors, preflight_option_errors(values, installed_model()))


class Chosen(NamedTuple):
    """A configuration that is checked.

    C(name): None if the options give none; C(arn): the configuration that a change would affect, None for
    distributions without a configuration; C(distributions): in API form.
    """

    name: str | None
    arn: str | None
    distributions: list[ApiDistribution]


def chosen(connection: Connection, accounts: Accounts, params: dict[str, Any]) -> list[Chosen]:
    """The configurations that the options choose.

    :param params: without preflight_option_errors().
    :raises: ImageBuilderError, which names every configuration that cannot be read.
    """
    if params.get(ENTRIES) is None:
        return [_chosen(connection, accounts, params)]
    entries = [(f"{ENTRIES}[{index}].", fields.entry_options(entry)) for index, entry in enumerate(params[ENTRIES])]
    wanted = [(prefix, entry) for prefix, entry in entries if entry.get("state") != "absent"]
    failed: list[ImageBuilderError] = []

    def one(item: tuple[str, dict[str, Any]]) -> Chosen | None:
        try:
            return _chosen(connection, accounts, item[1], item[0])
        except ImageBuilderError as error:
            if error.has_expired:
                raise
            failed.append(error)
            return None

    results = in_parallel(one, wanted, params["workers"])
    if len(failed) > 1:
        heading = f"{len(failed)} of {len(wanted)} distribution configurations cannot be checked:"
        raise ImageBuilderError(message="\n- ".join([heading, *sorted(map(str, failed))]))
    if failed:
        raise failed[0]
    return [configuration for configuration in results if configuration]


def _chosen(connection: Connection, accounts: Accounts, options: dict[str, Any], prefix: str = "") -> Chosen:
    """One configuration.

    :param options: any of C(name), C(distribution_configuration_arn) and C(distributions).
    :param prefix: the start of the paths of these options.
    """
    arn, name = options.get("distribution_configuration_arn"), options.get("name")
    if name:
        arn = configuration_arn(name, accounts.partition, connection.region, accounts.account_id)
    if options.get("distributions") is not None:
        return Chosen(name, arn, distributions_to_api(options["distributions"]))
    answer = api.get_configuration(connection, str(arn))
    option = prefix + ("name" if name else "distribution_configuration_arn")
    if not answer:
        raise ImageBuilderError(
            message=f"{option}: {name or arn} does not exist in {connection.region} in account {accounts.account_id};"
            " give distributions to check what is not there yet"
        )
    configuration = answer[0]
    mismatch = name_mismatch(name, configuration)
    if mismatch:
        raise ImageBuilderError(message=f"{option}: {mismatch}")
    return Chosen(configuration["name"], arn, configuration.get("distributions", []))
