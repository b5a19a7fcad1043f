"""Tasks of every module in the local AWS of this process, with what must exist before and the permissions they need."""

from __future__ import annotations

import importlib
import json
from typing import Any
from typing import NamedTuple

from tests.unit.conftest import COLLECTION
from tests.unit.plugins.modules.enforced import AWAY
from tests.unit.plugins.modules.enforced import Enforced
from tests.unit.plugins.modules.enforced import READER
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import SOURCE
from tests.unit.plugins.modules.enforced import TARGET

PLACE = f"arn:aws:imagebuilder:{REGION}:{SOURCE}"
WEB = f"{PLACE}:distribution-configuration/web"
NAME = "web {{ imagebuilder:buildDate }}"
FURTHER = "eu-central-1"
TEMPLATE = "lt-0ab1234c56d789012"
ROLE = f"arn:aws:iam::{SOURCE}:role/dist"
AMI = {"region": REGION, "ami_distribution_configuration": {"name_prefix": "web"}}
REFERRING = {
    **AMI,
    "launch_template_configurations": [{"launch_template_id": TEMPLATE}],
    "s3_export_configuration": {"role_name": "vmimport", "disk_image_format": "RAW", "s3_bucket": "vm-images"},
    "ssm_parameter_configurations": [{"parameter_name": "/golden/web"}],
}
OWNED = {"owner": "web"}
DESTINATION_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"


def imagebuilder(*operations: str) -> set[str]:
    """Actions of Image Builder."""
    return {f"imagebuilder:{operation}" for operation in operations}


GET = imagebuilder("GetDistributionConfiguration")
CREATE = GET | imagebuilder("CreateDistributionConfiguration")
UPDATE = GET | imagebuilder("UpdateDistributionConfiguration")
TAG = imagebuilder("TagResource", "UntagResource")
DELETE = GET | imagebuilder("DeleteDistributionConfiguration")
LIST = imagebuilder("ListDistributionConfigurations")
PIPELINES = imagebuilder("ListImagePipelines")
REFERRED = {
    "ec2:DescribeLaunchTemplates",
    "ec2:CreateLaunchTemplateVersion",
    "ec2:ModifyLaunchTemplate",
    "s3:ListBucket",
    "iam:PassRole",
    "ssm:GetParameter",
}
CHANGE_PIPELINE = imagebuilder("GetImagePipeline", "UpdateImagePipeline", "GetImageRecipe", "TagResource")
CHANGE_PIPELINE |= imagebuilder("GetInfrastructureConfiguration", "GetDistributionConfiguration")
OUT = GET | imagebuilder("ListImageBuildVersions", "GetImage")
START = OUT | imagebuilder("DistributeImage", "TagResource") | {"ec2:DescribeImages", "iam:PassRole"}
LOOK = {
    "ec2:DescribeImages",
    "ec2:DescribeImageAttribute",
    "ec2:DescribeSnapshots",
    "kms:DescribeKey",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeLaunchTemplateVersions",
    "ssm:GetParameter",
    "ec2:DescribeFastLaunchImages",
    "ec2:DescribeExportImageTasks",
    "license-manager:ListLicenseSpecificationsForResource",
    "sts:AssumeRole",
}
REPAIRS = {"ec2:ModifyImageAttribute", "ec2:CreateTags", "ssm:PutParameter", "ec2:ModifyLaunchTemplate"}
RETIRE = (
    OUT
    | imagebuilder("StartResourceStateUpdate", "ListLifecycleExecutions", "GetLifecycleExecution")
    | imagebuilder("ListLifecycleExecutionResources", "ListImageRecipes", "ListContainerRecipes")
    | {"iam:PassRole", "sts:AssumeRole", "ssm:GetParameter", "ssm:DescribeParameters", "ssm:GetParameters"}
    | {"ec2:DescribeLaunchTemplateVersions", "ec2:DescribeImages", "ec2:DescribeInstances"}
    | {"ec2:DescribeFleets", "ec2:DescribeSpotFleetRequests", "ec2:DescribeSpotInstanceRequests"}
    | {"autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeLaunchConfigurations"}
)
# Those that do not depend on each other.
LOOKED = (
    {
        "ec2:DescribeImageAttribute",
        "ec2:DescribeSnapshots",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeFastLaunchImages",
        "ec2:DescribeExportImageTasks",
    }
    | {"license-manager:ListLicenseSpecificationsForResource"},
    {"kms:DescribeKey", "ec2:DescribeLaunchTemplateVersions"},
)


