"""What a distribution leaves behind: AMIs, tags, keys, launch permissions, templates, parameters and the rest."""

from __future__ import annotations

import json
import re
from typing import Any

import boto3
import pytest

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import failures
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import SERVICE_TRUST
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import TARGET
from tests.unit.local_aws.stage import trust
from tests.world import TWO as OTHER

LICENSE = f"arn:aws:license-manager:{AWAY}:{SOURCE}:license-configuration:lic-" + "0a" * 16

OWN_TEMPLATE = {"launchTemplateName": f"web-{SOURCE}"}


def ec2_of(account: str, region: str = AWAY) -> Any:
    from moto.ec2.models import ec2_backends

    return ec2_backends[account][region]


def make_template(account: str, region: str = AWAY, **tags: str) -> Any:
    ec2 = ec2_of(account, region)
    template = ec2.create_launch_template(f"web-{account}", "", {"InstanceType": "t3.micro", "ImageId": "ami-old"}, {})
    template.add_tags(tags or {"CreatedBy": "EC2 Image Builder"})
    return template


def parameter(account: str, name: str, region: str = AWAY) -> Any:
    from moto.ssm.models import ssm_backends

    return ssm_backends[account][region].get_parameter(name)


def record(account: str, ami_id: str) -> dict[str, Any]:
    from moto.imagebuilder import imagebuilder_backends

    return imagebuilder_backends[account][AWAY].records.get(ami_id, {})


