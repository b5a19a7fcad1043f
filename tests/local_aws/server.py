"""The local AWS for tests: ``with LocalAws() as aws: ...``."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any
from typing import IO
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config

from .environment import DEFAULT_ACCOUNT
from .environment import environment
from .environment import SECRET
from .faults import ERROR
from .faults import LoggedCall
from .faults import LOST_ANSWER
from .image_steering import ImageSteering

SOURCE_ACCOUNT = DEFAULT_ACCOUNT
TARGET_ACCOUNTS = ("111122223333", "444455556666")
ROOT = Path(__file__).resolve().parents[2]


class LocalAws(ImageSteering):
    """A local AWS in a separate process, on a free port of 127.0.0.1, which ends with the ``with`` block.

    A thread would slow down the client that is measured or tested, and moto's patches of botocore would be in the test
    process. One server can serve many ansible-playbook runs at once. It ends when the test process ends, for whatever
    reason.
    """

    def __init__(self, region: str = "us-east-1", start_timeout: float = 60.0) -> None:
        self.region = region
        self.endpoint_url = ""
        self._start_timeout = start_timeout
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[str] | None = None
        self._session = session()
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._clients_lock = Lock()

    def __enter__(self) -> LocalAws:
        self._errors = tempfile.TemporaryFile("w+")  # Closed in __exit__.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.local_aws", "--port", "0", "--stop-at-eof"],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self.endpoint_url = self._read_endpoint()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout, self._errors):
            if stream:
                stream.close()
        self._process = None

    def _read_endpoint(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        deadline = time.monotonic() + self._start_timeout
        while time.monotonic() < deadline:
            ready, _writable, _exceptional = select.select([self._process.stdout], [], [], 0.5)
            line = self._process.stdout.readline() if ready else ""
            if line.startswith("export AWS_ENDPOINT_URL="):
                return line.strip().partition("=")[2]
            if self._process.poll() is not None:
                break
        self._process.kill()
        raise RuntimeError(f"The local AWS did not start:\n{self.errors()}")

    @property
    def process_id(self) -> int:
        """Of the server."""
        assert self._process is not None
        return self._process.pid

    def errors(self) -> str:
        """What the server process wrote to its standard error: tracebacks, if anything broke in it."""
        assert self._errors is not None
        self._errors.flush()
        self._errors.seek(0)
        return self._errors.read()

    # For clients

    def environment(self, account_id: str | None = None, region: str | None = None) -> dict[str, str]:
        """Environment variables that lead boto3, the AWS CLI and Ansible here, acting as the account."""
        return environment(self.endpoint_url, region or self.region, account_id or SOURCE_ACCOUNT)

    def client(self, service: str, region_name: str | None = None, account_id: str | None = None) -> Any:
        """A boto3 client, an observer independent of the code under test. Tries each call once.

        The same client for the same arguments: to make one takes longer than most calls.
        """
        key = (service, region_name or self.region, account_id or SOURCE_ACCOUNT)
        with self._clients_lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service,
                    region_name=key[1],
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=self.environment(account_id)["AWS_ACCESS_KEY_ID"],
                    aws_secret_access_key=SECRET,
                    config=Config(retries={"total_max_attempts": 1}, max_pool_connections=50),
                )
            return self._clients[key]

    # Control

    def reset(self) -> None:
        """Forget all resources of all services and accounts, all faults, latencies and switches, and the log."""
        self._control("POST", "reset")

    def fault(
        self,
        service: str | None = None,
        operation: str | None = None,
        code: str = "ServiceUnavailableException",
        status: int | None = None,
        message: str = "A fault made on demand.",
        times: int | None = None,
        skip: int = 0,
        region: str | None = None,
        account: str | None = None,
        containing: str | None = None,
    ) -> int:
        """Answer such calls with an error instead of carrying them out. Returns an identifier for clear_faults.

        service: as in the signature (``imagebuilder``, ``sts``, ``ec2``). operation: as in botocore's model. None: any.
        status: HTTP status; None takes it from botocore's model. times: None until cleared. skip: let so many pass.
        containing: only requests in whose path, query or body this text occurs.
        """
        rule = {"service": service, "operation": operation, "region": region, "account": account}
        answer = {"kind": ERROR, "code": code, "status": status, "message": message}
        often = {"times": times, "skip": skip}
        return self._add_fault({**rule, **answer, "containing": containing, **often})

    def lose_answer(
        self,
        service: str | None = None,
        operation: str | None = None,
        times: int | None = 1,
        skip: int = 0,
        region: str | None = None,
        account: str | None = None,
        containing: str | None = None,
    ) -> int:
        """Carry such calls out, then close the connection without an answer. Arguments as for fault."""
        return self.break_off(LOST_ANSWER, service, operation, times, skip, region, account, containing)

    def break_off(
        self,
        kind: str,
        service: str | None = None,
        operation: str | None = None,
        times: int | None = 1,
        skip: int = 0,
        region: str | None = None,
        account: str | None = None,
        containing: str | None = None,
        **answer: Any,
    ) -> int:
        """Make such calls end as the kind says, one of faults.KINDS. Other arguments as for fault."""
        rule = {"service": service, "operation": operation, "region": region, "account": account}
        often = {"times": times, "skip": skip}
        return self._add_fault({**rule, "kind": kind, "containing": containing, **often, **answer})

    def _add_fault(self, members: dict[str, Any]) -> int:
        identifier: int = self._control("POST", "faults", members)["identifier"]
        return identifier

    def random_faults(self, seed: int, chances: Mapping[str, float], service: str | None = "imagebuilder") -> None:
        """Add random faults, the same for the same seed. chances: the members of faults.RandomFaults."""
        self._control("POST", "random-faults", {"seed": seed, "service": service, **chances})

    def clear_random_faults(self) -> None:
        """Remove all random faults."""
        self._control("DELETE", "random-faults")

    def held(self, seconds: float = 10.0) -> LoggedCall | None:
        """The call that is held by a fault of the kind hold_before or hold_after, as soon as there is one, or None."""
        call: LoggedCall | None = self._control("POST", "held", {"seconds": seconds})
        return call

    def let_go(self, carry_out: bool) -> None:
        """Release the call that is held, and carry it out if asked and not done already. It gets no answer."""
        self._control("DELETE", "held", {"carry_out": carry_out})

    def clear_faults(self, identifier: int | None = None) -> None:
        """Remove one fault, or all."""
        self._control("DELETE", "faults", {"identifier": identifier})

    def latency(
        self,
        milliseconds: float,
        service: str | None = None,
        operation: str | None = None,
        region: str | None = None,
        account: str | None = None,
    ) -> None:
        """Hold such calls for a while before they are carried out; the most precise latency counts. 0 ends that."""
        rule = {"service": service, "operation": operation, "region": region, "account": account}
        self._control("PUT", "latency", {**rule, "milliseconds": milliseconds})

    def clear_latency(self) -> None:
        """Remove all latencies."""
        self._control("DELETE", "latency")

    def requests(self, service: str | None = None, operation: str | None = None) -> list[LoggedCall]:
        """The calls since the start or the last clearing, oldest first, of one service or operation if asked.

        For the members see faults.Call.
        """
        calls: list[LoggedCall] = self._control("GET", "requests")
        return [call for call in calls if service in (None, call["service"]) and operation in (None, call["operation"])]

    def clear_requests(self) -> None:
        """Forget the log of calls."""
        self._control("DELETE", "requests")

    def switch(self, **values: Any) -> None:
        """Set switches of Image Builder (see imagebuilder/switches.py), such as ``echo_empty_lists=True``."""
        self._control("PUT", "switches", values)

    def switches(self) -> dict[str, Any]:
        """All switches and their values."""
        switches: dict[str, Any] = self._control("GET", "switches")
        return switches

    def stored(self, arn: str) -> dict[str, Any] | None:
        """A distribution configuration exactly as the service stores it; None if there is none."""
        configuration: dict[str, Any] | None = self._control("POST", "stored", {**_target(arn), "arn": arn})
        return configuration

    def plant(self, configuration: Mapping[str, Any], region: str | None = None, account_id: str | None = None) -> str:
        """Store a distribution configuration unchecked, even with members unknown to botocore. Returns its ARN.

        configuration: the form of Get or of stored(). Without an ``arn`` it is made from name, Region and account.
        """
        target = {"region": region or self.region, "account": account_id or SOURCE_ACCOUNT}
        if "arn" in configuration:
            target = _target(configuration["arn"])
        arn: str = self._control("PUT", "stored", {**target, "configuration": configuration})
        return arn

    def _control(self, method: str, what: str, body: dict[str, Any] | None = None) -> Any:
        where = urlsplit(self.endpoint_url)
        connection = HTTPConnection(where.hostname or "", where.port or 0, timeout=30)
        try:
            connection.request(method, f"/local-aws/{what}", body=json.dumps(body) if body is not None else None)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(answer["message"])
        return answer


def session() -> boto3.Session:
    """A session that reads no profile: neither the one that AWS_PROFILE names nor a configuration file."""
    return boto3.Session(
        botocore_session=botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
        )
    )


def _target(arn: str) -> dict[str, str]:
    parts = arn.split(":")
    return {"region": parts[3], "account": parts[4]}