class TaskCase(NamedTuple):
    """A task, and exactly the actions that it needs. C(prepare) returns more options."""

    module: str
    needs: set[str]
    options: dict[str, Any]
    prepare: Any = lambda here: {}
    check_mode: bool = False
    # AWS refuses it even with all permissions; the actions are needed to report why.
    fails: bool = False
    # Actions that do not depend on each other, so one run can miss and name all of them.
    together: tuple[set[str], ...] = ()


# -- what is there before ------------------------------------------------------------------------------------------


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
    from moto.imagebuilder import places

    execution_role(here)
    configured(here)
    return {"source_image": places.plant_ami(SOURCE, REGION, "web").id}


def source_in_a_parameter(here: Enforced) -> dict[str, Any]:
    options = source_image(here)
    here.client("ssm").put_parameter(Name="/tested", Value=options["source_image"], Type="String")
    return {"source_image": "ssm:/tested"}


def distributed(here: Enforced, **more: Any) -> dict[str, Any]:
    """The same, and a complete rollout of it."""
    options = source_image(here)
    more = {"wait": True, **more}
    here.result = here.run("imagebuilder_image_distribution", {**PUT, **options, **more}, None)
    return options


def put_out_and_failed(here: Enforced) -> dict[str, Any]:
    from moto.imagebuilder.trouble import troubles

    troubles.add(step="COPY_AMI", times=1)
    return distributed(here)


def put_out_as_web(here: Enforced) -> dict[str, Any]:
    distributed(here)
    return {}


def under_way(here: Enforced) -> dict[str, Any]:
    from moto.imagebuilder.switches import switches

    switches.set(hold_images_in="DISTRIBUTING")
    return distributed(here, wait=False)


def put_out_by_arn(here: Enforced) -> dict[str, Any]:
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
    from moto.imagebuilder import places
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
    here.source = places.plant_ami(SOURCE, REGION, "web", platform="windows").id
    here.result = here.run("imagebuilder_image_distribution", {**PUT, "source_image": here.source}, None)
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
    from moto.imagebuilder import places

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
    source = places.plant_ami(SOURCE, REGION, "web", kms_key_id=key).id
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
    from moto.imagebuilder import places

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
        source = places.plant_ami(SOURCE, REGION, "web").id
        put_out_now = here.run("imagebuilder_image_distribution", {**PUT, "source_image": source}, None)
        assert put_out_now["image"]["state"] == "AVAILABLE", put_out_now
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


# -- IAM roles ---------------------------------------------------------------------------------------------------


def iam_role(
    here: Enforced,
    name: str,
    trusting: list[dict[str, Any]],
    account: str = SOURCE,
    tags: dict[str, str] | None = None,
    managed: str | None = None,
    **inline: dict[str, Any],
) -> None:
    """A role with inline policies by name, hyphens written as underscores."""
    iam = here.client("iam", account=account)
    document = {"Version": "2012-10-17", "Statement": trusting}
    pairs = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document), Tags=pairs)
    for policy, content in inline.items():
        request = {"RoleName": name, "PolicyName": policy.replace("_", "-")}
        iam.put_role_policy(**request, PolicyDocument=json.dumps(content))
    if managed:
        aws_policy(managed, account)
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{managed}")


def aws_policy(name: str, account: str = SOURCE) -> None:
    """An AWS managed policy. moto has either all of them, which takes long, or none."""
    from moto.iam.models import AWSManagedPolicy
    from moto.iam.models import iam_backends

    from tests.unit.local_aws.stage import aws_managed_policies

    backend = iam_backends[account]["aws"]
    policy = AWSManagedPolicy.from_data(name, account, REGION, aws_managed_policies()[name])
    backend.managed_policies[policy.arn] = policy


