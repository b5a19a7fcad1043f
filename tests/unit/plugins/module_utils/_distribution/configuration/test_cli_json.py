"""Files of the AWS CLI -> options: wrong names that are understood, and errors that are reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.cli_json import CliInputError
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.cli_json import (
    options_from_text,
)

FILES = Path(__file__).parents[6] / "playbooks" / "files"
ARN = "arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image"

# The user guide's pages break strings like this, before the closing quote.
BROKEN = """{
"name": "web-image
",
"description": "Ends in an escape\\n
",
"distributions": [
{
"region": "
us-west-2",
"amiDistributionConfiguration": {
"name": "web {{ imagebuilder:buildDate }}",
"description": "kept as it is \\n ",
"amiTags": {
"team name": "web \t
  "
}
},
"ssmParameterConfigurations": [
{
"parameterName": "/images/web
"
}
]
}
]
}
"""


def create(**members):
    """Returns a document for the create command with one Region."""
    return {"name": "web-image", "distributions": [{"region": "us-west-2", **members}]}


def read(document, name=None):
    """Returns (options, warnings) of a document without errors."""
    return options_from_text(json.dumps(document), name)


def errors(document, name=None):
    """Returns the errors in a document, which is given as text or as data."""
    with pytest.raises(CliInputError) as caught:
        options_from_text(document if isinstance(document, str) else json.dumps(document), name)
    assert str(caught.value) == "; ".join(caught.value.errors)
    return caught.value.errors


def test_every_member_becomes_an_option():
    document = {
        "name": "web-image",
        "description": "{{imagebuilder:buildDate}} of web",
        "tags": {"camelCase": "{{ imagebuilder:buildDate }}"},
        "distributions": [
            {
                "region": "us-west-2",
                "amiDistributionConfiguration": {
                    "name": "web {{ imagebuilder:buildDate }}",
                    "targetAccountIds": ["111122223333"],
                    "amiTags": {"builtAt": "{{imagebuilder:buildDate}}"},
                    "launchPermission": {"userGroups": ["all"]},
                },
                "containerDistributionConfiguration": {"targetRepository": {"service": "ECR", "repositoryName": "web"}},
                "fastLaunchConfigurations": [
                    {"enabled": False, "snapshotConfiguration": {"targetResourceCount": 5}, "maxParallelLaunches": 6}
                ],
                "licenseConfigurationArns": [],
            }
        ],
    }
    options, warnings = read(document)
    assert options == {
        "name": "web-image",
        "description": "[[imagebuilder:buildDate]] of web",
        # AWS does not fill in placeholders in the configuration's own tags, so they are not changed.
        "tags": {"camelCase": "{{ imagebuilder:buildDate }}"},
        "distributions": [
            {
                "region": "us-west-2",
                "ami_distribution_configuration": {
                    "name": "web [[ imagebuilder:buildDate ]]",
                    "target_account_ids": ["111122223333"],
                    "ami_tags": {"builtAt": "[[imagebuilder:buildDate]]"},
                    "launch_permission": {"user_groups": ["all"]},
                },
                "container_distribution_configuration": {
                    "target_repository": {"service": "ECR", "repository_name": "web"}
                },
                "fast_launch_configurations": [
                    {
                        "enabled": False,
                        "snapshot_configuration": {"target_resource_count": 5},
                        "max_parallel_launches": 6,
                    }
                ],
            }
        ],
    }
    assert warnings == []


def test_what_a_document_does_not_have_is_no_option():
    options, dummy = read({"distributionConfigurationArn": ARN, "distributions": []})
    assert options == {"distribution_configuration_arn": ARN, "distributions": []}


@pytest.mark.parametrize("path", sorted(FILES.glob("create-*.json")), ids=lambda path: path.name)
def test_the_files_for_create_need_no_warning(path):
    options, warnings = options_from_text(path.read_text(encoding="utf-8"))
    assert options["name"]
    assert warnings == []


def test_the_file_for_update_has_the_wrong_names_of_the_user_guide():
    options, warnings = options_from_text((FILES / "update-ami.json").read_text(encoding="utf-8"))
    accounts, dummy = options_from_text((FILES / "create-ami-accounts.json").read_text(encoding="utf-8"))
    arn = "arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/" + accounts["name"]
    assert options["distribution_configuration_arn"] == arn
    assert [entry["region"] for entry in options["distributions"]] == ["us-west-2", "eu-west-1", "eu-central-1"]
    first, dummy, last = [entry["ami_distribution_configuration"] for entry in options["distributions"]]
    assert first["launch_permission"] == {"user_ids": ["111122223333", "444455556666"]}
    assert last["ami_tags"] == {"Service": "web"}
    assert warnings == [
        "distributions[0].amiDistributionConfiguration.launchPermissions: taken for launchPermission",
        "distributions[2].amiDistributionConfiguration.tags: taken for amiTags",
        "distributionConfigurationArn: ends in .json, which no ARN does; taken for " + arn,
    ]


def test_a_name_replaces_the_arn():
    document = {"distributionConfigurationArn": ARN + ".json", "distributions": [{"region": "us-west-2"}]}
    options, warnings = read(document, name="web-image")
    assert options == {"name": "web-image", "distributions": [{"region": "us-west-2"}]}
    # There is no warning about the ARN, because it is not used.
    assert warnings == []


def test_a_name_replaces_the_name_in_the_file_or_the_missing_one():
    assert read(create(), name="other")[0]["name"] == "other"
    assert read({"distributions": []}, name="other")[0] == {"name": "other", "distributions": []}


def test_what_only_says_how_to_send_is_left_out():
    options, warnings = read({**create(), "clientToken": "abc", "dryRun": True})
    assert options == {"name": "web-image", "distributions": [{"region": "us-west-2"}]}
    assert warnings == [
        "clientToken: is left out; the module makes one of its own for each change",
        "dryRun: is left out; use check mode",
    ]


def test_a_member_given_twice():
    options, warnings = options_from_text(
        '{"name": "a", "distributions": [{"region": "x", "region": "y"}], "name": "b"}'
    )
    assert options == {"name": "b", "distributions": [{"region": "y"}]}
    assert warnings == [
        "name: given more than once; the last value is used",
        "distributions[0].region: given more than once; the last value is used",
    ]


def test_a_byte_order_mark_is_ignored():
    assert options_from_text("\ufeff" + json.dumps(create()))[0]["name"] == "web-image"


# -- strings broken across lines -----------------------------------------------------------------------------------


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_strings_broken_across_lines(line_end):
    options, warnings = options_from_text(BROKEN.replace("\n", line_end))
    assert options == {
        "name": "web-image",
        # An escaped line break is part of the string.
        "description": "Ends in an escape\n",
        "distributions": [
            {
                "region": "us-west-2",
                "ami_distribution_configuration": {
                    "name": "web [[ imagebuilder:buildDate ]]",
                    "description": "kept as it is \n ",
                    "ami_tags": {"team name": "web"},
                },
                "ssm_parameter_configurations": [{"parameter_name": "/images/web"}],
            }
        ],
    }
    assert warnings == [
        "name, description, distributions[0].region,"
        ' distributions[0].amiDistributionConfiguration.amiTags["team name"],'
        " distributions[0].ssmParameterConfigurations[0].parameterName:"
        " broken across lines; the spaces at the ends are removed"
    ]
    tags = options["distributions"][0]["ami_distribution_configuration"]["ami_tags"]
    assert {type(value) for value in (options["name"], options["distributions"][0]["region"], *tags.values())} == {str}


@pytest.mark.parametrize("path", sorted(FILES.glob("*.json")), ids=lambda path: path.name)
def test_any_string_may_be_broken(path):
    text = path.read_text(encoding="utf-8")
    options, warnings = options_from_text(text)
    paths = []

    def broken(value, path_parts):
        if isinstance(value, dict):
            members = (f"{json.dumps(key)}: {broken(item, path_parts + [key])}" for key, item in value.items())
            return "{" + ",\n".join(members) + "}"
        if isinstance(value, list):
            return "[" + ",\n".join(broken(item, path_parts + [index]) for index, item in enumerate(value)) + "]"
        if isinstance(value, str):
            paths.append(path_parts)
            return json.dumps(value)[:-1] + '\n"'
        return json.dumps(value)

    broken_options, broken_warnings = options_from_text(broken(json.loads(text), []))
    assert broken_options == options
    assert broken_warnings[1:] == warnings
    assert broken_warnings[0].count(",") == len(paths) - 1
    for path_parts in paths:
        path = "".join(f"[{key}]" if isinstance(key, int) else "." + key for key in path_parts)[1:]
        assert path in broken_warnings[0].split(":")[0].split(", ")


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "web\nimage", "distributions": []}',
        '{"name": "web\n image\n", "distributions": []}',
        '{"name": "web\timage", "distributions": []}',
        '{"name": "web image\t", "distributions": []}',
    ],
)
def test_a_break_inside_a_string_is_refused(text):
    assert errors(text) == [
        "line 1, column 10: expected a closing quote on the line on which this string begins;"
        " inside it write \\n or \\t"
    ]


def test_a_missing_quote_is_not_a_broken_line():
    text = '{\n    "name": "web-image,\n    "description": "one",\n    "distributions": []\n}\n'
    assert errors(text) == [
        "line 2, column 13: expected a closing quote on the line on which this string begins;"
        " inside it write \\n or \\t"
    ]


# -- what is not JSON -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "line 1, column 1: expected a value, found the end of the file"),
        ("---\nname: web\n", "line 1, column 1: expected a value, found '-'"),
        ("\n  []", "line 2, column 3: expected an object { ... }, found '['"),
        ('{"name": "a"', "line 1, column 13: expected ',' or a closing bracket, found the end of the file"),
        ('{"name": "a\n', "line 1, column 10: expected a closing quote on the line on which this string begins"),
        ('{\n  "name": "a"\n  "tags": {}\n}', "line 3, column 3: expected ',' or a closing bracket, found '\"'"),
        ('{"name": "a",\n}', "line 2, column 1: expected a member name in double quotes, found '}' after a comma"),
        ('{"distributions": [1,]}', "line 1, column 22: expected a value, found ']' after a comma; remove that comma"),
        ("{'name': 1}", 'line 1, column 2: expected a member name in double quotes, found "\'"'),
        ('{"name" "a"}', "line 1, column 9: expected ':' after the member name, found '\"'"),
        ('{"name": web}', "line 1, column 10: expected a value, found 'w'"),
        ('{"name": "\\q"}', "line 1, column 11: expected one of the escapes of JSON"),
        ('{"na\nme": "a"}', "line 1, column 5: expected a closing quote; a line break or a tab"),
        ('{"name": "a"}\n}', "line 2, column 1: expected nothing more after the closing bracket"),
    ],
)
def test_a_malformed_file(text, error):
    messages = errors(text)
    assert len(messages) == 1
    if "after a comma" in error and not messages[0].startswith(error):
        # Python 3.13 and later points to the comma itself.
        assert "expected another entry after this comma, or no comma" in messages[0]
    else:
        assert messages[0].startswith(error)


def test_a_malformed_file_is_reported_at_the_right_line_after_broken_strings():
    text = BROKEN.replace('"parameterName": ', '"parameterName" ')
    line = text[: text.index('"parameterName"')].count("\n") + 1
    assert errors(text) == [f"line {line}, column 17: expected ':' after the member name, found '\"'"]


# -- members -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({**create(), "Name": "a"}, "Name: unknown member, write it as name"),
        ({**create(), "discription": "a"}, "discription: unknown member, did you mean description?"),
        (
            {**create(), "resourceTags": {}},
            "resourceTags: unknown member, known here: description, distributionConfigurationArn, distributions, name,"
            " tags",
        ),
        (
            create(ami_distribution_configuration={}),
            "distributions[0].ami_distribution_configuration: unknown member, write it as amiDistributionConfiguration",
        ),
        (
            create(kmsKeyId="k"),
            "distributions[0].kmsKeyId: unknown member, it belongs at"
            " distributions[].amiDistributionConfiguration.kmsKeyId",
        ),
        (
            create(amiDistributionConfiguration={"userID": []}),
            "distributions[0].amiDistributionConfiguration.userID: unknown member, did you mean"
            " distributions[].amiDistributionConfiguration.launchPermission.userIds?",
        ),
        (
            create(amiDistributionConfiguration={"namePrefix": "web"}),
            "distributions[0].amiDistributionConfiguration.namePrefix: unknown member, known here: amiTags,"
            " description, kmsKeyId, launchPermission, name, targetAccountIds",
        ),
        (
            create(fastLaunchConfigurations=[{"enabled": True, "launchTemplate": {"launchTemplateID": "lt"}}]),
            "distributions[0].fastLaunchConfigurations[0].launchTemplate.launchTemplateID: unknown member,"
            " write it as launchTemplateId",
        ),
        (
            create(amiDistributionConfiguration={"tags": {}, "amiTags": {}}),
            "distributions[0].amiDistributionConfiguration.tags: is the same as amiTags, which is there too; remove it",
        ),
    ],
)
def test_an_unknown_member(document, error):
    assert errors(document) == [error]


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({**create(), "name": 5}, "name: expected a string, found 5; write it in quotes"),
        ({**create(), "tags": ["a"]}, "tags: expected an object { ... }, found a list"),
        ({**create(), "tags": {"a.b": True}}, 'tags["a.b"]: expected a string, found true; write it in quotes'),
        ({"name": "a", "distributions": {}}, "distributions: expected a list [ ... ], found an object"),
        ({"name": "a", "distributions": ["b"]}, "distributions[0]: expected an object { ... }, found a string"),
        (
            create(amiDistributionConfiguration=None),
            "distributions[0].amiDistributionConfiguration: expected an object { ... }, found null;"
            " leave the member out",
        ),
        (
            create(amiDistributionConfiguration={"launchPermission": {"userIds": [111122223333]}}),
            "distributions[0].amiDistributionConfiguration.launchPermission.userIds[0]: expected a string,"
            " found 111122223333; write it in quotes",
        ),
        (
            create(licenseConfigurationArns="arn"),
            "distributions[0].licenseConfigurationArns: expected a list [ ... ], found a string",
        ),
        (
            create(fastLaunchConfigurations=[{"enabled": "true"}]),
            'distributions[0].fastLaunchConfigurations[0].enabled: expected true or false, found the string "true";'
            " write it without quotes",
        ),
        (
            create(fastLaunchConfigurations=[{"enabled": True, "maxParallelLaunches": "6"}]),
            "distributions[0].fastLaunchConfigurations[0].maxParallelLaunches: expected a whole number,"
            ' found the string "6"; write it without quotes',
        ),
        (
            create(fastLaunchConfigurations=[{"enabled": True, "maxParallelLaunches": True}]),
            "distributions[0].fastLaunchConfigurations[0].maxParallelLaunches: expected a whole number, found true",
        ),
        (
            create(fastLaunchConfigurations=[{"enabled": True, "maxParallelLaunches": 6.5}]),
            "distributions[0].fastLaunchConfigurations[0].maxParallelLaunches: expected a whole number, found 6.5",
        ),
    ],
)
def test_a_value_of_the_wrong_type(document, error):
    assert errors(document) == [error]


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"distributions": []}, "name or distributionConfigurationArn: one of the two is required"),
        ({"name": "a"}, "distributions: is missing, it is required"),
        ({"name": "a", "distributions": [{}]}, "distributions[0].region: is missing, it is required"),
        (
            create(launchTemplateConfigurations=[{"accountId": "111122223333"}]),
            "distributions[0].launchTemplateConfigurations[0].launchTemplateId: is missing, it is required",
        ),
        (
            {**create(), "distributionConfigurationArn": ARN},
            "name: the update command does not accept it in addition to distributionConfigurationArn; remove one of "
            "the two",
        ),
        (
            {"distributionConfigurationArn": ARN, "distributions": [], "tags": {"a": "b"}},
            "tags: the update command does not accept it in addition to distributionConfigurationArn; remove it here "
            "and give it to the"
            " module's option tags",
        ),
    ],
)
def test_what_neither_command_takes(document, error):
    assert errors(document) == [error]


def test_all_errors_are_named_at_once():
    messages = errors(
        {
            "name": 1,
            "extra": {},
            "distributions": [
                {"amiDistributionConfiguration": {"nmae": "web", "tags": {"a": 1}}},
                {"region": ["us-west-2"], "s3ExportConfiguration": {"roleName": "vmimport"}},
            ],
        }
    )
    assert [error.partition(":")[0] for error in messages] == [
        "name",
        "extra",
        "distributions[0].amiDistributionConfiguration.nmae",
        "distributions[0].amiDistributionConfiguration.tags.a",
        "distributions[0].region",
        "distributions[1].region",
        "distributions[1].s3ExportConfiguration.diskImageFormat",
        "distributions[1].s3ExportConfiguration.s3Bucket",
    ]
