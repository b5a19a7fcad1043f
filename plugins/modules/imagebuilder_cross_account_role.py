#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_cross_account_role
version_added: 1.0.0
short_description: Manage EC2ImageBuilderDistributionCrossAccountRole in all target accounts at once
description:
  - Image Builder distributes to other accounts through the IAM role C(EC2ImageBuilderDistributionCrossAccountRole),
    which must exist in each of them. This module assumes a role that you name in all target accounts in parallel.
    There it creates that IAM role, or adds what the distributions need to an existing one.
  - AWS fixes the name of the role, so all source accounts and teams share it. Each spec has its own statement in the
    trust policy, with the Sid C(GoldimageACCOUNTXSPECXREGION), and its own inline policy,
    C(goldimage-SPEC-REGION-ACCOUNT). The module never changes statements and policies of others.
  - If one account fails, the module still handles the others, fails at the end, and names each account that failed.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  state:
    description:
      - With V(present) the module makes sure that the role exists in all accounts and has what this spec needs.
      - With V(absent) the module removes the statement and the policy of this spec, including in accounts that have
        left the spec. It deletes a role only if this collection created it and nobody else has a statement or policy
        there. RV(leftovers) says why it did not delete a role.
    type: str
    choices: ['present', 'absent']
    default: present
  accounts:
    description:
      - The accounts in which to manage the role, as 12 digits in quotes. By default all accounts in which the
        distributions have AMIs, launch templates or SSM parameters, except the account of the task.
      - Use an empty list if somebody else manages the role in all target accounts.
    type: list
    elements: str
  trust:
    description:
      - With V(account) the role trusts the account of the task, as AWS documents it. The policies in that account
        then determine who may assume the role.
      - With V(execution_roles) the role trusts only O(execution_role_arns).
    type: str
    choices: ['account', 'execution_roles']
    default: account
  execution_role_arns:
    description:
      - The execution roles of the spec, as ARNs, or as names if you do not know the path. Required with
        O(trust=execution_roles).
      - Give them with O(trust=account) as well. Their policies and tags, which
        M(goldimage.aws.imagebuilder_execution_role) writes, record which accounts the spec had. Without them the
        module cannot find accounts that have left the spec.
    type: list
    elements: str
  trust_policy_limit:
    description:
      - How many characters, without white space, IAM accepts in a trust policy. The module checks this before it
        writes anything.
      - V(2048) is the default of the quota C(Role trust policy length). If AWS has raised it in the target accounts,
        give the new value here, because the module does not read the quota.
    type: int
    default: 2048
  purge:
    description:
      - Whether to remove the statement and the policy of this spec from accounts that have left the spec. By default
        RV(leftovers) only lists them.
      - Also whether to remove the permissions for configurations that have the tag of this spec but are not listed.
    type: bool
    default: false
notes:
  - Needs C(imagebuilder:ListDistributionConfigurations), C(sts:AssumeRole) on the roles to assume, and C(iam:GetRole)
    and C(iam:GetRolePolicy) on O(execution_role_arns). If accounts have left the spec, it also needs C(iam:TagRole)
    and C(iam:UntagRole) on them.
  - The role that the module assumes in a target account needs, on C(EC2ImageBuilderDistributionCrossAccountRole),
    C(iam:GetRole), C(iam:ListRolePolicies), C(iam:ListAttachedRolePolicies), C(iam:GetRolePolicy), C(iam:CreateRole),
    C(iam:TagRole), C(iam:UpdateAssumeRolePolicy), C(iam:AttachRolePolicy), C(iam:PutRolePolicy) and
    C(iam:DeleteRolePolicy). For O(state=absent) or O(purge=true) it also needs C(iam:ListInstanceProfilesForRole),
    C(iam:DetachRolePolicy) and C(iam:DeleteRole).
  - IAM has no conditional write, so tasks that change one trust policy at the same moment can undo each other's
    changes. The module therefore looks at a trust policy that it has changed once more, 3 to 6 seconds later, and
    writes its change again if somebody has undone it. All accounts wait at the same time.
  - An unchanged account takes four or five requests to IAM.
  - The module also attaches the managed policy C(Ec2ImageBuilderCrossAccountDistributionAccess) to a role that
    somebody else created. It does not detach the policy when the spec is removed, because it cannot tell who else
    needs it. RV(leftovers) names the policy.
