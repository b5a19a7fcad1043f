"""How images are read and listed, and what is shown of their workflows and tags."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import TARGET
from tests.unit.local_aws.stage import trouble

PREFIX = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:"


def test_get_image_by_version(stage: ImageStage) -> None:
    configuration = stage.configure(entry(AWAY))
    first = stage.start(distributionConfigurationArn=configuration)
    stage.finish(first)
    second = stage.start(distributionConfigurationArn=configuration, clientToken="two")
    version = first.rpartition("/")[0]
    for wild in (version, version.replace("1.0.0", "x.x.x"), version.replace("1.0.0", "1.x.x")):
        assert stage.get(wild)["arn"] == first, "the second one is not AVAILABLE"
    stage.finish(second)
    assert stage.get(version)["arn"] == second
    for missing in (version.replace("1.0.0", "2.x.x"), version.replace("web", "db"), first[:-1] + "7"):
        with pytest.raises(stage.client.exceptions.ResourceNotFoundException):
            stage.get(missing)
    references = stage.client.get_image(imageBuildVersionArn=first)["latestVersionReferences"]
    assert references["latestMajorVersionArn"] == version.replace("1.0.0", "1.x.x")


def test_lists(stage: ImageStage) -> None:
    configuration = stage.configure(entry(AWAY))
    for token in ("a", "b", "c"):
        stage.start(distributionConfigurationArn=configuration, clientToken=token, tags={"token": token})
    other = stage.moto_resources.plant_ami(SOURCE, HOME, "db", platform="windows")
    stage.start(distributionConfigurationArn=configuration, sourceImage=other.id, clientToken="d")
    list_builds = stage.client.list_image_build_versions
    summaries = list_builds()["imageSummaryList"]
    assert [(one["name"], one["version"]) for one in summaries] == [
        *(("web server", f"1.0.0/{build}") for build in (1, 2, 3)),
        ("image-db", "1.0.0/1"),
    ]
    assert [one.get("tags") for one in summaries] == [{"token": "a"}, {"token": "b"}, {"token": "c"}, None]
    assert {one["state"]["status"] for one in summaries} == {"PENDING"}
    dates = [one["dateCreated"] for one in summaries]
    assert sorted(set(dates)) == dates, "every image is newer than the one before"
    of_version = list_builds(imageVersionArn=f"{PREFIX}image/web-server/1.0.0")["imageSummaryList"]
    assert [one["version"] for one in of_version] == ["1.0.0/1", "1.0.0/2", "1.0.0/3"]
    assert list_builds(imageVersionArn=f"{PREFIX}image/unknown/1.0.0")["imageSummaryList"] == []
    windows = list_builds(filters=[{"name": "platform", "values": ["Windows"]}])["imageSummaryList"]
    assert [one["name"] for one in windows] == ["image-db"]
    page = list_builds(maxResults=3)
    assert len(page["imageSummaryList"]) == 3
    rest = list_builds(maxResults=3, nextToken=page["nextToken"])
    assert [one["name"] for one in rest["imageSummaryList"]] == ["image-db"]
    assert "nextToken" not in rest
    versions = stage.client.list_images(owner="Self")["imageVersionList"]
    assert [one["arn"] for one in versions] == [f"{PREFIX}image/{name}/1.0.0" for name in ("web-server", "image-db")]
    assert stage.client.list_images(owner="Amazon")["imageVersionList"] == []


def test_images_of_the_same_moment_are_told_apart_by_date(stage: ImageStage, monkeypatch: Any) -> None:
    from moto.imagebuilder import resources

    configuration = stage.configure(entry(AWAY))
    monkeypatch.setattr(resources, "now", lambda: "2026-03-02T09:20:59.999Z")
    for token in ("a", "b", "c"):
        stage.start(distributionConfigurationArn=configuration, clientToken=token)
    answer = stage.client.list_image_build_versions()["imageSummaryList"]
    assert [one["dateCreated"] for one in answer] == [
        "2026-03-02T09:20:59.999Z",
        "2026-03-02T09:21:00.000Z",
        "2026-03-02T09:21:00.001Z",
    ]


def test_workflow_and_its_steps(stage: ImageStage) -> None:
    trouble("MODIFY_IMAGE_ATTRIBUTES")
    arn = stage.start(entry(AWAY, launchPermission={"userIds": [TARGET]}))

    def steps() -> list[str]:
        (run,) = stage.client.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
        answer = stage.client.list_workflow_step_executions(workflowExecutionId=run["workflowExecutionId"])
        assert answer["imageBuildVersionArn"] == arn
        return [run["status"], *(f"{step['name']} {step['status']}" for step in answer["steps"])]

    names = ("DistributeImage", "ModifyImageAttributes", "ApplyImageConfigurations")
    assert steps() == ["PENDING", *(f"{name} PENDING" for name in names)]
    stage.get(arn)
    stage.get(arn)
    assert steps() == ["RUNNING", "DistributeImage RUNNING", *(f"{name} PENDING" for name in names[1:])]
    failed = stage.finish(arn)
    statuses = ("COMPLETED", "FAILED", "PENDING")
    assert steps() == ["FAILED", *(f"{name} {status}" for name, status in zip(names, statuses, strict=True))]
    (run,) = stage.client.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    context = failed["state"]["failureContext"]
    assert (context["workflowExecutionId"], context["workflowArn"], context["failedStep"]) == (
        run["workflowExecutionId"],
        run["workflowBuildVersionArn"],
        "ModifyImageAttributes",
    )
    assert (run["type"], run["totalStepCount"], run["totalStepsFailed"]) == ("DISTRIBUTION", 3, 1)
    unknown = f"wf-{'0' * 8}-0000-0000-0000-{'0' * 12}"
    with pytest.raises(stage.client.exceptions.ResourceNotFoundException):
        stage.client.list_workflow_step_executions(workflowExecutionId=unknown)


def test_tags_of_images(stage: ImageStage) -> None:
    arn = stage.start(entry(AWAY), tags={"team": "web"})
    stage.client.tag_resource(resourceArn=arn, tags={"stage": "test", "team": "db"})
    stage.client.untag_resource(resourceArn=arn, tagKeys=["stage"])
    assert stage.client.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "db"}
    assert stage.client.list_image_build_versions()["imageSummaryList"][0]["tags"] == {"team": "db"}
    tags = stage.moto_resources.tags_of(stage.ami(stage.finish(arn)))
    assert tags == {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": arn}, "an image's tags are not its AMIs'"


def test_a_new_image_is_not_shown_at_once(stage: ImageStage) -> None:
    from moto.imagebuilder.switches import switches

    switches.set(looks_before_shown=4)
    arn = stage.start(entry(AWAY))
    codes = []
    for _attempt in range(3):
        with pytest.raises(ClientError) as caught:
            stage.client.cancel_image_creation(imageBuildVersionArn=arn, clientToken="end")
        codes.append(caught.value.response["Error"]["Code"])
    assert sorted(codes) == ["InvalidRequestException", "ResourceInUseException", "ResourceNotFoundException"]
    assert stage.client.list_image_build_versions()["imageSummaryList"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        stage.client.get_image(imageBuildVersionArn=arn)
    assert stage.client.get_image(imageBuildVersionArn=arn)["image"]["arn"] == arn
    assert len(stage.client.list_image_build_versions()["imageSummaryList"]) == 1


def test_recipes_are_listed_by_kind(stage: ImageStage) -> None:
    from moto.imagebuilder import imagebuilder_backends

    backend = imagebuilder_backends[SOURCE][HOME]
    backend.plant_recipe("web", "ami-0abcdef1234567890")
    backend.plant_recipe("box", "amazonlinux:2023", kind="container", instance_image="ami-0fedcba9876543210")
    (image,) = stage.client.list_image_recipes()["imageRecipeSummaryList"]
    assert (image["arn"].rpartition(":")[2], image["parentImage"]) == (
        "image-recipe/web/1.0.0",
        "ami-0abcdef1234567890",
    )
    (container,) = stage.client.list_container_recipes(owner="Self")["containerRecipeSummaryList"]
    assert (container["containerType"], container["instanceImage"]) == ("DOCKER", "ami-0fedcba9876543210")
    assert stage.client.list_image_recipes(owner="Shared")["imageRecipeSummaryList"] == []
