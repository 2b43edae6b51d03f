"""The daemon watches itself: what stands still is named, started anew where that can be, and else ends the process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo

from monitor.daemon.ending import LastResort
from monitor.daemon.generation import Working
from monitor.daemon.lookout import LOOKOUT_EVERY_S, Lookout
from monitor.daemon.notify import Notifier
from monitor.daemon.timekeeping import Clocks
from monitor.errors import StoodStill
from monitor.marks import Marks, WorkInHand, leave_marks, working
from monitor.model.progress import Loop, Stall
from monitor.outbound.browser.running import end_browsers

log = logging.getLogger(__name__)

LOOP_IN_WORDS: dict[Loop, str] = {
    Loop.SCHEDULE: "the schedule of visits and rounds",
    Loop.STORE: "the store",
    Loop.OUTBOX: "the sending of messages",
    Loop.FETCHER: "a request to a site",
    Loop.VISITS: "a look at a place",
    Loop.ROUNDS: "one of the rounds",
    Loop.WISHES: "what the page asked for",
}


class SelfWatch(Working):
    def __init__(self, zone: tzinfo, clocks: Clocks) -> None:
        super().__init__(zone, clocks)
        self._marks = Marks(clocks.awake)
        self._notifier = Notifier({})
        self._last_resort = LastResort(lambda: self._stopping)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lookout: Lookout | None = None
        self._fallen: StoodStill | None = None
        self._fallen_loop: Loop | None = None

    @contextmanager
    def _watching_itself(self) -> Iterator[None]:
        """Marks are left from here on; they are looked at once `_keep_looking` was called."""
        self._loop = asyncio.get_running_loop()
        leave_marks(self._marks)
        try:
            yield
        finally:
            if self._lookout is not None:
                self._lookout.over()
            leave_marks(None)

    def _keep_looking(self) -> None:
        """With the start behind it, which may take minutes: an upgrade of the store, say."""
        every_s = min(LOOKOUT_EVERY_S, self._notifier.watchdog_s or LOOKOUT_EVERY_S)
        self._lookout = Lookout(self._marks, self, looked_at=lambda: self._scheduler.looked_at, every_s=every_s)
        self._lookout.begin()

    # -- called by the lookout, in its own thread

    def feed(self) -> None:
        self._notifier.alive()

    def stands_still(self, stall: Stall, where: str) -> None:
        since = self._wall_of(stall.since)
        seconds = round(self._marks.clock() - stall.since)
        aloud = f"{_capital(LOOP_IN_WORDS[stall.loop])} has stood still since {since:%H:%M:%S} UTC."
        said = {"action": "stall", "loop": stall.loop.value, "work": stall.what, "seconds": seconds, "at": where}
        log.error("a part of the watcher stands still", extra=said | {"aloud": aloud})
        self._notifier.stands_still(stall.loop.value, f"{since:%Y-%m-%d %H:%M:%S} UTC")
        self._on_the_loop(lambda: self._start_anew(stall))

    def goes_on(self, stall: Stall) -> None:
        seconds = round(self._marks.clock() - stall.since)
        aloud = f"{_capital(LOOP_IN_WORDS[stall.loop])} goes on again."
        said = {"action": "stall_over", "loop": stall.loop.value, "work": stall.what, "seconds": seconds}
        log.warning("what stood still goes on", extra=said | {"aloud": aloud})
        self._notifier.goes_on()

    def must_end(self, stall: Stall) -> None:
        """In order, if the loop still can; else by force, as after a SIGTERM that is not taken."""
        aloud = (
            f"{_capital(LOOP_IN_WORDS[stall.loop])} does not get on: the daemon ends, so that it can be started anew."
        )
        said = {"action": "stall_end", "loop": stall.loop.value, "work": stall.what}
        log.error("what stands still was not mended: the daemon ends", extra=said | {"aloud": aloud})
        self._last_resort.count()
        self._on_the_loop(lambda: self._end_fallen(stall))

    # -- on the loop

    def _start_anew(self, stall: Stall) -> None:
        """What of it can be: a browser is ended, a piece of work cut off; each is noted as one that failed, and comes
        again when it is due."""
        if stall.loop is Loop.FETCHER:
            end_browsers()
            return
        for one in self._marks.work():
            if one.loop is stall.loop and one.task is not None and not one.is_cut_off:
                one.is_cut_off = True
                one.task.cancel()

    def _end_fallen(self, stall: Stall) -> None:
        if self._fallen is None:
            self._fallen_loop = stall.loop
            self._fallen = StoodStill(
                f"{LOOP_IN_WORDS[stall.loop]} stood still and could not be started anew, so this process has ended",
                remedy="Start it again: reupload-monitor run. A service is started again by systemd.",
            )
            self._end_by_itself()

    def _on_the_loop(self, work: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)

    def _wall_of(self, mark: float) -> datetime:
        return self._clocks.wall() - timedelta(seconds=max(0.0, self._marks.clock() - mark))


@contextmanager
def cut_off_if_it_stands(loop: Loop, what: str, allowed_s: float) -> Iterator[WorkInHand | None]:
    """`working`; where whoever watches cuts it off, StoodStill is raised: the round or the pass failed, and no more."""
    with working(loop, what, allowed_s, can_be_cut_off=True) as one:
        try:
            yield one
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if one is None or not one.is_cut_off or task is None:
                raise
            task.uncancel()
            raise StoodStill(
                "it stood still and was cut off", remedy="It is tried again when it is due the next time."
            ) from None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
