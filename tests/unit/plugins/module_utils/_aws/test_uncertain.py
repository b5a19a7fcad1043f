"""A write whose answer was lost: what a read afterwards makes of it."""

from __future__ import annotations

import importlib

import pytest
from botocore.exceptions import ClientError
from botocore.exceptions import ConnectionClosedError

WIRE = "ansible_collections.goldimage.aws.plugins.module_utils._aws"
uncertain = importlib.import_module(f"{WIRE}.uncertain")
errors = importlib.import_module(f"{WIRE}.errors")

LOST = ConnectionClosedError(endpoint_url="https://ssm.eu-west-1.amazonaws.com")


def refusal(attempts):
    metadata = {"RequestId": "11112222", "HTTPStatusCode": 400, "RetryAttempts": attempts}
    return ClientError(
        {"Error": {"Code": "ParameterAlreadyExists", "Message": "exists"}, "ResponseMetadata": metadata}, "PutParameter"
    )


def raising(error):
    def fail():
        raise error

    return fail


def test_a_write_that_a_read_shows_is_done():
    uncertain.write_once(raising(LOST), lambda: True)
    # AWS refuses a repeated request because the first one was carried out.
    uncertain.write_once(raising(refusal(attempts=1)), lambda: True)


def test_a_write_that_no_read_shows_is_an_error():
    with pytest.raises(ConnectionClosedError):
        uncertain.write_once(raising(LOST), lambda: False)


def test_a_certain_refusal_is_not_looked_up():
    with pytest.raises(ClientError):
        uncertain.write_once(raising(refusal(attempts=0)), raising(AssertionError("it was read")))


@pytest.mark.parametrize(
    "reading", [LOST, errors.ImageBuilderError(message="GetParameter: no value"), KeyError("Value")]
)
def test_whatever_prevents_the_read_leaves_the_outcome_unknown(reading):
    with pytest.raises(uncertain.OutcomeUnknown, match="may have been written, and could not be read afterwards"):
        uncertain.write_once(raising(LOST), raising(reading))


def test_an_image_builder_write_that_cannot_be_read_counts_as_changed():
    write = errors.ImageBuilderError(message="Failed to write web", exception=LOST)
    reading = errors.ImageBuilderError(message="Failed to read web", exception=refusal(attempts=0))
    with pytest.raises(errors.ImageBuilderError) as caught:
        uncertain.read_back(write, "the configuration", raising(reading))
    assert caught.value.changed
    text = str(caught.value)
    for part in (
        "the configuration could not be read afterwards (ParameterAlreadyExists",
        "Run the task again: it reads",
    ):
        assert part in text
    assert "Failed to write web" in text
