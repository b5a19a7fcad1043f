"""Accounts with IAM roles, and the two modules for them."""

from __future__ import annotations

import importlib

import pytest

from tests.unit.conftest import COLLECTION
from tests.unit.plugins.modules.enforced import TARGET
from tests.unit.plugins.modules.iam.iam_world import configuration
from tests.unit.plugins.modules.iam.iam_world import NAME
from tests.unit.plugins.modules.iam.iam_world import Roles
from tests.unit.plugins.modules.iam.iam_world import THIRD


@pytest.fixture
def world(here, monkeypatch):
    roles = importlib.import_module(f"{COLLECTION}.module_utils._aws.iam.roles")
    monkeypatch.setattr(roles, "PAUSE", 0)
    return Roles(here, monkeypatch)


@pytest.fixture
def run_execution_role(world):
    """Runs the module for the spec `web`; keywords take precedence over the common options."""

    def run(check_mode=False, diff=False, **more):
        options = {"name": NAME, "spec_id": "web", "distribution_configurations": [configuration(TARGET)], **more}
        if more.get("state") == "absent":
            del options["distribution_configurations"]
        return world.run("imagebuilder_execution_role", options, check_mode, diff)

    return run


@pytest.fixture
def run_cross_account_role(world):
    """Runs the module for the spec `web`; keywords take precedence over the common options."""

    def run(check_mode=False, diff=False, **more):
        common = {"spec_id": "web", "target_account_role_name": "Admin"}
        if more.get("state") != "absent":
            common["distribution_configurations"] = [configuration(TARGET, THIRD)]
        return world.run("imagebuilder_cross_account_role", {**common, **more}, check_mode, diff)

    return run
