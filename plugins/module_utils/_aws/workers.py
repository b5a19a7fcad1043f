# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls a function with many items in parallel."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

DEFAULT_WORKERS = 10


def in_parallel(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int = DEFAULT_WORKERS
) -> list[Result]:
    """Calls C(function) with every item, at most C(workers) at once.

    :returns: the results, in the order of the items.
    :raises: the exception of the first call that fails; calls that have not begun by then are not made.
    """
    at_once = min(workers, len(items))
    if at_once < 2:
        return [function(item) for item in items]
    pool = ThreadPoolExecutor(max_workers=at_once)
    try:
        futures = [pool.submit(function, item) for item in items]
        return [future.result() for future in futures]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
