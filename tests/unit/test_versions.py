"""Which feature needs which botocore: defined in one place, used by every error, and correct in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import fields
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import versions
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import camel
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import rollout_options
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.checks import distribution_errors

ROOT = Path(__file__).resolve().parents[2]
# Options that are not members of the API.
OWN = {"name_prefix"}


def lacking(spec, shape, path="distributions[0]"):
    """(option path, option) of everything that the installed botocore lacks."""
    for name, option in spec.items():
        if name in OWN:
            continue
        if camel(name) not in shape.members:
            yield f"{path}.{name}", name
            continue
        content = shape.members[camel(name)]
        if "options" in option:
            many = option["type"] == "list"
            below = f"{path}.{name}[0]" if many else f"{path}.{name}"
            yield from lacking(option["options"], content.member if many else content, below)


def test_the_error_about_an_option_that_botocore_lacks_names_the_version(service_model):
    """The current botocore lacks nothing; `make test-oldest` runs this with the oldest."""
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape.members["distributions"].member
    for path, name in lacking(fields.DISTRIBUTION_OPTIONS, shape):
        assert path == f"distributions[0].{name}", "an option inside another one needs its own test of the message"
        entry = {"region": "us-west-2", camel(name): [{"parameterName": "/web"}]}
        errors = {error.path: error.text for error in distribution_errors([entry], service_model)}
        assert errors[path].endswith(f"install {versions.BOTOCORE[name]} or newer")


@pytest.mark.current_botocore
def test_nothing_is_lacking_now(service_model):
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape.members["distributions"].member
    assert list(lacking(fields.DISTRIBUTION_OPTIONS, shape)) == []
    members = service_model.operation_model("DistributeImage").input_shape.members
    own = {*rollout_options.WAIT_OPTIONS, "name", "on_failed", "force", "image_build_version_arn"}
    own |= {"wave", "other_target_accounts", "distributions"}
    assert {camel(name) for name in rollout_options.argument_spec() if name not in own} <= set(members)
    assert "dryRun" in service_model.operation_model("CreateDistributionConfiguration").input_shape.members


def test_no_other_place_says_another_version():
    known = set(versions.BOTOCORE.values())
    oldest = re.search(r"^botocore>=(\S+)", (ROOT / "meta" / "ee-requirements.txt").read_text(), re.MULTILINE)[1]
    known.add(".".join(oldest.split(".")[:2]))
    paths = [ROOT / "README.md", *(ROOT / "docs").rglob("*.rst"), *(ROOT / "plugins").rglob("*.py")]
    paths += (ROOT / "roles").rglob("*.md")
    said = {
        (path.name, version)
        for path in paths
        for version in re.findall(r"(?<![\d.])(1\.[34]\d(?:\.\d+)?)(?![\d.]*\d)", path.read_text(encoding="utf-8"))
    }
    looked_at = {versions.NEWEST_MODEL, *versions.WIDENED.values()}
    assert {one for one in said if one[1] not in known | looked_at} == set()
    assert {name for name, version in said if version in looked_at - known} == {"versions.py"}
    assert {version for _name, version in said} >= known
