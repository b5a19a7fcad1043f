# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends the requests of a preflight to AWS, each only once, and says why a check could not be made."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from typing import Any
from typing import Callable
from typing import TYPE_CHECKING

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
    from botocore.exceptions import UnknownServiceError
except ImportError:
    pass  # AnsibleAWSModule fails with a clear message.

from ..accounts import RoleNotAssumed
from ..errors import code_of
from ..errors import DENIED_CODES
from ..errors import describe
from ..errors import expired
from ..errors import ImageBuilderError
from ..errors import missing_action
from ..errors import THROTTLING_CODES
from ..errors import TRANSIENT_CODES

if TYPE_CHECKING:
    from ..accounts import Accounts
    from ..module import Connection
    from .findings import Question
    from .findings import Scope

# The last one is S3's, for answers without a body.
_DENIED_CODES = DENIED_CODES | {"403"}

# Permissions that are not named after the operation.
_PERMISSIONS = {"s3:HeadBucket": "s3:ListBucket"}


class Unchecked(Exception):
    """A check could not be made. C(reason): why, with the missing permission if there is one; C(remedy)."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class PreflightReader:
    """Sends the requests of the checks, from many threads, and each request to a Region and account once.

    :param connection: the Connection to Image Builder in the home Region.
    """

    def __init__(self, accounts: Accounts, connection: Connection) -> None:
        self.accounts = accounts
        self.connection = connection
        self.home_region: str = connection.region
        self.account_id: str = accounts.account_id
        self.partition: str = accounts.partition
        self._lock = threading.Lock()
        self._answers: dict[Any, _Answer] = {}
        self._alike: dict[tuple[str, str | None, str], list[Question]] = {}

    def announce(self, questions: Iterable[Question]) -> None:
        """Tells the checks all questions, so that one request can answer several of them."""
        for question in questions:
            self._alike.setdefault(question[:3], []).append(question)

    def alike(self, question: Question) -> list[Question]:
        """The questions with the same check, Region and account, including this one."""
        return self._alike.get(question[:3]) or [question]

    def ask(
        self, service: str, operation: str, question: Question | Scope, absent: Iterable[str] = (), **parameters: Any
    ) -> Any:
        """AWS's answer to one request.

        :param operation: the client's method, for example C(describe_key).
        :param question: where to ask (Region None: the home Region).
        :param absent: prefixes of the error codes that mean that the thing does not exist.
        :returns: the answer, or None if the thing does not exist.
        :raises: Unchecked, if AWS did not answer; ImageBuilderError, if the credentials have expired.
        """
        return self._answer_to(
            service, operation, question, parameters, lambda method, dummy: method(**parameters), absent
        )

    def pages(
        self,
        service: str,
        operation: str,
        question: Question | Scope,
        read: Callable[[dict[str, Any]], list[Any]],
        **parameters: Any,
    ) -> list[Any]:
        """The items of all pages; otherwise as ask().

        :param read: takes one page and returns what the check needs of each of its items.
        """

        def request(dummy: Any, client: Any) -> list[Any]:
            pages = client.get_paginator(operation).paginate(**parameters)
            return [item for page in pages for item in read(page)]

        items: list[Any] = self._answer_to(service, operation, question, parameters, request, ())
        return items

    def once(self, key: tuple[Any, ...], find: Callable[[], Any]) -> Any:
        """The result of a function, which is called once for each key, even if it raises Unchecked."""
        with self._lock:
            answer = self._answers.setdefault(key, _Answer())
        with answer.lock:
            if not answer.known:
                try:
                    answer.value = find()
                except Unchecked as reason:
                    answer.reason = reason
                answer.known = True
        if answer.reason:
            # A new exception each time, because one that several threads raise collects the traces of all of them.
            raise Unchecked(answer.reason.reason, answer.reason.remedy)
        return answer.value

    def client(self, service: str, region: str | None, account_id: str) -> Any:
        """A botocore client.

        :raises: Unchecked, if there can be none; ImageBuilderError, if the credentials have expired.
        """
        try:
            return self.accounts.client(service, region, account_id)
        except RoleNotAssumed as reason:
            missing = f"the permission {reason.permission} is missing: " if reason.permission else ""
            raise Unchecked(f"not checked, {missing}{reason}", reason.remedy) from reason
        except UnknownServiceError as reason:
            raise Unchecked(*_too_old(service)) from reason
        except BotoCoreError as reason:
            # For example, no Region has this name.
            raise unchecked(reason, account_id=account_id) from reason

    def _answer_to(
        self,
        service: str,
        operation: str,
        question: Question | Scope,
        parameters: dict[str, Any],
        request: Callable[[Any, Any], Any],
        absent: Iterable[str],
    ) -> Any:
        region = question.region or self.home_region
        key = (service, operation, region, question.account_id, json.dumps(parameters, sort_keys=True))
        return self.once(key, lambda: self._request(service, operation, question, request, tuple(absent)))

    def _request(
        self,
        service: str,
        operation: str,
        question: Question | Scope,
        request: Callable[[Any, Any], Any],
        absent: tuple[str, ...],
    ) -> Any:
        account_id = question.account_id
        client = self.client(service, question.region, account_id)
        method = getattr(client, operation, None)
        if method is None:
            raise Unchecked(*_too_old(f"{service} {operation}"))
        try:
            return request(method, client)
        except ClientError as reason:
            if absent and (code_of(reason) or "").startswith(absent):
                return None
            raise unchecked(reason, client.meta.service_model.signing_name, account_id) from reason
        except BotoCoreError as reason:
            raise unchecked(reason, account_id=account_id) from reason


class _Answer:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known = False
        self.value: Any = None
        self.reason: Unchecked | None = None


def unchecked(exception: Any, prefix: str = "imagebuilder", account_id: str | None = None) -> Exception:
    """The Unchecked for an exception of botocore, or for an ImageBuilderError.

    If the credentials have expired, the ImageBuilderError that says so, because then nothing more can be checked.

    :param prefix: the service's prefix in IAM permissions.
    :param account_id: the account that was asked.
    """
    if isinstance(exception, ImageBuilderError):
        exception = exception.exception
    code = code_of(exception)
    reason = describe(exception)
    where = f" in account {account_id}" if account_id else ""
    over = expired(exception, f"ask {getattr(exception, 'operation_name', 'AWS')}{where}")
    if over:
        return over
    if code in _DENIED_CODES:
        operation = missing_action(exception, prefix) or f"{prefix}:{exception.operation_name}"
        permission = _PERMISSIONS.get(operation, operation)
        return Unchecked(
            f"not checked, the permission {permission}{where} is missing: {reason}",
            f"Allow {permission}{where} for the credentials, or check it by hand",
        )
    if code in THROTTLING_CODES or code in TRANSIENT_CODES:
        return Unchecked(f"not checked, AWS did not answer{where}: {reason}", "Run the task again later")
    if code is None:
        return Unchecked(
            f"not checked, AWS could not be reached{where}: {reason}",
            "Check network, endpoint and proxy, and whether the Region has this service",
        )
    return Unchecked(
        f"not checked, AWS did not answer the question{where}: {reason}", "Correct what AWS names, or check it by hand"
    )


def _too_old(what: str) -> tuple[str, str]:
    return f"not checked, the installed botocore does not know {what}", "Install a newer botocore, or check it by hand"
