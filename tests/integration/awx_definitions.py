"""The definitions in `playbooks/awx`, as Ansible reads them."""

from __future__ import annotations

import json
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from tests.collection_tree import CHECKOUT

AWX = CHECKOUT / "playbooks" / "awx"
FILES = ("settings.yml", "controller.yml", "templates.yml", "workflows.yml")


def read(name: str) -> Any:
    """A YAML file of the folder, its templates unresolved."""
    return DataLoader().load_from_file(str(AWX / name), trusted_as_template=True)


def definitions(**settings: Any) -> dict[str, Any]:
    """All variables of the definitions, resolved, with `settings` in the place of those of settings.yml."""
    variables: dict[str, Any] = {}
    for name in FILES:
        variables.update(read(name))
    variables.update(settings)
    # In Python's own types, without what Ansible remembers of each text.
    resolved: dict[str, Any] = json.loads(
        json.dumps(Templar(loader=DataLoader(), variables=variables).template(variables))
    )
    return resolved


def template(name: str) -> dict[str, Any]:
    """The job template or workflow with this name, without the words that all have in common."""
    all_definitions = definitions()
    (one,) = [
        item
        for item in (*all_definitions["controller_templates"], *all_definitions["controller_workflows"])
        if item["name"] == f"Image distribution - {name}"
    ]
    return one
