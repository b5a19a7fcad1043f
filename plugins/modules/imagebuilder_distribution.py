#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_distribution
version_added: 1.0.0
short_description: Manage an EC2 Image Builder distribution configuration
description:
  - Creates, updates and deletes a distribution configuration of EC2 Image Builder, which says which Regions and
    accounts get an image, and with which name, key, launch permissions, launch templates, SSM parameters, licences,
    Fast Launch settings and exports.
  - Changes reach later builds only. AMIs that were distributed already are neither changed nor removed.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  state:
    description:
      - Whether the configuration must exist. V(absent) deletes the configuration and leaves its AMIs alone.
    type: str
    choices: ['present', 'absent']
    default: present
  name:
    description:
      - The name of the configuration, needed to create one. It cannot be changed afterwards.
      - AWS folds names to lower case with hyphens. Where C(Web Image) exists, C(web-image) is refused and both are
        named.
      - Exactly one of O(name) and O(distribution_configuration_arn) is needed.
    type: str
  distribution_configuration_arn:
    description:
      - The ARN of a configuration that exists, instead of O(name).
    type: str
    aliases: ['arn']
  description:
    description:
      - The description. Left alone when not given; an empty text removes it.
    type: str
  distributions:
    description:
      - Needed to create a configuration. Left alone when not given; an empty list is an error.
  purge_distributions:
    description:
      - Whether Regions that O(distributions) does not list are removed.
      - With V(false) they stay as they are; a listed Region replaces that Region's whole entry, in its place; new ones
        come last.
    type: bool
    default: true
  purge_accounts:
    description:
      - Whether accounts, groups, organizations and OUs that a listed Region has, but its entry does not list, are
        removed.
      - With V(false) they stay beside the listed ones.
    type: bool
    default: true
notes:
  - Always needs the permission C(imagebuilder:GetDistributionConfiguration), and no other where nothing changes.
  - To create a configuration, and to try that in check mode, it needs C(imagebuilder:CreateDistributionConfiguration),
    with O(tags) C(imagebuilder:TagResource) as well; to change one C(imagebuilder:UpdateDistributionConfiguration), to
    change its tags C(imagebuilder:TagResource) and C(imagebuilder:UntagResource); to delete one
    C(imagebuilder:DeleteDistributionConfiguration).
  - To say what is in the way it needs C(imagebuilder:ListImagePipelines), where pipelines use a configuration that is
    to be deleted, also in check mode, and C(imagebuilder:ListDistributionConfigurations), where AWS finds a name taken.
    Without them it says what it could not see.
  - AWS looks up what a new or changed configuration refers to with the caller's own permissions. By its list of
    dependent actions that takes C(ec2:DescribeLaunchTemplates), C(ec2:CreateLaunchTemplateVersion) and
    C(ec2:ModifyLaunchTemplate) for launch templates, C(s3:ListBucket) and, on the role of the export for
    C(vmie.amazonaws.com), C(iam:PassRole) for exports, and C(ssm:GetParameter) for SSM parameters.
  - In check mode a create is also tried with the API's dry run, where the installed botocore has it. A value that AWS
    refuses fails there already; a denied permission or something missing that the play would have made is a warning.
  - The API replaces the whole configuration on each update. Fields that AWS returned and that the installed botocore
    does not know would be lost, so such an update is refused and the fields are named.
  - The API has no conditional write. An update that removes Regions, or that writes again what was read because
    O(distributions) is not given or a purge option is V(false), therefore reads once more right before it writes. Where
    somebody else has changed the configuration since, what keeps all Regions is planned anew, and what would remove
    some fails and writes nothing. A change in the moment between that read and the write cannot be seen.
  - What somebody else wrote at the same time shows when the configuration is read back. Tags are put right, and for
    the rest there is a warning.
  - Where AWS gives no certain answer to a write, because the connection broke for example, the configuration is read
    again to see whether it was made. Where that fails too, the task fails, says that it is not known, and counts as
    changed. It is safe to run it again.
seealso:
  - module: goldimage.aws.imagebuilder_distribution_info
  - name: Distribution settings in the EC2 Image Builder user guide
    description: What each setting does.
    link: https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-distribution-settings.html
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - goldimage.aws.distribution
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Send web images to two Regions and share them with another account
  goldimage.aws.imagebuilder_distribution:
    region: us-west-2
    name: web-image
    description: Web server images for production
    distributions:
      - region: us-west-2
        ami_distribution_configuration:
          name_prefix: web
          launch_permission:
            user_ids: ["111122223333"]
      - region: eu-west-1
        ami_distribution_configuration:
          name: "web [[ imagebuilder:buildVersion ]] [[ imagebuilder:buildDate ]]"
          kms_key_id: arn:aws:kms:eu-west-1:123456789012:alias/images
          launch_permission:
            user_ids: ["111122223333"]
    tags:
      Team: platform

- name: Give a second account its own copy in one Region and leave all other Regions alone
  goldimage.aws.imagebuilder_distribution:
    region: us-west-2
    name: web-image
    purge_distributions: false
    purge_accounts: false
    distributions:
      - region: eu-west-1
        ami_distribution_configuration:
          name_prefix: web
          target_account_ids: ["444455556666"]

