# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds what has an IAM role as its execution role, in every Region of the account."""

from __future__ import annotations

from typing import Any
from typing import Callable

from ..._distribution.arns import name_of
from ..._distribution.arns import parse
from ..._distribution.iam.role_removal import Reason
from .. import api
from ..accounts import Accounts
from ..errors import ImageBuilderError
from ..module import Connection
from ..reading import ask
from ..reading import Unreadable
from ..workers import in_parallel

# An image in one of these states no longer uses its execution role.
_ENDED = frozenset(["AVAILABLE", "FAILED", "CANCELLED", "DEPRECATED", "DELETED", "DISABLED"])


def reasons_to_keep(connection: Connection, accounts: Accounts, role_arn: str, workers: int) -> list[Reason]:
    """The reasons to keep a role: what uses it, and what could not be read.

    :param connection: a Connection to the home Region.
    :returns: empty if nothing in any enabled Region of the account uses the role.
    :raises: ImageBuilderError, if the credentials have expired.
    """
    result, regions = [], [connection.region]
    try:
        answer = ask(accounts.client("ec2"), "describe_regions")
        enabled = (one["RegionName"] for one in answer["Regions"] if one.get("OptInStatus") != "not-opted-in")
        regions += sorted(set(enabled) - set(regions))
    except Unreadable as error:
        result.append(
            Reason(
                None,
                f"this task could not find out in which other Regions it may be used: {error}",
                "Allow ec2:DescribeRegions, and run the task again",
            )
        )
    connections = [connection, *(_in_other_region(accounts, region) for region in regions[1:])]
    for more in in_parallel(lambda one: _in_region(one, role_arn), connections, workers):
        result += more
    return result


def _in_other_region(accounts: Accounts, region: str) -> Connection:
    return Connection(accounts.client("imagebuilder", region), lambda: accounts.identity)


def _in_region(connection: Connection, role_arn: str) -> list[Reason]:
    looks: list[tuple[str, Callable[[Connection], list[dict[str, Any]]]]] = [
        ("pipeline", api.list_pipelines),
        ("lifecycle policy", api.list_lifecycle_policies),
        ("image in progress", _images_in_progress),
    ]
    result = []
    for kind, look in looks:
        try:
            names = [one["arn"] for one in look(connection) if _names(one.get("executionRole"), role_arn)]
        except ImageBuilderError as error:
            if error.has_expired:
                raise
            text = f"this task could not find out whether any {kind} in {connection.region} uses it: {error}"
            result.append(Reason(connection.region, text, "Allow what is missing there, and run the task again"))
            continue
        result += [
            Reason(connection.region, f"the {kind} {arn} uses it", "Give it another execution role first, or delete it")
            for arn in names
        ]
    return result


def _images_in_progress(connection: Connection) -> list[dict[str, Any]]:
    builds = api.list_image_builds(connection)
    arns = [one["arn"] for one in builds if (one.get("state") or {}).get("status") not in _ENDED]
    return [image for image in (api.get_image(connection, arn) for arn in arns) if image]


def _names(name: str | None, role_arn: str) -> bool:
    """Whether the name or ARN of an execution role means this role."""
    if not name:
        return False
    return name == role_arn if parse(name) else name_of(name) == name_of(role_arn)
