"""Which questions distributions raise, and how the answers become findings."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import findings
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import inputs
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import questions
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.findings import Question
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.questions import CHECKS

from tests.unit import stubbed

SOURCE = stubbed.ACCOUNT
ONE, OTHER = "111122223333", "444455556666"
HOME = stubbed.REGION
PLACE = (SOURCE, HOME)
AMI = {"name": "web {{ imagebuilder:buildDate }}"}
ORGANIZATION = f"arn:aws:organizations::{SOURCE}:organization/o-a1b2c3d4e5"
UNIT = f"arn:aws:organizations::{SOURCE}:ou/o-a1b2c3d4e5/ou-ab12-11111111"
KEY = f"arn:aws:kms:eu-west-1:{SOURCE}:alias/images"


def entry(region="eu-west-1", ami=None, **more):
    return {"region": region, "amiDistributionConfiguration": {**AMI, **(ami or {})}, **more}


def asked(*entries, check=None):
    """The questions, without those that every distribution raises."""
    raised = questions.questions(list(entries), SOURCE, HOME)
    if check:
        return [question[1:] for question in raised if question.check == check]
    return [question for question in raised if question.check not in ("region", "quota_images")]


def test_some_question_asks_for_every_check():
    permission = {
        "userIds": [OTHER],
        "userGroups": ["all"],
        "organizationArns": ["arn:aws:organizations::1:organization/o-1"],
        "organizationalUnitArns": ["arn:aws:organizations::1:ou/o-1/ou-1"],
    }
    everything = entry(
        ami={"targetAccountIds": [ONE], "kmsKeyId": KEY, "launchPermission": permission},
        launchTemplateConfigurations=[{"launchTemplateId": "lt-1", "accountId": ONE}],
        fastLaunchConfigurations=[{"enabled": True, "launchTemplate": {"launchTemplateName": "x"}}, {"enabled": True}],
        s3ExportConfiguration={"roleName": "vmimport", "s3Bucket": "example-images", "diskImageFormat": "RAW"},
        licenseConfigurationArns=["arn:aws:license-manager:eu-west-1"],
        ssmParameterConfigurations=[{"parameterName": "/images/web"}],
        containerDistributionConfiguration={"targetRepository": {"service": "ECR", "repositoryName": "web"}},
    )
    raised = questions.questions([everything], SOURCE, HOME)
    shared = entry("eu-central-1", {"launchPermission": permission})
    raised += questions.questions([shared], SOURCE, HOME)
    raised += questions.role_questions([everything], SOURCE, HOME, "aws", "Example")
    # Only a configuration has pipelines, distributions alone have none.
    raised += questions.source_questions([everything, entry(HOME, ami={"launchPermission": permission})], *PLACE, "x")
    assert {question.check for question in raised} == set(CHECKS) - {"pipelines"}


def test_regions_of_all_accounts_that_have_something_there():
    raised = asked(
        entry(HOME),
        entry("eu-west-1", {"targetAccountIds": [ONE]}),
        {"region": "eu-central-1", "ssmParameterConfigurations": [{"parameterName": "/a", "amiAccountId": OTHER}]},
        check="region",
    )
    targets = [(region, account) for region, account, subject in raised]
    assert set(targets) == {
        (HOME, SOURCE),
        ("eu-west-1", SOURCE),
        ("eu-west-1", ONE),
        ("eu-central-1", SOURCE),
        ("eu-central-1", OTHER),
    }


def test_a_container_image_needs_no_room_for_amis():
    container = {"targetRepository": {"service": "ECR", "repositoryName": "web"}}
    only = {"region": "eu-west-1", "containerDistributionConfiguration": container}
    assert asked(only) == [Question("container_repository", "eu-west-1", SOURCE, ("web",))]
    assert asked(only, check="quota_images") == []


def test_amis_are_public_in_the_accounts_that_own_them():
    permission = {"launchPermission": {"userGroups": ["all"], "userIds": [OTHER]}}
    raised = asked(entry(ami={"targetAccountIds": [ONE], **permission}))
    assert raised == [
        Question("public_sharing", "eu-west-1", ONE),
        Question("quota_public_images", "eu-west-1", ONE),
        Question("quota_image_sharing", "eu-west-1", ONE, (1,)),
        Question("copy_encryption", "eu-west-1", ONE, ((OTHER,), True, False, None)),
    ]
    assert asked(entry(ami={"launchPermission": {"userGroups": []}})) == []


@pytest.mark.parametrize(
    ("key", "ami", "expected"),
    [
        # The account that owns both the key and the copy needs no other permission.
        (KEY, {}, []),
        (KEY, {"targetAccountIds": [SOURCE]}, []),
        (KEY, {"targetAccountIds": [SOURCE, ONE]}, [(ONE, "copy", SOURCE)]),
        (KEY, {"launchPermission": {"userIds": [OTHER]}}, [(OTHER, "launch", SOURCE)]),
        (KEY, {"launchPermission": {"organizationArns": [ORGANIZATION]}}, [(SOURCE, "launch", SOURCE, ORGANIZATION)]),
        (KEY, {"launchPermission": {"organizationalUnitArns": [UNIT]}}, [(SOURCE, "launch", SOURCE, UNIT)]),
        # An account with its own copy launches that one.
        (KEY, {"targetAccountIds": [ONE], "launchPermission": {"userIds": [ONE]}}, [(ONE, "copy", SOURCE)]),
        (KEY.replace(SOURCE, ONE), {}, [(SOURCE, "copy", SOURCE)]),
        (KEY.replace(SOURCE, ONE), {"targetAccountIds": [ONE]}, []),
        ("alias/images", {"launchPermission": {"userIds": [OTHER]}}, [(OTHER, "launch", SOURCE)]),
        (
            "alias/images",
            {"targetAccountIds": [ONE], "launchPermission": {"userIds": [OTHER]}},
            [(OTHER, "launch", ONE)],
        ),
    ],
)
def test_who_must_be_allowed_to_use_a_key(key, ami, expected):
    raised = asked(entry(ami={"kmsKeyId": key, **ami}), check="kms_key_policy")
    assert [(account, *subject[1:]) for region, account, subject in raised] == expected


def test_the_key_of_the_home_region_encrypts_only_what_others_get():
    """The own account's AMI there is the source image, whose key cannot change."""
    home = KEY.replace("eu-west-1", HOME)
    alone = asked(entry(HOME, {"kmsKeyId": home, "launchPermission": {"userIds": [OTHER]}}))
    assert [question for question in alone if question.check.startswith("kms")] == []
    both = asked(entry(HOME, {"kmsKeyId": home, "targetAccountIds": [SOURCE, ONE]}))
    assert [question for question in both if question.check.startswith("kms")] == [
        Question("kms_key", HOME, SOURCE, (home,)),
        Question("kms_key_policy", HOME, ONE, (home, "copy", SOURCE)),
    ]


