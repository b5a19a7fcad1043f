"""What the integration tests share: a local AWS for each pytest process, and Ansible to run against it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collection_tree import link_for_playbooks
from tests.integration.playbooks import Ansible
from tests.integration.playbooks import PYTHON
from tests.integration.playbooks import Run
from tests.integration.warm_python import WarmPython
from tests.local_aws.server import LocalAws


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """The local AWS of this pytest process, with whatever earlier tests left in it. Most tests want `aws`."""
    with LocalAws() as server:
        yield server


@pytest.fixture
def aws(local_aws: LocalAws) -> LocalAws:
    """The local AWS, emptied: no resources, faults or latency, and an empty log of requests."""
    local_aws.reset()
    return local_aws


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A value for ANSIBLE_COLLECTIONS_PATH under which the checkout is goldimage.aws, beside its dependencies."""
    return link_for_playbooks(tmp_path_factory.mktemp("collections"))


@pytest.fixture(scope="session")
def warm_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The path of an interpreter that does what PYTHON does, sooner."""
    with WarmPython(PYTHON, tmp_path_factory.mktemp("warm")) as interpreter:
        yield interpreter


@pytest.fixture
def ansible(request: pytest.FixtureRequest, aws: LocalAws, collections: Path, tmp_path: Path) -> Ansible:
    """Ansible against the emptied local AWS, as the source account in its home Region."""
    plain = request.node.get_closest_marker("plain_python")
    python = PYTHON if plain else request.getfixturevalue("warm_python")
    return Ansible(tmp_path / "ansible", collections, aws.environment(), python)


@pytest.fixture
def run_playbook(ansible: Ansible) -> Callable[..., Run]:
    """`Ansible.playbook` of the fixture `ansible`."""
    return ansible.playbook
