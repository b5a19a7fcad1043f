#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_distribution_preflight_info
version_added: 1.0.0
short_description: Check whether an EC2 Image Builder distribution can work
description:
  - Checks, before anything is built or distributed, whether everything that a distribution refers to exists in its
    Regions and accounts and can be used. With O(execution_role) it also checks whether the IAM roles exist, whom they
    trust, and whether they have the permissions that they will need.
  - This module only reads. Findings do not make the task fail, only invalid options do. Check RV(passed).
  - Every check in every Region and account has its own finding. If a check could not run, for example because a
    permission is missing, its finding is C(skipped), never C(ok), and says why.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  distributions:
    description:
      - The distributions to check. They need not exist yet.
      - Without it the module checks those of the configuration in O(name) or O(distribution_configuration_arn).
  distribution_configurations:
    description:
      - Many configurations to check at once, instead of O(distributions), O(name) and
        O(distribution_configuration_arn). Each entry takes the options of M(goldimage.aws.imagebuilder_distribution),
        but only its name or ARN and its distributions matter here. Entries with V(state=absent) are ignored.
      - An entry without O(distribution_configurations[].distributions) must name an existing configuration, which the
        module reads.
      - The module checks what several configurations have in common once, and RV(findings) says which of them each
        finding is about. It checks the permissions of the IAM roles for all configurations together.
      - The list may also be a JSON string, in which Ansible does not search each value for templates.
  name:
    description:
      - The name of an existing distribution configuration.
      - Together with O(distributions) the configuration need not exist yet. The name then only says of which
        configuration to list the pipelines, because a change affects them.
    type: str
  distribution_configuration_arn:
    description:
      - The ARN of a distribution configuration, instead of O(name).
    type: str
    aliases: ['arn']
  execution_role:
    description:
      - Name or ARN of the role that Image Builder will use.
      - With it the module also checks this role, and C(EC2ImageBuilderDistributionCrossAccountRole) in each target
        account. Leave it out until these roles have been created.
    type: str
  source_image:
    description:
      - The image that will be distributed, as O(goldimage.aws.imagebuilder_image_distribution#module:source_image)
        takes it. An AMI id, V(ssm:) with the name or ARN of an SSM parameter that holds one, or the ARN of an Image
        Builder image.
      - With it the module also checks the AMI, on its own and in combination with the distributions.
    type: str
  checks:
    description:
      - What to check.
      - V(roles) checks only O(execution_role) and the roles in target accounts, with far fewer requests. Use it after
        you have set up the roles, if you have just checked everything else. It needs O(execution_role).
    type: str
    choices: [all, roles]
    default: all
  workers:
    description:
      - How many requests the module sends at the same time. They are spread over Regions and accounts.
    type: int
    default: 30
notes:
  - The following notes list the checks, what they look for and, after the hyphen, the permissions that they need and
    where. In the source account the credentials of the task need these permissions; in a target account, the role in
    O(target_account_role_name) or O(target_account_roles).
  - C(source_image), the AMI exists in the home Region, is available and belongs to the source account -
    C(ec2:DescribeImages), for a parameter C(ssm:GetParameter), for the ARN of an image C(imagebuilder:GetImage),
    source account. C(source_image_key), C(source_image_key_policy), the keys of its snapshots can be used, and allow
    the accounts that copy the image and those that it is shared with - C(ec2:DescribeSnapshots), C(kms:DescribeKey),
    C(kms:GetKeyPolicy), source account. C(source_image_export), C(source_image_public), C(source_image_fast_launch),
    EC2 allows its export, public sharing and Fast Launch, if the distributions need that - C(ec2:DescribeSnapshots),
    source account.
  - C(region), the Region is enabled for the account - C(ec2:DescribeRegions), source and target accounts. If it is
    not, all other checks there are skipped.
  - C(quota_images), C(quota_public_images), C(quota_image_sharing), there is room for one more AMI in each account
    that gets one - C(servicequotas:GetServiceQuota), C(servicequotas:GetAWSDefaultServiceQuota),
    C(ec2:DescribeImages), source and target accounts.
  - C(public_sharing), the account allows public AMIs, if an AMI will be public -
    C(ec2:GetImageBlockPublicAccessState), source and target accounts.
  - C(kms_key), the key exists in the Region, is enabled, and EBS can use it; an alias is resolved -
    C(kms:DescribeKey), source account, for a key that is given by id or alias name also target accounts.
  - C(kms_key_policy), the policy of the key allows the accounts that copy or launch, and the organizations and OUs
    that launch - C(kms:DescribeKey), C(kms:GetKeyPolicy), in the account that owns the key. To evaluate a condition
    on the organization, the module uses C(organizations:DescribeOrganization) in the account that needs the key.
    Conditions that it cannot evaluate cause a warning.
  - C(launch_template), C(launch_template_tag), C(launch_template_image), the launch template exists in its account,
    has the tag C(CreatedBy=EC2 Image Builder) if that is another account, and names an AMI; C(fast_launch_template),
    the same for Fast Launch - C(ec2:DescribeLaunchTemplates), C(ec2:DescribeLaunchTemplateVersions), source and
    target accounts.
  - C(copy_encryption), an AMI that is shared, public or exported without a given key does not get a default key that
    prevents this - C(ec2:GetEbsEncryptionByDefault), C(ec2:GetEbsDefaultKmsKeyId), C(kms:DescribeKey),
    C(kms:GetKeyPolicy), source and target accounts.
  - C(s3_bucket), the bucket exists in the Region and belongs to the account - C(s3:ListBucket), source account.
    C(s3_export_role), the role of the export exists and trusts C(vmie.amazonaws.com) - C(iam:GetRole), source
    account. C(s3_export_passing), the credentials of the task have C(iam:PassRole) on that role, which AWS requires
    to create or update a configuration - C(iam:GetRole), C(iam:SimulatePrincipalPolicy), source account.
  - C(license_configuration), the configuration exists and is enabled - C(license-manager:GetLicenseConfiguration),
    source account.
  - C(ssm_parameter), the parameter is absent, or a String of the same data type, which cannot be changed -
    C(ssm:DescribeParameters), source and target accounts.
  - C(container_repository), the repository exists - C(ecr:DescribeRepositories), source account.
  - C(organization), C(organizational_unit), they exist - C(organizations:DescribeOrganization),
    C(organizations:DescribeOrganizationalUnit), source account. Only the management account of an organization and
    its delegated administrators may read an OU. So if O(target_account_roles) has a role for the management account,
    the module makes both checks there.
  - C(pipelines), which pipelines use the configuration, so that the change affects their next build -
    C(imagebuilder:ListImagePipelines), source account.
  - C(execution_role), C(execution_role_trust), the role exists in the source account, is not reserved for AWS, and
    trusts C(imagebuilder.amazonaws.com) - C(iam:GetRole), source account. C(execution_role_managed_policies), the
    managed policies for Fast Launch without a launch template are attached - C(iam:ListAttachedRolePolicies).
    C(execution_role_permissions), according to IAM's policy simulator the role has the permissions that the
    distributions need - C(iam:SimulatePrincipalPolicy). The simulator does not consider policies of keys and buckets,
    or the key of the source image.
  - C(destination_role), C(destination_role_trust), C(destination_role_managed_policies),
    C(destination_role_permissions), the same for the role in each target account, which must trust the source account
    - C(iam:GetRole), C(iam:ListAttachedRolePolicies), C(iam:SimulatePrincipalPolicy), target accounts.
  - To read a configuration by O(name) or O(distribution_configuration_arn) the module needs
    C(imagebuilder:GetDistributionConfiguration); to assume a role in a target account, C(sts:AssumeRole).
seealso:
  - module: goldimage.aws.imagebuilder_distribution
  - name: Set up cross-account AMI distribution in the EC2 Image Builder user guide
    description: What AWS asks for in target accounts.
    link: https://docs.aws.amazon.com/imagebuilder/latest/userguide/cross-account-dist.html
extends_documentation_fragment:
  - goldimage.aws.distribution
  - goldimage.aws.distribution.optional_entries
  - goldimage.aws.target_accounts
  - goldimage.aws.attributes
  - goldimage.aws.attributes.info_module
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Check a distribution before it is written
  goldimage.aws.imagebuilder_distribution_preflight_info:
    region: us-west-2
    distributions:
      - region: us-west-2
        ami_distribution_configuration:
          name_prefix: web
      - region: eu-west-1
        ami_distribution_configuration:
          name_prefix: web
          kms_key_id: arn:aws:kms:eu-west-1:123456789012:alias/images
          target_account_ids: ["111122223333"]
        ssm_parameter_configurations:
          - parameter_name: /images/web
            ami_account_id: "111122223333"
    target_account_role_name: audit/ImageReader
  register: preflight

- name: Stop if a rollout would fail
  ansible.builtin.assert:
    that: preflight.passed
    fail_msg: "{{ preflight.findings | selectattr('status', 'eq', 'error') | map(attribute='message') | join('\n') }}"

- name: Check an existing configuration and its roles
  goldimage.aws.imagebuilder_distribution_preflight_info:
    region: us-west-2
    name: web-image
    execution_role: ImageDistribution
    source_image: ssm:/images/web/tested
    target_account_roles:
      "111122223333": arn:aws:iam::111122223333:role/ImageReader
      "444455556666": arn:aws:iam::444455556666:role/audit/ReadOnly
    target_account_external_id: "{{ vault_image_external_id }}"
  register: preflight

- name: Check only the roles, once they have been set up
  goldimage.aws.imagebuilder_distribution_preflight_info:
    region: us-west-2
    name: web-image
    execution_role: ImageDistribution
    checks: roles
    target_account_role_name: audit/ImageReader

- name: Check all configurations of a team at once
  goldimage.aws.imagebuilder_distribution_preflight_info:
    region: us-west-2
    distribution_configurations: "{{ team_configurations }}"
    target_account_role_name: audit/ImageReader
  register: preflight

- name: Show what will fail with one of them
  ansible.builtin.debug:
    msg: "{{ preflight.findings | selectattr('distribution_configurations', 'contains', 'web-image')
      | selectattr('status', 'eq', 'error') | map(attribute='message') }}"

