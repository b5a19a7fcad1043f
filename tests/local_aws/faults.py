"""Errors, broken connections and latency on demand, and the log of the requests that came in."""

from __future__ import annotations

import itertools
import random
import time
from collections import deque
from dataclasses import dataclass
from dataclasses import field
from threading import Condition
from threading import Lock
from typing import Any
from typing import TypedDict

# Kinds of faults. AFTER, LOST, CUT and LATE carry the call out; the client cannot tell.
ERROR = "error"  # An error is the answer.
LATE_ERROR = "late_error"  # The same, after the work was done.
LOST_ANSWER = "lost_answer"  # The connection ends without an answer.
CUT_ANSWER = "cut_answer"  # It ends in the middle of the answer.
RESET_BEFORE = "reset_before"  # It is reset; nothing was done.
RESET_AFTER = "reset_after"  # It is reset after the work was done.
HOLD_BEFORE = "hold_before"  # The call waits for a decision: carried out or not, it gets no answer.
HOLD_AFTER = "hold_after"  # The same, with the work done already.
KINDS = (ERROR, LATE_ERROR, LOST_ANSWER, CUT_ANSWER, RESET_BEFORE, RESET_AFTER, HOLD_BEFORE, HOLD_AFTER)


class LoggedCall(TypedDict):
    """What the log shows of a call; see there."""

    service: str
    operation: str
    region: str
    account: str
    resource: str | None
    token: str | None
    content: str | None
    status: int | None
    fault: str | None


@dataclass
class Call:
    """One request to a service.

    service: its name in the signature, such as ``imagebuilder`` or ``ec2``. operation: as in botocore's model.
    text: the request's path, query string and body, to be searched. resource: the ARN or name that it is about, if its
    form shows that. token: its client token; content: a digest of all else that it asks for.
    status: of the service's answer, even if it was lost; None if the service was not asked. fault: its kind.
    """

    service: str
    operation: str
    region: str
    account: str
    text: str = ""
    resource: str | None = None
    token: str | None = None
    content: str | None = None
    status: int | None = None
    fault: str | None = None

    def as_dict(self) -> LoggedCall:
        """What the log shows of the request. Its text is left out: it may hold values that nobody wants in a log."""
        return {
            "service": self.service,
            "operation": self.operation,
            "region": self.region,
            "account": self.account,
            "resource": self.resource,
            "token": self.token,
            "content": self.content,
            "status": self.status,
            "fault": self.fault,
        }


@dataclass
class CallFilter:
    """Which calls something applies to; None means any.

    containing: a text that must occur in the request's path, query string or body, such as a resource's name.
    """

    service: str | None = None
    operation: str | None = None
    region: str | None = None
    account: str | None = None
    containing: str | None = None

    def applies(self, call: Call) -> bool:
        """Whether the filter applies to the call."""
        return (
            self.service in (None, call.service)
            and self.operation in (None, call.operation)
            and self.region in (None, call.region)
            and self.account in (None, call.account)
            and (self.containing is None or self.containing in call.text)
        )

    @property
    def precision(self) -> int:
        """How many conditions the filter has; of two that apply, the more precise one counts."""
        own = (self.service, self.operation, self.region, self.account, self.containing)
        return sum(condition is not None for condition in own)


@dataclass
class Fault(CallFilter):
    """An answer that goes wrong.

    kind: one of KINDS. code, status, message: of the kinds that answer; status None takes it from botocore's model.
    times: how often it strikes; None means until it is cleared. skip: how many calls it lets pass first.
    """

    kind: str = ERROR
    code: str = "ServiceUnavailableException"
    status: int | None = None
    message: str = "A fault made on demand."
    times: int | None = None
    skip: int = 0
    identifier: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a fault's kind is one of {', '.join(KINDS)}, not {self.kind}")


@dataclass
class Latency(CallFilter):
    """How long a call is held before it is carried out, in milliseconds."""

    milliseconds: float = 0.0