EXPORT = {"roleName": "vmimport", "s3Bucket": "example-images", "diskImageFormat": "RAW"}


@pytest.mark.parametrize(
    ("region", "ami", "more", "expected"),
    [
        ("eu-west-1", {}, {}, []),
        ("eu-west-1", {"launchPermission": {"userIds": [SOURCE]}}, {}, []),
        ("eu-west-1", {"launchPermission": {"userIds": [ONE]}}, {}, [(SOURCE, (ONE,), False, False)]),
        ("eu-west-1", {"launchPermission": {"userGroups": ["all"]}}, {}, [(SOURCE, (), True, False)]),
        ("eu-west-1", {}, {"s3ExportConfiguration": EXPORT}, [(SOURCE, (), False, True)]),
        ("eu-west-1", {"kmsKeyId": KEY, "launchPermission": {"userIds": [ONE]}}, {}, []),
        # In the home Region it is the source image itself, which is not encrypted again.
        (HOME, {"launchPermission": {"userIds": [ONE]}}, {"s3ExportConfiguration": EXPORT}, []),
        (
            HOME,
            {"targetAccountIds": [SOURCE, ONE], "launchPermission": {"userIds": [OTHER]}},
            {"s3ExportConfiguration": EXPORT},
            [(ONE, (OTHER,), False, False)],
        ),
    ],
)
def test_copies_without_a_key_may_get_the_default_one(region, ami, more, expected):
    raised = questions.questions([entry(region, ami, **more)], SOURCE, HOME, "ami-1")
    asked = [question for question in raised if question.check == "copy_encryption"]
    assert asked == [
        Question("copy_encryption", region, owner, (others, public, exported, "ami-1"))
        for owner, others, public, exported in expected
    ]


@pytest.mark.parametrize(
    ("key", "targets", "expected"),
    [
        (KEY, [], [SOURCE]),
        (KEY, [ONE, OTHER], [SOURCE]),
        ("alias/images", [], [SOURCE]),
        ("alias/images", [ONE, OTHER], [ONE, OTHER]),
        ("arn:no-arn", [ONE], [ONE]),
    ],
)
def test_where_a_key_is_looked_up(key, targets, expected):
    raised = asked(entry(ami={"kmsKeyId": key, "targetAccountIds": targets}), check="kms_key")
    assert raised == [("eu-west-1", account, (key,)) for account in expected]


