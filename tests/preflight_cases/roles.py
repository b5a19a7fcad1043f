"""Cases of the execution role, and of the role in target accounts."""

from __future__ import annotations

import json
from typing import Any

from tests.preflight_cases.situation import Asked
from tests.preflight_cases.situation import OPEN
from tests.preflight_cases.situation import RequestCase
from tests.preflight_cases.situation import ROOT
from tests.preflight_cases.situation import Situation
from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import but
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import SERVICE_TRUST
from tests.unit.local_aws.stage import TARGET
from tests.unit.local_aws.stage import trust
from tests.world import DESTINATION_ROLE
from tests.world import document
from tests.world import EVERYTHING
from tests.world import HOME
from tests.world import SOURCE
from tests.world import TWO as OTHER


def acting(role: str, trusting: Any = None, *statements: dict[str, Any], path: str = "/", **more: Any) -> Situation:
    """A rollout with this execution role. statements: what the role may do, everything by default."""

    def make(stage: ImageStage) -> Asked:
        made = trusting or trust(SERVICE_TRUST)
        stage.put_role("acting", made, document(*(statements or [EVERYTHING])), path=path)
        return Asked(more.get("entries") or [entry(AWAY)], role=role)

    return make


def service_linked(stage: ImageStage) -> Asked:
    from moto.iam.models import iam_backends

    role = iam_backends[SOURCE]["aws"].create_service_linked_role("imagebuilder.amazonaws.com", "", "")
    role.name = "AWSServiceRoleForImageBuilder"
    return Asked([entry(AWAY)], role=role.name)


def attach(role: Any, name: str) -> None:
    """Attach an AWS managed policy. moto does not load these by itself."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data
    from moto.iam.models import AWSManagedPolicy

    data = json.loads(aws_managed_policies_data)[name]
    AWSManagedPolicy.from_data(name, role.account_id, "us-east-1", data).attach_to(role)


def with_managed(attached: bool) -> Situation:
    """Fast Launch without a template, for which AWS requires a managed policy on the execution role."""

    def make(stage: ImageStage) -> Asked:
        stage.source.platform = "windows"
        if attached:
            attach(stage.role, "EC2FastLaunchFullAccess")
        return Asked([{**entry(AWAY), "fastLaunchConfigurations": [{"enabled": True}]}])

    return make


def destination(
    *statements: dict[str, Any],
    trusting: Any = None,
    there: bool = True,
    attached: bool = True,
    members: dict[str, Any] | None = None,
) -> Situation:
    """A copy for a target account. statements: what the role there may do, everything by default.
    members: more of the entry.
    """

    def make(stage: ImageStage) -> Asked:
        if there:
            role = stage.admit(TARGET, *statements, trusting=trusting)
            if attached:
                attach(role, "Ec2ImageBuilderCrossAccountDistributionAccess")
        return Asked([{**entry(AWAY, [TARGET]), **(members or {})}])

    return make


PARAMETER = {"ssmParameterConfigurations": [{"parameterName": "/golden/web", "amiAccountId": TARGET}]}
ACTING = f"arn:aws:iam::{SOURCE}:role/acting"
CANNOT_ASSUME = "does not exist, or Image Builder is not allowed to assume it"


CASES: dict[str, RequestCase] = {
    "role_of_another_account": RequestCase(acting(f"arn:aws:iam::{OTHER}:role/acting"), acting(ACTING), CANNOT_ASSUME),
    "role_missing": RequestCase(acting("none"), acting("acting"), CANNOT_ASSUME),
    "role_arn": RequestCase(
        acting(ACTING, path="/images/"),
        acting(f"arn:aws:iam::{SOURCE}:role/images/acting", path="/images/"),
        CANNOT_ASSUME,
    ),
    "role_service_linked": RequestCase(service_linked, acting("acting")),
    "role_reserved": RequestCase(
        acting("acting", path="/aws-reserved/sso/"), acting("acting", path="/sso/"), CANNOT_ASSUME
    ),
    "role_trust": RequestCase(
        acting("acting", trust({"Service": "ec2.amazonaws.com"})), acting("acting", trust(SERVICE_TRUST)), CANNOT_ASSUME
    ),
    "role_trust_conditions": RequestCase(
        acting("acting", trust(SERVICE_TRUST, ArnLike={"aws:SourceArn": "arn:aws:imagebuilder:*:*:image/*"})),
        acting("acting", trust(SERVICE_TRUST, StringEquals={"aws:SourceAccount": SOURCE})),
    ),
    "role_managed_policies": RequestCase(with_managed(attached=False), with_managed(attached=True)),
    "role_rights": RequestCase(
        acting("acting", None, *but("ec2:CopyImage")), acting("acting", None, *but("ec2:RunInstances")), "ec2:CopyImage"
    ),
    "role_rights_conditions": RequestCase(
        acting("acting", None, {**EVERYTHING, "Condition": OPEN}),
        acting("acting", None, {**EVERYTHING, "Condition": {"StringEquals": {"aws:RequestedRegion": [HOME, AWAY]}}}),
    ),
    "destination_role_missing": RequestCase(destination(there=False), destination(), DESTINATION_ROLE),
    "destination_role_trust": RequestCase(
        destination(trusting=trust({"AWS": f"arn:aws:iam::{OTHER}:root"})),
        destination(trusting=trust({"AWS": f"arn:aws:iam::{SOURCE}:role/dist"})),
        "sts:AssumeRole",
    ),
    "destination_role_trust_conditions": RequestCase(
        destination(trusting=trust({"AWS": ROOT}, **OPEN)),
        destination(trusting=trust({"AWS": ROOT}, StringEquals={"aws:PrincipalAccount": SOURCE})),
    ),
    "destination_role_managed_policies": RequestCase(destination(attached=False), destination(attached=True)),
    "destination_role_rights": RequestCase(
        destination(*but("ssm:PutParameter"), members=PARAMETER),
        destination(*but("kms:Decrypt"), members=PARAMETER),
        "ssm:PutParameter",
    ),
    "destination_role_rights_conditions": RequestCase(
        destination({**EVERYTHING, "Condition": OPEN}, members=PARAMETER),
        destination({**EVERYTHING, "Condition": {"StringEquals": {"aws:RequestedRegion": AWAY}}}, members=PARAMETER),
    ),
}
