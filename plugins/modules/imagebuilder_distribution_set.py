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
  - Does for a list of distribution configurations what M(goldimage.aws.imagebuilder_distribution) does for one, in one
    process and with several requests under way at once. A loop over tasks pays for a start of Python with each item.
  - All entries are checked before anything is written. After that the failure of one stops none of the others; the task
    fails at the end and says what became of each.
  - Can also remove the configurations that are not listed, if they bear certain tags or belong to the same spec.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  distribution_configurations:
    description:
      - The configurations. Each entry takes the options of M(goldimage.aws.imagebuilder_distribution).
      - What M(goldimage.aws.imagebuilder_distribution_info) returns under the same name can be given as it stands.
      - The list may also be given as a JSON text. Ansible then does not look for templates in each of its texts, which
        for hundreds of configurations takes longer than the rest.
      - No configuration may be listed twice. AWS folds names to lower case with hyphens, so C(Web Image) and
        C(web-image) are one.
  ownership_tags:
    description:
      - Tags that every listed configuration gets beside its own. They say which configurations this list owns.
      - An entry that gives another value for one of them is an error.
    type: dict
  spec_id:
    description:
      - The id of the spec that owns the listed configurations. Each gets the tag C(goldimage.aws:spec) with the id, the
        account and the Region, for example V(web/123456789012/us-east-1).
      - One that bears this very tag and is not listed was renamed, or belongs to somebody else who uses the same
        O(spec_id). Nobody can tell which, so the task fails before anything is written, unless O(purge) or O(release)
        says what becomes of it. One that is listed and belongs to another spec is an error too.
      - Configurations that bear the tag C(goldimage.aws:waves), which waves of the role
        P(goldimage.aws.distribution_rollout#role) have, are left alone.
      - Exclusive with O(ownership_tags).
    type: str
  release:
    description:
      - Names of configurations that the spec no longer owns. The tag is taken off, and all else stays.
      - Needs O(spec_id).
    type: list
    elements: str
  allow_public:
    description:
      - Whether launch permissions may make AMIs public. With V(false) they are an error, and nothing is written.
    type: bool
    default: true
  purge:
    description:
      - Whether configurations that bear all of O(ownership_tags), or belong to the spec O(spec_id), and are not listed
        are removed. Their AMIs stay.
      - Needs O(ownership_tags) or O(spec_id), and refuses an empty O(distribution_configurations).
      - What AWS refuses to delete because pipelines still use it is kept, which is not a failure.
    type: bool
    default: false
  purge_limit:
    description:
      - How many configurations O(purge) may remove. If it were more, the task fails before anything is written and
        names them.
    type: int
    default: 10
  workers:
    description:
      - How many configurations are worked on at once.
      - Where AWS throttles the requests, all of them slow down together.
    type: int
    default: 10
notes:
  - Needs the permissions of M(goldimage.aws.imagebuilder_distribution), and with O(purge=true) always
    C(imagebuilder:ListDistributionConfigurations), with O(spec_id) as well.
  - Interrupted at any point, a second run brings everything to the wanted state.
  - Treats writes without a certain answer, and changes of somebody else before a write, as
    M(goldimage.aws.imagebuilder_distribution) does. It does not read back what it wrote, so changes of somebody else
    after that show in the next run.
  - Ansible shows no diff of a task that failed. RV(diff) is returned even then.
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

- name: Take hundreds of configurations from a file, as JSON text
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

- name: Name what would go
  ansible.builtin.debug:
    msg: "{{ predicted.outcomes | selectattr('action', 'equalto', 'deleted') | map(attribute='name') }}"
"""

RETURN = r"""
outcomes:
  description:
    - What became of each configuration, in check mode what would become of it; also when the task failed.
    - In the order of O(distribution_configurations), each exactly once. Those that O(purge) and O(release) were for
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
      description: The name of the configuration. Null where an ARN was given and no configuration was found.
      type: str
      returned: always
      sample: web-image
    arn:
      description: The ARN of the configuration, also of one that is not there.
      type: str
      returned: always
      sample: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
    action:
      description:
        - V(created), V(updated), V(deleted), V(unchanged) or V(failed).
        - V(released) is one that O(release) names.
        - V(kept) is one that O(purge) would have removed, and that pipelines still use.
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
      description: Why it failed, or which pipelines keep it. Null otherwise.
      type: str
      returned: always
      sample: null
summary:
  description: How many outcomes there are of each action.
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
    - For each configuration that changed, under its name, what M(goldimage.aws.imagebuilder_distribution) returns as
      its diff. That is C(prepared), one line for each field, of an update, and else C(before) and C(after), of which
      the one that is not there is an empty map.
    - One that O(purge) removes is shown as a listing has it, with Regions but not what they hold.
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
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import explain
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import result
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import run
from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configuration_set import (
    set_option_problems,
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
        explain=explain,
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
    module.fail_on_problems(set_option_problems(module.params, wanted, connection.model, connection.region), keep=True)
    try:
        outcomes = run(connection, module.params, wanted, module.check_mode)
    except ImageBuilderError as error:
        module.fail_on_error(error)
    for warning in warnings(outcomes):
        module.warn(warning)
    shown = result(outcomes, module._diff)
    shown["retries"] = connection.pace.retries
    # Ansible would send all options back to the controller, which for a large set costs more than the rest.
    shown["invocation"] = {"module_args": {**module.params, "distribution_configurations": "not repeated here"}}
    if "msg" in shown:
        module.fail_json(**shown)
    module.exit_json(**shown)


if __name__ == "__main__":
    main()
