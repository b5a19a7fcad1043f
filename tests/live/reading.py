"""Questions about what is read back, what an update keeps, and what does not exist. They cost nothing."""

from __future__ import annotations

import uuid
from typing import Any

from tests.live.expected import MODEL
from tests.live.expected import NOT_FOUND
from tests.live.question import question
from tests.live.sandbox import NAME
from tests.live.sandbox import Sandbox
from tests.live.sandbox import TAG


@question(
    "How does a data type read back that was not sent?",
    expects="null",
    source="not documented; the collection always sends it",
)
def data_type_read_back(sandbox: Sandbox) -> str:
    parameters = [{"parameterName": f"/{sandbox.name}"}]
    return sandbox.created(
        sandbox.entry(amiDistributionConfiguration={"name": NAME}, ssmParameterConfigurations=parameters),
        show=lambda found: found["distributions"][0]["ssmParameterConfigurations"][0].get("dataType"),
    )


@question(
    "How does setDefaultVersion read back that was not sent?",
    expects="null",
    source="not documented; the collection compares absent with true",
)
def default_version_read_back(sandbox: Sandbox) -> str:
    return sandbox.created(
        sandbox.entry(launchTemplateConfigurations=[{"launchTemplateId": "lt-0123456789abcdef0"}]),
        show=lambda found: found["distributions"][0]["launchTemplateConfigurations"][0].get("setDefaultVersion"),
    )


@question(
    "In which order do entries read back?",
    expects='"as sent"',
    source="not documented; the collection compares Regions as a set",
)
def order_of_entries(sandbox: Sandbox) -> str:
    regions = sorted((sandbox.region, sandbox.other_region), reverse=True)
    return sandbox.created(
        *(sandbox.entry(region) for region in regions),
        show=lambda found: ['"as sent"', '"another"'][[one["region"] for one in found["distributions"]] != regions],
    )


@question(
    "In which order do account ids read back?",
    expects='"as sent"',
    source="not documented; the collection compares them as a set",
)
def order_of_accounts(sandbox: Sandbox) -> str:
    accounts = ["444455556666", "111122223333"]
    settings = {"name": NAME, "launchPermission": {"userIds": accounts}}
    return sandbox.created(
        sandbox.entry(amiDistributionConfiguration=settings),
        show=lambda found: ['"as sent"', '"another"'][
            found["distributions"][0]["amiDistributionConfiguration"]["launchPermission"]["userIds"] != accounts
        ],
    )


@question(
    "Do empty lists read back that were not sent?",
    expects=r"\[\]",
    source="cdk-real-drift #506 saw them; other samples have none",
)
def empty_lists_read_back(sandbox: Sandbox) -> str:
    def shown(found: dict[str, Any]) -> list[str]:
        entry = found["distributions"][0]
        members = [*entry.items(), *entry["amiDistributionConfiguration"].items()]
        return sorted(name for name, value in members if value == [])

    return sandbox.created(show=shown)


@question(
    "Which dates and which timeout does a new configuration have?",
    expects=r'\["dateCreated"(, "dateUpdated")?\]',
    source="alchemy tests on a real account: no timeoutMinutes; dateUpdated is seen in newer samples",
    confirmed=True,
)
def dates_of_a_new_one(sandbox: Sandbox) -> str:
    members = ("dateCreated", "dateUpdated", "timeoutMinutes")
    return sandbox.created(show=lambda found: [name for name in members if name in found])


@question(
    "Does an update without a description remove it?",
    expects="null",
    source=f"{MODEL}, UpdateDistributionConfiguration: replaces everything",
)
def update_replaces(sandbox: Sandbox) -> str:
    arn = sandbox.create(description="to go")["distributionConfigurationArn"]
    sandbox.builder.update_distribution_configuration(
        distributionConfigurationArn=arn, distributions=[sandbox.entry()], clientToken=str(uuid.uuid4())
    )
    return sandbox.outcome(lambda: sandbox.read(arn), show=lambda found: found.get("description"))


@question(
    "Are tags kept by an update?",
    expects="true",
    source="an inference: the request has no member for tags",
)
def update_keeps_tags(sandbox: Sandbox) -> str:
    arn = sandbox.create()["distributionConfigurationArn"]
    before = sandbox.read(arn)["tags"]
    sandbox.builder.update_distribution_configuration(
        distributionConfigurationArn=arn, distributions=[sandbox.entry()], clientToken=str(uuid.uuid4())
    )
    return sandbox.outcome(lambda: sandbox.read(arn)["tags"] == before, show=bool)


