"""The server checks every constraint of botocore's model: each violation is refused with its path."""

from __future__ import annotations

import copy
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from tests.local_aws.samples import full_request

MODEL = botocore.session.get_session().get_service_model("imagebuilder")
CREATE = MODEL.operation_model("CreateDistributionConfiguration").input_shape
Step = Any
Violation = tuple[str, tuple[Step, ...], Any, str]


def walk(shape: Any, value: Any, steps: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Any, Any]]:
    """Every place of a value: its steps from the top, its shape, and the value."""
    yield steps, shape, value
    if shape.type_name == "structure":
        for name, item in value.items():
            yield from walk(shape.members[name], item, (*steps, name))
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from walk(shape.member, item, (*steps, index))
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from walk(shape.value, item, (*steps, key))


def path_of(steps: tuple[Step, ...]) -> str:
    """Steps as the service writes them: distributions[0].region."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.lstrip(".")


def violations() -> Iterator[Violation]:
    """(what is wrong, where, the value that is wrong, what the message must hold)."""
    for steps, shape, value in walk(CREATE, full_request()):
        path = path_of(steps)
        limits = shape.metadata
        if shape.type_name == "string":
            if "pattern" in limits:
                yield "pattern", steps, "\u00e9" * len(value), f"'{path}' must match pattern {limits['pattern']}"
            if "enum" in limits:
                yield "enumeration", steps, value.swapcase(), f"'{path}' must be one of "
            if "max" in limits:
                yield "too long", steps, "x" * (limits["max"] + 1), f"'{path}' must contain at most {limits['max']}"
            if limits.get("min"):
                yield "too short", steps, "", f"'{path}' must contain at least {limits['min']}"
            yield "number for text", steps, 1, f"'{path}' must be of type string"
        elif shape.type_name == "list":
            if "max" in limits:
                yield "too many", steps, value[:1] * (limits["max"] + 1), f"'{path}' must contain at most"
            if limits.get("min"):
                yield "empty", steps, [], f"'{path}' must contain at least {limits['min']} items"
            yield "text for list", steps, "x", f"'{path}' must be of type list"
        elif shape.type_name == "map":
            many = {f"key{number}": "x" for number in range(limits["max"] + 1)}
            yield "too many", steps, many, f"'{path}' must contain at most {limits['max']} entries"
            yield "empty", steps, {}, f"'{path}' must contain at least {limits['min']} entries"
            long_key = "k" * (shape.key.metadata["max"] + 1)
            yield "key too long", steps, {long_key: "x"}, f"'{path}.{long_key}' must contain at most"
            yield "key of AWS's own", steps, {"aws:x": "x"}, f"'{path}.aws:x' must match pattern"
        elif shape.type_name == "integer":
            for limit, beyond in (("min", -1), ("max", 1)):
                if limit in limits:
                    yield f"beyond {limit}", steps, limits[limit] + beyond, f"'{path}' must be at "
            yield "text for number", steps, "5", f"'{path}' must be of type integer"
        elif shape.type_name == "boolean":
            yield "text for boolean", steps, "true", f"'{path}' must be of type boolean"
        elif shape.type_name == "structure":
            prefix = f"{path}." if path else ""
            for name in shape.required_members:
                rest = {key: item for key, item in value.items() if key != name}
                yield "missing", (*steps, name), rest, f"'{prefix}{name}' must not be null"
            yield (
                "unknown",
                (*steps, "memberOfTomorrow"),
                {**value, "memberOfTomorrow": 1},
                (f"the parameter '{prefix}memberOfTomorrow', which does not exist"),
            )


def violated(kind: str, steps: tuple[Step, ...], wrong: Any) -> dict[str, Any]:
    """The full request with one thing wrong; for a missing or unknown member the whole structure is replaced."""
    where = steps[:-1] if kind in ("missing", "unknown") else steps
    if not where:
        return copy.deepcopy(wrong)
    request = full_request()
    place: Any = request
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = copy.deepcopy(wrong)
    return request


VIOLATIONS = list(violations())


def test_sample_uses_every_member_of_the_model() -> None:
    used = {
        (shape.name, name)
        for _steps, shape, value in walk(CREATE, full_request())
        for name in value_names(shape, value)
    }
    known = {
        (shape.name, name)
        for _steps, shape, _value in walk(CREATE, full_request())
        if shape.type_name == "structure"
        for name in shape.members
    }
    assert used == known


def value_names(shape: Any, value: Any) -> list[str]:
    """The members that a structure has here."""
    return list(value) if shape.type_name == "structure" else []


def test_full_request_is_accepted(client: Any) -> None:
    request = full_request()
    arn = client.create_distribution_configuration(**request)["distributionConfigurationArn"]
    shown = client.get_distribution_configuration(distributionConfigurationArn=arn)["distributionConfiguration"]
    assert {key: shown[key] for key in ("name", "description", "distributions", "tags")} == {
        key: request[key] for key in ("name", "description", "distributions", "tags")
    }


@pytest.mark.parametrize(
    ("kind", "steps", "wrong", "message"),
    VIOLATIONS,
    ids=[f"{path_of(steps)}-{kind}" for kind, steps, _wrong, _message in VIOLATIONS],
)
def test_one_violation_is_refused(
    client: Any, send: Callable[[str, Any], Any], kind: str, steps: tuple[Step, ...], wrong: Any, message: str
) -> None:
    with pytest.raises(ClientError) as caught:
        send("create_distribution_configuration", violated(kind, steps, wrong))
    error = caught.value.response
    unreadable = kind == "unknown" or " for " in kind
    assert error["Error"]["Code"] == ("InvalidRequestException" if unreadable else "InvalidParameterValueException")
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert message in error["Error"]["Message"]
    assert not client.list_distribution_configurations()["distributionConfigurationSummaryList"]


@pytest.mark.parametrize("name", ["web\n", "a", "ab", "-" * 129, "web/image", " web", "web "])
def test_name_must_match_as_a_whole(client: Any, distributions: list[dict[str, Any]], name: str) -> None:
    with pytest.raises(ClientError, match="'name' must match pattern"):
        client.create_distribution_configuration(name=name, distributions=distributions)


@pytest.mark.parametrize("body", ["{", "[]", '"text"', ""])
def test_a_body_that_is_not_an_object_is_refused(send: Callable[[str, Any], Any], body: str) -> None:
    with pytest.raises(ClientError) as caught:
        send("create_distribution_configuration", body)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_true_is_not_a_number(send: Callable[[str, Any], Any]) -> None:
    request = full_request()
    request["distributions"][0]["fastLaunchConfigurations"][0]["maxParallelLaunches"] = True
    with pytest.raises(ClientError, match="maxParallelLaunches' must be of type integer"):
        send("create_distribution_configuration", request)


def test_space_of_a_pattern_is_an_ascii_space(client: Any, distributions: list[dict[str, Any]]) -> None:
    for blank, accepted in ((" ", True), ("\u00a0", False)):
        request = {"name": "web-image", "distributions": distributions, "tags": {f"cost{blank}center": "42"}}
        if accepted:
            client.create_distribution_configuration(**request)
        else:
            with pytest.raises(ClientError, match="must match pattern"):
                client.create_distribution_configuration(**request)


def test_null_means_absent(client: Any, send: Callable[[str, Any], Any]) -> None:
    request = {**full_request(), "description": None}
    arn = send("create_distribution_configuration", request)["distributionConfigurationArn"]
    shown = client.get_distribution_configuration(distributionConfigurationArn=arn)["distributionConfiguration"]
    assert "description" not in shown


def test_messages_have_the_form_of_the_service(client: Any, distributions: list[dict[str, Any]]) -> None:
    distributions[0]["amiDistributionConfiguration"]["launchPermission"] = {"userIds": []}
    with pytest.raises(ClientError) as caught:
        client.create_distribution_configuration(name="web-image", distributions=distributions)
    path = "distributions[0].amiDistributionConfiguration.launchPermission.userIds"
    assert caught.value.response["Error"]["Message"] == (
        f"The value supplied for parameter '{path}' is not valid. '{path}' must contain at least 1 items"
    )
