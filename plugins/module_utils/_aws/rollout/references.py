# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds what refers to AMIs and images in Regions and accounts: everything that AWS lets one see."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from ..._distribution.rollout.retention import SearchTarget
from .. import api
from ..accounts import Accounts
from ..accounts import RoleNotAssumed
from ..errors import code_of
from ..errors import DENIED_CODES
from ..errors import EXPIRED_CODES
from ..errors import ImageBuilderError
from ..module import Connection
from ..reading import ask
from ..reading import entry_text
from ..reading import pages
from ..reading import understood
from ..reading import Unreadable
from ..workers import each
from .launches import BY_PARAMETER
from .launches import launch_templates
from .launches import Use

_NO_PARAMETER_CODES = frozenset(["ParameterNotFound", "ParameterVersionNotFound", "ParameterVersionLabelNotFound"])

# Parameters of AWS itself.
_PUBLIC = "/aws/service/"

# How a recipe refers to an SSM parameter.
_SSM = "ssm:"

_IMAGE = "aws:ec2:image"

# Those of them that launch the AMI again when they are started, or have it as their root.
_STATES = ["pending", "running", "stopping", "stopped"]

# The most that one request takes: values of a filter of EC2, parameters to be listed, and parameters to be read.
_VALUES, _LISTED, _READ = 200, 50, 10

# What stands for an AMI in a text, such as JSON: its id, or the ARN of an image of Image Builder.
_NAMES = re.compile("ami-[0-9a-f]{8,17}|arn:[a-z-]+:imagebuilder:[a-z0-9-]+:[0-9]{12}:image/[A-Za-z0-9/._-]+")

# So many accounts are named in one text.
_SHOWN = 5


class References(NamedTuple):
    """What was found.

    C(found): AMI id or ARN of an image -> what refers to it; C(blind): Region -> what could not be looked at there, and
    why; C(builds): summaries of images of other Regions and accounts; C(notes): what was not looked at and need not be.
    """

    found: dict[str, str]
    blind: dict[str, list[str]]
    builds: list[dict[str, Any]]
    notes: list[str]


class _Sight(NamedTuple):
    """What one look has found: C(uses); C(builds): summaries of images; C(notes): texts."""

    uses: list[Use] = []
    builds: list[dict[str, Any]] = []
    notes: list[str] = []


def references(
    accounts: Accounts, where: list[SearchTarget], ami_ids: dict[str, list[str]], home: Connection, workers: int
) -> References:
    """Looks at every Region and account, each service once.

    :param where: the Regions and accounts.
    :param ami_ids: Region -> the AMIs in question.
    :param home: the connection whose own images are known already.
    """
    looks = [(place, look) for place in where for look in _LOOKS]
    result = References({}, {}, [], [])
    seen: dict[str, None] = {}
    closed: dict[str, str] = {}
    for (place, _look), (sight, error) in zip(
        looks, each(lambda one: _look_at(_Place(accounts, one[0], ami_ids, home), one[1]), looks, workers)
    ):
        for use in sight.uses:
            if use.image:
                result.found.setdefault(use.image, f"{use.text} in account {place.account_id}")
        result.builds.extend(sight.builds)
        seen.update(dict.fromkeys(sight.notes))
        if isinstance(error, RoleNotAssumed) and not place.required:
            closed[place.account_id] = error.reason
        elif error:
            text = entry_text(error) if isinstance(error, RoleNotAssumed) else str(error)
            errors = result.blind.setdefault(place.region, [])
            errors += [text] if text not in errors else []
    result.notes.extend(seen)
    if closed:
        shown = ", ".join(f"{account} ({why})" for account, why in list(closed.items())[:_SHOWN])
        more = f" and {len(closed) - _SHOWN} more" if len(closed) > _SHOWN else ""
        result.notes.append(
            f"What {len(closed)} accounts use that may launch the AMIs without owning them was not checked: "
            f"{shown}{more}"
        )
    return result


class _Place:
    """One Region and account, with the clients for it."""

    def __init__(
        self, accounts: Accounts, where: SearchTarget, ami_ids: dict[str, list[str]], home: Connection
    ) -> None:
        self.where = where
        self.ami_ids = ami_ids.get(where.region, [])
        self.home = home
        self._accounts = accounts

    def client(self, service: str) -> Any:
        """A botocore client."""
        return self._accounts.client(service, self.where.region, self.where.account_id)

    def image_builder(self) -> Connection:
        """Image Builder there."""
        return self._accounts.image_builder(self.where.region, self.where.account_id)

    def value(self, name: str) -> str:
        """The value of an SSM parameter, empty where it does not exist."""
        answer = ask(self.client("ssm"), "get_parameter", _NO_PARAMETER_CODES, Name=name)
        return answer["Parameter"]["Value"] if answer else ""

    def resolved(self, use: Use, prefix: str) -> Use:
        """With the AMI id where an SSM parameter is named."""
        name = use.image[len(prefix) :]
        if not use.image.startswith(prefix) or name.startswith(_PUBLIC):
            return use
        return use._replace(image=self.value(name))


