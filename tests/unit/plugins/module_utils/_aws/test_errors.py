"""Which requests are repeated, how long it waits, and the text of the errors."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws import errors
from botocore.exceptions import ClientError
from botocore.exceptions import ConnectionClosedError
from botocore.exceptions import CredentialRetrievalError
from botocore.exceptions import EndpointConnectionError
from botocore.exceptions import ReadTimeoutError


class RecordedPace:
    """Records the pauses instead of making them."""

    def __init__(self):
        self.pauses = []
        self.slowed = 0

    def take_turn(self):
        return 0.0

    def answered(self):
        pass

    def throttled(self, dummy):
        self.slowed += 1

    def pause(self, seconds):
        self.pauses.append(seconds)


def error(code):
    response = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"RequestId": "11112222"}}
    return ClientError(response, "UpdateDistributionConfiguration")


def failing(exception, times=1000):
    """A request that fails some times, then returns its number."""
    calls = []

    def request():
        calls.append(1)
        if len(calls) <= times:
            raise exception
        return len(calls)

    return request, calls


def test_delays_grow_to_a_bound_and_differ_each_time():
    bounds = [1, 2, 4, 8, 16, 30, 30, 30, 30]
    seen = []
    for _number in range(20):
        pace = RecordedPace()
        request, calls = failing(error("ServiceException"))
        with pytest.raises(ClientError):
            errors.call_with_retries(request, pace)
        assert len(calls) == errors.ATTEMPTS
        assert all(0.3 * bound <= pause <= bound for pause, bound in zip(pace.pauses, bounds))
        assert len(pace.pauses) == len(bounds)
        seen.append(tuple(pace.pauses))
    assert len(set(seen)) == 20


@pytest.mark.parametrize("code", sorted(errors.THROTTLING_CODES))
def test_throttling_slows_everybody_down(code):
    pace = RecordedPace()
    request, dummy = failing(error(code), times=2)
    assert errors.call_with_retries(request, pace) == 3
    assert pace.slowed == 2


@pytest.mark.parametrize(
    ("exception", "attempts"),
    [
        (error("ResourceInUseException"), errors.FEW_ATTEMPTS),
        (EndpointConnectionError(endpoint_url="https://example.com"), errors.FEW_ATTEMPTS),
        (error("ValidationException"), 1),
        (error("AccessDeniedException"), 1),
        (error("ServiceQuotaExceededException"), 1),
    ],
)
def test_others_are_tried_a_few_times_or_once(exception, attempts):
    pace = RecordedPace()
    request, calls = failing(exception)
    with pytest.raises(type(exception)):
        errors.call_with_retries(request, pace)
    assert (len(calls), pace.slowed) == (attempts, 0)


@pytest.mark.parametrize(("status", "slowed"), [(429, 1), (500, 0), (502, 0), (503, 0), (504, 0)])
def test_codes_of_others_are_judged_by_their_status(status, slowed):
    exception = error("SomethingOfAGateway")
    exception.response["ResponseMetadata"]["HTTPStatusCode"] = status
    pace = RecordedPace()
    request, dummy = failing(exception, times=1)
    assert errors.call_with_retries(request, pace) == 2
    assert pace.slowed == slowed


def test_a_code_that_passes_for_one_operation_only():
    request, calls = failing(error("ResourceNotFoundException"), times=2)
    assert errors.call_with_retries(request, RecordedPace(), ["ResourceNotFoundException"]) == 3


def test_an_error_says_what_aws_said_and_what_to_do():
    text = str(errors.ImageBuilderError(message="Failed to update web", exception=error("AccessDeniedException")))
    assert text == (
        "Failed to update web: AccessDeniedException: m (request id 11112222)."
        " The credentials need imagebuilder:UpdateDistributionConfiguration."
    )


def answer(status, headers=None, body="", code=None):
    """botocore's exception for an answer that is not from AWS: the status instead of a code, or nothing."""
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": headers or {}}
    response = {"Error": {"Code": str(status) if code is None else code, "Message": body}} if code != "" else {}
    return ClientError({**response, "ResponseMetadata": metadata}, "ListDistributionConfigurations")


@pytest.mark.parametrize("code", [None, "", "Unknown"])
@pytest.mark.parametrize(
    ("status", "headers", "body", "words", "cure"),
    [
        (302, {"location": "https://login.example.com/"}, "", "a redirect to https://login.example.com/", "login page"),
        (307, {}, "", "a redirect", "endpoint_url"),
        (407, {}, "", "the proxy asks for credentials", "HTTPS_PROXY"),
        (403, {}, "", "the request is forbidden", "Something that is not AWS answered"),
        (404, {}, "", "there is no such page", "endpoint_url"),
        (431, {}, "", "the headers of the request are too large", "session tokens are long"),
        (418, {}, "", "the request is refused", "Something that is not AWS answered"),
    ],
)
def test_a_status_without_a_code_of_aws_is_put_into_words(code, status, headers, body, words, cure):
    text = str(errors.ImageBuilderError(message="Failed to list", exception=answer(status, headers, body, code)))
    assert text.startswith(f"Failed to list: HTTP {status} without an error code of AWS, {words}")
    assert cure in text
    assert "None" not in text
    assert "Unknown" not in text


