"""Tasks of every module in the local AWS of this process, with what must exist before and the permissions they need."""

from __future__ import annotations

from tests.unit.plugins.modules.enforced import AWAY
from tests.unit.plugins.modules.enforced import READER
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import SOURCE
from tests.unit.plugins.modules.enforced import TARGET
from tests.unit.plugins.modules.tasks.before import attachable
from tests.unit.plugins.modules.tasks.before import attachable_to_containers
from tests.unit.plugins.modules.tasks.before import attachable_with_a_new_role
from tests.unit.plugins.modules.tasks.before import attached
from tests.unit.plugins.modules.tasks.before import DISTRIBUTE
from tests.unit.plugins.modules.tasks.before import distributed
from tests.unit.plugins.modules.tasks.before import distributed_and_failed
from tests.unit.plugins.modules.tasks.before import distributed_as_web
from tests.unit.plugins.modules.tasks.before import distributed_by_arn
from tests.unit.plugins.modules.tasks.before import drifted
from tests.unit.plugins.modules.tasks.before import everything_distributed
from tests.unit.plugins.modules.tasks.before import exists
from tests.unit.plugins.modules.tasks.before import image_of_image_builder
from tests.unit.plugins.modules.tasks.before import is_used
from tests.unit.plugins.modules.tasks.before import name_is_taken
from tests.unit.plugins.modules.tasks.before import ready_for_everything
from tests.unit.plugins.modules.tasks.before import retired
from tests.unit.plugins.modules.tasks.before import role_too_new
from tests.unit.plugins.modules.tasks.before import set_of_all
from tests.unit.plugins.modules.tasks.before import source_image
from tests.unit.plugins.modules.tasks.before import source_in_a_parameter
from tests.unit.plugins.modules.tasks.before import still_running
from tests.unit.plugins.modules.tasks.before import wave_is_due
from tests.unit.plugins.modules.tasks.parts import AMI
from tests.unit.plugins.modules.tasks.parts import CHANGE_PIPELINE
from tests.unit.plugins.modules.tasks.parts import CREATE
from tests.unit.plugins.modules.tasks.parts import DELETE
from tests.unit.plugins.modules.tasks.parts import FURTHER
from tests.unit.plugins.modules.tasks.parts import GET
from tests.unit.plugins.modules.tasks.parts import imagebuilder
from tests.unit.plugins.modules.tasks.parts import LIST
from tests.unit.plugins.modules.tasks.parts import LOOK
from tests.unit.plugins.modules.tasks.parts import LOOKED
from tests.unit.plugins.modules.tasks.parts import OWNED
from tests.unit.plugins.modules.tasks.parts import PIPELINES
from tests.unit.plugins.modules.tasks.parts import READ_ROLLOUT
from tests.unit.plugins.modules.tasks.parts import REFERRED
from tests.unit.plugins.modules.tasks.parts import REFERRING
from tests.unit.plugins.modules.tasks.parts import REPAIRS
from tests.unit.plugins.modules.tasks.parts import RETIRE
from tests.unit.plugins.modules.tasks.parts import ROLE
from tests.unit.plugins.modules.tasks.parts import START
from tests.unit.plugins.modules.tasks.parts import TAG
from tests.unit.plugins.modules.tasks.parts import TaskCase
from tests.unit.plugins.modules.tasks.parts import UPDATE
from tests.unit.plugins.modules.tasks.roles import account_that_left
from tests.unit.plugins.modules.tasks.roles import accounts_that_left
from tests.unit.plugins.modules.tasks.roles import cross_account_role_of_others
from tests.unit.plugins.modules.tasks.roles import cross_account_role_of_ours
from tests.unit.plugins.modules.tasks.roles import no_roles
from tests.unit.plugins.modules.tasks.roles import our_role
from tests.unit.plugins.modules.tasks.roles import our_role_alone
from tests.unit.plugins.modules.tasks.roles import our_role_at_work
from tests.unit.plugins.modules.tasks.roles import set_of_a_spec

