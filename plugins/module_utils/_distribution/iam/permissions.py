# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distributions -> the least-privilege IAM policy and the AWS managed policies of the role that carries them out.

statements.py makes the statements, and policy_document.py puts them into a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from ..arns import is_account_id
from ..arns import parse
from ..forms import ApiDistribution
from ..targets import destination_accounts
from ..targets import target_accounts
from ..validation.entries import violations
from ..validation.words import account_words
from ..validation_errors import ValidationError
from .policy_document import document
from .policy_document import folded
from .policy_document import largest
from .policy_document import shortest_ids
from .policy_document import size
from .policy_document import Statement
from .policy_document import without_regions
from .statements import destination_statements
from .statements import execution_statements
from .statements import fast_launches
from .statements import KINDS
from .statements import Role
from .statements import tag_parameters

# How many characters, without white space, all inline policies of a role may have together.
# Source: IAM quotas, "IAM and STS character limits".
INLINE_POLICY_LIMIT = 10240

_SIDES = ("source", "target")
_USES = ("distribution", "pipeline")

_EXECUTION_POLICY = "EC2ImageBuilderExecutionPolicy"
_FAST_LAUNCH_POLICY = "EC2FastLaunchFullAccess"

# The AWS managed policies that managed_policies() may return, for the execution role and for cross-account roles.
EXECUTION_POLICIES = (_EXECUTION_POLICY, _FAST_LAUNCH_POLICY)
CROSS_ACCOUNT_POLICY = "Ec2ImageBuilderCrossAccountDistributionAccess"


