#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_image_distribution_info
version_added: 1.0.0
short_description: Find where an EC2 Image Builder image is, and what drifted
description:
  - Compares what is live in every Region and account with what a distribution configuration asks for now. AWS never
    changes what was already distributed when a configuration changes, and nobody is told when somebody changes a
    launch permission by hand; this is how to see both.
  - Looked at are the AMI and its state, its launch permissions, tags, name, description and encryption, the version
    and the default of launch templates, and the value and data type of SSM parameters; in the account of the
    configuration also licences, Fast Launch and, as long as EC2 lists their tasks, exports.
  - The image is the newest that was distributed as a whole with the configuration, by
    M(goldimage.aws.imagebuilder_image_distribution) or by a pipeline that uses the configuration. Where there is
    none, it is the newest one that failed or is still running.
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
  - Needs the permissions C(imagebuilder:GetDistributionConfiguration) and C(imagebuilder:GetImage), without
    O(image_build_version_arn) also C(imagebuilder:ListImageBuildVersions), C(imagebuilder:ListImagePipelines) and,
    where pipelines use the configuration, C(imagebuilder:ListImagePipelineImages); and with O(target_account_role_name)
    or O(target_account_roles) C(sts:AssumeRole) on these roles.
  - In every account that is looked at it needs C(ec2:DescribeImages), C(ec2:DescribeImageAttribute), where keys are
    given C(ec2:DescribeSnapshots) and, for a key given by its alias, C(kms:DescribeKey), where launch templates are
    given C(ec2:DescribeLaunchTemplates) and C(ec2:DescribeLaunchTemplateVersions), and where SSM parameters are given
    C(ssm:GetParameter). A target that could not be looked at is C(unknown), and RV(targets[].reason) names what is
    missing.
  - In the account of the configuration it also asks for what is optional, C(ec2:DescribeFastLaunchImages),
    C(ec2:DescribeExportImageTasks) and C(license-manager:ListLicenseSpecificationsForResource). Without these
    RV(targets[].not_checked) says so.
  - What AWS does not do is not called drift. The key of the home Region's own AMI is not compared, because AWS does
    not apply it; a launch template of another account may hold the AMI id of the source account; AWS's own tags,
    licences that the image has from its base, and target accounts on the launch permission of the source AMI may be
    there besides.
  - Needs a botocore that knows C(DistributeImage), 1.41.1 or newer, where this module runs.
seealso:
  - module: goldimage.aws.imagebuilder_image_distribution
  - module: goldimage.aws.imagebuilder_distribution
extends_documentation_fragment:
  - goldimage.aws.target_accounts
  - goldimage.aws.attributes
  - goldimage.aws.attributes.info_module
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Compare what is live with what the configuration asks for
  goldimage.aws.imagebuilder_image_distribution_info:
    region: us-west-2
    name: web-image
    target_account_role_name: ImageReader
  register: live

- name: Show what is not as it should be
  ansible.builtin.debug:
    msg: "{{ item.region }} {{ item.account_id }} {{ item.status }} {{ item.drift }}"
  loop: "{{ live.targets | rejectattr('status', 'equalto', 'in_sync') }}"
  loop_control:
    label: "{{ item.region }} {{ item.account_id }}"

- name: Fail a scheduled job on drift
  ansible.builtin.assert:
    that: live.in_sync

- name: See what a rollout that failed has left
  goldimage.aws.imagebuilder_image_distribution_info:
    region: us-west-2
    image_build_version_arn: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/7
    target_account_roles:
      "111122223333": arn:aws:iam::111122223333:role/audit/ImageReader
"""

RETURN = r"""
image_build_version_arn:
  description:
    - The image that was looked at, null where none was distributed with the configuration yet. With O(wave) each target
      has one of its own, as C(image_build_version_arn).
  type: str
  returned: success
  sample: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
image_state:
  description: The state of that image, in AWS's words; null where there is none. With O(wave) each target has its own.
  type: str
  returned: success
  sample: AVAILABLE
source_image:
  description: The AMI id that was distributed, null for an image that was built.
  type: str
  returned: success
  sample: ami-0abcdef1234567890
distribution_configuration_arn:
  description: The configuration that it was compared with.
  type: str
  returned: success
  sample: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
in_sync:
  description: Whether every target is V(in_sync).
  type: bool
  returned: success
  sample: false
targets:
  description: Every Region and account for which the configuration asks for something.
  type: list
  elements: dict
  returned: success
  sample:
    - region: eu-west-1
      account_id: "111122223333"
      ami_id: ami-0123456789abcdef0
      status: drifted
      drift:
        - field: ami_distribution_configuration.launch_permission.user_ids
          wanted: ["444455556666"]
          found: []
      not_checked: []
      reason: null
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
    ami_id:
      description: The AMI of the account in the Region. Null where it has none, as where only a launch template is.
      type: str
      returned: always
      sample: ami-0123456789abcdef0
    status:
      description:
        - V(in_sync) says that everything was compared, but for RV(targets[].not_checked), and nothing differs.
        - V(drifted) says that something differs.
        - V(missing) says that there is no AMI.
        - V(unknown) says that no role could be assumed in the account, or that something could not be read or was left
          out of AWS's answers, and that nothing else differs.
      type: str
      returned: always
      sample: drifted
    drift:
      description: What differs.
      type: list
      elements: dict
      returned: always
      sample:
        - field: ami_distribution_configuration.launch_permission.user_ids
          wanted: ["444455556666"]
          found: []
      contains:
        field:
          description:
            - C(state), or the path of the option below the entry of the Region. A launch template or a parameter is
              named in square brackets, as in C(launch_template_configurations[lt-0ab1234c56d789012].default_version),
              C(launch_template_configurations[lt-0ab1234c56d789012].image_id) and
              C(ssm_parameter_configurations[/images/web].value).
          type: str
          returned: always
          sample: ami_distribution_configuration.launch_permission.user_ids
        wanted:
          description: What the configuration asks for. Of tags only those that differ.
          type: raw
          returned: always
          sample: ["444455556666"]
        found:
          description: What is there, null where nothing is.
          type: raw
          returned: always
          sample: []
    not_checked:
      description: The options that were not compared, each with the reason.
      type: list
      elements: str
      returned: always
      sample: ["fast_launch_configurations (not looked at in another account)"]
    reason:
      description: Why the target is missing or unknown, or what could not be read of one that drifted.
      type: str
      returned: always
      sample: null
leftovers:
  description: AMIs of the image in Regions or accounts that the configuration no longer has.
  type: list
  elements: dict
  returned: success
  sample:
    - region: ap-southeast-2
      account_id: "123456789012"
      ami_id: ami-0fedcba9876543210
      name: web 2026-03-02T09-20-10.529Z
      status: present
      reason: null
  contains:
    region:
      description: The Region.
      type: str
      returned: always
      sample: ap-southeast-2
    account_id:
      description: The account that owns the AMI.
      type: str
      returned: always
      sample: "123456789012"
    ami_id:
      description: The AMI id.
      type: str
      returned: always
      sample: ami-0fedcba9876543210
    name:
      description: The name of the AMI.
      type: str
      returned: always
      sample: web 2026-03-02T09-20-10.529Z
    status:
      description: V(present), or V(unknown) where it could not be seen whether the AMI still exists.
      type: str
      returned: always
      sample: present
    reason:
      description: Why it could not be seen.
      type: str
      returned: always
      sample: null
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws import accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
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
    connection = connect(module)
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
        result = compared.look()
    except ImageBuilderError as error:
        module.fail_on_error(error)
    for warning in compared.warnings:
        module.warn(warning)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
