"""The module's main() against the local AWS in this process: what it attaches, keeps and refuses."""

from __future__ import annotations

import importlib
import json

import pytest

from tests.unit.conftest import COLLECTION

pytestmark = pytest.mark.current_botocore

MODULE = "imagebuilder_pipeline_attachment"
ARN = "arn:aws:imagebuilder:us-west-2:123456789012:image-pipeline/web"
ROLE = "arn:aws:iam::123456789012:role/images/goldimage-web"
# Every member that an update takes, except the attachments.
SETTINGS = {
    "description": "web servers",
    "imageRecipeArn": "arn:aws:imagebuilder:us-west-2:123456789012:image-recipe/web/1.0.0",
    "infrastructureConfigurationArn": "arn:aws:imagebuilder:us-west-2:123456789012:infrastructure-configuration/web",
    "imageTestsConfiguration": {"imageTestsEnabled": False, "timeoutMinutes": 90},
    "enhancedImageMetadataEnabled": False,
    "schedule": {
        "scheduleExpression": "cron(0 3 * * ? *)",
        "timezone": "Europe/Rome",
        "pipelineExecutionStartCondition": "EXPRESSION_MATCH_ONLY",
        "autoDisablePolicy": {"failureCount": 3},
    },
    "status": "DISABLED",
    "imageScanningConfiguration": {
        "imageScanningEnabled": True,
        "ecrConfiguration": {"repositoryName": "scans", "containerTags": ["web"]},
    },
    "workflows": [
        {
            "workflowArn": "arn:aws:imagebuilder:us-west-2:123456789012:workflow/test/web/1.0.0/1",
            "parameters": [{"name": "wait", "value": ["10"]}],
            "parallelGroup": "one",
            "onFailure": "ABORT",
        }
    ],
    "loggingConfiguration": {"imageLogGroupName": "/images/web", "pipelineLogGroupName": "/pipelines/web"},
    "imageTags": {"CostCenter": "42"},
}


@pytest.fixture
def client(aws):
    import boto3

    return boto3.client("imagebuilder", region_name="us-west-2")


@pytest.fixture
def configurations(client):
    """The ARNs of two distribution configurations."""
    distributions = [{"region": "us-west-2", "amiDistributionConfiguration": {"amiTags": {"a": "b"}}}]
    return [
        client.create_distribution_configuration(name=name, distributions=distributions)["distributionConfigurationArn"]
        for name in ("first", "second")
    ]


@pytest.fixture
def pipeline(client, configurations):
    client.create_image_pipeline(
        name="web",
        distributionConfigurationArn=configurations[0],
        executionRole="old",
        tags={"Team": "web"},
        **SETTINGS,
    )
    return ARN


def stored(client):
    return client.get_image_pipeline(imagePipelineArn=ARN)["imagePipeline"]


def test_the_settings_above_are_all_that_an_update_takes(service_model):
    members = set(service_model.operation_model("UpdateImagePipeline").input_shape.members)
    attached = {
        "clientToken",
        "imagePipelineArn",
        "distributionConfigurationArn",
        "executionRole",
        "containerRecipeArn",
    }
    assert set(SETTINGS) == members - attached


def test_attaches_both_and_keeps_everything_else(run_module, client, configurations, pipeline):
    options = {
        "image_pipeline_arn": pipeline,
        "distribution_configuration_arn": configurations[1],
        "execution_role": ROLE,
    }
    before = stored(client)
    predicted = run_module(MODULE, options, check_mode=True)
    assert stored(client) == before
    done = run_module(MODULE, options)
    after = stored(client)
    assert done["changed"] is True
    assert {key: predicted[key] for key in ("changed", "image_pipeline", "diff")} == {
        key: done[key] for key in ("changed", "image_pipeline", "diff")
    }
    assert done["diff"]["before"] == {"distribution_configuration_arn": configurations[0], "execution_role": "old"}
    assert done["diff"]["after"] == {"distribution_configuration_arn": configurations[1], "execution_role": ROLE}
    assert (after.pop("distributionConfigurationArn"), after.pop("executionRole")) == (configurations[1], ROLE)
    assert after.pop("dateUpdated")
    for read_only in ("distributionConfigurationArn", "executionRole", "dateUpdated"):
        before.pop(read_only, None)
    assert after == before
    for check_mode in (True, False):
        assert run_module(MODULE, options, check_mode=check_mode)["changed"] is False


