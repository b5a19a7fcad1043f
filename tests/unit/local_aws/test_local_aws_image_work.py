"""What a distribution leaves behind: AMIs, tags, keys, launch permissions, templates, parameters and the rest."""

from __future__ import annotations

import re
from typing import Any

import boto3

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import ec2_of
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import failures
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import LICENSE
from tests.unit.local_aws.stage import make_template
from tests.unit.local_aws.stage import record
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import TARGET
from tests.world import TWO as OTHER

OWN_TEMPLATE = {"launchTemplateName": f"web-{SOURCE}"}


def parameter(account: str, name: str, region: str = AWAY) -> Any:
    from moto.ssm.models import ssm_backends

    return ssm_backends[account][region].get_parameter(name)


def test_copies_have_name_description_and_tags(stage: ImageStage) -> None:
    stage.source.description = "of the source"
    stage.admit()
    stage.moto_resources.put_parameter(SOURCE, HOME, "/golden/owner", "team web", "text")
    tags = {"Team": "web", "Build": "{{imagebuilder:buildVersion}}", "Owner": "{{ ssm:/golden/owner }}", "a": ""}
    one = entry(AWAY, [SOURCE, TARGET], description="web server", amiTags=tags)
    image = stage.run(one, entry("eu-west-2"))
    assert image["state"] == {"status": "AVAILABLE"}
    for account in (SOURCE, TARGET):
        ami = stage.ami(image, account=account)
        assert re.fullmatch(r"web 20\d\d-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{6}Z", ami.name)
        assert (ami.owner_id, ami.description, ami.state) == (account, "web server", "available")
        assert stage.moto_resources.tags_of(ami) == {
            "Team": "web",
            "Build": "1.0.0/1",
            "Owner": "team web",
            "a": "",
            "CreatedBy": "EC2 Image Builder",
            "Ec2ImageBuilderArn": image["arn"],
        }
        assert ami.launch_permissions == []
        snapshot_tags = {"CreatedBy": "EC2 Image Builder"} if account == SOURCE else {}
        assert stage.moto_resources.tags_of(ami.ebs_snapshot) == snapshot_tags
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
    assert stage.moto_resources.tags_of(stage.source) == {"Team": "web"}
    assert stage.source.launch_permissions == [{"UserId": OTHER}]


def test_home_is_a_copy_if_a_switch_says_so(stage: ImageStage) -> None:
    from moto.imagebuilder.switches import switches

    switches.set(home_image="copy")
    image = stage.run(entry(HOME, launchPermission={"userIds": [OTHER]}))
    made = stage.ami(image, HOME)
    assert made is not stage.source
    assert stage.moto_resources.tags_of(made)["CreatedBy"] == "EC2 Image Builder"
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


def test_parameters_are_written_in_the_right_account(stage: ImageStage) -> None:
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


def test_entries_without_an_ami_block_are_copied_too(stage: ImageStage) -> None:
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
