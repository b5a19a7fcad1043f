#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_image_retention
version_added: 1.0.0
short_description: Keep the newest rollouts of a distribution configuration and retire the others
description:
  - Keeps the newest rollouts that M(goldimage.aws.imagebuilder_image_distribution) made with a distribution
    configuration. It deletes, deprecates or disables the older ones, with their AMIs and snapshots in every Region
    and account, through EC2 Image Builder's own StartResourceStateUpdate. It waits for each to finish and says what
    failed.
  - It keeps a rollout if it finds a reference to one of its AMIs in the account of the configuration, in a target
    account, or in an account that may launch the AMIs. It looks at launch templates (their default version, their
    newest version, and every version that an Auto Scaling group or a fleet uses, including mixed instances policies
    and overrides), launch configurations, Spot Instance requests, running and stopped instances, SSM parameters with
    the id anywhere in their value, base images of recipes, and rollouts in other Regions and accounts.
  - It also keeps a rollout if it could not look at one of these, and the reason says what is missing.
  - It never retires the source image of a rollout, which existed before, or images that pipelines built; AWS has
    lifecycle policies for these. If the tags of an image contradict what AWS says about it, the module keeps the
    image.
  - Run it in check mode first. RV(kept) and RV(retired) then say what would happen to each rollout, and why.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  name:
    description:
      - The name of the distribution configuration. The configuration need not exist any more.
      - One of O(name) and O(distribution_configuration_arn) is required.
    type: str
  keep:
    description:
      - How many V(AVAILABLE) rollouts to keep. The number also applies to each Region and account separately, so
        every target keeps its newest AMIs, even if a configuration is distributed in parts.
      - Rollouts that failed or were cancelled, deprecated or disabled do not count. The module keeps them while they
        are newer than the oldest rollout that it keeps.
    type: int
    required: true
  action:
    description:
      - V(delete) deregisters the AMIs, deletes their snapshots, and deletes the image in Image Builder.
      - V(deprecate) hides the AMIs from searches; they can still be launched.
      - V(disable) prevents launches of the AMIs and stops sharing them. AWS can restore such an image.
    type: str
    choices: ['delete', 'deprecate', 'disable']
    default: delete
  execution_role:
    description:
      - Name or ARN of the IAM role that Image Builder uses for this. It must trust C(imagebuilder.amazonaws.com) and
        have the AWS managed policy C(arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy).
      - In every target account Image Builder uses a role with the fixed name
        C(Ec2ImageBuilderCrossAccountLifecycleAccess). It must have the same policy and trust
        C(imagebuilder.amazonaws.com) for the account of the configuration.
      - The managed policy covers only AMIs and snapshots with Image Builder's tag C(CreatedBy). If snapshots in
        another account lack this tag, RV(retired[].amis) names them, and the role there also needs
        C(ec2:DeleteSnapshot).
    type: str
    required: true
  waves:
    description:
      - Whether rollouts of the configurations C(NAME-wave-1) and so on, which
        P(goldimage.aws.distribution_rollout#role) creates for waves, count as rollouts of this configuration.
    type: bool
    default: false
  retire_limit:
    description:
      - How many rollouts the task may retire. If there are more, it fails and retires none.
    type: int
    default: 10
  wait:
    description:
      - Whether to wait until AWS has finished, and to report what failed. With V(false) a later run continues.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait for one rollout.
    type: int
    default: 3600
  wait_delay:
    description:
      - How many seconds to wait between two status checks.
    type: int
    default: 15
notes:
  - Needs the permissions C(imagebuilder:GetDistributionConfiguration), C(imagebuilder:ListImageBuildVersions),
    C(imagebuilder:GetImage), C(imagebuilder:StartResourceStateUpdate), C(imagebuilder:ListLifecycleExecutions),
    C(imagebuilder:GetLifecycleExecution), C(imagebuilder:ListLifecycleExecutionResources),
    C(imagebuilder:DeleteImage) and C(iam:PassRole) on the execution role. With O(target_account_role_name) or
    O(target_account_roles) it also needs C(sts:AssumeRole) on these roles.
  - In every Region and account that it checks, it needs C(ec2:DescribeImages), C(ec2:DescribeInstances),
    C(ec2:DescribeLaunchTemplateVersions), C(ec2:DescribeFleets), C(ec2:DescribeSpotFleetRequests),
    C(ec2:DescribeSpotInstanceRequests), C(autoscaling:DescribeAutoScalingGroups),
    C(autoscaling:DescribeLaunchConfigurations), C(imagebuilder:ListImageRecipes),
    C(imagebuilder:ListContainerRecipes), C(imagebuilder:ListImageBuildVersions), and C(ssm:GetParameter) on the
    parameters that the configuration, a launch template or a recipe names. If one of these is missing, rollouts with
    AMIs there are kept.
  - With C(ssm:DescribeParameters) and C(ssm:GetParameters) it checks other SSM parameters as well. Without them a
    warning says that it did not.
  - Among the accounts that may launch the AMIs without owning them, it checks those in which it can assume a role. A
    warning names the others. If AMIs are shared with an organization, an OU or everybody, it checks the accounts in
    O(target_account_roles).
  - It does not see references in accounts in which it cannot assume a role, or with which somebody shared an AMI by
    hand; versions of launch templates that are neither default nor newest and that no group or fleet uses, such as
    the one that an instance refresh is about to introduce; SSM parameters of the type V(SecureString); settings of
    services that launch instances by themselves, such as AWS Batch, Amazon EMR and CodeBuild; AMI ids in files,
    templates and code; and whatever begins to use an AMI after the module has checked it. While it retires many
    rollouts, it checks again before the next one if the last check is more than five minutes old. For shared AMIs,
    EC2's AMI usage reports count the uses in each account.
  - Needs a botocore that knows C(DistributeImage), 1.41.1 or newer, where this module runs.
seealso:
  - module: goldimage.aws.imagebuilder_image_distribution
  - module: goldimage.aws.imagebuilder_image_distribution_info
  - name: Lifecycle management prerequisites
    description: The roles, in the EC2 Image Builder user guide.
    link: https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - goldimage.aws.live_targets.configuration
  - goldimage.aws.target_accounts
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See which rollouts would be retired
  goldimage.aws.imagebuilder_image_retention:
    region: us-west-2
    name: web-image
    keep: 3
    execution_role: imagebuilder-lifecycle
    target_account_role_name: ImageReader
  check_mode: true
  register: retention

- name: Show why the others are kept
  ansible.builtin.debug:
    msg: "{{ item.image }}: {{ item.reason }}"
  loop: "{{ retention.kept }}"
  loop_control:
    label: "{{ item.image }}"

- name: Keep the newest three and delete the others with AMIs and snapshots
  goldimage.aws.imagebuilder_image_retention:
    region: us-west-2
    name: web-image
    keep: 3
    execution_role: imagebuilder-lifecycle
    target_account_role_name: ImageReader

- name: Hide the older ones from searches without preventing launches
  goldimage.aws.imagebuilder_image_retention:
    region: us-west-2
    name: web-image
    keep: 1
    action: deprecate
    execution_role: imagebuilder-lifecycle
"""

RETURN = r"""
distribution_configuration_arn:
  description: The configuration that the rollouts belong to.
  type: str
  returned: when the options are valid
  sample: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
retired:
  description: The rollouts that were retired or, in check mode, would be, newest first. Returned even if the task
    fails.
  type: list
  elements: dict
  returned: when the options are valid
  sample:
    - image: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
      state: AVAILABLE
      source_image: ami-0abcdef1234567890
      date_created: "2026-03-02T09:20:10.529Z"
      action: delete
      changed: true
      state_after: DELETED
      lifecycle_execution_id: lce-12345678-1234-1234-1234-123456789012
      amis:
        - region: eu-west-1
          account_id: "111122223333"
          ami_id: ami-0123456789abcdef0
          status: SUCCESS
          reason: null
          snapshots:
            - snapshot_id: snap-0123456789abcdef0
              status: SUCCESS
              reason: null
      error: null
  contains:
    image:
      description: The ARN of the image that is the rollout.
      type: str
      returned: always
      sample: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
    state:
      description: Its state before the task, in AWS's words.
      type: str
      returned: always
      sample: AVAILABLE
    source_image:
      description: The AMI id that it distributed.
      type: str
      returned: always
      sample: ami-0abcdef1234567890
    date_created:
      description: When it was started.
      type: str
      returned: always
      sample: "2026-03-02T09:20:10.529Z"
    action:
      description: What was done, in the words of O(action).
      type: str
      returned: always
      sample: delete
    changed:
      description: Whether something was done or, in check mode, would be.
      type: bool
      returned: always
      sample: true
    state_after:
      description: Its state after the task, read from AWS. In check mode the state that it would have.
      type: str
      returned: always
      sample: DELETED
    lifecycle_execution_id:
      description:
        - The id of the lifecycle execution that AWS did this in. Null in check mode, if only the record of the image
          was left to delete, or if somebody else had already done it.
      type: str
      returned: always
      sample: lce-12345678-1234-1234-1234-123456789012
    amis:
      description: What became of each AMI, with its C(status) in AWS's words. Null if that is not known yet.
      type: list
      elements: dict
      returned: always
      sample:
        - region: eu-west-1
          account_id: "111122223333"
          ami_id: ami-0123456789abcdef0
          status: SUCCESS
          reason: null
          snapshots: []
    error:
      description: What failed. Null if nothing did.
      type: str
      returned: always
      sample: null
kept:
  description: The rollouts that are kept, newest first.
  type: list
  elements: dict
  returned: when the options are valid
  sample:
    - image: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/2
      state: AVAILABLE
      source_image: ami-0abcdef1234567890
      date_created: "2026-04-02T09:20:10.529Z"
      reason: >-
        ami-0123456789abcdef0 in eu-west-1 is still referenced by the default version of the launch template
        lt-0ab1234c56d789012 in account 111122223333
  contains:
    image:
      description: The ARN of the image that is the rollout.
      type: str
      returned: always
      sample: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/2
    state:
      description: Its state, in AWS's words.
      type: str
      returned: always
      sample: AVAILABLE
    source_image:
      description: The AMI id that it distributed.
      type: str
      returned: always
      sample: ami-0abcdef1234567890
    date_created:
      description: When it was started.
      type: str
      returned: always
      sample: "2026-04-02T09:20:10.529Z"
    reason:
      description: Why it is kept.
      type: str
      returned: always
      sample: it is one of the newest
diff:
  description: The states of the retired rollouts, before and after the task.
  type: dict
  returned: when the options are valid
  sample:
    before: {"arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1": AVAILABLE}
    after: {"arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1": DELETED}
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws import accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.interruption import Interruption
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.retention import failure_text
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.retention import Retention
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields import SELECTORS
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import retention


def main() -> None:
    module = GoldimageModule(
        argument_spec=accounts.argument_spec(
            name={"type": "str"},
            distribution_configuration_arn={"type": "str", "aliases": ["arn"]},
            keep={"type": "int", "required": True},
            action={"type": "str", "choices": list(retention.STATES), "default": "delete"},
            execution_role={"type": "str", "required": True},
            waves={"type": "bool", "default": False},
            retire_limit={"type": "int", "default": 10},
            wait={"type": "bool", "default": True},
            wait_timeout={"type": "int", "default": 3600},
            wait_delay={"type": "int", "default": 15},
        ),
        mutually_exclusive=[SELECTORS],
        required_one_of=[SELECTORS],
        supports_check_mode=True,
    )
    params = module.params
    connection = connect(module, params["workers"], needs="DistributeImage")
    errors = retention.retention_option_errors(params, connection.model, connection.region)
    module.fail_on_errors(errors + accounts.account_option_errors(params, connection.model))
    target_accounts = accounts.named_accounts(module)
    with Interruption() as interruption:
        work = Retention(connection, target_accounts, params, module.check_mode, interruption)
        try:
            result = work.run()
        except ImageBuilderError as error:
            module.fail_on_error(error)
    module.finish(result, work.warnings, failure_text(result["retired"]))


if __name__ == "__main__":
    main()
