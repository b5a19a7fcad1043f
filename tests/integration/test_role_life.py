"""The role from nothing to everything and back: one source account, two target accounts, three Regions."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.integration.role_world import include
from tests.integration.role_world import statement
from tests.local_aws.environment import SECRET
from tests.world import DESTINATION_POLICY
from tests.world import EUROPE
from tests.world import HOME
from tests.world import ONE
from tests.world import SERVICE_TRUST
from tests.world import SOURCE
from tests.world import TWO
from tests.world import WEST

WRITES = {
    "imagebuilder": ["CreateDistributionConfiguration", "TagResource", "UpdateImagePipeline", "DistributeImage"],
    "iam": ["CreateRole", "TagRole", "PutRolePolicy", "UpdateAssumeRolePolicy", "AttachRolePolicy"],
}
ROLE_ARN = f"arn:aws:iam::{SOURCE}:role/goldimage-web"
ARN = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/web-image"
# The Regions and accounts that get an AMI.
TARGETS = [(HOME, SOURCE), (WEST, SOURCE), (WEST, ONE), (WEST, TWO), (EUROPE, SOURCE), (EUROPE, TWO)]


@pytest.fixture
def spec(aws, world, tmp_path):
    """A spec with a key for each Region, groups, parameters, a launch template elsewhere, a pipeline and a report."""
    keys = {region: world.key(region).alias for region in (WEST, EUROPE)}
    template = world.template(WEST, ONE)
    return {
        "spec_id": "web",
        "region": HOME,
        "name": "Web Image",
        "description": "Web servers",
        "tags": {"Team": "platform", "CostCenter": "42"},
        "groups": {"production": [ONE, TWO]},
        "defaults": {
            "ami_distribution_configuration": {
                "name_prefix": "web",
                "ami_tags": {"built": "[[ imagebuilder:buildDate ]]"},
                "launch_permission": {"user_ids": ["production"]},
            },
            "ssm_parameter_configurations": [{"parameter_name": "/golden/web"}],
        },
        "regions": {
            EUROPE: {
                "ami_distribution_configuration": {"kms_key_id": keys[EUROPE], "target_account_ids": [SOURCE, TWO]}
            },
            HOME: None,
            WEST: {
                "ami_distribution_configuration": {
                    "kms_key_id": keys[WEST],
                    "target_account_ids": [SOURCE, "production"],
                },
                "launch_template_configurations": [{"launch_template_id": template, "account_id": ONE}],
                "ssm_parameter_configurations": [
                    {"parameter_name": "/golden/web", "ami_account_id": "production", "data_type": "text"}
                ],
            },
        },
        "pipelines": [world.pipeline()],
        "target_account_role_name": "admin/ImageAdmin",
        "target_account_external_id": "a-shared-secret-for-the-admins",
        "report_dir": str(tmp_path / "reports"),
        "image": aws.plant_ami("web"),
        "wait_delay": 1,
    }


def derived(distributions, **arguments):
    """The policy document that the collection derives; the filter's tests prove it right."""
    plugins = "ansible_collections.goldimage.aws.plugins"
    execution_policy = importlib.import_module(f"{plugins}.filter.execution_policy").execution_policy
    return execution_policy(distributions, home_region=HOME, **arguments)


