# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads from any service of an account, for callers that can continue if something cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import TYPE_CHECKING
from typing import TypeVar

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:
    BotoCoreError = ClientError = Exception  # AnsibleAWSModule fails with a clear message.

from .errors import code_of
from .errors import describe
from .errors import expired
from .errors import missing_action
from .responses import MalformedAnswer
from .responses import reading

if TYPE_CHECKING:
    from .accounts import RoleNotAssumed

Result = TypeVar("Result")

NO_AMI_CODES = frozenset(["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"])

# EC2 may show a deregistered AMI for a while.
_GONE = frozenset(["deregistered", "invalid"])


class Unreadable(Exception):
    """Something could not be read; the text says what, why and what helps."""


def understood(function: Callable[[], Result]) -> Result:
    """The result of a function that reads AWS's answers.

    :raises: Unreadable, also if an answer does not have the expected form.
    """
    try:
        with reading("what was asked"):
            return function()
    except MalformedAnswer as error:
        raise Unreadable(str(error)) from error


def ask(client: Any, method: str, missing: frozenset[str] = frozenset(), **parameters: Any) -> Any:
    """The answer to one request, None if AWS answers with one of the codes in C(missing).

    :raises: Unreadable; ImageBuilderError, if the credentials have expired.
    """
    try:
        return getattr(client, method)(**parameters)
    except (BotoCoreError, ClientError) as error:
        if code_of(error) in missing:
            return None
        operation = client.meta.method_to_api_mapping[method]
        over = expired(error, f"ask {operation} in {client.meta.region_name}")
        if over:
            raise over from error
        action = missing_action(error, client.meta.service_model.signing_name)
        advice = f"; needs {action}" if action else ""
        raise Unreadable(f"{operation}: {describe(error)}{advice}") from error


def member(answer: dict[str, Any], name: str, operation: str) -> Any:
    """A member of an answer.

    :raises: Unreadable, if AWS left it out, because then nothing can be concluded.
    """
    if name not in answer:
        raise Unreadable(f"{operation}: the answer lacks {name}")
    return answer[name]


def pages(client: Any, method: str, member: str, token: str, **parameters: Any) -> list[dict[str, Any]]:
    """The items of all pages.

    :param member: the member of an answer with the items.
    :param token: the member of an answer with the token of the next page, and the parameter that takes it.
    :raises: Unreadable.
    """
    items = []
    while True:
        answer = ask(client, method, **parameters)
        items += answer.get(member, [])
        if not answer.get(token):
            return items
        parameters[token] = answer[token]


def describe_image(client: Any, ami_id: str) -> dict[str, Any] | None:
    """The AMI as EC2 describes it, None if it does not exist.

    :raises: Unreadable.
    """
    # Without this parameter, a disabled AMI looks as if it did not exist.
    more = {}
    if "IncludeDisabled" in client.meta.service_model.operation_model("DescribeImages").input_shape.members:
        more["IncludeDisabled"] = True
    answer = ask(client, "describe_images", NO_AMI_CODES, ImageIds=[ami_id], **more)
    if answer is None:
        return None
    image = next(iter(member(answer, "Images", "DescribeImages")), None)
    return None if image is None or image.get("State") in _GONE else image


def role_not_assumed_text(error: RoleNotAssumed) -> str:
    """Why no role could be assumed, and what to do."""
    return f"{error}. {error.remedy}"
