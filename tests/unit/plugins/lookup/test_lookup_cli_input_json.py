"""How the lookup finds and reads files, and its errors."""

from __future__ import annotations

import json

import pytest
from ansible_collections.goldimage.aws.plugins.lookup import cli_input_json

from ansible.errors import AnsibleError
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib
from ansible.parsing.vault import VaultSecret
from ansible.plugins.loader import lookup_loader

DOCUMENT = {
    "name": "web-image",
    "clientToken": "abc",
    "distributions": [{"region": "us-west-2", "amiDistributionConfiguration": {"description": "für Web"}}],
}
OPTIONS = {
    "name": "web-image",
    "distributions": [{"region": "us-west-2", "ami_distribution_configuration": {"description": "für Web"}}],
}


@pytest.fixture
def warnings(monkeypatch):
    """The warnings that were shown."""
    shown = []
    monkeypatch.setattr(cli_input_json.display, "warning", shown.append)
    return shown


@pytest.fixture
def loader(tmp_path):
    """A loader for a playbook in a folder with one file."""
    loader_of_playbook = DataLoader()
    loader_of_playbook.set_basedir(str(tmp_path))
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "web.json").write_text(json.dumps(DOCUMENT, ensure_ascii=False), encoding="utf-8")
    return loader_of_playbook


@pytest.fixture
def lookup(loader, tmp_path):
    """Calls the lookup as a template of that playbook does."""

    def call(*terms, **options):
        plugin = lookup_loader.get("goldimage.aws.cli_input_json", loader=loader)
        return plugin.run(list(terms), variables={"ansible_search_path": [str(tmp_path)]}, **options)

    return call


def test_a_file_is_found_in_files_and_every_warning_names_it(lookup, warnings, tmp_path):
    assert lookup("web.json") == [OPTIONS]
    path = tmp_path / "files" / "web.json"
    assert warnings == [f"{path}: clientToken: is left out; the module makes one of its own for each change"]


@pytest.mark.parametrize("prefix", ["", "file://"])
@pytest.mark.parametrize("absolute", [False, True])
def test_the_prefix_of_the_aws_cli_is_accepted(lookup, warnings, tmp_path, prefix, absolute):
    path = tmp_path / "files" / "web.json" if absolute else "web.json"
    assert lookup(f"{prefix}{path}") == [OPTIONS]
    assert len(warnings) == 1


def test_several_files(lookup, warnings):
    assert lookup("web.json", "file://web.json") == [OPTIONS, OPTIONS]
    assert len(warnings) == 2


def test_the_name_is_for_one_file(lookup, warnings):
    assert lookup("web.json", name="other") == [{**OPTIONS, "name": "other"}]
    with pytest.raises(AnsibleLookupError, match="name is for one configuration, but 2 files are given"):
        lookup("web.json", "web.json", name="other")


def test_a_file_encrypted_with_vault(lookup, loader, warnings, tmp_path):
    secrets = [("default", VaultSecret(b"only for this test"))]
    encrypted = VaultLib(secrets).encrypt(json.dumps(DOCUMENT))
    (tmp_path / "files" / "vaulted.json").write_bytes(encrypted)
    with pytest.raises(AnsibleError, match=r"(?i)vault"):
        lookup("vaulted.json")
    loader.set_vault_secrets(secrets)
    assert lookup("vaulted.json") == [OPTIONS]


def test_a_file_that_is_not_there(lookup, warnings):
    with pytest.raises(AnsibleLookupError, match=r"^elsewhere/web\.json: there is no such file"):
        lookup("file://elsewhere/web.json")


def test_a_file_of_the_working_directory(lookup, warnings, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "files" / "web.json").rename(tmp_path / "here" / "elsewhere.json")
    monkeypatch.chdir(tmp_path / "here")
    assert lookup("file://elsewhere.json") == [OPTIONS]


def test_a_file_that_is_not_utf_8(lookup, warnings, tmp_path):
    (tmp_path / "files" / "latin.json").write_text(json.dumps(DOCUMENT, ensure_ascii=False), encoding="latin-1")
    with pytest.raises(AnsibleLookupError, match=r"files/latin\.json: is not UTF-8"):
        lookup("latin.json")


def test_every_error_is_on_a_line_that_begins_with_the_file(lookup, warnings, tmp_path):
    path = tmp_path / "files" / "bad.json"
    path.write_text('{"name": "web-image", "clientToken": "abc", "distributions": [{"Region": 1}]}')
    with pytest.raises(AnsibleLookupError) as caught:
        lookup("bad.json")
    assert str(caught.value).split("\n") == [
        f"{path}: distributions[0].Region: unknown member, write it as region",
        f"{path}: distributions[0].region: is missing, it is required",
    ]
    # No warnings, because nothing was read.
    assert warnings == []


def test_a_file_that_is_no_json(lookup, warnings, tmp_path):
    path = tmp_path / "files" / "bad.json"
    path.write_text('{\n    "name": "web-image"\n    "distributions": []\n}')
    with pytest.raises(AnsibleLookupError) as caught:
        lookup("bad.json")
    assert str(caught.value) == f"{path}: line 3, column 5: expected ',' or a closing bracket, found '\"'"
