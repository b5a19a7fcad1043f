"""Many configurations in one preflight: AWS is asked each question once, and every finding names its configurations."""

from __future__ import annotations

from collections import Counter

import boto3
import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import account_limits

from tests.unit.conftest import ACCOUNT
from tests.unit.conftest import REGION

# The local AWS needs a current service model.
pytestmark = pytest.mark.current_botocore

MODULE = "imagebuilder_distribution_preflight_info"
WEST, EUROPE = REGION, "eu-west-1"
KEY = f"arn:aws:kms:{EUROPE}:{ACCOUNT}:alias/images"


@pytest.fixture
def requests(aws, monkeypatch):
    """The requests that were made, each as (service, Region, operation)."""
    import botocore.client

    made = []
    call = botocore.client.BaseClient._make_api_call

    def counted(client, operation, parameters):
        made.append((client.meta.service_model.service_name, client.meta.region_name, operation))
        return call(client, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", counted)
    return made


@pytest.fixture
def preflight(requests, run_module, monkeypatch):
    # moto knows no quotas.
    monkeypatch.setattr(account_limits, "_quota", lambda reader, question, quota: 1000)

    def run(**options):
        requests.clear()
        return run_module(MODULE, options)

    return run


def configuration(name, *regions, **ami):
    ami = {"name_prefix": name, "description": f"{name} servers", **ami}
    return {"name": name, "distributions": [{"region": one, "ami_distribution_configuration": ami} for one in regions]}


def create_role():
    iam = boto3.client("iam", region_name=WEST)
    iam.create_role(RoleName="ImageDistribution", AssumeRolePolicyDocument='{"Statement": []}')


def many(count, **more):
    """Configurations with the same Regions, and each with another parameter in one of them."""
    configurations = [configuration(f"web-{number:03}", WEST, EUROPE, **more) for number in range(count)]
    for one in configurations:
        one["distributions"][1]["ssm_parameter_configurations"] = [{"parameter_name": f"/images/{one['name']}"}]
    return configurations


def test_many_configurations_cost_hardly_more_than_one(preflight, requests):
    role = {"execution_role": "ImageDistribution"}
    create_role()
    alone = preflight(distribution_configurations=many(1), **role)
    one = len(requests)
    assert "ssm_parameter" in {finding["check"] for finding in alone["findings"]}
    together = preflight(distribution_configurations=many(100), **role)
    # One more for the second fifty parameters, and one to simulate what the role may do with these.
    assert len(requests) == one + 2
    repeated = {request: times for request, times in Counter(requests).items() if times > 1}
    assert set(repeated) <= {("ssm", EUROPE, "DescribeParameters"), ("iam", "aws-global", "SimulatePrincipalPolicy")}
    assert len(together["findings"]) == len(alone["findings"]) + 2 * 99  # of parameters and pipelines
    assert together["invocation"]["module_args"]["distribution_configurations"] == "not repeated here"


def test_what_the_execution_role_may_do_is_simulated_once_for_all(preflight, requests):
    create_role()
    asked = []
    for count in (1, 20):
        preflight(distribution_configurations=many(count), execution_role="ImageDistribution", checks="roles")
        asked.append(Counter(operation for dummy, dummy, operation in requests))
    assert asked[0] == asked[1]


def test_each_finding_says_which_configurations_it_is_about(preflight):
    result = preflight(
        distribution_configurations=[
            configuration("web", EUROPE, kms_key_id=KEY),
            configuration("database", WEST, EUROPE),
            {"name": "gone", "state": "absent"},
        ]
    )
    about = {(one["check"], one["region"]): one["distribution_configurations"] for one in result["findings"]}
    assert about["region", EUROPE] == ["web", "database"]
    assert about["kms_key", EUROPE] == ["web"]
    assert about["pipelines", WEST] == ["database"]
    keys = [one for one in result["findings"] if one["check"] == "kms_key"]
    assert [one["status"] for one in keys] == ["error"]
    assert result["passed"] is False


def test_what_the_roles_may_do_is_about_those_that_need_it(preflight):
    result = preflight(
        distribution_configurations=[configuration("web", WEST, EUROPE), configuration("database", WEST)],
        execution_role="ImageDistribution",
        checks="roles",
    )
    about = {(one["check"], one["region"]): one["distribution_configurations"] for one in result["findings"]}
    assert about["execution_role", None] == ["web", "database"]
    assert about["execution_role_permissions", EUROPE] == ["web"]
    assert about["execution_role_permissions", WEST] == ["web", "database"]


def test_rules_that_need_no_request_are_reported_once_with_all_that_break_them(preflight):
    public = {"launch_permission": {"user_groups": ["all"]}}
    one, other = configuration("web", WEST, **public), configuration("database", WEST, **public)
    with_parameter = [{"parameter_name": "/images/web", "ami_account_id": "111122223333"}]
    one["distributions"][0]["ssm_parameter_configurations"] = with_parameter
    other["distributions"][0]["ssm_parameter_configurations"] = with_parameter
    apart = [preflight(distribution_configurations=[entry])["findings"] for entry in (one, other)]
    result = preflight(distribution_configurations=[one, other])
    for number, name in enumerate(("web", "database")):
        mine = [finding for finding in result["findings"] if name in finding["distribution_configurations"]]
        told = [{**finding, "distribution_configurations": [name]} for finding in mine]
        assert sorted(map(str, told)) == sorted(map(str, apart[number]))
    reported = [
        tuple(finding[key] for key in ("check", "region", "account_id", "message")) for finding in result["findings"]
    ]
    assert len(set(reported)) == len(reported)


def test_a_parameter_of_the_batch_that_cannot_be_written(preflight):
    boto3.client("ssm", region_name=EUROPE).put_parameter(Name="/images/web-007", Value="x", Type="StringList")
    findings = preflight(distribution_configurations=many(60))["findings"]
    (wrong,) = [one for one in findings if one["status"] == "error"]
    assert wrong["message"].startswith("the parameter /images/web-007 is a StringList")
    assert wrong["distribution_configurations"] == ["web-007"]


def test_the_pipelines_of_each(preflight):
    client = boto3.client("imagebuilder", region_name=WEST)
    arns = [
        client.create_distribution_configuration(
            name=name,
            distributions=[
                {"region": WEST, "amiDistributionConfiguration": {"name": "a {{ imagebuilder:buildDate }}"}}
            ],
        )["distributionConfigurationArn"]
        for name in ("web", "database")
    ]
    prefix = f"arn:aws:imagebuilder:{WEST}:{ACCOUNT}"
    client.create_image_pipeline(
        name="nightly",
        imageRecipeArn=f"{prefix}:image-recipe/web/1.0.0",
        infrastructureConfigurationArn=f"{prefix}:infrastructure-configuration/web",
        distributionConfigurationArn=arns[0],
    )
    result = preflight(distribution_configurations=[{"name": "web"}, {"arn": arns[1]}])
    told = {
        tuple(one["distribution_configurations"]): one["message"]
        for one in result["findings"]
        if one["check"] == "pipelines"
    }
    assert "nightly" in told["web",]
    assert told["database",] == f"no pipeline uses {arns[1]}"


def test_all_that_cannot_be_read_are_named(preflight):
    result = preflight(distribution_configurations=[{"name": "one"}, configuration("two", WEST), {"name": "three"}])
    assert result["failed"]
    heading, *rows = result["msg"].split("\n")
    assert heading == "2 of 3 distribution configurations cannot be checked:"
    assert [row.split(":")[0] for row in rows] == [
        "- distribution_configurations[0].name",
        "- distribution_configurations[2].name",
    ]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"distribution_configurations": []}, "distribution_configurations: []: an empty list leaves nothing to check"),
        (
            {"distribution_configurations": [configuration("web", WEST)], "name": "web"},
            "distribution_configurations: give this or name, not both",
        ),
        (
            {"distribution_configurations": [{**configuration("web", WEST), "distributions": [{"region": "mars"}]}]},
            "distribution_configurations[0].distributions[0]",
        ),
        (
            {"distribution_configurations": [configuration("web", WEST), configuration("Web", WEST)]},
            "distribution_configurations[1].name",
        ),
    ],
)
def test_wrong_options(preflight, options, text):
    result = preflight(**options)
    assert result["failed"]
    assert text in result["msg"]


def test_one_configuration_alone_is_as_before(preflight):
    result = preflight(**configuration("web", WEST))
    assert all("distribution_configurations" not in one for one in result["findings"])
