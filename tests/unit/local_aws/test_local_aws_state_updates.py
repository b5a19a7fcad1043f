"""StartResourceStateUpdate and its lifecycle executions: rights, exclusions, states, refusals."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import aws_managed
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import EVERYTHING
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import SERVICE_TRUST
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import TARGET
from tests.unit.local_aws.stage import trust

POLICY = "EC2ImageBuilderLifecycleExecutionPolicy"
CROSS_ACCOUNT = "Ec2ImageBuilderCrossAccountLifecycleAccess"
ALL = {"amis": True, "snapshots": True}


@pytest.fixture
def life(stage: ImageStage) -> ImageStage:
    """The stage with the role ``life``, as AWS's guide has it."""
    stage.put_role("life", trust(SERVICE_TRUST), aws_managed(POLICY))
    return stage


def update(stage: ImageStage, arn: str, status: str = "DELETED", token: str = "t", **members: Any) -> dict[str, Any]:
    include = ALL if status == "DELETED" else {"amis": True}
    request = {"executionRole": "life", "includeResources": include, **members}
    request = {name: value for name, value in request.items() if value is not None}
    return stage.client.start_resource_state_update(
        resourceArn=arn, state={"status": status}, clientToken=token, **request
    )


def follow(stage: ImageStage, started: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """The states that an execution goes through, and what became of the AMIs."""
    client, identifier, seen = stage.client, started["lifecycleExecutionId"], []
    while not seen or seen[-1] not in ("SUCCESS", "FAILED"):
        shown = client.get_lifecycle_execution(lifecycleExecutionId=identifier)["lifecycleExecution"]
        seen.append(shown["state"]["status"])
    listed = client.list_lifecycle_execution_resources(
        lifecycleExecutionId=identifier, parentResourceId=started["resourceArn"]
    )
    return seen, listed["resources"]


def refused(**arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        update(**arguments)
    return caught.value.response["Error"]["Code"]


def test_an_image_is_deleted_with_what_image_builder_made(life: ImageStage) -> None:
    arn = life.run(entry(AWAY))["arn"]
    ami = life.ami(life.get(arn))
    started = update(life, arn)
    assert update(life, arn)["lifecycleExecutionId"] == started["lifecycleExecutionId"]
    assert refused(stage=life, arn=arn, token="other") == "ResourceInUseException"
    states, (resource,) = follow(life, started)
    assert states == ["PENDING", "IN_PROGRESS", "SUCCESS"]
    assert (resource["resourceId"], resource["action"]["name"]) == (ami.id, "DELETE")
    assert resource["snapshots"] == [{"snapshotId": ami.ebs_snapshot.id, "state": {"status": "SUCCESS"}}]
    assert life.moto_resources.find_ami(SOURCE, AWAY, ami.id) is None
    assert ami.ebs_snapshot.id not in life.moto_resources.ec2_in(SOURCE, AWAY).snapshots
    assert life.client.list_image_build_versions()["imageSummaryList"] == []
    (listed,) = life.client.list_lifecycle_executions(resourceArn=arn)["lifecycleExecutions"]
    assert listed["state"] == {"status": "SUCCESS"}
    (image,) = life.client.list_lifecycle_execution_resources(lifecycleExecutionId=started["lifecycleExecutionId"])[
        "resources"
    ]
    assert (image["resourceId"], image["state"]["status"]) == (arn, "SUCCESS")


def test_the_managed_policy_protects_what_image_builder_did_not_make(life: ImageStage) -> None:
    arn = life.run(entry(HOME), entry(AWAY))["arn"]
    states, resources = follow(life, update(life, arn))
    assert states[-1] == "FAILED"
    by_region = {one["region"]: one["state"] for one in resources}
    assert by_region[AWAY]["status"] == "SUCCESS"
    assert "not authorized to perform: ec2:DeregisterImage" in by_region[HOME]["reason"]
    assert life.get(arn)["state"]["status"] == "AVAILABLE"
    assert life.moto_resources.find_ami(SOURCE, HOME, life.source.id)


@pytest.mark.parametrize("rule", ["regions", "tagMap", "sharedAccounts", "isPublic"])
def test_what_is_excluded_remains_and_keeps_the_image(life: ImageStage, rule: str) -> None:
    sharing = {"sharedAccounts": {"userIds": [TARGET]}, "isPublic": {"userGroups": ["all"]}}.get(rule)
    arn = life.run(entry(AWAY, amiTags={"stay": "yes"}, **({"launchPermission": sharing} if sharing else {})))["arn"]
    value = {"regions": [AWAY], "tagMap": {"stay": "yes"}, "sharedAccounts": [TARGET], "isPublic": True}[rule]
    states, (resource,) = follow(life, update(life, arn, exclusionRules={"amis": {rule: value}}))
    assert (states[-1], resource["state"]["status"]) == ("SUCCESS", "SKIPPED")
    assert life.ami(life.get(arn))


def test_target_accounts_need_the_role_with_the_fixed_name_for_this_account(life: ImageStage) -> None:
    life.admit()
    arn = life.run(entry(AWAY, [TARGET]))["arn"]
    states, (resource,) = follow(life, update(life, arn))
    assert states[-1] == "FAILED"
    assert CROSS_ACCOUNT in resource["state"]["reason"]
    condition = {
        "StringEquals": {"aws:SourceAccount": SOURCE},
        "ArnLike": {"aws:SourceArn": "arn:*:imagebuilder:*:*:image/*/*/*"},
    }
    document = {"Statement": [EVERYTHING]}
    for account, worked in (("444455556666", "FAILED"), (SOURCE, "SUCCESS")):
        condition["StringEquals"]["aws:SourceAccount"] = account
        life.put_role(CROSS_ACCOUNT, trust(SERVICE_TRUST, **condition), document, account=TARGET)
        states, _resources = follow(life, update(life, arn, token=account))
        assert states[-1] == worked


def test_states_on_the_way_and_back(life: ImageStage) -> None:
    arn = life.run(entry(AWAY, launchPermission={"userIds": [TARGET]}))["arn"]
    ami = life.ami(life.get(arn))
    follow(life, update(life, arn, "DEPRECATED", "one"))
    assert life.moto_resources.tags_of(ami)["DeprecatedBy"] == "EC2 Image Builder"
    follow(life, update(life, arn, "DISABLED", "two"))
    assert (ami.state, ami.launch_permissions, life.get(arn)["state"]["status"]) == ("disabled", [], "DISABLED")
    follow(life, update(life, arn, "AVAILABLE", "three"))
    assert (ami.state, life.get(arn)["state"]["status"]) == ("available", "AVAILABLE")
    answer = update(life, arn, "DEPRECATED", "four", executionRole=None, includeResources=None)
    assert "lifecycleExecutionId" not in answer
    assert life.get(arn)["state"]["status"] == "DEPRECATED"


@pytest.mark.parametrize(
    ("status", "members"),
    [
        ("DELETED", {"includeResources": None, "executionRole": None}),
        ("DELETED", {"executionRole": None}),
        ("DEPRECATED", {"includeResources": ALL}),
        ("DEPRECATED", {"includeResources": None}),
    ],
)
def test_what_does_not_fit_together_is_refused(life: ImageStage, status: str, members: dict[str, Any]) -> None:
    arn = life.run(entry(AWAY))["arn"]
    assert refused(stage=life, arn=arn, status=status, **members) == "InvalidRequestException"


def test_running_and_failed_images_and_roles_without_trust(life: ImageStage) -> None:
    from moto.imagebuilder.switches import switches

    arn = life.start(entry(AWAY))
    assert refused(stage=life, arn=arn) == "InvalidRequestException"
    with pytest.raises(ClientError, match="can not be deleted"):
        life.client.delete_image(imageBuildVersionArn=arn)
    life.client.cancel_image_creation(imageBuildVersionArn=arn, clientToken="end")
    life.finish(arn)
    assert refused(stage=life, arn=arn, status="DEPRECATED") == "InvalidRequestException"
    life.put_role("stranger", trust({"Service": "ec2.amazonaws.com"}), aws_managed(POLICY))
    assert refused(stage=life, arn=arn, executionRole="stranger") == "InvalidParameterValueException"
    switches.set(deleted_images_stay=True)
    follow(life, update(life, arn))
    assert life.get(arn)["state"]["status"] == "DELETED"
    assert refused(stage=life, arn=arn, token="again") == "InvalidRequestException"
    life.client.delete_image(imageBuildVersionArn=arn)
    assert refused(stage=life, arn=arn, token="gone") == "ResourceNotFoundException"


def test_a_scheduled_deprecation_has_no_resources_and_prevents_another_one(life: ImageStage) -> None:
    arn = life.run(entry(AWAY))["arn"]
    assert refused(stage=life, arn=arn, updateAt=time.time() + 60) == "InvalidRequestException"
    assert refused(stage=life, arn=arn, status="DEPRECATED", updateAt=time.time() - 60) == "InvalidRequestException"
    started = update(life, arn, "DEPRECATED", updateAt=time.time() + 86400)
    identifier = started["lifecycleExecutionId"]
    for _look in range(3):
        shown = life.client.get_lifecycle_execution(lifecycleExecutionId=identifier)["lifecycleExecution"]
        assert shown["state"] == {"status": "IN_PROGRESS"}
    assert not life.client.list_lifecycle_execution_resources(lifecycleExecutionId=identifier)["resources"]
    assert refused(stage=life, arn=arn, token="other") == "ResourceInUseException"
    life.client.cancel_lifecycle_execution(lifecycleExecutionId=identifier, clientToken="stop")
    with pytest.raises(ClientError, match="is CANCELLED"):
        life.client.cancel_lifecycle_execution(lifecycleExecutionId=identifier, clientToken="again")
    follow(life, update(life, arn, token="now"))
    assert life.client.list_image_build_versions()["imageSummaryList"] == []
