"""Somebody else writes to the same configuration: between any two of our requests, and at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING

from tests.local_aws.faults import LoggedCall
from tests.reliability import truth
from tests.reliability.wanted import entries
from tests.reliability.wanted import gone
from tests.reliability.wanted import StoredConfiguration
from tests.reliability.wanted import wanted_configuration
from tests.reliability.wanted import WantedConfiguration
from tests.reliability.world import carried_out
from tests.reliability.world import ReliabilityWorld

if TYPE_CHECKING:
    from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.change import Outcome


class Encounter(NamedTuple):
    """before: what exists at first; ours, theirs: what each of us wants; together: both, if neither excludes the
    other."""

    before: WantedConfiguration
    ours: WantedConfiguration
    theirs: WantedConfiguration
    together: StoredConfiguration | None = None


def encounters(name: str) -> dict[str, Encounter]:
    """The conflicts over a configuration."""
    nothing = gone(name)
    here = wanted_configuration(name, "us-east-1", "eu-west-1")
    moved = wanted_configuration(name, "us-east-1", "ap-southeast-2", text="Moved")
    other = wanted_configuration(name, "us-east-1", "sa-east-1", text="Other")
    tagged = wanted_configuration(name, "us-east-1", "eu-west-1", tags={"Team": "web", "Stage": "test"})
    retagged = wanted_configuration(name, "us-east-1", "eu-west-1", tags={"Stage": "production"})
    # Each adds a Region and keeps all others.
    sydney, brazil = (
        WantedConfiguration(
            wanted_configuration(name, region, purge_distributions=False).options,
            wanted_configuration(name, "us-east-1", "eu-west-1", region).stored,
        )
        for region in ("ap-southeast-2", "sa-east-1")
    )
    regions = ("us-east-1", "eu-west-1", "ap-southeast-2", "sa-east-1")
    all_regions = wanted_configuration(name, *regions).stored
    return {
        "both create the same": Encounter(nothing, here, here),
        "both create, not the same": Encounter(nothing, here, other),
        "both delete": Encounter(here, nothing, nothing),
        "we create, they delete": Encounter(nothing, here, nothing),
        "we delete, they change": Encounter(here, nothing, other),
        "we change, they delete": Encounter(here, moved, nothing),
        "both change to the same": Encounter(here, moved, moved),
        "both change, not to the same": Encounter(here, moved, other),
        "both add a Region": Encounter(here, sydney, brazil, all_regions),
        "both tag the same": Encounter(here, tagged, tagged),
        "both tag, not the same": Encounter(here, tagged, retagged),
        "we tag, they change": Encounter(here, tagged, moved),
    }


class Meeting(NamedTuple):
    """What happened: our outcome, our and their requests, what was stored, and how many of our requests came before."""

    ours: Outcome
    our_calls: list[LoggedCall]
    their_calls: list[LoggedCall]
    stored: StoredConfiguration | None
    requests_before: int


def meet(world: ReliabilityWorld, encounter: Encounter, boundary: int) -> Meeting | None:
    """Let the rival do all its work before one of our requests, counted from 0. None if there is no such request."""
    name = encounter.ours.name
    _bring_about(world, encounter.before)
    ours, theirs = world.connection(), world.connection()
    asked = 0
    their_calls: list[LoggedCall] = []

    def between(**_event: Any) -> None:
        nonlocal asked
        if asked == boundary:
            log = len(world.aws.requests("imagebuilder"))
            [done] = world.ensure(theirs, [encounter.theirs.options], single=True)
            assert not done.error, done.error
            their_calls.extend(world.aws.requests("imagebuilder")[log:])
        asked += 1

    ours.client.meta.events.register("before-call.imagebuilder", between)
    world.aws.clear_requests()
    [done] = world.ensure(ours, [encounter.ours.options], single=True)
    if asked <= boundary:
        return None
    calls = world.aws.requests("imagebuilder")
    mine = calls[:boundary] + calls[boundary + len(their_calls) :]
    return Meeting(done, mine, their_calls, world.stored(name), boundary)


def meetings(world: ReliabilityWorld, encounter: Encounter) -> Iterator[Meeting]:
    """One meeting before each of our requests."""
    boundary = 0
    while meeting := meet(world, encounter, boundary):
        yield meeting
        boundary += 1


def check(encounter: Encounter, meeting: Meeting) -> None:
    """Assert that one of both states is stored, that a lost Region is reported, and that the report is true."""
    ours, stored, came = meeting.ours, meeting.stored, meeting.requests_before
    error, warnings = str(ours.error or ""), " ".join(ours.warnings)
    story = f"after {came} requests: {ours.action} {error} {warnings}\nstored {stored}"
    wrote = carried_out(meeting.our_calls)
    numbers = [number for number, call in enumerate(meeting.our_calls) if call in wrote]
    assert ours.changed == bool(wrote), story
    truth.check_tokens([*meeting.our_calls, *meeting.their_calls])
    if error:
        assert "nothing was written" in error or "Failed" in error, story
        assert wrote or stored == encounter.theirs.stored, story
    elif "is not what was written" in warnings:
        assert came >= numbers[0], story
        assert _settings(stored) in map(_settings, (encounter.ours.stored, encounter.theirs.stored)), story
        assert stored != encounter.ours.stored, story
    elif encounter.together and (not numbers or came != numbers[0]):
        # Right before our write they go unnoticed, because the API has no conditional write.
        assert _sorted(stored) == _sorted(encounter.together), story
    elif numbers and came > numbers[-1]:
        assert stored in (encounter.ours.stored, encounter.theirs.stored), story
    else:
        assert stored == encounter.ours.stored, story


def _sorted(stored: StoredConfiguration | None) -> StoredConfiguration | None:
    if stored is None:
        return None
    return {**stored, "distributions": sorted(stored["distributions"], key=lambda entry: str(entry["region"]))}


def race(world: ReliabilityWorld, encounter: Encounter, seed: int) -> list[Outcome]:
    """Both begin at once, and each request takes a random time. Checks and returns both outcomes."""
    _bring_about(world, encounter.before)
    world.aws.clear_requests()
    world.aws.random_faults(seed, {"slow": 0.5, "milliseconds": 8.0})
    start = threading.Barrier(2)
    outcomes: dict[int, Outcome] = {}

    def one(number: int, asked: WantedConfiguration) -> None:
        connection = world.connection()
        start.wait()
        [outcomes[number]] = world.ensure(connection, [asked.options], single=True)

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate([encounter.ours, encounter.theirs])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.aws.clear_random_faults()
    calls = world.aws.requests("imagebuilder")
    truth.check_tokens(calls)
    both = [outcomes[number] for number in range(2)]
    _check_race(world, encounter, both, calls)
    return both


def _check_race(
    world: ReliabilityWorld, encounter: Encounter, outcomes: list[Outcome], calls: list[LoggedCall]
) -> None:
    """Assert that one of both states is stored, or a reported mixture: settings and tags are separate requests."""
    stored, wrote = world.stored(encounter.ours.name), carried_out(calls)
    told = [f"{each.action} {each.error or ''} {' '.join(each.warnings)}" for each in outcomes]
    story = f"{told}\nstored {stored}\nwritten {[(call['operation'], call['status']) for call in wrote]}"
    assert any(each.changed for each in outcomes) == bool(wrote), story
    wanted = [encounter.ours.stored, encounter.theirs.stored, encounter.together]
    if _sorted(stored) not in map(_sorted, wanted):
        assert any(truth.says_unknown(text) for text in told), story
        assert _settings(stored) in map(_settings, wanted), story
    for each in outcomes:
        assert not each.error or "nothing was written" in str(each.error) or "Failed" in str(each.error), story


def _settings(stored: StoredConfiguration | None) -> StoredConfiguration | None:
    ordered = _sorted(stored)
    return ordered and {**ordered, "tags": {}}


def _bring_about(world: ReliabilityWorld, wanted: WantedConfiguration) -> None:
    name = wanted.name
    if wanted.stored is None:
        world.ensure(world.connection(), [gone(name).options])
    else:
        world.aws.plant({**wanted.stored, "distributions": _entries(wanted), "dateCreated": "2026-03-01T08:15:30.125Z"})


def _entries(wanted: WantedConfiguration) -> list[dict[str, Any]]:
    regions = [entry["region"] for entry in wanted.options["distributions"]]
    return entries(wanted.name, *regions)
