"""Policies that the collection derives from distributions, judged by the local AWS.

Each suffices to distribute with nothing else attached but the managed policies that the filter names, and every
statement is needed: without it, the step that it is for fails.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.local_aws.server import LocalAws
from tests.local_aws.server import SOURCE_ACCOUNT
from tests.local_aws.server import TARGET_ACCOUNTS
from tests.world import account_root
from tests.world import DESTINATION_ROLE
from tests.world import IMAGE_BUILDER
from tests.world import trusting
from tests.world import World

HOME, AWAY = "us-east-1", "eu-west-1"
TARGET = TARGET_ACCOUNTS[0]
SHARED = {"user_ids": ["444455556666"]}


def execution_policy(distributions: list[dict[str, Any]], account: str, **options: Any) -> Any:
    """The filter under test."""
    from ansible_collections.goldimage.aws.plugins.filter.execution_policy import FilterModule

    return FilterModule().filters()["execution_policy"](distributions, account, HOME, **options)


def as_api(value: Any) -> Any:
    """Options in the form of the API; keys of tags are the user's."""
    if isinstance(value, list):
        return [as_api(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"_(.)", lambda match: match[1].upper(), key): item if key == "ami_tags" else as_api(item)
        for key, item in value.items()
    }


def role_of(account: str) -> str:
    """The role that acts in an account."""
    return DESTINATION_ROLE if account == TARGET else "dist"


class PolicyWorld(World):
    """Keys, templates, a bucket and a source AMI in two accounts and two Regions."""

    def __init__(self, aws: LocalAws) -> None:
        super().__init__(aws)
        # EC2 does not export encrypted Windows images, but here one image uses every feature.
        aws.switch(image_transition_polls=0, export_anything=True)
        self.keys = {
            name: self.key(region, name, (TARGET,)).arn
            for name, region in (("source", HOME), ("home", HOME), ("away", AWAY))
        }
        self.source = aws.plant_ami("web", kms_key_id=self.keys["source"], platform="windows")
        self.templates = {
            (account, region): self.template(region, account, InstanceType="t3.micro")
            for account in (SOURCE_ACCOUNT, TARGET)
            for region in (HOME, AWAY)
        }
        aws.client("s3").create_bucket(Bucket="vm-images")
        aws.client("ssm").put_parameter(Name="/golden/owner", Value="platform", Type="String")
        self.create_role("vmimport", [trusting({"Service": "vmie.amazonaws.com"})])
        self.create_role("dist", [trusting(IMAGE_BUILDER)])
        self.create_role(DESTINATION_ROLE, [trusting(account_root(SOURCE_ACCOUNT))], TARGET)

    def allow(self, account: str, document: dict[str, Any]) -> None:
        """Let the role of the account do this, in addition to its managed policies."""
        self.aws.client("iam", account_id=account).put_role_policy(
            RoleName=role_of(account), PolicyName="derived", PolicyDocument=json.dumps(document)
        )

    def attach(self, account: str, policies: list[str]) -> None:
        """Attach AWS managed policies to the role of the account."""
        for arn in policies:
            self.aws.client("iam", account_id=account).attach_role_policy(RoleName=role_of(account), PolicyArn=arn)

    def derive(self, distributions: list[dict[str, Any]], use: str = "distribution", **options: Any) -> dict[str, Any]:
        """Give both roles the policies that the filter derives. Returns the documents, by account."""
        documents = {}
        for account, chosen in ((SOURCE_ACCOUNT, {"use": use}), (TARGET, {"side": "target"})):
            options = {"source_kms_key_arns": [self.keys["source"]], **options, **chosen}
            documents[account] = execution_policy(distributions, account, **options)
            if documents[account]["Statement"]:
                self.allow(account, documents[account])
            self.attach(account, execution_policy(distributions, account, **{**options, "output": "managed_policies"}))
            options.pop("use", None)
        return documents

    def forget_fast_launch(self) -> None:
        """Delete the service-linked role, as in an account that never used Fast Launch."""
        iam = self.aws.client("iam")
        for role in iam.list_roles(PathPrefix="/aws-service-role/ec2fastlaunch.amazonaws.com/")["Roles"]:
            iam.delete_role(RoleName=role["RoleName"])

    def logged(self, image: dict[str, Any]) -> bool:
        """Whether the image has a log in the log group of its configuration."""
        group = image["loggingConfiguration"]["logGroupName"]
        logs = self.aws.client("logs")
        groups = [one["logGroupName"] for one in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]]
        if group not in groups:
            return False
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        return image["version"] in [stream["logStreamName"] for stream in streams]

    def run(self, configuration: str, **members: Any) -> dict[str, Any]:
        """Distribute to the end. Returns the image."""
        arn = self.imagebuilder.distribute_image(
            sourceImage=self.source, distributionConfigurationArn=configuration, executionRole="dist", **members
        )["imageBuildVersionArn"]
        return self.aws.image(arn)


