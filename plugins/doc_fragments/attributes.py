# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules of this collection promise."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and report what a real run would do, without changing anything.
  diff_mode:
    description: Returns in C(diff_mode) what changes or, in check mode, what would change.
  idempotent:
    description: A second run with the same options changes nothing.
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads.
  diff_mode:
    support: N/A
    details:
      - This module only reads.
  idempotent:
    support: full
    details:
      - This module only reads.
"""

    ACTION_GROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/goldimage.aws.aws) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - goldimage.aws.aws
    details:
      - The group contains C(amazon.aws.aws) as well. C(group/amazon.aws.aws) alone does not cover this collection.
"""
