# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the image that was last distributed with a configuration, and compares what is live with the configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import NamedTuple

from ..._distribution.arns import account_of
from ..._distribution.arns import configuration_arn
from ..._distribution.arns import partition_of
from ..._distribution.arns import region_of
from ..._distribution.configuration.comparison import settings
from ..._distribution.forms import ApiDistribution
from ..._distribution.rollout import drift
from ..._distribution.rollout import waves
from ..._distribution.rollout.image_status import COMPLETE
from ..._distribution.rollout.image_status import DELETED
from ..._distribution.rollout.image_status import is_final
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
from ..workers import in_parallel
from .live_state import compare_target
from .live_state import Context
from .live_state import IN_SYNC
from .live_state import leftover
from .named_configuration import named_configuration
from .wave_state import wave_state

SELECTORS = ("name", "distribution_configuration_arn", "image_build_version_arn")


def argument_spec() -> dict[str, Any]:
    """The argument spec of the modules that compare what is live with what a configuration asks for."""
    return accounts.argument_spec(
        name={"type": "str"},
        distribution_configuration_arn={"type": "str", "aliases": ["arn"]},
        image_build_version_arn={"type": "str"},
        wave={"type": "dict", "options": WAVE_OPTIONS},
        other_target_accounts={"type": "list", "elements": "str"},
    )


def image_option_errors(params: dict[str, Any], connection: Connection) -> list[ValidationError]:
    """The errors in these options."""
    errors = info_errors(params, connection.model, connection.region)
    return errors + accounts.account_option_errors(params, connection.model)


class Comparison(NamedTuple):
    """A comparison that the options ask for.

    C(distributions): what the configuration asks for, in API form; C(account_id): of the configuration; C(image_state):
    of the image, None if there is none; C(warnings): texts; C(compare): reads what is live, and returns the info
    module's result; C(check_again): fails if the configuration or the image has changed since, and returns a text if a
    rollout is still running, which may have written references before it reports its AMIs.
    """

    distributions: list[ApiDistribution]
    account_id: str
    image_state: str | None
    warnings: list[str]
    compare: Callable[[], dict[str, Any]]
    check_again: Callable[[], str | None]


def chosen_comparison(connection: Connection, target_accounts: Accounts, params: dict[str, Any]) -> Comparison:
    """The comparison that the options ask for.

    :param target_accounts: clients for the accounts.
    :raises: ImageBuilderError.
    """
    others = set(params["other_target_accounts"] or [])
    if params["wave"]:
        return _wave(connection, target_accounts, params, others)
    choice = _choose(connection, params)
    configuration = choice.configuration
    return Comparison(
        configuration.get("distributions", []),
        account_of(configuration["arn"]),
        status_of(choice.image),
        choice.warnings,
        lambda: _compare(target_accounts, choice, others, params["workers"]),
        lambda: _check_choice(choice, _choose(connection, params)),
    )


def _wave(connection: Connection, target_accounts: Accounts, params: dict[str, Any], others: set[str]) -> Comparison:
    """The comparison of a wave, of each target with what was last distributed there."""
    whole = named_configuration(connection, {**params, "state": None}, False, [])
    option, own = params["wave"], connection.identity[0]
    unknown = waves.unknown_regions(option, whole["distributions"])
    if unknown:
        raise ImageBuilderError(message="\n".join(str(error) for error in unknown))
    numbers = (option["number"], option["of"], option["regions"])
    wave = waves.make_wave(whole["name"], whole["distributions"], *numbers, own, connection.region)
    sharing = others | {account for _region, account in targets(whole["distributions"], own)}

    def compare_wave() -> dict[str, Any]:
        state = wave_state(connection, target_accounts, wave, None, sharing, params["workers"])
        return {
            "image_build_version_arn": None,
            "image_state": None,
            "source_image": state.source_image,
            "distribution_configuration_arn": whole["arn"],
            "targets": state.targets,
            "leftovers": [],
            "in_sync": state.in_sync,
        }

    def check_again() -> str | None:
        _require_same(whole, named_configuration(connection, {**params, "state": None}, False, []))
        wave_arn = configuration_arn(wave.name, partition_of(whole["arn"]), connection.region, own)
        return _running(connection, {whole["arn"], wave_arn})

    return Comparison(wave.distributions, own, None, [], compare_wave, check_again)


def _running(connection: Connection, configuration_arns: set[str]) -> str | None:
    """Says which rollout with these configurations is still running, None if there is none."""
    for summary in api.list_image_builds(connection):
        if summary.get("tags", {}).get(CONFIGURATION_TAG) in configuration_arns and not is_final(status_of(summary)):
            image = api.get_image(connection, summary["arn"])
            if image and not is_final(status_of(image)) and not contradiction(image):
                return _running_text(image)
    return None


def _running_text(image: dict[str, Any]) -> str:
    return f"the rollout {image['arn']} is {status_of(image)}; nothing is repaired before it has ended"


