#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_image_distribution_plan_info
version_added: 1.0.0
short_description: Find which Regions and accounts still lack an image
description:
  - Says for every Region and account of a distribution whether it has an image already, with the same settings, from
    whichever of several configurations it came, and what is left to be put out.
  - The role P(goldimage.aws.distribution_rollout#role) puts images out in waves with it, a configuration for each
    wave. A target that has its AMI is not copied anew because the list of waves, or what another Region of the same
    wave asks for, has changed.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  name:
    description:
      - The name of the distribution configuration with which the image is to be put out. It need not exist yet.
    type: str
    required: true
  distributions:
    description:
      - What is to be put out.
    required: true
  regions:
    description:
      - The Regions that count. Others are in O(distributions) only because AWS needs an entry of theirs.
      - By default all.
    type: list
    elements: str
  source_image:
    description:
      - The image, as O(goldimage.aws.imagebuilder_image_distribution#module:source_image) takes it. Without it,
        whatever was put out last counts, also with other settings.
    type: str
  whole_name:
    description:
      - The name of the configuration of which O(name) is a wave. Rollouts with it, and with any wave of it, count as
        well.
    type: str
  other_target_accounts:
    description:
      - Accounts that get copies by other configurations. They may launch the AMI of the home Region, from which AWS
        makes their copies, and that is not called drift.
    type: list
    elements: str
notes:
  - Needs a botocore that knows C(DistributeImage), 1.41.1 or newer, where this module runs.
  - Needs the permissions C(imagebuilder:ListImageBuildVersions) and C(imagebuilder:GetImage), with O(source_image) in
    an SSM parameter C(ssm:GetParameter), and in every account where an AMI is looked at what the notes of
    M(goldimage.aws.imagebuilder_image_distribution_info) list for it. Those are C(ec2:DescribeImages),
    C(ec2:DescribeImageAttribute) and, where they are used, C(ec2:DescribeSnapshots), C(kms:DescribeKey),
    C(ec2:DescribeLaunchTemplates), C(ec2:DescribeLaunchTemplateVersions), C(ssm:GetParameter),
    C(ec2:DescribeFastLaunchImages), C(ec2:DescribeExportImageTasks) and
    C(license-manager:ListLicenseSpecificationsForResource); and C(sts:AssumeRole) to enter accounts.
  - Only rollouts of M(goldimage.aws.imagebuilder_image_distribution) count, which have tags that say what they are of.
seealso:
  - module: goldimage.aws.imagebuilder_image_distribution
  - module: goldimage.aws.imagebuilder_image_distribution_info
extends_documentation_fragment:
  - goldimage.aws.distribution
  - goldimage.aws.target_accounts
  - goldimage.aws.attributes
  - goldimage.aws.attributes.info_module
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See what is left of the second wave
  goldimage.aws.imagebuilder_image_distribution_plan_info:
    region: us-west-2
    source_image: ami-0abcdef1234567890
    name: web-wave-2
    whole_name: web
    distributions:
      - region: eu-west-1
        ami_distribution_configuration:
          name_prefix: web
          target_account_ids: ["123456789012", "111122223333"]
    target_account_role_name: ImageReader
  register: wave

- name: Name what has no AMI yet
  ansible.builtin.debug:
    msg: "{{ item.region }} {{ item.account_id }}: {{ item.reason }}"
  loop: "{{ wave.targets | rejectattr('out') }}"
"""

RETURN = r"""
source_image:
  description: The AMI id that was looked for, without O(source_image) the one that was put out last; null for none.
  type: str
  returned: success
  sample: ami-0abcdef1234567890
in_sync:
  description: Whether every target that counts is V(in_sync).
  type: bool
  returned: success
  sample: false
targets:
  description:
    - Every Region and account that counts, as M(goldimage.aws.imagebuilder_image_distribution_info) returns it, with
      C(out), whether it needs no new copy, C(image_build_version_arn), the rollout that it has its AMI from, and
      C(image_state), the state of that rollout.
  type: list
  elements: dict
  returned: success
  sample:
    - region: eu-west-1
      account_id: "111122223333"
      ami_id: ami-0123456789abcdef0
      status: in_sync
      drift: []
      not_checked: []
      reason: null
      out: true
      image_build_version_arn: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
      image_state: AVAILABLE
resume:
  description:
    - A rollout of this image with O(name) that is under way, failed or was cancelled, and asks for nothing else than
      O(distributions) does. Null where there is none. It is to be gone on with before anything new is put out.
  type: dict
  returned: success
  sample: null
rest:
  description: The part of O(distributions) that is still to be put out, with what AWS needs beside it; empty for none.
  type: list
  elements: dict
  returned: success
  sample: []
whole:
  description: Whether RV(rest) is all of O(distributions).
  type: bool
  returned: success
  sample: false
again:
  description:
    - Whether AMIs were deleted, and the newest rollout with O(name) was of just this and is complete, so that it takes
      O(goldimage.aws.imagebuilder_image_distribution#module:force) to start another.
  type: bool
  returned: success
  sample: false
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws import accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.plan_info import argument_spec
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.plan_info import explain
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.plan_info import problems
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.plan_info import remaining
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.versions import too_old


def main():
    module = GoldimageModule(explain=explain, argument_spec=argument_spec(), supports_check_mode=True)
    params = module.params
    connection = connect(module, params["workers"])
    if not connection.knows("DistributeImage"):
        module.fail_json(msg=too_old("DistributeImage"))
    module.fail_on_problems(problems(params, connection.model, connection.region), keep=True)
    entered = accounts.Accounts(
        module,
        role_name=params["target_account_role_name"],
        external_id=params["target_account_external_id"],
        roles=params["target_account_roles"],
        workers=params["workers"],
    )
    try:
        result = remaining(connection, module.client, entered, params)
    except ImageBuilderError as error:
        module.fail_on_error(error)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