def with_(one: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {**one, **members}


def test_copies_have_name_description_and_tags(stage: ImageStage) -> None:
    stage.source.description = "of the source"
    stage.admit()
    stage.places.put_parameter(SOURCE, HOME, "/golden/owner", "team web", "text")
    tags = {"Team": "web", "Build": "{{imagebuilder:buildVersion}}", "Owner": "{{ ssm:/golden/owner }}", "a": ""}
    one = entry(AWAY, [SOURCE, TARGET], description="web server", amiTags=tags)
    image = stage.run(one, entry("eu-west-2"))
    assert image["state"] == {"status": "AVAILABLE"}
    for account in (SOURCE, TARGET):
        ami = stage.ami(image, account=account)
        assert re.fullmatch(r"web 20\d\d-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{6}Z", ami.name)
        assert (ami.owner_id, ami.description, ami.state) == (account, "web server", "available")
        assert stage.places.tags_of(ami) == {
            "Team": "web",
            "Build": "1.0.0/1",
            "Owner": "team web",
            "a": "",
            "CreatedBy": "EC2 Image Builder",
            "Ec2ImageBuilderArn": image["arn"],
        }
        assert ami.launch_permissions == []
        snapshot_tags = {"CreatedBy": "EC2 Image Builder"} if account == SOURCE else {}
        assert stage.places.tags_of(ami.ebs_snapshot) == snapshot_tags
    assert stage.ami(image, "eu-west-2").description is None, "copies do not take the source's description over"


def test_only_the_accounts_that_are_listed_get_a_copy(stage: ImageStage) -> None:
    stage.admit(TARGET)
    stage.admit(OTHER)
    image = stage.run(entry(AWAY, [TARGET, OTHER]), entry("eu-west-2"))
    where = [(ami["region"], ami["accountId"]) for ami in image["outputResources"]["amis"]]
    assert where == [(AWAY, TARGET), (AWAY, OTHER), ("eu-west-2", SOURCE)]
    assert not ec2_of(SOURCE).amis
    assert stage.source.launch_permissions == [{"UserId": TARGET}, {"UserId": OTHER}]
    assert stage.source.ebs_snapshot.create_volume_permission_userids == {TARGET, OTHER}


def test_home_is_the_source_itself(stage: ImageStage) -> None:
    image = stage.run(entry(HOME, amiTags={"Team": "web"}, launchPermission={"userIds": [OTHER]}))
    assert stage.ami(image, HOME) is stage.source
    assert stage.source.name == "web server"
    assert stage.places.tags_of(stage.source) == {"Team": "web"}
    assert stage.source.launch_permissions == [{"UserId": OTHER}]


def test_home_is_a_copy_if_asked(stage: ImageStage) -> None:
    from moto.imagebuilder.switches import switches

    switches.set(home_image="copy")
    image = stage.run(entry(HOME, launchPermission={"userIds": [OTHER]}))
    made = stage.ami(image, HOME)
    assert made is not stage.source
    assert stage.places.tags_of(made)["CreatedBy"] == "EC2 Image Builder"
    assert (made.launch_permissions, stage.source.launch_permissions) == ([{"UserId": OTHER}], [])


def test_launch_permissions_of_every_kind(stage: ImageStage) -> None:
    stage.admit()
    organization = f"arn:aws:organizations::{SOURCE}:organization/o-a1b2c3d4e5"
    units = [f"arn:aws:organizations::{SOURCE}:ou/o-a1b2c3d4e5/ou-ab12-cd34ef5{number}" for number in (6, 7)]
    wanted = {
        "userIds": [OTHER, TARGET],
        "userGroups": ["all"],
        "organizationArns": [organization],
        "organizationalUnitArns": units,
    }
    image = stage.run(entry(AWAY, [SOURCE, TARGET], launchPermission=wanted))
    for account in (SOURCE, TARGET):
        assert stage.ami(image, account=account).launch_permissions == [
            {"UserId": OTHER},
            {"UserId": TARGET},
            {"Group": "all"},
            {"OrganizationArn": organization},
            *({"OrganizationalUnitArn": unit} for unit in units),
        ]
    ami = stage.ami(image)
    shown = boto3.client("ec2", AWAY).describe_image_attribute(ImageId=ami.id, Attribute="launchPermission")
    assert len(shown["LaunchPermissions"]) == 6


def test_public_images_are_blocked(stage: ImageStage) -> None:
    from moto.imagebuilder import imagebuilder_backends

    imagebuilder_backends[SOURCE][AWAY].block_public_access = True
    public = {"userGroups": ["all"]}
    failed = stage.run(entry(AWAY, launchPermission=public), entry("eu-west-2", launchPermission=public))
    assert failed["state"]["reason"] == (
        "Not all distribution jobs are completed. 1) EC2 Client Error: 'You can\u2019t publicly share this image "
        "because block public access for AMIs is enabled for this account. To publicly share the image, you must call "
        "the DisableImageBlockPublicAccess API.' when distributing the image from the source account (ID: "
        "123456789012) to the destination account (ID: 123456789012) in Region eu-west-1."
    )
    assert failed["state"]["failureContext"]["failedStep"] == "ModifyImageAttributes"
    assert stage.ami(failed, "eu-west-2").is_public
    private = stage.configure(entry(AWAY, launchPermission={"userIds": [OTHER]}), name="private")
    shared = stage.run(distributionConfigurationArn=private, clientToken="private")
    assert shared["state"] == {"status": "AVAILABLE"}, "only public AMIs are blocked"
    imagebuilder_backends[SOURCE][AWAY].block_public_access = False
    stage.client.retry_image(imageBuildVersionArn=failed["arn"], clientToken="again")
    assert stage.ami(stage.finish(failed["arn"])).is_public


def test_launch_templates_get_a_version(stage: ImageStage) -> None:
    stage.admit()
    own, foreign = make_template(SOURCE), make_template(TARGET)
    quiet = make_template(SOURCE, "eu-west-2")
    configurations = [{"launchTemplateId": own.id}, {"launchTemplateId": foreign.id, "accountId": TARGET}]
    unset = {"launchTemplateConfigurations": [{"launchTemplateId": quiet.id, "setDefaultVersion": False}]}
    image = stage.run(
        {**entry(AWAY, [SOURCE, TARGET]), "launchTemplateConfigurations": configurations},
        {**entry("eu-west-2"), **unset},
    )
    assert image["state"] == {"status": "AVAILABLE"}
    for template in (own, foreign):
        assert [version.image_id for version in template.versions] == ["ami-old", stage.ami(image).id], (
            "a template of another account gets the AMI of the source account as well"
        )
        assert template.default_version_number == 2
        assert template.versions[1].instance_type == "t3.micro"
    assert quiet.versions[1].image_id == stage.ami(image, "eu-west-2").id
    assert quiet.default_version_number == 1


def test_launch_template_that_is_missing(stage: ImageStage) -> None:
    there = make_template(SOURCE)
    missing = "lt-0a1b2c3d4e5f67890"
    configurations = [{"launchTemplateId": missing}, {"launchTemplateId": there.id}]
    parameters = [{"parameterName": "/golden/web"}]
    failed = stage.run(
        {**entry(AWAY), "launchTemplateConfigurations": configurations, "ssmParameterConfigurations": parameters},
        {**entry("eu-west-2"), "ssmParameterConfigurations": parameters},
    )
    (failure,) = failures(failed)
    assert (failure["region"], failure["imageConfigurationStep"]) == (AWAY, "UPDATE_LAUNCH_TEMPLATES")
    assert missing in failure["errorMessage"]
    assert len(there.versions) == 1
    assert parameter(SOURCE, "/golden/web") is None
    assert parameter(SOURCE, "/golden/web", "eu-west-2").value == stage.ami(failed, "eu-west-2").id


def test_parameters_are_put_in_the_right_account(stage: ImageStage) -> None:
    from moto.imagebuilder.switches import switches

    stage.admit()
    wanted = [
        {"parameterName": "/golden/web"},
        {"parameterName": "golden-web", "amiAccountId": TARGET, "dataType": "aws:ec2:image"},
    ]
    configuration = stage.configure({**entry(AWAY, [SOURCE, TARGET]), "ssmParameterConfigurations": wanted})
    image = stage.run(distributionConfigurationArn=configuration)
    own, foreign = parameter(SOURCE, "/golden/web"), parameter(TARGET, "golden-web")
    assert (own.value, own.data_type, own.version) == (stage.ami(image).id, "text", 1)
    assert (foreign.value, foreign.data_type) == (stage.ami(image, account=TARGET).id, "aws:ec2:image")
    assert parameter(TARGET, "/golden/web") is None
    switches.set(ssm_data_type="aws:ec2:image")
    (failure,) = failures(stage.run(distributionConfigurationArn=configuration, clientToken="two"))
    assert "HierarchyTypeMismatchException" in failure["errorMessage"]
    boto3.client("ssm", AWAY).delete_parameter(Name="/golden/web")
    again = stage.run(distributionConfigurationArn=configuration, clientToken="three")
    own = parameter(SOURCE, "/golden/web")
    assert (own.value, own.data_type, own.version) == (stage.ami(again).id, "aws:ec2:image", 1)


def test_parameter_for_an_account_without_a_copy(stage: ImageStage) -> None:
    stage.admit()
    wanted = [{"parameterName": "/golden/web", "amiAccountId": TARGET}]
    failed = stage.run({**entry(AWAY), "ssmParameterConfigurations": wanted})
    (failure,) = failures(failed)
    assert (failure["imageConfigurationStep"], failure["targetAccountId"]) == ("PUT_SSM_PARAMETERS", TARGET)


def test_entries_without_an_ami_block_copy_all_the_same(stage: ImageStage) -> None:
    template = make_template(SOURCE)
    container = {"targetRepository": {"service": "ECR", "repositoryName": "web"}}
    image = stage.run(
        {"region": AWAY, "launchTemplateConfigurations": [{"launchTemplateId": template.id}]},
        {"region": "eu-west-2", "containerDistributionConfiguration": container},
    )
    assert [ami["region"] for ami in image["outputResources"]["amis"]] == [AWAY]
    assert template.versions[1].image_id == stage.ami(image).id


def test_licences_and_fast_launch(stage: ImageStage) -> None:
    stage.source.platform = "windows"
    stage.plant_license(LICENSE)
    template = make_template(SOURCE)
    launch = {"enabled": True, "launchTemplate": {"launchTemplateName": template.name, "launchTemplateVersion": "1"}}
    image = stage.run(
        {
            **entry(AWAY),
            "licenseConfigurationArns": [LICENSE],
            "fastLaunchConfigurations": [launch, {"enabled": False, "maxParallelLaunches": 1}],
        }
    )
    assert image["state"] == {"status": "AVAILABLE"}
    assert record(SOURCE, stage.ami(image).id) == {"licenses": [LICENSE], "fast_launch": launch}


EXPORT = {"roleName": "vmimport", "diskImageFormat": "VMDK", "s3Bucket": "vm-images"}


def ready_to_export(stage: ImageStage, region: str = AWAY) -> None:
    boto3.client("s3", region).create_bucket(
        Bucket="vm-images", CreateBucketConfiguration={"LocationConstraint": region}
    )
    stage.put_role("vmimport", trust({"Service": "vmie.amazonaws.com"}, StringEquals={"sts:Externalid": "vmimport"}))


def test_an_export(stage: ImageStage) -> None:
    ready_to_export(stage)
    image = stage.run({**entry(AWAY), "s3ExportConfiguration": EXPORT})
    assert image["state"] == {"status": "AVAILABLE"}
    assert record(SOURCE, stage.ami(image).id) == {"exports": [EXPORT]}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ({"platform": "windows"}, "AWS-licensed software"),
        ({"details": "Linux with SQL Server Web"}, "AWS-licensed software"),
        ({"product_codes": {"abc"}}, "third-party software"),
    ],
)
def test_what_an_image_holds_may_keep_it_from_being_exported(
    stage: ImageStage, source: dict[str, Any], text: str
) -> None:
    ready_to_export(stage)
    vars(stage.source).update(source)
    failed = stage.run({**entry(AWAY), "s3ExportConfiguration": EXPORT})
    (failure,) = failures(failed)
    assert failure["imageConfigurationStep"] == "EXPORT_AMI"
    assert text in failure["errorMessage"]
    # The copy stays.
    assert stage.ami(failed).state == "available"


