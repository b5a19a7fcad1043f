#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_execution_role
version_added: 1.0.0
short_description: Manage the IAM role that EC2 Image Builder distributes images with
description:
  - Creates the execution role that O(goldimage.aws.imagebuilder_image_distribution#module:execution_role) and
    pipelines name, or adopts an existing one, and gives it only the permissions that the distributions need.
  - The role trusts Image Builder on behalf of this account only. The module attaches the AWS managed policies that
    O(use) needs. One inline policy, C(goldimage-SPEC-REGION), holds the other permissions; it is the policy that the
    filter P(goldimage.aws.execution_policy#filter) derives.
  - Several specs may share the role. Each has its own inline policy, and the module does not change those of others.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  state:
    description:
      - With V(present) the module makes sure that the role exists and has what this spec needs.
      - With V(absent) the module removes the policy and the tags of this spec. It deletes the role itself only if
        this spec created it and nobody else uses it. If it did not delete the role, RV(leftovers) says why.
    type: str
    choices: ['present', 'absent']
    default: present
  name:
    description:
      - The name of the role, without a path. The module refuses roles that AWS itself manages.
    type: str
    required: true
  use:
    description:
      - With V(distribution) the role distributes existing images, and gets all permissions for that.
      - With V(pipeline) pipelines also build with it. The module attaches the managed policy
        C(EC2ImageBuilderExecutionPolicy), and the inline policy adds what that one lacks.
    type: str
    choices: ['distribution', 'pipeline']
    default: distribution
  adopt:
    description:
      - Whether to use a role that this collection did not create. It gets only the inline policy of the spec, and
        tags that record the spec's accounts if the policy does not name them.
      - If it lacks managed policies, RV(findings) has a warning.
      - Without this option the module refuses a role without the tag C(goldimage.aws:spec).
    type: bool
    default: false
  path:
    description:
      - The path for a new role. IAM cannot change it later.
      - By default V(/).
    type: str
  permissions_boundary:
    description:
      - The ARN of a managed policy that limits what the role may do. Not changed if not given.
    type: str
  log_group:
    description:
      - The CloudWatch log group, unless Image Builder uses its default below C(/aws/imagebuilder/).
    type: str
  launch_template_role_arns:
    description:
      - ARNs of roles that launch templates pass to instances through an instance profile. EC2 may require
        C(iam:PassRole) on them to create a new version of such a template.
    type: list
    elements: str
  purge:
    description:
      - Whether to remove the permissions for configurations that have the tag of this spec but are not listed. Use it
        together with O(goldimage.aws.imagebuilder_distribution_set#module:purge), which removes these configurations.
    type: bool
    default: false
  workers:
    description:
      - How many Regions to query at once before the role is deleted, to find out whether it is still used there.
    type: int
    default: 10
notes:
  - Always needs C(iam:GetRole), C(iam:ListRolePolicies), C(iam:ListAttachedRolePolicies), C(iam:GetRolePolicy) and
    C(imagebuilder:ListDistributionConfigurations). To create a role it needs C(iam:CreateRole) and C(iam:TagRole); to
    change one, C(iam:PutRolePolicy), C(iam:DeleteRolePolicy), C(iam:AttachRolePolicy), C(iam:UntagRole) and
    C(iam:PutRolePermissionsBoundary).
  - For O(state=absent) it also needs C(iam:ListInstanceProfilesForRole), C(iam:DetachRolePolicy), C(iam:DeleteRole),
    C(ec2:DescribeRegions), and in each enabled Region C(imagebuilder:ListImagePipelines),
    C(imagebuilder:ListLifecyclePolicies), C(imagebuilder:ListImageBuildVersions) and C(imagebuilder:GetImage). If it
    cannot check a Region, it does not delete the role.
  - The role that a spec created has the tag C(goldimage.aws:spec). Every other spec that uses it has a tag
    C(goldimage.aws:spec/SPEC/REGION) there. When the spec that created the role is removed and others still use the
    role, one of them becomes its owner.
  - The policy of the spec names the target accounts. The role's tag C(goldimage.aws:accounts/SPEC/REGION) lists
    accounts that have left the spec but may still have its statement, until
    M(goldimage.aws.imagebuilder_cross_account_role) finds neither statement nor policy of the spec there.
  - A new role is usually known everywhere within seconds. This module waits until IAM shows it, and
    M(goldimage.aws.imagebuilder_image_distribution) waits if Image Builder does not know it yet.
  - The module does not change the trust policy of an existing role. If the role does not trust Image Builder, the
    task fails.
seealso:
  - module: goldimage.aws.imagebuilder_cross_account_role
  - module: goldimage.aws.imagebuilder_image_distribution
  - plugin: goldimage.aws.execution_policy
    plugin_type: filter
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - goldimage.aws.distribution
  - goldimage.aws.distribution.optional_entries
  - goldimage.aws.iam
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Preview the permissions of a role that distributes the web image
  goldimage.aws.imagebuilder_execution_role:
    region: us-east-1
    name: image-distribution
    spec_id: web
    distribution_configurations: &configurations
      - name: web-image
        distributions:
          - region: us-east-1
            ami_distribution_configuration:
              name_prefix: web
          - region: eu-west-1
            ami_distribution_configuration:
              name_prefix: web
              target_account_ids: ["111122223333"]
  check_mode: true
  register: predicted

- name: Show the policy
  ansible.builtin.debug:
    var: predicted.execution_role.policy

- name: Add only what the web image needs to a role that the company manages
  goldimage.aws.imagebuilder_execution_role:
    region: us-east-1
    name: CompanyImages
    adopt: true
    spec_id: web
    distribution_configurations: *configurations

- name: Create a role for pipelines, below a path and within a boundary
  goldimage.aws.imagebuilder_execution_role:
    region: us-east-1
    name: image-pipelines
    path: /images/
    permissions_boundary: arn:aws:iam::123456789012:policy/ImageBoundary
    use: pipeline
    spec_id: web
    tags:
      Team: platform
    distribution_configurations: *configurations

- name: Remove what the web image needed, and the role if nobody else uses it
  goldimage.aws.imagebuilder_execution_role:
    region: us-east-1
    name: image-distribution
    spec_id: web
    state: absent
  register: removed

- name: Say why the role was not removed
  ansible.builtin.debug:
    msg: "{{ item.arn }} was not removed because {{ item.reason }}. {{ item.remedy }}"
  loop: "{{ removed.leftovers }}"
"""

RETURN = r"""
execution_role:
  description: The role or, in check mode, the role as it would be. Null if it does not exist or would not exist.
  type: dict
  returned: success
  sample:
    name: image-distribution
    arn: arn:aws:iam::123456789012:role/image-distribution
    created: true
    adopted: false
    policy_name: goldimage-web-us-east-1
    policy:
      Version: "2012-10-17"
      Statement:
        - Sid: PutParameters
          Effect: Allow
          Action: ["ssm:PutParameter"]
          Resource: ["arn:aws:ssm:us-east-1:123456789012:parameter/golden/web"]
    managed_policies: []
    trust_policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: imagebuilder.amazonaws.com}
          Action: sts:AssumeRole
          Condition: {StringEquals: {"aws:SourceAccount": "123456789012"}}
  contains:
    name:
      description: The name of the role.
      type: str
      returned: always
      sample: image-distribution
    arn:
      description: The ARN of the role.
      type: str
      returned: always
      sample: arn:aws:iam::123456789012:role/image-distribution
    created:
      description: Whether this task created the role.
      type: bool
      returned: always
      sample: true
    adopted:
      description: Whether this collection uses the role but did not create it.
      type: bool
      returned: always
      sample: false
    policy_name:
      description: The name of the inline policy of the spec. Null if none is needed.
      type: str
      returned: always
      sample: goldimage-web-us-east-1
    policy:
      description: The inline policy of the spec. Null if none is needed.
      type: dict
      returned: always
    managed_policies:
      description: The ARNs of all managed policies of the role.
      type: list
      elements: str
      returned: always
      sample: ["arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy"]
    trust_policy:
      description: The trust policy of the role.
      type: dict
      returned: always
removed_role_arn:
  description: The ARN of the role that the task deleted or, in check mode, would delete. Null if it deletes none.
  type: str
  returned: success
  sample: null
findings:
  description:
    - A warning if an adopted role lacks managed policies that it needs, or if others than Image Builder can assume a
      role that this collection created, in the form of M(goldimage.aws.imagebuilder_distribution_preflight_info).
  type: list
  elements: dict
  returned: success
  sample: []
accounts_left:
  description:
    - Accounts that have left the spec but may still have its statement and policy.
      M(goldimage.aws.imagebuilder_cross_account_role) checks them.
  type: list
  elements: str
  returned: success
  sample: ["444455556666"]
leftovers:
  description: Why the role was not deleted, one entry for each reason. Empty with O(state=present).
  type: list
  elements: dict
  returned: success
  sample:
    - kind: execution_role
      arn: arn:aws:iam::123456789012:role/image-distribution
      account_id: "123456789012"
      region: us-east-1
      reason: the pipeline arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/web uses it
      remedy: Give it another execution role first, or delete it
  contains:
    kind:
      description: Always V(execution_role).
      type: str
      returned: always
      sample: execution_role
    arn:
      description: The ARN of the role.
      type: str
      returned: always
      sample: arn:aws:iam::123456789012:role/image-distribution
    account_id:
      description: The account of the role.
      type: str
      returned: always
      sample: "123456789012"
    region:
      description: The Region in which it is used, or that could not be checked. Null if the reason is the role
        itself.
      type: str
      returned: always
      sample: us-east-1
    reason:
      description: Why it was not removed.
      type: str
      returned: always
      sample: the spec batch/123456789012/us-east-1 uses it
    remedy:
      description: What to do about it.
      type: str
      returned: always
      sample: Run that spec with state absent first
diff:
  description:
    - The role before and after, with only the spec's inline policy. An empty map if the role does not exist.
  type: dict
  returned: in diff mode
  sample:
    before: {}
    after:
      arn: arn:aws:iam::123456789012:role/image-distribution
      trust_policy: {Version: "2012-10-17", Statement: []}
      managed_policies: []
      permissions_boundary: null
      tags: {"goldimage.aws:spec": web/123456789012/us-east-1}
      policy: {}
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws.accounts import Accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.iam import execution_role
from ansible_collections.goldimage.aws.plugins.module_utils._aws.iam import execution_role_outcome
from ansible_collections.goldimage.aws.plugins.module_utils._aws.iam import inputs
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._aws.workers import DEFAULT_WORKERS


def main() -> None:
    module = GoldimageModule(
        explain=execution_role.explain_execution_role,
        argument_spec=inputs.argument_spec(
            name={"type": "str", "required": True},
            use={"type": "str", "choices": ["distribution", "pipeline"], "default": "distribution"},
            adopt={"type": "bool", "default": False},
            path={"type": "str"},
            permissions_boundary={"type": "str"},
            log_group={"type": "str"},
            launch_template_role_arns={"type": "list", "elements": "str"},
            workers={"type": "int", "default": DEFAULT_WORKERS},
        ),
        mutually_exclusive=[inputs.SOURCES],
        required_if=[("state", "present", inputs.SOURCES, True)],
        supports_check_mode=True,
    )
    params = module.params
    accounts = Accounts(module, workers=params["workers"])
    connection = connect(module, params["workers"], lambda: accounts.identity)
    module.fail_on_errors(
        execution_role.execution_role_option_errors(params, connection.model, connection.region), keep=True
    )
    ensure = execution_role.present if params["state"] == "present" else execution_role.absent
    try:
        outcome = ensure(connection, accounts, params, module.check_mode)
    except ImageBuilderError as error:
        module.fail_on_error(error, changed=error.changed)
    result = execution_role_outcome.result(outcome, accounts.account_id, module._diff)
    module.finish(result, [f"{finding['message']}. {finding['remedy']}" for finding in result["findings"]])


if __name__ == "__main__":
    main()
