"""What export.yml writes is a spec that the role accepts, and that changes nothing."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.integration.role_world import result_of
from tests.integration.role_world import ROLE
from tests.texts import commands
from tests.texts import PLAIN
from tests.world import EUROPE
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import WEST
from tests.world import World

# As a user may have typed it into the console.
ODD = 'it\'s {{ not ours }}, {% nor this %}: 100 % "odd" # ü'


def _host(aws, account):
    keys = aws.environment(account, HOME)
    return {
        "ansible_connection": "local",
        "distribution_environment": {name: keys[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_REGION")},
    }


@pytest.mark.oldest
def test_a_round_trip_changes_nothing(ansible, aws, tmp_path):
    world = World(aws)
    template = world.template(EUROPE, SOURCE)
    planted = [
        {
            "name": "Console made_One",
            "description": ODD,
            "distributions": [
                {
                    "region": WEST,
                    "amiDistributionConfiguration": {
                        "name": "x {{imagebuilder:buildDate}}",
                        "targetAccountIds": ["012345678901", ONE, SOURCE],
                        "amiTags": {"a:b": "{{ssm:/x}} {{ y }}", "number": "0123", "truth": "yes", "empty": ""},
                        "launchPermission": {"userIds": [ONE]},
                    },
                    "ssmParameterConfigurations": [{"parameterName": "/a", "dataType": "text"}],
                },
                {"region": EUROPE, "launchTemplateConfigurations": [{"launchTemplateId": template}]},
                {"region": HOME, "amiDistributionConfiguration": {"description": "web"}},
            ],
            "tags": {"key": "{{ value }}", "aws-or-not": "plain"},
        },
        {
            "name": "plain",
            "distributions": [{"region": HOME, "amiDistributionConfiguration": {"amiTags": {"a": "b"}}}],
        },
        {
            "name": "other",
            "distributions": [{"region": HOME, "amiDistributionConfiguration": {"amiTags": {"a": "b"}}}],
        },
    ]
    client = aws.client("imagebuilder")
    arns = [client.create_distribution_configuration(**one)["distributionConfigurationArn"] for one in planted]
    before = [aws.stored(arn) for arn in arns]

    # Another source account, whose file must not replace this one's.
    other = planted[1]["distributions"]
    aws.client("imagebuilder", account_id=ONE).create_distribution_configuration(name="theirs", distributions=other)
    hosts = {name: _host(aws, account) for name, account in (("images", SOURCE), ("media", ONE))}
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    variables = {"distribution_export_region": HOME, "distribution_export_file": str(tmp_path / "spec.yml")}
    exported = ansible.playbook(
        "goldimage.aws.export", "-i", str(tmp_path / "inventory.yml"),
        variables={**variables, "distribution_hosts": "all"},
    )  # fmt: skip
    path = tmp_path / "spec-images.yml"
    said = " ".join(result["msg"] for result in exported.results("Say where the spec is"))
    assert f"The spec is in {path}" in said
    assert f"The spec is in {tmp_path / 'spec-media.yml'}" in said
    assert "theirs" in (tmp_path / "spec-media.yml").read_text()
    assert "'012345678901'" in path.read_text()

    aws.clear_requests()
    run = ansible.playbook("goldimage.aws.rollout", "-e", f"@{path}")
    # From now on the tag names their spec; nothing else is written, and the tag only once.
    owner = {"goldimage.aws:spec": f"exported/{SOURCE}/{HOME}"}
    assert set(world.writes()) == {f"{SOURCE} TagResource"}
    assert [aws.stored(arn) for arn in arns] == [{**one, "tags": {**one["tags"], **owner}} for one in before]
    # Several configurations are one task, and only configurations were processed.
    assert run[f"{ROLE} : Write the configurations"]["summary"]["updated"] == 3
    assert not [call for call in aws.requests("iam") if call["operation"] == "GetRole"]
    recipients = result_of(run)["recipients"]
    assert [row for row in recipients if (row["region"], row["account_id"]) == (WEST, "012345678901")]
    assert json.dumps(run.custom_stats["distribution_rollout"][SOURCE][HOME]["exported"]["regions"]) == json.dumps(
        [WEST, EUROPE, HOME]
    )
    aws.clear_requests()
    again = ansible.playbook("goldimage.aws.rollout", "-e", f"@{path}")
    assert again.stats["changed"] == 0
    assert world.writes() == []


def _configuration(number, texts):
    """A configuration with a text in each member that accepts any text; tags hold all of them."""
    tags = {f"Text-{index}": text[:256] for index, text in enumerate(texts)}
    regions = [
        {
            "region": region,
            "amiDistributionConfiguration": {
                "name": "web {{ imagebuilder:buildDate }}",
                "description": text,
                "amiTags": tags,
            },
        }
        for region, text in zip((HOME, WEST, EUROPE), texts)
    ]
    return {"name": f"web-{number}", "description": texts[-1], "tags": tags, "distributions": regions}


def _texts(stored):
    """What the service stores for a configuration, without the role's ownership tags."""
    tags = {key: value for key, value in stored["tags"].items() if key.startswith("Text-")}
    return [stored["name"], stored["description"], tags, stored["distributions"]]


@pytest.mark.oldest
def test_texts_are_never_evaluated(ansible, aws, tmp_path):
    marker = tmp_path / "marker"
    # The most dangerous first, which also go into descriptions. A configuration has at most 50 tags.
    texts = [*commands(str(marker)), *PLAIN]
    parts = [texts[start::7] for start in range(7)]
    client = aws.client("imagebuilder")
    arns = [
        client.create_distribution_configuration(**_configuration(*one))["distributionConfigurationArn"]
        for one in enumerate(parts)
    ]
    before = [aws.stored(arn) for arn in arns]

    path = tmp_path / "spec.yml"
    variables = {"distribution_export_region": HOME, "distribution_export_file": str(path)}
    ansible.playbook("goldimage.aws.export", "--diff", variables=variables)
    assert not marker.exists()

    # Into an account that has nothing yet, and once more with everything in place.
    there = aws.environment(ONE, HOME)
    first = ansible.playbook("goldimage.aws.rollout", "-e", f"@{path}", "--diff", environment=there)
    assert not marker.exists()
    assert first.stats["changed"] > 0
    for one in before:
        assert _texts(aws.stored(one["arn"].replace(SOURCE, ONE))) == _texts(one)
    second = ansible.playbook("goldimage.aws.rollout", "-e", f"@{path}", environment=there)
    assert second.stats["changed"] == 0
    assert not marker.exists()
