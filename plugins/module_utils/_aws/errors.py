# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The error handler (outside) and the retry with the service's own codes (inside)."""

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

# Throttling: every worker slows down. CallRateLimitExceededException (429) is Image Builder's own, modelled
# without a retryable mark, so botocore's standard mode tries once only; AWSRetry does not know it either.
THROTTLING_CODES = frozenset(
    ["CallRateLimitExceededException", "TooManyRequestsException", "ThrottlingException", "Throttling"]
    + ["RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown"]
)

# Faults of the service that pass.
TRANSIENT_CODES = frozenset(
    ["ServiceException", "ServiceUnavailableException", "InternalServiceError", "InternalFailure", "InternalError"]
    + ["ServiceUnavailable", "Unavailable", "500", "502", "503", "504"]
)

# Worth a few more tries only: somebody else is at it, or the connection broke.
_BUSY_CODES = frozenset(["ResourceInUseException"])

ATTEMPTS = 10
FEW_ATTEMPTS = 4


# The last one is License Manager's.
DENIED_CODES = frozenset(
    ["AccessDeniedException", "ForbiddenException", "AccessDenied", "UnauthorizedOperation", "AuthorizationException"]
)

# The first is what services with JSON say, the second what those with XML say, and EC2 has its own.
EXPIRED_CODES = frozenset(["ExpiredTokenException", "ExpiredToken", "RequestExpired"])

# How AWS names the action that is missing, whatever the code.
_NAMED_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)")

# AWS takes no request whose time is more than five minutes off. Some services have no code of its own for that.
_CLOCK_CODES = frozenset(["RequestTimeTooSkewed", "RequestInTheFuture", "NotYetValid"])
_CLOCK_WORDS = re.compile("signature expired|signature not yet current|too skewed", re.IGNORECASE)

# A wrong secret key, in the words of services with JSON, of those with XML, and of those that cannot read the header.
_SIGNATURE_CODES = frozenset(
    ["InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignatureException", "IncompleteSignature"]
)

# An access key that is not known, at services with JSON, STS and IAM, EC2, S3. Also what a Region says of sound
# credentials that is not enabled for the account.
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

# What an HTTP status means that comes without an error code, as no service of AWS sends it.
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
    "Something that is not AWS answered, such as a proxy, the login page of a network, or a wrong endpoint_url; "
    "allow requests to AWS there"
    ", or correct the address"
)

# Characters of what somebody else has answered.
_LONGEST_ANSWER = 120


class ImageBuilderError(AnsibleAWSError):
    """What could not be done.

    C(message) says what was tried and where, C(exception) is botocore's or None. With C(changed=True) something
    had been written before, or may have been. C(service) is what IAM's actions of the service begin with that was
    asked, if it is another one than Image Builder.
    """

    @property
    def code(self) -> str | None:
        """AWS's error code, or None where there was no answer."""
        return code_of(self.exception)

    @property
    def changed(self) -> bool:
        """Whether something had been written already, or may have been."""
        return self.kwargs.get("changed", False) or getattr(self.exception, "written", False)

    @property
    def has_expired(self) -> bool:
        """Whether the credentials have expired, so that no other request would be answered."""
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
        # amazon.aws has no types; each of these gives a decorator that leaves a function's own as they are.
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
    # Where the connection broke, botocore's exception has a response that is None.
    result: str | None = (getattr(exception, "response", None) or {}).get("Error", {}).get("Code")
    return result


def in_doubt(exception: BaseException | None) -> bool:
    """Whether the request of a botocore exception may have been carried out, because an attempt had no certain answer.

    Only call_with_retries() knows; what did not come from there is certain.
    """
    return getattr(exception, "in_doubt", False)


def describe(exception: BaseException) -> str:
    """What AWS said, with code and request id; for the end of an error message."""
    response = getattr(exception, "response", None)
    if not response:
        text = str(exception).strip()
        return f"{text} nothing, not even a reason" if _without_reason(exception) else text
    code, message = code_of(exception), response.get("Error", {}).get("Message", "")
    status = _bare_status(exception)
    text = _status_text(status, message, response["ResponseMetadata"]) if status else f"{code}: {message}"
    request_id = response.get("ResponseMetadata", {}).get("RequestId")
    return f"{text} (request id {request_id})" if request_id else text


