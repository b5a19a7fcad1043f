# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift -> what can be mended in place."""

from __future__ import annotations

DOCUMENTATION = r"""
name: distribution_rollout_repairs
short_description: Sort what drifted by whether it can be mended without a new copy
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
description:
  - Of what M(goldimage.aws.imagebuilder_image_distribution_info) found, launch permissions, tags, the values of SSM
    parameters and the default versions of launch templates can be set where the AMIs are. The role
    P(goldimage.aws.distribution_rollout#role) does so in its step C(repair), from what this filter returns.
positional: _input
options:
  _input:
    description:
      - Maps with C(configuration), C(image_state), and C(targets) as the module returns them. C(image_state) is null
        where the targets have their AMIs from several rollouts, and then stands with each target.
    type: list
    elements: dict
    required: true
  distributions:
    description:
      - A map from the name of each configuration to its distributions.
    type: dict
    required: true
  account_id:
    description:
      - The account of the configurations.
    type: str
    required: true
  home_region:
    description:
      - The Region of the configurations.
    type: str
    required: true
seealso:
  - module: goldimage.aws.imagebuilder_image_distribution_info
  - module: goldimage.aws.imagebuilder_image_pointer
  - module: amazon.aws.ec2_ami
"""

EXAMPLES = r"""
- name: Name what only a new copy can mend
  ansible.builtin.debug:
    msg: "{{ (looks | goldimage.aws.distribution_rollout_repairs(**arguments)).not_possible }}"
  vars:
    looks: "{{ [{'configuration': 'web', 'image_state': live.image_state, 'targets': live.targets}] }}"
    arguments:
      distributions:
        web: "{{ web_distributions }}"
      account_id: "123456789012"
      home_region: us-west-2
"""

RETURN = r"""
_value:
  description:
    - C(amis), for M(amazon.aws.ec2_ami), C(pointers), for M(goldimage.aws.imagebuilder_image_pointer), and
      C(not_possible) with the reasons.
    - C(also) of an AMI names accounts that may stay among its launch permissions. Accounts that get copies may use the
      AMI of the home Region.
  type: dict
  sample:
    amis:
      - region: eu-west-1
        account_id: "111122223333"
        ami_id: ami-0123456789abcdef0
        launch_permissions: {user_ids: ["444455556666"], group_names: [], org_arns: [], org_unit_arns: []}
        also: []
        tags: null
        fields: [ami_distribution_configuration.launch_permission.user_ids]
    pointers: []
    not_possible: []
"""

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout.repairs import repairs


def distribution_rollout_repairs(looks, distributions, account_id, home_region):
    """The filter; see DOCUMENTATION."""
    return repairs(looks, distributions, str(account_id), home_region)


class FilterModule:
    """What Ansible asks a file of filters for."""

    def filters(self):
        """Name -> filter."""
        return {"distribution_rollout_repairs": distribution_rollout_repairs}
