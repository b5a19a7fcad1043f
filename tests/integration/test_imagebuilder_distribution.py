"""The two modules with real ansible-playbook over HTTP: the targets, and what only the local AWS can cause."""

from __future__ import annotations

import pytest

from tests.world import World

MODULE = "goldimage.aws.imagebuilder_distribution"
ARN = "arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image"
HOME = {"region": "us-west-2", "ami_distribution_configuration": {"name_prefix": "web"}}
OTHER = {"region": "eu-west-1", "ami_distribution_configuration": {"name_prefix": "web"}}


@pytest.fixture
def ansible(ansible):
    ansible.environment["AWS_REGION"] = "us-west-2"
    return ansible


def task(title, check_mode=False, **options):
    keywords = {"check_mode": True} if check_mode else {}
    return {"name": title, MODULE: {"name": "Web Image", **options}, "ignore_errors": True, **keywords}


def test_the_life_of_a_configuration(ansible, aws):
    """The target checks what the module returns; this test, what the service was asked to store."""
    run = ansible.target("imagebuilder_distribution", home_region="us-west-2")
    created = run["imagebuilder_distribution : Do: create"]["distribution_configuration"]
    assert [request["operation"] for request in aws.requests("imagebuilder") if request["status"] == 412] == [
        "CreateDistributionConfiguration"
    ]
    assert aws.stored(created["arn"]) is None
    written = [r["operation"] for r in aws.requests("imagebuilder") if not r["operation"].startswith(("Get", "List"))]
    assert written == [
        # A dry run, then the real create; update, update, tag, untag, delete: nothing in check mode, nothing twice.
        "CreateDistributionConfiguration",
        "CreateDistributionConfiguration",
        "UpdateDistributionConfiguration",
        "UpdateDistributionConfiguration",
        "TagResource",
        "UntagResource",
        "DeleteDistributionConfiguration",
    ]


@pytest.mark.oldest
def test_what_is_read_can_be_fed_back(ansible, aws):
    """On this ansible-core and on the oldest: placeholders survive templating, facts and YAML."""
    ansible.target("imagebuilder_distribution_info", home_region="us-west-2")
    writes = [r["operation"] for r in aws.requests("imagebuilder") if r["operation"].startswith(("Update", "Tag"))]
    assert writes == []


UNSAFE = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Create
      goldimage.aws.imagebuilder_distribution:
        name: Web Image
        distributions:
          - region: us-west-2
            ami_distribution_configuration:
              name: !unsafe "unsafe {{ imagebuilder:buildDate }}"
          - region: us-east-1
            ami_distribution_configuration:
              name: "{% raw %}raw {{ imagebuilder:buildDate }}{% endraw %}"
          - region: eu-west-1
            ami_distribution_configuration:
              name: "square [[ imagebuilder:buildDate ]]"