def test_encrypted_images_are_not_exported(stage: ImageStage) -> None:
    ready_to_export(stage)
    stage.source.ebs_snapshot.encrypted = True
    failed = stage.run({**entry(AWAY), "s3ExportConfiguration": EXPORT})
    assert "encrypted snapshots" in failures(failed)[0]["errorMessage"]


def test_the_bucket_of_an_export_must_be_in_the_region(stage: ImageStage) -> None:
    ready_to_export(stage, "eu-central-1")
    failed = stage.run({**entry(AWAY), "s3ExportConfiguration": EXPORT})
    assert "not in the Region eu-west-1" in failures(failed)[0]["errorMessage"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("runner/ami/id", "must be a fully qualified name"),
        ("/" + "/".join("abcdefghijklmnop"), "maximum of 15 levels"),
        ("/aws/images", "prefixed with aws or ssm"),
        ("SSMimages", "prefixed with aws or ssm"),
        ("/" + "/".join("abcdefghijklmno"), ""),
        ("runner.ami-id", ""),
    ],
)
def test_names_that_ssm_does_not_take(stage: ImageStage, name: str, text: str) -> None:
    run = stage.run({**entry(AWAY), "ssmParameterConfigurations": [{"parameterName": name}]})
    if text == "":
        assert run["state"] == {"status": "AVAILABLE"}
        return
    (failure,) = failures(run)
    assert failure["imageConfigurationStep"] == "PUT_SSM_PARAMETERS"
    assert text in failure["errorMessage"]


