"""Results of the role's steps as their modules return them, for tests of the role's reports."""

from __future__ import annotations

import zlib
from typing import Any

OWN = "123456789012"
OTHER = "111122223333"
THIRD = "444455556666"
HOME = "us-east-1"
ARN = f"arn:aws:imagebuilder:{HOME}:{OWN}:"
IMAGE = f"{ARN}image/web/1.0.0/1"


def recipient(region: str, account: str | None, configuration: str = "web", **more: Any) -> dict[str, Any]:
    """One recipient."""
    return {
        "configuration": configuration,
        "region": region,
        "account_id": account,
        "principal": None,
        "receives": ["ami"],
        "kms_key_id": None,
        "launch_template_ids": [],
        "ssm_parameters": [],
        "license_configurations": 0,
        "fast_launch": False,
        "s3_export": None,
        **more,
    }


def target(region: str, account: str, status: str = "in_sync", **more: Any) -> dict[str, Any]:
    """One target as imagebuilder_image_distribution_info returns it."""
    ami = None if status == "missing" else f"ami-{zlib.crc32((region + account).encode()):08x}"
    return {
        "region": region,
        "account_id": account,
        "ami_id": ami,
        "status": status,
        "drift": [],
        "not_checked": [],
        "reason": None,
        **more,
    }


def spec(regions: list[str], accounts: list[str], **more: Any) -> dict[str, Any]:
    """A spec that distributes one configuration to each of the accounts in each of the Regions."""
    return {
        "state": "present",
        "spec_id": "web",
        "account_id": OWN,
        "partition": "aws",
        "region": HOME,
        "check_mode": False,
        "recipients": [recipient(region, account) for region in regions for account in accounts],
        "configurations": [],
        "waves": [],
        "image": "ami-0abcdef1234567890",
        "made": "2026-11-29 10:00 UTC",
        **more,
    }


def rollout(outcome: str = "started", state: str = "AVAILABLE", **more: Any) -> dict[str, Any]:
    """What imagebuilder_image_distribution returns."""
    return {
        "changed": outcome not in ("unchanged", "resumed"),
        "outcome": outcome,
        "reason": "no rollout of this image with this configuration is known",
        "source_image": "ami-0abcdef1234567890",
        "image": {"arn": IMAGE, "state": state, "reason": None, "failures": [], "amis": []},
        "targets": [],
        "workflows": [],
        "still_running": False,
        "diff": {"before": {}, "after": {}},
        "item": "web",
        **more,
    }


def look(targets: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """What imagebuilder_image_distribution_info returns."""
    return {
        "changed": False,
        "image_build_version_arn": IMAGE,
        "image_state": "AVAILABLE",
        "source_image": "ami-0abcdef1234567890",
        "distribution_configuration_arn": f"{ARN}distribution-configuration/web",
        "in_sync": all(one["status"] == "in_sync" for one in targets),
        "targets": targets,
        "leftovers": [],
        "item": "web",
        **more,
    }


def outcomes(action: str, name: str = "web", **more: Any) -> dict[str, Any]:
    """What imagebuilder_distribution_set returns for one configuration."""
    outcome = {
        "name": name,
        "arn": f"{ARN}distribution-configuration/{name}",
        "action": action,
        "error": None,
        "changes": [],
        **more,
    }
    return {
        "changed": action in ("created", "updated", "deleted"),
        "failed": action == "failed",
        "outcomes": [outcome],
        "summary": {action: 1},
    }


def execution_role(changed: bool = True, created: bool = True) -> dict[str, Any]:
    """What imagebuilder_execution_role returns."""
    role = {
        "name": "goldimage-web",
        "arn": f"arn:aws:iam::{OWN}:role/goldimage-web",
        "created": created,
        "adopted": False,
        "policy_name": f"goldimage-web-{HOME}",
        "policy": {
            "Version": "2012-10-17",
            "Statement": [{"Sid": "Put", "Effect": "Allow", "Action": ["ssm:PutParameter"], "Resource": ["*"]}],
        },
        "managed_policies": [],
        "trust_policy": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        },
    }
    return {
        "changed": changed,
        "execution_role": role,
        "findings": [],
        "leftovers": [],
        "diff": {"before": {}, "after": {"arn": role["arn"]}},
    }


def accounts(**actions: str) -> dict[str, Any]:
    """What imagebuilder_cross_account_role returns; the names begin with an underscore before the account id."""
    entries = [
        {
            "account_id": name.lstrip("_"),
            "role_arn": f"arn:aws:iam::{name.lstrip('_')}:role/EC2ImageBuilderDistributionCrossAccountRole",
            "action": action,
            "statement": "Goldimage123456789012XwebXusXeastX1",
            "policy_name": f"goldimage-web-{HOME}-{OWN}",
            "error": "AccessDenied: not authorized to perform iam:GetRole" if action == "failed" else None,
        }
        for name, action in actions.items()
    ]
    return {
        "changed": any(entry["action"] in ("created", "updated") for entry in entries),
        "failed": any(entry["action"] == "failed" for entry in entries),
        "accounts": entries,
        "summary": {},
        "leftovers": [],
        "diff": [],
    }


def finding(check: str, status: str, message: str, region: str | None = HOME, remedy: str | None = None) -> dict:
    """One finding of the preflight."""
    return {
        "check": check,
        "region": region,
        "account_id": OWN,
        "status": status,
        "message": message,
        "remedy": remedy,
    }


def drifted(region: str, account: str) -> dict[str, Any]:
    """A target whose launch permission lacks an account."""
    field = "ami_distribution_configuration.launch_permission.user_ids"
    return target(region, account, "drifted", drift=[{"field": field, "wanted": [THIRD], "found": []}])


def failed_rollout(targets: list[tuple[str, str]]) -> dict[str, Any]:
    """A rollout that failed in these targets, with AWS's messages."""
    message = "User is not authorized to perform ssm:PutParameter on resource /golden/web"
    failures = [
        {
            "region": region,
            "account_id": account,
            "step": "PUT_SSM_PARAMETERS",
            "message": message,
            "remedy": f"Allow EC2ImageBuilderDistributionCrossAccountRole in account {account} ssm:PutParameter",
        }
        for region, account in targets
    ]
    image = {"arn": IMAGE, "state": "FAILED", "reason": "Distribution failed", "failures": failures, "amis": []}
    return rollout(state="FAILED", image=image, failed=True, msg=f"The rollout {IMAGE} is FAILED: Distribution failed")
