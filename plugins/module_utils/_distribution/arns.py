# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Amazon Resource Names: the one place that takes them apart and puts them together."""

from __future__ import annotations

import re
from typing import NamedTuple


class Arn(NamedTuple):
    """The parts of an ARN, of which a pattern in a policy may hold C(*) in each.

    C(region) and C(account_id) are empty texts where the ARN has none.
    """

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    def __str__(self) -> str:
        return ":".join(("arn", *self))

    @property
    def kind(self) -> str:
        """What the resource begins with: C(key), C(alias), C(role), C(image), C(organization)."""
        return re.split("[/:]", self.resource, maxsplit=1)[0]

    @property
    def name(self) -> str:
        """What the resource ends with, behind the last slash or colon."""
        return re.split("[/:]", self.resource)[-1]


def parse(text: object) -> Arn | None:
    """The parts of an ARN; None where a text is none."""
    parts = text.split(":", 5) if isinstance(text, str) else []
    return Arn(*parts[1:]) if len(parts) == 6 and parts[0] == "arn" else None


def read(arn: str) -> Arn:
    """As parse(), for what must be an ARN.

    :raises ValueError: where it is none.
    """
    found = parse(arn)
    if not found:
        raise ValueError(f"{arn!r} is not an ARN")
    return found


def partition_of(arn: str) -> str:
    """The partition in an ARN."""
    return read(arn).partition


def region_of(arn: str) -> str:
    """The Region in an ARN."""
    return read(arn).region


def account_of(arn: str) -> str:
    """The account id in an ARN."""
    return read(arn).account_id


def name_of(text: str) -> str:
    """The name without path of a role, key or the like that is given by name or by ARN."""
    found = parse(text)
    return found.name if found else text.rsplit("/", 1)[-1]


def fold_name(name: str) -> str:
    """The last part of the ARN that a name gets: lower case; blanks and underscores are hyphens.

    Source: botocore's documentation of C(ResourceName) and C(Filter) in the imagebuilder model.
    """
    return re.sub(r"[ _]", "-", name.lower())


def configuration_arn(name: str, partition: str, region: str, account_id: str) -> str:
    """The ARN of the distribution configuration with this name."""
    resource = f"distribution-configuration/{fold_name(name)}"
    return str(Arn(partition, "imagebuilder", region, account_id, resource))


def is_account_id(value: object) -> bool:
    """Whether a text, or what YAML made of one, is the id of an AWS account."""
    return re.fullmatch("[0-9]{12}", str(value)) is not None
