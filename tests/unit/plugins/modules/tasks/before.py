"""What exists before a task: configurations, pipelines, rollouts, and what they refer to."""

from __future__ import annotations

import importlib
import json
from typing import Any

from tests.unit.conftest import COLLECTION
from tests.unit.plugins.modules.enforced import AWAY
from tests.unit.plugins.modules.enforced import Enforced
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import SOURCE
from tests.unit.plugins.modules.enforced import TARGET
from tests.unit.plugins.modules.tasks.parts import DESTINATION_ROLE
from tests.unit.plugins.modules.tasks.parts import FURTHER
from tests.unit.plugins.modules.tasks.parts import NAME
from tests.unit.plugins.modules.tasks.parts import OWNED
from tests.unit.plugins.modules.tasks.parts import PLACE
from tests.unit.plugins.modules.tasks.parts import ROLE
from tests.unit.plugins.modules.tasks.parts import WEB


def configured(here: Enforced, name: str = "web", **more: Any) -> str:
    """A configuration. Returns its ARN."""
    entries = [{"region": REGION, "amiDistributionConfiguration": {"name": NAME}}]
    request = {"name": name, "distributions": entries, **more}
    return here.client("imagebuilder").create_distribution_configuration(**request)["distributionConfigurationArn"]


def pipeline(here: Enforced, **more: Any) -> str:
    """A pipeline. Returns its ARN."""
    recipe = {} if "containerRecipeArn" in more else {"imageRecipeArn": f"{PLACE}:image-recipe/web/1.0.0"}
    return here.client("imagebuilder").create_image_pipeline(
        name="nightly",
        **recipe,
        infrastructureConfigurationArn=f"{PLACE}:infrastructure-configuration/web",
        **more,
    )["imagePipelineArn"]


def exists(here: Enforced) -> dict[str, Any]:
    """The configuration `web`, with a tag."""
    configured(here, tags={"old": "1"})
    return {}


def is_used(here: Enforced) -> dict[str, Any]:
    """The same, and a pipeline that uses it."""
    pipeline(here, distributionConfigurationArn=configured(here))
    return {}


def name_is_taken(here: Enforced) -> dict[str, Any]:
    """The same, created by somebody between our read and our create."""
    configured(here)
    api = importlib.import_module(f"{COLLECTION}.module_utils._aws.api")
    read = api.get_configuration
    here.patch.setattr(api, "get_configuration", lambda *arguments, **more: read(*arguments, **more) and None)
    return {}


def set_of_all(here: Enforced) -> dict[str, Any]:
    """Something to create, update, tag, delete, and to keep because a pipeline uses it."""
    configured(here, "changed")
    configured(here, "tagged", tags={**OWNED, "old": "1"})
    configured(here, "listed-absent")
    configured(here, "purged", tags=OWNED)
    pipeline(here, distributionConfigurationArn=configured(here, "kept", tags=OWNED))
    return {}


def execution_role(here: Enforced, age: int = 86400) -> None:
    """A role that may do everything, created some seconds ago."""
    from datetime import timedelta

    from tests.unit.local_aws.stage import document
    from tests.unit.local_aws.stage import EVERYTHING
    from tests.unit.local_aws.stage import ImageStage
    from tests.unit.local_aws.stage import SERVICE_TRUST
    from tests.unit.local_aws.stage import trust

    role = ImageStage.put_role("dist", trust(SERVICE_TRUST), document(EVERYTHING))
    role.create_date -= timedelta(seconds=age)


def source_image(here: Enforced) -> dict[str, Any]:
    """A source AMI, an execution role, and the configuration `web`."""
    from moto.imagebuilder import moto_resources

    execution_role(here)
    configured(here)
    return {"source_image": moto_resources.plant_ami(SOURCE, REGION, "web").id}


def source_in_a_parameter(here: Enforced) -> dict[str, Any]:
    options = source_image(here)
    here.client("ssm").put_parameter(Name="/tested", Value=options["source_image"], Type="String")
    return {"source_image": "ssm:/tested"}


