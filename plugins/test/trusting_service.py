# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a trust policy lets a service of AWS in."""

from __future__ import annotations

DOCUMENTATION = r"""
name: trusting_service
short_description: Whether a trust policy lets a service of AWS assume the role
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
description:
  - Conditions on C(aws:SourceAccount) are judged. Where another condition decides, the answer is V(true).
positional: _input
options:
  _input:
    description:
      - The trust policy as a map.
    type: dict
    required: true
  service:
    description:
      - The service, such as V(imagebuilder.amazonaws.com).
    type: str
    required: true
  account_id:
    description:
      - The account on whose behalf the service acts.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Stop where Image Builder may not assume the role
  ansible.builtin.assert:
    that: >-
      role.assume_role_policy_document
      is goldimage.aws.trusting_service('imagebuilder.amazonaws.com', '123456789012')
"""

RETURN = r"""
_value:
  description: Whether the service is let in.
  type: bool
  sample: true
"""

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import policy_reading

from ansible.errors import AnsibleFilterError


def trusting_service(document, service, account_id):
    """The test; see DOCUMENTATION."""
    context = {"aws:sourceaccount": str(account_id)}
    try:
        return policy_reading.grant(document, "sts:AssumeRole", policy_reading.service(service), context).allowed
    except policy_reading.Unreadable as error:
        raise AnsibleFilterError(f"goldimage.aws.trusting_service: {error}") from None


class TestModule:
    """What Ansible asks a file of tests for."""

    def tests(self):
        """Name -> test."""
        return {"trusting_service": trusting_service}
