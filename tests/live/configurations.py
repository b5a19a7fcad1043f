"""Questions about distribution configurations. They cost nothing."""

from __future__ import annotations

import uuid
from typing import Any

from tests.live.case import case
from tests.live.room import NAME
from tests.live.room import Room

INVALID = r"InvalidParameterValueException 400: .*"
MODEL = "service model of botocore 1.44.5"


def _value(path: str, reason: str = ".*") -> str:
    return rf"InvalidParameterValueException 400: The value supplied for parameter '{path}' is not valid\. {reason}"


@case(
    "May a Region stand in two entries?",
    expects=_value("distributions"),
    source=f"{MODEL}, DistributionList: a Region at most once; code and text are not documented",
)
def duplicate_region(room: Room) -> str:
    return room.created(room.entry(), room.entry())


@case(
    "Is an empty list of distributions refused?",
    expects="ok",
    source=f"{MODEL} has no minimum; not documented, and the module refuses it",
)
def no_distributions(room: Room) -> str:
    return room.created(distributions=[])


@case(
    "What does an entry without any output answer?",
    expects=_value(r"distributions\[0\]", r"One or more outputs should be provided for each region.*"),
    source="hashicorp/terraform-provider-aws #17390",
    confirmed=True,
)
def no_output(room: Room) -> str:
    return room.created({"region": room.region})


@case(
    "Is an empty AMI block an output?",
    expects=_value(r"distributions\[0\]"),
    source="not documented; the safe choice",
)
def empty_ami_block(room: Room) -> str:
    return room.created(room.entry(amiDistributionConfiguration={}))


@case(
    "Are SSM parameters alone an output?",
    expects="ok",
    source="aws-cdk synthesises it in its tests; no live acceptance is known",
)
def parameters_alone(room: Room) -> str:
    return room.created(room.entry(ssmParameterConfigurations=[{"parameterName": f"/{room.name}"}]))


@case(
    "May an entry have an AMI block and a container block?",
    expects="ok",
    source="aws-cdk, integration test of all parameters (deployed through CloudFormation)",
    confirmed=True,
)
def ami_and_container(room: Room) -> str:
    return room.created(
        room.entry(
            amiDistributionConfiguration={"name": NAME},
            containerDistributionConfiguration={"targetRepository": {"service": "ECR", "repositoryName": room.name}},
        )
    )


@case(
    "Is an AMI name without the build date refused?",
    expects=_value(
        r"distributions\[0\]\.amiDistributionConfiguration\.name",
        r".*must contain '\{\{ imagebuilder:buildDate \}\}'.*",
    ),
    source="hashicorp/terraform-provider-aws #36610",
    confirmed=True,
)
def name_without_date(room: Room) -> str:
    return room.created(room.entry(amiDistributionConfiguration={"name": "live"}))


@case(
    "Are placeholders other than buildDate and buildVersion taken in a name?",
    expects="ok",
    source="found in public files; what AWS makes of them is not documented",
)
def other_placeholders(room: Room) -> str:
    name = "{{ imagebuilder:parentImage }} {{ imagebuilder:buildDate }}"
    return room.created(room.entry(amiDistributionConfiguration={"name": name}))


@case(
    "Does a build date with a format satisfy the rule for names?",
    expects=_value(r"distributions\[0\]\.amiDistributionConfiguration\.name"),
    source="the user guide has the format in tags only; the safe choice",
)
def date_with_a_format(room: Room) -> str:
    return room.created(room.entry(amiDistributionConfiguration={"name": "live {{imagebuilder:buildDate:yyyyMMdd}}"}))


@case(
    "Are fewer than six parallel Fast Launch launches refused at create?",
    expects="ok",
    source=f"{MODEL} has a minimum of 1, EC2 one of 6; the rollout refuses it",
)
def few_parallel_launches(room: Room) -> str:
    settings = [{"enabled": True, "maxParallelLaunches": 5}]
    return room.created(room.entry(fastLaunchConfigurations=settings))


