# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds what refers to AMIs and images in many Regions and accounts, as far as AWS shows it."""

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
from ..reading import pages
from ..reading import role_not_assumed_text
from ..reading import understood
from ..reading import Unreadable
from ..workers import in_parallel
from .launches import BY_PARAMETER
from .launches import launch_templates
from .launches import Use

_NO_PARAMETER_CODES = frozenset(["ParameterNotFound", "ParameterVersionNotFound", "ParameterVersionLabelNotFound"])

# The prefix of AWS's own parameters.
_PUBLIC = "/aws/service/"

# How a recipe refers to an SSM parameter.
_SSM = "ssm:"

_IMAGE = "aws:ec2:image"

# The states of instances that still use their AMI.
_STATES = ["pending", "running", "stopping", "stopped"]

# The most items of one request: values of an EC2 filter, parameters in a list, and parameters to read.
_FILTER_VALUES, _LISTED, _READ = 200, 50, 10

# An AMI in a text such as JSON: its id, or the ARN of an image.
_NAMES = re.compile("ami-[0-9a-f]{8,17}|arn:[a-z-]+:imagebuilder:[a-z0-9-]+:[0-9]{12}:image/[A-Za-z0-9/._-]+")

# The most accounts that one text names.
_SHOWN = 5


class References(NamedTuple):
    """What refers to AMIs and images.

    C(by_image): AMI id or ARN of an image -> what refers to it; C(unreadable): Region -> what could not be read there,
    and why; C(builds): summaries of images of other Regions and accounts; C(notes): what was not read and need not be.
    """

    by_image: dict[str, str]
    unreadable: dict[str, list[str]]
    builds: list[dict[str, Any]]
    notes: list[str]


class _SearchResult(NamedTuple):
    """The result of one search. C(builds): summaries of images; C(notes): what was not read and need not be."""

    uses: list[Use] = []
    builds: list[dict[str, Any]] = []
    notes: list[str] = []


def references(
    accounts: Accounts, targets: list[SearchTarget], ami_ids: dict[str, list[str]], home: Connection, workers: int
) -> References:
    """Makes all searches in all targets.

    :param ami_ids: Region -> the AMIs in question.
    :param home: the connection whose images the caller knows already.
    """
    work = [(target, search) for target in targets for search in _SEARCHES]
    result = References({}, {}, [], [])
    notes: dict[str, None] = {}
    not_assumed: dict[str, str] = {}
    for (target, _search), (answer, error) in zip(
        work, in_parallel(lambda one: _try(one[1], _TargetReader(accounts, one[0], ami_ids, home)), work, workers)
    ):
        for use in answer.uses:
            if use.image:
                result.by_image.setdefault(use.image, f"{use.text} in account {target.account_id}")
        result.builds.extend(answer.builds)
        notes.update(dict.fromkeys(answer.notes))
        if isinstance(error, RoleNotAssumed) and not target.required:
            not_assumed[target.account_id] = error.reason
        elif error:
            text = role_not_assumed_text(error) if isinstance(error, RoleNotAssumed) else str(error)
            errors = result.unreadable.setdefault(target.region, [])
            errors += [text] if text not in errors else []
    result.notes.extend(notes)
    if not_assumed:
        shown = ", ".join(f"{account} ({why})" for account, why in list(not_assumed.items())[:_SHOWN])
        more = f" and {len(not_assumed) - _SHOWN} more" if len(not_assumed) > _SHOWN else ""
        result.notes.append(
            f"{len(not_assumed)} accounts may launch the AMIs without owning them, and what they use was not checked: "
            f"{shown}{more}"
        )
    return result


class _TargetReader:
    """The clients and SSM parameters of one target."""

    def __init__(
        self, accounts: Accounts, target: SearchTarget, ami_ids: dict[str, list[str]], home: Connection
    ) -> None:
        self.target = target
        self.ami_ids = ami_ids.get(target.region, [])
        self.home = home
        self._accounts = accounts

    def client(self, service: str) -> Any:
        """A botocore client."""
        return self._accounts.client(service, self.target.region, self.target.account_id)

    def image_builder(self) -> Connection:
        """A Connection to Image Builder."""
        return self._accounts.image_builder(self.target.region, self.target.account_id)

    def value(self, name: str) -> str:
        """The value of an SSM parameter, an empty string if it does not exist."""
        answer = ask(self.client("ssm"), "get_parameter", _NO_PARAMETER_CODES, Name=name)
        return answer["Parameter"]["Value"] if answer else ""

    def resolved(self, use: Use, prefix: str) -> Use:
        """The use with an AMI id, if it names an SSM parameter instead."""
        name = use.image[len(prefix) :]
        if not use.image.startswith(prefix) or name.startswith(_PUBLIC):
            return use
        return use._replace(image=self.value(name))


