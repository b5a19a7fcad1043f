# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of rules: what AWS refuses, when it does so, and what to do about it.

Image Builder takes many combinations that EC2, KMS, SSM or VM Import/Export refuse after the copies are made. Modules,
preflight and the documentation page "What AWS refuses, and when" use this one table. What no rule needs to say, because
it stands in botocore's service model, is checked by validation_model.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from .option_reader import shown
from .validation_preflight_rules import PREFLIGHT_RULES
from .validation_resource_rules import RESOURCE_RULES
from .validation_role_rules import ROLE_RULES
from .validation_rule import CREATE
from .validation_rule import ERROR
from .validation_rule import MODULE
from .validation_rule import NEVER
from .validation_rule import ROLLOUT
from .validation_rule import Rule
from .validation_rule import WARNING

_AMI = "ami_distribution_configuration"
_KEY = f"{_AMI}.kms_key_id"
_PERMISSION = f"{_AMI}.launch_permission"
_TARGETS = f"{_AMI}.target_account_ids"
_PARAMETER = "ssm_parameter_configurations[].parameter_name"
_SHARE_GUIDE = "EC2 user guide, Share an AMI with specific AWS accounts and with organizations and OUs"
_SSM = "Systems Manager API, PutParameter"
_EXPORT_GUIDE = "VM Import/Export user guide, Considerations for image export"
_IMAGE_BUILDER = "Image Builder API"

