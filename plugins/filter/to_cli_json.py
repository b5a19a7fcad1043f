# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation and the text; the document itself is cli_input's."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_cli_json
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
short_description: Write a distribution configuration for the AWS CLI
description:
  - Turns the options of M(goldimage.aws.imagebuilder_distribution), or what it or
    M(goldimage.aws.imagebuilder_distribution_info) returns for one configuration, into JSON text for the AWS CLI. The
    text is for C(aws imagebuilder create-distribution-configuration --cli-input-json) or, if it has an ARN and no
    name, for C(aws imagebuilder update-distribution-configuration --cli-input-json).
  - It is the reverse of P(goldimage.aws.cli_input_json#lookup).
  - Placeholders are always written as V({{ imagebuilder:buildDate }}), and C(name_prefix) as the name that it stands
    for. Aliases are accepted.
  - Options without a value, empty lists and empty maps are left out. So are members that modules return but do not
    accept, such as the dates, the pipelines, and the ARN if there is a name.
  - Members are in the order of the module's documentation and Regions in the order given. Tags are sorted. So the
    same configuration always gives the same text.
  - Unknown options and values of the wrong type cause an error that names all of them. The filter does not check
    limits and patterns.
positional: _input
options:
  _input:
    description:
      - The options of one configuration. O(_input.name) or O(_input.distribution_configuration_arn) is required.
      - C(state), C(purge_distributions), C(purge_accounts) and C(purge_tags) are not part of the text. A C(state) of
        V(absent) is an error. For an update, the filter warns if one of the first two purges is off, because the
        update command always replaces the whole configuration.
    type: dict
    required: true
    suboptions:
      name:
        description: The configuration's name. With it, the text is for the create command.
        type: str
      distribution_configuration_arn:
        description: The configuration's ARN. Without O(_input.name), the text is for the update command.
        type: str
        aliases: [arn]
      description:
        description: The description.
        type: str
      distributions:
        description: The Regions, as M(goldimage.aws.imagebuilder_distribution) takes them.
        type: list
        elements: dict
        required: true
      tags:
        description:
          - The configuration's tags.
          - The update command does not accept tags, so the filter leaves them out with a warning.
        type: dict
        aliases: [resource_tags]
seealso:
  - module: goldimage.aws.imagebuilder_distribution
  - module: goldimage.aws.imagebuilder_distribution_info
  - plugin: goldimage.aws.cli_input_json
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Write a file for the AWS CLI
  ansible.builtin.copy:
    content: "{{ wanted | goldimage.aws.to_cli_json }}"
    dest: ./create-ami-accounts.json
    mode: "0644"
  vars:
    wanted:
      name: web-image-accounts
      distributions:
        - region: us-west-2
          ami_distribution_configuration:
            name_prefix: web
            launch_permission:
              user_ids:
                - "111122223333"

- name: Read all configurations of a Region
  goldimage.aws.imagebuilder_distribution_info:
    region: us-west-2
  register: found

- name: Save each of them
  ansible.builtin.copy:
    content: "{{ item | goldimage.aws.to_cli_json }}"
    dest: "./{{ item.name }}.json"
    mode: "0644"
  loop: "{{ found.distribution_configurations }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
_value:
  description:
    - Indented JSON text, in ASCII so that the AWS CLI reads it in every locale.
    - Ansible does not expand the placeholders in it.
    - Before ansible-core 2.19, Ansible turns the text into a dictionary if it is inside a list or a dictionary. On
      its own, as in the examples, it remains text.
  type: str
  sample: |-
    {
        "name": "web-image-accounts",
        "distributions": [
            {
                "region": "us-west-2",
                "amiDistributionConfiguration": {
                    "name": "web {{ imagebuilder:buildDate }}",
                    "launchPermission": {
                        "userIds": [
                            "111122223333"
                        ]
                    }
                }
            }
        ]
    }
"""

import json
from collections.abc import Callable
from typing import Any

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.cli_json import CliInputError
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.cli_json import (
    document_from_options,
)

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

try:
    # ansible-core before 2.19 turns a string that looks like a dictionary into one, and templates its contents again.
    from ansible.utils.native_jinja import NativeJinjaText
    from ansible.utils.unsafe_proxy import wrap_var
except ImportError:

    def _unchanged_text(text: str) -> str:
        return text

else:

    def _unchanged_text(text: str) -> str:
        wrapped: str = wrap_var(NativeJinjaText(text))
        return wrapped


display = Display()


def to_cli_json(options: Any) -> str:
    """The options of one configuration -> JSON text for C(--cli-input-json).

    :raises AnsibleFilterError: if these are not the options of one configuration; the text names every error.
    """
    if not isinstance(options, dict):
        raise AnsibleFilterError(
            "goldimage.aws.to_cli_json: takes the options of one configuration, a dictionary, but was given a value of"
            f" type {type(options).__name__}; for a list of configurations, use a loop"
        )
    try:
        document, warnings = document_from_options(options)
    except CliInputError as error:
        raise AnsibleFilterError("goldimage.aws.to_cli_json: " + "\n".join(error.errors)) from None
    for warning in warnings:
        display.warning(f"goldimage.aws.to_cli_json: {warning}")
    return _unchanged_text(json.dumps(document, indent=4))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Filter names -> functions."""
        return {"to_cli_json": to_cli_json}