@pytest.mark.parametrize(
    ("source", "permission", "text"),
    [
        ({}, {"userGroups": ["everybody"]}, "UserGroup is invalid"),
        ({"watermarks": ["approved"]}, {"userGroups": ["all"]}, "watermarks"),
        ({"product_codes": {"abc"}}, {"userGroups": ["all"]}, "product codes"),
        ({"product_codes": {"abc"}}, {"userIds": [TARGET]}, None),
        ({}, {"userGroups": ["all"]}, None),
    ],
)
def test_launch_permissions_that_ec2_does_not_give(
    stage: ImageStage, source: dict[str, Any], permission: dict[str, Any], text: str | None
) -> None:
    vars(stage.source).update(source)
    run = stage.run(entry(AWAY, launchPermission=permission))
    if text is None:
        assert run["state"] == {"status": "AVAILABLE"}
    else:
        assert text in failures(run)[0]["errorMessage"]


@pytest.mark.parametrize("permission", [{"userGroups": ["all"]}, {"userIds": [TARGET]}])
def test_encrypted_images_are_shared_under_a_customers_key_and_never_public(
    stage: ImageStage, permission: dict[str, Any]
) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    key = boto3.client("kms", AWAY).create_key(Policy=policy)["KeyMetadata"]["Arn"]
    run = stage.run(entry(AWAY, kmsKeyId=key, launchPermission=permission))
    if "userIds" in permission:
        assert run["state"] == {"status": "AVAILABLE"}
    else:
        assert "encrypted snapshots" in failures(run)[0]["errorMessage"]


