#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_distribution_set
version_added: 1.0.0
short_description: Manage many EC2 Image Builder distribution configurations in one task
description:
  - Does for a list of distribution configurations what M(goldimage.aws.imagebuilder_distribution) does for one, in a
    single process with several requests at once. A loop over tasks would start Python for each item.
  - The module checks all entries before it writes anything. If one then fails, the module still handles the others,
    fails at the end, and says what became of each configuration.
  - The module can also remove configurations that are not listed but have certain tags or belong to the same spec.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  distribution_configurations:
    description:
      - The configurations. Each entry takes the options of M(goldimage.aws.imagebuilder_distribution).
      - You can pass what M(goldimage.aws.imagebuilder_distribution_info) returns under the same name without changes.
      - The list may also be a JSON string. Ansible then does not search each value for templates, which for hundreds
        of configurations takes longer than everything else.
      - Do not list a configuration twice. AWS folds names to lower case with hyphens, so C(Web Image) and
        C(web-image) are the same.
  ownership_tags:
    description:
      - Tags that every listed configuration gets in addition to its own. They mark which configurations this list
        owns.
      - If an entry gives a different value for one of them, the task fails.
    type: dict
  spec_id:
    description:
      - The id of the spec that owns the listed configurations. Each gets the tag C(goldimage.aws:spec) with the id, the
        account and the Region, for example V(web/123456789012/us-east-1).
      - A configuration that has this tag but is not listed was either renamed or belongs to somebody else who uses
        the same O(spec_id). The module cannot tell which, so the task fails before it writes anything, unless
        O(purge) or O(release) says what to do with it. A listed configuration that belongs to another spec is an
        error too.
      - The module does not change unlisted configurations with the tag C(goldimage.aws:waves), which the role
        P(goldimage.aws.distribution_rollout#role) sets for waves.
      - Cannot be combined with O(ownership_tags).
    type: str
  release:
    description:
      - Names of configurations that the spec no longer owns. The module removes the tag and changes nothing else.
      - Needs O(spec_id).
    type: list
    elements: str
  allow_public:
    description:
      - Whether launch permissions may make AMIs public. With V(false) such a permission is an error, and the module
        writes nothing.
    type: bool
    default: true
  purge:
    description:
      - Whether to remove configurations that are not listed but have all of O(ownership_tags), or belong to the spec
        O(spec_id). The module does not remove their AMIs.
      - Needs O(ownership_tags) or O(spec_id), and refuses an empty O(distribution_configurations).
      - The module keeps a configuration that AWS does not delete because pipelines use it, and one whose tags
        somebody has changed while the task ran. Neither makes the task fail.
    type: bool
    default: false
  purge_limit:
    description:
      - How many configurations O(purge) may remove. If there are more, the task fails before it writes anything and
        names them.
    type: int
    default: 10
  workers:
    description:
      - How many configurations the module handles at once.
      - If AWS throttles the requests, all workers slow down together.
    type: int
    default: 10
notes:
  - Needs the permissions of M(goldimage.aws.imagebuilder_distribution). With O(purge=true) or O(spec_id) it always
    needs C(imagebuilder:ListDistributionConfigurations).
  - If the task is interrupted at any point, a second run brings everything to the wanted state.
  - Handles writes without a certain answer, and changes that somebody else makes before a write, like
    M(goldimage.aws.imagebuilder_distribution). It does not read back what it wrote, so only the next run detects
    changes that somebody else makes after that.
  - Ansible does not show the diff of a failed task, but RV(diff) is returned.
seealso:
  - module: goldimage.aws.imagebuilder_distribution
  - module: goldimage.aws.imagebuilder_distribution_info
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - goldimage.aws.distribution.entries
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Manage all configurations of a team, and remove those that it no longer lists
  goldimage.aws.imagebuilder_distribution_set:
    region: us-west-2
    ownership_tags:
      Team: platform
    purge: true
    distribution_configurations:
      - name: web-image
        description: Web server images
        distributions:
          - region: us-west-2
            ami_distribution_configuration:
              name_prefix: web
          - region: eu-west-1
            ami_distribution_configuration:
              name_prefix: web
              launch_permission:
                user_ids: ["111122223333"]
      - name: database-image
        distributions:
          - region: us-west-2
            ami_distribution_configuration:
              name_prefix: database
      - name: old-image
        state: absent

- name: Read the configurations of one Region
  goldimage.aws.imagebuilder_distribution_info:
    region: us-west-2
  register: found

- name: Create or update the same ones in another account
  goldimage.aws.imagebuilder_distribution_set:
    region: us-west-2
    profile: other-account
    distribution_configurations: "{{ found.distribution_configurations }}"

- name: Take hundreds of configurations from a JSON file
  goldimage.aws.imagebuilder_distribution_set:
    region: us-west-2
    distribution_configurations: "{{ lookup('ansible.builtin.file', 'configurations.json') }}"

- name: Manage the configurations of a spec after one was renamed
  goldimage.aws.imagebuilder_distribution_set:
    region: us-west-2
    spec_id: web
    release: [old-web-image]
    allow_public: false
    distribution_configurations: "{{ team_configurations }}"

- name: Show what a purge would remove
  goldimage.aws.imagebuilder_distribution_set:
    region: us-west-2
    ownership_tags:
      Team: platform
    purge: true
    distribution_configurations: "{{ team_configurations }}"
  check_mode: true
  register: predicted

- name: Name what would be removed
  ansible.builtin.debug:
    msg: "{{ predicted.outcomes | selectattr('action', 'equalto', 'deleted') | map(attribute='name') }}"
"""

RETURN = r"""
outcomes:
  description:
    - What became of each configuration or, in check mode, what would become of it. Returned even if the task fails.
    - In the order of O(distribution_configurations), each exactly once. Those that O(purge) and O(release) apply to
      come last.
  type: list
  elements: dict
  returned: when the options are valid and no more than O(purge_limit) would be removed
  sample:
    - name: web-image
      arn: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
      action: updated
      changes:
        - region: eu-west-1
          field: ami_distribution_configuration.kms_key_id
          before: alias/old
          after: alias/new
      error: null
    - name: database-image
      arn: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/database-image
      action: unchanged
      changes: []
      error: null
  contains:
    name:
      description: The name of the configuration. Null if an ARN was given and no configuration was found.
      type: str
      returned: always
      sample: web-image
    arn:
      description: The ARN of the configuration, even if it does not exist.
      type: str
      returned: always
      sample: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
    action:
      description:
        - V(created), V(updated), V(deleted), V(unchanged) or V(failed).
        - V(released) if O(release) names it.
        - V(kept) if O(purge) would have removed it, but pipelines use it, or somebody has removed its ownership tags
          meanwhile.
      type: str
      returned: always
      sample: updated
    changes:
      description: What an update changed, as M(goldimage.aws.imagebuilder_distribution) returns it.
      type: list
      elements: dict
      returned: always
      sample:
        - region: eu-west-1
          field: ami_distribution_configuration.kms_key_id
          before: alias/old
          after: alias/new
    error:
      description: Why it failed, or which pipelines use it. Null otherwise.
      type: str
      returned: always
      sample: null
summary:
  description: The number of outcomes for each action.
  type: dict
  returned: as RV(outcomes)
  sample: {created: 0, updated: 1, deleted: 0, released: 0, unchanged: 1, kept: 0, failed: 0}
retries:
  description: How many requests were repeated because AWS throttled them or failed.
  type: int
  returned: as RV(outcomes)
  sample: 0
diff:
  description:
    - For each configuration that changed, with its name, the diff that M(goldimage.aws.imagebuilder_distribution)
      returns. For an update that is C(prepared), one line for each field. Otherwise it is C(before) and C(after),
      with an empty map if the configuration does not exist.
    - For a configuration that O(purge) removes, the diff shows only its Regions, not their settings.
  type: list
  elements: dict
  returned: in diff mode
  sample:
    - before_header: web-image
      after_header: web-image
      prepared: |
        ~ web-image
            description: nothing -> Web server images
            eu-west-1 kms_key_id: alias/old -> alias/new
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import complete
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import explain_set
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import result
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import run
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import (
    set_option_errors,
)
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import wanted_from
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import warnings
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._aws.workers import DEFAULT_WORKERS
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields import list_option


def main() -> None:
    module = GoldimageModule(
        explain=explain_set,
        large={"distribution_configurations": complete},
        argument_spec={
            "distribution_configurations": list_option(),
            "ownership_tags": {"type": "dict"},
            "spec_id": {"type": "str"},
            "release": {"type": "list", "elements": "str"},
            "allow_public": {"type": "bool", "default": True},
            "purge": {"type": "bool", "default": False},
            "purge_limit": {"type": "int", "default": 10},
            "workers": {"type": "int", "default": DEFAULT_WORKERS},
        },
        supports_check_mode=True,
    )
    connection = connect(module, module.params["workers"])
    wanted = wanted_from(module.params)
    module.fail_on_errors(set_option_errors(module.params, wanted, connection.model, connection.region), keep=True)
    try:
        outcomes = run(connection, module.params, wanted, module.check_mode)
    except ImageBuilderError as error:
        module.fail_on_error(error)
    shown = result(outcomes, module._diff)
    shown["retries"] = connection.pace.retries
    # Ansible would send all options back to the controller, which for a large set costs more than the rest.
    shown["invocation"] = {"module_args": {**module.params, "distribution_configurations": "not repeated here"}}
    module.finish(shown, warnings(outcomes))


if __name__ == "__main__":
    main()
