"""The source image in all its forms, and options that are refused without a request."""

from __future__ import annotations

import importlib

import pytest

from tests.unit import images
from tests.unit.images import ami
from tests.unit.images import SOURCE
from tests.unit.plugins.modules.image_distribution.rollout import BODY
from tests.unit.plugins.modules.image_distribution.rollout import image
from tests.unit.plugins.modules.image_distribution.rollout import token
from tests.unit.plugins.modules.image_distribution.rollout import WEB

pytestmark = pytest.mark.current_botocore


@pytest.mark.parametrize("name", ["/images/web", f"arn:aws:ssm:us-west-2:{images.ACCOUNT}:parameter/images/web"])
def test_a_source_in_a_parameter(run, script, name):
    source = f"ssm:{name}"
    script.configured().answers(
        "get_parameter", {"Parameter": {"Value": SOURCE}}, {"Name": name}, service="ssm"
    ).lists().starts(1, {**BODY, "clientToken": token()}).shows(image("PENDING"))
    assert run({**WEB, "source_image": source})["source_image"] == SOURCE


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        ({"Parameter": {"Value": "latest"}}, "'latest', which is not an AMI id"),
        ("AccessDeniedException", "ssm:GetParameter"),
        ("ParameterNotFound", "ParameterNotFound"),
    ],
)
def test_a_parameter_that_gives_no_ami(run, script, answer, part):
    script.configured()
    if isinstance(answer, str):
        script.refuses("get_parameter", answer, service="ssm")
    else:
        script.answers("get_parameter", answer, service="ssm")
    message = run({**WEB, "source_image": "ssm:/images/web"})["msg"]
    assert part in message
    assert "/images/web" in message


def test_a_source_that_is_an_image(run, script):
    version = f"arn:aws:imagebuilder:us-west-2:{images.ACCOUNT}:image/base/1.x.x"
    amis = [ami("us-west-2", identifier=SOURCE), ami("us-west-2", "111122223333", identifier="ami-0fff"), ami()]
    script.configured().answers("get_image", {"image": image(amis=amis)}, {"imageBuildVersionArn": version})
    script.lists().starts(1, {**BODY, "clientToken": token()}).shows(image("PENDING"))
    assert run({**WEB, "source_image": version})["source_image"] == SOURCE


@pytest.mark.parametrize(
    "amis",
    [
        [],
        [ami("eu-west-1")],
        [ami("us-west-2", "111122223333"), ami("us-west-2", "444455556666", identifier="ami-0fff")],
    ],
)
def test_an_image_without_one_ami_here(run, script, amis):
    version = f"arn:aws:imagebuilder:us-west-2:{images.ACCOUNT}:image/base/1.0.0/1"
    script.configured().answers("get_image", {"image": image(amis=amis)})
    assert "must have exactly one of this account" in run({**WEB, "source_image": version})["msg"]


def test_all_that_is_wrong_is_said_before_any_request(run):
    result = run(
        {
            "source_image": "web",
            "execution_role": "a role!",
            "tags": {"aws:x": "1", "goldimage.aws:source-image": "2"},
            "logging_configuration": {"log_group_name": "a b"},
            "wait_delay": 0,
            "wait_timeout": -1,
        }
    )
    lines = [line[2:].split(":")[0] for line in result["msg"].splitlines()[1:]]
    assert sorted(lines) == [
        "execution_role",
        "logging_configuration.log_group_name",
        "name",
        "source_image",
        "tags['aws",
        "tags['goldimage.aws",
        "wait_delay",
        "wait_timeout",
    ]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (
            {},
            [
                "source_image: is required",
                "execution_role: is required",
                "name: this or distribution_configuration_arn",
            ],
        ),
        ({"state": "cancelled"}, ["source_image: is required", "name: this or"]),
        ({"image_build_version_arn": images.arn(), "force": True}, ["force: starts a new rollout"]),
        ({"image_build_version_arn": images.arn(), "on_failed": "restart"}, ["on_failed: 'restart': starts a new"]),
        ({"image_build_version_arn": images.arn().replace("us-west-2", "eu-west-1")}, ["set region to match"]),
        (
            {"image_build_version_arn": images.arn()[:-2]},
            ["image_build_version_arn:", "the ARN of an image is"],
        ),
        ({**WEB, "name": "web"}, ["name: give this or distribution_configuration_arn, not both"]),
        ({**WEB, "sourceImage": "x"}, ["sourceImage: unknown option, write it as source_image"]),
        ({**WEB, "wait_delay": "soon", "source_image": "web"}, ["wait_delay", "source_image: 'web': is neither"]),
        ({**WEB, "source_image": "ssm:"}, ["does not name an SSM parameter"]),
        ({**WEB, "source_image": "ssm:arn:aws:s3:::x"}, ["does not name an SSM parameter"]),
        ({**WEB, "source_image": "ssm:arn:aws:ssm:eu-west-1:123456789012:parameter/x"}, ["is in Region eu-west-1"]),
        (
            {**WEB, "source_image": "arn:aws:imagebuilder:eu-west-1:123456789012:image/x/1.0.0/1"},
            ["is in Region eu-west"],
        ),
        ({**WEB, "tags": {f"t{number}": "" for number in range(48)}}, ["there is room for 47"]),
    ],
)
def test_what_is_refused_without_a_request(run, options, parts):
    result = run(options)
    assert result["failed"]
    for part in parts:
        assert part in result["msg"]


def test_an_older_botocore_is_named(run, script, monkeypatch):
    module = importlib.import_module(f"{images.COLLECTION}.modules.imagebuilder_image_distribution")
    wire = importlib.import_module(f"{images.COLLECTION}.module_utils._aws.module")
    monkeypatch.setattr(module, "connect", wire.connect)
    monkeypatch.setattr(module.GoldimageModule, "client", lambda _module, *_service, **dummy: script.connection.client)
    monkeypatch.setattr(wire.Connection, "knows", lambda self, operation: operation != "DistributeImage")
    assert "1.41.1 or newer" in run(WEB)["msg"]


def test_two_names_that_fold_to_one_arn(run, script):
    script.configured()
    options = {**WEB, "name": "Web"}
    del options["distribution_configuration_arn"]
    message = run(options)["msg"]
    assert "'Web'" in message
    assert "'web'" in message
