"""IAM roles that exist before a task."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.plugins.modules.enforced import Enforced
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import SOURCE
from tests.unit.plugins.modules.enforced import TARGET
from tests.unit.plugins.modules.tasks.before import configured
from tests.unit.plugins.modules.tasks.before import still_running
from tests.unit.plugins.modules.tasks.parts import DESTINATION_ROLE


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
    still_running(here)
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
