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
      - The name of a role that exists in every target account and may be assumed with the credentials of this task. A
        path stands in front of it, as in V(audit/ImageReader).
      - It only reads; the permissions are listed in the notes. V(EC2ImageBuilderDistributionCrossAccountRole) is
        refused, because what AWS lets it do does not suffice for reading.
      - In accounts for which no role is named nothing is looked at, and the result says so.
    type: str
  target_account_external_id:
    description:
      - The external ID that the trust policies of these roles ask for.
      - It is kept out of logs. Ansible does that by masking the same text everywhere in the output, so choose one that
        is not part of any name.
    type: str
  target_account_roles:
    description:
      - A map from account id, in quotes, to the ARN of the role to assume there. It goes before
        O(target_account_role_name).
    type: dict
  workers:
    description:
      - How many Regions and accounts are asked at once.
    type: int
    default: 10
"""