@case(
    "What do both the id and the name of a Fast Launch template answer?",
    expects=r"InvalidParameterCombinationException 400: .*",
    source=f"{MODEL}: one or the other; the code is not documented",
)
def template_id_and_name(room: Room) -> str:
    template = {"launchTemplateId": "lt-0123456789abcdef0", "launchTemplateName": "web", "launchTemplateVersion": "1"}
    settings = [{"enabled": True, "maxParallelLaunches": 6, "launchTemplate": template}]
    return room.created(room.entry(fastLaunchConfigurations=settings))


@case(
    "Is an amiAccountId that is not a target account refused at create?",
    expects="ok",
    source=f"{MODEL} has the rule; when it is checked is not documented",
)
def parameter_of_another_account(room: Room) -> str:
    parameters = [{"parameterName": f"/{room.name}", "amiAccountId": "111122223333"}]
    settings = {"amiDistributionConfiguration": {"name": NAME}, "ssmParameterConfigurations": parameters}
    return room.created(room.entry(**settings))


@case(
    "How is a data type read back that was not given?",
    expects="null",
    source="not documented; the collection always sends it",
)
def data_type_read_back(room: Room) -> str:
    settings = {
        "amiDistributionConfiguration": {"name": NAME},
        "ssmParameterConfigurations": [{"parameterName": f"/{room.name}"}],
    }
    return room.created(
        room.entry(**settings),
        show=lambda found: found["distributions"][0]["ssmParameterConfigurations"][0].get("dataType"),
    )


@case(
    "How is setDefaultVersion read back that was not given?",
    expects="null",
    source="not documented; the collection compares absent with true",
)
def default_version_read_back(room: Room) -> str:
    settings = {"launchTemplateConfigurations": [{"launchTemplateId": "lt-0123456789abcdef0"}]}
    return room.created(
        room.entry(**settings),
        show=lambda found: found["distributions"][0]["launchTemplateConfigurations"][0].get("setDefaultVersion"),
    )


@case(
    "Is a launch template that does not exist refused at create?",
    expects="ok",
    source="the service authorization reference lists ec2:DescribeLaunchTemplates; acceptance is not known",
)
def unknown_launch_template(room: Room) -> str:
    return room.created(room.entry(launchTemplateConfigurations=[{"launchTemplateId": "lt-0123456789abcdef0"}]))


