"""The filter: its text, its errors, its warnings."""

from __future__ import annotations

import json

import pytest
from ansible_collections.goldimage.aws.plugins.filter import to_cli_json as plugin

from ansible.errors import AnsibleFilterError

ENTRY = {"region": "us-west-2", "ami_distribution_configuration": {"name": "[[imagebuilder:buildDate]] für Web"}}
ARN = "arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image"


@pytest.fixture
def warnings(monkeypatch):
    """The warnings that were shown."""
    shown = []
    monkeypatch.setattr(plugin.display, "warning", shown.append)
    return shown


@pytest.fixture
def to_cli_json():
    """The filter as Ansible finds it."""
    return plugin.FilterModule().filters()["to_cli_json"]


def test_the_text_is_indented_and_ascii(to_cli_json, warnings):
    text = to_cli_json({"name": "web-image", "distributions": [ENTRY]})
    assert text == (
        "{\n"
        '    "name": "web-image",\n'
        '    "distributions": [\n'
        "        {\n"
        '            "region": "us-west-2",\n'
        '            "amiDistributionConfiguration": {\n'
        '                "name": "{{imagebuilder:buildDate}} f\\u00fcr Web"\n'
        "            }\n"
        "        }\n"
        "    ]\n"
        "}"
    )
    assert warnings == []


def test_an_arn_alone_makes_an_update(to_cli_json, warnings):
    text = to_cli_json({"arn": ARN, "distributions": [ENTRY], "tags": {"a": "b"}})
    assert list(json.loads(text)) == ["distributionConfigurationArn", "distributions"]
    assert warnings == [
        "goldimage.aws.to_cli_json: tags: left out, because the update command does not take tags; use"
        " aws imagebuilder tag-resource"
    ]


def test_every_error_is_named(to_cli_json):
    with pytest.raises(AnsibleFilterError) as caught:
        to_cli_json({"Name": "web-image", "distributions": [{"kms_key_id": "k"}]})
    message = str(caught.value)
    for place in ("Name: ", "name: ", "distributions[0].kms_key_id: ", "distributions[0].region: "):
        assert place in message


@pytest.mark.parametrize("value", [[], "text", None])
def test_only_one_configuration_is_taken(to_cli_json, value):
    with pytest.raises(AnsibleFilterError, match="takes the options of one configuration.*use a loop"):
        to_cli_json(value)
