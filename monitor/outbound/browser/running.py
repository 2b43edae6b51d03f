"""The browsers that run in this process, so that one that hangs can be ended by whoever notices. Imports nothing of
what starts one."""

from __future__ import annotations

from typing import Protocol
from weakref import WeakSet


class Endable(Protocol):
    def kill(self) -> None: ...


RUNNING: WeakSet[Endable] = WeakSet()


def end_browsers() -> None:
    """At once. What was under way in one fails; the next that asks gets a fresh one."""
    for browser in tuple(RUNNING):
        RUNNING.discard(browser)
        browser.kill()
