"""The module for one configuration and the module for many do and report the same."""

from __future__ import annotations

import copy
import re

import pytest

from tests.unit.plugins.modules.requests_log import RequestsLog

pytestmark = pytest.mark.current_botocore

ONE = "imagebuilder_distribution"
MANY = "imagebuilder_distribution_set"
ACCOUNT, REGION = "123456789012", "us-west-2"
ARN = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:distribution-configuration/"


def entry(region="us-west-2", **ami):
    return {"region": region, "ami_distribution_configuration": {"name_prefix": "web", **ami}}


WEB = {
    "name": "Web Image",
    "description": "Web server images",
    "distributions": [
        entry(target_account_ids=["111122223333"]),
        {**entry("eu-west-1"), "ssm_parameter_configurations": [{"parameter_name": "/images/web"}]},
    ],
    "tags": {"Team": "web", "Stage": "test"},
}
EXISTING = [
    {
        "name": "Web Image",
        "description": "Web server images",
        "distributions": [
            {
                "region": "us-west-2",
                "amiDistributionConfiguration": {
                    "name": "web {{ imagebuilder:buildDate }}",
                    "targetAccountIds": ["111122223333"],
                },
            },
            {
                "region": "eu-west-1",
                "amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}"},
                "ssmParameterConfigurations": [{"parameterName": "/images/web", "dataType": "aws:ec2:image"}],
            },
        ],
        "tags": {"Team": "web", "Stage": "test"},
    },
    {
        "name": "used",
        "distributions": [
            {"region": "us-west-2", "amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}"}}
        ],
    },
]
PUBLIC = entry(launch_permission={"user_groups": ["all"]})

# The options for an account with the configurations WEB and USED, the latter with a pipeline; and the errors of AWS.
ASKED = {
    "create": {"name": "new", "distributions": [entry()], "tags": {"a": "b"}},
    "create with a warning": {"name": "new", "distributions": [PUBLIC]},
    "unchanged": WEB,
    "only named": {"name": "Web Image"},
    "by ARN": {"distribution_configuration_arn": ARN + "web-image", "description": "new"},
    "description removed": {"name": "Web Image", "description": ""},
    "other Regions": {"name": "Web Image", "distributions": [entry("eu-west-1"), entry("sa-east-1")]},
    "a Region more": {"name": "Web Image", "distributions": [entry("sa-east-1")], "purge_distributions": False},
    "accounts kept": {"name": "Web Image", "distributions": [entry()], "purge_accounts": False},
    "tags": {"name": "Web Image", "tags": {"Team": "other"}},
    "tags kept": {"name": "Web Image", "tags": {"Owner": 1}, "purge_tags": False},
    "removed": {"name": "Web Image", "state": "absent"},
    "removed by ARN": {"arn": ARN + "web-image", "state": "absent"},
    "not there": {"name": "nowhere", "state": "absent"},
    "in use": {"name": "used", "state": "absent"},
    "in use, pipelines unknown": (
        {"name": "used", "state": "absent"},
        {("ListImagePipelines", None): ["AccessDeniedException"]},
    ),
    "folded name": {**WEB, "name": "web_image"},
    "folded name removed": {"name": "web_image", "state": "absent"},
    "nothing to create from": {"name": "new"},
    "no such ARN": {"distribution_configuration_arn": ARN + "nowhere", "description": "x"},
    "throttled": (WEB, {("GetDistributionConfiguration", "web-image"): ["CallRateLimitExceededException"] * 2}),
    "read denied": (WEB, {("GetDistributionConfiguration", "web-image"): ["AccessDeniedException"]}),
    "create refused": (
        {"name": "new", "distributions": [entry()]},
        {("CreateDistributionConfiguration", "new"): ["InvalidParameterValueException"]},
    ),
    "create answered late": (
        {"name": "new", "distributions": [entry()]},
        {("CreateDistributionConfiguration", "new"): ["lost answer"]},
    ),
    "create not allowed": (
        {"name": "new", "distributions": [entry()]},
        {("CreateDistributionConfiguration", "new"): ["AccessDeniedException"]},
    ),
    "half done": (
        {"name": "Web Image", "description": "new", "tags": {"new": "1"}},
        {("TagResource", "web-image"): ["AccessDeniedException"]},
    ),
    "deletion refused": (
        {"name": "Web Image", "state": "absent"},
        {("DeleteDistributionConfiguration", "web-image"): ["ForbiddenException"]},
    ),
}

