"""The errors that Image Builder answers with. The HTTP status of each comes from botocore's service model."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ErrorAnswer(ServiceException):
    """Base of this service's errors: ``code`` names an exception shape of the service model."""


class InvalidParameterValueException(ErrorAnswer):
    """A value that the service refuses, with its path in the request, such as ``distributions[0].region``."""

    code = "InvalidParameterValueException"

    def __init__(self, path: str, reason: str = "") -> None:
        text = f"The value supplied for parameter '{path}' is not valid."
        super().__init__(f"{text} {reason}".rstrip())


class InvalidParameterException(ErrorAnswer):
    """What the tag operations answer instead of InvalidParameterValueException."""

    code = "InvalidParameterException"

    def __init__(self, path: str, reason: str = "") -> None:
        text = f"The value supplied for parameter '{path}' is not valid."
        super().__init__(f"{text} {reason}".rstrip())


class InvalidRequestException(ErrorAnswer):
    """A malformed request: not JSON, a wrong type, a member that the operation does not have."""

    code = "InvalidRequestException"


class InvalidParameterCombinationException(ErrorAnswer):
    """Parameters that exclude each other, or one without its companion."""

    code = "InvalidParameterCombinationException"


class InvalidPaginationTokenException(ErrorAnswer):
    """A ``nextToken`` that the service did not issue for this list."""

    code = "InvalidPaginationTokenException"

    def __init__(self) -> None:
        super().__init__("The pagination token that was provided is not valid.")


class IdempotentParameterMismatchException(ErrorAnswer):
    """A client token used again with other parameters."""

    code = "IdempotentParameterMismatchException"

    def __init__(self, client_token: str) -> None:
        super().__init__(
            f"The client token '{client_token}' was used before in a request with different parameter values."
        )


class ResourceAlreadyExistsException(ErrorAnswer):
    """The name, in the form that it has in an ARN, is taken."""

    code = "ResourceAlreadyExistsException"

    def __init__(self, resource_type: str, arn: str) -> None:
        super().__init__(f"The following resource '{resource_type}' already exists: '{arn}'.")


class ResourceDependencyException(ErrorAnswer):
    """Deletion of something that another resource refers to."""

    code = "ResourceDependencyException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"Resource dependency error: The resource ARN '{arn}' has other resources depended on it.")


class ResourceNotFoundException(ErrorAnswer):
    """No such resource in this account and Region."""

    code = "ResourceNotFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"The resource with ARN '{arn}' does not exist.")


class ResourceInUseException(ErrorAnswer):
    """Somebody else is changing the resource."""

    code = "ResourceInUseException"


class ServiceQuotaExceededException(ErrorAnswer):
    """The account has reached its quota of this type of resource in this Region."""

    code = "ServiceQuotaExceededException"

    def __init__(self, resource_type: str, quota: int) -> None:
        super().__init__(f"The account has reached its quota of {quota} resources of type '{resource_type}'.")


class DryRunOperationException(ErrorAnswer):
    """How a dry run says that the request would have succeeded."""

    code = "DryRunOperationException"

    def __init__(self) -> None:
        super().__init__("The request would have succeeded, but the dry run flag is set.")


class AccessDeniedException(ErrorAnswer):
    """The caller, or a role that the caller passes, lacks a permission."""

    code = "AccessDeniedException"
