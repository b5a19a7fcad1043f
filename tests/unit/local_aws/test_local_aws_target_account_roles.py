"""What the role in a target account must be allowed, and whom it must trust."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import aws_managed
from tests.unit.local_aws.stage import DESTINATION_ROLE
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import EVERYTHING
from tests.unit.local_aws.stage import failures
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import message
from tests.unit.local_aws.stage import prepared
from tests.unit.local_aws.stage import SERVICE_TRUST
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import TARGET
from tests.unit.local_aws.stage import trust
from tests.world import TWO as OTHER

TEMPLATE = {"launchTemplateConfigurations": "own"}


def test_destination_role_that_is_missing_or_does_not_trust(stage: ImageStage) -> None:
    configuration = stage.configure(entry(AWAY, [TARGET]))
    expected = (
        f"STS Client Error: 'AccessDenied: User: arn:aws:sts::{SOURCE}:assumed-role/dist/Ec2ImageBuilder is not "
        f"authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{TARGET}:role/{DESTINATION_ROLE}'"
    )
    assert message(stage.run(distributionConfigurationArn=configuration)) == expected
    strangers = (trust({"AWS": f"arn:aws:iam::{OTHER}:root"}), trust(SERVICE_TRUST))
    for number, trusting in enumerate(strangers):
        stage.admit(trusting=trusting)
        failed = stage.run(distributionConfigurationArn=configuration, clientToken=f"stranger-{number}")
        assert message(failed) == expected


@pytest.mark.parametrize(
    ("principal", "condition", "works"),
    [
        (f"arn:aws:iam::{SOURCE}:role/dist", {}, True),
        (f"arn:aws:iam::{SOURCE}:role/other", {}, False),
        (SOURCE, {}, True),
        (SOURCE, {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{SOURCE}:role/dist"}}, True),
        (SOURCE, {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{SOURCE}:role/other"}}, False),
        (SOURCE, {"StringEquals": {"sts:ExternalId": "secret"}}, False),
        ([SOURCE, OTHER], {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/dist"}}, True),
    ],
)
def test_trust_of_the_destination_role(
    stage: ImageStage, principal: Any, condition: dict[str, Any], works: bool
) -> None:
    stage.admit(trusting=trust({"AWS": principal}, **condition))
    status = stage.run(entry(AWAY, [TARGET]))["state"]["status"]
    assert status == ("AVAILABLE" if works else "FAILED")


def test_a_template_of_another_account_without_the_tag_is_not_changed(stage: ImageStage) -> None:
    one = prepared(stage, TEMPLATE, TARGET)
    tagged = {"StringEquals": {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}}
    changes = {
        "Effect": "Allow",
        "Action": ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
        "Resource": "*",
    }
    stage.admit(
        TARGET,
        *aws_managed("Ec2ImageBuilderCrossAccountDistributionAccess")["Statement"],
        {**changes, "Condition": tagged},
        {"Effect": "Allow", "Action": ["ec2:DescribeLaunchTemplates"], "Resource": "*"},
        {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "arn:aws:ec2:*:*:launch-template/*"},
    )
    configuration = stage.configure(one)
    assert stage.run(distributionConfigurationArn=configuration)["state"] == {"status": "AVAILABLE"}
    from moto.ec2.models import ec2_backends

    template = next(iter(ec2_backends[TARGET][AWAY].launch_templates.values()))
    ec2_backends[TARGET][AWAY].delete_tags([template.id], {"CreatedBy": None})
    failed = stage.run(distributionConfigurationArn=configuration, clientToken="two")
    assert "ec2:CreateLaunchTemplateVersion" in message(failed)
    assert len(template.versions) == 2


def test_a_template_of_another_account_is_tagged(stage: ImageStage) -> None:
    one = prepared(stage, TEMPLATE, TARGET)
    denied = {"Effect": "Deny", "Action": "ec2:CreateTags", "Resource": "arn:aws:ec2:*:*:launch-template/*"}
    stage.admit(TARGET, EVERYTHING, denied)
    (failure,) = failures(stage.run(one))
    assert "ec2:CreateTags" in failure["errorMessage"]
    assert failure["imageConfigurationStep"] == "UPDATE_LAUNCH_TEMPLATES"
    # With the tag that AWS's example allows, and no other.
    tag = {"StringEquals": {"aws:RequestTag/CreatedBy": "EC2 Image Builder"}}
    allowing = {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": tag}
    stage.admit(TARGET, {"Effect": "Allow", "NotAction": "ec2:CreateTags", "Resource": "*"}, allowing)
    configuration = stage.configure(one, name="two")
    image = stage.run(distributionConfigurationArn=configuration, clientToken="two")
    assert image["state"] == {"status": "AVAILABLE"}