def test_launch_templates_of_other_accounts_need_the_tag():
    templates = [{"launchTemplateId": "lt-1"}, {"launchTemplateId": "lt-2", "accountId": ONE}]
    assert [question[:3] for question in asked(entry(launchTemplateConfigurations=templates))] == [
        ("launch_template", "eu-west-1", SOURCE),
        ("launch_template_image", "eu-west-1", SOURCE),
        ("launch_template", "eu-west-1", ONE),
        ("launch_template_tag", "eu-west-1", ONE),
        ("launch_template_image", "eu-west-1", ONE),
    ]


def test_fast_launch_that_does_nothing_is_not_checked():
    template = {"launchTemplate": {"launchTemplateId": "lt-1", "launchTemplateVersion": "3"}}
    settings = [{"enabled": False, **template}, {"enabled": True, "accountId": ONE, **template}]
    assert asked(entry(fastLaunchConfigurations=settings)) == []
    assert asked(entry(fastLaunchConfigurations=[{"enabled": True, **template}])) == [
        Question("fast_launch_template", "eu-west-1", SOURCE, ("lt-1", "3"))
    ]


def test_parameters_are_written_in_the_account_of_the_ami():
    parameters = [{"parameterName": "/a", "amiAccountId": ONE, "dataType": "text"}, {"parameterName": "/b"}]
    assert asked(entry(ssmParameterConfigurations=parameters)) == [
        Question("ssm_parameter", "eu-west-1", ONE, ("/a", "text")),
        Question("ssm_parameter", "eu-west-1", SOURCE, ("/b", "aws:ec2:image")),
    ]


def test_roles_are_checked_where_they_are_assumed():
    distributions = [entry(HOME), entry("eu-west-1", {"targetAccountIds": [ONE]}), entry("eu-central-1")]
    raised = questions.role_questions(distributions, SOURCE, HOME, "aws", "Example")
    assert [question[:3] for question in raised] == [
        ("execution_role", None, SOURCE),
        ("execution_role_trust", None, SOURCE),
        ("execution_role_permissions", None, SOURCE),
        ("execution_role_permissions", HOME, SOURCE),
        ("execution_role_permissions", "eu-west-1", SOURCE),
        ("execution_role_permissions", "eu-central-1", SOURCE),
        ("destination_role", None, ONE),
        ("destination_role_trust", None, ONE),
        ("destination_role_managed_policies", None, ONE),
        ("destination_role_permissions", "eu-west-1", ONE),
    ]
    assert hash(tuple(raised))
    managed = raised[-2].subject
    assert managed == ("arn:aws:iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess",)


# -- findings ------------------------------------------------------------------------------------------------------


@pytest.fixture
def stubs():
    accounts = stubbed.StubbedAccounts()
    yield accounts
    accounts.finish()


def run(stubs, *distributions, **more):
    params = {"name": None, "distribution_configuration_arn": None, "execution_role": None, "workers": 3, **more}
    params.setdefault("source_image", None)
    params.setdefault("checks", "all")
    return questions.preflight(stubbed.connection(stubs), stubs, {**params, "distributions": list(distributions)})


def regions(stubs, account_id=SOURCE, **states):
    answers = [{"RegionName": name.replace("_", "-"), "OptInStatus": state} for name, state in states.items()]
    stubs.answer("ec2", "describe_regions", {"Regions": answers}, account_id=account_id)


PARAMETER = {"region": "eu-west-1", "ssm_parameter_configurations": [{"parameter_name": "/a", "data_type": "text"}]}


def test_findings_in_the_order_of_the_questions(stubs, monkeypatch):
    regions(stubs, us_west_2="opt-in-not-required", eu_west_1="opted-in")
    stubs.answer("ssm", "describe_parameters", {"Parameters": []}, region="eu-west-1")
    full = findings.CheckResult("error", "full", "Empty it")
    monkeypatch.setitem(CHECKS, "quota_images", lambda reader, question: full)
    reported = run(stubs, PARAMETER)
    assert [(one["check"], one["region"], one["status"]) for one in reported] == [
        ("region", "us-west-2", "ok"),
        ("region", "eu-west-1", "ok"),
        ("quota_images", "eu-west-1", "error"),
        ("ssm_parameter", "eu-west-1", "ok"),
    ]
    assert reported[2] == {
        "check": "quota_images",
        "region": "eu-west-1",
        "account_id": SOURCE,
        "status": "error",
        "message": "full",
        "remedy": "Empty it",
    }


def test_workers_ask_in_several_regions_and_accounts_at_once():
    """Otherwise they would wait for the same answer."""
    targets = [(region, account) for region in ("a", "b", "c", "d") for account in (SOURCE, ONE, OTHER)]
    asked = [Question(check, *target) for target in targets for check in ("one", "two")]
    asked += [Question("three", None, SOURCE)]
    spread = questions._spread(asked)
    assert sorted(spread, key=str) == sorted(asked, key=str)
    together = spread[:3]
    assert len({question.region for question in together}) == 3
    assert len({question.account_id for question in together}) == 3
    assert {question.check for question in spread[:13]} == {"one", "three"}


