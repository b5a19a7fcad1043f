"""AWS's answer does not fit the service model: an error that names the field, never a crash or a wrong `changed`."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import rollouts

from tests.unit import images
from tests.unit import shapes
from tests.unit.hostile import canned
from tests.unit.hostile import offline
from tests.unit.hostile.violations import configurations

pytestmark = pytest.mark.current_botocore

ARN = images.CONFIGURATION
PIPELINE = f"arn:aws:imagebuilder:{images.REGION}:{images.ACCOUNT}:image-pipeline/web"
AMI = {"name": "web [[ imagebuilder:buildDate ]]"}
TAGS = {"Team": "platform"}


GROUP = (
    "<AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName><LaunchTemplate><LaunchTemplateId>"
    "lt-0ab1234c56d789012</LaunchTemplateId><Version>1</Version></LaunchTemplate></member></AutoScalingGroups>"
)
LAUNCH = (
    "<LaunchConfigurations><member><LaunchConfigurationName>web</LaunchConfigurationName><ImageId>"
    "ami-0aaaaaaaaaaaaaaaa</ImageId></member></LaunchConfigurations>"
)


def _ec2(operation, content):
    answer = f"{operation}Response"
    return f'<{answer} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">{content}</{answer}>'


def _autoscaling(operation, content):
    answer, result = f"{operation}Response", f"{operation}Result"
    space = "http://autoscaling.amazonaws.com/doc/2011-01-01/"
    return f'<{answer} xmlns="{space}"><{result}>{content}</{result}></{answer}>'


def scenarios(model):
    """Name -> (module, options, script, whether it changes something)."""
    shape = model.operation_model("CreateDistributionConfiguration").input_shape
    body = next(configurations(model))
    options = {shapes.snake(key): shapes.options(shape.members[key], value) for key, value in body.items()}
    stored = {**body, "arn": ARN, "name": "web", "timeoutMinutes": 60, "dateCreated": "2026-01-01", "tags": TAGS}
    whole = {**options, "name": "web", "tags": TAGS}
    read = {"requestId": "1", "distributionConfiguration": stored}
    page = {
        "requestId": "1",
        "distributionConfigurationSummaryList": [
            {"arn": ARN, "name": "web", "description": "example", "tags": TAGS, "regions": ["us-west-2"]},
            {"arn": ARN + "-old", "name": "web-old", "dateCreated": "2025-01-01", "tags": TAGS, "regions": []},
        ],
    }
    pipelines = {
        "requestId": "1",
        "imagePipelineList": [
            {"arn": PIPELINE, "name": "web", "status": "ENABLED", "distributionConfigurationArn": ARN}
        ],
    }
    written = {"requestId": "1", "clientToken": "t", "distributionConfigurationArn": ARN}
    light = {"name": "web", "distributions": [{"region": "eu-west-1", "ami_distribution_configuration": AMI}]}
    light["distributions"][0]["ssm_parameter_configurations"] = [{"parameter_name": "/web"}]
    entry = {**images.ENTRY, "ssmParameterConfigurations": [{"parameterName": "/web"}]}
    small = {
        "requestId": "1",
        "distributionConfiguration": {
            "arn": ARN,
            "name": "web",
            "tags": TAGS,
            "distributions": [entry],
            "timeoutMinutes": 1,
        },
    }
    tags = rollouts.identity_tags(images.SOURCE, ARN, [images.ENTRY])
    out = images.image("AVAILABLE", amis=[images.ami()], distributions=[entry], tags=tags)
    steps = {"requestId": "1", "steps": [{"name": "Copy", "status": "RUNNING", "message": "so far"}]}
    workflows = {
        "requestId": "1",
        "workflowExecutions": [
            {"workflowExecutionId": "wf-1", "type": "DISTRIBUTION", "status": "RUNNING", "totalStepCount": 2}
        ],
    }
    pipeline = {
        "requestId": "1",
        "imagePipeline": {
            "arn": PIPELINE,
            "name": "web",
            "status": "ENABLED",
            "imageRecipeArn": f"arn:aws:imagebuilder:{images.REGION}:{images.ACCOUNT}:image-recipe/web/1.0.0",
            "infrastructureConfigurationArn": PIPELINE.replace("image-pipeline", "infrastructure-configuration"),
            "schedule": {"scheduleExpression": "rate(1 day)"},
            "imageTestsConfiguration": {"imageTestsEnabled": True, "timeoutMinutes": 60},
        },
    }
    parameter = {"Parameter": {"Name": "/web", "Type": "String", "Value": "ami-1", "Version": 1, "DataType": "text"}}
    ami = (
        '<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><imagesSet><item>'
        "<imageId>ami-0123456789abcdef0</imageId><imageState>available</imageState><name>web 1</name>"
        "<blockDeviceMapping><item><ebs><snapshotId>snap-1</snapshotId></ebs></item></blockDeviceMapping>"
        "<tagSet><item><key>a</key><value>b</value></item></tagSet></item></imagesSet></DescribeImagesResponse>"
    )
    permissions = (
        '<DescribeImageAttributeResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        "<imageId>ami-0123456789abcdef0</imageId><launchPermission><item><userId>111122223333</userId></item>"
        "</launchPermission></DescribeImageAttributeResponse>"
    )
    modified = (
        '<ModifyImageAttributeResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><return>true</return>'
        "</ModifyImageAttributeResponse>"
    )
    versions = (
        '<DescribeLaunchTemplateVersionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        "<launchTemplateVersionSet><item><launchTemplateId>lt-0ab1234c56d789012</launchTemplateId>"
        "<versionNumber>1</versionNumber><defaultVersion>true</defaultVersion><launchTemplateData>"
        "<imageId>ami-0aaaaaaaaaaaaaaaa</imageId></launchTemplateData></item></launchTemplateVersionSet>"
        "</DescribeLaunchTemplateVersionsResponse>"
    )
    no_images = _ec2("DescribeImages", "<imagesSet/>")
    newer = {**out, "arn": images.arn(2), "dateCreated": "2026-03-03T00:00:00.000Z"}
    older = images.image("AVAILABLE", amis=[images.ami(identifier="ami-0bbbbbbbbbbbbbbbb")], tags=tags)
    regions = (
        '<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo><item>'
        "<regionName>eu-west-1</regionName><optInStatus>opt-in-not-required</optInStatus></item></regionInfo>"
        "</DescribeRegionsResponse>"
    )
    one = "imagebuilder_distribution"
    rollout = {"source_image": images.SOURCE, "name": "web", "execution_role": "web", "wait": False}
    missing = (404, "ResourceNotFoundException")
    # What comparing what is live with the configuration reads.
    compared = {
        "GetDistributionConfiguration": [small],
        "ListImageBuildVersions": [{"imageSummaryList": [images.summary(out)]}],
        "ListImagePipelines": [pipelines],
        "ListImagePipelineImages": [{"imageSummaryList": [images.summary(out)]}],
        "GetImage": [{"image": out}],
        "DescribeImages": [ami],
        "DescribeImageAttribute": [permissions],
        "GetParameter": [parameter],
    }
    return {
        "unchanged": (one, whole, {"GetDistributionConfiguration": [read]}, False),
        "update": (
            one,
            {**light, "description": "new", "tags": {"Other": "x"}},
            {
                "GetDistributionConfiguration": [small],
                "UpdateDistributionConfiguration": [written],
                "TagResource": [{}],
                "UntagResource": [{}],
            },
            True,
        ),
        "create": (
            one,
            light,
            {"GetDistributionConfiguration": [missing, small], "CreateDistributionConfiguration": [written]},
            True,
        ),
        "delete": (
            one,
            {"name": "web", "state": "absent"},
            {"GetDistributionConfiguration": [small], "DeleteDistributionConfiguration": [written]},
            True,
        ),
        "set": (
            "imagebuilder_distribution_set",
            {
                "distribution_configurations": [{**light, "tags": {}}],
                "ownership_tags": TAGS,
                "purge": True,
                "workers": 1,
            },
            {
                "ListDistributionConfigurations": [page],
                "GetDistributionConfiguration": [small],
                "DeleteDistributionConfiguration": [written],
            },
            True,
        ),
        "info": (
            "imagebuilder_distribution_info",
            {"pipelines": True},
            {
                "ListDistributionConfigurations": [page],
                "GetDistributionConfiguration": [small],
                "ListImagePipelines": [pipelines],
            },
            False,
        ),
        "rollout": (
            "imagebuilder_image_distribution",
            rollout,
            {
                "GetDistributionConfiguration": [small],
                "ListImageBuildVersions": [{"requestId": "1", "imageSummaryList": [images.summary(out)]}],
                "GetImage": [{"requestId": "1", "image": out}],
                "DistributeImage": [{"clientToken": "t", "imageBuildVersionArn": images.arn(2)}],
                "ListWorkflowExecutions": [workflows],
                "ListWorkflowStepExecutions": [steps],
            },
            True,
        ),
        "source from a parameter": (
            "imagebuilder_image_distribution",
            {**rollout, "source_image": "ssm:/web", "progress": False},
            {
                "GetDistributionConfiguration": [small],
                "GetParameter": [{"Parameter": {**parameter["Parameter"], "Value": images.SOURCE}}],
                "ListImageBuildVersions": [{}],
                "DistributeImage": [{"clientToken": "t", "imageBuildVersionArn": images.arn(2)}],
                "GetImage": [{"image": images.image("PENDING", 2)}],
            },
            True,
        ),
        "drift": (
            "imagebuilder_image_distribution_info",
            {"name": "web", "workers": 1},
            compared,
            False,
        ),
        "repair": (
            "imagebuilder_image_distribution_repair",
            {"name": "web", "workers": 1},
            {
                **compared,
                "ModifyImageAttribute": [modified],
                "PutParameter": [{"Version": 2, "Tier": "Standard"}],
            },
            True,
        ),
        "retention": (
            "imagebuilder_image_retention",
            {"name": "web", "keep": 1, "execution_role": "web", "workers": 1},
            {
                "GetDistributionConfiguration": [small],
                "ListImageBuildVersions": [{"imageSummaryList": [images.summary(one) for one in (newer, older)]}],
                # The last one is read after the work is done.
                "GetImage": [{"image": newer}, {"image": older}, {"image": {**older, "state": {"status": "DELETED"}}}],
                "DescribeImages": [no_images],
                "DescribeInstances": [_ec2("DescribeInstances", "<reservationSet/>")],
                "DescribeFleets": [_ec2("DescribeFleets", "<fleetSet/>")],
                "DescribeSpotFleetRequests": [_ec2("DescribeSpotFleetRequests", "<spotFleetRequestConfigSet/>")],
                "DescribeSpotInstanceRequests": [_ec2("DescribeSpotInstanceRequests", "<spotInstanceRequestSet/>")],
                "DescribeAutoScalingGroups": [_autoscaling("DescribeAutoScalingGroups", GROUP)],
                "DescribeLaunchConfigurations": [_autoscaling("DescribeLaunchConfigurations", LAUNCH)],
                "DescribeParameters": [{"Parameters": [{"Name": "/other", "DataType": "text"}]}],
                "GetParameters": [{"Parameters": [{"Name": "/other", "Value": "ami-0aaaaaaaaaaaaaaaa"}]}],
                "ListImageRecipes": [{"imageRecipeSummaryList": [{"arn": "arn:x", "parentImage": "ami-1"}]}],
                "ListContainerRecipes": [{"containerRecipeSummaryList": [{"arn": "arn:y", "parentImage": "z"}]}],
                "GetParameter": [parameter],
                "DescribeLaunchTemplateVersions": [versions],
                "ListLifecycleExecutions": [{"lifecycleExecutions": []}],
                "StartResourceStateUpdate": [{"lifecycleExecutionId": "lce-1", "resourceArn": older["arn"]}],
                "GetLifecycleExecution": [
                    {"lifecycleExecution": {"lifecycleExecutionId": "lce-1", "state": {"status": "SUCCESS"}}}
                ],
                "ListLifecycleExecutionResources": [{"resources": []}],
            },
            True,
        ),
        "attachment": (
            "imagebuilder_pipeline_attachment",
            {"image_pipeline_arn": PIPELINE, "distribution_configuration_arn": ARN},
            {"GetImagePipeline": [pipeline], "UpdateImagePipeline": [{"imagePipelineArn": PIPELINE}]},
            True,
        ),
        "preflight": (
            "imagebuilder_distribution_preflight_info",
            {"name": "web", "execution_role": "web", "workers": 1},
            {
                "GetDistributionConfiguration": [small],
                "DescribeRegions": [regions],
            },
            False,
        ),
    }


TYPES = ("text at", "number at", "list at", "whole")
IMAGE_BUILDERS = ("Configuration", "Configurations", "Image", "Images", "Pipeline", "Pipelines", "Versions", "Resource")

SCENARIOS = [
    "unchanged",
    "update",
    "create",
    "delete",
    "set",
    "info",
    "rollout",
    "source from a parameter",
    "drift",
    "repair",
    "retention",
    "attachment",
    "preflight",
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_malformed_answer_is_an_error_that_says_where(scenario, service_model, monkeypatch):
    offline.share_session(monkeypatch)
    module, options, script, changes = scenarios(service_model)[scenario]
    ended, answers = canned.run(module, options, script, monkeypatch)
    assert not ended.result.get("failed"), ended.message
    assert ended.result["changed"] is changes
    assert {operation for operation in script if operation not in answers.asked} == set()

    wrong, tried = [], 0
    for operation, bodies in {"GetCallerIdentity": [canned.IDENTITY], **script}.items():
        for number, body in enumerate(bodies):
            for done, bad in canned.malformed(body) if not isinstance(body, tuple) else ():
                tried += 1
                ended, answers = canned.run(
                    module,
                    options,
                    {**script, operation: [*bodies[:number], bad, *bodies[number + 1 :]]},
                    monkeypatch,
                )
                fault = _fault(ended, answers, operation, done)
                if fault:
                    wrong.append(f"{operation} {number} {done}: {fault}")
    assert not wrong, f"{len(wrong)} of {tried}\n" + "\n".join(wrong)


def _fault(ended, answers, operation, done):
    """What is wrong with how a module ended, None if nothing is."""
    result = ended.result or {}
    if offline.crashed(ended._replace(result={**result, "exception": None})):
        return f"crashed: {ended.message[:250]} {result.get('exception')}"
    if result.get("changed", False) is not bool(answers.written) and operation not in answers.written:
        return f"changed is {result.get('changed')}, written was {answers.written}: {ended.message[:200]}"
    # Image Builder's own answers decide what is done. What other services say about a target is judged by target,
    # and what cannot be read after a write is a warning.
    decisive = operation.endswith(IMAGE_BUILDERS) and not operation.startswith("Describe") and not answers.written
    if decisive and done.startswith(TYPES) and not (result.get("failed") and operation in ended.message):
        return f"taken: {ended.message[:200]}"
    return None