- name: Store the id of the AMI in an SSM parameter and update a launch template
  goldimage.aws.imagebuilder_distribution:
    region: us-west-2
    name: database-image
    distributions:
      - region: us-west-2
        ami_distribution_configuration:
          name_prefix: database
        ssm_parameter_configurations:
          - parameter_name: /images/database
        launch_template_configurations:
          - launch_template_id: lt-0ab1234c56d789012

- name: Change only the description, of a configuration given by ARN
  goldimage.aws.imagebuilder_distribution:
    region: us-west-2
    distribution_configuration_arn: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
    description: Web server images

- name: Remove the configuration, not the AMIs
  goldimage.aws.imagebuilder_distribution:
    region: us-west-2
    name: database-image
    state: absent
"""

RETURN = r"""
distribution_configuration:
  description:
    - The configuration after the task, in check mode as it would be; null when absent.
    - RV(distribution_configuration.name), RV(distribution_configuration.description),
      RV(distribution_configuration.distributions) and RV(distribution_configuration.tags) are valid options of this
      module as they stand. Placeholders come in square brackets, so that Ansible does not take them for templates.
  type: dict
  returned: success
  sample:
    arn: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
    name: web-image
    description: Web server images for production
    distributions:
      - region: us-west-2
        ami_distribution_configuration:
          name: web [[ imagebuilder:buildDate ]]
          launch_permission:
            user_ids: ["111122223333"]
    tags:
      Team: platform
    date_created: '2026-03-01T08:15:30.125Z'
    date_updated: '2026-03-02T09:20:10.529Z'
  contains:
    arn:
      description: The ARN of the configuration.
      type: str
      returned: always
      sample: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
    name:
      description: The name as it was typed when the configuration was created.
      type: str
      returned: always
      sample: web-image
    description:
      description: The description, null when there is none.
      type: str
      returned: always
      sample: Web server images for production
    distributions:
      description: The entries as O(distributions) takes them. What is empty is left out.
      type: list
      elements: dict
      returned: always
      sample:
        - region: us-west-2
          ami_distribution_configuration:
            name: web [[ imagebuilder:buildDate ]]
    tags:
      description: The tags of the configuration.
      type: dict
      returned: always
      sample: {Team: platform}
    date_created:
      description: When the configuration was created. In check mode null for one that does not exist yet.
      type: str
      returned: always
      sample: '2026-03-01T08:15:30.125Z'
    date_updated:
      description: When the configuration was last updated, null when never.
      type: str
      returned: always
      sample: '2026-03-02T09:20:10.529Z'
changes:
  description: What an update changed, in check mode what it would; empty for one that is created or deleted.
  type: list
  elements: dict
  returned: success
  sample:
    - region: eu-west-1
      field: ami_distribution_configuration.kms_key_id
      before: alias/old
      after: alias/new
  contains:
    region:
      description: The Region in whose entry it is, null for what belongs to the configuration itself.
      type: str
      returned: always
      sample: eu-west-1
    field:
      description: The path of the option, null for a Region that is added or removed as a whole.
      type: str
      returned: always
      sample: ami_distribution_configuration.kms_key_id
    before:
      description: What was there, null where nothing was.
      type: raw
      returned: always
      sample: alias/old
    after:
      description: What is there now, null where nothing is.
      type: raw
      returned: always
      sample: alias/new
diff:
  description:
    - C(before) and C(after), the whole configuration with Regions as keys and lists sorted, for one that is created,
      deleted or unchanged; an empty map where there is none.
    - "C(prepared) for one that is updated. That is RV(changes) as text, one line for each field, such as
      C(eu-west-1 kms_key_id: alias/old -> alias/new)."
  type: dict
  returned: success
  sample:
    before: {}
    after:
      name: web-image
      description: null
      tags: {}
      distributions:
        us-west-2:
          ami_distribution_configuration:
            name: web [[ imagebuilder:buildDate ]]
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configurations import (
    configuration_option_problems,
)
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configurations import explain
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configurations import wanted_from
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._aws.workers import ensure_all
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields import argument_spec
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields import SELECTORS


def main() -> None:
    module = GoldimageModule(
        explain=explain,
        argument_spec=argument_spec(),
        mutually_exclusive=[SELECTORS],
        required_one_of=[SELECTORS],
        supports_check_mode=True,
    )
    connection = connect(module)
    module.fail_on_problems(
        configuration_option_problems(module.params, connection.model, connection.region), keep=True
    )
    try:
        # The list of one: what imagebuilder_distribution_set does for many.
        outcome = ensure_all(connection, [wanted_from(module.params)], module.check_mode, single=True)[0]
        if outcome.error:
            raise outcome.error
    except ImageBuilderError as error:
        module.fail_on_error(error, changed=error.changed)
    for warning in outcome.warnings:
        module.warn(warning)
    module.exit_json(
        changed=outcome.changed,
        distribution_configuration=outcome.state,
        changes=outcome.changes,
        diff=outcome.diff,
    )


if __name__ == "__main__":
    main()
