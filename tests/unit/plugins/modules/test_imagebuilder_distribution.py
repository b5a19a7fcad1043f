"""The module's main() against the local AWS in this process: what it asks, writes, returns, warns of and refuses."""

from __future__ import annotations

import pytest

from tests.unit.plugins.modules.web_image import ARN
from tests.unit.plugins.modules.web_image import ENTRY
from tests.unit.plugins.modules.web_image import MODULE
from tests.unit.plugins.modules.web_image import OTHER
from tests.unit.plugins.modules.web_image import stored
from tests.unit.plugins.modules.web_image import WEB

pytestmark = pytest.mark.current_botocore


def test_an_unchanged_configuration_costs_two_requests_by_name_and_one_by_arn(run_module, requests):
    run_module(MODULE, WEB)
    del requests[:]
    assert run_module(MODULE, WEB)["changed"] is False
    assert requests.operations == ["GetCallerIdentity", "GetDistributionConfiguration"]
    del requests[:]
    result = run_module(MODULE, {"arn": ARN, "distributions": [ENTRY]})
    assert result["changed"] is False
    assert requests.operations == ["GetDistributionConfiguration"]


def test_nothing_is_asked_when_an_option_is_wrong(run_module, requests):
    result = run_module(MODULE, {"name": "web", "distributions": [{"region": "eu-west-1"}, {"region": ""}]})
    assert result["failed"]
    assert "3 errors" in result["msg"]
    assert "distributions[0]" in result["msg"]
    assert "distributions[1].region" in result["msg"]
    assert requests.operations == []


def test_errors_that_ansible_finds_come_with_all_others(run_module, requests):
    entries = [{"region": "eu-west-1", "kms_key_id": "x", "s3_export_configuration": {"disk_image_format": "raw"}}]
    result = run_module(MODULE, {"name": "!", "distributions": entries, "state": "presnt"})
    lines = [line.split(":")[0] for line in result["msg"].splitlines()[1:]]
    assert lines == [
        "- name",
        "- state",
        "- distributions[0].kms_key_id",
        "- distributions[0].s3_export_configuration.disk_image_format",
        "- distributions[0].s3_export_configuration.role_name",
        "- distributions[0].s3_export_configuration.s3_bucket",
    ]
    assert requests.operations == []


def test_a_string_instead_of_the_list_is_an_error_about_it(run_module, requests):
    result = run_module(MODULE, {"name": "web", "distributions": "foo"})
    assert result["msg"].startswith("distributions: is a string")
    assert requests.operations == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "name: this or distribution_configuration_arn is required"),
        ({"name": "web", "arn": ARN}, "name: give this or distribution_configuration_arn, not both"),
        ({"name": "web"}, "distributions: is needed to create 'web', which does not exist in us-west-2"),
        ({"arn": ARN, "description": "x"}, f"{ARN} does not exist in us-west-2"),
        ({"arn": ARN.replace("us-west-2", "eu-west-1")}, "set region to match"),
        ({"name": "web", "distributions": []}, "at least one Region is needed"),
    ],
)
def test_what_is_refused_without_a_write(run_module, requests, options, text):
    result = run_module(MODULE, options)
    assert result["failed"]
    assert text in result["msg"]
    assert not set(requests.operations) & {"CreateDistributionConfiguration", "UpdateDistributionConfiguration"}


@pytest.mark.parametrize("state", ["present", "absent"])
def test_two_names_that_fold_to_one_arn(run_module, aws, state):
    run_module(MODULE, WEB)
    result = run_module(MODULE, {**WEB, "name": "web-image", "state": state})
    assert result["failed"]
    assert "'web-image'" in result["msg"]
    assert "'Web Image'" in result["msg"]
    assert stored(aws)["name"] == "Web Image"


def test_the_info_module_warns_of_a_folded_name(run_module, aws):
    run_module(MODULE, WEB)
    result = run_module("imagebuilder_distribution_info", {"name": "web_image"})
    assert result["distribution_configurations"] == []
    assert "'Web Image'" in str(result["warnings"])


@pytest.mark.parametrize(
    ("error", "failed", "text"),
    [
        ("DryRunOperationException", False, None),
        ("InvalidParameterValueException", True, "InvalidParameterValueException"),
        ("InvalidParameterCombinationException", True, "InvalidParameterCombinationException"),
        ("ServiceQuotaExceededException", True, "ServiceQuotaExceededException"),
        ("AccessDeniedException", False, "did not allow"),
        ("ForbiddenException", False, "did not allow"),
        ("ResourceNotFoundException", False, "is missing"),
        ("ClientException", False, "is missing"),
    ],
)
def test_the_dry_run_of_a_create_tells_outcomes_apart(run_module, requests, aws, error, failed, text):
    requests.errors["CreateDistributionConfiguration"] = [error]
    result = run_module(MODULE, WEB, check_mode=True)
    assert result.get("failed", False) is failed
    if not failed:
        assert result["changed"] is True
    if text:
        assert text in (result["msg"] if failed else str(result["warnings"]))
    else:
        assert "warnings" not in result
    assert stored(aws) is None


