#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_image_distribution_repair
version_added: 1.0.0
short_description: Repair drift since EC2 Image Builder distributed an image
description:
  - Compares what is live in every Region and account with what a distribution configuration asks for now, as
    M(goldimage.aws.imagebuilder_image_distribution_info) does, and repairs in place what needs no new copy. These are
    launch permissions and tags of AMIs, values of SSM parameters, and default versions of launch templates.
  - It does not change tags that the configuration does not name. It does not remove target accounts from the launch
    permissions of the home Region's AMI, because AWS makes their copies from it.
  - It changes only AMIs of the compared rollout, and repairs nothing if that rollout failed or is still running, or if
    a newer one is still running. What somebody else has changed during the comparison is left alone.
  - Everything else, such as a different key or a missing AMI, needs another rollout. RV(repairs) lists it with the
    reason.
author:
  - Contributors to the goldimage.aws project (@goldimage)
notes:
  - To find drift, it needs the permissions of M(goldimage.aws.imagebuilder_image_distribution_info).
  - To repair drift, it needs C(ec2:ModifyImageAttribute), C(ec2:CreateTags), C(ssm:PutParameter) and
    C(ec2:ModifyLaunchTemplate) in the accounts that have drifted.
  - When a parameter of the data type V(aws:ec2:image) is written, SSM first reports success and then looks up the AMI
    with the same permissions. If it does not find the AMI, the new value never appears. So this module first checks
    that the AMI exists.
  - Image Builder writes SSM parameters of the type V(String). This module does not overwrite a parameter of another
    type.
  - The roles in O(target_account_role_name) and O(target_account_roles) need these write permissions too.
  - If one repair fails, the module still makes the others, fails at the end, and names each failure.
  - Needs a botocore that knows C(DistributeImage), 1.41.1 or newer, where this module runs.
seealso:
  - module: goldimage.aws.imagebuilder_image_distribution_info
  - module: goldimage.aws.imagebuilder_image_distribution
attributes:
  check_mode:
    support: full
    details:
      - Returns the same RV(repairs) as a real run, and the current RV(targets). It cannot predict what AWS would
        refuse.
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - goldimage.aws.live_targets
  - goldimage.aws.target_accounts
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Repair drift in all Regions and accounts
  goldimage.aws.imagebuilder_image_distribution_repair:
    region: us-west-2
    name: web-image
    target_account_role_name: ImageAdmin
  register: repaired

- name: Show what only another rollout can repair
  ansible.builtin.debug:
    msg: "{{ item.region }} {{ item.account_id }} {{ item.field }}: {{ item.reason }}"
  loop: "{{ repaired.repairs | selectattr('action', 'equalto', 'not_possible') }}"
  loop_control:
    label: "{{ item.region }} {{ item.account_id }}"
"""

RETURN = r"""
repairs:
  description: Every field that had drifted, and what was done about it. Returned even if the task fails.
  type: list
  elements: dict
  returned: when the configuration was compared
  sample:
    - region: eu-west-1
      account_id: "111122223333"
      field: ami_distribution_configuration.launch_permission.user_ids
      action: repaired
      reason: null
      changed: true
      before: []
      after: ["444455556666"]
  contains:
    region:
      description: The Region.
      type: str
      returned: always
      sample: eu-west-1
    account_id:
      description: The account.
      type: str
      returned: always
      sample: "111122223333"
    field:
      description: What had drifted, as C(field) of the drift in RV(targets). Null if it is the whole target.
      type: str
      returned: always
      sample: ami_distribution_configuration.launch_permission.user_ids
    action:
      description:
        - V(repaired), in check mode for what would be repaired; V(failed), with RV(repairs[].reason); or
          V(not_possible) if only another rollout or a person can repair it.
      type: str
      returned: always
      sample: repaired
    reason:
      description: Why it failed or is not possible, and what to do. Null if it was repaired.
      type: str
      returned: always
      sample: null
    changed:
      description: Whether it was written or, in check mode, would be. True also for a failed write that AWS may have
        carried out.
      type: bool
      returned: always
      sample: true
    before:
      description: What was live. For tags, only those that differ.
      type: raw
      returned: always
      sample: []
    after:
      description: What the configuration asks for.
      type: raw
      returned: always
      sample: ["444455556666"]
summary:
  description: How many fields were repaired, how many failed, and how many cannot be repaired in place.
  type: dict
  returned: when the configuration was compared
  sample:
    repaired: 1
    failed: 0
    not_possible: 0
image_build_version_arn:
  description:
    - The image that was compared. Null if none has been distributed with the configuration yet. With O(wave) each
      target has its own C(image_build_version_arn).
  type: str
  returned: when the configuration was compared
  sample: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
image_state:
  description: The state of that image, in AWS's words. Null if there is none. With O(wave) each target has its own.
  type: str
  returned: when the configuration was compared
  sample: AVAILABLE
source_image:
  description: The AMI id that was distributed. Null for an image that a pipeline built.
  type: str
  returned: when the configuration was compared
  sample: ami-0abcdef1234567890
distribution_configuration_arn:
  description: The configuration that the image was compared with.
  type: str
  returned: when the configuration was compared
  sample: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
in_sync:
  description: Whether every target is V(in_sync) after the repair.
  type: bool
  returned: when the configuration was compared
  sample: true
targets:
  description:
    - Every Region and account that the configuration applies to, after the repair, in the form of
      RV(goldimage.aws.imagebuilder_image_distribution_info#module:targets).
  type: list
  elements: dict
  returned: when the configuration was compared
  sample:
    - region: eu-west-1
      account_id: "111122223333"
      ami_id: ami-0123456789abcdef0
      status: in_sync
      drift: []
      not_checked: []
      reason: null
leftovers:
  description:
    - AMIs of the image in Regions or accounts that the configuration no longer lists, in the form of
      RV(goldimage.aws.imagebuilder_image_distribution_info#module:leftovers). The module does not change them.
  type: list
  elements: dict
  returned: when the configuration was compared
  sample: []
diff:
  description: One block for each Region and account in which something was repaired, with a line for each field.
  type: list
  elements: dict
  returned: when the configuration was compared
  sample:
    - prepared: |
        eu-west-1 111122223333
          launch_permission.user_ids: [] -> ["444455556666"]
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws import accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout import repair
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.distributed_image import argument_spec
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.distributed_image import chosen_comparison
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.distributed_image import image_option_errors
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.distributed_image import SELECTORS


def main() -> None:
    module = GoldimageModule(
        argument_spec=argument_spec(),
        mutually_exclusive=[SELECTORS],
        required_one_of=[SELECTORS],
        supports_check_mode=True,
    )
    connection = connect(module, module.params["workers"], needs="DistributeImage")
    params = module.params
    module.fail_on_errors(image_option_errors(params, connection))
    target_accounts = accounts.named_accounts(module)
    try:
        compared = chosen_comparison(connection, target_accounts, params)
        result, warnings = repair.repair(target_accounts, compared, params["workers"], module.check_mode)
    except ImageBuilderError as error:
        module.fail_on_error(error)
    module.finish(result, [*compared.warnings, *warnings], repair.failure(result["repairs"]))


if __name__ == "__main__":
    main()
