#!/usr/bin/python
# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imagebuilder_image_distribution
version_added: 1.0.0
short_description: Distribute an existing image with EC2 Image Builder
description:
  - Distributes an existing AMI to the Regions and accounts of a distribution configuration, without building it
    again, and waits until it is there. Each call of the API's C(DistributeImage) is a rollout, with its own image
    resource.
  - Only the newest rollout of the source image with the configuration counts. The module recognizes it by tags on its
    image resource, which hold the AMI id, the ARN of the configuration and a hash of its distributions. If that
    rollout has the same content and is still running or available, the module starts nothing. If the configuration
    has changed since, it starts a new rollout.
  - If the configuration updates SSM parameters or launch templates, a newer rollout of another image counts as well.
    So going back to an earlier image starts a new rollout.
  - If the task is interrupted, the rollout is still running in AWS, and the same task picks it up again.
  - AWS may take two minutes to show a new rollout. The module looks for it for five minutes; in that time it does not
    take it for deleted, and does not start another one in its place.
author:
  - Contributors to the goldimage.aws project (@goldimage)
options:
  state:
    description:
      - V(distributed) distributes the image, or waits for a rollout that is still running.
      - V(cancelled) cancels a rollout that is still running. It does not remove AMIs that are already distributed,
        and does not change a rollout that has ended. The configuration need not exist any more.
    type: str
    choices: ['distributed', 'cancelled']
    default: distributed
  source_image:
    description:
      - The image, as an AMI id, as V(ssm:) with the name or ARN of an SSM parameter that holds one, or as the ARN of
        an Image Builder image. The ARN of a version stands for its newest available build. The module resolves it
        once to an AMI id in the Region of this task.
      - Required unless O(image_build_version_arn) is given.
    type: str
  name:
    description:
      - The name of the distribution configuration.
      - One of O(name) and O(distribution_configuration_arn) is required unless O(image_build_version_arn) is given.
    type: str
  execution_role:
    description:
      - The name or ARN of the role that Image Builder copies and shares the AMIs with.
      - Required with O(state=distributed) unless O(image_build_version_arn) is given.
      - If AWS refuses a role that is less than two minutes old, the module waits until the role is two minutes old,
        with a warning.
      - For an image that is already distributed, a different role alone does not start a new rollout. After a failure
        it does, even with O(on_failed=retry), because a retry would use the old role.
    type: str
  tags:
    description:
      - Tags for the image resource of a new rollout, in addition to the three that identify it. The AMIs get the tags
        that the configuration names.
      - Different tags alone do not start a new rollout.
    type: dict
    aliases: ['resource_tags']
  logging_configuration:
    description:
      - Where a new rollout writes its log.
    type: dict
    suboptions:
      log_group_name:
        description:
          - The CloudWatch log group. By default AWS uses C(/aws/imagebuilder/) and the name of the image.
        type: str
        required: true
  on_failed:
    description:
      - What to do when the newest rollout failed or was cancelled.
      - V(retry) continues it from the point of failure with the API's C(RetryImage), which does not copy anything
        twice.
      - V(restart) starts a new rollout, which copies every AMI again.
      - V(fail) fails with the causes of the failure.
    type: str
    choices: ['retry', 'restart', 'fail']
    default: retry
  force:
    description:
      - With V(true) the module starts a new rollout even if the newest one has the same content and is available,
        deprecated, disabled, failed or cancelled. It does not start one beside a rollout that is still running, but
        picks that one up.
    type: bool
    default: false
  image_build_version_arn:
    description:
      - The ARN of a particular rollout to wait for, to retry or to cancel. The module then does not start a new
        rollout.
    type: str
  wave:
    description:
      - Distributes to some Regions of the configuration, as one of several waves. Each Region belongs to one wave.
      - O(name) or O(distribution_configuration_arn) names the whole configuration. Each wave has its own
        configuration, V(NAME-wave-NUMBER), which must exist and have a tag V(goldimage.aws:waves). Create it with
        M(goldimage.aws.imagebuilder_distribution_set), or with the role P(goldimage.aws.distribution_rollout#role).
      - A Region and account that already has its AMI from the same source image with the same settings is left out,
        no matter which wave or configuration it came from. While the rest is distributed, the wave's configuration
        holds only the rest; afterwards it holds the whole wave again. If the task is killed in between, the next one
        restores the configuration.
      - If there is a rollout of the wave that is still running, failed or was cancelled, the module continues that
        one first, according to O(on_failed).
      - A wave without the home Region may still have an entry for it. AWS needs AMI settings in the home Region to
        copy to other accounts, and a launch template there to update launch templates elsewhere. That entry has only
        an AMI name, and launch templates that keep their default version.
  distributions:
    description:
      - What the configuration will hold, if an earlier task of the play would write it. In check mode the prediction
        is then for these distributions. Ignored outside check mode.
  wait:
    description:
      - Whether to wait until the rollout has ended. With V(false) a later run of the same task picks it up.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait. After that the task fails and says how to resume. This does not affect the rollout
        itself.
      - The default is six hours. AWS allows up to 14 hours for the three steps of a rollout, 6 for the copies, 2 for
        launch permissions and 6 for what follows. If many Regions, large images or exports may take that long, set
        V(50400), or run the same task again.
    type: int
    default: 21600
  wait_delay:
    description:
      - How many seconds to wait between two status checks of the rollout.
    type: int
    default: 30
  progress:
    description:
      - Whether to print a line for each change of state, workflow step or AMI while the task waits. The lines name
        host, account and Region. The first line has the ARN of the rollout and says how to resume.
      - Set V(false) if something parses the output of a callback. Tasks with C(no_log) or C(async) print no lines
        either.
    type: bool
    default: true
notes:
  - Always needs the permissions C(imagebuilder:GetDistributionConfiguration), C(imagebuilder:ListImageBuildVersions)
    and C(imagebuilder:GetImage); with O(image_build_version_arn), only the last one. If O(source_image) is an SSM
    parameter, it needs C(ssm:GetParameter).
  - With O(wave) it needs C(imagebuilder:UpdateDistributionConfiguration) to write what is left into the wave's
    configuration. If that names a launch template, bucket or parameter, it also needs C(ec2:DescribeLaunchTemplates),
    C(ec2:CreateLaunchTemplateVersion), C(ec2:ModifyLaunchTemplate), C(s3:ListBucket) and C(ssm:GetParameter).
  - To see what is left of a wave it needs, in every account, what the notes of
    M(goldimage.aws.imagebuilder_image_distribution_info) list. Those are C(ec2:DescribeImages),
    C(ec2:DescribeImageAttribute) and, if the configuration uses the feature, C(ec2:DescribeSnapshots),
    C(kms:DescribeKey), C(ec2:DescribeLaunchTemplates), C(ec2:DescribeLaunchTemplateVersions), C(ssm:GetParameter),
    C(ec2:DescribeFastLaunchImages), C(ec2:DescribeExportImageTasks) and
    C(license-manager:ListLicenseSpecificationsForResource); and C(sts:AssumeRole) to assume roles in target accounts.
    O(other_target_accounts) and the options for target accounts have an effect only with O(wave).
  - To start a rollout it needs C(imagebuilder:DistributeImage), C(imagebuilder:TagResource), C(ec2:DescribeImages)
    and, on the execution role, C(iam:PassRole); to retry one, C(imagebuilder:RetryImage); to cancel one,
    C(imagebuilder:CancelImageCreation).
  - With C(iam:GetRole) it can tell whether AWS refuses a role only because it is too new, and then waits. With
    O(progress=true), C(imagebuilder:ListWorkflowExecutions) and C(imagebuilder:ListWorkflowStepExecutions) let it
    show workflows and their steps, and C(imagebuilder:GetWorkflowStepExecution) lets it show what failed in which
    Region and account while the rollout is still running. Without them it says what it could not see.
  - Needs a botocore that knows C(DistributeImage), 1.41.1 or newer, where this module runs.
  - While it waits with O(progress=true), an action plugin on the controller runs the module repeatedly with the
    credentials of the task. The controller does not need boto3.
  - The API shows a Region only when its AMI appears, and a failure only when the step reports it. So the lines count
    AMIs and name failures.
seealso:
  - module: goldimage.aws.imagebuilder_distribution
  - module: goldimage.aws.imagebuilder_image_distribution_info
  - name: Image distribution in the EC2 Image Builder user guide
    description: How AWS distributes images to Regions and accounts.
    link: https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-distribution-settings.html
attributes:
  action:
    description: Has an action plugin on the controller.
    support: full
  async:
    description: Can be used with the C(async) keyword.
    support: full
    details:
      - The module itself then waits, without progress lines.
  check_mode:
    support: full
    details:
      - Says which action a real run would take, and why. Returns no image if a real run would start a rollout.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - With O(force=true) each run starts a rollout, unless one is still running.
extends_documentation_fragment:
  - goldimage.aws.distribution
  - goldimage.aws.live_targets.rollout
  - goldimage.aws.target_accounts
  - goldimage.aws.attributes
  - goldimage.aws.attributes.action_group
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Distribute an AMI and wait until it is everywhere
  goldimage.aws.imagebuilder_image_distribution:
    region: us-west-2
    source_image: ami-0abcdef1234567890
    name: web-image
    execution_role: imagebuilder-distribution
    tags:
      Change: CHG-4711

- name: Distribute what an SSM parameter names, with a new rollout if the last one failed
  goldimage.aws.imagebuilder_image_distribution:
    region: us-west-2
    source_image: ssm:/images/web/tested
    name: web-image
    execution_role: arn:aws:iam::123456789012:role/imagebuilder-distribution
    on_failed: restart

- name: Start the rollout of the newest build of an image without waiting for it
  goldimage.aws.imagebuilder_image_distribution:
    region: us-west-2
    source_image: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.x.x
    distribution_configuration_arn: arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image
    execution_role: imagebuilder-distribution
    wait: false
  register: rollout

- name: Wait for that rollout for up to three hours
  goldimage.aws.imagebuilder_image_distribution:
    region: us-west-2
    image_build_version_arn: "{{ rollout.image.arn }}"
    wait_timeout: 10800

- name: Distribute to the second of two waves, once the first one is complete and in sync
  goldimage.aws.imagebuilder_image_distribution:
    region: us-west-2
    source_image: ami-0abcdef1234567890
    name: web-image
    execution_role: imagebuilder-distribution
    target_account_role_name: ImageReader
    wave:
      number: 2
      of: 2
      regions: [us-east-1, us-west-2]
      after: [eu-west-1]
  register: rollout

- name: Stop if something in this wave has drifted
  ansible.builtin.assert:
    that: rollout.wave.complete and rollout.wave.in_sync

- name: Cancel a rollout that is still running
  goldimage.aws.imagebuilder_image_distribution:
    region: us-west-2
    source_image: ami-0abcdef1234567890
    name: web-image
    state: cancelled
"""

RETURN = r"""
outcome:
  description:
    - What the task did or, in check mode, would do. V(started), V(retried), V(restarted), V(resumed) (the rollout was
      already running), V(cancelled), V(unchanged), or V(refused) if the task failed without having done anything.
  type: str
  returned: when the rollout was looked at
  sample: started
reason:
  description: Why the task did that.
  type: str
  returned: when the rollout was looked at
  sample: no rollout of ami-0abcdef1234567890 with this configuration is known
source_image:
  description: The AMI id of the source image. Null if O(image_build_version_arn) is an image that was not distributed
    by this module.
  type: str
  returned: when the rollout was looked at
  sample: ami-0abcdef1234567890
image:
  description:
    - The rollout as it is now, even if the task fails. Null if there is none, as in check mode before a start.
  type: dict
  returned: when the rollout was looked at
  sample:
    arn: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
    state: AVAILABLE
    reason: null
    failures: []
    amis:
      - region: us-west-2
        account_id: "123456789012"
        ami_id: ami-0123456789abcdef0
        name: web 2026-03-02T09-20-10.529Z
        state: AVAILABLE
  contains:
    arn:
      description: The ARN of the image build version. It is valid for O(image_build_version_arn).
      type: str
      returned: always
      sample: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
    state:
      description: The state, in AWS's words.
      type: str
      returned: always
      sample: AVAILABLE
    reason:
      description: AWS's reason for the state. Null if there is none.
      type: str
      returned: always
      sample: null
    failures:
      description:
        - What went wrong, by Region and account. With O(progress=true) this is known from the steps of the workflow
          while the rollout is still running, otherwise after it has failed or was cancelled.
      type: list
      elements: dict
      returned: always
      contains:
        region:
          description: The Region. Null if the rollout failed before it reached any.
          type: str
          returned: always
          sample: eu-west-1
        account_id:
          description: The account.
          type: str
          returned: always
          sample: "111122223333"
        step:
          description: The step, in AWS's words. Null if the copy itself failed.
          type: str
          returned: always
          sample: PUT_SSM_PARAMETERS
        message:
          description: AWS's text.
          type: str
          returned: always
          sample: User is not authorized to perform ssm:PutParameter
        remedy:
          description: What to do. Null if the module does not know this message.
          type: str
          returned: always
          sample: Allow EC2ImageBuilderDistributionCrossAccountRole in account 111122223333 ssm:PutParameter
    amis:
      description: The AMIs of the rollout that have appeared so far.
      type: list
      elements: dict
      returned: always
      contains:
        region:
          description: The Region.
          type: str
          returned: always
          sample: us-west-2
        account_id:
          description: The account that owns the AMI.
          type: str
          returned: always
          sample: "123456789012"
        ami_id:
          description: The AMI id.
          type: str
          returned: always
          sample: ami-0123456789abcdef0
        name:
          description: The name of the AMI.
          type: str
          returned: always
          sample: web 2026-03-02T09-20-10.529Z
        state:
          description: The state, in AWS's words. Null if AWS gives none.
          type: str
          returned: always
          sample: AVAILABLE
targets:
  description: The Regions and accounts that get an AMI, according to the rollout's copy of the configuration.
  type: list
  elements: dict
  returned: when the rollout was looked at
  sample:
    - region: us-west-2
      account_id: "123456789012"
      seconds: 250
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
    seconds:
      description:
        - How many seconds after the start of the wait the task first saw the AMI, as exactly as O(wait_delay) allows.
          Null if it already existed, or did not appear.
      type: int
      returned: when the task waited with O(progress=true)
      sample: 250
workflows:
  description: The progress of the rollout's workflows. Empty with O(progress=false).
  type: list
  elements: dict
  returned: when the rollout was looked at
  sample:
    - type: DISTRIBUTION
      status: RUNNING
      total_steps: 3
      finished_steps: 1
      steps:
        - name: DistributeImage
          status: COMPLETED
          message: null
      message: null
  contains:
    type:
      description: The type of the workflow, in AWS's words.
      type: str
      returned: always
      sample: DISTRIBUTION
    status:
      description: The status of the workflow, in AWS's words.
      type: str
      returned: always
      sample: RUNNING
    total_steps:
      description: How many steps the workflow has.
      type: int
      returned: always
      sample: 3
    finished_steps:
      description: How many of them succeeded or were skipped.
      type: int
      returned: always
      sample: 1
    steps:
      description: The steps with C(name), C(status) and C(message). Empty if the credentials may not list them.
      type: list
      elements: dict
      returned: always
    message:
      description: The message of the workflow. Null if there is none.
      type: str
      returned: always
      sample: null
wave:
  description: The wave, even if the task fails. Only with O(wave).
  type: dict
  returned: when the wave was looked at
  sample:
    number: 1
    of: 2
    name: web-image-wave-1
    regions: [eu-west-1]
    due: true
    complete: true
    in_sync: true
    remaining: []
    resumed: null
    restored: false
    targets:
      - region: eu-west-1
        account_id: "123456789012"
        ami_id: ami-0123456789abcdef0
        status: in_sync
        drift: []
        not_checked: []
        reason: null
        complete: true
        image_build_version_arn: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
        image_state: AVAILABLE
  contains:
    number:
      description: The number of the wave.
      type: int
      returned: always
      sample: 1
    of:
      description: How many waves there are.
      type: int
      returned: always
      sample: 2
    name:
      description: The name of the wave's configuration.
      type: str
      returned: always
      sample: web-image-wave-1
    regions:
      description: The Regions of this wave.
      type: list
      elements: str
      returned: always
      sample: [eu-west-1]
    due:
      description: Whether there was a rollout to start, to retry or to wait for when the task began.
      type: bool
      returned: always
      sample: true
    complete:
      description: Whether every target has the image and no rollout of the wave is unfinished. In check mode this is
        the current state.
      type: bool
      returned: always
      sample: true
    in_sync:
      description: Whether every target is V(in_sync). In check mode this is the current state.
      type: bool
      returned: always
      sample: true
    remaining:
      description: The Regions and accounts that still need a copy.
      type: list
      elements: dict
      returned: always
      sample: []
    resumed:
      description:
        - The unfinished rollout that the task completed before it started RV(image) for what was left, in the form of
          RV(image). Null if there was none.
      type: dict
      returned: always
      sample: null
    restored:
      description:
        - Whether the task restored the wave's configuration. This is the case if the configuration did not hold the
          whole wave at the start, for example because an earlier task was killed, and holds it now.
      type: bool
      returned: always
      sample: false
    targets:
      description:
        - Every Region and account of the wave, as M(goldimage.aws.imagebuilder_image_distribution_info) returns it.
          In addition, C(complete) says whether it needs no new copy, C(image_build_version_arn) is the rollout that its
          AMI comes from, and C(image_state) is the state of that rollout.
      type: list
      elements: dict
      returned: always
      sample: []
still_running:
  description: Whether the rollout is still running. If the task fails with V(true), it has only stopped waiting.
  type: bool
  returned: when the rollout was looked at
  sample: false
diff:
  description: The newest rollout before and afterwards. An empty map if there is none.
  type: dict
  returned: when the rollout was looked at
  sample:
    before: {}
    after:
      arn: arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1
      state: AVAILABLE
      source_image: ami-0abcdef1234567890
      distributions_sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""

from ansible_collections.goldimage.aws.plugins.module_utils._aws import accounts
from ansible_collections.goldimage.aws.plugins.module_utils._aws.errors import ImageBuilderError
from ansible_collections.goldimage.aws.plugins.module_utils._aws.interruption import Interruption
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import connect
from ansible_collections.goldimage.aws.plugins.module_utils._aws.module import GoldimageModule
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout import rollout
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout import rollout_outcome
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.wave import WaveRollout
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.workflows import Workflows
from ansible_collections.goldimage.aws.plugins.module_utils._aws.rollout.workflows import workflows
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields import SELECTORS
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout.rollout_options import argument_spec
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout.rollout_validation import (
    rollout_option_errors,
)


def main() -> None:
    module = GoldimageModule(
        explain=rollout.explain_rollout,
        argument_spec=accounts.argument_spec(**argument_spec()),
        mutually_exclusive=[SELECTORS],
        supports_check_mode=True,
    )
    params = module.params
    connection = connect(module, params["workers"], needs="DistributeImage")
    errors = rollout_option_errors(params, connection.model, connection.region)
    module.fail_on_errors(errors + accounts.account_option_errors(params, connection.model))
    wave, interruption = None, Interruption()
    if params["wave"]:
        parts = (connection, module.client, accounts.named_accounts(module), params, module.check_mode)
        wave = WaveRollout(*parts, interruption=interruption)
    work = wave or rollout.Rollout(connection, module.client, params, module.check_mode, interruption=interruption)
    failure, more = None, {}
    with interruption:
        try:
            outcome = work.run()
        except rollout_outcome.StillRunning as ended:
            outcome, failure = ended.outcome, str(ended)
        except ImageBuilderError as error:
            more = {"wave": wave.report()} if wave else {}
            module.fail_on_error(error, changed=error.changed or bool(wave and wave.changed), **more)

    progress = Workflows([], [], [])
    if outcome.image and params["progress"]:
        progress = workflows(connection, outcome.image["arn"])
    failure = failure or rollout_outcome.failure(outcome, params["state"], progress.failures)
    result = rollout_outcome.result(outcome, progress)
    if wave:
        result.update(wave=wave.report(), changed=result["changed"] or wave.changed)
    module.finish(result, [*outcome.warnings, *progress.warnings], failure)


if __name__ == "__main__":
    main()