def _require_same(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Fails if somebody has changed a configuration."""
    if settings(before) != settings(now):
        raise ImageBuilderError(
            message=f"Somebody else changed {before['arn']} while this task compared it with what is live, so nothing"
            " was written. Run the task again"
        )


class _Choice(NamedTuple):
    """The image and the configuration to compare.

    C(image): from GetImage, None if none was distributed yet; C(configuration): the current one, or the copy in the
    image if it was deleted; C(warnings): texts; C(newer): a newer image that is not complete, or None.
    """

    image: dict[str, Any] | None
    configuration: dict[str, Any]
    warnings: list[str]
    newer: dict[str, Any] | None = None


def _check_choice(before: _Choice, now: _Choice) -> str | None:
    """As Comparison.check_again."""
    _require_same(before.configuration, now.configuration)
    arn = (now.image or {}).get("arn")
    if arn != (before.image or {}).get("arn"):
        raise ImageBuilderError(
            message=f"{arn} was distributed while this task compared an older image, so nothing was written. Run the"
            " task again"
        )
    return _running_text(now.newer) if now.newer and not is_final(status_of(now.newer)) else None


def _choose(connection: Connection, params: dict[str, Any]) -> _Choice:
    """The image and configuration that the options choose."""
    if params["image_build_version_arn"]:
        return _by_arn(connection, params["image_build_version_arn"])
    arn, configuration = selected(connection, params)
    if not configuration:
        raise ImageBuilderError(
            message=f"The distribution configuration {arn} does not exist; check name, Region and account"
        )
    image, newer, warnings = _newest(connection, arn)
    return _Choice(image, configuration, warnings, newer)


def _by_arn(connection: Connection, arn: str) -> _Choice:
    image = api.get_image(connection, arn)
    if not image:
        raise ImageBuilderError(message=f"image_build_version_arn: {arn} does not exist; check Region and account")
    copy = image.get("distributionConfiguration")
    if not copy:
        raise ImageBuilderError(message=f"image_build_version_arn: {arn} was made without a distribution configuration")
    answer = api.get_configuration(connection, copy["arn"])
    if answer:
        return _Choice(image, answer[0], [])
    text = f"{copy['arn']} no longer exists; the targets are compared with the copy of it in {arn}"
    return _Choice(image, copy, [text])


def _newest(connection: Connection, arn: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None, list[str]]:
    """(image, newer, warnings): the newest complete image, and a newer one; if none is complete, the newest image.

    :param arn: of the configuration.
    """
    candidates = {
        summary["arn"]: summary
        for summary in api.list_image_builds(connection)
        if summary.get("tags", {}).get(CONFIGURATION_TAG) == arn
    }
    for pipeline in api.list_pipelines(connection, arn):
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
        # The pipeline may have used another configuration then.
        configured = image.get("distributionConfiguration", {}).get("arn")
        tagged = image.get("tags", {}).get(CONFIGURATION_TAG) == arn
        contradicted = contradiction(image)
        if configured != arn and (contradicted or not tagged):
            warnings += [forged_text(image, contradicted)] if contradicted and tagged else []
            continue
        if status_of(image) in COMPLETE:
            newer = incomplete[0] if incomplete else None
            return image, newer, [*warnings, *(_newer_text(other, image) for other in incomplete)]
        incomplete.append(image)
    return (incomplete[0] if incomplete else None), None, warnings


def _newer_text(other: dict[str, Any], image: dict[str, Any]) -> str:
    return (
        f"The newer {other['arn']} is {status_of(other)}, so {image['arn']} is compared. To compare the newer one,"
        " give its ARN as image_build_version_arn"
    )


def _compare(target_accounts: Accounts, choice: _Choice, others: set[str], workers: int) -> dict[str, Any]:
    """The result of the info module for a choice of _choose()."""
    image, configuration = choice.image, choice.configuration
    arn, distributions = configuration["arn"], configuration.get("distributions", [])
    account_id, home_region = account_of(arn), region_of(arn)
    source = (image or {}).get("tags", {}).get(SOURCE_TAG)
    context = Context(
        accounts=target_accounts,
        account_id=account_id,
        partition=partition_of(arn),
        live=drift.live_amis(image, source, account_id, home_region) if image else {},
        target_accounts=frozenset({account for _region, account in targets(distributions, account_id)} | others),
        image_arn=image["arn"] if image else None,
        image_state=status_of(image),
        amis_without_target=drift.amis_without_target(image) if image else (),
    )
    compared = in_parallel(
        lambda target: compare_target(context, target),
        drift.wanted_targets(distributions, account_id, home_region),
        workers,
    )
    old = drift.leftovers(image, distributions, source, account_id, home_region) if image else []
    left = in_parallel(lambda ami: leftover(target_accounts, ami), old, workers)
    return {
        "image_build_version_arn": context.image_arn,
        "image_state": context.image_state,
        "source_image": source,
        "distribution_configuration_arn": arn,
        "targets": compared,
        "leftovers": [ami for ami in left if ami],
        "in_sync": all(target["status"] == IN_SYNC for target in compared),
    }