@dataclass
class RandomFaults(CallFilter):
    """Random faults, the same for the same seed: what becomes of a call depends on what it asks and how often.

    So it does not matter in which order many threads ask. The chances are from 0 to 1 and together at most 1.
    throttled: 429. failing: 500 or 503. failing_late, lost, cut, reset_before, reset_after: as the kinds of Fault.
    slow: the call is held for `milliseconds`, whatever else becomes of it.
    rate: how many calls a second are accepted, and as many at once; further ones are throttled. None: no limit.
    """

    seed: int = 0
    throttled: float = 0.0
    failing: float = 0.0
    failing_late: float = 0.0
    lost: float = 0.0
    cut: float = 0.0
    reset_before: float = 0.0
    reset_after: float = 0.0
    slow: float = 0.0
    milliseconds: float = 20.0
    rate: float | None = None

    def __post_init__(self) -> None:
        self._asked: dict[tuple[str | None, ...], int] = {}
        self._budget: dict[tuple[str, str], tuple[float, float]] = {}

    def lot(self, call: Call) -> tuple[Fault | None, float]:
        """What becomes of a call: its fault, and for how many seconds it is held."""
        asks = (call.service, call.operation, call.region, call.account, call.resource)
        number = self._asked[asks] = self._asked.get(asks, 0) + 1
        dice = random.Random(f"{self.seed} {asks} {number}")
        delay = self.milliseconds / 1000 if dice.random() < self.slow else 0.0
        if self.rate and not self._taken(call):
            return self._throttling(call), delay
        drawn = dice.random()
        for chance, fault in self._faults(call, dice):
            if drawn < chance:
                return fault, delay
            drawn -= chance
        return None, delay

    def _faults(self, call: Call, dice: random.Random) -> list[tuple[float, Fault]]:
        own = call.service == "imagebuilder"
        code = "ServiceException" if own else "InternalFailure"
        failure: dict[str, Any] = {"code": code, "status": 500}
        if dice.random() < 0.5:
            failure = {"code": "ServiceUnavailableException" if own else "ServiceUnavailable", "status": 503}
        return [
            (self.throttled, self._throttling(call)),
            (self.failing, Fault(kind=ERROR, **failure)),
            (self.failing_late, Fault(kind=LATE_ERROR, **failure)),
            (self.lost, Fault(kind=LOST_ANSWER)),
            (self.cut, Fault(kind=CUT_ANSWER)),
            (self.reset_before, Fault(kind=RESET_BEFORE)),
            (self.reset_after, Fault(kind=RESET_AFTER)),
        ]

    @staticmethod
    def _throttling(call: Call) -> Fault:
        code = "CallRateLimitExceededException" if call.service == "imagebuilder" else "ThrottlingException"
        return Fault(kind=ERROR, code=code, status=429, message="Rate exceeded")

    def _taken(self, call: Call) -> bool:
        assert self.rate
        target, now = (call.account, call.region), time.monotonic()
        left, then = self._budget.get(target, (self.rate, now))
        left = min(self.rate, left + (now - then) * self.rate)
        taken = left >= 1
        self._budget[target] = (left - taken, now)
        return taken


class Gate:
    """Where one call waits until somebody decides what becomes of it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._held: Call | None = None
        self._verdict: bool | None = None

    def hold(self, call: Call, seconds: float = 30.0) -> bool:
        """Wait for the decision. Returns whether the call is to be carried out."""
        with self._changed:
            self._held, self._verdict = call, None
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._verdict is not None, seconds)
            return bool(self._verdict)

    def finish(self) -> None:
        """The held call has ended and is in the log."""
        with self._changed:
            self._held = None
            self._changed.notify_all()

    def held(self, seconds: float) -> Call | None:
        """The call that waits, as soon as there is one; None if none came in that time."""
        with self._changed:
            self._changed.wait_for(lambda: self._held is not None, seconds)
            return self._held

    def decide(self, carry_out: bool) -> None:
        """Release the call that waits. Returns when it has ended."""
        with self._changed:
            self._verdict = carry_out
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._held is None, 30.0)


@dataclass
class FaultBook:
    """All faults, certain and random, and latencies that are set, and the log. Safe for use by many threads."""

    faults: list[Fault] = field(default_factory=list)
    random_faults: list[RandomFaults] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    log: deque[Call] = field(default_factory=lambda: deque(maxlen=100_000))

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._identifiers = itertools.count(1)
        self.gate = Gate()

    def add(self, fault: Fault) -> Fault:
        """Add a fault. Returns it with its identifier."""
        with self._lock:
            fault.identifier = next(self._identifiers)
            self.faults.append(fault)
        return fault

    def take(self, call: Call) -> Fault | None:
        """The first fault that strikes this call, counted as used; None if there is none."""
        if not self.faults:
            return None
        with self._lock:
            for fault in self.faults:
                if not fault.applies(call) or (fault.times is not None and fault.struck >= fault.times):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.struck += 1
                return fault
        return None

    def lot(self, call: Call) -> tuple[Fault | None, float]:
        """What random faults do to this call: a fault or None, and for how many seconds it is held."""
        with self._lock:
            for random in self.random_faults:
                if random.applies(call):
                    return random.lot(call)
        return None, 0.0

    def add_random_faults(self, faults: RandomFaults) -> None:
        """Add random faults; of several that apply, the first counts."""
        with self._lock:
            self.random_faults.append(faults)

    def clear_random_faults(self) -> None:
        """Remove all random faults."""
        with self._lock:
            self.random_faults = []

    def delay(self, call: Call) -> float:
        """For how many seconds the call is held: by the most precise latency that applies, and the newest of equals."""
        applying = [latency for latency in self.latencies if latency.applies(call)]
        if not applying:
            return 0.0
        return max(enumerate(applying), key=lambda pair: (pair[1].precision, pair[0]))[1].milliseconds / 1000

    def set_latency(self, latency: Latency) -> None:
        """Set a latency. It replaces an earlier one with the same conditions."""
        with self._lock:
            conditions = _conditions(latency)
            kept = [other for other in self.latencies if _conditions(other) != conditions]
            self.latencies = [*kept, latency]

    def clear_faults(self, identifier: int | None = None) -> None:
        """Remove one fault, or all."""
        with self._lock:
            self.faults = [fault for fault in self.faults if identifier not in (None, fault.identifier)]

    def clear_latencies(self) -> None:
        """Remove all latencies."""
        with self._lock:
            self.latencies = []

    def reset(self) -> None:
        """Forget everything, the log included."""
        self.clear_faults()
        self.clear_random_faults()
        self.clear_latencies()
        self.log.clear()


def _conditions(rule: CallFilter) -> tuple[str | None, ...]:
    return (rule.service, rule.operation, rule.region, rule.account, rule.containing)
