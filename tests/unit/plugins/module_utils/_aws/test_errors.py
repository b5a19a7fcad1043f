"""Which requests are repeated, after how long, and what a person reads in the end."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws import errors
from botocore.exceptions import ClientError
from botocore.exceptions import ConnectionClosedError
from botocore.exceptions import EndpointConnectionError
from botocore.exceptions import ReadTimeoutError


class Pace:
    """Notes the pauses instead of making them."""

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
    """A request that fails some times, then gives its number."""
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
        pace = Pace()
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
    pace = Pace()
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
    pace = Pace()
    request, calls = failing(exception)
    with pytest.raises(type(exception)):
        errors.call_with_retries(request, pace)
    assert (len(calls), pace.slowed) == (attempts, 0)


@pytest.mark.parametrize(("status", "slowed"), [(429, 1), (500, 0), (502, 0), (503, 0), (504, 0)])
def test_codes_of_others_are_judged_by_their_status(status, slowed):
    exception = error("SomethingOfAGateway")
    exception.response["ResponseMetadata"]["HTTPStatusCode"] = status
    pace = Pace()
    request, dummy = failing(exception, times=1)
    assert errors.call_with_retries(request, pace) == 2
    assert pace.slowed == slowed


def test_a_code_that_passes_for_one_operation_only():
    request, calls = failing(error("ResourceNotFoundException"), times=2)
    assert errors.call_with_retries(request, Pace(), ["ResourceNotFoundException"]) == 3


def test_an_error_says_what_aws_said_and_what_to_do():
    text = str(errors.ImageBuilderError(message="Failed to update web", exception=error("AccessDeniedException")))
    assert text == (
        "Failed to update web: AccessDeniedException: m (request id 11112222)."
        " The credentials need imagebuilder:UpdateDistributionConfiguration."
    )


CLOSED = ConnectionClosedError(endpoint_url="https://example.com")
TOO_LATE = ReadTimeoutError(endpoint_url="https://example.com")
NO_CONNECTION = EndpointConnectionError(endpoint_url="https://example.com")


@pytest.mark.parametrize(
    ("exceptions", "in_doubt"),
    [
        ([CLOSED] * errors.FEW_ATTEMPTS, True),
        ([TOO_LATE] * errors.FEW_ATTEMPTS, True),
        ([error("ServiceException")] * errors.ATTEMPTS, True),
        # What came before the last attempt counts too.
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
        errors.call_with_retries(request, Pace())
    assert errors.in_doubt(raised.value) is in_doubt
    assert errors.ImageBuilderError(message="m", exception=raised.value).in_doubt is in_doubt
