"""Image pipelines to the extent that configurations need them; accounts, Regions and partitions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

PREFIX = "arn:aws:imagebuilder:us-east-1:123456789012:"
RECIPE = f"{PREFIX}image-recipe/web/1.0.0"
CONTAINER_RECIPE = f"{PREFIX}container-recipe/web/1.0.0"
INFRASTRUCTURE = f"{PREFIX}infrastructure-configuration/web"
PIPELINE: dict[str, Any] = {"imageRecipeArn": RECIPE, "infrastructureConfigurationArn": INFRASTRUCTURE}


@pytest.fixture
def create_pipeline(client: Any) -> Callable[..., str]:
    """A function that creates a pipeline and returns its ARN."""

    def create_image_pipeline(name: str = "Web Pipeline", **parameters: Any) -> str:
        return client.create_image_pipeline(name=name, **{**PIPELINE, **parameters})["imagePipelineArn"]

    return create_image_pipeline


def pipeline_of(client: Any, arn: str) -> dict[str, Any]:
    """The pipeline as the service shows it."""
    return client.get_image_pipeline(imagePipelineArn=arn)["imagePipeline"]


def test_pipeline_keeps_a_configuration_from_being_deleted(
    client: Any, create: Callable[..., str], create_pipeline: Callable[..., str]
) -> None:
    arn = create()
    other = create("db-image")
    pipeline = create_pipeline(distributionConfigurationArn=arn)
    with pytest.raises(client.exceptions.ResourceDependencyException) as caught:
        client.delete_distribution_configuration(distributionConfigurationArn=arn)
    assert caught.value.response["Error"]["Message"] == (
        f"Resource dependency error: The resource ARN '{arn}' has other resources depended on it."
    )
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    client.update_distribution_configuration(distributionConfigurationArn=arn, distributions=[])
    client.delete_distribution_configuration(distributionConfigurationArn=other)
    client.delete_image_pipeline(imagePipelineArn=pipeline)
    client.delete_distribution_configuration(distributionConfigurationArn=arn)


def test_pipeline_defaults_are_shown(client: Any, create_pipeline: Callable[..., str]) -> None:
    arn = create_pipeline(tags={"team": "web"})
    shown = pipeline_of(client, arn)
    assert shown.pop("dateCreated")
    assert shown == {
        "arn": f"{PREFIX}image-pipeline/web-pipeline",
        "name": "Web Pipeline",
        **PIPELINE,
        "enhancedImageMetadataEnabled": True,
        "imageTestsConfiguration": {"imageTestsEnabled": True, "timeoutMinutes": 720},
        "status": "ENABLED",
        "tags": {"team": "web"},
    }


def test_pipeline_update_replaces_everything(
    client: Any, create: Callable[..., str], create_pipeline: Callable[..., str]
) -> None:
    configuration = create()
    arn = create_pipeline(
        description="old",
        status="DISABLED",
        schedule={"scheduleExpression": "rate(1 day)"},
        executionRole="arn:aws:iam::123456789012:role/image-builder",
        tags={"team": "web"},
    )
    client.update_image_pipeline(imagePipelineArn=arn, **PIPELINE, distributionConfigurationArn=configuration)
    shown = pipeline_of(client, arn)
    assert not {"description", "schedule", "executionRole"} & set(shown)
    assert shown["status"] == "ENABLED"
    assert shown["distributionConfigurationArn"] == configuration
    assert shown["tags"] == {"team": "web"}
    assert shown["dateUpdated"]
    client.update_image_pipeline(imagePipelineArn=arn, **PIPELINE)
    assert "distributionConfigurationArn" not in pipeline_of(client, arn)
    client.delete_distribution_configuration(distributionConfigurationArn=configuration)


def test_pipelines_of_a_configuration(
    client: Any, create: Callable[..., str], create_pipeline: Callable[..., str]
) -> None:
    web, database = create("web-image"), create("db-image")
    create_pipeline("one", distributionConfigurationArn=web)
    create_pipeline("two-disabled", distributionConfigurationArn=web, status="DISABLED")
    create_pipeline("three", distributionConfigurationArn=database)
    create_pipeline("four-without")

    def listed(*filters: dict[str, Any]) -> list[str]:
        return [entry["name"] for entry in client.list_image_pipelines(filters=list(filters))["imagePipelineList"]]

    of_web = {"name": "distributionConfigurationArn", "values": [web]}
    assert listed(of_web) == ["one", "two-disabled"]
    assert listed(of_web, {"name": "status", "values": ["DISABLED"]}) == ["two-disabled"]
    assert listed({"name": "name", "values": ["t*"]}) == ["two-disabled", "three"]
    assert listed({"name": "distributionConfigurationArn", "values": [web[:-1] + "*"]}) == []
    with pytest.raises(ClientError, match="must be one of description, distributionConfigurationArn"):
        listed({"name": "tag", "values": ["x"]})


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"containerRecipeArn": CONTAINER_RECIPE}, "InvalidParameterCombinationException"),
        ({"imageRecipeArn": None}, "InvalidParameterCombinationException"),
        ({"workflows": [{"workflowArn": f"{PREFIX}workflow/build/web/1.0.0"}]}, "InvalidParameterCombinationException"),
        (
            {"distributionConfigurationArn": f"{PREFIX}distribution-configuration/unknown"},
            "InvalidParameterValueException",
        ),
        ({"name": "x"}, "InvalidParameterValueException"),
        ({"dryRun": True}, "DryRunOperationException"),
    ],
)
def test_pipeline_is_refused(client: Any, send: Callable[..., Any], parameters: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        send("create_image_pipeline", {"name": "Web Pipeline", "clientToken": "abc", **PIPELINE, **parameters})
    assert caught.value.response["Error"]["Code"] == code
    assert client.list_image_pipelines()["imagePipelineList"] == []


def test_pipeline_keeps_the_type_of_its_recipe(client: Any, create_pipeline: Callable[..., str]) -> None:
    arn = create_pipeline()
    with pytest.raises(client.exceptions.InvalidParameterCombinationException):
        client.update_image_pipeline(
            imagePipelineArn=arn, containerRecipeArn=CONTAINER_RECIPE, infrastructureConfigurationArn=INFRASTRUCTURE
        )


def test_pipelines_have_names_tokens_a_quota_and_tags_too(client: Any, create_pipeline: Callable[..., str]) -> None:
    from moto.imagebuilder.switches import switches

    arn = create_pipeline(clientToken="token-1")
    assert create_pipeline(clientToken="token-1") == arn
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        create_pipeline("Other Pipeline", clientToken="token-1")
    with pytest.raises(client.exceptions.ResourceAlreadyExistsException):
        create_pipeline("WEB_pipeline")
    client.tag_resource(resourceArn=arn, tags={"team": "web"})
    assert pipeline_of(client, arn)["tags"] == {"team": "web"}
    assert switches.image_pipeline_quota == 75
    switches.set(image_pipeline_quota=1)
    with pytest.raises(client.exceptions.ServiceQuotaExceededException):
        create_pipeline("Other Pipeline")
    for call in (client.get_image_pipeline, client.delete_image_pipeline):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            call(imagePipelineArn=arn + "-other")


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("eu-central-2", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_region_and_partition_come_from_the_request(
    make_client: Callable[..., Any], region: str, partition: str
) -> None:
    client = make_client(region)
    arn = client.create_distribution_configuration(name="web-image", distributions=[])["distributionConfigurationArn"]
    assert arn == f"arn:{partition}:imagebuilder:{region}:123456789012:distribution-configuration/web-image"
    client.tag_resource(resourceArn=arn, tags={"team": "web"})
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "web"}
    elsewhere = make_client("us-west-2").list_distribution_configurations()
    assert elsewhere["distributionConfigurationSummaryList"] == []


def test_region_is_that_of_the_signature() -> None:
    # moto would look for a Region in the host's usual place and in the user agent first.
    config = Config(use_dualstack_endpoint=True, user_agent_extra="region/us-west-2")
    client = boto3.Session().client("imagebuilder", region_name="eu-west-1", config=config)
    assert client.meta.endpoint_url == "https://imagebuilder.eu-west-1.api.aws"
    arn = client.create_distribution_configuration(name="web-image", distributions=[])["distributionConfigurationArn"]
    assert ":eu-west-1:" in arn


def test_every_region_of_ec2_exists() -> None:
    from moto.imagebuilder.models import ec2_regions

    session = boto3.Session()
    for partition in ("aws", "aws-cn", "aws-us-gov"):
        assert set(session.get_available_regions("ec2", partition_name=partition)) <= set(ec2_regions())


def test_region_that_does_not_exist(make_client: Callable[..., Any]) -> None:
    with pytest.raises(ClientError, match="There is no Region 'eu-wst-1'"):
        make_client("eu-wst-1").list_distribution_configurations()


def test_an_assumed_role_acts_in_its_account(make_client: Callable[..., Any], client: Any) -> None:
    from moto.imagebuilder.switches import switches

    switches.set(assumable_roles=["audit"])
    role = boto3.client("sts", region_name="us-east-1").assume_role(
        RoleArn="arn:aws:iam::111122223333:role/audit", RoleSessionName="audit"
    )["Credentials"]
    target = make_client(
        aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"],
    )
    arn = target.create_distribution_configuration(name="web-image", distributions=[])["distributionConfigurationArn"]
    assert ":111122223333:" in arn
    assert client.list_distribution_configurations()["distributionConfigurationSummaryList"] == []
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_distribution_configuration(distributionConfigurationArn=arn)


def test_planted_configuration_is_kept_as_it_is(client: Any) -> None:
    from moto.imagebuilder import imagebuilder_backends

    backend = imagebuilder_backends["123456789012"]["us-east-1"]
    entry = {"region": "us-east-1", "memberOfTomorrow": {"enabled": True}}
    arn = backend.plant_distribution_configuration({"name": "Web Image", "distributions": [entry], "also": 1})
    assert arn == f"{PREFIX}distribution-configuration/web-image"
    stored = backend.distribution_configurations[arn].to_dict()
    assert stored["also"] == 1
    assert stored["distributions"] == [entry]
    raw: list[Any] = []

    def keep_raw(response_dict: dict[str, Any], **_kwargs: Any) -> None:
        raw.append(json.loads(response_dict["body"])["distributionConfiguration"])

    event = "before-parse.imagebuilder.GetDistributionConfiguration"
    client.meta.events.register(event, keep_raw, unique_id="keep-raw")
    shown = client.get_distribution_configuration(distributionConfigurationArn=arn)["distributionConfiguration"]
    client.meta.events.unregister(event, unique_id="keep-raw")
    assert shown["distributions"] == [{"region": "us-east-1"}], "botocore drops what it does not know"
    assert raw == [stored], "but it was sent"
    client.update_distribution_configuration(distributionConfigurationArn=arn, distributions=[])
    assert "also" not in backend.distribution_configurations[arn].to_dict(), "an update replaces everything"
