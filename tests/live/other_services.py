"""Questions to the other services that a distribution takes part in. They cost nothing."""

from __future__ import annotations

from tests.live.question import question
from tests.live.sandbox import Sandbox

# What the preflight compares with what a configuration asks for.
AMI_QUOTAS = ("L-B665C33B", "L-0E3CBAB9", "L-70015FFA")


@question(
    "What does AssumeRole return for a role that does not exist?",
    expects=r"AccessDenied 403: .*sts:AssumeRole.*",
    source="not documented; STS does not tell whether the role or the trust is missing",
)
def assume_what_is_not_there(sandbox: Sandbox) -> str:
    role = f"arn:{sandbox.partition}:iam::{sandbox.account}:role/{sandbox.name}"
    return sandbox.outcome(lambda: sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="goldimage-live"))


@question(
    "Does PutParameter refuse to change the data type of a parameter?",
    expects=r"HierarchyTypeMismatchException 400: .*",
    source="Systems Manager API has the error for a change of the type; for the data type it is our guess",
)
def another_data_type(sandbox: Sandbox) -> str:
    name = sandbox.put_parameter(DataType="text")
    return sandbox.outcome(
        lambda: sandbox.client("ssm").put_parameter(
            # Of the form of an AMI's id, as the data type asks for.
            Name=name,
            Value="ami-00000000000000000",
            Type="String",
            DataType="aws:ec2:image",
            Overwrite=True,
        )
    )


@question(
    "What does License Manager return for a licence configuration that does not exist?",
    expects=r"InvalidParameterValueException 400: .*",
    source="service model of botocore, license-manager: the only error of the list that fits",
)
def unknown_license(sandbox: Sandbox) -> str:
    arn = sandbox.unknown_license()
    return sandbox.outcome(
        lambda: sandbox.client("license-manager").get_license_configuration(LicenseConfigurationArn=arn)
    )


@question(
    "Which quotas of AMIs does EC2 have by default?",
    expects=r'\["AMIs 50000", "Public AMIs 5", "AMI sharing 1000"\]',
    source="EC2 user guide, AMI quotas; their codes are those of the general reference",
)
def default_quotas_of_amis(sandbox: Sandbox) -> str:
    quotas = sandbox.client("service-quotas")

    def read() -> list[str]:
        asked = (quotas.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=code) for code in AMI_QUOTAS)
        return [f"{one['Quota']['QuotaName']} {one['Quota']['Value']:.0f}" for one in asked]

    return sandbox.outcome(read, show=list)


@question(
    "What does GetServiceQuota return for a quota of AMIs that nobody has changed?",
    expects=r"NoSuchResourceException 4..: .*",
    source="Service Quotas API: for some quotas only the default values are available",
)
def unchanged_quota(sandbox: Sandbox) -> str:
    quotas = sandbox.client("service-quotas")
    return sandbox.outcome(
        lambda: quotas.get_service_quota(ServiceCode="ec2", QuotaCode=AMI_QUOTAS[0]),
        show=lambda answer: f"{answer['Quota']['QuotaName']} {answer['Quota']['Value']:.0f}",
    )
