# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds out whether a run may write, by the owners of the configurations in its account and home Region."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from ..._distribution.arns import fold_name
from ..._distribution.ownership import judge
from ..._distribution.ownership import Judgement
from ..._distribution.ownership import Owner
from ..._distribution.validation.model import value_errors
from ..._distribution.validation_errors import ValidationError
from .. import api
from ..errors import ImageBuilderError
from ..module import Connection
from .configurations import arn_and_account


def release_errors(
    release: Sequence[str], listed: Iterable[Mapping[str, Any]], service_model: Any
) -> list[ValidationError]:
    """The errors in the names of configurations to release.

    :param listed: the configurations that the run lists.
    """
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape.members["name"]
    taken = {fold_name(one["name"]) for one in listed if one.get("name")}
    errors = []
    for index, name in enumerate(release):
        path = f"release[{index}]"
        errors += value_errors(shape, name, path)
        if fold_name(name) in taken:
            errors.append(
                ValidationError(path, name, "is listed as well; either manage the configuration or release it")
            )
    return errors


def judged(
    connection: Connection,
    spec_id: str,
    listed: Iterable[Mapping[str, Any]],
    release: Sequence[str] | None = None,
    purge: bool = False,
) -> Judgement:
    """What a run that lists these configurations means for all others; costs one request per hundred configurations.

    :param connection: a Connection to the home Region.
    :param listed: each with C(name) or C(distribution_configuration_arn).
    :raises: ImageBuilderError, if the run must not write.
    """
    owner = owner_here(connection, spec_id)
    arns = [arn_and_account(connection, item)[0] for item in listed]
    judgement = judge(owner, api.list_configurations(connection), arns, release or (), purge)
    if judgement.errors:
        raise ImageBuilderError(message="\n- ".join(judgement.errors))
    return judgement


def owner_here(connection: Connection, spec_id: str) -> Owner:
    """The spec with this id in the account and Region of a connection."""
    return Owner(spec_id, connection.identity[0], connection.region)
