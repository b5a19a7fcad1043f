"""What the integration tests share: a local AWS for each pytest process, and Ansible to run against it."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collection_tree import CHECKOUT
from tests.collection_tree import link_for_playbooks
from tests.integration.image_world import ImageWorld
from tests.integration.playbooks import Ansible
from tests.integration.playbooks import PYTHON
from tests.integration.playbooks import Run
from tests.integration.playbooks import WARM_ANSIBLE
from tests.integration.warm_python import WarmPython
from tests.local_aws.server import LocalAws
from tests.world import World

# The IAM roles that exist in each target account from the start. No other can be assumed unless a test makes it.
ROLES_OF_ADMINISTRATORS = ["Admin", "admin/ImageAdmin", "Audit", "ImageReader", "audit/ImageReader", "media"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cold-start", action="store_true", help="run all playbooks as a user does, without a head start")


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """The local AWS of this pytest process, with whatever earlier tests left in it. Most tests need `aws` instead."""
    with LocalAws() as server:
        yield server


@pytest.fixture
def aws(local_aws: LocalAws) -> LocalAws:
    """The local AWS, emptied: no resources, faults or latency, and an empty log of requests."""
    local_aws.reset()
    local_aws.switch(assumable_roles=ROLES_OF_ADMINISTRATORS)
    return local_aws


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A value for ANSIBLE_COLLECTIONS_PATH under which the checkout is goldimage.aws, next to its dependencies."""
    return link_for_playbooks(tmp_path_factory.mktemp("collections"))


@pytest.fixture(scope="session")
def head_start(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment variables for an Ansible with a head start: what is the same in every run is done once."""
    if pytestconfig.getoption("--cold-start"):
        yield {}
        return
    with (
        WarmPython(PYTHON, tmp_path_factory.mktemp("warm"), "for_modules") as interpreter,
        WarmPython(PYTHON, tmp_path_factory.mktemp("warm"), "for_ansible") as ansible_interpreter,
    ):
        yield {
            WARM_ANSIBLE: ansible_interpreter,
            "ANSIBLE_PYTHON_INTERPRETER": interpreter,
            # Nothing here uses TLS, and Ansible would read all certificates for each request of a module of awx.awx.
            "SSL_CERT_FILE": os.devnull,
            # Fewer processes for each task; nothing else changes.
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_CALLBACKS_ENABLED": "head_start",
            "ANSIBLE_CALLBACK_PLUGINS": str(CHECKOUT / "tests" / "integration" / "callback_plugins"),
            "GOLDIMAGE_PACKED_MODULES": str(tmp_path_factory.mktemp("packed")),
        }


@pytest.fixture
def ansible(request: pytest.FixtureRequest, aws: LocalAws, collections: Path, tmp_path: Path) -> Ansible:
    """Ansible against the emptied local AWS, as the source account in its home Region."""
    cold = request.node.get_closest_marker("cold_start")
    more = {} if cold else request.getfixturevalue("head_start")
    return Ansible(tmp_path / "ansible", collections, {**aws.environment(), **more})


@pytest.fixture
def world(aws: LocalAws) -> World:
    """The accounts of the emptied local AWS. Modules whose tests need more in them have their own `world`."""
    return World(aws)


@pytest.fixture
def play(ansible: Ansible, world: ImageWorld) -> Callable[..., Run]:
    """Runs tasks with the source AMI as the variable `source`."""

    def run(*tasks: dict[str, Any], **more: Any) -> Run:
        return ansible.playbook(list(tasks), variables={"source": world.source}, **more)

    return run


@pytest.fixture
def run_playbook(ansible: Ansible) -> Callable[..., Run]:
    """`Ansible.playbook` of the fixture `ansible`."""
    return ansible.playbook
