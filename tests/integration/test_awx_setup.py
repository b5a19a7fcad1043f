"""setup.yml against an API that rejects what AWX rejects."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collection_tree import CHECKOUT
from tests.collection_tree import link
from tests.collection_tree import link_for_playbooks
from tests.integration.awx_api import serving
from tests.integration.awx_api import SimulatedAwx
from tests.integration.playbooks import Ansible
from tests.integration.playbooks import Run

AWX = CHECKOUT / "playbooks" / "awx"
PLAYBOOKS = [path.name for path in (AWX / "project").glob("*.yml")]
# What every site has: a credential for AWS, made by hand or by setup.yml.
CREDENTIAL = {
    "name": "Image distribution",
    "credential_type": "AWS profiles",
    "organization": "Default",
    "inputs": {"config": "[default]\nregion = us-east-1\n"},
}
EVERYTHING = {
    "controller_credentials": [
        CREDENTIAL,
        {
            "name": "Repository",
            "credential_type": "Source Control",
            "organization": "Default",
            "inputs": {"username": "reader", "password": "a-password-for-tests"},
        },
        {
            "name": "Registry",
            "credential_type": "Container Registry",
            "organization": "Default",
            "inputs": {"host": "registry.example.com", "username": "reader", "password": "a-password-for-tests"},
        },
    ],
    "awx_project_credential": "Repository",
    "awx_registry_credential": "Registry",
    "aap_teams": [{"name": name, "organization": "Default"} for name in ("operators", "approvers")],
    "controller_roles": [
        {"team": "operators", "role": "execute", "workflows": ["Image distribution - with approval"]},
        {"team": "approvers", "role": "approval", "workflows": ["Image distribution - with approval"]},
    ],
    "controller_notifications": [
        {
            "name": "platform channel",
            "organization": "Default",
            "notification_type": "webhook",
            "notification_configuration": {
                "url": "https://chat.example.com/hook",
                "headers": {},
                "http_method": "POST",
            },
        }
    ],
    "awx_notify_failure": ["platform channel"],
    "awx_notify_success": ["platform channel"],
    "awx_notify_approval": ["platform channel"],
    "awx_webhook_service": "github",
}
LISTS = ("labels", "credential_types", "credentials", "execution_environments", "projects", "inventories")
MADE = (*LISTS, "inventory_sources", "job_templates", "workflow_job_templates", "schedules")


@pytest.fixture
def controller() -> SimulatedAwx:
    return SimulatedAwx(PLAYBOOKS)


@pytest.fixture
def setup(controller: SimulatedAwx, head_start: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Run]]:
    link(link_for_playbooks(tmp_path / "collections"), "awx.awx")
    with serving(controller) as host:
        environment = {"CONTROLLER_HOST": host, "CONTROLLER_OAUTH_TOKEN": "a-token-for-tests", **head_start}
        ansible = Ansible(tmp_path / "ansible", tmp_path / "collections", environment)

        def run(*arguments: str, rc: int = 0, **variables: Any) -> Run:
            given = {"controller_credentials": [CREDENTIAL], **variables}
            return ansible.playbook(AWX / "setup.yml", *arguments, variables=given, rc=rc)

        yield run


def changed(run: Run) -> set[str]:
    return {task.name for task in run.tasks if task.result.get("changed")}


def test_the_whole_life(controller: SimulatedAwx, setup: Callable[..., Run]) -> None:
    predicted = changed(setup("--check"))
    assert controller.writes == []

    assert changed(setup()) == predicted | {"Define the schedules"}
    for endpoint in MADE:
        assert controller.all(endpoint), endpoint
    template = controller.named("job_templates", "Image distribution - retention")
    assert template["job_type"] == "check"
    assert template["survey_spec"]["spec"][1]["choices"] == ["as the spec says", "deprecate", "disable", "delete"]
    workflow = controller.named("workflow_job_templates", "Image distribution - in waves")
    nodes = [
        node
        for node in controller.all("workflow_job_template_nodes")
        if node["workflow_job_template"] == workflow["id"]
    ]
    order = "preflight prediction approval rollout second-approval second-wave last-approval last-waves"
    assert [node["identifier"] for node in nodes] == order.split()
    for before, after in zip(nodes, nodes[1:]):
        assert controller.linked(before, "success_nodes") == [after["id"]]

    # awx.awx cannot read secrets back, so it reports credentials as changed each time.
    assert changed(setup()) <= {"Define the credentials"}

    setup(awx_state="absent")
    assert {
        endpoint: controller.all(endpoint) for endpoint in MADE if endpoint not in ("labels", "credential_types")
    } == {endpoint: [] for endpoint in MADE if endpoint not in ("labels", "credential_types")}
    assert changed(setup(awx_state="absent")) == set()


def test_everything_that_is_optional(controller: SimulatedAwx, setup: Callable[..., Run]) -> None:
    setup(**EVERYTHING)
    project = controller.named("projects", "Image distribution")
    assert project["credential"] == controller.named("credentials", "Repository")["id"]
    environment = controller.named("execution_environments", "Image distribution")
    assert environment["credential"] == controller.named("credentials", "Registry")["id"]
    told = [controller.named("notification_templates", "platform channel")["id"]]
    assert (
        controller.linked(
            controller.named("job_templates", "Image distribution - drift"), "notification_templates_error"
        )
        == told
    )
    workflow = controller.named("workflow_job_templates", "Image distribution - with approval")
    assert controller.linked(workflow, "notification_templates_approvals") == told
    assert workflow["webhook_service"] == "github"
    labels = [controller.named("labels", "image-distribution")["id"]]
    assert {tuple(controller.linked(one, "labels")) for one in controller.all("job_templates")} == {tuple(labels)}
    assert "POST roles" in controller.writes
    setup(awx_state="absent", **EVERYTHING)
    assert controller.all("teams") == controller.all("notification_templates") == controller.all("credentials") == []


def test_a_failed_synchronisation_is_repaired(controller: SimulatedAwx, setup: Callable[..., Run]) -> None:
    controller.sync_fails = True
    run = setup(rc=2)
    assert "Project update failed" in run.stdout
    assert controller.all("job_templates") == []
    controller.sync_fails = False
    setup()
    assert len(controller.all("job_templates")) == 8