def _without_reason(exception: BaseException) -> bool:
    return isinstance(exception, CredentialRetrievalError) and not str(exception.kwargs.get("error_msg", "x")).strip()


def _bare_status(exception: BaseException) -> int | None:
    """The HTTP status of an answer without an error code of AWS; None where there is a code, or AWS itself failed."""
    response = getattr(exception, "response", None) or {}
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    # botocore puts the status in the place of the code, or in services with XML nothing.
    if not isinstance(status, int) or status >= 500 or code_of(exception) not in (None, "", "Unknown", str(status)):
        return None
    return status


def _status_text(status: int, message: str, metadata: dict[str, Any]) -> str:
    words = _STATUS_WORDS.get(status, "the request is refused")
    location = metadata.get("HTTPHeaders", {}).get("location")
    to = f" to {location}" if location else ""
    answer = " ".join(re.sub("<[^>]*>", " ", message).split())[:_LONGEST_ANSWER]
    return f"HTTP {status} without an error code of AWS, {words}{to}" + (f": {answer}" if answer else "")


# What botocore trips over that reads a profile: a program or file that is not there, or prints something else.
MISREAD_PROFILE = (OSError, LookupError, TypeError, AttributeError, JSONDecodeError, UnicodeDecodeError)


def profile_error(error: BaseException) -> BaseException:
    """The botocore exception for what came up while the credentials of a profile were read."""
    if isinstance(error, BotoCoreError) or not isinstance(error, MISREAD_PROFILE):
        return error
    if isinstance(error, OSError):
        result: BaseException = CredentialRetrievalError(provider="the profile", error_msg=str(error))
        return result
    text = f"its output is not JSON: {error}"
    misread: BaseException = CredentialRetrievalError(provider="custom-process", error_msg=text)
    return misread


def expired(exception: BaseException, what: str) -> ImageBuilderError | None:
    """The ImageBuilderError for a botocore exception that says that the credentials have expired, else None.

    It ends the module, also where each place is judged by itself: no other request would be answered.

    :param what: what was tried, and where.
    """
    if code_of(exception) not in EXPIRED_CODES:
        return None
    return ImageBuilderError(message=f"Failed to {what}", exception=exception)


def named_action(exception: BaseException) -> str | None:
    """The IAM action that AWS says is missing, None where it names none.

    It may be another one than that of the operation, since AWS uses the caller's rights for what a request refers to.
    """
    named = _NAMED_ACTION.search(describe(exception))
    return named and named.group(1)


def missing_action(exception: BaseException, prefix: str = "imagebuilder") -> str | None:
    """The IAM action that the credentials lack, None where that is not what a botocore exception is about.

    :param prefix: what IAM's actions of the service begin with that was asked.
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


# In the place of a code where the connection broke.
_NO_ANSWER = "connection"


_CODE_OF_STATUS = {"429": "TooManyRequestsException", "500": "500", "502": "502", "503": "503", "504": "504"}


def _retry_code(error: BaseException) -> str:
    """The code by which a failed attempt is judged: AWS's, or what stands for the status or the broken connection."""
    code = code_of(error)
    if not code:
        return _NO_ANSWER
    known = code in THROTTLING_CODES or code in TRANSIENT_CODES
    status = str(getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode"))
    # What stands before a service answers with codes of its own; the status says what they mean.
    return code if known else _CODE_OF_STATUS.get(status, code)


# No connection was made, so that nothing can have been carried out.
_NOT_SENT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError, SSLError)


def _leaves_doubt(error: BaseException) -> bool:
    """Whether one attempt that ended so may have been carried out: its connection broke, or AWS failed in the midst."""
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
    """Calls C(function), again with growing, jittered delay where the service asks for that.

    The delays belong to this one call, so that threads do not disturb each other's.

    :param function: takes nothing, makes one request.
    :param pace: the Pace that all workers share.
    :param more_codes: codes that pass by themselves for this operation; tried a few times.
    :param delay: seconds, the bound of the first delay; doubled each time.
    :raises: botocore's exception, when it does not pass; in_doubt() says of it whether any attempt may have been
        carried out.
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