def _look_at(place: _Place, look: Callable[[_Place], _Sight]) -> tuple[_Sight, Exception | None]:
    """(what was found, what could not be read)."""
    try:
        return understood(lambda: look(place)), None
    except RoleNotAssumed as error:
        return _Sight(), error
    except Unreadable as error:
        return _Sight(), Unreadable(f"account {place.where.account_id}, {error}")
    except ImageBuilderError as error:
        if error.code in EXPIRED_CODES:
            raise
        return _Sight(), Unreadable(f"account {place.where.account_id}, {str(error).rstrip('.')}")


def _launches(place: _Place) -> _Sight:
    uses = launch_templates(place.client("ec2"), place.client("autoscaling"))
    return _Sight([place.resolved(use, BY_PARAMETER) for use in uses])


def _instances(place: _Place) -> _Sight:
    uses = []
    for some in _chunks(place.ami_ids, _VALUES):
        filters = [{"Name": "image-id", "Values": some}, {"Name": "instance-state-name", "Values": _STATES}]
        members = ("Reservations", "NextToken")
        for reservation in pages(place.client("ec2"), "describe_instances", *members, Filters=filters):
            for instance in reservation.get("Instances", []):
                state = instance.get("State", {}).get("Name")
                uses.append(Use(instance["ImageId"], f"the {state} instance {instance['InstanceId']}"))
    return _Sight(uses)


def _parameters(place: _Place) -> _Sight:
    """Those of the configuration, which have to be readable, and others as far as the caller may list and read them."""
    own = place.where.parameters
    uses = [use for name in own for use in _named(name, place.value(name))]
    ssm, where = place.client("ssm"), f"in {place.where.region}, account {place.where.account_id}"
    filters = [{"Key": "Type", "Option": "Equals", "Values": ["String", "StringList"]}]
    members = ("Parameters", "NextToken")
    try:
        listed = pages(ssm, "describe_parameters", *members, ParameterFilters=filters, MaxResults=_LISTED)
    except Unreadable as error:
        if code_of(error.__cause__) not in DENIED_CODES:
            raise
        return _Sight(
            uses, notes=[f"SSM parameters {where} that the configuration does not name were not checked: {error}"]
        )
    others = [one for one in listed if one["Name"] not in own]
    notes = []
    # A parameter of this data type holds an AMI, so it must be read; of others nobody knows.
    for must, names in (
        (True, [one["Name"] for one in others if one.get("DataType") == _IMAGE]),
        (False, [one["Name"] for one in others if one.get("DataType") != _IMAGE]),
    ):
        hidden, refused = [], None
        for some in _chunks(names, _READ):
            found, closed, why = _values(ssm, some)
            uses += found
            hidden += closed
            refused = refused or why
        if refused and must:
            raise refused
        if refused:
            notes.append(f"{len(hidden)} SSM parameters {where}, such as {hidden[0]}, were not checked: {refused}")
    return _Sight(uses, notes=notes)


def _values(ssm: Any, names: list[str]) -> tuple[list[Use], list[str], Unreadable | None]:
    """(what they hold, names that the caller may not read, why)."""
    try:
        answer = ask(ssm, "get_parameters", Names=names)
    except Unreadable as error:
        if code_of(error.__cause__) not in DENIED_CODES:
            raise
        if len(names) == 1:
            return [], names, error
        # One of them suffices for AWS to refuse all.
        single = [_values(ssm, [name]) for name in names]
        uses = [use for some, _hidden, _why in single for use in some]
        return uses, [name for _some, hidden, _why in single for name in hidden], error
    return (
        [use for parameter in answer.get("Parameters", []) for use in _named(parameter["Name"], parameter["Value"])],
        [],
        None,
    )


def _named(name: str, value: str) -> Iterator[Use]:
    """What an SSM parameter names, wherever in its value."""
    for image in dict.fromkeys(_NAMES.findall(value)):
        yield Use(image, f"the SSM parameter {name}")


def _recipes(place: _Place) -> _Sight:
    """Recipes, by their base image; recipes of container images also by the AMI of the instance that builds them."""
    connection = place.image_builder()
    uses = []
    for recipe in (*api.list_image_recipes(connection), *api.list_container_recipes(connection)):
        text = f"the recipe {recipe['arn']}"
        uses += [Use(recipe.get(member) or "", text) for member in ("parentImage", "instanceImage")]
    return _Sight([place.resolved(use, _SSM) for use in uses])


def _builds(place: _Place) -> _Sight:
    """Images that other home Regions and accounts have made and distributed."""
    home = place.home
    if (place.where.region, place.where.account_id) == (home.region, home.identity[0]):
        return _Sight()
    return _Sight(builds=api.list_image_builds(place.image_builder()))


def _chunks(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


_LOOKS = (_launches, _instances, _parameters, _recipes, _builds)
