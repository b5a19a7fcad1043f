"""Questions about what an entry of a configuration must and may hold, and what is looked up. They cost nothing."""

from __future__ import annotations

from tests.live.expected import MODEL
from tests.live.expected import not_valid
from tests.live.question import question
from tests.live.sandbox import NAME
from tests.live.sandbox import Sandbox


@question(
    "May two entries name the same Region?",
    expects=not_valid("distributions"),
    source=f"{MODEL}, DistributionList: a Region at most once; code and text are not documented",
)
def duplicate_region(sandbox: Sandbox) -> str:
    return sandbox.created(sandbox.entry(), sandbox.entry())


@question(
    "Does Create refuse an empty list of distributions?",
    expects="ok",
    source=f"{MODEL} has no minimum; not documented, and the module refuses it",
)
def no_distributions(sandbox: Sandbox) -> str:
    return sandbox.created(distributions=[])


@question(
    "How does Create refuse an entry without any output?",
    expects=not_valid(r"distributions\[0\]", r"One or more outputs should be provided for each region.*"),
    source="hashicorp/terraform-provider-aws #17390",
    confirmed=True,
)
def no_output(sandbox: Sandbox) -> str:
    return sandbox.created({"region": sandbox.region})


@question(
    "Is an empty AMI block an output?",
    expects=not_valid(r"distributions\[0\]"),
    source="not documented; the safe choice",
)
def empty_ami_block(sandbox: Sandbox) -> str:
    return sandbox.created(sandbox.entry(amiDistributionConfiguration={}))


@question(
    "Are SSM parameters alone an output?",
    expects="ok",
    source="aws-cdk synthesises it in its tests; no live acceptance is known",
)
def parameters_alone(sandbox: Sandbox) -> str:
    return sandbox.created(sandbox.entry(ssmParameterConfigurations=[{"parameterName": f"/{sandbox.name}"}]))


@question(
    "May an entry have an AMI block and a container block?",
    expects="ok",
    source="aws-cdk, integration test of all parameters (deployed through CloudFormation)",
    confirmed=True,
)
def ami_and_container(sandbox: Sandbox) -> str:
    return sandbox.created(
        sandbox.entry(
            amiDistributionConfiguration={"name": NAME},
            containerDistributionConfiguration={"targetRepository": {"service": "ECR", "repositoryName": sandbox.name}},
        )
    )


@question(
    "Does Create refuse fewer than six parallel launches for Fast Launch?",
    expects="ok",
    source=f"{MODEL} has a minimum of 1, EC2 one of 6; the rollout refuses it",
)
def few_parallel_launches(sandbox: Sandbox) -> str:
    settings = [{"enabled": True, "maxParallelLaunches": 5}]
    return sandbox.created(sandbox.entry(fastLaunchConfigurations=settings))


@question(
    "How does Create refuse a Fast Launch template with both id and name?",
    expects=r"InvalidParameterCombinationException 400: .*",
    source=f"{MODEL}: one or the other; the code is not documented",
)
def template_id_and_name(sandbox: Sandbox) -> str:
    template = {"launchTemplateId": "lt-0123456789abcdef0", "launchTemplateName": "web", "launchTemplateVersion": "1"}
    settings = [{"enabled": True, "maxParallelLaunches": 6, "launchTemplate": template}]
    return sandbox.created(sandbox.entry(fastLaunchConfigurations=settings))


@question(
    "Does Create refuse an amiAccountId that is not a target account?",
    expects="ok",
    source=f"{MODEL} has the rule; when it is checked is not documented",
)
def parameter_of_another_account(sandbox: Sandbox) -> str:
    parameters = [{"parameterName": f"/{sandbox.name}", "amiAccountId": "111122223333"}]
    return sandbox.created(
        sandbox.entry(amiDistributionConfiguration={"name": NAME}, ssmParameterConfigurations=parameters)
    )


@question(
    "Does Create refuse a launch template that does not exist?",
    expects="ok",
    source="the service authorization reference lists ec2:DescribeLaunchTemplates; acceptance is not known",
)
def unknown_launch_template(sandbox: Sandbox) -> str:
    return sandbox.created(sandbox.entry(launchTemplateConfigurations=[{"launchTemplateId": "lt-0123456789abcdef0"}]))


