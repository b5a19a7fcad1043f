"""Distribution configurations: what the service refuses and accepts beyond its model, and what it stores."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:imagebuilder:us-east-1:123456789012:distribution-configuration/"
UUID = "8a1f4c52-1111-4222-8333-{:012d}"


def refused(code: str, status: int, call: Callable[..., Any], **parameters: Any) -> str:
    """Make a call that must fail with this code and HTTP status. Returns the message."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-errortype"] == code
    assert answer["ResponseMetadata"]["RequestId"] == headers["x-amzn-requestid"]
    return answer["Error"]["Message"]


def get(client: Any, arn: str) -> dict[str, Any]:
    """The configuration as the service shows it."""
    return client.get_distribution_configuration(distributionConfigurationArn=arn)["distributionConfiguration"]


# What one entry may consist of, each alone, as accepted by the service.
OUTPUTS: dict[str, dict[str, Any]] = {
    "AMI tags": {"amiDistributionConfiguration": {"amiTags": {"CostCenter": "42"}}},
    "AMI description": {"amiDistributionConfiguration": {"description": "web server"}},
    "AMI key": {"amiDistributionConfiguration": {"kmsKeyId": "alias/web"}},
    "AMI name": {"amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}"}},
    "AMI name without blanks": {"amiDistributionConfiguration": {"name": "web-{{imagebuilder:buildDate}}"}},
    "AMI permission": {"amiDistributionConfiguration": {"launchPermission": {"userGroups": ["all"]}}},
    "AMI accounts": {"amiDistributionConfiguration": {"targetAccountIds": ["111122223333"]}},
    "container": {
        "containerDistributionConfiguration": {"targetRepository": {"service": "ECR", "repositoryName": "unknown"}}
    },
    "fast launch that is off": {"fastLaunchConfigurations": [{"enabled": False}]},
    "fast launch with too few launches": {"fastLaunchConfigurations": [{"enabled": True, "maxParallelLaunches": 1}]},
    "launch template": {"launchTemplateConfigurations": [{"launchTemplateId": "lt-0a1b2c3d4e5f67890"}]},
    "licence": {
        "licenseConfigurationArns": [
            "arn:aws:license-manager:us-east-1:123456789012:license-configuration:lic-" + "0a" * 16
        ]
    },
    "export": {
        "s3ExportConfiguration": {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "amzn-s3-demo-bucket"}
    },
    "SSM parameter of another account": {
        "ssmParameterConfigurations": [{"parameterName": "/web", "amiAccountId": "111122223333"}]
    },
    "AMI and container": {
        "amiDistributionConfiguration": {"description": "web"},
        "containerDistributionConfiguration": {"targetRepository": {"service": "ECR", "repositoryName": "web"}},
    },
    "empty AMI with something else": {
        "amiDistributionConfiguration": {},
        "fastLaunchConfigurations": [{"enabled": True}],
    },
}


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
def test_output_is_accepted_and_echoed(client: Any, output: dict[str, Any]) -> None:
    entry = {"region": "us-east-1", **output}
    arn = client.create_distribution_configuration(name="web-image", distributions=[entry])[
        "distributionConfigurationArn"
    ]
    assert get(client, arn)["distributions"] == [entry]


@pytest.mark.parametrize(
    "nothing",
    [{}, {"amiDistributionConfiguration": {}}, {"ssmParameterConfigurations": []}],
    ids=["no member", "empty AMI", "empty list"],
)
def test_region_without_output(client: Any, distributions: list[dict[str, Any]], nothing: dict[str, Any]) -> None:
    message = refused(
        "InvalidParameterValueException",
        400,
        client.create_distribution_configuration,
        name="web-image",
        distributions=[*distributions, {"region": "eu-west-1", **nothing}],
    )
    assert message == (
        "The value supplied for parameter 'distributions[1]' is not valid. "
        "One or more outputs should be provided for each region in a distribution configuration."
    )


