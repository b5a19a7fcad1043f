"""For each rule that takes requests: a world in which a configuration breaks it, and one close to it that is allowed.

Each is made in the local AWS of this process, with tests/unit/local_aws/stage.py: home Region us-east-1, account
123456789012. Used by the tests of the preflight and of the local AWS, which judges by itself what comes of a rollout.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

import boto3

from tests.unit.local_aws.stage import AWAY
from tests.unit.local_aws.stage import but
from tests.unit.local_aws.stage import DESTINATION_ROLE
from tests.unit.local_aws.stage import document
from tests.unit.local_aws.stage import entry
from tests.unit.local_aws.stage import EVERYTHING
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.local_aws.stage import SERVICE_TRUST
from tests.unit.local_aws.stage import SOURCE
from tests.unit.local_aws.stage import TARGET
from tests.unit.local_aws.stage import trust
from tests.world import TWO as OTHER


class Asked(NamedTuple):
    """What is distributed: C(entries) in API form, C(source) and C(role) as the user gives them."""

    entries: list[dict[str, Any]]
    source: str | None = None
    role: str = "dist"


World = Callable[[ImageStage], Asked]


class Case(NamedTuple):
    """C(aws): what the local AWS says of the broken one, None where it distributes it all the same.

    C(judge): who is asked, if it is not a rollout: takes the stage and what is distributed, gives the refusal or None.
    """

    broken: World
    allowed: World
    aws: str | None = None
    judge: Callable[[ImageStage, Asked], str | None] | None = None


AWS_MANAGED = "can\u2019t be shared"
PUBLIC = {"userGroups": ["all"]}
SHARED = {"userIds": [OTHER]}
# A condition that a rollout meets, and of which nothing is known before it.
OPEN = {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}
MADE_BY_IMAGE_BUILDER = {"CreatedBy": "EC2 Image Builder"}
ROOT = f"arn:aws:iam::{SOURCE}:root"


# -- the source image --------------------------------------------------------------------------------------------------


def source(*entries: dict[str, Any], key: Any = None, **more: Any) -> World:
    """An AMI of some kind as the source. key: makes the key of its snapshot, given the stage; more: as plant_ami()."""

    def make(stage: ImageStage) -> Asked:
        kms = {"kms_key_id": key(stage)} if key else {}
        stage.source = stage.places.plant_ami(SOURCE, HOME, "web server", **kms, **more)
        prepare_exports(stage, HOME)
        return Asked(list(entries) or [entry(AWAY)], stage.source.id)

    return make


def named(text: str, parameter: str | None = None) -> World:
    """The source image by another name than its id."""

    def make(stage: ImageStage) -> Asked:
        if parameter:
            boto3.client("ssm", HOME).put_parameter(Name=parameter, Value=stage.source.id, Type="String")
        return Asked([entry(AWAY)], text)

    return make


def export(region: str = HOME, bucket: str = "exports", role: str = "vmimport") -> dict[str, Any]:
    return {
        **entry(region),
        "s3ExportConfiguration": {"roleName": role, "s3Bucket": bucket, "diskImageFormat": "RAW"},
    }


def prepare_exports(stage: ImageStage, region: str, account: str = SOURCE) -> None:
    """The role and the bucket of an export."""
    from moto.s3.models import s3_backends

    stage.put_role("vmimport", trust({"Service": "vmie.amazonaws.com"}), document(EVERYTHING))
    s3_backends[account]["aws"].create_bucket("exports", region)


def key(region: str = HOME, *admitted: str, alias: str | None = None, state: str = "Enabled", **more: Any) -> Any:
    """Makes a key, given the stage. admitted: principals that its policy admits besides its own account."""

    def make(_stage: ImageStage) -> str:
        return make_key(region, *admitted, alias=alias, state=state, **more)

    return make


def make_key(
    region: str, *admitted: str, alias: str | None = None, state: str = "Enabled", condition: Any = None, **more: Any
) -> str:
    """A key of the account. Returns its ARN."""
    from moto.kms.models import kms_backends

    own = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    others = {**own, "Principal": {"AWS": list(admitted)}, **({"Condition": condition} if condition else {})}
    policy = json.dumps(document(own, *([others] if admitted else [])))
    made = boto3.client("kms", region).create_key(Policy=policy, **more)["KeyMetadata"]
    stored = kms_backends[SOURCE][region].keys[made["KeyId"]]
    stored.key_state = state
    if alias:
        kms_backends[SOURCE][region].create_alias(made["KeyId"], alias)
    return str(made["Arn"])


def default_key(region: str = AWAY) -> str:
    """The key that AWS manages for EBS; made where there is none."""
    from moto.ec2.models import ec2_backends

    return str(ec2_backends[SOURCE][region]._create_default_encryption_key())


UNKNOWN_KEY = f"arn:aws:kms:{HOME}:{SOURCE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


# -- keys of copies ----------------------------------------------------------------------------------------------------


def copied_under(named_key: Any, accounts: Any = None, **ami: Any) -> World:
    """A copy under a key. named_key: a text, or what makes it, given the stage."""

    def make(stage: ImageStage) -> Asked:
        stage.admit()
        text = named_key if isinstance(named_key, str) else named_key(stage)
        return Asked([entry(AWAY, accounts, kmsKeyId=text, **ami)])

    return make


def encrypting(*entries: dict[str, Any], by_default: bool = True, own_key: Any = None) -> World:
    """EBS encrypts everything in the Region by default. own_key: makes the key that is its default one there."""

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


# -- Regions, quotas, who may launch -----------------------------------------------------------------------------------


def plain(*entries: dict[str, Any], **switches: int) -> World:
    """Entries and nothing else. switches: of the local AWS."""

    def make(_stage: ImageStage) -> Asked:
        from moto.imagebuilder.switches import switches as all_switches

        all_switches.set(**switches)
        return Asked(list(entries) or [entry(AWAY)])

    return make


def with_amis(count: int, public: bool = False, **switches: int) -> World:
    """So many AMIs are there in another Region, public ones where a public one is to come."""

    def make(stage: ImageStage) -> Asked:
        from moto.imagebuilder.switches import switches as all_switches

        all_switches.set(**switches)
        for number in range(count):
            ami = stage.places.plant_ami(SOURCE, AWAY, f"old {number}")
            if public:
                stage.places.grant_launch(ami, [{"Group": "all"}])
        return Asked([entry(AWAY, **({"launchPermission": PUBLIC} if public else {}))])

    return make


def organization(unit: str | None = None, wrong: str | None = None, foreign: bool = False) -> World:
    """Sharing with the account's organization, or an OU of it. wrong: what stands in the ARN instead."""

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


