# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Defaults and Regions with overrides, expanded to distributions."""

from __future__ import annotations

DOCUMENTATION = r"""
name: regional_distributions
short_description: Combine defaults and Regions with overrides into distributions
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
description:
  - Builds the option O(goldimage.aws.imagebuilder_distribution#module:distributions) from what all Regions share and
    what differs in some of them.
  - Maps are merged at every depth, so a Region names only what differs. Lists are replaced. V(null) removes what the
    defaults say, whether that is an option, a tag or a whole block.
  - Aliases of options are accepted. A C(name) in a Region replaces a C(name_prefix) in the defaults, and vice versa.
  - The filter passes on misspelt options, so that the module reports them with their path.
positional: _input
options:
  _input:
    description:
      - The Regions, as a list or as a map.
      - A list contains names of Regions, or maps with C(region) and the options that differ there.
      - A map has names of Regions as keys, and under each the options that differ there, or nothing.
    type: raw
    required: true
  defaults:
    description:
      - What all Regions share, in the form of an entry of
        O(goldimage.aws.imagebuilder_distribution#module:distributions) without C(region).
    type: dict
  home_region:
    description:
      - The Region of the configuration. The filter puts it first, because Image Builder treats the first Region as
        the build Region. The other Regions keep their order.
    type: str
  groups:
    description:
      - Names for groups of accounts, or of organizations and organizational units (OUs).
      - Each group is a list of account ids, or of ARNs of organizations and OUs. It can contain other groups.
      - In C(target_account_ids), C(user_ids), C(organization_arns) and C(organizational_unit_arns), a group's name
        stands for all its members.
      - As C(ami_account_id) of an SSM parameter, it creates one such parameter for each of the accounts.
      - If a name is not a group, the filter fails and suggests the most similar one.
    type: dict
seealso:
  - module: goldimage.aws.imagebuilder_distribution
  - plugin: goldimage.aws.execution_policy
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Use a key and an SSM parameter in each Region, and launch permissions for two accounts everywhere
  goldimage.aws.imagebuilder_distribution:
    region: us-east-1
    name: web-image
    distributions: "{{ regions | goldimage.aws.regional_distributions(defaults, home_region='us-east-1') }}"
  vars:
    defaults:
      ami_distribution_configuration:
        name_prefix: web
        launch_permission:
          user_ids: ["111122223333", "444455556666"]
      ssm_parameter_configurations:
        - parameter_name: /golden/web/ami
    regions:
      us-east-1:
      us-west-2:
        ami_distribution_configuration:
          kms_key_id: arn:aws:kms:us-west-2:123456789012:alias/golden
      eu-west-1:
        ami_distribution_configuration:
          kms_key_id: arn:aws:kms:eu-west-1:123456789012:alias/golden
        # No parameter in this Region.
        ssm_parameter_configurations: null

- name: Name accounts by group
  ansible.builtin.set_fact:
    distributions: "{{ ['us-east-1', 'eu-west-1'] | goldimage.aws.regional_distributions(defaults, groups=groups) }}"
  vars:
    groups:
      production: ["111122223333", "444455556666"]
      everyone: [production, "123456789012"]
    defaults:
      ami_distribution_configuration:
        name_prefix: web
        target_account_ids: [production]
        launch_permission:
          user_ids: [everyone]
"""

RETURN = r"""
_value:
  description: One entry for each Region, as O(goldimage.aws.imagebuilder_distribution#module:distributions) takes them.
  type: list
  elements: dict
  sample:
    - region: us-east-1
      ami_distribution_configuration:
        name_prefix: web
        target_account_ids: ["111122223333", "444455556666"]
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration import regional
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.forms import Distribution

from ansible.errors import AnsibleFilterError


def regional_distributions(
    regions: Any, defaults: Any = None, home_region: Any = None, groups: Any = None
) -> list[Distribution]:
    """The filter; see DOCUMENTATION."""
    try:
        return regional.regional_distributions(regions, defaults, home_region, groups)
    except regional.RegionsError as error:
        lines = "\n".join(f"- {each}" for each in error.errors)
        raise AnsibleFilterError(f"goldimage.aws.regional_distributions cannot expand this:\n{lines}") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Filter names -> functions."""
        return {"regional_distributions": regional_distributions}
