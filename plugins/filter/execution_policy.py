# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distributions -> the least IAM policy of the role that carries them out."""

from __future__ import annotations

DOCUMENTATION = r"""
name: execution_policy
short_description: Derive the least-privilege IAM policy for distributions
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
description:
  - Derives an IAM policy document from distributions. It allows exactly what Image Builder needs to carry them out,
    for example C(ssm:PutParameter) only on the listed parameters, only the named keys, and C(sts:AssumeRole) only on
    EC2ImageBuilderDistributionCrossAccountRole in the named accounts.
  - Actions that IAM cannot restrict to resources (C(Describe) actions of EC2) are restricted to the Regions.
  - The document is the same for the same distributions in any order.
  - The document is meant for an inline policy. If it is too long for one, the filter shortens it, first without a
    change in meaning, then with C(*) instead of the Regions. If it is still too long, the filter fails and names the
    size.
positional: _input
options:
  _input:
    description:
      - The distributions, as O(goldimage.aws.imagebuilder_distribution#module:distributions) takes them.
      - Or one configuration or a list of configurations, each a map with C(distributions); the policy is then for all
        of them. Those with C(state=absent) are ignored.
    type: raw
    required: true
  account_id:
    description:
      - The account of the role.
    type: str
    required: true
  home_region:
    description:
      - The Region of the configuration and of the source image.
    type: str
    required: true
  partition:
    description:
      - The partition of AWS, such as V(aws-cn) or V(aws-us-gov).
    type: str
    default: aws
  side:
    description:
      - V(source) is for the execution role.
      - V(target) is for the role EC2ImageBuilderDistributionCrossAccountRole in the target account O(account_id).
    type: str
    choices: [source, target]
    default: source
  use:
    description:
      - With V(distribution) the role distributes images and gets all permissions for that.
      - With V(pipeline) it also has the AWS managed policy EC2ImageBuilderExecutionPolicy, and gets only what that
        policy lacks. These are parameters outside C(/imagebuilder/), another log group, and source images and Fast
        Launch templates without the tag C(CreatedBy=EC2 Image Builder).
      - Only with O(side=source).
    type: str
    choices: [distribution, pipeline]
    default: distribution
  source_kms_key_arns:
    description:
      - ARNs of the keys, or of aliases of the keys, that encrypt the source image's snapshots. They are not part of
        any distribution, but Image Builder cannot make copies without them.
      - The policy identifies a key given by its alias through C(kms:ResourceAliases). So anybody who may change
        aliases can change which key this is.
    type: list
    elements: str
    default: []
  log_group:
    description:
      - The CloudWatch log group, unless Image Builder uses its default below C(/aws/imagebuilder/).
    type: str
  launch_template_role_arns:
    description:
      - ARNs of roles that launch templates pass to instances through an instance profile. EC2 may require
        C(iam:PassRole) on them to create a new version of such a template.
      - Roles in other accounts than O(account_id) are ignored.
    type: list
    elements: str
    default: []
  size_limit:
    description:
      - How many characters, without white space, the policy may have. All inline policies of a role share 10240.
    type: int
    default: 10240
  output:
    description:
      - V(policy) gives the policy document.
      - V(managed_policies) gives the ARNs of the AWS managed policies that the role also needs.
      - V(destination_accounts) gives the other accounts in which Image Builder assumes
        EC2ImageBuilderDistributionCrossAccountRole.
    type: str
    choices: [policy, managed_policies, destination_accounts]
    default: policy
notes:
  - For a key, the policy of the role is not enough; the policy of the key must allow the accounts as well.
  - AWS does not document which role reads an SSM parameter that a tag of an AMI names as C([[ ssm:name ]]), and in
    which Region. The policy allows the execution role to read it in the home Region.
  - If a distribution does not name a key for its copies, EBS uses the default key of the Region. If that is a
    customer managed key, list it in O(source_kms_key_arns).
seealso:
  - plugin: goldimage.aws.regional_distributions
    plugin_type: filter
  - name: Set up cross-account AMI distribution
    description: What AWS asks for in target accounts.
    link: https://docs.aws.amazon.com/imagebuilder/latest/userguide/cross-account-dist.html
"""

EXAMPLES = r"""
- name: Let the execution role carry out these distributions
  amazon.aws.iam_policy:
    iam_type: role
    iam_name: image-distribution
    policy_name: web-image
    policy_json: >-
      {{ distributions | goldimage.aws.execution_policy(account_id='123456789012', home_region='us-east-1') | to_json }}

- name: Derive what the role in one target account needs for the same distributions
  ansible.builtin.set_fact:
    destination_policy: >-
      {{ distributions | goldimage.aws.execution_policy(
      account_id='111122223333', home_region='us-east-1', side='target',
      source_kms_key_arns=['arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab']) }}

- name: List the accounts that need that role
  ansible.builtin.debug:
    msg: >-
      {{ distributions | goldimage.aws.execution_policy(
      account_id='123456789012', home_region='us-east-1', output='destination_accounts') }}
"""

