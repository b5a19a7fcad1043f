"""Questions about names, patterns, tags and limits. They cost nothing."""

from __future__ import annotations

from tests.live.expected import INVALID
from tests.live.expected import MODEL
from tests.live.expected import not_valid
from tests.live.question import question
from tests.live.sandbox import NAME
from tests.live.sandbox import Sandbox


@question(
    "Does Create refuse an AMI name without the build date?",
    expects=not_valid(
        r"distributions\[0\]\.amiDistributionConfiguration\.name",
        r".*must contain '\{\{ imagebuilder:buildDate \}\}'.*",
    ),
    source="hashicorp/terraform-provider-aws #36610",
    confirmed=True,
)
def name_without_date(sandbox: Sandbox) -> str:
    return sandbox.created(sandbox.entry(amiDistributionConfiguration={"name": "live"}))


@question(
    "Does Create accept placeholders other than buildDate and buildVersion in a name?",
    expects="ok",
    source="public files have them; what AWS makes of them is not documented",
)
def other_placeholders(sandbox: Sandbox) -> str:
    name = "{{ imagebuilder:parentImage }} {{ imagebuilder:buildDate }}"
    return sandbox.created(sandbox.entry(amiDistributionConfiguration={"name": name}))


@question(
    "Does a build date with a format satisfy the rule for names?",
    expects=not_valid(r"distributions\[0\]\.amiDistributionConfiguration\.name"),
    source="the user guide has the format in tags only; the safe choice",
)
def date_with_a_format(sandbox: Sandbox) -> str:
    return sandbox.created(
        sandbox.entry(amiDistributionConfiguration={"name": "live {{imagebuilder:buildDate:yyyyMMdd}}"})
    )


@question(
    "Are two underscores in a name two hyphens in the ARN?",
    expects="ok",
    source="aws samples fold one to one; not documented",
)
def folded_name(sandbox: Sandbox) -> str:
    name = f"{sandbox.name}__B c"
    return sandbox.outcome(
        lambda: sandbox.create(name=name)["distributionConfigurationArn"].rpartition("/")[2],
        show=lambda folded: "ok" if folded == f"{sandbox.name}--b-c" else folded,
    )


@question(
    "How does Create refuse a name that is taken in another spelling?",
    expects=r"ResourceAlreadyExistsException 400: The following resource 'DistributionConfiguration' already exists.*",
    source=f"{MODEL}, ResourceName; the text is seen of recipes (ministryofjustice modernisation platform #549)",
)
def name_is_taken(sandbox: Sandbox) -> str:
    sandbox.create()
    return sandbox.created(name=sandbox.name.upper())


@question(
    "Does Create refuse text after the ARN of an OU?",
    expects=INVALID,
    source=f"{MODEL}: the pattern has no end anchor; the safe choice",
)
def text_after_an_ou(sandbox: Sandbox) -> str:
    ou = f"arn:{sandbox.partition}:organizations::{sandbox.account}:ou/o-a1b2c3d4e5/ou-ab12-11112222/child"
    settings = {"name": NAME, "launchPermission": {"organizationalUnitArns": [ou]}}
    return sandbox.created(sandbox.entry(amiDistributionConfiguration=settings))


@question(
    "Does Create accept a tag key with a space?",
    expects="ok",
    source="the pattern was widened between botocore 1.41.1 and 1.42.97",
)
def tag_key_with_a_blank(sandbox: Sandbox) -> str:
    return sandbox.created(tags={"cost centre": "1"})


@question(
    "How does Create refuse a description that is too long?",
    expects=not_valid("description"),
    source="the form is known from other rules; the reason is not documented",
)
def long_description(sandbox: Sandbox) -> str:
    return sandbox.created(description="x" * 1025)


@question(
    "How does Create refuse a list with too many members?",
    expects=not_valid(r"distributions\[0\]\.amiDistributionConfiguration\.launchPermission\.organizationArns"),
    source="the form is known from other rules; the reason is not documented",
)
def too_many_organizations(sandbox: Sandbox) -> str:
    prefix = f"arn:{sandbox.partition}:organizations::{sandbox.account}:organization"
    permission = {"organizationArns": [f"{prefix}/o-goldimage{number:02}" for number in range(26)]}
    return sandbox.created(sandbox.entry(amiDistributionConfiguration={"name": NAME, "launchPermission": permission}))


