"""DistributeImage and its life cycle: states, sources, tokens, retry, cancel, lists, what tests steer."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import failures
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import NAME
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import switch
from tests.unit.local_aws.stage import TARGET
from tests.unit.local_aws.stage import trouble

PREFIX = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:"


def code_of(caught: Any) -> tuple[str, int]:
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_distribution_from_start_to_end(stage: ImageStage) -> None:
    arn = stage.start(entry(HOME), entry(AWAY), tags={"team": "web"}, loggingConfiguration={"logGroupName": "/golden"})
    assert arn == f"{PREFIX}image/web-server/1.0.0/1"
    seen = [stage.get(arn) for _poll in range(5)]
    assert [image["state"] for image in seen] == [
        {"status": status} for status in ("PENDING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE", "AVAILABLE")
    ]
    assert [len(image["outputResources"]["amis"]) for image in seen] == [0, 2, 2, 2, 2]
    image = seen[-1]
    assert {member: image[member] for member in ("arn", "name", "type", "version", "platform", "tags")} == {
        "arn": arn,
        "name": "web server",
        "type": "AMI",
        "version": "1.0.0/1",
        "platform": "Linux",
        "tags": {"team": "web"},
    }
    assert image["executionRole"] == "dist"
    assert image["loggingConfiguration"] == {"logGroupName": "/golden"}
    home, away = image["outputResources"]["amis"]
    assert home == {
        "region": HOME,
        "accountId": SOURCE,
        "image": stage.source.id,
        "name": "web server",
        "state": {"status": "AVAILABLE"},
    }
    assert (away["region"], away["accountId"]) == (AWAY, SOURCE)
    assert away["image"] != stage.source.id


def test_the_configuration_is_embedded_as_it_was(stage: ImageStage) -> None:
    configuration = stage.configure(entry(AWAY))
    arn = stage.start(distributionConfigurationArn=configuration)
    stage.client.update_distribution_configuration(
        distributionConfigurationArn=configuration, distributions=[entry("eu-west-2")]
    )
    image = stage.finish(arn)
    assert image["distributionConfiguration"]["arn"] == configuration
    assert image["distributionConfiguration"]["distributions"] == [entry(AWAY)]
    assert [ami["region"] for ami in image["outputResources"]["amis"]] == [AWAY]


def test_each_distribution_is_a_new_build(stage: ImageStage) -> None:
    configuration = stage.configure(entry(AWAY))
    arns = [stage.start(distributionConfigurationArn=configuration, clientToken=token) for token in ("a", "b")]
    assert arns == [f"{PREFIX}image/web-server/1.0.0/{build}" for build in (1, 2)]
    made = [stage.finish(arn)["outputResources"]["amis"][0]["image"] for arn in arns]
    assert made[0] != made[1]


def test_client_token(stage: ImageStage) -> None:
    configuration = stage.configure(entry(AWAY))
    arn = stage.start(distributionConfigurationArn=configuration)
    assert stage.start(distributionConfigurationArn=configuration) == arn
    with pytest.raises(stage.client.exceptions.IdempotentParameterMismatchException) as caught:
        stage.start(distributionConfigurationArn=configuration, tags={"team": "web"})
    assert code_of(caught) == ("IdempotentParameterMismatchException", 400)
    assert len(stage.client.list_image_build_versions()["imageSummaryList"]) == 1


def test_sources(stage: ImageStage) -> None:
    stage.moto_resources.put_parameter(SOURCE, HOME, "/golden/web", stage.source.id, "aws:ec2:image")
    configuration = stage.configure(entry(HOME))
    by_arn = f"arn:aws:ssm:{HOME}:{SOURCE}:parameter/golden/web"
    for number, text in enumerate(("ssm:/golden/web", f"ssm:{by_arn}")):
        arn = stage.start(distributionConfigurationArn=configuration, sourceImage=text, clientToken=str(number))
        assert stage.finish(arn)["outputResources"]["amis"][0]["image"] == stage.source.id
    for text in (arn, arn.rpartition("/")[0], arn.replace("1.0.0/2", "x.x.x")):
        again = stage.start(distributionConfigurationArn=configuration, sourceImage=text, clientToken=text[-40:])
        assert stage.finish(again)["outputResources"]["amis"][0]["image"] == stage.source.id


@pytest.mark.parametrize(
    "text",
    [
        "ami-0123456789abcdef0",
        "ssm:/golden/unknown",
        "ssm:/golden/no-ami",
        f"{PREFIX}image/unknown/1.0.0/1",
        f"{PREFIX}image/unknown/x.x.x",
        "web server",
    ],
)
def test_sources_that_lead_nowhere(stage: ImageStage, text: str) -> None:
    stage.moto_resources.put_parameter(SOURCE, HOME, "/golden/no-ami", "i-123", "text")
    with pytest.raises(ClientError, match="'sourceImage' is not valid") as caught:
        stage.start(entry(AWAY), sourceImage=text)
    assert code_of(caught) == ("InvalidParameterValueException", 400)


def test_an_image_that_is_not_available_is_not_a_source(stage: ImageStage) -> None:
    configuration = stage.configure(entry(HOME))
    arn = stage.start(distributionConfigurationArn=configuration)
    with pytest.raises(ClientError, match="not an image that is AVAILABLE"):
        stage.start(distributionConfigurationArn=configuration, sourceImage=arn, clientToken="two")


@pytest.mark.parametrize("version", ["1.0", "1.0.0.0", "latest"])
def test_a_version_that_no_image_can_have_is_not_a_source(stage: ImageStage, version: str) -> None:
    configuration = stage.configure(entry(HOME))
    arn = stage.start(distributionConfigurationArn=configuration)
    stage.finish(arn)
    text = f"{arn.partition(':image/')[0]}:image/web-server/{version}"
    with pytest.raises(ClientError, match="not an image that is AVAILABLE"):
        stage.start(distributionConfigurationArn=configuration, sourceImage=text, clientToken="two")


def test_configurations_that_do_not_exist_here(stage: ImageStage) -> None:
    unknown = f"{PREFIX}distribution-configuration/unknown"
    with pytest.raises(stage.client.exceptions.ResourceNotFoundException) as caught:
        stage.start(distributionConfigurationArn=unknown)
    assert code_of(caught) == ("ResourceNotFoundException", 404)
    with pytest.raises(ClientError, match="must be in us-east-1"):
        stage.start(distributionConfigurationArn=unknown.replace(HOME, AWAY))


def test_quick_and_slow_life_cycles(stage: ImageStage) -> None:
    switch(image_transition_polls=0)
    configuration = stage.configure(entry(AWAY), entry("eu-west-2"), entry("eu-west-3"))
    arn = stage.start(distributionConfigurationArn=configuration)
    assert stage.get(arn)["state"]["status"] == "AVAILABLE"
    switch(image_transition_polls=2)
    arn = stage.start(distributionConfigurationArn=configuration, clientToken="two")
    seen = [stage.get(arn)["state"]["status"] for _poll in range(7)]
    assert seen == ["PENDING"] * 2 + ["DISTRIBUTING"] * 2 + ["INTEGRATING"] * 2 + ["AVAILABLE"]
    switch(image_transition_polls=1, copies_per_poll=1)
    arn = stage.start(distributionConfigurationArn=configuration, clientToken="three")
    polls = [stage.get(arn) for _poll in range(5)]
    assert [image["state"]["status"] for image in polls] == ["PENDING", *["DISTRIBUTING"] * 3, "INTEGRATING"]
    assert [len(image["outputResources"]["amis"]) for image in polls] == [0, 1, 2, 3, 3]


def test_only_get_image_moves_an_image_on(stage: ImageStage) -> None:
    arn = stage.start(entry(AWAY))
    for _look in range(3):
        assert stage.client.list_image_build_versions()["imageSummaryList"][0]["state"] == {"status": "PENDING"}
        stage.client.list_workflow_executions(imageBuildVersionArn=arn)
    assert stage.get(arn)["state"] == {"status": "PENDING"}


def test_retry_makes_only_what_is_missing(stage: ImageStage) -> None:
    identifier = trouble("COPY_AMI", region="eu-west-2", message="EC2 Client Error: 'out of luck'")
    arn = stage.start(entry(AWAY), entry("eu-west-2"))
    failed = stage.finish(arn)
    assert failed["state"]["reason"] == (
        "Not all distribution jobs are completed. 1) EC2 Client Error: 'out of luck' when distributing the image from "
        f"the source account (ID: {SOURCE}) to the destination account (ID: {SOURCE}) in Region eu-west-2."
    )
    context = failed["state"]["failureContext"]
    assert (context["imageStatus"], context["failedStep"]) == ("DISTRIBUTING", "DistributeImage")
    assert context["distributionFailure"]["errorMessage"] == failed["state"]["reason"]
    assert failures(failed) == [
        {
            "region": "eu-west-2",
            "status": "FAILED",
            "errorMessage": "EC2 Client Error: 'out of luck'",
            "targetAccountId": SOURCE,
        }
    ]
    made = failed["outputResources"]["amis"]
    assert [ami["region"] for ami in made] == [AWAY]
    from moto.imagebuilder.trouble import troubles

    troubles.clear(identifier)
    answer = stage.client.retry_image(imageBuildVersionArn=arn, clientToken="again")
    assert answer["imageBuildVersionArn"] == arn
    assert stage.get(arn)["state"] == {"status": "DISTRIBUTING"}
    finished = stage.finish(arn)
    assert finished["state"] == {"status": "AVAILABLE"}
    assert finished["outputResources"]["amis"][0] == made[0]
    assert len(finished["outputResources"]["amis"]) == 2
    runs = stage.client.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    assert [(run["status"], run["retried"]) for run in runs] == [("COMPLETED", False), ("FAILED", True)]


def test_a_retry_after_the_copies_begins_after_them(stage: ImageStage) -> None:
    from moto.ec2.models import ec2_backends

    trouble("PUT_SSM_PARAMETERS", times=1)
    template = ec2_backends[SOURCE][AWAY].create_launch_template("web", "", {"ImageId": "ami-old"}, {})
    settings = {
        "launchTemplateConfigurations": [{"launchTemplateId": template.id}],
        "ssmParameterConfigurations": [{"parameterName": "/golden/web"}],
    }
    arn = stage.start({**entry(AWAY), **settings})
    failed = stage.finish(arn)
    context = failed["state"]["failureContext"]
    assert (context["imageStatus"], context["failedStep"]) == ("INTEGRATING", "ApplyImageConfigurations")
    assert failures(failed)[0]["imageConfigurationStep"] == "PUT_SSM_PARAMETERS"
    stage.client.retry_image(imageBuildVersionArn=arn, clientToken="again")
    assert stage.get(arn)["state"] == {"status": "INTEGRATING"}
    assert stage.finish(arn)["outputResources"] == failed["outputResources"]
    value = stage.moto_resources.read_parameter(SOURCE, AWAY, "/golden/web")
    assert value == failed["outputResources"]["amis"][0]["image"]
    assert len(template.versions) == 2, "what was done is not done again"
    (run, _first) = stage.client.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    steps = stage.client.list_workflow_step_executions(workflowExecutionId=run["workflowExecutionId"])["steps"]
    assert [step["status"] for step in steps] == ["SKIPPED", "SKIPPED", "COMPLETED"]
    assert (run["totalStepsSkipped"], run["totalStepsSucceeded"]) == (2, 1)


def test_a_long_reason_is_cut(stage: ImageStage) -> None:
    trouble("COPY_AMI", message="x" * 600)
    state = stage.run(entry(AWAY), entry("eu-west-2"))["state"]
    assert len(state["reason"]) == 1024
    assert len(state["failureContext"]["distributionFailure"]["errorMessage"]) > 1200


@pytest.mark.parametrize("status", ["PENDING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE", "DELETED"])
def test_retry_needs_a_failed_or_cancelled_image(stage: ImageStage, status: str) -> None:
    arn = stage.start(entry(AWAY))
    from moto.imagebuilder import imagebuilder_backends
    from moto.imagebuilder import life_cycle

    life_cycle.end(imagebuilder_backends[SOURCE][HOME].images[arn], status, None)
    with pytest.raises(ClientError, match=f"in the state {status}") as caught:
        stage.client.retry_image(imageBuildVersionArn=arn, clientToken="again")
    assert code_of(caught) == ("InvalidRequestException", 400)


def test_cancelling_takes_a_while_and_leaves_the_copies(stage: ImageStage) -> None:
    arn = stage.start(entry(AWAY))
    assert stage.get(arn)["state"] == {"status": "PENDING"}
    assert stage.get(arn)["state"] == {"status": "DISTRIBUTING"}
    answer = stage.client.cancel_image_creation(imageBuildVersionArn=arn, clientToken="stop")
    assert (answer["imageBuildVersionArn"], answer["clientToken"]) == (arn, "stop")
    assert stage.get(arn)["state"] == {"status": "DISTRIBUTING"}
    image = stage.get(arn)
    assert image["state"]["status"] == "CANCELLED"
    assert "failureContext" not in image["state"]
    assert len(image["outputResources"]["amis"]) == 1
    assert stage.client.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"][0]["status"] == (
        "CANCELLED"
    )
    with pytest.raises(ClientError, match="CANCELLED") as caught:
        stage.client.cancel_image_creation(imageBuildVersionArn=arn, clientToken="again")
    assert code_of(caught) == ("InvalidRequestException", 400)
    stage.client.retry_image(imageBuildVersionArn=arn, clientToken="on")
    assert stage.finish(arn)["state"] == {"status": "AVAILABLE"}


def test_images_are_held_and_ended(stage: ImageStage) -> None:
    from moto.imagebuilder import imagebuilder_backends
    from moto.imagebuilder import life_cycle

    arn = stage.start(entry(AWAY))
    image = imagebuilder_backends[SOURCE][HOME].images[arn]
    image.held_in = "DISTRIBUTING"
    assert [stage.get(arn)["state"]["status"] for _poll in range(5)] == ["PENDING", *["DISTRIBUTING"] * 4]
    image.held_in = None
    assert stage.finish(arn)["state"]["status"] == "AVAILABLE"
    life_cycle.end(image, "DEPRECATED", "there is a newer one")
    assert stage.get(arn)["state"] == {"status": "DEPRECATED", "reason": "there is a newer one"}
    switch(hold_images_in="PENDING")
    second = stage.start(distributionConfigurationArn=image.configuration["arn"], clientToken="two")
    assert [stage.get(second)["state"]["status"] for _poll in range(3)] == ["PENDING"] * 3
    switch(hold_images_in=None, images_end_as="DELETED")
    assert stage.finish(second)["state"] == {"status": "DELETED"}


def test_a_planted_image_belongs_to_a_pipeline(stage: ImageStage) -> None:
    from moto.imagebuilder import imagebuilder_backends

    stage.client.delete_distribution_configuration(distributionConfigurationArn=stage.configure(entry(AWAY)))
    pipeline = stage.client.create_image_pipeline(
        name="web",
        imageRecipeArn=f"{PREFIX}image-recipe/web/1.0.0",
        infrastructureConfigurationArn=f"{PREFIX}infrastructure-configuration/web",
    )["imagePipelineArn"]
    used = {"arn": f"{PREFIX}distribution-configuration/web", "name": "web"}
    used["distributions"] = [entry(HOME), entry(AWAY, [SOURCE, TARGET])]
    backend = imagebuilder_backends[SOURCE][HOME]
    arn = backend.plant_image(stage.source.id, used, pipeline, name="golden", version="2.1.0", tags={"team": "web"})
    assert arn == f"{PREFIX}image/golden/2.1.0/1"
    image = stage.get(arn)
    assert image["state"] == {"status": "AVAILABLE"}
    assert image["sourcePipelineArn"] == pipeline
    assert image["distributionConfiguration"]["distributions"] == used["distributions"]
    assert {(ami["region"], ami["accountId"]) for ami in image["outputResources"]["amis"]} == {
        (HOME, SOURCE),
        (AWAY, SOURCE),
        (AWAY, TARGET),
    }
    assert stage.ami(image, account=TARGET).owner_id == TARGET
    assert stage.moto_resources.tags_of(stage.source)["Ec2ImageBuilderArn"] == arn
    (summary,) = stage.client.list_image_pipeline_images(imagePipelineArn=pipeline)["imageSummaryList"]
    assert (summary["arn"], summary["tags"]) == (arn, {"team": "web"})
    stage.start(entry(AWAY))
    assert len(stage.client.list_image_pipeline_images(imagePipelineArn=pipeline)["imageSummaryList"]) == 1
    with pytest.raises(stage.client.exceptions.ResourceNotFoundException):
        stage.client.list_image_pipeline_images(imagePipelineArn=f"{pipeline}-other")


@pytest.mark.parametrize(
    ("region", "prefix"), [("cn-north-1", "arn:aws-cn:imagebuilder:cn-north-1"), ("us-gov-west-1", "arn:aws-us-gov:")]
)
def test_other_partitions(stage: ImageStage, make_client: Any, region: str, prefix: str) -> None:
    import json

    from moto.iam.models import iam_backends

    from tests.unit.local_aws.stage import document
    from tests.unit.local_aws.stage import EVERYTHING
    from tests.unit.local_aws.stage import SERVICE_TRUST
    from tests.unit.local_aws.stage import trust

    iam = iam_backends[SOURCE][prefix.split(":")[1]]
    role = iam.create_role("dist", json.dumps(trust(SERVICE_TRUST)), "/", None, "", [], "3600")
    role.policies = {"p": json.dumps(document(EVERYTHING))}
    ami = stage.moto_resources.plant_ami(SOURCE, region, "web")
    client = make_client(region)
    configuration = client.create_distribution_configuration(name="web", distributions=[entry(region)])
    arn = client.distribute_image(
        sourceImage=ami.id,
        executionRole="dist",
        clientToken="one",
        distributionConfigurationArn=configuration["distributionConfigurationArn"],
    )["imageBuildVersionArn"]
    assert arn.startswith(prefix)
    states = [client.get_image(imageBuildVersionArn=arn)["image"]["state"]["status"] for _poll in range(4)]
    assert states[-1] == "AVAILABLE"


def test_name_of_an_ami_without_one(stage: ImageStage) -> None:
    unnamed = {"region": AWAY, "amiDistributionConfiguration": {"description": "web"}}
    image = stage.run(unnamed)
    name = stage.ami(image).name
    assert name.startswith("web server 20")
    assert name.endswith("Z")
    assert ":" not in name
    assert "{{" in NAME
