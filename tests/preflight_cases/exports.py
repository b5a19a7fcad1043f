"""Cases of exports to S3: the bucket, the role, and who may pass it."""

from __future__ import annotations

import json
from typing import Any

import boto3

from tests.preflight_cases.situation import Asked
from tests.preflight_cases.situation import export
from tests.preflight_cases.situation import prepare_exports
from tests.preflight_cases.situation import RequestCase
from tests.preflight_cases.situation import Situation
from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import but
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import trust
from tests.world import document
from tests.world import EVERYTHING
from tests.world import HOME
from tests.world import SOURCE
from tests.world import TWO as OTHER


def exporting(bucket_region: str = HOME, account: str = SOURCE, **wanted: str) -> Situation:
    """An export to a bucket in this Region and account."""

    def make(stage: ImageStage) -> Asked:
        prepare_exports(stage, bucket_region, account)
        return Asked([export(**wanted)])

    return make


def exporting_as(trusting: Any) -> Situation:
    """An export with a role that has this trust policy."""

    def make(stage: ImageStage) -> Asked:
        prepare_exports(stage, HOME)
        stage.put_role("vmimport", trusting, document(EVERYTHING))
        return Asked([export()])

    return make


def caller(*statements: dict[str, Any]) -> Situation:
    """An export in a configuration created by a user with these permissions."""

    def make(stage: ImageStage) -> Asked:
        prepare_exports(stage, HOME)
        iam = boto3.client("iam")
        iam.create_user(UserName="caller")
        iam.put_user_policy(UserName="caller", PolicyName="allowed", PolicyDocument=json.dumps(document(*statements)))
        keys = iam.create_access_key(UserName="caller")["AccessKey"]
        stage.caller = {"access_key": keys["AccessKeyId"], "secret_key": keys["SecretAccessKey"]}
        return Asked([export()])

    return make


def creating(stage: ImageStage, asked: Asked) -> str | None:
    """What that user is told on creating the configuration, with IAM enforced."""
    from botocore.exceptions import ClientError

    from tests.local_aws.enforcement import iam_enforced

    keys = {"aws_access_key_id": stage.caller["access_key"], "aws_secret_access_key": stage.caller["secret_key"]}
    with iam_enforced():
        try:
            boto3.client("imagebuilder", HOME, **keys).create_distribution_configuration(
                name="by-the-caller", distributions=asked.entries, clientToken="caller"
            )
        except ClientError as error:
            return str(error)
    return None


CASES: dict[str, RequestCase] = {
    "bucket_missing": RequestCase(exporting(bucket="none-such"), exporting(), "The bucket none-such does not exist"),
    "bucket_of_another_region": RequestCase(exporting(AWAY), exporting(HOME), f"is not in the Region {HOME}"),
    "bucket_of_another_account": RequestCase(
        exporting(account=OTHER), exporting(account=SOURCE), f"does not exist in the account {SOURCE}"
    ),
    "export_role_missing": RequestCase(exporting(role="none"), exporting(), "role/none' does not exist"),
    "export_role_not_passed": RequestCase(caller(*but("iam:PassRole")), caller(EVERYTHING), "iam:PassRole", creating),
    "export_role_trust": RequestCase(
        exporting_as(trust({"Service": "ec2.amazonaws.com"})),
        exporting_as(trust({"Service": "vmie.amazonaws.com"})),
        "does not trust VM Import/Export",
    ),
    "export_role_trust_conditions": RequestCase(
        exporting_as(trust({"Service": "vmie.amazonaws.com"}, ArnLikeIfExists={"aws:SourceArn": "arn:aws:vmie:*:*:*"})),
        exporting_as(trust({"Service": "vmie.amazonaws.com"}, StringEquals={"sts:ExternalId": "vmimport"})),
    ),
}
