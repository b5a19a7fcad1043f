# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One botocore client for each service and Region, which all accounts share.

Making a client costs 1 to 10 ms of processor time, for EC2 also more than a megabyte, and each has its own connections.
Clients for different accounts differ only in their credentials, which botocore looks up when it signs a request. So the
clients for a service and Region are copies of one, and sign with the credentials of their account.

This relies on three private names of botocore: C(_request_signer), its C(_credentials) and C(_make_api_call). Nothing
simpler works: newer versions take credentials from the context of a request (C(request_credentials)), but the oldest
supported one does not, and the public way is a client for each account.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from typing import Callable
from typing import NamedTuple

try:
    from botocore.credentials import Credentials
except ImportError:
    Credentials = None  # AnsibleAWSModule fails with a clear message.

from .responses import guard

# The most pairs of service and Region, so that memory and connections stay limited with many Regions.
CLIENTS_KEPT = 256


class Keys(NamedTuple):
    """The credentials of an assumed role."""

    access_key: str
    secret_key: str
    token: str


class Clients:
    """Makes and keeps clients. Safe to use from many threads.

    :param make: takes a service and a Region, and returns a client with the credentials of the task.
    """

    def __init__(self, make: Callable[[str, str], Any]) -> None:
        self._make = make
        # Two threads can share a botocore client, but not a session.
        self._making = threading.Lock()
        # (service, Region) -> account id, None for the account of the task -> client.
        self._made: OrderedDict[tuple[str, str], dict[str | None, Any]] = OrderedDict()

    def client(self, service: str, region: str, account_id: str | None = None, keys: Keys | None = None) -> Any:
        """A client.

        :param account_id: None for the account of the task.
        :param keys: the credentials for any other account.
        """
        with self._making:
            by_account = self._made.pop((service, region), None) or {None: guard(self._make(service, region))}
            self._made[service, region] = by_account
            if len(self._made) > CLIENTS_KEPT:
                self._made.popitem(last=False)
            if account_id not in by_account and keys:
                by_account[account_id] = _signing_with(by_account[None], keys)
            return by_account[account_id]


def _signing_with(client: Any, keys: Keys) -> Any:
    """A copy of a client that signs requests with other credentials and shares everything else."""
    signer = client._request_signer
    if not isinstance(signer._credentials, _Credentials):
        signer._credentials = _Credentials(signer._credentials)
    credentials: _Credentials = signer._credentials
    frozen = Credentials(*keys).get_frozen_credentials()

    def call(operation: str, parameters: dict[str, Any]) -> Any:
        with credentials.replaced_by(frozen):
            return client._make_api_call(operation, parameters)

    # Not with copy.copy(): it looks up attributes of the empty copy, and botocore's clients then recurse endlessly.
    copied = object.__new__(type(client))
    # All requests go through this method, also those of paginators and waiters.
    vars(copied).update(vars(client), _make_api_call=call)
    return copied


class _Credentials:
    """The credentials of a shared client: each thread signs with those of the account that it asks.

    :param own: those of the task as botocore has them, None if it found none.
    """

    def __init__(self, own: Any) -> None:
        self._own = own
        self._thread = threading.local()

    def get_frozen_credentials(self) -> Any:
        """The credentials with which botocore signs a request."""
        others = getattr(self._thread, "others", None)
        if others or self._own is None:
            return others
        return self._own.get_frozen_credentials()

    @contextmanager
    def replaced_by(self, others: Any) -> Iterator[None]:
        """Signs with other credentials in this thread within the C(with) block."""
        before = getattr(self._thread, "others", None)
        self._thread.others = others
        try:
            yield
        finally:
            self._thread.others = before

    def __getattr__(self, name: str) -> Any:
        # botocore also looks up other attributes, such as where it found the credentials.
        return getattr(self._own, name)
