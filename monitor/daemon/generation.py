"""What the daemon works with: an open app with the settings it was opened with, and the work that is in hand.

A *generation* is an open app with the settings it was opened with. A reload with other settings opens a new one; the
old one is closed when the work it has in hand is done.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, Protocol

from monitor.alerts.outbox import Sending
from monitor.daemon.logs import of_error
from monitor.daemon.timekeeping import Clocks, Keeper, Leap
from monitor.errors import DamagedStore, DiskFailing, MonitorError, NewerStore, NoWriting, StoreError
from monitor.model.alert import AlertKind
from monitor.model.channel_health import ChannelResult
from monitor.model.ids import CaptureId, CaseId, SightingId
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.outbound.own_ways import CountsDoor
from monitor.pipeline.leaps import tell_leap
from monitor.ports import Store
from monitor.ports.machine import ClockSet
from monitor.services.clock_leaps import note_leap

log = logging.getLogger(__name__)


class DaemonApp(Protocol):
    """What the daemon needs of `monitor.app.App`."""

    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    async def run_watch(self, watch: Watch, *, again: bool = False) -> Run: ...
    async def take_captures(self, watches: Sequence[Watch], *, only: Collection[CaptureId] | None = None) -> object: ...
    async def check_again(self, sighting: SightingId, watches: Sequence[Watch], *, case: CaseId) -> object: ...
    def counts_door(self) -> CountsDoor: ...
    def back_up(self, should_stop: Callable[[], bool]) -> object | None: ...
    async def try_channels(self, case: CaseId | None = None) -> Sequence[ChannelResult]: ...
    async def recheck(self, watches: Sequence[Watch]) -> object: ...
    def keep_house(self) -> object: ...
    async def ask_desks(self) -> object: ...
    async def ask_registries(self) -> None: ...
    async def network_state(self) -> str: ...
    async def stamp_heads(self) -> None: ...
    async def ping(self, *, well: bool, starts: bool = False) -> None: ...
    def draft_next(self) -> int: ...
    async def send_alerts(self, *, urgent: bool | None = None) -> Sending: ...
    async def look_after_channels(self) -> object: ...
    async def flush_alerts(self) -> Sending: ...
    async def tell_at_once(self, kind: AlertKind, about: str = "") -> bool: ...


Opener = Callable[[Settings], AbstractAsyncContextManager[DaemonApp]]


@dataclass(slots=True, eq=False)
class Generation:
    app: DaemonApp
    watches: dict[str, Watch]
    closing: AsyncExitStack
    work: set[asyncio.Task[Any]] = field(default_factory=set)

    async def close(self) -> None:
        """Once nothing is in hand any more."""
        while self.work:
            await asyncio.wait(self.work)
        await self.closing.aclose()


class Working:
    """What visits and rounds share. `_now`: the generation that new work is done with."""

    def __init__(self, zone: tzinfo, clocks: Clocks) -> None:
        self._zone, self._clocks = zone, clocks
        self._scheduler = Keeper(self._look_at_clocks, clocks.awake)
        self._work: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self._refused: StoreError | None = None  # why the store took no writing since the disk was looked at last
        self._signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
        self._suspected: StoreError | None = None  # since the disk was looked at last: is it the store itself?
        self._outgrown: NewerStore | None = None
        self._damaged: DamagedStore | None = None
        self._at_rest: dict[str, tuple[object, float]] = {}  # rounds: state of the store, when it may come at soonest
        self._over_quota: frozenset[str] = frozenset()  # watches that their cases have too many of: they do not run
        self._now: Generation

    def _hold_to_quota(self) -> None:
        """Notes which watches their cases have too many of."""

    def _note_refused(self, error: Exception) -> None:
        if isinstance(error, NoWriting | DiskFailing):
            self._refused = error
        if isinstance(error, DamagedStore | DiskFailing):
            self._suspected = error

    def _end_outgrown(self, error: NewerStore) -> None:
        """A newer version has upgraded the store: this process takes no work any more and ends in order, with exit code
        1. Under systemd the version that is installed now is started then, which is the cure. Where that is still the
        old one it refuses to start, having read only: nothing of the newer store is harmed either way."""
        if self._outgrown is None:
            self._outgrown = error
            log.error("a newer version has upgraded the store: this one ends", extra={"action": "outgrown"})
            self._end_by_itself()

    def _end_by_itself(self) -> None:
        """In order, without being told to."""
        self._stopping = True
        self._signals.put_nowait(signal.SIGTERM)

    def _look_at_clocks(self) -> None:
        """Before each look at the jobs."""
        self._look_around()
        leap = self._clocks.look()
        if leap is None:
            return
        said = {
            "action": "clock",
            "seconds": round(leap.by.total_seconds()),
            "slept": round(leap.slept.total_seconds()),
        }
        if leap.by:
            log.warning("the clock was set: all that is due is worked out again", extra=said)
        else:
            log.info("the machine slept: what became due is caught up with", extra=said)
        self._note(leap)
        self._plan_anew(leap)

    def _note(self, leap: Leap) -> None:
        """For `status`; and what waits in the store waits no longer by it."""
        if not leap.by:
            return
        store = self._now.app.store
        try:
            if leap.by < timedelta(0):
                store.clock_set_back(-leap.by, leap.now)
            seen = ClockSet(leap.now, round(leap.by.total_seconds()))
            note_leap(seen, store)
            tell_leap(replace(seen, at=leap.now.replace(microsecond=0)), store, self._now.app.settings)
        except MonitorError as error:  # visits and rounds are planned anew all the same
            log.warning("what waits in the store was not moved", extra={"action": "clock"} | of_error(error))

    def _look_around(self) -> None:
        """Every few seconds. What found nothing to do is begun again once anything was written."""
        if not self._at_rest:
            return
        try:
            state = self._now.app.store.writings()
        except MonitorError:
            self._at_rest.clear()  # each comes in its time, and says what is wrong
            return
        awake = self._clocks.awake()
        for name, (nothing_at, soonest) in list(self._at_rest.items()):
            if state == nothing_at:
                continue
            del self._at_rest[name]
            job = self._scheduler.get_job(f"round:{name}")
            begins = self._clocks.wall() + timedelta(seconds=max(0.0, soonest - awake))
            if job is not None and job.next_run_time is not None and job.next_run_time > begins:
                job.modify(next_run_time=begins)

    def _plan_anew(self, leap: Leap) -> None:
        """Moves the jobs of each kind; called for all of them."""

    @contextmanager
    def _in_hand(self, generation: Generation) -> Iterator[None]:
        """The running task is work that a reload and a stop wait for."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("work is done in tasks")
        for work in (self._work, generation.work):
            work.add(task)
        try:
            yield
        finally:
            for work in (self._work, generation.work):
                work.discard(task)
