"""Cases of what an entry refers to: launch templates, licences, parameters, repositories."""

from __future__ import annotations

from typing import Any

import boto3

from tests import rule_cases
from tests.preflight_cases.situation import Asked
from tests.preflight_cases.situation import MADE_BY_IMAGE_BUILDER
from tests.preflight_cases.situation import RequestCase
from tests.preflight_cases.situation import Situation
from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import TARGET
from tests.world import SOURCE


def template_of(account: str = SOURCE, tags: Any = None, image: str | None = "ami-old") -> str:
    """A launch template. Returns its id."""
    from moto.ec2.models import ec2_backends

    data = {"ImageId": image} if image else {"InstanceType": "t3.micro"}
    ec2 = ec2_backends[account][AWAY]
    return str(
        ec2.create_launch_template(
            "web", "", data, {"launch-template": dict(MADE_BY_IMAGE_BUILDER if tags is None else tags)}
        ).id
    )


def updating(identifier: str | None = None, account: str = SOURCE, **template: Any) -> Situation:
    """A launch template gets a version. The role in the target account has the policy of AWS's guide."""

    def make(stage: ImageStage) -> Asked:
        versions = {
            "Effect": "Allow",
            "Action": ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}},
        }
        stage.admit(TARGET, versions, REST)
        wanted = {"launchTemplateId": identifier or template_of(account, **template)}
        if account != SOURCE:
            wanted["accountId"] = account
        return Asked([{**entry(AWAY, [SOURCE, TARGET]), "launchTemplateConfigurations": [wanted]}])

    return make


# Everything except what the guide's policy allows only with a tag.
REST = {
    "Effect": "Allow",
    "NotAction": ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
    "Resource": "*",
}


def fast(identifier: str | None = None, version: str | None = None, **template: Any) -> Situation:
    """Fast Launch of a Windows image, with a launch template."""

    def make(stage: ImageStage) -> Asked:
        stage.source.platform = "windows"
        wanted = {"launchTemplateId": identifier or template_of(**template)}
        if version:
            wanted["launchTemplateVersion"] = version
        return Asked([{**entry(AWAY), "fastLaunchConfigurations": [{"enabled": True, "launchTemplate": wanted}]}])

    return make


def licensed(there: bool = True, status: str = "AVAILABLE") -> Situation:
    def make(stage: ImageStage) -> Asked:
        arn = f"arn:aws:license-manager:{AWAY}:{SOURCE}:license-configuration:lic-" + "0a" * 16
        if there:
            stage.plant_license(arn)
            boto3.client("license-manager", AWAY).update_license_configuration(
                LicenseConfigurationArn=arn, LicenseConfigurationStatus=status
            )
        return Asked([{**entry(AWAY), "licenseConfigurationArns": [arn]}])

    return make


def parameter(kind: str = "String", data_type: str = "text") -> Situation:
    def make(_stage: ImageStage) -> Asked:
        client = boto3.client("ssm", AWAY)
        client.put_parameter(Name="/golden/web", Value="ami-0abcdef1234567890", Type=kind, DataType=data_type)
        wanted = {"parameterName": "/golden/web", "dataType": "text"}
        return Asked([{**entry(AWAY), "ssmParameterConfigurations": [wanted]}])

    return make


def repository(there: bool) -> Situation:
    def make(_stage: ImageStage) -> Asked:
        if there:
            boto3.client("ecr", AWAY).create_repository(repositoryName="team/web")
        wanted = {"targetRepository": {"service": "ECR", "repositoryName": "team/web"}}
        return Asked([{"region": AWAY, "containerDistributionConfiguration": wanted}])

    return make


def ecr_says(stage: ImageStage, asked: Asked) -> str | None:
    """What ECR says of the repository, which a rollout of an AMI never uses."""
    return rule_cases.ecr_says(stage, asked.entries, "")


CASES: dict[str, RequestCase] = {
    "template_missing": RequestCase(updating("lt-00000000000000000"), updating(), "does not exist"),
    "template_untagged": RequestCase(
        updating(account=TARGET, tags={"CreatedBy": "me"}), updating(account=TARGET), "ec2:CreateLaunchTemplateVersion"
    ),
    "template_without_image": RequestCase(updating(image=None), updating()),
    "fast_launch_template_missing": RequestCase(fast("lt-00000000000000000"), fast(), "launch template does not exist"),
    "fast_launch_version_missing": RequestCase(
        fast(version="7"), fast(version="1"), "Could not find launch template version 7"
    ),
    "fast_launch_template_untagged": RequestCase(fast(tags={"CreatedBy": "me"}), fast()),
    "license_missing": RequestCase(licensed(there=False), licensed(), "InvalidParameterValue"),
    "license_disabled": RequestCase(licensed(status="DISABLED"), licensed(), "InvalidResourceState"),
    "parameter_type": RequestCase(parameter("StringList"), parameter(), "can not be changed"),
    "parameter_data_type": RequestCase(parameter(data_type="aws:ec2:image"), parameter(), "can not be changed"),
    "repository_missing": RequestCase(repository(there=False), repository(there=True), "RepositoryNotFound", ecr_says),
}
