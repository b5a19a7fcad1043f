# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds out what became of a write whose answer was lost, or to which AWS answered with an error of its own.

Only a read tells whether AWS carried out such a write. errors.in_doubt() says which errors these are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:
    BotoCoreError = ClientError = Exception  # AnsibleAWSModule fails with a clear message.

from .errors import describe
from .errors import error_text
from .errors import ImageBuilderError

Answer = TypeVar("Answer")

_READS_FIRST = "it reads first and writes only what is missing"


def read_back(error: ImageBuilderError, what: str, read: Callable[[], Answer], next_run: str = _READS_FIRST) -> Answer:
    """Reads from AWS after a write without a certain answer.

    :param error: the error of the write.
    :param what: what is read, for an error.
    :param next_run: what the next run of the task does, for an error.
    :raises: ImageBuilderError with C(changed), if it cannot be read.
    """
    try:
        return read()
    except ImageBuilderError as reading:
        why = describe(reading.exception) if reading.exception else reading
        raise ImageBuilderError(
            message=f"AWS gave no certain answer, and {what} could not be read afterwards ({why}). Run the task again:"
            f" {next_run}. {error.message}",
            exception=error.exception,
            changed=True,
        ) from error


def not_carried_out(error: ImageBuilderError, what: str = "the change was not made") -> ImageBuilderError:
    """Returns the error of a write without a certain answer, of which a read shows nothing."""
    return ImageBuilderError(message=f"This task read AWS again: {what}. {error.message}", exception=error.exception)


class OutcomeUnknown(Exception):
    """A write may have been carried out; the text says why that is not known, and what to do."""


def write_once(write: Callable[[], object], is_done: Callable[[], bool]) -> None:
    """Makes a write to another service than Image Builder. If its answer was lost, reads whether it was carried out.

    Also after an error of a repeated request: AWS may refuse it because the first one was carried out.

    :raises: OutcomeUnknown; the exception of botocore, if it was not carried out.
    """
    try:
        write()
    except (BotoCoreError, ClientError) as error:
        metadata = (getattr(error, "response", None) or {}).get("ResponseMetadata", {})
        if isinstance(error, ClientError) and not metadata.get("RetryAttempts"):
            raise
        try:
            done = is_done()
        except Exception as reading:
            # Whatever prevents the read: the write may have been carried out.
            raise OutcomeUnknown(
                f"{error_text(error)}. It may have been written, and could not be read afterwards"
                f" ({reading}). Run the task again: it reads first"
            ) from error
        if not done:
            raise