ONE, SET, INFO = "imagebuilder_distribution", "imagebuilder_distribution_set", "imagebuilder_distribution_info"
ROLLOUT, DRIFT = "imagebuilder_image_distribution", "imagebuilder_image_distribution_info"
REPAIR, RETENTION = "imagebuilder_image_distribution_repair", "imagebuilder_image_retention"
ATTACHMENT, PREFLIGHT = "imagebuilder_pipeline_attachment", "imagebuilder_distribution_preflight_info"
ASSUME = {"target_account_role_name": READER}
NEW = {"name": "web", "distributions": [AMI]}
EXECUTION, CROSS = "imagebuilder_execution_role", "imagebuilder_cross_account_role"
TO_TARGET = {
    **AMI,
    "ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [TARGET]},
    "ssm_parameter_configurations": [{"parameter_name": "/golden/web", "ami_account_id": TARGET}],
}
DIST = {"name": "dist", "spec_id": "web", "distributions": [TO_TARGET]}
CROSSED = {"spec_id": "web", "distributions": [TO_TARGET], **ASSUME}
READ_ROLE = {"iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:GetRolePolicy"}
DELETE_ROLE = {"iam:ListInstanceProfilesForRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRole"}
USERS = {"ec2:DescribeRegions"} | imagebuilder("ListImagePipelines", "ListLifecyclePolicies", "ListImageBuildVersions")