def test_from_nothing_to_everything_and_back(ansible, aws, world, spec, tmp_path):
    # Read-only credentials get the same prediction.
    for service, operations in WRITES.items():
        for operation in operations:
            aws.fault(service, operation, code="AccessDeniedException", status=403, message="not authorized")
    aws.clear_requests()
    predicted = ansible.playbook(include(**spec), "--check")
    assert world.writes() == []
    aws.clear_faults()
    assert not (tmp_path / "reports").exists()
    announced = predicted["Result"]["distribution_rollout_result"]
    assert announced["changed"] is True
    assert announced["execution_role"]["arn"] == ROLE_ARN
    assert announced["execution_role"]["changed"] is True
    assert [one["changed"] for one in announced["destination_accounts"]] == [True, True]
    assert [(one["arn"], one["action"]) for one in announced["configurations"]] == [(ARN, "created")]
    assert [one["changed"] for one in announced["pipelines"]] == [True]

    # The highest verbosity would show credentials if anything did. Since ansible-core 2.21, options are sent back only
    # on request.
    real = ansible.playbook(include(**spec), "-vvv", environment={"ANSIBLE_INJECT_INVOCATION": "true"})
    result = real["Result"]["distribution_rollout_result"]
    _no_secrets(real.stdout + real.stderr)
    _roles_are_as_asked(aws, world, result)
    _report_is_there(tmp_path / "reports" / f"web-{HOME}-{SOURCE}.md", result)
    essentials = real.custom_stats["distribution_rollout"][SOURCE][HOME]["web"]
    assert essentials["configurations"] == {"Web Image": ARN}
    assert essentials["execution_role_arn"] == ROLE_ARN
    assert essentials["destination_accounts"] == [ONE, TWO]
    assert essentials["regions"] == [HOME, EUROPE, WEST]
    assert (essentials["errors"], essentials["changed"]) == (0, True)
    # Check mode predicted what was done, but could not know what is live.
    live = dict.fromkeys(("findings", "rollouts", "drift", "check_mode", "conclusion", "next", "steps", "made"))
    assert {**announced, **live} == {**result, **live}
    assert announced["conclusion"]["kind"] == "would_change"
    assert announced["next"] == ["Run the same without --check to make these changes."]
    assert set(result["steps"]) - set(announced["steps"]) == {"drift"}
    _image_is_out(aws, real, announced, spec)

    aws.clear_requests()
    again = ansible.playbook(include(**spec))
    assert again.stats["changed"] == 0
    assert world.writes() == []
    assert again["Result"]["distribution_rollout_result"]["changed"] is False
    assert {one["action"] for one in again["Result"]["distribution_rollout_result"]["configurations"]} == {"unchanged"}
    [look] = again["Result"]["distribution_rollout_result"]["drift"]
    assert (look["in_sync"], look["image_build_version_arn"], look["source_image"]) == (
        True,
        essentials["images"]["Web Image"],
        spec["image"],
    )
    assert sorted((row["region"], row["account_id"]) for row in look["targets"]) == sorted(TARGETS)

    _absent(ansible, aws, world, spec)


def _no_secrets(output):
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in output
    _nothing_of_credentials(output)
    shown = re.findall(r'"(?:secret_key|session_token|secret_access_key)": ("[^"]*"|null)', output)
    assert set(shown) <= {'"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"', "null"}


def _nothing_of_credentials(text):
    assert "a-shared-secret-for-the-admins" not in text
    assert SECRET not in text
    # What moto's session tokens begin with.
    assert "FQoGZXIvYXdzE" not in text