def test_an_ami_that_is_not_available_is_not_copied(stage: ImageStage) -> None:
    stage.source.state = "pending"
    failed = stage.run(entry(AWAY))
    assert "is pending and not available" in failures(failed)[0]["errorMessage"]


@pytest.mark.parametrize(
    ("platform", "launch", "text"),
    [
        (None, {}, "Windows"),
        ("windows", {"maxParallelLaunches": 5}, "6 or greater"),
        ("windows", {"accountId": TARGET}, "owner"),
        ("windows", {"launchTemplate": {"launchTemplateName": "unknown"}}, "does not exist"),
        (
            "windows",
            {"launchTemplate": {"launchTemplateName": f"web-{SOURCE}", "launchTemplateVersion": "7"}},
            "version 7",
        ),
    ],
)
def test_fast_launch_that_cannot_be(stage: ImageStage, platform: Any, launch: dict[str, Any], text: str) -> None:
    stage.source.platform = platform
    make_template(SOURCE)
    failed = stage.run({**entry(AWAY), "fastLaunchConfigurations": [{"enabled": True, **launch}]})
    (failure,) = failures(failed)
    assert failure["imageConfigurationStep"] == "UPDATE_FAST_LAUNCH_CONFIGURATIONS"
    assert text in failure["errorMessage"]


@pytest.mark.parametrize("missing", ["role", "trust", "bucket"])
def test_export_that_cannot_be(stage: ImageStage, missing: str) -> None:
    if missing != "role":
        principal = SERVICE_TRUST if missing == "trust" else {"Service": "vmie.amazonaws.com"}
        stage.put_role("vmimport", trust(principal))
    export = {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "vm-images"}
    failed = stage.run({**entry(AWAY), "s3ExportConfiguration": export})
    (failure,) = failures(failed)
    assert failure["imageConfigurationStep"] == "EXPORT_AMI"
    expected = {"role": "'vmimport' does not exist", "trust": "does not trust", "bucket": "vm-images does not exist"}
    assert expected[missing].replace("'vmimport'", "").strip() in failure["errorMessage"]


def test_region_that_does_not_exist(stage: ImageStage) -> None:
    failed = stage.run(entry("eu-wst-1"), entry(AWAY))
    (failure,) = failures(failed)
    assert failure["region"] == "eu-wst-1"
    assert stage.ami(failed) is not None


def test_source_that_is_gone(stage: ImageStage) -> None:
    arn = stage.start(entry(AWAY))
    ec2_of(SOURCE, HOME).deregister_image(stage.source.id)
    assert stage.source.id in failures(stage.finish(arn))[0]["errorMessage"]


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        ("COPY_AMI", {}),
        ("MODIFY_IMAGE_ATTRIBUTES", {"launchPermission": {"userIds": [OTHER]}}),
    ],
)
def test_failures_on_demand_strike_where_they_are_asked_for(
    stage: ImageStage, step: str, wanted: dict[str, Any]
) -> None:
    from moto.imagebuilder.trouble import troubles

    stage.admit()
    troubles.add(step=step, region=AWAY, account=TARGET, message="luck ran out", status="TIMED_OUT", times=1)
    configuration = stage.configure(entry(AWAY, [SOURCE, TARGET], **wanted), entry("eu-west-2", [TARGET], **wanted))
    failed = stage.run(distributionConfigurationArn=configuration)
    assert failures(failed) == [
        {"region": AWAY, "status": "TIMED_OUT", "errorMessage": "luck ran out", "targetAccountId": TARGET}
    ]
    assert stage.ami(failed) is not None
    again = stage.run(distributionConfigurationArn=configuration, clientToken="two")
    assert again["state"] == {"status": "AVAILABLE"}, "it was to strike once"
    assert troubles.as_list()[0]["struck"] == 1


