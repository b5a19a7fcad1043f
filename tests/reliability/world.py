"""The local AWS, and the collection's code against it: functions in this process, modules in forked ones."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from functools import cache
from typing import Any
from typing import TYPE_CHECKING

import botocore.loaders
import botocore.session
from botocore.config import Config

from tests.collection_tree import CHECKOUT
from tests.collection_tree import link_for_playbooks
from tests.local_aws.faults import LoggedCall
from tests.local_aws.server import LocalAws
from tests.local_aws.server import session
from tests.reliability.wanted import StoredConfiguration
from tests.world import HOME
from tests.world import SOURCE
from tests.world import World

if TYPE_CHECKING:
    from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.change import Outcome
    from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import Connection

PLUGINS = "ansible_collections.goldimage.aws.plugins"

# The names of operations that change something begin like this.
_WRITES = (
    "Create",
    "Update",
    "Delete",
    "Tag",
    "Untag",
    "Distribute",
    "Retry",
    "Cancel",
    "Put",
    "Modify",
    "Attach",
    "Detach",
    "Start",
)


@cache
def plugin(name: str) -> Any:
    """A module of the collection, such as `module_utils._aws.configuration.configurations`."""
    try:
        return importlib.import_module(f"{PLUGINS}.{name}")
    except ModuleNotFoundError as missing:
        if not f"{PLUGINS}.{name}".startswith(str(missing.name)):
            raise
        # Outside pytest, the collection is not in Python's path yet.
        sys.path.insert(0, str(link_for_playbooks(CHECKOUT / ".build" / "reliability")))
        importlib.invalidate_caches()
        return importlib.import_module(f"{PLUGINS}.{name}")


def arn_of(name: str, region: str = HOME) -> str:
    """The ARN of a configuration whose name is in its folded form."""
    return f"arn:aws:imagebuilder:{region}:{SOURCE}:distribution-configuration/{name}"


def is_write(call: LoggedCall) -> bool:
    """Whether a logged request would change something."""
    return call["operation"].startswith(_WRITES)


def carried_out(calls: list[LoggedCall], resource: str | None = None) -> list[LoggedCall]:
    """The writes that the service carried out, or only those about one resource, given by name or ARN."""
    return [
        call
        for call in calls
        if is_write(call)
        and (call["status"] or 500) < 300
        and (resource is None or (call["resource"] or "").split("/")[-1] == resource)
    ]


class FlyingTime:
    """A clock that a sleep moves forward at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


class ReliabilityWorld(World):
    """The local AWS, and the collection's own code against it, whose pauses cost no time."""

    aws: LocalAws

    def __init__(self, aws: LocalAws) -> None:
        super().__init__(aws)
        self._session = session()

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[ReliabilityWorld]:
        """A world with its own local AWS, which stops at the end of the block."""
        with LocalAws(region=HOME, start_timeout=300.0) as aws:
            yield cls(aws)

    def connection(self, region: str = HOME) -> Connection:
        """A Connection as the modules have it, with its own client; its pauses take no time."""
        flying = FlyingTime()
        client = self._session.client(
            "imagebuilder",
            region_name=region,
            endpoint_url=self.aws.endpoint_url,
            aws_access_key_id=self.aws.environment()["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.aws.environment()["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=20),
        )
        pace = plugin("module_utils._aws.retries").Pace(flying.sleep, flying.clock)
        plugin("module_utils._aws.responses").guard(client)
        connection: Connection = plugin("module_utils._aws.module").Connection(client, lambda: (SOURCE, "aws"), pace)
        return connection

    def ensure(
        self, connection: Connection, wanted: list[dict[str, Any]], workers: int = 5, single: bool = False
    ) -> list[Outcome]:
        """Do what the set module does, or, with `single`, the module for one configuration. Returns outcomes."""
        wanted = [
            plugin("module_utils._aws.configuration.configurations").wanted_from({**_DEFAULTS, **each})
            for each in wanted
        ]
        bulk = plugin("module_utils._aws.configuration.bulk")
        path = "" if single else "distribution_configurations"
        outcomes: list[Outcome] = bulk.ensure_all(connection, wanted, workers=workers, path=path, single=single)
        return outcomes

    def stored(self, name: str, region: str = HOME) -> StoredConfiguration | None:
        """What the service stores under a folded name; None if nothing."""
        found = self.aws.stored(arn_of(name, region))
        if found is None:
            return None
        return {
            "name": found["name"],
            "description": found.get("description"),
            "distributions": found["distributions"],
            "tags": found["tags"],
        }

    def module(self, name: str, options: dict[str, Any], region: str = HOME) -> Child:
        """Start a module's main() in a forked process."""
        return Child(name, {"region": region, **options}, self.aws.environment(region=region))

    def run(self, name: str, options: dict[str, Any], region: str = HOME) -> dict[str, Any]:
        """Run a module's main() in a forked process. Returns its result."""
        return self.module(name, options, region).result()


_DEFAULTS = {"state": "present", "purge_distributions": True, "purge_accounts": True, "purge_tags": True}


class Child:
    """A module's main() in a process forked from this one, so that it starts quickly and can be killed."""

    def __init__(self, name: str, options: dict[str, Any], environment: dict[str, str]) -> None:
        self.name = name
        module = plugin(f"modules.{name}")
        _share_service_models()
        self._out, inside = os.pipe()
        self.memory = 0  # In MB, at its highest; known at the end.
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._out)
            _be_module(module, options, environment, inside)
        os.close(inside)

    def result(self) -> dict[str, Any]:
        """Wait for the end, and return what the module printed."""
        with os.fdopen(self._out) as out:
            text = out.read()
        self._wait()
        try:
            result: dict[str, Any] = json.loads(text)
        except ValueError:
            raise AssertionError(f"{self.name} printed no result:\n{text}") from None
        return result

    def kill(self) -> None:
        """Kill the process with SIGKILL, which it cannot handle."""
        os.kill(self.pid, signal.SIGKILL)
        self._wait()
        os.close(self._out)

    def _wait(self) -> None:
        _pid, _status, usage = os.wait4(self.pid, 0)
        self.memory = usage.ru_maxrss // 1024


def _be_module(module: Any, options: dict[str, Any], environment: dict[str, str], out: int) -> None:
    """Run the module in the forked process. Never returns."""
    try:
        os.environ.update(environment)
        sys.stdout = os.fdopen(out, "w")
        flying = FlyingTime()
        clock: Any = time
        clock.sleep = flying.sleep
        plugin("module_utils._aws.retries").Pace.__init__.__defaults__ = (flying.sleep, flying.clock)
        rollout = plugin("module_utils._aws.rollout.rollout").Rollout
        rollout.__init__.__defaults__ = (False, flying.sleep, flying.clock)
        wave = plugin("module_utils._aws.rollout.wave").WaveRollout
        wave.__init__.__defaults__ = (False, flying.sleep, flying.clock)
        basic: Any = importlib.import_module("ansible.module_utils.basic")
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "_ansible_diff": True}}).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        with suppress(SystemExit):
            module.main()
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
    os._exit(0)


@cache
def _share_service_models() -> None:
    """Let all sessions of this process, and of those forked from it, read each service model once."""
    loader = botocore.loaders.create_loader()
    botocore.session.create_loader = lambda _path=None: loader
    first = botocore.session.get_session()
    for service in ("imagebuilder", "sts", "ssm", "ec2", "iam"):
        first.create_client(service, region_name=HOME, aws_access_key_id="x", aws_secret_access_key="x")
