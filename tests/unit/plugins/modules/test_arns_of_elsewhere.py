"""An ARN of another Region or account is an error that names both."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.current_botocore

HERE, ELSEWHERE = "us-west-2", "eu-west-1"
OWN, OTHER = "123456789012", "111122223333"
ENTRY = {"region": HERE, "ami_distribution_configuration": {"name_prefix": "web"}}
ROLE = {"execution_role": "Builder"}
# Module -> options in addition to the ARN.
TAKES_CONFIGURATION = {
    "imagebuilder_distribution": [{"state": "absent"}, {"distributions": [ENTRY]}, {"description": "x"}],
    "imagebuilder_distribution_info": [{}],
    "imagebuilder_distribution_preflight_info": [{}],
    "imagebuilder_image_distribution": [
        {"source_image": "ami-0abcdef1234567890", **ROLE},
        {"source_image": "ami-0abcdef1234567890", "state": "cancelled"},
    ],
    "imagebuilder_image_distribution_info": [{}],
    "imagebuilder_image_distribution_repair": [{}],
    "imagebuilder_image_retention": [{"keep": 1, **ROLE}],
}
CASES = [(module, more) for module, many in TAKES_CONFIGURATION.items() for more in many]


def arn(region, account, resource="distribution-configuration/web"):
    return f"arn:aws:imagebuilder:{region}:{account}:{resource}"


@pytest.mark.parametrize(("module", "more"), CASES)
def test_the_region(aws, run_module, module, more):
    given = arn(ELSEWHERE, OWN)
    result = run_module(module, {"distribution_configuration_arn": given, **more})
    assert result.get("failed"), result
    assert given in result["msg"]
    assert f"is in Region {ELSEWHERE}, but this task uses Region {HERE}; set region to match" in result["msg"]


@pytest.mark.parametrize(("module", "more"), CASES)
def test_the_account(aws, run_module, module, more):
    given = arn(HERE, OTHER)
    result = run_module(module, {"distribution_configuration_arn": given, **more})
    assert result.get("failed"), result
    assert f"{given} belongs to account {OTHER}, but this task has credentials of account {OWN}" in result["msg"]


def test_what_is_simply_not_there_is_no_error(aws, run_module):
    given = {"distribution_configuration_arn": arn(HERE, OWN)}
    assert run_module("imagebuilder_distribution", {**given, "state": "absent"})["changed"] is False
    assert run_module("imagebuilder_distribution_info", given)["distribution_configurations"] == []