def test_one_is_left_alone_where_only_the_other_is_given_and_an_empty_text_takes_off(
    run_module, client, configurations, pipeline
):
    run_module(MODULE, {"arn": pipeline, "distribution_configuration_arn": configurations[1]})
    assert stored(client)["executionRole"] == "old"
    done = run_module(MODULE, {"arn": pipeline, "distribution_configuration_arn": ""})
    assert done["image_pipeline"]["distribution_configuration_arn"] is None
    assert "distributionConfigurationArn" not in stored(client)
    assert run_module(MODULE, {"arn": pipeline, "distribution_configuration_arn": ""})["changed"] is False
    # AWS's own refusal reaches the user: workflows need a role.
    failed = run_module(MODULE, {"arn": pipeline, "execution_role": ""})
    assert failed["failed"]
    assert "InvalidParameterCombinationException" in failed["msg"]
    assert ARN in failed["msg"]


@pytest.mark.parametrize("same", ["images/goldimage-web", ROLE])
def test_a_role_by_name_and_by_arn_is_one_role(run_module, pipeline, same):
    run_module(MODULE, {"arn": pipeline, "execution_role": ROLE})
    assert run_module(MODULE, {"arn": pipeline, "execution_role": same})["changed"] is False
    assert run_module(MODULE, {"arn": pipeline, "execution_role": "goldimage-web"})["changed"] is True


def test_a_member_that_botocore_does_not_know_stops_the_write(
    run_module, client, configurations, pipeline, monkeypatch
):
    import botocore.httpsession

    send = botocore.awsrequest.AWSResponse.content.fget

    def with_tomorrow(response):
        content = send(response)
        if b"imagePipeline" not in content:
            return content
        answer = json.loads(content)
        answer["imagePipeline"]["schedule"]["leapSeconds"] = True
        return json.dumps(answer).encode()

    monkeypatch.setattr(botocore.awsrequest.AWSResponse, "content", property(with_tomorrow))
    failed = run_module(MODULE, {"arn": pipeline, "distribution_configuration_arn": configurations[1]})
    assert "has fields that the installed botocore does not know: schedule.leapSeconds." in failed["msg"]
    assert "newer botocore" in failed["msg"]
    # If nothing must be written, nothing can be lost.
    assert run_module(MODULE, {"arn": pipeline, "execution_role": "old"})["changed"] is False
    assert stored(client)["distributionConfigurationArn"] == configurations[0]


def test_refuses_what_aws_would_refuse_all_at_once(run_module, aws):
    options = {
        "image_pipeline_arn": "web",
        "distribution_configuration_arn": ARN,
        "execution_role": "not a role",
    }
    failed = run_module(MODULE, options)
    for name in options:
        assert name + ":" in failed["msg"]
    elsewhere = run_module(MODULE, {"arn": ARN.replace("us-west-2", "eu-west-1"), "execution_role": "r"})
    assert "eu-west-1" in elsewhere["msg"]
    assert "us-west-2" in elsewhere["msg"]
    missing = run_module(MODULE, {"arn": ARN, "execution_role": "r"})
    assert "ResourceNotFoundException" in missing["msg"]
    assert ARN in missing["msg"]


def test_waits_for_a_young_role_and_for_no_other(run_module, client, pipeline, monkeypatch):
    from datetime import datetime
    from datetime import timedelta
    from datetime import timezone

    import boto3
    import botocore.client
    from botocore.exceptions import ClientError

    boto3.client("iam").create_role(Path="/images/", RoleName="goldimage-web", AssumeRolePolicyDocument="{}")
    original = botocore.client.BaseClient._make_api_call
    state = {"refusals": 3, "age": 20}
    slept = []

    def call(self, operation, parameters):
        if operation == "UpdateImagePipeline" and state["refusals"]:
            state["refusals"] -= 1
            text = "The value supplied for parameter 'executionRole' is not valid. The role cannot be assumed."
            error = {"Code": "InvalidParameterValueException", "Message": text}
            raise ClientError({"Error": error, "ResponseMetadata": {"RequestId": "1"}}, operation)
        answer = original(self, operation, parameters)
        if operation == "GetRole":
            answer["Role"]["CreateDate"] = datetime.now(timezone.utc) - timedelta(seconds=state["age"])
            answer["ResponseMetadata"]["HTTPHeaders"].pop("date", None)
        return answer

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    monkeypatch.setattr("time.sleep", slept.append)
    done = run_module(MODULE, {"arn": pipeline, "execution_role": ROLE})
    assert done["changed"]
    assert sum(slept) == 15
    assert "15 seconds" in str(done["warnings"])
    assert stored(client)["executionRole"] == ROLE

    state.update(refusals=1, age=4000)
    failed = run_module(MODULE, {"arn": pipeline, "execution_role": "old"})
    assert failed["failed"]
    assert sum(slept) == 15


