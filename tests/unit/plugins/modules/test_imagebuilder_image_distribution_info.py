"""Which image is compared, and the result for all targets together."""

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

MODULE = "imagebuilder_image_distribution_info"
TAGS = rollouts.identity_tags(SOURCE, CONFIGURATION, [ENTRY])
PIPELINE = f"arn:aws:imagebuilder:us-west-2:{ACCOUNT}:image-pipeline/web"
TARGET = "111122223333"
BOTH = {"region": "eu-west-1", "amiDistributionConfiguration": {"targetAccountIds": [ACCOUNT, TARGET]}}
WEB = {"arn": CONFIGURATION, "workers": 1}


def own(status="AVAILABLE", build=1, **more):
    return images.image(status, build, tags=TAGS, **more)


def built(build, configuration=CONFIGURATION, **more):
    shown = images.image(build=build, **more)
    return {**shown, "distributionConfiguration": {**shown["distributionConfiguration"], "arn": configuration}}


@pytest.fixture
def script(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-access-key-that-opens-nothing-at-all")
    made = images.Script()
    module = importlib.import_module(f"{images.COLLECTION}.modules.{MODULE}")
    monkeypatch.setattr(module, "connect", lambda _module, **dummy: made.connection)
    monkeypatch.setattr(module.accounts, "Accounts", lambda _module, **dummy: made)
    yield made
    made.is_read()


@pytest.fixture
def run(run_module, script):
    return lambda options=WEB: run_module(MODULE, options)


def pipelines(script, *shown):
    """ListImagePipelines and ListImagePipelineImages of one pipeline; without images there is no pipeline."""
    expected = {"maxResults": 25, "filters": [{"name": "distributionConfigurationArn", "values": [CONFIGURATION]}]}
    pipelines = [{"arn": PIPELINE, "name": "web"}] if shown else []
    script.answers("list_image_pipelines", {"imagePipelineList": pipelines}, expected)
    if shown:
        answer = {"imageSummaryList": [images.summary(item) for item in shown]}
        script.answers("list_image_pipeline_images", answer, {"maxResults": 100, "imagePipelineArn": PIPELINE})
    return script


def there(script, region="eu-west-1", account=ACCOUNT, name="web 1", **image):
    where = {"service": "ec2", "region": region, "account_id": account}
    shown = {"ImageId": "ami-0123456789abcdef0", "State": "available", "Name": name, **image}
    script.answers("describe_images", {"Images": [shown]}, **where)
    script.answers("describe_image_attribute", {"LaunchPermissions": []}, **where)
    return script


def test_the_newest_own_rollout(run, script):
    script.configured().lists(own(build=1), own(build=2), images.image(build=3))
    pipelines(script).shows(own(build=2, amis=[ami()]))
    there(script)
    result = run()
    assert result["image_build_version_arn"] == images.arn(2)
    assert (result["source_image"], result["in_sync"], result["image_state"]) == (SOURCE, True, "AVAILABLE")
    assert [(target["region"], target["status"]) for target in result["targets"]] == [("eu-west-1", "in_sync")]
    assert (result["leftovers"], result["changed"]) == ([], False)


def test_a_rollout_is_known_by_its_tags_where_aws_leaves_out_the_copy_of_its_configuration(run, script):
    shown = own(amis=[ami(), ami(account=None, identifier="ami-0aaa")])
    del shown["distributionConfiguration"]
    script.configured(BOTH).lists(own())
    pipelines(script).answers(
        "get_image",
        {
            "image": {
                **shown,
                "outputResources": {
                    "amis": [
                        {key: value for key, value in one.items() if value} for one in shown["outputResources"]["amis"]
                    ]
                },
            }
        },
    )
    there(script)
    result = run()
    # If AWS does not name the owner of an AMI, it may be the target account.
    assert [(target["account_id"], target["status"]) for target in result["targets"]] == [
        (ACCOUNT, "in_sync"),
        (TARGET, "unknown"),
    ]
    assert [(item["ami_id"], item["status"]) for item in result["leftovers"]] == [("ami-0aaa", "unknown")]


def test_a_pipelines_image_counts_when_it_was_made_with_this_configuration(run, script):
    newer, newest = built(4, amis=[ami()]), built(5, CONFIGURATION + "-2")
    script.configured().lists(own())
    pipelines(script, newest, newer).shows(newest).shows(newer)
    there(script)
    result = run()
    assert (result["image_build_version_arn"], result["source_image"]) == (images.arn(4), None)


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "DISTRIBUTING"])
def test_a_newer_rollout_that_is_not_complete_is_named(run, script, status):
    script.configured().lists(own(), own(status, 2), own("FAILED", 3), own("DELETED", 4))
    pipelines(script).shows(own("FAILED", 3)).shows(own(amis=[ami()]))
    there(script)
    result = run()
    assert result["image_build_version_arn"] == images.arn(1)
    assert f"The newer {images.arn(3)} is FAILED" in result["warnings"][0]


def test_without_a_complete_one_the_newest_says_what_is_out(run, script):
    script.configured(BOTH).lists(own("FAILED"))
    pipelines(script).shows(own("FAILED", amis=[ami()]))
    there(script)
    result = run()
    assert [(target["account_id"], target["status"]) for target in result["targets"]] == [
        (ACCOUNT, "in_sync"),
        (TARGET, "missing"),
    ]
    assert result["in_sync"] is False


