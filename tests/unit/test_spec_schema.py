"""The JSON schema of a spec: it agrees with the role's documentation, and finds mistakes in a spec."""

from __future__ import annotations

import importlib
import json

import pytest
import yaml

from tests import spec_schema
from tests.unit.test_role import ROLE

# Only the main environment has the validator.
pytestmark = pytest.mark.current_botocore

GOOD = """
distribution_rollout_spec_id: web
distribution_rollout_region: us-east-1
distribution_rollout_image: "{{ built }}"
distribution_rollout_workers: 20
distribution_rollout_defaults:
  ami_distribution_configuration: {name_prefix: web, launch_permissions: {user_ids: ["111122223333"]}}
distribution_rollout_regions:
  us-east-1:
  eu-west-1: {ssm_parameter_configurations: null}
distribution_rollout_waves: [[us-east-1], [eu-west-1]]
team_of_ours: web
"""


@pytest.fixture(scope="module")
def errors():
    jsonschema = importlib.import_module("jsonschema")
    validator = jsonschema.Draft7Validator(json.loads(spec_schema.PATH.read_text(encoding="utf-8")))

    def errors_of(change="", **more):
        return list(validator.iter_errors({**yaml.safe_load(GOOD), **yaml.safe_load(change or "{}"), **more}))

    return errors_of


def test_it_is_generated_from_what_the_role_documents():
    assert spec_schema.text() == spec_schema.PATH.read_text(encoding="utf-8"), "run: python -m tests.spec_schema"


def test_a_spec_is_one(errors):
    assert errors() == []
    readme = (ROLE / "README.md").read_text(encoding="utf-8")
    assert errors(readme.split("```yaml\n", 1)[1].split("```", 1)[0]) == []
    documented = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    assert errors(documented["argument_specs"]["main"]["examples"]) == []


@pytest.mark.parametrize(
    "slip",
    [
        "distribution_rollout_regoins: [us-east-1]",
        "distribution_rollout_state: gone",
        "distribution_rollout_spec_id: 12",
        "distribution_rollout_workers: [1]",
        "distribution_rollout_defaults: {ami_distribution_config: {}}",
        "distribution_rollout_defaults: {region: us-east-1}",
        "distribution_rollout_defaults: {ami_distribution_configuration: {launch_permission: {users: []}}}",
        "distribution_rollout_distributions: [{ami_distribution_configuration: {name_prefix: web}}]",
        "distribution_rollout_regions: {us-east-1: {kms_key_id: x}}",
        "distribution_rollout_configurations: [{regions: [us-east-1]}]",
        "distribution_rollout_waves: [us-east-1, {}]",
    ],
)
def test_a_slip_is_seen(errors, slip):
    assert errors(slip)
