# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation and file access; reading the document is cli_input's."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cli_input_json
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
short_description: Read a distribution configuration written for the AWS CLI
description:
  - Reads a file that C(aws imagebuilder create-distribution-configuration --cli-input-json) or C(aws imagebuilder
    update-distribution-configuration --cli-input-json) takes, and returns the equivalent options of
    M(goldimage.aws.imagebuilder_distribution).
  - You can use the examples in the user guide of EC2 Image Builder exactly as they are printed. If the AWS CLI would
    refuse something in them, the lookup reads it as intended, with a warning that says how.
  - C(launchPermissions) is read as C(launchPermission), and C(tags) inside C(amiDistributionConfiguration) as
    C(amiTags).
  - An ARN that ends in C(.json) is read without that ending.
  - Line breaks before the closing quote of a string, and after the opening one, are removed together with the spaces
    next to them.
  - C(clientToken) and C(dryRun) are left out with a warning. The module sends its own tokens, and check mode is its
    dry run.
  - Everything else that the AWS CLI would refuse is an error. The lookup reports all members that are unknown,
    missing or of the wrong type at once, each with its path and the member that you probably meant. If a file is not
    JSON, the error names line, column and what was expected there.
  - The lookup does not check limits and patterns. The module does that.
options:
  _terms:
    description:
      - The files to read. The lookup searches for them like P(ansible.builtin.file#lookup), in C(files) first, and
        then in the working directory of C(ansible-playbook).
      - A leading C(file://), which the AWS CLI needs, is accepted.
      - A file may be encrypted with Ansible Vault.
    type: list
    elements: str
    required: true
  name:
    description:
      - The name of the configuration, instead of the name or the ARN in the file.
      - With it, a file for the update command does not need a valid ARN, and the module creates the configuration if
        it does not exist yet.
      - Cannot be used with more than one file.
    type: str
notes:
  - Placeholders are returned as V([[ imagebuilder:buildDate ]]), which Ansible does not take for a template. The
    module accepts this form.
  - If an update file has no description, M(goldimage.aws.imagebuilder_distribution) does not change the existing one.
    The update command of the AWS CLI removes it.
seealso:
  - module: goldimage.aws.imagebuilder_distribution
  - plugin: goldimage.aws.to_cli_json
    plugin_type: filter
  - name: Create and update AMI distribution configurations
    description: The page of the EC2 Image Builder user guide with the examples.
    link: https://docs.aws.amazon.com/imagebuilder/latest/userguide/cr-upd-ami-distribution-settings.html
"""

EXAMPLES = r"""
- name: Create or update what a file for the create command describes
  vars:
    wanted: "{{ lookup('goldimage.aws.cli_input_json', 'create-ami-accounts.json') }}"
  goldimage.aws.imagebuilder_distribution:
    region: us-west-2
    name: "{{ wanted.name }}"
    description: "{{ wanted.description | default(omit) }}"
    distributions: "{{ wanted.distributions }}"
    tags: "{{ wanted.tags | default(omit) }}"

- name: Update what a file for the update command describes
  vars:
    wanted: "{{ lookup('goldimage.aws.cli_input_json', 'file://update-ami.json') }}"
  goldimage.aws.imagebuilder_distribution:
    region: us-west-2
    distribution_configuration_arn: "{{ wanted.distribution_configuration_arn }}"
    description: "{{ wanted.description | default(omit) }}"
    distributions: "{{ wanted.distributions }}"

- name: The same, with the name of the configuration instead of the ARN in the file
  vars:
    wanted: "{{ lookup('goldimage.aws.cli_input_json', 'update-ami.json', name='web-image-accounts') }}"
  goldimage.aws.imagebuilder_distribution:
    region: us-west-2
    name: "{{ wanted.name }}"
    description: "{{ wanted.description | default(omit) }}"
    distributions: "{{ wanted.distributions }}"

- name: Show the contents of several files
  ansible.builtin.debug:
    var: item
  loop: "{{ query('goldimage.aws.cli_input_json', 'create-ami-accounts.json', 'create-vm-export.json') }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
_raw:
  description: The options of one configuration for each file, ready for M(goldimage.aws.imagebuilder_distribution).
  type: list
  elements: dict
  contains:
    name:
      description: The configuration's name.
      returned: when the file gives a name, or O(name) is used
      type: str
      sample: web-image-accounts
    distribution_configuration_arn:
      description: The configuration's ARN.
      returned: when the file gives an ARN and O(name) is not used
      type: str
      sample: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image-accounts
    description:
      description: The description.
      returned: when the file has it
      type: str
      sample: Web server image for the partner accounts.
    distributions:
      description: The Regions, as the option of the same name takes them, without empty members.
      returned: always
      type: list
      elements: dict
      sample:
        - region: us-west-2
          ami_distribution_configuration:
            name: "web [[ imagebuilder:buildDate ]]"
            launch_permission:
              user_ids:
                - "111122223333"
    tags:
      description: The configuration's tags.
      returned: when the file has them
      type: dict
      sample:
        team: web
"""

import os
from typing import Any

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.cli_json import CliInputError
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.cli_json import (
    options_from_text,
)

from ansible.errors import AnsibleLookupError
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

display = Display()


class LookupModule(LookupBase):
    """Files of the AWS CLI -> options."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        """The options of each file in C(terms).

        :raises AnsibleLookupError: if a file does not exist, or the AWS CLI would refuse it; the text names the file.
        """
        self.set_options(var_options=variables, direct=kwargs)
        name = self.get_option("name")
        if name is not None and len(terms) > 1:
            raise AnsibleLookupError(
                f"goldimage.aws.cli_input_json: name is for one configuration, but {len(terms)} files are given; "
                "look up each file separately"
            )
        return [self._read(term, variables, name) for term in terms]

    def _read(self, term: str, variables: dict[str, Any] | None, name: str | None) -> dict[str, Any]:
        path = self._find(term, variables)
        try:
            options, warnings = options_from_text(self._content(path), name)
        except CliInputError as error:
            raise AnsibleLookupError("\n".join(f"{path}: {each}" for each in error.errors)) from None
        for warning in warnings:
            display.warning(f"{path}: {warning}")
        return options

    def _find(self, term: str, variables: dict[str, Any] | None) -> str:
        wanted = term[len("file://") :] if term.startswith("file://") else term
        path = self.find_file_in_search_path(variables, "files", wanted, ignore_missing=True)
        if path:
            return str(to_text(path))
        # For somebody who runs a playbook of this collection. Reports are written there, too.
        here = os.path.abspath(os.path.expanduser(wanted))
        if os.path.isfile(here):
            return here
        raise AnsibleLookupError(
            f"{wanted}: there is no such file; the lookup searches in 'files' next to the role and the playbook, "
            "then next to them, and then in the working directory (-vvvvv shows each place)"
        )

    def _content(self, path: str) -> str:
        """The text of a file, decrypted if it is encrypted."""
        try:
            if hasattr(self._loader, "get_text_file_contents"):
                text = self._loader.get_text_file_contents(path)
                # It escapes what is not UTF-8. Encoding these escapes fails.
                text.encode("utf-8")
                return str(text)
            # In ansible-core before 2.19, nothing else decrypts in memory.
            content: bytes = self._loader._get_file_contents(path)[0]
            return content.decode("utf-8")
        except UnicodeError:
            raise AnsibleLookupError(f"{path}: is not UTF-8; save it in that encoding") from None
