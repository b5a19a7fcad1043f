#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_distribution_info
version_added: 1.0.0
short_description: Read EC2 Image Builder distribution configurations
description:
  - Reads one distribution configuration of EC2 Image Builder, those that match a filter, or all configurations in a
    Region.
  - You can pass the result to M(goldimage.aws.imagebuilder_distribution) without changes.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  name:
    description:
      - The name of a configuration. If it does not exist, the result is an empty list.
      - AWS folds names to lower case with hyphens. If C(Web Image) exists, C(web-image) gives an empty list and a
        warning.
    type: str
  distribution_configuration_arn:
    description:
      - The ARN of a configuration.
    type: str
    aliases: ['arn']
  filters:
    description:
      - The filters of the API, a map from filter name to a value or a list of values.
      - AWS has the filter V(name). It matches the name as it was typed when the configuration was created, and
        accepts C(web*) and C(*web*).
    type: dict
  details:
    description:
      - Whether to read each configuration. With V(false) the module reads only summaries, without a request for each
        configuration; they contain C(regions), the names of the Regions, instead of C(distributions).
    type: bool
    default: true
  pipelines:
    description:
      - Whether to list the image pipelines that use each configuration.
    type: bool
    default: false
notes:
  - Needs the permission C(imagebuilder:GetDistributionConfiguration). Without O(name) and
    O(distribution_configuration_arn) it also needs C(imagebuilder:ListDistributionConfigurations); with
    O(details=false), only that one. With O(pipelines=true) it needs C(imagebuilder:ListImagePipelines).
seealso:
  - module: goldimage.aws.imagebuilder_distribution
extends_documentation_fragment:
  - goldimage.aws.attributes
  - goldimage.aws.attributes.info_module
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read one configuration
  goldimage.aws.imagebuilder_distribution_info:
    region: us-west-2
    name: web-image
  register: web

- name: Pass it back, which changes nothing

  goldimage.aws.imagebuilder_distribution:
    region: us-west-2
    name: "{{ item.name }}"
    description: "{{ item.description or '' }}"
    distributions: "{{ item.distributions }}"
    tags: "{{ item.tags }}"
  loop: "{{ web.distribution_configurations }}"
  loop_control:
    label: "{{ item.name }}"

- name: List the configurations whose names begin with web, with the pipelines that use them
  goldimage.aws.imagebuilder_distribution_info:
    region: us-west-2
    filters:
      name: web*
    pipelines: true

- name: List the names and Regions of all configurations
  goldimage.aws.imagebuilder_distribution_info:
    region: us-west-2
    details: false
"""

RETURN = r"""
distribution_configurations:
  description: The configurations, sorted by name.
  type: list
  elements: dict
  returned: always
  sample:
    - arn: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
      name: web-image
      description: null
      distributions:
        - region: us-west-2
          ami_distribution_configuration:
            name: web [[ imagebuilder:buildDate ]]
      tags: {}
      date_created: '2026-03-01T08:15:30.125Z'
      date_updated: null
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
      sample: Web server images
    distributions:
      description:
        - The Regions, as O(goldimage.aws.imagebuilder_distribution#module:distributions) takes them.
        - Placeholders are in square brackets, so that Ansible does not take them for templates.
      type: list
      elements: dict
      returned: with O(details=true)
      sample:
        - region: us-west-2
          ami_distribution_configuration:
            name: web [[ imagebuilder:buildDate ]]
    regions:
      description: The names of the Regions.
      type: list
      elements: str
      returned: with O(details=false)
      sample: [us-west-2, eu-west-1]
    tags:
      description: The tags of the configuration.
      type: dict
      returned: always
      sample: {Team: platform}
    date_created:
      description: When the configuration was created.
      type: str
      returned: always
      sample: '2026-03-01T08:15:30.125Z'
    date_updated:
      description: When the configuration was last updated. Null if never.
      type: str
      returned: always
      sample: '2026-03-02T09:20:10.529Z'
    pipelines:
      description: The image pipelines that use the configuration.
      type: list
      elements: dict
      returned: with O(pipelines=true)
      sample:
        - name: web
          arn: arn:aws:imagebuilder:us-west-2:123456789012:image-pipeline/web
          status: ENABLED
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_info import gather
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_info import (
    lookup_option_errors,
)
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule


def main() -> None:
    module = GoldimageModule(
        argument_spec={
            "name": {"type": "str"},
            "distribution_configuration_arn": {"type": "str", "aliases": ["arn"]},
            "filters": {"type": "dict"},
            "details": {"type": "bool", "default": True},
            "pipelines": {"type": "bool", "default": False},
        },
        mutually_exclusive=[("name", "distribution_configuration_arn", "filters")],
        supports_check_mode=True,
    )
    connection = connect(module)
    module.fail_on_errors(lookup_option_errors(module.params, connection.model, connection.region))
    try:
        configurations, warnings = gather(connection, module.params)
    except ImageBuilderError as error:
        module.fail_on_error(error)
    module.finish({"changed": False, "distribution_configurations": configurations}, warnings)


if __name__ == "__main__":
    main()
