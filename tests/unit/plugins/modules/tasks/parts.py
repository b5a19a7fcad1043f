"""Names, options and actions that the tasks of several modules share."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import SOURCE

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
READ_ROLLOUT = GET | imagebuilder("ListImageBuildVersions", "GetImage")
START = READ_ROLLOUT | imagebuilder("DistributeImage", "TagResource") | {"ec2:DescribeImages", "iam:PassRole"}
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
    READ_ROLLOUT
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
