# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Which roles modules assume in other accounts."""

    DOCUMENTATION = r"""
options:
  target_account_role_name:
    description:
      - The name of an IAM role that exists in every target account and that the credentials of this task may assume.
        Put the path in front of it, as in V(audit/ImageReader).
      - The notes list the permissions that it needs. V(EC2ImageBuilderDistributionCrossAccountRole) is refused,
        because its permissions are not sufficient.
      - If no role is given for an account, the module does not check that account, and the result says so.
    type: str
  target_account_external_id:
    description:
      - The external ID that the trust policies of these roles require.
      - It does not appear in logs. Ansible masks the same text everywhere in the output, so choose an ID that is not
        part of any name.
    type: str
  target_account_roles:
    description:
      - A map from account id, in quotes, to the ARN of the IAM role to assume there. It takes precedence over
        O(target_account_role_name).
    type: dict
  workers:
    description:
      - How many Regions and accounts the module queries at once.
    type: int
    default: 10
"""
