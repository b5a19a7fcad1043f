#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_pipeline_attachment
version_added: 1.0.0
short_description: Attach a distribution configuration and an execution role to an EC2 Image Builder pipeline
description:
  - Gives an existing image pipeline another distribution configuration, another execution role, or both. It changes
    nothing else in the pipeline.
  - The change takes effect with the next build. A build that is already running is not affected.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  image_pipeline_arn:
    description:
      - The ARN of the pipeline.
    type: str
    required: true
    aliases: ['arn']
  distribution_configuration_arn:
    description:
      - The ARN of the distribution configuration, which must be in the Region of the pipeline.
      - Not changed if not given. An empty string detaches the configuration; images then stay in the home Region.
    type: str
  execution_role:
    description:
      - The name or the ARN of the role that Image Builder builds, tests and distributes the image with.
      - It replaces the service-linked role for the whole build, so it needs the permissions to build and test as
        well.
      - Not changed if not given. An empty string detaches the role.
    type: str
notes:
  - Always needs the permission C(imagebuilder:GetImagePipeline). To change a pipeline it needs
    C(imagebuilder:UpdateImagePipeline) and, if the pipeline then has an execution role, C(iam:PassRole) on that role.
    The update names everything that the pipeline refers to, so AWS also requires C(imagebuilder:GetImageRecipe) or
    C(imagebuilder:GetContainerRecipe), C(imagebuilder:GetInfrastructureConfiguration),
    C(imagebuilder:GetDistributionConfiguration), for workflows C(imagebuilder:GetWorkflow), and
    C(imagebuilder:TagResource). With C(iam:GetRole) the module can tell whether AWS refuses a role only because it is
    too new, and then waits.
  - A new role may not be known everywhere for two minutes. If AWS refuses it, the module waits until the role is two
    minutes old.
  - The API replaces the whole pipeline on each update. If AWS returns fields that the installed botocore does not
    know, an update would lose them. The module then refuses to update and names these fields.
  - The API has no conditional write. So the module reads the pipeline once more right before the update, and again
    after each wait for a role. It keeps what somebody else has changed in the meantime. If they have attached
    something else in place of what this task attaches, the task fails and writes nothing. A change between the last
    read and the update cannot be detected.
seealso:
  - module: goldimage.aws.imagebuilder_distribution
  - name: UpdateImagePipeline in the EC2 Image Builder API reference
    description: What an update of a pipeline does.
    link: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_UpdateImagePipeline.html
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Let a pipeline distribute with the configuration web-image
  goldimage.aws.imagebuilder_pipeline_attachment:
    region: us-west-2
    image_pipeline_arn: arn:aws:imagebuilder:us-west-2:123456789012:image-pipeline/web
    distribution_configuration_arn: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
    execution_role: goldimage-web

- name: Let it build with the service-linked role again
  goldimage.aws.imagebuilder_pipeline_attachment:
    region: us-west-2
    image_pipeline_arn: arn:aws:imagebuilder:us-west-2:123456789012:image-pipeline/web
    execution_role: ""
"""

RETURN = r"""
image_pipeline:
  description: The pipeline after the task or, in check mode, as it would be.
  type: dict
  returned: success
  contains:
    arn:
      description: The ARN of the pipeline.
      type: str
      returned: always
      sample: arn:aws:imagebuilder:us-west-2:123456789012:image-pipeline/web
    name:
      description: The name of the pipeline.
      type: str
      returned: always
      sample: web
    status:
      description: Whether the pipeline's schedule is enabled.
      type: str
      returned: always
      sample: ENABLED
    distribution_configuration_arn:
      description: The distribution configuration. Null if there is none.
      type: str
      returned: always
      sample: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
    execution_role:
      description: The execution role as the pipeline names it. Null if there is none.
      type: str
      returned: always
      sample: goldimage-web
diff:
  description: What was attached before and after.
  type: dict
  returned: success
  sample:
    before: {distribution_configuration_arn: null, execution_role: null}
    after:
      distribution_configuration_arn: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
      execution_role: goldimage-web
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.pipelines import attach
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.pipelines import ATTACHMENTS
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.pipelines import pipeline_option_errors
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import camel


def main() -> None:
    module = GoldimageModule(
        argument_spec={
            "image_pipeline_arn": {"type": "str", "required": True, "aliases": ["arn"]},
            "distribution_configuration_arn": {"type": "str"},
            "execution_role": {"type": "str"},
        },
        required_one_of=[ATTACHMENTS],
        supports_check_mode=True,
    )
    connection = connect(module)
    module.fail_on_errors(pipeline_option_errors(module.params, connection.model, connection.region))
    attachments = {name: module.params[name] for name in ATTACHMENTS}
    try:
        outcome = attach(connection, module.params["image_pipeline_arn"], attachments, module.client, module.check_mode)
    except ImageBuilderError as error:
        module.fail_on_error(error, changed=error.changed)
    shown = {name: outcome.pipeline.get(camel(name)) for name in ("arn", "name", "status", *ATTACHMENTS)}
    diff = {"before": outcome.before, "after": outcome.after}
    module.finish({"changed": outcome.changed, "image_pipeline": shown, "diff": diff}, outcome.warnings)


if __name__ == "__main__":
    main()