def distributed(here: Enforced, **more: Any) -> dict[str, Any]:
    """The same, and a complete rollout of it."""
    options = source_image(here)
    more = {"wait": True, **more}
    here.result = here.run("imagebuilder_image_distribution", {**DISTRIBUTE, **options, **more}, None)
    return options


def distributed_and_failed(here: Enforced) -> dict[str, Any]:
    from moto.imagebuilder.trouble import troubles

    troubles.add(step="COPY_AMI", times=1)
    return distributed(here)


def distributed_as_web(here: Enforced) -> dict[str, Any]:
    distributed(here)
    return {}


def still_running(here: Enforced) -> dict[str, Any]:
    from moto.imagebuilder.switches import switches

    switches.set(hold_images_in="DISTRIBUTING")
    return distributed(here, wait=False)


def distributed_by_arn(here: Enforced) -> dict[str, Any]:
    distributed(here)
    return {"image_build_version_arn": here.result["image"]["arn"]}


def role_too_new(here: Enforced) -> dict[str, Any]:
    from moto.imagebuilder.switches import switches

    options = source_image(here)
    execution_role(here, age=0)
    switches.set(role_propagation_calls=1)
    return options


def everything_distributed(here: Enforced) -> dict[str, Any]:
    """An AMI in a target account and in the home Region with all references, and a pipeline with the configuration."""
    from moto.imagebuilder import moto_resources
    from moto.imagebuilder.switches import switches

    from tests.unit.local_aws.stage import document
    from tests.unit.local_aws.stage import EVERYTHING
    from tests.unit.local_aws.stage import ImageStage
    from tests.unit.local_aws.stage import trust

    execution_role(here)
    trusting = trust({"AWS": f"arn:aws:iam::{SOURCE}:root"})
    ImageStage.put_role(DESTINATION_ROLE, trusting, document(EVERYTHING), account=TARGET)
    template = here.client("ec2", AWAY).create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": "ami-0abcdef1234567890"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    away = {
        "region": AWAY,
        "amiDistributionConfiguration": {
            "name": NAME,
            "kmsKeyId": key_of(here, AWAY, *(f"arn:aws:iam::{account}:root" for account in (SOURCE, TARGET))),
            "targetAccountIds": [SOURCE, TARGET],
        },
        "launchTemplateConfigurations": [{"launchTemplateId": template}],
        "ssmParameterConfigurations": [{"parameterName": "/golden/web", "dataType": "text"}],
        "fastLaunchConfigurations": [{"enabled": True}],
        "s3ExportConfiguration": {"roleName": "vmimport", "s3Bucket": "vm-images", "diskImageFormat": "RAW"},
        "licenseConfigurationArns": [licenses(here, AWAY)],
    }
    home = {"region": REGION, "amiDistributionConfiguration": {"name": NAME}}
    here.distributions = [home, away]
    pipeline(here, distributionConfigurationArn=configured(here, distributions=[home, away]))
    ImageStage.put_role("vmimport", trust({"Service": "vmie.amazonaws.com"}), document(EVERYTHING), account=SOURCE)
    here.client("s3", AWAY).create_bucket(Bucket="vm-images", CreateBucketConfiguration={"LocationConstraint": AWAY})
    # EC2 exports no encrypted image of Windows, but no other image has everything that is looked at.
    switches.set(export_anything=True)
    here.source = moto_resources.plant_ami(SOURCE, REGION, "web", platform="windows").id
    here.result = here.run("imagebuilder_image_distribution", {**DISTRIBUTE, "source_image": here.source}, None)
    return {}


def licenses(here: Enforced, region: str) -> str:
    """A licence configuration. Returns its ARN."""
    manager = here.client("license-manager", region)
    made = manager.create_license_configuration(Name="web", LicenseCountingType="vCPU")
    arn: str = made["LicenseConfigurationArn"]
    return arn


def wave_is_due(here: Enforced) -> dict[str, Any]:
    """Everything is distributed, but then one more Region was added to the whole configuration and to the wave's."""
    everything_distributed(here)
    more = {"region": FURTHER, "amiDistributionConfiguration": {"name": NAME}}
    entries = [*here.distributions, more]
    write = here.client("imagebuilder").update_distribution_configuration
    write(distributionConfigurationArn=WEB, distributions=entries)
    configured(here, "web-wave-1", distributions=entries, tags={"goldimage.aws:waves": "web"})
    return {"source_image": here.source}


