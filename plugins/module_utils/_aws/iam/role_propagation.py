# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until AWS accepts an execution role that is new."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:
    BotoCoreError = ClientError = Exception  # AnsibleAWSModule fails with a clear message.

from ..._distribution.arns import name_of
from ..errors import code_of
from ..errors import DENIED_CODES
from ..errors import describe
from ..errors import EXPIRED_CODES
from ..errors import ImageBuilderError
from ..errors import named_action
from ..responses import reading

# A new role is usually known everywhere within seconds. If AWS refuses an older one, its age is not the cause.
_YOUNG = 120  # seconds
_PAUSE = 5  # seconds

# Error codes with which AWS may refuse a role that it does not know yet.
_CODES = DENIED_CODES | frozenset(["InvalidParameterValueException", "InvalidRequestException", "ClientException"])
_NAMED_PARAMETER = re.compile(r"parameter '([^']+)'")


class Propagation:
    """Waits between the attempts of a request until AWS accepts a new role.

    :param client: takes the name of a service and returns a botocore client.
    :param role: name or ARN.
    :param sleep: takes seconds.

    C(finding): what IAM said about the role, to add to an error, or None. C(warnings): texts, if it waited.
    """

    def __init__(self, client: Callable[[str], Any], role: str, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._role = role
        self._sleep = sleep
        self._left: int | None = None
        self._age = 0
        self._waited = 0
        self.finding: str | None = None

    @property
    def warnings(self) -> list[str]:
        if not self._waited:
            return []
        return [
            f"The execution role {self._role} was {self._age} seconds old, and AWS did not accept it at once; waited"
            f" {self._waited} seconds for IAM to make it known"
        ]

    def waits(self, error: ImageBuilderError) -> bool:
        """Waits a little if the role may be too new for the request.

        :returns: whether it waited, so that the request is worth another attempt.
        """
        if not _may_be_the_role(error):
            return False
        if self._left is None:
            self._left = self._seconds_left()
        if self._left <= 0:
            return False
        pause = min(_PAUSE, self._left)
        self._sleep(pause)
        self._left -= pause
        self._waited += pause
        if self._left <= 0:
            self.finding = f"the role is {_YOUNG} seconds old by now, so IAM's delay is not the cause"
        return True

    def _seconds_left(self) -> int:
        try:
            answer = self._client("iam").get_role(RoleName=name_of(self._role))
            with reading("GetRole"):
                self._age = max(0, int((_now(answer) - answer["Role"]["CreateDate"]).total_seconds()))
        except (BotoCoreError, ClientError) as error:
            if code_of(error) == "NoSuchEntity":
                self.finding = "the role does not exist in this account"
            elif code_of(error) in EXPIRED_CODES:
                self.finding = (
                    "the role may be too new to be known everywhere, which could not be checked because the credentials"
                    f" have expired: {describe(error)}"
                )
            else:
                self.finding = (
                    "the role may be too new to be known everywhere, which could not be checked without iam:GetRole:"
                    f" {describe(error)}"
                )
            return 0
        return _YOUNG - self._age


def _may_be_the_role(error: ImageBuilderError) -> bool:
    # If the caller lacks a permission, the age of the role does not matter.
    if error.code not in _CODES or named_action(error.exception) not in (None, "sts:AssumeRole"):
        return False
    named = _NAMED_PARAMETER.search(str(error.exception))
    return not named or named.group(1).startswith("executionRole")


def _now(answer: dict[str, Any]) -> datetime:
    """The time of AWS's clock, because the local one may be wrong."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return parsedate_to_datetime(date).astimezone(timezone.utc)
    except (TypeError, ValueError):
        return datetime.now(timezone.utc)
