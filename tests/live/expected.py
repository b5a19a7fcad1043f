"""What several questions expect, and a source that many of them name."""

from __future__ import annotations

MODEL = "service model of botocore 1.44.5"
INVALID = r"InvalidParameterValueException 400: .*"
NOT_FOUND = r"ResourceNotFoundException 404: .*"
INVALID_REQUEST = r"InvalidRequestException 400: .*"


def not_valid(path: str, reason: str = ".*") -> str:
    """The pattern of what the service says of the value at `path`, itself a regular expression."""
    return rf"InvalidParameterValueException 400: The value supplied for parameter '{path}' is not valid\. {reason}"