def _roles_are_as_asked(aws, world, result):
    stored = aws.stored(ARN)
    assert [entry["region"] for entry in stored["distributions"]] == [HOME, EUROPE, WEST]
    assert stored["distributions"][2]["amiDistributionConfiguration"]["name"] == "web {{ imagebuilder:buildDate }}"
    owner = {"goldimage.aws:spec": f"web/{SOURCE}/{HOME}"}
    assert stored["description"] == "Web servers"
    assert stored["tags"] == {"Team": "platform", "CostCenter": "42", **owner}
    pipeline = aws.client("imagebuilder").get_image_pipeline(imagePipelineArn=result["pipelines"][0]["arn"])
    assert pipeline["imagePipeline"]["distributionConfigurationArn"] == ARN
    assert pipeline["imagePipeline"]["executionRole"] == ROLE_ARN
    assert pipeline["imagePipeline"]["schedule"] == {"scheduleExpression": "cron(0 3 * * ? *)"}

    reading = importlib.import_module(
        "ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion"
    ).distributions_from_api
    distributions = reading(stored["distributions"])
    execution = world.role("goldimage-web")
    assert execution.arn == result["execution_role"]["arn"] == ROLE_ARN
    assert execution.trust == [SERVICE_TRUST]
    assert execution.inline == {f"goldimage-web-{HOME}": derived(distributions, account_id=SOURCE)}
    assert (execution.managed, execution.profiles) == ([], [])
    assert execution.tags == {"Team": "platform", "CostCenter": "42", **owner}
    for account in (ONE, TWO):
        destination = world.destination(account)
        policy = derived(distributions, account_id=account, side="target")
        assert policy["Statement"]
        assert destination.trust == [statement("web")]
        assert destination.inline == {f"goldimage-web-{HOME}-{SOURCE}": policy}
        assert (destination.managed, destination.profiles) == ([DESTINATION_POLICY], [])
        assert destination.tags == {"Team": "platform", "CostCenter": "42", **owner}
    checks = {finding["check"]: finding["status"] for finding in result["findings"]}
    assert checks["destination_role_trust"] == checks["execution_role_trust"] == checks["kms_key_policy"] == "ok"
    # As reported by the simulator, which judges the policies made above.
    assert checks["execution_role_permissions"] == checks["destination_role_permissions"] == "ok"


def _image_is_out(aws, run, announced, spec):
    assert [(one["configuration"], one["changed"]) for one in announced["rollouts"]] == [("Web Image", True)]
    assert [line for line in run.stdout.splitlines() if line.startswith("[localhost]") and "AVAILABLE" in line]
    essentials = run.custom_stats["distribution_rollout"][SOURCE][HOME]["web"]
    assert essentials["in_sync"] is True
    image = aws.image(essentials["images"]["Web Image"])
    assert image["state"]["status"] == "AVAILABLE"
    assert {(ami["region"], ami["accountId"]) for ami in image["outputResources"]["amis"]} == set(TARGETS)


def _report_is_there(path, result):
    assert result["report"] == {"markdown": str(path), "html": str(path.with_suffix(".html"))}
    # What is planned, and what is live.
    live, row = (line for line in path.read_text().splitlines() if line.startswith(f"| {WEST} | {ONE}"))
    assert "in sync" in live
    assert "AMI of its own" in row
    assert "alias/golden" in row
    assert "launch template lt-" in row
    assert "SSM parameter /golden/web" in row
    page = path.with_suffix(".html").read_text()
    assert TWO in page
    assert "viewport" in page
    # It loads nothing from the network.
    _nothing_of_credentials(path.read_text() + page)
    assert not re.search(r"<(script|link|img|iframe)|https?://|@import|url\(", page)


def _absent(ansible, aws, world, spec):
    refused = ansible.playbook(include(**spec, state="absent"), rc=2)
    assert "pipelines still use" in refused.stdout
    assert spec["pipelines"][0] in refused.stdout
    assert world.role("goldimage-web").inline
    aws.client("imagebuilder").delete_image_pipeline(imagePipelineArn=spec["pipelines"][0])

    gone = ansible.playbook(include(**spec, state="absent"))
    result = gone["Result"]["distribution_rollout_result"]
    assert result["changed"] is True
    assert "- execution role goldimage-web in account" in gone.stdout
    assert world.configurations() == []
    assert world.role("goldimage-web") is None
    assert [world.destination(account) for account in (ONE, TWO)] == [None, None]
    amis = {(one["region"], one["account_id"]): one["name"] for one in result["leftovers"]}
    assert set(amis) == set(TARGETS)
    assert {one["kind"] for one in result["leftovers"]} == {"ami"}
    assert amis[WEST, ONE].startswith("ami-")
    aws.clear_requests()
    again = ansible.playbook(include(**spec, state="absent"))
    assert (again.stats["changed"], world.writes()) == (0, [])
    still = again["Result"]["distribution_rollout_result"]["leftovers"]
    assert {(one["region"], one["account_id"]) for one in still} == set(TARGETS)