def _try(
    search: Callable[[_TargetReader], _SearchResult], reader: _TargetReader
) -> tuple[_SearchResult, Exception | None]:
    """(result of a search, why it could not be made)."""
    try:
        return understood(lambda: search(reader)), None
    except RoleNotAssumed as error:
        return _SearchResult(), error
    except Unreadable as error:
        return _SearchResult(), Unreadable(f"account {reader.target.account_id}, {error}")
    except ImageBuilderError as error:
        if error.code in EXPIRED_CODES:
            raise
        return _SearchResult(), Unreadable(f"account {reader.target.account_id}, {str(error).rstrip('.')}")


def _launches(reader: _TargetReader) -> _SearchResult:
    uses = launch_templates(reader.client("ec2"), reader.client("autoscaling"))
    return _SearchResult([reader.resolved(use, BY_PARAMETER) for use in uses])


def _instances(reader: _TargetReader) -> _SearchResult:
    uses = []
    for some in _chunks(reader.ami_ids, _FILTER_VALUES):
        filters = [{"Name": "image-id", "Values": some}, {"Name": "instance-state-name", "Values": _STATES}]
        members = ("Reservations", "NextToken")
        for reservation in pages(reader.client("ec2"), "describe_instances", *members, Filters=filters):
            for instance in reservation.get("Instances", []):
                state = instance.get("State", {}).get("Name")
                uses.append(Use(instance["ImageId"], f"the {state} instance {instance['InstanceId']}"))
    return _SearchResult(uses)


def _parameters(reader: _TargetReader) -> _SearchResult:
    """Searches the configuration's SSM parameters, which must be readable, and others that the caller may read."""
    own = reader.target.parameters
    uses = [use for name in own for use in _named(name, reader.value(name))]
    ssm, where = reader.client("ssm"), f"in {reader.target.region}, account {reader.target.account_id}"
    filters = [{"Key": "Type", "Option": "Equals", "Values": ["String", "StringList"]}]
    members = ("Parameters", "NextToken")
    try:
        listed = pages(ssm, "describe_parameters", *members, ParameterFilters=filters, MaxResults=_LISTED)
    except Unreadable as error:
        if code_of(error.__cause__) not in DENIED_CODES:
            raise
        return _SearchResult(
            uses, notes=[f"SSM parameters {where} that the configuration does not name were not checked: {error}"]
        )
    others = [one for one in listed if one["Name"] not in own]
    notes = []
    # A parameter of this data type holds an AMI, so it must be readable. Others may hold anything.
    for required, names in (
        (True, [one["Name"] for one in others if one.get("DataType") == _IMAGE]),
        (False, [one["Name"] for one in others if one.get("DataType") != _IMAGE]),
    ):
        hidden, refused = [], None
        for some in _chunks(names, _READ):
            more, denied, why = _values(ssm, some)
            uses += more
            hidden += denied
            refused = refused or why
        if refused and required:
            raise refused
        if refused:
            notes.append(f"{len(hidden)} SSM parameters {where}, such as {hidden[0]}, were not checked: {refused}")
    return _SearchResult(uses, notes=notes)


def _values(ssm: Any, names: list[str]) -> tuple[list[Use], list[str], Unreadable | None]:
    """(uses of AMIs in the values, names that the caller may not read, why)."""
    try:
        answer = ask(ssm, "get_parameters", Names=names)
    except Unreadable as error:
        if code_of(error.__cause__) not in DENIED_CODES:
            raise
        if len(names) == 1:
            return [], names, error
        # AWS refuses the request if the caller may not read one of them.
        single = [_values(ssm, [name]) for name in names]
        uses = [use for some, _hidden, _why in single for use in some]
        return uses, [name for _some, hidden, _why in single for name in hidden], error
    return (
        [use for parameter in answer.get("Parameters", []) for use in _named(parameter["Name"], parameter["Value"])],
        [],
        None,
    )


def _named(name: str, value: str) -> Iterator[Use]:
    """The uses of AMIs and images anywhere in the value of an SSM parameter."""
    for image in dict.fromkeys(_NAMES.findall(value)):
        yield Use(image, f"the SSM parameter {name}")


def _recipes(reader: _TargetReader) -> _SearchResult:
    """Searches the base images of recipes, and the AMIs of the instances that build container images."""
    connection = reader.image_builder()
    uses = []
    for recipe in (*api.list_image_recipes(connection), *api.list_container_recipes(connection)):
        text = f"the recipe {recipe['arn']}"
        uses += [Use(recipe.get(member) or "", text) for member in ("parentImage", "instanceImage")]
    return _SearchResult([reader.resolved(use, _SSM) for use in uses])


def _builds(reader: _TargetReader) -> _SearchResult:
    """Finds images that other home Regions and accounts have made and distributed."""
    home = reader.home
    if (reader.target.region, reader.target.account_id) == (home.region, home.identity[0]):
        return _SearchResult()
    return _SearchResult(builds=api.list_image_builds(reader.image_builder()))


def _chunks(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


_SEARCHES = (_launches, _instances, _parameters, _recipes, _builds)