def public(blocked: bool) -> World:
    def make(_stage: ImageStage) -> Asked:
        ec2 = boto3.client("ec2", AWAY)
        if blocked:
            ec2.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
        return Asked([entry(AWAY, launchPermission=PUBLIC)])

    return make


# -- what an entry refers to -------------------------------------------------------------------------------------------


def template_of(account: str = SOURCE, tags: Any = None, image: str | None = "ami-old") -> str:
    """A launch template. Returns its id."""
    from moto.ec2.models import ec2_backends

    data = {"ImageId": image} if image else {"InstanceType": "t3.micro"}
    ec2 = ec2_backends[account][AWAY]
    return str(
        ec2.create_launch_template(
            "web", "", data, {"launch-template": dict(MADE_BY_IMAGE_BUILDER if tags is None else tags)}
        ).id
    )


def updating(identifier: str | None = None, account: str = SOURCE, **template: Any) -> World:
    """A launch template gets a version. The role in the target account is AWS's guide's."""

    def make(stage: ImageStage) -> Asked:
        versions = {
            "Effect": "Allow",
            "Action": ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}},
        }
        stage.admit(TARGET, versions, REST)
        wanted = {"launchTemplateId": identifier or template_of(account, **template)}
        if account != SOURCE:
            wanted["accountId"] = account
        return Asked([{**entry(AWAY, [SOURCE, TARGET]), "launchTemplateConfigurations": [wanted]}])

    return make


# All but what the guide's policy ties to a tag.
REST = {
    "Effect": "Allow",
    "NotAction": ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
    "Resource": "*",
}