_TABLE = (
    # -- an entry ----------------------------------------------------------------------------------------------------
    Rule(
        "region_twice",
        "region",
        ERROR,
        ("region",),
        MODULE,
        CREATE,
        "is listed already in {first}",
        "give each Region one entry and put both into one",
        f"{_IMAGE_BUILDER}, DistributionConfiguration",
    ),
    Rule(
        "no_output",
        "region",
        ERROR,
        ("",),
        MODULE,
        CREATE,
        "a Region needs at least one output",
        "add ami_distribution_configuration with a name, or another output, or remove the Region",
        f"{_IMAGE_BUILDER}, CreateDistributionConfiguration",
    ),
    Rule(
        "region_malformed",
        "region",
        ERROR,
        ("region",),
        MODULE,
        ROLLOUT,
        "is not the name of a Region",
        "{suggestion}",
        "AWS General Reference, Regions",
    ),
    Rule(
        "region_of_another_partition",
        "region",
        ERROR,
        ("region",),
        MODULE,
        ROLLOUT,
        "belongs to the partition {partition}, and the home Region {home_region} to {home_partition}; AWS does not "
        "copy from one partition to another",
        "distribute there with a configuration and credentials of {partition}",
        "AWS General Reference, Partitions",
    ),
    Rule(
        "region_unknown",
        "region",
        WARNING,
        ("region",),
        MODULE,
        ROLLOUT,
        "is a Region that the installed botocore does not know",
        "{suggestion}",
        "AWS General Reference, Regions",
    ),
    Rule(
        "home_region_missing",
        "region",
        WARNING,
        ("launch_template_configurations", _TARGETS),
        MODULE,
        NEVER,
        "the home Region {home_region} has no entry",
        "add one: AWS needs it if other Regions have launch templates or target accounts",
        "Image Builder user guide, Set up cross-account AMI distribution",
    ),
    Rule(
        "ami_and_container",
        "region",
        WARNING,
        (_AMI, "container_distribution_configuration"),
        MODULE,
        NEVER,
        "has an AMI and a container block, and a workflow distributes only one of them",
        "split them into two configurations",
        f"{_IMAGE_BUILDER}, Distribution",
    ),
    # -- names -------------------------------------------------------------------------------------------------------
    Rule(
        "ami_name_without_build_date",
        "ami_name",
        ERROR,
        (f"{_AMI}.name",),
        MODULE,
        CREATE,
        "the AMI name must contain the build date",
        "add [[ imagebuilder:buildDate ]], or give name_prefix (Ansible expands {{{{ }}}} before a module sees it)",
        f"{_IMAGE_BUILDER}, AmiDistributionConfiguration",
    ),
    Rule(
        "ami_name_with_formatted_date",
        "ami_name",
        WARNING,
        (f"{_AMI}.name",),
        MODULE,
        NEVER,
        "has a custom format for the build date, which AWS may refuse",
        "write [[ imagebuilder:buildDate ]] if AWS refuses the name",
        "Image Builder user guide, DistributeImage step action",
    ),
    Rule(
        "placeholder_unknown",
        "ami_name",
        WARNING,
        (f"{_AMI}.name", f"{_AMI}.description", f"{_AMI}.ami_tags"),
        MODULE,
        NEVER,
        "contains the placeholder {placeholder}, which AWS does not document",
        "{suggestion}",
        f"{_IMAGE_BUILDER}, AmiDistributionConfiguration",
    ),
    # -- keys --------------------------------------------------------------------------------------------------------
    Rule(
        "key_of_another_region",
        "kms_key",
        ERROR,
        (_KEY,),
        MODULE,
        ROLLOUT,
        "is a key of {key_region}, and EC2 encrypts copies in {region} only with a key of that Region",
        "name a key of {region}, for example a replica of a multi-Region key",
        "EC2 API, CopyImage",
    ),
    Rule(
        "key_unused_at_home",
        "kms_key",
        WARNING,
        (_KEY,),
        MODULE,
        NEVER,
        "AWS does not encrypt the home Region's own copy with it",
        "set the key in the image recipe instead",
        "Image Builder user guide, Create and update AMI distribution configurations",
    ),
    Rule(
        "key_id_for_another_account",
        "kms_key",
        ERROR,
        (_KEY, _TARGETS),
        MODULE,
        ROLLOUT,
        "is a bare key id, which other accounts ({accounts}) look for among their own keys",
        "give the full ARN of the key",
        "KMS API, Using a KMS key in a different account",
    ),
    Rule(
        "aws_managed_key_for_another_account",
        "kms_key_policy",
        ERROR,
        (_KEY, _TARGETS),
        MODULE,
        ROLLOUT,
        "is a key that AWS manages in account {key_account}, and no other account ({accounts}) can use it",
        "name a customer managed key whose policy allows the other accounts",
        "KMS developer guide, AWS managed keys",
    ),
    Rule(
        "aws_managed_key_shared",
        "kms_key_policy",
        ERROR,
        (_KEY, _PERMISSION),
        MODULE,
        ROLLOUT,
        "is a key that AWS manages, and AMIs encrypted with such a key cannot be shared with {principals}",
        "name a customer managed key whose policy allows them",
        _SHARE_GUIDE,
    ),
    Rule(
        "encrypted_public",
        "public_sharing",
        ERROR,
        (_KEY, f"{_PERMISSION}.user_groups"),
        MODULE,
        ROLLOUT,
        "an AMI with encrypted snapshots cannot be made public",
        "leave kms_key_id or the group all out",
        "EC2 user guide, Make your AMI publicly available",
    ),
    Rule(
        "encrypted_export",
        "s3_bucket",
        ERROR,
        (_KEY, "s3_export_configuration"),
        MODULE,
        ROLLOUT,
        "an AMI with encrypted snapshots cannot be exported",
        "leave kms_key_id or s3_export_configuration out in this Region",
        _EXPORT_GUIDE,
    ),
    # -- who may launch ----------------------------------------------------------------------------------------------
    Rule(
        "user_group_unknown",
        "public_sharing",
        ERROR,
        (f"{_PERMISSION}.user_groups",),
        MODULE,
        ROLLOUT,
        "EC2 knows only the group all, which makes an AMI public",
        "{suggestion}",
        "EC2 API, LaunchPermission",
    ),
    Rule(
        "public",
        "public_sharing",
        WARNING,
        (f"{_PERMISSION}.user_groups",),
        MODULE,
        NEVER,
        "makes the AMI public to everyone in {region}",
        "remove the group all if that is not intended",
        "EC2 user guide, Make your AMI publicly available",
    ),
    # -- launch templates ----------------------------------------------------------------------------------------------
    Rule(
        "template_of_another_account",
        "launch_template",
        WARNING,
        ("launch_template_configurations[].account_id",),
        MODULE,
        NEVER,
        "the new version names the AMI of the configuration's own account, which is not shared with account"
        " {account_id}, so instances cannot start there",
        "have the template take the AMI id from an SSM parameter (resolve:ssm:NAME) that ssm_parameter_configurations"
        " writes there, or add the account to launch_permission.user_ids",
        "Image Builder user guide, ApplyImageConfigurations; aws-samples, cross-account AMIs",
    ),
    Rule(
        "template_without_ami",
        "launch_template",
        ERROR,
        ("launch_template_configurations[]", _TARGETS),
        MODULE,
        ROLLOUT,
        "the launch template gets the AMI of account {account_id}, which receives none in {region}",
        "add account {account_id} to target_account_ids, or remove the launch template",
        "Image Builder user guide, ApplyImageConfigurations",
    ),
    # -- SSM parameters ----------------------------------------------------------------------------------------------
    Rule(
        "parameter_hierarchy",
        "ssm_parameter",
        ERROR,
        (_PARAMETER,),
        MODULE,
        ROLLOUT,
        "the name of a parameter in a hierarchy must begin with a slash",
        "write {suggestion}",
        _SSM,
    ),
    Rule(
        "parameter_depth",
        "ssm_parameter",
        ERROR,
        (_PARAMETER,),
        MODULE,
        ROLLOUT,
        "has {levels} levels, and SSM takes at most {most}",
        "choose a name with fewer levels",
        _SSM,
    ),
    Rule(
        "parameter_reserved",
        "ssm_parameter",
        ERROR,
        (_PARAMETER,),
        MODULE,
        ROLLOUT,
        "the name of a parameter must not begin with aws or ssm",
        "choose another name",
        _SSM,
    ),
    Rule(
        "parameter_length",
        "ssm_parameter",
        ERROR,
        (_PARAMETER,),
        MODULE,
        ROLLOUT,
        "has {length} characters with the ARN before it, and SSM takes at most {most}",
        "choose a shorter name",
        _SSM,
    ),
    Rule(
        "parameter_without_ami",
        "ssm_parameter",
        ERROR,
        ("ssm_parameter_configurations[]", _TARGETS),
        MODULE,
        ROLLOUT,
        "the parameter gets the AMI of account {account_id}, which receives none in {region}",
        "set ami_account_id to one of target_account_ids, or add account {account_id} to them",
        f"{_IMAGE_BUILDER}, SsmParameterConfiguration",
    ),
    Rule(
        "parameter_of_another_account",
        "ssm_parameter",
        WARNING,
        ("ssm_parameter_configurations[].ami_account_id", _TARGETS),
        MODULE,
        ROLLOUT,
        "is not one of this Region's target_account_ids, so the account receives no AMI whose id could be stored",
        "add the account to target_account_ids, or remove the parameter",
        f"{_IMAGE_BUILDER}, SsmParameterConfiguration",
    ),
    # -- Fast Launch -------------------------------------------------------------------------------------------------
    Rule(
        "fast_launch_parallel",
        "fast_launch_template",
        ERROR,
        ("fast_launch_configurations[].max_parallel_launches",),
        MODULE,
        ROLLOUT,
        "EC2 accepts no fewer than {least}",
        "give {least} or more, or leave the option out",
        "EC2 API, EnableFastLaunch",
    ),
    Rule(
        "fast_launch_template",
        "fast_launch_template",
        ERROR,
        ("fast_launch_configurations[].launch_template",),
        MODULE,
        CREATE,
        "needs exactly one of launch_template_id and launch_template_name",
        "{suggestion}",
        f"{_IMAGE_BUILDER}, FastLaunchLaunchTemplateSpecification",
    ),
    Rule(
        "fast_launch_of_another_account",
        "fast_launch_template",
        WARNING,
        ("fast_launch_configurations[].account_id",),
        MODULE,
        ROLLOUT,
        "Image Builder cannot enable Fast Launch in another account",
        "enable it there",
        "Image Builder user guide, Configure EC2 Fast Launch",
    ),
    Rule(
        "fast_launch_without_ami",
        "fast_launch_template",
        ERROR,
        ("fast_launch_configurations[]", _TARGETS),
        MODULE,
        ROLLOUT,
        "Fast Launch is for the AMI of account {account_id}, which receives none in {region}",
        "add account {account_id} to target_account_ids, or remove the Fast Launch setting",
        "Image Builder user guide, Configure EC2 Fast Launch",
    ),
    # -- exports -----------------------------------------------------------------------------------------------------
    Rule(
        "fast_launch_export",
        "s3_bucket",
        ERROR,
        ("s3_export_configuration", "fast_launch_configurations"),
        MODULE,
        ROLLOUT,
        "Fast Launch is for Windows, and Windows images cannot be exported",
        "leave one of the two out",
        _EXPORT_GUIDE,
    ),
    Rule(
        "export_without_ami",
        "s3_bucket",
        ERROR,
        ("s3_export_configuration", _TARGETS),
        MODULE,
        ROLLOUT,
        "the export is of the AMI of account {account_id}, which receives none in {region}",
        "add account {account_id} to target_account_ids, or remove the export",
        _EXPORT_GUIDE,
    ),
    Rule(
        "export_role_name",
        "s3_export_role",
        ERROR,
        ("s3_export_configuration.role_name",),
        MODULE,
        ROLLOUT,
        "is not the plain name of a role, which VM Import/Export requires",
        "write {suggestion}",
        f"{_IMAGE_BUILDER}, S3ExportConfiguration",
    ),
    Rule(
        "export_bucket_name",
        "s3_bucket",
        ERROR,
        ("s3_export_configuration.s3_bucket",),
        MODULE,
        ROLLOUT,
        "is not the name of a bucket",
        "write {suggestion}",
        f"{_IMAGE_BUILDER}, S3ExportConfiguration",
    ),
    # -- others --------------------------------------------------------------------------------------------------------
    Rule(
        "repository_with_host",
        "container_repository",
        ERROR,
        ("container_distribution_configuration.target_repository.repository_name",),
        MODULE,
        ROLLOUT,
        "contains a registry; give only the name of the repository",
        "write {suggestion}",
        f"{_IMAGE_BUILDER}, TargetContainerRepository",
    ),
    Rule(
        "license_of_another_region",
        "license_configuration",
        WARNING,
        ("license_configuration_arns",),
        MODULE,
        ROLLOUT,
        "is a licence configuration of {found}, and AMIs in {region} need one there",
        "name a licence configuration of {region}",
        "License Manager API, LicenseConfiguration",
    ),
)

