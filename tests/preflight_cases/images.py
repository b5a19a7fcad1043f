"""Cases of the source image, and of the keys of its copies."""

from __future__ import annotations

from typing import Any

import boto3

from tests.preflight_cases.situation import Asked
from tests.preflight_cases.situation import AWS_MANAGED
from tests.preflight_cases.situation import export
from tests.preflight_cases.situation import key
from tests.preflight_cases.situation import make_key
from tests.preflight_cases.situation import OPEN
from tests.preflight_cases.situation import prepare_exports
from tests.preflight_cases.situation import PUBLIC
from tests.preflight_cases.situation import RequestCase
from tests.preflight_cases.situation import SHARED
from tests.preflight_cases.situation import Situation
from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import TARGET
from tests.world import HOME
from tests.world import SOURCE
from tests.world import TWO as OTHER


def source(*entries: dict[str, Any], key: Any = None, **more: Any) -> Situation:
    """An AMI of some kind as the source. key: makes the key of its snapshot, given the stage; more: as plant_ami()."""

    def make(stage: ImageStage) -> Asked:
        kms = {"kms_key_id": key(stage)} if key else {}
        stage.source = stage.moto_resources.plant_ami(SOURCE, HOME, "web server", **kms, **more)
        prepare_exports(stage, HOME)
        return Asked(list(entries) or [entry(AWAY)], stage.source.id)

    return make


def named(text: str, parameter: str | None = None) -> Situation:
    """The source image, given by something other than its id."""

    def make(stage: ImageStage) -> Asked:
        if parameter:
            boto3.client("ssm", HOME).put_parameter(Name=parameter, Value=stage.source.id, Type="String")
        return Asked([entry(AWAY)], text)

    return make


def default_key(region: str = AWAY) -> str:
    """The key that AWS manages for EBS; created if it does not exist."""
    from moto.ec2.models import ec2_backends

    return str(ec2_backends[SOURCE][region]._create_default_encryption_key())


UNKNOWN_KEY = f"arn:aws:kms:{HOME}:{SOURCE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def copied_under(named_key: Any, accounts: Any = None, **ami: Any) -> Situation:
    """A copy encrypted with a key. named_key: the option's text, or a function that makes the key, given the stage."""

    def make(stage: ImageStage) -> Asked:
        stage.admit()
        text = named_key if isinstance(named_key, str) else named_key(stage)
        return Asked([entry(AWAY, accounts, kmsKeyId=text, **ami)])

    return make


def encrypting(*entries: dict[str, Any], by_default: bool = True, own_key: Any = None) -> Situation:
    """EBS encrypts everything in the Region by default. own_key: makes the default key of that Region."""

    def make(stage: ImageStage) -> Asked:
        from moto.ec2.models import ec2_backends

        ec2 = ec2_backends[SOURCE][AWAY]
        prepare_exports(stage, AWAY)
        if by_default:
            ec2.enable_ebs_encryption_by_default()
        if own_key:
            ec2.default_kms_key_id = own_key(stage)
        return Asked(list(entries))

    return make


