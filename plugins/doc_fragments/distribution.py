# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import textwrap


def _inside(options: str, path: str) -> str:
    """The documentation of options as suboptions, at C(path) in the options of another module."""
    body = options.split("options:\n", 1)[1].replace("O(distributions", f"O({path}[].distributions")
    return textwrap.indent(body, "    ")


_ENTRY = r"""
options:
  distribution_configurations:
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - The name of the configuration, needed to create one. It cannot be changed afterwards.
          - Exactly one of O(distribution_configurations[].name) and
            O(distribution_configurations[].distribution_configuration_arn) is needed.
        type: str
      distribution_configuration_arn:
        description:
          - The ARN of an existing configuration, instead of O(distribution_configurations[].name).
        type: str
      arn:
        description:
          - The same as O(distribution_configurations[].distribution_configuration_arn), but ignored if
            O(distribution_configurations[].name) is given too, because
            M(goldimage.aws.imagebuilder_distribution_info) returns both.
        type: str
      tags:
        description:
          - The tags of the configuration. Not changed if not given; an empty map removes all tags.
        type: dict
        aliases: ['resource_tags']
      purge_tags:
        description:
          - Whether tags that O(distribution_configurations[].tags) does not list are removed, if it is given.
        type: bool
        default: true
      date_created:
        description:
          - Ignored, so that you can pass what M(goldimage.aws.imagebuilder_distribution_info) returns without
            changes.
        type: str
      date_updated:
        description:
          - Ignored.
        type: str
      pipelines:
        description:
          - Ignored.
        type: list
        elements: dict
      regions:
        description:
          - Ignored.
        type: list
        elements: str
"""


