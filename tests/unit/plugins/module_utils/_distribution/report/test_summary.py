"""The summary that ends a run on the terminal."""

from __future__ import annotations

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.report.result import assemble
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.report.summary import failure
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.report.summary import summary

from tests.unit import report_samples as samples
from tests.unit.report_samples import HOME
from tests.unit.report_samples import OTHER
from tests.unit.report_samples import OWN
from tests.unit.report_samples import THIRD

KEY = {"region": "eu-west-1", "field": "ami_distribution_configuration.kms_key_id"}
CHANGES = {
    "execution_role": samples.execution_role(),
    "destination_accounts": samples.accounts(_111122223333="created", _444455556666="unchanged"),
    "distribution": samples.outcomes("updated", changes=[{**KEY, "before": "alias/old", "after": "alias/new"}]),
}


def lines(steps, regions=(HOME, "eu-west-1"), accounts=(OWN, OTHER), **more):
    return summary(assemble(samples.spec(list(regions), list(accounts), **more), steps))


def test_a_plan_is_in_the_conditional():
    assert lines(CHANGES, check_mode=True) == [
        "web: Would change",
        "+ execution role goldimage-web in account 123456789012: policy goldimage-web-us-east-1",
        "    trusts imagebuilder.amazonaws.com",
        "    may ssm:PutParameter on *",
        "+ IAM role EC2ImageBuilderDistributionCrossAccountRole in account 111122223333",
        "~ configuration web: eu-west-1 kms_key_id: alias/old -> alias/new",
        "2 to create, 1 to change, 1 unchanged.",
        "Run the same without --check to make these changes.",
    ]


def test_what_was_done_is_in_the_past():
    said = lines(CHANGES)
    assert said[0] == "web: Done"
    assert said[-1] == "2 created, 1 changed, 1 unchanged."


def test_several_fields_of_one_item_are_listed_below_it():
    changes = [{**KEY, "before": None, "after": "alias/new"}]
    users = "ami_distribution_configuration.launch_permission.user_ids"
    changes.append({"region": HOME, "field": users, "before": [OTHER], "after": [THIRD]})
    assert lines({"distribution": samples.outcomes("updated", changes=changes)})[1:4] == [
        "~ configuration web",
        "    eu-west-1 kms_key_id: nothing -> alias/new",
        "    us-east-1 launch_permission.user_ids: + 444455556666; - 111122223333",
    ]


def test_a_new_configuration_is_named_with_its_regions():
    assert "+ configuration web: us-east-1, eu-west-1" in lines({"distribution": samples.outcomes("created")})


def test_the_cause_of_a_failure_comes_first_and_once():
    said = lines(
        {
            **CHANGES,
            "rollout": samples.failed_rollout([(HOME, OTHER)]),
            "drift": samples.look(
                [samples.target(HOME, OWN), samples.target(HOME, OTHER, "missing", reason="no AMI")],
                image_state="FAILED",
            ),
        },
        regions=[HOME],
    )
    assert said[0] == "web: Failed: 1 of 2 targets in sync, 1 failed"
    assert said[1].startswith("! web, us-east-1, account 111122223333 at PUT_SSM_PARAMETERS: User is not authorized")
    assert said[2] == "  Allow EC2ImageBuilderDistributionCrossAccountRole in account 111122223333 ssm:PutParameter"
    assert sum("User is not authorized" in line for line in said) == 1
    assert said[-1].startswith("If a retry does not help, distribution_rollout_on_failed: restart")


def test_the_error_of_the_run_is_one_line_with_the_first_cause():
    steps = {"rollout": samples.failed_rollout([(HOME, OTHER), ("eu-west-1", OTHER)])}
    text = failure(assemble(samples.spec([HOME, "eu-west-1"], [OWN, OTHER]), steps))
    assert text.startswith("web, us-east-1, account 111122223333 at PUT_SSM_PARAMETERS: User is not authorized")
    assert text.endswith("(and 1 more failure)")
    assert "\n" not in text
    assert failure(assemble(samples.spec([HOME], [OWN]), {})) is None


def test_an_account_is_named_once():
    result = samples.accounts(_111122223333="failed")
    result["accounts"][0]["error"] = "account 111122223333 could not be looked into: AccessDenied"
    assert lines({"destination_accounts": result})[1] == "! account 111122223333 could not be looked into: AccessDenied"


def test_drift_is_one_line_for_each_target_with_what_to_run():
    said = lines({"drift": samples.look([samples.drifted(HOME, OWN), samples.target(HOME, OTHER)])}, regions=[HOME])
    assert said[:2] == [
        "web: 1 of 2 targets drifted",
        "! us-east-1, account 123456789012: drifted: launch_permission.user_ids: lacks 444455556666",
    ]
    assert said[2].startswith("ansible-playbook goldimage.aws.repair")


def test_many_of_a_kind_are_folded():
    accounts = [f"{number:012d}" for number in range(1, 201)]
    regions = [f"eu-west-{number}" for number in range(1, 21)]
    steps = {
        "destination_accounts": samples.accounts(**{f"_{account}": "created" for account in accounts}),
        "drift": samples.look([samples.drifted(region, account) for region in regions for account in accounts]),
    }
    said = lines(steps, regions=regions, accounts=accounts)
    assert len(said) < 10
    assert max(map(len, said)) < 400
    assert any(line.startswith("+ 200 IAM roles: ") and line.endswith("and 197 more") for line in said)
    assert any(line.startswith("! 4000 targets drifted: launch_permission") for line in said)


def test_the_summary_stays_short_whatever_fails():
    targets = [(f"eu-west-{number}", OTHER) for number in range(1, 60)]
    rollout = samples.failed_rollout(targets)
    rollout["image"]["failures"][0]["message"] = "x" * 10_000
    said = lines({"rollout": rollout}, regions=[region for region, _account in targets])
    assert len(said) < 60
    assert max(map(len, said)) < 600


def test_a_removed_execution_role_is_named_without_a_diff():
    role = {"changed": True, "execution_role": None, "removed_role_arn": f"arn:aws:iam::{OWN}:role/goldimage-web"}
    said = lines({"execution_role": role}, state="absent")
    assert f"- execution role goldimage-web in account {OWN}" in said


def test_warnings_are_shown_once_and_leftovers_are_named():
    role = samples.execution_role(changed=False)
    arn = f"arn:aws:iam::{OWN}:role/goldimage-web"
    role["leftovers"] = [{"kind": "execution_role", "arn": arn, "reason": "a pipeline uses it", "remedy": "Detach it"}]
    warnings = [samples.finding("quota", "warning", "few are left", region) for region in ("us-east-1", "eu-west-1")]
    said = lines({"execution_role": role, "preflight": {"findings": warnings}}, state="absent")
    assert "Warning, us-east-1 123456789012, eu-west-1 123456789012: few are left" in said
    assert f"Not removed: {arn} because a pipeline uses it. Detach it" in said


def test_the_paths_of_the_report_come_last():
    result = assemble(samples.spec([HOME], [OWN]), {})
    result["report"] = {"html": "/r/web.html", "markdown": "/r/web.md"}
    assert summary(result)[-1] == "Report: /r/web.html and /r/web.md"


def test_no_text_contains_control_characters():
    said = lines({"distribution": {"failed": True, "msg": "bad \x1b[2J\x1b]0;x\x07 news\nand more\u202e"}})
    assert not any(character in "".join(said) for character in "\x1b\x07\n\u202e")
