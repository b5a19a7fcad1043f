"""Tasks of every module in the local AWS of this process, with what has to be there before, and what they may do."""

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
LICENSE = f"arn:aws:license-manager:%s:{SOURCE}:license-configuration:lic-{'0a' * 16}"
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
    | {"ec2:DescribeFleets", "ec2:DescribeSpotFleetRequests"}
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


class Case(NamedTuple):
    """A task, and the actions that it takes: these and no others. C(prepare) gives further options."""

    module: str
    needs: set[str]
    options: dict[str, Any]
    prepare: Any = lambda here: {}
    check_mode: bool = False
    # Refused by AWS, whatever is allowed; the actions are for saying why.
    fails: bool = False
    # Actions that are used independently of each other, so that they can be taken away, and are named, together.
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
    """The same, made by somebody between our look and our create."""
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
    """A role that may do everything, made so many seconds ago."""
    from datetime import timedelta

    from tests.unit.local_aws.stage import document
    from tests.unit.local_aws.stage import EVERYTHING
    from tests.unit.local_aws.stage import SERVICE_TRUST
    from tests.unit.local_aws.stage import Stage
    from tests.unit.local_aws.stage import trust

    role = Stage.put_role(None, "dist", trust(SERVICE_TRUST), document(EVERYTHING))
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


def put_out(here: Enforced, **more: Any) -> dict[str, Any]:
    """The same, and a rollout of it that everybody can do everything in."""
    options = source_image(here)
    more = {"wait": True, **more}
    here.result = here.run("imagebuilder_image_distribution", {**PUT, **options, **more}, None)
    return options


def put_out_and_failed(here: Enforced) -> dict[str, Any]:
    from moto.imagebuilder.trouble import troubles

    troubles.add(step="COPY_AMI", times=1)
    return put_out(here)


def put_out_as_web(here: Enforced) -> dict[str, Any]:
    put_out(here)
    return {}


def under_way(here: Enforced) -> dict[str, Any]:
    from moto.imagebuilder.switches import switches

    switches.set(hold_images_in="DISTRIBUTING")
    return put_out(here, wait=False)


def put_out_by_arn(here: Enforced) -> dict[str, Any]:
    put_out(here)
    return {"image_build_version_arn": here.result["image"]["arn"]}


def role_too_new(here: Enforced) -> dict[str, Any]:
    from moto.imagebuilder.switches import switches

    options = source_image(here)
    execution_role(here, age=0)
    switches.set(role_propagation_calls=1)
    return options


def everything_out(here: Enforced) -> dict[str, Any]:
    """An AMI in a target account and at home, with all that follows it, and a pipeline that uses the configuration."""
    from moto.imagebuilder import places
    from moto.imagebuilder.switches import switches

    from tests.unit.local_aws.stage import document
    from tests.unit.local_aws.stage import EVERYTHING
    from tests.unit.local_aws.stage import Stage
    from tests.unit.local_aws.stage import trust

    execution_role(here)
    trusting = trust({"AWS": f"arn:aws:iam::{SOURCE}:root"})
    Stage.put_role(None, DESTINATION_ROLE, trusting, document(EVERYTHING), account=TARGET)
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
        "licenseConfigurationArns": [LICENSE % AWAY],
    }
    home = {"region": REGION, "amiDistributionConfiguration": {"name": NAME}}
    here.distributions = [home, away]
    pipeline(here, distributionConfigurationArn=configured(here, distributions=[home, away]))
    Stage.put_role(None, "vmimport", trust({"Service": "vmie.amazonaws.com"}), document(EVERYTHING), account=SOURCE)
    here.client("s3", AWAY).create_bucket(Bucket="vm-images", CreateBucketConfiguration={"LocationConstraint": AWAY})
    # EC2 exports no encrypted image of Windows, but no other image has everything that is looked at.
    switches.set(export_anything=True)
    here.source = places.plant_ami(SOURCE, REGION, "web", platform="windows").id
    here.result = here.run("imagebuilder_image_distribution", {**PUT, "source_image": here.source}, None)
    return {}


def wave_out(here: Enforced) -> dict[str, Any]:
    everything_out(here)
    here.client("ssm").put_parameter(Name="/tested", Value=here.source, Type="String")
    conversion = importlib.import_module(f"{COLLECTION}.module_utils._distribution.configuration.conversion")
    return {"distributions": conversion.distributions_from_api(here.distributions), "source_image": "ssm:/tested"}


