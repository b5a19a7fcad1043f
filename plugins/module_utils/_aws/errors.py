# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of AWS, what to do about them, and the retries of requests to Image Builder."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from collections.abc import Iterable
from json import JSONDecodeError
from typing import Any
from typing import TYPE_CHECKING
from typing import TypeVar

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
    from botocore.exceptions import ConnectTimeoutError
    from botocore.exceptions import CredentialRetrievalError
    from botocore.exceptions import EndpointConnectionError
    from botocore.exceptions import HTTPClientError
    from botocore.exceptions import ProxyConnectionError
    from botocore.exceptions import SSLError
except ImportError:
    # AnsibleAWSModule fails with a clear message before any of this is used.
    BotoCoreError = ClientError = ConnectTimeoutError = EndpointConnectionError = HTTPClientError = Exception
    ProxyConnectionError = SSLError = CredentialRetrievalError = Exception

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.errors import AWSErrorHandler
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError

from .responses import MalformedAnswer

if TYPE_CHECKING:
    from .retries import Pace

Result = TypeVar("Result")
_Function = TypeVar("_Function", bound=Callable[..., Any])

# Throttling: every worker slows down. CallRateLimitExceededException (429) is Image Builder's own. The service model
# does not mark it as retryable, so botocore's standard mode does not repeat it, and AWSRetry does not know it either.
THROTTLING_CODES = frozenset(
    ["CallRateLimitExceededException", "TooManyRequestsException", "ThrottlingException", "Throttling"]
    + ["RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown"]
)

# Temporary failures of the service.
TRANSIENT_CODES = frozenset(
    ["ServiceException", "ServiceUnavailableException", "InternalServiceError", "InternalFailure", "InternalError"]
    + ["ServiceUnavailable", "Unavailable", "500", "502", "503", "504"]
)

# Worth only a few attempts: somebody else is working on the resource.
_BUSY_CODES = frozenset(["ResourceInUseException"])

ATTEMPTS = 10
FEW_ATTEMPTS = 4


# The last one is License Manager's.
DENIED_CODES = frozenset(
    ["AccessDeniedException", "ForbiddenException", "AccessDenied", "UnauthorizedOperation", "AuthorizationException"]
)

# From services with JSON, from those with XML, and from EC2.
EXPIRED_CODES = frozenset(["ExpiredTokenException", "ExpiredToken", "RequestExpired"])

# How AWS names the missing action, with any code.
_NAMED_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)")

# AWS refuses requests whose time is more than five minutes off. Some services have no code for that.
_CLOCK_CODES = frozenset(["RequestTimeTooSkewed", "RequestInTheFuture", "NotYetValid"])
_CLOCK_WORDS = re.compile("signature expired|signature not yet current|too skewed", re.IGNORECASE)

# A wrong secret key: from services with JSON, from those with XML, and from those that cannot read the header.
_SIGNATURE_CODES = frozenset(
    ["InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignatureException", "IncompleteSignature"]
)