@question(
    "How does Create refuse a value that is not in the model's list?",
    expects=not_valid(r"distributions\[0\]\.s3ExportConfiguration\.diskImageFormat"),
    source="the form is known from other rules; the reason is not documented",
)
def unknown_disk_format(sandbox: Sandbox) -> str:
    export = {"roleName": "vmimport", "diskImageFormat": "QCOW2", "s3Bucket": sandbox.name}
    return sandbox.created(sandbox.entry(s3ExportConfiguration=export))


@question(
    "How does Get refuse an ARN that does not match the pattern?",
    expects=not_valid("distributionConfigurationArn", r".*must match pattern.*"),
    source="boto/boto3 #2224 (seen of the ARN of a component)",
)
def malformed_arn(sandbox: Sandbox) -> str:
    return sandbox.outcome(lambda: sandbox.read(f"{sandbox.configuration_arn}.json"))


@question(
    "Does Create refuse a group other than `all`?",
    expects="ok",
    source=f"{MODEL}, LaunchPermissionConfiguration: all is the only value; EC2 refuses others at the rollout",
)
def unknown_user_group(sandbox: Sandbox) -> str:
    permission = {"userGroups": ["goldimage"]}
    return sandbox.created(sandbox.entry(amiDistributionConfiguration={"name": NAME, "launchPermission": permission}))


@question(
    "Does Create accept the name of a key's alias instead of an ARN?",
    expects="ok",
    source="CloudFormation's documentation takes it, the service's names ARNs only",
)
def key_by_its_alias(sandbox: Sandbox) -> str:
    settings = {"name": NAME, "kmsKeyId": f"alias/{sandbox.name}"}
    return sandbox.created(sandbox.entry(amiDistributionConfiguration=settings))


@question(
    "Does Create refuse a parameter name that has a slash inside but none at the beginning?",
    expects="ok",
    source=f"{MODEL} takes it; PutParameter refuses it at the rollout",
)
def parameter_name_without_a_leading_slash(sandbox: Sandbox) -> str:
    parameters = [{"parameterName": f"{sandbox.name}/web"}]
    return sandbox.created(
        sandbox.entry(amiDistributionConfiguration={"name": NAME}, ssmParameterConfigurations=parameters)
    )


@question(
    "Does Create refuse a parameter name that is reserved for AWS?",
    expects="ok",
    source=f"{MODEL} takes it; PutParameter refuses it at the rollout",
)
def reserved_parameter_name(sandbox: Sandbox) -> str:
    parameters = [{"parameterName": f"/aws/{sandbox.name}"}]
    return sandbox.created(
        sandbox.entry(amiDistributionConfiguration={"name": NAME}, ssmParameterConfigurations=parameters)
    )


@question(
    "How does TagResource refuse a reserved tag key?",
    expects=r"InvalidParameterException 400: .*",
    source=f"{MODEL}, TagResource: the only error of its list that fits",
)
def reserved_tag_key(sandbox: Sandbox) -> str:
    arn = sandbox.create()["distributionConfigurationArn"]
    return sandbox.outcome(lambda: sandbox.builder.tag_resource(resourceArn=arn, tags={"aws:goldimage": "1"}))


@question(
    "How does TagResource refuse more than 50 tags?",
    expects=r"InvalidParameterException 400: .*",
    source=f"{MODEL}, TagMap and TagResource: the only error of its list that fits",
)
def too_many_tags(sandbox: Sandbox) -> str:
    arn = sandbox.create()["distributionConfigurationArn"]
    tags = {f"goldimage-{number}": "1" for number in range(50)}
    return sandbox.outcome(lambda: sandbox.builder.tag_resource(resourceArn=arn, tags=tags))


@question(
    "May a name have 128 characters?",
    expects="ok",
    source=f"{MODEL}, ResourceName; terraform-provider-aws allows 126",
)
def longest_name(sandbox: Sandbox) -> str:
    return sandbox.created(name=f"{sandbox.name}-".ljust(128, "x"))
