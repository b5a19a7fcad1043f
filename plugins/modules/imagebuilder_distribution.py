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
  - Creates, updates and deletes a distribution configuration of EC2 Image Builder, which determines the Regions and
    accounts that get an image, and its name, key, launch permissions, launch templates, SSM parameters, licences,
    Fast Launch settings and exports there.
  - Changes apply only to later builds and rollouts. AMIs that are already distributed are neither changed nor
    removed.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  name:
    description:
      - The name of the configuration, needed to create one. It cannot be changed afterwards.
      - AWS folds names to lower case with hyphens. If C(Web Image) exists, C(web-image) is an error that names both.
      - Exactly one of O(name) and O(distribution_configuration_arn) is needed.
    type: str
  distribution_configuration_arn:
    description:
      - The ARN of an existing configuration, instead of O(name).
    type: str
    aliases: ['arn']
  distributions:
    description:
      - Needed to create a configuration. Without it, an update does not change the distributions; an empty list is an
        error.
notes:
  - Always needs the permission C(imagebuilder:GetDistributionConfiguration), and no other one if nothing changes.
  - To create a configuration, and to try that in check mode, it needs C(imagebuilder:CreateDistributionConfiguration)
    and, with O(tags), C(imagebuilder:TagResource). To change one it needs
    C(imagebuilder:UpdateDistributionConfiguration); to change its tags, C(imagebuilder:TagResource) and
    C(imagebuilder:UntagResource); to delete one, C(imagebuilder:DeleteDistributionConfiguration).
  - Two more permissions let it explain errors. With C(imagebuilder:ListImagePipelines) it names the pipelines that
    prevent a deletion, in check mode too. With C(imagebuilder:ListDistributionConfigurations) it names the
    configuration that already has the name. Without them it says what it could not see.
  - AWS checks what a new or changed configuration refers to with the caller's permissions. According to AWS's list of
    dependent actions, it needs C(ec2:DescribeLaunchTemplates), C(ec2:CreateLaunchTemplateVersion) and
    C(ec2:ModifyLaunchTemplate) for launch templates; C(s3:ListBucket) and, on the export's role for
    C(vmie.amazonaws.com), C(iam:PassRole) for exports; and C(ssm:GetParameter) for SSM parameters.
  - In check mode the module also tries to create a new configuration with the API's dry run, if the installed
    botocore has it. If AWS refuses a value, the task fails in check mode. A missing permission is only a warning, and
    so is a missing resource, because an earlier task of the play may create it.
  - The API replaces the whole configuration on each update. If AWS returns fields that the installed botocore does
    not know, an update would lose them. The module then refuses to update and names these fields.
  - The API has no conditional write. So the module reads the configuration once more right before an update that
    removes Regions, or that writes back what it read because O(distributions) is not given or a purge option is
    V(false). If somebody else has changed the configuration in the meantime, the module makes a new plan from the new
    state. If that plan removes Regions, the task fails and writes nothing. A change between that second read and the
    write cannot be detected.
  - After an update the module reads the configuration back. If somebody else wrote at the same time, it corrects the
    tags and warns about everything else.
  - If a write gets no certain answer, for example because the connection broke, the module reads the configuration to
    find out whether AWS carried out the write. If the module cannot read it either, the task fails, says that the
    outcome is unknown, and reports C(changed). It is safe to run the task again.
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
  - goldimage.aws.distribution.configuration
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Distribute web images to two Regions and share them with another account
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

- name: Change only the description of a configuration, given its ARN
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
    - The configuration after the task or, in check mode, as it would be. Null if it does not exist.
    - RV(distribution_configuration.name), RV(distribution_configuration.description),
      RV(distribution_configuration.distributions) and RV(distribution_configuration.tags) are valid options of this
      module without changes. Placeholders are in square brackets, so that Ansible does not take them for templates.
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
      description: The description. Null if there is none.
      type: str
      returned: always
      sample: Web server images for production
    distributions:
      description: The entries as O(distributions) takes them, without empty options.
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
      description: When the configuration was created. Null in check mode if it does not exist yet.
      type: str
      returned: always
      sample: '2026-03-01T08:15:30.125Z'
    date_updated:
      description: When the configuration was last updated. Null if never.
      type: str
      returned: always
      sample: '2026-03-02T09:20:10.529Z'
changes:
  description: What an update changed or, in check mode, would change. Empty if the configuration is created or
    deleted.
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
      description: The Region of the entry that changed. Null for a change of the configuration itself.
      type: str
      returned: always
      sample: eu-west-1
    field:
      description: The path of the option. Null if a whole Region is added or removed.
      type: str
      returned: always
      sample: ami_distribution_configuration.kms_key_id
    before:
      description: The value before the change. Null if there was none.
      type: raw
      returned: always
      sample: alias/old
    after:
      description: The value after the change. Null if there is none.
      type: raw
      returned: always
      sample: alias/new
diff:
  description:
    - For a configuration that is created, deleted or unchanged, C(before) and C(after). They hold the whole
      configuration with Regions as keys and sorted lists, or an empty map if it does not exist.
    - "For a configuration that is updated, C(prepared). This is RV(changes) as text, one line for each field, such as
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

from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.bulk import ensure_all
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configurations import (
    configuration_option_errors,
)
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configurations import (
    explain_configuration,
)
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configurations import wanted_from
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields import argument_spec
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields import SELECTORS


def main() -> None:
    module = GoldimageModule(
        explain=explain_configuration,
        argument_spec=argument_spec(),
        mutually_exclusive=[SELECTORS],
        required_one_of=[SELECTORS],
        supports_check_mode=True,
    )
    connection = connect(module)
    module.fail_on_errors(configuration_option_errors(module.params, connection.model, connection.region), keep=True)
    try:
        # The same as imagebuilder_distribution_set does for many.
        outcome = ensure_all(connection, [wanted_from(module.params)], module.check_mode, single=True)[0]
        if outcome.error:
            raise outcome.error
    except ImageBuilderError as error:
        module.fail_on_error(error, changed=error.changed)
    result = {"changed": outcome.changed, "distribution_configuration": outcome.state, "changes": outcome.changes}
    module.finish({**result, "diff": outcome.diff}, outcome.warnings)


if __name__ == "__main__":
    main()