CASES = {
    "create": TaskCase(ONE, CREATE, NEW),
    "create with tags and references": TaskCase(
        ONE,
        CREATE | REFERRED | imagebuilder("TagResource"),
        {"name": "web", "distributions": [REFERRING], "tags": OWNED},
    ),
    "try to create": TaskCase(ONE, CREATE, NEW, check_mode=True),
    "the name is taken": TaskCase(ONE, CREATE | LIST, NEW, name_is_taken, fails=True),
    "update": TaskCase(ONE, UPDATE, {"name": "web", "description": "Web servers"}, exists),
    "update with references": TaskCase(ONE, UPDATE | REFERRED, {"name": "web", "distributions": [REFERRING]}, exists),
    "change tags": TaskCase(ONE, GET | TAG, {"name": "web", "tags": OWNED}, exists),
    "nothing to do": TaskCase(ONE, GET, {"name": "web"}, exists),
    "delete": TaskCase(ONE, DELETE, {"name": "web", "state": "absent"}, exists),
    "delete what is used": TaskCase(ONE, DELETE | PIPELINES, {"name": "web", "state": "absent"}, is_used, fails=True),
    "try to delete": TaskCase(ONE, GET | PIPELINES, {"name": "web", "state": "absent"}, exists, check_mode=True),
    "a set": TaskCase(
        SET,
        CREATE | UPDATE | TAG | DELETE | LIST | PIPELINES | REFERRED,
        {
            "distribution_configurations": [
                {"name": "new", "distributions": [REFERRING]},
                {"name": "changed", "description": "Web servers"},
                {"name": "tagged", "tags": {"team": "web"}},
                {"name": "listed-absent", "state": "absent"},
            ],
            "ownership_tags": OWNED,
            "purge": True,
        },
        set_of_all,
    ),
    "one configuration": TaskCase(INFO, GET, {"name": "web"}, exists),
    "all configurations": TaskCase(INFO, GET | LIST, {}, exists),
    "summaries": TaskCase(INFO, LIST, {"details": False}, exists),
    "their pipelines": TaskCase(INFO, GET | LIST | PIPELINES, {"pipelines": True}, is_used),
    "distribute": TaskCase(ROLLOUT, START, DISTRIBUTE, source_image),
    "distribute what a parameter names, and show the workflows": TaskCase(
        ROLLOUT,
        START
        | {"ssm:GetParameter"}
        | imagebuilder("ListWorkflowExecutions", "ListWorkflowStepExecutions")
        | imagebuilder("GetWorkflowStepExecution"),
        {**DISTRIBUTE, "progress": True},
        source_in_a_parameter,
    ),
    "distribute with a new role": TaskCase(ROLLOUT, START | {"iam:GetRole"}, DISTRIBUTE, role_too_new),
    "a wave": TaskCase(
        ROLLOUT,
        START | LOOK | UPDATE | REFERRED,
        {**DISTRIBUTE, **ASSUME, "workers": 1, "wave": {"number": 1, "of": 1, "regions": [REGION, AWAY, FURTHER]}},
        wave_is_due,
        together=LOOKED,
    ),
    "already distributed": TaskCase(ROLLOUT, READ_ROLLOUT, DISTRIBUTE, distributed),
    "a certain rollout": TaskCase(ROLLOUT, imagebuilder("GetImage"), {"progress": False}, distributed_by_arn),
    "retry": TaskCase(ROLLOUT, READ_ROLLOUT | imagebuilder("RetryImage"), DISTRIBUTE, distributed_and_failed),
    "cancel": TaskCase(
        ROLLOUT,
        READ_ROLLOUT | imagebuilder("CancelImageCreation"),
        {**DISTRIBUTE, "state": "cancelled", "wait": False},
        still_running,
    ),
    "drift": TaskCase(
        DRIFT,
        READ_ROLLOUT | LOOK | imagebuilder("ListImagePipelines", "ListImagePipelineImages"),
        {"name": "web", **ASSUME},
        everything_distributed,
        together=LOOKED,
    ),
    "drift of a certain image": TaskCase(
        DRIFT,
        GET | imagebuilder("GetImage") | {"ec2:DescribeImages", "ec2:DescribeImageAttribute"},
        {},
        distributed_by_arn,
    ),
    "repair": TaskCase(
        REPAIR,
        READ_ROLLOUT | LOOK | imagebuilder("ListImagePipelines", "ListImagePipelineImages") | REPAIRS,
        {"name": "web", **ASSUME},
        drifted,
        together=(*LOOKED, REPAIRS),
    ),
    "preflight": TaskCase(
        PREFLIGHT,
        GET
        | PIPELINES
        | {"ec2:DescribeRegions", "ec2:DescribeImages", "ec2:GetImageBlockPublicAccessState"}
        | {"ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"}
        | {"servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"}
        | {"kms:DescribeKey", "kms:GetKeyPolicy", "s3:ListBucket", "ssm:DescribeParameters", "ecr:DescribeRepositories"}
        | {"iam:GetRole", "iam:ListAttachedRolePolicies", "iam:SimulatePrincipalPolicy", "sts:AssumeRole"}
        | {"organizations:DescribeOrganization", "organizations:DescribeOrganizationalUnit"}
        | {"license-manager:GetLicenseConfiguration", "ec2:DescribeSnapshots", "ssm:GetParameter", "iam:PassRole"}
        | {"ec2:GetEbsEncryptionByDefault", "ec2:GetEbsDefaultKmsKeyId"},
        {"name": "web", "execution_role": "dist", **ASSUME},
        ready_for_everything,
        # One at a time they are tried in test_preflight_permissions.py, with stubs.
        together=(
            {"sts:AssumeRole", "kms:GetKeyPolicy", "organizations:DescribeOrganization", "iam:GetRole", "s3:ListBucket"}
            | {"license-manager:GetLicenseConfiguration", "ecr:DescribeRepositories", "servicequotas:GetServiceQuota"}
            | PIPELINES,
            {"ec2:DescribeRegions", "ec2:DescribeSnapshots", "ec2:GetImageBlockPublicAccessState", "kms:DescribeKey"}
            | {"ec2:DescribeLaunchTemplates", "organizations:DescribeOrganizationalUnit", "ssm:DescribeParameters"}
            | {"iam:ListAttachedRolePolicies", "servicequotas:GetAWSDefaultServiceQuota"},
            {"ec2:DescribeLaunchTemplateVersions", "iam:SimulatePrincipalPolicy", "ec2:DescribeImages"},
            {"ssm:GetParameter", "ec2:GetEbsEncryptionByDefault"},
            {"iam:PassRole", "ec2:GetEbsDefaultKmsKeyId"},
        ),
    ),
    "preflight of an image of Image Builder": TaskCase(
        PREFLIGHT,
        GET
        | PIPELINES
        | imagebuilder("GetImage")
        | {"ec2:DescribeRegions", "ec2:DescribeImages", "ec2:DescribeSnapshots"}
        | {"servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"},
        {"name": "web"},
        image_of_image_builder,
    ),
    "retire": TaskCase(
        RETENTION,
        RETIRE | imagebuilder("DeleteImage"),
        {"name": "web", "keep": 1, "execution_role": "dist", "wait_delay": 1, **ASSUME},
        retired,
    ),
    "deprecate": TaskCase(
        RETENTION,
        RETIRE,
        {"name": "web", "keep": 1, "action": "deprecate", "execution_role": "dist", "wait_delay": 1, **ASSUME},
        retired,
    ),
    "nothing to retire": TaskCase(
        RETENTION, READ_ROLLOUT, {"name": "web", "keep": 1, "execution_role": "dist", **ASSUME}, distributed_as_web
    ),
    "a set of a spec": TaskCase(
        SET,
        CREATE | TAG | DELETE | LIST,
        {
            "distribution_configurations": [{"name": "new", "distributions": [AMI]}],
            "spec_id": "web",
            "release": ["released"],
            "purge": True,
        },
        set_of_a_spec,
    ),
    "an execution role": TaskCase(
        EXECUTION,
        LIST | READ_ROLE | {"iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"},
        {**DIST, "use": "pipeline", "log_group": "/web"},
        no_roles,
    ),
    "another execution role": TaskCase(
        EXECUTION,
        LIST | READ_ROLE | {"iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:PutRolePermissionsBoundary"},
        {**DIST, "tags": OWNED, "permissions_boundary": f"arn:aws:iam::{SOURCE}:policy/boundary"},
        our_role,
    ),
    "an execution role without policy": TaskCase(
        EXECUTION,
        LIST | READ_ROLE | {"iam:DeleteRolePolicy"},
        {**DIST, "distributions": [AMI], "use": "pipeline", "adopt": True},
        our_role_alone,
    ),
    "no execution role": TaskCase(
        EXECUTION,
        LIST | READ_ROLE | DELETE_ROLE | USERS,
        {"name": "dist", "spec_id": "web", "state": "absent"},
        our_role_alone,
    ),
    "an execution role that is used": TaskCase(
        EXECUTION,
        LIST
        | {"iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole"}
        | USERS
        | imagebuilder("GetImage"),
        {"name": "dist", "spec_id": "web", "state": "absent"},
        our_role_at_work,
    ),
    "a cross-account role": TaskCase(
        CROSS,
        LIST | {"sts:AssumeRole", "iam:GetRole", "iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"},
        CROSSED,
        no_roles,
    ),
    "a cross-account role of others": TaskCase(
        CROSS,
        LIST
        | READ_ROLE
        | {"sts:AssumeRole", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePolicy"},
        CROSSED,
        cross_account_role_of_others,
    ),
    "a cross-account role without policy": TaskCase(
        CROSS,
        LIST | READ_ROLE | {"sts:AssumeRole", "iam:DeleteRolePolicy"},
        {**CROSSED, "distributions": [{**TO_TARGET, "ssm_parameter_configurations": []}]},
        cross_account_role_of_ours,
    ),
    "no cross-account role": TaskCase(
        CROSS,
        LIST | READ_ROLE | DELETE_ROLE | {"sts:AssumeRole"},
        {**CROSSED, "state": "absent"},
        cross_account_role_of_ours,
    ),
    "an account that left": TaskCase(
        CROSS,
        LIST | {"iam:GetRole", "iam:GetRolePolicy", "iam:UntagRole", "sts:AssumeRole"},
        {"spec_id": "web", "distributions": [AMI], "execution_role_arns": ["dist"], **ASSUME},
        account_that_left,
    ),
    "accounts that left": TaskCase(
        CROSS,
        LIST | {"iam:GetRole", "iam:GetRolePolicy", "iam:TagRole", "sts:AssumeRole"},
        {
            "spec_id": "web",
            "distributions": [AMI],
            "execution_role_arns": ["dist"],
            "target_account_roles": {TARGET: f"arn:aws:iam::{TARGET}:role/{READER}"},
        },
        accounts_that_left,
    ),
    "attach": TaskCase(
        ATTACHMENT,
        CHANGE_PIPELINE | {"iam:PassRole"},
        {"execution_role": ROLE},
        attachable,
    ),
    "attach to a pipeline of containers": TaskCase(
        ATTACHMENT,
        (CHANGE_PIPELINE | imagebuilder("GetContainerRecipe", "GetWorkflow") | {"iam:PassRole"})
        - imagebuilder("GetImageRecipe"),
        {},
        attachable_to_containers,
    ),
    "attach a new role": TaskCase(
        ATTACHMENT,
        CHANGE_PIPELINE | {"iam:PassRole", "iam:GetRole"},
        {"execution_role": ROLE},
        attachable_with_a_new_role,
    ),
    "what is attached": TaskCase(ATTACHMENT, imagebuilder("GetImagePipeline"), {"execution_role": ROLE}, attached),
}