OWN = {"goldimage.aws:spec": f"web/{SOURCE}/{REGION}"}
REMEMBERING = f"goldimage.aws:accounts/web/{REGION}"
OTHERS = "444455556666"
PUT_PARAMETER = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*"}],
}
SERVICE = {
    "Effect": "Allow",
    "Principal": {"Service": "imagebuilder.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": SOURCE}},
}
TEAM = {
    "Sid": "Team",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{OTHERS}:root"},
    "Action": "sts:AssumeRole",
}
STATEMENT = {
    **TEAM,
    "Sid": f"Goldimage{SOURCE}XwebX{REGION.replace('-', 'X')}",
    "Principal": {"AWS": f"arn:aws:iam::{SOURCE}:root"},
}


def no_roles(here: Enforced) -> dict[str, Any]:
    for account in (SOURCE, TARGET):
        for name in ("EC2ImageBuilderExecutionPolicy", "Ec2ImageBuilderCrossAccountDistributionAccess"):
            aws_policy(name, account)
    return {}


def our_role(here: Enforced) -> dict[str, Any]:
    """An execution role with our policy and somebody else's, whose tags record the target account."""
    tags = {**OWN, REMEMBERING: TARGET}
    iam_role(here, "dist", [SERVICE], tags=tags, goldimage_web_us_west_2=PUT_PARAMETER, others=PUT_PARAMETER)
    return {}


def our_role_alone(here: Enforced) -> dict[str, Any]:
    managed = "EC2ImageBuilderExecutionPolicy"
    iam_role(here, "dist", [SERVICE], tags=OWN, managed=managed, goldimage_web_us_west_2=PUT_PARAMETER)
    return {}


def our_role_at_work(here: Enforced) -> dict[str, Any]:
    """An image that is being distributed with the role."""
    under_way(here)
    here.client("iam").tag_role(RoleName="dist", Tags=[{"Key": key, "Value": value} for key, value in OWN.items()])
    return {}


def cross_account_role_of_others(here: Enforced) -> dict[str, Any]:
    no_roles(here)
    iam_role(here, DESTINATION_ROLE, [TEAM], TARGET, others=PUT_PARAMETER)
    return {}


def cross_account_role_of_ours(here: Enforced) -> dict[str, Any]:
    managed = "Ec2ImageBuilderCrossAccountDistributionAccess"
    own = {f"goldimage_web_us_west_2_{SOURCE}": PUT_PARAMETER}
    iam_role(here, DESTINATION_ROLE, [STATEMENT], TARGET, tags=OWN, managed=managed, **own)
    return {}


def accounts_that_left(here: Enforced) -> dict[str, Any]:
    iam_role(here, "dist", [SERVICE], tags={**OWN, REMEMBERING: f"{TARGET} {OTHERS}"})
    return {}


def account_that_left(here: Enforced) -> dict[str, Any]:
    iam_role(here, "dist", [SERVICE], tags={**OWN, REMEMBERING: TARGET})
    return {}


def set_of_a_spec(here: Enforced) -> dict[str, Any]:
    for name in ("released", "purged"):
        configured(here, name, tags=OWN)
    return {}


# -- the cases -----------------------------------------------------------------------------------------------------

ONE, SET, INFO = "imagebuilder_distribution", "imagebuilder_distribution_set", "imagebuilder_distribution_info"
ROLLOUT, DRIFT = "imagebuilder_image_distribution", "imagebuilder_image_distribution_info"
REPAIR, RETENTION = "imagebuilder_image_distribution_repair", "imagebuilder_image_retention"
ATTACHMENT, PREFLIGHT = "imagebuilder_pipeline_attachment", "imagebuilder_distribution_preflight_info"
PUT = {"name": "web", "execution_role": "dist", "wait_delay": 1, "progress": False}
ENTER = {"target_account_role_name": READER}
NEW = {"name": "web", "distributions": [AMI]}
EXECUTION, CROSS = "imagebuilder_execution_role", "imagebuilder_cross_account_role"
TO_TARGET = {
    **AMI,
    "ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [TARGET]},
    "ssm_parameter_configurations": [{"parameter_name": "/golden/web", "ami_account_id": TARGET}],
}
DIST = {"name": "dist", "spec_id": "web", "distributions": [TO_TARGET]}
CROSSED = {"spec_id": "web", "distributions": [TO_TARGET], **ENTER}
READ_ROLE = {"iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:GetRolePolicy"}
DELETE_ROLE = {"iam:ListInstanceProfilesForRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRole"}
USERS = {"ec2:DescribeRegions"} | imagebuilder("ListImagePipelines", "ListLifecyclePolicies", "ListImageBuildVersions")