class PolicyError(ValueError):
    """No policy can be derived. C(errors) is a list of ValidationError."""

    def __init__(self, errors: list[ValidationError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


# -- what is allowed -----------------------------------------------------------------------------------------------


def managed_policies(
    distributions: Sequence[ApiDistribution],
    account_id: str,
    partition: str = "aws",
    side: str = "source",
    use: str = "distribution",
) -> list[str]:
    """Returns the ARNs of the AWS managed policies that a role needs in addition to policy(), sorted.

    The arguments are those of policy().
    """
    names = set()
    if side == "target":
        if account_id in destination_accounts(distributions, None):
            names.add(CROSS_ACCOUNT_POLICY)
    else:
        if use == "pipeline":
            names.add(_EXECUTION_POLICY)
        # Without a launch template, EC2 creates a network for the launches.
        # Source: Image Builder user guide, "EC2 Fast Launch prerequisites".
        if any(not fast.get("launchTemplate") for dummy, fast in fast_launches(distributions, account_id)):
            names.add(_FAST_LAUNCH_POLICY)
    return [f"arn:{partition}:iam::aws:policy/{name}" for name in sorted(names)]


def policy(
    distributions: Sequence[ApiDistribution],
    account_id: str,
    home_region: str,
    partition: str = "aws",
    side: str = "source",
    use: str = "distribution",
    source_kms_key_arns: Sequence[str] = (),
    log_group: str | None = None,
    launch_template_role_arns: Sequence[str] = (),
    size_limit: float = INLINE_POLICY_LIMIT,
) -> dict[str, Any]:
    """Returns the inline policy with the least privileges that these distributions need.

    The order of the distributions does not matter. If the policy would be too large, it is written shorter: first with
    the same permissions, then with C(*) for the Region. Nothing else is widened.

    :param distributions: entries in API form, of one or several configurations.
    :param account_id: the account of the role.
    :param home_region: the Region of the configuration and of the source image.
    :param partition: such as C(aws), C(aws-cn) or C(aws-us-gov).
    :param side: C(source) for the execution role, C(target) for EC2ImageBuilderDistributionCrossAccountRole in
        the target account C(account_id).
    :param use: C(distribution) for a role that distributes images; C(pipeline) for a role that also has the AWS managed
        execution policy, so that only what that policy lacks is returned.
    :param source_kms_key_arns: the keys of the source image's snapshots, which are not in the distributions.
    :param log_group: the CloudWatch log group, if it is not below C(/aws/imagebuilder/).
    :param launch_template_role_arns: the roles in the instance profiles of launch templates.
    :param size_limit: how many characters, without white space, the policy may have.
    :returns: the policy document; its C(Statement) is empty if no permissions are needed.
    :raises PolicyError: with all values that must not be in a policy, or with the size.
    """
    errors = _input_errors(account_id, home_region, partition, side, use, log_group)
    errors += arn_errors(source_kms_key_arns, launch_template_role_arns)
    errors += policy_value_errors(distributions, home_region=home_region)
    if errors:
        raise PolicyError(errors)

    def statements(short: bool) -> list[Statement | None]:
        role = Role(
            side=side,
            account=account_id,
            partition=partition,
            home=home_region,
            destinations=tuple(destination_accounts(distributions, account_id)),
            source_keys=tuple(source_kms_key_arns),
            template_roles=tuple(launch_template_role_arns),
            log_group=log_group,
            short=short,
        )
        if side == "target":
            return list(destination_statements(distributions, role))
        return list(execution_statements(distributions, role, use == "distribution"))

    anywhere = [one for one in map(without_regions, statements(short=True)) if one]
    smallest = shortest_ids(folded(anywhere, KINDS))
    for version in (statements(short=False), statements(short=True), anywhere, smallest):
        content = document(version)
        if size(content) <= size_limit:
            return content
    raise PolicyError([ValidationError("distributions", None, _explain_size(content, anywhere, size_limit))])


_REGION_RULES = ("region_malformed", "region_of_another_partition")

# Option paths that end in an account id.
_ACCOUNT = re.compile(r"account_ids?(\[[0-9]+\])?$")


# -- what is refused -----------------------------------------------------------------------------------------------


def policy_value_errors(
    distributions: Sequence[ApiDistribution], path: str = "distributions", home_region: str | None = None
) -> list[ValidationError]:
    """Returns errors for the values that must not be in a policy.

    :param distributions: entries in API form.
    :param path: the option path of C(distributions).
    :param home_region: the Region of the configuration; None if unknown.
    """
    broken = violations(list(distributions), home_region, None, path)
    # Such a Region never gets an AMI, so permissions there would be useless.
    errors = [ValidationError(one.path, one.value, one.text) for one in broken if one.rule.id in _REGION_RULES]
    for index, entry in enumerate(distributions):
        for option_path, value in _policy_values(entry):
            check = _account_errors if _ACCOUNT.search(option_path) else _pattern_errors
            errors += check(f"{path}[{index}].{option_path}", value)
        for number, arn in enumerate(entry.get("licenseConfigurationArns", [])):
            if not re.match("arn:[^:]+:license-manager:[^:]+:[^:]*:.", arn):
                option_path = f"{path}[{index}].license_configuration_arns[{number}]"
                errors.append(ValidationError(option_path, arn, "is not the ARN of a licence configuration"))
        key = entry.get("amiDistributionConfiguration", {}).get("kmsKeyId")
        errors += _key_errors(f"{path}[{index}].ami_distribution_configuration.kms_key_id", key)
    return errors


def in_possible_regions(distributions: Sequence[ApiDistribution], home_region: str | None) -> list[ApiDistribution]:
    """Returns the entries whose Region may exist in the partition of the home Region. The others never get an AMI."""
    broken = violations(list(distributions), home_region, None, "")
    wrong = {one.path for one in broken if one.rule.id in _REGION_RULES}
    return [entry for index, entry in enumerate(distributions) if f"[{index}].region" not in wrong]


def _policy_values(entry: ApiDistribution) -> Iterator[tuple[str, Any]]:
    """Yields (option path, value) of everything in an entry that would be in a policy."""
    yield "region", entry.get("region", "")
    ami = entry.get("amiDistributionConfiguration", {})
    yield "ami_distribution_configuration.kms_key_id", ami.get("kmsKeyId")
    for index, account in enumerate(target_accounts(entry)):
        yield f"ami_distribution_configuration.target_account_ids[{index}]", account
    for key, name in tag_parameters(entry):
        yield f"ami_distribution_configuration.ami_tags[{key!r}]", name
    for index, arn in enumerate(entry.get("licenseConfigurationArns", [])):
        yield f"license_configuration_arns[{index}]", arn
    for index, template in enumerate(entry.get("launchTemplateConfigurations", [])):
        prefix = f"launch_template_configurations[{index}]."
        yield prefix + "launch_template_id", template.get("launchTemplateId", "")
        yield prefix + "account_id", template.get("accountId")
    if "s3ExportConfiguration" in entry:
        yield "s3_export_configuration.role_name", entry["s3ExportConfiguration"].get("roleName", "")
    for index, fast in enumerate(entry.get("fastLaunchConfigurations", [])):
        identifier = fast.get("launchTemplate", {}).get("launchTemplateId")
        yield f"fast_launch_configurations[{index}].launch_template.launch_template_id", identifier
    for index, parameter in enumerate(entry.get("ssmParameterConfigurations", [])):
        prefix = f"ssm_parameter_configurations[{index}]."
        yield prefix + "parameter_name", parameter.get("parameterName", "")
        yield prefix + "ami_account_id", parameter.get("amiAccountId")


def _account_errors(path: str, value: Any) -> Iterator[ValidationError]:
    if value is not None and not is_account_id(value):
        yield ValidationError(path, value, account_words(value))


def _pattern_errors(path: str, value: Any) -> Iterator[ValidationError]:
    """Yields an error for a value that IAM would read as a pattern or variable, which allows more than intended."""
    if value == "":
        yield ValidationError(path, None, "is required")
    elif value is not None and re.search(r"[*?$\s]", str(value)):
        yield ValidationError(path, value, "IAM would read this as a pattern; name one thing exactly")


def _key_errors(path: str, key: str | None) -> Iterator[ValidationError]:
    if key and key.startswith("arn:"):
        arn = parse(key)
        if not arn or arn.service != "kms" or not arn.resource.startswith(("key/", "alias/")):
            yield ValidationError(path, key, "is not the ARN of a KMS key or of an alias of one")


def _input_errors(
    account_id: Any, home_region: Any, partition: Any, side: Any, use: Any, log_group: Any
) -> list[ValidationError]:
    errors = []
    if not is_account_id(account_id):
        errors.append(ValidationError("account_id", account_id, account_words(account_id)))
    if not re.fullmatch("[a-z]+(-[a-z0-9]+)+", str(home_region)):
        errors.append(ValidationError("home_region", home_region, "is not the name of a Region, such as us-east-1"))
    if not re.fullmatch("aws(-[a-z]+)*", str(partition)):
        errors.append(ValidationError("partition", partition, "is not a partition, such as aws, aws-cn or aws-us-gov"))
    if side not in _SIDES:
        errors.append(ValidationError("side", side, f"must be one of {', '.join(_SIDES)}"))
    if use not in _USES:
        errors.append(ValidationError("use", use, f"must be one of {', '.join(_USES)}"))
    elif side == "target" and use == "pipeline":
        errors.append(ValidationError("use", use, "is about the execution role; leave it out for side: target"))
    errors += log_group_errors(log_group)
    return errors


def log_group_errors(log_group: str | None) -> list[ValidationError]:
    """Returns what is wrong with the name of a log group."""
    return list(_pattern_errors("log_group", log_group))


def arn_errors(source_keys: Iterable[Any], template_roles: Iterable[Any]) -> Iterator[ValidationError]:
    """Yields what is wrong with ARNs of keys and of roles."""
    for index, key in enumerate(source_keys):
        path = f"source_kms_key_arns[{index}]"
        yield from _pattern_errors(path, key)
        if not str(key).startswith("arn:"):
            yield ValidationError(path, key or None, "give the full ARN: the key's account and Region are needed")
        yield from _key_errors(path, str(key))
    for index, arn in enumerate(template_roles):
        path = f"launch_template_role_arns[{index}]"
        yield from _pattern_errors(path, arn)
        if not re.match("arn:[^:]+:iam::[0-9]{12}:role/.", str(arn)):
            yield ValidationError(path, arn, "is not the ARN of a role")


def _explain_size(content: dict[str, Any], readable: Iterable[Statement | None], limit: float) -> str:
    most = ", ".join(f"{name} {length}" for name, length in largest(document(readable)))
    return (
        f"the policy has at least {size(content)} characters, but the role has room for {limit:.0f} (before "
        f"merging, the largest statements were {most}). Name fewer things: the same SSM parameters in every"
        " Region, one alias or multi-Region key for all Regions, one launch template for both uses. Or split the "
        "Regions into several configurations with separate execution roles; for the role distribution_rollout these "
        "are several specs"
    )