def test_of_a_page_only_its_first_words_are_shown():
    page = "<html><head><title>Blocked</title></head>\n<body>by\n policy " + "x" * 500 + "</body></html>"
    text = errors.describe(answer(403, body=page))
    assert text.startswith("HTTP 403 without an error code of AWS, the request is forbidden: Blocked by policy xx")
    assert len(text) < 210


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failure_of_aws_stays_one(status):
    text = str(errors.ImageBuilderError(message="Failed", exception=answer(status, body="Service Unavailable")))
    assert text == f"Failed: {status}: Service Unavailable. AWS failed 10 times in a row; run the task again later."


def refusal(code, message):
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "X")


@pytest.mark.parametrize(
    ("code", "message", "cure"),
    [
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", "check the secret key"),
        ("InvalidSignatureException", "The request signature we calculated does not match", "check the secret key"),
        ("IncompleteSignature", "Credential should be scoped to a valid region", "check the secret key"),
        ("SignatureDoesNotMatch", "Signature expired: 20261129T0900Z is now earlier than 20261129T0905Z", "clock"),
        ("InvalidSignatureException", "Signature not yet current: 20261129T0900Z", "clock"),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large", "clock"),
        ("RequestInTheFuture", "", "clock"),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
            "not know the access key",
        ),
        (
            "AuthFailure",
            "AWS was not able to validate the provided access credentials",
            "the Region is enabled",
        ),
        ("UnrecognizedClientException", "The security token included in the request is invalid", "Region is enabled"),
        ("OptInRequired", "You are not subscribed to this service", "Region is enabled"),
        ("MissingAuthenticationToken", "Missing Authentication Token", "proxies"),
    ],
)
def test_each_refusal_of_credentials_has_a_remedy(code, message, cure):
    text = str(errors.ImageBuilderError(message="Failed", exception=refusal(code, message)))
    assert text.startswith(f"Failed: {code}: {message.rstrip('.')}")
    assert cure.lower() in text.lower()
    assert ("The clock of this machine is wrong; set it" in text) == (cure == "clock")


@pytest.mark.parametrize("reason", ["", " ", "\n"])
def test_a_credential_process_that_gives_no_reason(reason):
    error_ = CredentialRetrievalError(provider="custom-process", error_msg=reason)
    assert str(errors.ImageBuilderError(message="Couldn't connect to AWS", exception=error_)) == (
        "Couldn't connect to AWS: Error when retrieving credentials from custom-process: nothing, not even a reason."
        " Run the command of credential_process in this profile by hand, as the user of this task: it must print the"
        " credentials as JSON and end with status 0."
    )


def test_one_that_gives_a_reason():
    error_ = CredentialRetrievalError(provider="custom-process", error_msg="token is expired\n")
    assert errors.describe(error_) == "Error when retrieving credentials from custom-process: token is expired"


CLOSED = ConnectionClosedError(endpoint_url="https://example.com")
TOO_LATE = ReadTimeoutError(endpoint_url="https://example.com")
NO_CONNECTION = EndpointConnectionError(endpoint_url="https://example.com")


@pytest.mark.parametrize(
    ("exceptions", "in_doubt"),
    [
        ([CLOSED] * errors.FEW_ATTEMPTS, True),
        ([TOO_LATE] * errors.FEW_ATTEMPTS, True),
        ([error("ServiceException")] * errors.ATTEMPTS, True),
        # Earlier attempts count, too.
        ([CLOSED, error("AccessDeniedException")], True),
        ([error("CallRateLimitExceededException"), error("AccessDeniedException")], False),
        ([error("CallRateLimitExceededException")] * errors.ATTEMPTS, False),
        ([NO_CONNECTION] * errors.FEW_ATTEMPTS, False),
    ],
)
def test_whether_a_request_may_have_been_carried_out(exceptions, in_doubt):
    planned = iter(exceptions)

    def request():
        raise next(planned)

    with pytest.raises((ClientError, ConnectionClosedError, ReadTimeoutError, EndpointConnectionError)) as raised:
        errors.call_with_retries(request, RecordedPace())
    assert errors.in_doubt(raised.value) is in_doubt
    assert errors.ImageBuilderError(message="m", exception=raised.value).in_doubt is in_doubt