@pytest.fixture
def meanwhile(monkeypatch):
    """meanwhile(act): somebody acts once, right after the module's first read."""
    import botocore.client

    original, acts = botocore.client.BaseClient._make_api_call, []

    def call(self, operation, parameters):
        answer = original(self, operation, parameters)
        if operation == "GetImagePipeline" and acts:
            acts.pop()()
        return answer

    def plan(act):
        acts[:] = [act]
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)

    return plan


def update(client, **changed):
    """Somebody else's update."""
    settings = {"distributionConfigurationArn": stored(client)["distributionConfigurationArn"], "executionRole": "old"}
    client.update_image_pipeline(imagePipelineArn=ARN, **{**settings, **SETTINGS, **changed})


def test_what_somebody_else_changed_since_the_read_is_kept(run_module, client, configurations, pipeline, meanwhile):
    meanwhile(lambda: update(client, description="changed", executionRole="theirs", status="ENABLED"))
    done = run_module(MODULE, {"arn": pipeline, "distribution_configuration_arn": configurations[1]})
    after = stored(client)
    assert done["changed"] is True
    assert (after["description"], after["executionRole"], after["status"]) == ("changed", "theirs", "ENABLED")
    assert after["distributionConfigurationArn"] == configurations[1]
    assert done["diff"]["after"] == {"distribution_configuration_arn": configurations[1], "execution_role": "theirs"}


def test_what_somebody_else_attached_since_the_read_is_not_overwritten(
    run_module, client, configurations, pipeline, meanwhile
):
    meanwhile(lambda: update(client, executionRole="theirs"))
    done = run_module(MODULE, {"arn": pipeline, "execution_role": "mine"})
    assert (done["failed"], done["changed"]) == (True, False)
    assert stored(client)["executionRole"] == "theirs"
    for part in ("execution_role of", "was old and is theirs", "nothing was written"):
        assert part in done["msg"]


def test_what_somebody_else_attached_just_so_is_no_change(run_module, client, configurations, pipeline, meanwhile):
    meanwhile(lambda: update(client, executionRole="mine"))
    done = run_module(MODULE, {"arn": pipeline, "execution_role": "mine"})
    assert (done["changed"], done.get("failed")) == (False, None)
    assert done["diff"]["before"] == done["diff"]["after"]
    assert stored(client)["executionRole"] == "mine"


def test_each_attempt_with_a_new_role_begins_with_what_is_there_then(
    run_module, client, configurations, pipeline, monkeypatch
):
    """It may take two minutes until a role is known everywhere, and somebody may write in that time."""
    import botocore.client
    from botocore.exceptions import ClientError
    from moto.iam.models import iam_backends

    iam_backends["123456789012"]["aws"].create_role("mine", "{}", "/", None, "", [], "3600")
    role = importlib.import_module(f"{COLLECTION}.module_utils._aws.iam.role_propagation")
    monkeypatch.setattr(role, "_PAUSE", 0.01)
    original, refused = botocore.client.BaseClient._make_api_call, []

    def call(self, operation, parameters):
        if operation == "UpdateImagePipeline" and parameters["executionRole"].endswith("mine") and not refused:
            refused.append(parameters["clientToken"])
            update(client, description="changed while it waited")
            raise ClientError({"Error": {"Code": "InvalidParameterValueException", "Message": "No role."}}, operation)
        if operation == "UpdateImagePipeline":
            assert parameters.get("clientToken") not in refused
        return original(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    done = run_module(MODULE, {"arn": pipeline, "execution_role": "mine"})
    assert (done["changed"], done.get("failed")) == (True, None), done
    assert (stored(client)["description"], stored(client)["executionRole"]) == ("changed while it waited", "mine")
