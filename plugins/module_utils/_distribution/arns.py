# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsing and building Amazon Resource Names. No other module does either."""

from __future__ import annotations

import re
from typing import NamedTuple


class Arn(NamedTuple):
    """The parts of an ARN. In a policy, each part may contain C(*).

    C(region) and C(account_id) are empty strings if the ARN does not have them.
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
        """The type of the resource, such as C(key), C(alias), C(role), C(image) or C(organization)."""
        return re.split("[/:]", self.resource, maxsplit=1)[0]

    @property
    def name(self) -> str:
        """The part of the resource after its last slash or colon."""
        return re.split("[/:]", self.resource)[-1]


def parse(text: object) -> Arn | None:
    """Parses an ARN. Returns None if the value is not an ARN."""
    parts = text.split(":", 5) if isinstance(text, str) else []
    return Arn(*parts[1:]) if len(parts) == 6 and parts[0] == "arn" else None


def read(arn: str) -> Arn:
    """Parses a text that must be an ARN.

    :raises ValueError: if it is not an ARN.
    """
    parsed = parse(arn)
    if not parsed:
        raise ValueError(f"{arn!r} is not an ARN")
    return parsed


def partition_of(arn: str) -> str:
    """Returns the partition in an ARN."""
    return read(arn).partition


def region_of(arn: str) -> str:
    """Returns the Region in an ARN."""
    return read(arn).region


def account_of(arn: str) -> str:
    """Returns the account id in an ARN."""
    return read(arn).account_id


def region_mismatch(arn: str, region: str | None) -> str | None:
    """Says that an ARN is in another Region than the one that the task uses, if that one is known. Else None."""
    other = region_of(arn)
    return None if region in (None, other) else f"is in Region {other}, but this task uses Region {region}"


def name_of(text: str) -> str:
    """Returns the name, without its path, of a role, key or the like that is given by name or by ARN."""
    arn = parse(text)
    return arn.name if arn else text.rsplit("/", 1)[-1]


def fold_name(name: str) -> str:
    """Returns a name as Image Builder writes it in ARNs: in lower case, with hyphens for spaces and underscores.

    Source: botocore's documentation of C(ResourceName) and C(Filter) in the imagebuilder model.
    """
    return re.sub(r"[ _]", "-", name.lower())


def configuration_arn(name: str, partition: str, region: str, account_id: str) -> str:
    """Returns the ARN of the distribution configuration with this name."""
    resource = f"distribution-configuration/{fold_name(name)}"
    return str(Arn(partition, "imagebuilder", region, account_id, resource))


def is_account_id(value: object) -> bool:
    """Whether a value is the id of an AWS account. YAML may have turned the id into a number."""
    return re.fullmatch("[0-9]{12}", str(value)) is not None
