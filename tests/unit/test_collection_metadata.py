"""What several files say about the collection must agree."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import pytest
import yaml

from ansible.galaxy.dependency_resolution.versioning import meets_requirements

ROOT = Path(__file__).resolve().parents[2]

_PAGES = [page for pattern in ("*.md", "*/*/*.md", "docs/docsite/rst/*.rst") for page in sorted(ROOT.glob(pattern))]


def _load(path: str):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_the_action_group_lists_every_module_and_extends_that_of_amazon_aws():
    metadata, *modules = _load("meta/runtime.yml")["action_groups"]["aws"]
    assert metadata == {"metadata": {"extend_group": ["amazon.aws.aws"]}}
    assert modules == sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


def test_the_bounds_on_amazon_aws_are_the_same_for_galaxy_and_for_a_playbook_project():
    wanted = _load("galaxy.yml")["dependencies"]
    assert {entry["name"]: entry["version"] for entry in _load("requirements.yml")["collections"]} == wanted


def test_the_oldest_tested_versions_are_the_declared_ones():
    pinned = dict(re.findall(r"^(\S+)==(\S+)$", (ROOT / "tests/requirements-oldest.txt").read_text(), re.MULTILINE))
    declared = dict(re.findall(r"^(\S+)>=(\S+)$", (ROOT / "meta/ee-requirements.txt").read_text(), re.MULTILINE))
    assert {name: pinned[name] for name in declared} == declared
    assert _load("meta/runtime.yml")["requires_ansible"] == f">={pinned['ansible-core']}"


def test_the_readme_says_which_ansible_core_is_tested():
    requirements = (ROOT / "tests/requirements-newest.txt").read_text()
    pinned = re.search(r"^ansible-core==(\d+\.\d+)\.", requirements, re.MULTILINE)
    assert f"ansible-core {pinned[1]} and amazon.aws" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_amazon_aws_is_within_the_bounds():
    """Fails too if the newest `ansible` comes with a newer one."""
    amazon = importlib.import_module("ansible_collections.amazon.aws")
    installed = json.loads((Path(list(amazon.__path__)[0]) / "MANIFEST.json").read_text())["collection_info"]["version"]
    assert meets_requirements(installed, _load("galaxy.yml")["dependencies"]["amazon.aws"])


def test_the_user_agent_has_the_version_of_the_collection():
    galaxy = _load("galaxy.yml")
    module = importlib.import_module("ansible_collections.goldimage.aws.plugins.module_utils._aws.module")
    assert f"{galaxy['namespace']}.{galaxy['name']}" == module.COLLECTION_NAME
    assert galaxy["version"] == module.COLLECTION_VERSION


def test_the_readme_names_every_module_and_every_plugin_for_users():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = [path.stem for kind in ("modules", "lookup") for path in (ROOT / "plugins" / kind).glob("*.py")]
    for name in [*names, "to_cli_json", "regional_distributions", "execution_policy"]:
        assert f"`{name}`" in readme, name


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_links_into_this_repository_lead_to_files(page):
    text = page.read_text(encoding="utf-8")
    # The README, which Galaxy also shows, has absolute links.
    repository = _load("galaxy.yml")["repository"]
    absolute = re.findall(rf"{re.escape(repository)}/(?:blob|tree)/main/([^\s)#>\"]+)", text)
    relative = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)|src=\"([^\"]+)\"", text)
    wanted = [ROOT / path for path in absolute] + [page.parent / (link or source) for link, source in relative]
    assert [str(path) for path in wanted if not path.exists()] == []


def test_nothing_is_older_than_the_first_release_or_newer_than_the_next():
    newest = _load("galaxy.yml")["version"]
    for path in [*(ROOT / "plugins").rglob("*.py"), *(ROOT / "roles").rglob("*.yml")]:
        for version in re.findall(r"version_added: ['\"]?([^\s'\"]+)", path.read_text(encoding="utf-8")):
            assert (1, 0, 0) <= tuple(map(int, version.split("."))) <= tuple(map(int, newest.split("."))), path


def test_every_file_of_the_plugins_names_its_licence():
    """REUSE.toml covers all other files; `reuse lint` checks them all."""
    # REUSE-IgnoreStart
    header = (
        "# Copyright: Contributors to the goldimage.aws project\n"
        "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)\n"
        "# SPDX-License-Identifier: GPL-3.0-or-later\n"
    )
    # REUSE-IgnoreEnd
    for path in (ROOT / "plugins").rglob("*.py"):
        text = path.read_text(encoding="utf-8").removeprefix("#!/usr/bin/python\n")
        assert not text or text.startswith(header), path
    assert (ROOT / "LICENSE").read_text() == (ROOT / "LICENSES" / "GPL-3.0-or-later.txt").read_text()
