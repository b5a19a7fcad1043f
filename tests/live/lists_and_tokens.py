"""Questions about client tokens, dry runs, lists and their filters. They cost nothing."""

from __future__ import annotations

import uuid
from typing import Any

from tests.live.expected import INVALID
from tests.live.expected import MODEL
from tests.live.question import question
from tests.live.sandbox import Sandbox


@question(
    "Does Create repeat its answer for the same token and request?",
    expects="true",
    source=f"{MODEL}, ClientToken",
)
def token_repeated(sandbox: Sandbox) -> str:
    token = str(uuid.uuid4())
    first = sandbox.create(clientToken=token)["distributionConfigurationArn"]
    return sandbox.outcome(
        lambda: sandbox.create(clientToken=token)["distributionConfigurationArn"] == first, show=bool
    )


@question(
    "How does Create refuse a token that was used with another request?",
    expects=r"IdempotentParameterMismatchException 400: .*",
    source=f"{MODEL}, CreateDistributionConfiguration",
)
def token_of_another_request(sandbox: Sandbox) -> str:
    token = str(uuid.uuid4())
    sandbox.create(clientToken=token)
    return sandbox.outcome(lambda: sandbox.create(clientToken=token, description="another"))


@question(
    "What does a dry run return if the request would succeed?",
    expects=r"DryRunOperationException 412: .*would have succeeded.*",
    source="aws agent toolkit, custom workflows (seen for create-workflow)",
)
def dry_run(sandbox: Sandbox) -> str:
    return sandbox.created(dryRun=True)


@question(
    "Does a dry run notice that a name is taken?",
    expects=r"ResourceAlreadyExistsException 400: .*",
    source="not documented",
)
def dry_run_of_a_taken_name(sandbox: Sandbox) -> str:
    sandbox.create()
    return sandbox.created(dryRun=True)


@question(
    "Does the filter for names ignore case?",
    expects=r"\[\]",
    source=f"{MODEL}, Filter: the name as typed, case-sensitive",
)
def filter_is_case_sensitive(sandbox: Sandbox) -> str:
    sandbox.create()
    return _listed(sandbox, [sandbox.name.upper()])


@question(
    "Does a wildcard at the end match?",
    expects="1",
    source=f"{MODEL}, Filter; botocore's pattern has * since 1.44.5",
)
def filter_with_a_wildcard(sandbox: Sandbox) -> str:
    sandbox.create()
    return _listed(sandbox, [f"{sandbox.name}*"], count=True)


@question("Does a filter match if one of its values matches?", expects="1", source="not documented")
def filter_with_two_values(sandbox: Sandbox) -> str:
    sandbox.create()
    return _listed(sandbox, [sandbox.name, "nothing"], count=True)


def _listed(sandbox: Sandbox, names: list[str], count: bool = False) -> str:
    def shown(answer: dict[str, Any]) -> object:
        found = [one["name"] for one in answer["distributionConfigurationSummaryList"]]
        return str(len(found)) if count else found

    filters = [{"name": "name", "values": names}]
    return sandbox.outcome(lambda: sandbox.builder.list_distribution_configurations(filters=filters), show=shown)


@question("How does a list refuse an unknown filter?", expects=INVALID, source="not documented")
def unknown_filter(sandbox: Sandbox) -> str:
    filters = [{"name": "colour", "values": ["red"]}]
    return sandbox.outcome(lambda: sandbox.builder.list_distribution_configurations(filters=filters))


@question(
    "How does a list refuse a page token that AWS did not issue?",
    expects=r"InvalidPaginationTokenException 400: .*",
    source=f"{MODEL}, ListDistributionConfigurations",
)
def invented_page_token(sandbox: Sandbox) -> str:
    return sandbox.outcome(lambda: sandbox.builder.list_distribution_configurations(nextToken="bm90IGEgdG9rZW4="))


@question(
    "Does a wildcard at both ends match?",
    expects="1",
    source=f"{MODEL}, Filter; botocore's pattern has * since 1.44.5",
)
def filter_with_two_wildcards(sandbox: Sandbox) -> str:
    sandbox.create()
    return _listed(sandbox, [f"*{sandbox.name[1:]}*"], count=True)


@question("Must all filters match?", expects="0", source="not documented")
def two_filters(sandbox: Sandbox) -> str:
    sandbox.create()
    filters = [{"name": "name", "values": [name]} for name in (sandbox.name, "nothing")]
    return sandbox.outcome(
        lambda: sandbox.builder.list_distribution_configurations(filters=filters),
        show=lambda answer: str(len(answer["distributionConfigurationSummaryList"])),
    )


@question(
    "Can pipelines be listed by a distribution configuration that does not exist?",
    expects="0",
    source=f"{MODEL}, ListImagePipelines; what `absent` looks at before it deletes",
)
def pipelines_of_a_configuration(sandbox: Sandbox) -> str:
    filters = [{"name": "distributionConfigurationArn", "values": [sandbox.configuration_arn]}]
    return sandbox.outcome(
        lambda: sandbox.builder.list_image_pipelines(filters=filters),
        show=lambda answer: str(len(answer["imagePipelineList"])),
    )


@question(
    "Can a token of a create be used again for an update?",
    expects="ok",
    source="not documented; a token is assumed to belong to one operation",
)
def token_of_another_operation(sandbox: Sandbox) -> str:
    token = str(uuid.uuid4())
    arn = sandbox.create(clientToken=token)["distributionConfigurationArn"]
    return sandbox.outcome(
        lambda: sandbox.builder.update_distribution_configuration(
            distributionConfigurationArn=arn, distributions=[sandbox.entry()], clientToken=token
        )
    )


@question(
    "Can a token be used again for another request in another Region?",
    expects="ok",
    source="not documented; a token is assumed to belong to one Region",
)
def token_of_another_region(sandbox: Sandbox) -> str:
    token = str(uuid.uuid4())
    sandbox.create(clientToken=token)
    return sandbox.outcome(
        lambda: sandbox.create(clientToken=token, description="another", region=sandbox.other_region)
    )


@question(
    "May a token have 64 characters?",
    expects="ok",
    source=f"{MODEL}, ClientToken; botocore 1.41.1 still had 36",
)
def longest_token(sandbox: Sandbox) -> str:
    return sandbox.created(clientToken=uuid.uuid4().hex * 2)
