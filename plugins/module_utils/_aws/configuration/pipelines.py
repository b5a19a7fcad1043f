# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attaches distribution configurations and execution roles to image pipelines."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any
from typing import NamedTuple
from typing import Optional

from ..._distribution.arns import region_mismatch
from ..._distribution.configuration.comparison import without_empties
from ..._distribution.configuration.conversion import camel
from ..._distribution.validation.model import value_errors
from ..._distribution.validation_errors import ValidationError
from .. import api
from .. import uncertain
from ..errors import ImageBuilderError
from ..iam.role_propagation import Propagation
from ..module import Connection
from .guards import refuse_unknown_members

# The options that name what to attach. The API's members have the same names in camel case.
ATTACHMENTS = ("distribution_configuration_arn", "execution_role")

# Option of ATTACHMENTS -> what is attached, or None.
Attachments = dict[str, Optional[str]]


class PipelineOutcome(NamedTuple):
    """What was done about one pipeline, or in check mode would be.

    C(changed); C(pipeline): the API's map afterwards; C(before), C(after): the attachments by option name;
    C(warnings): texts.
    """

    changed: bool
    pipeline: dict[str, Any]
    before: Attachments
    after: Attachments
    warnings: list[str]


def pipeline_option_errors(params: dict[str, Any], service_model: Any, region: str | None) -> list[ValidationError]:
    """The errors in the options.

    :param params: C(image_pipeline_arn) and the options of ATTACHMENTS.
    :param service_model: botocore's ServiceModel of imagebuilder.
    :param region: the task's Region; ARNs in another one are errors.
    """
    members = service_model.operation_model("UpdateImagePipeline").input_shape.members
    errors = []
    for name in ("image_pipeline_arn", *ATTACHMENTS):
        value = params.get(name)
        if not value:
            continue
        more = value_errors(members[camel(name)], value, name)
        mismatch = region_mismatch(value, region) if name != "execution_role" and not more else None
        if mismatch:
            text = f"{mismatch}; a pipeline and its configuration must be in the same Region"
            more = [ValidationError(name, value, text)]
        errors += more
    return errors


def attach(
    connection: Connection, arn: str, attachments: Attachments, client: Callable[[str], Any], check_mode: bool = False
) -> PipelineOutcome:
    """Sets the distribution configuration, the execution role, or both of a pipeline, and keeps everything else.

    An update replaces the whole pipeline, and the API has no conditional write. So the pipeline is read again right
    before each attempt, and changes that somebody else has made since the first read are kept. If they changed what
    this task sets, nothing is written.

    :param connection: a Connection to the pipeline's Region.
    :param arn: the ARN of the pipeline.
    :param attachments: option name -> value, of ATTACHMENTS. None leaves it alone, an empty string detaches it.
    :param client: takes the name of a service and returns a botocore client, to look up the age of a role that AWS
        refuses.
    :param check_mode: writes nothing.
    :raises: ImageBuilderError.
    """
    try:
        return _attach(connection, arn, attachments, None if check_mode else client)
    except ImageBuilderError as error:
        if not error.exception:
            raise
        message = f"{error.message} {arn} in {connection.region}"
        raise ImageBuilderError(message=message, exception=error.exception, changed=error.changed) from error


def _attach(
    connection: Connection, arn: str, attachments: Attachments, client: Callable[[str], Any] | None
) -> PipelineOutcome:
    found, unknown = api.get_pipeline(connection, arn)
    wanted = {name: value or None for name, value in attachments.items() if value is not None}
    before = _attached(found)
    after = {**before, **wanted}
    if all(_same(before[name], after[name]) for name in ATTACHMENTS):
        return PipelineOutcome(False, found, before, before, [])
    refuse_unknown_members(arn, unknown, "pipeline")
    if client is None:
        return PipelineOutcome(
            True, {**found, **{camel(name): value for name, value in after.items()}}, before, after, []
        )
    propagation = Propagation(client, after["execution_role"] or "", time.sleep)
    writing = _Writing(connection, arn, before, wanted, propagation if wanted.get("execution_role") else None)
    try:
        if not writing.write():
            return PipelineOutcome(False, writing.pipeline, writing.after, writing.after, list(propagation.warnings))
        after = writing.after
    except ImageBuilderError as error:
        if not error.in_doubt:
            raise
        after = writing.after
        now = uncertain.read_back(error, "the pipeline", lambda: api.get_pipeline(connection, arn)[0])
        if not all(_same(_attached(now)[name], after[name]) for name in ATTACHMENTS):
            raise uncertain.not_carried_out(error) from error
    else:
        now = _read_after_update(connection, arn)
    warnings = list(propagation.warnings)
    if not all(_same(_attached(now)[name], after[name]) for name in ATTACHMENTS):
        warnings.append(
            f"{arn} was updated, but what AWS returns now is not what was written: somebody else has changed it since,"
            " or AWS does not show the change yet. Check it, and run the task again to write it again"
        )
    return PipelineOutcome(True, now, before, after, warnings)