class ModuleDocFragment:
    """Options that several modules share."""

    DOCUMENTATION = r"""
options:
  distributions:
    description:
      - The Regions that get the image, one entry each. The first entry is the build Region. The module writes them in
        this order, but a different order alone is not a change. If something else is written, a different first
        Region causes a warning.
      - Options that an entry does not give are removed from that Region. A missing option, an empty list and an empty
        map mean the same.
      - Every string may contain placeholders of Image Builder, written C([[ imagebuilder:buildDate ]]). The module
        sends them with curly brackets, which Ansible itself would take for a template. C(!unsafe) and C({% raw %})
        work as well. Tag values may also contain C([[ ssm:parameter_name ]]). If a string must contain such square
        brackets literally, write a backslash after the opening brackets, C([[\ imagebuilder:buildDate ]]); the module
        removes it.
      - Lengths, patterns and allowed values come from the installed botocore. If botocore is older than a pattern
        that AWS has widened, AWS decides.
      - Combinations that EC2, KMS, SSM or VM Import/Export would refuse after the copies have been made are errors
        before anything is written. If the configuration in AWS already has such a combination, it only causes a
        warning.
      - Lists of accounts and ARNs may also be a single string, with commas, spaces or line breaks between the values.
    type: list
    elements: dict
    suboptions:
      region:
        description:
          - The Region, for example V(eu-west-1).
        type: str
        required: true
      ami_distribution_configuration:
        description:
          - The AMI in this Region.
        type: dict
        suboptions:
          name:
            description:
              - The name of the AMI. It must contain C([[ imagebuilder:buildDate ]]).
              - Exclusive with O(distributions[].ami_distribution_configuration.name_prefix).
            type: str
          name_prefix:
            description:
              - A name without a placeholder. V(web) stands for the name C(web [[ imagebuilder:buildDate ]]).
              - Exclusive with O(distributions[].ami_distribution_configuration.name).
            type: str
          description:
            description:
              - The description of the AMI.
            type: str
          target_account_ids:
            description:
              - Accounts that get their own copy in this Region, as 12 digits in quotes. Include your own account if
                it needs a copy too.
              - To share one AMI instead, use O(distributions[].ami_distribution_configuration.launch_permission).
            type: list
            elements: str
          ami_tags:
            description:
              - Tags for the AMI. Accounts that only share the AMI do not see them.
            type: dict
            aliases: ['tags']
          kms_key_id:
            description:
              - The key that encrypts the copies, as a key ARN or alias ARN in this Region. A key in another Region is
                an error.
              - AWS does not apply it to your own AMI in the home Region.
            type: str
          launch_permission:
            description:
              - Who may launch the AMI.
            type: dict
            aliases: ['launch_permissions']
            suboptions:
              user_ids:
                description:
                  - Accounts, as 12 digits in quotes.
                type: list
                elements: str
              user_groups:
                description:
                  - V(all) makes the AMI public.
                type: list
                elements: str
              organization_arns:
                description:
                  - ARNs of organizations.
                type: list
                elements: str
              organizational_unit_arns:
                description:
                  - ARNs of organizational units, which include their children.
                type: list
                elements: str
      container_distribution_configuration:
        description:
          - The container image in this Region.
        type: dict
        suboptions:
          description:
            description:
              - The description of the container distribution.
            type: str
          container_tags:
            description:
              - Tags of the image in the repository.
            type: list
            elements: str
          target_repository:
            description:
              - The repository that gets the image.
            type: dict
            required: true
            suboptions:
              service:
                description:
                  - The registry service, for example V(ECR).
                type: str
                required: true
              repository_name:
                description:
                  - The name of the repository, without the registry host.
                type: str
                required: true
      license_configuration_arns:
        description:
          - ARNs of License Manager configurations to associate with the AMI.
        type: list
        elements: str
      launch_template_configurations:
        description:
          - Launch templates that get a new version with the AMI.
        type: list
        elements: dict
        suboptions:
          launch_template_id:
            description:
              - The launch template.
            type: str
            required: true
          account_id:
            description:
              - The account that owns the launch template. By default the account of the configuration.
              - A template in another account gets the id of the AMI in the configuration's account, so that AMI must
                be shared with the other account. It is better to let the template take the id from an SSM parameter,
                with C(resolve:ssm:).
            type: str
          set_default_version:
            description:
              - Whether the new version becomes the default version.
            type: bool
            default: true
      s3_export_configuration:
        description:
          - Exports the image as a virtual machine disk.
        type: dict
        suboptions:
          role_name:
            description:
              - The name (not ARN) of the VM Import/Export service role, for example V(vmimport).
            type: str
            required: true
          disk_image_format:
            description:
              - The format of the disk, for example V(VMDK), V(RAW) or V(VHD).
            type: str
            required: true
          s3_bucket:
            description:
              - A bucket in this Region.
            type: str
            required: true
          s3_prefix:
            description:
              - The prefix of the object's key, for example V(images/).
            type: str
      fast_launch_configurations:
        description:
          - Settings of EC2 Fast Launch, for Windows AMIs.
        type: list
        elements: dict
        suboptions:
          enabled:
            description:
              - V(false) does not disable Fast Launch; it leaves Fast Launch as it is.
            type: bool
            required: true
          snapshot_configuration:
            description:
              - The snapshots that are kept ready.
            type: dict
            suboptions:
              target_resource_count:
                description:
                  - How many snapshots.
                type: int
          max_parallel_launches:
            description:
              - How many instances EC2 launches at once to create snapshots. EC2 accepts no fewer than 6.
            type: int
          launch_template:
            description:
              - The launch template for these instances, by id or by name.
            type: dict
            suboptions:
              launch_template_id:
                description:
                  - The id of the launch template.
                type: str
              launch_template_name:
                description:
                  - The name of the launch template.
                type: str
              launch_template_version:
                description:
                  - The version of the launch template.
                type: str
          account_id:
            description:
              - The owner of the AMI. Image Builder cannot enable Fast Launch in other accounts.
            type: str
      ssm_parameter_configurations:
        description:
          - SSM parameters that get the id of the AMI.
        type: list
        elements: dict
        suboptions:
          parameter_name:
            description:
              - The name of the parameter. A name with slashes must begin with a slash and may have at most 15 levels.
            type: str
            required: true
          ami_account_id:
            description:
              - One of O(distributions[].ami_distribution_configuration.target_account_ids). Image Builder writes the
                parameter in that account, with the id of that account's AMI. By default the account of the
                configuration.
            type: str
          data_type:
            description:
              - V(aws:ec2:image), which makes SSM check the id, or V(text). By default a new parameter has
                V(aws:ec2:image).
            type: str
"""

    CONFIGURATION = r"""
options:
  state:
    description:
      - Whether the configuration must exist. V(absent) deletes the configuration, but not its AMIs.
    type: str
    choices: ['present', 'absent']
    default: present
  description:
    description:
      - The description. Not changed if not given; an empty string removes it.
    type: str
  purge_distributions:
    description:
      - Whether Regions that O(distributions) does not list are removed.
      - With V(false) these Regions are not changed. An entry for an existing Region replaces that Region's whole
        entry in the same position; new Regions are added at the end.
    type: bool
    default: true
  purge_accounts:
    description:
      - Whether to remove accounts, groups, organizations and OUs that a listed Region has but its entry does not
        list.
      - With V(false) they are kept in addition to the listed ones.
    type: bool
    default: true
"""

    SELECTION = r"""
options:
  name:
    description:
      - The name of the distribution configuration.
      - AWS folds names to lower case with hyphens, so C(Web Image) and C(web-image) are the same name.
      - Exactly one of O(name) and O(distribution_configuration_arn) is needed.
    type: str
  distribution_configuration_arn:
    description:
      - The ARN of an existing distribution configuration.
    type: str
    aliases: ['arn']
"""

    def __init__(self) -> None:
        # One configuration as an entry of a list.
        path = "distribution_configurations"
        self.ENTRIES = _ENTRY + _inside(self.CONFIGURATION, path) + _inside(self.DOCUMENTATION, path)
        self.OPTIONAL_ENTRIES = self.ENTRIES.replace("    required: true\n", "", 1)
