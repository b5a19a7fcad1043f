"""Parallel calls are limited in number, keep their order, and stop after a failure."""

from __future__ import annotations

import importlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

workers = importlib.import_module("ansible_collections.goldimage.aws.plugins.module_utils._aws.workers")


def test_as_many_at_once_as_there_are_workers_and_no_more():
    lock = threading.Lock()
    together = threading.Barrier(4, timeout=30)
    running, most = [], []

    def work(item):
        with lock:
            running.append(item)
            most.append(len(running))
        # Passes only when four threads wait here.
        together.wait()
        with lock:
            running.remove(item)
        return item * 10

    assert workers.in_parallel(work, list(range(12)), workers=4) == [item * 10 for item in range(12)]
    assert max(most) == 4


def test_a_failure_is_raised_and_nothing_more_is_begun(monkeypatch):
    begun = []
    cancelled = threading.Event()

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait=True, cancel_futures=False):
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            cancelled.set()
            super().shutdown(wait=wait)

    def work(item):
        begun.append(item)
        if item == 2:
            raise ValueError("the third")
        if item > 2:
            cancelled.wait(30)
        return item

    monkeypatch.setattr(workers, "ThreadPoolExecutor", Pool)
    with pytest.raises(ValueError, match="the third"):
        workers.in_parallel(work, list(range(100)), workers=1)
    # The only worker may have started the next call before the failure was noticed.
    assert begun in ([0, 1, 2], [0, 1, 2, 3])


@pytest.mark.parametrize("items", [[], ["one"]])
def test_nothing_and_one_need_no_threads(items):
    names = []

    def work(item):
        names.append(threading.current_thread())
        return item

    assert workers.in_parallel(work, items) == items
    assert set(names) <= {threading.main_thread()}
