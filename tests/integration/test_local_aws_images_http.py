"""What LocalAws does to images, over HTTP; the operations themselves are tested without sockets."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.server import LocalAws
from tests.local_aws.server import SOURCE_ACCOUNT
from tests.local_aws.server import TARGET_ACCOUNTS
from tests.world import account_root
from tests.world import DESTINATION_POLICY
from tests.world import DESTINATION_ROLE
from tests.world import document
from tests.world import EVERYTHING
from tests.world import IMAGE_BUILDER
from tests.world import trusting
from tests.world import World

HOME, AWAY = "us-east-1", "eu-west-1"
TARGET = TARGET_ACCOUNTS[0]
AWS_POLICIES = "arn:aws:iam::aws:policy/"


def state_of(aws: LocalAws, arn: str) -> str:
    return aws.client("imagebuilder").get_image(imageBuildVersionArn=arn)["image"]["state"]["status"]


def test_images_are_steered_from_a_test(aws: LocalAws) -> None:
    ec2, client = aws.client("ec2"), aws.client("imagebuilder")
    world = World(aws)
    share = document({**EVERYTHING, "Action": ["ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute"]})
    managed = f"{AWS_POLICIES}EC2ImageBuilderExecutionPolicy"
    world.create_role("dist", [trusting(IMAGE_BUILDER)], inline={"share": share}, managed=(managed,))
    world.create_role(DESTINATION_ROLE, [trusting(account_root(SOURCE_ACCOUNT))], TARGET, managed=(DESTINATION_POLICY,))
    source = aws.plant_ami("web", tags={"Team": "web"}, platform="windows")
    assert ec2.describe_images(ImageIds=[source])["Images"][0]["Tags"] == [{"Key": "Team", "Value": "web"}]
    encrypted = aws.plant_ami("db", encrypted=True)
    snapshot = ec2.describe_images(ImageIds=[encrypted])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    assert ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["KmsKeyId"].startswith("arn:aws:kms:")

    wanted = {"name": "web {{ imagebuilder:buildDate }}", "targetAccountIds": [SOURCE_ACCOUNT, TARGET]}
    licenses = aws.client("license-manager", AWAY)
    made = licenses.create_license_configuration(Name="web", LicenseCountingType="vCPU")
    license_arn = made["LicenseConfigurationArn"]
    distributions = [
        {"region": AWAY, "amiDistributionConfiguration": wanted, "licenseConfigurationArns": [license_arn]}
    ]
    configuration = client.create_distribution_configuration(name="web", distributions=distributions)
    request = {
        "sourceImage": source,
        "distributionConfigurationArn": configuration["distributionConfigurationArn"],
        "executionRole": "dist",
    }

    aws.fail_distribution("COPY_AMI", region=AWAY, account=TARGET, message="luck ran out", times=1)
    arn = client.distribute_image(**request)["imageBuildVersionArn"]
    assert aws.image(arn)["state"] == {"status": "PENDING"}
    assert aws.image(arn)["state"] == {"status": "PENDING"}, "only GetImage moves it on"
    assert [state_of(aws, arn) for _poll in range(3)] == ["PENDING", "DISTRIBUTING", "FAILED"]
    failure = aws.image(arn)["state"]["failureContext"]["distributionFailure"]["regionFailures"][0]
    assert (failure["errorMessage"], failure["targetAccountId"]) == ("luck ran out", TARGET)

    aws.fail_distribution("EXPORT_AMI")
    assert [(one["step"], one["struck"]) for one in aws.distribution_failures()] == [("COPY_AMI", 1), ("EXPORT_AMI", 0)]
    aws.clear_distribution_failures()
    assert aws.distribution_failures() == []
    client.retry_image(imageBuildVersionArn=arn)
    aws.hold_image(arn, "INTEGRATING")
    assert [state_of(aws, arn) for _poll in range(4)] == ["DISTRIBUTING", *["INTEGRATING"] * 3]
    aws.hold_image(arn, None)
    aws.fault("imagebuilder", "GetImage", code="ExpiredTokenException", status=403, times=1)
    with pytest.raises(ClientError, match="ExpiredToken"):
        state_of(aws, arn)
    assert state_of(aws, arn) == "AVAILABLE"
    copies = {ami["accountId"]: ami["image"] for ami in aws.image(arn)["outputResources"]["amis"]}
    assert set(copies) == {SOURCE_ACCOUNT, TARGET}
    assert aws.ami_records(copies[SOURCE_ACCOUNT], region=AWAY) == {"licenses": [license_arn]}
    found = aws.client("ec2", AWAY, TARGET).describe_images(Owners=["self"])["Images"]
    assert [image["ImageId"] for image in found] == [copies[TARGET]]
    aws.set_image_state(arn, "DEPRECATED", "a newer one is out")
    assert aws.image(arn)["state"] == {"status": "DEPRECATED", "reason": "a newer one is out"}

    used = {"arn": configuration["distributionConfigurationArn"], "name": "web", "distributions": distributions}
    planted = aws.plant_image(source, used, tags={"team": "web"}, name="golden", version="2.0.0")
    assert planted.endswith(":image/golden/2.0.0/1")
    assert state_of(aws, planted) == "AVAILABLE"

    aws.block_public_images(region=AWAY)
    public = [{"region": AWAY, "amiDistributionConfiguration": {**wanted, "launchPermission": {"userGroups": ["all"]}}}]
    client.update_distribution_configuration(
        distributionConfigurationArn=configuration["distributionConfigurationArn"], distributions=public
    )
    aws.switch(image_transition_polls=0)
    blocked = client.distribute_image(**request)["imageBuildVersionArn"]
    assert "block public access" in aws.image(blocked)["state"]["reason"]
    for unknown in ({"step": "COPY"}, {"step": "COPY_AMI", "status": "GONE"}):
        with pytest.raises(ValueError, match="is one of"):
            aws.fail_distribution(**unknown)
    aws.fail_distribution("COPY_AMI")
    aws.reset()
    assert aws.distribution_failures() == []
    assert client.list_image_build_versions()["imageSummaryList"] == []
    assert aws.errors() == ""
