"""The module's main() with Image Builder's answers from a script."""

from __future__ import annotations

import importlib
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from tests.unit import images
from tests.unit.images import SOURCE

MODULE = "imagebuilder_image_distribution"


def described(amis, ids):
    """EC2's descriptions of AMIs with these ids. Fails as EC2 does if there is an error code instead of an AMI."""
    for name in ids:
        code = amis.get(name, "InvalidAMIID.NotFound")
        if isinstance(code, str):
            raise ClientError({"Error": {"Code": code, "Message": "As EC2 says it."}}, "DescribeImages")
    return [amis[name] for name in ids]


@pytest.fixture
def script(monkeypatch):
    """Image Builder's answers; main() uses them instead of a connection, and does not sleep."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-access-key-that-opens-nothing-at-all")
    made = images.Script()
    module = importlib.import_module(f"{images.COLLECTION}.modules.{MODULE}")
    monkeypatch.setattr(module, "connect", lambda _module, *_workers, **dummy: made.connection)
    made.amis = {SOURCE: {"ImageId": SOURCE, "OwnerId": images.ACCOUNT, "State": "available"}}
    ec2 = SimpleNamespace(describe_images=lambda ImageIds, IncludeDisabled: {"Images": described(made.amis, ImageIds)})

    def client(_module, service):
        return ec2 if service == "ec2" else made.client(service)

    monkeypatch.setattr(module.GoldimageModule, "client", client, raising=False)

    class RolloutWithFakeTime(module.rollout.Rollout):
        def __init__(self, connection, client, params, check_mode=False, **more):
            # Time passes only while it sleeps.
            super().__init__(connection, client, params, check_mode, made.sleep, lambda: sum(made.sleeps), **more)

    monkeypatch.setattr(module.rollout, "Rollout", RolloutWithFakeTime)
    yield made
    made.is_read()


@pytest.fixture
def run(run_module, script):
    """main() without the request for workflows; options may add it."""

    def run(options, **more):
        return run_module(MODULE, {"progress": False, **options}, **more)

    return run