def test_nothing_was_distributed_yet(run, script):
    script.configured(BOTH).lists()
    pipelines(script)
    result = run()
    assert (result["image_build_version_arn"], result["in_sync"]) == (None, False)
    assert {target["status"] for target in result["targets"]} == {"missing"}


def test_every_target_is_compared_and_accounts_without_role_are_unknown(run, script):
    script.configured(BOTH).lists(own())
    pipelines(script).shows(own(amis=[ami(), ami(account=TARGET), ami("ap-south-1", identifier="ami-0aaa")]))
    there(script)
    script.closed.add(TARGET)
    script.answers("describe_images", {"Images": [{"ImageId": "ami-0aaa"}]}, service="ec2", region="ap-south-1")
    result = run()
    assert [(target["account_id"], target["status"]) for target in result["targets"]] == [
        (ACCOUNT, "in_sync"),
        (TARGET, "unknown"),
    ]
    assert result["in_sync"] is False
    assert [(item["region"], item["ami_id"], item["status"]) for item in result["leftovers"]] == [
        ("ap-south-1", "ami-0aaa", "present")
    ]


def test_a_certain_image_is_compared_with_its_configuration_as_it_is_now(run, script):
    script.shows(own(amis=[ami()])).configured({**ENTRY, "region": "ap-south-1"})
    script.answers("describe_images", {"Images": []}, service="ec2", region="eu-west-1")
    result = run({"image_build_version_arn": images.arn()})
    assert [(target["region"], target["status"]) for target in result["targets"]] == [("ap-south-1", "missing")]
    assert result["leftovers"] == []


def test_the_copy_in_the_image_replaces_a_deleted_configuration(run, script):
    script.shows(own(amis=[ami()])).refuses("get_distribution_configuration", "ResourceNotFoundException")
    there(script)
    result = run({"image_build_version_arn": images.arn()})
    assert result["in_sync"]
    assert "no longer exists" in result["warnings"][0]


@pytest.mark.parametrize(("others", "in_sync"), [([TARGET], True), ([], False)])
def test_accounts_with_copies_by_other_configurations_may_launch_the_ami_of_the_home_region(
    run, script, others, in_sync
):
    home = {**ENTRY, "region": images.REGION}
    script.configured(home).lists(own())
    pipelines(script).shows(own(amis=[ami(images.REGION)]))
    where = {"service": "ec2", "region": images.REGION}
    script.answers("describe_images", {"Images": [{"ImageId": "ami-1", "State": "available", "Name": "web"}]}, **where)
    script.answers("describe_image_attribute", {"LaunchPermissions": [{"UserId": TARGET}]}, **where)
    assert run({**WEB, "other_target_accounts": others})["in_sync"] is in_sync


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"wave": {"number": 2, "of": 1, "regions": ["eu-west-1"]}}, "wave.number: 2: must be between 1 and wave.of"),
        ({"other_target_accounts": ["1"]}, "other_target_accounts[0]: '1'"),
    ],
)
def test_what_is_wrong_with_a_wave_or_accounts_is_said_without_a_request(run, options, part):
    assert part in run({**WEB, **options})["msg"]


def test_a_wave_that_the_configuration_does_not_have(run, script):
    script.configured()
    result = run({"name": "web", "wave": {"number": 1, "of": 1, "regions": ["ap-south-1"]}})
    assert "wave.regions[0]: 'ap-south-1': is not a Region of the configuration, which has eu-west-1" in result["msg"]


def test_what_is_not_there(run, script):
    script.refuses("get_image", "ResourceNotFoundException")
    assert "does not exist" in run({"image_build_version_arn": images.arn()})["msg"]
    script.refuses("get_distribution_configuration", "ResourceNotFoundException")
    assert "does not exist" in run()["msg"]
    shown = own()
    del shown["distributionConfiguration"]
    script.shows(shown)
    assert "without a distribution configuration" in run({"image_build_version_arn": images.arn()})["msg"]
    script.configured()
    assert "but 'web' does, and both are the same name to AWS" in run({"name": "Web"})["msg"]


def test_an_older_botocore_is_named(run, monkeypatch):
    module = importlib.import_module(f"{images.COLLECTION}.modules.{MODULE}")
    wire = importlib.import_module(f"{images.COLLECTION}.module_utils._aws.module")
    monkeypatch.setattr(module, "connect", wire.connect)
    monkeypatch.setattr(wire.Connection, "knows", lambda self, operation: operation != "DistributeImage")
    assert "1.41.1 or newer" in run()["msg"]


def test_a_list_that_may_not_be_read_is_an_error(run, script):
    script.configured().lists(own()).refuses("list_image_pipelines", "AccessDeniedException")
    result = run()
    assert result["failed"]
    assert "imagebuilder:ListImagePipelines" in result["msg"]


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({}, "this or distribution_configuration_arn"),
        ({"name": "web", "arn": CONFIGURATION}, "not both"),
        ({"image_build_version_arn": images.arn()[:-2]}, "image_build_version_arn: "),
        ({"image_build_version_arn": images.arn().replace("us-west-2", "eu-west-1")}, "set region to match"),
        ({"name": "web", "workers": 0}, "workers: 0: must be at least 1"),
    ],
)
def test_what_is_refused_without_a_request(run, options, part):
    assert part in run(options)["msg"]