CASES = {
    "create": TaskCase(ONE, CREATE, NEW),
    "create with tags and references": TaskCase(
        ONE,
        CREATE | REFERRED | imagebuilder("TagResource"),
        {"name": "web", "distributions": [REFERRING], "tags": OWNED},
    ),
    "try to create": TaskCase(ONE, CREATE, NEW, check_mode=True),
    "the name is taken": TaskCase(ONE, CREATE | LIST, NEW, name_is_taken, fails=True),
    "update": TaskCase(ONE, UPDATE, {"name": "web", "description": "Web servers"}, exists),
    "update with references": TaskCase(ONE, UPDATE | REFERRED, {"name": "web", "distributions": [REFERRING]}, exists),
    "change tags": TaskCase(ONE, GET | TAG, {"name": "web", "tags": OWNED}, exists),
    "nothing to do": TaskCase(ONE, GET, {"name": "web"}, exists),
    "delete": TaskCase(ONE, DELETE, {"name": "web", "state": "absent"}, exists),
    "delete what is used": TaskCase(ONE, DELETE | PIPELINES, {"name": "web", "state": "absent"}, is_used, fails=True),
    "try to delete": TaskCase(ONE, GET | PIPELINES, {"name": "web", "state": "absent"}, exists, check_mode=True),
    "a set": TaskCase(
        SET,
        CREATE | UPDATE | TAG | DELETE | LIST | PIPELINES | REFERRED,
        {
            "distribution_configurations": [
                {"name": "new", "distributions": [REFERRING]},
                {"name": "changed", "description": "Web servers"},
                {"name": "tagged", "tags": {"team": "web"}},
                {"name": "listed-absent", "state": "absent"},
            ],
            "ownership_tags": OWNED,
            "purge": True,
        },
        set_of_all,
    ),
    "one configuration": TaskCase(INFO, GET, {"name": "web"}, exists),
    "all configurations": TaskCase(INFO, GET | LIST, {}, exists),
    "summaries": TaskCase(INFO, LIST, {"details": False}, exists),
    "their pipelines": TaskCase(INFO, GET | LIST | PIPELINES, {"pipelines": True}, is_used),
    "distribute": TaskCase(ROLLOUT, START, PUT, source_image),
    "distribute what a parameter names, and show the workflows": TaskCase(
        ROLLOUT,
        START
        | {"ssm:GetParameter"}
        | imagebuilder("ListWorkflowExecutions", "ListWorkflowStepExecutions")
        | imagebuilder("GetWorkflowStepExecution"),
        {**PUT, "progress": True},
        source_in_a_parameter,
    ),
    "distribute with a new role": TaskCase(ROLLOUT, START | {"iam:GetRole"}, PUT, role_too_new),
    "a wave": TaskCase(
        ROLLOUT,
        START | LOOK | UPDATE | REFERRED,
        {**PUT, **ENTER, "workers": 1, "wave": {"number": 1, "of": 1, "regions": [REGION, AWAY, FURTHER]}},
        wave_is_due,
        together=LOOKED,
    ),
    "what is out": TaskCase(ROLLOUT, OUT, PUT, distributed),
    "a certain rollout": TaskCase(ROLLOUT, imagebuilder("GetImage"), {"progress": False}, put_out_by_arn),
    "retry": TaskCase(ROLLOUT, OUT | imagebuilder("RetryImage"), PUT, put_out_and_failed),
    "cancel": TaskCase(
        ROLLOUT, OUT | imagebuilder("CancelImageCreation"), {**PUT, "state": "cancelled", "wait": False}, under_way
    ),
    "drift": TaskCase(
        DRIFT,
        OUT | LOOK | imagebuilder("ListImagePipelines", "ListImagePipelineImages"),
        {"name": "web", **ENTER},
        everything_distributed,
        together=LOOKED,
    ),
    "drift of a certain image": TaskCase(
        DRIFT, GET | imagebuilder("GetImage") | {"ec2:DescribeImages", "ec2:DescribeImageAttribute"}, {}, put_out_by_arn
    ),
    "repair": TaskCase(
        REPAIR,
        OUT | LOOK | imagebuilder("ListImagePipelines", "ListImagePipelineImages") | REPAIRS,
        {"name": "web", **ENTER},
        drifted,
        together=(*LOOKED, REPAIRS),
    ),
    "preflight": TaskCase(
        PREFLIGHT,
        GET
        | PIPELINES
        | {"ec2:DescribeRegions", "ec2:DescribeImages", "ec2:GetImageBlockPublicAccessState"}
        | {"ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"}
        | {"servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"}
        | {"kms:DescribeKey", "kms:GetKeyPolicy", "s3:ListBucket", "ssm:DescribeParameters", "ecr:DescribeRepositories"}
        | {"iam:GetRole", "iam:ListAttachedRolePolicies", "iam:SimulatePrincipalPolicy", "sts:AssumeRole"}
        | {"organizations:DescribeOrganization", "organizations:DescribeOrganizationalUnit"}
        | {"license-manager:GetLicenseConfiguration", "ec2:DescribeSnapshots", "ssm:GetParameter", "iam:PassRole"}
        | {"ec2:GetEbsEncryptionByDefault", "ec2:GetEbsDefaultKmsKeyId"},
        {"name": "web", "execution_role": "dist", **ENTER},
        ready_for_everything,
        # One at a time they are tried in test_preflight_permissions.py, with stubs.
        together=(
            {"sts:AssumeRole", "kms:GetKeyPolicy", "organizations:DescribeOrganization", "iam:GetRole", "s3:ListBucket"}
            | {"license-manager:GetLicenseConfiguration", "ecr:DescribeRepositories", "servicequotas:GetServiceQuota"}
            | PIPELINES,
            {"ec2:DescribeRegions", "ec2:DescribeSnapshots", "ec2:GetImageBlockPublicAccessState", "kms:DescribeKey"}
            | {"ec2:DescribeLaunchTemplates", "organizations:DescribeOrganizationalUnit", "ssm:DescribeParameters"}
            | {"iam:ListAttachedRolePolicies", "servicequotas:GetAWSDefaultServiceQuota"},
            {"ec2:DescribeLaunchTemplateVersions", "iam:SimulatePrincipalPolicy", "ec2:DescribeImages"},
            {"ssm:GetParameter", "ec2:GetEbsEncryptionByDefault"},
            {"iam:PassRole", "ec2:GetEbsDefaultKmsKeyId"},
        ),
    ),
    "preflight of an image of Image Builder": TaskCase(
        PREFLIGHT,
        GET
        | PIPELINES
        | imagebuilder("GetImage")
        | {"ec2:DescribeRegions", "ec2:DescribeImages", "ec2:DescribeSnapshots"}
        | {"servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"},
        {"name": "web"},
        image_of_image_builder,
    ),
    "retire": TaskCase(
        RETENTION,
        RETIRE | imagebuilder("DeleteImage"),
        {"name": "web", "keep": 1, "execution_role": "dist", "wait_delay": 1, **ENTER},
        retired,
    ),
    "deprecate": TaskCase(
        RETENTION,
        RETIRE,
        {"name": "web", "keep": 1, "action": "deprecate", "execution_role": "dist", "wait_delay": 1, **ENTER},
        retired,
    ),
    "nothing to retire": TaskCase(
        RETENTION, OUT, {"name": "web", "keep": 1, "execution_role": "dist", **ENTER}, put_out_as_web
    ),
    "a set of a spec": TaskCase(
        SET,
        CREATE | TAG | DELETE | LIST,
        {
            "distribution_configurations": [{"name": "new", "distributions": [AMI]}],
            "spec_id": "web",
            "release": ["released"],
            "purge": True,
        },
        set_of_a_spec,
    ),
    "an execution role": TaskCase(
        EXECUTION,
        LIST | {"iam:GetRole", "iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"},
        {**DIST, "use": "pipeline", "log_group": "/web"},
        no_roles,
    ),
    "another execution role": TaskCase(
        EXECUTION,
        LIST | READ_ROLE | {"iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:PutRolePermissionsBoundary"},
        {**DIST, "tags": OWNED, "permissions_boundary": f"arn:aws:iam::{SOURCE}:policy/boundary"},
        our_role,
    ),
    "an execution role without policy": TaskCase(
        EXECUTION,
        LIST | READ_ROLE | {"iam:DeleteRolePolicy"},
        {**DIST, "distributions": [AMI], "use": "pipeline", "adopt": True},
        our_role_alone,
    ),
    "no execution role": TaskCase(
        EXECUTION,
        LIST | READ_ROLE | DELETE_ROLE | USERS,
        {"name": "dist", "spec_id": "web", "state": "absent"},
        our_role_alone,
    ),
    "an execution role that is used": TaskCase(
        EXECUTION,
        LIST
        | {"iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole"}
        | USERS
        | imagebuilder("GetImage"),
        {"name": "dist", "spec_id": "web", "state": "absent"},
        our_role_at_work,
    ),
    "a cross-account role": TaskCase(
        CROSS,
        LIST | {"sts:AssumeRole", "iam:GetRole", "iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"},
        CROSSED,
        no_roles,
    ),
    "a cross-account role of others": TaskCase(
        CROSS,
        LIST
        | READ_ROLE
        | {"sts:AssumeRole", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePolicy"},
        CROSSED,
        cross_account_role_of_others,
    ),
    "a cross-account role without policy": TaskCase(
        CROSS,
        LIST | READ_ROLE | {"sts:AssumeRole", "iam:DeleteRolePolicy"},
        {**CROSSED, "distributions": [{**TO_TARGET, "ssm_parameter_configurations": []}]},
        cross_account_role_of_ours,
    ),
    "no cross-account role": TaskCase(
        CROSS,
        LIST | READ_ROLE | DELETE_ROLE | {"sts:AssumeRole"},
        {**CROSSED, "state": "absent"},
        cross_account_role_of_ours,
    ),
    "an account that left": TaskCase(
        CROSS,
        LIST | {"iam:GetRole", "iam:GetRolePolicy", "iam:UntagRole", "sts:AssumeRole"},
        {"spec_id": "web", "distributions": [AMI], "execution_role_arns": ["dist"], **ENTER},
        account_that_left,
    ),
    "accounts that left": TaskCase(
        CROSS,
        LIST | {"iam:GetRole", "iam:GetRolePolicy", "iam:TagRole", "sts:AssumeRole"},
        {
            "spec_id": "web",
            "distributions": [AMI],
            "execution_role_arns": ["dist"],
            "target_account_roles": {TARGET: f"arn:aws:iam::{TARGET}:role/{READER}"},
        },
        accounts_that_left,
    ),
    "attach": TaskCase(
        ATTACHMENT,
        CHANGE_PIPELINE | {"iam:PassRole"},
        {"execution_role": ROLE},
        attachable,
    ),
    "attach to a pipeline of containers": TaskCase(
        ATTACHMENT,
        (CHANGE_PIPELINE | imagebuilder("GetContainerRecipe", "GetWorkflow") | {"iam:PassRole"})
        - imagebuilder("GetImageRecipe"),
        {},
        attachable_to_containers,
    ),
    "attach a new role": TaskCase(
        ATTACHMENT,
        CHANGE_PIPELINE | {"iam:PassRole", "iam:GetRole"},
        {"execution_role": ROLE},
        attachable_with_a_new_role,
    ),
    "what is attached": TaskCase(ATTACHMENT, imagebuilder("GetImagePipeline"), {"execution_role": ROLE}, attached),
}
