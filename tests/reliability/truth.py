"""Whether a report agrees with the service's own log and store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.local_aws.faults import LoggedCall
from tests.reliability.wanted import StoredConfiguration
from tests.reliability.world import carried_out
from tests.reliability.world import is_write

if TYPE_CHECKING:
    from ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.change import Outcome

# What a report says when it cannot know.
UNKNOWN = (
    "not known",
    "could not be read afterwards",
    "could not find out",
    "is not what was written",
    "at the same",
)


def says_unknown(text: str) -> bool:
    """Whether a report admits that the outcome is unknown, or that somebody else wrote."""
    return any(words in text for words in UNKNOWN)


def check_tokens(calls: list[LoggedCall]) -> int:
    """Assert that no token was sent with different content. Returns how many tokens there were."""
    contents: dict[tuple[str, str], str | None] = {}
    for call in calls:
        if call["token"]:
            key = (call["operation"], call["token"])
            assert contents.setdefault(key, call["content"]) == call["content"], f"token reused: {call}"
    return len(contents)


def check_nothing_double(calls: list[LoggedCall]) -> None:
    """Assert that each request of a run was carried out once; a repetition has the same token or changes nothing."""
    seen: dict[tuple[str, str | None], tuple[str | None, str | None]] = {}
    for call in carried_out(calls):
        key = (call["operation"], call["resource"])
        what = (call["token"], call["content"])
        assert seen.setdefault(key, what) == what, f"twice, and not the same: {call}"


def check_report(
    outcome: Outcome,
    calls: list[LoggedCall],
    before: StoredConfiguration | None,
    stored: StoredConfiguration | None,
    wanted: StoredConfiguration | None,
) -> None:
    """Check an entry's outcome against the log of the run and what is stored.

    before, stored, wanted: the configuration before and after the run, and as requested; None if absent.
    """
    name, action, changed, error = outcome.name, outcome.action, outcome.changed, str(outcome.error or "")
    writes = carried_out(calls, name)
    story = f"{name}: {action}, changed={changed}, {error}\nwritten: {writes}\nbefore {before}\nafter {stored}"
    if not (changed and says_unknown(error)):
        assert changed == bool(writes), story
    if not error:
        assert stored == wanted, f"{story}\nwanted {wanted}"
        assert action == expected_action(before, wanted), story
    elif not changed:
        assert stored == before, story


def expected_action(before: StoredConfiguration | None, wanted: StoredConfiguration | None) -> str:
    """What a run must report that changes the one into the other."""
    if before == wanted:
        return "unchanged"
    if before is None:
        return "created"
    return "deleted" if wanted is None else "updated"


def writes_of(calls: list[LoggedCall]) -> list[str]:
    """The requested writes, carried out or not, in order."""
    return [call["operation"] for call in calls if is_write(call)]
