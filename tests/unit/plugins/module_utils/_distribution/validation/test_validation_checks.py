"""Every constraint of botocore's model is checked, and reported with its option path."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration import conversion
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.checks import configuration_errors
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.checks import distribution_warnings
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.model import value_errors
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation_errors import in_order
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation_errors import show_prefixes
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation_errors import ValidationError

from tests.unit import shapes
from tests.unit.hostile.violations import replaced

AMI = {"name": "web {{ imagebuilder:buildDate }}"}


def wanted(*entries, **more):
    return {"state": "present", "name": "web-image", "distributions": list(entries), **more}


def ami(**more):
    return {"region": "us-west-2", "amiDistributionConfiguration": {**AMI, **more}}


def errors_by_path(service_model, *entries, **more):
    return {error.path: error for error in configuration_errors(wanted(*entries, **more), service_model)}


def whole(service_model):
    """Returns a configuration with every member of the model."""
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape
    return shape, {
        "state": "present",
        "name": "web-image",
        "description": "example",
        "tags": {"Team": "platform"},
        "distributions": shapes.full(shape.members["distributions"]),
    }


def of_the_model(service_model, body):
    """Returns the errors in single options. A configuration with every option also breaks rules; see rules."""
    members = service_model.operation_model("CreateDistributionConfiguration").input_shape.members
    given = {name: value for name, value in body.items() if name in members}
    errors = [one for name in given for one in value_errors(members[name], given[name], name)]
    return {error.path: error for error in errors}


def violations(shape, value):
    """Yields (constraint, value that breaks it) of a shape."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "string":
        if low:
            yield "too short", ""
        if high:
            yield "too long", "a" * (high + 1)
        if shape.enum:
            yield "no such choice", "something-else"
        if "pattern" in shape.metadata:
            yield "pattern", "!?"
            # Python's $ matches before a last line break; the service does not.
            yield "line break at the end", f"{value}\n"
    elif shape.type_name == "integer":
        if low is not None:
            yield "too small", low - 1
        if high is not None:
            yield "too large", high + 1
    elif shape.type_name == "list" and high:
        yield "too many", value * (high + 1)
    elif shape.type_name == "map" and high:
        yield "too many", {f"key-{number}": "" for number in range(high + 1)}


def cases():
    """Yields every (member, constraint) of the installed model."""
    import botocore.session

    model = botocore.session.get_session().get_service_model("imagebuilder")
    shape, body = whole(model)
    for path, leaf in shapes.leaves(shape):
        if not path or path[0] not in body or (path[-1] == "launchTemplateName"):
            continue
        value = body
        for part in path:
            value = value[part]
        for name, bad in violations(leaf, value):
            # An empty description removes it; see comparison.
            if path == ("description",) and name == "too short":
                continue
            yield pytest.param(path, bad, id=f"{shapes.option_path(path)}-{name}")


@pytest.mark.parametrize(("path", "bad"), list(cases()))
def test_each_broken_constraint_of_the_model_is_reported_with_its_path(service_model, path, bad):
    dummy, body = whole(service_model)
    assert set(of_the_model(service_model, replaced(body, path, bad))) == {shapes.option_path(path)}


def test_what_uses_every_member_is_fine(service_model):
    dummy, body = whole(service_model)
    assert of_the_model(service_model, body) == {}


def test_required_members(service_model):
    shape, body = whole(service_model)
    for path, leaf in shapes.leaves(shape.members["distributions"], ("distributions",)):
        for member in getattr(leaf, "required_members", []):
            errors = of_the_model(service_model, replaced(body, (*path, member), None))
            assert set(errors) == {shapes.option_path((*path, member))}


def test_a_member_unknown_to_botocore_asks_for_a_newer_one(service_model):
    error = errors_by_path(service_model, {"region": "us-west-2", "somethingNew": {"a": 1}})[
        "distributions[0].something_new"
    ]
    assert "newer" in error.text


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("aws:thing", "v", "tags['aws:thing'] (its key)"),
        ("k" * 129, "v", f"tags['{'k' * 129}'] (its key)"),
        ("Team", "v" * 257, "tags['Team']"),
    ],
)
def test_tags(service_model, key, value, path):
    assert list(errors_by_path(service_model, ami(), tags={key: value})) == [path]


def test_a_region_without_output(service_model):
    error = errors_by_path(service_model, {"region": "eu-west-1"})["distributions[0]"]
    assert error.value == "eu-west-1"
    assert "output" in error.text


def test_a_region_twice(service_model):
    error = errors_by_path(service_model, ami(), {"region": "eu-west-1", "amiDistributionConfiguration": AMI}, ami())
    assert list(error) == ["distributions[2].region"]
    assert "distributions[0]" in error["distributions[2].region"].text


def test_no_region_at_all(service_model):
    assert "state: absent" in errors_by_path(service_model)["distributions"].text


@pytest.mark.parametrize("name", ["web", "web {{ imagebuilder:buildVersion }}", "web {{ imagebuilder:builddate }}"])
def test_an_ami_name_without_the_build_date(service_model, name):
    error = errors_by_path(service_model, ami(name=name))["distributions[0].ami_distribution_configuration.name"]
    assert "[[ imagebuilder:buildDate ]]" in error.text


