"""The requests of a module in this process, and errors planned for some of them."""

from __future__ import annotations

import threading

READS = {"GetCallerIdentity", "GetDistributionConfiguration", "ListDistributionConfigurations", "ListImagePipelines"}


class RequestsLog(list):
    """C((operation, name)) of every request, the name in its folded form, None where there is none.

    C(errors[(operation, name)]) is a list of error codes, one for each coming request; "lost answer" carries it out.
    """

    def __init__(self, monkeypatch):
        super().__init__()
        self.errors = {}
        self._lock = threading.Lock()
        import botocore.client

        original = botocore.client.BaseClient._make_api_call

        def call(client, operation, parameters):
            error = self._note(operation, parameters)
            answer = None if error not in (None, "lost answer") else original(client, operation, parameters)
            if error:
                raise _exception(error, operation)
            return answer

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)

    def _note(self, operation, parameters):
        arn = parameters.get("distributionConfigurationArn") or parameters.get("resourceArn")
        name = arn.rsplit("/", 1)[-1] if arn else parameters.get("name")
        with self._lock:
            self.append((operation, name.lower().replace(" ", "-") if name else None))
            planned = self.errors.get(self[-1])
            return planned.pop(0) if planned else None

    @property
    def writes(self):
        """What is no read, in the order in which it was asked."""
        return [request for request in self if request[0] not in READS]


def _exception(code, operation):
    from botocore.exceptions import ClientError
    from botocore.exceptions import ConnectionClosedError

    if code == "lost answer":
        return ConnectionClosedError(endpoint_url="https://example.com")
    metadata = {"RequestId": "11112222", "HTTPStatusCode": 400}
    return ClientError({"Error": {"Code": code, "Message": "as planned"}, "ResponseMetadata": metadata}, operation)
