"""Many configurations in one task, with real ansible-playbook over HTTP, down to what the service stored."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

import pytest
import yaml

from tests.world import World

MODULE = "goldimage.aws.imagebuilder_distribution_set"
ARN = "arn:aws:imagebuilder:us-east-1:123456789012:distribution-configuration/"
HOME = {"region": "us-east-1", "ami_distribution_configuration": {"name_prefix": "image"}}
OTHER = {"region": "eu-west-1", "ami_distribution_configuration": {"name_prefix": "image"}}
API_HOME = {"region": "us-east-1", "amiDistributionConfiguration": {"name": "image {{ imagebuilder:buildDate }}"}}
WRITES = ("Create", "Update", "Delete", "Tag", "Untag")


def task(title, configurations, check_mode=False, **options):
    return {
        "name": title,
        MODULE: {"distribution_configurations": configurations, **options},
        "ignore_errors": True,
        "check_mode": check_mode,
    }


def image(name, *distributions, **more):
    return {"name": name, "distributions": list(distributions or [HOME]), **more}


def writes(aws):
    return [request["operation"] for request in aws.requests("imagebuilder") if request["operation"].startswith(WRITES)]


@pytest.mark.oldest
def test_the_life_of_a_set(ansible, aws):
    """The target checks what the module returns; this test, what the service was asked to store."""
    ansible.target("imagebuilder_distribution_set", home_region="us-east-1")
    done = [request["operation"] for request in aws.requests("imagebuilder") if request["status"] == 200]
    written = sorted(operation for operation in done if operation.startswith(WRITES))
    # Nothing in check mode, nothing twice: three created, two updated, three removed, one of them when cleaning up.
    assert (
        written
        == ["CreateDistributionConfiguration"] * 3
        + ["DeleteDistributionConfiguration"] * 3
        + ["UpdateDistributionConfiguration"] * 2
    )


def test_each_change_is_shown_under_its_own_header(ansible, aws):
    for name in ("old", "gone", "same"):
        aws.plant({"name": name, "distributions": [API_HOME]})
    wanted = [image("same"), image("old", HOME, OTHER), image("new"), {"name": "gone", "state": "absent"}]
    terminal = {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default", "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}
    run = ansible.playbook([task("Set", wanted)], "--check", "--diff", environment=terminal)
    headers = re.findall(r"^(--- before|\+\+\+ after): (.*?)\s*$", run.stdout, re.MULTILINE)
    assert headers == [
        ("--- before", "new"),
        ("+++ after", "new"),
        ("--- before", "gone"),
        ("+++ after", "gone"),
    ]
    old = run.stdout[run.stdout.index("~ old") : run.stdout.index("before: new")]
    assert re.search(r"^    \+ eu-west-1: name: ", old, re.MULTILINE)
    assert "us-east-1" not in old


def test_one_failure_stops_no_other_entry_and_a_second_run_completes_the_rest(ansible, aws):
    """Requests fail in every possible way, and the quota is reached."""
    wanted = [image(f"image {number}") for number in range(8)]
    aws.fault("imagebuilder", "GetDistributionConfiguration", code="CallRateLimitExceededException", times=6)
    aws.fault("imagebuilder", "CreateDistributionConfiguration", code="ServiceUnavailableException", times=1)
    aws.lose_answer("imagebuilder", "CreateDistributionConfiguration")
    aws.fault("imagebuilder", "GetDistributionConfiguration", code="AccessDeniedException", containing="image-3")
    aws.switch(distribution_configuration_quota=5)
    first = ansible.playbook([task("Set", wanted)])["Set"]
    assert first["failed"] is True
    assert first["changed"] is True
    counts = {"created": 5, "updated": 0, "deleted": 0, "unchanged": 0, "released": 0, "kept": 0, "failed": 3}
    assert first["summary"] == counts
    assert [outcome["name"] for outcome in first["outcomes"]] == [item["name"] for item in wanted]
    assert first["outcomes"][3]["action"] == "failed"
    assert "imagebuilder:GetDistributionConfiguration" in first["outcomes"][3]["error"]
    lines = first["msg"].splitlines()
    assert lines[0] == "3 of 8 distribution configurations failed:"
    assert sum("ServiceQuotaExceededException" in line for line in lines) == 2
    assert len(lines) == 4
    assert first["retries"] == 8

    aws.clear_faults()
    aws.switch(distribution_configuration_quota=1000)
    second = ansible.playbook([task("Set", wanted), task("Again", wanted)])
    assert second["Set"]["summary"]["created"] == 3
    assert second["Again"]["changed"] is False


def test_a_purge_on_the_wire(ansible, aws):
    for number in range(12):
        aws.plant({"name": f"image {number}", "distributions": [API_HOME], "tags": {"Team": "a"}})
    aws.plant({"name": "of others", "distributions": [API_HOME], "tags": {"Team": "b"}})
    World(aws).pipeline("nightly", distributionConfigurationArn=f"{ARN}image-5")
    aws.switch(page_limit=3)
    aws.clear_requests()
    purge = {"purge": True, "ownership_tags": {"Team": "a"}}
    run = ansible.playbook(
        [
            task("Too many", [image("image 0")], **purge),
            task("Predict", [image("image 0")], purge_limit=11, check_mode=True, **purge),
            task("Purge", [image("image 0")], purge_limit=11, **purge),
        ]
    )
    assert run["Too many"]["failed"] is True
    assert "image 1, image 10, image 11, image 2" in run["Too many"]["msg"]
    for title in ("Predict", "Purge"):
        assert run[title]["summary"] == {
            "created": 0,
            "updated": 0,
            "deleted": 10,
            "unchanged": 1,
            "released": 0,
            "kept": 1,
            "failed": 0,
        }
        kept = [outcome for outcome in run[title]["outcomes"] if outcome["action"] == "kept"]
        assert [outcome["name"] for outcome in kept] == ["image 5"]
        assert "nightly" in kept[0]["error"]
    assert writes(aws) == ["DeleteDistributionConfiguration"] * 11
    assert {aws.stored(ARN + name)["name"] for name in ("image-0", "image-5", "of-others")} == {
        "image 0",
        "image 5",
        "of others",
    }
    assert aws.stored(ARN + "image-1") is None
    # One read for each of the two tasks that had no more to remove than allowed, and one right before each removal,
    # because somebody may have taken over a configuration after it was listed.
    assert len(aws.requests("imagebuilder", "GetDistributionConfiguration")) == 2 + 11


def test_killed_at_any_point_a_later_run_converges(ansible, aws, tmp_path):
    """Creates, updates of settings and tags, deletions: killed twice while several of them are in progress."""
    for number in range(12):
        stored = {"name": f"image {number}", "distributions": [API_HOME], "tags": {"Team": "a", "old": "1"}}
        aws.plant({**stored, "description": "before"})
    owned = {"purge": True, "ownership_tags": {"Team": "a"}}
    wanted = [image(f"image {number}", HOME, OTHER, description="after", tags={"new": "1"}) for number in range(8)]
    wanted += [image(f"more {number}") for number in range(6)]
    playbook = tmp_path / "set.yml"
    playbook.write_text(
        yaml.safe_dump(
            [{"hosts": "localhost", "gather_facts": False, "tasks": [task("Set", wanted, workers=4, **owned)]}]
        )
    )
    for operation in ("Create", "Update", "Delete"):
        aws.latency(150, "imagebuilder", f"{operation}DistributionConfiguration")
    aws.latency(150, "imagebuilder", "TagResource")
    aws.clear_requests()
    for written in (5, 20):
        killed_after(ansible, playbook, lambda at_least=written: len(writes(aws)) >= at_least)
    before = len(writes(aws))
    aws.clear_latency()
    run = ansible.playbook([task("Set", wanted, **owned), task("Again", wanted, **owned)])
    assert before < 8 * 3 + 6 + 4, "the second run was killed too late"
    assert run["Set"]["changed"] is True
    assert run["Again"]["changed"] is False
    assert "failed" not in run["Again"]
    for number in range(8):
        stored = aws.stored(f"{ARN}image-{number}")
        assert (stored["description"], stored["tags"]) == ("after", {"Team": "a", "new": "1"})
        assert [entry["region"] for entry in stored["distributions"]] == ["us-east-1", "eu-west-1"]
    assert [aws.stored(f"{ARN}image-{number}") for number in range(8, 12)] == [None] * 4
    assert all(aws.stored(f"{ARN}more-{number}")["tags"] == {"Team": "a"} for number in range(6))


def killed_after(ansible, playbook, due):
    """Run a playbook, and kill it and all its child processes as soon as C(due) returns true."""
    program = str(os.path.join(os.path.dirname(sys.executable), "ansible-playbook"))
    started = subprocess.Popen(
        [program, str(playbook)],
        env=ansible.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 120
        while not due():
            assert started.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        for process in [*descendants(started.pid), started.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        started.wait()


def descendants(pid):
    """The ids of all processes below one, the youngest generation first."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    children = {}
    for line in table.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    processes, generation = [], [pid]
    while generation:
        generation = [child for parent in generation for child in children.get(parent, [])]
        processes = [*generation, *processes]
    return processes