@question(
    "Does Create refuse a bucket that does not exist?",
    expects="ok",
    source="the service authorization reference lists s3:ListBucket; acceptance is not known",
)
def unknown_bucket(sandbox: Sandbox) -> str:
    export = {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": sandbox.name}
    return sandbox.created(sandbox.entry(s3ExportConfiguration=export))


@question(
    "Does Create refuse a Region that does not exist?",
    expects="ok",
    source="not documented; the module refuses it",
)
def unknown_region(sandbox: Sandbox) -> str:
    return sandbox.created(sandbox.entry(), sandbox.entry("eu-west-9"))


@question(
    "Does Create refuse a key of another Region?",
    expects="ok",
    source="aws-cdk, integration test: an invented alias is taken; CopyImage refuses it at the rollout",
)
def key_of_another_region(sandbox: Sandbox) -> str:
    key = f"arn:{sandbox.partition}:kms:{sandbox.other_region}:{sandbox.account}:alias/{sandbox.name}"
    return sandbox.created(sandbox.entry(amiDistributionConfiguration={"name": NAME, "kmsKeyId": key}))


@question(
    "Does Create refuse a licence configuration that does not exist?",
    expects="ok",
    source="aws-cdk, integration test of all parameters (deployed through CloudFormation)",
    confirmed=True,
)
def unknown_license_at_create(sandbox: Sandbox) -> str:
    return sandbox.created(
        sandbox.entry(amiDistributionConfiguration={"name": NAME}, licenseConfigurationArns=[sandbox.unknown_license()])
    )


@question(
    "Does Create refuse a licence configuration of another Region?",
    expects="ok",
    source="not documented; the rollout looks it up in the AMI's Region",
)
def license_of_another_region_at_create(sandbox: Sandbox) -> str:
    arns = [sandbox.unknown_license(sandbox.other_region)]
    return sandbox.created(sandbox.entry(amiDistributionConfiguration={"name": NAME}, licenseConfigurationArns=arns))


@question(
    "Does Create refuse an organization and an organizational unit that do not exist?",
    expects="ok",
    source="aws-cdk, integration test of all parameters (deployed through CloudFormation)",
    confirmed=True,
)
def unknown_organization_at_create(sandbox: Sandbox) -> str:
    permission = {
        "organizationArns": [sandbox.unknown_organization()],
        "organizationalUnitArns": [sandbox.unknown_organization(unit=True)],
    }
    return sandbox.created(sandbox.entry(amiDistributionConfiguration={"name": NAME, "launchPermission": permission}))


@question(
    "Does Create refuse a Region that is disabled in the account?",
    expects="ok",
    source="not documented; the copy fails at the rollout",
)
def disabled_region_at_create(sandbox: Sandbox) -> str:
    return sandbox.created(sandbox.entry(), sandbox.entry(sandbox.disabled_region()))


@question(
    "May a configuration leave out the Region that it is created in?",
    expects="ok",
    source=f"{MODEL} has no such rule; the console always lists the Region of the build",
)
def without_the_home_region(sandbox: Sandbox) -> str:
    return sandbox.created(sandbox.entry(sandbox.other_region))


@question(
    "May a configuration have launch templates in other Regions only?",
    expects="ok",
    source="the user guide of 2023 asks for one in the source Region; no tool seems to enforce it",
)
def template_in_another_region_only(sandbox: Sandbox) -> str:
    templates = [{"launchTemplateId": "lt-0123456789abcdef0"}]
    return sandbox.created(
        sandbox.entry(
            sandbox.other_region,
            amiDistributionConfiguration={"name": NAME},
            launchTemplateConfigurations=templates,
        )
    )


@question(
    "May a configuration have target accounts in other Regions only?",
    expects="ok",
    source="the user guide asks for an AMI block in the source Region for other accounts; enforcement is not known",
)
def accounts_in_another_region_only(sandbox: Sandbox) -> str:
    settings = {"name": NAME, "targetAccountIds": ["111122223333"]}
    return sandbox.created(sandbox.entry(sandbox.other_region, amiDistributionConfiguration=settings))