@pytest.mark.parametrize("name", ["web {{imagebuilder:buildDate}}", "{{ imagebuilder:buildDate }}web"])
def test_an_ami_name_with_the_build_date(service_model, name):
    assert errors_by_path(service_model, ami(name=name)) == {}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ({"launchTemplateVersion": "1"}, "add one of them"),
        ({"launchTemplateId": "lt-0ab1234c56d789012", "launchTemplateName": "web"}, "remove one of them"),
    ],
)
def test_fast_launch_takes_id_or_name(service_model, template, text):
    entry = {"region": "us-west-2", "fastLaunchConfigurations": [{"enabled": True, "launchTemplate": template}]}
    error = errors_by_path(service_model, entry)["distributions[0].fast_launch_configurations[0].launch_template"]
    assert text in error.text


def test_fewer_than_six_parallel_launches(service_model):
    entry = {"region": "us-west-2", "fastLaunchConfigurations": [{"enabled": True, "maxParallelLaunches": 5}]}
    assert list(errors_by_path(service_model, entry)) == [
        "distributions[0].fast_launch_configurations[0].max_parallel_launches"
    ]


def test_an_account_id_that_lost_its_zeros(service_model):
    error = errors_by_path(service_model, ami(targetAccountIds=["1234567890"]))
    path = "distributions[0].ami_distribution_configuration.target_account_ids[0]"
    assert "quote it" in error[path].text
    # YAML read the id as an octal number, so adding zeros would give a wrong id.
    assert "001234567890" not in error[path].text


def test_all_is_a_group_and_not_an_account(service_model):
    error = errors_by_path(service_model, ami(launchPermission={"userIds": ["all"]}))
    path = "distributions[0].ami_distribution_configuration.launch_permission.user_ids[0]"
    assert "use user_groups" in error[path].text


def test_an_arn_of_another_region(service_model):
    arn = "arn:aws:imagebuilder:eu-west-1:123456789012:distribution-configuration/web"
    errors = configuration_errors({"distribution_configuration_arn": arn}, service_model, arn_region="us-west-2")
    assert [error.path for error in errors] == ["distribution_configuration_arn"]


def test_errors_about_a_prefix_name_the_prefix(service_model):
    given = [{"region": "us-west-2", "ami_distribution_configuration": {"name_prefix": "web/1"}}]
    body = wanted(*conversion.distributions_to_api(given))
    errors = show_prefixes(configuration_errors(body, service_model), given)
    assert [error.path for error in errors] == ["distributions[0].ami_distribution_configuration.name_prefix"]


def test_paths_can_have_a_prefix(service_model):
    errors = configuration_errors(wanted({"region": "eu-west-1"}), service_model, "distribution_configurations[3]")
    assert [error.path for error in errors] == ["distribution_configurations[3].distributions[0]"]


def test_only_name_and_arn_are_checked_if_absent(service_model):
    assert configuration_errors({"state": "absent", "name": "!"}, service_model)[0].path == "name"
    assert configuration_errors({**wanted({"region": "a"}), "state": "absent"}, service_model) == []


HOME = "us-west-2"
ACCOUNT = "123456789012"
KEY = "arn:aws:kms:{}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("entries", "path", "text"),
    [
        ([ami(launchPermission={"userGroups": ["all"]})], ".launch_permission.user_groups", "public"),
        ([ami(kmsKeyId=KEY.format(HOME))], ".kms_key_id", "home Region's own AMI"),
        (
            [{**ami(), "containerDistributionConfiguration": {}}],
            "distributions[0]",
            "container",
        ),
        (
            [{**ami(), "ssmParameterConfigurations": [{"amiAccountId": "444455556666"}]}],
            ".ssm_parameter_configurations[0].ami_account_id",
            "target_account_ids",
        ),
        (
            [{**ami(), "fastLaunchConfigurations": [{"enabled": True, "accountId": "444455556666"}]}],
            ".fast_launch_configurations[0].account_id",
            "another account",
        ),
        (
            [{"region": "eu-west-1", "launchTemplateConfigurations": [{"launchTemplateId": "lt-1"}]}],
            "[0].launch_template_configurations",
            "home Region us-west-2 has no entry",
        ),
        (
            [{"region": "eu-west-1", "amiDistributionConfiguration": {"targetAccountIds": ["444455556666"]}}],
            ".target_account_ids",
            "home Region us-west-2 has no entry",
        ),
    ],
)
def test_warnings(entries, path, text):
    warnings = distribution_warnings(entries, HOME, ACCOUNT)
    assert len(warnings) == 1
    assert warnings[0].path.endswith(path)
    assert text in warnings[0].text


@pytest.mark.parametrize(
    "entry",
    [
        ami(),
        ami(kmsKeyId=KEY.format(HOME), targetAccountIds=["444455556666"]),
        ami(launchPermission={"userIds": ["444455556666"]}),
        {**ami(), "ssmParameterConfigurations": [{"amiAccountId": ACCOUNT}, {"parameterName": "/a"}]},
        {**ami(targetAccountIds=["444455556666"]), "ssmParameterConfigurations": [{"amiAccountId": "444455556666"}]},
        {**ami(), "fastLaunchConfigurations": [{"enabled": True, "accountId": ACCOUNT}]},
        {"region": "eu-west-1", "amiDistributionConfiguration": {**AMI, "kmsKeyId": "alias/images"}},
    ],
)
def test_no_warning(entry):
    assert distribution_warnings([entry], HOME, ACCOUNT) == []


def test_in_order_reports_nothing_twice():
    unreadable = [("distributions[10].regin", "x"), ("distributions[2].kms_key_id", "y")]
    errors = [
        ValidationError("distributions[2]", None, "no output"),
        ValidationError("distributions[3]", 1, "z"),
    ]
    assert [error.path for error in in_order(unreadable, errors)] == [
        "distributions[2].kms_key_id",
        "distributions[3]",
        "distributions[10].regin",
    ]
