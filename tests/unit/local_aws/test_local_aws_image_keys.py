"""Keys of copies: which one encrypts, and who may use it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import but
from tests.unit.local_aws.stage import DESTINATION_ROLE
from tests.unit.local_aws.stage import document
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import EVERYTHING
from tests.unit.local_aws.stage import failures
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import TARGET
from tests.world import TWO as OTHER

ROOT = f"arn:aws:iam::{SOURCE}:root"
COPY_FAILED = "AMI Copy Reported Failure For "
INVALID = "AMI snapshot copy failed with error: The specified keyId "


def make_key(region: str = AWAY, account: str = SOURCE, admits: Any = (), alias: str | None = None) -> Any:
    """A key of an account; admits: further principals that its policy lets use it."""
    from moto.kms.models import kms_backends

    principals = [f"arn:aws:iam::{account}:root", *admits]
    policy = {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "kms:*", "Resource": "*"}
    backend = kms_backends[account][region]
    key = backend.create_key(json.dumps(document(policy)), "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "", None)
    if alias:
        backend.create_alias(key.id, alias)
    return key


def default_key_of(account: str, region: str) -> str:
    from moto.ec2.models import ec2_backends

    return ec2_backends[account][region].default_kms_key_id


def encrypted_source(stage: ImageStage, key: Any = None, **members: Any) -> Any:
    """Replaces the source with an encrypted AMI."""
    stage.source = stage.moto_resources.plant_ami(
        SOURCE, HOME, "web server", kms_key_id=key.arn if key else None, encrypted=True, **members
    )
    return stage.source


def message(image: dict[str, Any]) -> str:
    (failure,) = failures(image)
    assert "imageConfigurationStep" not in failure
    return failure["errorMessage"]


@pytest.mark.parametrize("form", ["arn", "id", "alias", "alias arn"])
def test_the_key_of_an_entry_encrypts_the_copy(stage: ImageStage, form: str) -> None:
    key = make_key(alias="alias/web")
    alias_arn = f"arn:aws:kms:{AWAY}:{SOURCE}:alias/web"
    named = {"arn": key.arn, "id": key.id, "alias": "alias/web", "alias arn": alias_arn}[form]
    image = stage.run(entry(AWAY, kmsKeyId=named), entry("eu-west-2"))
    snapshot = stage.ami(image).ebs_snapshot
    assert (snapshot.encrypted, snapshot.kms_key_id) == (True, key.arn)
    assert not stage.ami(image, "eu-west-2").ebs_snapshot.encrypted
    assert not stage.source.ebs_snapshot.encrypted


@pytest.mark.parametrize("home_image", ["source", "copy"])
def test_the_key_is_not_applied_to_the_source_accounts_image_at_home(stage: ImageStage, home_image: str) -> None:
    from moto.imagebuilder.switches import switches

    switches.set(home_image=home_image)
    stage.admit()
    key = make_key(HOME, admits=[TARGET])
    image = stage.run(entry(HOME, [SOURCE, TARGET], kmsKeyId=key.arn))
    assert not stage.ami(image, HOME).ebs_snapshot.encrypted
    assert stage.ami(image, HOME, TARGET).ebs_snapshot.kms_key_id == key.arn


def test_without_a_key_an_encrypted_image_takes_the_default_one(stage: ImageStage) -> None:
    stage.admit()
    encrypted_source(stage, make_key(HOME, admits=[TARGET]))
    image = stage.run(entry(AWAY, [SOURCE, TARGET]))
    for account in (SOURCE, TARGET):
        assert stage.ami(image, account=account).ebs_snapshot.kms_key_id == default_key_of(account, AWAY)


def test_encryption_by_default_is_the_target_accounts(stage: ImageStage) -> None:
    from moto.ec2.models import ec2_backends

    stage.admit()
    ec2_backends[TARGET][AWAY].enable_ebs_encryption_by_default()
    image = stage.run(entry(AWAY, [SOURCE, TARGET]))
    assert not stage.ami(image).ebs_snapshot.encrypted
    assert stage.ami(image, account=TARGET).ebs_snapshot.kms_key_id == default_key_of(TARGET, AWAY)


def test_keys_that_do_not_exist(stage: ImageStage) -> None:
    stage.admit()
    here, home = make_key(alias="alias/web"), make_key(HOME)
    unknown = here.arn.replace(here.id, "1234abcd-12ab-34cd-56ef-1234567890ab")
    for number, named in enumerate((unknown, "alias/unknown", home.arn, home.id, "web")):
        configuration = stage.configure(entry(AWAY, kmsKeyId=named), name=f"web-{number}")
        failed = stage.run(distributionConfigurationArn=configuration, clientToken=str(number))
        assert message(failed) == f"{INVALID}{named} is invalid"
    for number, named in enumerate((here.id, "alias/web")):
        configuration = stage.configure(entry(AWAY, [TARGET], kmsKeyId=named), name=f"foreign-{number}")
        failed = stage.run(distributionConfigurationArn=configuration, clientToken=f"foreign-{number}")
        assert message(failed) == f"{INVALID}{named} is invalid", "to other accounts a bare name means their own keys"


def test_a_multi_region_key_is_named_by_its_arn_in_the_region(stage: ImageStage) -> None:
    from moto.kms.models import kms_backends

    home = make_key(HOME)
    kms_backends[SOURCE][AWAY].keys[home.id] = replica = copy.copy(home)
    replica.region, replica.arn = AWAY, home.arn.replace(HOME, AWAY)
    failed = stage.run(entry(AWAY, kmsKeyId=home.arn))
    assert message(failed) == f"{INVALID}{home.arn} is invalid"
    configuration = stage.configure(entry(AWAY, kmsKeyId=replica.arn), name="replica")
    image = stage.run(distributionConfigurationArn=configuration, clientToken="two")
    assert stage.ami(image).ebs_snapshot.kms_key_id == replica.arn


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion"])
def test_keys_that_are_switched_off(stage: ImageStage, state: str) -> None:
    key = make_key()
    key.key_state = state
    failed = stage.run(entry(AWAY, kmsKeyId=key.arn), entry("eu-west-2"))
    assert message(failed).startswith(f"{COPY_FAILED}{stage.source.id}")
    assert state in message(failed)
    assert stage.ami(failed, "eu-west-2") is not None


WRITING = ("Encrypt", "ReEncryptTo", "GenerateDataKeyWithoutPlaintext", "CreateGrant", "DescribeKey")
READING = ("Decrypt", "ReEncryptFrom", "CreateGrant", "DescribeKey")


@pytest.mark.parametrize(("side", "action"), [*(("away", one) for one in WRITING), *(("home", one) for one in READING)])
@pytest.mark.parametrize("account", [SOURCE, TARGET])
def test_each_permission_on_a_key(stage: ImageStage, side: str, action: str, account: str) -> None:
    keys = {"home": make_key(HOME, admits=[TARGET]), "away": make_key(AWAY, admits=[TARGET])}
    encrypted_source(stage, keys["home"])
    denied = {"Effect": "Deny", "Action": f"kms:{action}", "Resource": keys[side].arn}
    if account == SOURCE:
        stage.allow(EVERYTHING, denied)
    else:
        stage.admit(TARGET, EVERYTHING, denied)
    failed = stage.run(entry(AWAY, [account], kmsKeyId=keys["away"].arn))
    assert message(failed).startswith(f"{COPY_FAILED}{stage.source.id}")
    assert f"kms:{action} on resource: {keys[side].arn}" in message(failed)


def test_the_condition_keys_of_a_request_to_a_key(stage: ImageStage) -> None:
    key = make_key(alias="alias/web")
    use = {"Effect": "Allow", "Resource": f"arn:aws:kms:{AWAY}:{SOURCE}:key/*"}
    via = {
        "StringLike": {"kms:ViaService": "ec2.*.amazonaws.com"},
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/web"},
        "StringEquals": {"kms:CallerAccount": SOURCE},
    }
    context = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["aws:ebs:id"]}}
    grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    actions = [f"kms:{action}" for action in WRITING if action != "CreateGrant"]
    ec2 = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    enough = [
        ec2,
        {**use, "Action": actions, "Condition": {**via, **context}},
        {**use, "Action": "kms:CreateGrant", "Condition": {**via, **grant}},
    ]
    stage.allow(*enough)
    configuration = stage.configure(entry(AWAY, kmsKeyId=key.arn))
    assert stage.run(distributionConfigurationArn=configuration)["state"] == {"status": "AVAILABLE"}
    for number, wrong in enumerate(
        (
            {"StringLike": {"kms:ViaService": "ebs.*.amazonaws.com"}},
            {"StringLike": {"kms:ViaService": f"ec2.{HOME}.amazonaws.com"}},
            {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/other"}},
            {"StringEquals": {"kms:CallerAccount": TARGET}},
            {"Bool": {"kms:GrantIsForAWSResource": "false"}},
        )
    ):
        changed = {**enough[2], "Condition": {**via, **grant, **wrong}}
        stage.allow(*enough[:2], changed)
        failed = stage.run(distributionConfigurationArn=configuration, clientToken=str(number))
        assert "kms:CreateGrant" in message(failed)
    of_something_else = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["aws:s3:arn"]}}
    stage.allow(enough[0], {**enough[1], "Condition": {**via, **of_something_else}}, enough[2])
    assert "kms:Encrypt" in message(stage.run(distributionConfigurationArn=configuration, clientToken="context"))


def test_the_keys_own_policy_counts(stage: ImageStage) -> None:
    from moto.kms.models import kms_backends

    stage.admit()
    key = make_key()
    configuration = stage.configure(entry(AWAY, [TARGET], kmsKeyId=key.arn))
    assert COPY_FAILED in message(stage.run(distributionConfigurationArn=configuration)), (
        "it does not admit the account"
    )

    def says(*statements: dict[str, Any]) -> None:
        kms_backends[SOURCE][AWAY].put_key_policy(key.id, json.dumps(document(*statements)))

    use = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    says({**use, "Principal": {"AWS": f"arn:aws:iam::{TARGET}:root"}})
    image = stage.run(distributionConfigurationArn=configuration, clientToken="two")
    assert stage.ami(image, account=TARGET).ebs_snapshot.kms_key_id == key.arn
    # Even if a key names a role of another account, that role's policy must allow the action too.
    stage.admit(TARGET, {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})
    says({**use, "Principal": {"AWS": f"arn:aws:iam::{TARGET}:role/{DESTINATION_ROLE}"}})
    assert COPY_FAILED in message(stage.run(distributionConfigurationArn=configuration, clientToken="named"))
    # In the key's account a principal that the key policy names needs no other policy.
    own = stage.configure(entry(AWAY, kmsKeyId=key.arn), name="own")
    stage.allow(*but("kms:*"))
    says({**use, "Principal": {"AWS": ROOT}})
    assert COPY_FAILED in message(stage.run(distributionConfigurationArn=own, clientToken="three"))
    says({**use, "Principal": {"AWS": f"arn:aws:iam::{SOURCE}:role/dist"}})
    stage.allow({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})
    assert stage.run(distributionConfigurationArn=own, clientToken="four")["state"] == {"status": "AVAILABLE"}
    # Policies of an account do not help unless the key's policy refers to the account.
    says({**use, "Principal": {"AWS": f"arn:aws:iam::{SOURCE}:role/other"}})
    stage.allow(EVERYTHING)
    assert COPY_FAILED in message(stage.run(distributionConfigurationArn=own, clientToken="five"))


def test_images_under_the_aws_managed_key_cannot_be_shared(stage: ImageStage) -> None:
    stage.admit()
    source = encrypted_source(stage)
    text = "Snapshots encrypted with the AWS Managed CMK can\u2019t be shared. Specify another snapshot."
    failed = stage.run(entry(AWAY, [SOURCE, TARGET]))
    assert text in message(failed)
    assert failures(failed)[0]["targetAccountId"] == TARGET
    assert stage.ami(failed) is not None
    assert source.launch_permissions == []
    shared = stage.configure(entry(AWAY, launchPermission={"userIds": [OTHER]}), name="shared")
    assert text in message(stage.run(distributionConfigurationArn=shared, clientToken="two"))


@pytest.mark.parametrize("action", ["Decrypt", "GenerateDataKeyWithoutPlaintext"])
def test_fast_launch_uses_the_images_key(stage: ImageStage, action: str) -> None:
    key = make_key(HOME)
    encrypted_source(stage, key, platform="windows")
    configuration = stage.configure({**entry(HOME), "fastLaunchConfigurations": [{"enabled": True}]})
    stage.allow(EVERYTHING, {"Effect": "Deny", "Action": f"kms:{action}", "Resource": key.arn})
    (failure,) = failures(stage.run(distributionConfigurationArn=configuration))
    assert failure["imageConfigurationStep"] == "UPDATE_FAST_LAUNCH_CONFIGURATIONS"
    assert f"kms:{action} on resource: {key.arn}" in failure["errorMessage"]
    stage.allow(EVERYTHING)
    image = stage.run(distributionConfigurationArn=configuration, clientToken="two")
    assert image["state"] == {"status": "AVAILABLE"}
