#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_image_distribution_info
version_added: 1.0.0
short_description: Report where an EC2 Image Builder image is, and what has drifted
description:
  - Compares what is live in every Region and account with what a distribution configuration asks for now. AWS does
    not apply a changed configuration to AMIs that are already distributed, and does not notify anybody when, for
    example, a launch permission is changed by hand.
  - The module compares the AMI and its state, its launch permissions, tags, name, description and encryption, the
    version and the default of launch templates, and the value and data type of SSM parameters. In the account of the
    configuration it also compares licences, Fast Launch and, as long as EC2 lists their tasks, exports.
  - The image is the newest one that was distributed completely with the configuration, by
    M(goldimage.aws.imagebuilder_image_distribution) or by a pipeline that uses the configuration. If there is none,
    it is the newest one that failed or is still running.
author:
  - Contributors to the goldimage.aws project (@goldimage)
notes:
  - Needs the permissions C(imagebuilder:GetDistributionConfiguration) and C(imagebuilder:GetImage). Without
    O(image_build_version_arn) it also needs C(imagebuilder:ListImageBuildVersions),
    C(imagebuilder:ListImagePipelines) and, if pipelines use the configuration,
    C(imagebuilder:ListImagePipelineImages). With O(target_account_role_name) or O(target_account_roles) it needs
    C(sts:AssumeRole) on these roles.
  - In every account that it checks, it needs C(ec2:DescribeImages) and C(ec2:DescribeImageAttribute); for keys,
    C(ec2:DescribeSnapshots) and, if a key is given by its alias, C(kms:DescribeKey); for launch templates,
    C(ec2:DescribeLaunchTemplates) and C(ec2:DescribeLaunchTemplateVersions); for SSM parameters, C(ssm:GetParameter).
    A target that it cannot check is C(unknown), and RV(targets[].reason) names what is missing.
  - Three permissions in the account of the configuration are optional, C(ec2:DescribeFastLaunchImages),
    C(ec2:DescribeExportImageTasks) and C(license-manager:ListLicenseSpecificationsForResource). Without them
    RV(targets[].not_checked) says so.
  - Differences that AWS itself causes are not drift. The module does not compare the key of the home Region's own
    AMI, because AWS does not apply
    O(goldimage.aws.imagebuilder_distribution#module:distributions[].ami_distribution_configuration.kms_key_id) to it.
    A launch template in another account may name the AMI of the source account. The image may also have AWS's own
    tags, licences from its base image, and target accounts in the launch permissions of the source AMI.
  - Needs a botocore that knows C(DistributeImage), 1.41.1 or newer, where this module runs.
seealso:
  - module: goldimage.aws.imagebuilder_image_distribution
  - module: goldimage.aws.imagebuilder_distribution
extends_documentation_fragment:
  - goldimage.aws.live_targets
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

- name: Show what is not in sync
  ansible.builtin.debug:
    msg: "{{ item.region }} {{ item.account_id }} {{ item.status }} {{ item.drift }}"
  loop: "{{ live.targets | rejectattr('status', 'equalto', 'in_sync') }}"
  loop_control:
    label: "{{ item.region }} {{ item.account_id }}"

- name: Fail a scheduled job on drift
  ansible.builtin.assert:
    that: live.in_sync

- name: See what a failed rollout has distributed
  goldimage.aws.imagebuilder_image_distribution_info:
    region: us-west-2
    image_build_version_arn: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/7
    target_account_roles:
      "111122223333": arn:aws:iam::111122223333:role/audit/ImageReader
"""

RETURN = r"""
image_build_version_arn:
  description:
    - The image that was compared. Null if none has been distributed with the configuration yet. With O(wave) each
      target has its own C(image_build_version_arn).
  type: str
  returned: success
  sample: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
image_state:
  description: The state of that image, in AWS's words. Null if there is none. With O(wave) each target has its own.
  type: str
  returned: success
  sample: AVAILABLE
source_image:
  description: The AMI id that was distributed. Null for an image that a pipeline built.
  type: str
  returned: success
  sample: ami-0abcdef1234567890
distribution_configuration_arn:
  description: The configuration that the image was compared with.
  type: str
  returned: success
  sample: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
in_sync:
  description: Whether every target is V(in_sync).
  type: bool
  returned: success
  sample: false
targets:
  description: Every Region and account that the configuration applies to.
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
      description: The AMI of the account in the Region. Null if it has none, for example if it has only a launch
        template.
      type: str
      returned: always
      sample: ami-0123456789abcdef0
    status:
      description:
        - V(in_sync) means that everything except RV(targets[].not_checked) was compared, and nothing differs.
        - V(drifted) means that something differs.
        - V(missing) means that there is no AMI.
        - V(unknown) means that nothing differs as far as the module could see, but that it could not assume a role in
          the account or read something, or that AWS's answers were incomplete.
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
            - C(state), or the path of the option in the Region's entry. Square brackets name a launch template or a
              parameter, as in C(launch_template_configurations[lt-0ab1234c56d789012].default_version),
              C(launch_template_configurations[lt-0ab1234c56d789012].image_id) and
              C(ssm_parameter_configurations[/images/web].value).
          type: str
          returned: always
          sample: ami_distribution_configuration.launch_permission.user_ids
        wanted:
          description: What the configuration asks for. For tags, only those that differ.
          type: raw
          returned: always
          sample: ["444455556666"]
        found:
          description: What is live. Null if there is nothing.
          type: raw
          returned: always
          sample: []
    not_checked:
      description: The options that were not compared, each with the reason.
      type: list
      elements: str
      returned: always
      sample: ["fast_launch_configurations (not checked in another account)"]
    reason:
      description: Why the target is missing or unknown or, if it has drifted, what could not be read.
      type: str
      returned: always
      sample: null
leftovers:
  description: AMIs of the image in Regions or accounts that the configuration no longer lists.
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
      description: V(present), or V(unknown) if the module could not find out whether the AMI still exists.
      type: str
      returned: always
      sample: present
    reason:
      description: Why the module could not find out.
      type: str
      returned: always
      sample: null
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws import accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
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
    connection = connect(module, needs="DistributeImage")
    params = module.params
    module.fail_on_errors(image_option_errors(params, connection))
    target_accounts = accounts.named_accounts(module)
    try:
        compared = chosen_comparison(connection, target_accounts, params)
        result = compared.compare()
    except ImageBuilderError as error:
        module.fail_on_error(error)
    module.finish({"changed": False, **result}, compared.warnings)


if __name__ == "__main__":
    main()
