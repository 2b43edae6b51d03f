"""The daemon ends when it is told to, also where its loop hangs in something and takes no signal any more."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

TAKEN_WITHIN_S = 30.0  # a loop that does not even begin to stop
ENDED_WITHIN_S = 80.0  # from then on; with it less than the units' TimeoutStopSec=120


class LastResort:
    """begun: whether the orderly end has begun. Python runs signal handlers between any two steps of the main thread,
    so this needs no loop; asyncio hears of the same signals by the file descriptor that it set."""

    def __init__(self, begun: Callable[[], bool]) -> None:
        self._begun, self._over = begun, threading.Event()
        self._waiting: threading.Thread | None = None

    def watch(self, *numbers: signal.Signals) -> None:
        """After `loop.add_signal_handler` for them."""
        for number in numbers:
            signal.signal(number, self._signalled)

    def over(self) -> None:
        self._over.set()

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self.count()

    def count(self) -> None:
        """From now on the time runs in which it has to end."""
        if self._waiting is None:
            self._waiting = threading.Thread(target=self._wait, name="last resort", daemon=True)
            self._waiting.start()

    def _wait(self) -> None:
        if self._over.wait(TAKEN_WITHIN_S):
            return
        if self._begun() and self._over.wait(ENDED_WITHIN_S):
            return
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"<3>the daemon hangs and is ended\n")
        os._exit(1)  # what was found is saved; what waits goes out at the next start
