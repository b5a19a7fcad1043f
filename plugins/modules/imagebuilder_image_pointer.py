#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_image_pointer
version_added: 1.0.0
short_description: Let SSM parameters and launch templates show an AMI again
description:
  - Sets the value of SSM parameters and the default version of launch templates, in many Regions and accounts at once,
    and nothing else of them. EC2 Image Builder does the same at the end of a rollout; this mends it afterwards without
    copying AMIs anew.
  - The role P(goldimage.aws.distribution_rollout#role) mends drift with it.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  pointers:
    description:
      - What is to be set. Each entry has O(pointers[].parameter_name) or O(pointers[].launch_template_id).
    type: list
    elements: dict
    required: true
    suboptions:
      region:
        description: The Region.
        type: str
        required: true
      account_id:
        description: The account, by default that of the task.
        type: str
      parameter_name:
        description: The name of an SSM parameter. It is created where it does not exist.
        type: str
      value:
        description: The AMI id that the parameter shall hold.
        type: str
      data_type:
        description: The data type of a parameter that is created. One that exists keeps its own.
        type: str
        choices: ['text', 'aws:ec2:image']
        default: aws:ec2:image
      launch_template_id:
        description: The id of a launch template.
        type: str
      version:
        description: The number of the version that shall be the default.
        type: int
notes:
  - Always needs, in the account of each entry, C(ssm:GetParameter) on a parameter, C(ec2:DescribeLaunchTemplates) for a
    launch template; to set them C(ssm:PutParameter) and C(ec2:ModifyLaunchTemplate). To enter another account it needs
    C(sts:AssumeRole) on the role there.
  - To set a parameter of the data type V(aws:ec2:image) it needs C(ec2:DescribeImages) as well. SSM looks the AMI up
    with these permissions after it has answered, and where it does not find it, the new value never appears. So this
    module looks first.
  - amazon.aws has no module for SSM parameters, and M(amazon.aws.ec2_launch_template) adds a version of its own where
    it is only asked for another default.
seealso:
  - module: goldimage.aws.imagebuilder_image_distribution_info
  - module: amazon.aws.ec2_ami
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - goldimage.aws.target_accounts
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Let a parameter and a launch template show the AMIs of the last rollout again
  goldimage.aws.imagebuilder_image_pointer:
    region: us-west-2
    target_account_role_name: ImageAdmin
    pointers:
      - region: eu-west-1
        account_id: "111122223333"
        parameter_name: /images/web
        value: ami-0123456789abcdef0
      - region: us-west-2
        launch_template_id: lt-0ab1234c56d789012
        version: 7
"""

RETURN = r"""
pointers:
  description: The entries, also where the task failed.
  type: list
  elements: dict
  returned: when the options are valid
  sample:
    - region: us-west-2
      account_id: "123456789012"
      launch_template_id: lt-0ab1234c56d789012
      version: 7
      changed: true
      before: 6
      error: null
  contains:
    region:
      description: The Region.
      type: str
      returned: always
      sample: us-west-2
    account_id:
      description: The account.
      type: str
      returned: always
      sample: "123456789012"
    changed:
      description: Whether it was set, in check mode whether it would be.
      type: bool
      returned: always
      sample: true
    before:
      description: The value or the default version before; null where there was none or it could not be read.
      type: raw
      returned: always
      sample: 6
    error:
      description: Why it could not be set, null where it could.
      type: str
      returned: always
      sample: null
diff:
  description: What was shown before and is shown afterwards, by Region, account and name.
  type: dict
  returned: when the options are valid
  sample:
    before: {"us-west-2 123456789012 lt-0ab1234c56d789012": 6}
    after: {"us-west-2 123456789012 lt-0ab1234c56d789012": 7}
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws import accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.pointers import problems
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.pointers import set_pointer
from ansible_collections.goldimage.aws.plugins.module_utils._aws.workers import each

_NAMES = ("parameter_name", "launch_template_id")


def main():
    module = GoldimageModule(
        argument_spec=accounts.argument_spec(
            pointers={
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "region": {"type": "str", "required": True},
                    "account_id": {"type": "str"},
                    "parameter_name": {"type": "str"},
                    "value": {"type": "str"},
                    "data_type": {"type": "str", "choices": ["text", "aws:ec2:image"], "default": "aws:ec2:image"},
                    "launch_template_id": {"type": "str"},
                    "version": {"type": "int"},
                },
                "mutually_exclusive": [_NAMES],
                "required_one_of": [_NAMES],
                "required_together": [("launch_template_id", "version"), ("parameter_name", "value")],
            },
        ),
        supports_check_mode=True,
    )
    connection = connect(module, module.params["workers"])
    params = module.params
    module.fail_on_problems(problems(params) + accounts.problems(params, connection.model))
    entered = accounts.Accounts(
        module,
        role_name=params["target_account_role_name"],
        external_id=params["target_account_external_id"],
        roles=params["target_account_roles"],
        workers=params["workers"],
    )
    try:
        wanted = [
            {**_given(entry), "account_id": entry["account_id"] or entered.account_id} for entry in params["pointers"]
        ]
    except ImageBuilderError as error:
        module.fail_on_error(error)
    done = each(lambda one: set_pointer(entered, one, module.check_mode), wanted, params["workers"])
    changed = [one for one in done if one["changed"]]
    result = {
        "changed": bool(changed),
        "pointers": done,
        "diff": {
            "before": {_key(one): one["before"] for one in changed},
            "after": {_key(one): one.get("value") or one.get("version") for one in changed},
        },
    }
    failed = [one for one in done if one["error"]]
    if failed:
        lines = [
            f"{len(failed)} of {len(done)} could not be set:",
            *(f"- {_key(one)}: {one['error']}" for one in failed),
        ]
        module.fail_json(msg="\n".join(lines), **result)
    module.exit_json(**result)


def _given(entry):
    left_out = ("data_type",) if entry["launch_template_id"] else ()
    return {key: value for key, value in entry.items() if value is not None and key not in left_out}


def _key(one):
    return f"{one['region']} {one['account_id']} {one.get('parameter_name') or one['launch_template_id']}"


if __name__ == "__main__":
    main()
