"""The requests of a module in this process, and errors planned for some of them."""

from __future__ import annotations

import threading
from typing import Any

READS = {"GetCallerIdentity", "GetDistributionConfiguration", "ListDistributionConfigurations", "ListImagePipelines"}
_READING = ("Get", "List", "Describe", "AssumeRole")
_LOST = "lost answer"


class RequestsLog(list[tuple[str, "str | None"]]):
    """C((operation, name)) of every request. The name is folded, None if there is none.

    C(errors[(operation, name)]), or C(errors[operation]) for any name, is a list of error codes, one for each coming
    request, None for none; "lost answer" carries it out. C(bodies) holds every (operation, parameters).
    """

    def __init__(self, monkeypatch: Any) -> None:
        super().__init__()
        self.errors: dict[Any, list[str | None]] = {}
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()
        import botocore.client

        original = botocore.client.BaseClient._make_api_call

        def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            error = self._note(operation, parameters)
            answer = None if error not in (None, _LOST) else original(client, operation, parameters)
            if error:
                raise _exception(error, operation)
            return answer

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)

    def _note(self, operation: str, parameters: dict[str, Any]) -> str | None:
        arn = parameters.get("distributionConfigurationArn") or parameters.get("resourceArn")
        name = arn.rsplit("/", 1)[-1] if arn else parameters.get("name")
        with self._lock:
            self.append((operation, name.lower().replace(" ", "-") if name else None))
            self.bodies.append((operation, parameters))
            planned = self.errors.get(self[-1]) or self.errors.get(operation)
            return planned.pop(0) if planned else None

    @property
    def operations(self) -> list[str]:
        """The operations in their order."""
        return [operation for operation, _name in self]

    @property
    def writes(self) -> list[tuple[str, str | None]]:
        """The operations that do not read configurations, in their order."""
        return [request for request in self if request[0] not in READS]

    @property
    def written(self) -> list[str]:
        """The operations of any service that change something."""
        return [operation for operation in self.operations if not operation.startswith(_READING)]


def _exception(code: str, operation: str) -> Exception:
    from botocore.exceptions import ClientError
    from botocore.exceptions import ConnectionClosedError

    if code == _LOST:
        return ConnectionClosedError(endpoint_url="https://example.com")
    metadata = {"RequestId": "11112222", "HTTPStatusCode": 400}
    return ClientError({"Error": {"Code": code, "Message": "as planned"}, "ResponseMetadata": metadata}, operation)
