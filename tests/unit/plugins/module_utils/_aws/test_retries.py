"""The pace of requests when the service throttles, with many workers and virtual time."""

from __future__ import annotations

import heapq
import importlib
import random
import threading

import pytest
from botocore.exceptions import ClientError

WIRE = "ansible_collections.goldimage.aws.plugins.module_utils._aws"
LATENCY = 0.05


class VirtualTime:
    """A clock that jumps to the next wake-up as soon as all its threads sleep. One thread runs at a time."""

    def __init__(self):
        self.now = 0.0
        self._sleepers = []
        self._running = threading.Semaphore(0)
        self._count = 0

    def clock(self):
        return self.now

    def sleep(self, seconds):
        waking = threading.Semaphore(0)
        self._count += 1
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, waking))
        self._running.release()
        waking.acquire()

    def run(self, workers):
        """Runs functions as threads, to the end."""

        def body(worker):
            self.sleep(0)
            try:
                worker()
            finally:
                self._running.release()

        threads = [threading.Thread(target=body, args=(worker,), daemon=True) for worker in workers]
        for thread in threads:
            thread.start()
            self._running.acquire()
        while self._sleepers:
            self.now, _order, waking = heapq.heappop(self._sleepers)
            waking.release()
            self._running.acquire()


class Service:
    """Accepts C(rate) requests a second and a burst, as AWS does, and throttles the rest."""

    def __init__(self, time, rate, burst):
        self.time, self.rate, self.burst = time, rate, burst
        self.tokens, self.counted = float(burst), 0.0
        self.taken = []
        self.refused = []

    def request(self):
        now = self.time.now
        self.tokens = min(self.burst, self.tokens + (now - self.counted) * self.rate)
        self.counted = now
        taken = self.tokens >= 1
        self.tokens -= taken
        (self.taken if taken else self.refused).append(now)
        self.time.sleep(LATENCY)
        if not taken:
            error = {"Error": {"Code": "CallRateLimitExceededException", "Message": "Rate exceeded"}}
            raise ClientError(error, "GetDistributionConfiguration")
        return "answer"


def run(rate, burst, requests, workers):
    """(service, pace) after many requests by many workers."""
    random.seed(4)
    errors = importlib.import_module(f"{WIRE}.errors")
    time = VirtualTime()
    pace = importlib.import_module(f"{WIRE}.retries").Pace(sleep=time.sleep, clock=time.clock)
    service = Service(time, rate, burst)
    left = [requests]

    def worker():
        while left[0]:
            left[0] -= 1
            errors.call_with_retries(service.request, pace)

    time.run([worker] * workers)
    return service, pace


@pytest.mark.parametrize(
    ("rate", "burst", "requests", "workers"),
    [(20, 20, 200, 10), (5, 10, 150, 10), (100, 100, 500, 10), (2, 5, 60, 10), (20, 100, 250, 30), (20, 20, 120, 50)],
)
def test_finds_the_rate_that_the_service_takes(rate, burst, requests, workers):
    service, pace = run(rate, burst, requests, workers)
    assert len(service.taken) == requests
    assert pace.retries == len(service.refused)
    # No more than a tenth slower than the service allows, ...
    assert service.taken[-1] <= 1.1 * (requests - burst) / rate
    # ... without hammering: beside what the first second cost each worker, few requests are for nothing.
    assert len(service.refused) <= 2 * workers + 0.15 * requests


def test_does_not_wait_without_throttling():
    service, pace = run(rate=1e6, burst=1000, requests=200, workers=10)
    assert service.taken[-1] == pytest.approx((200 / 10 - 1) * LATENCY)
    assert pace.retries == 0


def test_workers_throttled_at_once_count_as_one():
    # All ten send at once, one is taken; the rate then is near what the service takes, not ten times lowered.
    service, _pace = run(rate=10, burst=1, requests=100, workers=10)
    assert service.taken[-1] <= 1.6 * 100 / 10


def test_a_service_that_takes_all_again_is_used_again():
    random.seed(4)
    pace_module = importlib.import_module(f"{WIRE}.retries")
    time = VirtualTime()
    pace = pace_module.Pace(sleep=time.sleep, clock=time.clock)
    moments = []

    def worker():
        for _number in range(20):
            pace.throttled(pace.take_turn())
        for _number in range(1000):
            moments.append(pace.take_turn())
            time.sleep(0.001)
            pace.answered()

    time.run([worker])
    # A request a millisecond was wanted; half a minute after twenty refusals in a row it is so again.
    assert moments[-1] - moments[0] < 30
    assert moments[-1] - moments[-11] < 0.05


def test_refusals_of_the_time_before_do_not_lower_the_rate_again():
    pace_module = importlib.import_module(f"{WIRE}.retries")
    now = [0.0]
    naps = []

    def sleep(seconds):
        naps.append(seconds)
        now[0] += seconds

    pace = pace_module.Pace(sleep=sleep, clock=lambda: now[0])
    turns = [pace.take_turn() for _number in range(10)]
    now[0] = 0.5
    for turn in turns:
        pace.throttled(turn)
    pace.take_turn()
    waited_for_one = now[0] - 0.5
    # Twenty a second were sent and none taken: the next go at half of that and a little less.
    assert 0.07 < waited_for_one < 0.3
    assert naps