@pytest.mark.parametrize("name", ["web server", "web {{ imagebuilder:buildVersion }}", "web {{ buildDate }}"])
def test_ami_name_without_build_date(client: Any, distributions: list[dict[str, Any]], name: str) -> None:
    distributions[0]["amiDistributionConfiguration"]["name"] = name
    message = refused(
        "InvalidParameterValueException",
        400,
        client.create_distribution_configuration,
        name="web-image",
        distributions=distributions,
    )
    assert message == (
        "The value supplied for parameter 'distributions[0].amiDistributionConfiguration.name' is not valid. "
        "The EC2 AMI name must contain '{{ imagebuilder:buildDate }}' to ensure that the name will be unique."
    )


def test_region_twice(client: Any, distributions: list[dict[str, Any]]) -> None:
    message = refused(
        "InvalidParameterValueException",
        400,
        client.create_distribution_configuration,
        name="web-image",
        distributions=distributions * 2,
    )
    assert message.startswith("The value supplied for parameter 'distributions' is not valid. ")


@pytest.mark.parametrize(
    "template",
    [{"launchTemplateId": "lt-0a1b2c3d4e5f67890", "launchTemplateName": "web"}, {"launchTemplateVersion": "2"}],
    ids=["both", "neither"],
)
def test_fast_launch_template_by_id_or_name(client: Any, template: dict[str, Any]) -> None:
    entry = {"region": "us-east-1", "fastLaunchConfigurations": [{"enabled": True, "launchTemplate": template}]}
    message = refused(
        "InvalidParameterCombinationException",
        400,
        client.create_distribution_configuration,
        name="web-image",
        distributions=[entry],
    )
    assert "distributions[0].fastLaunchConfigurations[0].launchTemplate" in message


@pytest.mark.parametrize(
    ("name", "folded"),
    [("MyExampleDistribution", "myexampledistribution"), ("Web Image_1", "web-image-1"), ("a__b", "a--b")],
)
def test_name_is_folded_into_the_arn_and_shown_as_typed(
    client: Any, create: Callable[..., str], name: str, folded: str
) -> None:
    arn = create(name)
    assert arn == ARN + folded
    assert get(client, arn)["name"] == name


@pytest.mark.parametrize("other", ["Web Image", "web_image", "WEB-IMAGE", "web-image"])
def test_folded_name_is_taken(client: Any, create: Callable[..., str], other: str) -> None:
    arn = create("web-image")
    message = refused(
        "ResourceAlreadyExistsException",
        400,
        client.create_distribution_configuration,
        name=other,
        distributions=[],
    )
    assert message == f"The following resource 'DistributionConfiguration' already exists: '{arn}'."


def test_unset_members_are_left_out(client: Any, create: Callable[..., str]) -> None:
    arn = create()
    shown = get(client, arn)
    assert set(shown) == {"arn", "name", "distributions", "dateCreated", "tags"}
    assert shown["tags"] == {}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["dateCreated"])


def test_answers_name_token_and_request(client: Any, distributions: list[dict[str, Any]]) -> None:
    token = UUID.format(1)
    answer = client.create_distribution_configuration(name="web-image", distributions=distributions, clientToken=token)
    assert answer["clientToken"] == token
    assert answer["requestId"] == answer["ResponseMetadata"]["RequestId"]


def test_update_replaces_everything_but_name_and_tags(client: Any, create: Callable[..., str]) -> None:
    arn = create("Web Image", description="old", tags={"team": "web"})
    before = get(client, arn)
    wanted = [{"region": "eu-west-1", "fastLaunchConfigurations": [{"enabled": True}]}]
    answer = client.update_distribution_configuration(distributionConfigurationArn=arn, distributions=wanted)
    assert answer["distributionConfigurationArn"] == arn
    after = get(client, arn)
    assert after["distributions"] == wanted
    assert "description" not in after
    assert after.pop("dateUpdated") >= before["dateCreated"]
    assert {key: after[key] for key in ("name", "tags", "dateCreated")} == {
        key: before[key] for key in ("name", "tags", "dateCreated")
    }


