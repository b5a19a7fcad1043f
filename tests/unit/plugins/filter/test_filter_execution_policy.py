"""The filter accepts all spellings of options, of distributions and of configurations."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.goldimage.aws.plugins.filter import execution_policy as plugin

from ansible.errors import AnsibleFilterError

ACCOUNT = "123456789012"
TARGET = "111122223333"
PARAMETER = {"region": "us-west-2", "ssm_parameter_configurations": [{"parameter_name": "/golden/web/ami"}]}


@pytest.fixture
def execution_policy():
    """The filter as Ansible finds it."""
    return plugin.FilterModule().filters()["execution_policy"]


def resources(document, sid):
    return [arn for one in document["Statement"] if one["Sid"] == sid for arn in one["Resource"]]


def refused(execution_policy, *args, **options):
    with pytest.raises(AnsibleFilterError) as caught:
        execution_policy(*args, **options)
    first, *errors = str(caught.value).split("\n- ")
    assert first == "goldimage.aws.execution_policy cannot make a policy of this:"
    return errors


def test_aliases_prefixes_and_both_spellings_of_placeholders_are_accepted(execution_policy):
    def entry(**ami):
        return {"region": "us-west-2", "ami_distribution_configuration": ami}

    permission = {"user_ids": [TARGET]}
    first = execution_policy(
        [entry(name_prefix="web", tags={"Date": "[[ imagebuilder:buildDate ]]"}, launch_permissions=permission)],
        ACCOUNT,
        "us-east-1",
    )
    second = execution_policy(
        [entry(name="web {{ imagebuilder:buildDate }}", ami_tags={}, launch_permission=permission)],
        ACCOUNT,
        "us-east-1",
    )
    assert first == second
    assert resources(first, "ShareImages") == ["arn:aws:ec2:us-west-2::image/*", "arn:aws:ec2:us-west-2::snapshot/*"]


def test_all_options_affect_the_policy(execution_policy):
    ami = {"target_account_ids": [TARGET], "kms_key_id": "alias/golden"}
    templates = [{"launch_template_id": "lt-0ab1234c56d789012", "account_id": TARGET}]
    document = execution_policy(
        [
            {
                "region": "cn-northwest-1",
                "ami_distribution_configuration": ami,
                "launch_template_configurations": templates,
            }
        ],
        111122223333,
        "cn-north-1",
        partition="aws-cn",
        side="target",
        source_kms_key_arns=", ".join(f"arn:aws-cn:kms:cn-north-1:123456789012:key/{name}" for name in "ab"),
        launch_template_role_arns=["arn:aws-cn:iam::111122223333:role/web"],
    )
    assert resources(document, "UseKeys") == [
        "arn:aws-cn:kms:cn-north-1:123456789012:key/a",
        "arn:aws-cn:kms:cn-north-1:123456789012:key/b",
    ]
    assert resources(document, "UseKeysOfAliasGolden") == ["arn:aws-cn:kms:cn-northwest-1:111122223333:key/*"]
    assert resources(document, "PassInstanceRoles") == ["arn:aws-cn:iam::111122223333:role/web"]
    document = execution_policy([PARAMETER], ACCOUNT, "us-east-1", use="pipeline", log_group="/golden")
    assert [one["Sid"] for one in document["Statement"]] == ["PutParameters", "WriteLogs"]


def test_configurations_are_united_and_absent_ones_passed_over(execution_policy):
    def configuration(name, **more):
        parameters = [{"parameter_name": name}]
        entry = {"region": "us-west-2", "ssm_parameter_configurations": parameters}
        return {"name": name, "arn": "read only", "distributions": [entry], **more}

    several = [configuration("aaa"), configuration("bbb", state="present"), configuration("ccc", state="absent")]
    several.append({"name": "ddd", "state": "absent"})
    assert resources(execution_policy(several, ACCOUNT, "us-east-1"), "PutParameters") == [
        "arn:aws:ssm:us-west-2:123456789012:parameter/aaa",
        "arn:aws:ssm:us-west-2:123456789012:parameter/bbb",
    ]
    assert resources(execution_policy(several[0], ACCOUNT, "us-east-1"), "PutParameters") == [
        "arn:aws:ssm:us-west-2:123456789012:parameter/aaa",
    ]


def test_other_outputs(execution_policy):
    distributions = [
        {
            "region": "us-west-2",
            "ami_distribution_configuration": {"target_account_ids": ["444455556666", ACCOUNT, TARGET]},
            "fast_launch_configurations": [{"enabled": "yes"}],
        }
    ]
    assert execution_policy(distributions, 123456789012, "us-east-1", output="destination_accounts") == [
        TARGET,
        "444455556666",
    ]
    assert execution_policy(distributions, ACCOUNT, "us-east-1", use="pipeline", output="managed_policies") == [
        "arn:aws:iam::aws:policy/EC2FastLaunchFullAccess",
        "arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy",
    ]
    assert refused(execution_policy, distributions, ACCOUNT, "us-east-1", output="all") == [
        "output: 'all': must be one of policy, managed_policies, destination_accounts"
    ]


def test_errors_have_the_paths_of_the_input(execution_policy):
    misspelt = {"region": "us-west-2", "lisense_configuration_arns": ["a"]}
    pattern = {"region": "us-west-2", "ssm_parameter_configurations": [{"parameter_name": "/golden/*"}]}
    assert refused(execution_policy, [misspelt], ACCOUNT, "us-east-1") == [
        "distributions[0].lisense_configuration_arns: unknown option, did you mean license_configuration_arns?"
    ]
    several = [{"distributions": [misspelt]}, {"distributions": [PARAMETER, pattern]}, "web", {"name": "web"}]
    assert refused(execution_policy, several, ACCOUNT, "us-east-1") == [
        "[0].distributions[0].lisense_configuration_arns: unknown option, did you mean license_configuration_arns?",
        "[1].distributions[1].ssm_parameter_configurations[0].parameter_name: '/golden/*': IAM would read this as a"
        " pattern; name one thing exactly",
        "[2]: 'web' is not a map with distributions",
        "[3].distributions: is required",
    ]


def test_a_policy_that_is_too_large_is_refused(execution_policy):
    (error,) = refused(execution_policy, [PARAMETER], ACCOUNT, "us-east-1", size_limit="500")
    assert error.startswith("distributions: the policy has ")
    assert "room for 500" in error


def test_the_documentation_names_what_the_filter_takes(execution_policy):
    options = yaml.safe_load(plugin.DOCUMENTATION)["options"]
    names = execution_policy.__code__.co_varnames[: execution_policy.__code__.co_argcount]
    assert ["_input", *names[1:]] == list(options)
    defaults = dict(zip(reversed(names), reversed(execution_policy.__defaults__)))
    documented = {name: option["default"] for name, option in options.items() if "default" in option}
    assert documented == {name: [] if name.endswith("_arns") else defaults[name] for name in documented}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"region": "US-West-2"}, "distributions[0].region: 'US-West-2': is not the name of a Region; write us-west-2"),
        ({"region": "cn-north-1"}, "distributions[0].region: 'cn-north-1': belongs to the partition aws-cn"),
        (
            {"region": "us-west-2", "ami_distribution_configuration": {"target_account_ids": ["4444-5555-6666"]}},
            "distributions[0].ami_distribution_configuration.target_account_ids[0]: '4444-5555-6666': an account id is"
            " 12 digits without hyphens: 444455556666",
        ),
        (
            {"region": "us-west-2", "ssm_parameter_configurations": [{"parameter_name": "a", "ami_account_id": "12"}]},
            "distributions[0].ssm_parameter_configurations[0].ami_account_id: '12': an account id has 12 digits",
        ),
    ],
)
def test_what_could_be_of_no_use_in_a_policy_is_refused_in_words(execution_policy, entry, said):
    (error,) = refused(execution_policy, [{"ami_distribution_configuration": {}, **entry}], ACCOUNT, "us-east-1")
    assert error.startswith(said)
