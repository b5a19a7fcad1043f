"""Tags with keys that Ansible reserves: the rest of the result arrives, and a warning names them."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.current_botocore

REGION = "us-west-2"
INFO = "imagebuilder_distribution_info"


@pytest.mark.parametrize("key", ["__ansible_type", "_ansible_no_log", "_ansible_x"])
def test_they_are_left_out_with_a_warning(aws, run_module, key):
    import boto3

    tags = {key: "TrustedAsTemplate", "value": "{{ 1 + 1 }}", "ansible_x": "y", "a_ansible_x": "z"}
    kept = {name: value for name, value in tags.items() if name != key}
    boto3.client("imagebuilder", region_name=REGION).create_distribution_configuration(
        name="web", tags=tags, distributions=[{"region": REGION, "amiDistributionConfiguration": {"amiTags": tags}}]
    )
    result = run_module(INFO, {"name": "web"})
    configuration = result["distribution_configurations"][0]
    assert configuration["tags"] == kept
    assert configuration["distributions"][0]["ami_distribution_configuration"]["ami_tags"] == kept
    assert [one for one in result["warnings"] if key in one and "Rename such tags" in one]


def test_nothing_is_said_where_there_is_none(aws, run_module):
    assert "warnings" not in run_module(INFO, {})
