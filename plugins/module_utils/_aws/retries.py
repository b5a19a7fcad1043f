# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pace of requests, which adapts to throttling."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable


class Pace:
    """One rate for all users of a client, which follows the service's answers.

    Nobody waits until the service throttles a request. Then requests take turns, first a little slower than the service
    recently accepted them. From there the rate grows as in CUBIC (RFC 9438): slowly near the rate that was too high,
    and faster beyond it. Requests that were sent before the rate was lowered do not lower it again; otherwise ten
    workers that are throttled at once would bring everything to a halt.

    C(retries): the number of repeated requests.

    :param sleep: takes seconds.
    :param clock: returns seconds.
    """

    _LOWEST_RATE = 1.0  # requests a second
    _REDUCTION = 0.7
    _RECOVERY = 2.0  # seconds until the rate reaches the one that was too high
    _WINDOW = 1.0
    _SHORTEST_NAP = 0.001
    _LONGEST_NAP = 0.2

    def __init__(
        self, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep, self._clock = sleep, clock
        self._lock = threading.Lock()
        self._begun = clock()
        self._turns: deque[float] = deque(maxlen=1000)
        self._answers: deque[float] = deque(maxlen=1000)
        self._lowered: float | None = None
        self._peak = 0.0
        self._credit = 0.0
        self._credited = 0.0
        self.retries = 0

    def take_turn(self) -> float:
        """Waits until a request may start. Returns that time, for throttled()."""
        while True:
            now = self._clock()
            wait = self._wait(now) if self._lowered is not None else 0
            if not wait:
                self._turns.append(now)
                return now
            # Short naps, because the rate may grow meanwhile, and jittered, so that not all threads wake up at once.
            self._sleep(min(max(wait, self._SHORTEST_NAP), self._LONGEST_NAP) * random.uniform(0.5, 1.5))

    def _wait(self, now: float) -> float:
        """The seconds until the next turn; 0 takes the turn."""
        with self._lock:
            rate = self._rate(now)
            self._credit = min(1.0, self._credit + (now - self._credited) * rate)
            self._credited = now
            if self._credit < 1.0:
                return (1.0 - self._credit) / rate
            self._credit -= 1.0
            return 0

    def _rate(self, now: float) -> float:
        progress = (now - (self._lowered or 0.0)) / self._RECOVERY - 1
        return max(self._LOWEST_RATE, self._peak * (1 + (1 - self._REDUCTION) * progress**3))

    def answered(self) -> None:
        """Notes an answer other than throttling, also an error."""
        self._answers.append(self._clock())

    def throttled(self, turn: float) -> None:
        """Lowers the rate, because the service throttled the request of this turn."""
        with self._lock:
            if self._lowered is not None and turn <= self._lowered:
                return
            now = self._clock()
            span = max(min(self._WINDOW, now - self._begun), self._WINDOW / 10)
            taken = sum(moment > now - self._WINDOW for moment in list(self._answers)) / span
            sent = sum(moment > now - self._WINDOW for moment in list(self._turns)) / span
            rate = sent if self._lowered is None else min(sent, self._rate(now))
            self._peak = max(self._LOWEST_RATE, min(rate, max(taken, rate / 2)))
            self._lowered = self._credited = now
            self._credit = 0.0

    def pause(self, seconds: float) -> None:
        """Waits before a repeated request."""
        with self._lock:
            self.retries += 1
        self._sleep(seconds)