def ready_for_everything(here: Enforced) -> dict[str, Any]:
    """The configuration `web` with every feature, and all that it refers to."""
    from moto.imagebuilder import moto_resources

    from tests.unit.local_aws.stage import document
    from tests.unit.local_aws.stage import EVERYTHING
    from tests.unit.local_aws.stage import ImageStage
    from tests.unit.local_aws.stage import trust

    execution_role(here)
    trusting = trust({"AWS": f"arn:aws:iam::{SOURCE}:root"})
    ImageStage.put_role(DESTINATION_ROLE, trusting, document(EVERYTHING), account=TARGET)
    ImageStage.put_role("vmimport", trust({"Service": "vmie.amazonaws.com"}))
    organizations = here.client("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Arn"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="images")["OrganizationalUnit"]["Arn"]
    template = here.client("ec2", account=TARGET).create_launch_template(
        LaunchTemplateName="web",
        LaunchTemplateData={"ImageId": "ami-0abcdef1234567890"},
        TagSpecifications=[
            {"ResourceType": "launch-template", "Tags": [{"Key": "CreatedBy", "Value": "EC2 Image Builder"}]}
        ],
    )["LaunchTemplate"]["LaunchTemplateId"]
    here.client("ecr").create_repository(repositoryName="web")
    here.client("s3").create_bucket(Bucket="vm-images", CreateBucketConfiguration={"LocationConstraint": REGION})
    entry = {
        "region": REGION,
        "amiDistributionConfiguration": {
            "name": NAME,
            "kmsKeyId": key_of(here, REGION, "*"),
            "targetAccountIds": [SOURCE, TARGET],
            "launchPermission": {
                "userGroups": ["all"],
                "organizationArns": [organization],
                "organizationalUnitArns": [unit],
            },
        },
        "launchTemplateConfigurations": [{"launchTemplateId": template, "accountId": TARGET}],
        "fastLaunchConfigurations": [{"enabled": True}],
        "s3ExportConfiguration": {"roleName": "vmimport", "s3Bucket": "vm-images", "diskImageFormat": "RAW"},
        "licenseConfigurationArns": [licenses(here, REGION)],
        "ssmParameterConfigurations": [{"parameterName": "/golden/web", "amiAccountId": TARGET}],
        "containerDistributionConfiguration": {"targetRepository": {"service": "ECR", "repositoryName": "web"}},
    }
    shared = {"region": AWAY, "amiDistributionConfiguration": {"launchPermission": {"userIds": [TARGET]}}}
    here.client("ec2", AWAY).enable_ebs_encryption_by_default()
    configured(here, distributions=[entry, shared])
    key = here.client("kms").describe_key(KeyId="alias/web")["KeyMetadata"]["Arn"]
    source = moto_resources.plant_ami(SOURCE, REGION, "web", kms_key_id=key).id
    here.client("ssm").put_parameter(Name="/tested", Value=source, Type="String")
    return {"source_image": "ssm:/tested"}


def image_of_image_builder(here: Enforced) -> dict[str, Any]:
    """An image that was distributed, as the source of the same configuration."""
    distributed(here)
    return {"source_image": here.result["image"]["arn"]}


def key_of(here: Enforced, region: str, *admitted: str) -> str:
    """The ARN of the alias of a new key that these may use."""
    from tests.unit.local_aws.stage import document

    kms = here.client("kms", region)
    statement = {"Effect": "Allow", "Principal": {"AWS": list(admitted)}, "Action": "kms:*", "Resource": "*"}
    key = kms.create_key(Policy=json.dumps(document(statement)))["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/web", TargetKeyId=key)
    return f"arn:aws:kms:{region}:{SOURCE}:alias/web"


