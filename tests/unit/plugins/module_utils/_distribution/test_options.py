"""The argument spec compared with botocore's model, and reading options with the path of every error."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import fields
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import option_reader
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import camel
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import snake
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.role_spec import variables

pytestmark = pytest.mark.current_botocore

TYPES = {"structure": "dict", "map": "dict", "list": "list", "string": "str", "integer": "int", "boolean": "bool"}


def differences(spec, shape, path):
    """Yields fields that only one side has, and differences of type and of being required."""
    names = {camel(name): name for name in spec if name != fields.NAME_PREFIX}
    yield from (f"{path}.{member}: no option" for member in shape.members if member not in names)
    yield from (f"{path}.{names[member]}: not in the API" for member in names if member not in shape.members)
    for member in set(names) & set(shape.members):
        option, content, member_path = spec[names[member]], shape.members[member], f"{path}.{member}"
        if option["type"] != TYPES[content.type_name]:
            yield f"{member_path}: type {option['type']} for {content.type_name}"
        if option.get("required", False) != (member in shape.required_members):
            yield f"{member_path}: required differs"
        if content.type_name == "list":
            content = content.member
            if option.get("elements") != TYPES[content.type_name]:
                yield f"{member_path}: elements {option.get('elements')} for {content.type_name}"
        if content.type_name == "structure":
            yield from differences(option["options"], content, member_path)


def test_every_field_of_the_api_is_an_option_and_every_option_a_field(service_model):
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape
    assert list(differences(fields.DISTRIBUTION_OPTIONS, shape.members["distributions"].member, "distributions")) == []


def test_every_member_of_a_create_or_update_is_known(service_model):
    create = set(service_model.operation_model("CreateDistributionConfiguration").input_shape.members)
    update = set(service_model.operation_model("UpdateDistributionConfiguration").input_shape.members)
    ours = {camel(name) for name in fields.CONFIGURATION_OPTIONS}
    assert create | update == (ours - {"state", "purgeDistributions", "purgeAccounts", "purgeTags"}) | {
        "clientToken",
        "dryRun",
    }


def test_a_new_field_of_aws_is_named(service_model):
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape
    spec = {key: value for key, value in fields.DISTRIBUTION_OPTIONS.items() if key != "s3_export_configuration"}
    assert list(differences(spec, shape.members["distributions"].member, "d")) == ["d.s3ExportConfiguration: no option"]


def test_names_are_converted_in_both_directions(service_model):
    def names(shape):
        for member, content in getattr(shape, "members", {}).items():
            yield member
            yield from names(content.member if content.type_name == "list" else content)

    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape
    for name in names(shape):
        assert camel(snake(name)) == name


def read(distribution):
    dummy, errors = option_reader.read(fields.argument_spec(), {"name": "web", "distributions": [distribution]})
    return errors


@pytest.mark.parametrize(
    ("distribution", "path", "text"),
    [
        (
            {"region": "a", "kms_key_id": "x"},
            "distributions[0].kms_key_id",
            "ami_distribution_configuration.kms_key_id",
        ),
        ({"region": "a", "amiTags": {}}, "distributions[0].amiTags", "ami_distribution_configuration.ami_tags"),
        ({"Region": "a", "region": "a"}, "distributions[0].Region", "write it as region"),
        ({"region": "a", "regin": "a"}, "distributions[0].regin", "did you mean region?"),
        (
            {"region": "a", "launchTemplateConfiguration": []},
            "distributions[0].launchTemplateConfiguration",
            "did you mean launch_template_configurations?",
        ),
        ({"region": "a", "quite_something_else": 1}, "distributions[0].quite_something_else", "known here: "),
        (
            {"region": "a", "ami_distribution_configuration": {"fast_launch_configurations": []}},
            "distributions[0].ami_distribution_configuration.fast_launch_configurations",
            "it belongs at distributions[].fast_launch_configurations",
        ),
        (
            {"region": "a", "launch_template_configurations": [{"account_id": "111122223333"}]},
            "distributions[0].launch_template_configurations[0].launch_template_id",
            "is required",
        ),
        ({}, "distributions[0].region", "is required"),
        ("eu-west-1", "distributions[0]", "is not a map"),
        (
            {"region": "a", "fast_launch_configurations": [{"enabled": "perhaps"}]},
            "distributions[0].fast_launch_configurations[0].enabled",
            "bool",
        ),
        (
            {"region": "a", "ami_distribution_configuration": {"name": "x", "name_prefix": "y"}},
            "distributions[0].ami_distribution_configuration.name",
            "not both",
        ),
    ],
)
def test_an_error_has_its_path_and_a_remedy(distribution, path, text):
    errors = read(distribution)
    assert [error_path for error_path, dummy in errors] == [path]
    assert text in errors[0][1]


def test_all_errors_are_found_at_once():
    errors = read({"regin": 1, "license_configuration_arns": {}, "s3_export_configuration": {}})
    assert [error_path for error_path, dummy in errors] == [
        "distributions[0].regin",
        "distributions[0].license_configuration_arns",
        "distributions[0].region",
        "distributions[0].s3_export_configuration.role_name",
        "distributions[0].s3_export_configuration.disk_image_format",
        "distributions[0].s3_export_configuration.s3_bucket",
    ]


def test_what_can_be_read_is_converted():
    values, errors = option_reader.read(
        fields.argument_spec(),
        {
            "arn": "x",
            "distributions": [{"region": "a", "launch_template_configurations": [{"launch_template_id": "l"}]}],
        },
    )
    assert errors == []
    assert values["distribution_configuration_arn"] == "x"
    assert values["state"] == "present"
    assert values["distributions"][0]["launch_template_configurations"] == [
        {"launch_template_id": "l", "set_default_version": True}
    ]


@pytest.mark.parametrize("text", ["foo", '[{"region": "us-west-2"}]'])
def test_the_error_for_a_list_of_maps_as_text_says_how_to_write_it(text):
    errors = option_reader.read(fields.argument_spec(), {"name": "web", "distributions": text})[1]
    assert [error_path for error_path, dummy in errors] == ["distributions"]
    assert "one JSON map" in errors[0][1]


def test_selectors_exclude_each_other_and_one_is_needed():
    rules = {"mutually_exclusive": [fields.SELECTORS], "required_one_of": [fields.SELECTORS]}
    assert option_reader.read(fields.argument_spec(), {"name": "a", "arn": "b"}, **rules)[1] == [
        ("name", "give this or distribution_configuration_arn, not both")
    ]
    assert option_reader.read(fields.argument_spec(), {}, **rules)[1] == [
        ("name", "this or distribution_configuration_arn is required")
    ]


def test_an_argument_spec_is_a_copy():
    fields.argument_spec()["distributions"]["options"]["region"]["type"] = "int"
    assert fields.DISTRIBUTION_OPTIONS["region"]["type"] == "str"


class Templates(dict):
    """A container as Ansible passes it to a filter. Copying it copies all variables of the host."""

    def __deepcopy__(self, memo):
        raise AssertionError("copied")


class TemplateList(list):
    __deepcopy__ = Templates.__deepcopy__


def test_containers_of_templates_are_read_and_not_copied():
    entry = Templates(
        region="us-west-2", ami_distribution_configuration=Templates(target_account_ids=TemplateList("1"))
    )
    values, errors = option_reader.read(fields.CONFIGURATION_OPTIONS, Templates(distributions=TemplateList([entry])))
    assert errors == []
    read = values["distributions"][0]["ami_distribution_configuration"]["target_account_ids"]
    assert (read, type(read)) == (["1"], list)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("111122223333", ["111122223333"]),
        ("111122223333, 444455556666", ["111122223333", "444455556666"]),
        ("111122223333\n444455556666\n", ["111122223333", "444455556666"]),
        (" 111122223333  444455556666 ", ["111122223333", "444455556666"]),
        ("111122223333,\r\n 444455556666", ["111122223333", "444455556666"]),
        ("arn:aws:x arn:aws:y", ["arn:aws:x", "arn:aws:y"]),
        # An id as the console shows it, and a name with a space.
        ("1111 2222 3333", ["1111 2222 3333"]),
        ("1111-2222-3333", ["1111-2222-3333"]),
        ("all accounts, 111122223333", ["all accounts", "111122223333"]),
        ("", []),
        (" ,\n", []),
    ],
)
def test_one_text_is_a_list(text, values):
    permission = {"user_ids": text}
    given = {"name": "web", "distributions": [{"region": "a", "ami_distribution_configuration": {"x": 1}}]}
    given["distributions"][0]["ami_distribution_configuration"] = {"launch_permission": permission}
    read, errors = option_reader.read(fields.argument_spec(), given)
    assert errors == []
    block = read["distributions"][0]["ami_distribution_configuration"]["launch_permission"]
    assert block == {"user_ids": values}
    # In a module, Ansible's own validation gets this.
    ready = option_reader.processable(fields.argument_spec(), given)
    assert ready["distributions"][0]["ami_distribution_configuration"]["launch_permission"] == {"user_ids": values}


@pytest.mark.parametrize(
    "given",
    [
        "111122223333, 444455556666",
        "111122223333\r\n444455556666\n",
        " 111122223333  444455556666 ",
        "111122223333;444455556666",
        ["111122223333 ", " 444455556666"],
        ["111122223333, 444455556666"],
        ["111122223333\n444455556666"],
        [111122223333, "444455556666"],
        '["111122223333", 444455556666]',
    ],
)
def test_accounts_are_read_in_one_way_however_they_are_written(given):
    spec = {"accounts": {"type": "list", "elements": "str"}}
    values, errors = option_reader.read(spec, {"accounts": given})
    assert (values, errors) == ({"accounts": ["111122223333", "444455556666"]}, [])
    read, errors = variables.read(
        {"distribution_rollout_target_accounts": spec["accounts"]}, {"distribution_rollout_target_accounts": given}
    )
    assert (read, errors) == ({"target_accounts": ["111122223333", "444455556666"]}, [])


@pytest.mark.parametrize(("given", "wrong"), [(111122223333, False), (11122223333, True), ("111122223333", False)])
def test_one_bare_account_is_a_list_of_one(given, wrong):
    option = {"type": "list", "elements": "str"}
    read, errors = variables.read(
        {"distribution_rollout_target_accounts": option}, {"distribution_rollout_target_accounts": given}
    )
    assert bool(errors) == wrong
    assert read["target_accounts"] == (None if wrong else ["111122223333"])


def test_what_is_not_an_id_keeps_its_commas():
    assert option_reader.split_items(["web, all", "a b", ""]) == ["web, all", "a b", ""]
