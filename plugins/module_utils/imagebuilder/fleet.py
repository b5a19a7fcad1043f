# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Many at once: bounded workers, one result each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

DEFAULT_WORKERS = 10


def each(function, items, workers=DEFAULT_WORKERS):
    """Calls C(function) with every item, at most C(workers) at once.

    :returns: the results, in the order of the items.
    :raises: what the first failing call raised; calls that have not begun by then are not made.
    """
    pool = ThreadPoolExecutor(max_workers=max(1, min(workers, len(items) or 1)))
    try:
        futures = [pool.submit(function, item) for item in items]
        return [future.result() for future in futures]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
