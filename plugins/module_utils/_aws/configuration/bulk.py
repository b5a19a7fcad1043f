# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings many configurations to their wanted states in parallel, and removes those that a purge may remove."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from typing import TYPE_CHECKING

from ..._distribution.ownership import SPEC_TAG
from .. import api
from ..errors import ImageBuilderError
from ..workers import DEFAULT_WORKERS
from ..workers import in_parallel
from .change import Outcome
from .configurations import arn_and_account
from .configurations import ensure

if TYPE_CHECKING:
    from ..module import Connection


def ensure_all(
    connection: Connection,
    wanted: list[dict[str, Any]],
    check_mode: bool = False,
    workers: int = DEFAULT_WORKERS,
    path: str = "",
    surplus: Iterable[dict[str, Any]] = (),
    single: bool = False,
    released: Iterable[dict[str, Any]] = (),
    owned: dict[str, str] | None = None,
) -> list[Outcome]:
    """Creates, updates or deletes configurations, and removes surplus ones.

    Each is read, compared and written at once; none waits for the others.

    :param wanted: each item from configurations.wanted_from() and without errors.
    :param check_mode: writes nothing.
    :param path: the option that holds the list, for errors and warnings; empty for a single configuration.
    :param surplus: from surplus(); their outcomes come after those of C(wanted).
    :param single: whether to fill in Outcome.state, and the plan of unchanged configurations; costs memory and a read
        after each write.
    :param released: summaries of configurations that lose only the tag of their spec; their outcomes come last.
    :param owned: the tags that a surplus or released configuration must still have when its turn comes.
    :returns: an outcome for each, in this order. The action is failed, or kept for a surplus configuration that
        pipelines still use or that somebody else has taken over since it was listed; both have an error.
    """
    # Here and not in the threads, because this may ask AWS who we are, and must end the module if that fails.
    arns = [arn_and_account(connection, item)[0] for item in wanted]
    paths = [f"{path}[{index}]" if path else "" for index in range(len(wanted))]
    items: list[tuple[dict[str, Any], str, str, dict[str, Any] | None]] = [
        (item, arn, option, None) for item, arn, option in zip(wanted, arns, paths)
    ]
    items += [(_removal(found), found["arn"], "purge", found) for found in surplus]
    items += [(_release(found), found["arn"], "release", _comparable(found)) for found in released]

    def one(item: tuple[dict[str, Any], str, str, dict[str, Any] | None]) -> Outcome:
        goal, arn, option, found = item
        try:
            if found and not check_mode and _is_done(connection, arn, option, owned or {}):
                return Outcome("unchanged", goal.get("name"), arn)
            outcome = ensure(connection, goal, check_mode, option, found, read_back=single)
        except Exception as error:
            # Any exception: a bug in this collection must not lose the outcomes of the others.
            keeps = isinstance(error, ImageBuilderError) and (error.kwargs.get("in_use") or error.kwargs.get("taken"))
            return Outcome("kept" if found and keeps else "failed", goal.get("name"), arn, error=error)
        if option == "release" and outcome.changed:
            outcome = outcome._replace(action="released")
        if not single:
            outcome = outcome._replace(configuration=None, plan=outcome.plan if outcome.changed else None)
        result: Outcome = outcome
        return result

    return in_parallel(one, items, workers)


def _is_done(connection: Connection, arn: str, option: str, owned: dict[str, str]) -> bool:
    """Whether somebody has removed or released a configuration since it was listed, which may be minutes ago.

    :param option: C(purge) or C(release).
    :raises: ImageBuilderError, if the configuration is to be purged but was taken over.
    """
    try:
        answer = api.get_configuration(connection, arn)
    except ImageBuilderError as error:
        message = f"{option}: {error.message} {arn} in {connection.region}"
        raise ImageBuilderError(message=message, exception=error.exception, **error.kwargs) from error
    if not answer:
        return True
    is_owned = owned.items() <= (answer[0].get("tags") or {}).items()
    if not is_owned and option == "purge":
        raise ImageBuilderError(
            message=f"purge: {arn} was not removed, because somebody has removed its ownership tags in the meantime",
            taken=True,
        )
    return not is_owned


def surplus(
    connection: Connection, wanted: list[dict[str, Any]], ownership_tags: dict[str, str], limit: int
) -> list[dict[str, Any]]:
    """The configurations that a purge removes: those with all ownership tags that are not listed.

    :param wanted: as for ensure_all().
    :param ownership_tags: not empty.
    :param limit: the most that may be removed.
    :returns: the API's summaries, sorted by name, with C(distributions) that hold only Regions.
    :raises: ImageBuilderError, also if more than C(limit) would be removed.
    """
    listed = {arn_and_account(connection, item)[0] for item in wanted}
    return within_limit(
        connection,
        [
            summary
            for summary in api.list_configurations(connection)
            if summary["arn"] not in listed and ownership_tags.items() <= (summary.get("tags") or {}).items()
        ],
        limit,
    )


def within_limit(connection: Connection, summaries: Iterable[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """The configurations that a purge removes, sorted by name.

    :param summaries: from the API.
    :param limit: the most that may be removed.
    :raises: ImageBuilderError, if more would be removed.
    """
    purged = [_comparable(summary) for summary in summaries]
    purged.sort(key=lambda summary: (summary["name"], summary["arn"]))
    if len(purged) > limit:
        raise ImageBuilderError(
            message=f"purge_limit: {limit}: purge would remove {len(purged)} configurations in {connection.region}, so"
            f" nothing was written: {', '.join(summary['name'] for summary in purged)}. Raise purge_limit to remove"
            " them, or list those to keep"
        )
    return purged


def _comparable(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary in the form of a configuration, which holds only the names of its Regions."""
    return {**summary, "distributions": [{"region": region} for region in summary.get("regions", [])]}


def _release(summary: dict[str, Any]) -> dict[str, Any]:
    tags = {key: value for key, value in summary["tags"].items() if key != SPEC_TAG}
    goal = {"state": "present", "name": summary["name"], "distribution_configuration_arn": summary["arn"]}
    return {**goal, "description": None, "distributions": None, "tags": tags, "purge_tags": True}


def _removal(summary: dict[str, Any]) -> dict[str, Any]:
    return {"state": "absent", "name": summary["name"], "distribution_configuration_arn": summary["arn"]}
