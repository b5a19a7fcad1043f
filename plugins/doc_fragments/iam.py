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
      - The id of the spec. A spec is one description of what is distributed, and to whom. At most 32 lower case
        letters, digits and hyphens.
      - It marks what belongs to the spec in IAM roles that several specs and teams share. The tag
        C(goldimage.aws:spec) consists of this id, the account and the home Region, which is the Region of the task,
        for example V(web/123456789012/us-east-1).
      - Before the module writes anything, it lists the distribution configurations in the home Region. If one has the
        tag of this spec but is not in O(distribution_configurations), it was either renamed or belongs to somebody
        else who uses the same O(spec_id). Removing its permissions might break somebody's distribution, so the task
        fails. Remedies are O(purge), O(release) and another O(spec_id).
        M(goldimage.aws.imagebuilder_distribution_set) sets the tag.
    type: str
    required: true
  distributions:
    description:
      - The distributions of all configurations of the spec, instead of O(distribution_configurations), as
        M(goldimage.aws.imagebuilder_distribution) takes them.
      - They do not say which configurations they belong to. So use O(distribution_configurations) if
        M(goldimage.aws.imagebuilder_distribution_set) wrote the configurations with O(spec_id).
  distribution_configurations:
    description:
      - The distribution configurations of the spec, as M(goldimage.aws.imagebuilder_distribution_set) takes them.
        Those with C(state=absent) need no permissions.
      - One of O(distributions) and O(distribution_configurations) is needed for O(state=present).
  source_kms_key_arns:
    description:
      - ARNs of the keys, or of aliases of the keys, that encrypt the source image's snapshots. No distribution names
        them, but Image Builder cannot make copies without them.
    type: list
    elements: str
  tags:
    description:
      - Tags for IAM roles that this module creates. They are never removed.
    type: dict
    aliases: ['resource_tags']
  release:
    description:
      - Names of distribution configurations that no longer belong to the spec. The IAM roles lose the permissions for
        them. M(goldimage.aws.imagebuilder_distribution_set) removes their tag.
    type: list
    elements: str
"""
