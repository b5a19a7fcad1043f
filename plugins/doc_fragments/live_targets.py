# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

_ARN = """
  distribution_configuration_arn:
    description:
      - The ARN of the distribution configuration, instead of O(name).
    type: str
    aliases: ['arn']
"""

_WAVE = """
  wave:
    type: dict
    suboptions:
      number:
        description:
          - The number of the wave, starting at 1.
        type: int
        required: true
      of:
        description:
          - How many waves there are.
        type: int
        required: true
      regions:
        description:
          - The Regions of the wave.
        type: list
        elements: str
        required: true
"""

_AFTER = """
      after:
        description:
          - The Regions of the waves before this one. If one of their targets lacks the image or is not in sync, the
            task fails before it writes anything. In check mode they count as complete.
        type: list
        elements: str
"""

_OTHER_ACCOUNTS = """
  other_target_accounts:
    description:
      - Accounts that get copies of the source image through other configurations. AWS makes their copies from the AMI
        in the home Region and lets them launch it, so the module does not report that permission as drift.
    type: list
    elements: str
"""


_DOCUMENTATION = f"""
options:
  name:
    description:
      - The name of the distribution configuration.
      - One of O(name), O(distribution_configuration_arn) and O(image_build_version_arn) is required.
    type: str
{_ARN}
  image_build_version_arn:
    description:
      - The ARN of a particular image, to compare it with the current state of the configuration that it was
        distributed with.
    type: str
{_WAVE}
    description:
      - Compares one wave of O(name), as O(goldimage.aws.imagebuilder_image_distribution#module:wave) distributes it,
        instead of the whole configuration. For every target the module looks at what was distributed there last, with
        the whole configuration or with any of its waves.
{_OTHER_ACCOUNTS}
"""


_CONFIGURATION = f"""
options:
{_ARN}
"""

# The module describes the wave itself.
_ROLLOUT = f"""
options:
{_ARN}
{_WAVE}
{_AFTER}
{_OTHER_ACCOUNTS}
"""


class ModuleDocFragment:
    """Options for the configuration, the image and the wave whose targets a module reads."""

    def __init__(self) -> None:
        # ansible-test fails on an assignment in the class unless its value is a plain string.
        self.DOCUMENTATION = _DOCUMENTATION
        self.CONFIGURATION = _CONFIGURATION
        self.ROLLOUT = _ROLLOUT
