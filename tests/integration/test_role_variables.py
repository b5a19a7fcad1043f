"""Variables of the role as users set them: omitted, from group_vars, and of a spec that has changed."""

from __future__ import annotations

import shutil

import pytest
import yaml

from tests.collection_tree import CHECKOUT
from tests.integration.role_world import include
from tests.integration.role_world import result_of
from tests.integration.role_world import ROLE
from tests.integration.role_world import sid
from tests.world import DESTINATION_ROLE
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import TWO
from tests.world import World

OMITTED = "{{ nothing_of_ours | default(omit) }}"


def _configuration(name: str) -> str:
    return f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/{name}"


@pytest.mark.oldest
def test_an_omitted_variable_counts_as_not_given(ansible, aws):
    given = ("spec_id", "region", "regions", "execution_role_name", "target_accounts")
    defaults = yaml.safe_load((CHECKOUT / "roles/distribution_rollout/defaults/main.yml").read_text())
    names = [name[len("distribution_rollout_") :] for name in defaults]
    omitted = {name: OMITTED for name in names if name not in given}
    spec = {
        "spec_id": "omitted",
        "region": HOME,
        "regions": {HOME: {"ami_distribution_configuration": {"name_prefix": "o", "description": OMITTED}}},
        "execution_role_name": "",
        "target_accounts": [],
        **omitted,
    }
    run = ansible.playbook(include(**spec))
    stored = aws.stored(_configuration("omitted"))
    assert stored.get("description") is None
    assert stored["distributions"] == [
        {"region": HOME, "amiDistributionConfiguration": {"name": "o {{ imagebuilder:buildDate }}"}}
    ]
    assert result_of(run)["changed"] is True


@pytest.mark.oldest
def test_a_spec_in_group_vars_reads_a_file_of_the_aws_cli_from_the_working_directory(ansible, aws, tmp_path):
    shutil.copy(CHECKOUT / "playbooks/files/create-ami-accounts.json", tmp_path / "ansible" / "web.json")
    (tmp_path / "group_vars").mkdir()
    spec = {
        "distribution_rollout_spec_id": "web",
        "distribution_rollout_region": HOME,
        "distribution_rollout_name": "web",
        "distribution_rollout_execution_role_name": "",
        "distribution_rollout_target_accounts": [],
        "distribution_rollout_distributions": "{{ lookup('goldimage.aws.cli_input_json', 'web.json').distributions }}",
    }
    (tmp_path / "group_vars" / "all.yml").write_text(yaml.safe_dump(spec))
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"localhost": {"ansible_connection": "local"}}}}))
    ansible.playbook("goldimage.aws.rollout", "-i", str(inventory), "--tags", "distribution")
    assert aws.stored(_configuration("web"))["distributions"]

    (tmp_path / "ansible" / "web.json").unlink()
    lost = ansible.playbook("goldimage.aws.rollout", "-i", str(inventory), rc=2)
    said = lost[f"{ROLE} : Check the variables"]["msg"]
    assert said.startswith("distribution_rollout_distributions: web.json: there is no such file")


@pytest.mark.oldest
def test_what_left_the_spec_is_reported_and_purged(ansible, aws):
    world = World(aws)
    spec = {
        "spec_id": "web",
        "region": HOME,
        "regions": [HOME],
        "defaults": {"ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [ONE, TWO]}},
        "target_account_role_name": "Admin",
    }
    ansible.playbook(include(**spec))
    less = {**spec, "defaults": {"ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": [ONE]}}}
    for _run in range(2):
        left = result_of(ansible.playbook(include(**less)))["leftovers"]
        assert TWO in [one["account_id"] for one in left]
        assert sid("web") in [one.get("Sid") for one in world.destination(TWO).trust]
    ansible.playbook(include(**less, purge=True))
    assert world.destination(TWO) is None

    # A changed name does not create a second configuration until the user says what to do with the old one.
    aws.clear_requests()
    renamed = {**less, "name": "Web servers"}
    refused = ansible.playbook(include(**renamed), rc=2)
    assert world.writes() == []
    for text in ("distribution_rollout_purge", "distribution_rollout_release", _configuration("web")):
        assert text in refused[f"{ROLE} : Try the configurations"]["msg"], text
    ansible.playbook(include(**renamed, release=["web"]))
    assert "goldimage.aws:spec" not in aws.stored(_configuration("web"))["tags"]
    ansible.playbook(include(**{**renamed, "name": "third"}, purge="yes"))
    assert world.configurations() == ["third", "web"]
    assert DESTINATION_ROLE in world.destination(ONE).arn
