"""Cases of Regions, quotas, and who may launch."""

from __future__ import annotations

from typing import Any

import boto3

from tests.preflight_cases.situation import Asked
from tests.preflight_cases.situation import PUBLIC
from tests.preflight_cases.situation import RequestCase
from tests.preflight_cases.situation import Situation
from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import TARGET
from tests.world import SOURCE
from tests.world import TWO as OTHER


def plain(*entries: dict[str, Any], **switches: int) -> Situation:
    """Entries and nothing else. switches: settings of the local AWS."""

    def make(_stage: ImageStage) -> Asked:
        from moto.imagebuilder.switches import switches as all_switches

        all_switches.set(**switches)
        return Asked(list(entries) or [entry(AWAY)])

    return make


def with_amis(count: int, public: bool = False, **switches: int) -> Situation:
    """Another Region already has `count` AMIs. With `public`, they are public, and the new one is to become so."""

    def make(stage: ImageStage) -> Asked:
        from moto.imagebuilder.switches import switches as all_switches

        all_switches.set(**switches)
        for number in range(count):
            ami = stage.moto_resources.plant_ami(SOURCE, AWAY, f"old {number}")
            if public:
                stage.moto_resources.grant_launch(ami, [{"Group": "all"}])
        return Asked([entry(AWAY, **({"launchPermission": PUBLIC} if public else {}))])

    return make


def organization(unit: str | None = None, foreign: bool = False) -> Situation:
    """Sharing with the account's organization, or an OU of it. unit: `there`, `missing` or `misspelt`."""

    def make(_stage: ImageStage) -> Asked:
        client = boto3.client("organizations")
        arn = client.create_organization(FeatureSet="ALL")["Organization"]["Arn"]
        member = "organizationArns"
        if unit:
            root = client.list_roots()["Roots"][0]["Id"]
            made = client.create_organizational_unit(ParentId=root, Name="images")["OrganizationalUnit"]
            arn, member = made["Arn"], "organizationalUnitArns"
            if unit == "missing":
                arn = arn[:-8] + "00000000"
            elif unit == "misspelt":
                arn = arn.replace("/o-", "/o-0")
        if foreign:
            arn = f"arn:aws:organizations::{OTHER}:organization/o-a1b2c3d4e5"
        return Asked([entry(AWAY, launchPermission={member: [arn]})])

    return make


def public(blocked: bool) -> Situation:
    def make(_stage: ImageStage) -> Asked:
        ec2 = boto3.client("ec2", AWAY)
        if blocked:
            ec2.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
        return Asked([entry(AWAY, launchPermission=PUBLIC)])

    return make


CASES: dict[str, RequestCase] = {
    "region_absent": RequestCase(
        plain(entry("eu-north-9")), plain(entry("eu-north-1")), "The Region eu-north-9 does not exist"
    ),
    "region_not_enabled": RequestCase(
        plain(entry("ap-east-1")), plain(entry("ap-south-1")), "ap-east-1 does not exist or is not"
    ),
    "images_quota_reached": RequestCase(
        with_amis(2, image_quota=2), with_amis(2, image_quota=30), "The quota of 2 AMIs is reached"
    ),
    "images_quota_nearly_reached": RequestCase(with_amis(9, image_quota=10), with_amis(8, image_quota=10)),
    "public_images_quota_reached": RequestCase(
        with_amis(5, public=True), with_amis(4, public=True), "The quota of 5 public AMIs is reached"
    ),
    "public_images_quota_nearly_reached": RequestCase(
        with_amis(9, public=True, public_image_quota=10), with_amis(8, public=True, public_image_quota=10)
    ),
    "sharing_quota_exceeded": RequestCase(
        plain(entry(AWAY, launchPermission={"userIds": [OTHER, TARGET]}), image_sharing_quota=1),
        plain(entry(AWAY, launchPermission={"userIds": [OTHER, TARGET]}), image_sharing_quota=2),
        "The quota of 1 accounts",
    ),
    "organizational_unit_missing": RequestCase(
        organization("missing"), organization("there"), "Invalid attribute item value"
    ),
    "organizational_unit_arn": RequestCase(
        organization("misspelt"), organization("there"), "Invalid attribute item value"
    ),
    "organization_of_others": RequestCase(organization(foreign=True), organization()),
    "public_blocked": RequestCase(
        public(blocked=True), public(blocked=False), "block public access for AMIs is enabled"
    ),
}