@case(
    "Is a bucket that does not exist refused at create?",
    expects="ok",
    source="the service authorization reference lists s3:ListBucket; acceptance is not known",
)
def unknown_bucket(room: Room) -> str:
    export = {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": room.name}
    return room.created(room.entry(s3ExportConfiguration=export))


@case(
    "In which order are entries read back?",
    expects='"as sent"',
    source="not documented; the collection compares Regions as a set",
)
def order_of_entries(room: Room) -> str:
    regions = sorted((room.region, room.other_region), reverse=True)
    return room.created(
        *(room.entry(region) for region in regions),
        show=lambda found: ['"as sent"', '"another"'][[one["region"] for one in found["distributions"]] != regions],
    )


@case(
    "In which order are account ids read back?",
    expects='"as sent"',
    source="not documented; the collection compares them as a set",
)
def order_of_accounts(room: Room) -> str:
    accounts = ["444455556666", "111122223333"]
    settings = {"name": NAME, "launchPermission": {"userIds": accounts}}
    return room.created(
        room.entry(amiDistributionConfiguration=settings),
        show=lambda found: ['"as sent"', '"another"'][
            found["distributions"][0]["amiDistributionConfiguration"]["launchPermission"]["userIds"] != accounts
        ],
    )


@case(
    "Are empty lists read back that were not sent?",
    expects=r"\[\]",
    source="cdk-real-drift #506 saw them; other samples have none",
)
def empty_lists_read_back(room: Room) -> str:
    def shown(found: dict[str, Any]) -> list[str]:
        entry = found["distributions"][0]
        members = [*entry.items(), *entry["amiDistributionConfiguration"].items()]
        return sorted(name for name, value in members if value == [])

    return room.created(show=shown)


@case(
    "Which dates and which timeout does a new configuration have?",
    expects=r'\["dateCreated"(, "dateUpdated")?\]',
    source="alchemy tests on a real account: no timeoutMinutes; dateUpdated is seen in newer samples",
    confirmed=True,
)
def dates_of_a_new_one(room: Room) -> str:
    members = ("dateCreated", "dateUpdated", "timeoutMinutes")
    return room.created(show=lambda found: [name for name in members if name in found])


@case(
    "Are two underscores in a name two hyphens in the ARN?",
    expects="ok",
    source="aws samples fold one to one; not documented",
)
def folded_name(room: Room) -> str:
    name = f"{room.name}__B c"
    return room.outcome(
        lambda: room.create(name=name)["distributionConfigurationArn"].rpartition("/")[2],
        show=lambda folded: "ok" if folded == f"{room.name}--b-c" else folded,
    )


@case(
    "What does a name that is taken in another spelling answer?",
    expects=r"ResourceAlreadyExistsException 400: .*",
    source=f"{MODEL}, ResourceName; the text is not documented",
)
def name_is_taken(room: Room) -> str:
    room.create()
    return room.created(name=room.name.upper())


@case(
    "Is the original answer repeated for the same token and request?",
    expects="true",
    source=f"{MODEL}, ClientToken",
)
def token_repeated(room: Room) -> str:
    token = str(uuid.uuid4())
    first = room.create(clientToken=token)["distributionConfigurationArn"]
    return room.outcome(lambda: room.create(clientToken=token)["distributionConfigurationArn"] == first, show=bool)


@case(
    "What does a token answer that was used with another request?",
    expects=r"IdempotentParameterMismatchException 400: .*",
    source=f"{MODEL}, CreateDistributionConfiguration",
)
def token_of_another_request(room: Room) -> str:
    token = str(uuid.uuid4())
    room.create(clientToken=token)
    return room.outcome(lambda: room.create(clientToken=token, description="another"))


@case(
    "Does an update without a description remove it?",
    expects="null",
    source=f"{MODEL}, UpdateDistributionConfiguration: replaces everything",
)
def update_replaces(room: Room) -> str:
    arn = room.create(description="to go")["distributionConfigurationArn"]
    room.builder.update_distribution_configuration(
        distributionConfigurationArn=arn, distributions=[room.entry()], clientToken=str(uuid.uuid4())
    )
    return room.outcome(lambda: room.read(arn), show=lambda found: found.get("description"))


@case(
    "Are tags kept by an update?",
    expects="true",
    source="an inference: tags are no member of the request",
)
def update_keeps_tags(room: Room) -> str:
    arn = room.create()["distributionConfigurationArn"]
    before = room.read(arn)["tags"]
    room.builder.update_distribution_configuration(
        distributionConfigurationArn=arn, distributions=[room.entry()], clientToken=str(uuid.uuid4())
    )
    return room.outcome(lambda: room.read(arn)["tags"] == before, show=bool)


@case(
    "What does a dry run answer that would succeed?",
    expects=r"DryRunOperationException 412: .*would have succeeded.*",
    source="aws agent toolkit, custom workflows (seen for create-workflow)",
)
def dry_run(room: Room) -> str:
    return room.created(dryRun=True)


@case(
    "Does a dry run notice that a name is taken?",
    expects=r"ResourceAlreadyExistsException 400: .*",
    source="not documented",
)
def dry_run_of_a_taken_name(room: Room) -> str:
    room.create()
    return room.created(dryRun=True)


@case(
    "Is a Region that does not exist refused at create?",
    expects="ok",
    source="not documented; the module refuses it",
)
def unknown_region(room: Room) -> str:
    return room.created(room.entry(), room.entry("eu-west-9"))


@case(
    "Is a key of another Region refused at create?",
    expects="ok",
    source="aws-cdk, integration test: an invented alias is taken; CopyImage refuses it at the rollout",
)
def key_of_another_region(room: Room) -> str:
    key = f"arn:{room.partition}:kms:{room.other_region}:{room.account}:alias/{room.name}"
    return room.created(room.entry(amiDistributionConfiguration={"name": NAME, "kmsKeyId": key}))


@case(
    "Is text after the ARN of an OU refused?",
    expects=INVALID,
    source=f"{MODEL}: the pattern has no end anchor; the safe choice",
)
def text_after_an_ou(room: Room) -> str:
    ou = f"arn:{room.partition}:organizations::{room.account}:ou/o-a1b2c3d4e5/ou-ab12-11112222/child"
    settings = {"name": NAME, "launchPermission": {"organizationalUnitArns": [ou]}}
    return room.created(room.entry(amiDistributionConfiguration=settings))


@case(
    "Is a tag key with a blank taken?",
    expects="ok",
    source="the pattern was widened between botocore 1.41.1 and 1.42.97",
)
def tag_key_with_a_blank(room: Room) -> str:
    return room.created(tags={"cost centre": "1"})


@case(
    "What does a description that is too long answer?",
    expects=_value("description"),
    source="the frame is known of other rules; the reason is not documented",
)
def long_description(room: Room) -> str:
    return room.created(description="x" * 1025)


@case(
    "What does Get answer for a configuration that does not exist?",
    expects=r"ResourceNotFoundException 404: .*",
    source="terraform-provider-aws and alchemy depend on it",
    confirmed=True,
)
def read_what_is_not_there(room: Room) -> str:
    return room.outcome(lambda: room.read(_arn(room)))


@case(
    "What does Delete answer for a configuration that does not exist?",
    expects=r"ResourceNotFoundException 404: .*",
    source="CloudFormation's handler and alchemy depend on it",
    confirmed=True,
)
def delete_what_is_not_there(room: Room) -> str:
    return room.outcome(lambda: room.builder.delete_distribution_configuration(distributionConfigurationArn=_arn(room)))


def _arn(room: Room) -> str:
    return f"arn:{room.partition}:imagebuilder:{room.region}:{room.account}:distribution-configuration/{room.name}"


@case(
    "Does the filter match a name in another spelling?",
    expects=r"\[\]",
    source=f"{MODEL}, Filter: the name as typed, case-sensitive",
)
def filter_is_case_sensitive(room: Room) -> str:
    room.create()
    return _listed(room, [room.name.upper()])


@case(
    "Does a wildcard at the end match?",
    expects="1",
    source=f"{MODEL}, Filter; botocore's pattern has * since 1.44.5",
)
def filter_with_a_wildcard(room: Room) -> str:
    room.create()
    return _listed(room, [f"{room.name}*"], count=True)


@case("Do several values of a filter mean or?", expects="1", source="not documented")
def filter_with_two_values(room: Room) -> str:
    room.create()
    return _listed(room, [room.name, "nothing"], count=True)


def _listed(room: Room, names: list[str], count: bool = False) -> str:
    def shown(answer: dict[str, Any]) -> object:
        found = [one["name"] for one in answer["distributionConfigurationSummaryList"]]
        return str(len(found)) if count else found

    filters = [{"name": "name", "values": names}]
    return room.outcome(lambda: room.builder.list_distribution_configurations(filters=filters), show=shown)


@case("What does an unknown filter answer?", expects=INVALID, source="not documented")
def unknown_filter(room: Room) -> str:
    filters = [{"name": "colour", "values": ["red"]}]
    return room.outcome(lambda: room.builder.list_distribution_configurations(filters=filters))


@case(
    "What does a page token answer that AWS did not make?",
    expects=r"InvalidPaginationTokenException 400: .*",
    source=f"{MODEL}, ListDistributionConfigurations",
)
def invented_page_token(room: Room) -> str:
    return room.outcome(lambda: room.builder.list_distribution_configurations(nextToken="bm90IGEgdG9rZW4="))
