# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Handles SIGTERM and SIGINT, so that a module can finish its current request and report the result."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

# Seconds between two checks for a signal, because a signal handler cannot wake threads safely.
_NAP = 0.5


class Interruption:
    """Notes the first signal within its C(with) block; a second one ends the process as usual.

    C(name): SIGTERM or SIGINT, None before a signal. Safe to use from many threads.
    """

    def __init__(self) -> None:
        self.name: str | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        # Python handles signals only in the main thread.
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, *dummy: object) -> None:
        self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.name = signal.Signals(number).name
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def sleep(self, seconds: float) -> None:
        """As time.sleep(), but ends when a signal arrives."""
        while seconds > 0 and self.name is None:
            time.sleep(min(seconds, _NAP))
            seconds -= _NAP
