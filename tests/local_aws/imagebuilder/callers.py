"""What the caller of Image Builder needs besides the action itself, if moto enforces IAM."""

from __future__ import annotations

from typing import Any

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.responses import BaseResponse
from moto.iam.access_control import create_access_key
from moto.iam.models import Policy
from moto.utilities.utils import get_partition

from tests.local_aws.policy import evaluate

from .exceptions import AccessDeniedException
from .roles import find_role
from .roles import RoleUnusable


def check_passing(request: BaseResponse, role: str, service: str = "imagebuilder.amazonaws.com") -> None:
    """Raise AccessDeniedException unless the caller may pass the role to Image Builder or a service.

    request: moto's response object. Nothing is checked unless moto enforces IAM.
    """
    if not _is_enforced():
        return
    account, region = request.current_account, request.region
    try:
        stored = find_role(role, account, region)
        name = f"{stored.path}{stored.name}"
    except RoleUnusable:
        # Whether it exists is checked later, if at all.
        name = f"/{role.rpartition('/')[2]}"
    arn = f"arn:{get_partition(region)}:iam::{account}:role{name}"
    _demand(request, "iam:PassRole", arn, {"iam:PassedToService": service})


def check_changing_pipeline(request: BaseResponse, parameters: dict[str, Any]) -> None:
    """What else the caller of UpdateImagePipeline needs, whatever changes: the request names all of it.

    Source: service authorization reference, EC2 Image Builder, what UpdateImagePipeline authorizes. As check_passing.
    """
    if not _is_enforced():
        return
    referred = {
        "imageRecipeArn": "GetImageRecipe",
        "containerRecipeArn": "GetContainerRecipe",
        "infrastructureConfigurationArn": "GetInfrastructureConfiguration",
        "distributionConfigurationArn": "GetDistributionConfiguration",
    }
    for member, operation in referred.items():
        if parameters.get(member):
            _demand(request, f"imagebuilder:{operation}", parameters[member])
    for workflow in parameters.get("workflows", []):
        _demand(request, "imagebuilder:GetWorkflow", workflow["workflowArn"])
    _demand(request, "imagebuilder:TagResource", parameters["imagePipelineArn"])
    if "executionRole" in parameters:
        check_passing(request, parameters["executionRole"])


def check_distributing(request: BaseResponse, parameters: dict[str, Any]) -> None:
    """What else the caller of DistributeImage needs. As check_passing.

    Source: service authorization reference, EC2 Image Builder, dependent actions of DistributeImage.
    """
    if not _is_enforced():
        return
    check_passing(request, parameters["executionRole"])
    _demand(request, "imagebuilder:GetDistributionConfiguration", parameters["distributionConfigurationArn"])
    prefix = f"{get_partition(request.region)}:imagebuilder:{request.region}:{request.current_account}"
    _demand(request, "imagebuilder:GetImage", f"arn:{prefix}:image/*/*/*")
    _demand(request, "ec2:DescribeImages")
    if parameters.get("tags"):
        _demand(request, "imagebuilder:TagResource", f"arn:{prefix}:image/*/*/*")
    if parameters["sourceImage"].startswith("ssm:"):
        _demand(request, "ssm:GetParameter", _parameter(request, parameters["sourceImage"].removeprefix("ssm:")))


def check_configuring(request: BaseResponse, parameters: dict[str, Any]) -> None:
    """What else the caller of CreateDistributionConfiguration and UpdateDistributionConfiguration needs.

    Source: service authorization reference, EC2 Image Builder, dependent actions of both. It does not say for which
    settings each is needed, so this follows their names. As check_passing.
    """
    if not _is_enforced():
        return
    region, account = request.region, request.current_account
    partition = get_partition(region)
    if parameters.get("tags"):
        arn = f"arn:{partition}:imagebuilder:{region}:{account}:distribution-configuration/*"
        _demand(request, "imagebuilder:TagResource", arn)
    for entry in parameters.get("distributions", []):
        for template in entry.get("launchTemplateConfigurations", []):
            owner, identifier = template.get("accountId", account), template["launchTemplateId"]
            arn = f"arn:{partition}:ec2:{entry['region']}:{owner}:launch-template/{identifier}"
            _demand(request, "ec2:DescribeLaunchTemplates")
            _demand(request, "ec2:CreateLaunchTemplateVersion", arn)
            _demand(request, "ec2:ModifyLaunchTemplate", arn)
        if entry.get("s3ExportConfiguration"):
            check_passing(request, entry["s3ExportConfiguration"]["roleName"], "vmie.amazonaws.com")
            _demand(request, "s3:ListBucket", f"arn:{partition}:s3:::{entry['s3ExportConfiguration']['s3Bucket']}")
        for parameter in entry.get("ssmParameterConfigurations", []):
            _demand(request, "ssm:GetParameter", _parameter(request, parameter["parameterName"], entry["region"]))


def _is_enforced() -> bool:
    return ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT


def _parameter(request: BaseResponse, name: str, region: str | None = None) -> str:
    if name.startswith("arn:"):
        return name
    there = region or request.region
    return f"arn:{get_partition(there)}:ssm:{there}:{request.current_account}:parameter/{name.lstrip('/')}"


def _demand(request: BaseResponse, action: str, resource: str = "*", context: dict[str, Any] | None = None) -> None:
    # Raises AccessDeniedException, in AWS's words.
    account = request.current_account
    key = create_access_key(account, get_partition(request.region), request.access_key, request.headers)
    documents = [_document(policy) for policy in key.collect_policies()]
    if not evaluate(documents, action, resource, {"aws:PrincipalAccount": account, **(context or {})}):
        raise AccessDeniedException(
            f"User: {key.arn} is not authorized to perform: {action} on resource: {resource} because no identity-based "
            f"policy allows the {action} action"
        )


def _document(policy: Any) -> Any:
    # The three forms in which moto returns policies.
    if isinstance(policy, Policy):
        return next(version.document for version in policy.versions if version.is_default)
    return policy if isinstance(policy, str) else policy["policy_document"]
