"""The job templates, run as AWX runs them: ansible-runner, an inventory script, extra variables, little environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout.rollouts import identity_tags

from tests.integration import awx_definitions
from tests.integration import awx_rules
from tests.integration.awx_definitions import AWX
from tests.world import account_root
from tests.world import EUROPE
from tests.world import HOME
from tests.world import IMAGE_BUILDER
from tests.world import ONE
from tests.world import SOURCE
from tests.world import WEST
from tests.world import World

RUNNER = str(Path(sys.executable).with_name("ansible-runner"))
# What the credential type of controller.yml writes to a file: a profile that assumes a role in each host's account.
PROFILES = """
[default]
aws_access_key_id = {AWS_ACCESS_KEY_ID}
aws_secret_access_key = {AWS_SECRET_ACCESS_KEY}

[profile media]
source_profile = default
role_arn = arn:aws:iam::{account}:role/media

[profile payments]
source_profile = default
role_arn = arn:aws:iam::{account}:role/payments

[profile elsewhere]
source_profile = default
role_arn = arn:aws:iam::{other}:role/elsewhere
"""

# What AWX writes as inventory/hosts: a program that prints the hosts of this slice.
SCRIPT = """#!{python}
print({hosts!r})
"""


class Job:
    """One job, from its events. `artifacts` are those of set_stats, `hosts` those that ran a task."""

    def __init__(self, status: str, events: list[dict[str, Any]], stdout: str) -> None:
        self.status, self.stdout = status, stdout
        results = [event["event_data"] for event in events if event["event"].startswith("runner_on_")]
        self.hosts = {data["host"] for data in results if data.get("task_action") != "gather_facts"}
        (stats,) = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
        self.artifacts = stats["artifact_data"]
        self.changed = sorted(stats["changed"])


class JobRunner:
    """Launches jobs, without this process's environment except for the path to programs."""

    host_variables: dict[str, dict[str, Any]]

    def __init__(
        self, folder: Path, environment: dict[str, str], collections: Path, head_start: dict[str, str]
    ) -> None:
        self.folder = folder
        self.launched = 0
        self.inventory = yaml.safe_load((AWX / "project" / "inventory.yml").read_text(encoding="utf-8"))["all"]
        self.host_variables = self.inventory["hosts"]
        (folder / "aws-config").write_text(PROFILES.format(account=SOURCE, other=ONE, **environment))
        self.environment = {
            "AWS_CONFIG_FILE": str(folder / "aws-config"),
            "AWS_ENDPOINT_URL": environment["AWS_ENDPOINT_URL"],
            # What an execution environment sets up.
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            **head_start,
        }

    def launch(self, template: str, answers: dict[str, Any], slices: tuple[int, int] = (1, 1), **options: Any) -> Job:
        """Run a job template of controller.yml, or a playbook of the project, with the answers to its survey."""
        own = {"playbook": template, "ask_variables_on_launch": True}
        definition = own if template.endswith(".yml") else awx_definitions.template(template)
        self.launched += 1
        room = self.folder / f"{self.launched}-{template.replace(' ', '-')}"
        shutil.copytree(AWX / "project", room / "project")
        for name, text in options.get("project", {}).items():
            (room / "project" / name).write_text(text)
        self._write_inventory(room / "inventory", *slices)
        env = room / "env"
        env.mkdir()
        marks = {
            f"{prefix}_job_{key}": value
            for prefix in ("awx", "tower")
            for key, value in (("id", 7), ("launch_type", "manual"))
        }
        variables = {**awx_rules.extra_variables(definition, answers), **marks}
        (env / "extravars").write_text(awx_rules.file_of(definition, variables))
        (env / "envvars").write_text(json.dumps(self.environment))
        flags = ["--cmdline", "--check --diff"] if definition.get("job_type") == "check" else []
        done = subprocess.run(
            [RUNNER, "run", str(room), "--playbook", definition["playbook"], "--ident", "7", "--quiet", *flags],
            env={
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
                "HOME": str(room),
                "LANG": "C.UTF-8",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        artifacts = room / "artifacts" / "7"
        stdout = (artifacts / "stdout").read_text(encoding="utf-8")
        events = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*.json")]
        assert done.returncode == options.get("rc", 0), done.stderr + stdout
        return Job((artifacts / "status").read_text(), events, stdout)

    def _write_inventory(self, folder: Path, number: int, count: int) -> None:
        """Write the inventory of the project, or only the share of a slice, in the order of the names of hosts."""
        everything = self.inventory
        names = sorted(everything["hosts"])[number - 1 :: count]
        hosts = {
            "all": {"hosts": names, "vars": everything["vars"]},
            "_meta": {"hostvars": {name: everything["hosts"][name] for name in names}},
        }
        folder.mkdir()
        (folder / "hosts").write_text(SCRIPT.format(python=sys.executable, hosts=json.dumps(hosts)))
        (folder / "hosts").chmod(0o700)


@pytest.fixture
def controller(aws, collections, head_start, tmp_path):
    # The roles that the profiles of the hosts assume.
    for name in ("media", "payments"):
        World(aws).create_able_role(name, account_root(SOURCE))
    return JobRunner(tmp_path, aws.environment(), collections, head_start)


def test_a_configuration_from_a_survey(controller, aws):
    """Answers are texts: a date in brackets, YAML, a list from a multiple choice, a choice for a boolean, nothing."""
    answers = {
        "distribution_asked_spec_id": "web",
        "distribution_asked_region": HOME,
        "distribution_asked_regions": [HOME, WEST],
        "distribution_asked_defaults": (
            "ami_distribution_configuration:\n"
            "  name: web [[ imagebuilder:buildDate ]]\n"
            '  launch_permission: {user_ids: ["111122223333"]}\n'
        ),
        # A question that somebody only clicked into is answered with an empty text.
        "distribution_asked_groups": "",
        "distribution_asked_execution_role_name": "",
        "distribution_asked_allow_public": "false",
        "distribution_asked_state": "present",
    }
    job = controller.launch("share an image", answers)
    assert (job.status, job.hosts, job.changed) == ("successful", {"localhost"}, ["localhost"])
    arn = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/web"
    stored = aws.stored(arn)
    assert [entry["region"] for entry in stored["distributions"]] == [HOME, WEST]
    for entry in stored["distributions"]:
        settings = entry["amiDistributionConfiguration"]
        assert settings["name"] == "web {{ imagebuilder:buildDate }}"
        assert settings["launchPermission"] == {"userIds": ["111122223333"]}
    essentials = job.artifacts["distribution_rollout"][SOURCE][HOME]["web"]
    assert (essentials["changed"], essentials["configurations"]) == (True, {"web": arn})
    assert World(aws).role("goldimage-web") is None


def test_the_account_is_the_one_of_the_profile(controller, aws):
    """The profile assumes a role that exists only in one account, so the profile decides."""
    answers = {
        "distribution_asked_profile": "elsewhere",
        "distribution_asked_spec_id": "web",
        "distribution_asked_region": HOME,
        "distribution_asked_regions": [HOME],
        "distribution_asked_defaults": "ami_distribution_configuration: {name_prefix: web}",
        "distribution_asked_allow_public": "false",
        "distribution_asked_state": "present",
    }
    World(aws).create_able_role("elsewhere", account_root(SOURCE), ONE)
    job = controller.launch("share an image", answers)
    assert list(job.artifacts["distribution_rollout"]) == [ONE]
    assert aws.stored(f"arn:aws:imagebuilder:{HOME}:{ONE}:distribution-configuration/web")
    assert aws.stored(f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration/web") is None


@pytest.mark.parametrize("answer", [{}, {"distribution_asked_image": "", "distribution_asked_hosts": ""}])
def test_the_image_of_the_spec_is_distributed_if_none_is_given(controller, aws, answer):
    """An unanswered question of a workflow does not override a variable of a host."""
    image = aws.plant_ami("media", region=EUROPE)
    controller.host_variables["media"]["distribution_rollout_image"] = image
    controller.host_variables["media"]["distribution_rollout_target_account_role_name"] = None
    aws.switch(image_transition_polls=0)
    job = controller.launch("rollout", answer, slices=(1, 2))
    assert (job.status, job.hosts) == ("successful", {"media"})
    essentials = job.artifacts["distribution_rollout"][SOURCE][EUROPE]["media"]
    assert essentials["in_sync"] is True
    assert list(essentials["images"]) == ["media"]


def test_a_host_without_an_image_stops_the_workflow_before_the_approval(controller, aws):
    image = aws.plant_ami("media", region=EUROPE)
    answers = {"distribution_asked_image": image, "distribution_asked_hosts": "payments"}
    aws.clear_requests()
    for template in ("preflight", "prediction"):
        job = controller.launch(template, answers, rc=2)
        assert (job.status, job.hosts) == ("failed", {"payments"})
        assert image in job.stdout
    assert World(aws).writes() == []
    answers["distribution_asked_hosts"] = "media"
    assert controller.launch("preflight", answers).hosts == {"media"}


def distributed(aws, name: str, region: str) -> list[str]:
    """What two rollout jobs leave: roles, a configuration and distributed images. Returns the ARNs of the images."""
    for role in (f"goldimage-{name}", "imagebuilder-lifecycle"):
        World(aws).create_able_role(role, IMAGE_BUILDER)
    entry = {
        "region": region,
        "amiDistributionConfiguration": {
            "name": f"{name} {{{{ imagebuilder:buildDate }}}}",
            "launchPermission": {"userIds": ["111122223333", "444455556666"]},
        },
    }
    client = aws.client("imagebuilder", region)
    arn = client.create_distribution_configuration(name=name, distributions=[entry])["distributionConfigurationArn"]
    aws.switch(image_transition_polls=0)
    images = []
    for _number in range(2):
        source = aws.plant_ami(name, region=region)
        started = client.distribute_image(
            sourceImage=source,
            distributionConfigurationArn=arn,
            executionRole=f"goldimage-{name}",
            tags=identity_tags(source, arn, [entry]),
        )
        images.append(started["imageBuildVersionArn"])
    return images


def test_the_scheduled_job_of_a_slice(controller, aws):
    """Everything that runs on a schedule, for the hosts of one slice, as one job to save start-ups."""
    old, new = distributed(aws, "media", EUROPE)
    nightly = "".join(
        f"- import_playbook: {name}.yml\n" for name in ("preflight", "drift", "repair", "retention", "export")
    )
    # What the template of retention adds; a schedule answers no questions.
    answers = {**awx_rules.defaults(awx_definitions.template("retention")), "distribution_drift_fail": "true"}
    host = {"keep": 1, "keep_action": "deprecate", "lifecycle_role": "imagebuilder-lifecycle"}
    controller.host_variables["media"].update({f"distribution_rollout_{name}": value for name, value in host.items()})
    aws.clear_requests()
    job = controller.launch("nightly.yml", answers, slices=(1, 2), project={"nightly.yml": f"---\n{nightly}"})
    # The other host, payments, belongs to the other slice.
    assert (job.status, job.hosts, job.changed) == ("successful", {"media"}, ["media"])
    # Deprecated, as in the host's own spec.
    assert World(aws).writes() == [f"{SOURCE} StartResourceStateUpdate"]
    assert aws.image(old)["state"]["status"] == "DEPRECATED"
    essentials = job.artifacts["distribution_rollout"][SOURCE][EUROPE]["media"]
    assert (essentials["in_sync"], essentials["errors"]) == (True, 0)
    assert (essentials["images"], essentials["retired"]) == ({"media": new}, [old])
    # The spec is in the output and among the artifacts, for the home Region of the host.
    assert "distribution_rollout_configurations:" in job.stdout
    exported = yaml.safe_load(job.artifacts["distribution_export"]["media"].replace("!unsafe ", ""))
    assert exported["distribution_rollout_region"] == EUROPE
    assert exported["distribution_rollout_configurations"][0]["name"] == "media"
