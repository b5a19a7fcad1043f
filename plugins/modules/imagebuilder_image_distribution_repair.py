#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_image_distribution_repair
version_added: 1.0.0
short_description: Repair what drifted since EC2 Image Builder distributed an image
description:
  - Compares what is live in every Region and account with what a distribution configuration asks for now, as
    M(goldimage.aws.imagebuilder_image_distribution_info) does, and repairs in place what needs no new copy. That is
    launch permissions and tags of AMIs, values of SSM parameters, and default versions of launch templates.
  - Tags that the configuration does not name stay as they are. So do target accounts on the launch permissions of the
    home Region's AMI, from which AWS makes their copies.
  - Only AMIs of the compared rollout are changed, and nothing is repaired of a rollout that failed or is still running.
  - All else, such as another key or a missing AMI, takes another rollout. RV(repairs) names it with the reason.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  name:
    description:
      - The name of the distribution configuration.
      - One of O(name), O(distribution_configuration_arn) and O(image_build_version_arn) is required.
    type: str
  distribution_configuration_arn:
    description:
      - The ARN of the distribution configuration, instead of O(name).
    type: str
    aliases: ['arn']
  image_build_version_arn:
    description:
      - The ARN of a certain image, to compare it with the configuration that it was distributed with, as that is now.
    type: str
  wave:
    description:
      - Looks at one wave of O(name) instead of the whole, as
        O(goldimage.aws.imagebuilder_image_distribution#module:wave) distributes it. Every target is compared with
        whatever was distributed there last, by the whole configuration or by any wave of it.
    type: dict
    suboptions:
      number:
        description:
          - The number of the wave, from 1.
        type: int
        required: true
      of:
        description:
          - How many waves there are.
        type: int
        required: true
      regions:
        description:
          - The Regions of the wave.
        type: list
        elements: str
        required: true
  other_target_accounts:
    description:
      - Accounts that get copies of the source image by other configurations. They may launch the AMI of the home
        Region, from which AWS makes their copies, and that is not called drift.
    type: list
    elements: str
notes:
  - To find what drifted, it needs the permissions of M(goldimage.aws.imagebuilder_image_distribution_info).
  - To repair it, it needs C(ec2:ModifyImageAttribute), C(ec2:CreateTags), C(ssm:PutParameter) and
    C(ec2:ModifyLaunchTemplate) in the accounts where something drifted.
  - To set a parameter of the data type V(aws:ec2:image), SSM itself looks the AMI up with these permissions, after it
    has answered. Where it does not find the AMI the new value never appears, so this module looks first.
  - Image Builder writes SSM parameters of the type V(String). A parameter of another type is not overwritten.
  - The roles in O(target_account_role_name) and O(target_account_roles) must be allowed to write as well.
  - One repair that fails does not keep the others from being made. The task fails at the end and names each.
  - Needs a botocore that knows C(DistributeImage), 1.41.1 or newer, where this module runs.
seealso:
  - module: goldimage.aws.imagebuilder_image_distribution_info
  - module: goldimage.aws.imagebuilder_image_distribution
attributes:
  check_mode:
    support: full
    details:
      - Returns the same RV(repairs) as a real run, and RV(targets) as they are. What AWS would refuse is not known.
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - goldimage.aws.target_accounts
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Repair what drifted, in all Regions and accounts
  goldimage.aws.imagebuilder_image_distribution_repair:
    region: us-west-2
    name: web-image
    target_account_role_name: ImageAdmin
  register: repaired

- name: Name what only another rollout can repair
  ansible.builtin.debug:
    msg: "{{ item.region }} {{ item.account_id }} {{ item.field }}: {{ item.reason }}"
  loop: "{{ repaired.repairs | selectattr('action', 'equalto', 'not_possible') }}"
  loop_control:
    label: "{{ item.region }} {{ item.account_id }}"
"""

RETURN = r"""
repairs:
  description: Every field that drifted, with what became of it; also where the task failed.
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
      description: What drifted, as C(field) of the drift in RV(targets); null where it is the whole target.
      type: str
      returned: always
      sample: ami_distribution_configuration.launch_permission.user_ids
    action:
      description:
        - V(repaired), in check mode what would be; V(failed), with RV(repairs[].reason); or V(not_possible) where only
          another rollout or a person can repair it.
      type: str
      returned: always
      sample: repaired
    reason:
      description: Why it failed or is not possible, and what to do; null where it was repaired.
      type: str
      returned: always
      sample: null
    changed:
      description: Whether it was written, in check mode whether it would be. A failed write may have been carried out.
      type: bool
      returned: always
      sample: true
    before:
      description: What was found. Of tags only those that differ.
      type: raw
      returned: always
      sample: []
    after:
      description: What the configuration asks for.
      type: raw
      returned: always
      sample: ["444455556666"]
summary:
  description: How many fields were repaired, failed, and are not possible to repair in place.
  type: dict
  returned: when the configuration was compared
  sample:
    repaired: 1
    failed: 0
    not_possible: 0
image_build_version_arn:
  description:
    - The image that was looked at, null where none was distributed with the configuration yet. With O(wave) each target
      has one of its own, as C(image_build_version_arn).
  type: str
  returned: when the configuration was compared
  sample: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
image_state:
  description: The state of that image, in AWS's words; null where there is none. With O(wave) each target has its own.
  type: str
  returned: when the configuration was compared
  sample: AVAILABLE
source_image:
  description: The AMI id that was distributed, null for an image that was built.
  type: str
  returned: when the configuration was compared
  sample: ami-0abcdef1234567890
distribution_configuration_arn:
  description: The configuration that it was compared with.
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
    - Every Region and account for which the configuration asks for something, as it is after the repair; as
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
    - AMIs of the image in Regions or accounts that the configuration no longer has, as
      RV(goldimage.aws.imagebuilder_image_distribution_info#module:leftovers). They are left alone.
  type: list
  elements: dict
  returned: when the configuration was compared
  sample: []
diff:
  description: A block for each Region and account where something was repaired, with a line for each field.
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
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.distributed_image import comparison
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.distributed_image import image_option_problems
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.distributed_image import SELECTORS
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.versions import too_old


def main() -> None:
    module = GoldimageModule(
        argument_spec=argument_spec(),
        mutually_exclusive=[SELECTORS],
        required_one_of=[SELECTORS],
        supports_check_mode=True,
    )
    connection = connect(module, module.params["workers"])
    if not connection.knows("DistributeImage"):
        module.fail_json(msg=too_old("DistributeImage"))
    params = module.params
    module.fail_on_problems(image_option_problems(params, connection))
    target_accounts = accounts.Accounts(
        module,
        role_name=params["target_account_role_name"],
        external_id=params["target_account_external_id"],
        roles=params["target_account_roles"],
        workers=params["workers"],
    )
    try:
        compared = comparison(connection, target_accounts, params)
        result, warnings = repair.repair(target_accounts, compared, params["workers"], module.check_mode)
    except ImageBuilderError as error:
        module.fail_on_error(error)
    for warning in [*compared.warnings, *warnings]:
        module.warn(warning)
    failure = repair.failure(result["repairs"])
    if failure:
        module.fail_json(msg=failure, **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