def everything(world: PolicyWorld) -> list[dict[str, Any]]:
    """Distributions that use every feature."""
    ami = {
        "name": "web {{ imagebuilder:buildDate }}",
        "ami_tags": {"Team": "web", "Owner": "{{ ssm:/golden/owner }}"},
        "launch_permission": SHARED,
        "target_account_ids": [SOURCE_ACCOUNT, TARGET],
    }
    manager = world.aws.client("license-manager", AWAY)
    made = manager.create_license_configuration(Name="web", LicenseCountingType="vCPU")
    return [
        {
            "region": HOME,
            "ami_distribution_configuration": {**ami, "kms_key_id": world.keys["home"]},
            "launch_template_configurations": [{"launch_template_id": world.templates[SOURCE_ACCOUNT, HOME]}],
            "s3_export_configuration": {"role_name": "vmimport", "disk_image_format": "RAW", "s3_bucket": "vm-images"},
        },
        {
            "region": AWAY,
            "ami_distribution_configuration": {**ami, "kms_key_id": f"arn:aws:kms:{AWAY}:{SOURCE_ACCOUNT}:alias/away"},
            "license_configuration_arns": [made["LicenseConfigurationArn"]],
            "launch_template_configurations": [
                {"launch_template_id": world.templates[TARGET, AWAY], "account_id": TARGET}
            ],
            "ssm_parameter_configurations": [
                {"parameter_name": "/golden/web", "data_type": "aws:ec2:image"},
                {"parameter_name": "golden-web", "ami_account_id": TARGET, "data_type": "text"},
            ],
            "fast_launch_configurations": [
                {"enabled": True, "launch_template": {"launch_template_id": world.templates[SOURCE_ACCOUNT, AWAY]}}
            ],
            "s3_export_configuration": {"role_name": "vmimport", "disk_image_format": "VHD", "s3_bucket": "vm-images"},
        },
    ]


def refused(image: dict[str, Any]) -> list[str]:
    """The actions that were denied, in the order of the failures."""
    state = image["state"]
    if state["status"] == "AVAILABLE":
        return []
    failures = state["failureContext"]["distributionFailure"]["regionFailures"]
    return [re.search(r"not authorized to perform: (\S+)", failure["errorMessage"])[1] for failure in failures]


def covers(statement: dict[str, Any], action: str) -> bool:
    """Whether a statement is about an action."""
    return any(
        pattern == action or (pattern.endswith("*") and action.startswith(pattern[:-1]))
        for pattern in statement["Action"]
    )


# Needed when an export is cancelled halfway, which the local AWS never does.
NEVER_USED = {"CancelExportTasks"}


def test_every_statement_is_needed(aws: LocalAws) -> None:
    world = PolicyWorld(aws)
    distributions = everything(world)
    configuration = world.configure(*as_api(distributions))
    documents = world.derive(distributions, log_group="/golden")
    log = {"loggingConfiguration": {"logGroupName": "/golden"}}
    image = world.run(configuration, **log)
    assert image["state"] == {"status": "AVAILABLE"}
    assert world.logged(image)

    tried = 0
    assert {"CreateFastLaunchSnapshots", "UseFastLaunchResources", "TagFastLaunchResources"} <= {
        statement["Sid"] for statement in documents[SOURCE_ACCOUNT]["Statement"]
    }
    for account, document in documents.items():
        for left_out in document["Statement"]:
            world.forget_fast_launch()
            rest = [statement for statement in document["Statement"] if statement is not left_out]
            world.allow(account, {**document, "Statement": rest})
            image = world.run(configuration, **log)
            where = (account, left_out["Sid"])
            if left_out["Sid"] == "WriteLogs":
                assert not world.logged(image), where
            elif left_out["Sid"] in NEVER_USED:
                assert image["state"] == {"status": "AVAILABLE"}, where
            else:
                assert refused(image), where
                assert all(covers(left_out, action) for action in refused(image)), (where, refused(image))
            tried += 1
        world.allow(account, document)
    assert tried > 30


