"""main() of the preflight, against the local AWS in this process."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.questions import CHECKS
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.reader import Unchecked

from tests.unit.conftest import ACCOUNT
from tests.unit.conftest import REGION

# The local AWS needs a current service model.
pytestmark = pytest.mark.current_botocore

MODULE = "imagebuilder_distribution_preflight_info"
ONLY_HERE = [{"region": REGION, "ssm_parameter_configurations": [{"parameter_name": "/images/web"}]}]


def quota_images(reader, question):
    raise Unchecked("not checked, moto knows no quotas", "Do without")


@pytest.fixture
def preflight(aws, run_module, monkeypatch):
    monkeypatch.setitem(CHECKS, "quota_images", quota_images)

    def run(**options):
        return run_module(MODULE, options)

    return run


def create(name="Web Image"):
    client = boto3.client("imagebuilder", region_name=REGION)
    distributions = [{"region": REGION, "ssmParameterConfigurations": [{"parameterName": "/images/web"}]}]
    return client.create_distribution_configuration(name=name, distributions=distributions)[
        "distributionConfigurationArn"
    ]


def by_check(result):
    return {finding["check"]: finding for finding in result["findings"]}


def test_distributions_that_are_not_there_yet(preflight):
    result = preflight(distributions=ONLY_HERE)
    assert (result["changed"], result["passed"]) == (False, True)
    findings = by_check(result)
    assert findings["region"] == {
        "check": "region",
        "region": REGION,
        "account_id": ACCOUNT,
        "status": "ok",
        "message": f"{REGION} is enabled for account {ACCOUNT}",
        "remedy": None,
    }
    assert findings["ssm_parameter"]["status"] == "ok"
    # A question that could not be asked is neither ok nor an error.
    assert findings["quota_images"]["status"] == "skipped"


@pytest.mark.parametrize("selector", ["name", "distribution_configuration_arn"])
def test_a_configuration_that_exists(preflight, selector):
    arn = create()
    boto3.client("ssm", region_name=REGION).put_parameter(Name="/images/web", Value="none", Type="StringList")
    result = preflight(**{selector: "Web Image" if selector == "name" else arn})
    findings = by_check(result)
    assert result["passed"] is False
    assert findings["ssm_parameter"]["status"] == "error"
    assert findings["pipelines"]["message"] == f"no pipeline uses {arn}"


def test_the_pipelines_of_a_configuration_that_is_about_to_change(preflight):
    arn = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:distribution-configuration/web-image"
    result = preflight(distributions=ONLY_HERE, name="Web Image")
    assert by_check(result)["pipelines"]["message"] == f"no pipeline uses {arn}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("other", f"name: other does not exist in {REGION} in account {ACCOUNT}; give distributions"),
        ("web-image", "name: 'web-image' does not exist, but 'Web Image' does, and both are the same name to AWS"),
    ],
)
def test_a_configuration_that_does_not_exist_is_a_wrong_option(preflight, name, message):
    create()
    result = preflight(name=name)
    assert result["failed"]
    assert result["msg"].startswith(message)


def test_wrong_options_all_at_once(preflight):
    result = preflight(
        distributions=[{"region": REGION}],
        execution_role="no role!",
        target_account_role_name="EC2ImageBuilderDistributionCrossAccountRole",
        workers=0,
    )
    assert result["failed"]
    for path in ("distributions[0]", "execution_role", "target_account_role_name", "workers"):
        assert f"- {path}: " in result["msg"]


def test_a_selector_is_needed(preflight):
    assert "name or distribution_configuration_arn" in preflight()["msg"]


def test_roles_are_checked_only_when_one_is_given(preflight):
    assert not any("role" in finding["check"] for finding in preflight(distributions=ONLY_HERE)["findings"])
    result = preflight(distributions=ONLY_HERE, execution_role="ImageDistribution")
    assert by_check(result)["execution_role"]["status"] == "error"
    assert by_check(result)["execution_role_trust"]["status"] == "skipped"
