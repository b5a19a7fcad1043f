"""Errors about values that do not match AWS's pattern: in words, with the right value or option."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import versions
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.model import value_errors
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.words import is_stated

ORGANIZATION = "arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5"
OU = "arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-11112222"


@pytest.mark.parametrize(
    ("shape", "value", "words"),
    [
        ("AccountId", "1111-2222-3333", "an account id is 12 digits without hyphens: 111122223333"),
        ("AccountId", "1111 2222 3333", "an account id is 12 digits without hyphens: 111122223333"),
        ("AccountId", "web", "an account id is 12 digits without hyphens: 111122223333"),
        ("AccountId", "0123", "an account id has 12 digits, this has 4; YAML reads digits without quotes as a number"),
        ("AccountId", "all", "user_groups: [all]"),
        ("AccountId", ORGANIZATION, "for this ARN use organization_arns"),
        ("AccountId", OU, "for this ARN use organizational_unit_arns"),
        ("AccountId", "arn:aws:iam::444455556666:root", "an account id is 12 digits: 444455556666"),
        (
            "AccountId",
            "arn:aws:organizations::123456789012:account/o-a1b2c3d4e5/444455556666",
            "an account id is 12 digits without hyphens: 444455556666",
        ),
        ("OrganizationArn", OU, "this is an OU; use organizational_unit_arns"),
        ("OrganizationArn", "o-a1b2c3d4e5", "give the ARN of the organization, not its id; aws organizations"),
        ("OrganizationArn", "ou-ab12-11112222", "this is an OU; use organizational_unit_arns; aws organizations"),
        ("OrganizationArn", "111122223333", "this is an account; use user_ids"),
        ("OrganizationArn", "web", "the ARN of an organization is arn:aws:organizations::111122223333:organization/o-"),
        ("OrganizationalUnitArn", ORGANIZATION, "this is an organization; use organization_arns"),
        ("OrganizationalUnitArn", "ou-ab12-11112222", "give the ARN of the OU, not its id; aws organizations"),
        (
            "OrganizationalUnitArn",
            "arn:aws:organizations::123456789012:root/o-a1b2c3d4e5/r-ab12",
            "this is the root of an organization, which AWS does not accept here; share with the organization instead",
        ),
        ("LaunchTemplateId", "lt-0a1bcde2fgh34567", "has 16 characters after lt-; the id of a launch template is lt-"),
        ("LaunchTemplateId", "web", "is not an id, and a launch template is not accepted by name here"),
        ("ResourceName", "w", "a name is 3 to 128 letters, digits, hyphens and underscores"),
        ("AmiNameString", "web/1", "an AMI name is 3 to 127 letters, digits, spaces"),
        ("TagKey", "aws:team", "tags whose keys begin with aws: are AWS's own"),
        ("TagKey", "team!", "the key of a tag is letters, digits, spaces"),
        ("SsmParameterName", "a b", "the name of a parameter is letters, digits and the characters _ . - /"),
        ("RoleNameOrArn", "a role", "an IAM role is given by its name or by its ARN"),
        ("ImageBuildVersionArn", "web", "the ARN of an image is arn:aws:imagebuilder:"),
        ("ImagePipelineArn", "web", "the ARN of a pipeline is arn:aws:imagebuilder:"),
        ("FilterValue", "web?", "the value of a filter is letters"),
    ],
)
@pytest.mark.current_botocore
def test_words(service_model, shape, value, words):
    (error,) = value_errors(service_model.shape_for(shape), value, "option")
    assert words in error.text
    assert "^" not in error.text


@pytest.mark.current_botocore
def test_every_pattern_of_a_distribution_is_known_in_words(service_model):
    def patterns(shape):
        if shape.type_name == "structure":
            return [one for member in shape.members.values() for one in patterns(member)]
        if shape.type_name in ("list", "map"):
            inner = [shape.member] if shape.type_name == "list" else [shape.key, shape.value]
            return [one for member in inner for one in patterns(member)]
        return [shape.name] if "pattern" in shape.metadata else []

    names = patterns(service_model.operation_model("CreateDistributionConfiguration").input_shape)
    assert [name for name in names if not is_stated(name)] == []


class Shape:
    """A shape of an old model whose pattern does not allow spaces."""

    type_name = "string"
    enum = ()
    metadata = {"pattern": "[a-z]+"}

    def __init__(self, name):
        self.name = name


@pytest.mark.parametrize(
    ("installed", "shape", "refused"),
    [
        ("1.41.1", "TagKey", False),
        ("1.42.97", "TagKey", True),
        ("1.44.0", "FilterValue", False),
        ("1.44.5", "FilterValue", True),
        # Unchanged since the oldest model, and described in words.
        ("1.34.0", "AccountId", True),
        # Known only from the installed model.
        ("1.44.0", "SomethingNew", False),
        ("1.44.5", "SomethingNew", True),
        ("1.50.0", "SomethingNew", True),
    ],
)
def test_what_an_old_model_refuses_is_for_aws_to_judge(monkeypatch, installed, shape, refused):
    monkeypatch.setattr(versions, "INSTALLED", installed)
    assert bool(value_errors(Shape(shape), "Cost Center*", "option")) is refused
