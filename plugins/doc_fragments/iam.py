# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules for IAM roles share: of which spec, and for which distributions."""

    DOCUMENTATION = r"""
options:
  spec_id:
    description:
      - The id of the spec, that is, of one description of what is distributed. Lower case letters, digits and hyphens,
        32 at most.
      - It names what belongs to the spec in IAM roles that several specs and teams share. Together with the account and
        the home Region, which is the Region of the task, it is the value of the tag C(goldimage.aws:spec), for example
        V(web/123456789012/us-east-1).
      - Before anything is written, the distribution configurations in the home Region are listed. One that bears the
        tag of this spec, and is not in O(distribution_configurations), was renamed, or belongs to somebody else who
        uses the same O(spec_id). Taking away its rights might stop somebody's distribution, so the task fails and names
        O(purge), O(release) and another O(spec_id) as remedies. M(goldimage.aws.imagebuilder_distribution_set) sets the
        tag.
    type: str
    required: true
  distributions:
    description:
      - The distributions of all configurations of the spec, instead of O(distribution_configurations), as
        M(goldimage.aws.imagebuilder_distribution) takes them.
      - They belong to no configuration by name, so use O(distribution_configurations) where
        M(goldimage.aws.imagebuilder_distribution_set) wrote the configurations with O(spec_id).
  source_kms_key_arns:
    description:
      - ARNs of the keys, or of aliases of the keys, that encrypt the source image's snapshots. They stand in no
        distribution, but copies cannot be made without them.
    type: list
    elements: str
  tags:
    description:
      - Tags for IAM roles that this module creates. They are never removed.
    type: dict
    aliases: ['resource_tags']
  release:
    description:
      - Names of distribution configurations that are no longer the spec's. Their rights are not kept.
        M(goldimage.aws.imagebuilder_distribution_set) takes the tag off them.
    type: list
    elements: str
"""