"""


@pytest.mark.oldest
def test_every_answer_to_the_placeholder_trap(ansible, aws):
    ansible.playbook(UNSAFE)
    names = [entry["amiDistributionConfiguration"]["name"] for entry in aws.stored(ARN)["distributions"]]
    assert names == [f"{word} {{{{ imagebuilder:buildDate }}}}" for word in ("unsafe", "raw", "square")]


def test_what_is_stored_is_what_was_asked_for(ansible, aws):
    run = ansible.playbook(
        [
            task(
                "Create",
                description="Web servers",
                tags={"CostCenter": "12"},
                distributions=[
                    {
                        "region": "us-west-2",
                        "ami_distribution_configuration": {
                            "name_prefix": "web",
                            "target_account_ids": [111122223333],
                            "tags": {"cost_center": 12, "CostCenter": "x"},
                            "launch_permissions": {"user_ids": ["444455556666"]},
                        },
                        "ssm_parameter_configurations": [{"parameter_name": "/images/web"}],
                        "fast_launch_configurations": [{"enabled": True, "max_parallel_launches": 6}],
                    },
                    {
                        "region": "eu-west-1",
                        "launch_template_configurations": [{"launch_template_id": "lt-0ab1234c56d789012"}],
                    },
                ],
            )
        ]
    )
    stored = aws.stored(run["Create"]["distribution_configuration"]["arn"])
    assert (stored["name"], stored["description"], stored["tags"]) == ("Web Image", "Web servers", {"CostCenter": "12"})
    assert stored["distributions"] == [
        {
            "region": "us-west-2",
            "amiDistributionConfiguration": {
                "name": "web {{ imagebuilder:buildDate }}",
                "targetAccountIds": ["111122223333"],
                "amiTags": {"cost_center": "12", "CostCenter": "x"},
                "launchPermission": {"userIds": ["444455556666"]},
            },
            "ssmParameterConfigurations": [{"parameterName": "/images/web", "dataType": "aws:ec2:image"}],
            "fastLaunchConfigurations": [{"enabled": True, "maxParallelLaunches": 6}],
        },
        {
            "region": "eu-west-1",
            "launchTemplateConfigurations": [{"launchTemplateId": "lt-0ab1234c56d789012", "setDefaultVersion": True}],
        },
    ]


def test_faults_of_the_wire(ansible, aws):
    """Throttling, 5xx and lost answers are retried; because of the token, the repeated create is the same one."""
    aws.fault("imagebuilder", "CreateDistributionConfiguration", code="CallRateLimitExceededException", times=2)
    aws.lose_answer("imagebuilder", "CreateDistributionConfiguration")
    aws.fault("imagebuilder", "GetDistributionConfiguration", code="ServiceUnavailableException", times=2)
    aws.lose_answer("imagebuilder", "DeleteDistributionConfiguration")
    aws.switch(echo_empty_lists=True, echo_set_default_version=True)
    run = ansible.playbook(
        [
            task("Create", distributions=[HOME, OTHER]),
            task("Again", distributions=[HOME, OTHER]),
            task("Describe", description="carried over, empty lists and all"),
            task("Delete", state="absent"),
            task("Delete again", state="absent"),
        ]
    )
    changes = {item.name: item.result["changed"] for item in run.tasks}
    assert changes == {"Create": True, "Again": False, "Describe": True, "Delete": True, "Delete again": False}
    assert (
        run["Describe"]["distribution_configuration"]["distributions"]
        == (run["Create"]["distribution_configuration"]["distributions"])
    )


def test_read_only_credentials_in_check_mode(ansible, aws):
    """An auditor's credentials: the prediction is complete, and what could not be tried is a warning."""
    aws.fault("imagebuilder", "CreateDistributionConfiguration", code="AccessDeniedException", status=403)
    run = ansible.playbook([task("Predict", check_mode=True, distributions=[HOME])])
    assert run["Predict"]["changed"] is True
    assert "did not allow these credentials" in str(run["Predict"]["warnings"])


def test_a_configuration_that_pipelines_use(ansible, aws):
    run = ansible.playbook([task("Create", distributions=[HOME])])
    arn = run["Create"]["distribution_configuration"]["arn"]
    World(aws, "us-west-2").pipeline("nightly", distributionConfigurationArn=arn)
    run = ansible.playbook(
        [
            task("Predict", check_mode=True, state="absent"),
            task("Delete", state="absent"),
            {"name": "Look", f"{MODULE}_info": {"pipelines": True}},
            {"name": "Look at it", f"{MODULE}_info": {"name": "Web Image", "pipelines": True, "details": False}},
        ]
    )
    pipeline = "arn:aws:imagebuilder:us-west-2:123456789012:image-pipeline/nightly"
    for title in ("Predict", "Delete"):
        assert run[title]["failed"]
        assert f"nightly ({pipeline})" in run[title]["msg"]
    assert "ResourceDependencyException" in run["Delete"]["msg"]
    for title in ("Look", "Look at it"):
        users = run[title]["distribution_configurations"][0]["pipelines"]
        assert [(user["name"], user["arn"]) for user in users] == [("nightly", pipeline)]
    assert aws.stored(ARN)


