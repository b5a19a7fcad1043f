"""License Manager of the local AWS: what it shows of licences and AMIs, and which rollouts it makes fail."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import failures
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import SOURCE


def make(region: str) -> str:
    manager = boto3.client("license-manager", region)
    made = manager.create_license_configuration(Name="web", LicenseCountingType="vCPU", LicenseCount=5)
    return made["LicenseConfigurationArn"]


def test_a_licence_configuration_is_shown_in_its_region(stage: ImageStage) -> None:
    arn = make(AWAY)
    assert arn.startswith(f"arn:aws:license-manager:{AWAY}:{SOURCE}:license-configuration:lic-")
    shown = boto3.client("license-manager", AWAY).get_license_configuration(LicenseConfigurationArn=arn)
    assert (shown["Name"], shown["Status"], shown["LicenseCount"]) == ("web", "AVAILABLE", 5)
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        boto3.client("license-manager", HOME).get_license_configuration(LicenseConfigurationArn=arn)


def test_an_ami_has_the_licences_of_its_entry(stage: ImageStage) -> None:
    arn = make(AWAY)
    image = stage.run({**entry(AWAY), "licenseConfigurationArns": [arn]})
    manager = boto3.client("license-manager", AWAY)
    ami = f"arn:aws:ec2:{AWAY}::image/{stage.ami(image).id}"
    shown = manager.list_license_specifications_for_resource(ResourceArn=ami)["LicenseSpecifications"]
    assert shown == [{"LicenseConfigurationArn": arn}]


@pytest.mark.parametrize("region", [HOME, AWAY])
def test_licences_that_do_not_exist_or_are_disabled_fail_late(stage: ImageStage, region: str) -> None:
    arn = make(region)
    if region == AWAY:
        manager = boto3.client("license-manager", AWAY)
        manager.update_license_configuration(LicenseConfigurationArn=arn, LicenseConfigurationStatus="DISABLED")
    image = stage.run({**entry(AWAY), "licenseConfigurationArns": [arn]})
    (failure,) = failures(image)
    assert failure["imageConfigurationStep"] == "ASSOCIATE_LICENSES"
    assert failure["errorMessage"].startswith("License Manager Client Error: 'Invalid")
    assert stage.ami(image) is not None