- name: Show what could not be checked, and which permission is missing
  ansible.builtin.debug:
    msg: "{{ item.region }} {{ item.account_id }} {{ item.check }}: {{ item.message }}. {{ item.remedy }}"
  loop: "{{ preflight.findings | selectattr('status', 'eq', 'skipped') }}"
  loop_control:
    label: "{{ item.check }}"
"""

RETURN = r"""
passed:
  description: Whether there is no finding with V(error). Warnings and skipped checks do not count.
  type: bool
  returned: success
  sample: false
findings:
  description: One entry for each check of each thing, in the order of the Regions, followed by the roles.
  type: list
  elements: dict
  returned: success
  sample:
    - check: region
      region: eu-west-1
      account_id: "123456789012"
      status: ok
      message: eu-west-1 is enabled for account 123456789012
      remedy: null
    - check: kms_key
      region: eu-west-1
      account_id: "123456789012"
      status: error
      message: the KMS key alias/images does not exist in eu-west-1 for account 123456789012
      remedy: Create the key or its alias, or correct kms_key_id
  contains:
    check:
      description: The name of the check. The notes list all checks.
      type: str
      returned: always
      sample: kms_key
    region:
      description: The Region. Null for what does not belong to one, such as an IAM role.
      type: str
      returned: always
      sample: eu-west-1
    account_id:
      description: The account that was checked, or that needs what was checked.
      type: str
      returned: always
      sample: "123456789012"
    status:
      description:
        - V(ok).
        - V(warning), if a rollout may work, but probably not as intended.
        - V(error), if it will fail.
        - V(skipped), if the check could not run.
      type: str
      returned: always
      sample: error
    message:
      description: What was found, or why the check could not run.
      type: str
      returned: always
      sample: the KMS key alias/images does not exist in eu-west-1 for account 123456789012
    remedy:
      description: What to do about it. Null if there is nothing to do.
      type: str
      returned: always
      sample: Create the key or its alias, or correct kms_key_id
    distribution_configurations:
      description: The names of the configurations that the finding is about. Without a name, their ARNs.
      type: list
      elements: str
      returned: with O(distribution_configurations)
      sample: [web-image, database-image]
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws.accounts import named_accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import complete
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import ENTRIES
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import inputs
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.questions import preflight


def main() -> None:
    module = GoldimageModule(
        explain=inputs.explain_preflight,
        large={ENTRIES: complete},
        argument_spec=inputs.argument_spec(),
        mutually_exclusive=inputs.EXCLUSIVE,
        required_one_of=[inputs.SOURCES],
        supports_check_mode=True,
    )
    params = module.params
    connection = connect(module, params["workers"])
    module.fail_on_errors(inputs.preflight_option_errors(params, connection.model, connection.region), keep=True)
    accounts = named_accounts(module)
    try:
        findings = preflight(connection, accounts, params)
    except ImageBuilderError as error:
        module.fail_on_error(error)
    result = {
        "changed": False,
        "findings": findings,
        "passed": all(finding["status"] != "error" for finding in findings),
    }
    if params[ENTRIES] is not None:
        # Ansible would send all options back to the controller.
        result["invocation"] = {"module_args": {**params, ENTRIES: "not repeated here"}}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
