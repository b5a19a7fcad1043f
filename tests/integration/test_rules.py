"""The rules that need no requests, in the modules and against the local AWS: an error comes before any write."""

from __future__ import annotations

import pytest

from plugins.module_utils._distribution.validation.rules import RULES
from tests.rule_cases import CASES
from tests.rule_cases import HOME

SET = "goldimage.aws.imagebuilder_distribution_set"
ONE = "goldimage.aws.imagebuilder_distribution"

REFUSED = [name for name in CASES if RULES[name].severity == "error"]
# It is not known whether AWS accepts a build date with a format; the local AWS does not.
DOUBTFUL = [name for name in CASES if RULES[name].severity == "warning" and name != "ami_name_with_formatted_date"]
LATER = [name for name in REFUSED if RULES[name].refused != "create"]


def name_of(rule, kind):
    return f"{rule.replace('_', '-')}-{kind}"


def entries(rules, *kinds):
    """A configuration for each rule and kind of its case."""
    return [
        {"name": name_of(rule, kind), "distributions": getattr(CASES[rule], kind)} for rule in rules for kind in kinds
    ]


def stored_names(aws):
    listed = aws.client("imagebuilder", HOME).list_distribution_configurations(maxResults=25)
    names = [one["name"] for one in listed["distributionConfigurationSummaryList"]]
    while listed.get("nextToken"):
        listed = aws.client("imagebuilder", HOME).list_distribution_configurations(nextToken=listed["nextToken"])
        names += [one["name"] for one in listed["distributionConfigurationSummaryList"]]
    return set(names)


@pytest.mark.parametrize("check_mode", [True, False], ids=["check", "run"])
def test_what_would_fail_a_rollout_is_never_written_and_similar_valid_input_is(ansible, aws, check_mode):
    task = {
        "name": "Have all",
        SET: {"region": HOME, "distribution_configurations": entries(LATER, "broken", "allowed")},
        "ignore_errors": True,
    }
    run = ansible.playbook([task], *(["--check"] if check_mode else []))
    outcomes = {one["name"]: one for one in run["Have all"]["outcomes"]}
    for rule in LATER:
        failed, made = outcomes[name_of(rule, "broken")], outcomes[name_of(rule, "allowed")]
        assert failed["action"] == "failed", rule
        message = RULES[rule].message.split("{")[0]
        assert f"distributions{CASES[rule].path}" in failed["error"], failed["error"]
        assert message in failed["error"], failed["error"]
        assert made["action"] == "created", made["error"]
    assert stored_names(aws) == (set() if check_mode else {name_of(rule, "allowed") for rule in LATER})


def test_all_that_aws_rejects_at_once_is_one_error_before_any_write(ansible, aws):
    at_once = [name for name in REFUSED if name not in LATER]
    task = {
        "name": "Have all",
        SET: {"region": HOME, "distribution_configurations": entries(at_once, "broken")},
        "ignore_errors": True,
    }
    message = ansible.playbook([task])["Have all"]["msg"]
    for index, rule in enumerate(at_once):
        assert f"distribution_configurations[{index}].distributions{CASES[rule].path}" in message
    assert stored_names(aws) == set()


def test_what_aws_may_accept_is_written_with_a_warning(ansible, aws):
    task = {"name": "Have all", SET: {"region": HOME, "distribution_configurations": entries(DOUBTFUL, "broken")}}
    run = ansible.playbook([task])
    warnings = "\n".join(run["Have all"]["warnings"])
    for index, rule in enumerate(DOUBTFUL):
        assert f"distribution_configurations[{index}].distributions{CASES[rule].path}" in warnings, rule
    assert stored_names(aws) == {name_of(rule, "broken") for rule in DOUBTFUL}


