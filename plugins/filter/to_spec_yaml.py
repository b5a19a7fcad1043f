# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation and the file of variables that the playbook export writes."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_spec_yaml
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
short_description: Write distribution configurations as variables of the role distribution_rollout
description:
  - Turns what M(goldimage.aws.imagebuilder_distribution_info) returns into a YAML file with variables of the role
    C(goldimage.aws.distribution_rollout). The playbook C(goldimage.aws.export) uses it to write its file.
  - Anybody who may tag or describe a configuration can put any text into it. So the filter tags each string that
    Ansible could take for a template with C(!unsafe), including the keys of tags. Ansible then evaluates nothing in
    it when you use the file.
  - Every string is read from the file exactly as it is in AWS, whatever characters it contains.
positional: _input
options:
  _input:
    description:
      - The configurations, as RV(goldimage.aws.imagebuilder_distribution_info#module:distribution_configurations)
        lists them. The filter writes the name, the description, the tags and the distributions of each.
      - It leaves out what the role writes itself, which is the tag C(goldimage.aws:spec) and each configuration of a
        wave, with a name such as C(web-wave-1) and the tag C(goldimage.aws:waves). A comment in the file names them.
    type: list
    elements: dict
    required: true
  region:
    description: The home Region of the configurations.
    type: str
    required: true
  spec_id:
    description: The id of the spec.
    type: str
    default: exported
seealso:
  - module: goldimage.aws.imagebuilder_distribution_info
  - plugin: goldimage.aws.to_cli_json
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read all configurations of a Region
  goldimage.aws.imagebuilder_distribution_info:
    region: us-west-2
  register: found

- name: Save them as a spec
  ansible.builtin.copy:
    content: "{{ found.distribution_configurations | goldimage.aws.to_spec_yaml('us-west-2', spec_id='web') }}"
    dest: ./spec.yml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: YAML text, to be used with C(ansible-playbook --extra-vars @FILE), C(vars_files) or C(group_vars).
  type: str
  sample: |
    ---
    distribution_rollout_spec_id: web
    distribution_rollout_region: us-west-2
    distribution_rollout_execution_role_name: ''
    distribution_rollout_target_accounts: []
    distribution_rollout_configurations:
      - name: web
        description: !unsafe 'Text {{ as it is }} in AWS'
        distributions:
          - region: us-west-2
            ami_distribution_configuration:
              name: web [[ imagebuilder:buildDate ]]
"""

import json
from collections.abc import Mapping
from typing import Any

import yaml
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.ownership import SPEC_TAG
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.ownership import WAVE_NAME
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.ownership import WAVES_TAG
from ansible_collections.goldimage.aws.plugins.plugin_utils.role_variables import plain

from ansible.errors import AnsibleFilterError

_HEAD = """---
# Distribution configurations, exported as a spec:
#   ansible-playbook goldimage.aws.rollout -e @THIS_FILE
# The placeholders of Image Builder are in square brackets, which Ansible leaves alone.
"""
_ROLES = """\
# With these two lines, a rollout manages only the configurations. Without them, it also sets up the execution role, and
# EC2ImageBuilderDistributionCrossAccountRole in each target account.
"""
_MEMBERS = ("name", "description", "tags", "distributions")


class _SpecDumper(yaml.SafeDumper):
    """Writes every string so that Ansible reads exactly the same one, and evaluates nothing in it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indents the entries of lists, as ansible-lint requires."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Repeats equal values instead of using anchors, which are hard to read and to edit."""
        return True


def _represent_text(dumper: _SpecDumper, text: str) -> yaml.ScalarNode:
    # The start of a template in any ansible-core: {{, {%, {#, or the comment that sets other delimiters for Jinja. No
    # other string is tagged, because ansible-core 2.19 and newer read a tagged 012 or yes as a number or a boolean.
    tag = "!unsafe" if "{" in text or text.startswith("#") else "tag:yaml.org,2002:str"
    # Other YAML parsers read 012345678901 as a number.
    style = "'" if text.isdigit() else None
    if not text.isprintable():
        # Only escapes preserve all kinds of line breaks, which YAML otherwise folds or replaces.
        style = '"'
    return dumper.represent_scalar(tag, text, style=style)


_SpecDumper.add_representer(str, _represent_text)


def _dump(variables: dict[str, Any]) -> str:
    return yaml.dump(
        plain(variables),
        Dumper=_SpecDumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=float("inf"),
    )


def to_spec_yaml(configurations: list[dict[str, Any]], region: str, spec_id: str = "exported") -> str:
    """Configurations as C(imagebuilder_distribution_info) returns them -> YAML text of the role's variables.

    :raises AnsibleFilterError: if C(configurations) is not a list of dictionaries.
    """
    if not isinstance(configurations, (list, tuple)) or not all(
        isinstance(one, Mapping) and isinstance(one.get("tags") or {}, Mapping) for one in configurations
    ):
        raise AnsibleFilterError(
            "goldimage.aws.to_spec_yaml: needs a list of configurations, as imagebuilder_distribution_info returns"
            " under distribution_configurations"
        )
    identity = {"distribution_rollout_spec_id": spec_id, "distribution_rollout_region": region}
    roles = {"distribution_rollout_execution_role_name": "", "distribution_rollout_target_accounts": []}
    waves = [str(one["name"]) for one in configurations if _is_of_a_wave(one)]
    entries = [_entry(one) for one in configurations if not _is_of_a_wave(one)]
    text = _HEAD + _dump(identity) + _ROLES
    if waves:
        # As JSON, because YAML ends a comment at more characters than a line feed.
        text += f"# Without {json.dumps(waves)}, which the role creates for waves.\n"
    return text + _dump({**roles, "distribution_rollout_configurations": entries})


def _is_of_a_wave(configuration: Mapping[str, Any]) -> bool:
    """Whether the role creates a configuration for a wave. The tag alone does not say so, since others can write it."""
    tags = configuration.get("tags") or {}
    return WAVES_TAG in tags and bool(WAVE_NAME.fullmatch(str(configuration.get("name"))))


def _entry(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the spec, without SPEC_TAG, which the role writes for the spec that uses the file."""
    tags = {key: value for key, value in (configuration.get("tags") or {}).items() if key != SPEC_TAG}
    return {name: value for name, value in {**configuration, "tags": tags}.items() if name in _MEMBERS and value}


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Any]:
        """Filter names -> functions."""
        return {"to_spec_yaml": to_spec_yaml}