def wave_is_due(here: Enforced) -> dict[str, Any]:
    """Everything is out, and a Region more is in the whole configuration and in the wave's since then."""
    everything_out(here)
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
    from tests.unit.local_aws.stage import Stage
    from tests.unit.local_aws.stage import trust

    execution_role(here)
    trusting = trust({"AWS": f"arn:aws:iam::{SOURCE}:root"})
    Stage.put_role(None, DESTINATION_ROLE, trusting, document(EVERYTHING), account=TARGET)
    Stage.put_role(None, "vmimport", trust({"Service": "vmie.amazonaws.com"}))
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
        "licenseConfigurationArns": [LICENSE % REGION],
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
    """An image that was put out, as the source of the same configuration."""
    put_out(here)
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
    """The same as everything_out(), and every kind of drift that can be repaired in place, in both accounts."""
    everything_out(here)
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


def pointers(here: Enforced) -> dict[str, Any]:
    """A parameter in a target account and a launch template that show something else."""
    from moto.imagebuilder import places

    ami = places.plant_ami(TARGET, REGION, "web").id
    ec2 = here.client("ec2")
    made = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": "ami-1"})
    template = made["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"ImageId": "ami-2"})
    return {
        "pointers": [
            {"region": REGION, "account_id": TARGET, "parameter_name": "/golden/web", "value": ami},
            {"region": REGION, "launch_template_id": template, "version": 2},
        ]
    }


def retired(here: Enforced) -> dict[str, Any]:
    """Two rollouts into a target account, of which the older may go; each lists its source image as well."""
    from moto.imagebuilder import places

    from tests.unit.local_aws.stage import document
    from tests.unit.local_aws.stage import EVERYTHING
    from tests.unit.local_aws.stage import SERVICE_TRUST
    from tests.unit.local_aws.stage import Stage
    from tests.unit.local_aws.stage import trust

    execution_role(here)
    trusting = trust({"AWS": f"arn:aws:iam::{SOURCE}:root"})
    Stage.put_role(None, DESTINATION_ROLE, trusting, document(EVERYTHING), account=TARGET)
    lifecycle_role = "Ec2ImageBuilderCrossAccountLifecycleAccess"
    Stage.put_role(None, lifecycle_role, trust(SERVICE_TRUST), document(EVERYTHING), account=TARGET)
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
    """A pipeline that builds containers with a workflow of one's own, and a configuration for it."""
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


# -- the cases -----------------------------------------------------------------------------------------------------

ONE, SET, INFO = "imagebuilder_distribution", "imagebuilder_distribution_set", "imagebuilder_distribution_info"
ROLLOUT, DRIFT = "imagebuilder_image_distribution", "imagebuilder_image_distribution_info"
PLAN, POINTER = "imagebuilder_image_distribution_plan_info", "imagebuilder_image_pointer"
REPAIR, RETENTION = "imagebuilder_image_distribution_repair", "imagebuilder_image_retention"
ATTACHMENT, PREFLIGHT = "imagebuilder_pipeline_attachment", "imagebuilder_distribution_preflight_info"
PUT = {"name": "web", "execution_role": "dist", "wait_delay": 1, "progress": False}
ENTER = {"target_account_role_name": READER}
NEW = {"name": "web", "distributions": [AMI]}

CASES = {
    "create": Case(ONE, CREATE, NEW),
    "create with tags and references": Case(
        ONE,
        CREATE | REFERRED | imagebuilder("TagResource"),
        {"name": "web", "distributions": [REFERRING], "tags": OWNED},
    ),
    "try to create": Case(ONE, CREATE, NEW, check_mode=True),
    "the name is taken": Case(ONE, CREATE | LIST, NEW, name_is_taken, fails=True),
    "update": Case(ONE, UPDATE, {"name": "web", "description": "Web servers"}, exists),
    "update with references": Case(ONE, UPDATE | REFERRED, {"name": "web", "distributions": [REFERRING]}, exists),
    "change tags": Case(ONE, GET | TAG, {"name": "web", "tags": OWNED}, exists),
    "nothing to do": Case(ONE, GET, {"name": "web"}, exists),
    "delete": Case(ONE, DELETE, {"name": "web", "state": "absent"}, exists),
    "delete what is used": Case(ONE, DELETE | PIPELINES, {"name": "web", "state": "absent"}, is_used, fails=True),
    "try to delete": Case(ONE, GET | PIPELINES, {"name": "web", "state": "absent"}, exists, check_mode=True),
    "a set": Case(
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
    "one configuration": Case(INFO, GET, {"name": "web"}, exists),
    "all configurations": Case(INFO, GET | LIST, {}, exists),
    "summaries": Case(INFO, LIST, {"details": False}, exists),
    "their pipelines": Case(INFO, GET | LIST | PIPELINES, {"pipelines": True}, is_used),
    "put out": Case(ROLLOUT, START, PUT, source_image),
    "put out what a parameter names, and show the workflows": Case(
        ROLLOUT,
        START | {"ssm:GetParameter"} | imagebuilder("ListWorkflowExecutions", "ListWorkflowStepExecutions"),
        {**PUT, "progress": True},
        source_in_a_parameter,
    ),
    "put out with a new role": Case(ROLLOUT, START | {"iam:GetRole"}, PUT, role_too_new),
    "a wave": Case(
        ROLLOUT,
        START | LOOK | UPDATE | REFERRED,
        {**PUT, **ENTER, "workers": 1, "wave": {"number": 1, "of": 1, "regions": [REGION, AWAY, FURTHER]}},
        wave_is_due,
        together=LOOKED,
    ),
    "what is out": Case(ROLLOUT, OUT, PUT, put_out),
    "a certain rollout": Case(ROLLOUT, imagebuilder("GetImage"), {"progress": False}, put_out_by_arn),
    "retry": Case(ROLLOUT, OUT | imagebuilder("RetryImage"), PUT, put_out_and_failed),
    "cancel": Case(
        ROLLOUT, OUT | imagebuilder("CancelImageCreation"), {**PUT, "state": "cancelled", "wait": False}, under_way
    ),
    "drift": Case(
        DRIFT,
        OUT | LOOK | imagebuilder("ListImagePipelines", "ListImagePipelineImages"),
        {"name": "web", **ENTER},
        everything_out,
        together=LOOKED,
    ),
    "drift of a certain image": Case(
        DRIFT, GET | imagebuilder("GetImage") | {"ec2:DescribeImages", "ec2:DescribeImageAttribute"}, {}, put_out_by_arn
    ),
    "repair": Case(
        REPAIR,
        OUT | LOOK | imagebuilder("ListImagePipelines", "ListImagePipelineImages") | REPAIRS,
        {"name": "web", **ENTER},
        drifted,
        together=(*LOOKED, REPAIRS),
    ),
    "preflight": Case(
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
    "preflight of an image of Image Builder": Case(
        PREFLIGHT,
        GET
        | PIPELINES
        | imagebuilder("GetImage")
        | {"ec2:DescribeRegions", "ec2:DescribeImages", "ec2:DescribeSnapshots"}
        | {"servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"},
        {"name": "web"},
        image_of_image_builder,
    ),
    "what is left to be put out": Case(
        PLAN,
        LOOK | imagebuilder("ListImageBuildVersions", "GetImage"),
        {"name": "web", **ENTER},
        wave_out,
        together=LOOKED,
    ),
    "pointers": Case(
        POINTER,
        {"ssm:GetParameter", "ssm:PutParameter", "ec2:DescribeImages", "sts:AssumeRole"}
        | {"ec2:DescribeLaunchTemplates", "ec2:ModifyLaunchTemplate"},
        ENTER,
        pointers,
    ),
    "retire": Case(
        RETENTION,
        RETIRE | imagebuilder("DeleteImage"),
        {"name": "web", "keep": 1, "execution_role": "dist", "wait_delay": 1, **ENTER},
        retired,
    ),
    "deprecate": Case(
        RETENTION,
        RETIRE,
        {"name": "web", "keep": 1, "action": "deprecate", "execution_role": "dist", "wait_delay": 1, **ENTER},
        retired,
    ),
    "nothing to retire": Case(
        RETENTION, OUT, {"name": "web", "keep": 1, "execution_role": "dist", **ENTER}, put_out_as_web
    ),
    "attach": Case(
        ATTACHMENT,
        CHANGE_PIPELINE | {"iam:PassRole"},
        {"execution_role": ROLE},
        attachable,
    ),
    "attach to a pipeline of containers": Case(
        ATTACHMENT,
        (CHANGE_PIPELINE | imagebuilder("GetContainerRecipe", "GetWorkflow") | {"iam:PassRole"})
        - imagebuilder("GetImageRecipe"),
        {},
        attachable_to_containers,
    ),
    "attach a new role": Case(
        ATTACHMENT,
        CHANGE_PIPELINE | {"iam:PassRole", "iam:GetRole"},
        {"execution_role": ROLE},
        attachable_with_a_new_role,
    ),
    "what is attached": Case(ATTACHMENT, imagebuilder("GetImagePipeline"), {"execution_role": ROLE}, attached),
}
