# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the image that a configuration was last distributed with, and what is live of it everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import NamedTuple

from ..._distribution.arns import account_of
from ..._distribution.arns import partition_of
from ..._distribution.arns import region_of
from ..._distribution.forms import ApiDistribution
from ..._distribution.rollout import drift
from ..._distribution.rollout import waves
from ..._distribution.rollout.image_status import COMPLETE
from ..._distribution.rollout.image_status import DELETED
from ..._distribution.rollout.image_status import status_of
from ..._distribution.rollout.rollout_options import WAVE_OPTIONS
from ..._distribution.rollout.rollout_validation import info_errors
from ..._distribution.rollout.rollouts import age_key
from ..._distribution.rollout.rollouts import CONFIGURATION_TAG
from ..._distribution.rollout.rollouts import contradiction
from ..._distribution.rollout.rollouts import forged_text
from ..._distribution.rollout.rollouts import SOURCE_TAG
from ..._distribution.targets import targets
from ..._distribution.validation_errors import ValidationError
from .. import accounts
from .. import api
from ..accounts import Accounts
from ..configuration.configurations import selected
from ..errors import ImageBuilderError
from ..module import Connection
from ..workers import each
from .live_state import Context
from .live_state import IN_SYNC
from .live_state import look
from .live_state import still_there
from .named_configuration import named_configuration
from .remaining import remaining

SELECTORS = ("name", "distribution_configuration_arn", "image_build_version_arn")


def argument_spec() -> dict[str, Any]:
    """The options of the modules that compare what is live with what a configuration asks for."""
    return accounts.argument_spec(
        name={"type": "str"},
        distribution_configuration_arn={"type": "str", "aliases": ["arn"]},
        image_build_version_arn={"type": "str"},
        wave={"type": "dict", "options": WAVE_OPTIONS},
        other_target_accounts={"type": "list", "elements": "str"},
    )


def image_option_errors(params: dict[str, Any], connection: Connection) -> list[ValidationError]:
    """What is wrong with these options."""
    found = info_errors(params, connection.model, connection.region)
    return found + accounts.account_option_errors(params, connection.model)


class Comparison(NamedTuple):
    """What is compared with what.

    C(distributions): what the configuration asks for, in API form; C(account_id): of the configuration; C(image_state):
    of the image that is compared, None where there is none; C(warnings): texts; C(look): reads what is live, and gives
    what the info module returns.
    """

    distributions: list[ApiDistribution]
    account_id: str
    image_state: str | None
    warnings: list[str]
    look: Callable[[], dict[str, Any]]


def comparison(connection: Connection, target_accounts: Accounts, params: dict[str, Any]) -> Comparison:
    """What the options ask for.

    :param target_accounts: clients for the accounts.
    :raises: ImageBuilderError.
    """
    others = set(params["other_target_accounts"] or [])
    if params["wave"]:
        return _wave(connection, target_accounts, params, others)
    found = _find(connection, params)
    configuration = found.configuration
    return Comparison(
        configuration.get("distributions", []),
        account_of(configuration["arn"]),
        status_of(found.image),
        found.warnings,
        lambda: _compare(target_accounts, found, others, params["workers"]),
    )


def _wave(connection: Connection, target_accounts: Accounts, params: dict[str, Any], others: set[str]) -> Comparison:
    """A wave of a configuration, each target with whatever was distributed there last."""
    whole = named_configuration(connection, {**params, "state": None}, False, [])
    option, own = params["wave"], connection.identity[0]
    unknown = waves.unknown_regions(option, whole["distributions"])
    if unknown:
        raise ImageBuilderError(message="\n".join(str(error) for error in unknown))
    numbers = (option["number"], option["of"], option["regions"])
    wave = waves.make_wave(whole["name"], whole["distributions"], *numbers, own, connection.region)
    sharing = others | {account for _region, account in targets(whole["distributions"], own)}

    def look_at_wave() -> dict[str, Any]:
        found = remaining(connection, target_accounts, wave, None, sharing, params["workers"])
        return {
            "image_build_version_arn": None,
            "image_state": None,
            "source_image": found.source_image,
            "distribution_configuration_arn": whole["arn"],
            "targets": found.rows,
            "leftovers": [],
            "in_sync": found.in_sync,
        }

    return Comparison(wave.distributions, own, None, [], look_at_wave)


