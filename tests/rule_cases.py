"""For each rule that needs no requests: distributions that break it, similar ones that are allowed, and what the local
AWS says about both.

They are options, for the home Region us-west-2 and account 123456789012. The tests of the table, of the modules and of
the local AWS use them. The cases of rules that need requests are in preflight_cases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.local_aws.stage import ImageStage

ACCOUNT = "123456789012"
OTHER = "111122223333"
THIRD = "444455556666"
HOME = "us-west-2"
AWAY = "us-east-1"

_KEY = f"arn:aws:kms:{{}}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
_ORGANIZATION = "arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5"
_LICENSE = f"arn:aws:license-manager:{{}}:{ACCOUNT}:license-configuration:lic-{'0' * 32}"
_TEMPLATE = "lt-0ab1234c56d789012"


class RuleCase(NamedTuple):
    """C(broken) breaks the rule at the option C(path); C(allowed) does not break it."""

    path: str
    broken: list[dict[str, Any]]
    allowed: list[dict[str, Any]]


def _entry(region: str = HOME, more: dict[str, Any] | None = None, **ami: Any) -> dict[str, Any]:
    block = ami if {"name", "name_prefix"} & set(ami) else {"name_prefix": "web", **ami}
    return {"region": region, "ami_distribution_configuration": block, **(more or {})}


def _away(more: dict[str, Any] | None = None, **ami: Any) -> list[dict[str, Any]]:
    """The home Region as it should be, and another Region."""
    return [_entry(), _entry(AWAY, more, **ami)]


def _share(**permission: Any) -> dict[str, Any]:
    return {"launch_permission": permission}


def _parameter(name: str, **more: Any) -> dict[str, Any]:
    return {"ssm_parameter_configurations": [{"parameter_name": name, **more}]}


def _fast(**more: Any) -> dict[str, Any]:
    return {"fast_launch_configurations": [{"enabled": True, **more}]}


def _export(**more: Any) -> dict[str, Any]:
    export = {"role_name": "vmimport", "disk_image_format": "VMDK", "s3_bucket": "exports", **more}
    return {"s3_export_configuration": export}


def _template(**more: Any) -> dict[str, Any]:
    return {"launch_template_configurations": [{"launch_template_id": _TEMPLATE, **more}]}


def _repository(name: str) -> dict[str, Any]:
    repository = {"service": "ECR", "repository_name": name}
    return {"region": HOME, "container_distribution_configuration": {"target_repository": repository}}


_AMI = "ami_distribution_configuration"

CASES = {
    "region_twice": RuleCase("[1].region", [_entry(), _entry()], _away()),
    "no_output": RuleCase("[0]", [{"region": HOME}], [_entry()]),
    "region_malformed": RuleCase("[1].region", [_entry(), _entry("us-east-1a")], _away()),
    "region_of_another_partition": RuleCase("[1].region", [_entry(), _entry("cn-north-1")], _away()),
    "region_unknown": RuleCase("[1].region", [_entry(), _entry("eu-west-9")], _away()),
    "home_region_missing": RuleCase(
        f"[0].{_AMI}.target_account_ids", [_entry(AWAY, target_account_ids=[OTHER])], [_entry(AWAY)]
    ),
    "ami_and_container": RuleCase(
        "[0]", [{**_entry(), **_repository("web")}], [_entry(), {**_repository("web"), "region": AWAY}]
    ),
    "ami_name_without_build_date": RuleCase(
        f"[0].{_AMI}.name", [_entry(name="web")], [_entry(name="web [[imagebuilder:buildDate]]")]
    ),
    "ami_name_with_formatted_date": RuleCase(
        f"[0].{_AMI}.name",
        [_entry(name="web [[ imagebuilder:buildDate:yyyyMMdd ]]")],
        [_entry(ami_tags={"Built": "[[ imagebuilder:buildDate:yyyyMMdd ]]"}, name_prefix="web")],
    ),
    "placeholder_unknown": RuleCase(
        f"[0].{_AMI}.name",
        [_entry(name="[[ imagebuilder:recipeName ]] [[ imagebuilder:buildDate ]]")],
        [_entry(name="[[ imagebuilder:buildVersion ]] [[ imagebuilder:buildDate ]]", ami_tags={"a": "[[ ssm:/a ]]"})],
    ),
    "key_of_another_region": RuleCase(
        f"[1].{_AMI}.kms_key_id", _away(kms_key_id=_KEY.format(HOME)), _away(kms_key_id=_KEY.format(AWAY))
    ),
    "key_unused_at_home": RuleCase(
        f"[0].{_AMI}.kms_key_id",
        [_entry(kms_key_id=_KEY.format(AWAY))],
        [_entry(kms_key_id=_KEY.format(HOME), target_account_ids=[OTHER])],
    ),
    "key_id_for_another_account": RuleCase(
        f"[1].{_AMI}.kms_key_id",
        _away(kms_key_id="11111111-2222-3333-4444-555555555555", target_account_ids=[OTHER]),
        _away(kms_key_id="11111111-2222-3333-4444-555555555555", target_account_ids=[ACCOUNT]),
    ),
    "aws_managed_key_for_another_account": RuleCase(
        f"[1].{_AMI}.kms_key_id",
        _away(kms_key_id=f"arn:aws:kms:{AWAY}:{ACCOUNT}:alias/aws/ebs", target_account_ids=[OTHER]),
        # Each account finds its own key by this name.
        _away(kms_key_id="alias/aws/ebs", target_account_ids=[OTHER]),
    ),
    "aws_managed_key_shared": RuleCase(
        f"[1].{_AMI}.kms_key_id",
        _away(kms_key_id="alias/aws/ebs", **_share(organization_arns=[_ORGANIZATION])),
        _away(kms_key_id="alias/golden", **_share(organization_arns=[_ORGANIZATION])),
    ),
    "encrypted_public": RuleCase(
        f"[1].{_AMI}.kms_key_id",
        _away(kms_key_id="alias/golden", **_share(user_groups=["all"])),
        [_entry(kms_key_id="alias/golden", **_share(user_groups=["all"]))],
    ),
    "encrypted_export": RuleCase(
        f"[1].{_AMI}.kms_key_id",
        _away(_export(), kms_key_id="alias/golden"),
        [_entry(more=_export(), kms_key_id="alias/golden")],
    ),
    "user_group_unknown": RuleCase(
        f"[0].{_AMI}.launch_permission.user_groups[0]",
        [_entry(**_share(user_groups=["everyone"]))],
        [_entry(**_share(user_groups=["all"]))],
    ),
    "public": RuleCase(
        f"[0].{_AMI}.launch_permission.user_groups",
        [_entry(**_share(user_groups=["all"]))],
        [_entry(**_share(user_ids=[OTHER]))],
    ),
    "template_of_another_account": RuleCase(
        "[0].launch_template_configurations[0].account_id",
        [_entry(more=_template(account_id=OTHER), target_account_ids=[OTHER])],
        [_entry(more=_template(account_id=OTHER), **_share(user_ids=[OTHER]))],
    ),
    "template_without_ami": RuleCase(
        "[1].launch_template_configurations[0]",
        _away(_template(), target_account_ids=[OTHER]),
        [_entry(more=_template(), target_account_ids=[OTHER])],
    ),
    "parameter_hierarchy": RuleCase(
        "[0].ssm_parameter_configurations[0].parameter_name",
        [_entry(more=_parameter("runner/ami/id"))],
        [_entry(more=_parameter("/runner/ami/id"))],
    ),
    "parameter_depth": RuleCase(
        "[0].ssm_parameter_configurations[0].parameter_name",
        [_entry(more=_parameter("/b/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"))],
        [_entry(more=_parameter("/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"))],
    ),
    "parameter_reserved": RuleCase(
        "[0].ssm_parameter_configurations[0].parameter_name",
        [_entry(more=_parameter("/AWS/web"))],
        [_entry(more=_parameter("/web/aws"))],
    ),
    "parameter_length": RuleCase(
        "[0].ssm_parameter_configurations[0].parameter_name",
        [_entry(more=_parameter("a" * 1000))],
        [_entry(more=_parameter("a" * 960))],
    ),
    "parameter_without_ami": RuleCase(
        "[1].ssm_parameter_configurations[0]",
        _away(_parameter("/web"), target_account_ids=[OTHER]),
        _away(_parameter("/web", ami_account_id=OTHER), target_account_ids=[OTHER]),
    ),
    "parameter_of_another_account": RuleCase(
        "[1].ssm_parameter_configurations[0].ami_account_id",
        _away(_parameter("/web", ami_account_id=THIRD), target_account_ids=[OTHER]),
        _away(_parameter("/web", ami_account_id=OTHER), target_account_ids=[OTHER]),
    ),
    "fast_launch_parallel": RuleCase(
        "[0].fast_launch_configurations[0].max_parallel_launches",
        [_entry(more=_fast(max_parallel_launches=5))],
        [_entry(more=_fast(max_parallel_launches=6))],
    ),
    "fast_launch_template": RuleCase(
        "[0].fast_launch_configurations[0].launch_template",
        [_entry(more=_fast(launch_template={"launch_template_version": "1"}))],
        [_entry(more=_fast(launch_template={"launch_template_id": _TEMPLATE}))],
    ),
    "fast_launch_of_another_account": RuleCase(
        "[0].fast_launch_configurations[0].account_id",
        [_entry(more=_fast(account_id=OTHER))],
        [_entry(more=_fast(account_id=ACCOUNT))],
    ),
    "fast_launch_without_ami": RuleCase(
        "[1].fast_launch_configurations[0]",
        _away(_fast(), target_account_ids=[OTHER]),
        _away(_fast(), target_account_ids=[OTHER, ACCOUNT]),
    ),
    "fast_launch_export": RuleCase(
        "[0].s3_export_configuration",
        [_entry(more={**_export(), **_fast()})],
        [_entry(more={**_export(), **_fast(enabled=False)})],
    ),
    "export_without_ami": RuleCase(
        "[1].s3_export_configuration",
        _away(_export(), target_account_ids=[OTHER]),
        _away(_export(), target_account_ids=[OTHER, ACCOUNT]),
    ),
    "export_role_name": RuleCase(
        "[0].s3_export_configuration.role_name",
        [_entry(more=_export(role_name=f"arn:aws:iam::{ACCOUNT}:role/vmimport"))],
        [_entry(more=_export())],
    ),
    "export_bucket_name": RuleCase(
        "[0].s3_export_configuration.s3_bucket",
        [_entry(more=_export(s3_bucket="s3://exports/images"))],
        [_entry(more=_export(s3_prefix="images/"))],
    ),
    "repository_with_host": RuleCase(
        "[0].container_distribution_configuration.target_repository.repository_name",
        [_repository(f"{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/team/web")],
        [_repository("team/web")],
    ),
    "license_of_another_region": RuleCase(
        "[1].license_configuration_arns[0]",
        _away({"license_configuration_arns": [_LICENSE.format(HOME)]}),
        _away({"license_configuration_arns": [_LICENSE.format(AWAY)]}),
    ),
}


class Judged(NamedTuple):
    """C(said): a part of what the local AWS says about the broken one; None if it accepts and distributes that one.

    C(world): what else exists, see prepare(). C(judge): asks something other than a rollout.
    """

    said: str | None
    world: dict[str, Any] = {}
    judge: Callable[[ImageStage, list[dict[str, Any]], str], str | None] | None = None


def prepare(stage: ImageStage, distributions: list[dict[str, Any]], platform: str | None = None) -> None:
    """Make what the cases refer to, in the local AWS of this process.

    :param stage: of tests/unit/local_aws/stage.py, with the home Region of the cases.
    :param platform: C(windows) for Fast Launch.
    """
    import boto3
    from moto.ec2.models import ec2_backends
    from moto.kms.models import kms_backends
    from moto.s3.models import s3_backends

    stage.source.platform = platform
    admit_all = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}]}'
    for account in (OTHER, THIRD):
        stage.admit(account)
    for region in (HOME, AWAY):
        keys = kms_backends[ACCOUNT][region]
        made = keys.create_key(admit_all, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "", None)
        keys.create_alias(made.id, "alias/golden")
        del keys.keys[made.id]
        made.id, made.arn = _KEY.rpartition("/")[2], _KEY.format(region)
        keys.keys[made.id] = made
        for account in (ACCOUNT, OTHER):
            ec2 = ec2_backends[account][region]
            template = ec2.create_launch_template("web", "", {"ImageId": "ami-old"}, {})
            template.add_tags({"CreatedBy": "EC2 Image Builder"})
            del ec2.launch_templates[template.id]
            template.id = _TEMPLATE
            ec2.launch_templates[template.id] = template
        stage.plant_license(_LICENSE.format(region))
    stage.put_role("vmimport", {"Statement": [_VM_EXPORT_TRUST]}, {"Statement": []})
    exporting = [entry["region"] for entry in distributions if "s3_export_configuration" in entry]
    s3_backends[ACCOUNT]["aws"].create_bucket("exports", exporting[0] if exporting else HOME)
    boto3.client("ssm", HOME).put_parameter(Name="/a", Value="web", Type="String")
    boto3.client("ecr", HOME).create_repository(repositoryName="team/web")


_VM_EXPORT_TRUST = {"Effect": "Allow", "Principal": {"Service": "vmie.amazonaws.com"}, "Action": "sts:AssumeRole"}


def ecr_says(_stage: ImageStage, entries: list[dict[str, Any]], _source: str) -> str | None:
    """A build pushes to the repository, but a rollout does not distribute containers, so ask ECR for the repository."""
    import boto3

    wanted = entries[0]["containerDistributionConfiguration"]["targetRepository"]["repositoryName"]
    client = boto3.client("ecr", entries[0]["region"])
    try:
        client.describe_repositories(repositoryNames=[wanted])
    except client.exceptions.RepositoryNotFoundException as error:
        return str(error)
    return None


# It is not known whether AWS accepts a build date with a format; the local AWS does not.
DOUBTFUL = ("ami_name_with_formatted_date",)

_NO_AMI = "There is no output AMI of the account"
_WINDOWS = {"platform": "windows"}

AWS = {
    "region_twice": Judged("specified more than once"),
    "no_output": Judged("One or more outputs should be provided"),
    "region_malformed": Judged("The Region us-east-1a does not exist"),
    "region_of_another_partition": Judged("The Region cn-north-1 does not exist"),
    "region_unknown": Judged("The Region eu-west-9 does not exist"),
    "home_region_missing": Judged(None),
    "ami_and_container": Judged(None),
    "ami_name_without_build_date": Judged("must contain '{{ imagebuilder:buildDate }}'"),
    "ami_name_with_formatted_date": Judged("must contain '{{ imagebuilder:buildDate }}'"),
    "placeholder_unknown": Judged(None),
    "key_of_another_region": Judged("is invalid"),
    "key_unused_at_home": Judged(None),
    "key_id_for_another_account": Judged("is invalid"),
    "aws_managed_key_for_another_account": Judged("Given key ID is not accessible"),
    "aws_managed_key_shared": Judged("AWS Managed CMK"),
    "encrypted_public": Judged("Images with encrypted snapshots"),
    "encrypted_export": Judged("has encrypted snapshots"),
    "user_group_unknown": Judged("UserGroup is invalid"),
    "public": Judged(None),
    "template_of_another_account": Judged(None),
    "template_without_ami": Judged(_NO_AMI),
    "parameter_hierarchy": Judged("must be a fully qualified name"),
    "parameter_depth": Judged("HierarchyLevelLimitExceededException"),
    "parameter_reserved": Judged("can not be prefixed with aws or ssm"),
    "parameter_length": Judged("have more than 1011 characters"),
    "parameter_without_ami": Judged(_NO_AMI),
    "parameter_of_another_account": Judged(_NO_AMI),
    "fast_launch_parallel": Judged("MaxParallelLaunches must be 6 or greater", _WINDOWS),
    "fast_launch_template": Judged("Exactly one of launchTemplateId and launchTemplateName", _WINDOWS),
    "fast_launch_of_another_account": Judged("Only the owner of an image can enable Fast Launch", _WINDOWS),
    "fast_launch_without_ami": Judged(_NO_AMI, _WINDOWS),
    "fast_launch_export": Judged("Windows images only"),
    "export_without_ami": Judged(_NO_AMI),
    "export_role_name": Judged("does not exist"),
    "export_bucket_name": Judged("does not exist in the account"),
    "repository_with_host": Judged("RepositoryNotFound", {}, ecr_says),
    "license_of_another_region": Judged("InvalidParameterValue"),
}
