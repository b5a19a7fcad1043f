# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configurations and a list of waves -> a configuration for each wave."""

from __future__ import annotations

DOCUMENTATION = r"""
name: distribution_rollout_waves
short_description: Make a distribution configuration for each wave of a rollout
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
description:
  - Splits configurations by Region, so that an image can be put out to a few Regions first. The role
    P(goldimage.aws.distribution_rollout#role) writes what this filter returns, and puts images out with it.
  - A wave has an entry for the home Region that is not among its Regions only where AWS needs one. That is so for what
    goes to other accounts and for launch templates, and the entry then asks for as little as it can.
positional: _input
options:
  _input:
    description:
      - The configurations, as P(goldimage.aws.distribution_rollout_spec#filter) returns them.
    type: list
    elements: dict
    required: true
  waves:
    description:
      - A list of lists of Regions. Every Region of the configurations belongs to exactly one.
      - A text is read as YAML or JSON.
    type: list
    elements: list
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
  tags:
    description:
      - Tags that the configurations of the waves get beside those of the whole.
    type: dict
    default: {}
seealso:
  - plugin: goldimage.aws.distribution_rollout_spec
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Make a canary of one Region, and a configuration for the others
  ansible.builtin.set_fact:
    waves: >-
      {{ spec.configurations | goldimage.aws.distribution_rollout_waves([['eu-west-1'], ['us-east-1', 'us-west-2']],
      account_id='123456789012', home_region='us-east-1') }}
"""

RETURN = r"""
_value:
  description:
    - The configurations of the waves, the first wave's of all configurations first. C(settings) are what
      M(goldimage.aws.imagebuilder_distribution) takes, C(name) among them.
    - C(name) is that name, C(configuration) the name of the whole, C(wave) the number of the wave, from 1, C(regions)
      the Regions whose turn it is, and C(other_target_accounts) all accounts that get copies by the whole.
  type: list
  elements: dict
  sample:
    - configuration: web
      wave: 1
      name: web-wave-1
      regions: [eu-west-1]
      settings:
        name: web-wave-1
        description: "Wave 1 of 2 of web: eu-west-1"
        distributions:
          - region: eu-west-1
            ami_distribution_configuration: {name: "web [[ imagebuilder:buildDate ]]"}
        tags: {}
      other_target_accounts: []
"""

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.options import shown
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import waves as domain

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.yaml import yaml_load

_VARIABLE = "distribution_rollout_waves"


def distribution_rollout_waves(configurations, waves, account_id, home_region, tags=None):
    """The filter; see DOCUMENTATION."""
    if isinstance(waves, str):
        try:
            waves = yaml_load(waves)
        except Exception as error:
            # PyYAML's error is of no fixed class where its C library reads.
            raise AnsibleFilterError(f"{_VARIABLE}: is no YAML or JSON: {error}") from error
    regions = list(dict.fromkeys(entry["region"] for one in configurations for entry in one["distributions"]))
    problems = domain.list_problems(waves, regions)
    if problems:
        texts = [
            f"{_VARIABLE}{path}: {'' if value is None else f'{shown(value)} '}{text}" for path, value, text in problems
        ]
        raise AnsibleFilterError("\n".join(texts))
    return domain.configurations(configurations, waves, str(account_id), home_region, tags)


class FilterModule:
    """What Ansible asks a file of filters for."""

    def filters(self):
        """Name -> filter."""
        return {"distribution_rollout_waves": distribution_rollout_waves}