def test_what_aws_already_has_is_kept_but_not_added_anew(ansible, aws):
    """Somebody else's invalid configuration is read and passed back, then with the mistake repeated in a new Region."""
    body = {
        "name": "old",
        "distributions": [
            {
                "region": HOME,
                "amiDistributionConfiguration": {"name": "old {{ imagebuilder:buildDate }}"},
                "ssmParameterConfigurations": [{"parameterName": "runner/ami"}],
            }
        ],
    }
    aws.client("imagebuilder", HOME).create_distribution_configuration(**body)
    read = {
        "name": "Read",
        "goldimage.aws.imagebuilder_distribution_info": {"region": HOME, "name": "old"},
        "register": "found",
    }
    held = {
        "name": "Feed back",
        ONE: {
            "region": HOME,
            "name": "old",
            "distributions": "{{ found.distribution_configurations[0].distributions }}",
        },
    }
    entry = {
        "ami_distribution_configuration": {"name_prefix": "old"},
        "ssm_parameter_configurations": [{"parameter_name": "runner/ami"}],
    }
    again = {
        "name": "Repeat",
        ONE: {
            "region": HOME,
            "name": "old",
            "distributions": [
                {"region": HOME, **entry},
                {"region": "us-east-1", **entry},
            ],
        },
        "ignore_errors": True,
    }
    run = ansible.playbook([read, held, again])
    assert not run["Feed back"]["changed"]
    assert "must begin with a slash" in run["Feed back"]["warnings"][0]
    assert run["Repeat"]["failed"]
    assert run["Repeat"]["msg"].startswith(
        "distributions[1].ssm_parameter_configurations[0].parameter_name: 'runner/ami'"
    )


LAUNCH = [
    ({"user_ids": ["1111-2222-3333"]}, "an account id is 12 digits without hyphens: 111122223333"),
    ({"organization_arns": ["arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-11112222"]}, "this is an OU"),
    ({"organization_arns": ["o-a1b2c3d4e5"]}, "give the ARN of the organization"),
    ({"organizational_unit_arns": ["ou-ab12-11112222"]}, "give the ARN of the OU"),
    ({"org_unit_arns": ["x"]}, "did you mean organizational_unit_arns?"),
    ({"group_names": ["all"]}, "did you mean user_groups?"),
]
LISTS = ["111122223333, 444455556666", "111122223333\n444455556666", "111122223333 444455556666"]


def test_common_mistakes_are_explained_and_lists_are_read_in_one_way(ansible, aws):
    def task(title, permission):
        entry = {
            "region": HOME,
            "ami_distribution_configuration": {"name_prefix": "g", "launch_permission": permission},
        }
        options = {"region": HOME, "name": "friction", "distributions": [entry]}
        return {"name": title, ONE: options, "ignore_errors": True}

    tasks = [task(f"Words {index}", permission) for index, (permission, _words) in enumerate(LAUNCH)]
    tasks += [task(f"List {index}", {"user_ids": text}) for index, text in enumerate(LISTS)]
    tasks.append(task("Bare", {"user_ids": 111122223333}))
    run = ansible.playbook(tasks)
    for index, (_permission, words) in enumerate(LAUNCH):
        message = run[f"Words {index}"]["msg"]
        assert words in message
        assert "must match" not in message
    made = [run[f"List {index}"]["distribution_configuration"] for index in range(len(LISTS))]
    users = [one["distributions"][0]["ami_distribution_configuration"]["launch_permission"] for one in made]
    assert users == [{"user_ids": ["111122223333", "444455556666"]}] * len(LISTS)
    assert [run[f"List {index}"]["changed"] for index in range(len(LISTS))] == [True, False, False]
    bare = run["Bare"]["distribution_configuration"]["distributions"][0]["ami_distribution_configuration"]
    assert bare["launch_permission"] == {"user_ids": ["111122223333"]}


PREFLIGHT = "goldimage.aws.imagebuilder_distribution_preflight_info"
IN_PREFLIGHT = (
    "key_of_another_region",
    "parameter_hierarchy",
    "parameter_depth",
    "encrypted_export",
    "export_without_ami",
)


def test_the_preflight_reports_a_broken_rule_as_a_finding(ansible, aws):
    """Keys of another Region and invalid parameter names once passed the preflight, and the rollout failed."""
    tasks = [
        {"name": f"{rule} {kind}", PREFLIGHT: {"region": HOME, "distributions": getattr(CASES[rule], kind)}}
        for rule in IN_PREFLIGHT
        for kind in ("broken", "allowed")
    ]
    run = ansible.playbook(tasks)
    for rule in IN_PREFLIGHT:
        broken, allowed = run[f"{rule} broken"], run[f"{rule} allowed"]
        assert not broken["passed"], rule
        assert [one for one in broken["findings"] if one["check"] == RULES[rule].check and one["status"] == "error"], (
            rule
        )
        message = RULES[rule].message.split("{")[0]
        assert not [one for one in allowed["findings"] if message in one["message"]], rule
    hierarchy = next(one for one in run["parameter_hierarchy broken"]["findings"] if one["status"] == "error")
    assert hierarchy["remedy"] == "Write /runner/ami/id"
