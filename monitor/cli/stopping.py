"""Ctrl-C in the midst of much work: what is in hand is finished, then it stops, and says how far it came."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from monitor.cli import printing


@contextmanager
def stoppable(what: str) -> Iterator[Callable[[], bool]]:
    """Whether the person wants it to stop, to be asked between two steps. Within a running loop. A second Ctrl-C ends
    the command at once. what: that is finished first."""
    import asyncio

    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def ask() -> None:
        asked.set()
        loop.remove_signal_handler(signal.SIGINT)
        printing.say(f"Stopping as soon as {what} is done. Ctrl-C again: at once.")

    loop.add_signal_handler(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        loop.remove_signal_handler(signal.SIGINT)