def test_fields_that_botocore_does_not_know_are_never_dropped(ansible, aws):
    ansible.playbook([task("Create", distributions=[HOME])])
    aws.plant({**aws.stored(ARN), "memberOfTomorrow": {"a": 1}})
    run = ansible.playbook([task("Describe", description="x"), task("Tag", tags={"a": "b"})])
    assert run["Describe"]["failed"]
    assert "memberOfTomorrow" in run["Describe"]["msg"]
    assert run["Tag"]["changed"]
    assert aws.stored(ARN)["memberOfTomorrow"] == {"a": 1}


@pytest.mark.oldest
def test_an_old_botocore_loses_nothing_and_the_error_says_what_it_lacks(ansible, aws):
    """With a current botocore this is an ordinary run; `make test-oldest` runs it with a version of early 2024."""
    from_console = {
        "region": "us-west-2",
        "amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}"},
        "ssmParameterConfigurations": [{"parameterName": "/images/web", "dataType": "text"}],
    }
    client = aws.client("imagebuilder", region_name="us-west-2")
    client.create_distribution_configuration(name="Web Image", distributions=[from_console])
    run = ansible.playbook(
        [
            {"name": "Versions", f"{MODULE}_info": {"filters": {"na me": "x"}}, "ignore_errors": True},
            task("Describe", description="new"),
            task(
                "Use a new option",
                distributions=[{**HOME, "ssm_parameter_configurations": [{"parameter_name": "/images/web"}]}],
            ),
            task("Use old options only", state="present", tags={"Team": "platform"}),
        ]
    )
    stored = aws.stored(ARN)
    assert stored["tags"] == {"Team": "platform"}
    if run["Describe"].get("failed"):
        assert "ssmParameterConfigurations" in run["Describe"]["msg"]
        assert stored["distributions"] == [from_console]
        assert "description" not in stored
        assert "distributions[0].ssm_parameter_configurations" in run["Use a new option"]["msg"]
        assert "newer" in run["Use a new option"]["msg"]
    else:
        assert stored["description"] == "new"
        assert stored["distributions"][0]["ssmParameterConfigurations"][0]["dataType"] == "aws:ec2:image"


def test_ad_hoc(ansible, aws):
    options = {"name": "Web Image", "distributions": [HOME, OTHER]}
    assert "CHANGED" in ansible.adhoc(MODULE, options).stdout
    assert "SUCCESS" in ansible.adhoc(MODULE, options).stdout
    assert len(aws.stored(ARN)["distributions"]) == 2
    assert "web [[ imagebuilder:buildDate ]]" in ansible.adhoc(f"{MODULE}_info", "name='Web Image'").stdout
    assert "CHANGED" in ansible.adhoc(MODULE, "name='Web Image' state=absent", "--check").stdout
    assert "CHANGED" in ansible.adhoc(MODULE, "name='Web Image' state=absent").stdout
    assert aws.stored(ARN) is None


def test_the_terminal_shows_the_change_region_by_region(ansible, aws):
    ansible.playbook([task("Create", distributions=[HOME])])
    shared = {"name_prefix": "web", "launch_permission": {"user_ids": ["111122223333"]}}
    change = [task("Share", distributions=[{**HOME, "ami_distribution_configuration": shared}, OTHER])]
    run = ansible.playbook(
        change, "--check", "--diff", environment={"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}
    )
    # Only the fields that change.
    assert run.stdout[run.stdout.index("~ Web Image") : run.stdout.index("changed: ")].splitlines() == [
        "~ Web Image",
        "    us-west-2 launch_permission.user_ids: + 111122223333",
        "    + eu-west-1: name: web [[ imagebuilder:buildDate ]]",
    ]
    assert len(aws.stored(ARN)["distributions"]) == 1


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_other_partitions(ansible, aws, region):
    entry = {**HOME, "region": region}
    run = ansible.playbook([{"name": "Create", MODULE: {"name": "web", "region": region, "distributions": [entry]}}])
    arn = run["Create"]["distribution_configuration"]["arn"]
    assert arn.split(":")[1] == {"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}[region]
    assert aws.stored(arn)