# Options that are refused without a request.
REFUSED = {
    "ARN of another Region": {"distribution_configuration_arn": ARN.replace(REGION, "eu-west-1") + "web-image"},
    "empty": {"name": "new", "distributions": []},
    "many errors": {"name": "!", "description": "x" * 1025, "distributions": [{"region": ""}, entry(), entry()]},
    "prefix": {"name": "new", "distributions": [entry(name_prefix="a/b")]},
    "no name": {"description": "x"},
    "name and ARN": {"name": "web", "distribution_configuration_arn": ARN + "web"},
    "unknown options": {
        "name": "new",
        "kms_key_id": "x",
        "distributions": [{**entry("sa-east-1", launchPermissions={}), "taggs": {}, "s3ExportConfiguration": {}}],
    },
    "wrong types": {
        "name": "new",
        "state": "gone",
        "tags": "x",
        "distributions": [{**entry(), "license_configuration_arns": {}}],
    },
    "text for list": {"name": "new", "distributions": "foo"},
}


@pytest.fixture
def run_fresh(aws, run_module, monkeypatch):
    """Runs a case with one of the two modules in the case's account. Returns (result, requests, what is stored)."""
    import boto3

    requests = RequestsLog(monkeypatch)
    client = boto3.client("imagebuilder", region_name=REGION)
    backend = aws[ACCOUNT][REGION]

    def run(module, options, errors=None, check_mode=False):
        backend.reset()
        for existing in EXISTING:
            backend.plant_distribution_configuration(copy.deepcopy(existing))
        client.create_image_pipeline(
            name="nightly",
            imageRecipeArn=f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image-recipe/web/1.0.0",
            infrastructureConfigurationArn=f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:infrastructure-configuration/web",
            distributionConfigurationArn=ARN + "used",
        )
        del requests[:]
        requests.errors = copy.deepcopy(errors or {})
        result = run_module(module, options, check_mode=check_mode, diff=True)
        stored = {
            arn: {
                key: value
                for key, value in configuration.to_dict().items()
                if key not in ("dateCreated", "dateUpdated")
            }
            for arn, configuration in backend.distribution_configurations.items()
        }
        return result, list(requests), stored

    return run


@pytest.mark.parametrize("asked", ASKED)
def test_both_modules_do_and_say_the_same(run_fresh, asked):
    options, errors = ASKED[asked] if isinstance(ASKED[asked], tuple) else (ASKED[asked], {})
    for check_mode in (False, True):
        one, asked_by_one, stored_by_one = run_fresh(ONE, options, errors, check_mode)
        many, asked_by_many, stored_by_many = run_fresh(
            MANY, {"distribution_configurations": [options]}, errors, check_mode
        )

        assert stored_by_many == stored_by_one
        assert many["changed"] == one.get("changed", False)
        _say_the_same(many, one)
        assert asked_by_many == _without_read_back(asked_by_one)
        assert many.get("diff", []) == _listed(one)
        outcome = many["outcomes"][0]
        assert outcome["error"] == many.get("msg")
        assert (outcome["action"] == "failed") is bool(one.get("failed"))
        assert many["summary"][outcome["action"]] == 1
        assert sum(many["summary"].values()) == 1


@pytest.mark.parametrize("refused", REFUSED)
def test_both_modules_refuse_the_same(run_fresh, refused):
    one, asked_by_one, _stored = run_fresh(ONE, REFUSED[refused])
    many, asked_by_many, _stored = run_fresh(MANY, {"distribution_configurations": [REFUSED[refused]]})
    assert one["failed"]
    _say_the_same(many, one)
    assert asked_by_one == asked_by_many == []


def _say_the_same(many, one):
    """Checks that messages differ only in the path, which is followed by a dot before an option, else by a colon."""
    path = "distribution_configurations[0]"
    assert many.get("failed", False) == one.get("failed", False)
    message = _without_request_id(many.get("msg", ""))
    assert message.replace(f"{path}.", "").replace(f"{path}: ", "") == _without_request_id(one.get("msg", ""))
    for line in message.splitlines():
        assert path in line or line.endswith(" errors in the options:")
    assert _texts(many) == [text if text.startswith("distributions") else f": {text}" for text in _texts(one)]


def _without_request_id(text):
    return re.sub(r"request id [-0-9a-f]+", "request id", text)


def _texts(result):
    texts = [warning if isinstance(warning, str) else warning["msg"] for warning in result.get("warnings", [])]
    return [re.sub(r"^distribution_configurations\[0\]\.?", "", text) for text in texts]


def _without_read_back(asked):
    """The module for one configuration returns the result, so it reads it after a write."""
    reads = [index for index, request in enumerate(asked) if request[0] == "GetDistributionConfiguration"]
    written = [
        index for index, request in enumerate(asked) if request[0].startswith(("Create", "Update", "Tag", "Untag"))
    ]
    late = [index for index in reads if written and index > written[-1]]
    return [request for index, request in enumerate(asked) if index not in late]


def _listed(one):
    diff = one.get("diff")
    if not diff or ("prepared" not in diff and diff["before"] == diff["after"]):
        return []
    # The first line of an update's diff is the name.
    name = diff["prepared"].split("\n")[0][2:] if "prepared" in diff else (diff["after"] or diff["before"])["name"]
    return [{**diff, "before_header": name, "after_header": name}]