def drifted(here: Enforced) -> dict[str, Any]:
    """The same as everything_distributed(), and every kind of repairable drift, in both accounts."""
    everything_distributed(here)
    home, away = here.distributions
    ami = {
        **away["amiDistributionConfiguration"],
        "amiTags": {"Team": "web"},
        "launchPermission": {"userIds": [TARGET]},
    }
    here.client("imagebuilder").update_distribution_configuration(
        distributionConfigurationArn=WEB, distributions=[home, {**away, "amiDistributionConfiguration": ami}]
    )
    here.client("ssm", AWAY).put_parameter(Name="/golden/web", Value="ami-1", Type="String", Overwrite=True)
    template = away["launchTemplateConfigurations"][0]["launchTemplateId"]
    here.client("ec2", AWAY).modify_launch_template(LaunchTemplateId=template, DefaultVersion="1")
    return {}


def retired(here: Enforced) -> dict[str, Any]:
    """Two rollouts to a target account, of which the older may be retired. Both list their source image, too."""
    from moto.imagebuilder import moto_resources

    from tests.unit.local_aws.stage import document
    from tests.unit.local_aws.stage import EVERYTHING
    from tests.unit.local_aws.stage import ImageStage
    from tests.unit.local_aws.stage import SERVICE_TRUST
    from tests.unit.local_aws.stage import trust

    execution_role(here)
    trusting = trust({"AWS": f"arn:aws:iam::{SOURCE}:root"})
    ImageStage.put_role(DESTINATION_ROLE, trusting, document(EVERYTHING), account=TARGET)
    lifecycle_role = "Ec2ImageBuilderCrossAccountLifecycleAccess"
    ImageStage.put_role(lifecycle_role, trust(SERVICE_TRUST), document(EVERYTHING), account=TARGET)
    away = {
        "region": AWAY,
        "amiDistributionConfiguration": {"name": NAME, "targetAccountIds": [TARGET]},
        "ssmParameterConfigurations": [{"parameterName": "/golden/web", "amiAccountId": TARGET}],
    }
    here.client("ssm", AWAY, TARGET).put_parameter(Name="/others", Value="none", Type="String")
    configured(here, distributions=[{"region": REGION, "amiDistributionConfiguration": {"name": NAME}}, away])
    for _number in range(2):
        source = moto_resources.plant_ami(SOURCE, REGION, "web").id
        rollout = here.run("imagebuilder_image_distribution", {**DISTRIBUTE, "source_image": source}, None)
        assert rollout["image"]["state"] == "AVAILABLE", rollout
    return {}


def attachable(here: Enforced, age: int = 86400) -> dict[str, Any]:
    execution_role(here, age)
    return {"image_pipeline_arn": pipeline(here), "distribution_configuration_arn": configured(here)}


def attachable_to_containers(here: Enforced) -> dict[str, Any]:
    """A pipeline that builds containers with a custom workflow, and a configuration for it."""
    execution_role(here)
    arn = pipeline(
        here,
        containerRecipeArn=f"{PLACE}:container-recipe/web/1.0.0",
        executionRole=ROLE,
        workflows=[{"workflowArn": f"{PLACE}:workflow/build/web/1.0.0/1"}],
    )
    return {"image_pipeline_arn": arn, "distribution_configuration_arn": configured(here)}


def attachable_with_a_new_role(here: Enforced) -> dict[str, Any]:
    """AWS refuses the role once."""
    import botocore.client
    from botocore.exceptions import ClientError

    original, refusals = botocore.client.BaseClient._make_api_call, ["one"]

    def call(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "UpdateImagePipeline" and refusals:
            refusals.pop()
            raise ClientError({"Error": {"Code": "InvalidParameterValueException", "Message": "No role."}}, operation)
        return original(self, operation, parameters)

    here.patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return attachable(here, age=0)


def attached(here: Enforced) -> dict[str, Any]:
    execution_role(here)
    arn = configured(here)
    made = pipeline(here, distributionConfigurationArn=arn, executionRole=ROLE)
    return {"image_pipeline_arn": made, "distribution_configuration_arn": arn}


DISTRIBUTE = {"name": "web", "execution_role": "dist", "wait_delay": 1, "progress": False}