NAME = "web {{ imagebuilder:buildDate }}"
CASES: dict[str, Any] = {
    "a copy to another Region": lambda _world: {"ami_distribution_configuration": {"name": NAME}},
    "a copy to another account": lambda _world: {"ami_distribution_configuration": {"target_account_ids": [TARGET]}},
    "a copy under a key to another account, shared from there": lambda world: {
        "ami_distribution_configuration": {
            "target_account_ids": [TARGET],
            "kms_key_id": world.keys["away"],
            "launch_permission": SHARED,
        }
    },
    "a key by its name": lambda _world: {"ami_distribution_configuration": {"kms_key_id": "alias/away"}},
    "a key by its id": lambda world: {
        "ami_distribution_configuration": {"kms_key_id": world.keys["away"].rpartition("/")[2]}
    },
    "at home, for another account": lambda world: {
        "region": HOME,
        "ami_distribution_configuration": {"target_account_ids": [TARGET], "kms_key_id": world.keys["home"]},
    },
    "only a launch template": lambda world: {
        "launch_template_configurations": [{"launch_template_id": world.templates[SOURCE_ACCOUNT, AWAY]}]
    },
    "a launch template of another account": lambda world: {
        "launch_template_configurations": [{"launch_template_id": world.templates[TARGET, AWAY], "account_id": TARGET}]
    },
    "Fast Launch without a template": lambda world: {
        "ami_distribution_configuration": {"kms_key_id": world.keys["away"]},
        "fast_launch_configurations": [{"enabled": True}],
    },
    "Fast Launch at home, with a template by its name": lambda _world: {
        "region": HOME,
        "fast_launch_configurations": [{"enabled": True, "launch_template": {"launch_template_name": "web"}}],
    },
}


def test_the_policy_of_each_case_suffices(aws: LocalAws) -> None:
    for case, entry in CASES.items():
        aws.reset()
        world = PolicyWorld(aws)
        distributions = [{"region": AWAY, **entry(world)}]
        world.derive(distributions)
        image = world.run(world.configure(*as_api(distributions)))
        assert image["state"] == {"status": "AVAILABLE"}, case


@pytest.mark.parametrize(
    "options", [{"use": "pipeline"}, {"size_limit": 5900}], ids=["in addition to the managed policy", "written shorter"]
)
def test_other_forms_of_the_policy_suffice(aws: LocalAws, options: dict[str, Any]) -> None:
    world = PolicyWorld(aws)
    distributions = everything(world)
    documents = world.derive(distributions, **options)
    if "size_limit" in options:
        assert len(json.dumps(documents[SOURCE_ACCOUNT], separators=(",", ":"))) <= options["size_limit"]
    image = world.run(world.configure(*as_api(distributions)))
    assert image["state"] == {"status": "AVAILABLE"}


def test_a_policy_for_other_distributions_does_not_suffice(aws: LocalAws) -> None:
    world = PolicyWorld(aws)
    distributions = everything(world)
    configuration = world.configure(*as_api(distributions))
    world.derive(distributions, source_kms_key_arns=[])
    assert set(refused(world.run(configuration))) == {"kms:DescribeKey"}, (
        "the policy does not cover the key of the source AMI"
    )
    renamed = json.loads(json.dumps(distributions).replace("/golden/web", "/golden/db"))
    world.derive(renamed)
    assert refused(world.run(configuration)) == ["ssm:PutParameter"]
    elsewhere = json.loads(json.dumps(distributions).replace(AWAY, "eu-west-2"))
    world.derive(elsewhere)
    assert set(refused(world.run(configuration))) == {"ec2:DescribeImages", "kms:DescribeKey"}