@pytest.mark.parametrize("error", ["ServiceException", "CallRateLimitExceededException"])
def test_a_dry_run_that_aws_does_not_answer_says_nothing_against_the_values(run_module, requests, error):
    requests.errors["CreateDistributionConfiguration"] = [error] * 20
    result = run_module(MODULE, WEB, check_mode=True)
    assert result["changed"] is True
    assert "could not be asked" in str(result["warnings"])


def test_the_dry_run_has_another_token(run_module, requests, aws):
    run_module(MODULE, WEB, check_mode=True)
    run_module(MODULE, WEB)
    dry, real = (body for operation, body in requests.bodies if operation == "CreateDistributionConfiguration")
    assert dry["dryRun"] is True
    assert "dryRun" not in real
    assert dry["clientToken"] != real["clientToken"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_check_mode_of_an_update_or_delete_writes_nothing(run_module, requests, aws, state):
    run_module(MODULE, WEB)
    del requests[:]
    result = run_module(MODULE, {**WEB, "description": "new", "state": state}, check_mode=True)
    assert result["changed"] is True
    assert not set(requests.operations) - {"GetCallerIdentity", "GetDistributionConfiguration", "ListImagePipelines"}
    assert "description" not in stored(aws)


def test_fields_unknown_to_botocore_stop_an_update_and_are_named(run_module, requests, aws, monkeypatch):
    run_module(MODULE, WEB)
    backend = aws["123456789012"]["us-west-2"]
    planted = {**stored(aws), "fieldOfTomorrow": 1}
    planted["distributions"][0]["amiDistributionConfiguration"]["watermark"] = {"a": 1}
    backend.plant_distribution_configuration(planted)
    for options in ({"description": "new"}, {"description": "new", "distributions": [ENTRY, OTHER]}):
        for check_mode in (False, True):
            result = run_module(MODULE, {"name": "Web Image", **options}, check_mode=check_mode)
            assert result["failed"]
            assert "distributions[0].amiDistributionConfiguration.watermark, fieldOfTomorrow" in result["msg"]
    assert "UpdateDistributionConfiguration" not in requests.operations
    # This does not write the configuration itself, so it succeeds.
    assert run_module(MODULE, {**WEB, "tags": {"a": "b"}})["changed"] is True
    assert run_module(MODULE, {"name": "Web Image", "state": "absent"})["changed"] is True


@pytest.mark.parametrize(
    ("misses", "text"),
    [
        (1, "'web_image' and the existing configuration 'Web Image' are the same name to AWS"),
        (2, "'web_image' is the same name to AWS as the existing 'Web Image'"),
    ],
)
def test_a_taken_name_that_the_arn_did_not_show_is_named(run_module, requests, misses, text):
    run_module(MODULE, WEB)
    requests.errors["GetDistributionConfiguration"] = ["ResourceNotFoundException"] * misses
    result = run_module(MODULE, {**WEB, "name": "web_image"})
    assert (result["failed"], result["changed"]) == (True, False)
    assert text in result["msg"]


def test_what_is_kept_can_be_too_much(run_module, aws):
    accounts = [f"{number:012}" for number in range(1, 1500)]
    ami = {"name_prefix": "web", "target_account_ids": accounts}
    run_module(MODULE, {"name": "web", "distributions": [{**ENTRY, "ami_distribution_configuration": ami}]})
    ami = {"name_prefix": "web", "target_account_ids": [f"9{account[1:]}" for account in accounts[:100]]}
    more = {"name": "web", "distributions": [{**ENTRY, "ami_distribution_configuration": ami}], "purge_accounts": False}
    result = run_module(MODULE, more)
    assert result["failed"]
    assert "purge_accounts" in result["msg"]
    assert "distributions[0].ami_distribution_configuration.target_account_ids" in result["msg"]
    # The path counts the entries that the user lists, not those that are kept before them.
    run_module(MODULE, {"name": "web", "distributions": [OTHER], "purge_distributions": False})
    changed = {**OTHER, "ami_distribution_configuration": {"name_prefix": "new"}}
    more["distributions"] = [changed, *more["distributions"]]
    result = run_module(MODULE, {**more, "purge_distributions": False})
    assert "distributions[1].ami_distribution_configuration.target_account_ids" in result["msg"]


def test_tags_that_are_kept_count_too(run_module, requests):
    run_module(MODULE, {**WEB, "tags": {f"old-{number}": "" for number in range(40)}})
    more = {**WEB, "description": "new", "purge_tags": False, "tags": {f"new-{number}": "" for number in range(20)}}
    for check_mode in (True, False):
        result = run_module(MODULE, more, check_mode=check_mode)
        assert result["failed"]
        assert "purge_tags" in result["msg"]
    assert "UpdateDistributionConfiguration" not in requests.operations


def test_null_is_not_given(run_module, requests, aws):
    assert "required" in run_module(MODULE, {"name": None, "state": "absent"})["msg"]
    assert run_module(MODULE, WEB)["changed"] is True
    result = run_module(MODULE, {"name": None, "arn": ARN, "purge_tags": None, "distributions": [ENTRY]})
    assert result["changed"] is False


def test_warnings_are_returned(run_module, aws):
    ami = {"name_prefix": "web", "launch_permission": {"user_groups": ["all"]}}
    result = run_module(MODULE, {"name": "web", "distributions": [{**OTHER, "ami_distribution_configuration": ami}]})
    assert "public" in str(result["warnings"])


@pytest.mark.parametrize("check_mode", [True, False])
def test_warnings_judge_what_the_purge_options_keep(run_module, aws, check_mode):
    target = {"name_prefix": "web", "target_account_ids": ["444455556666"]}
    parameter = {"parameter_name": "/web", "ami_account_id": "444455556666"}
    abroad = {**OTHER, "ami_distribution_configuration": target}
    run_module(MODULE, {"name": "web", "distributions": [ENTRY, abroad]})
    # The account that the parameter is for stays with purge_accounts, the home Region with purge_distributions.
    options = {
        "name": "web",
        "distributions": [{**OTHER, "ssm_parameter_configurations": [parameter]}],
        "purge_distributions": False,
        "purge_accounts": False,
    }
    assert run_module(MODULE, options, check_mode=check_mode).get("warnings", []) == []
    warnings = run_module(MODULE, {**options, "purge_accounts": True}, check_mode=True)["warnings"]
    assert len(warnings) == 1
    assert warnings[0].startswith("distributions[0].ssm_parameter_configurations[0].ami_account_id:")
    warnings = run_module(MODULE, {**options, "purge_distributions": True}, check_mode=True)["warnings"]
    assert "the home Region us-west-2 has no entry" in str(warnings)


def test_another_build_region_is_announced_where_something_is_written(run_module, requests):
    run_module(MODULE, {"name": "web", "distributions": [ENTRY, OTHER]})
    turned = {"name": "web", "distributions": [OTHER, ENTRY]}
    # AWS does not say in which order it shows the Regions, so their order alone is no difference.
    result = run_module(MODULE, turned)
    assert (result["changed"], result.get("warnings", [])) == (False, [])
    for check_mode in (True, False):
        result = run_module(MODULE, {**turned, "description": "new"}, check_mode=check_mode)
        assert result["changed"] is True
        assert "distributions[0].region" in str(result["warnings"])
        assert "from us-west-2 to eu-west-1" in str(result["warnings"])
    assert [entry["region"] for entry in result["distribution_configuration"]["distributions"]] == [
        "eu-west-1",
        "us-west-2",
    ]


def test_secrets_stay_out_of_every_answer(run_module, requests, monkeypatch):
    secret = "a-secret-access-key-that-opens-nothing-at-all"
    requests.errors["CreateDistributionConfiguration"] = ["InvalidParameterValueException"]
    result = run_module(MODULE, {**WEB, "access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": secret})
    assert result["failed"]
    assert secret not in str({**result, "invocation": None})
    assert secret not in str(result["invocation"])


def test_required_options_of_the_info_module(run_module, requests):
    result = run_module("imagebuilder_distribution_info", {"filters": {"na me": "x" * 1025, "name": []}})
    assert result["failed"]
    assert "filters.na me" in result["msg"]
    assert requests.operations == []


@pytest.mark.parametrize("details", [True, False])
def test_info_follows_every_page_and_reads_each_once(run_module, requests, aws, details):
    for number in range(7):
        run_module(MODULE, {**WEB, "name": f"web {number}", "tags": {"n": number}})
    from moto.imagebuilder.switches import switches

    switches.set(page_limit=3)
    try:
        del requests[:]
        result = run_module("imagebuilder_distribution_info", {"details": details})
    finally:
        switches.reset()
    assert [item["name"] for item in result["distribution_configurations"]] == [f"web {number}" for number in range(7)]
    assert requests.operations.count("ListDistributionConfigurations") == 3
    assert len(requests) == 3 + (7 if details else 0)
    first = result["distribution_configurations"][0]
    assert first["tags"] == {"n": "0"}
    assert (first["distributions"] if details else first["regions"]) == (
        [{"region": "us-west-2", "ami_distribution_configuration": {"name": "web [[ imagebuilder:buildDate ]]"}}]
        if details
        else ["us-west-2"]
    )