def fast(identifier: str | None = None, version: str | None = None, **template: Any) -> World:
    """Fast Launch of a Windows image, with a launch template."""

    def make(stage: ImageStage) -> Asked:
        stage.source.platform = "windows"
        wanted = {"launchTemplateId": identifier or template_of(**template)}
        if version:
            wanted["launchTemplateVersion"] = version
        return Asked([{**entry(AWAY), "fastLaunchConfigurations": [{"enabled": True, "launchTemplate": wanted}]}])

    return make


def licensed(there: bool = True, status: str = "AVAILABLE") -> World:
    def make(stage: ImageStage) -> Asked:
        arn = f"arn:aws:license-manager:{AWAY}:{SOURCE}:license-configuration:lic-" + "0a" * 16
        if there:
            stage.plant_license(arn)
            boto3.client("license-manager", AWAY).update_license_configuration(
                LicenseConfigurationArn=arn, LicenseConfigurationStatus=status
            )
        return Asked([{**entry(AWAY), "licenseConfigurationArns": [arn]}])

    return make


def parameter(kind: str = "String", data_type: str = "text") -> World:
    def make(_stage: ImageStage) -> Asked:
        client = boto3.client("ssm", AWAY)
        client.put_parameter(Name="/golden/web", Value="ami-0abcdef1234567890", Type=kind, DataType=data_type)
        wanted = {"parameterName": "/golden/web", "dataType": "text"}
        return Asked([{**entry(AWAY), "ssmParameterConfigurations": [wanted]}])

    return make


def repository(there: bool) -> World:
    def make(_stage: ImageStage) -> Asked:
        if there:
            boto3.client("ecr", AWAY).create_repository(repositoryName="team/web")
        wanted = {"targetRepository": {"service": "ECR", "repositoryName": "team/web"}}
        return Asked([{"region": AWAY, "containerDistributionConfiguration": wanted}])

    return make


def ecr_says(_stage: ImageStage, asked: Asked) -> str | None:
    """A build pushes to the repository; a rollout distributes no container, so the repository itself is asked for."""
    wanted = asked.entries[0]["containerDistributionConfiguration"]["targetRepository"]["repositoryName"]
    client = boto3.client("ecr", asked.entries[0]["region"])
    try:
        client.describe_repositories(repositoryNames=[wanted])
    except client.exceptions.RepositoryNotFoundException as error:
        return str(error)
    return None


def exporting(bucket_region: str = HOME, account: str = SOURCE, **wanted: str) -> World:
    def make(stage: ImageStage) -> Asked:
        prepare_exports(stage, bucket_region, account)
        return Asked([export(**wanted)])

    return make


def exporting_as(trusting: Any) -> World:
    def make(stage: ImageStage) -> Asked:
        prepare_exports(stage, HOME)
        stage.put_role("vmimport", trusting, document(EVERYTHING))
        return Asked([export()])

    return make


def caller(*statements: dict[str, Any]) -> World:
    """An export in a configuration that somebody writes who may do this."""

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
    """What somebody hears who creates the configuration, where IAM is enforced."""
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


# -- roles -------------------------------------------------------------------------------------------------------------