seealso:
  - module: goldimage.aws.imagebuilder_execution_role
  - module: goldimage.aws.imagebuilder_distribution_preflight_info
  - plugin: goldimage.aws.execution_policy
    plugin_type: filter
  - name: Set up cross-account AMI distribution
    description: What AWS asks for in target accounts.
    link: https://docs.aws.amazon.com/imagebuilder/latest/userguide/cross-account-dist.html
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
  - goldimage.aws.target_accounts
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Set up the execution role
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
              target_account_ids: ["111122223333", "444455556666"]
  register: role

- name: Let only this role of the account distribute to all target accounts
  goldimage.aws.imagebuilder_cross_account_role:
    region: us-east-1
    spec_id: web
    distribution_configurations: *configurations
    trust: execution_roles
    execution_role_arns: ["{{ role.execution_role.arn }}"]
    target_account_role_name: ImageAdmin
  register: accounts

- name: Show accounts that have left the spec and still have its statement or policy

  ansible.builtin.debug:
    msg: "{{ item.reason }}. {{ item.remedy }}"
  loop: "{{ accounts.leftovers }}"

- name: Remove the statement and the policy there

  goldimage.aws.imagebuilder_cross_account_role:
    region: us-east-1
    spec_id: web
    distribution_configurations: *configurations
    trust: execution_roles
    execution_role_arns: ["{{ role.execution_role.arn }}"]
    target_account_role_name: ImageAdmin
    purge: true

- name: Remove the spec from all target accounts
  goldimage.aws.imagebuilder_cross_account_role:
    region: us-east-1
    spec_id: web
    state: absent
    execution_role_arns: [image-distribution]
    target_account_role_name: ImageAdmin
"""

RETURN = r"""
accounts:
  description:
    - What was done in each account or, in check mode, what would be done. Returned even if the task fails.
    - Accounts that have left the spec come last, and only if something was removed there.
  type: list
  elements: dict
  returned: when the options are valid and the run may write
  sample:
    - account_id: "111122223333"
      role_arn: arn:aws:iam::111122223333:role/EC2ImageBuilderDistributionCrossAccountRole
      action: updated
      changed: true
      statement: Goldimage123456789012XwebXusXeastX1
      policy_name: null
      managed_policies: ["arn:aws:iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess"]
      trust_policy:
        Version: "2012-10-17"
        Statement:
          - Sid: Goldimage123456789012XwebXusXeastX1
            Effect: Allow
            Principal: {AWS: "arn:aws:iam::123456789012:root"}
            Action: sts:AssumeRole
      policy: null
      error: null
  contains:
    account_id:
      description: The account.
      type: str
      returned: always
      sample: "111122223333"
    role_arn:
      description: The ARN of the role, even if it does not exist.
      type: str
      returned: always
      sample: arn:aws:iam::111122223333:role/EC2ImageBuilderDistributionCrossAccountRole
    action:
      description:
        - V(created), V(updated), V(unchanged) or V(failed).
        - If the spec is removed from the account, V(deleted), or V(removed) if the role remains without the spec's
          part.
      type: str
      returned: always
      sample: updated
    changed:
      description: Whether something was written, even if a later step failed.
      type: bool
      returned: always
      sample: true
    statement:
      description: The Sid of the spec's statement in the trust policy. Null if it has none there.
      type: str
      returned: always
      sample: Goldimage123456789012XwebXusXeastX1
    policy_name:
      description: The name of the spec's inline policy. Null if it needs none.
      type: str
      returned: always
      sample: goldimage-web-us-east-1-123456789012
    managed_policies:
      description: The ARNs of all managed policies of the role.
      type: list
      elements: str
      returned: always
      sample: ["arn:aws:iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess"]
    trust_policy:
      description: The trust policy that was written or, in check mode, would be written. Null if nothing is written.
      type: dict
      returned: always
    policy:
      description: The spec's inline policy that was written or, in check mode, would be written. Null if nothing is
        written.
      type: dict
      returned: always
    error:
      description: Why it failed, null otherwise.
      type: str
      returned: always
      sample: null
