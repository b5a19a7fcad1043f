"""What goes wrong on demand: errors, lost answers, latency; and the log of the requests that came in."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from threading import Lock
from typing import Any

LOST_ANSWER = "lost_answer"
ERROR = "error"


@dataclass
class Call:
    """One request to a service.

    service: its name in the signature, such as ``imagebuilder`` or ``ec2``. operation: as in botocore's model.
    text: the request's path, query string and body, to be searched. status: of the answer, once there is one.
    fault: ``error`` or ``lost_answer`` where one struck.
    """

    service: str
    operation: str
    region: str
    account: str
    text: str = ""
    status: int | None = None
    fault: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """What the log shows of the request. Its text is left out: it may hold values that nobody wants in a log."""
        return {name: value for name, value in asdict(self).items() if name != "text"}


@dataclass
class Rule:
    """Which calls something applies to; None stands for any.

    containing: a text that must occur in the request's path, query string or body, such as a resource's name.
    """

    service: str | None = None
    operation: str | None = None
    region: str | None = None
    account: str | None = None
    containing: str | None = None

    def applies(self, call: Call) -> bool:
        """Whether the call is meant."""
        return (
            self.service in (None, call.service)
            and self.operation in (None, call.operation)
            and self.region in (None, call.region)
            and self.account in (None, call.account)
            and (self.containing is None or self.containing in call.text)
        )

    @property
    def precision(self) -> int:
        """How many conditions the rule has: of two that apply the more precise one counts."""
        own = (self.service, self.operation, self.region, self.account, self.containing)
        return sum(condition is not None for condition in own)


@dataclass
class Fault(Rule):
    """An answer that goes wrong.

    kind: ``error`` answers with code, status and message instead of carrying the request out; ``lost_answer`` carries
    it out and closes the connection without a word. status: None takes it from botocore's model.
    times: how often it strikes, None for as long as it stands. skip: how many calls it lets pass first.
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
        if self.kind not in (ERROR, LOST_ANSWER):
            raise ValueError(f"a fault's kind is {ERROR} or {LOST_ANSWER}, not {self.kind}")


@dataclass
class Latency(Rule):
    """How long a call is held before it is carried out, in milliseconds."""

    milliseconds: float = 0.0


@dataclass
class FaultBook:
    """All faults and latencies that stand, and the log. Safe for use by many threads."""

    faults: list[Fault] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    log: deque[Call] = field(default_factory=lambda: deque(maxlen=100_000))

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._identifiers = itertools.count(1)

    def add(self, fault: Fault) -> Fault:
        """Let a fault stand. Returns it with its identifier."""
        with self._lock:
            fault.identifier = next(self._identifiers)
            self.faults.append(fault)
        return fault

    def take(self, call: Call) -> Fault | None:
        """The first fault that strikes this call, counted as used; None if all is well."""
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

    def delay(self, call: Call) -> float:
        """Seconds that this call is held: by the most precise latency that applies, of equals the newest."""
        applying = [latency for latency in self.latencies if latency.applies(call)]
        if not applying:
            return 0.0
        return max(enumerate(applying), key=lambda pair: (pair[1].precision, pair[0]))[1].milliseconds / 1000

    def set_latency(self, latency: Latency) -> None:
        """Let a latency stand, in the place of an earlier one with the same conditions."""
        with self._lock:
            conditions = _conditions(latency)
            kept = [other for other in self.latencies if _conditions(other) != conditions]
            self.latencies = [*kept, latency]

    def clear_faults(self, identifier: int | None = None) -> None:
        """Take one fault away, or all."""
        with self._lock:
            self.faults = [fault for fault in self.faults if identifier not in (None, fault.identifier)]

    def clear_latencies(self) -> None:
        """Take all latencies away."""
        with self._lock:
            self.latencies = []

    def reset(self) -> None:
        """Forget everything, the log included."""
        self.clear_faults()
        self.clear_latencies()
        self.log.clear()


def _conditions(rule: Rule) -> tuple[str | None, ...]:
    return (rule.service, rule.operation, rule.region, rule.account, rule.containing)