def _read_after_update(connection: Connection, arn: str) -> dict[str, Any]:
    try:
        return api.get_pipeline(connection, arn)[0]
    except ImageBuilderError as error:
        message = f"The image pipeline was updated, but then: {error.message}"
        raise ImageBuilderError(message=message, exception=error.exception, changed=True) from error


class _Writing:
    """The update of a pipeline, which waits while its execution role is too new to be known everywhere.

    C(pipeline): as last read before the write; C(after): its attachments after the write.
    """

    def __init__(
        self,
        connection: Connection,
        arn: str,
        before: Attachments,
        wanted: Attachments,
        propagation: Propagation | None,
    ) -> None:
        self._connection = connection
        self._arn = arn
        self._before = before
        self._wanted = wanted
        self._propagation = propagation
        self.pipeline: dict[str, Any] = {}
        self.after: Attachments = {}

    def write(self) -> bool:
        """Writes what is missing; returns whether anything was missing."""
        token, body = "", dict[str, Any]()
        while self._read_again():
            now = _body(self._connection, self.pipeline, self.after)
            if now != body:
                # The token stays the same for all attempts with the same content, so a repeated request gets the first
                # answer if that was lost.
                token, body = str(uuid.uuid4()), now
            try:
                api.update_pipeline(self._connection, token, self._arn, **body)
                return True
            except ImageBuilderError as error:
                self._wait_or_fail(error)
        return False

    def _wait_or_fail(self, error: ImageBuilderError) -> None:
        propagation = self._propagation
        # Whether a request in doubt was carried out is found out by reading.
        if propagation is None or error.in_doubt or not propagation.waits(error):
            finding = f" (of the role: {propagation.finding})" if propagation and propagation.finding else ""
            raise ImageBuilderError(message=error.message + finding, exception=error.exception) from error

    def _read_again(self) -> bool:
        """Reads the pipeline; returns whether something is missing."""
        self.pipeline, unknown = api.get_pipeline(self._connection, self._arn)
        refuse_unknown_members(self._arn, unknown, "pipeline")
        found = _attached(self.pipeline)
        self.after = {**found, **self._wanted}
        if all(_same(found[name], self.after[name]) for name in ATTACHMENTS):
            return False
        for name in self._wanted:
            if not _same(found[name], self._before[name]) and not _same(found[name], self.after[name]):
                raise ImageBuilderError(
                    message=f"Somebody else changed {name} of {self._arn} between this task's read and its write (it"
                    f" was {self._before[name]} and is {found[name]}), so nothing was written. Agree with them, then"
                    " run the task again"
                )
        return True


def _attached(pipeline: dict[str, Any]) -> Attachments:
    return {name: pipeline.get(camel(name)) or None for name in ATTACHMENTS}


def _same(one: str | None, other: str | None) -> bool:
    """Whether two names of a configuration, or names or ARNs of an execution role, mean the same."""
    if not one or not other:
        return one == other
    if one.startswith("arn:") != other.startswith("arn:"):
        one, other = (value.split(":role/")[-1] for value in (one, other))
    return one == other


def _body(connection: Connection, found: dict[str, Any], attachments: Attachments) -> dict[str, Any]:
    """The body of an update: what was read, with other attachments."""
    members = connection.model.operation_model("UpdateImagePipeline").input_shape.members
    body = {member: without_empties(value) for member, value in found.items() if member in members}
    body.update({camel(name): value for name, value in attachments.items()})
    return {member: value for member, value in body.items() if value not in (None, "", [], {})}