summary:
  description: The number of accounts for each action.
  type: dict
  returned: as RV(accounts)
  sample: {created: 0, updated: 1, unchanged: 0, removed: 0, deleted: 0, failed: 0}
leftovers:
  description:
    - Accounts that have left the spec and still have its statement or policy, or could not be checked. Also why roles
      were not deleted, with one entry for each reason.
  type: list
  elements: dict
  returned: as RV(accounts)
  sample:
    - kind: cross_account_role
      arn: arn:aws:iam::444455556666:role/EC2ImageBuilderDistributionCrossAccountRole
      account_id: "444455556666"
      region: null
      reason: its trust policy has statements of others (Team)
      remedy: Nothing, if others need it. Otherwise remove it by hand
  contains:
    kind:
      description: Always V(cross_account_role).
      type: str
      returned: always
      sample: cross_account_role
    arn:
      description: The ARN of the role.
      type: str
      returned: always
      sample: arn:aws:iam::444455556666:role/EC2ImageBuilderDistributionCrossAccountRole
    account_id:
      description: The account.
      type: str
      returned: always
      sample: "444455556666"
    region:
      description: Always null, because IAM roles do not belong to a Region.
      type: str
      returned: always
    reason:
      description: What was not removed, and why.
      type: str
      returned: always
      sample: its trust policy has statements of others (Team)
    remedy:
      description: What to do about it.
      type: str
      returned: always
      sample: Nothing, if others need it. Otherwise remove it by hand
diff:
  description:
    - The role before and after, with only the spec's inline policy. An empty map if the role does not exist.
    - Accounts whose roles change alike share one entry. Its header names all of them, and the entry shows the role in
      the first one.
  type: list
  elements: dict
  returned: in diff mode
  sample:
    - before_header: 111122223333 EC2ImageBuilderDistributionCrossAccountRole
      after_header: 111122223333 EC2ImageBuilderDistributionCrossAccountRole
      before: {}
      after:
        arn: arn:aws:iam::111122223333:role/EC2ImageBuilderDistributionCrossAccountRole
        trust_policy: {Version: "2012-10-17", Statement: []}
        managed_policies: []
        permissions_boundary: null
        tags: {"goldimage.aws:spec": web/123456789012/us-east-1}
        policy: {}
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws import accounts as target_accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.accounts import named_accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.iam import cross_account_roles
from ansible_collections.goldimage.aws.plugins.module_utils._aws.iam import inputs
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.trust import TRUST_POLICY_LIMIT


def main() -> None:
    module = GoldimageModule(
        explain=cross_account_roles.explain_cross_account_roles,
        argument_spec=inputs.argument_spec(
            accounts={"type": "list", "elements": "str"},
            trust={"type": "str", "choices": ["account", "execution_roles"], "default": "account"},
            execution_role_arns={"type": "list", "elements": "str"},
            trust_policy_limit={"type": "int", "default": TRUST_POLICY_LIMIT},
            **target_accounts.argument_spec(),
        ),
        mutually_exclusive=[inputs.SOURCES],
        required_if=[("state", "present", inputs.SOURCES, True)],
        supports_check_mode=True,
    )
    params = module.params
    accounts = named_accounts(module)
    connection = connect(module, params["workers"], lambda: accounts.identity)
    module.fail_on_errors(
        cross_account_roles.cross_account_option_errors(params, connection.model, connection.region), keep=True
    )
    try:
        outcome = cross_account_roles.run(connection, accounts, params, module.check_mode)
    except ImageBuilderError as error:
        module.fail_on_error(error, changed=error.changed)
    module.finish(cross_account_roles.result(outcome, module._diff))


if __name__ == "__main__":
    main()
