"""What the module that plans a wave asks for, and what it makes of the rollouts that are there."""

from __future__ import annotations

import importlib

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import rollouts

from tests.unit import images
from tests.unit.images import ACCOUNT
from tests.unit.images import ami
from tests.unit.images import CONFIGURATION
from tests.unit.images import ENTRY
from tests.unit.images import SOURCE

pytestmark = pytest.mark.current_botocore

MODULE = "imagebuilder_image_distribution_plan_info"
OTHER_SOURCE = "ami-0fedcba9876543210"
OPTIONS = {"region": "eu-west-1", "ami_distribution_configuration": {"name_prefix": "web"}}
WAVE = {"name": "web-wave-1", "whole_name": "web", "source_image": SOURCE, "distributions": [OPTIONS], "workers": 1}


def rolled_out(build=1, status="AVAILABLE", source=SOURCE, configuration="web", amis=None, entries=(ENTRY,)):
    arn = CONFIGURATION.rpartition("/")[0] + "/" + configuration
    tags = rollouts.identity_tags(source, arn, list(entries))
    return images.image(status, build, amis=[ami()] if amis is None else amis, distributions=entries, tags=tags)


@pytest.fixture
def script(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-access-key-that-opens-nothing-at-all")
    made = images.Script()
    module = importlib.import_module(f"{images.COLLECTION}.modules.{MODULE}")
    monkeypatch.setattr(module, "connect", lambda _module, _workers: made.connection)
    monkeypatch.setattr(module.accounts, "Accounts", lambda _module, **dummy: made)
    yield made
    made.is_read()


@pytest.fixture
def run(run_module, script):
    return lambda **options: run_module(MODULE, {**WAVE, **options})


def there(script):
    """EC2 shows the AMI, and that nobody else may launch it."""
    where = {"service": "ec2", "region": "eu-west-1"}
    shown = {"ImageId": "ami-0123456789abcdef0", "State": "available", "Name": "web 1"}
    script.answers("describe_images", {"Images": [shown]}, **where)
    script.answers("describe_image_attribute", {"LaunchPermissions": []}, **where)


def gone(script):
    script.refuses("describe_images", "InvalidAMIID.NotFound", service="ec2", region="eu-west-1")


def test_a_target_that_was_reached_by_any_wave_of_the_whole_is_out(run, script):
    script.lists(rolled_out(configuration="web-wave-7"), images.image(build=3)).shows(rolled_out())
    there(script)
    result = run()
    [row] = result["targets"]
    assert (row["out"], row["status"], row["image_state"]) == (True, "in_sync", "AVAILABLE")
    assert row["image_build_version_arn"] == images.arn(1)
    assert (result["in_sync"], result["rest"], result["resume"], result["again"]) == (True, [], None, False)
    assert (result["source_image"], result["changed"]) == (SOURCE, False)


def test_a_target_that_was_not_reached_is_left(run, script):
    script.lists()
    result = run()
    assert [(row["out"], row["status"]) for row in result["targets"]] == [(False, "missing")]
    assert f"{SOURCE} was not distributed here" in result["targets"][0]["reason"]
    assert [entry["region"] for entry in result["rest"]] == ["eu-west-1"]
    assert (result["whole"], result["again"], result["in_sync"]) == (True, False, False)


def test_of_a_long_history_only_what_counts_is_read(run, script):
    # Nothing that is older than all rollouts of this image says anything of it.
    listed = [rolled_out(build, source=OTHER_SOURCE) for build in (1, 2, 4)] + [rolled_out(3)]
    script.lists(*listed).shows(rolled_out(4, source=OTHER_SOURCE)).shows(rolled_out(3))
    there(script)
    assert run()["targets"][0]["out"]
    # Of an image that was never put out there is nothing to read.
    script.lists(*[rolled_out(build, source=OTHER_SOURCE) for build in (1, 2)])
    assert not run()["targets"][0]["out"]
    # Whatever came last counts where no image is named.
    script.lists(*listed).shows(rolled_out(4, source=OTHER_SOURCE))
    there(script)
    assert run(source_image=None)["source_image"] == OTHER_SOURCE


def test_an_ami_that_was_deleted_is_put_out_again(run, script):
    script.lists(rolled_out(configuration="web-wave-1")).shows(rolled_out(configuration="web-wave-1"))
    gone(script)
    result = run()
    assert (result["targets"][0]["out"], result["again"], len(result["rest"])) == (False, True, 1)


def test_an_ami_that_aws_does_not_name_is_not_put_out_again_and_again(run, script):
    shown = rolled_out(configuration="web-wave-1", amis=[])
    script.lists(shown).shows(shown)
    result = run()
    assert (result["targets"][0]["status"], result["again"]) == ("missing", False)


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "DISTRIBUTING", "A_STATE_OF_TOMORROW"])
def test_what_has_not_come_to_its_end_is_gone_on_with(run, script, status):
    shown = rolled_out(status=status, configuration="web-wave-1", amis=[])
    script.lists(shown).shows(shown)
    result = run()
    assert result["resume"] == {"arn": images.arn(1), "state": status}
    assert result["again"] is False


def test_an_account_that_cannot_be_entered_keeps_the_wave_from_being_in_sync(run, script):
    script.lists(rolled_out()).shows(rolled_out())
    script.closed.add(ACCOUNT)
    result = run()
    assert (result["targets"][0]["status"], result["targets"][0]["out"], result["in_sync"]) == ("unknown", True, False)


def test_all_that_is_wrong_is_said(run):
    result = run(distributions=[{"region": "eu-west-1", "launchPermission": {}}], workers=0)
    assert "distributions[0].launchPermission" in result["msg"]
