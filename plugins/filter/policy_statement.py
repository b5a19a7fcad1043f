# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One statement of a policy document that several owners share."""

from __future__ import annotations

DOCUMENTATION = r"""
name: policy_statement
short_description: Put one statement into a policy document, or take it out
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
description:
  - For policies that several owners share, such as the trust policy of
    EC2ImageBuilderDistributionCrossAccountRole. The statement with the given Sid belongs to the caller; all others stay
    exactly as they are.
positional: _input
options:
  _input:
    description:
      - The policy document as a map, or null for a new one.
    type: dict
    required: true
  sid:
    description:
      - The Sid of the caller's statement.
    type: str
    required: true
  statement:
    description:
      - The statement, which gets the Sid; left out, the one with the Sid is taken out.
    type: dict
"""

EXAMPLES = r"""
- name: Let a second account use the role as well
  ansible.builtin.set_fact:
    trust: "{{ role.assume_role_policy_document | goldimage.aws.policy_statement('FromBuild', statement) }}"
  vars:
    statement:
      Effect: Allow
      Principal: {AWS: "arn:aws:iam::123456789012:root"}
      Action: sts:AssumeRole

- name: Take it out again
  ansible.builtin.set_fact:
    trust: "{{ role.assume_role_policy_document | goldimage.aws.policy_statement('FromBuild') }}"
"""

RETURN = r"""
_value:
  description:
    - The document with C(Statement) as a list. The list is empty where nothing is left, and IAM takes no such document.
  type: dict
  sample:
    Version: "2012-10-17"
    Statement:
      - Sid: FromBuild
        Effect: Allow
        Principal: {AWS: "arn:aws:iam::123456789012:root"}
        Action: sts:AssumeRole
"""

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.trust import statements
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.trust import with_statement

from ansible.errors import AnsibleFilterError


def policy_statement(document, sid, statement=None):
    """The filter; see DOCUMENTATION."""
    if document and not isinstance(document, dict):
        raise AnsibleFilterError("goldimage.aws.policy_statement takes a policy document as a map")
    if not all(isinstance(one, dict) for one in [*statements(document), statement or {}]):
        raise AnsibleFilterError("goldimage.aws.policy_statement takes statements as maps, here and in the document")
    return with_statement(document, sid, statement)


class FilterModule:
    """What Ansible asks a file of filters for."""

    def filters(self):
        """Name -> filter."""
        return {"policy_statement": policy_statement}