def test_nothing_else_is_asked_in_a_region_that_is_not_enabled(stubs):
    regions(stubs, us_west_2="opt-in-not-required", eu_west_1="not-opted-in")
    findings = {one["check"]: one for one in run(stubs, PARAMETER)}
    assert findings["region"]["status"] == "error"
    for check in ("quota_images", "ssm_parameter"):
        assert findings[check]["status"] == "skipped"
        assert f"eu-west-1 is not enabled for account {SOURCE}" in findings[check]["message"]
        assert findings[check]["remedy"] == "See the check region"


def test_where_regions_cannot_be_listed_the_rest_is_asked(stubs):
    stubs.refuse("ec2", "describe_regions", "UnauthorizedOperation")
    stubs.answer("ssm", "describe_parameters", {"Parameters": []}, region="eu-west-1")
    stubs.refuse("ec2", "describe_images", "UnauthorizedOperation", region="eu-west-1")
    findings = {one["check"]: one for one in run(stubs, PARAMETER)}
    assert findings["region"]["status"] == "skipped"
    assert "the permission ec2:DescribeRegions in account 123456789012 is missing" in findings["region"]["message"]
    assert findings["ssm_parameter"]["status"] == "ok"
    assert "ec2:DescribeImages" in findings["quota_images"]["message"]


def test_the_same_thing_is_found_once(stubs):
    regions(stubs, us_west_2="opt-in-not-required", eu_west_1="opted-in")
    stubs.refuse("ec2", "describe_images", "UnauthorizedOperation", region="eu-west-1")
    twice = {**PARAMETER, "ssm_parameter_configurations": PARAMETER["ssm_parameter_configurations"] * 2}
    stubs.answer("ssm", "describe_parameters", {"Parameters": []}, region="eu-west-1")
    assert [one["check"] for one in run(stubs, twice)].count("ssm_parameter") == 1


def test_roles_alone(stubs, monkeypatch):
    """No other questions, and no finding about the parameter of an account that gets no AMI."""
    for check in CHECKS:
        monkeypatch.setitem(CHECKS, check, lambda reader, question: findings.ok("fine"))
    for account in (SOURCE, ONE):
        regions(stubs, account, us_west_2="opt-in-not-required", eu_west_1="opted-in")
    wanted = {
        "region": "eu-west-1",
        "ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [ONE]},
        "ssm_parameter_configurations": [{"parameter_name": "/images/web"}],
    }
    more = {"execution_role": "Example", "source_image": "ami-0123456789abcdef0", "name": "web"}
    everything = {one["check"] for one in run(stubs, wanted, **more)}
    of_roles = {check for check in everything if check.startswith(("execution_role", "destination_role"))}
    assert everything - of_roles > {"source_image", "pipelines", "quota_images"}
    assert of_roles > {"execution_role", "execution_role_permissions", "destination_role"}
    assert {one["check"] for one in run(stubs, wanted, **more, checks="roles")} == of_roles


def test_roles_alone_need_a_role(service_model):
    (error,) = inputs.preflight_option_errors({"name": "web", "checks": "roles"}, service_model)
    assert str(error) == "execution_role: is needed with checks: roles"


# -- options -------------------------------------------------------------------------------------------------------


def test_all_errors_with_their_paths(service_model):
    params = {
        "name": "x",
        "distributions": [{"region": "eu-west-1", "ami_distribution_configuration": {"name_prefix": "(web"}}],
        "execution_role": "no role!",
        "target_account_roles": {"12": "any"},
        "workers": 0,
    }
    paths = sorted(str(one).split(":", maxsplit=1)[0] for one in inputs.preflight_option_errors(params, service_model))
    assert paths == [
        "distributions[0].ami_distribution_configuration.name_prefix",
        "execution_role",
        "name",
        "target_account_roles.12",
        "target_account_roles.12",
        "workers",
    ]


def test_what_ansible_finds_first_is_not_all():
    spec = inputs.argument_spec()
    given = {"distributions": [{"regoin": "x"}], "workers": "many", "exection_role": "x", "name": "a", "arn": "b"}
    errors = {one.path: one.text for one in inputs.explain_preflight(spec, given)}
    assert set(errors) >= {"distributions[0].region", "distributions[0].regoin", "exection_role", "workers"}
    assert errors["name"] == "give this or distribution_configuration_arn, not both"
    (needed,) = inputs.explain_preflight(spec, {})
    assert needed.path == "distributions"
    assert "name or distribution_configuration_arn" in needed.text