def test_update_obeys_the_rules_of_create(client: Any, create: Callable[..., str]) -> None:
    arn = create()
    before = get(client, arn)
    refused(
        "InvalidParameterValueException",
        400,
        client.update_distribution_configuration,
        distributionConfigurationArn=arn,
        distributions=[{"region": "eu-west-1"}],
    )
    assert get(client, arn) == before


@pytest.mark.parametrize("member", ["name", "tags", "dryRun"])
def test_update_has_no_such_member(
    create: Callable[..., str], send: Callable[..., Any], distributions: list[dict[str, Any]], member: str
) -> None:
    request = {"distributionConfigurationArn": create(), "distributions": distributions, "clientToken": "abc"}
    message = refused(
        "InvalidRequestException",
        400,
        send,
        method="update_distribution_configuration",
        body={**request, member: "x"},
    )
    assert f"'{member}'" in message


def test_delete(client: Any, create: Callable[..., str]) -> None:
    arn = create()
    assert client.delete_distribution_configuration(distributionConfigurationArn=arn)[
        "distributionConfigurationArn"
    ] == (arn)
    refused("ResourceNotFoundException", 404, client.get_distribution_configuration, distributionConfigurationArn=arn)


@pytest.mark.parametrize("operation", ["get", "update", "delete"])
@pytest.mark.parametrize(
    "arn",
    [ARN + "update.json", ARN + "Web", "web-image", ARN + "web\n", ARN.replace("123456789012", "1234") + "web"],
)
def test_malformed_arn(client: Any, distributions: list[dict[str, Any]], operation: str, arn: str) -> None:
    more = {"distributions": distributions} if operation == "update" else {}
    call = getattr(client, f"{operation}_distribution_configuration")
    message = refused("InvalidParameterValueException", 400, call, distributionConfigurationArn=arn, **more)
    assert "'distributionConfigurationArn' must match pattern ^arn:aws" in message


def test_missing_arn(client: Any) -> None:
    message = refused("InvalidParameterValueException", 400, client.get_distribution_configuration)
    assert "'distributionConfigurationArn' must not be null" in message


@pytest.mark.parametrize("operation", ["get", "update", "delete"])
@pytest.mark.parametrize(
    "arn",
    [ARN + "unknown", ARN + "with_underscore", ARN.replace("us-east-1", "eu-west-1") + "web-image"],
)
def test_missing_configuration(
    client: Any, create: Callable[..., str], distributions: list[dict[str, Any]], operation: str, arn: str
) -> None:
    create("web-image")
    more = {"distributions": distributions} if operation == "update" else {}
    call = getattr(client, f"{operation}_distribution_configuration")
    assert arn in refused("ResourceNotFoundException", 404, call, distributionConfigurationArn=arn, **more)


def test_dry_run_succeeds_with_an_error_and_writes_nothing(client: Any, distributions: list[dict[str, Any]]) -> None:
    request = {"name": "web-image", "distributions": distributions, "dryRun": True, "clientToken": UUID.format(1)}
    for _again in range(2):
        refused("DryRunOperationException", 412, client.create_distribution_configuration, **request)
    assert not client.list_distribution_configurations()["distributionConfigurationSummaryList"]
    # The token remains unused, too.
    client.create_distribution_configuration(**{**request, "dryRun": False})


def test_dry_run_reports_what_the_real_run_would(
    client: Any, create: Callable[..., str], distributions: list[dict[str, Any]]
) -> None:
    create("web-image")
    call = client.create_distribution_configuration
    refused("ResourceAlreadyExistsException", 400, call, name="web-image", distributions=distributions, dryRun=True)
    wrong = [{"region": "us-east-1"}]
    refused("InvalidParameterValueException", 400, call, name="other", distributions=wrong, dryRun=True)


