"""The lookup `cli_input_json` and the filter `to_cli_json` in a playbook; neither sends requests to AWS."""

from __future__ import annotations

import json

import pytest

from ansible.parsing.vault import VaultLib
from ansible.parsing.vault import VaultSecret

from tests.collection_tree import CHECKOUT
from tests.integration.playbooks import Ansible

FILES = CHECKOUT / "playbooks" / "files"
PASSWORD = "only-for-this-test"


@pytest.mark.oldest
def test_files_of_the_aws_cli_in_a_playbook(collections, tmp_path):
    document = json.loads((FILES / "create-vm-export.json").read_text())
    vaulted = tmp_path / "vaulted.json"
    secrets = [("default", VaultSecret(PASSWORD.encode()))]
    vaulted.write_bytes(VaultLib(secrets).encrypt(json.dumps({**document, "name": "web-image-vaulted"})))
    (tmp_path / "password").write_text(PASSWORD)

    run = Ansible(tmp_path / "ansible", collections, {}).target(
        "lookup_cli_input_json",
        "--vault-password-file",
        str(tmp_path / "password"),
        output_dir=str(tmp_path),
        vaulted_file=str(vaulted),
    )

    # What the play wrote is what the AWS CLI reads: strict JSON with the service's own placeholders.
    written = json.loads((tmp_path / "written.json").read_text())
    assert written["distributions"][0]["amiDistributionConfiguration"]["name"] == "web {{ imagebuilder:buildDate }}"
    assert written["name"] == "web-image-broken"
    assert "clientToken" not in written

    # ansible-core before 2.19 prints warnings itself, wrapped anywhere; later versions pass them to the callback.
    handed_over = [warning for task in run.tasks for warning in task.result.get("warnings", [])]
    shown = "".join(" ".join([run.stderr, *handed_over]).split())
    for warning in (
        "update-ami.json: distributions[0].amiDistributionConfiguration.launchPermissions: taken for launchPermission",
        "update-ami.json: distributions[2].amiDistributionConfiguration.tags: taken for amiTags",
        "update-ami.json: distributionConfigurationArn: ends in .json, which no ARN does; taken for"
        " arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image-accounts",
        "broken-lines.json: clientToken: is left out; the module makes one of its own for each change",
        "broken-lines.json: name, description, distributions[0].region,"
        " distributions[0].ssmParameterConfigurations[0].amiAccountId,"
        " distributions[0].ssmParameterConfigurations[0].parameterName,"
        " distributions[0].ssmParameterConfigurations[0].dataType:"
        " broken across lines; the spaces at the ends are removed",
    ):
        assert "".join(warning.split()) in shown
