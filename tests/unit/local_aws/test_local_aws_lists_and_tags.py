"""Lists, their filters and pages; tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def names(client: Any, **parameters: Any) -> list[str]:
    """Names of one page of configurations."""
    answer = client.list_distribution_configurations(**parameters)
    return [summary["name"] for summary in answer["distributionConfigurationSummaryList"]]


@pytest.fixture
def many(create: Callable[..., str]) -> list[str]:
    """120 configurations, in the order of their creation."""
    created = [f"web {number:03d}" for number in range(120)]
    for name in created:
        create(name)
    return created


def test_summary_has_regions_and_no_distributions(client: Any, create: Callable[..., str]) -> None:
    distributions = [
        {"region": region, "fastLaunchConfigurations": [{"enabled": True}]} for region in ("us-east-1", "eu-west-1")
    ]
    arn = create("Web Image", description="web", tags={"team": "web"}, distributions=distributions)
    (summary,) = client.list_distribution_configurations()["distributionConfigurationSummaryList"]
    assert summary.pop("dateCreated")
    assert summary == {
        "arn": arn,
        "name": "Web Image",
        "description": "web",
        "tags": {"team": "web"},
        "regions": ["us-east-1", "eu-west-1"],
    }
    client.update_distribution_configuration(distributionConfigurationArn=arn, distributions=[])
    (summary,) = client.list_distribution_configurations()["distributionConfigurationSummaryList"]
    assert summary["dateUpdated"]
    assert summary["regions"] == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["Web Image"], ["Web Image"]),
        (["web-image"], []),
        (["web image"], []),
        (["Web*"], ["Web Image", "Web_2"]),
        (["*Image*"], ["Web Image", "My Image 3"]),
        (["*Image"], []),
        (["W*e"], []),
        (["Image*"], []),
        (["Web_2", "My*"], ["Web_2", "My Image 3"]),
    ],
)
def test_name_filter(client: Any, create: Callable[..., str], values: list[str], expected: list[str]) -> None:
    for name in ("Web Image", "Web_2", "My Image 3"):
        create(name)
    assert names(client, filters=[{"name": "name", "values": values}]) == expected


def test_filters_are_joined_by_and(client: Any, create: Callable[..., str]) -> None:
    for name in ("Web Image", "Web_2", "My Image 3"):
        create(name)
    filters = [{"name": "name", "values": ["Web*"]}, {"name": "name", "values": ["*Image*"]}]
    assert names(client, filters=filters) == ["Web Image"]


@pytest.mark.parametrize(
    ("a_filter", "path"),
    [
        ({"name": "description", "values": ["web"]}, "filters[0].name"),
        ({"values": ["web"]}, "filters[0].name"),
        ({"name": "name"}, "filters[0].values"),
        ({"name": "name", "values": []}, "filters[0].values"),
        ({"name": "name", "values": ["web?"]}, "filters[0].values[0]"),
        ({"name": "name", "values": ["web"] * 11}, "filters[0].values"),
    ],
)
def test_filter_is_refused(client: Any, a_filter: dict[str, Any], path: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValueException") as caught:
        client.list_distribution_configurations(filters=[a_filter])
    assert f"'{path}'" in str(caught.value)


def test_pages(client: Any, many: list[str]) -> None:
    assert names(client) == many[:25], "25 unless asked otherwise"
    first = client.list_distribution_configurations(maxResults=100)
    assert len(first["distributionConfigurationSummaryList"]) == 100
    last = client.list_distribution_configurations(maxResults=100, nextToken=first["nextToken"])
    assert len(last["distributionConfigurationSummaryList"]) == 20
    assert "nextToken" not in last


def test_last_page_that_is_full_has_no_token(client: Any, many: list[str]) -> None:
    answer = client.list_distribution_configurations(maxResults=10, filters=[{"name": "name", "values": ["*web 00*"]}])
    assert len(answer["distributionConfigurationSummaryList"]) == 10
    assert "nextToken" not in answer


def test_pages_shorter_than_asked(client: Any, many: list[str]) -> None:
    from moto.imagebuilder.switches import switches

    switches.set(page_limit=7)
    pages = list(client.get_paginator("list_distribution_configurations").paginate(maxResults=100))
    assert [len(page["distributionConfigurationSummaryList"]) for page in pages] == [7] * 17 + [1]


def test_pages_while_others_delete(client: Any, many: list[str]) -> None:
    first = client.list_distribution_configurations(maxResults=50)
    arn = first["distributionConfigurationSummaryList"][0]["arn"]
    client.delete_distribution_configuration(distributionConfigurationArn=arn)
    assert names(client, maxResults=1, nextToken=first["nextToken"]) == [many[50]]


@pytest.mark.parametrize("size", [0, 101])
def test_page_size_is_limited(client: Any, size: int) -> None:
    with pytest.raises(ClientError, match="'maxResults' must be at"):
        client.list_distribution_configurations(maxResults=size)


@pytest.mark.parametrize("token", ["x", "\u00e9", "W10=", "WyJ4IiwgMV0="])
def test_bad_token(client: Any, token: str) -> None:
    with pytest.raises(client.exceptions.InvalidPaginationTokenException):
        client.list_distribution_configurations(nextToken=token)


def test_token_belongs_to_its_list(client: Any, many: list[str]) -> None:
    token = client.list_distribution_configurations()["nextToken"]
    with pytest.raises(client.exceptions.InvalidPaginationTokenException):
        client.list_distribution_configurations(nextToken=token, filters=[{"name": "name", "values": ["web*"]}])
    with pytest.raises(client.exceptions.InvalidPaginationTokenException):
        client.list_image_pipelines(nextToken=token)


def tags_of(client: Any, arn: str) -> dict[str, str]:
    """Tags as ListTagsForResource shows them; Get must agree."""
    tags: dict[str, str] = client.list_tags_for_resource(resourceArn=arn)["tags"]
    shown = client.get_distribution_configuration(distributionConfigurationArn=arn)["distributionConfiguration"]
    assert shown["tags"] == tags
    assert "dateUpdated" not in shown
    return tags


def test_tags_are_added_overwritten_and_removed(client: Any, create: Callable[..., str]) -> None:
    arn = create(tags={"team": "web", "Cost Center": "42"})
    client.tag_resource(resourceArn=arn, tags={"team": "data", "stage": ""})
    assert tags_of(client, arn) == {"team": "data", "Cost Center": "42", "stage": ""}
    client.untag_resource(resourceArn=arn, tagKeys=["Cost Center", "stage", "never-there"])
    assert tags_of(client, arn) == {"team": "data"}
    client.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert tags_of(client, arn) == {}


def test_tag_limit_counts_all_tags(client: Any, create: Callable[..., str]) -> None:
    arn = create(tags={f"key-{number}": "x" for number in range(49)})
    client.tag_resource(resourceArn=arn, tags={"key-49": "x"})
    with pytest.raises(client.exceptions.InvalidParameterException, match="at most 50 tags"):
        client.tag_resource(resourceArn=arn, tags={"key-50": "x"})
    assert len(tags_of(client, arn)) == 50


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("tag_resource", {"tags": {}}),
        ("tag_resource", {"tags": {"aws:owner": "x"}}),
        ("tag_resource", {"tags": {"key": "v" * 257}}),
        ("untag_resource", {"tagKeys": []}),
        ("untag_resource", {"tagKeys": ["aws:owner"]}),
    ],
)
def test_tag_operations_have_their_own_error(
    client: Any, create: Callable[..., str], operation: str, parameters: dict[str, Any]
) -> None:
    arn = create()
    with pytest.raises(client.exceptions.InvalidParameterException):
        getattr(client, operation)(resourceArn=arn, **parameters)
    with pytest.raises(client.exceptions.InvalidParameterException, match="'resourceArn' must match pattern"):
        client.list_tags_for_resource(resourceArn="arn:aws:ec2:us-east-1:123456789012:image/ami-1")


@pytest.mark.parametrize("operation", ["tag_resource", "untag_resource", "list_tags_for_resource"])
def test_tags_of_a_missing_resource(client: Any, create: Callable[..., str], operation: str) -> None:
    arn = create() + "-other"
    parameters = {"tag_resource": {"tags": {"a": "b"}}, "untag_resource": {"tagKeys": ["a"]}}.get(operation, {})
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        getattr(client, operation)(resourceArn=arn, **parameters)