def test_same_token_gives_the_first_answer_again(client: Any, distributions: list[dict[str, Any]]) -> None:
    create = {"name": "web-image", "distributions": distributions, "clientToken": UUID.format(1)}
    first = client.create_distribution_configuration(**create)
    again = client.create_distribution_configuration(**create)
    assert again["distributionConfigurationArn"] == first["distributionConfigurationArn"]
    arn = first["distributionConfigurationArn"]
    update = {"distributionConfigurationArn": arn, "distributions": [], "clientToken": UUID.format(1)}
    client.update_distribution_configuration(**update)
    client.update_distribution_configuration(
        distributionConfigurationArn=arn, distributions=distributions, clientToken=UUID.format(2)
    )
    client.update_distribution_configuration(**update)
    assert get(client, arn)["distributions"] == distributions, "a replayed token runs nothing"


def test_same_token_with_other_parameters(client: Any, distributions: list[dict[str, Any]]) -> None:
    token = UUID.format(1)
    client.create_distribution_configuration(name="web-image", distributions=distributions, clientToken=token)
    message = refused(
        "IdempotentParameterMismatchException",
        400,
        client.create_distribution_configuration,
        name="db-image",
        distributions=distributions,
        clientToken=token,
    )
    assert token in message


def test_tokens_are_case_sensitive(client: Any) -> None:
    for name, token in (("web-image", "token-a"), ("db-image", "TOKEN-A")):
        client.create_distribution_configuration(name=name, distributions=[], clientToken=token)


def test_token_of_a_refused_request_is_free(client: Any, distributions: list[dict[str, Any]]) -> None:
    token = UUID.format(1)
    refused(
        "InvalidParameterValueException",
        400,
        client.create_distribution_configuration,
        name="web-image",
        distributions=[{"region": "us-east-1"}],
        clientToken=token,
    )
    client.create_distribution_configuration(name="web-image", distributions=distributions, clientToken=token)


def test_quota_is_per_region(client: Any, make_client: Callable[..., Any], create: Callable[..., str]) -> None:
    from moto.imagebuilder.switches import switches

    assert switches.distribution_configuration_quota == 1000
    switches.set(distribution_configuration_quota=2)
    create("one")
    create("two")
    for dry_run in (True, False):
        refused(
            "ServiceQuotaExceededException",
            402,
            client.create_distribution_configuration,
            name="three",
            distributions=[],
            dryRun=dry_run,
        )
    make_client("eu-west-1").create_distribution_configuration(name="three", distributions=[])


def test_empty_lists_are_echoed_on_demand(client: Any, create: Callable[..., str]) -> None:
    from moto.imagebuilder.switches import switches

    arn = create()
    switches.set(echo_empty_lists=True)
    (entry,) = get(client, arn)["distributions"]
    assert entry["launchTemplateConfigurations"] == []
    assert entry["fastLaunchConfigurations"] == []
    assert entry["amiDistributionConfiguration"]["targetAccountIds"] == []
    switches.reset()
    assert "launchTemplateConfigurations" not in get(client, arn)["distributions"][0], "only the echo is changed"


def test_set_default_version_is_echoed_on_demand(client: Any) -> None:
    from moto.imagebuilder.switches import switches

    templates = [
        {"launchTemplateId": "lt-0a1b2c3d4e5f67890"},
        {"launchTemplateId": "lt-0a1b2c3d4e5f67891", "setDefaultVersion": False},
    ]
    arn = client.create_distribution_configuration(
        name="web-image", distributions=[{"region": "us-east-1", "launchTemplateConfigurations": templates}]
    )["distributionConfigurationArn"]
    assert get(client, arn)["distributions"][0]["launchTemplateConfigurations"] == templates
    switches.set(echo_set_default_version=True, timeout_minutes=300)
    shown = get(client, arn)
    assert [entry["setDefaultVersion"] for entry in shown["distributions"][0]["launchTemplateConfigurations"]] == [
        True,
        False,
    ]
    assert shown["timeoutMinutes"] == 300


def test_unknown_switch_is_refused() -> None:
    from moto.imagebuilder.switches import switches

    with pytest.raises(ValueError, match="echo_empty_list;"):
        switches.set(echo_empty_list=True)
