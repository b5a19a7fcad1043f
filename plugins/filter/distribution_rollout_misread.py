# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role distribution_rollout -> what YAML made of them that nobody meant."""

from __future__ import annotations

DOCUMENTATION = r"""
name: distribution_rollout_misread
short_description: What YAML made of the variables of the role distribution_rollout
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
description:
  - Ansible takes a boolean, a list or a map for a text, so that C(on) would be a role of the name C(True). This filter
    names the variables of the role P(goldimage.aws.distribution_rollout#role) that are something else than they have to
    be, and account ids that are none.
positional: _input
options:
  _input:
    description:
      - The variables of the role by their whole names, as a map. Null means not given.
    type: dict
    required: true
  argument_spec:
    description:
      - What the role documents of each, as C(options) of an entry point in C(meta/argument_specs.yml) has it.
    type: dict
    required: true
seealso:
  - plugin: goldimage.aws.distribution_rollout_spec
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what is wrong
  ansible.builtin.debug:
    msg: "{{ variables | goldimage.aws.distribution_rollout_misread(argument_spec) }}"
  vars:
    variables:
      distribution_rollout_image: 1.10
    argument_spec:
      distribution_rollout_image:
        type: str
"""

RETURN = r"""
_value:
  description: What is wrong, a text each that begins with the name of the variable.
  type: list
  elements: str
  sample:
    - "distribution_rollout_image: is the number 1.1 to YAML, and must be a text; put it in quotes"
"""

from ansible_collections.goldimage.aws.plugins.module_utils._distribution import role_spec

from ansible.errors import AnsibleFilterError


def distribution_rollout_misread(variables, argument_spec):
    """The filter; see DOCUMENTATION."""
    if not isinstance(variables, dict) or not isinstance(argument_spec, dict):
        raise AnsibleFilterError(
            "goldimage.aws.distribution_rollout_misread takes the variables and their spec as maps"
        )
    if not all(isinstance(option, dict) for option in argument_spec.values()):
        raise AnsibleFilterError("goldimage.aws.distribution_rollout_misread: argument_spec: each value must be a map")
    return [str(problem) for problem in role_spec.misread(argument_spec, variables)]


class FilterModule:
    """What Ansible asks a file of filters for."""

    def filters(self):
        """Name -> filter."""
        return {"distribution_rollout_misread": distribution_rollout_misread}
