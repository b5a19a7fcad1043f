"""Errors of the role before anything is written."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.integration.role_world import include
from tests.world import HOME
from tests.world import ONE
from tests.world import SERVICE_TRUST
from tests.world import SOURCE
from tests.world import TWO
from tests.world import WEST
from tests.world import World

AMI = {"ami_distribution_configuration": {"name_prefix": "web"}}
PUBLIC = {"ami_distribution_configuration": {"name_prefix": "web", "launch_permission": {"user_groups": ["all"]}}}
SPEC = {"spec_id": "web", "region": HOME, "regions": [HOME], "defaults": AMI}
IN_TARGET_ACCOUNTS = {"ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [ONE, TWO]}}
MISSING_KEY = f"arn:aws:kms:{WEST}:{SOURCE}:alias/nowhere"

# Case -> (the step, its variables, a part of the error).
CASES = {
    "a misspelt variable": (
        "main",
        {**SPEC, "target_acounts": [ONE]},
        ["distribution_rollout_target_acounts", "did you mean distribution_rollout_target_accounts?"],
    ),
    "a misspelt variable of a step alone": (
        "distribution",
        {**SPEC, "descripton": "text"},
        ["did you mean distribution_rollout_description?"],
    ),
    "a value that is no choice": ("main", {**SPEC, "destination_trust": "everybody"}, ["account", "execution_roles"]),
    "public by the alias": (
        "distribution",
        {
            "spec_id": "web",
            "region": HOME,
            "distributions": [
                {
                    "region": WEST,
                    "ami_distribution_configuration": {
                        "name_prefix": "web",
                        "launch_permissions": {"user_groups": ["all"]},
                    },
                }
            ],
        },
        [f"web in {WEST}", "distribution_rollout_allow_public"],
    ),
    "public by the defaults": (
        "preflight",
        {**SPEC, "defaults": PUBLIC, "regions": [HOME, WEST]},
        [f"web in {HOME}, web in {WEST}", "distribution_rollout_allow_public"],
    ),
    "public by JSON": (
        "main",
        {
            "spec_id": "web",
            "region": HOME,
            "configurations": json.dumps([{"name": "x", "regions": [WEST], "defaults": PUBLIC}]),
        },
        [f"x in {WEST}", "distribution_rollout_allow_public"],
    ),
    "several at once": (
        "execution_role",
        {**SPEC, "spec_id": "Web", "execution_role_name": "AWSServiceRoleForImageBuilder"},
        [
            "distribution_rollout_spec_id: 'Web'",
            "distribution_rollout_execution_role_name: 'AWSServiceRoleForImageBuilder'",
        ],
    ),
    "a spec that makes no configurations": (
        "main",
        {
            "spec_id": "web",
            "region": HOME,
            "configurations": [
                {"name": "one", "regions": [HOME, HOME], "defaults": AMI},
                {"name": "two", "regions": [HOME], "defaults": {"kms_key_id": "k"}},
            ],
        },
        [
            "distribution_rollout_configurations[0].regions[1]",
            "distribution_rollout_configurations[1].defaults.kms_key_id",
        ],
    ),
    "what YAML made of other things": (
        "main",
        {
            **SPEC,
            "spec_id": 0o12,
            "region": None,
            "image": True,
            "name": "web",
            "description": 1.1,
            "report_dir": ["a"],
            "target_accounts": [ONE, 12345],
            "target_account_external_id": {"a-secret": "of-its-own"},
            "execution_role_name": "{% raw %}{{ nowhere }}{% endraw %}",
        },
        [
            "distribution_rollout_spec_id: is the number 10 to YAML",
            "distribution_rollout_region: is required",
            "distribution_rollout_image: is true to YAML, as on and yes are, but must be a string; put it in quotes",
            "distribution_rollout_description: is the number 1.1 to YAML",
            "distribution_rollout_report_dir: is a list",
            "distribution_rollout_target_accounts[1]: '12345': an account id has 12 digits, this has 5",
            "distribution_rollout_target_account_external_id: must be a string",
            "distribution_rollout_execution_role_name: '{{ nowhere }}': contains a template that was not rendered",
        ],
    ),
    "an exponent and a date": (
        "preflight",
        {**SPEC, "workers": "1e3 or so", "tags": date(2024, 1, 31)},
        ["distribution_rollout_workers", "distribution_rollout_tags"],
    ),
    "Unicode in a setting of the defaults": (
        "preflight",
        {**SPEC, "defaults": {**AMI, "kms_k\u00e9y_\U0001f4a5": "k"}},
        ["distribution_rollout_defaults.kms_k\u00e9y_\U0001f4a5: unknown option"],
    ),
    "a template that knows no variable": ("main", {**SPEC, "name": "{{ nowhere }}"}, ["'nowhere' is undefined"]),
    "no role to adopt": (
        "execution_role",
        {**SPEC, "execution_role_name": "NotThere", "execution_role_adopt": True},
        ["no role NotThere in account 123456789012", "distribution_rollout_execution_role_adopt: false"],
    ),
    "a role of somebody else": (
        "execution_role",
        {**SPEC, "execution_role_name": "Theirs"},
        ["role/Theirs", "goldimage.aws:spec", "distribution_rollout_execution_role_adopt: true"],
    ),
    "a role that does not trust Image Builder": (
        "execution_role",
        {**SPEC, "execution_role_name": "Distrusting", "execution_role_adopt": True},
        ["role/Distrusting", "does not trust Image Builder", '"aws:SourceAccount": "123456789012"'],
    ),
    "an own role that lost its trust": (
        "execution_role",
        {**SPEC, "execution_role_name": "Own"},
        ["role/Own", "does not trust Image Builder"],
    ),
    "a reserved role": (
        "execution_role",
        {**SPEC, "execution_role_name": "Reserved", "execution_role_adopt": True},
        ["role/aws-reserved/sso/Reserved", "AWS itself manages"],
    ),
    "no role to assume in the target accounts": (
        "destination_accounts",
        {**SPEC, "defaults": IN_TARGET_ACCOUNTS, "target_account_roles": {ONE: f"arn:aws:iam::{ONE}:role/Admin"}},
        [TWO, "distribution_rollout_target_account_role_name", "distribution_rollout_target_accounts: []"],
    ),
    "an error of the preflight": (
        "main",
        {**SPEC, "regions": {HOME: None, WEST: {"ami_distribution_configuration": {"kms_key_id": MISSING_KEY}}}},
        [f"{WEST}, account {SOURCE}: the KMS key {MISSING_KEY} does not exist", "kms_key_id", "[kms_key]"],
    ),
    "a wave with a Region that no configuration has": (
        "main",
        {**SPEC, "regions": [HOME, WEST], "waves": [[HOME], ["eu-west-9"]]},
        [
            "distribution_rollout_waves[1][0]: 'eu-west-9': is not a Region of the configuration",
            f"distribution_rollout_waves: has no wave for {WEST}",
        ],
    ),
    "a check of waves that does not exist": (
        "main",
        {**SPEC, "waves": [[HOME]], "wave_check": "missing.yml"},
        ["distribution_rollout_wave_check: 'missing.yml': there is no such file; looked for "],
    ),
    "a misspelt option of the defaults": (
        "main",
        {**SPEC, "defaults": {"ami_distribution_config": {"name_prefix": "web"}}},
        ["^distribution_rollout_defaults.ami_distribution_config: unknown option", "ami_distribution_configuration"],
    ),
    "an empty list of Regions": (
        "main",
        {**SPEC, "regions": []},
        ["distribution_rollout_regions: is empty; name at least one Region"],
    ),
    "what AWS would refuse in a configuration": (
        "main",
        {**SPEC, "name": "Web Image", "defaults": {"ami_distribution_configuration": {"name": "web"}}},
        ["distributions[0].ami_distribution_configuration.name", "buildDate"],
    ),
}


@pytest.fixture
def world(aws):
    world = World(aws)
    world.create_role("Theirs", [SERVICE_TRUST])
    world.create_role("Distrusting", [{**SERVICE_TRUST, "Principal": {"Service": "ec2.amazonaws.com"}}])
    elsewhere = {"StringEquals": {"aws:SourceAccount": ONE}}
    tags = [{"Key": "goldimage.aws:spec", "Value": "web"}]
    world.create_role("Own", [{**SERVICE_TRUST, "Condition": elsewhere}], Tags=tags)
    world.create_role("Reserved", [SERVICE_TRUST], Path="/aws-reserved/sso/")
    return world


@pytest.mark.oldest
def test_the_error_comes_before_anything_is_written(ansible, aws, world):
    tasks = [
        {
            "name": case,
            "block": include(entry, **variables)[:1],
            "rescue": [{"name": f"Refused: {case}", "ansible.builtin.debug": {"msg": "{{ ansible_failed_result }}"}}],
        }
        for case, (entry, variables, _texts) in CASES.items()
    ]
    aws.clear_requests()
    run = ansible.playbook(tasks)
    for case, (_entry, _variables, texts) in CASES.items():
        said = run[f"Refused: {case}"]["msg"]["msg"]
        missing = [text for text in texts if text.lstrip("^") not in said]
        missing += [text for text in texts if text.startswith("^") and not said.startswith(text[1:])]
        assert not missing, f"{case}: {missing} not in {said}"
    assert world.writes() == []
    assert run.stats["changed"] == 0


@pytest.mark.oldest
def test_an_inherited_ignore_errors_does_not_switch_off_guards(ansible, aws, world):
    broken = {HOME: None, WEST: {"ami_distribution_configuration": {"kms_key_id": MISSING_KEY}}}
    cases = [{**SPEC, "regions": broken}, {**SPEC, "defaults": PUBLIC}, {**SPEC, "execution_role_name": "Theirs"}]
    tasks = [{**include(**case)[0], "ignore_errors": True} for case in cases]
    for task in tasks:
        task["ansible.builtin.include_role"]["apply"] = {"ignore_errors": True}
    aws.clear_requests()
    run = ansible.playbook(tasks)
    assert run.stats["ignored"] >= len(cases)
    assert world.writes() == []
