# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings many configurations to their wanted states at once, and removes those that a purge may remove."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from typing import TYPE_CHECKING

from ..._distribution.ownership import SPEC_TAG
from .. import api
from ..errors import ImageBuilderError
from ..workers import DEFAULT_WORKERS
from ..workers import each
from .configurations import address
from .configurations import ensure
from .task import Outcome

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

    Each is read, compared, and written as soon as it has been compared; nothing waits for the others.

    :param wanted: a list, each item from configurations.wanted_from() and without errors.
    :param check_mode: writes nothing.
    :param path: the option that holds the list, for errors and warnings; empty for the one that stands alone.
    :param surplus: from surplus(); they come after the given ones.
    :param single: whether Outcome.state and the plan of what is unchanged are wanted; costs a read after each write,
        and memory.
    :param released: summaries of configurations that lose the tag of their spec and are otherwise left alone; they come
        last.
    :param owned: the tags that a surplus one must still have when its turn comes.
    :returns: an Outcome for each, in the given order. What failed has the action failed, a surplus one that pipelines
        still use, or that somebody else took over since it was listed, the action kept; both have an error.
    """
    # Worked out here, because this may ask who we are, once, and ends the module where that fails.
    arns = [address(connection, item)[0] for item in wanted]
    places = [f"{path}[{index}]" if path else "" for index in range(len(wanted))]
    items: list[tuple[dict[str, Any], str, str, dict[str, Any] | None]] = [
        (item, arn, place, None) for item, arn, place in zip(wanted, arns, places)
    ]
    items += [(_removal(found), found["arn"], "purge", found) for found in surplus]
    items += [(_release(found), found["arn"], "release", _comparable(found)) for found in released]

    def one(item: tuple[dict[str, Any], str, str, dict[str, Any] | None]) -> Outcome:
        wish, arn, place, found = item
        try:
            if place == "purge" and not check_mode:
                _require_owned(connection, arn, owned or {})
            outcome = ensure(connection, wish, check_mode, place, found, read_back=single)
        except Exception as error:
            # Not only ImageBuilderError: were this collection itself at fault, the others' outcomes would be lost.
            keeps = isinstance(error, ImageBuilderError) and (error.kwargs.get("in_use") or error.kwargs.get("taken"))
            return Outcome("kept" if found and keeps else "failed", wish.get("name"), arn, error=error)
        if place == "release" and outcome.changed:
            outcome = outcome._replace(action="released")
        if not single:
            outcome = outcome._replace(configuration=None, plan=outcome.plan if outcome.changed else None)
        result: Outcome = outcome
        return result

    return each(one, items, workers)


def _require_owned(connection: Connection, arn: str, owned: dict[str, str]) -> None:
    """Fails where a configuration is no longer whose it was when it was listed, which may be minutes ago."""
    try:
        answer = api.get_configuration(connection, arn)
    except ImageBuilderError as error:
        message = f"purge: {error.message} {arn} in {connection.region}"
        raise ImageBuilderError(message=message, exception=error.exception, **error.kwargs) from error
    if answer and not owned.items() <= (answer[0].get("tags") or {}).items():
        raise ImageBuilderError(
            message=f"purge: somebody took the ownership tags off {arn} after it had been listed; it stays", taken=True
        )


def surplus(
    connection: Connection, wanted: list[dict[str, Any]], ownership_tags: dict[str, str], limit: int
) -> list[dict[str, Any]]:
    """The configurations that a purge removes: those with all ownership tags that are not listed.

    :param wanted: the list, as for ensure_all().
    :param ownership_tags: a map of texts that is not empty.
    :param limit: how many may go.
    :returns: the API's summaries, sorted by name, with C(distributions) holding nothing but Regions.
    :raises: ImageBuilderError, also where more than C(limit) would go.
    """
    listed = {address(connection, item)[0] for item in wanted}
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
    """The configurations that a purge removes, in their order.

    :param summaries: the API's; C(limit): how many may go.
    :raises: ImageBuilderError, where more would go.
    """
    found = [_comparable(summary) for summary in summaries]
    found.sort(key=lambda summary: (summary["name"], summary["arn"]))
    if len(found) > limit:
        raise ImageBuilderError(
            message=f"purge_limit: {limit}: purge would remove {len(found)} configurations in {connection.region}, so"
            f" nothing was written: {', '.join(summary['name'] for summary in found)}. Raise purge_limit to remove"
            " them, or list those that must stay"
        )
    return found


def _comparable(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary in the form of a configuration, of whose Regions nothing is known."""
    return {**summary, "distributions": [{"region": region} for region in summary.get("regions", [])]}


def _release(summary: dict[str, Any]) -> dict[str, Any]:
    tags = {key: value for key, value in summary["tags"].items() if key != SPEC_TAG}
    wish = {"state": "present", "name": summary["name"], "distribution_configuration_arn": summary["arn"]}
    return {**wish, "description": None, "distributions": None, "tags": tags, "purge_tags": True}


def _removal(summary: dict[str, Any]) -> dict[str, Any]:
    return {"state": "absent", "name": summary["name"], "distribution_configuration_arn": summary["arn"]}