_EVERY_RULE = (*_TABLE, *PREFLIGHT_RULES, *RESOURCE_RULES, *ROLE_RULES)
RULES = {rule.id: rule for rule in _EVERY_RULE}


class Violation(NamedTuple):
    """One case of a rule: where it occurs, and what to report.

    C(key): what makes it the same case in another list of distributions.
    """

    rule: Rule
    path: str
    value: Any
    message: str
    remedy: str
    region: str | None = None
    account_id: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for the same thing elsewhere, wherever it stands there."""
        return self.rule.id, self.region, self.account_id, repr(self.value), self.message

    @property
    def subject(self) -> str:
        """The problem with its place and its value."""
        value = "" if self.value is None else f" {shown(self.value)}:"
        return f"{self.path}:{value} {self.message}"

    @property
    def text(self) -> str:
        """The problem and the remedy as one sentence."""
        return f"{self.message}; {self.remedy}"


def violation(
    rule_id: str,
    path: str,
    value: Any = None,
    region: str | None = None,
    account_id: str | None = None,
    **facts: Any,
) -> Violation:
    """One case of the rule with this id; C(facts) fill in its message and its remedy.

    :param path: the option path of the case.
    :param value: what stands there; None where the path alone says it.
    :param region: the Region of the entry.
    :param account_id: the account that the case is about.
    """
    message, remedy = RULES[rule_id].say(region=region, account_id=account_id, **facts)
    return Violation(RULES[rule_id], path, value, message, remedy, region, account_id)