RETURN = r"""
_value:
  description:
    - The policy document with C(Version) and C(Statement). C(Statement) is an empty list if nothing is needed. IAM
      does not accept such a document, so do not write a policy in that case.
    - With any other O(output), a sorted list of strings.
  type: raw
  sample:
    Version: "2012-10-17"
    Statement:
      - Sid: PutParameters
        Effect: Allow
        Action: ["ssm:PutParameter"]
        Resource: ["arn:aws:ssm:us-east-1:111122223333:parameter/golden/web/ami"]
"""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import NoReturn

from ansible_collections.goldimage.aws.plugins.module_utils._distribution import fields
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import option_reader
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import (
    distributions_to_api,
)
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.forms import ApiDistribution
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import permissions
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.targets import destination_accounts

from ansible.errors import AnsibleFilterError

_SPEC = {"distributions": {**fields.CONFIGURATION_OPTIONS["distributions"], "required": True}}
_OUTPUTS = ("policy", "managed_policies", "destination_accounts")
_ARGUMENTS: fields.Spec = {
    "account_id": {"type": "str"},
    "home_region": {"type": "str"},
    "partition": {"type": "str", "default": "aws"},
    "side": {"type": "str", "default": "source"},
    "use": {"type": "str", "default": "distribution"},
    "source_kms_key_arns": {"type": "list", "elements": "str"},
    "log_group": {"type": "str"},
    "launch_template_role_arns": {"type": "list", "elements": "str"},
    "size_limit": {"type": "int", "default": permissions.INLINE_POLICY_LIMIT},
    "output": {"type": "str", "default": "policy"},
}


def execution_policy(
    distributions: Any,
    account_id: str,
    home_region: str,
    partition: str = "aws",
    side: str = "source",
    use: str = "distribution",
    source_kms_key_arns: list[str] | None = None,
    log_group: str | None = None,
    launch_template_role_arns: list[str] | None = None,
    size_limit: float = permissions.INLINE_POLICY_LIMIT,
    output: str = "policy",
) -> dict[str, Any] | list[str]:
    """The filter; see DOCUMENTATION."""
    given = {
        "account_id": account_id,
        "home_region": home_region,
        "partition": partition,
        "side": side,
        "use": use,
        "source_kms_key_arns": source_kms_key_arns,
        "log_group": log_group,
        "launch_template_role_arns": launch_template_role_arns,
        "size_limit": size_limit,
        "output": output,
    }
    arguments, argument_errors = option_reader.read(_ARGUMENTS, given)
    if arguments.get("output", _OUTPUTS[0]) not in _OUTPUTS:
        argument_errors.append(("output", f"{option_reader.shown(output)}: must be one of {', '.join(_OUTPUTS)}"))
    entries, errors = _read(distributions)
    if argument_errors or errors:
        _fail([*errors, *(f"{path}: {text}" for path, text in argument_errors)])
    output = arguments.pop("output")
    if output != "policy":
        arguments["size_limit"] = float("inf")
    for name in ("source_kms_key_arns", "launch_template_role_arns"):
        # An answer to a survey has one ARN per line.
        arns = ",".join(arguments.get(name) or []).replace("\n", ",").split(",")
        arguments[name] = [arn.strip() for arn in arns if arn.strip()]
    try:
        document = permissions.policy(entries, **{"account_id": None, "home_region": None, **arguments})
    except permissions.PolicyError as error:
        _fail(error.errors)
    if output == "managed_policies":
        return permissions.managed_policies(
            entries, arguments["account_id"], arguments["partition"], arguments["side"], arguments["use"]
        )
    if output == "destination_accounts":
        return destination_accounts(entries, arguments["account_id"])
    return document


def _read(given: Any) -> tuple[list[ApiDistribution], list[object]]:
    """(entries in API form, errors) from distributions, a configuration, or a list of configurations."""
    if isinstance(given, dict):
        given = [given]
        paths = [""]
    elif isinstance(given, (list, tuple)) and any(isinstance(one, dict) and "distributions" in one for one in given):
        paths = [f"[{index}]" for index in range(len(given))]
    else:
        given = [{"distributions": given}]
        paths = [""]
    entries: list[ApiDistribution] = []
    errors: list[object] = []
    for path, configuration in zip(paths, given):
        if not isinstance(configuration, dict):
            errors.append(f"{path}: {option_reader.shown(configuration)} is not a map with distributions")
        elif configuration.get("state") != "absent":
            values, own_errors = option_reader.read(_SPEC, {key: configuration.get(key) for key in _SPEC}, path)
            errors += [f"{option}: {text}" for option, text in own_errors]
            converted = [] if own_errors else distributions_to_api(values["distributions"])
            errors += permissions.policy_value_errors(converted, f"{path}.distributions" if path else "distributions")
            entries += converted
    return entries, errors


def _fail(errors: Iterable[object]) -> NoReturn:
    lines = "\n".join("- " + str(error) for error in errors)
    raise AnsibleFilterError(f"goldimage.aws.execution_policy cannot make a policy of this:\n{lines}")


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Filter names -> functions."""
        return {"execution_policy": execution_policy}