class _Found(NamedTuple):
    """An image and the configuration to compare it with.

    C(image): as GetImage shows it, None where none was distributed yet; C(configuration): as it is now, or as the image
    holds it where it was deleted; C(warnings): texts.
    """

    image: dict[str, Any] | None
    configuration: dict[str, Any]
    warnings: list[str]


def _find(connection: Connection, params: dict[str, Any]) -> _Found:
    """The image that the options choose."""
    if params["image_build_version_arn"]:
        return _by_arn(connection, params["image_build_version_arn"])
    arn, configuration = selected(connection, params)
    if not configuration:
        raise ImageBuilderError(
            message=f"The distribution configuration {arn} does not exist; check name, Region and account"
        )
    image, warnings = _newest(connection, arn)
    return _Found(image, configuration, warnings)


def _by_arn(connection: Connection, arn: str) -> _Found:
    image = api.get_image(connection, arn)
    if not image:
        raise ImageBuilderError(message=f"image_build_version_arn: {arn} does not exist; check Region and account")
    copy = image.get("distributionConfiguration")
    if not copy:
        raise ImageBuilderError(message=f"image_build_version_arn: {arn} was made without a distribution configuration")
    answer = api.get_configuration(connection, copy["arn"])
    if answer:
        return _Found(image, answer[0], [])
    text = f"{copy['arn']} no longer exists; compared with the copy of it in {arn}"
    return _Found(image, copy, [text])


def _newest(connection: Connection, configuration_arn: str) -> tuple[dict[str, Any] | None, list[str]]:
    """(image, warnings): the newest image that is complete, or without one the newest there is."""
    candidates = {
        summary["arn"]: summary
        for summary in api.list_image_builds(connection)
        if summary.get("tags", {}).get(CONFIGURATION_TAG) == configuration_arn
    }
    for pipeline in api.list_pipelines(connection, configuration_arn):
        candidates.update(
            {summary["arn"]: summary for summary in api.list_pipeline_images(connection, pipeline["arn"])}
        )
    incomplete: list[dict[str, Any]] = []
    warnings: list[str] = []
    for summary in sorted(candidates.values(), key=age_key, reverse=True):
        if status_of(summary) == DELETED or summary.get("type", "AMI") != "AMI":
            continue
        if incomplete and status_of(summary) not in COMPLETE:
            continue
        image = api.get_image(connection, summary["arn"])
        if not image:
            continue
        # A pipeline may have used another configuration at that time.
        held = image.get("distributionConfiguration", {}).get("arn")
        tagged = image.get("tags", {}).get(CONFIGURATION_TAG) == configuration_arn
        said = contradiction(image)
        if held != configuration_arn and (said or not tagged):
            warnings += [forged_text(image, said)] if said and tagged else []
            continue
        if status_of(image) in COMPLETE:
            return image, [*warnings, *(_newer_text(other, image) for other in incomplete)]
        incomplete.append(image)
    return (incomplete[0] if incomplete else None), warnings


def _newer_text(other: dict[str, Any], image: dict[str, Any]) -> str:
    return (
        f"The newer {other['arn']} is {status_of(other)}, so {image['arn']} is compared. To compare the newer one,"
        " give its ARN as image_build_version_arn"
    )


def _compare(target_accounts: Accounts, found: _Found, others: set[str], workers: int) -> dict[str, Any]:
    """What is live in every Region and account against what is asked for."""
    image, configuration = found.image, found.configuration
    arn, distributions = configuration["arn"], configuration.get("distributions", [])
    account_id, home_region = account_of(arn), region_of(arn)
    source = (image or {}).get("tags", {}).get(SOURCE_TAG)
    context = Context(
        accounts=target_accounts,
        account_id=account_id,
        partition=partition_of(arn),
        live=drift.live_amis(image, source, account_id, home_region) if image else {},
        all_targets=frozenset({account for _region, account in targets(distributions, account_id)} | others),
        image_arn=image["arn"] if image else None,
        image_state=status_of(image),
        placeless=drift.amis_without_target(image) if image else (),
    )
    rows = each(
        lambda target: look(context, target), drift.wanted_targets(distributions, account_id, home_region), workers
    )
    old = drift.leftovers(image, distributions, source, account_id, home_region) if image else []
    left = each(lambda ami: still_there(target_accounts, ami), old, workers)
    return {
        "image_build_version_arn": context.image_arn,
        "image_state": context.image_state,
        "source_image": source,
        "distribution_configuration_arn": arn,
        "targets": rows,
        "leftovers": [ami for ami in left if ami],
        "in_sync": all(row["status"] == IN_SYNC for row in rows),
    }