CASES: dict[str, RequestCase] = {
    "source_missing": RequestCase(
        lambda stage: Asked([entry(AWAY)], "ami-0123456789abcdef0"),
        lambda stage: Asked([entry(AWAY)], stage.source.id),
        "does not lead to an AMI",
    ),
    "source_unresolved": RequestCase(
        named("ssm:/tested/none"), named("ssm:/tested/web", "/tested/web"), "does not lead to an AMI"
    ),
    "source_of_another_account": RequestCase(
        source(owner_id=OTHER), source(owner_id=SOURCE), f"belongs to the account {OTHER}"
    ),
    "source_not_available": RequestCase(
        source(state="pending"), source(state="available"), "is pending and not available"
    ),
    "source_key_missing": RequestCase(
        source(key=lambda stage: UNKNOWN_KEY), source(key=key()), f"The specified keyId {UNKNOWN_KEY} is invalid"
    ),
    "source_licensed_export": RequestCase(
        source(export(), platform="windows"), source(export()), "contains AWS-licensed software"
    ),
    "source_marketplace_export": RequestCase(
        source(export(), product_codes={"abc"}),
        source(entry(HOME), product_codes={"abc"}),
        "contains third-party software",
    ),
    "source_encrypted_export": RequestCase(
        source(export(), key=key()), source(entry(HOME), key=key()), "has encrypted snapshots"
    ),
    "source_watermark_public": RequestCase(
        source(entry(HOME, launchPermission=PUBLIC), watermarks=["approved"]),
        source(entry(HOME, launchPermission=SHARED), watermarks=["approved"]),
        "Images with watermarks",
    ),
    "source_marketplace_public": RequestCase(
        source(entry(HOME, launchPermission=PUBLIC), product_codes={"abc"}),
        source(entry(HOME, launchPermission=SHARED), product_codes={"abc"}),
        "Images with product codes",
    ),
    "source_encrypted_public": RequestCase(
        source(entry(HOME, launchPermission=PUBLIC), key=key()),
        source(entry(HOME, launchPermission=SHARED), key=key(HOME, f"arn:aws:iam::{OTHER}:root")),
        "Images with encrypted snapshots",
    ),
    "source_platform_fast_launch": RequestCase(
        source({**entry(HOME), "fastLaunchConfigurations": [{"enabled": True}]}),
        source({**entry(HOME), "fastLaunchConfigurations": [{"enabled": True}]}, platform="windows"),
        "Windows images only",
    ),
    "key_missing": RequestCase(
        copied_under("alias/none"),
        copied_under(lambda stage: make_key(AWAY, alias="alias/web") and "alias/web"),
        "The specified keyId alias/none is invalid",
    ),
    "key_not_enabled": RequestCase(
        copied_under(key(AWAY, state="Disabled")), copied_under(key(AWAY)), "is in the state Disabled"
    ),
    "key_not_for_ebs": RequestCase(
        copied_under(key(AWAY, KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")),
        copied_under(key(AWAY, KeyUsage="ENCRYPT_DECRYPT")),
        "is not a symmetric encryption key",
    ),
    "key_managed_by_aws": RequestCase(
        copied_under(lambda stage: default_key(), launchPermission=SHARED),
        copied_under(lambda stage: default_key()),
        AWS_MANAGED,
    ),
    "key_policy_copy": RequestCase(
        copied_under(key(AWAY), [SOURCE, TARGET]),
        copied_under(key(AWAY, f"arn:aws:iam::{TARGET}:root"), [SOURCE, TARGET]),
        "Given key ID is not accessible",
    ),
    "key_policy_launch": RequestCase(
        copied_under(key(AWAY), launchPermission=SHARED),
        copied_under(key(AWAY, f"arn:aws:iam::{OTHER}:root"), launchPermission=SHARED),
    ),
    "key_policy_conditions": RequestCase(
        copied_under(key(AWAY, f"arn:aws:iam::{OTHER}:root", condition=OPEN), launchPermission=SHARED),
        copied_under(
            key(AWAY, f"arn:aws:iam::{OTHER}:root", condition={"StringEquals": {"kms:CallerAccount": OTHER}}),
            launchPermission=SHARED,
        ),
    ),
    "default_key_shared": RequestCase(
        encrypting(entry(AWAY, launchPermission=SHARED)),
        encrypting(entry(AWAY, launchPermission=SHARED), own_key=key(AWAY, f"arn:aws:iam::{OTHER}:root")),
        AWS_MANAGED,
    ),
    "default_encryption_public": RequestCase(
        encrypting(entry(AWAY, launchPermission=PUBLIC), own_key=key(AWAY)),
        encrypting(entry(AWAY, launchPermission=PUBLIC), by_default=False),
        "Images with encrypted snapshots",
    ),
    "default_encryption_export": RequestCase(
        encrypting(export(AWAY)), encrypting(export(AWAY), by_default=False), "has encrypted snapshots"
    ),
}
