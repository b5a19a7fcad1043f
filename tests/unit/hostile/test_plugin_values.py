"""Every argument of every filter, test and lookup with absurd values: an AnsibleError, or accepted."""

from __future__ import annotations

import importlib
import json

import pytest

from ansible.errors import AnsibleError

from tests.unit.hostile import offline
from tests.unit.hostile.values import as_sent
from tests.unit.hostile.values import KINDS
from tests.unit.hostile.values import paths
from tests.unit.hostile.values import VALUES

ACCOUNT, REGION = "123456789012", "us-west-2"
ENTRY = {
    "region": REGION,
    "ami_distribution_configuration": {
        "name_prefix": "web",
        "target_account_ids": ["111122223333"],
        "ami_tags": {"Team": "web"},
        "kms_key_id": "alias/web",
        "launch_permission": {"user_ids": ["444455556666"], "organization_arns": []},
    },
    "launch_template_configurations": [{"launch_template_id": "lt-0ab1234c56d789012", "account_id": ACCOUNT}],
    "ssm_parameter_configurations": [{"parameter_name": "/web"}],
    "fast_launch_configurations": [{"enabled": True, "launch_template": {"launch_template_name": "web"}}],
    "s3_export_configuration": {"role_name": "web", "disk_image_format": "RAW", "s3_bucket": "web"},
    "license_configuration_arns": [],
}
CONFIGURATION = {"name": "web", "description": "Web", "distributions": [ENTRY], "tags": {"Team": "web"}}
DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "One",
            "Effect": "Allow",
            "Principal": {"Service": "imagebuilder.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": [ACCOUNT]}},
        }
    ],
}
SPEC = {
    "spec_id": "web",
    "state": "present",
    "name": "web",
    "description": "Web",
    "tags": {"Team": "web"},
    "pipelines": [f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image-pipeline/web"],
}
GROUPS = {"all": ["111122223333"]}
DEFAULTS = {"ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": ["all"]}}
WAVES = [[REGION]]

# Plugin -> the calls to try, as keyword arguments.
CALLS = {
    "filter.regional_distributions": [
        {"regions": [REGION, "eu-west-1"], "defaults": DEFAULTS, "home_region": REGION, "groups": GROUPS},
        {"regions": {REGION: {"s3_export_configuration": None}}, "defaults": DEFAULTS, "groups": GROUPS},
    ],
    "filter.execution_policy": [
        {
            "distributions": [ENTRY],
            "account_id": ACCOUNT,
            "home_region": REGION,
            "partition": "aws",
            "side": "source",
            "use": "distribution",
            "source_kms_key_arns": [f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
            "log_group": "/web",
            "launch_template_role_arns": [f"arn:aws:iam::{ACCOUNT}:role/web"],
            "size_limit": 10240,
            "output": "policy",
        },
    ],
    "filter.to_cli_json": [{"options": CONFIGURATION}],
    "filter.to_spec_yaml": [{"configurations": [CONFIGURATION], "region": REGION, "spec_id": "web"}],
}


@pytest.mark.parametrize("plugin", CALLS)
def test_no_value_of_any_argument_crashes_a_plugin(plugin):
    kind, name = plugin.split(".")
    function = getattr(importlib.import_module(f"{offline.PLUGINS}.{plugin}"), name)
    wrong, tried = [], 0
    for call in CALLS[plugin]:
        function(**call)
        for path in paths(call):
            if not path:
                continue
            for label in KINDS:
                value = VALUES[label]
                tried += 1
                try:
                    function(**_put(call, path, as_sent(value)))
                except AnsibleError as error:
                    text = str(error)
                    if any(mark in text for mark in offline.CRASHES) or len(text) > 6000:
                        wrong.append(f"{path} {label}: {text[:200]}")
                except Exception as error:
                    wrong.append(f"{path} {label}: {error!r}"[:300])
    assert not wrong, f"{len(wrong)} of {tried}\n" + "\n".join(wrong)


def test_every_plugin_is_tried(root):
    kinds = ("filter", "lookup")
    there = {f"{kind}.{path.stem}" for kind in kinds for path in (root / "plugins" / kind).glob("*.py")}
    # The lookup is tested below.
    assert set(CALLS) == there - {"lookup.cli_input_json"}


@pytest.fixture
def lookup(tmp_path):
    """Run the lookup on a file with this text."""
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import lookup_loader

    def read(text, **options):
        path = tmp_path / "input.json"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        plugin = lookup_loader.get("goldimage.aws.cli_input_json", loader=DataLoader())
        return plugin.run([str(path)], {}, **options)

    return read


DOCUMENTS = {
    "empty": "",
    "blank": " \n",
    "no JSON": "name: web\n",
    "cut off": '{"name": "web", "distributions": [{"region": "us-',
    "too deep": "[" * 100000,
    "too deep inside": '{"name": "web", "distributions": ' + "[" * 100000 + "]" * 100000 + "}",
    "too deep for maps": '{"a":' * 100000 + "1" + "}" * 100000,
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "web"}'.encode("utf-16"),
    "NUL": b'{"name": "w\x00b"}',
    "half of a pair": '{"name": "\\ud800", "distributions": [{"region": "us-west-2"}]}',
    "not a number": '{"name": NaN, "distributions": [{"region": Infinity}]}',
    "huge": '{"name": ' + "9" * 5000 + "}",
    "a list": "[]",
    "a text": '"web"',
    "null": "null",
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_document_crashes_the_lookup(lookup, document):
    try:
        lookup(DOCUMENTS[document])
    except AnsibleError as error:
        text = str(error)
        assert "input.json" in text
        assert not any(mark in text for mark in offline.CRASHES)
        assert len(text) < 3000
    else:
        assert document == "half of a pair"


def test_no_member_of_a_document_crashes_the_lookup(lookup):
    from ansible_collections.goldimage.aws.plugins.filter.to_cli_json import to_cli_json

    wrong = []
    whole = json.loads(to_cli_json(CONFIGURATION))
    for path in paths(whole):
        for label in KINDS:
            value = VALUES[label]
            try:
                lookup(json.dumps(_put(whole, path, as_sent(value))))
            except AnsibleError as error:
                if any(mark in str(error) for mark in offline.CRASHES):
                    wrong.append(f"{path} {label}: {error}")
            except Exception as error:
                wrong.append(f"{path} {label}: {error!r}"[:300])
    assert not wrong, "\n".join(wrong)


def _put(value, path, new):
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _put(value[path[0]], path[1:], new)
    return copy
