"""Questions about what a rollout does and how it fails. Each takes a rollout that runs to its end.

All but the last distribute the source AMI within its own Region, where nothing is copied if our first answer is right.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.live.question import question
from tests.live.sandbox import NAME
from tests.live.sandbox import Sandbox
from tests.live.sandbox import TAG

IMAGE = ("source_image",)


@question(
    "Is the AMI that a rollout has in its own Region the source AMI itself?",
    expects=r"\[true\]",
    source="AWS's gated distribution sample: the AMI exists, so nothing is copied; for DistributeImage our inference",
    needs=IMAGE,
    waits=True,
)
def home_is_the_source(sandbox: Sandbox) -> str:
    return sandbox.rolled_out(
        sandbox.entry(),
        show=lambda image: [ami.get("image") == sandbox.asked.source_image for ami in image["outputResources"]["amis"]],
    )


@question(
    "Which steps does the workflow of a rollout have?",
    expects=r'\["ApplyImageConfigurations", "DistributeImage", "ModifyImageAttributes"\]',
    source="AWS's gated distribution sample shows the managed workflow; that DistributeImage uses it is our guess",
    needs=IMAGE,
    waits=True,
)
def steps_of_a_rollout(sandbox: Sandbox) -> str:
    def steps(image: dict[str, Any]) -> list[str]:
        return sorted(step["action"] for step in _steps(sandbox, image))

    return sandbox.rolled_out(sandbox.entry(), show=steps)


@question(
    "Which lists do the steps of a rollout output?",
    expects=r'\["configuredImages", "distributedImages", "modifiedImages"\]',
    source="user guide, step actions of workflow documents",
    needs=IMAGE,
    waits=True,
)
def outputs_of_the_steps(sandbox: Sandbox) -> str:
    def outputs(image: dict[str, Any]) -> list[str]:
        read = sandbox.builder.get_workflow_step_execution
        answers = [read(stepExecutionId=step["stepExecutionId"]) for step in _steps(sandbox, image)]
        return sorted(name for answer in answers for name in json.loads(answer.get("outputs", "{}")))

    return sandbox.rolled_out(sandbox.entry(), show=outputs)


@question(
    "What does GetImage show of each AMI?",
    expects=r'\["accountId", ("description", )?"image", "name", "region", "state"\]',
    source="service model of botocore 1.44.5, Ami; older samples lack accountId",
    needs=IMAGE,
    waits=True,
)
def members_of_an_output(sandbox: Sandbox) -> str:
    return sandbox.rolled_out(
        sandbox.entry(), show=lambda image: sorted({name for ami in image["outputResources"]["amis"] for name in ami})
    )


@question(
    "Which version of a launch template is the new one based on, and does it become the default version?",
    expects=r'\["t3\.micro", 3\]',
    source="not documented; the default version is assumed, where the latest one differs",
    needs=IMAGE,
    waits=True,
)
def version_of_a_launch_template(sandbox: Sandbox) -> str:
    ec2 = sandbox.client("ec2")
    template = ec2.create_launch_template(
        LaunchTemplateName=sandbox.name,
        LaunchTemplateData={"InstanceType": "t3.micro"},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": TAG, "Value": "contract"}]}],
    )["LaunchTemplate"]["LaunchTemplateId"]
    sandbox.remove_later(f"launch template {template}", lambda: ec2.delete_launch_template(LaunchTemplateId=template))
    ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"InstanceType": "t3.small"})

    def newest(_image: dict[str, Any]) -> list[Any]:
        versions = ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"]
        latest = max(versions, key=lambda one: one["VersionNumber"])
        default = next(one["VersionNumber"] for one in versions if one["DefaultVersion"])
        return [latest["LaunchTemplateData"].get("InstanceType"), default]

    return sandbox.rolled_out(
        sandbox.entry(
            amiDistributionConfiguration={"name": NAME},
            launchTemplateConfigurations=[{"launchTemplateId": template}],
        ),
        show=newest,
    )


@question(
    "Does a rollout replace an SSM parameter in a tag with its value, and set the tag on the source AMI?",
    expects="goldimage",
    source="aws-cli, sample of get-distribution-configuration has one; what becomes of it is not documented",
    needs=IMAGE,
    waits=True,
)
def parameter_in_a_tag(sandbox: Sandbox) -> str:
    tags = {TAG: f"{{{{ssm:{sandbox.put_parameter()}}}}}"}
    return sandbox.rolled_out(
        sandbox.entry(amiDistributionConfiguration={"name": NAME, "amiTags": tags}),
        show=lambda image: sandbox.source_tags().get(TAG),
    )


@question(
    "How does a rollout fail with a tag that names an SSM parameter that does not exist?",
    expects=r"FAILED: .*not found.*",
    source="not documented",
    needs=IMAGE,
    waits=True,
)
def unknown_parameter_in_a_tag(sandbox: Sandbox) -> str:
    tags = {TAG: f"{{{{ssm:/imagebuilder/{sandbox.name}}}}}"}
    return sandbox.rolled_out(sandbox.entry(amiDistributionConfiguration={"name": NAME, "amiTags": tags}))


@question(
    "How does a rollout fail with an SSM parameter that exists with another data type?",
    expects=r"FAILED: PUT_SSM_PARAMETERS: .*HierarchyTypeMismatchException.*",
    source="Systems Manager API has the error for a change of the type; for the data type it is our guess",
    needs=IMAGE,
    waits=True,
)
def parameter_of_another_data_type(sandbox: Sandbox) -> str:
    parameters = [{"parameterName": sandbox.put_parameter(DataType="text"), "dataType": "aws:ec2:image"}]
    return sandbox.rolled_out(
        sandbox.entry(amiDistributionConfiguration={"name": NAME}, ssmParameterConfigurations=parameters)
    )


@question(
    "Which data type does a rollout give a parameter that is configured without one?",
    expects="text",
    source="not documented; it is the default of Systems Manager",
    needs=IMAGE,
    waits=True,
)
def data_type_of_a_parameter(sandbox: Sandbox) -> str:
    name = sandbox.parameter()
    return sandbox.rolled_out(
        sandbox.entry(
            amiDistributionConfiguration={"name": NAME}, ssmParameterConfigurations=[{"parameterName": name}]
        ),
        show=lambda image: sandbox.client("ssm").get_parameter(Name=name)["Parameter"]["DataType"],
    )


@question(
    "How does a rollout fail with an organization that does not exist?",
    expects=r"FAILED: no step: .*InvalidAMIAttributeItemValue.*",
    source="EC2 API, error codes: the one for launch permissions; for organizations it is our guess",
    needs=IMAGE,
    waits=True,
)
def unknown_organization(sandbox: Sandbox) -> str:
    permission = {"organizationArns": [sandbox.unknown_organization()]}
    return sandbox.rolled_out(
        sandbox.entry(amiDistributionConfiguration={"name": NAME, "launchPermission": permission})
    )


@question(
    "How does a rollout fail with an organizational unit that does not exist?",
    expects=r"FAILED: no step: .*InvalidAMIAttributeItemValue.*",
    source="EC2 API, error codes: the one for launch permissions; for organizational units it is our guess",
    needs=IMAGE,
    waits=True,
)
def unknown_organizational_unit(sandbox: Sandbox) -> str:
    permission = {"organizationalUnitArns": [sandbox.unknown_organization(unit=True)]}
    return sandbox.rolled_out(
        sandbox.entry(amiDistributionConfiguration={"name": NAME, "launchPermission": permission})
    )


@question(
    "Can an AMI be shared with the organization that its account belongs to?",
    expects="ok",
    source="EC2 user guide, share an AMI with organizations",
    needs=("source_image", "organization"),
    waits=True,
)
def own_organization(sandbox: Sandbox) -> str:
    permission = {"organizationArns": [sandbox.asked.organization]}
    return sandbox.rolled_out(
        sandbox.entry(amiDistributionConfiguration={"name": NAME, "launchPermission": permission})
    )


@question(
    "How does a rollout fail with a licence configuration that does not exist?",
    expects=r"FAILED: ASSOCIATE_LICENSES: .*InvalidParameterValue.*",
    source="service model of botocore, license-manager; how Image Builder reports it is our guess",
    needs=IMAGE,
    waits=True,
)
def unknown_license_at_the_rollout(sandbox: Sandbox) -> str:
    return sandbox.rolled_out(_with_license(sandbox, sandbox.unknown_license()))


@question(
    "How does a rollout fail with a licence configuration of another Region?",
    expects=r"FAILED: ASSOCIATE_LICENSES: .*InvalidParameterValue.*",
    source="License Manager works in one Region; how Image Builder reports it is our guess",
    needs=IMAGE,
    waits=True,
)
def license_of_another_region_at_the_rollout(sandbox: Sandbox) -> str:
    manager = sandbox.client("license-manager", sandbox.other_region)
    arn = manager.create_license_configuration(
        Name=sandbox.name, LicenseCountingType="vCPU", Tags=[{"Key": TAG, "Value": "contract"}]
    )["LicenseConfigurationArn"]
    sandbox.remove_later(
        f"licence configuration {arn}", lambda: manager.delete_license_configuration(LicenseConfigurationArn=arn)
    )
    return sandbox.rolled_out(_with_license(sandbox, arn))


@question(
    "Does a rollout write a parameter after the step for licences has failed in the same Region?",
    expects="not written",
    source="not documented; a failure is assumed to prevent the later steps in its Region",
    needs=IMAGE,
    waits=True,
)
def steps_after_a_failure(sandbox: Sandbox) -> str:
    name = sandbox.parameter()
    said = sandbox.rolled_out(
        {**_with_license(sandbox, sandbox.unknown_license()), "ssmParameterConfigurations": [{"parameterName": name}]}
    )
    return _written(sandbox, name, said)


@question(
    "Can a rollout be retried that failed after its copies?",
    expects="ok",
    source="the user guide says yes, the service model of RetryImage names other phases only",
    needs=IMAGE,
    waits=True,
)
def retry_after_the_copies(sandbox: Sandbox) -> str:
    arn = sandbox.create(_with_license(sandbox, sandbox.unknown_license()))["distributionConfigurationArn"]
    image = sandbox.distribute(arn)
    status = sandbox.settled(image)["state"]["status"]
    if status != "FAILED":
        return f"the rollout did not fail: {status}"
    return sandbox.outcome(
        lambda: sandbox.builder.retry_image(imageBuildVersionArn=image, clientToken=str(uuid.uuid4()))
    )


@question(
    "How does a rollout fail in a Region that is disabled in the account?",
    expects=r"FAILED: no step: .*",
    source="not documented",
    needs=IMAGE,
    waits=True,
)
def disabled_region(sandbox: Sandbox) -> str:
    return sandbox.rolled_out(sandbox.entry(sandbox.disabled_region()))


@question(
    "Does a rollout write a parameter in a Region after the copy to another one has failed?",
    expects="not written",
    source="AWS's gated distribution sample: later steps use the copies that succeeded; whether they run is our guess",
    needs=IMAGE,
    waits=True,
)
def settings_after_a_failed_copy(sandbox: Sandbox) -> str:
    disabled, name = sandbox.disabled_region(), sandbox.parameter()
    parameters = [{"parameterName": name}]
    said = sandbox.rolled_out(
        sandbox.entry(amiDistributionConfiguration={"name": NAME}, ssmParameterConfigurations=parameters),
        sandbox.entry(disabled),
    )
    return _written(sandbox, name, said)


@question(
    "How does a rollout fail in a target account without the cross-account role?",
    expects=r"FAILED: no step: .*sts:AssumeRole.*",
    source="AWS's cross-account sample names the refused action; the text is not documented",
    needs=("source_image", "account_without_role"),
    waits=True,
)
def account_without_the_role(sandbox: Sandbox) -> str:
    settings = {"name": NAME, "targetAccountIds": [sandbox.asked.account_without_role]}
    return sandbox.rolled_out(sandbox.entry(amiDistributionConfiguration=settings))


@question(
    "Which tags of the service do a copy and its snapshots have?",
    expects=r'\{"ami": \["CreatedBy", "Ec2ImageBuilderArn"\], "snapshots": \["CreatedBy"\]\}',
    source="the managed policies depend on CreatedBy; that copies of DistributeImage have the tags is our inference",
    needs=("source_image", "copies"),
    waits=True,
)
def tags_of_a_copy(sandbox: Sandbox) -> str:
    ec2 = sandbox.client("ec2", sandbox.other_region)

    def tags(image: dict[str, Any]) -> dict[str, list[str]]:
        copies = [ami["image"] for ami in image["outputResources"]["amis"] if ami["region"] == sandbox.other_region]
        copy = ec2.describe_images(ImageIds=copies)["Images"][0]
        disks = [one["Ebs"]["SnapshotId"] for one in copy["BlockDeviceMappings"] if "SnapshotId" in one.get("Ebs", {})]
        snapshots = ec2.describe_snapshots(SnapshotIds=disks)["Snapshots"]
        return {
            "ami": sorted({tag["Key"] for tag in copy.get("Tags", [])}),
            "snapshots": sorted({tag["Key"] for one in snapshots for tag in one.get("Tags", [])}),
        }

    return sandbox.rolled_out(sandbox.entry(sandbox.other_region), show=tags)


def _steps(sandbox: Sandbox, image: dict[str, Any]) -> list[dict[str, Any]]:
    runs = sandbox.builder.list_workflow_executions(imageBuildVersionArn=image["arn"])["workflowExecutions"]
    answer = sandbox.builder.list_workflow_step_executions(workflowExecutionId=runs[0]["workflowExecutionId"])
    return list(answer["steps"])


def _with_license(sandbox: Sandbox, arn: str) -> dict[str, Any]:
    return sandbox.entry(amiDistributionConfiguration={"name": NAME}, licenseConfigurationArns=[arn])


def _written(sandbox: Sandbox, name: str, said: str) -> str:
    """Whether a rollout that should have failed wrote a parameter. `said` is its outcome."""
    if not said.startswith("FAILED"):
        return f"the rollout did not fail: {said}"
    read = sandbox.outcome(lambda: sandbox.client("ssm").get_parameter(Name=name), show=lambda answer: "written")
    return "not written" if read.startswith("ParameterNotFound ") else read
