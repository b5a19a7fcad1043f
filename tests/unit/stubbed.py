"""Accounts without sockets: clients answer from botocore's Stubber, which checks both sides with the service model."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.stub import Stubber

ACCOUNT = "123456789012"
REGION = "us-west-2"
REQUEST_ID = "0f1e2d3c-example"


@cache
def _session() -> boto3.session.Session:
    # One for all, because each new session reads the service models again.
    return boto3.session.Session()


class StubbedAccounts:
    """Replaces an Accounts. A request without a prepared answer fails the test; an answer that was not requested fails
    it in `finish`."""

    def __init__(self, account_id: str = ACCOUNT, partition: str = "aws", home_region: str = REGION) -> None:
        self.account_id = account_id
        self.partition = partition
        self.home_region = home_region
        self.roles: set[str] = set()
        self.not_assumed: dict[str, Exception] = {}
        self._stubs: dict[tuple[str, str, str], tuple[Any, Stubber]] = {}

    def has_named_role(self, account_id: str) -> bool:
        return account_id in self.roles

    def client(self, service: str, region: str | None = None, account_id: str | None = None) -> Any:
        if account_id in self.not_assumed:
            raise self.not_assumed[account_id]
        return self._stub(service, region, account_id)[0]

    def answer(
        self,
        service: str,
        operation: str,
        response: dict[str, Any],
        region: str | None = None,
        account_id: str | None = None,
        **expected: Any,
    ) -> None:
        """Prepare the answer to the next request there. `expected` are its parameters; by default any."""
        self._stub(service, region, account_id)[1].add_response(operation, response, expected or None)

    def refuse(
        self,
        service: str,
        operation: str,
        code: str,
        message: str = "As AWS says it.",
        region: str | None = None,
        account_id: str | None = None,
    ) -> None:
        """Prepare an error as the answer to the next request there."""
        self._stub(service, region, account_id)[1].add_client_error(
            operation, code, message, 400, response_meta={"RequestId": REQUEST_ID}
        )

    def finish(self) -> None:
        """Fail if an answer is left over."""
        for _client, stub in self._stubs.values():
            stub.assert_no_pending_responses()

    def _stub(self, service: str, region: str | None, account_id: str | None) -> tuple[Any, Stubber]:
        key = (service, region or self.home_region, account_id or self.account_id)
        if key not in self._stubs:
            client = _session().client(
                service,
                region_name=key[1],
                aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
                aws_secret_access_key="a-secret-access-key-that-opens-nothing-at-all",
            )
            stub = Stubber(client)
            stub.activate()
            self._stubs[key] = (client, stub)
        return self._stubs[key]


def connection(accounts: StubbedAccounts) -> Any:
    """A stub of the Connection to Image Builder in the home Region, for the checks."""
    return SimpleNamespace(client=accounts.client("imagebuilder"), region=accounts.home_region)
