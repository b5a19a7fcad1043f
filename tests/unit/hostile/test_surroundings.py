"""What can be missing around a module: botocore, the profile, a Region, credentials. Each has its own error."""

from __future__ import annotations

import importlib

import pytest

from tests.unit.hostile import offline
from tests.unit.hostile.test_malformed_answers import scenarios

MODULES = {
    "imagebuilder_distribution": "unchanged",
    "imagebuilder_distribution_info": "info",
    "imagebuilder_distribution_preflight_info": "preflight",
    "imagebuilder_distribution_set": "set",
    "imagebuilder_image_distribution": "rollout",
    "imagebuilder_image_distribution_info": "drift",
    "imagebuilder_image_distribution_repair": "repair",
    "imagebuilder_image_retention": "retention",
    "imagebuilder_pipeline_attachment": "attachment",
}


@pytest.fixture
def nothing(monkeypatch):
    """An environment without credentials and configuration."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "REGION", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def options(service_model):
    return {module: scenarios(service_model)[name][1] for module, name in MODULES.items()}


@pytest.mark.current_botocore
@pytest.mark.parametrize("module", MODULES)
def test_the_error_says_what_is_missing(module, options, nothing, monkeypatch):
    ended = offline.run(module, options[module], monkeypatch)
    assert "Unable to locate credentials" in ended.message
    assert not offline.crashed(ended._replace(result={"msg": ended.message}))

    monkeypatch.setenv("AWS_PROFILE", "of-nobody")
    ended = offline.run(module, options[module], monkeypatch)
    assert "of-nobody" in ended.message
    assert not offline.crashed(ended._replace(result={"msg": ended.message}))
    monkeypatch.delenv("AWS_PROFILE")

    ended = offline.run(module, {**options[module], "region": ""}, monkeypatch)
    assert "region" in ended.message.lower()
    assert not offline.crashed(ended._replace(result={"msg": ended.message}))


@pytest.mark.current_botocore
@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("wrong", [{}, {"workers": "many"}, {"nonsense": 1}])
def test_a_missing_botocore_is_reported_first(module, wrong, options, monkeypatch):
    botocore_utils = importlib.import_module("ansible_collections.amazon.aws.plugins.module_utils.botocore")
    ours = importlib.import_module(f"{offline.PLUGINS}.module_utils._aws.module")
    monkeypatch.setattr(botocore_utils, "HAS_BOTO3", False)
    monkeypatch.setattr(botocore_utils, "BOTO3_IMP_ERR", "No module named boto3", raising=False)
    monkeypatch.setattr(ours, "HAS_BOTO3", False)
    ended = offline.run(module, {**options[module], **wrong}, monkeypatch)
    assert ended.message.startswith("Failed to import the required Python library (bot")
    assert not offline.crashed(ended._replace(result={"msg": ended.message}))
