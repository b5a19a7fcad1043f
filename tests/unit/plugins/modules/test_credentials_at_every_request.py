"""The credentials expire at each request in turn, or lose their write permissions before each write. The error says so,
and what was done. In check mode, read-only credentials give the same result as others."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from tests.unit.hostile.canned import WRITES
from tests.unit.hostile.offline import CRASHES
from tests.unit.plugins.modules.enforced import AWAY
from tests.unit.plugins.modules.enforced import Enforced
from tests.unit.plugins.modules.enforced import refusal
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import response
from tests.unit.plugins.modules.enforced import signed_for
from tests.unit.plugins.modules.enforced import SOURCE
from tests.unit.plugins.modules.enforced import TARGET
from tests.unit.plugins.modules.tasks.cases import CASES
from tests.unit.plugins.modules.tasks.parts import TaskCase

pytestmark = pytest.mark.current_botocore

# Service in a request's signature -> (code, status) of expired credentials and of denied requests. All others use JSON.
EXPIRED = {"ec2": ("RequestExpired", 400), "iam": ("ExpiredToken", 403), "sts": ("ExpiredToken", 403)}
EXPIRED["s3"] = ("ExpiredToken", 400)
DENIED = {"ec2": "UnauthorizedOperation", "iam": "AccessDenied", "sts": "AccessDenied", "s3": "AccessDenied"}

WHO = f"arn:aws:iam::{SOURCE}:user/reader"

# The task whose patch replaces AWS for one run.
PATCHED = CASES["attach a new role"]

# Without parallel requests, so that each number means the same request in each run.
ONE_AT_A_TIME = (
    "_role",
    "_set",
    "_preflight_info",
    "_image_distribution_info",
    "_repair",
    "_plan_info",
    "_pointer",
    "_retention",
)

# Results that differ in each run, or that cannot be known.
VOLATILE = ("warnings", "invocation", "retries")


class Requests:
    """The requests of one run. C(refuse): takes a request's number and whether it writes; returns why it is refused.

    C(asked), C(written): operations in their order, the latter those that were carried out. C(said): the codes and ids
    of refusals. C(answers): of AWS. C(replayed): answers of an earlier run, which replace AWS.
    """

    def __init__(self, refuse: Callable[[int, bool], str | None], replayed: Any = None) -> None:
        self._refuse = refuse
        self._replayed = replayed
        self.answers: list[Any] = []
        self.asked: list[str] = []
        self.written: list[str] = []
        self.said: list[tuple[str, str]] = []

    def answer(self, ask: Callable[..., Any], stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
        operation = event_name.split(".")[2]
        writes = operation.startswith(WRITES)
        why = self._refuse(len(self.asked), writes)
        self.asked.append(operation)
        if why is None:
            if self._replayed is None:
                answer = ask(stubber, event_name, request, **more)
                self.answers.append((operation, answer.status_code, dict(answer.headers), answer.content))
            planned, *answer = self._replayed[len(self.asked) - 1] if self._replayed else self.answers[-1]
            assert planned == operation
            if writes and answer[0] < 300:
                self.written.append(operation)
            return response(request, *answer)
        service = signed_for(request)
        if why == "expired":
            code, status = EXPIRED.get(service, ("ExpiredTokenException", 403))
        else:
            code, status = DENIED.get(service, "AccessDeniedException"), 403
        # EC2 does not name the action.
        action = f"{service}:{operation}"
        words = (
            "You are not authorized to perform this operation."
            if service == "ec2"
            else (f"User: {WHO} is not authorized to perform: {action} because no identity-based policy allows it")
        )
        refused = refusal(request, code, words if why == "denied" else "The security token is expired.", status)
        self.said.append((code, refused.headers["x-amzn-requestid"]))
        return refused


class TaskRunner:
    """Runs one task, each time from the same state of AWS."""

    def __init__(self, here: Enforced, case: TaskCase, patches: pytest.MonkeyPatch) -> None:
        self._here, self._case, self._patches = here, case, patches
        self._options: dict[str, Any] | None = None
        self._used = False
        self.runs = 0

    def run(
        self, refuse: Callable[[int, bool], str | None], check_mode: bool, replayed: Any = None
    ) -> tuple[dict[str, Any], Requests]:
        """(the module's result, its requests)."""
        # A replayed run sends nothing to AWS, except with the task whose patch replaces AWS.
        if self._options is None or (self._used and (replayed is None or self._case is PATCHED)):
            self._used = False
            self._patches.undo()
            self._here.patch = self._patches
            self._here.reset()
            self._options = {**self._case.options, **self._case.prepare(self._here)}
            if self._case.module.endswith(ONE_AT_A_TIME):
                self._options["workers"] = 1
        requests = Requests(refuse, replayed)
        with asking(requests):
            result = self._here.run(self._case.module, self._options, None, check_mode)
        self._used = self._used or self._case is PATCHED or bool(requests.written)
        self.runs += 1
        return result, requests


@contextmanager
def asking(requests: Requests) -> Iterator[None]:
    from moto.core.botocore_stubber import BotocoreStubber

    ask = BotocoreStubber.__call__

    def answer(stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
        return requests.answer(ask, stubber, event_name, request, **more)

    with patch.object(BotocoreStubber, "__call__", answer):
        yield


@pytest.fixture
def runner(here) -> Iterator[Callable[[str], TaskRunner]]:
    with pytest.MonkeyPatch.context() as patches:
        yield lambda title: TaskRunner(here, CASES[title], patches)


def faults(
    result: dict[str, Any], requests: Requests, whole: list[str], advice: str, check_mode: bool = False
) -> Iterator[str]:
    """What is wrong with the result of a run in which requests were refused. C(whole): all writes of a full run."""
    own = {key: value for key, value in result.items() if key not in ("exception", "invocation", "boto3_version")}
    text = str(result.get("msg", "")) + json.dumps(result.get("warnings", []))
    # A wave can be distributed completely, with a warning that its configuration must still be restored.
    done = (whole and requests.written == whole) or "the next run of this task restores it" in text
    if not result.get("failed") and not done:
        yield "no error"
    # In check mode, changed covers what could be read before the error.
    if not check_mode and bool(requests.written) is not bool(result.get("changed")):
        yield f"changed is {result.get('changed')}, written was {requests.written}"
    if any(mark in text for mark in CRASHES):
        yield "crashed"
    if not any(code in text and identifier in text for code, identifier in requests.said):
        yield "neither code nor request id"
    if not any(place in text for place in (REGION, AWAY, SOURCE, TARGET)):
        yield "neither Region nor account"
    if advice not in text:
        yield "not what to do"
    if own.get("in_sync") or own.get("passed") or any(row.get("status") == "ok" for row in own.get("findings", ())):
        yield "said to be all right"


def check_modes(case: TaskCase) -> list[bool]:
    return [True] if case.check_mode else [False] if case.module.endswith("_info") else [False, True]


@pytest.mark.parametrize("title", CASES)
def test_expired_at_each_request(runner, title):
    case, acted, wrong = CASES[title], runner(title), []
    for check_mode in check_modes(case):
        _result, undisturbed = acted.run(lambda number, writes: None, check_mode)
        for first in range(len(undisturbed.asked)):
            result, requests = acted.run(
                lambda number, writes, first=first: "expired" if number >= first else None,
                check_mode,
                undisturbed.answers,
            )
            where = f"{'check mode, ' if check_mode else ''}{first} {undisturbed.asked[first]}"
            faults_of_run = faults(result, requests, undisturbed.written, "credentials have expired", check_mode)
            wrong += [f"{where}: {fault}: {result.get('msg')} {result.get('warnings')}" for fault in faults_of_run]
            if check_mode and not result.get("failed"):
                wrong.append(f"{where}: no error")
    assert not wrong, f"{len(wrong)} of {acted.runs}\n" + "\n".join(wrong)


@pytest.mark.parametrize("title", [title for title in CASES if not CASES[title].module.endswith("_info")])
def test_only_reading_from_each_write_on(runner, title):
    case, acted, wrong = CASES[title], runner(title), []
    if not case.check_mode:
        _result, undisturbed = acted.run(lambda number, writes: None, False)
        for first, operation in enumerate(undisturbed.asked):
            if not operation.startswith(WRITES):
                continue
            result, requests = acted.run(
                lambda number, writes, first=first: "denied" if writes and number >= first else None, False
            )
            faults_of_run = faults(result, requests, [], f":{operation}")
            wrong += [f"{first} {operation}: {fault}: {result.get('msg')}" for fault in faults_of_run]
    told, with_all = acted.run(lambda number, writes: None, True)
    same, reading = acted.run(lambda number, writes: "denied" if writes else None, True)
    assert with_all.written == reading.written == []
    if told.get("failed") and not same.get("failed"):
        # What only AWS knows, and tells only those who may try to create it.
        assert any("AWS did not allow these credentials to try the creation" in text for text in same["warnings"])
    else:
        assert _lasting(same) == _lasting(told)
    assert not wrong, f"{len(wrong)} of {acted.runs}\n" + "\n".join(wrong)


def _lasting(result: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if key not in VOLATILE}
