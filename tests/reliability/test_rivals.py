"""Somebody else writes to the same configuration, at every moment of our run."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import Ansible
from tests.integration.playbooks import Run
from tests.reliability import rivals
from tests.reliability.wanted import wanted_configuration
from tests.reliability.wanted import WantedConfiguration
from tests.reliability.world import plugin
from tests.reliability.world import ReliabilityWorld
from tests.world import account_root
from tests.world import DESTINATION_ROLE
from tests.world import SOURCE
from tests.world import trusting

KINDS = list(rivals.encounters("x"))


def encounter_of(kind: str, name: str = "rival") -> rivals.Encounter:
    return rivals.encounters(f"{name}-{KINDS.index(kind)}")[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_rival_between_any_two_requests(world: ReliabilityWorld, kind: str) -> None:
    met = 0
    for meeting in rivals.meetings(world, encounter_of(kind)):
        rivals.check(encounter_of(kind), meeting)
        met += 1
    assert met >= 2


def test_regions_are_not_dropped_from_what_somebody_else_has_just_changed(world: ReliabilityWorld) -> None:
    encounter = encounter_of("both change, not to the same")
    meeting = rivals.meet(world, encounter, 1)
    assert meeting
    text = str(meeting.ours.error)
    for part in (
        "Somebody else changed",
        "would remove sa-east-1",
        "date_updated was None and is 2",
        "run the task again",
    ):
        assert part in text
    assert meeting.stored == encounter.theirs.stored
    assert not meeting.ours.changed


def test_what_somebody_else_has_just_added_is_kept(world: ReliabilityWorld) -> None:
    encounter = encounter_of("both add a Region")
    meeting = rivals.meet(world, encounter, 1)
    assert meeting
    assert meeting.stored
    assert encounter.together
    rivals.check(encounter, meeting)
    assert {entry["region"] for entry in meeting.stored["distributions"]} == {
        entry["region"] for entry in encounter.together["distributions"]
    }


def test_what_somebody_else_wrote_after_us_is_reported(world: ReliabilityWorld) -> None:
    encounter = encounter_of("both change, not to the same")
    # Read, read again, written, and before the read back:
    meeting = rivals.meet(world, encounter, 3)
    assert meeting
    assert meeting.ours.changed
    assert "somebody else has changed it at the same time" in " ".join(meeting.ours.warnings)


@pytest.mark.parametrize("kind", KINDS)
def test_two_at_once(world: ReliabilityWorld, kind: str) -> None:
    for seed in range(2):
        rivals.race(world, encounter_of(kind, "race"), seed)


def test_two_playbooks_at_once(
    world: ReliabilityWorld, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Real ansible-playbook: the same creation twice, then different changes."""
    from tests.collection_tree import link_for_playbooks

    collections = link_for_playbooks(tmp_path_factory.mktemp("collections"))
    same, ours, theirs = (
        wanted_configuration("duel", *regions) for regions in (["us-east-1"], ["us-east-1", "eu-west-1"], ["sa-east-1"])
    )
    module = "goldimage.aws.imagebuilder_distribution"

    def play(number: int, last: WantedConfiguration) -> Run:
        ansible = Ansible(tmp_path / str(number), collections, world.aws.environment())
        tasks = [{"name": "Create", module: same.options}, {"name": "Change", module: last.options}]
        book = tmp_path / f"{number}.yml"
        book.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
        return ansible.playbook(book, rc=None)

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(play, (1, 2), (ours, theirs))
    assert world.stored("duel") in (ours.stored, theirs.stored)
    changed = [run["Create"]["changed"] for run in (one, two) if "Create" in {task.name for task in run.tasks}]
    assert changed.count(True) >= 1
    for run in (one, two):
        for task in run.tasks:
            assert not task.result.get("failed") or "nothing was written" in task.result["msg"], str(run)


def test_many_source_accounts_join_and_leave_one_role_at_once(
    world: ReliabilityWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = plugin("module_utils._aws.iam.roles")
    shared = plugin("module_utils._aws.iam.shared_trust_policy")
    trust = plugin("module_utils._distribution.iam.trust")
    monkeypatch.setattr(roles, "PAUSE", 1.0)
    team, old = ({"Sid": sid, **trusting(account_root(SOURCE))} for sid in ("Team", "Old"))
    # In the accounts of the rollouts there is such a role already.
    account = "777788889999"
    world.create_role(DESTINATION_ROLE, [team, old], account)
    start = threading.Barrier(8)

    def join(number: int) -> None:
        sid, iam = f"Source{number}" if number else "Old", world.aws.client("iam", account_id=account)
        statement = trust.account_statement(f"{number:012d}") if number else None
        policy = shared.SharedTrustPolicy(
            iam, DESTINATION_ROLE, "the role", roles.Writing(iam, DESTINATION_ROLE, "the role"),
            lambda document: trust.with_statement(document, sid, statement), sid,
        )  # fmt: skip
        start.wait()
        policy.write()
        policy.settle()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(join, range(8)))
    role = world.destination(account)
    assert role
    sids = [statement["Sid"] for statement in role.trust]
    assert sorted(sids) == [*(f"Source{number}" for number in range(1, 8)), "Team"]