@question(
    "What does Get return for a configuration that does not exist?",
    expects=r"ResourceNotFoundException 404: .*",
    source="terraform-provider-aws and alchemy depend on it",
    confirmed=True,
)
def read_what_is_not_there(sandbox: Sandbox) -> str:
    return sandbox.outcome(lambda: sandbox.read(sandbox.configuration_arn))


@question(
    "What does Delete return for a configuration that does not exist?",
    expects=r"ResourceNotFoundException 404: .*",
    source="CloudFormation's handler and alchemy depend on it",
    confirmed=True,
)
def delete_what_is_not_there(sandbox: Sandbox) -> str:
    return sandbox.outcome(
        lambda: sandbox.builder.delete_distribution_configuration(
            distributionConfigurationArn=sandbox.configuration_arn
        )
    )


@question(
    "Do placeholders in the tags of AMIs read back as they were sent?",
    expects="true",
    source="aws-cli, sample of get-distribution-configuration; that the parameter is not looked up is our guess",
)
def placeholder_read_back(sandbox: Sandbox) -> str:
    tags = {"os": f"{{{{ssm:/imagebuilder/{sandbox.name}}}}}"}
    return sandbox.created(
        sandbox.entry(amiDistributionConfiguration={"name": NAME, "amiTags": tags}),
        show=lambda configuration: configuration["distributions"][0]["amiDistributionConfiguration"]["amiTags"] == tags,
    )


@question(
    "What does Update return for a configuration that does not exist?",
    expects=NOT_FOUND,
    source="terraform-provider-aws and alchemy depend on it",
    confirmed=True,
)
def update_what_is_not_there(sandbox: Sandbox) -> str:
    return sandbox.outcome(
        lambda: sandbox.builder.update_distribution_configuration(
            distributionConfigurationArn=sandbox.configuration_arn,
            distributions=[sandbox.entry()],
            clientToken=str(uuid.uuid4()),
        )
    )


@question(
    "What does TagResource return for a configuration that does not exist?",
    expects=NOT_FOUND,
    source=f"{MODEL}, TagResource",
)
def tag_what_is_not_there(sandbox: Sandbox) -> str:
    return sandbox.outcome(
        lambda: sandbox.builder.tag_resource(resourceArn=sandbox.configuration_arn, tags={"team": "web"})
    )


@question(
    "What does GetImage return for an image that does not exist?",
    expects=NOT_FOUND,
    source="alchemy tests on a real account",
    confirmed=True,
)
def read_an_image_that_is_not_there(sandbox: Sandbox) -> str:
    return sandbox.outcome(lambda: sandbox.builder.get_image(imageBuildVersionArn=_image(sandbox)))


@question(
    "What does RetryImage return for an image that does not exist?",
    expects=NOT_FOUND,
    source="not documented; GetImage answers so",
)
def retry_what_is_not_there(sandbox: Sandbox) -> str:
    return sandbox.outcome(
        lambda: sandbox.builder.retry_image(imageBuildVersionArn=_image(sandbox), clientToken=str(uuid.uuid4()))
    )


@question(
    "What does StartResourceStateUpdate return for an image that does not exist?",
    expects=NOT_FOUND,
    source=f"{MODEL}, StartResourceStateUpdate",
)
def state_update_of_what_is_not_there(sandbox: Sandbox) -> str:
    return sandbox.outcome(
        lambda: sandbox.builder.start_resource_state_update(
            resourceArn=_image(sandbox), state={"status": "DEPRECATED"}, clientToken=str(uuid.uuid4())
        )
    )


@question(
    "What does GetLifecycleExecution return for an execution that does not exist?",
    expects=NOT_FOUND,
    source="not documented; GetImage answers so",
)
def execution_that_is_not_there(sandbox: Sandbox) -> str:
    execution = f"lce-{uuid.uuid4()}"
    return sandbox.outcome(lambda: sandbox.builder.get_lifecycle_execution(lifecycleExecutionId=execution))


@question(
    "Do exactly the tags read back that were sent?",
    expects="true",
    source="the user guide's page on SNS shows hidden tags of the service in a message; reads are assumed to have none",
)
def tags_read_back(sandbox: Sandbox) -> str:
    tags = {"team": "web", "empty": ""}
    return sandbox.created(
        tags=tags,
        show=lambda configuration: (
            {name: value for name, value in configuration["tags"].items() if name != TAG} == tags
        ),
    )


def _image(sandbox: Sandbox) -> str:
    return sandbox.arn("imagebuilder", f"image/{sandbox.name}/1.0.0/1")
