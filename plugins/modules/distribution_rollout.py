#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: distribution_rollout
version_added: 1.0.0
short_description: Make the decisions of the role distribution_rollout
description:
  - Only the role P(goldimage.aws.distribution_rollout#role) uses this action. It is not for other playbooks, and its
    options and results may change in any version.
  - It checks the variables of the role and returns what the steps pass to their modules. It fails if a preflight
    found errors, says which waves are due, and summarizes what the steps did.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  step:
    description:
      - The part to run. V(validate) reads the variables of the play that begin with C(distribution_rollout_), and
        fails with all errors in them. V(findings) fails if a preflight found errors. V(waves) says which waves are
        due, V(wave) records how one ended, and V(check) fails if the user's own check of a wave failed. V(report)
        turns what the steps registered into C(distribution_rollout_result), prints the summary and writes the
        reports.
    type: str
    required: true
    choices: ['validate', 'findings', 'waves', 'wave', 'check', 'report']
  entry_point:
    description:
      - The entry point of the role, or the step that registered O(results).
    type: str
  results:
    description:
      - What an earlier task registered.
    type: raw
  wave:
    description:
      - The wave. Used with O(step=wave).
    type: dict
notes:
  - Runs on the controller. With V(validate) it runs M(amazon.aws.aws_caller_info) and, where they are needed,
    M(amazon.aws.iam_role_info) and M(goldimage.aws.imagebuilder_distribution_info), with the credentials of the task.
seealso:
  - module: goldimage.aws.imagebuilder_distribution_set
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
extends_documentation_fragment:
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Check the variables of the role, which are those of the play
  goldimage.aws.distribution_rollout:
    step: validate
    entry_point: preflight
  register: spec
"""

RETURN = r"""
result:
  description: What the role returns as C(distribution_rollout_result).
  type: dict
  returned: with O(step=report)
  sample: {}
"""
