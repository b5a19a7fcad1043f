# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role distribution_rollout -> configurations, and whom they reach."""

from __future__ import annotations

DOCUMENTATION = r"""
name: distribution_rollout_spec
short_description: What the variables of the role distribution_rollout mean
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
description:
  - Expands Regions with defaults and groups, and lists who gets what in which Region. The role
    P(goldimage.aws.distribution_rollout#role) does all its work from what this filter returns.
  - Everything that is wrong with the variables is reported at once, by the names of the variables.
positional: _input
options:
  _input:
    description:
      - The variables of the role without their prefix, as a map. It may hold C(spec_id), C(state), C(name),
        C(description), C(tags), C(distributions), C(defaults), C(regions), C(configurations), C(groups) and
        C(pipelines). The role's documentation says what they are.
      - A text in place of a list or a map is read as YAML or JSON, which is how surveys and C(-e KEY=VALUE) pass them.
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
  - plugin: goldimage.aws.regional_distributions
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show who gets what
  ansible.builtin.debug:
    var: spec.targets
  vars:
    spec: >-
      {{ {'spec_id': 'web', 'regions': ['us-east-1', 'eu-west-1'], 'defaults': defaults}
      | goldimage.aws.distribution_rollout_spec(account_id='123456789012', home_region='us-east-1') }}
    defaults:
      ami_distribution_configuration:
        name_prefix: web
        launch_permission:
          user_ids: ["111122223333"]
"""

RETURN = r"""
_value:
  description:
    - C(configurations), a list of maps with C(name) and, where given, C(description), C(distributions) and C(tags), as
      M(goldimage.aws.imagebuilder_distribution) takes them. Placeholders come in square brackets.
    - C(pipelines), a list of maps with C(configuration), a name, and C(image_pipeline_arn).
    - C(targets), one map for each Region and account, organization, OU or group, as the role returns it.
    - C(public), the C(configuration) and C(region) of every AMI that would be public.
    - C(destination_accounts), the other accounts that Image Builder has to enter.
  type: dict
  sample:
    configurations:
      - name: web
        distributions:
          - region: us-east-1
            ami_distribution_configuration: {name_prefix: web}
    pipelines: []
    targets:
      - configuration: web
        region: us-east-1
        account_id: "123456789012"
        principal: null
        receives: [ami]
        kms_key_id: null
        launch_template_ids: []
        ssm_parameters: []
        license_configurations: 0
        fast_launch: false
        s3_export: null
    public: []
    destination_accounts: []
"""

from ansible_collections.goldimage.aws.plugins.module_utils._distribution import role_spec

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.yaml import yaml_load

# What is a list or a map; a survey gives a text instead.
_STRUCTURED = ("tags", "distributions", "defaults", "regions", "configurations", "groups", "pipelines")


def distribution_rollout_spec(variables, account_id, home_region):
    """The filter; see DOCUMENTATION."""
    if not isinstance(variables, dict):
        raise AnsibleFilterError("goldimage.aws.distribution_rollout_spec takes the role's variables as a map")
    given, problems = dict(variables), []
    for name in _STRUCTURED:
        if isinstance(given.get(name), str):
            try:
                given[name] = _read(given[name])
            except ValueError as error:
                problems.append("%s%s: is no YAML or JSON: %s" % (role_spec.PREFIX, name, error))
    if not problems:
        try:
            return role_spec.resolve(given, str(account_id), home_region)
        except role_spec.SpecError as error:
            problems = error.problems
    raise AnsibleFilterError("\n".join(["These variables cannot be carried out:", *(f"- {one}" for one in problems)]))


def _read(text):
    text = str(text)
    try:
        # The C library of PyYAML takes no subclass of str, which is what a template gives.
        value = yaml_load(text)
    except Exception as error:
        # PyYAML's error is of no fixed class where its C library reads.
        raise ValueError(str(error)) from error
    if isinstance(value, str):
        # Names with commas between them, as Ansible takes a text for a list, or one a line, as people answer a survey;
        # YAML joins such lines.
        parts = text.split("\n") if "\n" in text.strip() else [value]
        return [name.strip() for part in parts for name in part.split(",") if name.strip()]
    return value


class FilterModule:
    """What Ansible asks a file of filters for."""

    def filters(self):
        """Name -> filter."""
        return {"distribution_rollout_spec": distribution_rollout_spec}
