"""Who looks whether the daemon gets on: a thread beside the loop, so that a loop that stands still is noticed too, with
or without systemd. It alone tells systemd that all is well (`WATCHDOG=1`).

A stall is named; what can be started anew is; where that does not help within a minute the process ends, so that
systemd, or whoever started it, starts it anew.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from typing import Protocol

from monitor.daemon.logs import program_place
from monitor.daemon.progress import Judge, Seen, Verdict
from monitor.marks import Marks
from monitor.model.progress import Loop, Stall

log = logging.getLogger(__name__)

LOOKOUT_EVERY_S = 15.0


class Watched(Protocol):
    """The service, as this thread calls it."""

    def feed(self) -> None:
        """All gets on."""
        ...

    def stands_still(self, stall: Stall, where: str) -> None:
        """where: `module:line` of this program, of a loop that stands as a whole; ''."""
        ...

    def goes_on(self, stall: Stall) -> None: ...
    def must_end(self, stall: Stall) -> None: ...


class Lookout:
    """loop_thread: of the event loop."""

    def __init__(
        self, marks: Marks, watched: Watched, *, looked_at: Callable[[], float], every_s: float = LOOKOUT_EVERY_S
    ) -> None:
        self._marks, self._watched, self._looked_at = marks, watched, looked_at
        self._every_s = every_s
        self._judge = Judge(every_s, marks.clock())  # from here on: how long a start takes is not judged
        self._over, self._ending = threading.Event(), False
        self._loop_thread = threading.get_ident()
        self._thread = threading.Thread(target=self._run, name="lookout", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def over(self) -> None:
        self._over.set()

    def look(self) -> Verdict:
        last = dict(self._marks.last) | {Loop.SCHEDULE: self._looked_at()}
        seen = Seen(last, [one.seen() for one in self._marks.work()], dict(self._marks.begun))
        verdict = self._judge.look(seen, self._marks.clock())
        if verdict.is_well:
            self._watched.feed()
        for stall in verdict.new:
            self._watched.stands_still(
                stall, self._where() if Loop.SCHEDULE in (one.loop for one in verdict.new) else ""
            )
        for stall in verdict.over:
            self._watched.goes_on(stall)
        if verdict.ends is not None and not self._ending:
            self._ending = True
            self._watched.must_end(verdict.ends)
        return verdict

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            try:
                self.look()
            except Exception:  # raised, it would be the last look
                log.exception("the lookout failed", extra={"action": "lookout_fault"})

    def _where(self) -> str:
        return program_place(sys._current_frames().get(self._loop_thread))