def acting(role: str, trusting: Any = None, *statements: dict[str, Any], path: str = "/", **more: Any) -> World:
    """A rollout with an execution role of some kind."""

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
    """Attach an AWS managed policy, of which moto loads none by itself."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data
    from moto.iam.models import AWSManagedPolicy

    data = json.loads(aws_managed_policies_data)[name]
    AWSManagedPolicy.from_data(name, role.account_id, "us-east-1", data).attach_to(role)


def with_managed(attached: bool) -> World:
    """Fast Launch without a template, for which AWS wants a managed policy on the execution role."""

    def make(stage: ImageStage) -> Asked:
        stage.source.platform = "windows"
        if attached:
            attach(stage.role, "EC2FastLaunchFullAccess")
        return Asked([{**entry(AWAY), "fastLaunchConfigurations": [{"enabled": True}]}])

    return make


def destination(
    *statements: dict[str, Any], trusting: Any = None, there: bool = True, attached: bool = True, **members: Any
) -> World:
    """A copy for a target account. statements: what the role there may do, everything by default."""

    def make(stage: ImageStage) -> Asked:
        if there:
            role = stage.admit(TARGET, *statements, trusting=trusting)
            if attached:
                attach(role, "Ec2ImageBuilderCrossAccountDistributionAccess")
        return Asked([{**entry(AWAY, [TARGET]), **members}])

    return make


PARAMETER = {"ssmParameterConfigurations": [{"parameterName": "/golden/web", "amiAccountId": TARGET}]}
ACTING = f"arn:aws:iam::{SOURCE}:role/acting"
CANNOT_ASSUME = "does not exist, or Image Builder is not allowed to assume it"

CASES: dict[str, Case] = {
    "source_missing": Case(
        lambda stage: Asked([entry(AWAY)], "ami-0123456789abcdef0"),
        lambda stage: Asked([entry(AWAY)], stage.source.id),
        "does not lead to an AMI",
    ),
    "source_unresolved": Case(
        named("ssm:/tested/none"), named("ssm:/tested/web", "/tested/web"), "does not lead to an AMI"
    ),
    "source_of_another_account": Case(
        source(owner_id=OTHER), source(owner_id=SOURCE), f"belongs to the account {OTHER}"
    ),
    "source_not_available": Case(source(state="pending"), source(state="available"), "is pending and not available"),
    "source_key_missing": Case(
        source(key=lambda stage: UNKNOWN_KEY), source(key=key()), f"The specified keyId {UNKNOWN_KEY} is invalid"
    ),
    "source_licensed_export": Case(
        source(export(), platform="windows"), source(export()), "contains AWS-licensed software"
    ),
    "source_marketplace_export": Case(
        source(export(), product_codes={"abc"}),
        source(entry(HOME), product_codes={"abc"}),
        "contains third-party software",
    ),
    "source_encrypted_export": Case(
        source(export(), key=key()), source(entry(HOME), key=key()), "has encrypted snapshots"
    ),
    "source_watermark_public": Case(
        source(entry(HOME, launchPermission=PUBLIC), watermarks=["approved"]),
        source(entry(HOME, launchPermission=SHARED), watermarks=["approved"]),
        "Images with watermarks",
    ),
    "source_marketplace_public": Case(
        source(entry(HOME, launchPermission=PUBLIC), product_codes={"abc"}),
        source(entry(HOME, launchPermission=SHARED), product_codes={"abc"}),
        "Images with product codes",
    ),
    "source_encrypted_public": Case(
        source(entry(HOME, launchPermission=PUBLIC), key=key()),
        source(entry(HOME, launchPermission=SHARED), key=key(HOME, f"arn:aws:iam::{OTHER}:root")),
        "Images with encrypted snapshots",
    ),
    "source_platform_fast_launch": Case(
        source({**entry(HOME), "fastLaunchConfigurations": [{"enabled": True}]}),
        source({**entry(HOME), "fastLaunchConfigurations": [{"enabled": True}]}, platform="windows"),
        "Windows images only",
    ),
    "key_missing": Case(
        copied_under("alias/none"),
        copied_under(lambda stage: make_key(AWAY, alias="alias/web") and "alias/web"),
        "The specified keyId alias/none is invalid",
    ),
    "key_not_enabled": Case(
        copied_under(key(AWAY, state="Disabled")), copied_under(key(AWAY)), "is in the state Disabled"
    ),
    "key_not_for_ebs": Case(
        copied_under(key(AWAY, KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")),
        copied_under(key(AWAY, KeyUsage="ENCRYPT_DECRYPT")),
        "is not a symmetric encryption key",
    ),
    "key_managed_by_aws": Case(
        copied_under(lambda stage: default_key(), launchPermission=SHARED),
        copied_under(lambda stage: default_key()),
        AWS_MANAGED,
    ),
    "key_policy_copy": Case(
        copied_under(key(AWAY), [SOURCE, TARGET]),
        copied_under(key(AWAY, f"arn:aws:iam::{TARGET}:root"), [SOURCE, TARGET]),
        "Given key ID is not accessible",
    ),
    "key_policy_launch": Case(
        copied_under(key(AWAY), launchPermission=SHARED),
        copied_under(key(AWAY, f"arn:aws:iam::{OTHER}:root"), launchPermission=SHARED),
    ),
    "key_policy_conditions": Case(
        copied_under(key(AWAY, f"arn:aws:iam::{OTHER}:root", condition=OPEN), launchPermission=SHARED),
        copied_under(
            key(AWAY, f"arn:aws:iam::{OTHER}:root", condition={"StringEquals": {"kms:CallerAccount": OTHER}}),
            launchPermission=SHARED,
        ),
    ),
    "default_key_shared": Case(
        encrypting(entry(AWAY, launchPermission=SHARED)),
        encrypting(entry(AWAY, launchPermission=SHARED), own_key=key(AWAY, f"arn:aws:iam::{OTHER}:root")),
        AWS_MANAGED,
    ),
    "default_encryption_public": Case(
        encrypting(entry(AWAY, launchPermission=PUBLIC), own_key=key(AWAY)),
        encrypting(entry(AWAY, launchPermission=PUBLIC), by_default=False),
        "Images with encrypted snapshots",
    ),
    "default_encryption_export": Case(
        encrypting(export(AWAY)), encrypting(export(AWAY), by_default=False), "has encrypted snapshots"
    ),
    "bucket_missing": Case(exporting(bucket="none-such"), exporting(), "The bucket none-such does not exist"),
    "bucket_of_another_region": Case(exporting(AWAY), exporting(HOME), f"is not in the Region {HOME}"),
    "bucket_of_another_account": Case(
        exporting(account=OTHER), exporting(account=SOURCE), f"does not exist in the account {SOURCE}"
    ),
    # -- Regions, quotas, who may launch
    "region_absent": Case(
        plain(entry("eu-north-9")), plain(entry("eu-north-1")), "The Region eu-north-9 does not exist"
    ),
    "region_not_enabled": Case(
        plain(entry("ap-east-1")), plain(entry("ap-south-1")), "ap-east-1 does not exist or is not"
    ),
    "images_quota_reached": Case(
        with_amis(2, image_quota=2), with_amis(2, image_quota=30), "The quota of 2 AMIs is reached"
    ),
    "images_quota_nearly_reached": Case(with_amis(9, image_quota=10), with_amis(8, image_quota=10)),
    "public_images_quota_reached": Case(
        with_amis(5, public=True), with_amis(4, public=True), "The quota of 5 public AMIs is reached"
    ),
    "public_images_quota_nearly_reached": Case(
        with_amis(9, public=True, public_image_quota=10), with_amis(8, public=True, public_image_quota=10)
    ),
    "sharing_quota_exceeded": Case(
        plain(entry(AWAY, launchPermission={"userIds": [OTHER, TARGET]}), image_sharing_quota=1),
        plain(entry(AWAY, launchPermission={"userIds": [OTHER, TARGET]}), image_sharing_quota=2),
        "The quota of 1 accounts",
    ),
    "organizational_unit_missing": Case(organization("missing"), organization("there"), "Invalid attribute item value"),
    "organizational_unit_arn": Case(organization("misspelt"), organization("there"), "Invalid attribute item value"),
    "organization_of_others": Case(organization(foreign=True), organization()),
    "public_blocked": Case(public(blocked=True), public(blocked=False), "block public access for AMIs is enabled"),
    # -- what an entry refers to
    "template_missing": Case(updating("lt-00000000000000000"), updating(), "does not exist"),
    "template_untagged": Case(
        updating(account=TARGET, tags={"CreatedBy": "me"}), updating(account=TARGET), "ec2:CreateLaunchTemplateVersion"
    ),
    "template_without_image": Case(updating(image=None), updating()),
    "fast_launch_template_missing": Case(fast("lt-00000000000000000"), fast(), "launch template does not exist"),
    "fast_launch_version_missing": Case(
        fast(version="7"), fast(version="1"), "Could not find launch template version 7"
    ),
    "fast_launch_template_untagged": Case(fast(tags={"CreatedBy": "me"}), fast()),
    "license_missing": Case(licensed(there=False), licensed(), "InvalidParameterValue"),
    "license_disabled": Case(licensed(status="DISABLED"), licensed(), "InvalidResourceState"),
    "parameter_type": Case(parameter("StringList"), parameter(), "can not be changed"),
    "parameter_data_type": Case(parameter(data_type="aws:ec2:image"), parameter(), "can not be changed"),
    "repository_missing": Case(repository(there=False), repository(there=True), "RepositoryNotFound", ecr_says),
    # -- roles
    "export_role_missing": Case(exporting(role="none"), exporting(), "role/none' does not exist"),
    "export_role_not_passed": Case(caller(*but("iam:PassRole")), caller(EVERYTHING), "iam:PassRole", creating),
    "export_role_trust": Case(
        exporting_as(trust({"Service": "ec2.amazonaws.com"})),
        exporting_as(trust({"Service": "vmie.amazonaws.com"})),
        "does not trust VM Import/Export",
    ),
    "export_role_trust_conditions": Case(
        exporting_as(trust({"Service": "vmie.amazonaws.com"}, ArnLikeIfExists={"aws:SourceArn": "arn:aws:vmie:*:*:*"})),
        exporting_as(trust({"Service": "vmie.amazonaws.com"}, StringEquals={"sts:ExternalId": "vmimport"})),
    ),
    "role_of_another_account": Case(acting(f"arn:aws:iam::{OTHER}:role/acting"), acting(ACTING), CANNOT_ASSUME),
    "role_missing": Case(acting("none"), acting("acting"), CANNOT_ASSUME),
    "role_arn": Case(
        acting(ACTING, path="/images/"),
        acting(f"arn:aws:iam::{SOURCE}:role/images/acting", path="/images/"),
        CANNOT_ASSUME,
    ),
    "role_service_linked": Case(service_linked, acting("acting")),
    "role_reserved": Case(acting("acting", path="/aws-reserved/sso/"), acting("acting", path="/sso/"), CANNOT_ASSUME),
    "role_trust": Case(
        acting("acting", trust({"Service": "ec2.amazonaws.com"})), acting("acting", trust(SERVICE_TRUST)), CANNOT_ASSUME
    ),
    "role_trust_conditions": Case(
        acting("acting", trust(SERVICE_TRUST, ArnLike={"aws:SourceArn": "arn:aws:imagebuilder:*:*:image/*"})),
        acting("acting", trust(SERVICE_TRUST, StringEquals={"aws:SourceAccount": SOURCE})),
    ),
    "role_managed_policies": Case(with_managed(attached=False), with_managed(attached=True)),
    "role_rights": Case(
        acting("acting", None, *but("ec2:CopyImage")), acting("acting", None, *but("ec2:RunInstances")), "ec2:CopyImage"
    ),
    "role_rights_conditions": Case(
        acting("acting", None, {**EVERYTHING, "Condition": OPEN}),
        acting("acting", None, {**EVERYTHING, "Condition": {"StringEquals": {"aws:RequestedRegion": [HOME, AWAY]}}}),
    ),
    "destination_role_missing": Case(destination(there=False), destination(), DESTINATION_ROLE),
    "destination_role_trust": Case(
        destination(trusting=trust({"AWS": f"arn:aws:iam::{OTHER}:root"})),
        destination(trusting=trust({"AWS": f"arn:aws:iam::{SOURCE}:role/dist"})),
        "sts:AssumeRole",
    ),
    "destination_role_trust_conditions": Case(
        destination(trusting=trust({"AWS": ROOT}, **OPEN)),
        destination(trusting=trust({"AWS": ROOT}, StringEquals={"aws:PrincipalAccount": SOURCE})),
    ),
    "destination_role_managed_policies": Case(destination(attached=False), destination(attached=True)),
    "destination_role_rights": Case(
        destination(*but("ssm:PutParameter"), **PARAMETER),
        destination(*but("kms:Decrypt"), **PARAMETER),
        "ssm:PutParameter",
    ),
    "destination_role_rights_conditions": Case(
        destination({**EVERYTHING, "Condition": OPEN}, **PARAMETER),
        destination({**EVERYTHING, "Condition": {"StringEquals": {"aws:RequestedRegion": AWAY}}}, **PARAMETER),
    ),
}