# An unknown access key: from services with JSON, STS and IAM, EC2, S3. A Region that is not enabled for the account
# answers valid credentials so, too.
_UNKNOWN_KEY_CODES = frozenset(
    ["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "InvalidAccessKeyId", "OptInRequired"]
)

_REMEDIES = {
    "ServiceQuotaExceededException": "delete configurations that nobody uses, or ask AWS for a higher quota",
    "ResourceInUseException": "somebody else is changing it; run the task again in a moment",
    "IdempotentParameterMismatchException": "run the task again",
    **dict.fromkeys(
        ["MissingAuthenticationTokenException", "MissingAuthenticationToken"],
        "something on the network removed the signature; check proxies and endpoint_url",
    ),
    **dict.fromkeys(
        _UNKNOWN_KEY_CODES,
        "AWS does not know the access key in this Region; check the credentials, and whether the Region is enabled for"
        " the account",
    ),
    **dict.fromkeys(
        _SIGNATURE_CODES,
        "check the secret key and the clock of this machine, and that no proxy changes the requests",
    ),
}

# HTTP status -> its meaning in an answer without an error code, which no service of AWS sends.
_STATUS_WORDS = {
    301: "a redirect",
    302: "a redirect",
    303: "a redirect",
    307: "a redirect",
    308: "a redirect",
    401: "credentials are asked for",
    403: "the request is forbidden",
    404: "there is no such page",
    407: "the proxy asks for credentials",
    413: "the request is too large",
    421: "this server does not serve the host",
    431: "the headers of the request are too large",
    451: "the request is forbidden by law",
}
_STATUS_REMEDIES = {
    407: "Put the user and the password of the proxy into the variable HTTPS_PROXY where the module runs, or make "
    "the proxy allow requests to AWS",
    413: "A proxy or firewall limits the size of requests; allow requests to AWS there",
    431: "A proxy or firewall limits the size of headers, and session tokens are long; allow them",
}
_STATUS_REMEDY = (
    "Something that is not AWS answered, such as a proxy, the login page of a network, or a wrong endpoint_url;"
    " allow requests to AWS there, or correct the address"
)

# Characters of the answer of something that is not AWS.
_LONGEST_ANSWER = 120


class ImageBuilderError(AnsibleAWSError):
    """Something that failed.

    C(message): what was tried and where; C(exception): botocore's or None; C(changed): whether something was or may
    have been written before; C(service): the prefix of IAM's actions if another service than Image Builder was asked.
    """

    @property
    def code(self) -> str | None:
        """AWS's error code, None if there was no answer."""
        return code_of(self.exception)

    @property
    def changed(self) -> bool:
        """Whether something was or may have been written."""
        return self.kwargs.get("changed", False) or getattr(self.exception, "written", False)

    @property
    def has_expired(self) -> bool:
        """Whether the credentials have expired, so AWS would answer no other request either."""
        return self.code in EXPIRED_CODES

    @property
    def in_doubt(self) -> bool:
        """Whether the request may have been carried out nevertheless; see in_doubt()."""
        return in_doubt(self.exception)

    def __str__(self) -> str:
        if not self.exception:
            result: str = self.message
            return result
        parts = [
            f"{self.message}: {describe(self.exception)}",
            remedy(self.exception, self.kwargs.get("service", "imagebuilder")),
        ]
        return ". ".join(part.rstrip(".") for part in parts if part) + "."


class ImageBuilderErrorHandler(AWSErrorHandler):
    """Turns botocore's exceptions into ImageBuilderError."""

    _CUSTOM_EXCEPTION = ImageBuilderError

    if TYPE_CHECKING:
        # amazon.aws has no types. Each of these returns a decorator that keeps the type of a function.
        @classmethod
        def common_error_handler(cls, description: str) -> Callable[[_Function], _Function]: ...

        @classmethod
        def list_error_handler(cls, description: str) -> Callable[[_Function], _Function]: ...

        @classmethod
        def deletion_error_handler(cls, description: str) -> Callable[[_Function], _Function]: ...

    @classmethod
    def _is_missing(cls) -> Any:
        return is_boto3_error_code("ResourceNotFoundException")


def code_of(exception: BaseException | None) -> str | None:
    """AWS's error code of a botocore exception, or None."""
    # If the connection broke, the response of botocore's exception is None.
    result: str | None = (getattr(exception, "response", None) or {}).get("Error", {}).get("Code")
    return result


def in_doubt(exception: BaseException | None) -> bool:
    """Whether the request of a botocore exception may have been carried out, because an attempt had no certain answer.

    call_with_retries() and responses set this; all other exceptions are certain.
    """
    return getattr(exception, "in_doubt", False)


def describe(exception: BaseException) -> str:
    """What AWS said, with code and request id, for the end of an error message."""
    response = getattr(exception, "response", None)
    if not response:
        text = str(exception).strip()
        return f"{text} nothing, not even a reason" if _without_reason(exception) else text
    code, message = code_of(exception), response.get("Error", {}).get("Message", "")
    status = _bare_status(exception)
    text = _status_text(status, message, response["ResponseMetadata"]) if status else f"{code}: {message}"
    request_id = response.get("ResponseMetadata", {}).get("RequestId")
    return f"{text} (request id {request_id})" if request_id else text


def error_text(error: Exception) -> str:
    """What AWS said about a write, with the operation and what to do."""
    operation = getattr(error, "operation_name", None)
    action = missing_action(error, "ssm" if (operation or "").endswith("Parameter") else "ec2")
    advice = f"The credentials need {action}" if action else remedy(error)
    return (f"{operation}: " if operation else "") + describe(error) + (f". {advice}" if advice else "")


def _without_reason(exception: BaseException) -> bool:
    return isinstance(exception, CredentialRetrievalError) and not str(exception.kwargs.get("error_msg", "x")).strip()


def _bare_status(exception: BaseException) -> int | None:
    """The HTTP status of an answer without an error code of AWS, None if there is a code or AWS itself failed."""
    response = getattr(exception, "response", None) or {}
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    # botocore then uses the status as the code, or nothing for services with XML.
    if not isinstance(status, int) or status >= 500 or code_of(exception) not in (None, "", "Unknown", str(status)):
        return None
    return status


def _status_text(status: int, message: str, metadata: dict[str, Any]) -> str:
    words = _STATUS_WORDS.get(status, "the request is refused")
    location = metadata.get("HTTPHeaders", {}).get("location")
    to = f" to {location}" if location else ""
    answer = " ".join(re.sub("<[^>]*>", " ", message).split())[:_LONGEST_ANSWER]
    return f"HTTP {status} without an error code of AWS, {words}{to}" + (f": {answer}" if answer else "")


# The exceptions of botocore if a profile names a program or file that is missing or returns something unexpected.
MISREAD_PROFILE = (OSError, LookupError, TypeError, AttributeError, JSONDecodeError, UnicodeDecodeError)


def profile_error(error: BaseException) -> BaseException:
    """The botocore exception for an error that occurred while the credentials of a profile were read."""
    if isinstance(error, BotoCoreError) or not isinstance(error, MISREAD_PROFILE):
        return error
    if isinstance(error, OSError):
        result: BaseException = CredentialRetrievalError(provider="the profile", error_msg=str(error))
        return result
    text = f"its output is not JSON: {error}"
    misread: BaseException = CredentialRetrievalError(provider="custom-process", error_msg=text)
    return misread


def expired(exception: BaseException, what: str) -> ImageBuilderError | None:
    """The ImageBuilderError for a botocore exception if the credentials have expired, else None.

    It must end the module even if targets are handled one by one, because AWS would answer no other request either.

    :param what: what was tried, and where.
    """
    if code_of(exception) not in EXPIRED_CODES:
        return None
    return ImageBuilderError(message=f"Failed to {what}", exception=exception)


def named_action(exception: BaseException) -> str | None:
    """The IAM action that AWS says is missing, None if it names none.

    It may not be that of the operation, because AWS uses the caller's permissions for what a request refers to.
    """
    named = _NAMED_ACTION.search(describe(exception))
    return named and named.group(1)


def missing_action(exception: BaseException, prefix: str = "imagebuilder") -> str | None:
    """The IAM action that the credentials lack, None if a botocore exception has another cause.

    :param prefix: the service's prefix in IAM's actions.
    """
    named = named_action(exception)
    if named:
        return named
    if code_of(exception) in DENIED_CODES:
        return f"{prefix}:{getattr(exception, 'operation_name', '*')}"
    return None


def remedy(exception: BaseException, prefix: str = "imagebuilder") -> str | None:
    """What to do about a botocore exception, or None.

    :param prefix: as for missing_action().
    """
    code = code_of(exception)
    if code in EXPIRED_CODES:
        clock = ", or the clock of this machine is wrong" if code == "RequestExpired" else ""
        return f"The credentials have expired{clock}; get new ones and run the task again"
    action = missing_action(exception, prefix)
    if action:
        return f"The credentials need {action}"
    if code in _CLOCK_CODES or (code in _SIGNATURE_CODES and _CLOCK_WORDS.search(describe(exception))):
        return "The clock of this machine is wrong; set it, for example with NTP, and run the task again"
    status = _bare_status(exception)
    if status and status != 429:
        return _STATUS_REMEDIES.get(status, _STATUS_REMEDY)
    if isinstance(exception, CredentialRetrievalError) and exception.kwargs.get("provider") == "custom-process":
        return (
            "Run the command of credential_process in this profile by hand, as the user of this task: it must print the"
            " credentials as JSON and end with status 0"
        )
    if isinstance(exception, MalformedAnswer):
        done = "It may have been carried out, so check before you run the task again"
        return done if exception.written else "Find out what answers instead of AWS: endpoint_url, a proxy, a mock"
    if code in THROTTLING_CODES:
        return f"AWS throttled the request {ATTEMPTS} times in a row; run the task again later"
    if code in TRANSIENT_CODES:
        return f"AWS failed {ATTEMPTS} times in a row; run the task again later"
    return _REMEDIES.get(code or "", "").capitalize() or None


# The code of a broken connection.
_NO_ANSWER = "connection"


_CODE_OF_STATUS = {"429": "TooManyRequestsException", "500": "500", "502": "502", "503": "503", "504": "504"}


def _retry_code(error: BaseException) -> str:
    """The code that decides about another attempt: AWS's, or one for the status or the broken connection."""
    code = code_of(error)
    if not code:
        return _NO_ANSWER
    known = code in THROTTLING_CODES or code in TRANSIENT_CODES
    status = str(getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode"))
    # Load balancers in front of a service have other codes, whose meaning the status tells.
    return code if known else _CODE_OF_STATUS.get(status, code)


# There was no connection, so nothing can have been carried out.
_NOT_SENT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError, SSLError)


def _leaves_doubt(error: BaseException) -> bool:
    """Whether an attempt with this error may have been carried out: its connection broke, or AWS failed."""
    if isinstance(error, ClientError):
        return _retry_code(error) in TRANSIENT_CODES
    return not isinstance(error, _NOT_SENT)


def call_with_retries(
    function: Callable[[], Result],
    pace: Pace,
    more_codes: Iterable[str] = (),
    delay: float = 1.0,
    longest_delay: float = 30.0,
) -> Result:
    """Calls C(function), if necessary several times with growing, jittered delays.

    Each call has its own delays, so threads do not affect each other's.

    :param function: makes one request.
    :param pace: the Pace that all workers share.
    :param more_codes: other codes of temporary errors of this operation, worth a few attempts.
    :param delay: the longest first delay in seconds; doubled each time.
    :raises: the last attempt's botocore exception; in_doubt() tells whether any attempt may have been carried out.
    """
    few = _BUSY_CODES | frozenset(more_codes) | {_NO_ANSWER}
    doubtful = False
    number = 0
    while True:
        if number:
            pace.pause(random.uniform(0.3, 1.0) * min(delay * 2 ** (number - 1), longest_delay))
        number += 1
        turn = pace.take_turn()
        try:
            answer = function()
        except (ClientError, HTTPClientError, EndpointConnectionError, ConnectTimeoutError) as error:
            doubtful = doubtful or _leaves_doubt(error)
            error.in_doubt = doubtful
            code = _retry_code(error)
            if number == ATTEMPTS:
                raise
            if code in THROTTLING_CODES:
                pace.throttled(turn)
                continue
            if code != _NO_ANSWER:
                pace.answered()
            if code not in TRANSIENT_CODES and (code not in few or number >= FEW_ATTEMPTS):
                raise
        else:
            pace.answered()
            return answer
