"""Image Builder in this process, under moto and without sockets."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.unit.mocked import forget_everything
from tests.unit.mocked import mocked
from tests.world import HOME
from tests.world import SOURCE

# The environment of the oldest supported versions has no moto: the local AWS never runs in it.
collect_ignore_glob = [] if importlib.util.find_spec("moto") else ["test_*.py"]


@pytest.fixture(autouse=True)
def time_that_flies() -> None:
    """Replaces the fixture of the other unit tests: these tests do not use the collection."""


@pytest.fixture(autouse=True, scope="module")
def _mocked() -> Iterator[None]:
    with mocked(HOME, SOURCE):
        yield


@pytest.fixture(autouse=True)
def _reset(_mocked: None) -> Iterator[None]:
    yield
    forget_everything()


@pytest.fixture(scope="module")
def make_client(_mocked: None) -> Callable[..., Any]:
    """A function that makes Image Builder clients, which try each call once and do not check parameters."""
    session = boto3.Session()

    def make(region_name: str = "us-east-1", **credentials: str) -> Any:
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        return session.client("imagebuilder", region_name=region_name, config=config, **credentials)

    return make


@pytest.fixture(scope="module")
def client(make_client: Callable[..., Any]) -> Any:
    """A client of the default account in us-east-1."""
    return make_client()


@pytest.fixture
def stage(client: Any) -> Any:
    """Accounts, roles and a source AMI, to distribute images from."""
    from tests.unit.local_aws.stage import ImageStage

    return ImageStage(client)


@pytest.fixture
def distributions() -> list[dict[str, Any]]:
    """The least that a configuration may hold."""
    return [{"region": "us-east-1", "amiDistributionConfiguration": {"description": "web server"}}]


@pytest.fixture
def create(client: Any, distributions: list[dict[str, Any]]) -> Callable[..., str]:
    """A function that creates a configuration and returns its ARN."""

    def create_configuration(name: str = "web-image", **parameters: Any) -> str:
        request = {"name": name, "distributions": distributions, **parameters}
        return client.create_distribution_configuration(**request)["distributionConfigurationArn"]

    return create_configuration


@pytest.fixture
def send(client: Any) -> Iterator[Callable[[str, Any], dict[str, Any]]]:
    """A function that sends an operation with this JSON body, whatever botocore would make of it."""
    bodies: list[str] = []

    def replace(params: dict[str, Any], **_kwargs: Any) -> None:
        if bodies:
            params["body"] = bodies.pop()

    client.meta.events.register("before-call.imagebuilder", replace, unique_id="raw-body")

    def send_body(method: str, body: Any) -> dict[str, Any]:
        bodies.append(body if isinstance(body, str) else json.dumps(body))
        return getattr(client, method)()

    yield send_body
    client.meta.events.unregister("before-call.imagebuilder", unique_id="raw-body")