def test_failures_of_every_step_can_be_had(stage: ImageStage) -> None:
    from moto.imagebuilder.trouble import STEPS
    from moto.imagebuilder.trouble import troubles

    stage.source.platform = "windows"
    stage.plant_license(LICENSE)
    template = make_template(SOURCE)
    one = {
        **entry(AWAY),
        "licenseConfigurationArns": [LICENSE],
        "launchTemplateConfigurations": [{"launchTemplateId": template.id}],
        "ssmParameterConfigurations": [{"parameterName": "/golden/web"}],
        "fastLaunchConfigurations": [{"enabled": True}],
        "s3ExportConfiguration": {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "vm-images"},
    }
    configuration = stage.configure(one)
    for step in STEPS[2:]:
        identifier = troubles.add(step=step, message=f"no {step}")["identifier"]
        (failure,) = failures(stage.run(distributionConfigurationArn=configuration, clientToken=step))
        assert (failure["imageConfigurationStep"], failure["errorMessage"]) == (step, f"no {step}")
        troubles.clear(identifier)
    for members in ({"step": "COPY"}, {"step": "COPY_AMI", "status": "GONE"}):
        with pytest.raises(ValueError, match="one of"):
            troubles.add(**members)


def _steps(stage: ImageStage, arn: str) -> list[dict[str, Any]]:
    """The steps of the only workflow of an image, each as GetWorkflowStepExecution shows it."""
    (workflow,) = stage.client.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    steps = stage.client.list_workflow_step_executions(workflowExecutionId=workflow["workflowExecutionId"])["steps"]
    assert not any("outputs" in step for step in steps)
    return [stage.client.get_workflow_step_execution(stepExecutionId=step["stepExecutionId"]) for step in steps]


def test_the_steps_put_out_what_became_of_each_target(stage: ImageStage) -> None:
    from moto.imagebuilder.trouble import troubles

    stage.admit()
    troubles.add(step="COPY_AMI", region=AWAY, account=TARGET, message="no key", times=1)
    arn = stage.start(entry(HOME), entry(AWAY, [SOURCE, TARGET]))
    stage.finish(arn)
    first, second, _third = _steps(stage, arn)
    assert (first["name"], first["status"], first["imageBuildVersionArn"]) == ("DistributeImage", "FAILED", arn)
    found = {(one["region"], one["accountId"]): one for one in json.loads(first["outputs"])["distributedImages"]}
    assert found[AWAY, SOURCE]["status"] == found[HOME, SOURCE]["status"] == "Completed"
    assert found[AWAY, SOURCE]["amiId"].startswith("ami-")
    failed = found[AWAY, TARGET]
    assert (failed["status"], failed["step"], failed["errorMessage"]) == ("Failed", "CopyAmiRunning", "no key")
    assert "outputs" not in second


def test_the_last_step_says_where_it_stopped(stage: ImageStage) -> None:
    from moto.imagebuilder.trouble import troubles

    troubles.add(step="PUT_SSM_PARAMETERS", message="no right", times=1)
    arn = stage.start({**entry(AWAY), "ssmParameterConfigurations": [{"parameterName": "/web"}]})
    stage.finish(arn)
    (target,) = json.loads(_steps(stage, arn)[2]["outputs"])["configuredImages"]
    assert (target["status"], target["step"]) == ("Failed", "PutSsmParametersRunning")
